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

/** A place of a text that no model may hold any longer. */
export function rangeIn(text: string, span: { start: number; end: number }): Range {
  const at = (offset: number) => {
    const before = text.slice(0, offset);
    const line = before.lastIndexOf('\n') + 1;
    return { line: (before.match(/\n/gu)?.length ?? 0) + 1, column: offset - line + 1 };
  };
  const [from, to] = [at(span.start), at(span.end)];
  return new Range(from.line, from.column, to.line, to.column);
}
