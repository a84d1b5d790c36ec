import { GUARDS } from '../../test/access/matrix/guards.ts';
import { policyMutations, withoutGuard } from '../../test/access/matrix/mutants.ts';
import type { Played } from '../../test/access/matrix/play.ts';
import type { Variant } from '../../test/access/matrix/variants.ts';
import { playAlone } from './alone.ts';

/** The system, or one of its policies, without something that keeps somebody out or lets somebody in. */
export interface Mutant {
  readonly name: string;
  readonly play: (server: string) => Promise<Played[]>;
}

/** Without each rule and obligation of each policy, then without each guard of the product. */
export function mutantsOf(variants: readonly Variant[]): Mutant[] {
  const policies = variants.flatMap((variant) =>
    policyMutations(variant.policy).map(({ name, policy }) => ({
      name: `${variant.resource} ${name}`,
      play: (server: string) => playAlone(server, { variants: [variant], policyOf: () => policy }),
    })),
  );
  const guards = GUARDS.map((guard) => ({
    name: guard.name,
    play: async (server: string) => {
      await using sources = await withoutGuard(guard);
      return await playAlone(server, { variants, root: sources.root });
    },
  }));
  return [...policies, ...guards];
}
