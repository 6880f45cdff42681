import { expect, it } from 'vitest';
import { adapters } from '../compiler/adapters';
import type { Told } from '../compiler/types';
import { BOUNDARY, boundaryAddresses, fittedSide, severalOf, withBoundaries } from './boundaries';
import { beginSide } from './sides';

const told = (side: 'ingress' | 'egress', kind: string): Told => {
  const several = severalOf(side, kind);
  if (several?.is !== 'told') throw new Error(`${kind} has one boundary`);
  return several;
};
const two = ['alerts', 'all'];

it('gives each of several boundaries its file, and one boundary none of its own', () => {
  const file = told('egress', 'file');
  expect(boundaryAddresses(file, { path: '/data/{boundary}.log' }, two)).toEqual([
    { id: 'alerts', values: ['/data/alerts.log'] },
    { id: 'all', values: ['/data/all.log'] },
  ]);
  expect(boundaryAddresses(file, { path: '/data/{boundary}.log' }, ['out'])).toEqual([]);
  expect(boundaryAddresses(file, { path: '/data/out.log' }, two)).toEqual([]);
});

it('gives each boundary also what its position is known by', () => {
  const kafka = told('ingress', 'kafka');
  const values = { topic: 'orders.{boundary}', group: 'byteor-{boundary}' };
  expect(boundaryAddresses(kafka, values, two)).toEqual([
    { id: 'alerts', values: ['orders.alerts', 'byteor-alerts'] },
    { id: 'all', values: ['orders.all', 'byteor-all'] },
  ]);
  expect(boundaryAddresses(kafka, { ...values, group: 'byteor' }, two)).toEqual([]);
});

it('puts the placeholder once where each kind of value has room for it', () => {
  const put = (side: 'ingress' | 'egress', kind: string, key: string, value: string) => {
    const keys = adapters.find((one) => one.kind === kind)?.[side]?.keys ?? [];
    return withBoundaries(told(side, kind), keys, { [key]: value }, two)?.values[key];
  };
  expect(put('egress', 'file', 'path', '/data/out.log')).toBe('/data/out-{boundary}.log');
  expect(put('egress', 'file', 'path', '/data.d/out')).toBe('/data.d/out-{boundary}');
  expect(put('egress', 'file', 'path', '/data/.out')).toBe('/data/.out-{boundary}');
  expect(put('egress', 'kafka', 'topic', 'orders')).toBe('orders_{boundary}');
  expect(put('egress', 'http', 'url', 'https://a.example/orders?v=1')).toBe(
    'https://a.example/orders/{boundary}?v=1',
  );
  expect(put('egress', 's3', 'prefix', 'orders/')).toBe('orders/{boundary}/');
  expect(put('ingress', 'http', 'url_path', '/orders')).toBe('/orders/{boundary}');
});

it('puts it into every side that begins without, so that nothing is missing, and only where several need it', () => {
  for (const { kind, ingress, egress } of adapters) {
    for (const [side, declared] of [['ingress', ingress] as const, ['egress', egress] as const]) {
      if (declared?.several.is !== 'told') continue;
      const begun = beginSide({ kind, keys: declared.keys });
      const cure = withBoundaries(declared.several, declared.keys, begun, two);
      expect(
        cure?.keys.map(({ name }) => name),
        kind,
      ).toContain(declared.several.address);
      expect(String(cure?.values[declared.several.address])).toContain(BOUNDARY);
      expect(boundaryAddresses(declared.several, cure?.values ?? {}, two), kind).toHaveLength(2);
      expect(withBoundaries(declared.several, declared.keys, cure?.values ?? {}, two)).toBeNull();
      expect(withBoundaries(declared.several, declared.keys, begun, ['in']), side).toBeNull();
    }
  }
});

it('fits a side to a spec, whatever its adapter: with placeholders for several boundaries, without for one', () => {
  const file = (path: string, ids: string[]) =>
    fittedSide('egress', { kind: 'file', path, framing: 'lines' }, ids)['path'];
  expect(file('/data/out.log', two)).toBe('/data/out-{boundary}.log');
  expect(file('/data/{boundary}/out.log', two)).toBe('/data/{boundary}/out.log');
  expect(file('/data/{boundary}/out.log', ['a'])).toBe('/data/a/out.log');
  expect(file('/data/out.log', ['a'])).toBe('/data/out.log');
  const group = { kind: 'kafka', topic: 'orders', group: 'byteor', start: 'start' };
  const several = fittedSide('ingress', group, ['east', 'west']);
  expect(several).toEqual({ ...group, topic: 'orders_{boundary}', group: 'byteor_{boundary}' });
  expect(fittedSide('ingress', several, ['east', 'west'])).toEqual(several);
  expect(fittedSide('ingress', several, ['east'])).toEqual({
    ...group,
    topic: 'orders_east',
    group: 'byteor_east',
  });
  for (const { kind, ingress, egress } of adapters) {
    for (const [side, declared] of [['ingress', ingress] as const, ['egress', egress] as const]) {
      if (!declared) continue;
      const begun = beginSide({ kind, keys: declared.keys });
      const fitted = fittedSide(side, begun, two);
      const placed = Object.values(fitted).filter((value) => String(value).includes(BOUNDARY));
      const { several } = declared;
      expect(placed, kind).toHaveLength(several.is === 'told' ? 1 + several.own.length : 0);
      expect(JSON.stringify(fittedSide(side, fitted, ['alerts'])), kind).not.toContain(BOUNDARY);
    }
  }
});
