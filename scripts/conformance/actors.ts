import type { Organization, Target } from './target.ts';

/** Whom a request comes from. */
export type Actor = 'owner' | 'admin' | 'otherOwner' | 'notifier' | 'user' | 'unscoped' | 'nobody';

const PROVIDER = 'digdir:dialogporten.serviceprovider';
const OWNER = [
  PROVIDER,
  `${PROVIDER}.search`,
  `${PROVIDER}.changetransmissions`,
  `${PROVIDER}.correspondence`,
];

/** A token of each actor that has one. */
export async function fetchTokens(target: Target): Promise<ReadonlyMap<Actor, string>> {
  const { owner, otherOwner, person } = target;
  const organization = (of: Organization, ...scopes: string[]) =>
    fetchToken(target, 'GetEnterpriseToken', { ...of, scopes: scopes.join(' ') });
  const tokens = await Promise.all([
    organization(owner, ...OWNER),
    organization(owner, ...OWNER, `${PROVIDER}.admin`),
    organization(otherOwner, ...OWNER),
    organization(otherOwner, 'altinn:system/notifications.condition.check'),
    fetchToken(target, 'GetPersonalToken', { pid: person, scopes: 'digdir:dialogporten' }),
    organization(owner, 'altinn:events.subscribe'),
  ]);
  const actors = ['owner', 'admin', 'otherOwner', 'notifier', 'user', 'unscoped'] as const;
  return new Map(actors.map((actor, index) => [actor, tokens[index]!]));
}

/** A token of the generator. */
export async function fetchToken(
  { tokens, tokensLogin }: Target,
  kind: string,
  query: Readonly<Record<string, string>>,
): Promise<string> {
  const url = `${tokens}/${kind}?${new URLSearchParams({ ...query, ttl: '3600' })}`;
  const login = tokensLogin === undefined ? {} : { authorization: `Basic ${btoa(tokensLogin)}` };
  const answer = await fetch(url, { headers: login });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${kind} was answered with ${answer.status}`);
  return text.trim();
}
