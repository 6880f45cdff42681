import type { IconName } from '$lib/ui/icons';
import type { CanvasElement } from './model';

/** Icons of families that have one of their own; the others have their class's. */
const byFamily: Readonly<Record<string, IconName>> = {
  json_mask: 'mask',
  json_hash: 'hash',
  json_drop: 'remove-fields',
  json_rename: 'swap',
  replace: 'swap',
  prefix: 'prefix',
  suffix: 'prefix',
  truncate: 'scissors',
};

const byClass: Readonly<Record<string, IconName>> = {
  reads: 'reads',
  filters: 'filter',
  rewrites: 'swap',
  many: 'many',
  stateful: 'stateful',
};

/** What the tile of a node shows: what acts outside first, then the family, then its class. */
export function iconOf(element: Pick<CanvasElement, 'kind' | 'capability' | 'family' | 'class'>): IconName {
  if (element.kind === 'ingress') return 'ingress';
  if (element.kind === 'egress') return 'egress';
  if (element.kind === 'group') return 'group';
  if (element.capability !== null) return 'globe';
  return byFamily[element.family ?? ''] ?? byClass[element.class ?? ''] ?? 'stack';
}

/** The class that colours the tile; what acts outside is pink whatever its class. */
export function tileOf({ capability, class: of }: Pick<CanvasElement, 'capability' | 'class'>): string {
  return capability !== null ? 'effect' : (of ?? 'reads');
}
