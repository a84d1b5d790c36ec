import { Type } from 'typebox';
import { readAudit } from '../../../access/registry/audit-queries.ts';
import { dateTime } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { TypedApp } from '../route.ts';
import type { AdminRoutesOptions } from './options.ts';

const SIZE = { default: 100, most: 1000 };

const row = Type.Unknown({ description: 'The row; null where there was or is none.' });

const schema = {
  tags: ['admin'],
  summary: 'Who changed what, the oldest first',
  querystring: Type.Object({
    after: Type.Optional(Type.String({ pattern: '^\\d{1,18}$', description: 'A `next` from before.' })),
    size: Type.Optional(Type.Integer({ minimum: 1, maximum: SIZE.most })),
  }),
  response: {
    200: Type.Object({
      entries: Type.Array(
        Type.Object({
          ...{
            id: Type.String(),
            at: dateTime(),
            actor: Type.String(),
            kind: Type.String(),
            key: Type.String(),
          },
          ...{ before: row, after: row },
        }),
      ),
      next: Type.String({ description: 'To go on from, also when there is nothing more yet.' }),
    }),
    ...problems(400, 401, 403),
  },
};

/** GET /budstikka/api/v1/admin/audit */
export function getAuditRoute(app: TypedApp, { database }: AdminRoutesOptions): void {
  app.get('/audit', { schema }, async ({ query }) => {
    const { after = '0', size = SIZE.default } = query;
    const entries = await readAudit(database, after, size);
    return { entries, next: entries.at(-1)?.id ?? after };
  });
}
