import { Failure } from '../lib/errors.ts';

/** Faults of one request by JSON path (`content.title.value[0].languageCode`), so that one answer names them all. */
export type FaultMap = Readonly<Record<string, readonly string[]>>;

/** Enough to mend a body by; a body that is wrong everywhere must not make an answer without end. */
const MOST = 100;

/** Collects faults. A message never repeats the value: it may be a person's number. */
export class Faults {
  readonly #found = new Map<string, string[]>();

  add(path: string, message: string): void {
    const known = this.#found.get(path);
    if (known) known.push(message);
    else if (this.#found.size < MOST) this.#found.set(path, [message]);
  }

  /** Adds the fault unless the rule holds. */
  demand(holds: boolean, path: string, message: string): void {
    if (!holds) this.add(path, message);
  }

  addAll(faults: FaultMap): void {
    for (const [path, messages] of Object.entries(faults)) {
      for (const message of messages) this.add(path, message);
    }
  }

  get fields(): FaultMap {
    return Object.fromEntries(this.#found);
  }

  /** Throws `request-invalid` (the body is wrong) or `rule-broken` (the domain refuses it) when there are any. */
  refuse(code: 'request-invalid' | 'rule-broken'): void {
    if (this.#found.size > 0) throw new Failure(code, { fields: this.fields });
  }
}
