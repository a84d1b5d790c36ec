import type {
  DesignatorSpec,
  MatchSpec,
  ObligationSpec,
  PolicySpec,
  RuleSpec,
  TargetSpec,
} from './generate.ts';
import type { Random } from './random.ts';
import { dataType } from './vocabulary.ts';

/** Writes the policy in one of the many ways in which XML says the same. */
export function writePolicy(policy: PolicySpec, random: Random): string {
  const write = new Writer(random);
  return write.policy(policy);
}

class Writer {
  readonly #random: Random;
  readonly #prefix: string;

  constructor(random: Random) {
    this.#random = random;
    this.#prefix = random.pick(['xacml:', '', 'p:']);
  }

  policy(policy: PolicySpec): string {
    const xmlns = this.#prefix === '' ? 'xmlns' : `xmlns:${this.#prefix.slice(0, -1)}`;
    const body = [
      this.#target(policy.target),
      ...policy.rules.map((rule, at) => this.#rule(rule, at)),
      this.#obligations(policy.obligations),
    ].join('');
    return (
      this.#random.pick(['', '\uFEFF', '<?xml version="1.0" encoding="utf-8"?>\n']) +
      this.#element('Policy', body, {
        [xmlns]: 'urn:oasis:names:tc:xacml:3.0:core:schema:wd-17',
        PolicyId: 'urn:example:policy',
        Version: '1.0',
        RuleCombiningAlgId: policy.algorithm,
      })
    );
  }

  #rule(rule: RuleSpec, at: number): string {
    const body = (rule.target ? this.#target(rule.target) : '') + this.#obligations(rule.obligations);
    return this.#element('Rule', body, { RuleId: `rule-${at + 1}`, Effect: rule.effect });
  }

  #target(target: TargetSpec): string {
    const matches = (all: readonly MatchSpec[]) => all.map((match) => this.#match(match)).join('');
    const groups = target.map((anyOf) => {
      const alternatives = anyOf.map((allOf) => this.#element('AllOf', matches(allOf), {}));
      return this.#element('AnyOf', alternatives.join(''), {});
    });
    return this.#element('Target', groups.join(''), {});
  }

  #match(match: MatchSpec): string {
    const body = this.#value(match, match.literal) + this.#designator(match);
    return this.#element('Match', body, { MatchId: `urn:oasis:names:tc:xacml:${match.function}` });
  }

  #obligations(obligations: readonly ObligationSpec[]): string {
    if (obligations.length === 0) return '';
    const written = obligations.map(({ fulfillOn, assignments }, at) => {
      const body = assignments.map((one, number) =>
        this.#element('AttributeAssignmentExpression', this.#assigned(one), {
          AttributeId: `urn:example:assigned:${number}`,
          ...(this.#random.chance(0.5) && { Category: 'urn:example:category' }),
        }),
      );
      const attributes = { ObligationId: `urn:example:obligation:${at}`, FulfillOn: fulfillOn };
      return this.#element('ObligationExpression', body.join(''), attributes);
    });
    return this.#element('ObligationExpressions', written.join(''), {});
  }

  #assigned(one: ObligationSpec['assignments'][number]): string {
    return one.literal === undefined ? this.#designator(one) : this.#value(one, one.literal);
  }

  #value({ kind }: DesignatorSpec, literal: string): string {
    return this.#element('AttributeValue', this.#text(literal), { DataType: dataType(kind) }, '');
  }

  #designator({ kind, mustBePresent, issuer }: DesignatorSpec): string {
    return this.#element('AttributeDesignator', '', {
      AttributeId: kind.attribute,
      Category: kind.category,
      DataType: dataType(kind),
      MustBePresent: String(mustBePresent),
      ...(issuer !== undefined && { Issuer: issuer }),
    });
  }

  #element(
    name: string,
    body: string,
    attributes: Readonly<Record<string, string>>,
    space = this.#space(),
  ): string {
    const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`);
    const tag = this.#prefix + name + written.join('');
    return body === '' && this.#random.chance(0.8)
      ? `<${tag}/>${space}`
      : `<${tag}>${space}${body}</${this.#prefix}${name}>${space}`;
  }

  #space(): string {
    return this.#random.pick(['', '\n', '\t', '\r\n  ', '<!-- between -->']);
  }

  #text(text: string): string {
    if (text !== '' && this.#random.chance(0.1)) return `<![CDATA[${text}]]>`;
    if (this.#random.chance(0.1)) return Array.from(text, (one) => `&#${one.codePointAt(0)};`).join('');
    return escapeXml(text);
  }
}

function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
