/** One thing that an example shows. */
export interface Line {
  readonly who: string;
  readonly what: string;
  /** Whether it was so. */
  readonly holds: boolean;
  /** Milliseconds from the moment that the server's COMMIT had returned. */
  readonly milliseconds?: number;
}

/** Who is told what an example shows, as it happens. */
export interface Narrator {
  begins(title: string): void;
  shows(line: Line): void;
}

const WHO = 12;
const WHAT = 84;

/** Writes one short line for each thing, and counts. */
export class PrintingNarrator implements Narrator {
  readonly #print: (text: string) => void;
  #begun = 0;
  #shown = 0;
  #failed = 0;

  constructor(print: (text: string) => void) {
    this.#print = print;
  }

  get failed(): number {
    return this.#failed;
  }

  begins(title: string): void {
    this.#print(`\n${++this.#begun}  ${title}\n`);
  }

  shows({ who, what, holds, milliseconds }: Line): void {
    if (holds) this.#shown++;
    else this.#failed++;
    const time = milliseconds === undefined ? '' : `${milliseconds.toFixed(1)} ms`.padStart(9);
    const text = `  ${holds ? '✓' : '✗'} ${who.padEnd(WHO)}${what.padEnd(WHAT)}${time}`;
    this.#print(text.trimEnd() + (holds ? '' : '  FAILED'));
  }

  ends(): void {
    this.#print(`\n${this.#shown} shown, ${this.#failed} failed`);
  }
}
