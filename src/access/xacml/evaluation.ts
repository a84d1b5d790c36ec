import { MISSING_ATTRIBUTE, SYNTAX_ERROR } from './names.ts';
import type { Group, Slot, Target, Test } from './policy.ts';
import type { XacmlRequest, XacmlValue } from './request.ts';
import type { Status } from './result.ts';
import type { Designator } from './syntax.ts';

/**
 * "No match" < Indeterminate < "Match" (§7.6–7.8). In this order AllOf and Target are the least of their parts and
 * AnyOf is the greatest, which is all that tables 1 to 3 of the specification say.
 */
export type Truth = 0 | 1 | 2;
export const NO = 0;
export const INDETERMINATE = 1;
const YES = 2;

/** The values of a slot, and what is wrong with them, if anything. Values that are well-formed count all the same. */
export interface Bag {
  readonly values: readonly string[];
  readonly fault: Status | undefined;
}

/** One decision in the making: what has been read from the request, and the first fault that was met. */
export class Evaluation {
  readonly request: XacmlRequest;
  fault: Status | undefined;
  readonly #slots: readonly Slot[];
  readonly #bags: (Bag | undefined)[];

  constructor(slots: readonly Slot[], request: XacmlRequest) {
    this.request = request;
    this.#slots = slots;
    this.#bags = [];
  }

  target(target: Target): Truth {
    let least: Truth = YES;
    for (const group of target) {
      const truth = this.#group(group);
      if (truth < least) least = truth;
      if (least === NO) break;
    }
    return least;
  }

  /** The slot's values, read from the request when first asked for. */
  bag(slot: number): Bag {
    return (this.#bags[slot] ??= this.#read(slot));
  }

  #group(group: Group): Truth {
    let greatest: Truth = NO;
    for (const alternative of group) {
      const truth = this.#alternative(alternative);
      if (truth > greatest) greatest = truth;
      if (greatest === YES) break;
    }
    return greatest;
  }

  #alternative(tests: readonly Test[]): Truth {
    let least: Truth = YES;
    for (const test of tests) {
      const truth = this.#test(test);
      if (truth < least) least = truth;
      if (least === NO) break;
    }
    return least;
  }

  /** §7.6: one value that is accepted is enough; otherwise a fault makes the match Indeterminate. */
  #test({ slot, accepted }: Test): Truth {
    const bag = this.bag(slot);
    for (const value of bag.values) if (accepted.has(value)) return YES;
    if (!bag.fault) return NO;
    this.fault ??= bag.fault;
    return INDETERMINATE;
  }

  #read(number: number): Bag {
    const slot = this.#slots[number];
    if (!slot) throw new RangeError(`no slot ${number}`);
    const { designator, canonical } = slot;
    const values: string[] = [];
    let found = false;
    let bad = false;
    for (const given of valuesOf(designator, this.request)) {
      if (!isMeant(designator, given)) continue;
      found = true;
      const value = canonical(given.value);
      if (value === undefined) bad = true;
      else values.push(value);
    }
    if (bad) return { values, fault: malformed(designator) };
    return { values, fault: found || !designator.mustBePresent ? undefined : missing(designator) };
  }
}

const NONE: readonly XacmlValue[] = [];

/** The values of a request that a designator means (§7.3.5). */
export function selectValues(designator: Designator, request: XacmlRequest): readonly XacmlValue[] {
  return valuesOf(designator, request).filter((value) => isMeant(designator, value));
}

function valuesOf({ category, attribute }: Designator, request: XacmlRequest): readonly XacmlValue[] {
  return request.get(category)?.get(attribute) ?? NONE;
}

function isMeant({ dataType, issuer }: Designator, value: XacmlValue): boolean {
  return value.dataType === dataType && (issuer === undefined || value.issuer === issuer);
}

/** The status of an attribute that must be present and is not (§7.19.3). */
export function missing({ attribute, category }: Designator): Status {
  return { code: MISSING_ATTRIBUTE, message: `${attribute} is missing in ${category}` };
}

/** The status of a value that is not of its data type. The value itself is not told: it may be personal. */
export function malformed({ attribute, dataType }: Designator): Status {
  return { code: SYNTAX_ERROR, message: `a value of ${attribute} is no ${dataType}` };
}
