import { describe, expect, it } from 'vitest';
import type { Adapter } from '$lib/compiler';
import { adapters, together } from '$lib/compiler/adapters';
import {
  beginSide,
  deliveryOf,
  deliveryWords,
  isMeant,
  offersOf,
  putValue,
  secretsOf,
} from './sides';

const file = { kind: 'file', framing: 'lines' } as const;
const ingress = {
  ...file,
  path: '/a',
  mode: 'follow',
  start: 'start',
  too_large: 'reject',
} as const;
const egress = { ...file, path: '/b' } as const;

describe('the sides of a config bundle', () => {
  it.each(['ingress', 'egress'] as const)('offer every adapter that declares an %s', (side) => {
    const declared = adapters.filter((adapter) => adapter[side] !== null);
    expect(offersOf(side).map((offer) => offer.kind)).toEqual(declared.map((one) => one.kind));
  });

  it('begin with every default, and with nothing for what may be left out', () => {
    for (const side of ['ingress', 'egress'] as const) {
      for (const offer of offersOf(side)) {
        const begun = beginSide(offer);
        expect(begun['kind']).toBe(offer.kind);
        for (const key of offer.keys) {
          const wanted = key.default ?? (key.optional ? undefined : '');
          const value = begun[key.name];
          expect(value === undefined ? value : String(value), `${offer.kind}.${key.name}`).toBe(
            wanted,
          );
          expect(typeof value === 'number').toBe(key.kind.is === 'number' && wanted !== undefined);
        }
      }
    }
  });

  it('ask for what a word brings along with that word only, and forget it with another one', () => {
    let brought = 0;
    for (const side of ['ingress', 'egress'] as const) {
      for (const offer of offersOf(side)) {
        for (const key of offer.keys) {
          if (key.with === null) continue;
          brought += 1;
          const [name, words] = key.with;
          const other = offer.keys.find((one) => one.name === name)!;
          const choices = other.kind.is === 'word' ? other.kind.choices : [];
          const values = beginSide(offer);
          for (const { word } of choices) {
            putValue(offer.keys, values, other, word);
            expect(isMeant(key, values), `${offer.kind}.${key.name} with ${word}`).toBe(
              words.includes(word),
            );
            if (isMeant(key, values)) putValue(offer.keys, values, key, '20');
            expect(values[key.name] !== undefined).toBe(words.includes(word));
          }
        }
      }
    }
    expect(brought).toBeGreaterThan(0);
  });

  it('leave out what an adapter isn’t', () => {
    const onlySource = { ...adapters[0]!, egress: null } satisfies Adapter;
    expect(offersOf('egress', [onlySource])).toEqual([]);
  });

  it('promise together what the declarations say', () => {
    expect(deliveryOf({ ingress, egress })?.delivery).toBe('exactly_once');
    const socket = {
      kind: 'websocket',
      role: 'connect',
      url: 'ws://a/',
      timeout_seconds: 1,
    } as const;
    const sent = { ...socket, batch_records: 1, batch_bytes: 1 };
    const told = (framing: 'text' | 'numbered') =>
      deliveryOf({ ingress, egress: { ...sent, framing } })?.delivery;
    expect(told('text')).toBe('best_effort');
    expect(told('numbered')).toBe('at_least_once');
    expect(deliveryWords({ ingress, egress })).toBe(
      'File → pipeline → File: delivered exactly once. A run goes on where the checkpoint ends, on both sides.',
    );
    expect(secretsOf({ ingress, egress })).toEqual([]);
  });

  it.each(together)('promise more where both are $kind of one place', (pair) => {
    const begun = (side: 'ingress' | 'egress') => {
      const offer = offersOf(side).find((one) => one.kind === pair.kind)!;
      const values = beginSide(offer);
      for (const name of pair.same) values[name] = 'one.example';
      return values;
    };
    const [key, word] = pair.sink;
    const promised = (from: object, to: object) =>
      deliveryOf({ ingress: from, egress: to } as Parameters<typeof deliveryOf>[0]);
    const [from, to] = [begun('ingress'), { ...begun('egress'), [key]: word }];
    expect(promised(from, to)).toEqual(pair.promised);
    expect(promised(from, begun('egress'))).not.toEqual(pair.promised);
    for (const name of pair.same) {
      expect(promised({ ...from, [name]: 'other.example' }, to)).not.toEqual(pair.promised);
    }
  });

  it('promise less around a plan that leaves something open, but where a file is cut back', () => {
    expect(deliveryOf({ ingress, egress }, true)?.delivery).toBe('exactly_once');
    const table = { ...beginSide(offersOf('egress').find(({ kind }) => kind === 'postgres')!) };
    const into = { ingress, egress: table as unknown as typeof egress };
    expect(deliveryOf(into)?.delivery).toBe('exactly_once');
    expect(deliveryOf(into, true)?.delivery).toBe('at_least_once');
  });
});
