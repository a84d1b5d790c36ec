import { describe, expect, test } from 'vitest';
import { readSources, type Source } from '../../scripts/house/sources.ts';
import type { Guard } from './guards/finding.ts';
import { noBarrels, noDefaultExports, noMachinePaths, noTestHeldBack, noVagueNames } from './guards/shape.ts';

const src = await readSources('src', /\.ts$/);
const tests = await readSources('test', /\.ts$/);
const readable = await readSources(
  '.',
  /\.(ts|tsx|js|mjs|json|md|sql|yml|yaml|html|css|xml)$|^(run|LICENSE|\.gitignore)$/,
);

interface Rule {
  readonly guard: Guard;
  readonly files: readonly Source[];
  readonly path?: string;
  readonly breaches: readonly string[];
  readonly fine: readonly string[];
}

const slash = '/';

const rules: Record<string, Rule> = {
  'there are no barrels': {
    guard: noBarrels,
    files: src,
    breaches: ["export * from './a.ts';", "export { a } from './a.ts';\nexport type { B } from './b.ts';"],
    fine: ["export { a } from './a.ts';\nexport const b = 1;", "import { a } from './a.ts';"],
  },
  'there are no default exports': {
    guard: noDefaultExports,
    files: src,
    breaches: ['export default class {}', 'const a = 1;\nexport { a as default };'],
    fine: ['export const a = 1;', "import pg from 'pg';"],
  },
  'no test is held back': {
    guard: noTestHeldBack,
    files: tests,
    breaches: [
      "test.skip('a', () => {});",
      "it.only('a', () => {});",
      "describe.concurrent.only('a', () => {});",
      "test.todo('a');",
      "test.skipIf(slow)('a', () => {});",
      "test('a', { skip: true }, () => {});",
      "test.only.each([1])('a', () => {});",
      "test['skip']('a', () => {});",
      "test('a', (context) => context.skip());",
    ],
    fine: ["test('a', { timeout: 5 }, () => {});", 'list.skip(1);', "test.each([1])('only %s', () => {});"],
  },
  'no text names a path of one machine': {
    guard: noMachinePaths,
    files: readable.filter(({ path }) => path !== 'package-lock.json'),
    breaches: [`const a = '${slash}tmp/a';`, `see ${slash}home/me/b.md`, `(${slash}root/x)`],
    fine: ['https://example.no/home/page', "join(tmpdir(), 'etc/a')", './etc/a', `${slash}dialogs`],
  },
};

describe.each(Object.entries(rules))('%s', (_, { guard, files, breaches, fine }) => {
  test.each(breaches)('%s is found', (text) => {
    expect(guard({ path: 'src/reading/page.ts', text })).toHaveLength(1);
  });

  test.each(fine)('%s is fine', (text) => {
    expect(guard({ path: 'src/reading/page.ts', text })).toEqual([]);
  });

  test('everywhere', () => {
    expect(files.length).toBeGreaterThan(0);
    expect(files.flatMap(guard)).toEqual([]);
  });
});

describe('names say what a file does', () => {
  test.each(['src/lib/utils.ts', 'src/http/helpers/a.ts', 'src/db/common.ts', 'test/support/util.ts'])(
    '%s is found',
    (path) => {
      expect(noVagueNames({ path, text: '' })).toHaveLength(1);
    },
  );

  test('everywhere', () => {
    expect([...src, ...tests].flatMap(noVagueNames)).toEqual([]);
  });

  test('an index file is a barrel', () => {
    expect(noBarrels({ path: 'src/db/index.ts', text: 'export const a = 1;' })).toHaveLength(1);
  });
});
