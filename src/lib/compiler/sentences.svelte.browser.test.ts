import { flushSync } from 'svelte';
import { afterEach, expect, it, vi } from 'vitest';
import { compiler } from './index';
import { plainText, sentenceOf, steadySentence } from './sentences.svelte';

afterEach(() => vi.restoreAllMocks());

/** What a view of some keys shows, each time that it shows something else. */
function watch(keys: readonly string[]): { shown: (string | null)[][]; stop: () => void } {
  const shown: (string | null)[][] = [];
  const stop = $effect.root(() => {
    $effect(() => {
      shown.push(
        keys.map((key) => {
          const sentence = sentenceOf(key);
          return sentence && plainText(sentence.parts);
        }),
      );
    });
  });
  flushSync();
  return { shown, stop };
}

it('tells views of the sentences that came, and asks once for all that one turn shows', async () => {
  const call = vi.spyOn(compiler(), 'call');
  const first = watch(['json_mask:email,phone', 'no_such_family:x']);
  const second = watch(['json_mask:email,phone', 'keep:^\\{']);
  expect(first.shown).toEqual([[null, null]]);
  await vi.waitFor(() =>
    expect(second.shown.at(-1)).toEqual([
      'Masks email and phone with ***',
      'Keeps records that match ^\\{',
    ]),
  );
  expect(first.shown.at(-1)).toEqual(['Masks email and phone with ***', null]);
  expect(call.mock.calls).toEqual([
    ['sentences', { keys: ['json_mask:email,phone', 'no_such_family:x', 'keep:^\\{'] }],
  ]);
  // What is known, also that a key has none, isn't asked for again.
  const third = watch(['keep:^\\{', 'no_such_family:x']);
  expect(third.shown).toEqual([['Keeps records that match ^\\{', null]]);
  await Promise.resolve();
  expect(call).toHaveBeenCalledTimes(1);
  for (const { stop } of [first, second, third]) stop();
});

it('asks anew for what a compiler that was gone did not tell', async () => {
  const call = vi.spyOn(compiler(), 'call').mockRejectedValueOnce(new Error('gone'));
  const first = watch(['upper']);
  await vi.waitFor(() => expect(call).toHaveBeenCalledTimes(1));
  await new Promise((resolve) => setTimeout(resolve));
  expect(first.shown).toEqual([[null]]);
  const second = watch(['upper']);
  await vi.waitFor(() =>
    expect(second.shown.at(-1)).toEqual(['Turns small letters into capitals']),
  );
  expect(first.shown.at(-1)).toEqual(['Turns small letters into capitals']);
  first.stop();
  second.stop();
});

it('keeps the sentence of a key that is being changed until the new one is told', async () => {
  let key = $state<string | null>('truncate:10');
  const shown: (string | null)[] = [];
  const stop = $effect.root(() => {
    const sentence = steadySentence(() => key);
    $effect(() => {
      const told = sentence();
      shown.push(told && plainText(told.parts));
    });
  });
  await vi.waitFor(() => expect(shown.at(-1)).toBe('Cuts records after 10 bytes'));
  key = 'truncate:100';
  flushSync();
  await vi.waitFor(() => expect(shown.at(-1)).toBe('Cuts records after 100 bytes'));
  key = 'no_such:1';
  await vi.waitFor(() => expect(shown.at(-1)).toBe(null));
  key = null;
  flushSync();
  expect(shown).toEqual([
    null,
    'Cuts records after 10 bytes',
    'Cuts records after 10 bytes',
    'Cuts records after 100 bytes',
    'Cuts records after 100 bytes',
    null,
    null,
  ]);
  stop();
});
