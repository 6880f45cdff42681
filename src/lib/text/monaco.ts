import 'monaco-editor/features/codeAction/register';
import 'monaco-editor/features/clipboard/register';
import 'monaco-editor/features/comment/register';
import 'monaco-editor/features/contextmenu/register';
import 'monaco-editor/features/documentSymbols/register';
import 'monaco-editor/features/find/register';
import 'monaco-editor/features/folding/register';
import 'monaco-editor/features/format/register';
import 'monaco-editor/features/gotoError/register';
import 'monaco-editor/features/gotoLine/register';
import 'monaco-editor/features/gotoSymbol/register';
import 'monaco-editor/features/hover/register';
import 'monaco-editor/features/linesOperations/register';
import 'monaco-editor/features/multicursor/register';
import 'monaco-editor/features/parameterHints/register';
import 'monaco-editor/features/quickOutline/register';
import 'monaco-editor/features/referenceSearch/register';
import 'monaco-editor/features/rename/register';
import 'monaco-editor/features/suggest/register';
import 'monaco-editor/features/tokenization/register';
import 'monaco-editor/features/wordHighlighter/register';
import 'monaco-editor/features/wordOperations/register';
import 'monaco-editor/editor/contrib/suggest/browser/suggestController.js';
import 'monaco-editor/editor/contrib/gotoSymbol/browser/goToCommands.js';
import 'monaco-editor/editor/contrib/semanticTokens/browser/documentSemanticTokens.js';
import { editor, KeyCode, KeyMod, MarkerSeverity, Range, Uri } from 'monaco-editor/editor';
import EditorWorker from 'monaco-editor/editor/editor.worker?worker';
import type { Diagnostic, ExecutionTarget, TextEdit } from '$lib/compiler';
import { smallestEdit } from '$lib/document/edits';
import { ruleHref } from '$lib/rules/href';
import { plain } from '$lib/ui/worded';
import type { LanguageHost } from './ask';
import { registerCodeActions } from './code-actions';
import { registerCompletions } from './completions';
import { registerHover, registerSignatureHelp } from './hints';
import { LANGUAGE, registerPlanLanguage } from './language';
import { registerNavigation } from './navigation';
import { modelEdits, rangeOf } from './places';
import { registerStructure } from './structure';
import { followTheme } from './theme';

