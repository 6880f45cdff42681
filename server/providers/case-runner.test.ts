import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Case } from '../../src/lib/document/cases.ts';
import { caseRunner, type CaseLimits } from './case-runner.ts';
import { loadCompiler, type Compiler } from './compiler.ts';
import { withMemoryLimit } from './wasm-memory.ts';

const MASK = `pipeline p
ingress in
stage json json_require:id
stage mask json_mask:card
egress out
in -> json -> mask -> out
`;
/** Each record of 16 kB becomes thousands, and each of these goes to four. */
const GREEDY = `pipeline p
ingress in
stage cut split:,
stage a identity
stage b identity
stage c identity
stage d identity
egress out
in -> cut
cut -[fanout_broadcast]-> a -> out
cut -[fanout_broadcast]-> b -> out
cut -[fanout_broadcast]-> c -> out
cut -[fanout_broadcast]-> d -> out
`;

let compiler: Compiler;
beforeAll(async () => {
  compiler = await loadCompiler();
});

async function run(text: string, cases: Case[], limits?: Partial<CaseLimits>) {
  const target = 'lane_graph';
  const { report } = compiler.lower(text, target);
  const { graph } = compiler.compile(text, target);
  if (!report) throw new Error('the plan of the test has errors');
  const runner = caseRunner({ milliseconds: 20_000, pages: 4_096, ...limits });
  return runner.run(report.spec_kv, { target, ...graph }, cases);
}

const one = (input: string[], out: string[], name = 'One'): Case => ({
  name,
  input: { in: input },
  expected: { out },
});
/** Very many very small records: what comes out is far more than what went in. */
const greedy = one(
  Array.from({ length: 40 }, () => ','.repeat(250)),
  [],
);

describe('cases on the server', () => {
  it('pass, or say what differs and where the missing record went', async () => {
    const outcomes = await run(MASK, [
      one(['{"id":1,"card":"4"}'], ['{"id":1,"card":"***"}']),
      one(['{"id":1}', '{"no":2}'], ['{"id":1}', '{"no":2}']),
    ]);
    expect(outcomes).toMatchObject([
      { kind: 'passes' },
      {
        kind: 'fails',
        difference: {
          egress: 'out',
          record: 2,
          gone: { node: 'json', what: 'dropped', record: 2 },
        },
      },
    ]);
  });

  it('of a ring leave through its egress', async () => {
    const { report } = compiler.lower(MASK, 'single_ring');
    const { graph } = compiler.compile(MASK, 'single_ring');
    const outcomes = await caseRunner().run(
      report?.spec_kv ?? '',
      { target: 'single_ring', ...graph },
      [one(['{"id":1}'], ['{"id":1}'])],
    );
    expect(outcomes).toEqual([{ kind: 'passes' }]);
  });

  it('that the plan has no place for, or whose records are none, say so', async () => {
    const outcomes = await run(MASK, [
      { name: 'A', input: { feed: ['x'] }, expected: {} },
      { name: 'B', input: {}, expected: { archive: [] } },
      one(['\\q'], []),
    ]);
    expect(outcomes.map((outcome) => outcome.kind === 'stopped' && outcome.code)).toEqual([
      'case_ingress',
      'case_egress',
      'E_TRY_RECORDS',
    ]);
  });

  it('are ended when they take too long, and those behind are said to be late', async () => {
    const outcomes = await run(MASK, [one([], []), one([], [])], { milliseconds: 0 });
    expect(outcomes).toMatchObject([
      { kind: 'stopped', code: 'case_timeout' },
      { kind: 'stopped', code: 'case_timeout' },
    ]);
  });

  it('are ended in the middle of a run, too', async () => {
    const many = one(
      Array.from({ length: 1_000 }, () => ','.repeat(250)),
      [],
    );
    const started = performance.now();
    const outcomes = await run(
      GREEDY,
      Array.from({ length: 60 }, () => many),
      { milliseconds: 900 },
    );
    expect(outcomes.at(-1)).toMatchObject({ kind: 'stopped', code: 'case_timeout' });
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('get no more memory than they may have; those behind are run all the same', async () => {
    const small = one(['{"id":1}'], ['{"id":1}']);
    const large = one(
      Array.from({ length: 10_000 }, (_, id) => `{"id":${id},"x":"${'x'.repeat(200)}"}`),
      [],
    );
    const outcomes = await run(MASK, [small, large, small], { pages: 24 });
    expect(outcomes).toMatchObject([
      { kind: 'passes' },
      { kind: 'stopped', code: 'case_memory' },
      { kind: 'passes' },
    ]);
  });

  it('that make many records of few are bounded by what comes out', async () => {
    const [outcome] = await run(GREEDY, [greedy]);
    expect(outcome).toMatchObject({ kind: 'fails', difference: { counts: { got: 40_160 } } });
    const many = one(
      Array.from({ length: 1_000 }, () => ','.repeat(250)),
      [],
    );
    expect(await run(GREEDY, [many])).toMatchObject([{ kind: 'stopped', code: 'case_bounds' }]);
  });

  it('whose package can’t be loaded are ended with the reason', async () => {
    const { report } = compiler.lower(MASK, 'lane_graph');
    const { graph } = compiler.compile(MASK, 'lane_graph');
    const runner = caseRunner({ milliseconds: 20_000, pages: 4_096 }, '/nowhere');
    const plan = { target: 'lane_graph', ...graph } as const;
    expect(await runner.run(report?.spec_kv ?? '', plan, [one([], [])])).toMatchObject([
      { kind: 'stopped', code: 'case_ended', message: expect.stringContaining('/nowhere') },
    ]);
  });
});

describe('a limit for the memory of a module', () => {
  const module = readFileSync(
    join(import.meta.dirname, '../../wasm/stages/pkg/byteor_stages_wasm_bg.wasm'),
  );

  it('leaves a module that is valid, and nothing else of it changes', () => {
    const limited = withMemoryLimit(module, 4_096);
    expect(WebAssembly.validate(limited as BufferSource)).toBe(true);
    const described = (bytes: Uint8Array) =>
      WebAssembly.Module.exports(new WebAssembly.Module(bytes as BufferSource));
    expect(described(limited)).toEqual(described(module));
    expect(withMemoryLimit(limited, 300)).toEqual(withMemoryLimit(module, 300));
  });

  it('refuses what is no such module', () => {
    expect(() => withMemoryLimit(module, 1)).toThrow(RangeError);
    expect(() => withMemoryLimit(module.subarray(0, 8), 100)).toThrow('no memory of its own');
  });
});
