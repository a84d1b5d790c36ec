import type { Parsed } from './config/kinds.ts';
import type { Mode, Setting } from './config/setting.ts';
import { settings, type Values } from './config/settings.ts';
import { Failure } from './lib/errors.ts';
import { nearest } from './lib/nearest.ts';

const PREFIX = 'BUDSTIKKA_';
const LOOPBACK = '127.0.0.1';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of this process: read here, and nowhere else. */
export const environment: Environment = process.env;

/** What the system is built from. Each room gets its own part of it. Durations are milliseconds. */
export interface Config extends Values {
  readonly mode: Mode;
  readonly http: Values['http'] & { readonly baseUrl: string };
}

/**
 * Reads all settings. An empty variable counts as absent. The result is frozen.
 * Throws `Failure('configuration')` whose fields name every variable that is wrong and say what to do about it.
 */
export function readConfig(env: Environment, mode: Mode): Config {
  const faults = new Map(unknownNames(env));
  const values = mapSettings((setting) => {
    const parsed = readSetting(setting, env[PREFIX + setting.name] ?? '', mode);
    if ('value' in parsed) return parsed.value;
    faults.set(PREFIX + setting.name, parsed.fault);
    return undefined;
  }) as Values;
  if (faults.size > 0) throw refusal(faults);
  const clashes = contradictions(values, mode);
  if (clashes.size > 0) throw refusal(clashes);
  return deepFreeze({ ...values, mode, http: reachable(values.http, mode) });
}

/** The settings in force, as the log at start shows them: rooms and fields as in `Config`, secrets masked. */
export function describeConfig(config: Config): Record<string, unknown> {
  const rooms = mapSettings((setting, room, field) => {
    const value = (config as unknown as Fields)[room]?.[field];
    return setting.secret && value !== undefined ? '[masked]' : value;
  });
  return { mode: config.mode, ...rooms };
}

type Fields = Record<string, Record<string, unknown>>;

function mapSettings(take: (setting: Setting<unknown>, room: string, field: string) => unknown): Fields {
  const rooms: Fields = {};
  for (const [room, fields] of Object.entries<Record<string, Setting<unknown>>>(settings)) {
    const taken = Object.entries(fields).map(([field, setting]) => [field, take(setting, room, field)]);
    rooms[room] = Object.fromEntries(taken);
  }
  return rooms;
}

function readSetting(setting: Setting<unknown>, text: string, mode: Mode): Parsed<unknown> {
  if (text !== '' && setting.onlyIn !== undefined && setting.onlyIn !== mode) {
    return { fault: `is for ${setting.onlyIn} mode only; remove it` };
  }
  if (text !== '') return setting.kind.parse(text);
  if (setting.default !== undefined) return setting.kind.parse(setting.default);
  if (setting.requiredIn === mode) return { fault: `must be set in ${mode}: ${setting.kind.accepts}` };
  return { value: undefined };
}

/** A misspelt name would leave its setting at the default without a word. */
function* unknownNames(env: Environment): Iterable<[string, string]> {
  const known = Object.values(settings).flatMap((room) => Object.values(room).map(({ name }) => name));
  for (const name of Object.keys(env).filter((each) => each.startsWith(PREFIX))) {
    const bare = name.slice(PREFIX.length);
    if (known.some((each) => each === bare)) continue;
    const meant = nearest(bare, known);
    const advice = meant ? `did you mean ${PREFIX}${meant}?` : 'docs/configuration.md lists all of them';
    yield [name, `is not a setting; ${advice}`];
  }
}

/** What only shows when settings are seen together. */
function contradictions({ access, delivery }: Values, mode: Mode): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, list] of Object.entries(keyAddresses(access))) {
    const plain = list?.findIndex(({ jwks }) => !jwks.toLowerCase().startsWith('https:')) ?? -1;
    if (mode === 'production' && plain >= 0)
      found.set(`${PREFIX}${name}`, `[${plain}].jwks must be an https address`);
  }
  if (access.source === 'altinn' && access.altinnUrl === undefined) {
    found.set(`${PREFIX}ALTINN_URL`, `must be set when ${PREFIX}ACCESS is altinn`);
  }
  for (const [name, url] of Object.entries(altinnAddresses(access))) {
    if (mode === 'production' && url !== undefined && !url.toLowerCase().startsWith('https:'))
      found.set(`${PREFIX}${name}`, 'must be an https address');
  }
  // A lease that ends while an answer is waited for would give the lane away for nothing.
  if (delivery.handoverMs * 2 > delivery.leaseMs) {
    found.set(`${PREFIX}HANDOVER_MS`, `must be at most half of ${PREFIX}LEASE_MS`);
  }
  return found;
}

/** Where the keys come from that tokens are believed for. */
function keyAddresses(access: Values['access']): Record<string, Values['access']['issuers']> {
  return { ISSUERS: access.issuers, PLATFORM_ISSUERS: access.platformIssuers };
}

/** Where tokens, keys and person numbers are sent. */
function altinnAddresses(access: Values['access']): Record<string, string | undefined> {
  return { ALTINN_URL: access.altinnUrl, MASKINPORTEN: access.maskinporten?.tokenUrl };
}

/** Development mode listens on loopback whatever the host says: whoever reaches it can make tokens for anybody. */
function reachable(http: Values['http'], mode: Mode): Config['http'] {
  const host = mode === 'dev' && !http.devExpose ? LOOPBACK : http.host;
  return { ...http, host, baseUrl: http.baseUrl ?? `http://${LOOPBACK}:${http.port}` };
}

function refusal(faults: ReadonlyMap<string, string>): Failure {
  const fields = Object.fromEntries([...faults].map(([name, fault]) => [name, [fault]]));
  return new Failure('configuration', { fields });
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}
