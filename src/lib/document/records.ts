const LETTERS: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, '\\': 92 };

/**
 * The bytes of a record that is written with escapes: `\n`, `\t`, `\r`, `\\`, `\xNN`; every other
 * character stands for its UTF-8. Null where a backslash begins none of these.
 */
export function recordBytes(text: string): Uint8Array | null {
  if (!text.includes('\\')) return new TextEncoder().encode(text);
  const bytes: number[] = [];
  const parts = /\\x([0-9a-fA-F]{2})|\\([ntr\\])|[^\\]+/gy;
  while (parts.lastIndex < text.length) {
    const part = parts.exec(text);
    if (!part) return null;
    const [plain, hex, letter] = part;
    if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
    else if (letter !== undefined) bytes.push(LETTERS[letter] ?? 0);
    else bytes.push(...new TextEncoder().encode(plain));
  }
  return Uint8Array.from(bytes);
}

/** A record as printable ASCII, everything else as escapes: what {@link recordBytes} reads. */
export function recordText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    if (byte === 92) text += '\\\\';
    else if (byte >= 32 && byte < 127) text += String.fromCharCode(byte);
    else if (byte === 10) text += '\\n';
    else if (byte === 9) text += '\\t';
    else if (byte === 13) text += '\\r';
    else text += `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return text;
}
