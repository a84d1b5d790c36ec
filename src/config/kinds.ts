import { isIP } from 'node:net';

/** A value, or what is wrong with its text: words that go on from the name, such as `must be yes or no`. */
export type Parsed<T> = { readonly value: T } | { readonly fault: string };

/** A kind of value: what is accepted, in words, and how its text is read. Faults never repeat the text: it may be secret. */
export interface Kind<T> {
  readonly accepts: string;
  readonly parse: (text: string) => Parsed<T>;
}

function kind<T>(accepts: string, read: (text: string) => T | undefined): Kind<T> {
  return {
    accepts,
    parse: (text) => {
      const value = read(text);
      return value === undefined ? { fault: `must be ${accepts}` } : { value };
    },
  };
}

interface Range {
  readonly min: number;
  readonly max: number;
  /** What is counted, for people: `bytes`, `days`. */
  readonly unit?: string;
}

function inRange(value: number, range: Range): number | undefined {
  return value >= range.min && value <= range.max ? value : undefined;
}

function describe(range: Range): string {
  return `from ${range.min} to ${range.max}${range.unit === undefined ? '' : ` ${range.unit}`}`;
}

export function integer(range: Range): Kind<number> {
  return kind(`a whole number ${describe(range)}`, (text) =>
    /^\d{1,15}$/.test(text) ? inRange(Number(text), range) : undefined,
  );
}

export function decimal(range: Range): Kind<number> {
  return kind(`a number ${describe(range)}`, (text) =>
    /^\d+(\.\d+)?$/.test(text) ? inRange(Number(text), range) : undefined,
  );
}

export function milliseconds(min: number, max: number): Kind<number> {
  return integer({ min, max, unit: 'milliseconds' });
}

/** Seconds outside, milliseconds inside: no duration within the house is in anything else. */
export function seconds(min: number, max: number): Kind<number> {
  const whole = integer({ min, max, unit: 'seconds' });
  return kind(whole.accepts, (text) => {
    const parsed = whole.parse(text);
    return 'value' in parsed ? parsed.value * 1000 : undefined;
  });
}

export const path: Kind<string> = kind('a path', (value) => value);

export const yesOrNo: Kind<boolean> = kind('yes or no', (value) =>
  value === 'yes' ? true : value === 'no' ? false : undefined,
);

export function oneOf<const T extends string>(values: readonly T[]): Kind<T> {
  return kind(`one of ${values.join(', ')}`, (value) => values.find((each) => each === value));
}

/** Values with commas between them, none twice unless repeats mean something. No text is no values. */
export function listOf<T>(item: Kind<T>, options: { readonly repeats?: boolean } = {}): Kind<readonly T[]> {
  const rule = options.repeats === true ? '' : ', none of them twice';
  return kind(`a list with commas between, each ${item.accepts}${rule}`, (value) => {
    const texts = value === '' ? [] : value.split(',').map((part) => part.trim());
    if (options.repeats !== true && new Set(texts).size < texts.length) return undefined;
    const values = texts
      .map((part) => item.parse(part))
      .flatMap((each) => ('value' in each ? [each.value] : []));
    return values.length === texts.length ? values : undefined;
  });
}

export const host: Kind<string> = kind('an IP address or a host name', (value) =>
  isIP(value) !== 0 || /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(value) ? value : undefined,
);

/** An origin as browsers write it: scheme, host and port, no path. */
export const origin: Kind<string> = kind(
  'an origin such as https://dialog.example.no, without a path',
  (value) => {
    if (!/^https?:/i.test(value) || !URL.canParse(value)) return undefined;
    const url = new URL(value);
    return url.href === `${url.origin}/` ? url.origin : undefined;
  },
);

/** Not read as a URL here: libpq's form allows user@/database, which URL refuses. */
export const postgresUrl: Kind<string> = kind('postgres://user:password@host:port/database', (value) =>
  /^postgres(ql)?:\/\/\S+$/.test(value) ? value : undefined,
);

/** What goes into a header as it stands. */
export const token: Kind<string> = kind('letters, digits and signs without spaces', (value) =>
  /^[!-~]{1,4096}$/.test(value) ? value : undefined,
);

/** So many random bytes in base64; the text is what the house passes on. */
export function base64Key(bytes: number): Kind<string> {
  return kind(`${bytes} bytes in base64 (openssl rand -base64 ${bytes})`, (value) =>
    /^[A-Za-z0-9+/]+={0,2}$/.test(value) && Buffer.from(value, 'base64').length === bytes ? value : undefined,
  );
}

/** A network in CIDR notation: `10.20.0.0/16`, `fd00::/8`. */
export const network: Kind<string> = kind('a network such as 10.20.0.0/16', (value) => {
  const [, address, prefix] = /^([^/]+)\/(\d{1,3})$/.exec(value) ?? [];
  const widths = new Map([
    [4, 32],
    [6, 128],
  ]);
  return Number(prefix) <= (widths.get(isIP(address ?? '')) ?? -1) ? value : undefined;
});
