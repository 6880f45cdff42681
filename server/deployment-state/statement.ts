/** The statement of a deployment, from rows: the same rows always give the same digest. */
import type { ApprovalRules, ApproverRole } from '../domain/approvals/rules.ts';
import {
  approvalMode,
  rolloutOver,
  type ApprovalMode,
  type Posture,
} from '../domain/environments/policy.ts';
import type { RolloutSteps } from '../domain/deployments/rollout.ts';
import type { EnvironmentRow } from '../scopes.ts';
import type { Services } from '../services.ts';
import type {
  DeploymentStatement,
  DeploymentStatementV1,
  DeploymentStatementV2,
} from '../../src/lib/compiler/types.ts';

/** The version that is asked for; what was approved in version 1 goes on running. */
export const STATEMENT_VERSION = 2;

/** What stating needs of the services. */
type Stating = Pick<Services, 'compiler' | 'config'>;

interface StatementParts {
  environment: EnvironmentRow;
  version: { id: string; specHash: string; capabilities: readonly string[] };
  bundle: { digest: string };
  slot: string;
  agentIds: readonly string[];
}

export interface Statement {
  statement: DeploymentStatementV2;
  /** `deployment.kv`, byte for byte. */
  text: string;
  digest: string;
  approval: ApprovalMode;
}

/**
 * Encodes the statement and computes its digest, in Rust. The rules are the environment's of this
 * moment: from here on the request binds them.
 */
export function stateDeployment(
  { compiler, config }: Stating,
  parts: StatementParts,
  rollout: RolloutSteps = rolloutIn(parts.environment, parts.agentIds.length),
): Statement {
  const { environment } = parts;
  const subject = subjectOf(parts);
  const approval = approvalMode(environment, subject.capabilities);
  const byPerson = approval === 'person';
  const proof =
    byPerson && config.provenRequired && environment.posture === 'prod' ? 'proven' : 'session';
  const statement: DeploymentStatementV2 = {
    v: STATEMENT_VERSION,
    ...subject,
    policy: {
      approval,
      // Where two have to be proven, one is never enough.
      self_approval: environment.selfApproval && proof === 'session',
      quorum: byPerson ? environment.quorum : 0,
      key_rule: 'organization',
      approvers: {
        roles: byPerson ? (sorted(environment.approverRoles) as ApproverRole[]) : [],
        users: byPerson ? sorted(environment.approverUsers) : [],
      },
    },
    proof: { requester: proof, approver: proof },
    break_glass: { allowed: byPerson && environment.breakGlassAllowed },
    rollout: {
      first: rollout.first,
      step: rollout.step,
      pause_seconds: rollout.pauseSeconds,
    },
  };
  return { statement, ...compiler.deploymentEncode(statement), approval };
}

/** The steps that the environment would have a rollout over so many agents take. */
function rolloutIn(environment: EnvironmentRow, agents: number): RolloutSteps {
  return rolloutOver(agents, {
    first: environment.rolloutFirst,
    step: environment.rolloutStep,
    pauseSeconds: environment.rolloutPauseSeconds,
  });
}

/**
 * The digest that the rows of a request make today, in the version of its statement: another one than
 * its own means that something it binds has changed since. The rollout is the request's own.
 */
export function digestToday(
  stating: Stating,
  parts: StatementParts,
  statementText: string,
): string {
  const { statement } = stating.compiler.deploymentDecode(statementText);
  if (statement.v === 2) return stateDeployment(stating, parts, stepsIn(statement)).digest;
  const { environment } = parts;
  const subject = subjectOf(parts);
  const first: DeploymentStatementV1 = {
    v: 1,
    ...subject,
    policy: {
      approval: approvalMode(environment, subject.capabilities),
      self_approval: environment.selfApproval,
    },
  };
  return stating.compiler.deploymentEncode(first).digest;
}

/** The rules that a statement binds; one of version 1 asked for one person. */
export function rulesOf(statement: DeploymentStatement): ApprovalRules {
  const { policy } = statement;
  if (statement.v === 1) {
    return {
      selfApproval: policy.self_approval,
      quorum: policy.approval === 'person' ? 1 : 0,
      approvers: { roles: [], users: [] },
      proof: { requester: 'session', approver: 'session' },
      breakGlass: false,
    };
  }
  const { quorum, approvers } = statement.policy;
  return {
    selfApproval: policy.self_approval,
    quorum,
    approvers,
    proof: statement.proof,
    breakGlass: statement.break_glass.allowed,
  };
}

/** The steps that a statement binds; one of version 1 had its agents take it all at once. */
export function stepsIn(statement: DeploymentStatement): RolloutSteps {
  if (statement.v === 1) {
    const { length } = statement.targets;
    return { first: length, step: length, pauseSeconds: 0 };
  }
  const { first, step, pause_seconds: pauseSeconds } = statement.rollout;
  return { first, step, pauseSeconds };
}

function subjectOf({ environment, version, bundle, slot, agentIds }: StatementParts) {
  return {
    org_id: environment.orgId,
    project_id: environment.projectId,
    environment_id: environment.id,
    posture: environment.posture satisfies Posture,
    slot,
    version_id: version.id,
    spec_hash: version.specHash,
    config_digest: bundle.digest,
    capabilities: sorted(version.capabilities),
    targets: sorted(agentIds),
  };
}

const sorted = (values: readonly string[]): string[] => [...new Set(values)].sort();
