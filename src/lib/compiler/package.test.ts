import { describe, expect, test } from 'vitest';
import { applyEdits } from '$lib/document/edits';
import { compilerInProcess as client } from './in-process.testing';

const text =
  '# ü 😀 before\npipeline p\n\ningress in\nstage a keep:x\negress out\n\nin -> a -> out\n';

describe('the compiler package behind the client', () => {
  test('edits speak UTF-16, so they fit JavaScript’s strings', async () => {
    const answer = await client.call('edit', {
      text,
      target: 'single_ring',
      operation: { op: 'insert_on_connection', from: 'a', to: 'out', key: 'drop:^$', id: 'b' },
    });
    expect(applyEdits(text, answer.edits)).toBe(answer.text);
    expect(answer.created).toEqual(['b']);
    expect(answer.text.startsWith('# ü 😀 before\n')).toBe(true);
  });

  test('spans lead to the statements', async () => {
    const { graph, report } = await client.call('compile', { text, target: 'single_ring' });
    const stage = graph.stages[0]!;
    expect(text.slice(stage.span.start, stage.span.end)).toBe('stage a keep:x');
    expect(text.slice(stage.key_span.start, stage.key_span.end)).toBe('keep:x');
    expect(report?.spec_hash).toMatch(/^sha256:[0-9a-f]{64}$/u);
  });

  test('every quick fix of a broken plan can be applied', async () => {
    const broken = '# ü\ningress in\nstage a keep:x\nstage b\negress out\nin -> a\n';
    const { diagnostics } = await client.call('compile', { text: broken, target: 'single_ring' });
    expect(diagnostics.length).toBeGreaterThan(0);
    for (const { fixes } of diagnostics)
      for (const { edits } of fixes) expect(applyEdits(broken, edits)).not.toBe(broken);
  });

  test('five stages under single_ring offer lane_graph, where the same text gives a spec', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const five = [
      'pipeline p\n\ningress in\n',
      ...ids.map((id) => `stage ${id} keep:${id}\n`),
      `egress out\n\nin -> ${ids.join(' -> ')} -> out\n`,
    ].join('');
    const ring = await client.call('compile', { text: five, target: 'single_ring' });
    const problem = ring.diagnostics.find(({ code }) => code === 'E_RING_STAGES');
    const [first] = problem?.fixes ?? [];
    expect(first).toEqual({
      title: 'Compile for lane_graph instead',
      edits: [],
      target: 'lane_graph',
    });
    const there = await client.call('compile', { text: five, target: first!.target! });
    expect(there.report).not.toBeNull();
  });

  test('an impossible operation is refused with its code', async () => {
    await expect(
      client.call('edit', {
        text,
        target: 'single_ring',
        operation: { op: 'rename', id: 'a', to: 'in' },
      }),
    ).rejects.toMatchObject({ code: 'E_EDIT_ID_TAKEN' });
  });

  test('the catalogue’s templates are valid keys of their families', async () => {
    for (const { name, template } of await client.call('catalogue', {})) {
      const plan = text.replace('keep:x', template);
      const { graph, diagnostics } = await client.call('compile', {
        text: plan,
        target: 'single_ring',
      });
      expect(graph.stages[0]?.family).toBe(name);
      expect(diagnostics.filter(({ phase }) => phase === 'syntax')).toEqual([]);
    }
  });
});
