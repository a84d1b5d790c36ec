import type { Audience, LogRow } from './event.ts';

/** Prefix of the event types that are ours alone; no wildcard of the published contract matches them. */
const OWN_PREFIX = 'budstikka.';

/**
 * Whether a reader who names these types wants this one. A pattern is an exact type or an SQL LIKE pattern (`%`, `_`;
 * case counts). Without patterns every published type is wanted. Our own types reach only those whose pattern names
 * the exact type or begins with `budstikka.` before its first wildcard.
 */
export function wantsType(patterns: readonly string[] | undefined, type: string): boolean {
  if (!type.startsWith(OWN_PREFIX))
    return patterns === undefined || patterns.some((one) => isLike(one, type));
  return patterns?.some((one) => one.startsWith(OWN_PREFIX) && isLike(one, type)) ?? false;
}

/**
 * SQL LIKE without an escape character. Goes back only to the last `%`, so that a stranger's pattern costs at most the
 * product of both lengths; a regular expression with several `.*` would cost a power of it.
 */
export function isLike(pattern: string, text: string): boolean {
  const wanted = Array.from(pattern);
  const given = Array.from(text);
  let at = 0;
  let afterPercent: number | undefined;
  let resumeAt = 0;
  for (let index = 0; index < given.length; ) {
    if (wanted[at] === '%') {
      afterPercent = ++at;
      resumeAt = index;
    } else if (wanted[at] === '_' || wanted[at] === given[index]) {
      at++;
      index++;
    } else if (afterPercent !== undefined) {
      at = afterPercent;
      index = ++resumeAt;
    } else return false;
  }
  return wanted.slice(at).every((rest) => rest === '%');
}

/** Whether a row is meant for this organisation: the owner as of the append, or anybody else. */
export function isForAudience(
  row: Pick<LogRow, 'audience' | 'owner'>,
  orgNumber: string | undefined,
): boolean {
  return audienceAllows[row.audience](row.owner === orgNumber);
}

const audienceAllows: Record<Audience, (isOwner: boolean) => boolean> = {
  all: () => true,
  owner: (isOwner) => isOwner,
  others: (isOwner) => !isOwner,
};

/**
 * The key within which an event keeps its order: its dialog. An event without an instance is a key of its own.
 */
export function orderKeyOf(row: Pick<LogRow, 'position' | 'resource' | 'resourceInstance'>): string {
  return row.resourceInstance === null
    ? ownOrderKey(row.position)
    : `${row.resource} ${row.resourceInstance}`;
}

/** The order key of an event that follows nothing. */
export function ownOrderKey(position: number): string {
  return `@${position}`;
}
