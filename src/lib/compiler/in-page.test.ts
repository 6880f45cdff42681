import { describe, expect, test } from 'vitest';
import { operations } from '../../../wasm/tests/packages';
import { CompilerClient } from './client';
import { PageCompile } from './in-page';
import type { CompilerOperation } from './operations';

const target = 'lane_graph' as const;
const plan = (key: string) =>
  `pipeline p\n\ningress in\nstage a keep:${key}\negress out\n\nin -> a -> out\n`;
const request = (letters: number) => 'x'.repeat(letters);

/** A page's compile on a clock of its own; each compile takes as long as `takes` says, in milliseconds. */
function page(takes: () => number = () => 1) {
  const state = { now: 0, loads: 0, compiled: [] as number[] };
  const compile = new PageCompile({
    now: () => state.now,
    load: () => {
      state.loads += 1;
      return Promise.resolve((json) => {
        state.compiled.push(json.length);
        state.now += takes();
        return 'answer';
      });
    },
  });
  return { compile, state };
}

/** The same with the core loaded, and a text that the worker answered. */
async function loaded(takes?: () => number) {
  const made = page(takes);
  made.compile.workerAnswered(request(100), 1);
  made.compile.answer(request(101));
  await Promise.resolve();
  return made;
}

describe('a compile in the page', () => {
  test('is not loaded before something was changed', async () => {
    const { compile, state } = page();
    expect(compile.answer(request(100))).toBeNull();
    compile.workerAnswered(request(100), 1);
    expect(state.loads).toBe(0);
    // The first change loads it, and is the worker's.
    expect(compile.answer(request(101))).toBeNull();
    expect(state.loads).toBe(1);
    await Promise.resolve();
    expect(compile.answer(request(101))).toEqual({ kind: 'answered', json: 'answer' });
    compile.answer(request(102));
    expect(state.loads).toBe(1);
  });

  test('is of texts that hardly differ from an answered one, and not too long', async () => {
    const { compile } = await loaded();
    expect(compile.answer(request(356))).not.toBeNull();
    expect(compile.answer(request(613))).toBeNull();
    // The worker has answered what was pasted: keys behind it are compiled here again.
    compile.workerAnswered(request(613), 1);
    expect(compile.answer(request(614))).not.toBeNull();
    compile.workerFailed();
    expect(compile.answer(request(614))).toBeNull();
    compile.workerAnswered(request(64_000), 1);
    expect(compile.answer(request(64_000))).not.toBeNull();
    expect(compile.answer(request(64_001))).toBeNull();
  });

  test('is left to the worker where it is slow, and tried again after a while', async () => {
    let takes = 40;
    const { compile, state } = await loaded(() => takes);
    // The first ones are slow anywhere.
    for (let at = 0; at < 2; at += 1) expect(compile.answer(request(100))).not.toBeNull();
    takes = 2;
    for (let at = 0; at < 10; at += 1) expect(compile.answer(request(100))).not.toBeNull();
    takes = 9;
    for (let at = 0; at < 3; at += 1) expect(compile.answer(request(100))).not.toBeNull();
    expect(compile.answer(request(100))).toBeNull();
    state.now += 5_000;
    expect(compile.answer(request(100))).not.toBeNull();
    expect(compile.answer(request(100))).toBeNull();
    takes = 2;
    for (let at = 0; at < 3; at += 1) {
      state.now += 5_000;
      expect(compile.answer(request(100))).not.toBeNull();
    }
    expect(compile.answer(request(100))).not.toBeNull();
  });

  test('of another text of the same length is the worker’s: what is opened is no key', async () => {
    const { compile } = await loaded();
    compile.workerAnswered(request(1_000), 1);
    expect(compile.answer('y'.repeat(1_000))).toBeNull();
    // A long part in the middle is no key either, and a short one is.
    const long = `${request(1_000)}${request(1_000)}`;
    compile.workerAnswered(long, 1);
    const within = (letters: number) =>
      `${request(900)}${'y'.repeat(letters)}${request(1_100 - letters)}`;
    expect(compile.answer(within(257))).toBeNull();
    expect(compile.answer(within(256))).not.toBeNull();
    expect(compile.answer(long)).not.toBeNull();
  });

  test('of a text that is slow is the worker’s from the first key, and until it is quick', async () => {
    let takes = 1;
    const { compile, state } = await loaded(() => takes);
    compile.workerAnswered(request(200), 51);
    const before = state.compiled.length;
    for (let at = 0; at < 3; at += 1) expect(compile.answer(request(201))).toBeNull();
    expect(state.compiled).toHaveLength(before);
    compile.workerAnswered(request(201), 50);
    expect(compile.answer(request(202))).not.toBeNull();
    // One slow compile here, and the worker has the next.
    takes = 4_000;
    expect(compile.answer(request(203))).not.toBeNull();
    expect(compile.answer(request(204))).toBeNull();
    takes = 1;
    compile.workerAnswered(request(204), 1);
    expect(compile.answer(request(205))).not.toBeNull();
  });

  test('that traps is the worker’s for good, and so is one that can’t be loaded', async () => {
    let loads = 0;
    const trapping = new PageCompile({
      load: () => {
        loads += 1;
        return Promise.resolve(() => {
          throw new Error('unreachable');
        });
      },
    });
    trapping.workerAnswered(request(100), 1);
    trapping.answer(request(100));
    await Promise.resolve();
    expect(trapping.answer(request(100))).toBeNull();
    expect(trapping.answer(request(100))).toBeNull();
    expect(loads).toBe(1);

    const missing = new PageCompile({ load: () => Promise.reject(new Error('offline')) });
    missing.workerAnswered(request(100), 1);
    missing.answer(request(100));
    await Promise.resolve();
    expect(missing.answer(request(100))).toBeNull();
  });

  test('says what the worker says', async () => {
    const here = new PageCompile({ load: () => Promise.resolve(operations.compile) });
    here.workerAnswered(JSON.stringify({ text: plan('a'), target }), 1);
    here.answer(JSON.stringify({ text: plan('ab'), target }));
    await Promise.resolve();
    let inPage = 0;
    const client = new CompilerClient({
      connect: () => ({
        start: () => Promise.resolve(),
        call: async (_: CompilerOperation, json: string) => {
          const answer = here.answer(json);
          if (!answer) throw new Error('the page answers');
          inPage += 1;
          return answer;
        },
        close: () => undefined,
      }),
    });
    for (const text of [plan('ab'), plan('abc'), plan('['), 'stage', '😀']) {
      const json = operations.compile(JSON.stringify({ text, target }));
      const { value } = JSON.parse(json) as { value: unknown };
      expect(await client.call('compile', { text, target })).toEqual(value);
    }
    expect(inPage).toBe(5);
    const half = { text: '\ud83d', target };
    await expect(client.call('compile', half)).rejects.toMatchObject({ code: 'E_REQUEST' });
  });
});
