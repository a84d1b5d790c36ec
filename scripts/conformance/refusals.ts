import { randomUUID } from 'node:crypto';
import { newId, smallDialog, transmission, wholeDialog } from './bodies.ts';
import type { Operation } from './contract.ts';
import { DIALOG } from './paths.ts';
import type { Ask, Session } from './session.ts';
import { type SeenWorld, specimensOf } from './specimens.ts';

/** A request with one thing wrong, and the status that says so. */
type Refusal = Ask & { readonly expect: number };

/** Every operation with each of the refusals that it publishes. */
export async function playRefusals(session: Session, world: SeenWorld): Promise<void> {
  const specimens = specimensOf(world);
  for (const operation of session.contract.operations.values()) {
    const specimen = specimens[operation.id];
    if (!specimen) continue;
    for (const refusal of generalRefusals(operation, specimen, world)) {
      if (operation.answers.has(refusal.expect)) await session.play(operation.id, refusal);
    }
  }
  for (const [id, refusal] of ownRefusals(world, specimens)) await session.play(id, refusal);
}

/** What is refused everywhere alike. */
function* generalRefusals(operation: Operation, specimen: Ask, world: SeenWorld): Iterable<Refusal> {
  const { params = {}, query = {} } = specimen;
  yield { ...specimen, as: 'nobody', expect: 401 };
  yield { ...specimen, as: 'unscoped', expect: 403 };
  const stale = operation.parameters.some(({ name }) => name.toLowerCase() === 'if-match');
  if (stale) yield { ...specimen, headers: { 'if-Match': randomUUID() }, expect: 412 };
  if (operation.body) yield { ...specimen, body: 'no object', expect: 400 };
  else if (stale) yield { ...specimen, headers: { 'if-Match': 'no revision' }, expect: 400 };
  if ('dialogId' in params) {
    yield { ...specimen, params: { ...params, dialogId: world.missingId }, expect: 404 };
    yield { ...specimen, params: { ...params, dialogId: world.deletedId }, expect: 410 };
  }
  if ('instanceRef' in query) {
    yield { ...specimen, query: { instanceRef: 'no reference' }, expect: 400 };
    yield { ...specimen, query: { instanceRef: `urn:altinn:dialog-id:${newId()}` }, expect: 404 };
  }
}

/** What is refused by the rules of one operation. */
function* ownRefusals(
  world: SeenWorld,
  specimens: Readonly<Record<string, Ask>>,
): Iterable<[string, Refusal]> {
  const { target, whole, dialogId } = world;
  const of = (id: string, expect: number, wrong: Partial<Ask>): [string, Refusal] => {
    return [id, { ...specimens[id]!, ...wrong, expect }];
  };
  const create = 'POST /serviceowner/dialogs';
  const sameKey = { ...smallDialog(target), idempotentKey: whole.idempotentKey };
  yield of(create, 409, { body: sameKey });
  yield of(create, 422, { body: { ...wholeDialog(target), id: dialogId } });
  const overdue = { status: 'Draft', content: whole.content, dueAt: '2020-01-01T00:00:00Z' };
  yield of(`PUT ${DIALOG}`, 422, { body: overdue });
  const late = [{ op: 'add', path: '/dueAt', value: '2020-01-01T00:00:00Z' }];
  yield of(`PATCH ${DIALOG}`, 422, { body: late });
  const { transmissions, activities } = whole;
  const [sent] = transmissions;
  yield of(`POST ${DIALOG}/transmissions`, 409, { body: { ...sent, id: newId() } });
  yield of(`POST ${DIALOG}/transmissions`, 422, { body: transmission(target, newId()) });
  yield of(`POST ${DIALOG}/activities`, 422, { body: activities[0] });
  const { id: _, ...astray } = transmission(target, newId());
  yield of(`PUT ${DIALOG}/transmissions/{transmissionId}`, 422, { body: astray });
  const { id: __, ...twin } = { ...transmission(target), idempotentKey: transmissions[1].idempotentKey };
  yield of(`PUT ${DIALOG}/transmissions/{transmissionId}`, 409, { body: twin });
  yield* staleBulks(world, of);
}

type Of = (id: string, expect: number, wrong: Partial<Ask>) => [string, Refusal];

function* staleBulks({ dialogId }: SeenWorld, of: Of): Iterable<[string, Refusal]> {
  const dialogs = [{ dialogId, endUserContextRevision: randomUUID() }];
  const body = { addLabels: ['Archive'], dialogs };
  for (const path of ['/enduser/dialogs/context', '/serviceowner/dialogs/endusercontext']) {
    yield of(`POST ${path}/systemlabels/actions/bulkset`, 412, { body });
  }
}
