import { COMPANY, MANAGER, TTD } from '../../support/platform.ts';
import { newDialog, OWNER_DIALOGS } from './bodies.ts';
import type { Stage, Tokens } from './kind.ts';
import { send } from './wire.ts';

const PROVIDER = 'digdir:dialogporten.serviceprovider';
const OWNER_SCOPES = [PROVIDER, `${PROVIDER}.search`, 'altinn:events.publish'].join(' ');
const READER_SCOPES = 'digdir:dialogporten altinn:events.subscribe';

/** Tokens of the development issuer, and the one dialog that stands before anything is sent. */
export async function openStage(base: string): Promise<Stage> {
  const origin = new URL(base);
  const tokens: Tokens = {
    owner: await fetchToken(base, 'GetEnterpriseToken', { ...TTD, scopes: OWNER_SCOPES }),
    reader: await fetchToken(base, 'GetPersonalToken', { pid: MANAGER, scopes: READER_SCOPES }),
    app: await fetchToken(base, 'GetPlatformAccessToken', { app: 'ttd/some-app' }),
  };
  const answer = await send(origin, {
    ...{ method: 'POST', target: OWNER_DIALOGS, token: tokens.owner },
    ...{ contentType: 'application/json', body: JSON.stringify({ ...newDialog(), party: COMPANY }) },
  });
  if (answer.status !== 201) throw new Error(`the first dialog: ${answer.status} ${answer.body}`);
  return { origin, tokens, dialog: JSON.parse(answer.body), revision: answer.headers.get('etag') ?? '' };
}

async function fetchToken(base: string, kind: string, query: Record<string, string>): Promise<string> {
  const answer = await fetch(`${base}/dev/token/${kind}?${new URLSearchParams(query).toString()}`);
  if (answer.status !== 200) throw new Error(`${kind}: ${answer.status}`);
  return answer.text();
}
