/** Whether one character (a whole code point) is meant. */
export type CharacterTest = (character: string) => boolean;

/** The general categories of Unicode that \p{…} may name. */
const CATEGORY = /^(L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|Z[slp]?|S[mcko]?|C[cfon]?)$/;

export function isOneOf(characters: string): CharacterTest {
  return (character) => characters.includes(character);
}

/** \p{name}; undefined for what is no general category, such as a block. */
export function categoryTest(name: string): CharacterTest | undefined {
  if (!CATEGORY.test(name)) return undefined;
  const expression = new RegExp(`^\\p{${name}}$`, 'u');
  return (character) => expression.test(character);
}

const isSpace = isOneOf(' \t\n\r');
const isDigit: CharacterTest = (character) => /^\p{Nd}$/u.test(character);
const isWord: CharacterTest = (character) => !/^[\p{P}\p{Z}\p{C}]$/u.test(character);

const classes: ReadonlyMap<string, CharacterTest> = new Map<string, CharacterTest>([
  ['s', isSpace],
  ['S', (character) => !isSpace(character)],
  ['d', isDigit],
  ['D', (character) => !isDigit(character)],
  ['w', isWord],
  ['W', (character) => !isWord(character)],
]);

/** The class that an escape letter stands for, as XML Schema defines it. */
export function named(letter: string): CharacterTest | undefined {
  return classes.get(letter);
}
