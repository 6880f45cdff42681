/** Whether an agent is there, from its heartbeats (CL-13). */

/** How often an agent reports, in milliseconds; told to it with every answer. */
export const HEARTBEAT_MILLIS = 1000;
/** Silence after which an agent counts as offline. */
export const OFFLINE_AFTER_MILLIS = 15_000;

type AgentStatus = 'online' | 'offline' | 'never_seen' | 'decommissioned';

export function agentStatus(
  agent: { lastHeartbeatAt: Date | null; decommissionedAt: Date | null },
  now: Date,
): AgentStatus {
  if (agent.decommissionedAt) return 'decommissioned';
  if (!agent.lastHeartbeatAt) return 'never_seen';
  return now.getTime() - agent.lastHeartbeatAt.getTime() > OFFLINE_AFTER_MILLIS
    ? 'offline'
    : 'online';
}

/** In how many milliseconds it counts as offline, if it isn't heard again; 0 where it does already. */
export function silentAfterMillis(
  agent: { lastHeartbeatAt: Date | null; decommissionedAt: Date | null },
  now: Date,
): number {
  if (!agent.lastHeartbeatAt || agentStatus(agent, now) !== 'online') return 0;
  return agent.lastHeartbeatAt.getTime() + OFFLINE_AFTER_MILLIS - now.getTime();
}
