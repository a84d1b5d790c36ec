import type { Faults } from './faults.ts';
import type { ContentInput, ContentValueInput, TransmissionContentInput } from './input.ts';
import type { Content, Localization, TransmissionContent } from './model.ts';

export const DEFAULT_MEDIA_TYPE = 'text/plain';

const PLAIN = [DEFAULT_MEDIA_TYPE];
const MARKDOWN = ['text/plain', 'text/markdown'];
const EMBED = 'application/vnd.dialogporten.frontchannelembed-url;type=text';
const REFERENCE = [`${EMBED}/markdown`];

interface ContentRule {
  readonly longest: number;
  readonly mediaTypes: readonly string[];
  /** What HTML may stand here in as well, for those who may still send it. */
  readonly html?: string;
}

const TITLE: ContentRule = { longest: 255, mediaTypes: PLAIN };

const CONTENT_RULES: Readonly<Record<keyof Content | keyof TransmissionContent, ContentRule>> = {
  title: TITLE,
  senderName: TITLE,
  summary: TITLE,
  nonSensitiveTitle: TITLE,
  nonSensitiveSummary: TITLE,
  extendedStatus: { longest: 25, mediaTypes: PLAIN },
  additionalInfo: { longest: 1023, mediaTypes: MARKDOWN, html: 'text/html' },
  mainContentReference: { longest: 1023, mediaTypes: REFERENCE, html: `${EMBED}/html` },
  contentReference: { longest: 1023, mediaTypes: REFERENCE, html: `${EMBED}/html` },
};

const LONGEST_OF_CORRESPONDENCE = 512;

/** What the caller's scopes add to the ordinary rules of texts. */
export interface TextPowers {
  readonly correspondence: boolean;
  readonly legacyHtml: boolean;
}

/** Rules of a dialog's or transmission's content: a title must stand, and each text must suit its place. */
export function checkContent(
  content: ContentInput | TransmissionContentInput,
  powers: TextPowers,
  { at, faults }: { readonly at: string; readonly faults: Faults },
): void {
  faults.demand(content.title !== undefined, `${at}.title`, 'must be given');
  for (const [type, value] of Object.entries(content) as [keyof Content, ContentValueInput | undefined][]) {
    if (!value) continue;
    const rule = CONTENT_RULES[type];
    const path = `${at}.${type}`;
    const mediaTypes = rule.html && powers.legacyHtml ? [...rule.mediaTypes, rule.html] : rule.mediaTypes;
    const known = mediaTypes.includes(value.mediaType ?? DEFAULT_MEDIA_TYPE);
    faults.demand(known, `${path}.mediaType`, `must be ${mediaTypes.join(' or ')}`);
    const longest = rule.longest === 255 && powers.correspondence ? LONGEST_OF_CORRESPONDENCE : rule.longest;
    checkTexts(value.value, longest, { at: `${path}.value`, faults });
    if (rule.mediaTypes === REFERENCE) checkReferences(value.value, `${path}.value`, faults);
  }
}

function checkReferences(texts: readonly Localization[], at: string, faults: Faults): void {
  for (const [index, { value }] of texts.entries()) {
    faults.demand(isHttps(value), `${at}[${index}].value`, 'must be an https URL');
  }
}

/** Rules of a text in several languages: each language once, and at least one text that is not empty. */
export function checkTexts(
  texts: readonly Localization[],
  longest: number,
  { at, faults }: { readonly at: string; readonly faults: Faults },
): void {
  const seen = new Set<string>();
  for (const [index, { languageCode, value }] of texts.entries()) {
    const language = normalizeLanguage(languageCode);
    const path = `${at}[${index}]`;
    faults.demand(
      isLanguage(language),
      `${path}.languageCode`,
      'must be a two-letter ISO 639 code (nb or nn, not no)',
    );
    faults.demand(!seen.has(language), `${path}.languageCode`, 'must not be repeated');
    faults.demand(value.length <= longest, `${path}.value`, `must have at most ${longest} characters`);
    seen.add(language);
  }
  const filled = texts.some(({ value }) => value.trim() !== '');
  faults.demand(filled, at, 'must have at least one text that is not empty');
}

const languageNames = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });

/** Whether texts may be in this language: its code as `normalizeLanguage` gives it. */
export function isLanguage(code: string): boolean {
  return /^[a-z]{2}$/.test(code) && code !== 'no' && languageNames.of(code) !== undefined;
}

/** `nb-NO` and `NB` are nb. */
export function normalizeLanguage(code: string): string {
  return code.trim().toLowerCase().split(/[-_]/)[0] ?? '';
}

/** The same texts as they are kept: languages normalised, in their order. */
export function normalizeTexts(texts: readonly Localization[]): Localization[] {
  return texts
    .map(({ languageCode, value }) => ({ languageCode: normalizeLanguage(languageCode), value }))
    .toSorted((one, other) => (one.languageCode < other.languageCode ? -1 : 1));
}

export function isHttps(text: string): boolean {
  return URL.canParse(text) && text.toLowerCase().startsWith('https://');
}
