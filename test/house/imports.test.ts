import { describe, expect, test } from 'vitest';
import { readSources, type Source } from '../../scripts/house/sources.ts';
import { cycles, floorsOf, importDirection, typesOnly } from './guards/imports.ts';

const [contributing] = await readSources('.', /^CONTRIBUTING\.md$/);
const floors = floorsOf(contributing!.text);
const src = await readSources('src', /\.ts$/);

function file(path: string, ...lines: readonly string[]): Source {
  return { path, text: lines.join('\n') };
}

describe('floors', () => {
  test('are read from CONTRIBUTING.md', () => {
    expect(floors.get('cli')).toBe(7);
    expect(floors.get('platform')).toBe(6);
    expect(floors.get('lib')).toBe(0);
    expect(floors.size).toBeGreaterThan(15);
  });

  test.each([
    ['upward', "import { a } from '../http/app.ts';"],
    ['upward for a type only', "import type { A } from '../http/app.ts';"],
    ['to a neighbour on the same floor', "import { a } from '../publishing/publish.ts';"],
    ['upward in passing on', "export { a } from '../http/app.ts';"],
    ['upward while running', "const a = await import('../http/app.ts');"],
    ['upward inside a type', "type A = import('../http/app.ts').A;"],
    ['to the configuration, which rooms get as options', "import type { Config } from '../config.ts';"],
    ['to a room without a floor', "import { a } from '../attic/box.ts';"],
    ['out of src', "import { a } from '../../test/support/until.ts';"],
    ['without the ending', "import { a } from '../db/database';"],
  ])('an import that points %s is found', (_, line) => {
    const found = importDirection(file('src/dialogs/create.ts', '// why', line), floors);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^src\/dialogs\/create\.ts:2 /);
  });

  test('a file in a room without a floor is found', () => {
    expect(importDirection(file('src/attic/box.ts'), floors)).toHaveLength(1);
  });

  test('imports downward, within the room and of packages are fine', () => {
    const lines = [
      "import pg from 'pg';",
      "import './rules.ts';",
      "import type { Log } from '../lib/log.ts';",
    ];
    expect(importDirection(file('src/dialogs/create.ts', ...lines), floors)).toEqual([]);
  });

  test('every import in src points downward', () => {
    expect(src.length).toBeGreaterThan(10);
    expect(src.flatMap((source) => importDirection(source, floors))).toEqual([]);
  });
});

describe('cycles', () => {
  test('are found, of types too, and only the files that take part', () => {
    const planted = [
      file('src/lib/a.ts', "import { b } from './b.ts';"),
      file('src/lib/b.ts', "export type { C } from './c.ts';"),
      file('src/lib/c.ts', "import type { A } from './a.ts';", "import './leaf.ts';"),
      file('src/lib/leaf.ts'),
      file('src/lib/root.ts', "import './a.ts';"),
    ];
    expect(cycles(planted)).toEqual(['src/lib/a.ts', 'src/lib/b.ts', 'src/lib/c.ts']);
  });

  test('a file that imports itself is found', () => {
    expect(cycles([file('src/lib/a.ts', "import './a.ts';")])).toEqual(['src/lib/a.ts']);
  });

  test('there are none in src', () => {
    expect(cycles(src)).toEqual([]);
  });
});

describe('client and console', () => {
  test.each(["import { a } from '../src/lib/time.ts';", "export * from '../src/lib/time.ts';"])(
    '%s is found',
    (line) => {
      expect(typesOnly(file('client/receiver.ts', line))).toHaveLength(1);
    },
  );

  test.each(["import type { A } from '../src/lib/time.ts';", "import { type A } from '../src/lib/time.ts';"])(
    '%s is fine',
    (line) => {
      expect(typesOnly(file('client/receiver.ts', line))).toEqual([]);
    },
  );

  test('take nothing but types from src', async () => {
    const files = await Promise.all([
      readSources('client', /\.[mj]?tsx?$/),
      readSources('console', /\.[jt]sx?$/),
    ]);
    expect(files.flat().flatMap(typesOnly)).toEqual([]);
  });
});
