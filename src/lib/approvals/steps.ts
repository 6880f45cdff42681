import type { Outputs } from '$lib/api';
import { span } from '$lib/ui/time';

type Approval = Pick<
  Outputs['approvals']['get'],
  'agents' | 'running' | 'alsoThere' | 'environment' | 'rules' | 'quorum' | 'yeses'
>;

export interface Step {
  title: string;
  text: string;
}

/** How many agents each step of the rollout takes: `[1, 2, 1]` of four by one first, then two. */
export function waves(
  of: number,
  { first, step }: Pick<Approval['rules']['rollout'], 'first' | 'step'>,
): number[] {
  const sizes: number[] = [];
  for (let left = of, size = first; left > 0; size = step) {
    const taken = Math.min(Math.max(1, size), left);
    sizes.push(taken);
    left -= taken;
  }
  return sizes;
}

/** What an approval sets going, in order; the agents are those that the digest names. */
export function stepsAfter(approval: Approval): Step[] {
  const { agents, running, alsoThere, environment, rules, quorum, yeses } = approval;
  const names = agents.map(({ name }) => name);
  const sizes = waves(names.length, rules.rollout);
  const pause = rules.rollout.pauseSeconds;
  const missing = quorum - yeses.filter(({ counts }) => counts).length - 1;
  const [first = 0] = sizes;
  const proved = agents.slice(0, first).filter(({ id }) => running?.provedBy.includes(id));
  /** They run something else than the newest, and go back to that. */
  const others = agents
    .slice(0, first)
    .filter(({ name }) => alsoThere.some(({ agents }) => agents.includes(name)));
  const goesBack = `one that isn’t healthy goes back to v${running?.version.number}`;
  // An agent goes back to what it ran; one that never ran anything here has nothing to go back to.
  const back =
    others.length > 0
      ? 'one that isn’t healthy goes back to what it runs now, or stops where nothing does'
      : proved.length === 0
        ? 'one that isn’t healthy stops'
        : proved.length === first
          ? goesBack
          : `${goesBack}, or stops where that isn’t`;
  const rest = names.slice(first);
  const waited = `after ${pause > 0 ? `${span(pause * 1000)} of health` : 'it is healthy'}`;
  const further =
    rules.rollout.step >= rest.length
      ? `${rest.join(', ')} ${waited}`
      : `${rest.join(', ')}, ${rules.rollout.step} at a time, each ${waited}`;
  return [
    ...(missing > 0
      ? [
          {
            title: `${missing} more ${missing === 1 ? 'yes' : 'yeses'}`,
            text: `${quorum} different persons have to say yes before anything runs.`,
          },
        ]
      : []),
    {
      title: 'Signed',
      text: 'by the server, with the organization’s key; it names you, and is for this digest alone.',
    },
    {
      title: 'Bundle built',
      text: `one digest, one epoch; activated within ${environment.credentialLifetimeMinutes} minutes or not at all.`,
    },
    {
      title:
        names.length === 1
          ? 'The agent starts it'
          : rest.length === 0
            ? `All ${names.length} agents start it`
            : `${first} ${first === 1 ? 'agent' : 'agents'} first`,
      text: `${names.slice(0, first).join(', ')}; ${back}.`,
    },
    ...(rest.length > 0
      ? [
          {
            title: rest.length === 1 ? 'The other one' : `The other ${rest.length}`,
            text: `${further}.`,
          },
        ]
      : []),
  ];
}
