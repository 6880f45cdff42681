import { afterEach, describe, expect, it } from 'vitest';
import { compiler } from '$lib/compiler';
import type { Sample } from '$lib/document/content';
import type { EditorSession } from '$lib/editor/session.svelte';
import { RunSession } from './run-session.svelte';

const plan = `pipeline orders

ingress feed
stage quiet drop:debug
stage mask json_mask:email
egress archive

feed -> quiet -> mask -> archive
`;

const orders: Sample = {
  name: 'orders',
  records: [
    '{"n":1,"email":"ada@shop.example"}',
    '{"n":2,"level":"debug"}',
    'no json',
    '{"n":4,"email":"bo@shop.example"}',
  ],
};

const open: RunSession[] = [];
afterEach(() => open.splice(0).forEach((run) => run.close()));

/** As much of a session as a run looks at, over the real compiler. */
async function sessionOf(text: string, target: 'single_ring' | 'lane_graph') {
  const { graph, report } = await compiler().call('compile', { text, target });
  const kept: Record<string, Sample> = { orders };
  return {
    content: { text, target, samples: {} },
    graph,
    report,
    families: [],
    errors: 0,
    upToDate: true,
    key: `test/${Math.random()}`,
    local: {
      samples: {
        all: async () => kept,
        put: async () => undefined,
        remove: async () => undefined,
      },
    },
  };
}

async function runOf(target: 'single_ring' | 'lane_graph') {
  const session = await sessionOf(plan, target);
  const given = { now: session };
  const run = new RunSession(() => given.now as unknown as EditorSession);
  open.push(run);
  await expect.poll(() => run.samples.loaded).toBe(true);
  return { run, given };
}

describe.each(['single_ring', 'lane_graph'] as const)('a run of a %s', (target) => {
  it('goes to its end, and says what became of each record', async () => {
    const { run } = await runOf(target);
    expect(run.refusal).toBeNull();
    await run.run();
    expect(run.phase).toBe('standing');
    expect(run.standsAtEnd).toBe(true);
    const fates = await run.fatesOf(1, 4);
    expect(
      fates.map(({ out, dropped, rejected }) => [out, dropped, rejected].map((l) => l.length)),
    ).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [1, 0, 0],
    ]);
    expect(run.overlay?.nodes.get('feed')).toMatchObject({ counts: '4', of: '4' });
    expect(run.overlay?.nodes.get('archive')?.counts).toBe('2');
    expect(run.overlay?.nodes.get('mask')).toMatchObject({ counts: '3 → 2', tone: 'danger' });
    expect([...run.ticks].some((tick) => (tick & 2) !== 0)).toBe(true);
  });

  it('takes every step that is asked for, however fast', async () => {
    const { run } = await runOf(target);
    await run.run();
    await run.goTo(0);
    await Promise.all(Array.from({ length: 9 }, () => run.step(1)));
    expect(run.view?.at).toBe(9);
    await Promise.all([run.step(-1), run.step(-1), run.step(1)]);
    expect(run.view?.at).toBe(8);
    // What goes elsewhere meanwhile is where the next step starts.
    void run.step(1);
    void run.goTo(3);
    await run.step(1);
    expect(run.view?.at).toBe(4);
  });

  it('stops before the record that a condition asks for, and goes on behind it', async () => {
    const { run } = await runOf(target);
    run.setBreakpoint('mask', { pattern: '^bo@', field: 'email' });
    await run.run();
    expect(run.stoppedAt?.at).toBe('mask');
    expect(run.next).toMatchObject({
      record: 4,
      before: '{"n":4,"email":"bo@shop.example"}',
      after: '{"n":4,"email":"***"}',
    });
    const at = run.view?.at ?? 0;
    await run.step(1);
    expect(run.last).toMatchObject({ record: 4, step: at + 1 });
    await run.step(-1);
    expect(run.view?.at).toBe(at);
    await run.run();
    expect(run.standsAtEnd).toBe(true);
    await run.toStepOf('mask', true);
    expect(run.next).toMatchObject({ record: 4 });
    // The last stage of a ring is where records leave.
    const what = target === 'single_ring' ? 'out' : 'passed';
    expect(await run.lookAt('mask')).toMatchObject({ record: 4, what });
  });

  it('runs a changed plan again, and is refused where the plan has errors', async () => {
    const { run, given } = await runOf(target);
    await run.run();
    given.now = await sessionOf(plan.replace('json_mask:email', 'upper'), target);
    expect(run.outdated).toBe(true);
    await run.goTo(0);
    await run.toEnd();
    expect(run.outdated).toBe(false);
    expect(run.overlay?.nodes.get('mask')?.counts).toBe('3 → 3');
    given.now = { ...given.now, errors: 2 };
    expect(run.refusal).toBe('Fix 2 errors first');
    run.stop();
    expect(run.overlay).toBeNull();
  });
});

describe('the input of a case', () => {
  it('runs in the place of the sample, and stands before the step that is asked for', async () => {
    const { run } = await runOf('lane_graph');
    await run.runInput('a case', { feed: ['debug'] }, 256, 2);
    expect(run.input?.name).toBe('a case');
    expect(run.records).toEqual(['debug']);
    expect(run.next).toMatchObject({ step: 2, record: 1, what: 'dropped' });
    run.chooseSample('orders');
    expect(run.records).toHaveLength(4);
  });

  it('that no stage can take says why, and another run goes on', async () => {
    const { run } = await runOf('lane_graph');
    await run.runInput('wrong', { nowhere: ['a'] }, 256, 1);
    expect(run.failure?.code).toBe('E_STEP_INGRESS');
    run.chooseSample('orders');
    await run.run();
    expect(run.failure).toBeNull();
    expect(run.standsAtEnd).toBe(true);
  });
});
