import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { freePort } from '../../scripts/free-port.ts';
import { openTestDatabase } from '../support/database.ts';
import { COMPANY, MANAGER, SERVICE } from '../support/platform.ts';
import { StreamClient } from '../support/sse.ts';
import { until } from '../support/until.ts';
import { buildProgram, type Program } from './program.ts';

// Whole processes are started, some of them three times.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let program: Program;
let env: Record<string, string> & { PORT: string };
let base: string;
beforeAll(async () => {
  program = await buildProgram();
});
afterAll(() => program[Symbol.asyncDispose]());
beforeEach(async () => {
  env = { PORT: String(await freePort()), DATA_DIR: join(program.folder, 'data') };
  base = `http://127.0.0.1:${env.PORT}`;
});

async function token(kind: string, query: Record<string, string>): Promise<string> {
  return (await fetch(`${base}/dev/token/${kind}?${new URLSearchParams(query).toString()}`)).text();
}

function call(bearer: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`${base}${path}`, {
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
}

/** Creates a dialog, and opens it as the manager of its party. */
async function openDialog(): Promise<{ id: string; dialogToken: string }> {
  const query = { org: 'ttd', orgNo: '991825827', scopes: 'digdir:dialogporten.serviceprovider' };
  const content = { title: { value: [{ languageCode: 'nb', value: 'En søknad' }] } };
  const dialog = { serviceResource: SERVICE, party: COMPANY, status: 'Draft', content };
  const owner = await token('GetEnterpriseToken', query);
  const created = await call(owner, '/dialogporten/api/v1/serviceowner/dialogs', dialog);
  return open((await created.json()) as string);
}

async function open(id: string): Promise<{ id: string; dialogToken: string }> {
  const manager = await token('GetPersonalToken', { pid: MANAGER, scopes: 'digdir:dialogporten' });
  const opened = await call(manager, `/dialogporten/api/v1/enduser/dialogs/${id}`);
  expect(opened.status).toBe(200);
  return (await opened.json()) as { id: string; dialogToken: string };
}

test('development mode begins with nothing, stops in order under load, and goes on where it was', async () => {
  await using first = await program.startReady(['dev'], env);
  await until('the walk is printed', () => first.printed().includes(`Budstikka runs on ${base}`));
  const { id, dialogToken } = await openDialog();
  const query = `subscription { dialogEvents(dialogId: "${id}") { id } }`;
  await using stream = await StreamClient.open(`${base}/dialogporten/graphql`, { token: dialogToken, query });
  const slow = connect(Number(env.PORT), '127.0.0.1');
  slow.on('error', () => undefined);
  slow.write(
    'POST /events/api/v1/subscriptions HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nExpect: 100-continue\r\n',
  );
  slow.write('Content-Type: application/json\r\n\r\n{');
  await new Promise((resolve) => slow.once('data', resolve));

  const begun = performance.now();
  first.kill('SIGTERM');
  expect(await first.ended).toMatchObject({ code: 0, signal: null });
  expect(performance.now() - begun).toBeLessThan(10_000);
  await until('the stream has ended', () => stream.ended);
  expect(stream.messages.at(-1)?.event).toBe('complete');
  slow.destroy();

  await using second = await program.startReady(['dev'], env);
  expect(await open(id)).toMatchObject({ id });
  second.kill('SIGINT');
  expect(await second.ended).toMatchObject({ code: 0, signal: null });
});

test('a second signal ends the process at once', async () => {
  // Its database goes on: an embedded one would be left behind until the next start.
  await using db = await openTestDatabase();
  const settings = { ...env, DATA_DIR: join(program.folder, 'other'), DATABASE_URL: db.url };
  await using child = await program.startReady(['dev'], { ...settings, SHUTDOWN_MS: '600000' });
  const slow = connect(Number(env.PORT), '127.0.0.1');
  slow.on('error', () => undefined);
  slow.write(
    'POST /events/api/v1/subscriptions HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nExpect: 100-continue\r\n',
  );
  slow.write('Content-Type: application/json\r\n\r\n{');
  await new Promise((resolve) => slow.once('data', resolve));
  child.kill('SIGTERM');
  await until(
    'it takes no more requests',
    async () => !(await fetch(`${base}/health/liveness`).catch(() => ({ ok: false }))).ok,
  );
  child.kill('SIGINT');
  expect(await child.ended).toMatchObject({ signal: 'SIGINT' });
  slow.destroy();
});
