import type { Config } from '../config.ts';
import type { Queries } from '../db/database.ts';
import { DueWork } from '../db/due.ts';
import { expireDialog } from '../dialogs/expire.ts';
import type { DialogsOptions } from '../dialogs/options.ts';
import { releaseDialog } from '../dialogs/release.ts';
import { Housekeeping } from '../events/housekeeping.ts';
import { partitionsAhead } from '../events/partition-queries.ts';
import type { Disposals } from '../lib/disposals.ts';
import type { Log } from '../lib/log.ts';
import type { Ground } from './ground.ts';

export interface HousekeepingParts {
  readonly config: Config;
  readonly ground: Ground;
  readonly dialogs: DialogsOptions;
  readonly log: Log;
  readonly disposals: Disposals;
}

/** What happens by itself: releases and expiries at their time, and the log that keeps itself. In every process. */
export function openHousekeeping({ config, ground, dialogs, log, disposals }: HousekeepingParts): void {
  const { database, bus } = ground;
  const due = disposals.use(
    new DueWork({
      ...{ database, log },
      handlers: {
        release: ({ key }) => releaseDialog(dialogs, key),
        expire: async ({ key }) => {
          await expireDialog(dialogs, key);
          return true;
        },
      },
    }),
  );
  // Whatever plans work appends to the log as well, nearly always.
  disposals.defer(bus.onGrown(() => due.hint()));
  disposals.use(new Housekeeping({ database, log, retentionDays: config.events.retentionDays }));
}

const PARTITIONS_AHEAD = 2;

/** What an operator should see to although requests can be served. */
export async function logWarnings(queries: Queries): Promise<string[]> {
  const ahead = await partitionsAhead(queries);
  if (ahead >= PARTITIONS_AHEAD) return [];
  return [`empty partitions that lie ahead of the log: ${ahead} of ${PARTITIONS_AHEAD}`];
}
