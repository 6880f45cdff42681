import {
  compiler,
  onCompilerState,
  type CompilerState,
  type ExecutionTarget,
  type Fix,
  type Foreseen,
  type ForeseenRole,
  type TextEdit,
} from '$lib/compiler';
import { besideChange } from '$lib/document/change';
import type { Direction, DraftContent, Position } from '$lib/document/content';
import type { Command, DocumentEvent } from '$lib/document/document';
import { smallestEdit } from '$lib/document/edits';
import { inheritPosition, renamedId } from '$lib/document/placement';
import { simpleLayout, wrapped } from '$lib/document/placement-tidy';
import type { Selection } from '$lib/document/selection';
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
import type { BaseOfDraft } from '$lib/history/base.svelte';
import { DraftHistory } from '$lib/history/history.svelte';
import { planNameOf } from '$lib/templates/new-plan';
import { toasts } from '$lib/ui/toasts.svelte';
import { Chosen } from './session/chosen.svelte';
import { Gestures, type GestureOptions, type GestureStep } from './session/gestures';
import { Placement, type Arrange } from './session/placement';
import { Plan, type PlanCompiler } from './session/plan.svelte';
import { Voice } from './session/voice.svelte';
import { WaitingEdits } from './session/waiting-edits.svelte';

export interface SessionOptions {
  draft: LocalDraft;
  /** False when the person's role only lets them look. */
  mayEdit: boolean;
  /** Whether the server can be reached now; always without it. */
  online?: () => boolean;
  sync: Omit<DraftSyncOptions, 'onState' | 'merge' | 'onMerged'>;
  /** Another compiler than the page's, and another layout engine: tests have neither worker. */
  compiler?: PlanCompiler;
  arrange?: Arrange;
}

/** The layout engine is fetched when it is first needed; where it can't be had, depth places nodes. */
const arrangeInWorker: Arrange = async (nodes, wires, direction) => {
  try {
    const { arrange } = await import('$lib/layout/arrange');
    return await arrange(nodes, wires, direction);
  } catch {
    return wrapped({ nodes, wires }, simpleLayout(nodes, wires, direction), direction);
  }
};

/**
 * One open draft, as every view reads and changes it. What it knows is in its parts: the plan, what
 * is chosen of it, gestures, placement, voice; here they are joined, and kept in step with the
 * draft's stores.
 */
export class EditorSession {
  readonly sync: DraftSync;
  readonly draftId: string;
  /** Where this browser keeps the draft, and under which key: what stands beside it goes there too. */
  readonly local: LocalDrafts;
  readonly key: string;
  readonly mayEdit: boolean;
  readonly plan: Plan;
  readonly voice = new Voice();
  readonly history: DraftHistory;
  readonly waitingEdits: WaitingEdits;

  syncState = $state.raw<SyncState>({ kind: 'saving', revision: 0 });
  compilerState = $state.raw<CompilerState>({ phase: 'starting' });
  name = $state('');
  environmentId = $state<string | null>(null);
  /** The version that the draft is based on; null where the server can't be asked. */
  base = $state.raw<BaseOfDraft | null>(null);
  /** What the newest gesture made: elements, connections, notes, groups. Views bring it in sight. */
  made = $state.raw<readonly string[]>([]);
  /** A newer page has this browser's store of drafts: nothing more is taken here. */
  outdated = $state(false);

  readonly #compiler: PlanCompiler;
  readonly #online: () => boolean;
  readonly #chosen: Chosen;
  readonly #gestures: Gestures;
  readonly #placement: Placement;
  /** Whether the person changed something since the draft was opened. */
  #edited = false;
  /** Whether the newest change was written in the text: what isn't looked at meanwhile can wait. */
  #writing = false;
  #stop: (() => void)[] = [];

