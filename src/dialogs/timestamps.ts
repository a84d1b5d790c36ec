import { fromEpoch, isWireTime, toEpoch } from '../lib/time.ts';
import type { Dialog } from './model.ts';

/**
 * Times of a dialog (Dialogporten contract, "Timestamps"). A wire time in UTC has always 28 characters, so that times
 * are compared as texts and no digit goes through a floating point number.
 */

const FORM = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}0Z$/;
const SECONDS = 'YYYY-MM-DDThh:mm:ss.'.length;

/** How far ahead of ours a client's clock may be, in milliseconds. */
export const TOLERANCE = 15_000;

/** The same moment as a wire time in UTC, digits beyond the microsecond cut; undefined when it is no date-time. */
export function normalizeTime(text: string): string | undefined {
  if (!isWireTime(text)) return undefined;
  const micros = (/\.(\d+)/.exec(text)?.[1] ?? '').slice(0, 6).padEnd(6, '0');
  const seconds = fromEpoch(toEpoch(text.replace(/\.\d+/, ''))).slice(0, SECONDS);
  const normalized = `${seconds}${micros}0Z`;
  return FORM.test(normalized) && normalized >= '0001' ? normalized : undefined;
}

/** The moment one microsecond later. */
export function nextMicrosecond(time: string): string {
  const micros = Number(time.slice(SECONDS, SECONDS + 6)) + 1;
  if (micros < 1_000_000) return `${time.slice(0, SECONDS)}${String(micros).padStart(6, '0')}0Z`;
  return fromEpoch(toEpoch(`${time.slice(0, SECONDS - 1)}Z`) + 1000);
}

/** Dialogs from before this moment came from Altinn 2, where nobody can tell what was seen. */
const SEEN_IS_KNOWN_SINCE = '2025-12-01T00:00:00.0000000Z';

type CreationStamps = Pick<Dialog, 'createdAt' | 'updatedAt' | 'contentUpdatedAt' | 'contentSeen' | 'held'>;

interface CreationTimes {
  readonly createdAt?: string | undefined;
  readonly updatedAt?: string | undefined;
  readonly visibleFrom?: string | undefined;
}

/** What a new dialog is stamped with. One that is held back has all its times at the moment it becomes visible. */
export function stampsAtCreation(input: CreationTimes, now: string, migrated: boolean): CreationStamps {
  const held = input.visibleFrom !== undefined && input.visibleFrom > now;
  const createdAt = held ? input.visibleFrom : (input.createdAt ?? now);
  const updatedAt = held ? input.visibleFrom : (input.updatedAt ?? input.createdAt ?? now);
  const contentSeen = createdAt < SEEN_IS_KNOWN_SINCE || migrated;
  return { createdAt, updatedAt, contentUpdatedAt: updatedAt, contentSeen, held };
}

export interface ChangeKind {
  readonly now: string;
  readonly silent: boolean;
  /** Content, attachments, actions, status or transmissions have changed. */
  readonly content: boolean;
}

type ChangeStamps = Pick<Dialog, 'updatedAt' | 'contentUpdatedAt' | 'contentSeen'>;

/**
 * What a changed dialog is stamped with. `updatedAt` strictly rises, whatever the clock does: the ids of seen log
 * entries are derived from it, and one that stood still would take the next reading for a repeated one.
 */
export function stampsAfterChange(dialog: Dialog, { now, silent, content }: ChangeKind): ChangeStamps {
  const { updatedAt, contentUpdatedAt, contentSeen, visibleFrom } = dialog;
  if (dialog.held && visibleFrom !== null) {
    return { updatedAt: visibleFrom, contentUpdatedAt: visibleFrom, contentSeen: false };
  }
  if (silent) return { updatedAt, contentUpdatedAt, contentSeen };
  const moved = now > updatedAt ? now : nextMicrosecond(updatedAt);
  return content
    ? { updatedAt: moved, contentUpdatedAt: moved, contentSeen: false }
    : { updatedAt: moved, contentUpdatedAt, contentSeen };
}
