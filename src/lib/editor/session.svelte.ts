import {
  compiler,
  CompilerError,
  NewestWins,
  onCompilerState,
  type Compilation,
  type CompilerInfo,
  type CompilerState,
  type Diagnostic,
  type EditOperation,
  type ExecutionTarget,
  type Fix,
  type PlanGraph,
  type PlanSource,
  type StageFamily,
  type TextEdit,
} from '$lib/compiler';
import { besideChange, type Change } from '$lib/document/change';
import { emptyContent, type DraftContent, type Position } from '$lib/document/content';
import { PlanDocument, type Command, type DocumentEvent } from '$lib/document/document';
import { inheritPosition, placeNew, renamedId } from '$lib/document/placement';
import { smallestEdit } from '$lib/document/edits';
import { follow, prune, sameSelection, type Selection } from '$lib/document/selection';
import {
  DraftSync,
  incomingText,
  type DraftSyncOptions,
  type LocalDraft,
  type LocalDrafts,
  type MergedDraft,
  type RemoteDraft,
  type SyncState,
} from '$lib/drafts';
import { toasts } from '$lib/ui/toasts.svelte';
import { elementIds, emptyGraph, nodesOf, wiresOf } from './graph';

export interface SessionOptions {
  draft: LocalDraft;
  /** False when the person's role only lets them look. */
  mayEdit: boolean;
  sync: Omit<DraftSyncOptions, 'onState' | 'merge' | 'onMerged'>;
}

/** How long writing pauses before what only matters then is done. */
const PAUSE_MS = 150;

/** What a gesture brings along besides the compiler's operations. */
export interface GestureOptions {
  label: string;
  /** Positions to set in the same undo step, once the ids of what was created are known. */
  place?: (created: readonly string[]) => Change['nodes'];
  /** What is selected afterwards. */
  select?: (created: readonly string[]) => Selection;
  /** Said to screen readers when it is done. */
  say?: string;
}

/**
 * One open draft: the document, what the compiler says about its newest version, and what is
 * selected. Every view reads from here and changes the document through here.
 */
export class EditorSession {
  readonly document: PlanDocument;
  readonly sync: DraftSync;
  readonly draftId: string;
  /** Where this browser keeps the draft, and under which key: what stands beside it goes there too. */
  readonly local: LocalDrafts;
  readonly key: string;
  readonly mayEdit: boolean;

  content = $state.raw<DraftContent>(emptyContent);
  /** The document's version; an answer belongs to the version it was asked for. */
  version = $state(0);
  /** The version that `graph`, `diagnostics` and `report` belong to; -1 before the first answer. */
  compiledVersion = $state(-1);
  graph = $state.raw<PlanGraph>(emptyGraph);
  diagnostics = $state.raw<readonly Diagnostic[]>([]);
  report = $state.raw<Compilation['report']>(null);
  families = $state.raw<readonly StageFamily[]>([]);
  info = $state.raw<CompilerInfo | null>(null);
  compilerState = $state.raw<CompilerState>({ phase: 'starting' });
  /** Why the newest version has no answer, when the compiler itself failed on it. */
  compileFailure = $state.raw<CompilerError | null>(null);
  selection = $state.raw<Selection>([]);
  /** Plan text of the selection, ready for the clipboard; '' when nothing can be copied. */
  fragment = $state.raw('');
  syncState = $state.raw<SyncState>({ kind: 'saving', revision: 0 });
  name = $state('');
  environmentId = $state<string | null>(null);
  undoLabel = $state<string | null>(null);
  redoLabel = $state<string | null>(null);
  /** A newer page has this browser's store of drafts: nothing more is taken here. */
  outdated = $state(false);
  /** The newest sentence for screen readers. */
  said = $state('');

  #live: NewestWins<PlanSource, Compilation>;
  #gestures: Promise<unknown> = Promise.resolve();
  #placing = false;
  #edited = false;
  /** Whether the newest change was written in the text: what isn't looked at meanwhile can wait. */
  #writing = false;
  #fragments: NewestWins<{ text: string; ids: string[] }, { text: string }>;
  #fragmentsAsked = 0;
  #fragmentTimer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  #learning = false;
  #stop: (() => void)[] = [];

