import type { Outputs } from '$lib/api';
import type { Tone } from '$lib/ui/Badge.svelte';
import type { IconName } from '$lib/ui/icons';
import { verdicts } from '$lib/comments/verdicts';
import { lookOf } from '$lib/ui/states';
import { actSentence, originSentence, reportWords, stepSentence, type Sentence } from './story';

type Deployment = Pick<
  Outputs['deployments']['get'],
  'transitions' | 'origin' | 'acts' | 'epoch' | 'againOf' | 'rollbackOf'
> & {
  agents: readonly Pick<Outputs['deployments']['get']['agents'][number], 'name' | 'history'>[];
};

/** Whose events are shown. */
export type Whose = 'all' | 'people' | 'agents';

/** Codes that the sentence of a step says in words. */
const TOLD = new Set([
  'left',
  'withdrawn',
  'aborted',
  'rolled_back',
  'displaced',
  'approval_carried',
  'approval_expired',
  'approval_revoked',
  'credential_expired',
  'agents_decommissioned',
]);

/** One line of a deployment's story. */
export interface TimelineEntry extends Sentence {
  id: string;
  at: string;
  whose: Exclude<Whose, 'all'> | 'others';
  /** The state that it came into; null for what changed none. */
  state: string | null;
  reason: string | null;
  code: string | null;
  tone: Tone;
  icon: IconName;
}

/** All that happened, newest first: what people, policy and jobs did, and what agents said. */
export function timelineOf(deployment: Deployment): TimelineEntry[] {
  const { transitions, origin, acts, agents } = deployment;
  const beginning = origin.map((one): TimelineEntry => ({
    id: one.id,
    at: one.at,
    whose: 'people',
    state: null,
    ...originSentence(one),
    reason: one.kind === 'reviewed' ? one.body : null,
    code: one.kind === 'reviewed' && !one.proven ? 'person_not_proven' : null,
    ...(one.kind === 'reviewed' ? verdicts[one.verdict] : { tone: 'neutral', icon: 'version' }),
  }));
  const steps = transitions.map((step, index): TimelineEntry => {
    const look = lookOf(step.to);
    return {
      id: `step ${index}`,
      at: step.at,
      whose:
        step.actor.kind === 'user' ? 'people' : step.actor.kind === 'agent' ? 'agents' : 'others',
      state: step.to,
      ...stepSentence(step, deployment),
      reason: step.reason,
      code: step.code !== null && TOLD.has(step.code) ? null : step.code,
      tone: look.tone,
      icon: look.icon,
    };
  });
  const deeds = acts.map((act): TimelineEntry => ({
    id: act.id,
    at: act.at,
    whose: 'people',
    state: null,
    ...actSentence(act),
    reason: act.reason,
    code: null,
    ...actLook(act.action),
  }));
  const reports = agents.flatMap((agent) =>
    agent.history.map((line, index): TimelineEntry => ({
      id: `${agent.name} ${index}`,
      at: line.at,
      // What an agent is told is the control plane's doing.
      whose: line.fact === 'desired' ? 'others' : 'agents',
      state: null,
      who: agent.name,
      did: reportWords(line),
      reason: line.message,
      code: line.code,
      ...reportLook(line),
    })),
  );
  // Of one instant the later written stands above.
  return [...beginning, ...steps, ...deeds, ...reports]
    .map((entry, index) => ({ entry, index }))
    .sort((a, b) => b.entry.at.localeCompare(a.entry.at) || b.index - a.index)
    .map(({ entry }) => entry);
}

function actLook(action: string): Pick<TimelineEntry, 'tone' | 'icon'> {
  const looks: Record<string, Pick<TimelineEntry, 'tone' | 'icon'>> = {
    'approval.yes': { tone: 'info', icon: 'approval' },
    'slot.stop': { tone: 'warn', icon: 'stop' },
    'slot.resume': { tone: 'neutral', icon: 'play' },
    'deployment.go_on': { tone: 'neutral', icon: 'play' },
    'deployment.roll_back': { tone: 'warn', icon: 'undo' },
    'agent.try_now': { tone: 'neutral', icon: 'reload' },
    'agent.decommission': { tone: 'warn', icon: 'stop' },
  };
  return looks[action] ?? { tone: 'neutral', icon: 'user' };
}

function reportLook(line: { fact: string; value: string }): Pick<TimelineEntry, 'tone' | 'icon'> {
  if (line.fact === 'desired') return { tone: 'neutral', icon: 'arrow-right' };
  if (line.fact === 'running') {
    return line.value === 'yes' ? { tone: 'ok', icon: 'dot' } : { tone: 'danger', icon: 'stop' };
  }
  const { tone, icon } = lookOf(line.value);
  return { tone, icon };
}

/** The entries of one kind. */
export function entriesOf(all: readonly TimelineEntry[], whose: Whose): readonly TimelineEntry[] {
  return whose === 'all' ? all : all.filter((entry) => entry.whose === whose);
}
