import type { ForeseenRole, LaneIntent, LaneKind } from '$lib/compiler';
import { stepsToAdd, stepsToAddBoundary, type StagePlace } from '../gestures';
import { elementOf } from '../graph';
import type { GestureStep } from '../session/gestures';
import type { EditorSession } from '../session.svelte';
import type { Offer } from './offers';

/** What a gesture will make besides what it adds. */
export interface Consequences {
  /** Roles that the compiler puts in, and why; also while the plan has errors. */
  makes: ForeseenRole[];
  /** The first error that the plan would then have and hasn't now; null when it has none. */
  error: string | null;
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

/** What the compiler foresees; null when it refuses the steps. */
export async function consequencesOf(
  session: EditorSession,
  steps: readonly GestureStep[],
): Promise<Consequences | null> {
  try {
    const { inserted, problems } = await session.foresee(steps);
    // What was only just added leads nowhere yet: that is no surprise, and the next gesture's to mend.
    const surprising = (ids: readonly string[]) =>
      ids.length === 0 || ids.some((id) => elementOf(session.graph, id) !== undefined);
    const error = problems.find(
      ({ severity, elements }) => severity === 'error' && surprising(elements),
    );
    return { makes: inserted, error: error?.message ?? null };
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
