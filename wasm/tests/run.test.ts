// Whole runs by the WebAssembly that the page and the server use.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RunAnswer } from '../../src/lib/compiler/types.ts';
import { onceAnswer, onceRequest, type OnceOptions } from '../../src/lib/run/once.ts';
import { Run, initSync, run_once } from '../stages/pkg/byteor_stages_wasm.js';
import { operations } from './packages.ts';

initSync({
  module: readFileSync(new URL('../stages/pkg/byteor_stages_wasm_bg.wasm', import.meta.url)),
});

function specOf(text: string, target: 'single_ring' | 'lane_graph'): string {
  const lowered = JSON.parse(operations.lower(JSON.stringify({ text, target }))) as {
    value: { report: { spec_kv: string } };
  };
  return lowered.value.report.spec_kv;
}

function once(
  spec: string,
  input: Record<string, string[]>,
  options: OnceOptions = {},
): ReturnType<typeof onceAnswer> {
  const json = run_once(JSON.stringify(onceRequest(spec, input, options)));
  const { value } = JSON.parse(json) as { value: RunAnswer };
  return onceAnswer(value, options);
}

const fan = `pipeline fan

ingress feed
stage quiet drop:debug
stage loud upper
stage hash json_hash:mail=hmac_sha256:pii
egress all
egress people

feed -> quiet
quiet -[fanout_broadcast]-> loud -> all
quiet -[fanout_broadcast]-> hash -> people
`;

describe('a whole run', () => {
  it('gives the records by egress, and says which ended inside', () => {
    const answer = once(specOf(fan, 'lane_graph'), {
      feed: ['{"mail":"a@b.example"}', 'debug', 'ä\\n'],
    });
    expect(answer.outputs['all']).toEqual(['{"MAIL":"A@B.EXAMPLE"}', 'ä\\n']);
    expect(answer.outputs['people']).toHaveLength(1);
    expect(answer.origins).toEqual({ all: [1, 3], people: [1] });
    expect(answer.firstDropped).toMatchObject({ record: 2, node: 'quiet' });
    expect(answer.firstRejected).toMatchObject({ record: 3, node: 'hash' });
    expect(answer).toMatchObject({ finished: true, failure: null });
    expect(answer.nodes.find(({ id }) => id === 'quiet')).toMatchObject({ taken: 3, dropped: 1 });
  });

  it('takes another stand-in for a secret, and then hashes otherwise', () => {
    const people = (secrets: Record<string, string>) =>
      once(specOf(fan, 'lane_graph'), { feed: ['{"mail":"a@b.example"}'] }, { secrets }).outputs[
        'people'
      ];
    expect(people({})).toEqual(people({}));
    expect(people({ pii: 'one' })).not.toEqual(people({}));
  });

  it('calls the ends of a ring as the plan does', () => {
    const ring = specOf(
      'pipeline ring\n\ningress feed\nstage loud upper\negress archive\n\nfeed -> loud -> archive\n',
      'single_ring',
    );
    const answer = once(ring, { feed: ['a', 'b'] }, { egress: 'archive' });
    expect(answer.outputs).toEqual({ archive: ['A', 'B'] });
  });

  it('ends at its limits, and says that it isn’t through', () => {
    const spec = specOf(fan, 'lane_graph');
    const feed = Array.from({ length: 100 }, (_, n) => `record ${n}`);
    expect(once(spec, { feed }, { steps: 50 })).toMatchObject({ steps: 50, finished: false });
    expect(once(spec, { feed }, { bytes: 100 })).toMatchObject({ finished: false, failure: null });
  });
});

describe('a run step by step', () => {
  it('ends with what a whole run counts', () => {
    const spec = specOf(fan, 'lane_graph');
    const feed = Array.from({ length: 500 }, (_, n) => (n % 5 ? `{"mail":"${n}"}` : 'debug'));
    const options = { secrets: [], record_bytes: 256, seed: 0, capacity: 0 };
    const run = new Run(spec, JSON.stringify(options));
    expect(run.feed('feed', feed.join('\n'))).toBe(500);
    run.begin();
    while (run.forward(100) === 100);
    const [at, reached, flags] = run.state();
    const whole = once(spec, { feed });
    expect([at, reached, flags]).toEqual([whole.steps, whole.steps, 1 | 8]);
    run.free();
  });

  it('throws the envelope of what can’t be run', () => {
    const options = JSON.stringify({ secrets: [], record_bytes: 256, seed: 0, capacity: 0 });
    expect(() => new Run('nothing', options)).toThrow(/"code":"E_KV_/u);
  });
});
