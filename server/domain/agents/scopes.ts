/** One scope for each thing that an agent may do (CL-7). */
export const AGENT_SCOPES = [
  'agent:heartbeat',
  'agent:bundle_read',
  'agent:status_report',
  'agent:signing_keys_read',
] as const;
export type AgentScope = (typeof AGENT_SCOPES)[number];
