import { Action, api, invalidate, queries, useQuery } from '$lib/api';
import type { DeploymentStatement } from '$lib/compiler';
import { useCheck } from '$lib/review/check.svelte';
import { checkDeployment } from '$lib/review/recompute';
import { useSemanticDiff } from '$lib/review/semantic-diff.svelte';

/** As the server wants the name of a slot. */
const SLOT = /^[a-z][a-z0-9_-]{0,62}$/;

/** What the address of the page asks for; '' where it leaves the choice open. */
export interface DeploymentAsk {
  environmentId: string;
  versionId: string;
  bundleId: string;
}

/**
 * A deployment while it is chosen: what, where, what would be approved, and what that changes. Made
 * while a component is set up, and followed as long as that lives.
 */
export class NewDeployment {
  readonly #ask: () => DeploymentAsk;
  // What was chosen; until then, and where it no longer fits, the first that does.
  #chosenVersion = $state<string>();
  #chosenBundle = $state<string>();
  #chosenAgents = $state.raw<readonly string[]>();
  comment = $state('');
  /** '' leaves it to the pipeline's own name. */
  slot = $state('');

  readonly environmentId = $derived.by(() => this.#ask().environmentId);
  readonly versions = useQuery(() => queries.versions.list({ environmentId: this.environmentId }));
  readonly bundles = useQuery(() => queries.bundles.list({ environmentId: this.environmentId }));
  readonly agents = useQuery(() => queries.agents.list({ environmentId: this.environmentId }));
  /** Agents that can be asked to run it. */
  readonly able = $derived(
    (this.agents.data ?? []).filter((agent) => agent.status !== 'decommissioned'),
  );

  /** Slots that something was deployed into here, by name. */
  readonly deployments = useQuery(() =>
    queries.deployments.list({ environmentId: this.environmentId }),
  );
  readonly slots = $derived(
    (this.deployments.data ?? [])
      .map(({ slot }) => slot)
      .toSorted()
      .filter((slot, at, all) => slot !== all[at - 1]),
  );
  /** What is wrong with the slot's name; undefined for a good one. */
  readonly slotError = $derived(
    this.slot === '' || SLOT.test(this.slot)
      ? undefined
      : 'A lower-case letter first, then letters, digits, _ or -.',
  );

  readonly versionId = $derived.by(() => {
    const chosen = this.#chosenVersion ?? this.#ask().versionId;
    if (chosen !== '' || !this.bundles.data || !this.versions.data) return chosen;
    return this.bundles.data[0]?.versionId ?? this.versions.data[0]?.id ?? '';
  });
  /** Config bundles of the version. */
  readonly fitting = $derived(
    (this.bundles.data ?? []).filter((bundle) => bundle.versionId === this.versionId),
  );
  readonly bundleId = $derived.by(() => {
    const chosen = this.#chosenBundle ?? this.#ask().bundleId;
    return !this.bundles.data || this.fitting.some((bundle) => bundle.id === chosen)
      ? chosen
      : (this.fitting[0]?.id ?? '');
  });
  readonly agentIds = $derived(
    (
      this.#chosenAgents ?? (this.able.length === 1 ? this.able.map(({ id }) => id) : [])
    ).toSorted(),
  );
  /** Whether there is enough to compute a digest of. */
  readonly complete = $derived(
    this.versionId !== '' && this.bundleId !== '' && this.agentIds.length > 0,
  );

  readonly preview = useQuery(() => {
    const { versionId, bundleId, agentIds } = this;
    return this.complete && this.slotError === undefined
      ? queries.deployments.preview({ versionId, bundleId, agentIds, ...this.#inSlot })
      : undefined;
  });
  /** The statement as the server makes it; it makes none while something stands against it. */
  readonly stated = $derived.by(() => {
    const data = this.preview.data;
    return data?.statement && data.text !== null && data.digest !== null
      ? {
          statement: data.statement as DeploymentStatement,
          text: data.text,
          digest: data.digest,
        }
      : undefined;
  });
  readonly check = useCheck(() =>
    this.stated === undefined
      ? undefined
      : checkDeployment({
          statement: this.stated.statement,
          statementText: this.stated.text,
          digest: this.stated.digest,
          specHash:
            this.versions.data?.find((version) => version.id === this.versionId)?.specHash ?? '',
          configDigest:
            this.bundles.data?.find((bundle) => bundle.id === this.bundleId)?.digest ?? '',
        }),
  );

  /** The other version that runs in the slot now; undefined when there is none, or it is the same. */
  readonly replaced = $derived.by(() => {
    const running = this.preview.data?.replaces?.versionId;
    return running === this.versionId ? undefined : running;
  });
  readonly before = useQuery(() =>
    this.replaced === undefined ? undefined : queries.versions.get({ versionId: this.replaced }),
  );
  readonly after = useQuery(() =>
    this.replaced === undefined ? undefined : queries.versions.get({ versionId: this.versionId }),
  );
  /** What would change in meaning: compared in the compiler, here. */
  readonly change = useSemanticDiff(() =>
    this.before.data && this.after.data
      ? { before: { kv: this.before.data.specKv }, after: { kv: this.after.data.specKv } }
      : undefined,
  );

  readonly create = new Action();
  /** Why it can't be asked for yet; undefined when it can. */
  readonly refusal = $derived.by(() => {
    if (this.versionId === '') return 'Choose a version.';
    if (this.bundleId === '') return 'Choose a config bundle of this version.';
    if (this.agentIds.length === 0) return 'Choose an agent.';
    if (this.slotError !== undefined) return 'Give the slot another name.';
    const data = this.preview.data;
    if (data === undefined) return this.preview.error?.message ?? 'Computing the digest…';
    if (data.refusals.length > 0) return 'It would be refused; see above.';
    if (this.check.result?.state === 'mismatch')
      return 'The digest doesn’t match what this page computed.';
    return undefined;
  });

  get #inSlot(): { slot?: string } {
    return this.slot === '' ? {} : { slot: this.slot };
  }

  constructor(ask: () => DeploymentAsk) {
    this.#ask = ask;
  }

  chooseVersion(id: string): void {
    this.#chosenVersion = id;
  }

  chooseBundle(id: string): void {
    this.#chosenBundle = id;
  }

  chooseAgent(id: string, on: boolean): void {
    const others = this.agentIds.filter((chosen) => chosen !== id);
    this.#chosenAgents = on ? [...others, id] : others;
  }

  /** Asks for what is shown; answers the id of the deployment, or undefined when it was refused. */
  async request(): Promise<string | undefined> {
    const { stated, versionId, bundleId, agentIds, comment } = this;
    if (stated === undefined) return undefined;
    const made = await this.create.run(() =>
      api.deployments.create.mutate({
        versionId,
        bundleId,
        agentIds,
        ...this.#inSlot,
        expectedDigest: stated.digest,
        comment: comment.trim(),
      }),
    );
    if (made === undefined) return undefined;
    invalidate('deployment', 'approval');
    return made.deploymentId;
  }
}
