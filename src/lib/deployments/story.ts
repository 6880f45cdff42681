/** A deployment's story in sentences: who did what. The words are those of the glossary. */
import type { Outputs } from '$lib/api';
import { verdicts } from '$lib/comments/verdicts';

type Deployment = Outputs['deployments']['get'];
type Step = Deployment['transitions'][number];
type Act = Deployment['acts'][number];
type Origin = Deployment['origin'][number];
export type Line = Pick<
  Deployment['agents'][number]['history'][number],
  'fact' | 'value' | 'epoch' | 'code'
>;

/** A sentence: `who` is empty where nobody did it. */
export interface Sentence {
  who: string;
  did: string;
}

/** Those who act without being a person or an agent, by what they are. */
const others: Record<string, string> = {
  job: 'A worker',
  system: 'The server',
};
const whoOf = ({ kind, name }: Step['actor']): string => others[kind] ?? name;

/** What was asked for, and of how many agents. */
interface Asked extends Pick<Deployment, 'epoch' | 'againOf' | 'rollbackOf'> {
  agents: readonly unknown[];
}

/** How it came to another state. */
export function stepSentence(step: Step, { epoch, agents, againOf, rollbackOf }: Asked): Sentence {
  const who = whoOf(step.actor);
  const person = step.actor.kind === 'user';
  switch (step.to) {
    case 'pending_approval':
      if (againOf !== null) return { who, did: 'asked for the same once more' };
      return { who, did: rollbackOf === null ? 'asked to run it' : 'asked to roll back to it' };
    case 'approved':
      return step.code === 'approval_carried'
        ? { who, did: 'needed no new approval' }
        : { who, did: 'approved it' };
    case 'denied':
      return person ? { who, did: 'denied it' } : { who: '', did: 'Nobody decided in time' };
    case 'withdrawn':
      return { who, did: step.code === 'aborted' ? 'aborted it' : 'withdrew the request' };
    case 'building':
      return { who, did: 'began to build its deploy bundle' };
    case 'deploying': {
      const as = epoch === null ? '' : ` as epoch ${epoch}`;
      return { who, did: `built and signed its deploy bundle${as}` };
    }
    case 'active':
      return person
        ? { who, did: 'took away the last agent that it waited for' }
        : { who, did: `proved it${lastOf(agents)}` };
    case 'failed':
      return failedSentence(step, who);
    case 'rolling_back':
      return { who: '', did: 'A roll back began to reach its agents' };
    case 'rolled_back':
      return person
        ? { who, did: 'took away the last agent that ran it' }
        : { who, did: `proved that it left it${lastOf(agents)}` };
    default:
      return { who, did: `brought it to ${String(step.to)}` };
  }
}

/** An outcome is told by whoever completed it. */
const lastOf = ({ length }: readonly unknown[]): string =>
  length > 1 ? `, the last of its ${length} agents` : '';

function failedSentence(step: Step, who: string): Sentence {
  switch (step.code) {
    case 'left':
      return { who, did: 'left it as it is' };
    case 'rolled_back':
      return { who: '', did: 'A roll back took its place before all agents proved it' };
    case 'displaced':
      return { who: '', did: 'A newer deployment took its slot before all agents proved it' };
    case 'bundle_build_failed':
      return { who, did: 'couldn’t build its deploy bundle, and tries no more' };
    case 'credential_expired':
      return { who: '', did: 'Its approval ran out before all agents proved it' };
    case 'agents_decommissioned':
      return { who: '', did: 'No agent was left that could run it' };
    case 'approval_revoked':
      return { who, did: 'revoked its approval' };
    default:
      return { who, did: 'can’t run it, and ended it' };
  }
}

/** What was done to its version. */
export function originSentence(origin: Origin): Sentence {
  const who = origin.person.name;
  const version = `v${origin.version}`;
  switch (origin.kind) {
    case 'created':
      return { who, did: `created version ${version} in ${origin.environment}` };
    case 'promoted':
      return { who, did: `promoted it to ${origin.environment} as ${version}` };
    case 'reviewed': {
      const { from, verdict, viewed, total, isAuthor } = origin;
      const since = from === null ? '' : ` from v${from}`;
      const seen = total === 0 ? '' : `, ${viewed} of ${total} changes viewed`;
      const own = isAuthor ? ', as an author of it' : '';
      const found = verdicts[verdict].label.toLowerCase();
      return { who, did: `finished the review of ${version}${since}${own}: ${found}${seen}` };
    }
  }
}

/** What a person did beside. */
export function actSentence({ action, actor, agentName, verdict, yeses, quorum }: Act): Sentence {
  const who = whoOf(actor);
  switch (action) {
    case 'approval.yes':
      return { who, did: `said yes, ${yeses ?? '–'} of ${quorum ?? '–'}` };
    case 'approval.take_back':
      return { who, did: 'took the yes back' };
    case 'approval.revoke_grant':
      return { who, did: 'revoked its approval, so that nothing further runs by it' };
    case 'approval.review_break_glass':
      return { who, did: `found the broken glass ${verdict ?? 'reviewed'}` };
    case 'deployment.go_on':
      return { who, did: 'let it go on in spite of the trouble' };
    case 'deployment.leave':
      return { who, did: 'left it as it is' };
    case 'deployment.roll_back':
      return { who, did: 'asked to roll it back' };
    case 'agent.try_now':
      return { who, did: `had ${agentName ?? 'an agent'} try now` };
    case 'agent.decommission':
      return { who, did: `decommissioned ${agentName ?? 'an agent'}` };
    case 'slot.stop':
      return { who, did: 'stopped the slot' };
    case 'slot.resume':
      return { who, did: 'resumed the slot' };
    default:
      return { who, did: action.replaceAll(/[._]/gu, ' ') };
  }
}

/** What an agent should do, tried, or proved, after its name. A wish isn't heard by whoever is away. */
export function reportWords(line: Line): string {
  const known: Record<string, Record<string, string>> = {
    desired: {
      run: 'should run it',
      fallback: 'should keep it, in case the newer one fails',
      stop: 'should not run it',
    },
    attempted: {
      fetching: 'fetches the deploy bundle',
      verifying: 'verifies the deploy bundle',
      starting: line.code ? 'saw it crash, and starts it again' : 'starts it',
      active: 'found it healthy',
      refused: 'refused it for good',
      retrying: 'couldn’t get on with it, and tries again',
      fell_back: 'started it, and it failed its health',
      failed: 'gave it up, its tries are spent',
    },
    running: {
      yes: 'proved that it runs',
      no: 'proved that it doesn’t run',
      other: `proved that another one runs there, of epoch ${line.epoch ?? '–'}, from an older disk`,
    },
  };
  return known[line.fact]?.[line.value] ?? `${line.fact}: ${line.value}`;
}
