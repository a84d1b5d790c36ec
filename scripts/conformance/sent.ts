import { isObject } from './walk.ts';

/** Shorter values are too common to be told apart without the name they were sent under. */
const DISTINCT = 6;

/** Stands in bodies because they share a schema with answers; nobody can set it. */
const JUDGED = 'isAuthorized';

/** Every value that a request has put anywhere. */
export class Sent {
  readonly #texts = new Set<string>();
  readonly #named = new Set<string>();

  /** Notes a value under the name of its member, and all that stands in it. */
  note(name: string, value: unknown): void {
    if (name === JUDGED) return;
    if (Array.isArray(value)) for (const item of value) this.note(name, item);
    else if (isObject(value)) for (const [member, given] of Object.entries(value)) this.note(member, given);
    else {
      this.#named.add(keyOf(name, value));
      this.#texts.add(String(value).toLowerCase());
    }
  }

  /** Whether a request put this there: the same text, or for short ones the same under the same name. */
  has(name: string, value: unknown): boolean {
    if (Array.isArray(value)) return value.some((item) => this.has(name, item));
    if (this.#named.has(keyOf(name, value))) return true;
    return typeof value === 'string' && value.length >= DISTINCT && this.#texts.has(value.toLowerCase());
  }
}

function keyOf(name: string, value: unknown): string {
  return `${name}=${String(value)}`.toLowerCase();
}