  constructor({ draft, mayEdit, sync }: SessionOptions) {
    this.mayEdit = mayEdit;
    this.draftId = draft.draftId;
    this.local = sync.local;
    this.key = draft.key;
    this.name = draft.name;
    this.environmentId = draft.environmentId;
    this.document = new PlanDocument(draft.content, () => performance.now());
    this.content = draft.content;
    this.sync = new DraftSync(
      {
        ...sync,
        onState: (state) => (this.syncState = state),
        merge: (request) => compiler().call('merge', request),
        onMerged: (merged) => this.#merged(merged),
      },
      draft,
    );
    this.#live = new NewestWins({
      ask: (source) => compiler().call('compile', source),
      show: (version, answer) => this.#show(version, answer),
      fail: (version, error) => {
        this.compiledVersion = version;
        this.report = null;
        this.compileFailure =
          error instanceof CompilerError
            ? error
            : new CompilerError('E_COMPILER_ANSWER', String(error));
      },
    });
    this.#fragments = new NewestWins({
      ask: async (source) =>
        source.ids.length > 0 ? compiler().call('extract', source) : { text: '' },
      show: (_, { text }) => (this.fragment = text),
      // Copying is offered only with a fragment; the compile's own failure is shown elsewhere.
      fail: () => (this.fragment = ''),
    });
    this.#stop.push(
      this.document.listen((event) => this.#changed(event)),
      onCompilerState((state) => (this.compilerState = state)),
    );
  }

  /** Starts compiling and syncing. */
  async begin(): Promise<void> {
    this.compile();
    void this.#learn();
    if (this.mayEdit) await this.sync.begin();
    else this.syncState = { kind: 'saved', revision: this.sync.draft.baseRevision };
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#fragmentTimer);
    for (const stop of this.#stop) stop();
    this.sync.close();
  }

  /** Why nothing can be changed here; null when it can. */
  get readOnlyReason(): string | null {
    if (this.outdated) return 'A newer ByteOr is open in another tab; reload this one';
    if (!this.mayEdit) return 'Your role here is viewer: you can look, an operator can edit';
    if (this.syncState.kind === 'watching') return 'This draft is edited in another tab';
    return null;
  }

  get readOnly(): boolean {
    return this.readOnlyReason !== null;
  }

  /** Whether the answer on show is the newest version's. */
  get upToDate(): boolean {
    return this.compiledVersion === this.version && this.compileFailure === null;
  }

  get errors(): number {
    return this.diagnostics.filter((diagnostic) => diagnostic.severity === 'error').length;
  }

  compile(): void {
    const { text, target } = this.document.content;
    this.#live.request(this.document.version, { text, target });
  }

  /** Shows a revision that was saved elsewhere; undo brings back what was here. */
  async show(theirs: RemoteDraft): Promise<void> {
    this.name = theirs.name;
    this.sync.rename(theirs.name);
    if (await this.sync.adopt(theirs)) {
      this.replace(theirs.content, `Revision ${theirs.revision} by ${theirs.savedBy ?? 'someone'}`);
      this.say(
        `${theirs.savedBy ?? 'Someone'} saved revision ${theirs.revision}; it is shown now.`,
      );
    }
  }

  /** Shows what a merge made of this draft and a newer revision; undo takes it back. */
  #merged({ content, merge, theirs }: MergedDraft): void {
    const who = theirs.savedBy ?? 'Someone';
    this.replace(content, `Merge revision ${theirs.revision}`, merge.edits);
    const came = incomingText(merge.incoming);
    toasts.show({
      tone: 'info',
      title: `${who} saved revision ${theirs.revision}; it was merged into yours`,
      text: `${came} Undo takes the merge back.`.trim(),
    });
    this.say(`Revision ${theirs.revision} by ${who} was merged into yours. ${came}`);
  }

  /** Puts other content in the place of this one, as one step that undo takes back. */
  replace(content: DraftContent, label: string, textEdits?: TextEdit[]): void {
    const smallest = smallestEdit(this.document.content.text, content.text);
    const edits = textEdits ?? (smallest ? [smallest] : []);
    const beside = besideChange(this.document.content, content);
    this.document.run({
      label,
      change: { ...(edits.length > 0 ? { edits } : {}), target: content.target, ...beside },
    });
  }

  /** A newer page takes over: what is here is stored by now, and nothing more is written. */
  giveWay(): void {
    this.outdated = true;
    this.sync.watch();
  }

  /** Follows what the editing tab stored; this tab only looks on. */
  async followOtherTab(): Promise<void> {
    const stored = await this.sync.reload();
    if (stored && this.syncState.kind === 'watching') this.document.load(stored.content);
  }

  /** Starts the compiler anew after it could not be started. */
  restartCompiler(): void {
    compiler().restart();
    this.compile();
    void this.#learn();
  }

  run(command: Command): boolean {
    if (this.#refusedAsReadOnly()) return false;
    return this.document.run(command);
  }

  undo(): void {
    if (this.#refusedAsReadOnly()) return;
    const label = this.document.undo();
    if (label) this.say(`Undone: ${label}`);
  }

  redo(): void {
    if (this.#refusedAsReadOnly()) return;
    const label = this.document.redo();
    if (label) this.say(`Redone: ${label}`);
  }

  setTarget(target: ExecutionTarget): void {
    this.run({ label: 'Execution target', change: { target } });
  }

  /** Moves nodes by hand; a run of small moves is one undo step. */
  move(nodes: Record<string, Position>, group?: string): void {
    const count = Object.keys(nodes).length;
    this.run({ label: count === 1 ? 'Move' : `Move ${count} nodes`, change: { nodes }, group });
  }

  /** Applies a way out of a problem, which speaks of the version that the compiler last saw. */
  applyFix({ title, edits, target }: Fix): void {
    if (!this.upToDate) return;
    const change = target ? { target } : { edits };
    if (this.run({ label: title, change })) this.say(`Done: ${title}`);
  }

  select(selection: Selection): void {
    if (sameSelection(this.selection, selection)) return;
    this.selection = selection;
    this.#fetchFragment();
  }

  say(sentence: string): void {
    // The same sentence twice in a row is still two events.
    this.said = this.said === sentence ? `${sentence}\u00A0` : sentence;
  }

  /**
   * Runs the compiler's edit operations one after the other and applies them as one undo step.
   *
   * Gestures wait for each other. When the text changed while the compiler worked, the operation is
   * asked again for the new text: operations speak of ids, not of places. Resolves to the created
   * ids, or to null when the compiler refused; the reason is shown.
   */
  gesture(operations: readonly EditOperation[], options: GestureOptions): Promise<string[] | null> {
    const next = this.#gestures.then(() => this.#perform(operations, options));
    this.#gestures = next.catch(() => undefined);
    return next;
  }

  async #perform(
    operations: readonly EditOperation[],
    options: GestureOptions,
  ): Promise<string[] | null> {
    if (this.#refusedAsReadOnly()) return null;
    for (let tries = 0; tries < 5; tries += 1) {
      const { version, content } = this.document;
      const created: string[] = [];
      const steps: TextEdit[][] = [];
      let { text } = content;
      try {
        for (const operation of operations) {
          const answer = await compiler().call('edit', { text, target: content.target, operation });
          text = answer.text;
          steps.push(answer.edits);
          created.push(...answer.created);
        }
      } catch (error) {
        this.#refuse(error);
        return null;
      }
      if (this.document.version !== version) continue;
      const group = `gesture-${version}`;
      const nodes = options.place?.(created);
      steps.forEach((edits, index) => {
        const last = index === steps.length - 1;
        this.document.run({
          label: options.label,
          group,
          change: last && nodes ? { edits, nodes } : { edits },
        });
      });
      this.document.seal();
      if (options.select) this.select(options.select(created));
      if (options.say) this.say(options.say);
      return created;
    }
    toasts.show({
      tone: 'warn',
      title: `${options.label}: the text kept changing`,
      text: 'Nothing was altered. Try again when you pause typing.',
    });
    return null;
  }

  /** Lays out the whole plan, or the given nodes of it, as one undoable step. */
  async tidy(only?: readonly string[]): Promise<void> {
    if (this.#refusedAsReadOnly()) return;
    const { arrange } = await import('$lib/layout/arrange');
    const nodes = nodesOf(this.graph);
    const suggested = await arrange(nodes, wiresOf(this.graph));
    const ids =
      only && only.length > 1 ? only.filter((id) => suggested[id]) : Object.keys(suggested);
    if (ids.length === 0) return;
    // A part is laid out where it stands: its top left corner stays.
    const shift = { x: 0, y: 0 };
    if (only && only.length > 1) {
      const placed = this.document.content.layout.nodes;
      const corner = (of: Readonly<Record<string, Position>>, axis: 'x' | 'y') =>
        Math.min(...ids.map((id) => of[id]?.[axis] ?? 0));
      shift.x = corner(placed, 'x') - corner(suggested, 'x');
      shift.y = corner(placed, 'y') - corner(suggested, 'y');
    }
    const moved = Object.fromEntries(
      ids.map((id) => {
        const { x, y } = suggested[id] ?? { x: 0, y: 0 };
        return [id, { x: x + shift.x, y: y + shift.y }];
      }),
    );
    if (this.run({ label: 'Tidy up', change: { nodes: moved } }))
      this.say('The plan was tidied up.');
  }

  /** Formats the text: one space, sections apart by one blank line. */
  async format(): Promise<void> {
    const { version, content } = this.document;
    try {
      const { edits } = await compiler().call('format', { text: content.text });
      if (this.document.version !== version) return;
      if (this.run({ label: 'Format', change: { edits } })) this.say('The text was formatted.');
      else this.say('The text is formatted already.');
    } catch (error) {
      this.#refuse(error);
    }
  }

  #refuse(error: unknown): void {
    const { code, message } =
      error instanceof CompilerError
        ? error
        : new CompilerError('E_COMPILER_ANSWER', String(error));
    toasts.error({ code, message });
  }

  #refusedAsReadOnly(): boolean {
    if (!this.readOnly) return false;
    toasts.show({ tone: 'info', title: this.readOnlyReason ?? '' });
    return true;
  }

  #changed(event: DocumentEvent): void {
    const meaningChanged =
      event.content.text !== event.previous.text || event.content.target !== event.previous.target;
    // The compiler works while the page shows the rest.
    const asks = meaningChanged || this.compiledVersion !== event.version - 1;
    if (asks) this.compile();
    if (event.kind !== 'arrangement') this.#writing = event.origin === 'text';
    this.content = event.content;
    this.version = event.version;
    this.undoLabel = this.document.undoLabel;
    this.redoLabel = this.document.redoLabel;
    if (!asks) this.compiledVersion = event.version;
    if (event.kind === 'command' || event.kind === 'undo' || event.kind === 'redo')
      this.#edited = true;
    // Looking at a draft writes nothing: an automatic placement is stored with the next edit.
    if (this.mayEdit && event.kind !== 'load' && (this.#edited || event.kind !== 'arrangement'))
      this.sync.change(event.content);
  }

  #show(version: number, answer: Compilation): void {
    const before = elementIds(this.graph);
    this.compiledVersion = version;
    this.compileFailure = null;
    if (this.families.length === 0) void this.#learn();
    this.graph = answer.graph;
    this.diagnostics = answer.diagnostics;
    this.report = answer.report;
    const after = elementIds(answer.graph);
    const renamed = renamedId(before, after);
    const inherited = renamed && inheritPosition(renamed, this.document.content.layout.nodes);
    if (inherited) this.document.arrange(inherited);
    if (this.selection.length > 0) {
      const known = [...after, ...answer.graph.connections.map(({ id }) => id)];
      const followed = renamed ? follow(this.selection, renamed.from, renamed.to) : this.selection;
      const pruned = prune(followed, known);
      if (!sameSelection(pruned, this.selection)) this.selection = pruned;
    }
    // Copying needs another place to have the focus: time enough when writing pauses.
    clearTimeout(this.#fragmentTimer);
    if (this.#writing) this.#fragmentTimer = setTimeout(() => this.#fetchFragment(), PAUSE_MS);
    else this.#fetchFragment();
    void this.#placeMissing();
  }

  /**
   * Gives a position to what has none, in the background; nothing placed ever moves. One layout at a
   * time: while somebody writes, each would be of another plan.
   */
  async #placeMissing(): Promise<void> {
    const missing = () =>
      nodesOf(this.graph).some((node) => !this.document.content.layout.nodes[node.id]);
    if (this.#placing) return;
    this.#placing = true;
    try {
      while (missing() && !this.#closed) {
        const { graph } = this;
        const { arrange } = await import('$lib/layout/arrange');
        const suggested = await arrange(nodesOf(graph), wiresOf(graph));
        if (this.#closed) return;
        // What came meanwhile is placed by the next turn.
        const known = graph === this.graph;
        this.document.arrange(
          placeNew(
            nodesOf(this.graph).filter(({ id }) => known || suggested[id]),
            wiresOf(this.graph),
            this.document.content.layout.nodes,
            suggested,
          ),
        );
      }
    } finally {
      this.#placing = false;
    }
  }

  #fetchFragment(): void {
    const ids = this.selection.filter((id) => !id.includes('->'));
    if (ids.length === 0) this.fragment = '';
    this.#fragments.request(++this.#fragmentsAsked, { text: this.document.content.text, ids });
  }

  /**
   * Asks what stays the same while the page is open. The answer about the compiler comes behind the
   * first compile; only then is the package fetched that has the catalogue.
   */
  async #learn(): Promise<void> {
    if (this.#learning) return;
    this.#learning = true;
    try {
      this.info = await compiler().call('info', {});
      this.families = await compiler().call('catalogue', {});
    } catch {
      // The compiler's state says why; "Try again" asks once more, and so does the next compile.
    } finally {
      this.#learning = false;
    }
  }
}
