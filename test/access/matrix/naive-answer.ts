import { isPersonNumber } from '../../../src/lib/person-number.ts';
import { decideNaively, type NaiveAttribute, type NaiveResult } from '../xacml/naive.ts';
import type { Cell, Column, Expected } from './table.ts';
import type { Variant } from './variants.ts';
import { PARTIES, WHO, type Who } from './who.ts';

/**
 * The table once more, by the naive evaluator: each cell's question is written out by hand from the contract (requests
 * to the decision point) and from what is known of who asks. Nothing of the product takes part.
 */
export function naiveAnswer(variant: Variant, { who: name, column }: Cell): Expected {
  const who = WHO[name];
  if (!who) throw new Error(`nobody is called ${name}`);
  const unasked = withoutPolicy(variant, who, column);
  if (unasked) return unasked;
  const action = actionOf(variant, column);
  const request = [
    ...who.subject.map(([attribute, value]) => text(SUBJECT, attribute, value)),
    ...resourceAttributes(variant, who, column),
    text(ACTION, 'urn:oasis:names:tc:xacml:1.0:action:action-id', action),
  ];
  const result = decideNaively(variant.policy, request);
  const isDelegated =
    result.decision === 'NotApplicable' && holdsDelegation(who, { variant, column, action });
  if (result.decision !== 'Permit' && !isDelegated) return { by: 'none' };
  if (who.level < levelOf(result, who)) return { by: 'none', but: 'level' };
  return isDelegated ? { by: 'delegated' } : { by: 'rule', rule: result.rule ?? '' };
}

/** A service owner's own dialogs, and what an app says of itself, are no matter of the policy. */
function withoutPolicy(variant: Variant, who: Who, column: Column): Expected | undefined {
  if (who.isServiceOwner && ['get', 'lookup', 'search'].includes(column)) {
    return { by: who.subject.some(([, value]) => value === 'ttd') ? 'owner' : 'none' };
  }
  if (!isApp(variant) || column !== 'publish') return undefined;
  return { by: `app_${who.app?.replace('/', '_')}` === variant.resource ? 'app' : 'none' };
}

const SUBJECT = 'urn:oasis:names:tc:xacml:1.0:subject-category:access-subject';
const RESOURCE = 'urn:oasis:names:tc:xacml:3.0:attribute-category:resource';
const ACTION = 'urn:oasis:names:tc:xacml:3.0:attribute-category:action';

function text(category: string, attribute: string, value: string): NaiveAttribute {
  return { category, attribute, value, dataType: 'http://www.w3.org/2001/XMLSchema#string' };
}

function isApp({ resource }: Variant): boolean {
  return resource.startsWith('app_');
}

function actionOf(variant: Variant, column: Column): string {
  if (column === 'publish') return 'publish';
  const isEvents = column === 'subscribe' || column === 'deliver';
  if (isEvents) return isApp(variant) ? 'read' : 'subscribe';
  return column === 'poll' ? 'subscribe' : 'read';
}

/** The resource by its names, the party by its number, and that it is the events of an app which are asked for. */
function resourceAttributes(variant: Variant, { dialog }: Who, column: Column): NaiveAttribute[] {
  const party = PARTIES[dialog].split(':').at(-1) ?? '';
  const partyId = isPersonNumber(party) ? 'person' : 'organization';
  const attributes = [
    text(RESOURCE, 'urn:altinn:resource', variant.resource),
    text(RESOURCE, `urn:altinn:${partyId}:identifier-no`, party),
  ];
  if (!isApp(variant)) return attributes;
  const [, org = '', app = ''] = variant.resource.split('_');
  attributes.push(text(RESOURCE, 'urn:altinn:org', org), text(RESOURCE, 'urn:altinn:app', app));
  const isEvents = column === 'subscribe' || column === 'deliver';
  return isEvents ? [...attributes, text(RESOURCE, 'urn:altinn:appresource', 'events')] : attributes;
}

interface Asked {
  readonly variant: Variant;
  readonly column: Column;
  readonly action: string;
}

/** Whoever subscribes names no instance, and so cannot lean on a delegation of one. */
function holdsDelegation({ delegated, dialog }: Who, { variant, column, action }: Asked): boolean {
  if (!delegated?.actions.includes(action) || variant.resource !== DELEGATED) return false;
  if (delegated.of === 'resource') return true;
  return dialog === 'main' && column !== 'subscribe' && column !== 'publish';
}

/** The resource that the delegations of the matrix are about. */
export const DELEGATED = 'matrix-roles';

/** The highest level that the obligations name; service owners may have one of their own, if it is lower. */
function levelOf({ obligations }: NaiveResult, { isServiceOwner }: Who): number {
  const named = (category: string) =>
    (obligations as { assignments: { category?: string; value: string }[] }[])
      .flatMap(({ assignments }) => assignments)
      .filter((assignment) => assignment.category === category)
      .map(({ value }) => Number(value));
  const level = Math.max(0, ...named('urn:altinn:minimum-authenticationlevel'));
  const own = named('urn:altinn:minimum-authenticationlevel-org');
  return isServiceOwner && own.length > 0 ? Math.min(level, ...own) : level;
}
