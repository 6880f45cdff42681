/** Agents as the page sees them. */
import { agentStatus } from '../domain/agents/status.ts';
import type { DeploymentState } from '../domain/deployments/machine.ts';

/** Deployments that matter to an agent now. */
export const agentInclude = {
  deployments: {
    where: {
      supersededAt: null,
      deployment: { state: { in: ['deploying', 'active'] as DeploymentState[] } },
    },
    include: {
      deployment: {
        select: {
          id: true,
          slot: true,
          state: true,
          epoch: true,
          version: { select: { id: true, number: true, name: true } },
        },
      },
    },
  },
};

interface AgentRow {
  id: string;
  environmentId: string;
  name: string;
  hostName: string;
  agentVersion: string;
  protocolVersion: number;
  specFeatures: string[];
  allowedRoots: string[];
  enrolledAt: Date;
  lastHeartbeatAt: Date | null;
  decommissionedAt: Date | null;
  deployments: {
    runningSince: Date | null;
    deployment: {
      id: string;
      slot: string;
      state: string;
      epoch: number | null;
      version: { id: string; number: number; name: string };
    };
  }[];
}

export function agentView(row: AgentRow, now: Date) {
  return {
    id: row.id,
    environmentId: row.environmentId,
    name: row.name,
    hostName: row.hostName,
    agentVersion: row.agentVersion,
    protocolVersion: row.protocolVersion,
    specFeatures: row.specFeatures,
    allowedRoots: row.allowedRoots,
    enrolledAt: row.enrolledAt.toISOString(),
    lastHeartbeatAt: row.lastHeartbeatAt?.toISOString() ?? null,
    decommissionedAt: row.decommissionedAt?.toISOString() ?? null,
    status: agentStatus(row, now),
    slots: row.deployments.map(({ deployment, runningSince }) => ({
      slot: deployment.slot,
      deploymentId: deployment.id,
      state: deployment.state as DeploymentState,
      epoch: deployment.epoch,
      version: deployment.version,
      runningSince: runningSince?.toISOString() ?? null,
    })),
  };
}
