/** Agents as the page sees them. */
import {
  healthView,
  partColumns,
  RUNS_OR_SHOULD,
  type PartRow,
} from '../deployment-state/health.ts';
import { agentStatus } from '../domain/agents/status.ts';
import { TRIAL_VERSION } from '../domain/credentials/trial.ts';
import type { DeploymentState } from '../domain/deployments/machine.ts';
import type { RefusedKey, RefusedSlot } from '../../src/lib/compiler/types.ts';

/** Deployments that matter to an agent now. */
export const agentInclude = {
  deployments: {
    where: RUNS_OR_SHOULD,
    select: {
      ...partColumns,
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
  statementVersions: number[];
  allowedRoots: string[];
  allowedNet: string[];
  trialVersions: number[];
  enrolledAt: Date;
  lastHeartbeatAt: Date | null;
  decommissionedAt: Date | null;
  refusedSlots: unknown;
  refusedKeys: unknown;
  clockBehindMs: number;
  deployments: (PartRow & {
    deployment: {
      id: string;
      slot: string;
      state: string;
      epoch: number | null;
      version: { id: string; number: number; name: string };
    };
  })[];
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
    statementVersions: row.statementVersions,
    allowedRoots: row.allowedRoots,
    /** Null where it doesn't say. */
    allowedNet: row.trialVersions.length > 0 ? row.allowedNet : null,
    triesConnections: row.trialVersions.includes(TRIAL_VERSION),
    enrolledAt: row.enrolledAt.toISOString(),
    lastHeartbeatAt: row.lastHeartbeatAt?.toISOString() ?? null,
    decommissionedAt: row.decommissionedAt?.toISOString() ?? null,
    status: agentStatus(row, now),
    /** Of its last heartbeat: what it doesn't take. */
    refusedSlots: row.refusedSlots as RefusedSlot[],
    refusedKeys: row.refusedKeys as RefusedKey[],
    clockBehindMs: row.clockBehindMs,
    slots: row.deployments.map(({ deployment, ...part }) => ({
      slot: deployment.slot,
      deploymentId: deployment.id,
      state: deployment.state as DeploymentState,
      epoch: deployment.epoch,
      version: deployment.version,
      runningSince: part.runningSince?.toISOString() ?? null,
      health: healthView([part], now),
    })),
  };
}
