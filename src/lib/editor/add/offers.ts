import type { PlanGraph, StageFamily } from '$lib/compiler';
import type { DraftContent } from '$lib/document/content';
import { connectionRefusal, elementOf, elementsOf, type PlanElement } from '../graph';
import type { StagePlace } from '../gestures';
import { fit, ranked, type Searchable } from '$lib/ui/search';

/** Something that can be put at a place of the plan. */
export type Offer =
  | { kind: 'family'; id: string; title: string; family: StageFamily }
  /** A key that was typed in full. */
  | { kind: 'key'; id: string; title: string; family: StageFamily; key: string }
  | { kind: 'boundary'; id: string; title: string; boundary: 'ingress' | 'egress' }
  /** An element that is there, to be connected to. */
  | { kind: 'existing'; id: string; title: string; element: PlanElement; merges: boolean };

export interface OfferGroup {
  title: string;
  offers: Offer[];
}

/** What offers are made from. */
export interface Known {
  graph: PlanGraph;
  families: readonly StageFamily[];
  content: Pick<DraftContent, 'target'>;
}

/** How many likely stages, and elements that are there, stand above the catalogue. */
const MOST_LIKELY = 4;
const MOST_THERE = 4;

/** What likely comes first in a plan: records are read and thinned out before they are rewritten. */
const FIRST = ['json_require', 'keep', 'drop', 'split'];

export function searchableOffer(offer: Offer): Searchable {
  switch (offer.kind) {
    case 'family':
      return {
        names: [offer.family.name, offer.family.title],
        said: [offer.family.group, offer.family.summary, offer.family.class].join(' '),
      };
    case 'key':
      return { names: [offer.key] };
    case 'boundary':
      return { names: [offer.boundary, offer.title], said: 'boundary' };
    case 'existing':
      return { names: [offer.element.id], said: offer.element.key ?? offer.element.kind };
  }
}

const familyOffer = (family: StageFamily): Offer => ({
  kind: 'family',
  id: `family-${family.name}`,
  title: family.title,
  family,
});

/**
 * What can be put at a place. Without a search: what often stands there, what is there already, then
 * the catalogue under its headings. With one: the best fits, an exact name before everything else.
 */
export function offersAt(known: Known, place: StagePlace, search: string): OfferGroup[] {
  const families = known.families.map(familyOffer);
  const boundaries = boundariesAt(known.graph, place);
  const there = thereAt(known.graph, place);
  if (search.trim() === '') {
    return [
      { title: 'Often next', offers: likelyAt(known, place).map(familyOffer) },
      { title: 'Already there', offers: there.slice(0, MOST_THERE) },
      { title: 'Boundaries', offers: boundaries },
      ...catalogue(known.families),
    ].filter(({ offers }) => offers.length > 0);
  }
  const best = (offers: readonly Offer[]) => ranked(search, offers, searchableOffer);
  const groups = [
    { title: 'As typed', offers: typedKey(known.families, search) },
    { title: 'Stages', offers: best(families) },
    { title: 'Boundaries', offers: best(boundaries) },
    { title: 'Already there', offers: best(there) },
  ].filter(({ offers }) => offers.length > 0);
  const worth = ({ offers }: OfferGroup) =>
    Math.max(...offers.map((offer) => fit(search, searchableOffer(offer)) ?? 0));
  return groups.sort((a, b) => worth(b) - worth(a));
}

/** Only what is there already: where a connection from the place may lead. */
export function targetsAt(known: Known, place: StagePlace, search: string): OfferGroup[] {
  const offers = ranked(search, thereAt(known.graph, place), searchableOffer);
  return offers.length > 0 ? [{ title: 'Already there', offers }] : [];
}

function catalogue(families: readonly StageFamily[]): OfferGroup[] {
  const groups: OfferGroup[] = [];
  for (const family of families) {
    const last = groups.at(-1);
    if (last?.title === family.group) last.offers.push(familyOffer(family));
    else groups.push({ title: family.group, offers: [familyOffer(family)] });
  }
  return groups;
}

/** `json_mask:email` is a stage already, whatever the list below makes of it. */
function typedKey(families: readonly StageFamily[], search: string): Offer[] {
  const key = search.trim();
  const colon = key.indexOf(':');
  const family = families.find(({ name }) => name === key.slice(0, colon));
  return colon > 0 && family && key.length > colon + 1
    ? [{ kind: 'key', id: 'typed-key', title: key, family, key }]
    : [];
}

/** Families that often follow what stands before the place, as the catalogue says. */
function likelyAt({ graph, families, content }: Known, place: StagePlace): StageFamily[] {
  const before = place.on?.from ?? place.after;
  const family = before === undefined ? undefined : elementOf(graph, before)?.family;
  const next = families.find(({ name }) => name === family)?.often_next ?? FIRST;
  return (
    next
      .flatMap((name) => families.find((candidate) => candidate.name === name) ?? [])
      // A ring has one slot for a record, so nothing that gives several fits there.
      .filter((candidate) => content.target === 'lane_graph' || candidate.class !== 'many')
      .slice(0, MOST_LIKELY)
  );
}

function boundariesAt(graph: PlanGraph, { after, before, on }: StagePlace): Offer[] {
  if (on) return [];
  const ingress: Offer = {
    kind: 'boundary',
    id: 'boundary-ingress',
    title: 'Take records in',
    boundary: 'ingress',
  };
  const egress: Offer = {
    kind: 'boundary',
    id: 'boundary-egress',
    title: 'Hand records out',
    boundary: 'egress',
  };
  // A stage has to stand between ingress and egress.
  if (after !== undefined) return elementOf(graph, after)?.kind === 'stage' ? [egress] : [];
  if (before !== undefined) return elementOf(graph, before)?.kind === 'stage' ? [ingress] : [];
  return [ingress, egress];
}

/** Elements that the place could be connected to; what has no way in or out yet comes first. */
function thereAt(graph: PlanGraph, { after, before, on }: StagePlace): Offer[] {
  if (on || (after === undefined) === (before === undefined)) return [];
  const into = new Set(graph.connections.map(({ to }) => to));
  const out = new Set(graph.connections.map(({ from }) => from));
  const busy = (id: string) => (after !== undefined ? into.has(id) : out.has(id));
  return elementsOf(graph)
    .filter(({ id }) =>
      after !== undefined
        ? connectionRefusal(graph, after, id) === null
        : connectionRefusal(graph, id, before ?? '') === null,
    )
    .map((element): Offer => ({
      kind: 'existing',
      id: `existing-${element.id}`,
      title: element.id,
      element,
      merges: after !== undefined && into.has(element.id),
    }))
    .sort((a, b) => Number(busy(a.title)) - Number(busy(b.title)));
}
