import { putGrant, putParty, putResource } from '../../../src/access/registry/single-changes.ts';
import { organizationUrn, personUrn } from '../../../src/access/party-identifiers.ts';
import type { Database } from '../../../src/db/database.ts';
import { pause } from '../../../src/lib/time.ts';
import { ORGANIZATIONS, PERSONS } from '../../support/identities.ts';
import { policy } from '../../support/policies.ts';
import type { Receiver } from '../../support/receiver.ts';
import { until } from '../../support/until.ts';
import { call, fetchToken } from '../matrix/system.ts';
import type { Watch } from './channels.ts';
import type { Clock } from './clock.ts';
import type { Ledger } from './ledger.ts';

export const RESOURCE = 'urn:altinn:resource:flip';
const OWNER = { org: 'ttd', orgNo: '991825827' };
const [PERSON] = PERSONS;
export const READER = personUrn(PERSON);

/** Dialogs of each party. The first of each is watched live. */
const DIALOGS = 25;

/** Two parties with dialogs, and a reader who subscribes to both and watches one dialog of each. */
export interface Scene {
  readonly parties: readonly string[];
  /** The reader's token. */
  readonly token: string;
  /** In turn: one of each party. */
  readonly dialogs: readonly { readonly party: string; readonly dialog: string }[];
  readonly watches: readonly Watch[];
}

export interface SceneOptions {
  readonly base: string;
  readonly database: Database;
  readonly receiver: Receiver;
  readonly clock: Clock;
  readonly ledger: Ledger;
}

export async function openScene(options: SceneOptions): Promise<Scene> {
  const { base, database, clock, ledger } = options;
  const numbers = ORGANIZATIONS.slice(0, 2);
  const parties = numbers.map(organizationUrn);
  await register(database, numbers);
  for (const party of parties) {
    const asked = clock.now();
    await putGrant(database, { to: READER, party, roles: ['DAGL'] }, 'flip');
    ledger.changes.push({ party, kind: 'grant', asked, answered: clock.now() });
  }
  const owner = await fetchToken(options, 'GetEnterpriseToken', {
    ...OWNER,
    scopes: 'digdir:dialogporten.serviceprovider',
  });
  const scopes = 'digdir:dialogporten altinn:events.subscribe';
  const token = await fetchToken(options, 'GetPersonalToken', { pid: PERSON, scopes });
  // Decisions may rest on what was true a moment before.
  await until('the system knows the resource', () => createDialog(options, owner, parties[0]!));
  const dialogs = [];
  for (let number = 0; number < DIALOGS; number++) {
    for (const party of parties) dialogs.push({ party, dialog: await createDialog(options, owner, party) });
  }
  for (const party of parties) await subscribe(options, token, party);
  const watches = dialogs.slice(0, parties.length).map(({ party, dialog }) => {
    return { base, party, dialog, dialogToken: dialogTokens(options, token, dialog) };
  });
  for (const { dialogToken } of watches) await dialogToken();
  return { parties, token, dialogs, watches };
}

async function register(database: Database, numbers: readonly string[]): Promise<void> {
  const xml = policy('flip')
    .permit({ roles: ['DAGL'], actions: ['read', 'subscribe'] })
    .xml();
  const document = {
    ...{ identifier: 'flip', title: { nb: 'Av og på' }, resourceType: 'GenericAccessResource' },
    hasCompetentAuthority: { organization: OWNER.orgNo, orgcode: OWNER.org },
  };
  await putResource(database, { document, policy: xml }, 'flip');
  for (const orgNumber of numbers) {
    await putParty(database, { kind: 'organization', document: { orgNumber, name: orgNumber } }, 'flip');
  }
  await putParty(database, { kind: 'person', document: { pid: PERSON, name: 'Leser' } }, 'flip');
}

async function createDialog(options: SceneOptions, owner: string, party: string): Promise<string> {
  const body = {
    ...{ serviceResource: RESOURCE, party },
    content: { title: { value: [{ languageCode: 'nb', value: 'Av og på' }] } },
  };
  const path = '/dialogporten/api/v1/serviceowner/dialogs';
  const { status, body: id } = await call(options, owner, { method: 'POST', path, body });
  if (status !== 201) throw new Error(`no dialog was made: ${status}`);
  return id as string;
}

async function subscribe(options: SceneOptions, token: string, party: string): Promise<void> {
  const path = '/events/api/v1/subscriptions';
  const body = { endPoint: options.receiver.url('/'), resourceFilter: RESOURCE, subjectFilter: party };
  const { body: made } = await call(options, token, { method: 'POST', path, body });
  const { id } = made as { id: number };
  await until('the subscription is validated', async () => {
    const { body: read } = await call(options, token, { path: `${path}/${id}` });
    return (read as { validated: boolean }).validated;
  });
}

/** Milliseconds for which a dialog token, good for ten minutes, is used. */
const TOKEN_LIFE = 300_000;

/** Gets a dialog token, and later another one, which takes as long as the right is gone. */
function dialogTokens(options: SceneOptions, token: string, dialog: string): () => Promise<string> {
  let known = '';
  let since = Number.NEGATIVE_INFINITY;
  return async () => {
    const path = `/dialogporten/api/v1/enduser/dialogs/${dialog}`;
    while (options.clock.now() - since > TOKEN_LIFE) {
      const { status, body } = await call(options, token, { path });
      if (status === 200) {
        known = (body as { dialogToken: string }).dialogToken;
        since = options.clock.now();
      } else await pause(50);
    }
    return known;
  };
}
