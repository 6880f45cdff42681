import type { MergeChoice } from '$lib/compiler/types';
import type { Case, DraftContent, Sample } from '$lib/document/content';
import type { HistoryState } from '$lib/document/history';

/** A draft as this browser keeps it: what the author has now, and which revision that started from. */
export interface LocalDraft {
  /** `person/draft`: two people who share a browser profile never see each other's work. */
  key: string;
  draftId: string;
  content: DraftContent;
  /** The server's revision that `content` is based on; 0 for a draft that never reached it. */
  baseRevision: number;
  /** Fingerprint of the content of that revision; what differs from it is not on the server yet. */
  baseFingerprint: string | null;
  /** The content of that revision, for a merge; missing in drafts that an older page stored. */
  base?: DraftContent | null;
  /** What was chosen about the conflicts of a merge that isn't finished. */
  choices?: MergeChoice[];
  /** What undo and redo can still do to `content`; written with it, so that the two always fit. */
  undo?: UndoHistory;
  /** How many edits the server hasn't got yet. */
  waiting?: number;
  name: string;
  environmentId: string | null;
  /** When it was written here, in milliseconds since 1970 UTC. */
  savedAt: number;
}

/** Steps that undo takes back, and those that redo brings again; the newest is the last. */
export type UndoHistory = HistoryState;

/** An earlier state of a draft. */
export interface Checkpoint {
  id?: number;
  key: string;
  content: DraftContent;
  baseRevision: number;
  /** Why it was kept, for example "Before taking revision 7". */
  reason: string;
  /** The author's own word for it; one with a name isn't thinned out. */
  name?: string;
  at: number;
}

/** Things of one kind that stand beside drafts in this browser, each under its draft's key and an id. */
export interface Beside<Thing> {
  /** Those of one draft, by id. */
  all(key: string): Promise<Record<string, Thing>>;
  put(key: string, id: string, thing: Thing): Promise<void>;
  remove(key: string, id: string): Promise<void>;
}

/** Where drafts are kept on this machine. */
export interface LocalDrafts {
  get(key: string): Promise<LocalDraft | null>;
  put(draft: LocalDraft): Promise<void>;
  /** Forgets a draft with everything that stands beside it. */
  remove(key: string): Promise<void>;
  /** Keeps a state, and drops what has become too many of the older ones. */
  addCheckpoint(checkpoint: Checkpoint): Promise<void>;
  /** Gives a checkpoint a name, or takes it away with ''. */
  nameCheckpoint(id: number, name: string): Promise<void>;
  newestCheckpoint(key: string): Promise<Checkpoint | null>;
  /** The newest first. */
  checkpoints(key: string): Promise<Checkpoint[]>;
  /** Samples and cases that stay in this browser; shared ones are in the draft's content. */
  samples: Beside<Sample>;
  cases: Beside<Case>;
}

export function draftKey(personId: string, draftId: string): string {
  return `${personId}/${draftId}`;
}
