import { SvelteMap } from 'svelte/reactivity';
import { queries, useQuery, type Outputs } from '$lib/api';
import type { AppErrorShape } from '$lib/api/errors';
import { readContent, type DraftContent } from '$lib/document/content';
import { placeWords } from '$lib/deployments/health';
import { standingOf } from '$lib/deployments/standing';
import type { OpenedFile } from '$lib/share/read-file';
import { now } from '$lib/ui/clock.svelte';
import type { Workspace } from '$lib/workspace/workspace.svelte';
import { samePlan, type PlanSide } from './compare';
import { readToken, writeToken } from './tokens';

type Version = Outputs['versions']['get'];
type Deployments = Outputs['deployments']['list'];

/** A side as a page follows it. */
export interface FollowedSide {
  readonly side: PlanSide | undefined;
  /**
   * The same, for what is computed of it: one object as long as it is the same plan. Answers are asked
   * again whenever something may have been missed, and mostly say what they said.
   */
  readonly plan: PlanSide | undefined;
  readonly error: AppErrorShape | undefined;
  refetch(): void;
}

/** Files that were opened on the page, by the id in their token; they never leave the browser. */
const files = new SvelteMap<string, OpenedFile>();

/** Keeps a file while this page stands; answers the token that names it. */
export function keepFile(opened: OpenedFile): string {
  const id = `${files.size + 1}-${opened.file}`;
  files.set(id, opened);
  return writeToken({ kind: 'file', id });
}

const missing = (message: string, help: string): AppErrorShape => ({
  code: 'side_missing',
  message,
  help,
});

/** Follows what a token names: a version, a draft as it is saved, what runs in a slot, a dropped file. */
export function useSide(token: () => string, workspace: Workspace): FollowedSide {
  const meant = $derived(readToken(token()));
  const inSlot = useQuery(() =>
    meant?.kind === 'deployed'
      ? queries.deployments.list({ environmentId: meant.environmentId })
      : undefined,
  );
  const running = $derived(
    meant?.kind === 'deployed'
      ? inSlot.data?.find(
          (deployment) => deployment.slot === meant.slot && standingOf(deployment) === 'active',
        )
      : undefined,
  );
  const versionId = $derived(meant?.kind === 'version' ? meant.id : running?.version.id);
  const version = useQuery(() =>
    versionId === undefined ? undefined : queries.versions.get({ versionId }),
  );
  const draft = useQuery(() =>
    meant?.kind === 'draft' ? queries.drafts.get({ draftId: meant.id }) : undefined,
  );
  const deployments = useQuery(() => {
    const environmentId = version.data?.environmentId;
    return environmentId === undefined ? undefined : queries.deployments.list({ environmentId });
  });

  /** Read once for each answer: health, which is asked for all the time, is no other plan. */
  const content = $derived(version.data && readContent(version.data));
  const side = $derived.by((): PlanSide | undefined => {
    if (meant?.kind === 'draft') return draft.data && sideOfDraft(draft.data);
    if (meant?.kind === 'file') return sideOfFile(meant.id);
    if (!version.data || !content || version.data.id !== versionId) return undefined;
    const name = workspace.place(version.data.environmentId)?.environment.name;
    return sideOfVersion(
      version.data,
      content,
      deployments.data ?? [],
      name ?? 'its environment',
      meant ? writeToken(meant) : '',
    );
  });
  let last: PlanSide | undefined;
  const plan = $derived.by(() => (side && last && samePlan(last, side) ? last : (last = side)));
  const error = $derived.by(() => {
    if (meant?.kind === 'file' && !files.has(meant.id))
      return missing(
        'This link names a file that somebody opened on the page.',
        'A file stays in the browser that it was opened in. Open it again, or choose another side.',
      );
    if (meant?.kind === 'deployed' && inSlot.data && !running)
      return missing(
        `Nothing is deployed in slot ${meant.slot}.`,
        'Choose a version instead, or deploy one first.',
      );
    return version.error ?? draft.error ?? inSlot.error;
  });

  return {
    get side() {
      return side;
    },
    get plan() {
      return plan;
    },
    get error() {
      return error;
    },
    refetch() {
      void version.refetch();
      void draft.refetch();
      void inSlot.refetch();
    },
  };
}

function sideOfVersion(
  version: Version,
  content: DraftContent,
  deployments: Deployments,
  environment: string,
  token: string,
): PlanSide {
  const { id, number, environmentId, createdAt, specKv, specHash, compilerVersion } = version;
  const own = deployments.filter((deployment) => deployment.version.id === id);
  const active = own.find((deployment) => standingOf(deployment) === 'active');
  const waits = own.some(({ state }) => state === 'pending_approval');
  return {
    ...content,
    token,
    name: `v${number}`,
    state: active
      ? { words: placeWords(active.health, now(), environment), tone: 'ok', icon: 'dot' }
      : waits
        ? { words: 'waits for approval', tone: 'warn', icon: 'clock' }
        : { words: `of ${environment}`, tone: 'neutral', icon: 'version' },
    compiled: { specKv, specHash, compilerVersion },
    version: { id, number, environmentId, createdAt, pipeline: version.name },
  };
}

function sideOfDraft(draft: Outputs['drafts']['get']): PlanSide {
  return {
    ...readContent(draft),
    token: `draft:${draft.id}`,
    name: `draft ${draft.name}`,
    state: { words: `as saved, revision ${draft.revision}`, tone: 'info', icon: 'draft' },
    compiled: null,
    version: null,
  };
}

function sideOfFile(id: string): PlanSide | undefined {
  const opened = files.get(id);
  return (
    opened && {
      ...opened.draft.content,
      ...(opened.textOnly ? { anyTarget: true } : {}),
      token: `file:${id}`,
      name: opened.file,
      state: { words: 'a file, in this browser', tone: 'neutral', icon: 'open' },
      compiled: null,
      version: null,
    }
  );
}
