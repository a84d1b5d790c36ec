// A service behind a dialog with one write action: "confirm the address". See README.md in this folder.
//
//   node examples/write-action/service.mjs [BASE] [PORT]

import { createPublicKey, randomUUID, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const [base = 'http://127.0.0.1:5080', port = '8090'] = process.argv.slice(2);
const platform = `${base}/dialogporten/api/v1`;
const ACTION = 'write';
/** Milliseconds that the work takes. The contract gives it ten seconds. */
const WORK = 300;
/** Seconds that clocks may differ. */
const SKEW = 5;

/** What a request is refused with. */
const refusal = (status, reason) => Object.assign(new Error(reason), { status });

async function json(url, init) {
  const response = await fetch(url, init).catch((cause) => {
    throw new Error(`nobody answers on ${base}`, { cause });
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.status === 204 ? undefined : response.json();
}

// --- Dialog tokens: who may do what with which dialog, said by the platform and verified here.

const { issuer, jwks_uri: keySet } = await json(`${platform}/.well-known/oauth-authorization-server`);
let keys = new Map();
let keysReadAt = 0;

/** A key that is not known may be a new one: the set is read again, at most once a minute. */
async function keyOf(kid) {
  if (!keys.has(kid) && Date.now() - keysReadAt > 60_000) {
    keysReadAt = Date.now();
    const set = await json(keySet);
    keys = new Map(set.keys.map((jwk) => [jwk.kid, createPublicKey({ key: jwk, format: 'jwk' })]));
  }
  return keys.get(kid);
}

/** The claims of a token that permits the action on this dialog. Throws a refusal. */
async function verified(token, dialog) {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const { alg, typ, kid } = decoded(header);
  const key = alg === 'EdDSA' && typ === 'JWT' && (await keyOf(kid));
  const signed = Buffer.from(`${header}.${payload}`);
  if (!key || !verify(null, signed, key, Buffer.from(signature, 'base64url'))) {
    throw refusal(401, 'not a token of the platform');
  }
  const claims = decoded(payload);
  const now = Date.now() / 1000;
  const isCurrent = claims.nbf - SKEW <= now && now < claims.exp + SKEW;
  if (claims.iss !== issuer || !isCurrent) throw refusal(401, 'expired, or of another issuer');
  if (claims.i !== dialog) throw refusal(403, 'a token for another dialog');
  if (!claims.a.split(';').includes(ACTION)) throw refusal(403, 'the action is not permitted');
  return claims;
}

function decoded(part) {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString()) ?? {};
  } catch {
    throw refusal(401, 'not a token');
  }
}

// --- The case: kept here, shown as a dialog. In production the owner's token comes from Maskinporten.

const ownerQuery = 'org=ttd&orgNo=991825827&scopes=digdir:dialogporten.serviceprovider&ttl=86400';
const owner = await (await fetch(`${base}/dev/token/GetEnterpriseToken?${ownerQuery}`)).text();
const asOwner = { authorization: `Bearer ${owner}`, 'content-type': 'application/json' };
const text = (value) => [{ languageCode: 'nb', value }];
const caseId = randomUUID();
const actionUrl = `https://service.example/cases/${caseId}/confirm`;

const dialogId = await json(`${platform}/serviceowner/dialogs`, {
  method: 'POST',
  headers: asOwner,
  body: JSON.stringify({
    serviceResource: 'urn:altinn:resource:super-simple-service',
    party: 'urn:altinn:organization:identifier-no:310923044',
    status: 'RequiresAttention',
    content: { title: { value: text('Stemmer adressen?') } },
    guiActions: [
      { action: ACTION, httpMethod: 'POST', priority: 'Primary', title: text('Bekreft'), url: actionUrl },
    ],
  }),
});

/** What follows from the action. A second click finds no action to remove, and its changes are refused together. */
async function confirm(claims) {
  const performedBy = { actorType: 'PartyRepresentative', actorId: claims.c };
  const changes = [
    { op: 'replace', path: '/status', value: 'Completed' },
    { op: 'remove', path: '/guiActions/0' },
    { op: 'add', path: '/activities/-', value: { type: 'FormSubmitted', performedBy } },
  ];
  const body = JSON.stringify(changes);
  await json(`${platform}/serviceowner/dialogs/${dialogId}`, { method: 'PATCH', headers: asOwner, body });
}

// --- What it serves: the action, the page, and the way to the platform for the page, which has one origin.

async function act(request, response) {
  const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const claims = await verified(token, dialogId);
  response.writeHead(202).end();
  setTimeout(() => confirm(claims).catch((fault) => console.error(fault.message)), WORK);
}

async function forward(request, response) {
  const { method, url, headers } = request;
  const { authorization = '', accept = '*/*', 'content-type': type = 'text/plain' } = headers;
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const init = { method, signal: gone.signal, headers: { authorization, accept, 'content-type': type } };
  const body = method === 'POST' ? Readable.toWeb(request) : undefined;
  const reply = await fetch(base + url, { ...init, body, duplex: 'half' });
  response.writeHead(reply.status, { 'content-type': reply.headers.get('content-type') ?? '' });
  await pipeline(Readable.fromWeb(reply.body), response);
}

async function answer(request, response) {
  const { pathname } = new URL(request.url, 'http://localhost');
  if (request.method === 'POST' && pathname === `/cases/${caseId}/confirm`) return act(request, response);
  if (/^\/(dialogporten|dev\/token)\//.test(pathname)) return forward(request, response);
  if (pathname !== '/') throw refusal(404, 'nothing here');
  const page = await readFile(new URL('page.html', import.meta.url));
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
}

const server = createServer((request, response) => {
  answer(request, response).catch((fault) => {
    if (!response.headersSent) response.writeHead(fault.status ?? 502).end(fault.message);
    else response.destroy();
  });
});
server.listen(Number(port), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/?dialog=${dialogId}`);
});
