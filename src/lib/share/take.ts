import type { DraftContent } from '$lib/document/content';
import type { EditorSession } from '$lib/editor/session.svelte';
import type { OpenedFile } from './read-file';

/**
 * What a draft would be with a file in its place. Cases and samples stand beside a plan: no file
 * brings them, and none takes them away.
 */
export function contentWith(now: DraftContent, { draft, textOnly }: OpenedFile): DraftContent {
  const { text, target, layout } = draft.content;
  return textOnly ? { ...now, text } : { ...now, text, target, layout };
}

/** Puts a file in the place of the draft, as one step that undo takes back. */
export function replaceBy(session: EditorSession, opened: OpenedFile): void {
  session.replace(contentWith(session.content, opened), `Import ${opened.file}`);
  session.say(`${opened.file} took the place of the plan. Undo brings the old one back.`);
}