export interface PlanEditorOptions {
  host: HTMLElement;
  text: string;
  readOnly: boolean;
  /** The execution target that the plan is written for, now. */
  target(): ExecutionTarget;
  /**
   * The author changed the text; the edits speak of the text before. `label` says what was done where
   * it wasn't typing.
   */
  onEdit(edits: TextEdit[], before: string, label: string | null): void;
  /** The author chose a way out that changes the target and not the text. */
  onTarget(target: ExecutionTarget, label: string): void;
  /** Something that was asked for wasn't done. */
  onRefuse(reason: string): void;
  onUndo(): void;
  onRedo(): void;
  onPalette(): void;
  /** The author put the cursor at this offset. */
  onCursor(offset: number): void;
  /** Where the cursor is, however it came there; line and column count from 1. */
  onPosition(line: number, column: number): void;
  onBlur(): void;
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

const rules = new Map<string, Uri>();

/** Where the rule behind a code is explained. */
function ruleOf(code: string): Uri {
  let uri = rules.get(code);
  if (!uri) rules.set(code, (uri = Uri.parse(new URL(ruleHref(code), location.href).href)));
  return uri;
}

/** The text after edits that are sorted and don't overlap. */
function applied(text: string, edits: readonly TextEdit[]): string {
  let out = '';
  let at = 0;
  for (const edit of edits) {
    out += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return out + text.slice(at);
}

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
    folding: true,
    showFoldingControls: 'mouseover',
    glyphMargin: false,
    wordBasedSuggestions: 'off',
    quickSuggestions: { other: true, comments: false, strings: true },
    // What is typed in full already is no change: Enter starts the next line.
    acceptSuggestionOnEnter: 'smart',
    suggest: {
      insertMode: 'replace',
      showIcons: true,
      showStatusBar: false,
      snippetsPreventQuickSuggestions: false,
    },
    parameterHints: { enabled: true },
    occurrencesHighlight: 'singleFile',
    'semanticHighlighting.enabled': true,
    gotoLocation: { multipleReferences: 'peek' },
    fixedOverflowWidgets: true,
    tabFocusMode: true,
    unicodeHighlight: { ambiguousCharacters: false },
    // Plans have no brackets but those in keys, and no indentation: nothing to look through at a key.
    bracketPairColorization: { enabled: false },
    matchBrackets: 'never',
    guides: { indentation: false },
    accessibilitySupport: 'auto',
    ariaLabel: 'Plan text. Tab leaves the editor.',
    overviewRulerLanes: 2,
    // Dimmed, the last line's number would be too faint to read.
    renderFinalNewline: 'on',
    scrollbar: { verticalScrollbarSize: 10, horizontalScrollbarSize: 10 },
  });

  let following = false;
  let marked = false;
  let before = model.getValue();
  // What the next change is called, should it lead to that text.
  let announced: { label: string; text: string } | null = null;
  const marks = view.createDecorationsCollection();

  const listeners = [
    model.onDidChangeContent((event) => {
      const previous = before;
      before = model.getValue();
      if (following) return;
      const label = announced?.text === before ? announced.label : null;
      announced = null;
      options.onEdit(
        event.changes.map(({ rangeOffset, rangeLength, text }) => ({
          start: rangeOffset,
          end: rangeOffset + rangeLength,
          text: text.replace(/\r\n?/gu, '\n'),
        })),
        previous,
        label,
      );
    }),
    view.onDidChangeCursorPosition((event) => {
      options.onPosition(event.position.lineNumber, event.position.column);
      if (following || event.source === 'api') return;
      options.onCursor(model.getOffsetAt(event.position));
    }),
    view.onDidBlurEditorText(() => options.onBlur()),
  ];

  const runAction = view.addCommand(
    0,
    (
      _accessor: unknown,
      version: number,
      title: string,
      edits: TextEdit[],
      target: ExecutionTarget | undefined,
    ) => {
      if (model.getVersionId() !== version || view.getOption(editor.EditorOption.readOnly)) return;
      if (target) options.onTarget(target, title);
      else change(title, edits);
    },
  );
  const host: LanguageHost = {
    model,
    target: () => options.target(),
    announce: (label, text) => (announced = { label, text }),
    refuse: (reason) => options.onRefuse(reason),
  };
  listeners.push(
    registerCompletions(host),
    registerHover(host),
    registerSignatureHelp(host),
    ...registerNavigation(host),
    ...registerStructure(host),
  );
  if (runAction) listeners.push(registerCodeActions(host, runAction));
  // What formats pasted lines looks for a formatter only when an option or the formatters change, so
  // it has to be there before its option is set.
  view.getContribution('editor.contrib.formatOnPaste');
  view.updateOptions({ formatOnPaste: true });
  // The one history is the document's: Monaco's own would know nothing of the canvas.
  view.addCommand(KeyMod.CtrlCmd | KeyCode.KeyZ, () => options.onUndo());
  view.addCommand(KeyMod.CtrlCmd | KeyMod.Shift | KeyCode.KeyZ, () => options.onRedo());
  view.addCommand(KeyMod.CtrlCmd | KeyCode.KeyY, () => options.onRedo());
  view.addCommand(KeyMod.CtrlCmd | KeyCode.KeyK, () => options.onPalette());

  /** An empty place is widened to one character, so that there is something to see. */
  function markerRange({ span }: Diagnostic): Range {
    const range = rangeOf(model, span);
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
    model.applyEdits(modelEdits(model, edits));
  }

  /** A change by the author that isn't typing; it gets to the document as typing does. */
  function change(label: string, edits: readonly TextEdit[]): void {
    const before = model.getValue();
    announced = { label: plain(label), text: applied(before, edits) };
    applyEdits(edits);
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
      // Most keys bring an answer that has nothing to say, as the one before had.
      if (next.length === 0 && !marked) return;
      marked = next.length > 0;
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
            code: { value: diagnostic.code, target: ruleOf(diagnostic.code) },
            source: 'ByteOr',
            // Markers are plain text: the marks around code would be read as they are.
            message: plain([diagnostic.message, diagnostic.help].filter(Boolean).join('\n')),
          };
        }),
      );
    },
    setReadOnly: (readOnly) => view.updateOptions({ readOnly }),
    mark(spans, reveal) {
      const ranges = spans.map((span) => rangeOf(model, span));
      // Whole lines are marked: a key within one leaves them, and Monaco needn't draw again.
      const lines = ({ startLineNumber, endLineNumber }: Range) =>
        `${startLineNumber}-${endLineNumber}`;
      const now = marks.getRanges().map(lines).join();
      if (now !== ranges.map(lines).join()) {
        marks.set(
          ranges.map((range) => ({
            range,
            options: { isWholeLine: true, className: 'byteor-marked-line' },
          })),
        );
      }
      if (reveal && ranges[0]) view.revealRangeInCenterIfOutsideViewport(ranges[0]);
    },
    goTo(start, end) {
      const range = rangeOf(model, { start, end });
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
