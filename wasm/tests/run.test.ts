// Whole runs by the WebAssembly that the page and the server use.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RunAnswer, RunComparison } from '../../src/lib/compiler/types.ts';
import {
  compareAnswer,
  compareRequest,
  onceAnswer,
  onceRequest,
  type CompareOptions,
  type OnceOptions,
} from '../../src/lib/run/once.ts';
import { Run, compare_runs, initSync, run_once } from '../stages/pkg/byteor_stages_wasm.js';
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

function compared(
  texts: { before: string; after: string },
  target: 'single_ring' | 'lane_graph',
  input: Record<string, string[]>,
  options: CompareOptions = {},
): RunComparison {
  const specs = {
    before: specOf(texts.before, target),
    after: specOf(texts.after, target),
  };
  const json = compare_runs(JSON.stringify(compareRequest(specs, input, options)));
  const { value } = JSON.parse(json) as { value: RunComparison };
  return compareAnswer(value, options);
}

describe('two versions over one sample', () => {
  const other = fan
    .replace('drop:debug', 'drop:warn')
    .replace('egress people', 'egress persons')
    .replace('hash -> people', 'hash -> persons')
    .replace('feed -> quiet', 'feed -> quiet\nhash -> rest')
    .replace('egress all', 'egress all\negress rest');

  it('tell the first output of each egress that differs, and where it comes from', () => {
    const input = { feed: ['{"mail":"a@b.example"}', 'debug', 'warn'] };
    const { before, after, egresses } = compared(
      { before: fan, after: other },
      'lane_graph',
      input,
      {
        renamed: [{ before: 'people', after: 'persons' }],
      },
    );
    expect(before).toMatchObject({ records: 3, finished: true, failure: null });
    expect(after).toMatchObject({ records: 3, finished: true, failure: null });
    const [all, persons, rest] = ['all', 'persons', 'rest'].map((id) =>
      egresses.find(({ egress }) => egress === id),
    );
    expect(all).toMatchObject({
      before_egress: null,
      before: 2,
      after: 2,
      differing: 2,
      first: {
        differs: 'extra',
        record: 2,
        ingress: 'feed',
        input: 'debug',
        before: null,
        after: { index: 1, record: 'DEBUG' },
        parted_at: { before: 'quiet', after: 'quiet' },
      },
    });
    expect(all?.first?.before_trail.at(-1)).toMatchObject({ node: 'quiet', what: 'dropped' });
    expect(all?.first?.after_trail.some(({ node }) => node === 'loud')).toBe(true);
    expect(persons).toMatchObject({ before_egress: 'people', before: 1, after: 1, first: null });
    expect(rest).toMatchObject({ before: null, after: 1, differing: 0, first: null });
  });

  it('call the way out of a ring by the names that their plans have for it', () => {
    const ring = (egress: string, key: string) =>
      `pipeline p\ningress in\nstage a ${key}\negress ${egress}\nin -> a -> ${egress}\n`;
    const texts = { before: ring('out', 'upper'), after: ring('end', 'prefix:x') };
    const { egresses } = compared(
      texts,
      'single_ring',
      { in: ['a'] },
      {
        egresses: { before: 'out', after: 'end' },
      },
    );
    expect(egresses).toMatchObject([
      { egress: 'end', before_egress: 'out', differing: 1, first: { differs: 'other' } },
    ]);
  });

  it('refuse what can’t run, and say which side that is', () => {
    const json = compare_runs(JSON.stringify(compareRequest({ before: 'x', after: '' }, {})));
    expect(JSON.parse(json)).toMatchObject({ ok: false, error: { args: { side: 'before' } } });
  });
});

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
