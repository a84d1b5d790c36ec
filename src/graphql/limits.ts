import { PUBLISHED_LIMITS } from '../dialogs/published-limits.ts';

/** How many values the filters of a search take, as `GET /metadata/limits` answers it. */
export const limits = (): typeof PUBLISHED_LIMITS => PUBLISHED_LIMITS;
