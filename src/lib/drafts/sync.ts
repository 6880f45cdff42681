import type { MergeAnswer, MergeChoice, MergeRequest } from '$lib/compiler/types';
import { fingerprint, type DraftContent } from '$lib/document/content';
import { mergeContent, unknownBase } from '$lib/document/merge';
import type { LocalDraft, LocalDrafts, UndoHistory } from './kept';

/** A draft as the server holds it. */
export interface RemoteDraft {
  draftId: string;
  name: string;
  environmentId: string;
  revision: number;
  content: DraftContent;
  /** Who saved that revision, and when (ISO time), where the server says so. */
  savedBy: string | null;
  savedAt: string | null;
  /** Whether the person may change it; others look on. */
  mayEdit: boolean;
  /** The version that it is based on; null for one that never was a version. */
  base?: DraftBase | null;
}

/** A draft's version of before, and the newest of the same pipeline beside it. */
export interface DraftBase {
  versionId: string;
  number: number;
  newest: { versionId: string; number: number; createdBy: string };
}

export type SaveAnswer =
  | { kind: 'saved'; revision: number; savedAt: string }
  /** The base revision is no longer the newest; nothing was written. */
  | { kind: 'stale' };

/** The server's drafts, as this module needs them. */
export interface RemoteDrafts {
  get(draftId: string): Promise<RemoteDraft>;
  /** `base` is the content of the base revision, where it is known: what it has needn't be sent. */
  save(
    draftId: string,
    baseRevision: number,
    content: DraftContent,
    base: DraftContent | null,
  ): Promise<SaveAnswer>;
}

/** A failed call: `offline` is retried by itself, anything else waits for the author. */
export interface RemoteFailure {
  offline: boolean;
  code: string;
  message: string;
  help?: string | undefined;
}

export type SyncState =
  /** The server has exactly what the page shows. */
  | { kind: 'saved'; revision: number }
  /** Stored in this browser; on its way to the server. */
  | { kind: 'saving'; revision: number }
  /** Stored in this browser; the server can't be reached. */
  | { kind: 'offline'; revision: number }
  /**
   * Somebody else saved a newer revision and changed what was changed here too; nothing is
   * overwritten until the author chooses. `merge` is null where the compiler could not merge.
   */
  | { kind: 'conflict'; revision: number; theirs: RemoteDraft; merge: MergeAnswer | null }
  /** The server refused; stored in this browser only. */
  | { kind: 'refused'; revision: number; failure: RemoteFailure }
  /** This browser could not store it: the one state in which closing the tab loses work. */
  | { kind: 'unstored'; revision: number; message: string }
  /** This tab only looks on; another one edits. */
  | { kind: 'watching'; revision: number };

/** A newer revision was put together with what is here. */
export interface MergedDraft {
  content: DraftContent;
  merge: MergeAnswer;
  theirs: RemoteDraft;
}

export interface DraftSyncOptions {
  key: string;
  local: LocalDrafts;
  remote: RemoteDrafts | null;
  describeFailure: (error: unknown) => RemoteFailure;
  onState: (state: SyncState) => void;
  /** Merges plan texts (docs/spec/merge.md). */
  merge: (request: MergeRequest) => Promise<MergeAnswer>;
  /** Told of a merge, whose content the page has to show: it is what is saved next. */
  onMerged: (merged: MergedDraft) => void;
  now: () => number;
  /** Pause after the last change before the server is asked, in milliseconds. */
  saveDelayMs?: number;
  /**
   * How long changes are gathered before they are written to the browser's store, in milliseconds.
   * A write takes a moment, in which nothing is painted.
   */
  storeDelayMs?: number;
  /** Told after every write to the browser's store, so that other tabs can read it. */
  onStored?: () => void;
}

/**
 * Keeps a draft in three places in step: the page, this browser, the server.
 *
 * Each change is written to the browser almost at once and to the server after a short pause, with
 * compare-and-set on the base revision. Where the base is refused, the newer revision is merged
 * with what is here; what both changed differently is a conflict for the author to resolve. A third
 * write that comes meanwhile is met the same way, so nothing is ever overwritten unseen.
 */
export class DraftSync {
  readonly #options: DraftSyncOptions;
  #draft: LocalDraft;
  #state: SyncState;
  #storing: Promise<void> | null = null;
  #storeAgain = false;
  #storeTimer: ReturnType<typeof setTimeout> | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #saving = false;
  #retryMs = 2_000;
  #watching = false;
  #closed = false;

