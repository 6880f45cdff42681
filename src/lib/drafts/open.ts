import { fingerprint } from '$lib/document/content';
import type { LocalDraft, LocalDrafts } from './kept';
import type { RemoteDraft, RemoteDrafts, RemoteFailure } from './sync';

export type OpenedDraft =
  | {
      kind: 'opened';
      draft: LocalDraft;
      offline: boolean;
      /** False when the person may only look. Unknown offline: what they do is kept here. */
      mayEdit: boolean;
    }
  /** There is neither a local copy nor an answer of the server. */
  | { kind: 'missing'; failure: RemoteFailure };

/**
 * Opens a draft: what this browser has and the server has not is what the author sees, whichever is
 * newer on the server; saving it then either succeeds or shows both. With nothing unsaved here, the
 * server's revision is taken. Without the server, the local copy opens.
 */
export async function openDraft(options: {
  key: string;
  draftId: string;
  local: LocalDrafts;
  remote: RemoteDrafts | null;
  describeFailure: (error: unknown) => RemoteFailure;
  now: () => number;
}): Promise<OpenedDraft> {
  const { key, draftId, local, remote, now } = options;
  const [stored, answer] = await Promise.all([
    local.get(key).catch(() => null),
    askRemote(remote, draftId, options.describeFailure),
  ]);
  if ('failure' in answer) {
    if (stored && (answer.failure.offline || remote === null))
      return { kind: 'opened', draft: stored, offline: true, mayEdit: true };
    return { kind: 'missing', failure: answer.failure };
  }
  const { remoteDraft } = answer;
  if (stored && (await fingerprint(stored.content)) !== stored.baseFingerprint) {
    const { name, environmentId, revision, content } = remoteDraft;
    const base = stored.base ?? (revision === stored.baseRevision ? content : null);
    return {
      kind: 'opened',
      offline: false,
      mayEdit: remoteDraft.mayEdit,
      draft: { ...stored, base, name, environmentId },
    };
  }
  const baseFingerprint = await fingerprint(remoteDraft.content);
  // What undo knows is of the content that was here; where that was changed elsewhere, it is gone.
  const undo = stored?.baseFingerprint === baseFingerprint ? stored.undo : undefined;
  return {
    kind: 'opened',
    offline: false,
    mayEdit: remoteDraft.mayEdit,
    draft: {
      key,
      draftId,
      content: remoteDraft.content,
      ...(undo ? { undo } : {}),
      baseRevision: remoteDraft.revision,
      baseFingerprint,
      base: remoteDraft.content,
      name: remoteDraft.name,
      environmentId: remoteDraft.environmentId,
      savedAt: now(),
    },
  };
}

async function askRemote(
  remote: RemoteDrafts | null,
  draftId: string,
  describeFailure: (error: unknown) => RemoteFailure,
): Promise<{ remoteDraft: RemoteDraft } | { failure: RemoteFailure }> {
  if (!remote) {
    return {
      failure: {
        offline: true,
        code: 'draft_not_here',
        message: 'This draft isn’t stored in this browser.',
      },
    };
  }
  try {
    return { remoteDraft: await remote.get(draftId) };
  } catch (error) {
    return { failure: describeFailure(error) };
  }
}
