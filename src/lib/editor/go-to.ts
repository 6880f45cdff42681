import { connectionEnds } from '$lib/document/selection';
import type { ActionContext } from './actions';

/** Selects an element or connection, and shows it wherever the person is looking. */
export function goTo({ session, ui }: ActionContext, id: string): void {
  const ends = connectionEnds(id);
  session.select([id]);
  ui.canvas?.show(ends ? [ends.from, ends.to] : [id]);
  if (ui.focusOutline) ui.focusOutline(id);
  else ui.canvas?.focus();
}
