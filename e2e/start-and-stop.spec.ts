import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'playwright/test';
import { startApp } from './support/app.ts';
import { descendantsOf, findProcess, isAlive } from './support/processes.ts';

const run = promisify(execFile);

test('start, ask how it is, start it a second time, and end it without leaving a process', async () => {
  const app = await startApp({ first: true });
  try {
    for (const path of ['/healthz', '/readyz']) {
      const answer = await fetch(app.url + path);
      expect(answer.status, path).toBe(200);
    }

    const second = await run('node', ['scripts/start.mjs'], {
      cwd: new URL('..', import.meta.url).pathname,
      env: { ...process.env, BYTEOR_DATA_DIR: app.dataDir, BYTEOR_CLOUD_LOCAL_AGENTS: 'false' },
    });
    expect(second.stdout).toContain(app.url);
  } finally {
    const family = await descendantsOf(app.pid);
    expect(family.length).toBeGreaterThan(0);
    const from = Date.now();
    expect(await app.stop()).toBe(0);
    expect(Date.now() - from).toBeLessThan(10_000);
    await expect.poll(() => family.filter(isAlive)).toEqual([]);
  }
});

test('stop while the agent is still being built: nothing is left, and nothing went wrong', async () => {
  const target = await mkdtemp(join(tmpdir(), 'byteor-target-'));
  const app = await startApp({ env: { CARGO_TARGET_DIR: target, BYTEOR_NATIVE_BUILT: 'false' } });
  try {
    await expect.poll(() => findProcess(app.pid, 'rustc'), { timeout: 60_000 }).not.toEqual([]);
  } finally {
    const family = await descendantsOf(app.pid);
    expect(await app.stop()).toBe(0);
    await expect.poll(() => family.filter(isAlive)).toEqual([]);
    await rm(target, { recursive: true, force: true });
  }
});

test('a page without a session shows the way in, not an error', async ({ page }) => {
  const app = await startApp({ agents: false, first: true });
  try {
    await page.goto(app.url);
    await expect(page.getByRole('heading', { name: /sign in/i })).toBeVisible();
    await page.goto(app.signInLink);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('main')).toBeVisible();
    await expect(page.getByRole('heading', { name: /sign in/i })).toBeHidden();
  } finally {
    expect(await app.stop()).toBe(0);
  }
});
