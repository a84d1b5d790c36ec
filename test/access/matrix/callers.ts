import { newSigningKey } from '../../../src/access/keys/signing-key.ts';
import { forge } from '../tokens/forge.ts';
import { fetchToken, type System } from './system.ts';
import { WHO, type Who } from './who.ts';

/** Somebody of the tables with their tokens. */
export interface Caller {
  readonly name: string;
  readonly who: Who;
  /** What they send. */
  readonly token: string;
  /** What they would send if nothing were wrong with it. */
  readonly soundToken: string;
  readonly platformToken: string | undefined;
}

const SCOPES = [
  'digdir:dialogporten',
  'digdir:dialogporten.serviceprovider',
  'digdir:dialogporten.serviceprovider.search',
  'altinn:events.subscribe',
  'altinn:events.publish',
].join(' ');

export async function openCallers(system: System, names: Iterable<string>): Promise<Map<string, Caller>> {
  const callers = await Promise.all([...names].map((name) => openCaller(system, name)));
  return new Map(callers.map((caller) => [caller.name, caller]));
}

async function openCaller(system: System, name: string): Promise<Caller> {
  const who = WHO[name];
  if (!who) throw new Error(`nobody is called ${name}`);
  const [kind, query] = who.token;
  const soundToken = await fetchToken(system, kind, { ...query, scopes: SCOPES });
  const { app } = who;
  return {
    ...{ name, who, soundToken },
    token:
      who.fault === 'without scopes' ? await fetchToken(system, kind, query) : await faulty(who, soundToken),
    platformToken: app && (await fetchToken(system, 'GetPlatformAccessToken', { app })),
  };
}

/** The token, signed by somebody else when the row says so. */
export async function faulty({ fault }: Who, token: string): Promise<string> {
  if (fault !== 'forged') return token;
  const [header = '', payload = ''] = token
    .split('.')
    .map((part) => Buffer.from(part, 'base64url').toString());
  const isEdDsa = header.includes('EdDSA');
  const { key } = await newSigningKey(isEdDsa ? 'dialog-token' : 'dev-token');
  return forge(header, payload, key);
}
