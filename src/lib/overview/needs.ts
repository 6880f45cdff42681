import type { Outputs } from '$lib/api';
import { failureWords } from '$lib/deployments/failures';
import { healthAt, pressureWords, troubleWords, type Health } from '$lib/deployments/health';
import { deploymentNameIn } from '$lib/deployments/names';
import type { IconName } from '$lib/ui/icons';

type Overview = Outputs['overview']['get'];
type Environment = Overview['environments'][number];
type Deployment = Environment['deployments'][number];
type Inbox = Outputs['approvals']['inbox'];

/** Something that waits for the person: what it is, why, and what to do. */
export interface Need {
  id: string;
  tone: 'danger' | 'warn';
  icon: IconName;
  title: string;
  text: string;
  /** Since when, or until when. */
  at: string | null;
  until: string | null;
  /** What happens by itself at an instant: `Next try`. */
  next: { what: string; at: string } | null;
  href: string;
  action: string;
  /** The action is the screen's main one. */
  primary: boolean;
  /** 0 is the most urgent. */
  rank: number;
}

/** A request that expires within this is as urgent as what doesn't run. */
const SOON_MS = 15 * 60_000;

/** All that waits for the person, the most urgent first; of equals the oldest. */
export function needsOf(overview: Overview, inbox: Inbox, me: { id: string }, now: number): Need[] {
  const needs = [
    ...overview.environments.flatMap((environment) => [
      ...environment.deployments.flatMap((deployment) =>
        ofDeployment(deployment, environment, now),
      ),
      ...ofAgents(environment),
    ]),
    ...inbox.filter(({ refusal }) => refusal === null).map((entry) => ofApproval(entry, now)),
    ...inbox.filter(({ mayReview }) => mayReview).map(ofBrokenGlass),
    ...overview.drafts.shown
      .filter(({ updatedBy }) => updatedBy.id === me.id)
      .flatMap((draft) => ofDraft(draft)),
  ];
  return needs.sort((a, b) => a.rank - b.rank || (a.at ?? '').localeCompare(b.at ?? ''));
}

const base = { at: null, until: null, next: null, primary: false } as const;

function ofDeployment(deployment: Deployment, environment: Environment, now: number): Need[] {
  const href = `/deployments/${deployment.id}`;
  const name = deploymentNameIn(deployment, environment.name);
  const health = healthAt(deployment.health, now);
  if (health && health.troubles.length > 0) return [ofTrouble(health, deployment, name, href)];
  const [pressure] = health?.pressures ?? [];
  if (health && pressure) {
    const { what, next } = pressureWords(pressure);
    return [
      {
        ...base,
        id: deployment.id,
        tone: 'warn',
        icon: 'stack',
        title: `${name}: records ${pressure.kind === 'dropping' ? 'are dropped' : 'wait'}`,
        text: `${what}. ${next}`,
        at: pressure.since,
        href,
        action: 'Look',
        rank: 3,
      },
    ];
  }
  const [peer] = health?.peers ?? [];
  if (peer) {
    const sink = peer.side === 'sink';
    const at = peer.boundary ? ` at the boundary ${peer.boundary}` : '';
    const why = peer.error ? `: it ${peer.error}` : '';
    return [
      {
        ...base,
        id: deployment.id,
        tone: 'warn',
        icon: 'offline',
        title: `${name}: records ${sink ? 'can’t be delivered' : 'don’t come'}`,
        text: `What they ${sink ? 'go to' : 'come from'} (${peer.kind}${at}) doesn’t answer ${peer.agentName}${why}. It is tried again by itself.`,
        at: peer.since,
        href,
        action: 'Look',
        rank: 3,
      },
    ];
  }
  if (deployment.state !== 'failed' || deployment.leftAt !== null) return [];
  const words = failureWords(deployment.failure?.code);
  return [
    {
      ...base,
      id: deployment.id,
      tone: 'danger',
      icon: 'error',
      title: `${name} failed`,
      text: words?.what ?? deployment.failure?.message ?? 'What ran before goes on.',
      at: deployment.stateSince,
      href,
      action: 'Look',
      rank: 3,
    },
  ];
}

const healthRanks: Partial<Record<Health['kind'], number>> = { not_running: 0, degraded: 1 };

