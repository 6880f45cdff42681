import type { EditorSession } from './session.svelte';

/** Why no version can be made now. */
export interface VersionHindrance {
  sentence: string;
  /** In the few words that the bar has room for. */
  short: string;
}

const hindrance = (sentence: string, short = sentence.replace(/\.$/u, '')): VersionHindrance => ({
  sentence,
  short,
});

/** What stands between the draft and a version; null when one can be made. */
export function versionHindrance(session: EditorSession): VersionHindrance | null {
  const { syncState, compilerState } = session;
  if (session.readOnlyReason !== null)
    return hindrance(
      `${session.readOnlyReason}.`,
      syncState.kind === 'watching' ? 'Edited in another tab' : 'Nothing can be changed here',
    );
  if (compilerState.phase === 'failed') return hindrance('The compiler isn’t running.');
  if (session.compileFailure)
    return hindrance('The compiler stopped on this plan.', 'The compiler stopped');
  if (syncState.kind === 'conflict')
    return hindrance('Choose about what both of you changed first.', 'Choose what stays first');
  if (session.compiledVersion < 0) return hindrance('Checking the plan…');
  if (session.errors > 0)
    return hindrance(
      session.errors === 1 ? 'Fix 1 error first.' : `Fix ${session.errors} errors first.`,
    );
  if (session.upToDate && !session.report)
    return hindrance('The plan has no compiled form yet.', 'Not compiled yet');
  if (syncState.kind === 'offline') return hindrance('Offline; the draft is kept here.', 'Offline');
  if (syncState.kind === 'refused')
    return hindrance('The draft couldn’t be saved to the server.', 'The server has not got it');
  if (syncState.kind === 'unstored')
    return hindrance('This browser couldn’t store the draft.', 'The draft isn’t stored');
  return null;
}

/** Why no version can be made now, as a sentence beside the button; null when one can. */
export const versionRefusal = (session: EditorSession): string | null =>
  versionHindrance(session)?.sentence ?? null;
