/**
 * The endpoint that a backlog is for, in a process of its own: what it takes to receive the backlog must not be taken for
 * what the others wait. Started with how many events are waited for; answers each word with how far it is.
 */
import { Endpoint } from '../chaos/receiver.ts';
import { CatchingUp } from './catching-up.ts';
import { Random } from './random.ts';

/** `leave`: nobody listens any more. `return`: somebody does, and counts. `tell`: nothing but the answer. */
export type Word = 'leave' | 'return' | 'tell';

const endpoint = await Endpoint.open({ random: new Random(1) });
const catchingUp = new CatchingUp(Number(process.argv[2]));
endpoint.taken = (_, event) => catchingUp.take(event);

async function obey(word: Word): Promise<void> {
  if (word === 'leave') await endpoint.misbehave('gone');
  if (word !== 'return') return;
  await endpoint.behave();
  catchingUp.begin();
}

process.on('message', (word: Word) => {
  void obey(word).then(() => process.send?.(catchingUp.progress));
});
process.on('disconnect', () => process.exit());
process.send?.(endpoint.url);
