import { Type } from 'typebox';

/** Problem details (RFC 9457); a failure may bring further members. */
const problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.Optional(Type.String()),
    instance: Type.Optional(Type.String()),
    traceId: Type.String(),
    code: Type.String({ description: 'Never changes its meaning; docs/errors.md lists all of them.' }),
    errors: Type.Optional(
      Type.Record(Type.String(), Type.Array(Type.String()), { description: 'Faults by JSON path.' }),
    ),
  },
  { additionalProperties: true, description: 'Problem details' },
);

/** Answers by status, next to the one that a route describes itself. */
export function problems<Status extends number>(...statuses: readonly Status[]) {
  return Object.fromEntries(statuses.map((status) => [status, problem])) as Record<Status, typeof problem>;
}
