import { expect, it } from 'vitest';
import { render } from 'vitest-browser-svelte';
import Acts from './Acts.testing.svelte';
import { defineQuery, invalidate } from './query.svelte';

/** A server whose answers come when they are let. */
function server() {
  const waiting: ((answer: string | Error) => void)[] = [];
  const ask = defineQuery(
    {
      query: () =>
        new Promise<string>((resolve, reject) => {
          waiting.push((answer) => (typeof answer === 'string' ? resolve(answer) : reject(answer)));
        }),
    },
    { topics: () => ['approval'] },
  );
  const answers = async (answer: string | Error) => {
    await expect.poll(() => waiting.length).toBeGreaterThan(0);
    waiting.shift()?.(answer);
  };
  return { ask, answers };
}

it('what was true on an earlier visit isn’t there to be clicked before it came anew', async () => {
  const { ask, answers } = server();
  const first = await render(Acts, { ask });
  await answers('waits');
  await expect.element(first.getByText('waits')).toBeVisible();
  await first.unmount();
  invalidate('approval');

  const again = await render(Acts, { ask });
  await expect.element(again.getByRole('status', { name: 'Loading the list' })).toBeVisible();
  expect(again.getByText('waits').query()).toBeNull();
  await answers('decided');
  await expect.element(again.getByText('decided')).toBeVisible();
  // A change while it is looked at takes nothing from the page.
  invalidate('approval');
  await answers('decided by two');
  await expect.element(again.getByText('decided by two')).toBeVisible();
});

it('where no new answer is to be had, what is held is shown, and said to be old', async () => {
  const { ask, answers } = server();
  const first = await render(Acts, { ask });
  await answers('waits');
  await expect.element(first.getByText('waits')).toBeVisible();
  await first.unmount();
  invalidate('approval');

  const again = await render(Acts, { ask });
  await answers(new Error('the server answers nothing'));
  await expect.element(again.getByText('This may be out of date')).toBeVisible();
  await expect.element(again.getByText('waits')).toBeVisible();
});
