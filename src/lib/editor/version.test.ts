import { expect, test } from 'vitest';
import type { SyncState } from '$lib/drafts';
import type { EditorSession } from './session.svelte';
import { versionHindrance, versionRefusal } from './version';

const ready = {
  readOnlyReason: null,
  compilerState: { phase: 'ready' },
  compileFailure: null,
  compiledVersion: 1,
  errors: 0,
  upToDate: true,
  report: {},
  syncState: { kind: 'saved', revision: 1 },
};
const session = (change: object) => ({ ...ready, ...change }) as unknown as EditorSession;
const synced = (kind: SyncState['kind']) => session({ syncState: { kind } });

const hindered = {
  viewer: session({ readOnlyReason: 'Your role here is viewer: you can look' }),
  watching: session({ readOnlyReason: 'Edited elsewhere', syncState: { kind: 'watching' } }),
  'no compiler': session({ compilerState: { phase: 'failed' } }),
  stopped: session({ compileFailure: { code: 'x', message: 'x' } }),
  conflict: synced('conflict'),
  checking: session({ compiledVersion: -1 }),
  'one error': session({ errors: 1 }),
  errors: session({ errors: 1234 }),
  'no report': session({ report: null }),
  offline: synced('offline'),
  refused: synced('refused'),
  unstored: synced('unstored'),
};

test.each(Object.entries(hindered))(
  '%s: a sentence, and words that the bar has room for',
  (_, of) => {
    const found = versionHindrance(of);
    expect(found?.sentence).toMatch(/^[A-Z].*[.…]$/u);
    expect(found?.short.length).toBeLessThanOrEqual(27);
    expect(versionRefusal(of)).toBe(found?.sentence);
  },
);

test('nothing stands between a saved draft without errors and its version', () => {
  expect(versionHindrance(session({}))).toBeNull();
});
