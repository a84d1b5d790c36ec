import { Failure } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Versioned } from './access-queries.ts';
import { type AttributeValues, attributeValues, ROLE_CODE } from './attributes.ts';
import { ORG } from './party-identifiers.ts';
import type { ServiceResource } from './ports.ts';
import { RESOURCE_PREFIX } from './registry/resource-document.ts';
import type { ResourceRow } from './registry/rows.ts';
import { compilePolicy } from './xacml/compile.ts';
import type { Policy } from './xacml/policy.ts';

/** A service resource with its policy, compiled; undefined when this version of the program cannot understand it. */
export interface KnownResource extends ServiceResource {
  /** As Altinn Resource Registry writes it. */
  readonly document: object;
  readonly policy: Policy | undefined;
  /** What every decision request says about the resource. */
  readonly attributes: AttributeValues;
}

/** Service resources by identifier. */
export class ResourceIndex {
  readonly #log: Log;
  readonly #byUrn = new Map<string, KnownResource>();
  #owners: ReadonlyMap<string, string> = new Map();

  constructor(log: Log) {
    this.#log = log;
  }

  /** By URN, ignoring case. */
  get(urn: string): KnownResource | undefined {
    return this.#byUrn.get(urn) ?? this.#byUrn.get(urn.toLowerCase());
  }

  /** Organisation number of the service owner with this short code. */
  ownerOf(org: string): string | undefined {
    return this.#owners.get(org.toLowerCase());
  }

  apply(rows: readonly Versioned<ResourceRow>[]): void {
    if (rows.length === 0) return;
    for (const row of rows) {
      const urn = `${RESOURCE_PREFIX}${row.identifier}`;
      if (row.deleted) this.#byUrn.delete(urn);
      else this.#byUrn.set(urn, this.#know(row, urn));
    }
    this.#owners = new Map([...this.#byUrn.values()].map(({ org, owner }) => [org, owner]));
  }

  #know(row: ResourceRow, urn: string): KnownResource {
    const { identifier, document, type, org, owner } = row;
    const attributes = resourceAttributes(identifier);
    return { identifier, urn, type, org, owner, document, attributes, policy: this.#compile(row) };
  }

  /** Policies are checked before they are stored, so this fails only for one that another version has put there. */
  #compile({ identifier, policy }: ResourceRow): Policy | undefined {
    try {
      return compilePolicy(policy, { caseless: [ROLE_CODE] });
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      const fields = { resource: identifier, fault: thrown.message };
      this.#log.error(fields, 'the policy is not understood: everything about this resource is denied');
      return undefined;
    }
  }
}

/** An app is named in both ways, `app_ttd_form` and by its owner and itself: policies are written in either. */
function resourceAttributes(identifier: string): AttributeValues {
  const [prefix, org, app, ...more] = identifier.split('_');
  const attributes: [string, string][] = [['urn:altinn:resource', identifier]];
  if (prefix === 'app' && org && app && more.length === 0) {
    attributes.push([ORG, org], ['urn:altinn:app', app]);
  }
  return new Map(attributes.map(([id, value]) => [id, attributeValues(id, value)]));
}
