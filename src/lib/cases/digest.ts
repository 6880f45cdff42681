import type { Case } from '../document/cases.ts';

/** A case as JSON without spaces, its keys sorted: what its SHA-256 is made of. */
export function digestedText({ name, input, expected, recordBytes }: Case): string {
  return JSON.stringify({ expected: ordered(expected), input: ordered(input), name, recordBytes });
}

// Ids begin with a letter, so an object keeps the order in which it got them.
function ordered(lists: Case['input']): Case['input'] {
  return Object.fromEntries(Object.entries(lists).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `sha256:` and the digest of a case in lower case hexadecimal digits. */
export async function caseDigest(one: Case): Promise<string> {
  const bytes = new TextEncoder().encode(digestedText(one));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return `sha256:${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
