import { actionById, goToDiagnostic, perform, type ActionContext } from './actions';
import { inOrderOfConcern } from './graph';
import { versionHindrance } from './version';

/** Why no version can be made now, with the way to the cure where the page has one. */
interface VersionReason {
  /** In a few words: `Fix 1 error first`. */
  short: string;
  /** In all of them. */
  words: string;
  cure: (() => void) | null;
}

export function versionReason(context: ActionContext): VersionReason | null {
  const { session, ui } = context;
  const hindrance = versionHindrance(session);
  if (hindrance === null) return null;
  const { short } = hindrance;
  const words = hindrance.sentence.replace(/\.$/u, '');
  const problem = inOrderOfConcern(session.diagnostics).find(
    ({ severity }) => severity === 'error',
  );
  if (session.readOnlyReason !== null) return { short, words, cure: null };
  if (session.compilerState.phase === 'failed')
    return { short, words, cure: () => session.restartCompiler() };
  if (session.syncState.kind === 'conflict') return { short, words, cure: () => ui.choose?.() };
  if (session.graph.stages.length === 0 && session.content.text.trim() === '')
    return {
      short: 'Add a stage first',
      words: 'Add a stage first',
      cure: () => perform(actionById('add-stage'), context),
    };
  if (problem)
    return {
      short,
      words,
      cure: () => {
        ui.openDock('problems');
        goToDiagnostic(session, ui, problem);
      },
    };
  if (session.syncState.kind === 'refused')
    return { short, words, cure: () => session.sync.retry() };
  return { short, words, cure: null };
}
