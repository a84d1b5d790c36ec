import type { Random } from '../stress/random.ts';
import type { Role } from './ledger.ts';
import { answer, type Manner } from './manners.ts';
import { Endpoint } from './receiver.ts';
import { GRANTED_PARTY, RESOURCE } from './registry.ts';
import { GRANTEE, type Subscribers } from './subscribers.ts';
import { POISON } from './writers.ts';

/** A subscription and where it is delivered to. */
export interface Cast {
  readonly role: Role;
  readonly endpoint: Endpoint;
  readonly subscription: number;
  readonly resource: string;
  readonly subject: string | null;
}

/** Who stays for the whole run, and in which format. The one that is ended comes anew in each round. */
const STANDING: readonly (readonly [Role, string])[] = [
  ['steady', 'structured'],
  ['steady', 'batch'],
  ['faulty', 'batch'],
  ['faulty', 'binary'],
  ['refusing', 'structured'],
  ['refusing', 'batch'],
  ['revoked', 'cloudevents'],
  ['paused', 'batch'],
];

export async function openStanding(subscribers: Subscribers, random: Random): Promise<Cast[]> {
  const cast: Cast[] = [];
  for (const [role, format] of STANDING) cast.push(await openCast({ role, format }, subscribers, random));
  return cast;
}

export async function openCast(
  { role, format }: { readonly role: Role; readonly format: string },
  subscribers: Subscribers,
  random: Random,
): Promise<Cast> {
  const manner = role === 'refusing' ? refusesFirstOfPoison() : undefined;
  const endpoint = await Endpoint.open({ random, ...(manner && { manner }) });
  const told = { role, endpoint, resource: RESOURCE };
  if (role !== 'revoked') {
    return { ...told, subscription: await subscribers.subscribe(endpoint.url, { format }), subject: null };
  }
  const filter = { format, subjectFilter: GRANTED_PARTY };
  const subscription = await subscribers.subscribe(endpoint.url, filter, GRANTEE);
  return { ...told, subscription, subject: GRANTED_PARTY };
}

/** Refuses the first event of each poisoned dialog for ever, with all that comes in its company, and nothing else. */
function refusesFirstOfPoison(): (body: string) => Manner {
  const firsts = new Map<string, string>();
  const isFirst = ({ id, resourceinstance: dialog }: { id: string; resourceinstance: string }): boolean => {
    if (!dialog.endsWith(POISON)) return false;
    const first = firsts.get(dialog) ?? id;
    firsts.set(dialog, first);
    return first === id;
  };
  return (body) => {
    const events = [JSON.parse(body)].flat() as { id: string; resourceinstance: string }[];
    return answer(events.some(isFirst) ? 500 : 200);
  };
}
