import { expect, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page } from 'vitest/browser';
import '$lib/ui/tokens.css';
import '$lib/ui/base.css';
import type { SyncState } from '$lib/drafts';
import SaveState from './SaveState.svelte';
import type { EditorSession } from './session.svelte';

const show = (syncState: SyncState, { online = true, count = 0 } = {}) =>
  render(SaveState, {
    session: { syncState, online, waitingEdits: { count } } as unknown as EditorSession,
  });
const badge = () => page.getByRole('status');

test('online and saved it says so, and is no badge', async () => {
  await show({ kind: 'saved', revision: 3 });
  await expect.element(badge()).toHaveTextContent('Saved');
  expect(badge().element().textContent.trim()).toBe('Saved');
  await expect.element(badge()).not.toHaveClass('badge');
});

test('offline with everything on the server, the badge says that nothing waits', async () => {
  await show({ kind: 'saved', revision: 3 }, { online: false });
  await expect.element(badge()).toHaveTextContent('Offline, saved');
  await expect.element(badge()).toHaveClass('badge');
  await expect.element(badge()).toHaveAttribute('title', expect.stringContaining('Revision 3'));
});

test('offline with edits, it counts those that wait', async () => {
  const shown = await show({ kind: 'offline', revision: 3 }, { online: false, count: 1 });
  await expect.element(badge()).toHaveTextContent('Offline, saved here: 1 edit waits');
  await shown.rerender({
    session: {
      syncState: { kind: 'offline', revision: 3 },
      online: false,
      waitingEdits: { count: 4 },
    } as unknown as EditorSession,
  });
  await expect.element(badge()).toHaveTextContent('Offline, saved here: 4 edits wait');
  await expect.element(badge()).toHaveClass('badge');
  await expect.element(badge()).toHaveAttribute('data-state', 'offline');
});
