import { Range, type editor } from 'monaco-editor/editor';
import type { TextEdit } from '$lib/compiler';

/** A place of the text, in UTF-16 units, as lines and columns of a model that holds it. */
export function rangeOf(model: editor.ITextModel, span: { start: number; end: number }): Range {
  const from = model.getPositionAt(span.start);
  const to = model.getPositionAt(span.end);
  return new Range(from.lineNumber, from.column, to.lineNumber, to.column);
}

/** The compiler's edits as a model takes them. */
export function modelEdits(
  model: editor.ITextModel,
  edits: readonly TextEdit[],
): { range: Range; text: string }[] {
  return edits.map((edit) => ({ range: rangeOf(model, edit), text: edit.text }));
}
