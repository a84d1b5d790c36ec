/**
 * Runs the address vectors of test/fixtures/addresses.json and lists those that come out wrong.
 *
 *   npx tsx scripts/address-vectors.ts
 *       against our own guard
 *   npx tsx scripts/address-vectors.ts --subscriptions URL --token TOKEN [--resource URN]
 *       against any server with the Altinn Events contract, in production mode: each URL is asked for as the endpoint of
 *       a subscription. 2xx lets it through, 400 and 422 refuse it, anything else decides nothing and counts as wrong.
 *       What is made is deleted again. Vectors that need a policy or a name server of their own are left out.
 */
import { parseArgs } from 'node:util';
import { type AddressVector, isLetThrough, readVectors } from './addresses/vectors.ts';

type Verdict = 'allowed' | 'refused' | `status ${number}`;
type Judge = (vector: AddressVector) => Promise<Verdict> | Verdict;

interface Target {
  readonly url: string;
  readonly token: string;
  readonly resource: string;
}

const { values } = parseArgs({
  options: {
    subscriptions: { type: 'string' },
    token: { type: 'string' },
    resource: { type: 'string', default: 'urn:altinn:resource:super-simple-service' },
  },
});

function byGuard(vector: AddressVector): Verdict {
  return isLetThrough(vector) ? 'allowed' : 'refused';
}

function byServer(target: Target): Judge {
  const headers = { authorization: `Bearer ${target.token}`, 'content-type': 'application/json' };
  return async ({ url }) => {
    const body = JSON.stringify({ endPoint: url, resourceFilter: target.resource });
    const answer = await fetch(target.url, { method: 'POST', headers, body });
    const text = await answer.text();
    if (answer.status === 400 || answer.status === 422) return 'refused';
    if (!answer.ok) return `status ${answer.status}`;
    await fetch(`${target.url}/${JSON.parse(text).id}`, { method: 'DELETE', headers });
    return 'allowed';
  };
}

async function run(vectors: readonly AddressVector[], judge: Judge): Promise<void> {
  let wrong = 0;
  for (const vector of vectors) {
    const expected = vector.allowed ? 'allowed' : 'refused';
    const verdict = await judge(vector);
    if (verdict === expected) continue;
    wrong += 1;
    console.log(`${verdict} instead of ${expected}: ${JSON.stringify(vector.url)} (${vector.why})`);
  }
  console.log(`${vectors.length - wrong} right, ${wrong} wrong`);
  process.exitCode = wrong === 0 ? 0 : 1;
}

const vectors = await readVectors();
const { subscriptions: url, token, resource } = values;
if (url === undefined) await run(vectors, byGuard);
else if (token === undefined) throw new Error('--subscriptions needs --token');
else
  await run(
    vectors.filter(({ policy, resolves }) => !policy && !resolves),
    byServer({ url, token, resource }),
  );
