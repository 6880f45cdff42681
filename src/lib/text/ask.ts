import type { CancellationToken, editor } from 'monaco-editor/editor';
import {
  compiler,
  type CompilerOperation,
  type CompilerOperations,
  type ExecutionTarget,
} from '$lib/compiler';

/** What the language features need of the editor that they serve. */
export interface LanguageHost {
  readonly model: editor.ITextModel;
  /** The execution target that the plan is written for. */
  target(): ExecutionTarget;
  /** Says what undo is to call the change that leads to `text`, should it come next. */
  announce(label: string, text: string): void;
  /** Says why something that was asked for wasn't done. */
  refuse(reason: string): void;
}

/**
 * Asks the compiler about the model's text. Null when the question was withdrawn or, unless `late`
 * answers are of use, the text went on meanwhile: an answer belongs to one version. Null too when the compiler failed; the editor shows
 * that beside the problems, since the compile of the same text fails with it.
 */
export async function ask<O extends CompilerOperation>(
  { model }: LanguageHost,
  token: CancellationToken | null,
  operation: O,
  request: CompilerOperations[O]['request'],
  { late = false }: { late?: boolean } = {},
): Promise<CompilerOperations[O]['value'] | null> {
  const version = model.getVersionId();
  try {
    const value = await compiler().call(operation, request);
    if (token?.isCancellationRequested || model.isDisposed()) return null;
    return late || model.getVersionId() === version ? value : null;
  } catch {
    return null;
  }
}
