import 'monaco-editor/features/codeAction/register';
import 'monaco-editor/features/clipboard/register';
import 'monaco-editor/features/comment/register';
import 'monaco-editor/features/contextmenu/register';
import 'monaco-editor/features/find/register';
import 'monaco-editor/features/gotoError/register';
import 'monaco-editor/features/gotoLine/register';
import 'monaco-editor/features/hover/register';
import 'monaco-editor/features/linesOperations/register';
import 'monaco-editor/features/multicursor/register';
import 'monaco-editor/features/suggest/register';
import 'monaco-editor/features/tokenization/register';
import 'monaco-editor/features/wordHighlighter/register';
import 'monaco-editor/features/wordOperations/register';
import 'monaco-editor/editor/contrib/suggest/browser/suggestController.js';
import { editor, KeyCode, KeyMod, languages, MarkerSeverity, Range } from 'monaco-editor/editor';
import EditorWorker from 'monaco-editor/editor/editor.worker?worker';
import type { Diagnostic, TextEdit } from '$lib/compiler';
import { smallestEdit } from '$lib/document/edits';
import { LANGUAGE, registerPlanLanguage } from './language';
import { followTheme } from './theme';

/** What can be offered while typing, at one place of the plan. */
export interface Suggestion {
  label: string;
  detail: string;
  kind: 'word' | 'id' | 'key';
}

export interface PlanEditorOptions {
  host: HTMLElement;
  text: string;
  readOnly: boolean;
  /** The author typed; the edits speak of the text before. */
  onEdit(edits: TextEdit[], before: string): void;
  onUndo(): void;
  onRedo(): void;
  onPalette(): void;
  /** The author put the cursor at this offset. */
  onCursor(offset: number): void;
  onBlur(): void;
  onFix(title: string, edits: TextEdit[]): void;
  /** Help in Markdown for the place, or null. */
  help(offset: number): { start: number; end: number; markdown: string } | null;
  suggest(line: string, column: number): Suggestion[];
}

/** The text lane's editor. The plan document is the truth; this one shows and edits it. */
export interface PlanEditor {
  /** Brings changes from elsewhere in, touching nothing else: cursor and scroll stay. */
  follow(steps: readonly (readonly TextEdit[])[], text: string): void;
  setDiagnostics(diagnostics: readonly Diagnostic[]): void;
  setReadOnly(readOnly: boolean): void;
  /** Marks the lines of what is selected in the other views. */
  mark(spans: readonly { start: number; end: number }[], reveal: boolean): void;
  /** Selects a place and puts the focus there. */
  goTo(start: number, end: number): void;
  focus(): void;
  text(): string;
  dispose(): void;
}

globalThis.MonacoEnvironment = {
  getWorker: () => new EditorWorker({ name: 'byteor-text' }),
};

const severities: Record<Diagnostic['severity'], MarkerSeverity> = {
  error: MarkerSeverity.Error,
  warning: MarkerSeverity.Warning,
  hint: MarkerSeverity.Info,
};

const LF = 0;

