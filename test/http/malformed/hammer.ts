import { Random } from '../../access/xacml/random.ts';
import { bodyKinds } from './body-kinds.ts';
import { faultOf } from './contracts.ts';
import { eventKinds } from './event-kinds.ts';
import { feedKinds } from './feed-kinds.ts';
import { httpKinds } from './http-kinds.ts';
import type { Kind, Malformed, Stage } from './kind.ts';
import { labelKinds } from './label-kinds.ts';
import { patchKinds } from './patch-kinds.ts';
import { requestKinds } from './request-kinds.ts';
import { subscriptionKinds } from './subscription-kinds.ts';
import { send, type WireAnswer } from './wire.ts';

export const kinds: readonly Kind[] = [
  ...bodyKinds,
  ...patchKinds,
  ...requestKinds,
  ...labelKinds,
  ...httpKinds,
  ...eventKinds,
  ...feedKinds,
  ...subscriptionKinds,
];

/** What came of a run. */
export interface Tally {
  /** By kind, how often each status was answered; 0 stands for no answer. */
  readonly statuses: ReadonlyMap<string, ReadonlyMap<number, number>>;
  /** Answers that are not as their contract says, in words. */
  readonly faults: readonly string[];
  /** Ids of dialogs that were answered with 201. */
  readonly dialogs: readonly string[];
  /** Ids of subscriptions that were answered with 201. */
  readonly subscriptions: ReadonlySet<number>;
  /** Events from outside that were accepted. */
  readonly events: number;
}

/** Requests that are under way at the same moment. */
const AT_ONCE = 12;

/** Sends so many requests, every kind equally often, drawn by the seed, and writes down what was answered. */
export async function hammer(
  stage: Stage,
  { count, seed }: { readonly count: number; readonly seed: number },
): Promise<Tally> {
  const random = new Random(seed);
  const tally = {
    statuses: new Map(kinds.map(({ name }) => [name, new Map<number, number>()])),
    ...{ faults: [] as string[], dialogs: [] as string[], subscriptions: new Set<number>(), events: 0 },
  };
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const kind = kinds[next++ % kinds.length]!;
      const malformed = kind.make(random, stage);
      const answer = await send(stage.origin, malformed.request).catch(() => NONE);
      const byStatus = tally.statuses.get(kind.name)!;
      byStatus.set(answer.status, (byStatus.get(answer.status) ?? 0) + 1);
      const fault = judge(kind, malformed, answer);
      if (fault !== undefined) tally.faults.push(`${kind.name}: ${fault}: ${describe(malformed)}`);
      if (isSuccess(answer)) note(tally, malformed, answer);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return tally;
}

const NONE: WireAnswer = { status: 0, headers: new Map(), body: '' };

function isSuccess({ status }: WireAnswer): boolean {
  return status >= 200 && status < 300;
}

function judge(kind: Kind, { contract, refusedWith }: Malformed, answer: WireAnswer): string | undefined {
  if (answer.status === 0) return 'no answer';
  if (!isSuccess(answer)) return faultOf(answer, contract, refusedWith);
  return kind.neverValid ? `answered with ${answer.status}` : undefined;
}

function note(
  tally: { dialogs: string[]; subscriptions: Set<number>; events: number },
  { leaves }: Malformed,
  { body }: WireAnswer,
): void {
  if (leaves === 'dialog') tally.dialogs.push(JSON.parse(body) as string);
  if (leaves === 'subscription') tally.subscriptions.add((JSON.parse(body) as { id: number }).id);
  if (leaves === 'event') tally.events += 1;
}

function describe({ request }: Malformed): string {
  const { method, target, headers = [], body = '', head } = request;
  const text = typeof body === 'string' ? body : body.toString('latin1');
  return JSON.stringify([method, target, headers, text, head]).slice(0, 1500);
}
