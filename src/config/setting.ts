import type { Kind } from './kinds.ts';

/** How the program runs. The command decides, never the environment. */
export type Mode = 'dev' | 'production';

export interface Setting<T> {
  /** Without the prefix that all of them share. */
  readonly name: string;
  readonly kind: Kind<T>;
  /** What it decides, in full sentences. */
  readonly about: string;
  /** Text that stands in for an absent one; without it the value is undefined. */
  readonly default?: string;
  /** What happens without it, where no text can stand in. */
  readonly absent?: string;
  readonly requiredIn?: Mode;
  /** The only mode in which it may be set. */
  readonly onlyIn?: Mode;
  /** Shown as set or not, never as its text. */
  readonly secret?: boolean;
}

/** A setting with a text that stands in for an absent one. */
export function setting<T>(
  name: string,
  kind: Kind<T>,
  more: Pick<Setting<T>, 'about' | 'onlyIn'> & { readonly default: string },
): Setting<T> {
  return { name, kind, ...more };
}

/** A setting whose value is undefined when it is absent. */
export function optional<T>(
  name: string,
  kind: Kind<T>,
  more: Pick<Setting<T>, 'about' | 'requiredIn' | 'secret'> & { readonly absent: string },
): Setting<T | undefined> {
  return { name, kind, ...more };
}
