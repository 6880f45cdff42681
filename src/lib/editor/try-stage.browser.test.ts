import { describe, expect, it } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page, userEvent } from 'vitest/browser';
import type { StageFamily } from '$lib/compiler';
import '$lib/ui/tokens.css';
import '$lib/ui/base.css';
import type { EditorSession } from './session.svelte';
import TryStage from './TryStage.svelte';

const trim = {
  name: 'trim',
  parameters: [],
  examples: [{ key: 'trim', does: '', input: ['  one  ', ''], output: ['one', ''] }],
} as unknown as StageFamily;

/** As much of a session as the panel looks at: stages in a row, from an ingress. */
function session(stages: Record<string, string>): EditorSession {
  const ids = Object.keys(stages);
  const connections = ids.map((to, at) => ({ id: to, from: ids[at - 1] ?? 'in', to }));
  const graph = { stages: ids.map((id) => ({ id, key: stages[id] })), connections };
  return { graph, families: [trim], content: { samples: {} } } as unknown as EditorSession;
}

const outcomes = () =>
  page
    .getByRole('list', { name: 'What becomes of the records' })
    .getByRole('listitem')
    .elements()
    .map((item) =>
      [...item.querySelectorAll('pre, p')].map((part) => part.textContent.trim()).join(' → '),
    );

async function open() {
  await page.getByText('Try it').click();
}

describe('trying a stage', () => {
  it('starts with the family’s example, and runs what is typed instead', async () => {
    await render(TryStage, { session: session({ tidy: 'trim' }), id: 'tidy' });
    await open();
    await expect.element(page.getByText('2 in, 2 out', { exact: false })).toBeVisible();
    expect(outcomes()).toEqual(['one → one', 'empty record → empty record']);
    await userEvent.fill(page.getByLabelText('Sample records, one a line'), ' a \n\tb');
    await expect.poll(outcomes).toEqual(['a → a', 'b → b']);
  });

  it('shows what reaches the stage, and which stage ended the others', async () => {
    const plan = session({
      quiet: 'drop:debug',
      known: 'json_mask:card',
      short: 'truncate:14',
    });
    await render(TryStage, { session: plan, id: 'short' });
    await open();
    await expect.element(page.getByText('Paste some records', { exact: false })).toBeVisible();
    await userEvent.fill(
      page.getByLabelText('Sample records, one a line'),
      '{"card":4111,"n":1}\nlevel=debug\nstarting up',
    );
    await expect
      .element(page.getByText('3 in, 1 out, 1 dropped, 1 rejected', { exact: false }))
      .toBeVisible();
    // What changed is marked: the masked card isn't in what reaches the stage, its end isn't in what leaves.
    const marked = (what: string) =>
      [...document.querySelectorAll(`.outcomes ${what}`)].map((one) => one.textContent);
    expect(marked('del').join('')).toContain('"n"');
    expect(outcomes()).toEqual([
      '{"card":"***","n":1} → {"card":"***",',
      'level=debug → dropped by quiet',
      'starting up → rejected by known: it can’t do its work on this record',
    ]);
  });

  it('names the stage that can’t run, and why', async () => {
    await render(TryStage, { session: session({ odd: 'nope:x' }), id: 'odd' });
    await open();
    await userEvent.fill(page.getByLabelText('Sample records, one a line'), 'a');
    await expect.element(page.getByText('odd can’t run')).toBeVisible();
    await expect.element(page.getByText('E_KEY_FAMILY', { exact: false })).toBeVisible();
  });
});
