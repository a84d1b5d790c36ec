/**
 * What can go wrong, in one table. A code never changes its meaning; `docs/errors.md` lists the same codes, and a test
 * compares the two. The kind decides the HTTP status (`http/problem.ts`) and nothing else.
 */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'missing'
  | 'conflict'
  | 'gone'
  | 'precondition'
  | 'unprocessable'
  | 'too-large'
  | 'head-too-large'
  | 'too-slow'
  | 'unsupported'
  | 'too-many'
  | 'unavailable'
  | 'internal'
  | 'startup';

const catalogue = {
  'request-invalid': {
    kind: 'invalid',
    title: 'The request does not follow the contract; every fault is listed.',
  },
  'cursor-unreadable': { kind: 'invalid', title: 'The cursor is not one of ours; start with after=0.' },
  'cursor-expired': {
    kind: 'gone',
    title: 'The log no longer reaches back to this cursor; follow one of the links.',
  },
  'token-missing': { kind: 'unauthenticated', title: 'Send a token as Authorization: Bearer.' },
  'token-refused': { kind: 'unauthenticated', title: 'The token cannot be accepted; get a new one.' },
  'scope-missing': { kind: 'forbidden', title: 'The token lacks the scope that this request needs.' },
  'identity-missing': {
    kind: 'forbidden',
    title: 'The token names nobody that this request can be judged for.',
  },
  'not-authorised': { kind: 'forbidden', title: 'The policy of the service resource does not permit this.' },
  'level-too-low': { kind: 'forbidden', title: 'Altinn authentication level too low.' },
  'not-owner': { kind: 'forbidden', title: 'The service resource belongs to another service owner.' },
  'not-found': { kind: 'missing', title: 'There is nothing here that the caller may see.' },
  'not-visible-yet': { kind: 'missing', title: 'The dialog is not visible yet.' },
  expired: { kind: 'missing', title: 'The dialog has expired.' },
  deleted: { kind: 'gone', title: 'The dialog has been deleted.' },
  'revision-mismatch': {
    kind: 'precondition',
    title: 'The dialog has changed since this revision; read it again.',
  },
  'concurrent-change': { kind: 'conflict', title: 'Another request changed the same thing; read it again.' },
  'replay-running': {
    kind: 'conflict',
    title: 'A replay of the subscription runs; wait for its end, or cancel it.',
  },
  'idempotent-key-used': { kind: 'conflict', title: 'A dialog with this idempotent key exists already.' },
  'label-exists': { kind: 'conflict', title: 'The dialog has this label already.' },
  'rule-broken': {
    kind: 'unprocessable',
    title: 'The request is well formed but breaks a rule of the domain.',
  },
  'body-too-large': { kind: 'too-large', title: 'The body is larger than the limit.' },
  'head-too-large': { kind: 'head-too-large', title: 'Path and headers are larger than the limit.' },
  'request-too-slow': { kind: 'too-slow', title: 'The request took too long to arrive; send it again.' },
  'media-type': { kind: 'unsupported', title: 'This content type is not accepted here.' },
  'too-many-requests': { kind: 'too-many', title: 'The caller has reached a limit; try again later.' },
  'decision-unavailable': {
    kind: 'unavailable',
    title: 'Access cannot be decided right now; try again later.',
  },
  'database-unavailable': {
    kind: 'unavailable',
    title: 'The database cannot be reached right now; try again later.',
  },
  internal: { kind: 'internal', title: 'The fault is ours; quote the trace id.' },
  configuration: { kind: 'startup', title: 'The configuration cannot be used.' },
  'port-taken': { kind: 'startup', title: 'Another program listens on the port.' },
  'database-start': { kind: 'startup', title: 'The database could not be started.' },
  'database-newer': { kind: 'startup', title: 'The database was migrated by a newer version.' },
  'migration-failed': { kind: 'startup', title: 'A migration could not be applied.' },
  'registry-invalid': {
    kind: 'startup',
    title: 'The registry folder cannot be used; file and path are named.',
  },
  'policy-invalid': { kind: 'startup', title: 'The policy cannot be read; element and line are named.' },
  'signing-key-sealed': { kind: 'startup', title: 'The master key does not open the signing keys.' },
} as const satisfies Record<string, { kind: ErrorKind; title: string }>;

export type ErrorCode = keyof typeof catalogue;

/** The catalogue as rows, for documents and tests. */
export const errorCodes: ReadonlyMap<ErrorCode, { readonly kind: ErrorKind; readonly title: string }> =
  new Map(Object.entries(catalogue) as [ErrorCode, { kind: ErrorKind; title: string }][]);

export interface FailureOptions {
  /** What exactly is wrong and what to do about it; shown to the caller. Never a secret, never a person number. */
  readonly detail?: string;
  /** Faults by field: JSON path or parameter name to messages. */
  readonly fields?: Readonly<Record<string, readonly string[]>>;
  /** Extra members of the problem details, such as ready-made links. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** Extra response headers, such as Expires. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Seconds after which it makes sense to try again. */
  readonly retryAfter?: number;
  readonly cause?: unknown;
}

/** An expected failure with a code from the catalogue. Anything else that is thrown is a fault of ours. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly title: string;
  readonly options: FailureOptions;

  constructor(code: ErrorCode, options: FailureOptions = {}) {
    super(options.detail ?? catalogue[code].title, { cause: options.cause });
    this.code = code;
    this.kind = catalogue[code].kind;
    this.title = catalogue[code].title;
    this.options = options;
  }
}

/** Whatever was thrown, as an Error. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
