import {
  ACTION,
  ACTION_ID,
  INTEGER,
  RESOURCE,
  STRING,
  SUBJECT,
  XACML_NAMESPACE,
} from '../../src/access/xacml/names.ts';

/** Whom a rule is for and what they may do. Without any subject it is for everybody. */
export interface RuleSpec {
  /** Role codes, such as DAGL. */
  readonly roles?: readonly string[];
  /** Short codes of service owners, such as ttd. */
  readonly orgs?: readonly string[];
  readonly persons?: readonly string[];
  readonly organizations?: readonly string[];
  readonly accessPackages?: readonly string[];
  readonly systemUsers?: readonly string[];
  readonly actions: readonly string[];
  /** Attribute id to value, beyond the resource itself: `{ 'urn:altinn:task': 'Task_1' }`. */
  readonly resourceAttributes?: Readonly<Record<string, string>>;
}

type Subjects = keyof Omit<RuleSpec, 'actions' | 'resourceAttributes'>;

const IGNORE_CASE = 'urn:oasis:names:tc:xacml:3.0:function:string-equal-ignore-case';
const EQUAL = 'urn:oasis:names:tc:xacml:1.0:function:string-equal';

/** Attribute id and match function, as Altinn's policies write them. */
const subjects: readonly (readonly [Subjects, string, string])[] = [
  ['roles', 'urn:altinn:rolecode', IGNORE_CASE],
  ['orgs', 'urn:altinn:org', IGNORE_CASE],
  ['accessPackages', 'urn:altinn:accesspackage', IGNORE_CASE],
  ['persons', 'urn:altinn:person:identifier-no', EQUAL],
  ['organizations', 'urn:altinn:organization:identifier-no', EQUAL],
  ['systemUsers', 'urn:altinn:systemuser:uuid', EQUAL],
];

/**
 * A policy in the shape that Altinn writes:
 * `policy('super-simple-service').permit({ roles: ['DAGL'], actions: ['read'] }).minimumLevel(3).xml()`.
 * A resource `app_<org>_<app>` is named by org and app, as the policies of apps do.
 */
export function policy(resource: string): PolicyWriter {
  return new PolicyWriter(resource);
}

class PolicyWriter {
  readonly #resource: string;
  readonly #rules: string[] = [];
  readonly #obligations: string[] = [];

  constructor(resource: string) {
    this.#resource = resource;
  }

  permit(rule: RuleSpec): this {
    return this.#add('Permit', rule);
  }

  deny(rule: RuleSpec): this {
    return this.#add('Deny', rule);
  }

  /** Authentication level, and a lower one that is enough for service owners. */
  minimumLevel(level: number, serviceOwnerLevel?: number): this {
    this.#obligations.push(obligation(1, '', level));
    if (serviceOwnerLevel !== undefined) this.#obligations.push(obligation(2, '-org', serviceOwnerLevel));
    return this;
  }

  xml(): string {
    const id = `urn:altinn:resource:${escapeXml(this.#resource)}:policyid:1`;
    const algorithm = 'urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides';
    const obligations = element('ObligationExpressions', '', this.#obligations);
    return `<?xml version="1.0" encoding="utf-8"?>
<xacml:Policy xmlns:xacml="${XACML_NAMESPACE}" PolicyId="${id}" Version="1.0" RuleCombiningAlgId="${algorithm}">
<xacml:Target/>
${this.#rules.join('\n')}
${this.#obligations.length > 0 ? obligations : ''}</xacml:Policy>
`;
  }

  #add(effect: 'Permit' | 'Deny', rule: RuleSpec): this {
    const id = `urn:altinn:resource:${escapeXml(this.#resource)}:ruleid:${this.#rules.length + 1}`;
    const groups = [subjectGroup(rule), resourceGroup(this.#resource, rule), actionGroup(rule)];
    this.#rules.push(
      element('Rule', ` RuleId="${id}" Effect="${effect}"`, [element('Target', '', groups.filter(Boolean))]),
    );
    return this;
  }
}

function subjectGroup(rule: RuleSpec): string {
  const alternatives = subjects.flatMap(([member, attribute, match]) =>
    (rule[member] ?? []).map((value) => [matchOf(match, [SUBJECT, attribute], value)]),
  );
  return alternatives.length > 0 ? anyOf(alternatives) : '';
}

function resourceGroup(resource: string, rule: RuleSpec): string {
  const [, org, app] = /^app_([^_]+)_(.+)$/.exec(resource) ?? [];
  const named =
    org && app ? { 'urn:altinn:org': org, 'urn:altinn:app': app } : { 'urn:altinn:resource': resource };
  const attributes = Object.entries({ ...named, ...rule.resourceAttributes });
  return anyOf([attributes.map(([attribute, value]) => matchOf(EQUAL, [RESOURCE, attribute], value))]);
}

function actionGroup(rule: RuleSpec): string {
  return anyOf(rule.actions.map((action) => [matchOf(EQUAL, [ACTION, ACTION_ID], action)]));
}

function anyOf(alternatives: readonly (readonly string[])[]): string {
  return element(
    'AnyOf',
    '',
    alternatives.map((matches) => element('AllOf', '', matches)),
  );
}

function matchOf(match: string, [category, attribute]: readonly [string, string], value: string): string {
  return element('Match', ` MatchId="${match}"`, [
    `<xacml:AttributeValue DataType="${STRING}">${escapeXml(value)}</xacml:AttributeValue>`,
    `<xacml:AttributeDesignator AttributeId="${escapeXml(attribute)}" Category="${category}" DataType="${STRING}" MustBePresent="false"/>`,
  ]);
}

function obligation(number: number, suffix: string, level: number): string {
  const assignment = ` AttributeId="urn:altinn:obligation${number}-assignment${number}" Category="urn:altinn:minimum-authenticationlevel${suffix}"`;
  return element(
    'ObligationExpression',
    ` ObligationId="urn:altinn:obligation:authenticationLevel${number}" FulfillOn="Permit"`,
    [
      element('AttributeAssignmentExpression', assignment, [
        `<xacml:AttributeValue DataType="${INTEGER}">${level}</xacml:AttributeValue>`,
      ]),
    ],
  );
}

function element(name: string, attributes: string, children: readonly string[]): string {
  return `<xacml:${name}${attributes}>\n${children.join('\n')}\n</xacml:${name}>`;
}

function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
}
