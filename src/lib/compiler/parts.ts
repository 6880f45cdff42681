import type { WorkerAnswer } from './client';

/** What of a compile's report doesn't come with its answer each time. */
export interface ReportParts {
  specHash: string;
  /** The envelope of the map; null where it is the one of the answer before. */
  map: string | null;
}

/** A SHA-256 of the browser. */
export type Digest = (bytes: Uint8Array<ArrayBuffer>) => Promise<ArrayBuffer>;

/** The browser's SHA-256, which takes a third of the time of ours; a page from plain http has none. */
export const webCrypto: Digest | null = globalThis.crypto?.subtle
  ? (bytes) => crypto.subtle.digest('SHA-256', bytes)
  : null;

const encoder = new TextEncoder();

/**
 * Makes answers of what `compileParts` gives: hashes the spec's text, and leaves a map out that the
 * answer before had. Answers go out in the order in which they are hashed, so "before" is one thing.
 */
export function partsWith(digest: Digest): (lines: string) => Promise<WorkerAnswer> {
  let sent: string | null = null;
  return async (lines) => {
    const [json = '', map, kv] = cut(lines);
    if (map === undefined || kv === undefined) return { kind: 'answered', json };
    const hash = new Uint8Array(await digest(encoder.encode(kv)));
    const parts = { specHash: `sha256:${hex(hash)}`, map: map === sent ? null : map };
    sent = map;
    return { kind: 'answered', json, parts };
  };
}

/** The first two lines, and all that follows: the KV text has lines of its own. */
function cut(lines: string): (string | undefined)[] {
  const first = lines.indexOf('\n');
  if (first < 0) return [lines];
  const second = lines.indexOf('\n', first + 1);
  return [lines.slice(0, first), lines.slice(first + 1, second), lines.slice(second + 1)];
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
