import { fingerprint, type DraftContent } from '$lib/document/content';
import type { LocalDraft, LocalDrafts } from './local-store';

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
}

export type SaveAnswer =
  | { kind: 'saved'; revision: number; savedAt: string }
  /** The base revision is no longer the newest; nothing was written. */
  | { kind: 'stale' };

/** The server's drafts, as this module needs them. */
export interface RemoteDrafts {
  get(draftId: string): Promise<RemoteDraft>;
  save(draftId: string, baseRevision: number, content: DraftContent): Promise<SaveAnswer>;
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
  /** Somebody else saved a newer revision; nothing is overwritten until the author chooses. */
  | { kind: 'conflict'; revision: number; theirs: RemoteDraft }
  /** The server refused; stored in this browser only. */
  | { kind: 'refused'; revision: number; failure: RemoteFailure }
  /** This browser could not store it: the one state in which closing the tab loses work. */
  | { kind: 'unstored'; revision: number; message: string }
  /** This tab only looks on; another one edits. */
  | { kind: 'watching'; revision: number };

export interface DraftSyncOptions {
  key: string;
  local: LocalDrafts;
  remote: RemoteDrafts | null;
  describeFailure: (error: unknown) => RemoteFailure;
  onState: (state: SyncState) => void;
  now: () => number;
  /** Pause after the last change before the server is asked, in milliseconds. */
  saveDelayMs?: number;
  /** Told after every write to the browser's store, so that other tabs can read it. */
  onStored?: () => void;
}

/**
 * Keeps a draft in three places in step: the page, this browser, the server.
 *
 * Each change is written to the browser at once and to the server after a short pause, with
 * compare-and-set on the base revision. A refused base is a conflict for the author to resolve; a
 * third write that comes meanwhile is refused the same way, so nothing is ever overwritten unseen.
 */
export class DraftSync {
  readonly #options: DraftSyncOptions;
  #draft: LocalDraft;
  #state: SyncState;
  #storing: Promise<void> | null = null;
  #storeAgain = false;
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

  /** Takes the page's newest content: stored here at once, sent to the server soon. */
  change(content: DraftContent): void {
    if (this.#closed || this.#watching) return;
    this.#draft = { ...this.#draft, content };
    void this.#store();
    if (this.#state.kind === 'conflict') return;
    if (this.#state.kind === 'saved')
      this.#setState({ kind: 'saving', revision: this.#draft.baseRevision });
    this.#schedule(this.#options.saveDelayMs ?? 700);
  }

  /** Resolves once everything typed so far is in this browser's store. */
  async stored(): Promise<void> {
    while (this.#storing) await this.#storing;
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
    this.#draft = {
      ...this.#draft,
      baseRevision: theirs.revision,
      baseFingerprint: await fingerprint(theirs.content),
    };
    this.#setState({ kind: 'saving', revision: theirs.revision });
    await this.#store();
    await this.#settle();
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
    this.#draft = {
      ...this.#draft,
      content: theirs.content,
      baseRevision: theirs.revision,
      baseFingerprint: await fingerprint(theirs.content),
    };
    await this.#store();
    this.#setState({ kind: 'saved', revision: theirs.revision });
    return theirs.content;
  }

  /**
   * Somebody saved a newer revision while nothing is unsaved here: it becomes the base. Returns
   * whether the page should show it; with unsaved work the next save meets it instead.
   */
  async adopt(theirs: RemoteDraft): Promise<boolean> {
    if (this.#state.kind !== 'saved' || this.#saving || this.#timer !== null) return false;
    if (theirs.revision <= this.#draft.baseRevision) return false;
    const baseFingerprint = await fingerprint(theirs.content);
    if (this.#state.kind !== 'saved' || theirs.revision <= this.#draft.baseRevision) return false;
    this.#draft = {
      ...this.#draft,
      content: theirs.content,
      baseRevision: theirs.revision,
      baseFingerprint,
    };
    this.#setState({ kind: 'saved', revision: theirs.revision });
    await this.#store();
    return true;
  }

  /** Another tab has the draft: this one stops writing and shows what that one stores. */
  watch(): void {
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
    if (this.#saving || this.#closed || this.#watching || this.#state.kind === 'conflict') return;
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
      const answer = await remote.save(this.#draft.draftId, this.#draft.baseRevision, sent);
      if (this.#closed || this.#watching) return;
      if (answer.kind === 'stale') {
        await this.#meet(await remote.get(this.#draft.draftId), sentFingerprint);
        return;
      }
      this.#retryMs = 2_000;
      this.#draft = {
        ...this.#draft,
        baseRevision: answer.revision,
        baseFingerprint: sentFingerprint,
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

  /** Their newest revision against ours: the same content is no conflict. */
  async #meet(theirs: RemoteDraft, ours: string): Promise<void> {
    const fingerprintOfTheirs = await fingerprint(theirs.content);
    if (fingerprintOfTheirs !== ours) {
      this.#setState({ kind: 'conflict', revision: this.#draft.baseRevision, theirs });
      return;
    }
    this.#draft = {
      ...this.#draft,
      baseRevision: theirs.revision,
      baseFingerprint: fingerprintOfTheirs,
    };
    await this.#store();
    this.#setState({ kind: 'saved', revision: theirs.revision });
    this.#schedule(0);
  }

  /** A failed local write is shown until one succeeds, whatever the server says. */
  #lost(): boolean {
    return this.#state.kind === 'unstored';
  }
}
