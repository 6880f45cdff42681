/** `npm run dev` starts the server again when its source changes. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { restartOnChange } from './lib/restart.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'byteor-restart-'));
  mkdirSync(join(folder, 'test'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('ends the old one, and starts the next once it is gone; tests change nothing', async () => {
  const source = join(folder, 'main.ts');
  writeFileSync(source, '');
  const alive: ChildProcess[] = [];
  let most = 0;
  const ended = vi.fn();
  const watched = restartOnChange({
    folder,
    say: () => undefined,
    ended,
    start: () => {
      // Takes its time to end, as a server does that still answers.
      const child = spawn(process.execPath, [
        '-e',
        "process.on('SIGTERM', () => setTimeout(() => process.exit(0), 200)); setInterval(() => {}, 1000)",
      ]);
      alive.push(child);
      most = Math.max(most, alive.filter((one) => one.exitCode === null).length);
      return child;
    },
  });
  expect(alive).toHaveLength(1);
  await new Promise((resolve) => setTimeout(resolve, 300));

  writeFileSync(join(folder, 'test', 'main.test.ts'), '1');
  writeFileSync(join(folder, 'notes.md'), '1');
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(alive).toHaveLength(1);

  // Two writes of one save are one change.
  writeFileSync(source, '1');
  writeFileSync(source, '2');
  await vi.waitFor(() => expect(alive).toHaveLength(2), { timeout: 10_000 });
  expect(most).toBe(1);
  expect(ended).not.toHaveBeenCalled();

  await new Promise((resolve) => setTimeout(resolve, 300));
  watched.stop('SIGTERM');
  await vi.waitFor(() => expect(ended).toHaveBeenCalledWith(0, null, true), { timeout: 10_000 });
  writeFileSync(source, '3');
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(alive).toHaveLength(2);
});

it('that ended by itself waits for the next change', async () => {
  const source = join(folder, 'main.ts');
  writeFileSync(source, '');
  let starts = 0;
  const ended = vi.fn();
  const watched = restartOnChange({
    folder,
    say: () => undefined,
    ended,
    start: () => {
      starts += 1;
      return spawn(process.execPath, ['-e', 'process.exit(3)']);
    },
  });
  await vi.waitFor(() => expect(ended).toHaveBeenCalledWith(3, null, false), { timeout: 10_000 });
  expect(starts).toBe(1);
  writeFileSync(source, '1');
  await vi.waitFor(() => expect(starts).toBe(2), { timeout: 10_000 });
  watched.stop('SIGTERM');
});
