/** What `npm run bench -- NAME` runs, built as the program is shipped. */
import { benchAccess } from './access/access.ts';
import { benchDelivery } from './delivery/delivery.ts';
import { benchDialogs } from './dialogs/dialogs.ts';
import { benchFanOut } from './delivery/fan-out.ts';
import { benchIsolation } from './delivery/isolation.ts';
import { benchFeed } from './feed/feed.ts';
import { benchIdle } from './idle/idle.ts';
import { benchMatch } from './match/match.ts';
import { benchSearch } from './search/search.ts';
import { saveResults } from '../scripts/stress/results.ts';
import { printRows } from '../scripts/stress/print.ts';

const benches = {
  ...{
    access: benchAccess,
    delivery: benchDelivery,
    dialogs: benchDialogs,
    feed: benchFeed,
    idle: benchIdle,
    match: benchMatch,
  },
  'fan-out': benchFanOut,
  isolation: benchIsolation,
  search: benchSearch,
};

const name = process.argv[2] ?? '';
if (!Object.hasOwn(benches, name)) {
  throw new RangeError(`usage: npm run bench -- ${Object.keys(benches).join('|')}`);
}
const results = await benches[name as keyof typeof benches]();
printRows(results.rows);
console.log(`\n${await saveResults(name, results)}`);
