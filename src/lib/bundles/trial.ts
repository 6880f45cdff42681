import type { Outputs } from '../api/index.ts';
import type { TrialState, TrialStep } from '../compiler/types.ts';
import type { IconName } from '../ui/icons.ts';

export type Trial = Outputs['connections']['get'];
type TriedAgent = Pick<
  Outputs['agents']['list'][number],
  'id' | 'name' | 'status' | 'triesConnections'
>;

/** What each step finds out, for people. */
const STEPS: Record<string, string> = {
  open: 'Open the file',
  listen: 'Listen at the address',
  resolve: 'Look up the name',
  connect: 'Connect',
  secure: 'Check the certificate',
  authenticate: 'Prove who asks',
  find: 'Find what is read or written',
};

const SIDES: Record<string, string> = {
  source: 'Where records come from',
  sink: 'Where records go',
};

/** How a step's state is shown; the word says the same as the colour. */
export const stepLooks: Record<
  TrialState,
  { tone: 'ok' | 'danger' | 'warn'; icon: IconName; word: string }
> = {
  worked: { tone: 'ok', icon: 'check', word: 'Worked' },
  failed: { tone: 'danger', icon: 'cross', word: 'Failed' },
  held_back: { tone: 'warn', icon: 'pause', word: 'Held back' },
};

export const stepTitle = ({ step }: Pick<TrialStep, 'step'>): string => STEPS[step] ?? step;

/** The steps by side, in the order in which they were tried. */
export function sidesOf(steps: readonly TrialStep[]): { title: string; steps: TrialStep[] }[] {
  return ['source', 'sink'].flatMap((side) => {
    const own = steps.filter((step) => step.side === side);
    return own.length > 0 ? [{ title: SIDES[side] ?? side, steps: own }] : [];
  });
}

/** What came of a trial, in one sentence with its sum. */
export function verdictOf(steps: readonly TrialStep[]): {
  tone: 'ok' | 'danger' | 'warn';
  title: string;
} {
  const count = (state: TrialState) => steps.filter((step) => step.state === state).length;
  const [failed, held] = [count('failed'), count('held_back')];
  if (failed > 0) {
    return { tone: 'danger', title: `${failed} of ${steps.length} steps failed` };
  }
  if (held > 0) {
    const worked = steps.length - held;
    return { tone: 'warn', title: `${worked} of ${steps.length} steps worked, ${held} held back` };
  }
  return { tone: 'ok', title: `All ${steps.length} steps worked` };
}

/** What somebody does about a request that an agent refused; the agent's own words say why. */
const REFUSALS: Record<string, string> = {
  E_TRIAL_REQUEST: 'Update the agent or the server: they don’t understand each other.',
  E_TRIAL_SIGNATURE:
    'The agent trusts only keys from its own enrolment. Let it refresh them, or find out who asked.',
  E_TRIAL_SCOPE: 'It was for another agent or environment. Find out who changed the request.',
  E_TRIAL_EXPIRED: 'Ask again; if it happens again, set the clocks of host and server.',
  E_TRIAL_REPLAYED: 'It was carried out before. Ask again; find out who sent it twice.',
  E_TRIAL_BUSY: 'Wait a minute, and ask again.',
};

export const refusalHelp = (code: string): string | undefined => REFUSALS[code];

/** Why no trial can be asked for; undefined where it can. */
export function whyNoTrial(
  agents: readonly TriedAgent[],
  chosen: TriedAgent | undefined,
): string | undefined {
  if (agents.length === 0) return 'No agent of this environment is enrolled.';
  if (chosen === undefined) return 'Choose an agent.';
  if (chosen.status !== 'online') return `${chosen.name} isn’t online.`;
  if (!chosen.triesConnections) return `${chosen.name} can’t try connections: update it.`;
  return undefined;
}
