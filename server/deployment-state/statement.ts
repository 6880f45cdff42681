/** The statement of a deployment, from rows: the same rows always give the same digest. */
import { approvalMode, type ApprovalMode, type Posture } from '../domain/environments/policy.ts';
import type { EnvironmentRow } from '../scopes.ts';
import type { DeploymentStatementV1 } from '../../src/lib/compiler/types.ts';
import type { Compiler } from '../providers/compiler.ts';

interface StatementParts {
  environment: EnvironmentRow;
  version: { id: string; specHash: string; capabilities: readonly string[] };
  bundle: { digest: string };
  slot: string;
  agentIds: readonly string[];
}

export interface Statement {
  statement: DeploymentStatementV1;
  /** `deployment.kv`, byte for byte. */
  text: string;
  digest: string;
  approval: ApprovalMode;
}

/** Encodes the statement and computes its digest, in Rust. */
export function stateDeployment(compiler: Compiler, parts: StatementParts): Statement {
  const { environment, version, bundle } = parts;
  const posture = environment.posture as Posture;
  const capabilities = [...version.capabilities].sort();
  const approval = approvalMode({ ...environment, posture }, capabilities);
  const statement: DeploymentStatementV1 = {
    v: 1,
    org_id: environment.orgId,
    project_id: environment.projectId,
    environment_id: environment.id,
    posture,
    slot: parts.slot,
    version_id: version.id,
    spec_hash: version.specHash,
    config_digest: bundle.digest,
    capabilities,
    targets: [...new Set(parts.agentIds)].sort(),
    policy: { approval, self_approval: environment.selfApproval },
  };
  return { statement, ...compiler.deploymentEncode(statement), approval };
}
