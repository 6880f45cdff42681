/** The two ways a plan can run; chosen with the draft, never written in its text. */
export type ExecutionTarget = 'single_ring' | 'lane_graph';

/** The top left corner of a node on the canvas, in canvas units. */
export interface Position {
  x: number;
  y: number;
}

/** What the canvas remembers beside the plan, keyed by id; it is outside the spec hash. */
export interface Layout {
  v: 1;
  nodes: Record<string, Position>;
}

/** Everything a draft holds: the plan text, the execution target, the layout. */
export interface DraftContent {
  text: string;
  target: ExecutionTarget;
  layout: Layout;
}

/** Records to try a plan with, as text with the escapes of the cases: `\\n`, `\\xNN`, `\\\\`. */
export interface Sample {
  name: string;
  records: string[];
}

/** Records in by ingress, and what has to come out of them by egress; written as in a sample. */
export interface Case {
  name: string;
  input: Record<string, string[]>;
  expected: Record<string, string[]>;
}

export const emptyLayout: Layout = { v: 1, nodes: {} };

/** Reads a layout that came from storage or the server; what is not a position is left out. */
export function readLayout(value: unknown): Layout {
  const nodes: Record<string, Position> = {};
  if (typeof value === 'object' && value !== null && 'nodes' in value) {
    const stored = (value as { nodes: unknown }).nodes;
    if (typeof stored === 'object' && stored !== null) {
      for (const [id, place] of Object.entries(stored)) {
        if (typeof place !== 'object' || place === null) continue;
        const { x, y } = place as Partial<Position>;
        if (Number.isFinite(x) && Number.isFinite(y))
          nodes[id] = { x: x as number, y: y as number };
      }
    }
  }
  return { v: 1, nodes };
}

/** The content as one string that is equal exactly when the content is. */
function canonical(content: DraftContent): string {
  const nodes = Object.entries(content.layout.nodes)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([id, { x, y }]) => [id, x, y]);
  return JSON.stringify([content.text, content.target, nodes]);
}

/**
 * SHA-256 of a draft's content as lowercase hex.
 * "Unsaved" is the comparison of two of these, never a flag that somebody could forget to set.
 */
export async function fingerprint(content: DraftContent): Promise<string> {
  const bytes = new TextEncoder().encode(canonical(content));
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Plan text as documents hold it: LF line ends, no byte order mark (docs/spec/plan-language.md).
 * `changed` says whether the import had to be altered, so the page can tell.
 */
export function normalizeText(text: string): { text: string; changed: boolean } {
  const normal = text.replace(/^\uFEFF/u, '').replace(/\r\n?/gu, '\n');
  return { text: normal, changed: normal !== text };
}
