import { connectionEnds } from '$lib/document/selection';
import { elementOf, inOrderOfConcern } from '../graph';
import type { EditorSession } from '../session.svelte';
import type { EditorUi } from '../ui.svelte';
import type { ActionContext, EditorAction } from './types';

function goToProblem({ session, ui }: ActionContext, step: 1 | -1): void {
  const problems = inOrderOfConcern(session.diagnostics);
  if (problems.length === 0) return;
  ui.problemIndex = (ui.problemIndex + step + problems.length) % problems.length;
  const problem = problems[ui.problemIndex];
  if (problem) goToDiagnostic(session, ui, problem);
}

/** Shows the place of a problem: the element in the graph and the outline, the line in the text. */
export function goToDiagnostic(
  session: EditorSession,
  ui: EditorUi,
  problem: EditorSession['diagnostics'][number],
): void {
  session.say(`${problem.severity}: ${problem.message}`);
  const known = problem.elements.filter(
    (id) =>
      elementOf(session.graph, id) !== undefined ||
      session.graph.connections.some((connection) => connection.id === id),
  );
  session.select(known);
  const nodes = known.flatMap((id) => {
    const ends = connectionEnds(id);
    return ends ? [ends.from, ends.to] : [id];
  });
  if (ui.text && ui.textOpen) ui.text.goTo(problem.span.start, problem.span.end);
  else if (nodes.length > 0 && ui.canvas) {
    ui.canvas.show(nodes);
    ui.focusOutline?.(known[0]);
  } else {
    ui.openText();
    ui.goToWhenOpen = { start: problem.span.start, end: problem.span.end };
  }
}

export const problemActions: readonly EditorAction[] = [
  {
    id: 'next-problem',
    title: 'Next problem',
    group: 'View',
    keys: ['F8'],
    everywhere: true,
    undo: 'view',
    refusal: ({ session }) => (session.diagnostics.length > 0 ? null : 'There are no problems'),
    run: (context) => goToProblem(context, 1),
  },
  {
    id: 'previous-problem',
    title: 'Previous problem',
    group: 'View',
    keys: ['Shift+F8'],
    everywhere: true,
    undo: 'view',
    refusal: ({ session }) => (session.diagnostics.length > 0 ? null : 'There are no problems'),
    run: (context) => goToProblem(context, -1),
  },
  {
    id: 'problems-here',
    title: 'Problems and ways out of the selection',
    group: 'Selection',
    keys: ['Mod+.'],
    undo: 'view',
    refusal: ({ session }) =>
      session.diagnostics.some(({ elements }) => elements.includes(session.selection.at(-1) ?? ''))
        ? null
        : 'Select a node or connection that has problems',
    run: ({ session, ui }) => {
      const id = session.selection.at(-1);
      if (id !== undefined) ui.showProblems?.(id);
    },
  },
];
