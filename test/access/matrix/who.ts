import { organizationUrn, personUrn } from '../../../src/access/party-identifiers.ts';
import { ORGANIZATIONS, PERSONS, SYSTEM_USER_ID } from '../../support/identities.ts';

/** The dialogs that every variant has. The sub-unit's belongs to the branch, the clerk's to the clerk as a person. */
export const DIALOGS = ['main', 'second', 'sub-unit', 'clerk', 'held'] as const;
export type DialogName = (typeof DIALOGS)[number];

type Attribute = readonly [id: string, value: string];

/** A row of the tables: somebody with a token, who asks about one dialog. */
export interface Who {
  /** A kind of token of the development issuer, and its query without scopes. */
  readonly token: readonly [kind: string, query: Readonly<Record<string, string>>];
  /** What a decision request says about them as a subject, worked out by hand. */
  readonly subject: readonly Attribute[];
  readonly level: number;
  readonly isServiceOwner: boolean;
  readonly dialog: DialogName;
  /** What is wrong with their tokens. */
  readonly fault?: 'without scopes' | 'forged' | 'of another dialog';
  /** What was delegated to them: the resource or the main dialog; from the start, or late, after a first round. */
  readonly delegated?: Delegated;
  /** The app whose platform access token they send along. */
  readonly app?: string;
}

export interface Delegated {
  readonly to: string;
  readonly of: 'resource' | 'instance';
  readonly actions: readonly string[];
  readonly late?: boolean;
}

const [COMPANY, , ACCOUNTANT, BRANCH, SKD] = ORGANIZATIONS;
const [MANAGER, CLERK, OUTSIDER, LEADER, DELEGATE] = PERSONS;
const ARCHIVIST = '01889010041';
const AUDITOR = '01889010122';
const TTD = '991825827';
const ACCOUNTANTS_SYSTEM = '0d9b6f3e-6c55-4b0a-9c6e-2f1d7a9be002';

/** On whose behalf each dialog is. */
export const PARTIES: Readonly<Record<DialogName, string>> = {
  main: organizationUrn(COMPANY),
  second: organizationUrn(COMPANY),
  'sub-unit': organizationUrn(BRANCH),
  clerk: personUrn(CLERK),
  held: organizationUrn(COMPANY),
};

const ROLE = 'urn:altinn:rolecode';
const PACKAGE = 'urn:altinn:accesspackage';

function person(pid: string, ...more: Attribute[]): Who {
  return {
    token: ['GetPersonalToken', { pid }],
    subject: [['urn:altinn:person:identifier-no', pid], ...more],
    ...{ level: 3, isServiceOwner: false, dialog: 'main' },
  };
}

function organization(orgNo: string, ...more: Attribute[]): Who {
  return {
    token: ['GetEnterpriseToken', { orgNo }],
    subject: [['urn:altinn:organization:identifier-no', orgNo], ...more],
    ...{ level: 3, isServiceOwner: false, dialog: 'main' },
  };
}

function serviceOwner(org: string, orgNo: string): Who {
  const who = organization(orgNo, ['urn:altinn:org', org]);
  return { ...who, token: ['GetEnterpriseToken', { orgNo, org }], isServiceOwner: true };
}

function systemUser(id: string, systemUserOrg: string, ...more: Attribute[]): Who {
  return {
    token: ['GetSystemUserToken', { systemUserId: id, systemUserOrg }],
    subject: [['urn:altinn:systemuser:uuid', id], ...more],
    ...{ level: 3, isServiceOwner: false, dialog: 'main' },
  };
}

const manager = person(MANAGER, [ROLE, 'DAGL']);
const owner = serviceOwner('ttd', TTD);
const otherOwner = serviceOwner('skd', SKD);
const delegate: Who = {
  ...person(DELEGATE),
  delegated: { to: personUrn(DELEGATE), of: 'instance', actions: ['read', 'subscribe'] },
};

function atLevel(who: Who, level: number): Who {
  const [kind, query] = who.token;
  return { ...who, token: [kind, { ...query, authLvl: String(level) }], level };
}

/** Everybody who stands in a table. What they were granted beyond delegations stands in the fixtures' parties.json. */
export const WHO: Readonly<Record<string, Who>> = {
  manager,
  'manager, of the main unit': { ...manager, dialog: 'sub-unit' },
  'manager, for the clerk': { ...person(MANAGER), dialog: 'clerk' },
  'manager, without scopes': { ...manager, fault: 'without scopes' },
  'manager, at a low level': atLevel(manager, 2),
  'manager, at a high level': atLevel(manager, 4),
  'manager, token forged': { ...manager, fault: 'forged' },
  'manager, token of another dialog': { ...manager, fault: 'of another dialog' },
  'manager, held dialog': { ...manager, dialog: 'held' },
  clerk: person(CLERK),
  'clerk, for themselves': { ...person(CLERK, [ROLE, 'PRIV']), dialog: 'clerk' },
  outsider: person(OUTSIDER),
  'leader of the sub-unit': { ...person(LEADER, [ROLE, 'DAGL']), dialog: 'sub-unit' },
  'leader of the sub-unit, main unit': person(LEADER),
  archivist: person(ARCHIVIST, [PACKAGE, 'post-og-arkiv']),
  auditor: person(AUDITOR, [ROLE, 'REVI']),
  company: organization(COMPANY),
  accountant: organization(ACCOUNTANT, [ROLE, 'REGN']),
  'system user': systemUser(SYSTEM_USER_ID, COMPANY, [PACKAGE, 'post-og-arkiv']),
  'system user of the accountant': systemUser(ACCOUNTANTS_SYSTEM, ACCOUNTANT),
  owner,
  'owner, without scopes': { ...owner, fault: 'without scopes' },
  'owner, held dialog': { ...owner, dialog: 'held' },
  'other owner': otherOwner,
  'other owner, after a grant': {
    ...otherOwner,
    delegated: { to: organizationUrn(SKD), of: 'resource', actions: ['subscribe'], late: true },
  },
  delegate,
  'delegate, another dialog': { ...delegate, dialog: 'second' },
  app: { ...owner, app: 'ttd/matrix' },
  'another app': { ...owner, app: 'ttd/another' },
};
