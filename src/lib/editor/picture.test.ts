import { describe, expect, test } from 'vitest';
import { letterOf } from '$lib/canvas/model';
import type { ExecutionTarget } from '$lib/compiler';
import { compilerInProcess } from '$lib/compiler/in-process.testing';
import { diagnosticsByElement } from './graph';
import { insertedAt } from './lowered';
import { pictureElements, pictureWires } from './picture';

async function pictureOf(text: string, target: ExecutionTarget = 'lane_graph') {
  const { graph, diagnostics, report } = await compilerInProcess.call('compile', {
    text,
    target,
  });
  const families = await compilerInProcess.call('catalogue', {});
  const picture = {
    graph,
    target,
    families,
    problems: diagnosticsByElement(diagnostics),
    inserted: insertedAt(report),
    report,
  };
  const wires = pictureWires(picture);
  return {
    elements: pictureElements(picture),
    wires,
    letters: (id: string) =>
      wires.find((wire) => wire.id === id)?.lanes.map((lane) => letterOf(lane)) ?? null,
  };
}

describe('lanes on wires', () => {
  test('a plan that never gave a spec shows what its connections ask for; a ring has none', async () => {
    const broken =
      'pipeline p\ningress a\nstage b nobody:knows\nstage c trim\negress d\n' +
      'a -> b -[sequenced_slots]-> c -[journal]-> d\n';
    const { letters } = await pictureOf(broken);
    expect([letters('a->b'), letters('b->c'), letters('c->d')]).toEqual([['E'], ['S 1024'], ['J']]);
    const ring = await pictureOf(broken, 'single_ring');
    expect(ring.letters('a->b')).toEqual([]);
  });

  test('one lane for a connection, with its capacity where it has one', async () => {
    const { letters } = await pictureOf(
      'pipeline p\ningress a\nstage b trim\nstage c trim\negress d\n' +
        'a -> b -[sequenced_slots 64]-> c -[journal]-> d\n',
    );
    expect(letters('a->b')).toEqual(['E']);
    expect(letters('b->c')).toEqual(['S 64']);
    expect(letters('c->d')).toEqual(['J']);
  });

  test('before and behind a router, a merge and a bridge, in the order of the records', async () => {
    const { letters, wires } = await pictureOf(
      'pipeline p\ningress a\nstage b trim\nstage c trim\nstage d trim\nstage e trim\negress f\n' +
        'a -[events]-> b -> c -> e\nb -[journal]-> d -> e -> f\n' +
        'lane_graph { ingress sequenced_slots 128 }\n',
    );
    const bridged = wires.find(({ id }) => id === 'a->b');
    expect(bridged?.inserted.map(({ kind }) => kind)).toEqual(['bridge']);
    expect(letters('a->b')).toEqual(['S 128', 'E']);
    expect(letters('b->c')).toEqual(['E', 'E']);
    expect(letters('b->d')?.at(-1)).toBe('J');
    expect(letters('c->e')).toEqual(['E', 'E']);
  });

  test('readers of one lane each show it', async () => {
    const { letters } = await pictureOf(
      'pipeline p\ningress a\nstage b trim\nstage c trim\nstage d trim\negress e\negress f\n' +
        'a -> b -[fanout_broadcast]-> c -> e\nb -[fanout_broadcast]-> d -> f\n',
    );
    expect(letters('b->c')).toEqual(['F']);
    expect(letters('b->d')).toEqual(['F']);
  });
});

test('what acts outside says with which capability', async () => {
  const { elements } = await pictureOf(
    'pipeline p\ningress a\nstage b http_post:https://hooks.shop.example/x\negress c\na -> b -> c\n',
  );
  expect(elements.map(({ capability }) => capability)).toEqual([null, 'http_post', null]);
});
