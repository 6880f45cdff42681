import type { Tone } from './Badge.svelte';
import type { IconName } from './icons';

/** How a state of the reference's state machines looks and reads. */
export interface StateLook {
  label: string;
  tone: Tone;
  icon: IconName;
}

const looks: Record<string, StateLook> = {
  // Deployments
  pending_approval: { label: 'Pending approval', tone: 'warn', icon: 'clock' },
  approved: { label: 'Approved', tone: 'info', icon: 'approval' },
  denied: { label: 'Denied', tone: 'danger', icon: 'cross' },
  building: { label: 'Building', tone: 'info', icon: 'half' },
  deploying: { label: 'Deploying', tone: 'info', icon: 'half' },
  // What was approved and activated: whether it runs is its health, which has the green dot.
  active: { label: 'Active', tone: 'neutral', icon: 'check' },
  failed: { label: 'Failed', tone: 'danger', icon: 'error' },
  left: { label: 'Left as it is', tone: 'neutral', icon: 'half' },
  rolling_back: { label: 'Rolling back', tone: 'warn', icon: 'undo' },
  rolled_back: { label: 'Rolled back', tone: 'neutral', icon: 'undo' },
  superseded: { label: 'Superseded', tone: 'neutral', icon: 'ring' },
  withdrawn: { label: 'Withdrawn', tone: 'neutral', icon: 'cross' },
  stopped: { label: 'Stopped', tone: 'neutral', icon: 'stop' },
  // Approvals
  pending: { label: 'Pending', tone: 'warn', icon: 'clock' },
  expired: { label: 'Expired', tone: 'neutral', icon: 'clock' },
  revoked: { label: 'Revoked', tone: 'danger', icon: 'cross' },
  // Agents
  online: { label: 'Online', tone: 'ok', icon: 'dot' },
  offline: { label: 'Offline', tone: 'danger', icon: 'offline' },
  never_seen: { label: 'Never seen', tone: 'neutral', icon: 'ring' },
  decommissioned: { label: 'Decommissioned', tone: 'neutral', icon: 'stop' },
  // Tokens and invitations
  open: { label: 'Unused', tone: 'info', icon: 'ring' },
  used: { label: 'Used', tone: 'neutral', icon: 'check' },
  accepted: { label: 'Accepted', tone: 'ok', icon: 'check' },
  // What an agent is trying; refused, retrying and fell back are three things (see the agent protocol)
  refused: { label: 'Refused', tone: 'danger', icon: 'cross' },
  retrying: { label: 'Retrying', tone: 'warn', icon: 'reload' },
  fell_back: { label: 'Fell back', tone: 'accent', icon: 'undo' },
  fetching: { label: 'Fetching', tone: 'info', icon: 'half' },
  verifying: { label: 'Verifying', tone: 'info', icon: 'half' },
  starting: { label: 'Starting', tone: 'info', icon: 'half' },
  starting_again: { label: 'Starting again', tone: 'danger', icon: 'reload' },
};

/** The look of a state; one that this page doesn't know yet shows its own name. */
export function lookOf(state: string): StateLook {
  return looks[state] ?? { label: state.replaceAll('_', ' '), tone: 'neutral', icon: 'ring' };
}
