import { Failure } from '../../lib/errors.ts';
import { RequestBuilder, type XacmlRequest, type XacmlValue } from './request.ts';

/** Decisions that one document may ask for. */
const MAX_DECISIONS = 10_000;

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
 * Throws `request-invalid`.
 */
export function individualRequests({ groups, references }: RequestDocument): IndividualRequest[] {
  if (!references) return [individualRequest(groups)];
  if (references.length > MAX_DECISIONS) refuse(`more than ${MAX_DECISIONS} decisions in one request`);
  const byId = new Map<string, AttributeGroup>();
  for (const group of groups) {
    if (group.id === undefined) continue;
    if (byId.has(group.id)) refuse(`two groups of attributes have the id ${group.id}`);
    byId.set(group.id, group);
  }
  return references.map((ids) =>
    individualRequest(ids.map((id) => byId.get(id) ?? refuse(`no group of attributes has the id ${id}`))),
  );
}

function individualRequest(groups: readonly AttributeGroup[]): IndividualRequest {
  const builder = new RequestBuilder();
  const categories = new Set<string>();
  for (const { category, attributes } of groups) {
    if (categories.has(category)) refuse(`${category} stands twice in one decision; use MultiRequests`);
    categories.add(category);
    for (const { attribute, values } of attributes) {
      for (const value of values) builder.add(category, attribute, value);
    }
  }
  return { request: builder.build(), included: groups.map(onlyIncluded).filter(hasAttributes) };
}

function onlyIncluded(group: AttributeGroup): AttributeGroup {
  return { ...group, attributes: group.attributes.filter((attribute) => attribute.includeInResult) };
}

function hasAttributes(group: AttributeGroup): boolean {
  return group.attributes.length > 0;
}

function refuse(detail: string): never {
  throw new Failure('request-invalid', { detail });
}
