import { describe, expect, it, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page } from 'vitest/browser';
import Asker from './Asker.testing.svelte';

/** Questions that are answered when the test says so. */
function questions() {
  const open = new Map<string, { answer(text: string): void; fail(why: string): void }>();
  const ask = vi.fn(
    (about: string) =>
      new Promise<string>((resolve, reject) =>
        open.set(about, { answer: resolve, fail: (why) => reject(why) }),
      ),
  );
  return { ask, of: (about: string) => open.get(about)! };
}

const shown = () => page.getByTestId('answer').element().textContent?.trim();

describe('asking about what changes', () => {
  it('drops the answer that comes too late, and shows nothing until the new one is there', async () => {
    const { ask, of } = questions();
    const view = await render(Asker, { about: 'a', ask });
    await expect.poll(shown).toBe('nothing, no error, busy');
    of('a').answer('about a');
    await expect.poll(shown).toBe('about a, no error, idle');
    await view.rerender({ about: 'b' });
    await expect.poll(shown).toBe('nothing, no error, busy');
    await view.rerender({ about: 'c' });
    of('c').answer('about c');
    await expect.poll(shown).toBe('about c, no error, idle');
    of('b').answer('about b, late');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(shown()).toBe('about c, no error, idle');
  });

  it('keeps the last answer where that is wanted, but not past an error or the end of the question', async () => {
    const { ask, of } = questions();
    const view = await render(Asker, { about: 'a', ask, keep: true });
    of('a').answer('about a');
    await expect.poll(shown).toBe('about a, no error, idle');
    await view.rerender({ about: 'b' });
    await expect.poll(shown).toBe('about a, no error, busy');
    of('b').fail('refused');
    await expect.poll(shown).toBe('nothing, refused, idle');
    await view.rerender({ about: undefined });
    await expect.poll(shown).toBe('nothing, no error, idle');
  });

  it('asks once, after a pause, for what changes quickly', async () => {
    const { ask } = questions();
    const view = await render(Asker, { about: 'a', ask, pauseMs: 60 });
    for (const about of ['ab', 'abc', 'abcd']) await view.rerender({ about });
    await expect.poll(() => ask.mock.calls).toEqual([['abcd']]);
  });
});
