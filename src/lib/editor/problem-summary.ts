import type { EditorSession } from './session.svelte';
import { problemCounts } from './graph';

/** How many problems of each kind the plan has, in words. */
export function problemSummary(
  session: Pick<EditorSession, 'compiledVersion' | 'diagnostics'>,
): string {
  if (session.compiledVersion < 0) return 'Checking…';
  const { errors, warnings, hints } = problemCounts(session.diagnostics);
  const counted = [
    [errors, 'error', 'errors'],
    [warnings, 'warning', 'warnings'],
    [hints, 'hint', 'hints'],
  ] as const;
  const words = counted
    .filter(([number]) => number > 0)
    .map(([number, one, many]) => `${number} ${number === 1 ? one : many}`);
  return words.join(', ') || 'No problems';
}
