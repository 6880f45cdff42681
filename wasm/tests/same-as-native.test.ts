// Whole runs by the WebAssembly of the page, held against what the native stepping executor gave:
// crates/byteor-pipeline-step/tests/outputs, which tests/step/outputs.rs keeps.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RunAnswer } from '../../src/lib/compiler/types.ts';
import { recordBytes } from '../../src/lib/document/records.ts';
import { onceAnswer, onceRequest } from '../../src/lib/run/once.ts';
import { initSync, run_once } from '../stages/pkg/byteor_stages_wasm.js';
import { operations } from './packages.ts';

initSync({
  module: readFileSync(new URL('../stages/pkg/byteor_stages_wasm_bg.wasm', import.meta.url)),
});

const outputs = new URL('../../crates/byteor-pipeline-step/tests/outputs/', import.meta.url);
const examples = new URL('../../docs/examples/plans/', import.meta.url);
const linesOf = (name: string) =>
  readFileSync(new URL(name, outputs), 'utf8').replace(/\n$/u, '').split('\n');
const input = linesOf('input.records');

interface Line {
  egress: string;
  count: number;
  digest: string;
}

/** By plan, target and seed: what has to leave. */
const runs = new Map<string, Line[]>();
for (const line of linesOf('outputs.txt')) {
  const [plan, target, seed, egress = '', count, digest = ''] = line.split(' ');
  const key = [plan, target, seed].join(' ');
  runs.set(key, [...(runs.get(key) ?? []), { egress, count: Number(count), digest }]);
}

function specOf(plan: string, target: string): string {
  const generated = new URL(plan, outputs);
  const text = readFileSync(existsSync(generated) ? generated : new URL(plan, examples), 'utf8');
  const lowered = JSON.parse(operations.lower(JSON.stringify({ text, target }))) as {
    value: { report: { spec_kv: string } };
  };
  return lowered.value.report.spec_kv;
}

/** The ingresses of a spec, in its order; any name will do for a ring's. */
function ingressesOf(spec: string): string[] {
  const kinds = [...spec.matchAll(/endpoints\.(\d+)\.kind=ingress/gu)].map(([, at]) => at);
  const ids = kinds.map((at) => new RegExp(`endpoints\\.${at}\\.id=(.*)`, 'u').exec(spec)?.[1]);
  return ids.length > 0 ? ids.map(String) : ['ingress'];
}

const digestOf = (records: readonly string[]) => {
  const hash = createHash('sha256');
  for (const record of records) hash.update(recordBytes(record) ?? '').update('\n');
  return hash.digest('hex');
};

describe('the page gives the bytes that the native executor gives', () => {
  it('is asked about both targets and several schedules', () => {
    expect(runs.size).toBeGreaterThan(60);
  });

  for (const [key, expected] of runs) {
    it(key, () => {
      const [plan = '', target = '', seed] = key.split(' ');
      const spec = specOf(plan, target);
      const ids = ingressesOf(spec);
      const secrets = [...spec.matchAll(/hmac_sha256:([a-z0-9_]+)/gu)].map(
        ([, name]) => [name ?? '', 'a stand-in of at least thirty-two bytes'] as const,
      );
      const request = onceRequest(
        spec,
        Object.fromEntries(
          ids.map((id, at) => [id, input.filter((_, index) => index % ids.length === at)]),
        ),
        { seed: Number(seed), secrets: Object.fromEntries(secrets) },
      );
      const { value } = JSON.parse(run_once(JSON.stringify(request))) as { value: RunAnswer };
      const answer = onceAnswer(value);
      expect(answer).toMatchObject({ finished: true, failure: null });
      const got = Object.entries(answer.outputs)
        .filter(([, records]) => records.length > 0)
        .map(([egress, records]) => ({
          egress,
          count: records.length,
          digest: digestOf(records),
        }));
      const byEgress = (a: Line, b: Line) => (a.egress < b.egress ? -1 : 1);
      expect(got.sort(byEgress)).toEqual(expected.toSorted(byEgress));
    });
  }
});
