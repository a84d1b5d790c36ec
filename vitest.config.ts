import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longest: begun last, one of them would keep the others' processors waiting. */
const SLOW = /test\/(delivery\/kill|cli\/|access\/flip\.|access\/altinn\/system|platform\/|chaos\/)/;

class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isSlow = ({ moduleId }: TestSpecification) => SLOW.test(moduleId);
    // oxlint-disable-next-line unicorn/no-array-sort -- it is the sequencer's own, and gives a promise
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => Number(isSlow(other)) - Number(isSlow(one)));
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Whole systems under load and under fire: a run of their own.
    exclude: ['test/system/**'],
    globalSetup: 'test/support/postgres.ts',
    setupFiles: 'test/support/leaks.ts',
    pool: 'forks',
    sequence: { sequencer: SlowFirst },
    // Tests wait more than they compute.
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
