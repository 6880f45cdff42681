// A session over the real compiler, with stores in memory and no worker. For tests.
import { emptyContent, type DraftContent } from '$lib/document/content';
import { simpleLayout } from '$lib/document/placement-tidy';
import type { LocalDraft } from '$lib/drafts';
import { draftsInMemory } from '$lib/drafts/in-memory.testing';
import { EditorSession } from '../session.svelte';
import type { PlanCompiler } from './plan.svelte';

/** A plan of four elements in a row. */
export const chainPlan = `pipeline shop

ingress in
stage json json_require:event_id
stage quiet drop:debug
egress out

in -> json
json -> quiet
quiet -> out
`;

export interface OpenedSession {
  session: EditorSession;
  /** Resolves once the compiler has answered for the newest version and every node has a place. */
  settled: () => Promise<void>;
  /** What this browser has stored of the draft. */
  stored: () => LocalDraft | undefined;
}

export async function openSession(
  content: Partial<DraftContent> = {},
  options: {
    mayEdit?: boolean;
    undo?: LocalDraft['undo'];
    settles?: boolean;
    /** A browser's own; this process's without it. */
    compiler?: PlanCompiler;
  } = {},
): Promise<OpenedSession> {
  const { store: local, drafts } = draftsInMemory();
  const compiler =
    options.compiler ?? (await import('$lib/compiler/in-process.testing')).compilerInProcess;
  const session = new EditorSession({
    draft: {
      key: 'ada/d1',
      draftId: 'd1',
      content: { ...emptyContent, text: chainPlan, target: 'lane_graph', ...content },
      ...(options.undo ? { undo: options.undo } : {}),
      baseRevision: 0,
      baseFingerprint: null,
      name: 'shop',
      environmentId: null,
      savedAt: 0,
    },
    mayEdit: options.mayEdit ?? true,
    sync: {
      key: 'ada/d1',
      local,
      remote: null,
      describeFailure: (error) => ({ offline: true, code: 'x', message: String(error) }),
      now: () => 0,
    },
    compiler,
    arrange: (...given) => Promise.resolve(simpleLayout(...given)),
  });
  await session.begin();
  const settled = async () => {
    for (let turns = 0; turns < 2_000; turns += 1) {
      const { nodes } = session.content.layout;
      const placed = [...session.graph.stages, ...session.graph.boundaries].every(
        ({ id }) => nodes[id],
      );
      if (session.upToDate && placed && session.families.length > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    throw new Error('The session never came to rest.');
  };
  if (options.settles ?? true) await settled();
  return { session, settled, stored: () => drafts.get('ada/d1') };
}
