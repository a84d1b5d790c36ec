import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openMasterKey } from '../../src/access/keys/master-key.ts';
import { SigningKeys } from '../../src/access/keys/signing-keys.ts';
import { openLog } from '../../src/lib/log.ts';
import { wallClock } from '../../src/lib/time.ts';
import { COMPANY, MANAGER, SERVICE, startTestPlatform, type TestPlatform, TTD } from '../support/platform.ts';
import { StreamClient } from '../support/sse.ts';
import { until } from '../support/until.ts';
import { type RunningService, startService } from './service.ts';

const OWNER_DIALOGS = '/dialogporten/api/v1/serviceowner/dialogs';
const USER_DIALOGS = '/dialogporten/api/v1/enduser/dialogs';
const MASTER_KEY = randomBytes(32).toString('base64');

interface Opened {
  readonly status: string;
  readonly dialogToken: string;
  readonly guiActions: readonly { readonly url: string; readonly isAuthorized: boolean }[];
  readonly activities: readonly { readonly type: string }[];
}

let platform: TestPlatform;
let service: RunningService;
let manager: string;
/** The button's address and the token, as the page has them before anything is pressed. */
let path: string;
let dialogToken: string;

beforeAll(async () => {
  platform = await startTestPlatform({ MASTER_KEY });
  service = await startService(platform.base);
  manager = await platform.token('GetPersonalToken', { pid: MANAGER, scopes: 'digdir:dialogporten' });
  const opened = await open();
  path = new URL(opened.guiActions[0]?.url ?? '').pathname;
  ({ dialogToken } = opened);
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await platform[Symbol.asyncDispose]();
});

/** Opens a dialog as the page does, through the service. */
async function open(dialog = service.dialog, token = manager): Promise<Opened> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${service.origin}${USER_DIALOGS}/${dialog}`, { headers });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Opened;
}

/** Presses the button with whatever token. */
async function press(token?: string): Promise<number> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return (await fetch(`${service.origin}${path}`, { method: 'POST', headers })).status;
}

/** The platform's own key for dialog tokens. */
async function dialogTokenKey(): Promise<KeyObject> {
  const keys = new SigningKeys({
    ...{ database: platform.db.database, masterKey: openMasterKey(MASTER_KEY) },
    ...{ purposes: ['dialog-token'], log: openLog({ level: 'silent' }) },
  });
  await keys.ensure();
  return keys.current('dialog-token').key;
}

/** The page's token with other claims, signed with whichever key. */
function alter(claims: JWTPayload, key: KeyObject): Promise<string> {
  const { alg = '', ...header } = decodeProtectedHeader(dialogToken);
  const altered = new SignJWT({ ...decodeJwt(dialogToken), ...claims });
  return altered.setProtectedHeader({ ...header, alg }).sign(key);
}

test('the service serves its page', async () => {
  const page = await fetch(`${service.origin}/?dialog=${service.dialog}`);
  expect(page.headers.get('content-type')).toMatch(/^text\/html/);
  expect(await page.text()).toContain('<!doctype html>');
});

test('no token, half a token, a strange signature and other claims under an old one are refused', async () => {
  const [header, payload, signature] = dialogToken.split('.');
  const strange = generateKeyPairSync('ed25519').privateKey;
  const later = Buffer.from(JSON.stringify({ ...decodeJwt(dialogToken), exp: 9_999_999_999 }));
  expect(await press()).toBe(401);
  expect(await press(`${header}.${payload}`)).toBe(401);
  expect(await press('nonsense')).toBe(401);
  expect(await press(await alter({}, strange))).toBe(401);
  expect(await press(`${header}.${later.toString('base64url')}.${signature}`)).toBe(401);
  expect(await press(manager)).toBe(401);
});

test('a genuine token that is expired, not valid yet or of another issuer is refused', async () => {
  const key = await dialogTokenKey();
  const now = Math.floor(wallClock() / 1000);
  expect(await press(await alter({ exp: now - 60 }, key))).toBe(401);
  expect(await press(await alter({ nbf: now + 60 }, key))).toBe(401);
  expect(await press(await alter({ iss: 'https://other.example' }, key))).toBe(401);
});

test('the token of another dialog is refused', async () => {
  const scopes = 'digdir:dialogporten.serviceprovider';
  const owner = await platform.token('GetEnterpriseToken', { ...TTD, scopes });
  const body = JSON.stringify({
    serviceResource: SERVICE,
    party: COMPANY,
    content: { title: { value: [{ languageCode: 'nb', value: 'En annen' }] } },
    guiActions: [
      {
        ...{ action: 'write', httpMethod: 'POST', priority: 'Primary', url: 'https://service.example' },
        title: [{ languageCode: 'nb', value: 'Bekreft' }],
      },
    ],
  });
  const created = await platform.call(owner, OWNER_DIALOGS, { method: 'POST', body });
  const other = await open((await created.json()) as string);
  expect(decodeJwt(other.dialogToken)['a']).toContain('write');
  expect(await press(other.dialogToken)).toBe(403);
});

test('somebody who may read but not act has no action, and is refused', async () => {
  const reader = await platform.token('GetSystemUserToken', {
    systemUserId: '0d9b6f3e-6c55-4b0a-9c6e-2f1d7a9be001',
    systemUserOrg: '310923044',
    scopes: 'digdir:dialogporten',
  });
  const opened = await open(service.dialog, reader);
  expect(opened.guiActions[0]?.isAuthorized).toBe(false);
  expect(await press(opened.dialogToken)).toBe(403);
});

test('the action is accepted, the stream tells of the change, and the dialog shows it', async () => {
  expect((await open()).status).toBe('RequiresAttention');
  await using stream = await StreamClient.open(`${service.origin}/dialogporten/graphql`, {
    token: dialogToken,
    query: `subscription { dialogEvents(dialogId: "${service.dialog}") { id type } }`,
  });
  const pressed = wallClock();
  expect(await press(dialogToken)).toBe(202);
  const told = await until('the stream told', () => stream.messages.find(({ at }) => at > pressed));
  expect(JSON.parse(told.data)).toEqual({
    data: { dialogEvents: { id: service.dialog, type: 'DIALOG_UPDATED' } },
  });
  const after = await open();
  expect(after).toMatchObject({ status: 'Completed', guiActions: [] });
  expect(after.activities.map(({ type }) => type)).toEqual(['FormSubmitted']);
});

test('a second click changes nothing', async () => {
  const { activities } = await open();
  expect(await press(dialogToken)).toBe(202);
  await until('the platform has refused', () => service.complaints.some((line) => line.includes('answered')));
  expect((await open()).activities).toEqual(activities);
});
