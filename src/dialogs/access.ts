import type { AccessDecision, AccessQuestion, DecisionPoint, Identity } from '../access/ports.ts';
import { Failure } from '../lib/errors.ts';
import { RESOURCE_PREFIX } from './dialog-rules.ts';
import type { Dialog, WholeDialog } from './model.ts';

/** What an end user may do with one dialog. */
export interface DialogAccess {
  /** Read on the dialog's own service resource. */
  readonly mayRead: boolean;
  /** Anything at all: enough to see the dialog, with what is not permitted marked so. */
  readonly mayOpen: boolean;
  readonly levelTooLow: boolean;
  permits(action: string, authorizationAttribute?: string): boolean;
  /** What is permitted, as a dialog token lists it: `action`, or `action,authorizationAttribute`. */
  readonly permitted: readonly string[];
}

interface Wish {
  readonly action: string;
  readonly attribute?: string | undefined;
}

/**
 * Asks for everything that a dialog offers in one go (Dialogporten contract, "End user, one dialog").
 * Throws `decision-unavailable` when no decision can be had.
 */
export async function askAccess(
  decide: DecisionPoint,
  identity: Identity,
  dialog: WholeDialog,
): Promise<DialogAccess> {
  const wishes = new Map<string, Wish>();
  for (const wish of wishesOf(dialog)) wishes.set(keyOf(wish), wish);
  const questions = [...wishes.values()].map((wish) => toQuestion(identity, dialog, wish));
  const decisions = await decideAll(decide, questions);
  const answers = new Map([...wishes.keys()].map((key, index) => [key, decisions[index]]));
  const main = answers.get(keyOf(MAIN));
  const permitted = [...answers].filter(([, decision]) => decision?.permitted).map(([key]) => key);
  return {
    mayRead: main?.permitted ?? false,
    mayOpen: permitted.length > 0 || main?.levelTooLow === true,
    levelTooLow: main?.levelTooLow ?? false,
    permits: (action, attribute) => answers.get(keyOf({ action, attribute }))?.permitted ?? false,
    permitted,
  };
}

/** Asks the decision point. Throws `decision-unavailable` when it rejects. */
export async function decideAll(
  decide: DecisionPoint,
  questions: readonly AccessQuestion[],
): Promise<readonly AccessDecision[]> {
  try {
    return await decide.decide(questions);
  } catch (thrown) {
    throw thrown instanceof Failure ? thrown : new Failure('decision-unavailable', { cause: thrown });
  }
}

const MAIN: Wish = { action: 'read' };

function* wishesOf({ document, transmissions }: WholeDialog): Iterable<Wish> {
  yield MAIN;
  for (const { action, authorizationAttribute } of document.guiActions ?? []) {
    yield { action, attribute: authorizationAttribute };
  }
  for (const { action, authorizationAttribute } of document.apiActions ?? []) {
    yield { action, attribute: authorizationAttribute };
  }
  for (const { authorizationAttribute } of transmissions) {
    if (authorizationAttribute !== undefined) {
      yield { action: transmissionAction(authorizationAttribute), attribute: authorizationAttribute };
    }
  }
}

/** What reading a transmission is called: in another resource's policy it is plain reading. */
export function transmissionAction(authorizationAttribute: string | undefined): string {
  const plain = authorizationAttribute === undefined || isResource(authorizationAttribute);
  return plain ? 'read' : 'transmissionread';
}

function isResource(attribute: string): boolean {
  return attribute.toLowerCase().startsWith(RESOURCE_PREFIX);
}

function keyOf({ action, attribute }: Wish): string {
  return attribute === undefined ? action : `${action},${attribute}`;
}

function toQuestion(identity: Identity, dialog: Dialog, { action, attribute }: Wish): AccessQuestion {
  const { id: instance, party, serviceResource } = dialog;
  const question = { identity, action, resource: serviceResource, instance, party };
  if (attribute === undefined) return question;
  if (isResource(attribute)) return { ...question, resource: attribute.toLowerCase() };
  return { ...question, attributes: [toAttribute(attribute)] };
}

/** A bare name is a part of the resource; a URN is split before its last segment. */
function toAttribute(attribute: string): readonly [string, string] {
  const colon = attribute.lastIndexOf(':');
  if (colon < 0) return ['urn:altinn:subresource', attribute];
  return [attribute.slice(0, colon), attribute.slice(colon + 1)];
}
