import { defineConfig } from 'vitest/config';

/** The control plane's suite. On PostgreSQL when BYTEOR_TEST_DATABASE_URL is set, else on PGlite. */
export default defineConfig({
  test: {
    name: process.env['BYTEOR_TEST_DATABASE_URL'] ? 'server (PostgreSQL)' : 'server (PGlite)',
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    // On PostgreSQL, what is about PGlite alone has nothing to say, nor have rules that do no I/O
    // (`.dependency-cruiser.cjs` keeps it so): they ran beside PGlite.
    exclude: process.env['BYTEOR_TEST_DATABASE_URL'] ? ['**/*.pglite.test.ts', 'domain/**'] : [],
    globalSetup: ['test/prepare-template.ts'],
    environment: 'node',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A PGlite takes 200 MB and a second to open: few files side by side on a small machine.
    maxWorkers: 2,
  },
});
