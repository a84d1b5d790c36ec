import type { CharacterTest } from './pattern-characters.ts';
import { type PatternNode, parsePattern } from './pattern-syntax.ts';

/** Steps that a pattern may unfold to; a decision costs at most this many tests per character. */
const MAX_STEPS = 500;

/**
 * A program of steps. `character` goes on to the next step when its test holds; `fork` goes on at both places; `start`
 * and `end` go on only at the ends of the text.
 */
type Step =
  | { readonly kind: 'character'; readonly test: CharacterTest }
  | { readonly kind: 'fork'; readonly to: readonly number[] }
  | { readonly kind: 'start' | 'end' | 'match' };

/**
 * A regular expression that takes time linear in the text, whatever it is: a policy comes from outside, and one that
 * makes a backtracking matcher run for hours would stop every decision of the process. All alternatives advance
 * together, one character at a time (Thompson's construction).
 */
export class Pattern {
  readonly #steps: readonly Step[];

  /** Throws a SyntaxError when the pattern is not understood or unfolds to too many steps. */
  constructor(source: string) {
    const steps: Step[] = [];
    emit(parsePattern(source), steps);
    steps.push({ kind: 'match' });
    this.#steps = steps;
  }

  /** Whether the pattern is found anywhere in the text: fn:matches without flags. */
  has(text: string): boolean {
    const characters = Array.from(text);
    let active = new Set<number>();
    for (let at = 0; at <= characters.length; at++) {
      const reached = this.#closure([...active, 0], at, characters.length);
      if (!reached) return true;
      active = this.#advance(reached, characters[at]);
    }
    return false;
  }

  /** Every step that can be reached without taking a character; undefined when the match is among them. */
  #closure(from: number[], at: number, length: number): Set<number> | undefined {
    const reached = new Set<number>();
    for (let index = from.pop(); index !== undefined; index = from.pop()) {
      if (reached.has(index)) continue;
      reached.add(index);
      const step = this.#steps[index];
      if (step?.kind === 'match') return undefined;
      if (step?.kind === 'fork') from.push(...step.to);
      if ((step?.kind === 'start' && at === 0) || (step?.kind === 'end' && at === length))
        from.push(index + 1);
    }
    return reached;
  }

  #advance(reached: Set<number>, character: string | undefined): Set<number> {
    const next = new Set<number>();
    if (character === undefined) return next;
    for (const index of reached) {
      const step = this.#steps[index];
      if (step?.kind === 'character' && step.test(character)) next.add(index + 1);
    }
    return next;
  }
}

function emit(node: PatternNode, steps: Step[]): void {
  if (steps.length > MAX_STEPS) throw new SyntaxError(`pattern: unfolds to more than ${MAX_STEPS} steps`);
  if (node.kind === 'sequence') for (const part of node.parts) emit(part, steps);
  else if (node.kind === 'choice') emitChoice(node.parts, steps);
  else if (node.kind === 'repeat') emitRepeat(node, steps);
  else steps.push(node);
}

/**
 * A fork to every part; the end of every part forks on to what follows. A choice of one forks too: thereby every part
 * that can be repeated adds a step, and MAX_STEPS bounds the unfolding of `(((){999}){999}){999}` as well.
 */
function emitChoice(parts: readonly PatternNode[], steps: Step[]): void {
  const starts: number[] = [];
  const end: number[] = [];
  steps.push({ kind: 'fork', to: starts });
  for (const part of parts) {
    starts.push(steps.length);
    emit(part, steps);
    steps.push({ kind: 'fork', to: end });
  }
  end.push(steps.length);
}

/** The part as often as it must come; then a loop, or as many more as may come, each of which can be skipped. */
function emitRepeat(node: PatternNode & { kind: 'repeat' }, steps: Step[]): void {
  for (let count = 0; count < node.min; count++) emit(node.part, steps);
  const skips: number[][] = [];
  if (node.max === Number.POSITIVE_INFINITY) {
    const again = steps.length;
    skips.push(skippable(node.part, steps));
    steps.push({ kind: 'fork', to: [again] });
  } else {
    for (let count = node.min; count < node.max; count++) skips.push(skippable(node.part, steps));
  }
  for (const skip of skips) skip.push(steps.length);
}

/** The part behind a fork that leads into it; to the answer, the caller adds where the fork leads otherwise. */
function skippable(part: PatternNode, steps: Step[]): number[] {
  const to = [steps.length + 1];
  steps.push({ kind: 'fork', to });
  emit(part, steps);
  return to;
}
