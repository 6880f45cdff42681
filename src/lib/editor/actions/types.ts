import type { DraftContent } from '$lib/document/content';
import type { IconName } from '$lib/ui/icons';
import type { CaseBook } from '$lib/cases/case-book.svelte';
import type { RunSession } from '$lib/run/run-session.svelte';
import type { Start } from '$lib/templates/start.svelte';
import type { EditorSession } from '../session.svelte';
import type { EditorUi } from '../ui.svelte';

/** What an action can see and use. */
export interface ActionContext {
  session: EditorSession;
  cases: CaseBook;
  /** How an empty draft begins. */
  start: Start;
  ui: EditorUi;
  /** The draft's run in the page. */
  run: RunSession;
  createVersion: () => void;
  /** Asks for another name. */
  renameDraft: () => void;
  /** Makes another draft beside this one, and opens it. */
  createDraft: (name: string, content: DraftContent) => Promise<void>;
}

/** Where an action stands in menus and in the list of keys. */
export const actionGroups = ['Plan', 'Selection', 'Arrange', 'View', 'Run', 'Draft'] as const;

/** One thing that can be done here. Menu, palette, keys and help are all read from these. */
export interface EditorAction {
  id: string;
  /** A verb phrase; with "…" where more is asked. */
  title: string;
  /** The title with what it would be done to: "Connect mask to…". */
  titled?: (context: ActionContext) => string;
  /** Other words that somebody may look for it by. */
  said?: string;
  group: (typeof actionGroups)[number];
  icon?: IconName;
  /** Chords that do it, unless somebody bound others; the first is the one shown. */
  keys: readonly string[];
  /** Works while a text field has the focus. */
  everywhere?: boolean;
  /**
   * What undo does about it: takes it back as one step; nothing, because it changes no draft; nothing,
   * because it changes only what is looked at.
   */
  undo: 'step' | 'none' | 'view';
  /** Why it can't be done now; null when it can. */
  refusal: (context: ActionContext) => string | null;
  run: (context: ActionContext) => void | Promise<void>;
}
