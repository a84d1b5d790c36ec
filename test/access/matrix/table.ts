import { WHO } from './who.ts';

export const COLUMNS = [
  'publish',
  'subscribe',
  'deliver',
  'poll',
  'get',
  'lookup',
  'label',
  'search',
  'graphql',
  'live',
] as const;
export type Column = (typeof COLUMNS)[number];

/** What the table says of a cell: the README of the fixtures tells what each word means. */
export type Expected =
  | { readonly by: 'rule'; readonly rule: string }
  | { readonly by: 'delegated' | 'owner' | 'app' | 'none' }
  | { readonly by: 'none'; readonly but: Obstacle };

/** What alone stands in the way of something that the policy, or ownership, would grant. */
export type Obstacle = 'scope' | 'level' | 'held' | 'token';

export interface Cell {
  readonly who: string;
  readonly column: Column;
  readonly expected: Expected;
}

const OBSTACLE = /^none \((scope|level|held|token)\)$/;

/** Reads the table of a resource. Throws on anything that it does not understand. */
export function readTable(markdown: string, resource: string): Cell[] {
  const [head, , ...rows] = markdown.split('\n').filter((line) => line.startsWith('|'));
  if (!head || String(cellsOf(head)) !== String(['who', ...COLUMNS]))
    throw new Error(`columns of ${resource}`);
  return rows.flatMap((row) => {
    const [who = '', ...words] = cellsOf(row);
    if (!(who in WHO)) throw new Error(`${resource}: nobody is called ${who}`);
    if (words.length !== COLUMNS.length) throw new Error(`${resource}: cells of ${who}`);
    return COLUMNS.flatMap((column, index) => {
      const word = words[index] ?? '';
      return word === '-' ? [] : [{ who, column, expected: expect(word, resource) }];
    });
  });
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function expect(word: string, resource: string): Expected {
  if (/^\d+$/.test(word)) return { by: 'rule', rule: `urn:altinn:resource:${resource}:ruleid:${word}` };
  if (word === 'delegated' || word === 'owner' || word === 'app' || word === 'none') return { by: word };
  const [, but] = OBSTACLE.exec(word) ?? [];
  if (but === undefined) throw new Error(`${resource}: ${word} is no cell`);
  return { by: 'none', but: but as Obstacle };
}

/** Whether whoever asks is let in. */
export function isGranted({ by }: Expected): boolean {
  return by !== 'none';
}
