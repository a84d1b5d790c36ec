import { wallClock } from '../lib/time.ts';
import { timeOfUuidv7 } from '../lib/uuid.ts';
import type { Faults } from './faults.ts';
import type { ApiActionInput, AttachmentInput, GuiActionInput, ReplaceInput } from './input.ts';
import type { NavigationalAction } from './model.ts';
import { checkTexts, isHttps } from './text-rules.ts';
import { TOLERANCE } from './timestamps.ts';

const LONGEST_TEXT = 255;

/** How many actions of each priority a dialog may show. */
const MOST_BY_PRIORITY = { Primary: 1, Secondary: 1, Tertiary: 5 } as const;

/** An id that a client chooses must be of version 7, and its time no further ahead than clocks may differ. */
export function checkId(id: string | undefined, at: string, faults: Faults): void {
  if (id === undefined) return;
  const time = timeOfUuidv7(id);
  if (time === undefined) faults.add(at, 'must be a UUID of version 7');
  else faults.demand(time <= wallClock() + TOLERANCE, at, 'must not carry a time in the future');
}

/** Rules of attachments and actions, the parts that every update replaces. */
export function checkParts(input: Omit<ReplaceInput, 'status'>, faults: Faults): void {
  checkUnique(input.attachments, 'attachments', faults);
  checkUnique(input.guiActions, 'guiActions', faults);
  checkUnique(input.apiActions, 'apiActions', faults);
  checkAttachments(input.attachments ?? [], 'attachments', faults);
  for (const [index, action] of (input.guiActions ?? []).entries()) {
    checkGuiAction(action, `guiActions[${index}]`, faults);
  }
  for (const [index, action] of (input.apiActions ?? []).entries()) {
    checkApiAction(action, `apiActions[${index}]`, faults);
  }
  for (const [priority, most] of Object.entries(MOST_BY_PRIORITY)) {
    const count = (input.guiActions ?? []).filter((action) => action.priority === priority).length;
    faults.demand(count <= most, 'guiActions', `must have at most ${most} of priority ${priority}`);
  }
}

/** Ids of one list must differ. */
export function checkUnique(
  items: readonly { readonly id?: string }[] | undefined,
  at: string,
  faults: Faults,
): void {
  const seen = new Set<string>();
  for (const [index, { id }] of (items ?? []).entries()) {
    if (id === undefined) continue;
    checkId(id, `${at}[${index}].id`, faults);
    faults.demand(!seen.has(id.toLowerCase()), `${at}[${index}].id`, 'must not be repeated');
    seen.add(id.toLowerCase());
  }
}

export function checkAttachments(attachments: readonly AttachmentInput[], at: string, faults: Faults): void {
  for (const [index, { displayName, urls }] of attachments.entries()) {
    const path = `${at}[${index}]`;
    if (displayName && displayName.length > 0) {
      checkTexts(displayName, LONGEST_TEXT, { at: `${path}.displayName`, faults });
    }
    faults.demand((urls ?? []).length > 0, `${path}.urls`, 'must have at least one URL');
    for (const [each, { url, id }] of (urls ?? []).entries()) {
      checkId(id, `${path}.urls[${each}].id`, faults);
      faults.demand(isHttps(url), `${path}.urls[${each}].url`, 'must be an https URL');
    }
  }
}

export function checkNavigationalActions(
  actions: readonly NavigationalAction[],
  at: string,
  faults: Faults,
): void {
  for (const [index, { title, url }] of actions.entries()) {
    checkTexts(title ?? [], LONGEST_TEXT, { at: `${at}[${index}].title`, faults });
    faults.demand(isHttps(url), `${at}[${index}].url`, 'must be an https URL');
  }
}

function checkGuiAction({ url, title, prompt }: GuiActionInput, at: string, faults: Faults): void {
  faults.demand(isHttps(url), `${at}.url`, 'must be an https URL');
  checkTexts(title ?? [], LONGEST_TEXT, { at: `${at}.title`, faults });
  if (prompt && prompt.length > 0) checkTexts(prompt, LONGEST_TEXT, { at: `${at}.prompt`, faults });
}

function checkApiAction({ endpoints = [] }: ApiActionInput, at: string, faults: Faults): void {
  faults.demand(endpoints.length > 0, `${at}.endpoints`, 'must have at least one endpoint');
  for (const [index, { id, url }] of endpoints.entries()) {
    checkId(id, `${at}.endpoints[${index}].id`, faults);
    faults.demand(isHttps(url), `${at}.endpoints[${index}].url`, 'must be an https URL');
  }
}
