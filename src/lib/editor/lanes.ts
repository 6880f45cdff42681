import type { LaneKind, PipelineSpecV1, RoleWork } from '$lib/compiler';

/** A lane at an element, as the inspector lists it. */
export interface LaneAt {
  id: string;
  kind: LaneKind;
  /** Entries of a `sequenced_slots` lane. */
  capacity: number | null;
  direction: 'in' | 'out';
  readers: number;
}

const reads = (work: RoleWork): readonly string[] => (work.kind === 'merge' ? work.rx : [work.rx]);

/** The lane that an element of the plan reads and the one that it writes; a ring has none. */
export function lanesAt(spec: PipelineSpecV1, element: string): LaneAt[] {
  if (!('lane_graph' in spec)) return [];
  const { lanes, roles, endpoints } = spec.lane_graph;
  const at = (id: string, direction: 'in' | 'out'): LaneAt[] => {
    const lane = lanes.find((candidate) => candidate.id === id);
    if (!lane) return [];
    const { channel } = lane;
    return [
      {
        id,
        kind: channel.kind,
        capacity: channel.kind === 'sequenced_slots' ? channel.capacity : null,
        direction,
        readers:
          roles.filter(({ work }) => reads(work).includes(id)).length +
          endpoints.filter(({ kind, lane }) => kind === 'egress' && lane === id).length,
      },
    ];
  };
  const work = roles.find(({ id }) => id === element)?.work;
  if (work?.kind === 'stage') return [...at(work.rx, 'in'), ...at(work.tx, 'out')];
  const endpoint = endpoints.find(({ id }) => id === element);
  return endpoint ? at(endpoint.lane, endpoint.kind === 'ingress' ? 'out' : 'in') : [];
}
