import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import {
  buildClientSchema,
  buildSchema,
  findBreakingChanges,
  getIntrospectionQuery,
  type GraphQLSchema,
  type IntrospectionQuery,
} from 'graphql';
import { fetchToken } from '../actors.ts';
import type { Report, Row } from '../report.ts';
import type { Target } from '../target.ts';
import { GraphqlSession, type Tokens } from './client.ts';
import type { FieldRecord } from './ledger.ts';
import { playScenes } from './scenes.ts';

/** What no request can bring about, and why. */
const UNSEEN: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^searchDialogs ContentValue\.isAuthorized$/, 'nothing in a list needs a right of its own'],
  [/^parties AuthorizedSubParty\.dateOfBirth$/, 'a unit is no person'],
  [/^searchDialogs SearchDialogDomainError/, 'a search that takes too long'],
  [
    /^\w+ (Bulk)?SetSystemLabelDomainError/,
    'labels have no rule of the domain that the validation does not know',
  ],
  [/^\w+ (Bulk)?SetSystemLabelConflictError/, 'two writers whom the database cannot serve both'],
  [/^setSystemLabel SetSystemLabelConcurrencyError/, 'the input has no revision'],
];

/**
 * Holds the schema that a system serves against the published one, then asks for every field of it with every argument,
 * and judges what is answered: each field has had a value at least once. The schema must be told (introspection).
 */
export async function playGraphql(target: Target): Promise<Report> {
  const published = await readPublished();
  const scopes = 'digdir:dialogporten';
  const [owner, user, weakUser, nobody] = await Promise.all([
    fetchToken(target, 'GetEnterpriseToken', {
      ...target.owner,
      scopes: 'digdir:dialogporten.serviceprovider',
    }),
    fetchToken(target, 'GetPersonalToken', { pid: target.person, scopes }),
    fetchToken(target, 'GetPersonalToken', { pid: target.person, scopes, authLvl: '1' }),
    fetchToken(target, 'GetEnterpriseToken', { ...target.owner, scopes }),
  ]);
  const tokens: Tokens = { owner, user, weakUser, nobody };
  const session = new GraphqlSession(target, published, tokens);
  const breaking = findBreakingChanges(published, await readServed(session, user));
  await playScenes(session);
  const report = judge([...session.records.values()]);
  return { ...report, failures: [...breaking.map(({ description }) => description), ...report.failures] };
}

async function readPublished(): Promise<GraphQLSchema> {
  const path = createRequire(import.meta.url).resolve('@digdir/dialogporten-schema/schema.verified.graphql');
  return buildSchema((await readFile(path, 'utf8')).replace(/^\uFEFF/, ''));
}

async function readServed(session: GraphqlSession, token: string): Promise<GraphQLSchema> {
  const answer = await session.post(token, { query: getIntrospectionQuery({ directiveIsRepeatable: true }) });
  const { data } = (await answer.json()) as { data?: IntrospectionQuery };
  if (!data) throw new Error('the system does not tell its schema: introspection is off');
  return buildClientSchema(data);
}

/** Everything is there, or has a reason; and every reason is needed. */
export function judge(records: readonly FieldRecord[]): Report {
  const explained = new Map<string, string[]>();
  const failures: string[] = [];
  const rows = records.map((record) => {
    const before = failures.length;
    for (const fault of record.faults) failures.push(`${record.name}: ${fault}`);
    for (const place of missing(record.askable, record.asked))
      failures.push(`${record.name}: ${place} was never asked with`);
    for (const place of missing(record.answerable, record.answered)) {
      const [, reason] = UNSEEN.find(([pattern]) => pattern.test(`${record.name} ${place}`)) ?? [];
      if (reason === undefined) failures.push(`${record.name}: ${place} never had a value`);
      else explained.set(reason, [...(explained.get(reason) ?? []), place]);
    }
    return rowOf(record, failures.length === before);
  });
  for (const [, reason] of UNSEEN)
    if (!explained.has(reason)) failures.push(`nothing needs the reason "${reason}"`);
  return { rows, failures, explained };
}

function missing(all: readonly string[], seen: ReadonlySet<string>): string[] {
  return all.filter((place) => !seen.has(place));
}

function rowOf(record: FieldRecord, holds: boolean): Row {
  const { name, requests, askable, answerable, asked, answered } = record;
  return {
    ...{ operation: name, requests, statuses: [200], holds },
    asked: { seen: askable.length - missing(askable, asked).length, all: askable.length },
    answered: { seen: answerable.length - missing(answerable, answered).length, all: answerable.length },
  };
}
