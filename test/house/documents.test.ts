import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configurationDocument } from '../../scripts/configuration-doc.ts';
import { readSources } from '../../scripts/house/sources.ts';
import { statusOf } from '../../src/http/problem.ts';
import { errorCodes, Failure } from '../../src/lib/errors.ts';

const documents = new Map((await readSources('.', /\.md$/)).map(({ path, text }) => [path, text]));
const packageFile = await readSources('.', /^package\.json$/);

test('docs/configuration.md is what npm run docs writes', () => {
  expect(documents.get('docs/configuration.md')).toBe(configurationDocument());
});

describe('docs/errors.md', () => {
  const ENTRY =
    /^### `(?<code>[a-z-]+)` \((?<outcome>[^)]+)\)\n\n(?<title>.+)\n\n- \*\*When:\*\* .+\n(?: {2}.+\n)*- \*\*What to do:\*\* /gm;
  const text = documents.get('docs/errors.md') ?? '';
  const entries = [...text.matchAll(ENTRY)].map(({ groups }) => ({ ...groups }));

  test('has every code once, with its outcome and title, and no dead one', () => {
    const written = entries.map(({ code, outcome, title }) => `${code} (${outcome}): ${title}`);
    const raised = [...errorCodes].map(([code, { kind, title }]) => {
      const outcome = kind === 'startup' ? 'exit code 1' : statusOf(new Failure(code));
      return `${code} (${outcome}): ${title}`;
    });
    expect(written.toSorted()).toEqual(raised.toSorted());
  });

  test('has no heading that this test cannot read', () => {
    expect(text.match(/^### /gm)).toHaveLength(entries.length);
  });
});

test('links between the documents lead to files', async () => {
  const paths = (await readSources('.', /\.(md|json|mjs|ts)$/)).map(({ path }) => path);
  const leads = (path: string) => paths.some((each) => each === path || each.startsWith(`${path}/`));
  const links = [...documents].flatMap(([path, text]) =>
    [...text.matchAll(/\]\((?!https?:)([^)#\s]+)[^)]*\)/g)].map(([, link]) => ({
      path,
      target: posix.join(posix.dirname(path), link!),
    })),
  );
  expect(links.length).toBeGreaterThan(0);
  expect(links.filter(({ target }) => !leads(target))).toEqual([]);
});

describe('commands', () => {
  const [manifest] = packageFile;
  const { scripts } = JSON.parse(manifest!.text) as { scripts: Record<string, string> };

  test('that the documents name are in package.json', () => {
    const text = [...documents.values()].join('\n');
    const named = [...text.matchAll(/\bnpm run (?:--silent )?([a-z][\w:-]*)/g)].map(([, name]) => name!);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  test('of package.json start files that exist', async () => {
    const started = Object.values(scripts).flatMap((line) => [...line.matchAll(/\btsx (\S+\.ts)/g)]);
    const paths = new Set((await readSources('.', /\.ts$/)).map(({ path }) => path));
    expect(started.length).toBeGreaterThan(0);
    expect(started.map(([, path]) => path!).filter((path) => !paths.has(path))).toEqual([]);
  });
});
