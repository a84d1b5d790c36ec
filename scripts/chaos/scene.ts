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

/** Who stays for the whole run. The one that is ended comes anew in each round. */
const STANDING: readonly Role[] = ['steady', 'steady', 'faulty', 'faulty', 'refusing', 'revoked'];

export async function openStanding(subscribers: Subscribers, random: Random): Promise<Cast[]> {
  const cast: Cast[] = [];
  for (const role of STANDING) cast.push(await openCast(role, subscribers, random));
  return cast;
}

export async function openCast(role: Role, subscribers: Subscribers, random: Random): Promise<Cast> {
  const manner = role === 'refusing' ? refusesFirstOfPoison() : undefined;
  const endpoint = await Endpoint.open({ random, ...(manner && { manner }) });
  const told = { role, endpoint, resource: RESOURCE };
  if (role !== 'revoked') {
    return { ...told, subscription: await subscribers.subscribe(endpoint.url), subject: null };
  }
  const filter = { subjectFilter: GRANTED_PARTY };
  const subscription = await subscribers.subscribe(endpoint.url, filter, GRANTEE);
  return { ...told, subscription, subject: GRANTED_PARTY };
}

/** Refuses the first event of each poisoned dialog for ever, and takes everything else. */
function refusesFirstOfPoison(): (body: string) => Manner {
  const firsts = new Map<string, string>();
  return (body) => {
    const { id, resourceinstance: dialog } = JSON.parse(body) as { id: string; resourceinstance: string };
    if (!dialog.endsWith(POISON)) return answer(200);
    const first = firsts.get(dialog) ?? id;
    firsts.set(dialog, first);
    return answer(first === id ? 500 : 200);
  };
}
