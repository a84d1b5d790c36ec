import type { Explanation } from '../access/explain.ts';
import type { PartyAttribute } from '../access/party-identifiers.ts';
import type { AccessQuestion } from '../access/ports.ts';
import type { NamedValues, PermitPath } from '../access/xacml/policy-subjects.ts';

const REASONS: Readonly<Record<string, string>> = {
  'no-such-resource': 'the registry knows no such resource',
  'policy-unreadable': 'the policy of the resource is not understood',
  'no-rule': 'no rule of the policy applies, and nothing was delegated',
  'level-too-low': 'the authentication level is too low',
  'obligation-not-understood': 'the policy asks for something along with it that nobody here would do',
  indeterminate: 'the policy asks for an attribute that the question does not have',
};

/** A decision in words: what it is and why, what was asked, and, of a refusal, who would be permitted. */
export function explanationText(question: AccessQuestion, explanation: Explanation): string {
  const { decision, subject, resource, action } = explanation;
  const asked = [...table('subject', subject), ...table('resource', resource), ...table('action', action)];
  const parts = [verdict(explanation)];
  if (asked.length > 0) parts.push(['Asked with', ...asked].join('\n'));
  if (!explanation.isPartyKnown)
    parts.push('The register does not know the party: nothing can have been granted for it.');
  if (!decision.permitted) parts.push(needs(question, explanation).join('\n'));
  return parts.join('\n\n');
}

function verdict({ decision: { permitted, because } }: Explanation): string {
  if (permitted)
    return because === 'delegation' ? 'Permitted: it was delegated.' : `Permitted by the rule ${because}.`;
  const reason = REASONS[because];
  return reason === undefined ? `Denied by the rule ${because}.` : `Not permitted: ${reason}.`;
}

function table(category: string, attributes: readonly PartyAttribute[]): string[] {
  const width = Math.max(...attributes.map(([id]) => id.length));
  return attributes.map(
    ([id, value], index) => `  ${(index === 0 ? category : '').padEnd(10)}${id.padEnd(width + 2)}${value}`,
  );
}

function needs({ identity, party }: AccessQuestion, { decision, paths, level }: Explanation): string[] {
  if (level !== undefined)
    return [`It would be permitted at authentication level ${level}; this is ${identity.level}.`];
  if (decision.because !== 'no-rule')
    return ['A grant changes nothing here: the policy or the question must.'];
  const target = party === undefined ? 'a party that the question names' : 'this party';
  if (paths.length === 0)
    return [`No rule permits this action on this resource. It can be delegated, for ${target}.`];
  return [
    `It would be permitted to whoever has, for ${target},`,
    ...paths.map((path) => `  ${wish(path)}  (${path.rule})`),
    'or a delegation of this action on the resource or on the instance.',
  ];
}

function wish({ subject }: PermitPath): string {
  return subject.length === 0 ? 'nothing at all' : subject.map(oneOf).join(' and ');
}

function oneOf({ attribute, values }: NamedValues): string {
  return `${attribute} ${values.join(' or ')}`;
}
