import type { Answer, Caller, Sent } from './caller.ts';

/** What has been written, and when. */
export interface Change {
  /** Of the dialog. */
  readonly dialog: string;
  readonly revision: string;
  /** Epoch milliseconds at which the server's COMMIT had returned. */
  readonly committedAt: number;
}

/** What an end user is shown of a dialog, as far as the examples look at it. */
export interface OpenedDialog {
  readonly status: string;
  readonly progress?: number;
  readonly dialogToken: string;
  readonly transmissions: readonly unknown[];
  readonly seenSinceLastUpdate: readonly unknown[];
}

export const SERVICE = 'urn:altinn:resource:super-simple-service';
export const OWNER_DIALOGS = '/dialogporten/api/v1/serviceowner/dialogs';
export const USER_DIALOGS = '/dialogporten/api/v1/enduser/dialogs';

const TITLE = { title: { value: [{ languageCode: 'nb', value: 'En søknad' }] } };

/** @param members over those of an ordinary dialog of the service; `party` is needed */
export async function createDialog(
  owner: Caller,
  members: { readonly party: string; readonly [member: string]: unknown },
): Promise<Change> {
  const body = { serviceResource: SERVICE, status: 'InProgress', content: TITLE, ...members };
  const answer = await owner.must('POST', OWNER_DIALOGS, { body });
  return changeOf(String(answer.body), answer);
}

export async function setStatus(owner: Caller, dialog: string, status: string): Promise<Change> {
  const body = [{ op: 'replace', path: '/status', value: status }];
  return changeOf(dialog, await owner.must('PATCH', `${OWNER_DIALOGS}/${dialog}`, { body }));
}

/** Appends to one of the lists that only grow. */
export async function append(
  owner: Caller,
  to: { readonly dialog: string; readonly list: 'activities' | 'transmissions' },
  sent: Sent,
): Promise<Change> {
  return changeOf(to.dialog, await owner.must('POST', `${OWNER_DIALOGS}/${to.dialog}/${to.list}`, sent));
}

/** Opens the dialog, which notes it as seen. */
export async function openDialog(user: Caller, dialog: string): Promise<OpenedDialog> {
  return (await user.must('GET', `${USER_DIALOGS}/${dialog}`)).body as OpenedDialog;
}

/** @throws Error when the platform does not say when it committed: only development mode does. */
function changeOf(dialog: string, { headers }: Answer): Change {
  const commit = /commit;desc="([\d.]+)"/.exec(headers.get('server-timing') ?? '')?.[1];
  if (commit === undefined) throw new Error('no Server-Timing: does the platform run in development mode?');
  return { dialog, revision: headers.get('etag') ?? '', committedAt: Number(commit) };
}
