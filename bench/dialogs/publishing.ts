import { createDialog } from '../../src/dialogs/create.ts';
import type { CreateInput } from '../../src/dialogs/input.ts';
import type { DialogsOptions } from '../../src/dialogs/options.ts';
import { patchDialog } from '../../src/dialogs/patch.ts';
import { medianInterval } from '../../scripts/stress/percentiles.ts';
import type { ResultRow } from '../../scripts/stress/results.ts';
import { CALLER, COMPANY, SERVICE } from './ground.ts';
import { meter, type Reading } from './meter.ts';

const PAIRS = 40;
const BAR = 1.15;
const WRITERS = 8;
/** Of each writer, in each half of a pair. */
const WRITES = 40;

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

/** One write; without its event part it is the same transaction and the same row, and nothing is told. */
type Write = (number: number, silent: boolean) => Promise<unknown>;

/** What creating and changing a dialog cost, beside the same without the event part, in turn. */
export async function measurePublishing(dialogs: DialogsOptions): Promise<ResultRow[]> {
  const create: Write = (_, silent) =>
    createDialog(dialogs, { caller: CALLER, input: newDialog(), silent, trace: null });
  const ids = await Promise.all(
    Array.from({ length: WRITERS }, () =>
      createDialog(dialogs, { caller: CALLER, input: newDialog(), silent: true, trace: null }),
    ),
  );
  let progress = 0;
  const patch: Write = (number, silent) => {
    progress = (progress + 1) % 101;
    const operations = [{ op: 'replace', path: '/progress', value: progress }];
    const toReplacement = (document: unknown) => document as CreateInput & { status: 'InProgress' };
    const { id } = ids[number]!;
    return patchDialog(dialogs, { caller: CALLER, id, operations, toReplacement, silent, trace: null });
  };
  return [...(await compare(dialogs, 'create', create)), ...(await compare(dialogs, 'patch', patch))];
}

async function compare(dialogs: DialogsOptions, name: string, write: Write): Promise<ResultRow[]> {
  const pairs: { told: Reading; silent: Reading }[] = [];
  // The first two pairs warm up.
  for (let pair = -2; pair < PAIRS; pair++) {
    const early = pair % 2 === 0 ? await phase(dialogs, write, false) : undefined;
    const silent = await phase(dialogs, write, true);
    const told = early ?? (await phase(dialogs, write, false));
    if (pair >= 0) pairs.push({ told, silent });
  }
  const ratio = medianInterval(pairs.map(({ told, silent }) => told.milliseconds / silent.milliseconds));
  const row = (what: string, value: number, unit: string): ResultRow => ({
    ...{ name: `${name}: ${what}`, bar: null, value, unit, holds: null },
  });
  const median = (side: 'told' | 'silent', of: keyof Reading) =>
    medianInterval(pairs.map((pair) => pair[side][of])).median;
  return [
    {
      name: `${name}: cost of publishing, median of ${PAIRS} pairs`,
      bar: `at most ${BAR}`,
      value: ratio.median,
      unit: '× the same without its event part',
      holds: ratio.median <= BAR,
    },
    row('95 % interval, low', ratio.low, '×'),
    row('95 % interval, high', ratio.high, '×'),
    ...UNITS.flatMap(([of, unit]) => [
      row(`${of}, told`, median('told', of), unit),
      row(`${of}, without`, median('silent', of), unit),
    ]),
  ];
}

const UNITS: readonly (readonly [keyof Reading, string])[] = [
  ['milliseconds', `ms each, ${WRITERS} writers together`],
  ['cpuMicros', 'µs'],
  ['walBytes', 'bytes'],
  ['buffers', 'pages'],
];

function phase({ database }: DialogsOptions, write: Write, silent: boolean): Promise<Reading> {
  return meter(database, WRITERS * WRITES, async () => {
    const writer = async (_: unknown, number: number): Promise<void> => {
      for (let done = 0; done < WRITES; done++) await write(number, silent);
    };
    await Promise.all(Array.from({ length: WRITERS }, writer));
  });
}
