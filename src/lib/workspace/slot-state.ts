/**
 * What holds a slot of an environment, worked out once: the side bar, the overview's environments and its
 * slots all say this. It rests on what agents prove; a state out of history takes no part in it.
 */
import { healthAt, needsSomebody, type Course, type Health } from '$lib/deployments/health';
import { listed } from '$lib/deployments/proof';

/** What is known of a deployment in any list. */
export interface SlotDeployment {
  id: string;
  slot: string;
  state: string;
  version: { id: string; number: number };
  bundle: { id: string; number: number };
  health: Course;
  held: boolean;
}

export const SLOT_KINDS = [
  /** Something is wanted, and no agent runs it. */
  'not_running',
  /** Something is wanted that an agent doesn't prove, or that has no room. */
  'needs_a_look',
  /** An agent was last heard to run what isn't wanted on it. */
  'stopping',
  /** Agents run different programs, and more are on their way. */
  'moving',
  /** Agents run different programs, and nothing is going to change that. */
  'mixed',
  'starting',
  /** All that is wanted runs, or came to its end, and it is one program. */
  'as_desired',
  /** A person stopped it: nothing is desired in it. */
  'stopped',
  'nothing',
] as const;

export interface SlotState<Of extends SlotDeployment> {
  slot: string;
  kind: (typeof SLOT_KINDS)[number];
  /** All of it, as given. */
  deployments: readonly Of[];
  /** Deployments that nobody proves as they should be, by how bad it is. */
  notRunning: readonly Of[];
  needLook: readonly Of[];
  /** What is wanted in it, as given. */
  wanted: readonly Of[];
  /** Which agents run which program, or ran it to its end, the newest first. */
  runs: readonly Running<Of>[];
  /** How many programs those are: versions with their bundles. */
  programs: number;
}

export interface Running<Of> {
  deployment: Of;
  /** `v2`, with its bundle where only that tells it from another. */
  name: string;
  on: readonly string[];
  /** Agents on which it came to its end. */
  ended: number;
}

/** The slots that these deployments of one environment, the newest first, are in; by name. */
export function slotsOf<Of extends SlotDeployment>(
  deployments: readonly Of[],
  now: number,
): SlotState<Of>[] {
  const names = [...new Set(deployments.map(({ slot }) => slot))].sort();
  return names.map((slot) =>
    slotState(
      slot,
      deployments.filter((deployment) => deployment.slot === slot),
      now,
    ),
  );
}

function slotState<Of extends SlotDeployment>(
  slot: string,
  deployments: readonly Of[],
  now: number,
): SlotState<Of> {
  const told = deployments.map((deployment) => ({
    deployment,
    health: healthAt(deployment.health, now),
  }));
  const are = (...kinds: Health['kind'][]) =>
    told.filter(({ health }) => health !== null && kinds.includes(health.kind));
  const only = (rows: typeof told) => rows.map(({ deployment }) => deployment);
  const runs = runsOf(told);
  const programs = new Set(runs.map(({ deployment }) => programOf(deployment)));
  const state = {
    slot,
    deployments,
    programs: programs.size,
    notRunning: only(are('not_running')),
    needLook: only(told.filter(({ health }) => needsSomebody(health))),
    wanted: only(told.filter(({ health }) => health !== null && health.of > 0)),
    runs,
  };
  const kind = (): (typeof SLOT_KINDS)[number] => {
    if (state.notRunning.length > 0) return 'not_running';
    if (state.needLook.length > 0) return 'needs_a_look';
    if (told.some(({ health }) => health?.runsOn.some(({ wanted }) => !wanted))) return 'stopping';
    if (programs.size > 1) {
      const underWay = told.some(
        ({ deployment: { state }, health }) =>
          health?.kind === 'starting' || state === 'deploying' || state === 'rolling_back',
      );
      return underWay ? 'moving' : 'mixed';
    }
    if (are('starting').length > 0) return 'starting';
    if (programs.size === 1) return 'as_desired';
    return deployments.some(({ held }) => held) ? 'stopped' : 'nothing';
  };
  return { ...state, kind: kind() };
}

/** What runs, whoever asked for it and how often: the version with the bundle. */
const programOf = ({ version, bundle }: SlotDeployment) => `${version.id} ${bundle.id}`;

function runsOf<Of extends SlotDeployment>(
  told: readonly { deployment: Of; health: Health | null }[],
): Running<Of>[] {
  const held = told.flatMap(({ deployment, health }) =>
    health && (health.runsOn.length > 0 || health.finished > 0) ? [{ deployment, health }] : [],
  );
  return held.map(({ deployment, health }) => {
    const { version, bundle } = deployment;
    const alike = held.some(
      ({ deployment: other }) => other.version.id === version.id && other.bundle.id !== bundle.id,
    );
    return {
      deployment,
      name: `v${version.number}${alike ? ` with bundle ${bundle.number}` : ''}`,
      on: health.runsOn.map(({ agentName }) => agentName),
      ended: health.finished,
    };
  });
}

/** `v2 on edge-1 and edge-2, v1 on edge-3`: what agents were last heard to run in a slot. */
export function runsWords(runs: readonly Running<unknown>[]): string {
  return runs
    .map(({ name, on, ended }) => {
      const where = [
        ...(on.length > 0 ? [`on ${listed(on)}`] : []),
        ...(ended > 0 ? [`ended on ${ended} ${ended === 1 ? 'agent' : 'agents'}`] : []),
      ];
      return `${name} ${where.join(', ')}`;
    })
    .join(', ');
}
