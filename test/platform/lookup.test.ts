import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMPANY, MANAGER, SERVICE, startTestPlatform, type TestPlatform, TTD } from '../support/platform.ts';

const ACCOUNTANT = '08815512058';
const HELPER = '12855515545';
const UNIT = 'urn:altinn:organization:identifier-no:313211452';
const TAX = 'urn:altinn:resource:company-tax-status';
const INSTANCE = '50001337/4b6ed1db-9307-4066-8282-08391cec3d56';
const CORRESPONDENCE = 'urn:altinn:correspondence-id:7c9e6679-7425-40de-944b-e07fc1f90ae7';

interface Party {
  readonly party: string;
  readonly name: string;
  readonly subParties: readonly Party[];
}

interface Found {
  readonly dialogId: string;
  readonly instanceRef: string;
  readonly title: readonly { readonly languageCode: string; readonly value: string }[];
  readonly authorizationEvidence: { readonly evidence: readonly object[] };
}

let platform: TestPlatform;
let owner: string;
let manager: string;
let accountant: string;
let helper: string;
let dialogId: string;
let unitDialog: string;

beforeAll(async () => {
  platform = await startTestPlatform();
  const scopes = 'digdir:dialogporten.serviceprovider';
  owner = await platform.token('GetEnterpriseToken', { ...TTD, scopes });
  [manager, accountant, helper] = (await Promise.all(
    [MANAGER, ACCOUNTANT, HELPER].map((pid) => {
      return platform.token('GetPersonalToken', { pid, scopes: 'digdir:dialogporten' });
    }),
  )) as [string, string, string];
  const labels = [CORRESPONDENCE, `urn:altinn:integration:storage:${INSTANCE}`];
  dialogId = await create({
    party: COMPANY,
    serviceOwnerContext: { serviceOwnerLabels: labels.map((value) => ({ value })) },
  });
  unitDialog = await create({ party: UNIT });
});
afterAll(() => platform[Symbol.asyncDispose]());

async function create(more: object): Promise<string> {
  const text = (value: string) => ({
    value: [
      { languageCode: 'nb', value },
      { languageCode: 'en', value: 'E' },
    ],
  });
  const content = { title: text('Tittel'), nonSensitiveTitle: text('Nøytral') };
  const body = JSON.stringify({ serviceResource: SERVICE, content, ...more });
  const created = await platform.call(owner, '/dialogporten/api/v1/serviceowner/dialogs', {
    ...{ method: 'POST', body },
  });
  if (created.status !== 201) throw new Error(await created.text());
  return (await created.json()) as string;
}

interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
}

async function read(token: string, path: string, headers = {}): Promise<Answer<unknown>> {
  const answer = await platform.call(token, `/dialogporten/api/v1${path}`, { headers });
  return { status: answer.status, body: await answer.json() };
}

const lookUp = (token: string, side: string, instanceRef: string, headers = {}) =>
  read(token, `/${side}/dialoglookup?${new URLSearchParams({ instanceRef })}`, headers) as Promise<
    Answer<Found>
  >;

describe('parties', () => {
  const partiesOf = async (token: string) =>
    ((await read(token, '/enduser/parties')) as Answer<{ authorizedParties: Party[] }>).body
      .authorizedParties;

  test('are the caller, and whoever something was granted for, with their units', async () => {
    const parties = await partiesOf(manager);
    expect(parties.map(({ name }) => name)).toEqual(['MODIG LYNGBRISK', 'SOLFYLT VARSOM TIGER AS']);
    const [self, company] = parties;
    expect(self).toMatchObject({
      ...{ partyType: 'Person', isCurrentEndUser: true, dateOfBirth: '1943-04-08', hasKeyRole: false },
    });
    expect(company).toMatchObject({
      ...{ party: COMPANY, partyType: 'Organization', hasKeyRole: true, isMainAdministrator: true },
      ...{ hasOnlyAccessToSubParties: false, isCurrentEndUser: false, isDeleted: false },
      subParties: [{ party: UNIT, hasKeyRole: true, subParties: [] }],
    });
  });

  test('of a unit alone show the main unit as a way to it', async () => {
    const [, company] = await partiesOf(helper);
    expect(company).toMatchObject({
      ...{ party: COMPANY, hasOnlyAccessToSubParties: true, hasKeyRole: false },
      subParties: [{ party: UNIT, hasOnlyAccessToSubParties: false }],
    });
  });

  test('are not told to a service owner', async () => {
    expect((await read(owner, '/enduser/parties')).status).toBe(403);
  });
});

