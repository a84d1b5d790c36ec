import { describe, expect, test } from 'vitest';
import { settings } from '../../src/config/settings.ts';
import { describeConfig, type Environment, readConfig } from '../../src/config.ts';
import { Failure } from '../../src/lib/errors.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const ISSUERS =
  '[{"issuer":"https://issuer.example.no/","jwks":"https://issuer.example.no/jwks","audience":"us"}]';
const MASKINPORTEN_MEMBERS = 'tokenUrl, audience, clientId, scope, key';
const PRODUCTION: Environment = {
  BUDSTIKKA_BASE_URL: 'https://dialog.example.no',
  BUDSTIKKA_DATABASE_URL: 'postgres://budstikka:very-secret@db.example.no/budstikka',
  BUDSTIKKA_MASTER_KEY: KEY,
  BUDSTIKKA_ISSUERS: ISSUERS,
};

/** The mistakes that are found, by variable. */
function mistakes(env: Environment, mode: 'dev' | 'production' = 'dev'): Record<string, readonly string[]> {
  try {
    readConfig(env, mode);
    return {};
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.code === 'configuration') return { ...thrown.options.fields };
    throw thrown;
  }
}

describe('development mode', () => {
  test('needs no setting at all', () => {
    const config = readConfig({}, 'dev');
    expect(config.http).toMatchObject({ host: '127.0.0.1', port: 5080, baseUrl: 'http://127.0.0.1:5080' });
    expect(config.database.url).toBeUndefined();
    expect(config.access.masterKey).toBeUndefined();
    expect(config.platform.roles).toEqual(['api', 'dispatch', 'live']);
    expect(config.outbound.allowedNetworks).toEqual([]);
  });

  test('listens on loopback whatever the host says', () => {
    expect(readConfig({ BUDSTIKKA_HOST: '0.0.0.0' }, 'dev').http.host).toBe('127.0.0.1');
  });

  test('listens where it is told to once that is asked for', () => {
    const env = { BUDSTIKKA_HOST: '0.0.0.0', BUDSTIKKA_DEV_EXPOSE: 'yes' };
    expect(readConfig(env, 'dev').http.host).toBe('0.0.0.0');
  });

  test('takes its base address from the port', () => {
    expect(readConfig({ BUDSTIKKA_PORT: '6000' }, 'dev').http.baseUrl).toBe('http://127.0.0.1:6000');
  });
});

describe('production', () => {
  test('runs with the four settings that it needs', () => {
    const config = readConfig(PRODUCTION, 'production');
    expect(config.http.baseUrl).toBe('https://dialog.example.no');
    expect(config.access.issuers).toEqual(JSON.parse(ISSUERS));
  });

  test('names everything that is missing at once', () => {
    expect(Object.keys(mistakes({}, 'production')).toSorted()).toEqual(Object.keys(PRODUCTION).toSorted());
  });

  test('refuses what belongs to development mode', () => {
    const found = mistakes({ ...PRODUCTION, BUDSTIKKA_DEV_EXPOSE: 'yes' }, 'production');
    expect(found).toEqual({ BUDSTIKKA_DEV_EXPOSE: ['is for dev mode only; remove it'] });
  });

  test('refuses keys that come over plain HTTP', () => {
    const plain = ISSUERS.replace('https://issuer.example.no/jwks', 'http://issuer.example.no/jwks');
    for (const name of ['BUDSTIKKA_ISSUERS', 'BUDSTIKKA_PLATFORM_ISSUERS']) {
      const found = mistakes({ ...PRODUCTION, [name]: plain }, 'production');
      expect(found).toEqual({ [name]: ['[0].jwks must be an https address'] });
    }
  });
});

