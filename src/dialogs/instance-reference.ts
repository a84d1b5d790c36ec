import { Failure } from '../lib/errors.ts';

/**
 * What else a dialog is known by (Dialogporten contract, `instanceRef`): an app's instance, a correspondence, or the
 * dialog itself. The first two stand among the service owner labels of the dialog, put there by whoever made it.
 */
export type InstanceReference =
  | { readonly kind: 'dialog'; readonly text: string; readonly dialogId: string }
  | { readonly kind: 'app' | 'correspondence'; readonly text: string; readonly label: string };

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const DIALOG = 'urn:altinn:dialog-id:';
const APP = 'urn:altinn:instance-id:';
/** How Altinn Storage labels the dialogs that it makes for instances of apps. */
const STORAGE_LABEL = 'urn:altinn:integration:storage:';

const DIALOG_FORM = new RegExp(`^${DIALOG}(${UUID})$`);
const APP_FORM = new RegExp(`^${APP}(\\d{1,10}/${UUID})$`);
const STORAGE_FORM = new RegExp(`^${STORAGE_LABEL}(\\d{1,10}/${UUID})$`);
const CORRESPONDENCE_FORM = new RegExp(`^urn:altinn:correspondence-id:${UUID}$`);

/** In whatever letter case. Throws `request-invalid`. */
export function readInstanceReference(given: string): InstanceReference {
  const text = given.trim().toLowerCase();
  const dialogId = DIALOG_FORM.exec(text)?.[1];
  if (dialogId !== undefined) return { kind: 'dialog', text, dialogId };
  const instance = APP_FORM.exec(text)?.[1];
  if (instance !== undefined) return { kind: 'app', text, label: STORAGE_LABEL + instance };
  if (CORRESPONDENCE_FORM.test(text)) return { kind: 'correspondence', text, label: text };
  const message = `must be ${APP}{party id}/{uuid}, urn:altinn:correspondence-id:{uuid} or ${DIALOG}{uuid}`;
  throw new Failure('request-invalid', { fields: { instanceRef: [message] } });
}

/** What a dialog that was asked for by its own id is better known by: an app's instance, else a correspondence. */
export function bestReference(dialogId: string, labels: readonly string[]): string {
  const instance = labels.map((label) => STORAGE_FORM.exec(label)?.[1]).find((each) => each !== undefined);
  if (instance !== undefined) return APP + instance;
  return labels.find((label) => CORRESPONDENCE_FORM.test(label)) ?? DIALOG + dialogId;
}
