import { Caller } from './caller.ts';

/** Who takes part: synthetic, all of them, and in the example registry. */
export interface Actors {
  /** Owns the service: the Test Ministry. */
  readonly agency: Caller;
  /** Owns another service, and wants to know when cases of the first one are closed. */
  readonly taxAgency: Caller;
  /** A system that the company has authorised to handle its ordinary post. */
  readonly system: Caller;
  /** Managing director of the company, in front of a browser. */
  readonly manager: Caller;
  /** Somebody who has nothing to do with the company, but with another party: themselves. */
  readonly neighbour: Caller;
}

export const COMPANY = 'urn:altinn:organization:identifier-no:310923044';
export const NEIGHBOUR = 'urn:altinn:person:identifier-no:12855515545';

const OWNER_SCOPES = [
  'digdir:dialogporten.serviceprovider',
  'digdir:dialogporten.serviceprovider.search',
  'altinn:serviceowner',
  'altinn:events.subscribe',
].join(' ');
const USER_SCOPES = 'digdir:dialogporten altinn:events.subscribe';

const TOKENS: Readonly<Record<keyof Actors, readonly [kind: string, query: Record<string, string>]>> = {
  agency: ['GetEnterpriseToken', { org: 'ttd', orgNo: '991825827', scopes: OWNER_SCOPES }],
  taxAgency: ['GetEnterpriseToken', { org: 'skd', orgNo: '974761076', scopes: OWNER_SCOPES }],
  system: [
    'GetSystemUserToken',
    {
      systemUserId: '0d9b6f3e-6c55-4b0a-9c6e-2f1d7a9be001',
      systemUserOrg: '310923044',
      scopes: USER_SCOPES,
    },
  ],
  manager: ['GetPersonalToken', { pid: '08844397713', scopes: USER_SCOPES }],
  neighbour: ['GetPersonalToken', { pid: '12855515545', scopes: USER_SCOPES }],
};

/** Gets everybody a token. Throws when the platform makes none: only development mode does. */
export async function castActors(base: string): Promise<Actors> {
  const cast = Object.entries(TOKENS).map(async ([actor, [kind, query]]) => {
    const response = await fetch(`${base}/dev/token/${kind}?${new URLSearchParams(query).toString()}`);
    if (response.status !== 200) throw new Error(`no token from ${base}: does it run in development mode?`);
    return [actor, new Caller(base, await response.text())] as const;
  });
  return Object.fromEntries(await Promise.all(cast)) as Readonly<Record<keyof Actors, Caller>>;
}
