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

/** What agents are told: `v14 on 4 agents`. */
export function desiredWords(parts: readonly Part[], name: string): string {
  const count = (state: string) => parts.filter((part) => part.desired?.state === state).length;
  if (count('run') > 0) return `${name} on ${agents(count('run'))}`;
  if (count('fallback') > 0) return `${name} if the newer one fails`;
  return count('stop') > 0 ? `${name} nowhere any more` : 'Nothing yet';
}

/** How far they came, most first: `2 active, 1 retrying`. */
export function attemptedWords(parts: readonly Part[], word: (phase: string) => string): string {
  const counts = new Map<string, number>();
  for (const { attempted } of parts) {
    if (!attempted) continue;
    const phase = attemptOf(attempted);
    counts.set(phase, (counts.get(phase) ?? 0) + 1);
  }
  if (counts.size === 0) return 'Nothing yet';
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([phase, count]) => `${count} ${word(phase).toLowerCase()}`)
    .join(', ');
}

/** A start with a reason is one after a crash. */
export function attemptOf({ phase, code }: Attempt): string {
  return phase === 'starting' && code ? 'starting_again' : phase;
}
