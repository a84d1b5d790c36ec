import type { Random } from '../../access/xacml/random.ts';
import { COMPANY, MANAGER } from '../../support/platform.ts';
import { OWNER_DIALOGS } from './bodies.ts';
import type { Kind, Malformed, Stage } from './kind.ts';
import { anyPlace, withRaw } from './places.ts';
import type { WireRequest } from './wire.ts';

const USER_DIALOGS = '/dialogporten/api/v1/enduser/dialogs';
const PERSON = `urn:altinn:person:identifier-no:${MANAGER}`;

const RAWS = [
  ...['null', '1', 'true', '""', '{}', '[]', '[null]', '[[]]', '[{}]', '-0', '1e400', '"Nothing"', '"sent"'],
  ...['["Sent"]', '["Bin",1]', '["\\u0000"]', '"\\ud800"', '"00000000-0000-0000-0000"', '{"__proto__":1}'],
  JSON.stringify(Array(200).fill('Bin')),
  JSON.stringify('x'.repeat(300)),
];

const LABELS = [
  '%00',
  '%ff',
  '%ed%a0%80',
  '%2f',
  '..',
  '%',
  'x'.repeat(3000),
  '%c3%b8'.repeat(300),
  '*',
  '%20%20',
];

const QUERIES = [
  ...['', 'party=', 'party=x', `party=${'x'.repeat(300)}`, 'party=%00', 'party=x&'.repeat(21)],
  ...['label=Nothing', 'label=%00', 'contentUpdatedAfter=now', 'limit=0', 'limit=x', 'continuationToken=x'],
];

type Make = (random: Random, stage: Stage) => WireRequest;

function kind(name: string, make: Make): Kind {
  const malformed = (random: Random, stage: Stage): Malformed => ({
    request: make(random, stage),
    contract: 'dialogporten',
  });
  return { name, neverValid: false, make: malformed };
}

const spoiled = (random: Random, body: object) => withRaw(body, anyPlace(random, body), random.pick(RAWS));

const wish = { addLabels: ['Archive', 'MarkedAsUnopened'], removeLabels: ['Bin'] };

const oneWish: Make = (random, { dialog, tokens }) => {
  const owned = `${OWNER_DIALOGS}/${dialog}/endusercontext/systemlabels`;
  const [target, token] = random.pick([
    [`${USER_DIALOGS}/${dialog}/context/systemlabels`, tokens.reader] as const,
    [`${owned}?endUserId=${PERSON}`, tokens.owner] as const,
    [`${owned}?endUserId=%00`, tokens.owner] as const,
  ]);
  const performedBy = { actorType: 'PartyRepresentative', actorId: PERSON };
  const body = spoiled(random, random.pick([wish, { ...wish, performedBy }]));
  return { method: 'PUT', target, token, contentType: 'application/json', body };
};

const bulkWish: Make = (random, { dialog, revision, tokens }) => {
  const owned = `${OWNER_DIALOGS}/endusercontext/systemlabels/actions/bulkset`;
  const [target, token] = random.pick([
    [`${USER_DIALOGS}/context/systemlabels/actions/bulkset`, tokens.reader] as const,
    [`${owned}?endUserId=${PERSON}`, tokens.owner] as const,
  ]);
  const dialogs = [{ dialogId: dialog }, { dialogId: dialog, endUserContextRevision: revision }];
  const body = spoiled(random, { ...wish, dialogs: dialogs.slice(0, random.between(1, 2)) });
  return { method: 'POST', target, token, contentType: 'application/json', body };
};

const ownerLabel: Make = (random, { dialog, tokens }) => {
  const target = `${OWNER_DIALOGS}/${dialog}/context/labels`;
  const { owner: token } = tokens;
  const remove = { method: 'DELETE', target: `${target}/${random.pick(LABELS)}`, token };
  const body = spoiled(random, { value: 'haster' });
  return random.pick([remove, { method: 'POST', target, token, contentType: 'application/json', body }]);
};

const contextSearch: Make = (random, { tokens }) => {
  const query = random.some(1, 3, () => random.pick([...QUERIES, `party=${COMPANY}`])).join('&');
  return { method: 'GET', target: `${OWNER_DIALOGS}/endusercontext?${query}`, token: tokens.owner };
};

/** Faults of requests about labels. */
export const labelKinds: readonly Kind[] = [
  kind('bad wishes for labels', (random, stage) => random.pick([oneWish, bulkWish])(random, stage)),
  kind('bad labels and contexts', (random, stage) => random.pick([ownerLabel, contextSearch])(random, stage)),
];
