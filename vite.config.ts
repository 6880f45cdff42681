import { sveltekit } from '@sveltejs/kit/vite';
import { playwright } from '@vitest/browser-playwright';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** Where Chromium stands; the scripts name another one when Debian's isn't there. */
const chromium = process.env['BYTEOR_TEST_CHROMIUM'] ?? '/usr/bin/chromium';

/**
 * Writes down every file of the client's build, for the service worker: Vite's manifest leaves out
 * what workers load, the compiler among it.
 */
function listOfFiles(): Plugin {
  return {
    name: 'byteor-list-of-files',
    apply: 'build',
    applyToEnvironment: ({ name }) => name === 'client',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const files = Object.keys(bundle).filter((file) => file.startsWith('_app/immutable/'));
        this.emitFile({
          type: 'asset',
          fileName: '_app/files.json',
          source: JSON.stringify(files.sort()),
        });
      },
    },
  };
}

export default defineConfig({
  plugins: [sveltekit(), listOfFiles()],
  // The layout engine is CommonJS: found late, it would reload the page under the author's hands.
  optimizeDeps: {
    include: [
      'elkjs/lib/elk-api.js',
      'comlink',
      'idb',
      'bits-ui',
      'diff',
      '@trpc/client',
      '@xyflow/svelte',
    ],
  },
  worker: { format: 'es' },
  build: { target: 'es2023' },
  environments: {
    client: {
      build: {
        rolldownOptions: {
          output: {
            // What several pages share goes with its like where it is small: the editor's route is
            // some fifty files instead of eighty, and no page weighs notably more.
            codeSplitting: {
              groups: [
                {
                  name: 'shared',
                  minShareCount: 2,
                  entriesAware: true,
                  entriesAwareMergeThreshold: 4_000,
                },
              ],
            },
          },
        },
      },
    },
  },
  server: {
    fs: { allow: ['wasm', 'crates/byteor-pipeline/tests/cases', 'docs/spec/rules'] },
    // What is built and what tests leave is no source of the page: a change there reloads nothing.
    watch: {
      ignored: ['build', 'target', 'test-results', '.cache', '.byteor'].map(
        (name) => `**/${name}/**`,
      ),
    },
  },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          environment: 'node',
          include: ['src/**/*.test.ts', 'wasm/**/*.test.ts', 'scripts/**/*.test.ts'],
          exclude: ['src/**/*.browser.test.ts', '**/node_modules/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['src/**/*.browser.test.ts'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                executablePath: chromium,
                args: ['--no-sandbox', '--disable-background-networking'],
              },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
      {
        test: {
          name: 'server',
          environment: 'node',
          include: ['server/**/*.test.ts'],
          // A first open of an embedded database takes seconds.
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
