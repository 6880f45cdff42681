import { describe, expect, it } from 'vitest';
import type { Sample } from '$lib/document/content';
import { SAMPLE_BOUNDS, Samples, type SampleDraft } from './samples.svelte';

function draft(shared: Record<string, Sample> = {}, failing = false) {
  const kept = new Map<string, Sample>();
  const put = async (_: string, id: string, sample: Sample) => {
    if (failing) throw new Error('no room');
    kept.set(id, sample);
  };
  const given: SampleDraft = {
    key: 'ana/d1',
    content: { samples: shared },
    local: {
      samples: {
        all: async () => Object.fromEntries(kept),
        put,
        remove: async (_, id) => void kept.delete(id),
      },
    },
  };
  return { given, kept };
}

const sample = (name: string, ...records: string[]): Sample => ({ name, records });

describe('samples of a draft', () => {
  it('stay in this browser, and are there again after a reload', async () => {
    const { given } = draft({ s1: sample('shared', 'x') });
    const samples = new Samples(given);
    await samples.load();
    expect(await samples.add(sample('mine', 'a', 'b'))).toBeNull();
    expect(samples.current).toMatchObject({ name: 'mine', shared: false });
    const again = new Samples(given);
    await again.load();
    expect(again.all.map(({ name, shared }) => [name, shared])).toEqual([
      ['shared', true],
      ['mine', false],
    ]);
    await again.remove(again.all[1]?.id ?? '');
    expect(again.all.map(({ name }) => name)).toEqual(['shared']);
  });

  it('are bounded, and what is too much is refused with what to do', async () => {
    const { given, kept } = draft();
    const samples = new Samples(given);
    expect(await samples.add(sample('none'))).toBe('There is no record in it.');
    const many = Array.from({ length: SAMPLE_BOUNDS.records + 1 }, () => 'r');
    expect(
      await samples.add(sample('many', ...many.slice(0, 0), 'x'.repeat(SAMPLE_BOUNDS.text))),
    ).toMatch(/at most 16 MB/u);
    expect(await samples.add({ name: 'many', records: many })).toMatch(/this one has/u);
    for (let n = 0; n < SAMPLE_BOUNDS.samples; n += 1)
      expect(await samples.add(sample(`s${n}`, 'x'))).toBeNull();
    expect(await samples.add(sample('one more', 'x'))).toMatch(/remove one first/u);
    expect(kept.size).toBe(SAMPLE_BOUNDS.samples);
  });

  it('are used all the same where the browser can’t keep them, and that is said', async () => {
    const samples = new Samples(draft({}, true).given);
    expect(await samples.add(sample('mine', 'a'))).toBeNull();
    expect(samples.current?.name).toBe('mine');
    expect(samples.trouble).toMatch(/this tab only.*no room/u);
  });
});
