/** Sentences of the state strip. */
interface Attempt {
  phase: string;
  code?: string | null;
}
interface Part {
  desired: { state: 'run' | 'fallback' | 'stop' } | null;
  attempted: Attempt | null;
}

const agents = (count: number) => (count === 1 ? '1 agent' : `${count} agents`);

/** What agents are told: `v14 on 4 agents`. Of a deployment that is `over` nothing will come. */
export function desiredWords(parts: readonly Part[], name: string, over = false): string {
  const count = (state: string) => parts.filter((part) => part.desired?.state === state).length;
  if (count('run') > 0) return `${name} on ${agents(count('run'))}`;
  if (count('fallback') > 0) return `${name} if the newer one fails`;
  return count('stop') > 0 ? `${name} nowhere any more` : over ? 'Nothing' : 'Nothing yet';
}

/** How far they came, most first: `2 active, 1 retrying`. */
export function attemptedWords(
  parts: readonly Part[],
  word: (phase: string) => string,
  over = false,
): string {
  const counts = new Map<string, number>();
  for (const { attempted } of parts) {
    if (!attempted) continue;
    const phase = attemptOf(attempted);
    counts.set(phase, (counts.get(phase) ?? 0) + 1);
  }
  if (counts.size === 0) return over ? 'Nothing' : 'Nothing yet';
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([phase, count]) => `${count} ${word(phase).toLowerCase()}`)
    .join(', ');
}

interface Proved {
  /** The agent proves this one. */
  runs: boolean;
  /** Nothing is heard of it, so what it last proved may be over. */
  silent: boolean;
  /** Another deployment of the slot that it last proved. */
  instead: { version: number } | null;
}

/** What agents run where that isn't all this one: `v14 on 2, v12 on 1, 1 silent`. */
export function mixedWords(parts: readonly Proved[], name: string): string | undefined {
  const heard = parts.filter((part) => !part.silent);
  const others = heard.flatMap((part) => part.instead ?? []);
  if (others.length === 0) return undefined;
  const counts = new Map([[name, heard.filter((part) => part.runs).length]]);
  for (const { version } of others) {
    // Of the same version there may be two deployments: another one is none of this.
    const other = `v${version}` === name ? `another ${name}` : `v${version}`;
    counts.set(other, (counts.get(other) ?? 0) + 1);
  }
  const silent = parts.length - heard.length;
  return [
    ...[...counts].filter(([, count]) => count > 0).map(([one, count]) => `${one} on ${count}`),
    ...(silent > 0 ? [`${silent} silent`] : []),
  ].join(', ');
}

/** A start with a reason is one after a crash. */
export function attemptOf({ phase, code }: Attempt): string {
  return phase === 'starting' && code ? 'starting_again' : phase;
}

/** Of an agent that isn't told to run it: its step of the rollout may come yet. */
export function unwantedWords(
  agent: { wave: number; desired: unknown; status: string },
  rollout: { step: number } | null,
): string {
  if (agent.status === 'decommissioned') return 'Decommissioned';
  return rollout && agent.desired === null && agent.wave > rollout.step
    ? `Waits for step ${agent.wave}`
    : 'Not wanted';
}
