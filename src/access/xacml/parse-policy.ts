import { parseEffect, parseObligations } from './parse-obligations.ts';
import { parseTarget } from './parse-target.ts';
import type { Effect, PolicySyntax, RuleSyntax } from './syntax.ts';
import { fault, type XmlElement } from './xml.ts';
import { attributeOf, childOf, childrenOf, expectShape, theChildOf } from './xml-shape.ts';

const XACML = 'urn:oasis:names:tc:xacml:';

/** Combining algorithm to the effect that overrides. Ordered ones differ only in promising the order used here anyway. */
const overridingEffects: ReadonlyMap<string, Effect> = new Map(
  (['rule', 'policy'] as const).flatMap((level) => [
    [`${XACML}1.0:${level}-combining-algorithm:deny-overrides`, 'Deny'] as const,
    [`${XACML}1.0:${level}-combining-algorithm:permit-overrides`, 'Permit'] as const,
    [`${XACML}1.1:${level}-combining-algorithm:ordered-deny-overrides`, 'Deny'] as const,
    [`${XACML}1.1:${level}-combining-algorithm:ordered-permit-overrides`, 'Permit'] as const,
    [`${XACML}3.0:${level}-combining-algorithm:deny-overrides`, 'Deny'] as const,
    [`${XACML}3.0:${level}-combining-algorithm:permit-overrides`, 'Permit'] as const,
    [`${XACML}3.0:${level}-combining-algorithm:ordered-deny-overrides`, 'Deny'] as const,
    [`${XACML}3.0:${level}-combining-algorithm:ordered-permit-overrides`, 'Permit'] as const,
  ]),
);

/**
 * Reads a Policy element. A policy-combining algorithm on a Policy, as Altinn writes it, means the rule-combining one
 * of the same name; the older URNs mean the same as those of 3.0, because a rule has one effect (C.10, C.12).
 */
export function parsePolicy(root: XmlElement): PolicySyntax {
  if (root.name === 'PolicySet') fault(root, 'policy sets are not understood; load each Policy by itself');
  if (root.name !== 'Policy') fault(root, 'not a Policy');
  expectShape(root, {
    attributes: ['PolicyId', 'Version', 'RuleCombiningAlgId'],
    children: ['Description', 'Target', 'Rule', 'ObligationExpressions'],
  });
  parseDescription(root);
  const algorithm = attributeOf(root, 'RuleCombiningAlgId');
  return {
    id: attributeOf(root, 'PolicyId'),
    version: attributeOf(root, 'Version'),
    overriding:
      overridingEffects.get(algorithm) ?? fault(root, `combining algorithm ${algorithm} is not understood`),
    target: parseTarget(theChildOf(root, 'Target')),
    rules: childrenOf(root, 'Rule').map(parseRule),
    obligations: parseObligations(root),
  };
}

function parseRule(element: XmlElement): RuleSyntax {
  expectShape(element, {
    attributes: ['RuleId', 'Effect'],
    children: ['Description', 'Target', 'ObligationExpressions'],
  });
  parseDescription(element);
  const target = childOf(element, 'Target');
  return {
    id: attributeOf(element, 'RuleId'),
    effect: parseEffect(element, 'Effect'),
    target: target ? parseTarget(target) : [],
    obligations: parseObligations(element),
  };
}

/** Read only to be sure that nothing else stands there. */
function parseDescription(element: XmlElement): void {
  const description = childOf(element, 'Description');
  if (description) expectShape(description, { text: true });
}
