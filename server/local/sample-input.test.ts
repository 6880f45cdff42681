import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SAMPLE_INPUT, sampleInput, writeSampleInput } from './sample-input.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'byteor-sample-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('the sample input', () => {
  it('is written into an empty folder, with lines for each stage of the sample plan', async () => {
    await writeSampleInput(folder);
    const lines = (await readFile(join(folder, SAMPLE_INPUT), 'utf8')).split('\n').slice(0, -1);
    expect(lines.length).toBeGreaterThan(300);
    const json = lines.filter((line) => line.startsWith('{'));
    const debug = json.filter((line) => line.includes('"level":"debug"'));
    expect(lines.length - json.length).toBeGreaterThan(0);
    expect(debug.length).toBeGreaterThan(0);
    expect(json.every((line) => /[^ "]+@[^ "]+/.test(line))).toBe(true);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(256);
  });

  it('is the same every time', () => {
    expect(sampleInput()).toBe(sampleInput());
  });

  it('is left out where somebody put a file', async () => {
    await writeFile(join(folder, 'mine.txt'), 'mine');
    await writeSampleInput(folder);
    expect(await readdir(folder)).toEqual(['mine.txt']);
  });
});
