import { defineConfig } from 'playwright/test';
import { whyNoKafka } from './support/kafka.ts';

/** Specs that need what can't be had here, and why it can't. */
const noKafka = whyNoKafka();
const onKafka = ['kafka-to-postgres.spec.ts', 'scale-out.spec.ts'];
const notRun = noKafka ? Object.fromEntries(onKafka.map((spec) => [spec, noKafka])) : {};
// Workers read this file as well; once is enough.
if (process.env['TEST_WORKER_INDEX'] === undefined) {
  for (const [spec, why] of Object.entries(notRun)) console.log(`NOT RUN: ${spec}: ${why}`);
}

/** Specs drive a real install, started by `support/app.ts`, in real Chromium. */
export default defineConfig({
  testDir: '.',
  testMatch: '**/*.spec.ts',
  testIgnore: Object.keys(notRun).map((spec) => `**/${spec}`),
  globalSetup: './support/first-start.ts',
  outputDir: '../test-results',
  // What a page is made of is the same on every machine.
  snapshotPathTemplate: '{testDir}/structure/{arg}{ext}',
  // Two files at a time, each with an install of its own: half of a spec is waiting.
  workers: 2,
  timeout: 240_000,
  expect: { timeout: 20_000 },
  forbidOnly: true,
  // A spec that fails is run once more, with an install of its own; `npm test` says which passed only
  // then, since that is a fault to mend and no reason to stop everybody (docs/verification.md).
  retries: process.env['CI'] ? 1 : 0,
  reporter: 'list',
  use: {
    browserName: 'chromium',
    viewport: { width: 1440, height: 900 },
    // Watching every spec costs a part of the processor that two specs share.
    trace: process.env['CI'] ? 'on-first-retry' : 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env['BYTEOR_TEST_CHROMIUM'] || '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-background-networking', '--disable-gpu'],
    },
  },
});
