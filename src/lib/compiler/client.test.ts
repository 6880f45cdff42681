import { describe, expect, test } from 'vitest';
import { CompilerClient, type CompilerConnection, type WorkerAnswer } from './client';
import { NewestWins } from './newest-wins';

type Behaviour = (operation: string, request: string) => Promise<WorkerAnswer>;

const answer = (value: unknown): WorkerAnswer => ({
  kind: 'answered',
  json: JSON.stringify({ ok: true, value }),
});

/** Connections that behave as told, one behaviour per worker started. */
function workers(...behaviours: Behaviour[]) {
  const log = { started: 0, closed: 0 };
  const connect = (): CompilerConnection => {
    const behaviour = behaviours[Math.min(log.started, behaviours.length - 1)]!;
    log.started += 1;
    return {
      start: () => Promise.resolve(),
      call: behaviour,
      close: () => {
        log.closed += 1;
      },
    };
  };
  return { connect, log };
}

const never = () => new Promise<never>(() => undefined);
const format = { text: 'stage a identity' };

describe('the compiler client', () => {
  test('an answer comes back as a value, a refusal as an error with its code', async () => {
    const { connect } = workers((operation) =>
      Promise.resolve(
        operation === 'format'
          ? answer({ text: 'x', edits: [] })
          : {
              kind: 'answered',
              json: '{"ok":false,"error":{"code":"E_EDIT_ID_TAKEN","message":"taken","args":{"id":"a"}}}',
            },
      ),
    );
    const client = new CompilerClient({ connect });
    expect(await client.call('format', format)).toEqual({ text: 'x', edits: [] });
    await expect(
      client.call('edit', {
        text: '',
        target: 'single_ring',
        operation: { op: 'rename', id: 'a', to: 'b' },
      }),
    ).rejects.toMatchObject({ code: 'E_EDIT_ID_TAKEN', args: { id: 'a' } });
  });

  test('a trap refuses the call that caused it and asks the others again', async () => {
    let release = () => undefined as void;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { connect, log } = workers(
      async (operation) => {
        if (operation === 'format') return never();
        await gate;
        return { kind: 'trapped', message: 'unreachable' };
      },
      () => Promise.resolve(answer({ text: 'asked again', edits: [] })),
    );
    const client = new CompilerClient({ connect });
    const bystander = client.call('format', format);
    const culprit = client.call('describe', { kv: '' });
    release();
    await expect(culprit).rejects.toMatchObject({ code: 'E_COMPILER_TRAPPED' });
    expect(await bystander).toEqual({ text: 'asked again', edits: [] });
    expect(log).toEqual({ started: 2, closed: 1 });
  });

  test('a package that can’t be loaded refuses its own operations and nothing else', async () => {
    let missing = true;
    const { connect, log } = workers((operation) =>
      Promise.resolve<WorkerAnswer>(
        operation === 'hover' && missing
          ? { kind: 'missing', message: 'Failed to fetch' }
          : answer(null),
      ),
    );
    const client = new CompilerClient({ connect });
    const place = { text: '', target: 'single_ring', offset: 0 } as const;
    await expect(client.call('hover', place)).rejects.toMatchObject({
      code: 'E_COMPILER_PACKAGE',
      args: { operation: 'hover' },
    });
    missing = false;
    expect(await client.call('hover', place)).toBeNull();
    expect(log).toEqual({ started: 1, closed: 0 });
  });

  test('a hanging call ends with a code and a new worker', async () => {
    const { connect, log } = workers(never, () =>
      Promise.resolve(answer({ text: 'ok', edits: [] })),
    );
    const client = new CompilerClient({ connect, callTimeoutMs: 20 });
    await expect(client.call('format', format)).rejects.toMatchObject({
      code: 'E_COMPILER_TIMEOUT',
    });
    expect(await client.call('format', format)).toEqual({ text: 'ok', edits: [] });
    expect(log.started).toBe(2);
  });

  test('a worker that never starts is given up, and can be tried again', async () => {
    const states: string[] = [];
    let starts = 0;
    const client = new CompilerClient({
      startTimeoutMs: 20,
      onState: (state) => states.push(state.phase),
      connect: () => {
        starts += 1;
        const hangs = starts === 1;
        return {
          start: () => (hangs ? never() : Promise.resolve()),
          call: () => Promise.resolve(answer({ text: 'ok', edits: [] })),
          close: () => undefined,
        };
      },
    });
    await expect(client.call('format', format)).rejects.toMatchObject({ code: 'E_COMPILER_START' });
    await expect(client.call('format', format)).rejects.toMatchObject({ code: 'E_COMPILER_START' });
    client.restart();
    expect(await client.call('format', format)).toEqual({ text: 'ok', edits: [] });
    expect(states).toEqual(['starting', 'failed', 'starting', 'ready']);
  });
});

describe('the newest request', () => {
  test('wins: late answers never show and the ones between are never asked', async () => {
    const asked: string[] = [];
    const shown: [number, string][] = [];
    const pending = new Map<string, (value: string) => void>();
    const live = new NewestWins<string, string>({
      ask: (input) => {
        asked.push(input);
        return new Promise((resolve) => pending.set(input, resolve));
      },
      show: (version, value) => shown.push([version, value]),
      fail: () => undefined,
    });
    live.request(1, 'a');
    live.request(2, 'b');
    live.request(3, 'c');
    pending.get('a')!('A');
    await new Promise((resolve) => setTimeout(resolve));
    expect(shown).toEqual([]);
    pending.get('c')!('C');
    await new Promise((resolve) => setTimeout(resolve));
    expect(asked).toEqual(['a', 'c']);
    expect(shown).toEqual([[3, 'C']]);
  });
});
