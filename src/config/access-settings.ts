import { issuers, platformIssuers } from './issuers.ts';
import { base64Key, milliseconds, oneOf, origin, seconds, token } from './kinds.ts';
import { maskinportenClient } from './maskinporten.ts';
import { optional, setting } from './setting.ts';

const HOUR = 60 * 60;

/** Who calls, and who decides what they may know. */
export const access = {
  masterKey: optional('MASTER_KEY', base64Key(32), {
    requiredIn: 'production',
    absent: 'a key made at first start and kept in DATA_DIR',
    secret: true,
    about: 'Seals the private signing keys and the webhook secrets. Without it they are lost: keep a copy.',
  }),
  issuers: optional('ISSUERS', issuers, {
    requiredIn: 'production',
    absent: 'only the issuer of development mode',
    about: 'Whose tokens are accepted. Production takes only https addresses for jwks.',
  }),
  platformIssuers: optional('PLATFORM_ISSUERS', platformIssuers, {
    absent: 'only development mode takes the events of apps',
    about:
      'Whose platform access tokens are accepted: for each owner of apps, its short code as issuer, and its keys. Production takes only https addresses for jwks.',
  }),
  clockSkewMs: setting('CLOCK_SKEW_S', seconds(0, 300), {
    default: '5',
    about: 'How far the clock of a token issuer may be off.',
  }),
  pdpMaxAgeMs: setting('PDP_MAX_AGE_S', seconds(0, 300), {
    default: '30',
    about:
      'How old a decision of a remote policy decision point, and its list of whom somebody may act for, may be when it is used; 0 asks every time.',
  }),
  source: setting('ACCESS', oneOf(['local', 'altinn']), {
    default: 'local',
    about:
      'Who knows resources, parties and rights: the tables of this database, or Altinn (docs/access-altinn.md).',
  }),
  altinnUrl: optional('ALTINN_URL', origin, {
    absent: 'nothing, and ACCESS cannot be altinn',
    about: 'Where Altinn is, such as https://platform.altinn.no. Production takes only https.',
  }),
  altinnSubscriptionKey: optional('ALTINN_SUBSCRIPTION_KEY', token, {
    absent: 'requests to Altinn carry no key',
    secret: true,
    about: 'The subscription key for Altinn, sent as Ocp-Apim-Subscription-Key.',
  }),
  maskinporten: optional('MASKINPORTEN', maskinportenClient, {
    absent: 'requests to Altinn carry no token',
    secret: true,
    about: 'The Maskinporten client whose tokens are exchanged for those that Altinn accepts.',
  }),
  altinnTimeoutMs: setting('ALTINN_TIMEOUT_MS', milliseconds(50, 60_000), {
    default: '5000',
    about: 'How long an answer of Altinn may take, with all tries.',
  }),
  registryMaxAgeMs: setting('REGISTRY_MAX_AGE_S', seconds(0, 24 * HOUR), {
    default: '300',
    about: 'How old an entry of the remote resource registry may be when it is used; 0 asks every time.',
  }),
  registerMaxAgeMs: setting('REGISTER_MAX_AGE_S', seconds(0, 24 * HOUR), {
    default: String(HOUR),
    about: 'How old an entry of the remote register of parties may be when it is used; 0 asks every time.',
  }),
} as const;
