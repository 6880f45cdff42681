import { describe, expect, test } from 'vitest';
import { compilerInProcess } from '$lib/compiler/in-process.testing';
import { emptyContent } from '$lib/document/content';
import { PlanDocument } from '$lib/document/document';
import { Gestures, type GestureHost } from './gestures';
import { chainPlan } from './open.testing';

function host(change: Partial<GestureHost> = {}) {
  const document = new PlanDocument(
    { ...emptyContent, text: chainPlan, target: 'lane_graph' },
    () => 0,
  );
  const told: string[] = [];
  const gestures = new Gestures({
    document,
    planName: () => 'p',
    compiler: compilerInProcess,
    refused: () => false,
    failed: (error) => told.push(String(error)),
    select: (selection) => told.push(`select ${selection.join(' ')}`),
    say: (sentence) => told.push(sentence),
    made: () => undefined,
    outrun: (label) => told.push(`outrun ${label}`),
    ...change,
  });
  return { document, gestures, told };
}

describe('gestures', () => {
  test('several operations are one step of undo, with their positions', async () => {
    const { document, gestures, told } = host();
    const created = await gestures.run(
      [
        { op: 'add_stage', key: 'identity', id: 'a' },
        { op: 'add_stage', key: 'identity', id: 'b' },
        { op: 'connect', from: 'a', to: 'b' },
      ],
      {
        label: 'Add two',
        place: () => ({ nodes: { a: { x: 1, y: 2 } } }),
        select: (ids) => ids,
        say: 'Two added',
      },
    );
    expect(created).toEqual(['a', 'b']);
    expect(document.content.layout.nodes).toEqual({ a: { x: 1, y: 2 } });
    expect(told).toEqual(['select a b', 'Two added']);
    expect(document.undo()).toBe('Add two');
    expect(document.content.text).toBe(chainPlan);
    expect(document.content.layout.nodes).toEqual({});
  });

  test('what the compiler refuses changes nothing, and is told', async () => {
    const { document, gestures, told } = host();
    const done = await gestures.run([{ op: 'connect', from: 'json', to: 'nowhere' }], {
      label: 'Connect',
    });
    expect(done).toBeNull();
    expect(document.content.text).toBe(chainPlan);
    expect(told).toHaveLength(1);
  });

  test('typing meanwhile makes it ask again; typing all the time makes it give up', async () => {
    let type = 1;
    const { document, told } = host();
    const compiler = {
      call: (async (...asked: Parameters<typeof compilerInProcess.call>) => {
        const answer = await compilerInProcess.call(...asked);
        if (type > 0) {
          type -= 1;
          const end = document.content.text.length;
          document.run({
            label: 'Typing',
            change: { edits: [{ start: end, end, text: '# x\n' }] },
          });
        }
        return answer;
      }) as typeof compilerInProcess.call,
    };
    const busy = new Gestures({
      document,
      planName: () => 'p',
      compiler,
      refused: () => false,
      failed: (error) => told.push(String(error)),
      select: () => undefined,
      say: () => undefined,
      made: () => undefined,
      outrun: (label) => told.push(`outrun ${label}`),
    });
    const add = [{ op: 'add_stage', key: 'identity', id: 'late' } as const];
    expect(await busy.run(add, { label: 'Add' })).toEqual(['late']);
    expect(document.content.text).toContain('# x');
    expect(document.content.text).toContain('stage late identity');
    type = 100;
    expect(await busy.run([{ op: 'add_stage', key: 'identity' }], { label: 'Add' })).toBeNull();
    expect(told).toEqual(['outrun Add']);
  });

  test('one waits for the other', async () => {
    const { document, gestures } = host();
    const [first, second] = await Promise.all([
      gestures.run([{ op: 'add_stage', key: 'identity' }], { label: 'First' }),
      gestures.run([{ op: 'add_stage', key: 'identity' }], { label: 'Second' }),
    ]);
    expect(first).not.toEqual(second);
    expect(document.undo()).toBe('Second');
    expect(document.undo()).toBe('First');
  });
});
