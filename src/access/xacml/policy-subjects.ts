import { ACTION, RESOURCE, SUBJECT } from './names.ts';
import { Pattern } from './pattern.ts';
import type { Alternative, Policy, Rule, Slot } from './policy.ts';

/** Paths that one rule may have; further groups are left out, which only widens the answer. */
const MAX_PATHS = 1_000;

/**
 * One way to a permit: who, on what, may do what. Every entry of a list has to hold, by any of its values; an empty list
 * leaves that question open. Values are as their match function compares them: lower case where case is ignored.
 */
export interface PermitPath {
  readonly rule: string;
  readonly subject: readonly NamedValues[];
  readonly resource: readonly NamedValues[];
  readonly action: readonly NamedValues[];
}

/** An attribute, such as `urn:altinn:rolecode`, and the values of it that a rule names. */
export interface NamedValues {
  readonly attribute: string;
  readonly values: readonly string[];
}

/**
 * Who is named by the rules that permit: the roles, access packages, organisations and persons per action and resource.
 * For finding candidates in a list, not for deciding: patterns, other categories and rules that deny are left out, so
 * whoever is permitted is on some path, and not everyone on a path is permitted.
 */
export function policySubjects(policy: Policy): PermitPath[] {
  return policy.rules
    .filter((rule) => rule.effect === 'Permit')
    .flatMap((rule) => pathsOf(policy, rule).map((path) => toPermitPath(policy.slots, rule, path)));
}

function pathsOf(policy: Policy, rule: Rule): Alternative[] {
  let paths: Alternative[] = [[]];
  for (const group of [...policy.target, ...rule.target]) {
    if (paths.length * group.length > MAX_PATHS) continue;
    paths = paths.flatMap((path) => group.map((alternative) => [...path, ...alternative]));
  }
  return paths;
}

function toPermitPath(slots: readonly Slot[], rule: Rule, path: Alternative): PermitPath {
  const named = (category: string): NamedValues[] =>
    path.flatMap(({ slot, accepted }) => {
      const designator = slots[slot]?.designator;
      if (designator?.category !== category || accepted instanceof Pattern) return [];
      return [{ attribute: designator.attribute, values: [...accepted] }];
    });
  return { rule: rule.id, subject: named(SUBJECT), resource: named(RESOURCE), action: named(ACTION) };
}
