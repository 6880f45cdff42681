import type { Outputs } from '$lib/api';

type Approval = Pick<Outputs['approvals']['get'], 'agents' | 'running' | 'environment'>;

export interface Step {
  title: string;
  text: string;
}

/** What an approval sets going, in order; the agents are those that the digest names. */
export function stepsAfter({ agents, running, environment }: Approval): Step[] {
  const names = agents.map(({ name }) => name);
  const else_ = running
    ? `one that isn’t healthy goes back to v${running.version.number}`
    : 'one that isn’t healthy stops';
  return [
    { title: 'Signed', text: 'in your name, with the organization’s key, for this digest alone.' },
    {
      title: 'Bundle built',
      text: `one digest, one epoch; activated within ${environment.credentialLifetimeMinutes} minutes or not at all.`,
    },
    {
      title: names.length === 1 ? 'The agent starts it' : `All ${names.length} agents start it`,
      text: `${names.join(', ')}; ${else_}.`,
    },
  ];
}
