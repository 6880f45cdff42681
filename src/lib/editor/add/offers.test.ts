import { describe, expect, test } from 'vitest';
import { openSession } from '../session/open.testing';
import type { StagePlace } from '../gestures';
import { consequencesOf, nextLane, stepsFor } from './consequences';
import { offersAt, searchableOffer, targetsAt } from './offers';

const { session } = await openSession({
  text: `pipeline p

ingress in
stage drop_it drop:x
stage trim trim
stage alone identity
egress out

in -> drop_it -> trim -> out
`,
});
const known = { graph: session.graph, families: session.families };
const places: StagePlace[] = [
  {},
  { after: 'in' },
  { after: 'trim' },
  { before: 'out' },
  { on: { from: 'in', to: 'drop_it' } },
];
const first = (place: StagePlace, search: string) => offersAt(session, place, search)[0]?.offers[0];
const spelled = (name: string) => [name, name.toUpperCase(), `  ${name} `];

describe('ranking', () => {
  test('a family’s name or title, typed in full, is first, at every place', () => {
    expect(session.families.length).toBeGreaterThan(15);
    for (const place of places)
      for (const { name, title } of session.families)
        for (const search of [...spelled(name), ...spelled(title)]) {
          const offer = first(place, search);
          const names = offer ? searchableOffer(offer).names.map((one) => one.toLowerCase()) : [];
          expect(names, search).toContain(search.trim().toLowerCase());
        }
  });

  test('an element’s id, typed in full, is first where it can be connected to', () => {
    for (const place of [{ after: 'in' }, { after: 'alone' }, { before: 'out' }])
      for (const { offers } of targetsAt(session, place, ''))
        for (const offer of offers) {
          const found = first(place, offer.title);
          expect(found && searchableOffer(found).names, offer.title).toContain(offer.title);
        }
  });

  test('“drop” is drop, and not a family that comes before it in the catalogue', () => {
    expect(first({ after: 'in' }, 'drop')?.id).toBe('family-drop');
  });

  test('a key that is typed with its values can be added as it is', () => {
    const offer = first({}, 'json_mask:email,phone');
    expect(offer).toMatchObject({ kind: 'key', key: 'json_mask:email,phone' });
  });
});

describe('offers', () => {
  test('without a search are what is likely, what is there, and the whole catalogue', () => {
    const groups = offersAt(session, { after: 'trim' }, '');
    expect(groups[0]?.title).toBe('Often next');
    expect(groups[1]?.title).toBe('Already there');
    const catalogue = groups.slice(1).flatMap(({ offers }) => offers);
    const names = catalogue.flatMap((offer) => (offer.kind === 'family' ? offer.family.name : []));
    expect(names).toEqual(session.families.map(({ name }) => name));
  });

  test('what is likely fits the target: a ring has no room for several records', () => {
    const likely = (target: 'lane_graph' | 'single_ring') =>
      offersAt({ ...known, content: { target } }, { after: 'in' }, '')[0]?.offers ?? [];
    expect(likely('lane_graph').map(({ id }) => id)).toContain('family-split');
    expect(likely('single_ring').map(({ id }) => id)).not.toContain('family-split');
    expect(likely('single_ring').length).toBeGreaterThan(0);
  });

  test('say which elements get a merge, those without any way in first', () => {
    const there = targetsAt(session, { after: 'drop_it' }, '')[0]?.offers ?? [];
    expect(there.map((offer) => [offer.title, offer.kind === 'existing' && offer.merges])).toEqual([
      ['alone', false],
      ['out', true],
    ]);
  });

  test('leave out what can’t stand there', () => {
    const kinds = (place: StagePlace) =>
      offersAt(session, place, '').flatMap(({ offers }) =>
        offers.flatMap((offer) => (offer.kind === 'boundary' ? offer.boundary : [])),
      );
    expect(kinds({ after: 'in' })).toEqual([]);
    expect(kinds({ after: 'trim' })).toEqual(['egress']);
    expect(kinds({ before: 'trim' })).toEqual(['ingress']);
    expect(kinds({})).toEqual(['ingress', 'egress']);
  });
});

describe('consequences', () => {
  const offer = first({ after: 'trim' }, 'lower')!;

  test('a branch makes a router, and what goes between makes none', async () => {
    const branch = { after: 'drop_it', branch: true };
    const made = await consequencesOf(session, [
      ...stepsFor(session, offer, branch),
      (ids) => ({ op: 'connect', from: ids[0] ?? '', to: 'alone' }),
      { op: 'connect', from: 'alone', to: 'out' },
    ]);
    expect(made?.makes.map(({ kind }) => kind).sort()).toEqual(['merge', 'router']);
    const between = await consequencesOf(session, stepsFor(session, offer, { after: 'drop_it' }));
    expect(between?.makes).toEqual([]);
  });

  test('nothing is changed by asking', async () => {
    const before = session.content;
    await consequencesOf(session, stepsFor(session, offer, { after: 'trim' }));
    expect(session.content).toBe(before);
    expect(await consequencesOf(session, [{ op: 'connect', from: 'x', to: 'y' }])).toBeNull();
  });

  test('the key for another lane goes round', () => {
    const kinds: (string | undefined)[] = [];
    let lane = nextLane(undefined);
    for (let turns = 0; turns < 4; turns += 1) {
      kinds.push(lane?.kind);
      lane = nextLane(lane);
    }
    expect(kinds).toEqual(['journal', 'sequenced_slots', 'fanout_broadcast', undefined]);
  });
});
