/**
 * What access costs: `npx tsx bench/access.ts`, or `npm run bench -- access`.
 */
import { printRows } from '../scripts/stress/print.ts';
import { saveResults } from '../scripts/stress/results.ts';
import { benchAccess } from './access/access.ts';

const results = await benchAccess();
printRows(results.rows);
console.log(`\n${await saveResults('access', results)}`);
