import { ACTION, ACTION_ID } from './names.ts';
import { Pattern } from './pattern.ts';
import type { Group, Rule, RuleIndex, Slot } from './policy.ts';

/** Entries that an index may have in all; a policy beyond that is evaluated rule by rule. */
const MAX_ENTRIES = 100_000;

/** The values of one slot that a rule is limited to, per rule; undefined for a rule that any value may match. */
type Keys = readonly (ReadonlySet<string> | undefined)[];

/** Indexes the rules by the action, in the reading of it that limits most rules; undefined when it limits none. */
export function buildRuleIndex(rules: readonly Rule[], slots: readonly Slot[]): RuleIndex | undefined {
  let best: { slot: number; keys: Keys; count: number } | undefined;
  for (const [slot, { designator }] of slots.entries()) {
    if (designator.category !== ACTION || designator.attribute !== ACTION_ID) continue;
    const keys = rules.map((rule) => rule.target.map((group) => valuesOf(group, slot)).find(Boolean));
    const count = keys.filter(Boolean).length;
    if (count > (best?.count ?? 0)) best = { slot, keys, count };
  }
  return best ? indexBy(rules, best.slot, best.keys) : undefined;
}

function indexBy(rules: readonly Rule[], slot: number, keys: Keys): RuleIndex | undefined {
  const values = new Set(keys.flatMap((key) => [...(key ?? [])]));
  if (values.size * rules.length > MAX_ENTRIES) return undefined;
  const rulesFor = (value: string): Rule[] =>
    rules.filter((_, at) => keys[at] === undefined || keys[at].has(value));
  return {
    slot,
    byValue: new Map([...values].map((value) => [value, rulesFor(value)])),
    otherwise: rules.filter((_, at) => keys[at] === undefined),
  };
}

/** The values of the slot without which the group is "No match": every alternative must test for some of them. */
function valuesOf(group: Group, slot: number): ReadonlySet<string> | undefined {
  const values = new Set<string>();
  for (const alternative of group) {
    const accepted = alternative.find(
      (test) => test.slot === slot && !(test.accepted instanceof Pattern),
    )?.accepted;
    if (!accepted || accepted instanceof Pattern) return undefined;
    for (const value of accepted) values.add(value);
  }
  return values;
}
