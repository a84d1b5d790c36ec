import { type ErrorCode, Failure } from '../../lib/errors.ts';
import { maskPersonNumbers } from '../../lib/person-number.ts';

/** Faults told by name; more are counted only, so that a file of the wrong kind does not fill the memory. */
const MOST_LISTED = 1000;

export interface FaultListener {
  /** `place` is a JSON path such as `$.grants[0].to`, behind the file's name when there is one. */
  add(place: string, message: string): void;
}

/** Hears the faults of something that has been told of already. */
export const unheard: FaultListener = { add: () => undefined };

/** Collects every fault of a document or a folder, so that all of them are told at once. */
export class Faults implements FaultListener {
  readonly #fields: Record<string, string[]> = Object.create(null);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(place: string, message: string): void {
    this.#count += 1;
    if (this.#count > MOST_LISTED) return;
    (this.#fields[maskPersonNumbers(place)] ??= []).push(maskPersonNumbers(message));
  }

  /** Throws Failure(code) with all faults by place; does nothing when there are none. */
  throwAny(code: ErrorCode): void {
    if (this.#count === 0) return;
    const listed = this.#count > MOST_LISTED ? `; the first ${MOST_LISTED} are listed` : '';
    const detail = `${this.#count} ${this.#count === 1 ? 'fault' : 'faults'} found${listed}.`;
    throw new Failure(code, { detail, fields: { ...this.#fields } });
  }
}