function ofTrouble(health: Health, deployment: Deployment, name: string, href: string): Need {
  const [first] = health.troubles;
  const { paused } = deployment;
  const on = health.troubles.map((trouble) => trouble.agentName).join(', ');
  const silent = health.troubles.every((trouble) => trouble.kind === 'unproved');
  const next = health.troubles.flatMap(({ nextTryAt }) => nextTryAt ?? []).sort()[0];
  return {
    ...base,
    id: deployment.id,
    tone: health.kind === 'unproved' ? 'warn' : 'danger',
    icon: health.kind === 'unproved' ? 'offline' : 'error',
    title: paused
      ? `The rollout of ${name} is paused by ${on}`
      : health.kind === 'not_running'
        ? `${name} doesn’t run`
        : health.kind === 'unproved'
          ? `${name}: nothing proves that it runs`
          : silent
            ? `${name}: nothing proves that it runs on ${on}`
            : `${name} doesn’t run on ${on}`,
    text: first
      ? [troubleWords(first).what, failureWords(first.code)?.what ?? first.message]
          .filter(Boolean)
          .join(': ')
          .replace(/\.?$/u, '.')
      : '',
    at: health.since,
    next: next === undefined ? null : { what: 'Next try', at: next },
    href,
    action: paused ? 'Decide' : 'Look',
    rank: paused ? 0 : (healthRanks[health.kind] ?? 2),
  };
}

/** Agents that are silent while nothing is wanted of them: what is wanted says it by itself. */
function ofAgents(environment: Environment): Need[] {
  const wanted = new Set(
    environment.deployments.flatMap(({ agents, health }) =>
      health.some((turn) => turn.health !== null) ? agents.map(({ id }) => id) : [],
    ),
  );
  return environment.agents
    .filter(({ id, status }) => status === 'offline' && !wanted.has(id))
    .map((agent) => ({
      ...base,
      id: agent.id,
      tone: 'warn' as const,
      icon: 'offline' as const,
      title: `Agent ${agent.name} is silent`,
      text: `In ${environment.name}; nothing is wanted to run on it. It reports by itself when it is back.`,
      at: agent.lastHeartbeatAt,
      href: `/agents/${agent.id}`,
      action: 'Look',
      rank: 5,
    }));
}

function ofApproval(entry: Inbox[number], now: number): Need {
  const { slot, version, environment, requestedBy } = entry;
  const capabilities = entry.capabilities.length;
  return {
    ...base,
    id: entry.id,
    tone: 'warn',
    icon: 'approval',
    title: `${requestedBy.name} asks to run ${deploymentNameIn({ slot, version }, environment.name)}`,
    text: [
      entry.comment === '' ? null : `“${entry.comment}”`,
      capabilities === 0 ? 'acts on nothing outside' : `may ${entry.capabilities.join(', ')}`,
    ]
      .filter(Boolean)
      .join('; '),
    until: entry.expiresAt,
    href: `/approvals/${entry.id}`,
    action: 'Decide',
    primary: true,
    rank: Date.parse(entry.expiresAt) - now < SOON_MS ? 1 : 4,
  };
}

function ofBrokenGlass(entry: Inbox[number]): Need {
  const { slot, version, environment } = entry;
  return {
    ...base,
    id: entry.id,
    tone: 'danger',
    icon: 'warning',
    title: `${entry.decidedByName ?? 'Somebody'} broke the glass for ${deploymentNameIn({ slot, version }, environment.name)}`,
    text: 'A second person says whether it was justified; you may.',
    at: entry.decidedAt,
    href: `/approvals/${entry.id}`,
    action: 'Review',
    rank: 4,
  };
}

function ofDraft(draft: Overview['drafts']['shown'][number]): Need[] {
  const href = `/drafts/${draft.id}`;
  // Nobody has made a mistake in a plan that isn’t begun.
  if (draft.empty) return [];
  const errors = draft.checked?.errors ?? 0;
  if (errors > 0) {
    return [
      {
        ...base,
        id: draft.id,
        tone: 'danger',
        icon: 'draft',
        title: `Your draft ${draft.name} has ${errors} ${errors === 1 ? 'error' : 'errors'}`,
        text: `In ${draft.environment.name}; no version can be made of it before ${errors === 1 ? 'it is' : 'they are'} mended.`,
        at: draft.updatedAt,
        href,
        action: 'Open',
        rank: 6,
      },
    ];
  }
  if (!draft.basedOn || draft.basedOn.newest <= draft.basedOn.number) return [];
  return [
    {
      ...base,
      id: draft.id,
      tone: 'warn',
      icon: 'version',
      title: `Your draft ${draft.name} is behind`,
      text: `In ${draft.environment.name}; based on v${draft.basedOn.number}, v${draft.basedOn.newest} is newest.`,
      at: draft.updatedAt,
      href,
      action: 'Open',
      rank: 7,
    },
  ];
}
