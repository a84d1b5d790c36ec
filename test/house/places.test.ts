import { describe, expect, test } from 'vitest';
import { readSources } from '../../scripts/house/sources.ts';
import type { Guard } from './guards/finding.ts';
import { datesInTime, environmentInConfig, sqlInQueries } from './guards/places.ts';
import { requestsInOutbound } from './guards/requests.ts';
import { statusInProblem } from './guards/status.ts';

const src = await readSources('src', /\.ts$/);

interface Rule {
  readonly guard: Guard;
  readonly home: readonly string[];
  readonly breaches: readonly string[];
  readonly fine: readonly string[];
}

const rules: Record<string, Rule> = {
  'SQL stands in queries.ts and in db': {
    guard: sqlInQueries,
    home: [
      'src/dialogs/queries.ts',
      'src/dialogs/search-queries.ts',
      'src/access/xacml/queries.ts',
      'src/db/migrate.ts',
    ],
    breaches: [
      "sql('a', 'SELECT 1');",
      "sql('a', `\n  INSERT INTO dialog (id) VALUES ($1)`);",
      'query(`UPDATE dialog SET revision = $1 ${where}`);',
      "query('DELETE FROM dialog');",
      "query('select id from dialog');",
      "query('WITH gone AS (SELECT 1) SELECT 2');",
      "query('BEGIN');",
      "query('NOTIFY log');",
      "query('CREATE UNIQUE INDEX one ON dialog (id)');",
    ],
    fine: [
      "method('DELETE');",
      "log.info('select a dialog first');",
      "log.info('Update the registry and set it up again');",
      'title(`${count} SELECT `);',
      "const s = 'Begin with a dialog';",
    ],
  },
  'the environment is read in config.ts': {
    guard: environmentInConfig,
    home: ['src/config.ts'],
    breaches: [
      'const port = process.env.PORT;',
      "const all = process['env'];",
      'const { env } = process;',
      "import { env } from 'node:process';",
    ],
    fine: ['process.exitCode = 1;', 'const env = options.env;', '// process.env is read elsewhere'],
  },
  'dates are made in lib/time.ts': {
    guard: datesInTime,
    home: ['src/lib/time.ts'],
    breaches: ['const now = new Date();', 'const then = new Date(text);', 'const text = Date();'],
    fine: ['const ms = Date.now();', "const text = 'new Date()';", 'const at = new DateRange();'],
  },
  'requests leave from outbound': {
    guard: requestsInOutbound,
    home: ['src/outbound/client.ts'],
    breaches: [
      "import { Pool } from 'undici';",
      "import undici from 'undici';",
      "import { request } from 'node:http';",
      "import https from 'https';",
      "await fetch('https://example.no');",
      'open({ fetch });',
      'open(globalThis.fetch);',
      'const socket = new WebSocket(url);',
    ],
    fine: [
      "import type { Dispatcher } from 'undici';",
      "import { type IncomingMessage, createServer } from 'node:http';",
      'function load(fetch: Fetch) { return fetch(url); }',
      'const load = ({ fetch }: Options) => fetch(url);',
      'await options.fetch(url);',
      'type Fetch = typeof fetch;',
      'interface Options { fetch: (url: string) => Promise<unknown> }',
    ],
  },
  'an error kind gets its status in http/problem.ts': {
    guard: statusInProblem,
    home: ['src/http/problem.ts'],
    breaches: [
      'const statuses = { missing: 404 };',
      "const statuses = { 'too-large': 413 };",
      "switch (kind) { case 'missing': reply.code(404); }",
      "const status = kind === 'gone' ? 410 : 500;",
      "if (failure.kind === 'conflict') { reply.code(409); }",
    ],
    fine: ['reply.code(404);', "if (kind === 'missing') skip();", 'const seen = { missing: 3 };'],
  },
};

describe.each(Object.entries(rules))('%s', (_, { guard, home, breaches, fine }) => {
  test.each(breaches)('%s is found elsewhere', (line) => {
    const found = guard({ path: 'src/reading/page.ts', text: `// why\n${line}\n` });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^src\/reading\/page\.ts:2 /);
  });

  test.each(home)('%s is its place', (path) => {
    expect(breaches.flatMap((text) => guard({ path, text }))).toEqual([]);
  });

  test.each(fine)('%s is no breach', (text) => {
    expect(guard({ path: 'src/reading/page.ts', text })).toEqual([]);
  });

  test('everywhere in src', () => {
    expect(src.flatMap(guard)).toEqual([]);
  });
});
