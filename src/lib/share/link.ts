import {
  emptyContent,
  normalizeText,
  readContent,
  storedLayout,
  type DraftContent,
} from '$lib/document/content';

/** What travels of a draft. Samples and cases stay: they may hold records of real people. */
export interface SharedDraft {
  name: string;
  content: DraftContent;
}

/** Why a link or file can't be opened, for whoever opens it. */
export class UnreadableDraft extends Error {
  readonly code = 'shared_draft_unreadable';
}

/** Grows when what is packed changes in a way that an older page would misread. */
const VERSION = '1';
/** Longer links are cut by some chats and mail readers. */
const MOST_LINK = 8_000;
/** The largest plan that the server takes, in UTF-16 units, and a packed draft, in bytes. */
const MOST_TEXT = 512 * 1024;
const MOST_BYTES = 4_000_000;
const MOST_NAME = 120;

export type LinkAnswer =
  | { kind: 'link'; fragment: string; length: number }
  /** It would be cut on its way: a file holds the same. */
  | { kind: 'too_long'; length: number; most: number };

/**
 * A draft as the fragment of a link: `1.` and its packed form, compressed, in base64url. A browser
 * never sends a fragment to a server, so what is shared stays between those who have the link.
 */
export async function toFragment(draft: SharedDraft): Promise<LinkAnswer> {
  const bytes = await through(
    new TextEncoder().encode(pack(draft)),
    new CompressionStream('deflate-raw'),
    Infinity,
  );
  const fragment = `${VERSION}.${toBase64Url(bytes)}`;
  const { length } = fragment;
  return length > MOST_LINK
    ? { kind: 'too_long', length, most: MOST_LINK }
    : { kind: 'link', fragment, length };
}

/** Reads a fragment that anybody may have written; throws {@link UnreadableDraft}. */
export async function fromFragment(fragment: string): Promise<SharedDraft> {
  const [version, packed, ...more] = fragment.replace(/^#/u, '').split('.');
  if (packed === undefined || more.length > 0 || !/^\d{1,4}$/u.test(version ?? ''))
    throw new UnreadableDraft('The link is not one of a draft, or was cut on its way.');
  if (version !== VERSION)
    throw new UnreadableDraft(
      'The link was made by another ByteOr, whose drafts this one can’t read.',
    );
  let text: string;
  try {
    const bytes = await through(
      fromBase64Url(packed),
      new DecompressionStream('deflate-raw'),
      MOST_BYTES,
    );
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    if (cause instanceof UnreadableDraft) throw cause;
    throw new UnreadableDraft('The link is damaged: some of it is missing or altered.', { cause });
  }
  return unpack(text);
}

/** The same as a file, readable and as long as it needs to be. */
export function toFile(draft: SharedDraft): string {
  return `${pack(draft, 2)}\n`;
}

/** What a file holds. Plan text alone says nothing of target and layout. */
export interface FileAnswer {
  draft: SharedDraft;
  textOnly: boolean;
}

/** Reads a file: one that {@link toFile} wrote, or plan text. */
export function fromFile(name: string, text: string): FileAnswer {
  if (text.length > MOST_BYTES) throw new UnreadableDraft('The file is too large for a draft.');
  if (/^\s*\{/u.test(text)) return { draft: unpack(text), textOnly: false };
  const plan = normalizeText(text).text;
  const content = { ...emptyContent, text: checkedText(plan) };
  return { draft: { name: nameOf(name.replace(/\.[^.]*$/u, '')), content }, textOnly: true };
}

function pack({ name, content }: SharedDraft, indent?: number): string {
  const { text, target, layout } = content;
  return JSON.stringify(
    { byteor_draft: 1, name, target, text, layout: storedLayout(layout) },
    null,
    indent,
  );
}

function unpack(json: string): SharedDraft {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new UnreadableDraft('It doesn’t hold a draft.', { cause });
  }
  const fields = typeof value === 'object' && value !== null ? value : {};
  const { byteor_draft, name, target, text, layout } = fields as Record<string, unknown>;
  if (byteor_draft !== 1 || typeof text !== 'string')
    throw new UnreadableDraft('It doesn’t hold a draft that this ByteOr can read.');
  return {
    name: nameOf(typeof name === 'string' ? name : ''),
    content: readContent({
      text: checkedText(normalizeText(text).text),
      target: target === 'lane_graph' ? 'lane_graph' : 'single_ring',
      layout,
    }),
  };
}

function checkedText(text: string): string {
  if (text.length > MOST_TEXT) throw new UnreadableDraft('The plan in it is too large.');
  if (text.includes('\0') || !text.isWellFormed())
    throw new UnreadableDraft(
      'It holds something other than text. A plan is text, and a draft file ends with .byteor.',
    );
  return text;
}

/** A name that the server takes and that deceives nobody: nothing invisible, nothing that reorders. */
function nameOf(name: string): string {
  const plain = name
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}\u2800]/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
  const shown = plain.slice(0, MOST_NAME).toWellFormed().trim();
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(shown) ? shown : 'Shared draft';
}

/** Bytes through a compression or decompression; gives up beyond `most` bytes. */
async function through(
  bytes: Uint8Array<ArrayBuffer>,
  transform: CompressionStream | DecompressionStream,
  most: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(transform);
  const parts: BlobPart[] = [];
  let size = 0;
  const reader = stream.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.byteLength;
    if (size > most) {
      await reader.cancel();
      throw new UnreadableDraft('What the link holds is larger than any draft.');
    }
    parts.push(part.value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

function toBase64Url(bytes: Uint8Array): string {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replace(/\+/gu, '-').replace(/\//gu, '_').replace(/=+$/u, '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[A-Za-z0-9_-]+$/u.test(text)) throw new UnreadableDraft('The link is damaged.');
  const binary = atob(text.replace(/-/gu, '+').replace(/_/gu, '/'));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}
