import { needsSomebody, type Health } from '$lib/deployments/health';
import type { Tone } from '$lib/ui/Badge.svelte';
import type { IconName } from '$lib/ui/icons';

/** How an environment is at a glance: a shape and a word, which the colour repeats. */
export interface EnvironmentLook {
  words: string;
  tone: Extract<Tone, 'ok' | 'warn' | 'danger' | 'neutral'>;
  icon: IconName;
}

/** Of all that is wanted to run in an environment, the worst; null says that nothing is. */
export function lookOfEnvironment(healths: readonly (Health | null)[]): EnvironmentLook {
  const wanted = healths.filter((health) => health !== null);
  const down = wanted.filter(({ kind }) => kind === 'not_running').length;
  const hurt = wanted.filter(needsSomebody).length;
  const deployments = (count: number) => `${count} deployment${count === 1 ? '' : 's'}`;
  if (down > 0) {
    return { words: `${deployments(down)} not running`, tone: 'danger', icon: 'error' };
  }
  if (hurt > 0) {
    const verb = hurt === 1 ? 'needs' : 'need';
    return { words: `${deployments(hurt)} ${verb} a look`, tone: 'warn', icon: 'warning' };
  }
  if (wanted.some(({ kind }) => kind === 'running' || kind === 'finished')) {
    return { words: 'all as desired', tone: 'ok', icon: 'dot' };
  }
  if (wanted.some(({ kind }) => kind === 'starting')) {
    return { words: 'starting', tone: 'neutral', icon: 'half' };
  }
  return { words: 'nothing runs', tone: 'neutral', icon: 'ring' };
}