describe('access from Altinn', () => {
  const client = {
    tokenUrl: 'https://maskinporten.example.no/token',
    audience: 'https://maskinporten.example.no/',
    clientId: 'c',
    scope: 'altinn:authorization/authorize',
    key: { kty: 'OKP', kid: 'k', alg: 'EdDSA', d: 'very-secret' },
  };

  test('needs to know where Altinn is', () => {
    expect(mistakes({ BUDSTIKKA_ACCESS: 'altinn' })).toEqual({
      BUDSTIKKA_ALTINN_URL: ['must be set when BUDSTIKKA_ACCESS is altinn'],
    });
  });

  test('is asked over https in production, and so is Maskinporten', () => {
    const tokenUrl = 'http://maskinporten.example.no/token';
    const env = { BUDSTIKKA_ALTINN_URL: 'http://altinn.example.no', BUDSTIKKA_ACCESS: 'altinn' };
    const maskinporten = { BUDSTIKKA_MASKINPORTEN: JSON.stringify({ ...client, tokenUrl }) };
    expect(mistakes({ ...PRODUCTION, ...env, ...maskinporten }, 'production')).toEqual({
      BUDSTIKKA_ALTINN_URL: ['must be an https address'],
      BUDSTIKKA_MASKINPORTEN: ['must be an https address'],
    });
  });

  test('takes a client whose key is a private one with an id, and never shows it', () => {
    const { d, ...open } = client.key;
    const halves = { BUDSTIKKA_MASKINPORTEN: JSON.stringify({ ...client, key: open }) };
    expect(mistakes(halves)).toEqual({
      BUDSTIKKA_MASKINPORTEN: ['must have d in key: a private key, its id and its algorithm'],
    });
    const config = readConfig({ BUDSTIKKA_MASKINPORTEN: JSON.stringify(client) }, 'dev');
    expect(config.access.maskinporten).toEqual(client);
    expect(JSON.stringify(describeConfig(config))).not.toContain(d);
  });
});

describe('values', () => {
  test('durations are milliseconds inside', () => {
    const config = readConfig({ BUDSTIKKA_RETRY_SCHEDULE_S: '1, 2,2', BUDSTIKKA_PDP_MAX_AGE_S: '5' }, 'dev');
    expect(config.delivery.retryDelaysMs).toEqual([1000, 2000, 2000]);
    expect(config.access.pdpMaxAgeMs).toBe(5000);
  });

  test('an empty variable counts as absent', () => {
    expect(readConfig({ BUDSTIKKA_PORT: '' }, 'dev').http.port).toBe(5080);
  });

  test('a trailing slash of the base address is dropped', () => {
    expect(readConfig({ BUDSTIKKA_BASE_URL: 'https://dialog.example.no/' }, 'dev').http.baseUrl).toBe(
      'https://dialog.example.no',
    );
  });

  test('the result cannot be changed', () => {
    const config = readConfig({}, 'dev');
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.delivery.retryDelaysMs)).toBe(true);
  });

  test('variables of other programs are left alone', () => {
    expect(mistakes({ PATH: '/usr/bin', PORT: 'nonsense' })).toEqual({});
  });

  test.each([
    ['PORT', '65536', 'must be a whole number from 0 to 65535'],
    ['PORT', '80.5', 'must be a whole number from 0 to 65535'],
    ['LEASE_MS', '1e4', 'must be a whole number from 1000 to 300000 milliseconds'],
    ['RETRY_JITTER', '0.6', 'must be a number from 0 to 0.5'],
    ['LOG_LEVEL', 'loud', 'must be one of trace, debug, info, warn, error, fatal, silent'],
    [
      'ROLES',
      'api,dipatch',
      'must be a list with commas between, each one of api, dispatch, live, none of them twice',
    ],
    [
      'ROLES',
      'api,api',
      'must be a list with commas between, each one of api, dispatch, live, none of them twice',
    ],
    [
      'RETRY_SCHEDULE_S',
      '10,,30',
      'must be a list with commas between, each a whole number from 1 to 604800 seconds',
    ],
    ['DEV_EXPOSE', 'true', 'must be yes or no'],
    ['HOST', 'no host', 'must be an IP address or a host name'],
    [
      'BASE_URL',
      'https://dialog.example.no/path',
      'must be an origin such as https://dialog.example.no, without a path',
    ],
    ['BASE_URL', 'dialog.example.no', 'must be an origin such as https://dialog.example.no, without a path'],
    ['DATABASE_URL', 'mysql://db/x', 'must be postgres://user:password@host:port/database'],
    ['MASTER_KEY', 'c2hvcnQ=', 'must be 32 bytes in base64 (openssl rand -base64 32)'],
    [
      'ALLOWED_NETWORKS',
      '10.0.0.0/33',
      'must be a list with commas between, each a network such as 10.20.0.0/16, none of them twice',
    ],
    [
      'ALLOWED_NETWORKS',
      '10.0.0.0',
      'must be a list with commas between, each a network such as 10.20.0.0/16, none of them twice',
    ],
    [
      'ISSUERS',
      '[]',
      'must be a JSON array such as [{"issuer":"https://…","jwks":"https://…/jwks","audience":"…"}]',
    ],
    ['ISSUERS', '[1]', '[0] must be an object'],
    [
      'ISSUERS',
      '[{"issuer":"a","jwks":"https://a/","audiance":"b"}]',
      '[0] has an unknown member audiance; known are issuer, jwks, audience',
    ],
    ['ISSUERS', '[{"issuer":"a","jwks":"a"}]', '[0].jwks must be the address of a JSON Web Key Set'],
    [
      'ISSUERS',
      '[{"issuer":"a","jwks":"https://a/"},{"issuer":"a","jwks":"https://b/"}]',
      '[1].issuer stands there twice',
    ],
    ['ALTINN_SUBSCRIPTION_KEY', 'two words', 'must be letters, digits and signs without spaces'],
    ['MASKINPORTEN', '{"tokenUrl":"https://maskinporten.example.no/token"}', 'must have audience as text'],
    ['MASKINPORTEN', '{"url":"x"}', `has an unknown member url; known are ${MASKINPORTEN_MEMBERS}`],
    ['HANDOVER_MS', '6000', 'must be at most half of BUDSTIKKA_LEASE_MS'],
  ])('%s=%s is refused in words that say what to do', (name, text, fault) => {
    expect(mistakes({ [`BUDSTIKKA_${name}`]: text })).toEqual({ [`BUDSTIKKA_${name}`]: [fault] });
  });

  test.each(['10.0.0.0/8', 'fd00::/8', '192.0.2.1/32'])('the network %s is accepted', (network) => {
    expect(readConfig({ BUDSTIKKA_ALLOWED_NETWORKS: network }, 'dev').outbound.allowedNetworks).toEqual([
      network,
    ]);
  });
});

