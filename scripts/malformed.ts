/**
 * Sends malformed requests of every kind to a whole system of its own and prints kind, status and count. Exits with 1
 * when an answer is not as its contract says, or when something is left behind that nobody was promised.
 *
 *   npx tsx scripts/malformed.ts [--count 10000] [--seed 1]
 */
import { parseArgs } from 'node:util';
import { readConfig } from '../src/config.ts';
import { Database } from '../src/db/database.ts';
import { openLog } from '../src/lib/log.ts';
import { startPlatform } from '../src/platform.ts';
import { hammer, kinds } from '../test/http/malformed/hammer.ts';
import { readRemains } from '../test/http/malformed/remains.ts';
import { openStage } from '../test/http/malformed/stage.ts';
import { openTestServer } from '../test/support/server.ts';
import { openServerDirectory } from '../test/support/server-directory.ts';
import { freePort } from './free-port.ts';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
});
const [count, seed] = [Number(values.count), Number(values.seed)];
if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(seed)) {
  throw new RangeError('--count and --seed must be whole numbers, and --count at least 1');
}

const log = openLog({ level: 'error' });
await using server = await openTestServer();
await using folder = await openServerDirectory();
const settings = {
  BUDSTIKKA_DATABASE_URL: server.url,
  BUDSTIKKA_DATA_DIR: folder.path,
  BUDSTIKKA_PORT: String(await freePort()),
  BUDSTIKKA_MAX_BODY_BYTES: '1000000',
};
const config = readConfig(settings, 'dev');
await using database = new Database({
  ...{ url: server.url, maxConnections: 1, applicationName: 'malformed', log },
  ...{ connectTimeout: 10_000, statementTimeout: 60_000 },
});
await using platform = await startPlatform({ config, log });
const stage = await openStage(platform.address ?? config.http.baseUrl);
const tally = await hammer(stage, { count, seed });
const remains = await readRemains(database);

for (const { name } of kinds) {
  const counts = [...tally.statuses.get(name)!].toSorted(([one], [other]) => one - other);
  console.log(`${name.padEnd(30)}${counts.map(([status, times]) => `${status}: ${times}`).join('  ')}`);
}
const faults = [
  ...tally.faults,
  ...(remains.dialogs.join() === [stage.dialog, ...tally.dialogs].toSorted().join()
    ? []
    : ['the dialogs are not those that were answered with 201']),
  ...(remains.outsideEvents === tally.events
    ? []
    : ['an event is there that nobody accepted, or is missing']),
  ...remains.torn.map((id) => `the dialog ${id} is torn`),
  ...(remains.parked === 0 ? [] : [`${remains.parked} transactions or locks are left open`]),
];
console.log(
  `\n${count} requests of ${kinds.length} kinds, seed ${seed}; ${tally.dialogs.length} dialogs were created`,
);
for (const fault of faults) console.log(fault);
console.log(faults.length === 0 ? 'every answer follows its contract' : `${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
