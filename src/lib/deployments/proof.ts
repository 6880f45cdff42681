import type { Outputs } from '$lib/api';
import { lookOf } from '$lib/ui/states';
import { healthAt } from './health';
import { deploymentName } from './names';

type Deployment = Outputs['deployments']['get'];

/** `a`, `a and b`, `a, b and c`. */
export function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** What the agents prove of a deployment, in one sentence: who runs it, who doesn't, who says nothing. */
export function proofSentence(deployment: Deployment, now: number): string {
  const name = deploymentName(deployment);
  const parts = deployment.agents.map((agent) => ({
    name: agent.name,
    health: healthAt(agent.health, now),
    instead: agent.instead,
  }));
  const among = (...kinds: string[]) =>
    parts.filter(({ health }) => health && kinds.includes(health.kind));
  const of = (...kinds: string[]) => among(...kinds).map((part) => part.name);
  const [running, finished] = [of('running', 'strained'), of('finished')];
  const down = among('not_running', 'degraded').map(({ name, instead }) =>
    instead ? `${name}, where v${instead.version} runs` : name,
  );
  const silent = of('unproved');
  const [starting, stopping, standing] = [of('starting'), of('stopping'), of('standing_by')];
  const told = [
    running.length > 0 ? `runs on ${listed(running)}` : '',
    finished.length > 0 ? `came to its end on ${listed(finished)}` : '',
    starting.length > 0 ? `is starting on ${listed(starting)}` : '',
    down.length > 0 ? `doesn’t run on ${listed(down)}` : '',
    stopping.length > 0 ? `is told to end on ${listed(stopping)}` : '',
    standing.length > 0 ? `stands by on ${listed(standing)} while a newer one is tried` : '',
  ].filter(Boolean);
  const unproved =
    silent.length > 0
      ? `on ${listed(silent)}, which ${silent.length === 1 ? 'is' : 'are'} silent`
      : '';
  if (told.length === 0 && unproved !== '') return `Nothing proves that ${name} runs ${unproved}.`;
  if (told.length === 0) {
    const state = lookOf(deployment.state).label.toLowerCase();
    return deployment.state === 'active'
      ? `No agent runs ${name}, and none is told to.`
      : `No agent runs ${name}: it is ${state}.`;
  }
  const rest = unproved === '' ? '' : `; nothing proves it ${unproved}`;
  const others = elsewhere(parts, deployment.version.number).map((words) => `; ${words}`);
  return `As its agents prove it, ${name} ${told.join('; ')}${rest}${others.join('')}.`;
}

/** Where it isn't wanted, now or yet, and another version of the slot was proved. It may be silent since. */
function elsewhere(
  parts: readonly { name: string; health: unknown; instead: { version: number } | null }[],
  own: number,
): string[] {
  const others = parts.flatMap(({ name, health, instead }) =>
    health === null && instead && instead.version !== own
      ? [{ name, version: instead.version }]
      : [],
  );
  return [...new Set(others.map(({ version }) => version))].map((version) => {
    const on = others.filter((other) => other.version === version).map(({ name }) => name);
    return `${listed(on)} last proved v${version}`;
  });
}