  constructor({ draft, mayEdit, sync, ...given }: SessionOptions) {
    this.mayEdit = mayEdit;
    this.#online = given.online ?? (() => true);
    this.waitingEdits = new WaitingEdits(draft.waiting);
    this.draftId = draft.draftId;
    this.local = sync.local;
    this.key = draft.key;
    this.name = draft.name;
    this.environmentId = draft.environmentId;
    this.#compiler = given.compiler ?? compiler();
    this.#chosen = new Chosen(() => this.plan, this.#compiler);
    this.plan = new Plan({
      content: draft.content,
      kept: draft.undo,
      compiler: this.#compiler,
      selection: () => this.selection,
      answered: (before, after) => this.#answered(before, after),
    });
    this.#placement = new Placement(this.plan, given.arrange ?? arrangeInWorker);
    this.#gestures = new Gestures({
      document: this.document,
      compiler: this.#compiler,
      planName: () => planNameOf(this.name),
      refused: () => this.#refusedAsReadOnly(),
      failed: (error) => this.voice.failed(error),
      select: (selection) => this.select(selection),
      say: (sentence) => this.say(sentence),
      made: (ids) => (this.made = ids),
      outrun: (label) =>
        toasts.show({
          tone: 'warn',
          title: `${label}: the text kept changing`,
          text: 'Nothing was altered. Try again when you pause typing.',
        }),
    });
    this.sync = new DraftSync(
      {
        ...sync,
        onState: (state) => {
          this.syncState = state;
          if (state.kind === 'saved') this.waitingEdits.saved();
        },
        merge: (request) => this.#compiler.call('merge', request),
        onMerged: (merged) => this.#merged(merged),
      },
      draft,
    );
    this.history = new DraftHistory({
      local: this.local,
      key: this.key,
      document: this.document,
      baseRevision: () => this.sync.draft.baseRevision,
      keeps: () => !this.readOnly,
      now: sync.now,
    });
    this.#stop.push(this.document.listen((event) => this.#changed(event)));
    if (given.compiler) this.compilerState = { phase: 'ready' };
    else this.#stop.push(onCompilerState((state) => (this.compilerState = state)));
  }

  // What the parts know, under one name for every view.
  get document() {
    return this.plan.document;
  }
  get content() {
    return this.plan.content;
  }
  get layout() {
    return this.plan.layout;
  }
  get target() {
    return this.plan.target;
  }
  get version() {
    return this.plan.version;
  }
  get compiledVersion() {
    return this.plan.compiledVersion;
  }
  get upToDate() {
    return this.plan.upToDate;
  }
  get graph() {
    return this.plan.graph;
  }
  get diagnostics() {
    return this.plan.diagnostics;
  }
  get errors() {
    return this.plan.errors;
  }
  get report() {
    return this.plan.report;
  }
  get families() {
    return this.plan.families;
  }
  get catalogue() {
    return this.plan.catalogue;
  }
  get info() {
    return this.plan.info;
  }
  get compileFailure() {
    return this.plan.compileFailure;
  }
  get undoLabel() {
    return this.plan.undoLabel;
  }
  get redoLabel() {
    return this.plan.redoLabel;
  }
  get selection() {
    return this.#chosen.selection;
  }
  get fragment() {
    return this.#chosen.fragment;
  }
  get said() {
    return this.voice.said;
  }

  /** Starts compiling and syncing. */
  async begin(): Promise<void> {
    this.compile();
    void this.plan.learn();
    if (this.mayEdit) await this.sync.begin();
    else this.syncState = { kind: 'saved', revision: this.sync.draft.baseRevision };
  }

  /** The page may go away: what waits to be stored is stored now. */
  flush(): void {
    this.sync.flush();
    this.history.flush();
  }

  close(): void {
    this.history.close();
    this.base?.close();
    this.#placement.close();
    this.#chosen.close();
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

  /** Whether the server can be reached now. */
  get online(): boolean {
    return this.#online();
  }

  get readOnly(): boolean {
    return this.readOnlyReason !== null;
  }

  compile(): void {
    this.plan.compile();
  }

  /** Shows a revision that was saved elsewhere; undo brings back what was here. */
  async show(theirs: RemoteDraft): Promise<void> {
    this.name = theirs.name;
    this.sync.rename(theirs.name);
    if (this.base) this.base.current = theirs.base ?? null;
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

  /** Asks for the catalogue once more. */
  learn(): Promise<void> {
    return this.plan.learn();
  }

  /** Follows what the editing tab stored; this tab only looks on. */
  async followOtherTab(): Promise<void> {
    const stored = await this.sync.reload();
    if (stored && this.syncState.kind === 'watching')
      this.document.load(stored.content, stored.undo);
  }

  /** Starts the compiler anew after it could not be started. */
  restartCompiler(): void {
    compiler().restart();
    this.compile();
    void this.plan.learn();
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

  /** Goes back or forth in the history until so many of its steps are done. */
  travel(steps: number): void {
    if (this.#refusedAsReadOnly()) return;
    this.document.travel(steps);
    this.say(`Now after: ${this.undoLabel ?? 'the beginning'}`);
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
    this.#chosen.select(selection);
  }

  say(sentence: string): void {
    this.voice.say(sentence);
  }

  /** Runs edit operations as one undo step; see {@link Gestures.run}. */
  gesture(steps: readonly GestureStep[], options: GestureOptions): Promise<string[] | null> {
    return this.#gestures.run(steps, options);
  }

  /** What these steps would do, without doing them; rejects when they are refused. */
  async foresee(steps: readonly GestureStep[]): Promise<Foreseen> {
    const { text, target } = this.document.content;
    const { operations } = await this.#gestures.ask(steps);
    return this.#compiler.call('foresee', { text, target, operations });
  }

  /** The roles that lowering inserts, or would, were there no errors. */
  sketch(): Promise<ForeseenRole[]> {
    const { text, target } = this.document.content;
    return this.#compiler.call('sketch', { text, target });
  }

  /** Lays out the whole plan, or the given nodes of it, as one undoable step. */
  async tidy(only?: readonly string[]): Promise<void> {
    if (this.#refusedAsReadOnly()) return;
    const change = await this.#placement.tidied(only);
    if (this.run({ label: 'Tidy up', change })) this.say('The plan was tidied up.');
  }

  /** Lets records flow the other way, with the whole plan laid out for it, as one undoable step. */
  async turn(direction: Direction): Promise<void> {
    if (this.#refusedAsReadOnly()) return;
    const change = await this.#placement.turned(direction);
    const way = direction === 'down' ? 'down' : 'to the right';
    if (this.run({ label: `Flow ${way}`, change })) this.say(`Records flow ${way} now.`);
  }

  /** Formats the text: one space, sections apart by one blank line. */
  async format(): Promise<void> {
    const { version, content } = this.document;
    try {
      const { edits } = await this.#compiler.call('format', { text: content.text });
      if (this.document.version !== version) return;
      if (this.run({ label: 'Format', change: { edits } })) this.say('The text was formatted.');
      else this.say('The text is formatted already.');
    } catch (error) {
      this.voice.failed(error);
    }
  }

  #refusedAsReadOnly(): boolean {
    const reason = this.readOnlyReason;
    if (reason !== null) this.voice.refuse(reason);
    return reason !== null;
  }

  #changed(event: DocumentEvent): void {
    if (event.kind !== 'arrangement') this.#writing = event.origin === 'text';
    if (event.kind === 'command' || event.kind === 'undo' || event.kind === 'redo')
      this.#edited = true;
    this.waitingEdits.changed(event, performance.now());
    if (event.selection) this.select(event.selection);
    // Looking at a draft writes nothing: an automatic placement is stored with the next edit.
    if (this.mayEdit && event.kind !== 'load' && (this.#edited || event.kind !== 'arrangement'))
      this.sync.change(event.content, this.document.kept, this.waitingEdits.count);
  }

  #answered(before: readonly string[], after: readonly string[]): void {
    const renamed = renamedId(before, after);
    const inherited = renamed && inheritPosition(renamed, this.document.content.layout.nodes);
    if (inherited) this.document.arrange(inherited);
    const known = [...after, ...this.graph.connections.map(({ id }) => id)];
    this.#chosen.settle(known, renamed, this.#writing);
    void this.#placement.placeMissing();
  }
}
