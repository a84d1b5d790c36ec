import { type CharacterTest, categoryTest, isOneOf, named } from './pattern-characters.ts';

/**
 * The regular expressions of string-regexp-match: XML Schema's, with the anchors and reluctant quantifiers that XPath
 * adds. Left out, and refused: back-references (no longer regular), class subtraction, \i, \c and Unicode blocks.
 */
export type PatternNode =
  | { readonly kind: 'character'; readonly test: CharacterTest }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly part: PatternNode; readonly min: number; readonly max: number };

const MAX_DEPTH = 32;
const MAX_REPEAT = 1_000;

const NEWLINES = isOneOf('\n\r');
const SINGLE_ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
const ESCAPABLE = '\\|.-^?*+{}()[]$';

/** Reads one pattern; throws a SyntaxError that says what is not understood, and at which character. */
export function parsePattern(source: string): PatternNode {
  const reader = new PatternReader(source);
  const node = reader.choice(0);
  if (!reader.atEnd) reader.refuse(`unexpected ${reader.next()}`);
  return node;
}

class PatternReader {
  readonly #characters: readonly string[];
  #at = 0;

  constructor(source: string) {
    this.#characters = Array.from(source);
  }

  get atEnd(): boolean {
    return this.#at >= this.#characters.length;
  }

  refuse(reason: string): never {
    throw new SyntaxError(`pattern, character ${this.#at}: ${reason}`);
  }

  next(): string {
    return this.#characters[this.#at++] ?? this.refuse('ends too early');
  }

  choice(depth: number): PatternNode {
    if (depth > MAX_DEPTH) this.refuse(`nested deeper than ${MAX_DEPTH}`);
    const parts = [this.#sequence(depth)];
    while (this.#skip('|')) parts.push(this.#sequence(depth));
    return { kind: 'choice', parts };
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #skip(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at++;
    return true;
  }

  #sequence(depth: number): PatternNode {
    const parts: PatternNode[] = [];
    while (!this.atEnd && this.#peek() !== '|' && this.#peek() !== ')') parts.push(this.#piece(depth));
    return { kind: 'sequence', parts };
  }

  #piece(depth: number): PatternNode {
    if (this.#skip('^')) return { kind: 'start' };
    if (this.#skip('$')) return { kind: 'end' };
    const part = this.#atom(depth);
    const bounds = this.#quantifier();
    if (!bounds) return part;
    // A reluctant quantifier finds another match than a greedy one, but never one where there is none.
    this.#skip('?');
    return { kind: 'repeat', part, min: bounds[0], max: bounds[1] };
  }

  #quantifier(): readonly [number, number] | undefined {
    if (this.#skip('?')) return [0, 1];
    if (this.#skip('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#skip('+')) return [1, Number.POSITIVE_INFINITY];
    if (!this.#skip('{')) return undefined;
    let text = '';
    while (!this.#skip('}')) text += this.next();
    const parts = /^(\d{1,6})(,(\d{1,6})?)?$/.exec(text);
    if (!parts) this.refuse(`{${text}} is no quantifier`);
    const min = Number(parts[1]);
    const max = parts[2] === undefined ? min : parts[3] ? Number(parts[3]) : Number.POSITIVE_INFINITY;
    if (min > max || min > MAX_REPEAT || (max > MAX_REPEAT && max !== Number.POSITIVE_INFINITY)) {
      this.refuse(`{${text}} is out of range`);
    }
    return [min, max];
  }

  #atom(depth: number): PatternNode {
    const character = this.next();
    if (character === '(') return this.#group(depth);
    if (character === '[') return { kind: 'character', test: this.#characterClass() };
    if (character === '\\') return { kind: 'character', test: this.#escape() };
    if (character === '.') return { kind: 'character', test: (one) => !NEWLINES(one) };
    if ('?*+{}]'.includes(character)) this.refuse(`unexpected ${character}`);
    return { kind: 'character', test: (one) => one === character };
  }

  #group(depth: number): PatternNode {
    const inside = this.choice(depth + 1);
    if (!this.#skip(')')) this.refuse('a group is not closed');
    return inside;
  }

  #escape(): CharacterTest {
    const letter = this.next();
    if (letter === 'p' || letter === 'P') return this.#category(letter === 'P');
    return named(letter) ?? isOneOf(this.#escaped(letter));
  }

  #escaped(letter: string): string {
    const meant = SINGLE_ESCAPES[letter] ?? (ESCAPABLE.includes(letter) ? letter : undefined);
    return meant ?? this.refuse(`\\${letter} is not understood`);
  }

  #category(negated: boolean): CharacterTest {
    let name = '';
    if (!this.#skip('{')) this.refuse('a category needs {');
    while (!this.#skip('}')) name += this.next();
    const test = categoryTest(name) ?? this.refuse(`category ${name} is not understood`);
    return negated ? (one) => !test(one) : test;
  }

  #characterClass(): CharacterTest {
    const negated = this.#skip('^');
    const tests: CharacterTest[] = [];
    do tests.push(this.#classItem(tests.length === 0));
    while (!this.#skip(']'));
    return (one) => tests.some((test) => test(one)) !== negated;
  }

  #classItem(first: boolean): CharacterTest {
    const from = this.next();
    if (from === '[' || from === ']') this.refuse(`${from} inside a class must be escaped`);
    if (from === '-' && !first && this.#peek() !== ']') this.refuse('- inside a class must be escaped');
    if (from === '\\' && 'pPdDsSwW'.includes(this.#peek() ?? ' ')) return this.#escape();
    const low = from === '\\' ? this.#escaped(this.next()) : from;
    if (this.#peek() !== '-' || this.#characters[this.#at + 1] === ']') return isOneOf(low);
    this.next();
    const high = this.#rangeEnd();
    if (codePoint(low) > codePoint(high)) this.refuse(`${low}-${high} is out of order`);
    return (one) => codePoint(one) >= codePoint(low) && codePoint(one) <= codePoint(high);
  }

  #rangeEnd(): string {
    const character = this.next();
    if (character === '[' || character === '-') this.refuse('class subtraction is not understood');
    return character === '\\' ? this.#escaped(this.next()) : character;
  }
}

function codePoint(character: string): number {
  return character.codePointAt(0) ?? 0;
}
