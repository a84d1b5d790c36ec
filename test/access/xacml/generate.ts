import type { NaiveAttribute } from './naive.ts';
import type { Random } from './random.ts';
import { dataType, type Kind, kinds, PATTERN, pattern, requestValue } from './vocabulary.ts';

/** A policy as the fuzzer thinks of it, before it is written as XML. */
export interface PolicySpec {
  readonly algorithm: string;
  readonly target: TargetSpec;
  readonly rules: readonly RuleSpec[];
  readonly obligations: readonly ObligationSpec[];
}

export interface RuleSpec {
  readonly effect: 'Permit' | 'Deny';
  /** Undefined: the Target element is left out. */
  readonly target: TargetSpec | undefined;
  readonly obligations: readonly ObligationSpec[];
}

export type TargetSpec = readonly (readonly (readonly MatchSpec[])[])[];

export interface DesignatorSpec {
  readonly kind: Kind;
  readonly mustBePresent: boolean;
  readonly issuer: string | undefined;
}

export interface MatchSpec extends DesignatorSpec {
  readonly function: string;
  readonly literal: string;
}

export interface ObligationSpec {
  readonly fulfillOn: 'Permit' | 'Deny';
  readonly assignments: readonly (DesignatorSpec & { readonly literal: string | undefined })[];
}

const ALGORITHMS = ['1.0', '1.1:ordered', '3.0', '3.0:ordered'].flatMap((version) =>
  ['rule', 'policy'].flatMap((level) =>
    ['deny-overrides', 'permit-overrides'].map((name) => {
      const [number, ordered] = version.split(':');
      return `urn:oasis:names:tc:xacml:${number}:${level}-combining-algorithm:${ordered ? 'ordered-' : ''}${name}`;
    }),
  ),
);

export function generatePolicy(random: Random): PolicySpec {
  return {
    algorithm: random.pick(ALGORITHMS),
    target: random.chance(0.75) ? [] : target(random),
    rules: random.some(0, 5, () => ({
      effect: random.chance(0.75) ? 'Permit' : 'Deny',
      target: random.chance(0.1) ? undefined : target(random),
      obligations: random.chance(0.3) ? random.some(1, 2, () => obligation(random)) : [],
    })),
    obligations: random.chance(0.5) ? random.some(1, 2, () => obligation(random)) : [],
  };
}

/** A request: most of them made so that one of the rules that permit has a good chance, the others at random. */
export function generateRequest(policy: PolicySpec, random: Random): NaiveAttribute[] {
  const request: NaiveAttribute[] = [];
  const permits = policy.rules.filter((rule) => rule.effect === 'Permit');
  if (permits.length > 0 && random.chance(0.7)) {
    for (const anyOf of [...policy.target, ...(random.pick(permits).target ?? [])]) {
      for (const match of random.pick(anyOf)) request.push(satisfying(match, random));
    }
  }
  for (const kind of kinds) {
    if (random.chance(0.35)) request.push(...random.some(1, 2, () => anyAttribute(kind, random)));
  }
  return random.shuffled(request);
}

function target(random: Random): TargetSpec {
  return random.some(0, 3, () =>
    random.some(1, 3, () => random.some(1, random.pick([1, 1, 3]), () => anyMatch(random))),
  );
}

function anyMatch(random: Random): MatchSpec {
  const one = designator(random);
  const name = random.pick(one.kind.functions);
  return {
    ...one,
    function: name,
    literal: name === PATTERN ? pattern(random) : random.pick(one.kind.values),
  };
}

function designator(random: Random): DesignatorSpec {
  return {
    kind: random.chance(0.3) ? random.pick(kinds.slice(0, 2)) : random.pick(kinds),
    mustBePresent: random.chance(0.2),
    issuer: random.chance(0.05) ? 'Altinn' : undefined,
  };
}

function obligation(random: Random): ObligationSpec {
  return {
    fulfillOn: random.chance(0.6) ? 'Permit' : 'Deny',
    assignments: random.some(0, 2, () => {
      const one = designator(random);
      return { ...one, literal: random.chance(0.7) ? random.pick(one.kind.values) : undefined };
    }),
  };
}

function satisfying({ kind, function: name, literal, issuer }: MatchSpec, random: Random): NaiveAttribute {
  const asWritten = name === PATTERN ? requestValue(kind, random) : literal;
  const value = name.endsWith('ignore-case') && random.chance(0.5) ? literal.toUpperCase() : asWritten;
  return { ...attributeOf(kind, value), ...(issuer !== undefined && { issuer }) };
}

function anyAttribute(kind: Kind, random: Random): NaiveAttribute {
  const attribute = attributeOf(kind, requestValue(kind, random));
  if (random.chance(0.05)) return { ...attribute, dataType: dataType(random.pick(kinds)) };
  return random.chance(0.1) ? { ...attribute, issuer: random.pick(['Altinn', 'other']) } : attribute;
}

function attributeOf(kind: Kind, value: string): NaiveAttribute {
  return { category: kind.category, attribute: kind.attribute, value, dataType: dataType(kind) };
}
