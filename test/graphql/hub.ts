import type { Database } from '../../src/db/database.ts';
import { openLog } from '../../src/lib/log.ts';
import { LiveHub } from '../../src/live/hub.ts';

/** A hub with room for one stream, that lets everybody know everything. */
export function openHub(database: Database): Promise<LiveHub> {
  return LiveHub.open({
    database,
    hints: { onGrown: () => () => undefined },
    decisions: { decide: (questions) => questions.map(() => ({ permitted: true, because: 'test' })) },
    freshness: {
      ...{ confirmedAt: Number.POSITIVE_INFINITY, confirm: async () => undefined },
      renew: async () => undefined,
    },
    pollMs: 100,
    readersMost: 1,
    readersOfCallerMost: 0,
    log: openLog({ level: 'silent' }),
  });
}
