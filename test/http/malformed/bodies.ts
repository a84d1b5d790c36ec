import type { Random } from '../../access/xacml/random.ts';
import { COMPANY, MANAGER, SERVICE } from '../../support/platform.ts';
import type { Malformed, Stage } from './kind.ts';

export const OWNER_DIALOGS = '/dialogporten/api/v1/serviceowner/dialogs';

const say = (value: string) => [{ languageCode: 'nb', value }];
const text = (value: string) => ({ mediaType: 'text/plain', value: say(value) });
const FAR = '2098-01-01T00:00:00Z';
const PERSON = `urn:altinn:person:identifier-no:${MANAGER}`;

const transmission = () => ({
  type: 'Information',
  extendedType: 'urn:example:kind',
  externalReference: 'ref',
  authorizationAttribute: 'part',
  sender: { actorType: 'ServiceOwner' },
  content: { title: text('Brev'), summary: text('Et brev') },
  attachments: [
    { displayName: say('Vedlegg'), urls: [{ url: 'https://example.no/a', consumerType: 'Gui' }] },
  ],
  navigationalActions: [{ title: say('Videre'), url: 'https://example.no/b', expiresAt: FAR }],
});

const activity = () => ({
  type: 'Information',
  extendedType: 'urn:example:kind',
  performedBy: { actorType: 'PartyRepresentative', actorId: PERSON },
  description: say('Noe har skjedd'),
});

const replacement = () => ({
  status: 'InProgress',
  progress: 10,
  extendedStatus: 'begun',
  externalReference: 'ref',
  process: 'urn:example:process',
  precedingProcess: 'urn:example:before',
  dueAt: '2097-01-01T00:00:00Z',
  expiresAt: FAR,
  isApiOnly: false,
  content: { title: text('Søknad'), summary: text('Kort'), additionalInfo: text('Mer') },
  searchTags: [{ value: 'merke' }],
  attachments: [
    { name: 'a', urls: [{ url: 'https://example.no/a', mediaType: 'x/y', consumerType: 'Api' }] },
  ],
  guiActions: [{ action: 'open', url: 'https://example.no', priority: 'Primary', title: say('Åpne') }],
  apiActions: [
    { action: 'open', endpoints: [{ url: 'https://example.no', httpMethod: 'GET', sunsetAt: FAR }] },
  ],
  transmissions: [transmission()],
  activities: [activity()],
});

/** A valid body that uses every part of the contract. */
export const newDialog = () => ({
  serviceResource: SERVICE,
  party: COMPANY,
  systemLabel: 'Default',
  ...replacement(),
  serviceOwnerContext: { serviceOwnerLabels: [{ value: 'egen' }] },
});

/** A request that carries a body, before anything is wrong with it. */
export interface Target {
  readonly method: string;
  readonly path: string;
  readonly body: Record<string, unknown>;
  readonly isCreation: boolean;
}

/** Mostly creations: only they may leave half a dialog. */
export function targetOf(random: Random, { dialog }: Stage): Target {
  const path = `${OWNER_DIALOGS}/${dialog}`;
  if (random.chance(0.6)) return { method: 'POST', path: OWNER_DIALOGS, body: newDialog(), isCreation: true };
  return random.pick<Target>([
    { method: 'PUT', path, body: replacement(), isCreation: false },
    { method: 'POST', path: `${path}/transmissions`, body: transmission(), isCreation: false },
    { method: 'POST', path: `${path}/activities`, body: activity(), isCreation: false },
  ]);
}

/** The target with these bytes as its body. */
export function bodied(target: Target, stage: Stage, body: string | Buffer): Malformed {
  return {
    request: {
      method: target.method,
      target: target.path,
      token: stage.tokens.owner,
      contentType: 'application/json',
      body,
    },
    contract: 'dialogporten',
    ...(target.isCreation && { leaves: 'dialog' as const }),
  };
}
