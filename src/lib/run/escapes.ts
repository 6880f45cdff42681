import { recordBytes as bytesOf } from '$lib/document/records';

const encoder = new TextEncoder();

/** The bytes of a record as text; one whose escapes are wrong stands for itself. */
export function recordBytes(text: string): Uint8Array {
  return bytesOf(text) ?? encoder.encode(text);
}

const hex = (byte: number) => `\\x${byte.toString(16).padStart(2, '0')}`;

const named: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\t': '\\t', '\r': '\\r' };

/** Text with the escapes of the cases. */
function escapeText(text: string): string {
  return text.replace(
    // eslint-disable-next-line no-control-regex -- control characters are what is escaped
    /[\\\u0000-\u001f\u007f-\u009f]/gu,
    (character) => named[character] ?? [...encoder.encode(character)].map(hex).join(''),
  );
}

/**
 * A record as text, with the escapes of the cases: characters as they are, bytes that are no UTF-8
 * as `\xNN`. `recordBytes` gives the bytes again.
 */
export function recordText(bytes: Uint8Array): string {
  const text = textOf(bytes);
  if (text !== null) return escapeText(text);
  return Array.from(bytes, (byte) =>
    byte < 0x80 ? escapeText(String.fromCharCode(byte)) : hex(byte),
  ).join('');
}

/** Bytes as the text that they are; null where they are no UTF-8. */
function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** The records of a file: one a line, as the file adapter cuts them; the last line may end or not. */
export function recordsOf(file: Uint8Array): string[] {
  const text = textOf(file);
  if (text !== null) {
    if (text === '') return [];
    return text.replace(/\n$/u, '').split('\n').map(escapeText);
  }
  const records: string[] = [];
  let start = 0;
  while (start < file.length) {
    const end = file.indexOf(10, start);
    records.push(recordText(file.subarray(start, end < 0 ? file.length : end)));
    start = end < 0 ? file.length : end + 1;
  }
  return records;
}

/** The records of what somebody typed or pasted as text: one a line. */
export function recordsOfText(text: string): string[] {
  return recordsOf(encoder.encode(text.replace(/\r\n/gu, '\n')));
}

/** Bytes as rows of 16: their offset, their hex, and what of them is printable. */
export function hexRows(bytes: Uint8Array): { at: string; hex: string[]; text: string }[] {
  const rows = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)];
    rows.push({
      at: at.toString(16).padStart(4, '0'),
      hex: row.map((byte) => byte.toString(16).padStart(2, '0')),
      text: row.map((b) => (b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : '·')).join(''),
    });
  }
  return rows;
}
