// Every function of the WebAssembly packages: what it takes, what it gives, how it refuses.
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ExecutionTarget } from '../../src/lib/compiler/types';
import {
  Refusal,
  applyEdits,
  catalogue,
  compile,
  decode,
  describeKv,
  diff,
  dot,
  edit,
  encode,
  extract,
  follow,
  foresee,
  sketch,
  format,
  info,
  lower,
  raw,
  sentences,
  validate,
} from './compiler';

const plans = new URL('../../docs/examples/plans/', import.meta.url);
const orders = readFileSync(new URL('orders.plan', plans), 'utf8');
const targets: ExecutionTarget[] = ['single_ring', 'lane_graph'];

function refusal(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (error instanceof Refusal) return error.error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('the compiler in WebAssembly', () => {
  it('says what it is', () => {
    const { compiler_version, plan_version, kv_version, spec_features } = info();
    expect(compiler_version).toMatch(/^\d+\.\d+\.\d+$/);
    expect([plan_version, kv_version]).toEqual([2, 1]);
    expect(spec_features).toContain('stage:keep');
  });

  it('lists the stage families', () => {
    const names = catalogue().map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['identity', 'keep', 'drop', 'replace', 'http_post']),
    );
  });

  it('has a sentence for every key of the catalogue, and none for others', () => {
    const keys = catalogue().flatMap(({ template, examples }) => [
      template,
      ...examples.map(({ key }) => key),
    ]);
    for (const [at, sentence] of sentences(keys).entries()) {
      expect(sentence?.parts.length, keys[at]).toBeGreaterThan(0);
      expect(sentence?.fact, keys[at]).not.toBe('');
    }
    expect(sentences(['json_mask:email,phone', 'nope:x', 'replace:x'])).toEqual([
      {
        parts: [
          { text: 'Masks ', value: false },
          { text: 'email', value: true },
          { text: ' and ', value: false },
          { text: 'phone', value: true },
          { text: ' with ', value: false },
          { text: '***', value: true },
        ],
        fact: 'email and phone',
        long: [
          { text: 'Replaces the values of ', value: false },
          { text: 'email', value: true },
          { text: ' and ', value: false },
          { text: 'phone', value: true },
          { text: ' in JSON objects by ', value: false },
          { text: '***', value: true },
          { text: '.', value: false },
        ],
      },
      null,
      null,
    ]);
  });

  it('gives every sample plan the hash that it has natively', () => {
    const lines: string[] = [];
    const files = readdirSync(plans).filter((name) => name.endsWith('.plan'));
    for (const name of files.sort()) {
      const text = readFileSync(new URL(name, plans), 'utf8');
      for (const target of targets) {
        const { report } = compile(text, target);
        if (report) lines.push(`${name} ${target} ${report.spec_hash}\n`);
      }
    }
    expect(lines.join('')).toBe(readFileSync(new URL('hashes.txt', plans), 'utf8'));
  });

  it('agrees with itself: compile, validate, lower, encode, decode, describe, dot', () => {
    for (const target of targets) {
      const { graph, diagnostics, report } = compile(orders, target);
      expect(validate(orders, target)).toEqual({ graph, diagnostics });
      const lowered = lower(orders, target);
      if (!report || !lowered.report) throw new Error('the sample compiles');
      expect(lowered.diagnostics).toEqual(diagnostics);
      expect(lowered.report).toMatchObject(report);
      const { spec, spec_kv: kv, spec_hash, describe: described, dot: drawn } = lowered.report;
      expect(encode(spec)).toEqual({ kv, spec_hash });
      expect(decode(kv)).toEqual({ spec, spec_hash, canonical: true, secrets: [] });
      expect(decode(`${kv}unknown.key=1\n`)).toEqual({
        spec,
        spec_hash,
        canonical: false,
        secrets: [],
      });
      expect(describeKv(kv)).toBe(described);
      expect(dot(kv)).toBe(drawn);
      expect(diff({ kv }, { text: orders, target }).equal).toBe(true);
    }
  });

  it('counts offsets in UTF-16 units', () => {
    const text =
      'pipeline p # 📦é\n\ningress in\nstage a kep:x # 📦\negress out\n\nin -> a -> out\n';
    const { diagnostics, graph } = compile(text, 'single_ring');
    const [problem] = diagnostics;
    expect(text.slice(problem?.span.start, problem?.span.end)).toBe('kep');
    expect(problem?.range).toMatchObject({ start_line: 4, start_column: 9 });
    const [stage] = graph.stages;
    expect(text.slice(stage?.key_span.start, stage?.key_span.end)).toBe('kep:x');
    const answer = edit(text, { op: 'set_key', id: 'a', key: 'keep:x y' });
    expect(answer.text).toContain('stage a "keep:x y" # 📦');
    expect(applyEdits(text, answer.edits)).toBe(answer.text);
    const formatted = format(text.replace('in -> a', '  in  ->  a'));
    expect(formatted.text).toBe(text);
  });

  it('edits broken documents, and says why an edit is impossible', () => {
    const broken = readFileSync(new URL('broken.plan', plans), 'utf8');
    const answer = edit(broken, { op: 'add_stage', key: 'keep:x', after: null });
    expect(answer.created).toEqual(['keep']);
    expect(answer.text).toContain('\nstage keep keep:x\n');
    expect(refusal(() => edit(orders, { op: 'rename', id: 'parse', to: 'mask' }))).toMatchObject({
      code: 'E_EDIT_ID_TAKEN',
      args: { id: 'mask' },
    });
    expect(extract(orders, ['parse', 'quiet'])).toBe(
      'stage parse keep:^\\{\nstage quiet "drop:level=debug"\n\nparse -> quiet\n',
    );
  });

  it('moves stages among others, and says beforehand what a gesture will make', () => {
    const moved = edit(orders, { op: 'move_onto', id: 'parse', from: 'quiet', to: 'mask' });
    expect(moved.text).toMatch(/in -> quiet -.*-> parse -> mask/);
    const swapped = edit(orders, { op: 'swap', a: 'parse', b: 'mask' });
    expect(edit(swapped.text, { op: 'swap', a: 'mask', b: 'parse' }).text).toBe(orders);
    expect(edit(orders, { op: 'insert_after', after: 'parse', key: 'upper' }).text).toContain(
      'parse -> upper -> quiet',
    );

    const bare =
      'ingress in\nstage a identity # 📦é\nstage b upper\negress out\n\nin -> a -> out\n';
    const foreseen = foresee(bare, [
      { op: 'connect', from: 'a', to: 'b' },
      { op: 'set_key', id: 'b', key: 'keep:(' },
    ]);
    expect(foreseen.inserted).toEqual([
      {
        id: 'router.a',
        kind: 'router',
        does: 'copies each record to 2 lanes',
        elements: ['a', 'a->b', 'a->out'],
        reason: expect.stringContaining('`router.a`'),
      },
    ]);
    // What stands there already is said of a plan with errors as of any other.
    expect(sketch(foreseen.text, 'lane_graph')).toEqual(foreseen.inserted);
    expect(sketch(foreseen.text, 'single_ring')).toEqual([]);
    const problem = foreseen.problems.find(({ code }) => code === 'E_KEY_REGEX');
    expect(foreseen.text.slice(problem?.span.start, problem?.span.end)).toBe('(');
    expect(refusal(() => foresee(bare, [{ op: 'swap', a: 'a', b: 'in' }]))).toMatchObject({
      code: 'E_EDIT_NOT_A_STAGE',
    });
  });

  it('follows anchors of one version into another', () => {
    const plan = (...lines: string[]) => ({
      text: ['pipeline p', 'ingress in', 'egress out', ...lines].join('\n'),
      target: 'lane_graph' as const,
    });
    const before = plan('# why', 'stage a keep:x', 'in -> a -> out', 'stage b trim', 'in -> b');
    const after = plan('stage c keep:x', 'in -> c -> out', '# why');
    const anchors = ['stage:a', 'stage:b', 'boundary:out', 'connection:in->a', 'line:4', 'line:5'];
    expect(follow(before, after, [...anchors, 'line:6', 'line:7', 'line:99', 'nonsense'])).toEqual([
      { anchor: 'stage:a', now: 'stage:c', fate: 'moved' },
      { anchor: 'stage:b', now: null, fate: 'gone' },
      { anchor: 'boundary:out', now: 'boundary:out', fate: 'same' },
      { anchor: 'connection:in->a', now: 'connection:in->c', fate: 'moved' },
      { anchor: 'line:4', now: 'line:6', fate: 'moved' },
      { anchor: 'line:5', now: 'line:4', fate: 'moved' },
      { anchor: 'line:6', now: 'line:5', fate: 'moved' },
      { anchor: 'line:7', now: null, fate: 'gone' },
      { anchor: 'line:99', now: null, fate: 'gone' },
      { anchor: 'nonsense', now: null, fate: 'gone' },
    ]);
  });

  it('refuses what it can’t read, with a code and a place', () => {
    expect(refusal(() => decode('single_ring.shards=x\n'))).toMatchObject({
      code: 'E_KV_VALUE',
      args: { line: '1', column: '20' },
    });
    expect(refusal(() => diff({ text: '', target: 'single_ring' }, { kv: '' })).code).toBe(
      'E_DIFF_SIDE',
    );
    for (const request of ['', '{}', 'null', '[]', '{"text":1}', '{"text":"\ud800"}']) {
      const envelope = JSON.parse(raw.compile(request)) as { ok: boolean; error: { code: string } };
      expect(envelope).toMatchObject({ ok: false, error: { code: 'E_REQUEST' } });
    }
  });

  it('writes config bundles and deployment statements', () => {
    const config = {
      v: 1,
      posture: 'dev',
      tuning: { profile: 'default' },
      record: { slot_bytes: 256 },
      ingress: {
        kind: 'file',
        path: '/data/in.log',
        framing: 'lines',
        mode: 'follow',
        start: 'start',
        too_large: 'reject',
      },
      egress: { kind: 'file', path: '/data/out.log', framing: 'lines' },
      reject: { path: '/data/rejected.log' },
    };
    const call = (operation: (json: string) => string, request: unknown) =>
      JSON.parse(operation(JSON.stringify(request))) as {
        ok: boolean;
        value: { text: string; digest: string; equal: boolean };
        error: { code: string; args: Record<string, string> };
      };
    const encoded = call(raw.bundleEncode, { config });
    expect(encoded.value.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(call(raw.bundleDecode, { text: encoded.value.text })).toMatchObject({
      value: { config, digest: encoded.value.digest },
    });
    expect(call(raw.bundleDiff, { before: config, after: config }).value.equal).toBe(true);
    const relative = { ...config, reject: { path: 'rejected.log' } };
    const refused = call(raw.bundleEncode, { config: relative });
    expect(refused.ok).toBe(false);
    expect(refused.error.args.field).toBe('reject.path');
    const statement = {
      v: 1,
      org_id: 'o',
      project_id: 'p',
      environment_id: 'e',
      posture: 'dev',
      slot: 'orders',
      version_id: 'v',
      spec_hash: compile(orders, 'single_ring').report?.spec_hash,
      config_digest: encoded.value.digest,
      capabilities: [],
      targets: ['a'],
      policy: { approval: 'policy', self_approval: false },
    };
    expect(call(raw.deploymentEncode, { statement }).value.digest).toMatch(/^sha256:/);
  });
});
