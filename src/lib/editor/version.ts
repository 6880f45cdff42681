import type { EditorSession } from './session.svelte';

/** Why no version can be made now, as a sentence beside the button; null when one can. */
export function versionRefusal(session: EditorSession): string | null {
  const { syncState, compilerState } = session;
  if (session.readOnlyReason !== null) return `${session.readOnlyReason}.`;
  if (compilerState.phase === 'failed') return 'The compiler isn’t running.';
  if (session.compileFailure) return 'The compiler stopped on this plan.';
  if (syncState.kind === 'conflict') return 'Choose about what both of you changed first.';
  if (session.compiledVersion < 0) return 'Checking the plan…';
  if (session.errors > 0)
    return session.errors === 1 ? 'Fix 1 error first.' : `Fix ${session.errors} errors first.`;
  if (session.upToDate && !session.report) return 'The plan has no compiled form yet.';
  if (syncState.kind === 'offline') return 'The server can’t be reached; the draft is kept here.';
  if (syncState.kind === 'refused') return 'The draft couldn’t be saved to the server.';
  if (syncState.kind === 'unstored') return 'This browser couldn’t store the draft.';
  return null;
}
