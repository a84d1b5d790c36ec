import { readFile } from 'node:fs/promises';
import { putResource } from '../../src/access/registry/single-changes.ts';
import type { Database } from '../../src/db/database.ts';

/** A right that is given and taken while the examples run. */
export interface Grant {
  give(): Promise<void>;
  take(): Promise<void>;
}

const RESOURCE = new URL('../../examples/registry/resources/super-simple-service', import.meta.url).href;
const RULE = /\s*<xacml:Rule RuleId="[^"]*:rule:tax"[\s\S]*?<\/xacml:Rule>/;

/** The rule of the service's policy that lets the tax agency subscribe: one rule more in the registry, or one less. */
export async function openTaxAgencyGrant(database: Database): Promise<Grant> {
  const document: unknown = JSON.parse(await readFile(new URL(`${RESOURCE}.json`), 'utf8'));
  const policy = await readFile(new URL(`${RESOURCE}.policy.xml`), 'utf8');
  if (!RULE.test(policy)) throw new Error(`${RESOURCE}.policy.xml has no rule for the tax agency`);
  const put = async (text: string) => {
    await putResource(database, { document, policy: text }, 'demo');
  };
  return { give: () => put(policy), take: () => put(policy.replace(RULE, '')) };
}
