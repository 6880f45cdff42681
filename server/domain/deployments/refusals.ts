/** Why a deployment can't be requested: checked before anybody is asked to approve it. */

export interface Refusal {
  code: string;
  message: string;
  help: string;
  args: Record<string, string | number | string[]>;
}

export interface DeployFacts {
  environmentId: string;
  maxInFlight: number;
  inFlight: number;
  version: {
    id: string;
    environmentId: string;
    number: number;
    features: readonly string[];
  };
  bundle: {
    environmentId: string;
    versionId: string;
    /** Absolute paths with the model path of their field. */
    paths: readonly { field: string; path: string; writes: boolean }[];
  };
  /** Of the statement that would be approved. */
  statementVersion: number;
  agentsAsked: number;
  agents: readonly {
    id: string;
    name: string;
    environmentId: string;
    decommissioned: boolean;
    features: readonly string[];
    statementVersions: readonly number[];
    allowedRoots: readonly string[];
    /** Slots other than this one that are in use on the agent. */
    otherSlots: number;
    /** Files that other slots of this agent write now. */
    written: readonly { path: string; slot: string }[];
  }[];
}

/** Slots that an agent holds; it refuses a further one itself (`E_SLOT_LIMIT`). */
const MAX_SLOTS = 64;

/** Whether `path` lies under `root`, both absolute and without `..` (byteor-config refuses others). */
export function isUnder(path: string, root: string): boolean {
  const base = root.replace(/\/+$/, '');
  return path === base || path.startsWith(`${base}/`);
}

/** What to do about an agent that lacks this. */
function wayAround(missing: readonly string[]): string {
  if (missing.includes('lane_graph'))
    return 'Its build runs rings only: update the agent, or make a version for the SingleRing target.';
  if (missing.includes('ring_shards'))
    return 'Its build runs one ring only: update the agent, or take `shards` out of the plan and make a version.';
  return 'Update the agent, or take the stage out of the plan.';
}

/** All reasons, in the order in which a person would want to hear them. */
export function refuseDeployment(facts: DeployFacts): Refusal[] {
  const refusals: Refusal[] = [];
  const refuse = (code: string, message: string, help: string, args: Refusal['args'] = {}) => {
    refusals.push({ code, message, help, args });
  };
  const { environmentId, version, bundle } = facts;
  if (version.environmentId !== environmentId || bundle.environmentId !== environmentId) {
    refuse(
      'deployment_mixes_environments',
      'Version, bundle and agents have to belong to one environment.',
      'Promote the version into the environment and make a bundle there.',
    );
  }
  if (bundle.versionId !== version.id) {
    refuse(
      'bundle_other_version',
      'The config bundle is attached to another version.',
      'Make a bundle for this version; it starts from the last one.',
    );
  }
  if (facts.agentsAsked === 0) {
    refuse(
      'deployment_without_agent',
      'A deployment needs an agent.',
      'Choose at least one agent.',
    );
  }
  if (facts.agents.length < facts.agentsAsked) {
    refuse(
      'agent_not_found',
      'A chosen agent is gone.',
      'Choose among the agents that are listed.',
    );
  }
  for (const agent of facts.agents) {
    if (agent.environmentId !== environmentId) {
      refuse(
        'agent_other_environment',
        `The agent ${agent.name} belongs to another environment.`,
        'Choose an agent of this environment.',
        { agent: agent.name },
      );
      continue;
    }
    if (agent.decommissioned) {
      refuse(
        'agent_decommissioned',
        `The agent ${agent.name} was decommissioned.`,
        'Choose another agent, or enroll it again.',
        { agent: agent.name },
      );
    }
    const missing = version.features.filter((feature) => !agent.features.includes(feature));
    if (missing.length > 0) {
      refuse(
        'agent_lacks_feature',
        `The agent ${agent.name} can't execute: ${missing.join(', ')}.`,
        wayAround(missing),
        { agent: agent.name, missing },
      );
    }
    if (!agent.statementVersions.includes(facts.statementVersion)) {
      refuse(
        'agent_lacks_statement_version',
        `The agent ${agent.name} can't verify version ${facts.statementVersion} of the deployment statement.`,
        'Update the agent; it says what it verifies with its next heartbeat.',
        { agent: agent.name, version: facts.statementVersion },
      );
    }
    if (agent.otherSlots >= MAX_SLOTS) {
      refuse(
        'agent_slots_full',
        `The agent ${agent.name} holds ${MAX_SLOTS} slots, and takes no further one.`,
        'Stop a deployment on it, deploy into a slot that it has, or choose another agent.',
        { agent: agent.name, limit: MAX_SLOTS },
      );
    }
    for (const { field, path, writes } of bundle.paths) {
      if (!agent.allowedRoots.some((root) => isUnder(path, root))) {
        refuse(
          'path_outside_roots',
          `${path} is outside of what the agent ${agent.name} allows.`,
          `Choose a path under ${agent.allowedRoots.join(' or ') || 'a folder that its owner allows'}.`,
          { agent: agent.name, field, path },
        );
      }
      const writer = writes ? agent.written.find((one) => one.path === path) : undefined;
      if (writer) {
        refuse(
          'path_in_use',
          `${path} is written by the slot ${writer.slot} on the agent ${agent.name}.`,
          'Choose another file, or deploy into that slot.',
          { agent: agent.name, field, path, slot: writer.slot },
        );
      }
    }
  }
  if (facts.inFlight >= facts.maxInFlight) {
    refuse(
      'too_many_in_flight',
      `The environment has ${facts.inFlight} deployments under way, its limit is ${facts.maxInFlight}.`,
      'Wait for one to finish, or withdraw one.',
      { inFlight: facts.inFlight, limit: facts.maxInFlight },
    );
  }
  return refusals;
}
