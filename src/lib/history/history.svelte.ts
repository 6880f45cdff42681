import type { DraftContent } from '$lib/document/content';
import type { DocumentEvent, PlanDocument } from '$lib/document/document';
import { same } from '$lib/document/same';
import type { Checkpoint, LocalDrafts } from '$lib/drafts';
import { CheckpointKeeper } from './keeper';

export interface DraftHistoryOptions {
  local: LocalDrafts;
  key: string;
  document: PlanDocument;
  /** The server's revision that the draft is based on now. */
  baseRevision: () => number;
  /** False while this tab only looks on: another one keeps the states then. */
  keeps: () => boolean;
  now: () => number;
}

/** Earlier states of a draft, as this browser keeps them: kept by themselves, or by name. */
export class DraftHistory {
  /** The newest first; null until they were read. */
  checkpoints = $state.raw<readonly Checkpoint[] | null>(null);
  /** Why states can't be kept or read; '' while they can. */
  failure = $state('');

  readonly #options: DraftHistoryOptions;
  readonly #keeper: CheckpointKeeper;
  readonly #stop: () => void;
  /** One write after the other; what is on show is read again behind each. */
  #work: Promise<void> = Promise.resolve();
  #wanted = false;

  constructor(options: DraftHistoryOptions) {
    this.#options = options;
    this.#keeper = new CheckpointKeeper((content, reason) => this.#add(content, reason));
    this.#stop = options.document.listen((event) => this.#changed(event));
  }

  /** Reads what is kept, and from now on keeps `checkpoints` up to date. */
  read(): Promise<void> {
    this.#wanted = true;
    return this.#then(() => Promise.resolve());
  }

  /** Keeps the present state under a name. */
  keep(name: string): Promise<void> {
    const { content } = this.#options.document;
    return this.#add(content, 'Kept by name', name);
  }

  /** Names a kept state, or takes its name away with ''. */
  rename(checkpoint: Checkpoint, name: string): Promise<void> {
    const { id } = checkpoint;
    if (id === undefined) return Promise.resolve();
    return this.#then(() => this.#options.local.nameCheckpoint(id, name));
  }

  /** The page may go away: what would be kept at rest is kept now. */
  flush(): void {
    this.#keeper.flush();
  }

  close(): void {
    this.flush();
    this.#stop();
  }

  #changed(event: DocumentEvent): void {
    if (this.#options.keeps() || event.kind === 'load') this.#keeper.changed(event);
  }

  #add(content: DraftContent, reason: string, name?: string): Promise<void> {
    const { local, key, baseRevision, now } = this.#options;
    const checkpoint: Checkpoint = {
      key,
      content,
      reason,
      baseRevision: baseRevision(),
      at: now(),
      ...(name === undefined ? {} : { name }),
    };
    return this.#then(async () => {
      const newest = await local.newestCheckpoint(key);
      // Opened and left again, or undone to what was kept last: that state is there already.
      if (name === undefined && newest && same(newest.content, content)) return;
      await local.addCheckpoint(checkpoint);
    });
  }

  #then(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(async () => {
      try {
        await work();
        if (this.#wanted)
          this.checkpoints = await this.#options.local.checkpoints(this.#options.key);
        this.failure = '';
      } catch (cause) {
        this.failure = cause instanceof Error ? cause.message : String(cause);
      }
    });
    return this.#work;
  }
}
