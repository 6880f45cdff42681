import { fromFile, UnreadableDraft, type FileAnswer } from './link';

/** A file that was dropped or chosen, with its name. */
export interface OpenedFile extends FileAnswer {
  file: string;
}

/** More is surely no draft, and would fill the tab's memory (bytes). */
const MOST_BYTES = 8_000_000;

/** Reads a file of the person's; throws {@link UnreadableDraft} for what is no draft. */
export async function readFile(file: File): Promise<OpenedFile> {
  if (file.size > MOST_BYTES) throw new UnreadableDraft('The file is too large for a draft.');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer());
  } catch (cause) {
    throw new UnreadableDraft('The file is not text.', { cause });
  }
  return { file: file.name, ...fromFile(file.name, text) };
}
