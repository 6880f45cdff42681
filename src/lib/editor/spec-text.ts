import { compiler, type CompileReportV1 } from '$lib/compiler';
import { pause } from '$lib/ui/answer.svelte';
import type { EditorSession } from './session.svelte';

/** Writing goes on for a while: the whole spec is asked for when it pauses. */
const PAUSE_MS = 120;

/** A whole spec with its texts: what `session.report` leaves out. */
export interface WholeSpec {
  report: CompileReportV1;
  /** When the plan was as it says, by this page's clock. */
  at: number;
  /** The text that it was made of. */
  text: string;
}

/** The newest one of each session; several views show the same. */
const held = new WeakMap<EditorSession, { hash: string; answer: Promise<WholeSpec | null> }>();

/**
 * The whole spec of the plan as it stands; while the plan has none, the last one that it had. What it
 * reads of the session counts for who asks with `useAnswer`.
 */
export function wholeSpec(session: EditorSession, left: AbortSignal): Promise<WholeSpec | null> {
  const hash = session.report?.spec_hash;
  // Read here, so that a change asks again, also where the hash stays.
  const { text, target } = session.content;
  const last = held.get(session);
  const lastAnswer = last?.answer ?? Promise.resolve(null);
  if (hash === undefined || !session.upToDate || last?.hash === hash) return lastAnswer;
  return pause(PAUSE_MS, left).then(() => {
    const other = held.get(session);
    if (other?.hash === hash) return other.answer;
    const answer = compiler()
      .call('lower', { text, target })
      .then(({ report }) => (report ? { report, at: Date.now(), text } : lastAnswer));
    held.set(session, { hash, answer });
    // A compiler that failed may answer the next time.
    answer.catch(() => {
      if (held.get(session)?.answer === answer && last) held.set(session, last);
    });
    return answer;
  });
}
