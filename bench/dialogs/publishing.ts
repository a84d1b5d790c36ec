import { type ChangeRules, changeDialog } from '../../src/dialogs/change.ts';
import { createDialog } from '../../src/dialogs/create.ts';
import type { CreateInput, ReplaceInput } from '../../src/dialogs/input.ts';
import type { DialogsOptions } from '../../src/dialogs/options.ts';
import { type PatchCommand, patchRules } from '../../src/dialogs/patch.ts';
import { latenciesAtRate } from '../../scripts/stress/arrivals.ts';
import { medianInterval, percentiles } from '../../scripts/stress/percentiles.ts';
import type { ResultRow } from '../../scripts/stress/results.ts';
import { CALLER, COMPANY, SERVICE } from './ground.ts';
import { meter, type Reading } from './meter.ts';

const PAIRS = 40;
const BAR = 1.15;
const WRITERS = 8;
/** Of each writer, in each half of a pair. */
const WRITES = 40;
/** Where latency is measured, writes arrive at this rate, whether those before them have ended or not. */
const RATE = { perSecond: 100, writes: 100 } as const;

const say = (value: string) => [{ languageCode: 'nb', value }];

/** A dialog as agencies make them: two texts, an attachment, an action. */
export function newDialog(more: Partial<CreateInput> = {}): CreateInput {
  return {
    serviceResource: SERVICE,
    party: COMPANY,
    status: 'InProgress',
    content: {
      title: { value: say('Søknad om skjenkebevilling') },
      summary: { value: say('Søknaden er mottatt og ligger til behandling.') },
    },
    attachments: [
      { displayName: say('Søknad'), urls: [{ url: 'https://example.no/a.pdf', consumerType: 'Gui' }] },
    ],
    guiActions: [{ action: 'open', url: 'https://example.no/open', priority: 'Primary', title: say('Åpne') }],
    ...more,
  };
}

/**
 * One write, by the writer of this number. Untold it is the same transaction and the same row; no event is composed, and
 * nothing is appended.
 */
type Write = (writer: number, told: boolean) => Promise<unknown>;

/** What creating and changing a dialog cost, beside the same without the event part, in turn. */
export async function measurePublishing(dialogs: DialogsOptions): Promise<ResultRow[]> {
  const { patch, create } = await writesOf(dialogs);
  return [...(await compare(dialogs, 'create', create)), ...(await compare(dialogs, 'patch', patch))];
}

async function writesOf(dialogs: DialogsOptions): Promise<{ create: Write; patch: Write }> {
  const create: Write = (_, told) =>
    createDialog(dialogs, { caller: CALLER, input: newDialog(), silent: !told, trace: null });
  const made = await Promise.all(Array.from({ length: WRITERS }, (_, writer) => create(writer, false)));
  const ids = made.map((one) => (one as { id: string }).id);
  let progress = 0;
  const patch: Write = async (writer, told) => {
    progress = (progress + 1) % 101;
    const command = patchOf(ids[writer]!, progress);
    const rules = await patchRules(dialogs, command);
    return changeDialog(dialogs, command, told ? rules : tellingNobody(rules));
  };
  return { create, patch };
}

function patchOf(id: string, progress: number): PatchCommand {
  return {
    ...{ caller: CALLER, id, silent: false, trace: null },
    operations: [{ op: 'replace', path: '/progress', value: progress }],
    toReplacement: (document) => document as ReplaceInput,
  };
}

/** The same change, of which nobody is told. Not `silent`, which would leave the dialog's times as they were: another row. */
function tellingNobody(rules: ChangeRules): ChangeRules {
  return {
    ...rules,
    decide: (present, found) => {
      const outcome = rules.decide(present, found);
      return outcome && { ...outcome, happenings: [] };
    },
  };
}

/** Runs the work told and untold in turn, each as often first; the first two pairs warm up. */
async function inPairs<T>(work: (told: boolean) => Promise<T>): Promise<{ told: T; untold: T }[]> {
  const pairs: { told: T; untold: T }[] = [];
  for (let pair = -2; pair < PAIRS; pair++) {
    const early = pair % 2 === 0 ? await work(true) : undefined;
    const untold = await work(false);
    const told = early ?? (await work(true));
    if (pair >= 0) pairs.push({ told, untold });
  }
  return pairs;
}

async function compare(dialogs: DialogsOptions, name: string, write: Write): Promise<ResultRow[]> {
  const late = await inPairs(async (told) =>
    percentiles(await latenciesAtRate(RATE, (number) => write(number % WRITERS, told))),
  );
  const full = await inPairs((told) => phase(dialogs, write, told));
  const at = `${name} at ${RATE.perSecond} a second`;
  return [
    ...ratioRows(
      `${at}: cost of publishing`,
      late.map(({ told, untold }) => told.p50 / untold.p50),
    ),
    ...medianRows(`${at}: p50`, late, { of: ({ p50 }) => p50, unit: 'ms' }),
    ...medianRows(`${at}: p95`, late, { of: ({ p95 }) => p95, unit: 'ms' }),
    ...medianRows(`${at}: p99`, late, { of: ({ p99 }) => p99, unit: 'ms' }),
    ...ratioRows(
      `${name} by ${WRITERS} writers at full speed: cost of publishing`,
      full.map(({ told, untold }) => told.milliseconds / untold.milliseconds),
    ),
    ...UNITS.flatMap(([of, unit]) => medianRows(`${name}: ${of}`, full, { of: (one) => one[of], unit })),
  ];
}

const UNITS: readonly (readonly [keyof Reading, string])[] = [
  ['milliseconds', `ms each, ${WRITERS} writers together`],
  ['cpuMicros', 'µs'],
  ['walBytes', 'bytes'],
  ['buffers', 'pages'],
];

function ratioRows(name: string, ratios: readonly number[]): ResultRow[] {
  const ratio = medianInterval(ratios);
  const plain = (what: string, value: number): ResultRow => ({
    ...{ name: `${name}, 95 % interval, ${what}`, bar: null, value, unit: '×', holds: null },
  });
  const unit = '× the same without its event part';
  return [
    {
      ...{ name: `${name}, median of ${PAIRS} pairs`, bar: `at most ${BAR}` },
      ...{ value: ratio.median, unit, holds: ratio.median <= BAR },
    },
    plain('low', ratio.low),
    plain('high', ratio.high),
  ];
}

function medianRows<T>(
  name: string,
  pairs: readonly { told: T; untold: T }[],
  { of, unit }: { of: (one: T) => number; unit: string },
): ResultRow[] {
  const median = (side: 'told' | 'untold') => medianInterval(pairs.map((pair) => of(pair[side]))).median;
  return [
    { name: `${name}, told`, bar: null, value: median('told'), unit, holds: null },
    { name: `${name}, without`, bar: null, value: median('untold'), unit, holds: null },
  ];
}

function phase({ database }: DialogsOptions, write: Write, told: boolean): Promise<Reading> {
  return meter(database, WRITERS * WRITES, async () => {
    const work = async (_: unknown, writer: number): Promise<void> => {
      for (let done = 0; done < WRITES; done++) await write(writer, told);
    };
    await Promise.all(Array.from({ length: WRITERS }, work));
  });
}
