import type { Localization } from './model.ts';

/** What stands in when none of the wanted languages is there. */
const FALLBACKS = ['nb', 'nn', 'en'];

/** Of a text in several languages the one that is wanted most; all of them when nobody wants any in particular. */
export function chooseTexts(
  texts: readonly Localization[],
  wanted: readonly string[] | undefined,
): readonly Localization[] {
  if (wanted === undefined || wanted.length === 0 || texts.length < 2) return texts;
  const language = [...wanted, ...FALLBACKS].find((code) =>
    texts.some(({ languageCode }) => languageCode === code),
  );
  return language === undefined
    ? texts.slice(0, 1)
    : texts.filter(({ languageCode }) => languageCode === language);
}

/** The languages of an Accept-Language header (RFC 9110), the most wanted first; undefined when any will do. */
export function parseAcceptLanguage(header: string | undefined): readonly string[] | undefined {
  if (header === undefined || header.trim() === '') return undefined;
  const ranges = header
    .slice(0, 1000)
    .split(',')
    .map((range) => {
      const [tag = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
      return { language: tag.split('-')[0] ?? '', weight: Number(weight) };
    })
    .filter(({ language, weight }) => /^[a-z]{2}$/.test(language) && weight > 0)
    .toSorted((one, other) => other.weight - one.weight);
  return ranges.length === 0 ? undefined : ranges.map(({ language }) => language);
}
