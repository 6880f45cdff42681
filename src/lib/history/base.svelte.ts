import type { MergeAnswer, MergeChoice, MergeRequest } from '$lib/compiler';
import type { DraftContent } from '$lib/document/content';
import type { DocumentEvent, PlanDocument } from '$lib/document/document';
import { mergeContent } from '$lib/document/merge';
import type { DraftBase, RemoteFailure } from '$lib/drafts';

/** What following the base needs of the server. */
export interface BaseServer {
  /** What a version holds. */
  version(versionId: string): Promise<DraftContent>;
  /** Says which version the draft is based on from now on, by its number; null for none. */
  rebase(number: number | null): Promise<unknown>;
  describeFailure(error: unknown): RemoteFailure;
}

/** What a draft, its base and the newest version hold, and what the merge of them gives. */
export interface Rebase {
  from: { number: number; content: DraftContent };
  onto: { number: number; content: DraftContent };
  ours: DraftContent;
  merge: MergeAnswer;
  choices: readonly MergeChoice[];
}

/** Steps after which a draft is based on another version: from which, and on which. */
const LABEL = /^(?:Rebase from v(\d+) onto|Start from) v(\d+)$/u;

/**
 * The version that a draft is based on: the one that it started from, and the way onto a newer one: a
 * merge, as one step that undo takes back. The server is told of the new base, and told again when the step is taken back or
 * brought again: the base and what is merged belong together, or the next merge would count the
 * version's changes as removed here.
 */
export class BaseOfDraft {
  /** As the server says: null for a draft that no version belongs to, undefined while it is unknown. */
  current = $state.raw<DraftBase | null | undefined>(undefined);

  readonly #document: PlanDocument;
  readonly #server: BaseServer;
  readonly #replace: (content: DraftContent, label: string, edits: MergeAnswer['edits']) => void;
  readonly #merge: (request: MergeRequest) => Promise<MergeAnswer>;
  readonly #failed: (failure: RemoteFailure) => void;
  readonly #stop: () => void;

  constructor(options: {
    document: PlanDocument;
    server: BaseServer;
    replace: (content: DraftContent, label: string, edits: MergeAnswer['edits']) => void;
    /** Merges plan texts (docs/spec/merge.md). */
    merge: (request: MergeRequest) => Promise<MergeAnswer>;
    /** The server could not be told that a rebase was taken back, or brought again. */
    failed: (failure: RemoteFailure) => void;
  }) {
    this.#document = options.document;
    this.#server = options.server;
    this.#replace = options.replace;
    this.#merge = options.merge;
    this.#failed = options.failed;
    this.#stop = this.#document.listen((event) => this.#followUndo(event));
  }

  close(): void {
    this.#stop();
  }

  version(versionId: string): Promise<DraftContent> {
    return this.#server.version(versionId);
  }

  describeFailure(error: unknown): RemoteFailure {
    return this.#server.describeFailure(error);
  }

  /** The draft takes a version's content and is based on it. */
  async startFrom(number: number): Promise<void> {
    await this.#server.rebase(number);
  }

  /** Merges what the newest version changed since the base with what the draft did. */
  async begin(base: DraftBase): Promise<Rebase> {
    const [from, onto] = await Promise.all([
      this.#server.version(base.versionId),
      this.#server.version(base.newest.versionId),
    ]);
    return this.#merged(
      { number: base.number, content: from },
      { number: base.newest.number, content: onto },
      [],
    );
  }

  /** The merge with one more choice about what both changed, and with what was typed since. */
  choose({ from, onto, choices }: Rebase, choice: MergeChoice): Promise<Rebase> {
    return this.#merged(from, onto, [...choices.filter(({ id }) => id !== choice.id), choice]);
  }

  /** Puts the merge in the draft's place; answers false when the draft changed meanwhile. */
  async finish({ from, onto, ours, merge }: Rebase): Promise<boolean> {
    if (merge.open > 0 || this.#document.content !== ours) return false;
    await this.#server.rebase(onto.number);
    if (this.#document.content !== ours) {
      await this.#server.rebase(from.number);
      return false;
    }
    const content = mergeContent(from.content, ours, onto.content, merge.text);
    this.#replace(content, `Rebase from v${from.number} onto v${onto.number}`, merge.edits);
    return true;
  }

  async #merged(
    from: Rebase['from'],
    onto: Rebase['onto'],
    choices: readonly MergeChoice[],
  ): Promise<Rebase> {
    const ours = this.#document.content;
    const merge = await this.#merge({
      base: from.content.text,
      ours: ours.text,
      theirs: onto.content.text,
      choices: [...choices],
    });
    return { from, onto, ours, merge, choices };
  }

  #followUndo({ kind, label }: DocumentEvent): void {
    const numbers = LABEL.exec(label ?? '');
    if (!numbers || (kind !== 'undo' && kind !== 'redo')) return;
    // What began with a version was based on none before.
    const number = kind === 'undo' ? numbers[1] : numbers[2];
    this.#server
      .rebase(number === undefined ? null : Number(number))
      .catch((error: unknown) => this.#failed(this.#server.describeFailure(error)));
  }
}
