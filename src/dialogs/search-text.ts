import { Faults } from './faults.ts';
import { isLanguage, normalizeLanguage } from './text-rules.ts';
import type { TextSearch } from './text-search-queries.ts';

/** What a search is asked to find in what dialogs say (Dialogporten contract, "Search"). */
export interface TextParameters {
  readonly search?: string | undefined;
  /** `nb` or `nb-NO`; without a search it means nothing. */
  readonly searchLanguageCode?: string | undefined;
}

const SHORTEST = 3;

/** Throws `request-invalid` for what is too short, or in a language that texts cannot be in. */
export function parseText({ search, searchLanguageCode }: TextParameters): TextSearch | undefined {
  if (search === undefined) return undefined;
  const words = search.trim();
  const language = searchLanguageCode === undefined ? undefined : normalizeLanguage(searchLanguageCode);
  const faults = new Faults();
  faults.demand(words.length >= SHORTEST, 'search', `must have at least ${SHORTEST} characters`);
  const known = language === undefined || isLanguage(language);
  faults.demand(known, 'searchLanguageCode', 'must be a two-letter ISO 639 code (nb or nn, not no)');
  faults.refuse('request-invalid');
  return { words, language };
}
