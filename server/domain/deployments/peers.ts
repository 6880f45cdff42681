/**
 * Peers of a pipeline that don't answer: where its records come from, or go. It runs all the same, tries
 * again by itself, and goes on when they are back.
 */
import type { AdapterReport, AdaptersReport } from '../../../src/lib/compiler/types.ts';

export interface PeerDown {
  side: 'source' | 'sink';
  /** Which boundary, where the side has several. */
  boundary: string | null;
  /** The kind of adapter. */
  kind: string;
  /** ISO. */
  since: string;
  failures: number;
  error: string | null;
}

/** Those that don't answer, by what a runtime saw last. */
export function peersDown(seen: AdaptersReport | null): PeerDown[] {
  const side = (
    name: PeerDown['side'],
    of: AdapterReport | null | undefined,
    boundary: string | null = null,
  ): PeerDown[] =>
    of?.down_since
      ? [
          {
            side: name,
            boundary,
            kind: of.kind,
            since: of.down_since,
            failures: of.failures,
            error: of.error,
          },
        ]
      : [];
  const each = (seen?.boundaries ?? []).flatMap((one) => side(one.side, one.seen, one.id));
  return [...side('source', seen?.source), ...side('sink', seen?.sink), ...each];
}

/** Whether a page shows them otherwise: another one that doesn't answer, or one that does again. */
export function samePeers(a: AdaptersReport | null, b: AdaptersReport | null): boolean {
  const words = (seen: AdaptersReport | null) =>
    peersDown(seen)
      .map(({ side, boundary, since }) => `${side} ${boundary ?? ''} ${since}`)
      .join('\n');
  return words(a) === words(b);
}
