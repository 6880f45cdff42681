// A canvas over a session, as a page of the editor shows it. For browser tests.
import { render } from 'vitest-browser-svelte';
import { CaseBook } from '$lib/cases/case-book.svelte';
import { RunSession } from '$lib/run/run-session.svelte';
import { Start } from '$lib/templates/start.svelte';
import '$lib/ui/base.css';
import '$lib/ui/tokens.css';
import CanvasRegion from './CanvasRegion.svelte';
import type { EditorSession } from './session.svelte';
import { EditorUi } from './ui.svelte';

/** Shows it, 800 pixels high. The caller closes `run` where it shows several. */
export async function showCanvas(session: EditorSession) {
  const ui = new EditorUi();
  const run = new RunSession(() => session);
  const context = {
    session,
    ui,
    run,
    cases: new CaseBook(() => session),
    start: new Start(
      () => session,
      () => run.samples,
    ),
    createVersion: () => undefined,
    renameDraft: () => undefined,
    createDraft: () => Promise.resolve(),
  };
  const { container } = await render(CanvasRegion, {
    props: { context, showProblems: () => undefined },
  });
  container.style.cssText = 'height:800px';
  return { ui, run };
}
