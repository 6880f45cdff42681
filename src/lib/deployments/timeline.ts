import type { Outputs } from '$lib/api';
import type { Tone } from '$lib/ui/Badge.svelte';
import type { IconName } from '$lib/ui/icons';
import { lookOf } from '$lib/ui/states';
import { actorWords } from './actors';
import { historyWords } from './history';

type Deployment = Pick<Outputs['deployments']['get'], 'transitions'> & {
  agents: readonly Pick<Outputs['deployments']['get']['agents'][number], 'name' | 'history'>[];
};

/** Whose events are shown. */
export type Whose = 'all' | 'people' | 'agents';

/** One line of a deployment's story. */
export interface TimelineEntry {
  id: string;
  at: string;
  whose: Exclude<Whose, 'all'> | 'others';
  /** The state that it came into; null for what changed none. */
  state: string | null;
  what: string;
  by: string;
  reason: string | null;
  code: string | null;
  tone: Tone;
  icon: IconName;
}

/** All that happened, newest first: what people, policy and jobs did, and what agents said. */
export function timelineOf({ transitions, agents }: Deployment): TimelineEntry[] {
  const steps = transitions.map((step, index): TimelineEntry => {
    const look = lookOf(step.to);
    return {
      id: `step ${index}`,
      at: step.at,
      whose:
        step.actor.kind === 'user' ? 'people' : step.actor.kind === 'agent' ? 'agents' : 'others',
      state: step.to,
      what: look.label,
      by: actorWords(step.actor),
      reason: step.reason,
      code: step.code,
      tone: look.tone,
      icon: look.icon,
    };
  });
  const reports = agents.flatMap((agent) =>
    agent.history.map((line, index): TimelineEntry => ({
      id: `${agent.name} ${index}`,
      at: line.at,
      // What an agent is told is the control plane's doing.
      whose: line.fact === 'desired' ? 'others' : 'agents',
      state: null,
      what: historyWords(line),
      by: agent.name,
      reason: line.message,
      code: line.code,
      ...reportLook(line),
    })),
  );
  // Of one instant the later written stands above.
  return [...steps, ...reports]
    .map((entry, index) => ({ entry, index }))
    .sort((a, b) => b.entry.at.localeCompare(a.entry.at) || b.index - a.index)
    .map(({ entry }) => entry);
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
