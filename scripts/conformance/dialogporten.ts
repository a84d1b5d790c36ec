import type { Target } from './target.ts';
import { Contract } from './contract.ts';
import { playRefusals } from './refusals.ts';
import { judge, type Report } from './report.ts';
import { changeDialog } from './scenes/change-dialog.ts';
import { endDialogs } from './scenes/end-dialogs.ts';
import { labelDialog } from './scenes/label-dialog.ts';
import { lookAround } from './scenes/look-around.ts';
import { makeDialogs } from './scenes/make-dialogs.ts';
import { readDialog } from './scenes/read-dialog.ts';
import { searchDialogs } from './scenes/search-dialogs.ts';
import { Session } from './session.ts';

/**
 * Plays every published operation of Dialogporten's REST API against a system, first with success and a value for
 * everything that can be asked, then with every refusal that is published, and judges what it answers.
 */
export async function playDialogporten(target: Target): Promise<Report> {
  const contract = await Contract.read();
  const session = await Session.open(target, contract);
  const world = await makeDialogs(session);
  const seenLogId = await readDialog(session, world);
  await changeDialog(session, world);
  await labelDialog(session, world);
  await searchDialogs(session, world);
  await lookAround(session, world);
  await endDialogs(session, world);
  await playRefusals(session, { ...world, seenLogId });
  return judge(contract, [...session.records.values()]);
}