export function createPlanEditor(options: PlanEditorOptions): PlanEditor {
  registerPlanLanguage();
  const stopTheme = followTheme();
  const model = editor.createModel(options.text, LANGUAGE);
  model.setEOL(LF);
  const view = editor.create(options.host, {
    model,
    readOnly: options.readOnly,
    readOnlyMessage: { value: 'This draft is edited in another tab.' },
    automaticLayout: true,
    minimap: { enabled: false },
    fontFamily: getComputedStyle(options.host).getPropertyValue('--mono'),
    fontSize: 13,
    lineHeight: 20,
    padding: { top: 10, bottom: 10 },
    scrollBeyondLastLine: false,
    renderLineHighlight: 'line',
    lineNumbersMinChars: 3,
    folding: false,
    glyphMargin: false,
    wordBasedSuggestions: 'off',
    quickSuggestions: { other: true, comments: false, strings: true },
    fixedOverflowWidgets: true,
    tabFocusMode: true,
    unicodeHighlight: { ambiguousCharacters: false },
    accessibilitySupport: 'auto',
    ariaLabel: 'Plan text. Tab leaves the editor.',
    overviewRulerLanes: 2,
    // Dimmed, the last line's number would be too faint to read.
    renderFinalNewline: 'on',
    scrollbar: { verticalScrollbarSize: 10, horizontalScrollbarSize: 10 },
  });

  let following = false;
  let before = model.getValue();
  let diagnostics: readonly Diagnostic[] = [];
  const marks = view.createDecorationsCollection();

  const listeners = [
    model.onDidChangeContent((event) => {
      const previous = before;
      before = model.getValue();
      if (following) return;
      options.onEdit(
        event.changes.map(({ rangeOffset, rangeLength, text }) => ({
          start: rangeOffset,
          end: rangeOffset + rangeLength,
          text: text.replace(/\r\n?/gu, '\n'),
        })),
        previous,
      );
    }),
    view.onDidChangeCursorPosition((event) => {
      if (following || event.source === 'api') return;
      options.onCursor(model.getOffsetAt(event.position));
    }),
    view.onDidBlurEditorText(() => options.onBlur()),
    languages.registerHoverProvider(LANGUAGE, {
      provideHover(of, position) {
        if (of !== model) return null;
        const help = options.help(model.getOffsetAt(position));
        return help
          ? { range: rangeOf(help.start, help.end), contents: [{ value: help.markdown }] }
          : null;
      },
    }),
    languages.registerCodeActionProvider(LANGUAGE, {
      provideCodeActions(of, range) {
        if (of !== model) return { actions: [], dispose: () => undefined };
        const actions = diagnostics
          .filter((d) => Range.areIntersectingOrTouching(markerRange(d), range))
          .flatMap((diagnostic) =>
            diagnostic.fixes.map((fix, index) => ({
              title: fix.title,
              kind: 'quickfix',
              isPreferred: index === 0,
              command: { id: fixCommand, title: fix.title, arguments: [fix.title, fix.edits] },
            })),
          );
        return { actions, dispose: () => undefined };
      },
    }),
    languages.registerCompletionItemProvider(LANGUAGE, {
      triggerCharacters: [' ', '>'],
      provideCompletionItems(of, position) {
        if (of !== model) return { suggestions: [] };
        const word = model.getWordUntilPosition(position);
        const range = new Range(
          position.lineNumber,
          word.startColumn,
          position.lineNumber,
          position.column,
        );
        const line = model.getLineContent(position.lineNumber);
        return {
          suggestions: options
            .suggest(line, word.startColumn - 1)
            .map(({ label, detail, kind }) => ({
              label,
              detail,
              insertText: label,
              range,
              kind:
                kind === 'word'
                  ? languages.CompletionItemKind.Keyword
                  : kind === 'id'
                    ? languages.CompletionItemKind.Reference
                    : languages.CompletionItemKind.Function,
            })),
        };
      },
    }),
  ];

  const fixCommand =
    view.addCommand(0, (_accessor: unknown, title: string, edits: TextEdit[]) =>
      options.onFix(title, edits),
    ) ?? '';
  // The one history is the document's: Monaco's own would know nothing of the canvas.
  view.addCommand(KeyMod.CtrlCmd | KeyCode.KeyZ, () => options.onUndo());
  view.addCommand(KeyMod.CtrlCmd | KeyMod.Shift | KeyCode.KeyZ, () => options.onRedo());
  view.addCommand(KeyMod.CtrlCmd | KeyCode.KeyY, () => options.onRedo());
  view.addCommand(KeyMod.CtrlCmd | KeyCode.KeyK, () => options.onPalette());

  function rangeOf(start: number, end: number): Range {
    const from = model.getPositionAt(start);
    const to = model.getPositionAt(end);
    return new Range(from.lineNumber, from.column, to.lineNumber, to.column);
  }

  /** An empty place is widened to one character, so that there is something to see. */
  function markerRange({ span }: Diagnostic): Range {
    const range = rangeOf(span.start, span.end);
    if (!range.isEmpty()) return range;
    const end = model.getLineMaxColumn(range.startLineNumber);
    return range.startColumn < end
      ? new Range(
          range.startLineNumber,
          range.startColumn,
          range.startLineNumber,
          range.startColumn + 1,
        )
      : new Range(range.startLineNumber, Math.max(1, end - 1), range.startLineNumber, end);
  }

  function applyEdits(edits: readonly TextEdit[]): void {
    model.applyEdits(
      edits.map((edit) => ({ range: rangeOf(edit.start, edit.end), text: edit.text })),
    );
  }

  return {
    follow(steps, text) {
      if (model.getValue() === text) return;
      following = true;
      try {
        for (const edits of steps) applyEdits(edits);
        // Line ends that Monaco holds otherwise, or steps made for another text: one edit mends it.
        const rest = smallestEdit(model.getValue(), text.replace(/\r\n?/gu, '\n'));
        if (rest) applyEdits([rest]);
      } finally {
        following = false;
      }
    },
    setDiagnostics(next) {
      diagnostics = next;
      editor.setModelMarkers(
        model,
        'byteor',
        next.map((diagnostic) => {
          const { startLineNumber, startColumn, endLineNumber, endColumn } =
            markerRange(diagnostic);
          return {
            startLineNumber,
            startColumn,
            endLineNumber,
            endColumn,
            severity: severities[diagnostic.severity],
            code: diagnostic.code,
            source: 'ByteOr',
            message: [diagnostic.message, diagnostic.help].filter(Boolean).join('\n'),
          };
        }),
      );
    },
    setReadOnly: (readOnly) => view.updateOptions({ readOnly }),
    mark(spans, reveal) {
      const ranges = spans.map(({ start, end }) => rangeOf(start, end));
      marks.set(
        ranges.map((range) => ({
          range,
          options: { isWholeLine: true, className: 'byteor-marked-line' },
        })),
      );
      if (reveal && ranges[0]) view.revealRangeInCenterIfOutsideViewport(ranges[0]);
    },
    goTo(start, end) {
      const range = rangeOf(start, end);
      view.setSelection(range);
      view.revealRangeInCenterIfOutsideViewport(range);
      view.focus();
    },
    focus: () => view.focus(),
    text: () => model.getValue(),
    dispose() {
      for (const listener of listeners) listener.dispose();
      stopTheme();
      view.dispose();
      model.dispose();
    },
  };
}