describe('mistakes', () => {
  test('are reported all at once', () => {
    const found = mistakes({ BUDSTIKKA_PORT: 'x', BUDSTIKKA_LEASE_MS: 'y', BUDSTIKKA_POTR: '1' });
    expect(Object.keys(found).toSorted()).toEqual(['BUDSTIKKA_LEASE_MS', 'BUDSTIKKA_PORT', 'BUDSTIKKA_POTR']);
  });

  test('a misspelt name is told the nearest one', () => {
    expect(mistakes({ BUDSTIKKA_DATABSE_URL: 'x' })).toEqual({
      BUDSTIKKA_DATABSE_URL: ['is not a setting; did you mean BUDSTIKKA_DATABASE_URL?'],
    });
  });

  test('a name unlike all others is pointed to the list', () => {
    expect(mistakes({ BUDSTIKKA_COFFEE: 'x' })).toEqual({
      BUDSTIKKA_COFFEE: ['is not a setting; docs/configuration.md lists all of them'],
    });
  });

  test('never repeat the text, which may be a secret', () => {
    const found = mistakes({ BUDSTIKKA_MASTER_KEY: 'hunter2', BUDSTIKKA_DATABASE_URL: 'hunter2' });
    expect(Object.keys(found)).toHaveLength(2);
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });
});

describe('the summary for the log', () => {
  test('shows what is in force', () => {
    expect(describeConfig(readConfig({ BUDSTIKKA_PORT: '6000' }, 'dev'))).toMatchObject({
      mode: 'dev',
      http: { port: 6000 },
    });
  });

  test('masks secrets and nothing else', () => {
    const summary = describeConfig(readConfig(PRODUCTION, 'production'));
    expect(summary).toMatchObject({
      access: { masterKey: '[masked]' },
      database: { url: '[masked]', maxConnections: 20 },
    });
    expect(JSON.stringify(summary)).not.toContain('very-secret');
    expect(JSON.stringify(summary)).not.toContain(KEY);
  });

  test('does not claim a secret that is not set', () => {
    expect(JSON.stringify(describeConfig(readConfig({}, 'dev')))).not.toContain('[masked]');
  });
});

test('no name stands twice in the table', () => {
  const names = Object.values(settings).flatMap((room) => Object.values(room).map((setting) => setting.name));
  expect(new Set(names).size).toBe(names.length);
});
