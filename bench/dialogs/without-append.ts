import type { Database, Statement, Transaction } from '../../src/db/database.ts';

/** The database, except that nothing is appended to the log: where an append goes with the commit, only that goes. */
export function withoutAppend(database: Database): Database {
  return instead(database, {
    transaction: <T>(work: (transaction: Transaction) => Promise<T>) =>
      database.transaction((transaction) =>
        work(instead(transaction, { commitWith: commitOf(transaction) })),
      ),
  });
}

function commitOf(transaction: Transaction): Transaction['commitWith'] {
  return async ({ name }: Statement) => {
    if (!name.startsWith('events.append')) throw new Error(`${name} is not an append`);
    await transaction.commit();
    return [];
  };
}

/** The thing with other methods in these places. */
function instead<T extends object>(thing: T, methods: Partial<T>): T {
  return new Proxy(thing, {
    get: (_, key) => {
      const found = Reflect.get(Object.hasOwn(methods, key) ? methods : thing, key) as unknown;
      return typeof found === 'function' ? found.bind(thing) : found;
    },
  });
}
