import type { Compilation, LaneIntent, LaneKind } from '$lib/compiler';
import { stepsToAdd, stepsToAddBoundary, type StagePlace } from '../gestures';
import type { GestureStep } from '../session/gestures';
import type { EditorSession } from '../session.svelte';
import type { Offer } from './offers';

/** What a gesture will make besides what it adds. */
export interface Consequences {
  /** Roles that the compiler puts in: `router router.json`. */
  makes: { kind: 'bridge' | 'router' | 'merge'; role: string }[];
  /** The first error that the plan would then have and hasn't now; null when it has none. */
  error: string | null;
}

const kindOf: Record<string, Consequences['makes'][number]['kind']> = {
  A_BRIDGE_INSERTED: 'bridge',
  A_ROUTER_PLACED: 'router',
  A_MERGE_ADDED: 'merge',
};

function insertedRoles(report: Compilation['report']): Consequences['makes'] {
  return (report?.actions ?? []).flatMap(({ code, args }) => {
    const kind = kindOf[code];
    return kind && args.role ? [{ kind, role: args.role }] : [];
  });
}

/** The steps that put an offer at a place, as they will be done. */
export function stepsFor(
  session: EditorSession,
  offer: Offer,
  place: StagePlace,
  key?: string,
): GestureStep[] {
  const { after, before, intent } = place;
  switch (offer.kind) {
    case 'family':
      return stepsToAdd(session, { key: key ?? offer.family.template }, place);
    case 'key':
      return stepsToAdd(session, { key: offer.key }, place);
    case 'boundary':
      return stepsToAddBoundary(offer.boundary, place);
    case 'existing':
      return [
        {
          op: 'connect',
          from: after ?? offer.element.id,
          to: after === undefined ? (before ?? '') : offer.element.id,
          ...(intent ? { intent } : {}),
        },
      ];
  }
}

/** Compares what the compiler says now with what it would say; null when it refuses the steps. */
export async function consequencesOf(
  session: EditorSession,
  steps: readonly GestureStep[],
): Promise<Consequences | null> {
  const now = new Set(insertedRoles(session.report).map(({ role }) => role));
  const errors = new Set(session.diagnostics.map(({ code, message }) => `${code} ${message}`));
  try {
    const then = await session.foresee(steps);
    const error = then.diagnostics.find(
      ({ severity, code, message }) => severity === 'error' && !errors.has(`${code} ${message}`),
    );
    return {
      makes: insertedRoles(then.report).filter(({ role }) => !now.has(role)),
      error: error?.message ?? null,
    };
  } catch {
    // Adding it then says why not; a foot without consequences is no reason to hide the list.
    return null;
  }
}

/** Kinds of lanes in the order in which the key for another one goes through them. */
const lanes: readonly LaneKind[] = ['events', 'journal', 'sequenced_slots', 'fanout_broadcast'];
const SLOTS = 256;

/** The letter that stands on a wire, and the kind in words. */
export const laneWords: Record<LaneKind, { letter: string; words: string }> = {
  events: { letter: 'E', words: 'events lane' },
  journal: { letter: 'J', words: 'journal lane' },
  sequenced_slots: { letter: `S ${SLOTS}`, words: 'sequenced slots' },
  fanout_broadcast: { letter: 'F', words: 'fanout broadcast' },
};

/** The next kind of lane; undefined is the default, events. */
export function nextLane(intent: LaneIntent | undefined): LaneIntent | undefined {
  const at = lanes.indexOf(intent?.kind ?? 'events');
  const kind = lanes[(at + 1) % lanes.length] ?? 'events';
  if (kind === 'events') return undefined;
  return kind === 'sequenced_slots' ? { kind, capacity: SLOTS } : { kind };
}
