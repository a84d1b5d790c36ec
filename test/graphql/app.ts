import { GraphqlServer } from '../../src/graphql/server.ts';
import { Disposals } from '../../src/lib/disposals.ts';
import { type Log, openLog } from '../../src/lib/log.ts';
import { graphqlRoute } from '../../src/platform/graphql.ts';
import { type AppUnderTest, type Name, openApp } from '../support/dialog-client.ts';
import { openHub } from './hub.ts';

/** A GraphQL response. */
export interface Result<Data> {
  readonly data: Data;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly unknown[];
    readonly extensions?: Readonly<Record<string, unknown>>;
  }[];
}

export interface AskedGraphql {
  readonly as?: Name;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** REST and GraphQL over dialogs, with ports whose answers a test decides. */
export interface GraphqlApp extends AppUnderTest {
  /** What a query or a mutation is answered; the reader asks unless somebody else is named. */
  ask<Data = Record<string, never>>(query: string, asked?: AskedGraphql): Promise<Result<Data>>;
}

export interface GraphqlAppSettings {
  readonly costMost?: number;
  readonly log?: Log;
}

export async function openGraphqlApp({
  costMost = 200_000,
  log,
}: GraphqlAppSettings = {}): Promise<GraphqlApp> {
  const opened = new Disposals();
  const app = await openApp({
    routes: async (root, { under, authenticate }) => {
      const graphql = opened.use(
        new GraphqlServer({
          ...{ dialogs: under.dialogs, authenticate, log: log ?? openLog({ level: 'silent' }) },
          ...{ keepAliveMs: 60_000, introspection: true, depthMost: 12, costMost },
          hub: opened.use(await openHub(under.database)),
          verifyDialogToken: () => Promise.reject(new Error('nobody subscribes here')),
        }),
      );
      graphqlRoute(root, graphql);
    },
  });
  return {
    ...app,
    ask: async (query, { variables, ...asked } = {}) => {
      const body = { query, variables };
      const answer = await app.send('POST', '/dialogporten/graphql', { as: 'reader', ...asked, body });
      if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body as never;
    },
    [Symbol.asyncDispose]: async () => {
      await opened[Symbol.asyncDispose]();
      await app[Symbol.asyncDispose]();
    },
  };
}
