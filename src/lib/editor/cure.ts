import { actionById, goToDiagnostic, perform, type ActionContext } from './actions';
import { inOrderOfConcern } from './graph';
import { versionRefusal } from './version';

/** Why no version can be made now, with the way to the cure where the page has one. */
interface VersionReason {
  /** In a few words: `Fix 1 error first`. */
  words: string;
  cure: (() => void) | null;
}

export function versionReason(context: ActionContext): VersionReason | null {
  const { session, ui } = context;
  const refusal = versionRefusal(session);
  if (refusal === null) return null;
  const words = refusal.replace(/\.$/u, '');
  const problem = inOrderOfConcern(session.diagnostics).find(
    ({ severity }) => severity === 'error',
  );
  if (session.readOnlyReason !== null) return { words, cure: null };
  if (session.compilerState.phase === 'failed')
    return { words, cure: () => session.restartCompiler() };
  if (session.syncState.kind === 'conflict') return { words, cure: () => ui.choose?.() };
  if (session.graph.stages.length === 0 && session.content.text.trim() === '')
    return {
      words: 'Add a stage first',
      cure: () => perform(actionById('add-stage'), context),
    };
  if (problem)
    return {
      words,
      cure: () => {
        ui.openDock('problems');
        goToDiagnostic(session, ui, problem);
      },
    };
  if (session.syncState.kind === 'refused') return { words, cure: () => session.sync.retry() };
  return { words, cure: null };
}
