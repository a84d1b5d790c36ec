import { Failure } from '../../lib/errors.ts';
import type { XacmlRequest, XacmlValue } from './request.ts';

/** Decisions that one document may ask for. */
const MAX_DECISIONS = 10_000;
/** Values that all results together may repeat. */
const MAX_REPEATED = 100_000;

/** A request document, JSON or XML, as both profiles mean it. */
export interface RequestDocument {
  readonly groups: readonly AttributeGroup[];
  /** Ids of the groups that make up each decision; undefined when there is one decision about all of them. */
  readonly references: readonly (readonly string[])[] | undefined;
}

/** The attributes of one category; `id` is what references name. */
export interface AttributeGroup {
  readonly id: string | undefined;
  readonly category: string;
  readonly attributes: readonly RequestAttribute[];
}

export interface RequestAttribute {
  readonly attribute: string;
  readonly values: readonly XacmlValue[];
  /** Whether the result repeats the attribute, so that who asked can tell the results apart. */
  readonly includeInResult: boolean;
}

/** One decision that a document asks for. */
export interface IndividualRequest {
  readonly request: XacmlRequest;
  /** What the result repeats; categories without such an attribute are left out. */
  readonly included: readonly AttributeGroup[];
}

/**
 * The decisions that a document asks for, in its order (XACML 3.0 Multiple Decision Profile §2.4). A category that
 * stands twice in one decision would multiply it; that scheme (§2.3) is refused, references say the same more clearly.
 * Decisions share what they refer to, so that a small document cannot unfold into a large one. Throws `request-invalid`.
 */
export function individualRequests({ groups, references }: RequestDocument): IndividualRequest[] {
  const prepared = groups.map(prepare);
  if (!references) return [individualRequest(prepared)];
  if (references.length > MAX_DECISIONS) refuse(`more than ${MAX_DECISIONS} decisions in one request`);
  const byId = indexById(prepared);
  const requests = references.map((ids) =>
    individualRequest(ids.map((id) => byId.get(id) ?? refuse(`no group of attributes has the id ${id}`))),
  );
  const repeated = requests.reduce((sum, { included }) => sum + countValues(included), 0);
  if (repeated > MAX_REPEATED) refuse(`more than ${MAX_REPEATED} values to include in results`);
  return requests;
}

/** A group with what every decision about it needs. */
interface PreparedGroup extends AttributeGroup {
  readonly values: ReadonlyMap<string, readonly XacmlValue[]>;
  readonly included: AttributeGroup;
}

function prepare(group: AttributeGroup): PreparedGroup {
  const values = new Map<string, XacmlValue[]>();
  for (const one of group.attributes) {
    for (const value of one.values) {
      const known = values.get(one.attribute);
      if (known) known.push(value);
      else values.set(one.attribute, [value]);
    }
  }
  const attributes = group.attributes.filter((one) => one.includeInResult);
  return { ...group, values, included: { ...group, attributes } };
}

function indexById(groups: readonly PreparedGroup[]): Map<string, PreparedGroup> {
  const byId = new Map<string, PreparedGroup>();
  for (const group of groups) {
    if (group.id === undefined) continue;
    if (byId.has(group.id)) refuse(`two groups of attributes have the id ${group.id}`);
    byId.set(group.id, group);
  }
  return byId;
}

function individualRequest(groups: readonly PreparedGroup[]): IndividualRequest {
  const request = new Map(groups.map((group) => [group.category, group.values]));
  if (request.size < groups.length) refuse('a category stands twice in one decision; use MultiRequests');
  const included = groups.map((group) => group.included).filter((group) => group.attributes.length > 0);
  return { request, included };
}

function countValues(groups: readonly AttributeGroup[]): number {
  let count = 0;
  for (const group of groups) for (const { values } of group.attributes) count += values.length;
  return count;
}

function refuse(detail: string): never {
  throw new Failure('request-invalid', { detail });
}
