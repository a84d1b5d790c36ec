import type { Obligation } from './result.ts';

/** Categories by which Altinn's obligations name the authentication level that a permit presupposes. */
const LEVEL = 'urn:altinn:minimum-authenticationlevel';
const SERVICE_OWNER_LEVEL = 'urn:altinn:minimum-authenticationlevel-org';

/**
 * Whether each obligation is one that can be discharged here, by looking at the caller's authentication level. A permit
 * with any other must not be obeyed (XACML 3.0 §7.2).
 */
export function areUnderstood(obligations: readonly Obligation[]): boolean {
  return obligations.every(
    ({ assignments }) =>
      assignments.length > 0 &&
      assignments.every(({ category }) => category === LEVEL || category === SERVICE_OWNER_LEVEL),
  );
}

/**
 * The authentication level (0–4) that the obligations of a permit ask for; 0 when they ask for none. A service owner
 * may also come with the level that the policy names for service owners, when that is the lower one (Altinn's PEP:
 * the fallback for tokens with `urn:altinn:org`). Of several the highest counts. A level that cannot be read is
 * infinite: what is not understood must not permit (XACML 3.0 §7.2).
 */
export function minimumLevel(obligations: readonly Obligation[], isServiceOwner = false): number {
  const level = highest(obligations, LEVEL) ?? 0;
  const fallback = isServiceOwner ? highest(obligations, SERVICE_OWNER_LEVEL) : undefined;
  return Math.min(level, fallback ?? level);
}

function highest(obligations: readonly Obligation[], category: string): number | undefined {
  let level: number | undefined;
  for (const { assignments } of obligations)
    for (const assignment of assignments)
      if (assignment.category === category) level = Math.max(level ?? 0, readLevel(assignment.value));
  return level;
}

function readLevel(text: string): number {
  return /^\s*\d{1,3}\s*$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
}
