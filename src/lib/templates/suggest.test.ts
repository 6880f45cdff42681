import { describe, expect, test } from 'vitest';
import { compilerInProcess } from '$lib/compiler/in-process.testing';
import { planOf } from './new-plan';
import { lookAt } from './suggest';

const keys = (records: string[]) => lookAt(records).suggestions.map(({ key }) => key);

describe('records', () => {
  test('that are JSON objects get stages for their fields', () => {
    const records = [
      '{"id":1,"level":"debug","user":"ada@shop.example"}',
      '{"id":2,"level":"info","user":"guest"}',
      '{"id":2,"level":"info","user":"guest","card":"4111111111111111"}',
      '{"id":3,"level":"info","text":"a\\\\nb"}',
      '{"id":4,"level":"info"}',
    ];
    expect(lookAt(records).kind).toBe('json');
    expect(keys(records)).toEqual([
      'json_require:id',
      'drop:"level": ?"debug"',
      'dedupe:1000:id',
      'json_mask:user,card',
    ]);
  });

  test('that are lines of a log get stages for what nobody reads', () => {
    const records = [
      '192.0.2.1 "GET /healthz HTTP/1.1" 200',
      '192.0.2.1 "GET /cart?by=ada@shop.example HTTP/1.1" 200\\r',
      '',
      '2026-05-14 09:41:00 DEBUG tick',
    ];
    expect(lookAt(records).kind).toBe('log');
    expect(keys(records)).toEqual([
      'trim:end',
      'drop:^$',
      'drop:/(healthz|health|livez|readyz|ready|ping)[ ?"]',
      'drop:(level=debug|DEBUG)',
      'replace:[^ "<>]+@[^ "<>]+=***',
    ]);
  });

  test('that look like nothing get nothing', () => {
    expect(lookAt(['one', 'two'])).toEqual({ kind: 'text', suggestions: [] });
    expect(lookAt([])).toEqual({ kind: 'text', suggestions: [] });
  });
});

test.each([
  [['{"id":1,"user":"ada@shop.example"}', 'tick', ...Array<string>(9).fill('{"id":2}')]],
  [['GET /healthz HTTP', 'to ada@shop.example\\r', '', 'card 4111111111111111 DEBUG']],
])('what is suggested of %j makes a plan without problems', async (records) => {
  const { suggestions } = lookAt(records);
  expect(suggestions.length).toBeGreaterThan(1);
  const text = planOf('shop', suggestions);
  const { diagnostics } = await compilerInProcess.call('compile', { text, target: 'lane_graph' });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
});