describe('service resources', () => {
  interface Resources {
    readonly items: readonly { readonly serviceResource: { readonly id: string } }[];
  }
  const idsOf = ({ body }: { body: Resources }) =>
    body.items.map(({ serviceResource }) => serviceResource.id);

  test('in use are told to everybody, with whoever may read by their policy', async () => {
    const path = `${platform.base}/dialogporten/api/v1/metadata/serviceresources`;
    const answer = await fetch(path, { headers: { 'accept-language': 'en' } });
    const { items } = (await answer.json()) as Resources;
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({
      serviceResource: {
        ...{ id: 'super-simple-service', resourceType: 'GenericAccessResource', status: 'Completed' },
        name: [{ languageCode: 'en', value: 'The simplest service' }],
        isDelegable: true,
      },
      serviceOwner: { orgNumber: TTD.orgNo, code: 'ttd', name: [{ value: 'The Test Ministry' }] },
      roles: [{ urn: 'urn:altinn:rolecode:dagl' }, { urn: 'urn:altinn:rolecode:priv' }],
      accessPackages: [{ urn: 'urn:altinn:accesspackage:ordinaer-post-til-virksomheten' }],
    });
    expect(JSON.stringify(items)).not.toContain(TAX);
  });

  test('of a caller are those that a role or a delegation is named for, of all parties or of some', async () => {
    const query = (token: string, party?: string) => {
      const suffix = party === undefined ? '' : `?${new URLSearchParams({ party })}`;
      return read(token, `/enduser/serviceresources${suffix}`) as Promise<Answer<Resources>>;
    };
    expect(idsOf(await query(manager))).toEqual(['super-simple-service']);
    expect(idsOf(await query(helper, UNIT))).toEqual(['super-simple-service']);
    expect(idsOf(await query(helper, COMPANY))).toEqual([]);
    expect(idsOf(await query(accountant, COMPANY.toUpperCase()))).toEqual([]);
    expect(idsOf(await query(manager, 'urn:altinn:organization:identifier-no:311102079'))).toEqual([]);
  });
});

describe('dialog lookup', () => {
  test('finds by dialog, by instance of an app and by correspondence, in any letter case', async () => {
    const references = [`urn:altinn:instance-id:${INSTANCE}`, CORRESPONDENCE];
    for (const [side, token] of [
      ['enduser', manager],
      ['serviceowner', owner],
    ] as const) {
      const own = await lookUp(token, side, `URN:altinn:dialog-id:${dialogId}`);
      expect(own).toMatchObject({
        status: 200,
        body: { dialogId, instanceRef: references[0], party: COMPANY },
      });
      for (const instanceRef of references) {
        const { body } = await lookUp(token, side, instanceRef.toUpperCase());
        expect([body.dialogId, body.instanceRef]).toEqual([dialogId, instanceRef]);
      }
    }
  });

  test('tells by what the caller may read, and chooses the language', async () => {
    const { body } = await lookUp(manager, 'enduser', CORRESPONDENCE, { 'accept-language': 'nb' });
    expect(body.title).toEqual([{ languageCode: 'nb', value: 'Tittel' }]);
    expect(body.authorizationEvidence).toMatchObject({
      ...{ currentAuthenticationLevel: 3, viaRole: true, viaAccessPackage: false },
      ...{ viaResourceDelegation: false, viaInstanceDelegation: false },
      evidence: [{ grantType: 'Role', subject: 'urn:altinn:rolecode:dagl' }],
    });
    const unit = await lookUp(helper, 'enduser', `urn:altinn:dialog-id:${unitDialog}`);
    expect(unit.body.authorizationEvidence.evidence).toEqual([
      { grantType: 'ResourceDelegation', subject: SERVICE },
    ]);
  });

  test('takes the newest dialog with the label that is not deleted; its owner sees the deleted one too', async () => {
    const label = 'urn:altinn:correspondence-id:11111111-7425-40de-944b-e07fc1f90ae7';
    const more = { party: COMPANY, serviceOwnerContext: { serviceOwnerLabels: [{ value: label }] } };
    const older = await create(more);
    const newer = await create(more);
    expect((await lookUp(manager, 'enduser', label)).body.dialogId).toBe(newer);
    await platform.call(owner, `/dialogporten/api/v1/serviceowner/dialogs/${newer}`, {
      method: 'DELETE',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect((await lookUp(manager, 'enduser', label)).body.dialogId).toBe(older);
    expect((await lookUp(owner, 'serviceowner', label)).body.dialogId).toBe(newer);
  });

  test('refuses what is no reference, what is not there, what is not visible, and who may not read', async () => {
    for (const wrong of ['nonsense', 'urn:altinn:instance-id:4b6ed1db-9307-4066-8282-08391cec3d56', '']) {
      expect((await lookUp(manager, 'enduser', wrong)).status).toBe(400);
    }
    const nowhere = 'urn:altinn:dialog-id:01890000-0000-7000-8000-000000000000';
    expect((await lookUp(manager, 'enduser', nowhere)).status).toBe(404);
    expect((await lookUp(owner, 'serviceowner', nowhere)).status).toBe(404);
    expect((await lookUp(accountant, 'enduser', CORRESPONDENCE)).status).toBe(403);
    const later = await create({ party: COMPANY, visibleFrom: '2099-01-01T00:00:00Z' });
    const reference = `urn:altinn:dialog-id:${later}`;
    expect((await lookUp(manager, 'enduser', reference)).status).toBe(404);
    expect((await lookUp(owner, 'serviceowner', reference)).status).toBe(200);
    const skd = { org: 'skd', orgNo: '974761076', scopes: 'digdir:dialogporten.serviceprovider' };
    const stranger = await platform.token('GetEnterpriseToken', skd);
    expect((await lookUp(stranger, 'serviceowner', CORRESPONDENCE)).status).toBe(404);
  });
});
