import { parseArgs } from 'node:util';
import { toError } from '../src/lib/errors.ts';
import { PrintingNarrator } from './demo/narrator.ts';
import { newDialogs } from './demo/new-dialogs.ts';
import { reminders } from './demo/reminders.ts';
import { secondOwner } from './demo/second-owner.ts';
import { openStage, play } from './demo/stage.ts';
import { joinSystem, startSystem } from './demo/system.ts';
import { updates } from './demo/updates.ts';

/**
 * Plays the four usage examples of Dialogporten's events on a whole system, with synthetic identities, and says what
 * arrived where and after how many milliseconds.
 *
 *   npm run demo                     starts a system of its own, and leaves nothing
 *   npm run demo -- --base ORIGIN    plays on `budstikka dev` that runs in this folder
 */
async function demo(base: string | undefined, signal: AbortSignal): Promise<number> {
  const narrator = new PrintingNarrator(console.log);
  await using system = await (base === undefined ? startSystem() : joinSystem(base));
  await using stage = await openStage({ ...system, narrator, signal });
  console.log(
    `Budstikka on ${system.base}. Times count from the moment that the server's COMMIT had returned.`,
  );
  for (const scenario of [newDialogs, updates, reminders, secondOwner]) {
    if (!signal.aborted) await play(scenario, stage);
  }
  narrator.ends();
  return narrator.failed === 0 && !signal.aborted ? 0 : 1;
}

const { values } = parseArgs({ options: { base: { type: 'string' } } });
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
// Whoever reads the output has seen enough: `npm run demo | head`.
process.stdout.on('error', () => interrupted.abort());
process.exitCode = await demo(values.base?.replace(/\/$/, ''), interrupted.signal).catch((thrown) => {
  console.error(toError(thrown).message);
  return 1;
});
