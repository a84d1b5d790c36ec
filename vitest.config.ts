import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Whole systems under load and under fire: a run of their own.
    exclude: ['test/system/**'],
    globalSetup: 'test/support/postgres.ts',
    setupFiles: 'test/support/leaks.ts',
    pool: 'forks',
    // Tests wait more than they compute.
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
