import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../scripts/free-port.ts';
import { readConfig } from '../../src/config.ts';
import { openLog } from '../../src/lib/log.ts';
import { type Platform, startPlatform } from '../../src/platform.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { openServerDirectory, type ServerDirectory } from '../support/server-directory.ts';
import { until } from '../support/until.ts';

const PID = '08844397713';
const SERVICE = 'urn:altinn:resource:super-simple-service';

let db: TestDatabase;
let directory: ServerDirectory;
let platform: Platform;
let base: string;
const lines: string[] = [];

beforeAll(async () => {
  db = await openTestDatabase();
  directory = await openServerDirectory();
  const env = { DATABASE_URL: db.url, DATA_DIR: directory.path, PORT: String(await freePort()) };
  const names = Object.entries(env).map(([name, value]) => [`BUDSTIKKA_${name}`, value]);
  const config = readConfig(Object.fromEntries(names), 'dev');
  base = config.http.baseUrl;
  const log = openLog({ level: 'trace', destination: { write: (line) => void lines.push(line) } });
  platform = await startPlatform({ config, log });
});
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

test('a person’s number in a URL reaches neither the log nor the text of an error', async () => {
  const query = new URLSearchParams({ pid: PID, scopes: 'altinn:events.subscribe' });
  const token = await (await fetch(`${base}/dev/token/GetPersonalToken?${query.toString()}`)).text();
  const authorization = `Bearer ${token}`;
  const subject = `urn:altinn:person:identifier-no:${PID}`;
  const paths = [
    `/events/api/v1/events?after=0&resource=${SERVICE}&subject=${subject}`,
    `/events/api/v1/events?after=${PID}&resource=${SERVICE}`,
    `/events/api/v1/events?after=0&resource=${PID}`,
    `/events/api/v1/events?after=0&resource=${SERVICE}&size=${PID}`,
    `/events/api/v1/subscriptions/${PID}`,
    `/dialogporten/graphql?query=${PID}&operationName=${PID}`,
    `/dialogporten/api/v1/enduser/dialogs/${PID}?x=${PID}`,
    `/dev/token/GetPersonalToken?pid=${PID}0`,
  ];
  const texts: string[] = [];
  for (const path of paths)
    texts.push(await (await fetch(base + path, { headers: { authorization } })).text());
  const withoutPath = texts.map((text) => text.replaceAll(/"instance":"[^"]*"/g, ''));
  expect(withoutPath.filter((text) => text.includes(PID))).toEqual([]);
  await until('all requests are logged', () => lines.length >= paths.length);
  expect(lines.filter((line) => line.includes(PID))).toEqual([]);
});

test('a request that is no HTTP, with a number in it, is not logged with it', async () => {
  const socket = connect(Number(new URL(base).port), '127.0.0.1');
  let answer = '';
  socket.on('data', (part: Buffer) => (answer += part.toString()));
  socket.on('error', () => undefined);
  socket.write(`GET /events?pid=${PID} HTTP/1.1\r\nHost: a\r\nBad Header ${PID}\r\n\r\n`);
  await until('it is answered', () => answer.includes('400'));
  socket.destroy();
  expect(answer).not.toContain(PID);
  expect(lines.filter((line) => line.includes(PID))).toEqual([]);
});
