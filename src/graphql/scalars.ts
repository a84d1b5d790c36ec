import { GraphQLError, type GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { toUtcTime } from '../lib/time.ts';
import { isUuid } from '../lib/uuid.ts';

/** Reads a text as what a scalar stands for; undefined when it is not that. */
type Reader = (text: string) => string | undefined;

/** What a scalar of the SDL takes, and an example for whoever sends something else. */
const READERS: Readonly<Record<string, readonly [Reader, string]>> = {
  // UUIDs are compared in lower case.
  UUID: [(text) => (isUuid(text) ? text.toLowerCase() : undefined), '0194fe82-9280-77a5-a7cd-5ff0e6a6fa07'],
  DateTime: [toUtcTime, '2026-01-02T03:04:05Z'],
};

/** A scalar of an SDL takes anything until it is told what it means. Answers are texts of the right form already. */
export function teachScalar(scalar: GraphQLScalarType): void {
  const [read, example] = READERS[scalar.name] ?? [];
  if (!read) return;
  const take = (value: unknown): string => {
    const meant = typeof value === 'string' ? read(value) : undefined;
    if (meant === undefined) throw new GraphQLError(`${scalar.name} must be text such as "${example}".`);
    return meant;
  };
  scalar.parseValue = take;
  scalar.parseLiteral = (node: ValueNode) => take(node.kind === Kind.STRING ? node.value : undefined);
}
