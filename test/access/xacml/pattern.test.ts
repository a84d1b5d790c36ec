import { describe, expect, test } from 'vitest';
import { Pattern } from '../../../src/access/xacml/pattern.ts';
import { Random } from './random.ts';
import { pattern } from './vocabulary.ts';

describe('a pattern', () => {
  test.each([
    ['is found anywhere', 'b', 'abc', true],
    ['knows the ends of the text', '^b$', 'abc', false],
    ['takes $ for the end of the text, not of a line', 'a$', 'a\n', false],
    ['matches the empty text when it may', '^(a|)$', '', true],
    ['takes . for anything but a line end', 'a.c', 'a\nc', false],
    ['counts characters, not halves of them', '^.{2}$', '😀x', true],
    ['counts exactly', '^a{3}$', 'aaaa', false],
    ['counts from and to', '^(ab){1,2}$', 'abab', true],
    ['counts from', '^a{2,}$', 'a', false],
    ['reads reluctant quantifiers as the others', '^a+?b*?$', 'aab', true],
    ['reads classes', '^[a-cX\\-]+$', 'aX-c', true],
    ['reads negated classes', '^[^a-c]+$', 'xbz', false],
    ['reads a hyphen at either end of a class', '^[-a][a-]$', '-a', true],
    ['reads escapes', '^\\.\\*\\$\\n$', '.*$\n', true],
    ['reads classes inside classes', '^[\\d\\s]+$', '4 2', true],
    ['takes every decimal digit for \\d', '^\\d$', '٣', true],
    ['does not take punctuation for \\w', '\\w', '_-.', false],
    ['reads categories', '^\\p{Lu}\\P{L}$', 'Æ1', true],
  ])('%s: %j in %j', (_, source, text, expected) => {
    expect(new Pattern(source).has(text)).toBe(expected);
  });
});

describe('a pattern is refused', () => {
  test.each([
    ['with an open group', '(a'],
    ['with an open class', '[a'],
    ['with a group that is closed twice', 'a)'],
    ['with nothing to repeat', '*a'],
    ['with a repeated quantifier', 'a**'],
    ['with an unescaped bracket', 'a]'],
    ['with an unescaped brace', 'a}'],
    ['with a quantifier of no sense', 'a{2,1}'],
    ['with an open quantifier', 'a{2'],
    ['with a back-reference', '(a)\\1'],
    ['with a range that is out of order', '[b-a]'],
    ['with class subtraction', '[a-z-[aeiou]]'],
    ['with a Unicode block', '\\p{IsBasicLatin}'],
    ['with name characters', '\\i\\c*'],
    ['with an empty class', '[]'],
    ['with a group of JavaScript', '(?:a)'],
    ['when it repeats too often', 'a{1001}'],
    ['when it unfolds too far', '((a{30}){30})'],
    ['when it unfolds too far without a character', '(((){999}){999}){999}'],
    ['when it nests too deep', `${'('.repeat(40)}${')'.repeat(40)}`],
  ])('%s: %j', (_, source) => {
    expect(() => new Pattern(source)).toThrow(SyntaxError);
  });
});

test('what makes a backtracking engine run for ages takes linear time', () => {
  const text = 'a'.repeat(20_000);
  for (const source of ['^(a*)*b$', '^(a|a)*b$', '^(a|aa)+$b', '^a*a*a*a*a*b$']) {
    expect(new Pattern(source).has(text)).toBe(false);
  }
});

// Only letters about which \w of XML Schema and of JavaScript agree.
test('3,000 random patterns find what those of JavaScript find', () => {
  const random = new Random(7);
  const letters = ['a', 'b', 'd', 'D', '-', ' ', '3', '\n'];
  for (let count = 0; count < 3_000; count++) {
    const source = random.chance(0.5) ? pattern(random) : `^(${pattern(random)})$`;
    const text = random.some(0, 7, () => random.pick(letters)).join('');
    const expected = new RegExp(source).test(text);
    expect({ source, text, found: new Pattern(source).has(text) }).toEqual({ source, text, found: expected });
  }
});
