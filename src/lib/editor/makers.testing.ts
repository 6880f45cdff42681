// Every gesture of the editor that makes something, on whatever stage and connection. For tests of laws.
import * as gestures from './gestures';
import { connectionRefusal, elementOf, elementsOf } from './graph';
import type { EditorSession } from './session.svelte';

/** Small numbers that are the same on every run. */
export function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

/** What a turn of gestures works on. */
export interface Turn {
  session: EditorSession;
  next: (below: number) => number;
  /** Any stage. */
  stage: string;
  wire: { from: string; to: string };
}

/** Every gesture that makes something; false where it can't be done here. */
export const makers = {
  addStage: ({ session, next, stage, wire }) => {
    const places = [{ after: stage }, { after: stage, branch: true }, { before: stage }];
    const place = [...places, { on: wire }, {}, { position: { x: 4_000, y: -900 } }][next(6)];
    return gestures.addStage(session, { key: 'lower' }, place);
  },
  addBoundary: ({ session, stage }) => gestures.addBoundary(session, 'egress', { after: stage }),
  connect: ({ session, next, stage }) => {
    const others = elementsOf(session.graph).filter(
      ({ id }) => connectionRefusal(session.graph, stage, id) === null,
    );
    const to = others[next(others.length)]?.id;
    return to !== undefined && gestures.connect(session, stage, to);
  },
  reconnect: ({ session, next, wire }) => {
    const others = elementsOf(session.graph).filter(
      ({ id, kind }) =>
        kind === 'stage' && connectionRefusal(session.graph, wire.from, id) === null,
    );
    const to = others[next(others.length)]?.id;
    return to !== undefined && gestures.reconnect(session, wire, { from: wire.from, to });
  },
  insertExisting: ({ session, stage, wire }) => gestures.insertExisting(session, stage, wire),
  duplicateSelected: ({ session, stage }) => {
    session.select([stage]);
    return gestures.duplicateSelected(session);
  },
  paste: ({ session, next }) => {
    const at = next(2) === 0 ? { x: -3_000, y: 2_000 } : undefined;
    return gestures.paste(session, 'stage pasted trim\nstage too lower\npasted -> too\n', { at });
  },
  addNote: ({ session, next, stage }) => {
    session.select(next(2) === 0 ? [] : [stage]);
    return gestures.addNote(session, { x: 2_000, y: 2_000 }, 'why');
  },
  groupSelected: ({ session, next, stage, wire }) => {
    session.select([...new Set([stage, wire.from])].filter((id) => elementOf(session.graph, id)));
    return gestures.groupSelected(session, next(3) === 0);
  },
} satisfies Partial<Record<keyof typeof gestures, (turn: Turn) => unknown>>;

export type Maker = keyof typeof makers;

/** Any stage and any connection of what is open. */
export function turnOf(session: EditorSession, next: Turn['next']): Turn {
  const { stages, connections } = session.graph;
  const [stage, wire] = [stages[next(stages.length)], connections[next(connections.length)]];
  if (!stage || !wire) throw new Error('The plan has become too small.');
  return { session, next, stage: stage.id, wire };
}

/** What changes or takes away what is there, and makes nothing. */
export const makesNothing: readonly (keyof typeof gestures)[] = [
  ...(['alignSelected', 'distributeSelected', 'pinSelected', 'rename', 'setKey', 'swap'] as const),
  ...(['removeSelected', 'disconnect', 'setIntent', 'ungroupSelected', 'leaveGroups'] as const),
  ...([
    'foldSelected',
    'centredOn',
    'middleOf',
    'groupsSelected',
    'copyTo',
    'rememberCopied',
  ] as const),
  ...(['mayInsertOrBranch', 'wireOf', 'stepsToAdd', 'stepsToAddBoundary'] as const),
  ...(['placeBySelection', 'boundaryBySelection', 'pasteFrom'] as const),
];