  constructor(options: DraftSyncOptions, draft: LocalDraft) {
    this.#options = options;
    this.#draft = draft;
    this.#state = { kind: 'saving', revision: draft.baseRevision };
  }

  get state(): SyncState {
    return this.#state;
  }

  get draft(): LocalDraft {
    return this.#draft;
  }

  /** Starts from what was opened: sends what this browser has and the server has not. */
  async begin(): Promise<void> {
    await this.#store();
    await this.#settle();
  }

  /**
   * Takes the page's newest content, with what undo and redo can do to it and how many edits of it
   * wait for the server: stored here at once, sent to the server soon.
   */
  change(content: DraftContent, undo?: UndoHistory, waiting = 0): void {
    if (this.#closed || this.#watching) return;
    this.#draft = { ...withContent(this.#draft, content, undo), waiting };
    const { storeDelayMs } = this.#options;
    if (storeDelayMs) this.#storeTimer ??= setTimeout(() => void this.#store(), storeDelayMs);
    else void this.#store();
    // An open conflict is merged anew with what was changed.
    if (this.#state.kind === 'saved')
      this.#setState({ kind: 'saving', revision: this.#draft.baseRevision });
    this.#schedule(this.#options.saveDelayMs ?? 700);
  }

  /** Resolves once everything typed so far is in this browser's store. */
  async stored(): Promise<void> {
    this.flush();
    while (this.#storing) await this.#storing;
  }

  /** Begins to write to the browser's store what waits for that: the page may go away. */
  flush(): void {
    if (this.#storeTimer !== null) void this.#store();
  }

  /** Sends to the server now, and resolves when it answered; "Create version" needs that. */
  async saveNow(): Promise<SyncState> {
    this.#cancelTimer();
    for (let tries = 0; tries < 20 && !this.#closed; tries += 1) {
      await this.stored();
      await this.#settle();
      if (this.#state.kind !== 'saving') break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return this.#state;
  }

  /** Called when the browser says that it is online again. */
  online(): void {
    if (this.#state.kind === 'offline') this.#schedule(0);
  }

  /** The author tries again after a refusal. */
  retry(): void {
    if (this.#state.kind === 'refused' || this.#state.kind === 'offline') this.#schedule(0);
  }

  /**
   * The author keeps the own text: it becomes a new revision on top of theirs. Theirs stays in the
   * server's history, and a checkpoint of it here.
   */
  async keepMine(): Promise<void> {
    if (this.#state.kind !== 'conflict') return;
    const { theirs } = this.#state;
    await this.#options.local.addCheckpoint({
      key: this.#draft.key,
      content: theirs.content,
      baseRevision: theirs.revision,
      reason: `Revision ${theirs.revision}, before your text went on top`,
      at: this.#options.now(),
    });
    await this.#rebase(theirs);
    this.#setState({ kind: 'saving', revision: theirs.revision });
    await this.#store();
    await this.#settle();
  }

  /** The author chooses about a conflict of the merge; the choice is kept with the draft. */
  async choose(choice: MergeChoice): Promise<void> {
    if (this.#state.kind !== 'conflict') return;
    const others = (this.#draft.choices ?? []).filter(({ id }) => id !== choice.id);
    this.#draft = { ...this.#draft, choices: [...others, choice] };
    await this.#store();
    await this.#meet(this.#state.theirs, { ask: true });
  }

  /** All is chosen: the merged text goes on. False while something is still to be chosen. */
  async finishMerge(): Promise<boolean> {
    if (this.#state.kind !== 'conflict') return false;
    await this.#meet(this.#state.theirs, { ask: false });
    if ((this.#state as SyncState).kind === 'conflict') return false;
    await this.#settle();
    return true;
  }

  /** The author takes their revision; the own text is kept as a checkpoint. Returns their content. */
  async takeTheirs(): Promise<DraftContent | null> {
    if (this.#state.kind !== 'conflict') return null;
    const { theirs } = this.#state;
    await this.#options.local.addCheckpoint({
      key: this.#draft.key,
      content: this.#draft.content,
      baseRevision: this.#draft.baseRevision,
      reason: `Your text, before you took revision ${theirs.revision}`,
      at: this.#options.now(),
    });
    await this.#rebase(theirs);
    this.#draft = withContent(this.#draft, theirs.content);
    await this.#store();
    this.#setState({ kind: 'saved', revision: theirs.revision });
    return theirs.content;
  }

  /**
   * Somebody saved a newer revision while nothing is unsaved here: it becomes the base. Returns
   * whether the page should show it; with unsaved work the next save meets it instead.
   */
  async adopt(theirs: RemoteDraft): Promise<boolean> {
    if (this.#state.kind === 'conflict' && theirs.revision > this.#state.theirs.revision) {
      // A third version in the middle of a merge: what was chosen holds where it still fits.
      await this.#meet(theirs, { ask: true });
      return false;
    }
    if (this.#state.kind !== 'saved' || this.#saving || this.#timer !== null) return false;
    if (theirs.revision <= this.#draft.baseRevision) return false;
    const baseFingerprint = await fingerprint(theirs.content);
    if (this.#state.kind !== 'saved' || theirs.revision <= this.#draft.baseRevision) return false;
    this.#draft = {
      ...withContent(this.#draft, theirs.content),
      baseRevision: theirs.revision,
      baseFingerprint,
      base: theirs.content,
    };
    this.#setState({ kind: 'saved', revision: theirs.revision });
    await this.#store();
    return true;
  }

  /** The draft has another name; it stands beside the content, whose revision it leaves alone. */
  rename(name: string): void {
    if (name === this.#draft.name) return;
    this.#draft = { ...this.#draft, name };
    if (!this.#watching) void this.#store();
  }

  /** Another tab has the draft: this one stops writing and shows what that one stores. */
  watch(): void {
    this.flush();
    this.#watching = true;
    this.#cancelTimer();
    this.#setState({ kind: 'watching', revision: this.#draft.baseRevision });
  }

  /** What the other tab stored last; null when there is nothing. */
  async reload(): Promise<LocalDraft | null> {
    const stored = await this.#options.local.get(this.#draft.key);
    if (stored) {
      this.#draft = stored;
      if (this.#watching) this.#setState({ kind: 'watching', revision: stored.baseRevision });
    }
    return stored;
  }

  /** This tab has the draft again. */
  async resume(): Promise<void> {
    this.#watching = false;
    this.#setState({ kind: 'saving', revision: this.#draft.baseRevision });
    await this.#settle();
  }

  close(): void {
    this.flush();
    this.#closed = true;
    this.#cancelTimer();
  }

  #setState(state: SyncState): void {
    this.#state = state;
    if (!this.#closed) this.#options.onState(state);
  }

  #cancelTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #schedule(ms: number): void {
    this.#cancelTimer();
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#settle();
    }, ms);
  }

  /** Writes the newest draft to the browser's store; one write at a time, the newest last. */
  #store(): Promise<void> {
    if (this.#storeTimer !== null) clearTimeout(this.#storeTimer);
    this.#storeTimer = null;
    if (this.#storing) {
      this.#storeAgain = true;
      return this.#storing;
    }
    this.#storing = this.#writeUntilNewest().finally(() => {
      this.#storing = null;
    });
    return this.#storing;
  }

  async #writeUntilNewest(): Promise<void> {
    do {
      this.#storeAgain = false;
      try {
        await this.#options.local.put({ ...this.#draft, savedAt: this.#options.now() });
        this.#options.onStored?.();
        if (this.#state.kind === 'unstored') {
          this.#setState({ kind: 'saving', revision: this.#draft.baseRevision });
          this.#schedule(0);
        }
      } catch (cause) {
        const message = cause instanceof Error ? cause.message : String(cause);
        this.#setState({ kind: 'unstored', revision: this.#draft.baseRevision, message });
      }
    } while (this.#storeAgain);
  }

  /** Compares with the base and sends what differs; never two at once, never over a conflict. */
  async #settle(): Promise<void> {
    if (this.#saving || this.#closed || this.#watching) return;
    if (this.#state.kind === 'conflict') {
      await this.#meet(this.#state.theirs, { ask: true });
      return;
    }
    const { remote } = this.#options;
    this.#saving = true;
    try {
      const sent = this.#draft.content;
      const sentFingerprint = await fingerprint(sent);
      if (sentFingerprint === this.#draft.baseFingerprint) {
        if (this.#draft.content === sent && !this.#lost())
          this.#setState({ kind: 'saved', revision: this.#draft.baseRevision });
        return;
      }
      if (!remote) {
        if (!this.#lost()) this.#setState({ kind: 'offline', revision: this.#draft.baseRevision });
        return;
      }
      if (!this.#lost()) this.#setState({ kind: 'saving', revision: this.#draft.baseRevision });
      const { draftId, baseRevision, base = null } = this.#draft;
      const answer = await remote.save(draftId, baseRevision, sent, base);
      if (this.#closed || this.#watching) return;
      if (answer.kind === 'stale') {
        await this.#meet(await remote.get(this.#draft.draftId), { ask: false });
        return;
      }
      this.#retryMs = 2_000;
      this.#draft = {
        ...this.#draft,
        baseRevision: answer.revision,
        baseFingerprint: sentFingerprint,
        base: sent,
        ...(this.#draft.content === sent ? { waiting: 0 } : {}),
      };
      await this.#store();
      if (this.#draft.content === sent) {
        if (!this.#lost()) this.#setState({ kind: 'saved', revision: answer.revision });
      } else this.#schedule(this.#options.saveDelayMs ?? 700);
    } catch (error) {
      const failure = this.#options.describeFailure(error);
      const revision = this.#draft.baseRevision;
      if (failure.offline) {
        this.#setState({ kind: 'offline', revision });
        this.#schedule(this.#retryMs);
        this.#retryMs = Math.min(this.#retryMs * 2, 30_000);
      } else this.#setState({ kind: 'refused', revision, failure });
    } finally {
      this.#saving = false;
    }
  }

  /** Their revision becomes what the draft here is based on. */
  async #rebase(theirs: RemoteDraft): Promise<void> {
    const baseFingerprint = await fingerprint(theirs.content);
    const { choices: _, ...draft } = this.#draft;
    this.#draft = {
      ...draft,
      baseRevision: theirs.revision,
      baseFingerprint,
      base: theirs.content,
    };
  }

  /**
   * Their newest revision against ours. The same content is no conflict; what both changed
   * independently is put together at once. With `ask`, a merge whose conflicts are all decided
   * waits for the author all the same.
   */
  async #meet(theirs: RemoteDraft, { ask }: { ask: boolean }): Promise<void> {
    for (;;) {
      const draft = this.#draft;
      const ours = draft.content;
      if ((await fingerprint(ours)) === (await fingerprint(theirs.content))) {
        if (this.#draft.content !== ours) continue;
        await this.#rebase(theirs);
        await this.#store();
        this.#setState({ kind: 'saved', revision: theirs.revision });
        this.#schedule(0);
        return;
      }
      const base = draft.base ?? unknownBase(theirs.content);
      const merge = await this.#merged(base, ours, theirs.content, draft.choices ?? []);
      if (this.#closed || this.#watching) return;
      // Typed on, or chosen, while the compiler worked: once more with the newest.
      if (this.#draft !== draft) continue;
      const asks = merge === null || merge.open > 0 || (ask && merge.conflicts.length > 0);
      if (asks) {
        this.#setState({ kind: 'conflict', revision: draft.baseRevision, theirs, merge });
        return;
      }
      const content = mergeContent(base, ours, theirs.content, merge.text);
      await this.#options.local.addCheckpoint({
        key: draft.key,
        content: ours,
        baseRevision: draft.baseRevision,
        reason: `Your text, before revision ${theirs.revision} was merged into it`,
        at: this.#options.now(),
      });
      await this.#rebase(theirs);
      // From here to the page's new text nothing may come between.
      if (this.#draft.content !== ours) {
        this.#draft = { ...draft, content: this.#draft.content };
        continue;
      }
      this.#draft = withContent(this.#draft, content);
      this.#setState({ kind: 'saving', revision: theirs.revision });
      this.#options.onMerged({ content, merge, theirs });
      await this.#store();
      this.#schedule(0);
      return;
    }
  }

  async #merged(
    base: DraftContent,
    ours: DraftContent,
    theirs: DraftContent,
    choices: MergeChoice[],
  ): Promise<MergeAnswer | null> {
    try {
      return await this.#options.merge({
        base: base.text,
        ours: ours.text,
        theirs: theirs.text,
        choices,
      });
    } catch {
      // Without the compiler, whose state the page shows, whole revisions can still be chosen.
      return null;
    }
  }

  /** A failed local write is shown until one succeeds, whatever the server says. */
  #lost(): boolean {
    return this.#state.kind === 'unstored';
  }
}

/** The draft with other content. Undo speaks of one content only: without its own there is none. */
function withContent(draft: LocalDraft, content: DraftContent, undo?: UndoHistory): LocalDraft {
  const { undo: _, ...rest } = draft;
  return undo ? { ...rest, content, undo } : { ...rest, content };
}
