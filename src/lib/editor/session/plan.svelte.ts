import {
  NewestWins,
  type Compilation,
  type CompilerClient,
  type CompilerError,
  type CompilerInfo,
  type Diagnostic,
  type PlanGraph,
  type PlanSource,
  type StageFamily,
} from '$lib/compiler';
import type { DraftContent } from '$lib/document/content';
import { PlanDocument, type DocumentEvent } from '$lib/document/document';
import type { HistoryState, HistoryStep } from '$lib/document/history';
import type { Selection } from '$lib/document/selection';
import { elementIds, emptyGraph } from '../graph';
import { compilerErrorOf } from './voice.svelte';

/** As much of the compiler's client as a session calls. */
export type PlanCompiler = Pick<CompilerClient, 'call'>;

export interface PlanOptions {
  content: DraftContent;
  /** What was kept of the history of this content. */
  kept?: HistoryState | undefined;
  compiler: PlanCompiler;
  /** What is selected as a command is run, so that undo can give it back. */
  selection: () => Selection;
  /** An answer about the newest version came: the ids that there were, and that there are. */
  answered: (before: readonly string[], after: readonly string[]) => void;
}

/** The plan document with what the compiler says about its newest version. */
export class Plan {
  readonly document: PlanDocument;

  content: DraftContent;
  /** The document's version; an answer belongs to the version it was asked for. */
  version = $state(0);
  /** The version that `graph`, `diagnostics` and `report` belong to; -1 before the first answer. */
  compiledVersion = $state(-1);
  graph = $state.raw<PlanGraph>(emptyGraph);
  diagnostics = $state.raw<readonly Diagnostic[]>([]);
  report = $state.raw<Compilation['report']>(null);
  families = $state.raw<readonly StageFamily[]>([]);
  /** Whether the families were had, or couldn't be the last time. */
  catalogue = $state<'coming' | 'there' | 'missing'>('coming');
  info = $state.raw<CompilerInfo | null>(null);
  /** Why the newest version has no answer, when the compiler itself failed on it. */
  compileFailure = $state.raw<CompilerError | null>(null);
  undoLabel = $state<string | null>(null);
  redoLabel = $state<string | null>(null);

  // What a key leaves alone stays the same for whoever reads only that.
  readonly layout = $derived.by(() => this.content.layout);
  readonly target = $derived.by(() => this.content.target);

  readonly #compiler: PlanCompiler;
  readonly #live: NewestWins<PlanSource, Compilation>;
  #learning = false;

  constructor({ content, kept, compiler, selection, answered }: PlanOptions) {
    this.#compiler = compiler;
    this.content = $state.raw(content);
    this.document = new PlanDocument(content, Date.now, selection, kept);
    this.undoLabel = this.document.undoLabel;
    this.redoLabel = this.document.redoLabel;
    this.#live = new NewestWins({
      ask: (source) => compiler.call('compile', source),
      show: (version, answer) => {
        const before = elementIds(this.graph);
        this.compiledVersion = version;
        this.compileFailure = null;
        if (this.families.length === 0) void this.learn();
        this.graph = answer.graph;
        this.diagnostics = answer.diagnostics;
        this.report = answer.report;
        answered(before, elementIds(answer.graph));
      },
      fail: (version, error) => {
        this.compiledVersion = version;
        this.report = null;
        this.compileFailure = compilerErrorOf(error);
      },
    });
    this.document.listen((event) => this.#changed(event));
  }

  /** Whether the answer on show is the newest version's. */
  get upToDate(): boolean {
    return this.compiledVersion === this.version && this.compileFailure === null;
  }

  /** The steps of the history with their names, the oldest first; those that were taken back last. */
  get steps(): HistoryStep[] {
    void this.version;
    return this.document.history;
  }

  get errors(): number {
    return this.diagnostics.filter((diagnostic) => diagnostic.severity === 'error').length;
  }

  compile(): void {
    const { text, target } = this.document.content;
    this.#live.request(this.document.version, { text, target });
  }

  /**
   * Asks what stays the same while the page is open. The answer about the compiler comes behind the
   * first compile; only then is the package fetched that has the catalogue.
   */
  async learn(): Promise<void> {
    if (this.#learning) return;
    this.#learning = true;
    try {
      this.info = await this.#compiler.call('info', {});
      this.families = await this.#compiler.call('catalogue', {});
      this.catalogue = 'there';
    } catch {
      // Said where stages are offered; "Try again" asks once more, and so does the next compile.
      this.catalogue = 'missing';
    } finally {
      this.#learning = false;
    }
  }

  #changed(event: DocumentEvent): void {
    const meaningChanged =
      event.content.text !== event.previous.text || event.content.target !== event.previous.target;
    // The compiler works while the page shows the rest.
    const asks = meaningChanged || this.compiledVersion !== event.version - 1;
    if (asks) this.compile();
    this.content = event.content;
    this.version = event.version;
    this.undoLabel = this.document.undoLabel;
    this.redoLabel = this.document.redoLabel;
    if (!asks) this.compiledVersion = event.version;
  }
}
