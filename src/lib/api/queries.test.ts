import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, afterEach, describe, expect, it, vi } from 'vitest';
import type { LiveEvent } from '$server/live/bus';
import {
  defineQuery,
  amend,
  forgetEverything,
  invalidate,
  noteEvent,
  noteGap,
} from './query.svelte';
import { queries } from './queries';
import { followLive } from './live.svelte';
import { topicKinds } from './topics';

const src = join(import.meta.dirname, '..', '..');
const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(svelte|ts)$/.test(name) && !name.endsWith('.test.ts'))
  .map((name) => ({ name, text: readFileSync(join(src, name), 'utf8') }));

/** Every query that stands in the file, with an input that names each id that one may ask for. */
const ids = new Proxy({}, { get: (_, name) => `an-${String(name)}` });
const defined = Object.entries(queries).flatMap(([router, procedures]) =>
  Object.entries(procedures).map(([name, query]) => ({
    path: `${router}.${name}`,
    topics: (query as (input: object) => ReturnType<typeof queries.workspace.tree>)(ids).entry()
      .topics,
  })),
);

describe('queries.ts', () => {
  it('handles every kind of live event', () => {
    const kinds = new Set(
      defined.flatMap(({ topics }) => [...topics].map((topic) => topic.split(':')[0])),
    );
    expect(topicKinds.filter((kind) => !kinds.has(kind))).toEqual([]);
  });

  it('has no query that no page asks', () => {
    const unasked = defined.filter(
      ({ path }) => !sources.some(({ text }) => text.includes(`queries.${path}(`)),
    );
    expect(unasked).toEqual([]);
  });

  it('is the only place that reads from the server', () => {
    const outside = sources
      .filter(({ name }) => !name.startsWith(join('lib', 'api')))
      .filter(({ text }) =>
        /\.(query|subscribe)\(|defineQuery|createTRPC|lib\/api\/client/.test(text),
      );
    expect(outside.map(({ name }) => name)).toEqual([]);
  });
});

const event = (more: Partial<LiveEvent> = {}): LiveEvent => ({
  type: 'draft',
  id: 'd1',
  orgId: 'o1',
  environmentId: 'e1',
  at: '',
  ...more,
});

/** What a stream says of itself. */
interface Handlers {
  onStarted?(): void;
  onData(data: object): void;
}
/** A stream says that it hears, at a place among the events. */
const hears = (handlers: Handlers, id = '7') => handlers.onData({ id, data: { type: 'hears' } });
type Subscribe = Parameters<typeof followLive>[0];

describe('a query', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('document', { visibilityState: 'visible' });
  });
  afterEach(() => {
    forgetEverything();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  /** A draft on a server, and how often it was asked for. */
  function draft() {
    const server = { revision: 1, calls: 0 };
    const query = defineQuery(
      {
        query: (_: { draftId: string }) => {
          server.calls += 1;
          return Promise.resolve({ revision: server.revision });
        },
      },
      {
        topics: ({ draftId }) => [`draft:${draftId}`],
        knows: (held, { revision }) => revision !== undefined && revision <= held.revision,
      },
    );
    return { server, asked: query({ draftId: 'd1' }) };
  }

  it('is asked again by time whoever asked first', async () => {
    let calls = 0;
    const query = defineQuery(
      { query: (_: { environmentId: string }) => Promise.resolve(++calls) },
      { everyMs: 10_000 },
    );
    // A page that cares little for the age of it, then one that shows who is online.
    const leave = query({ environmentId: 'e1' }).entry().attach();
    query({ environmentId: 'e1' }).entry().attach();
    leave();
    await vi.advanceTimersByTimeAsync(25_000);
    expect(calls).toBe(3);
  });

  it('asks anew when one comes back to what has aged, and not before', async () => {
    let calls = 0;
    const query = defineQuery({ query: () => Promise.resolve(++calls) }, { everyMs: 10_000 });
    query(undefined).entry().attach()();
    await vi.advanceTimersByTimeAsync(5_000);
    query(undefined).entry().attach()();
    expect(calls).toBe(1);
    await vi.advanceTimersByTimeAsync(6_000);
    query(undefined).entry().attach()();
    expect(calls).toBe(2);
  });

  it('fetches nothing for what the page saved itself, whichever comes first, event or answer', async () => {
    const { server, asked } = draft();
    asked.entry().attach();
    await vi.advanceTimersByTimeAsync(0);
    const save = (answerMs: number) =>
      amend(
        asked,
        async () => {
          server.revision += 1;
          setTimeout(() => noteEvent(event({ revision: server.revision })), 50);
          await new Promise((resolve) => setTimeout(resolve, answerMs));
          return server.revision;
        },
        (_, revision) => ({ revision }),
      );
    for (const answerMs of [10, 150, 2_000]) {
      void save(answerMs);
      await vi.advanceTimersByTimeAsync(5_000);
    }
    expect(asked.entry().data).toEqual({ revision: 4 });
    expect(server.calls).toBe(1);
  });

  it('fetches what somebody else saved, also while a save of one’s own is under way', async () => {
    const { server, asked } = draft();
    asked.entry().attach();
    await vi.advanceTimersByTimeAsync(0);
    server.revision = 2;
    noteEvent(event({ revision: 2 }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked.entry().data).toEqual({ revision: 2 });

    const refused = amend(
      asked,
      async () => {
        server.revision = 3;
        noteEvent(event({ revision: 3 }));
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        throw new Error('stale');
      },
      (held) => held,
    ).catch(() => undefined);
    await vi.advanceTimersByTimeAsync(3_000);
    await refused;
    expect(asked.entry().data).toEqual({ revision: 3 });
    expect(server.calls).toBe(3);
  });

  it('fetches for a change that has no revision: a new name', async () => {
    const { server, asked } = draft();
    asked.entry().attach();
    await vi.advanceTimersByTimeAsync(0);
    noteEvent(event());
    invalidate('draft:d1');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(server.calls).toBe(2);
  });

  it('is asked again by itself when a call for what is shown was lost on the way, ever later', async () => {
    const { server, asked } = draft();
    const lose = asked.load;
    let lost = 0;
    let losing = false;
    const query = defineQuery(
      {
        query: (_: { draftId: string }) => {
          if (!losing) return lose();
          lost += 1;
          return Promise.reject(new TypeError('the connection was cut'));
        },
      },
      { topics: ({ draftId }) => [`draft:${draftId}`] },
    );
    const entry = query({ draftId: 'd1' }).entry();
    const leave = entry.attach();
    await vi.advanceTimersByTimeAsync(100);
    // It changes, and the call that the event asks for doesn't get through.
    server.revision = 2;
    losing = true;
    noteEvent(event());
    await vi.advanceTimersByTimeAsync(5_000);
    expect([lost, entry.error?.code]).toEqual([2, 'offline']);
    losing = false;
    await vi.advanceTimersByTimeAsync(2_000);
    expect([entry.data, entry.error]).toEqual([{ revision: 2 }, undefined]);

    // What nobody looks at any more isn't tried.
    losing = true;
    noteEvent(event());
    await vi.advanceTimersByTimeAsync(1_000);
    leave();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lost).toBe(3);
  });

  it('is asked again after a gap, when it was asked before it', async () => {
    const { server, asked } = draft();
    asked.entry().attach();
    await vi.advanceTimersByTimeAsync(1_000);
    noteGap(performance.now() - 2_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(server.calls).toBe(1);
    noteGap(performance.now());
    await vi.advanceTimersByTimeAsync(1_000);
    expect(server.calls).toBe(2);
  });

  it('is asked again whenever the stream starts after it, the first time too', async () => {
    const { server, asked } = draft();
    let started: (() => void) | undefined;
    const live = followLive(((_: unknown, handlers: Handlers) => {
      started = () => hears(handlers);
      return { unsubscribe() {} };
    }) as unknown as Subscribe);
    asked.entry().attach();
    await vi.advanceTimersByTimeAsync(1_000);
    for (const calls of [2, 3]) {
      started?.();
      await vi.advanceTimersByTimeAsync(1_000);
      expect(server.calls).toBe(calls);
    }
    live.close();
  });

  it.each([
    ['that never started', false, 2],
    ['that is heard', true, 1],
  ])(
    'is asked again when a stream takes over from one %s, unless nothing was missed',
    async (_, starts, calls) => {
      const { server, asked } = draft();
      const streams: Handlers[] = [];
      const live = followLive(((_: unknown, handlers: Handlers) => {
        streams.push(handlers);
        return { unsubscribe() {} };
      }) as unknown as Subscribe);
      if (starts && streams[0]) hears(streams[0]);
      asked.entry().attach();
      // What the page shows is told to another stream, which starts.
      await vi.advanceTimersByTimeAsync(4_000);
      expect(streams).toHaveLength(2);
      if (streams[1]) hears(streams[1]);
      await vi.advanceTimersByTimeAsync(1_000);
      expect(server.calls).toBe(calls);
      live.close();
    },
  );

  it('never holds more than two streams, however slowly they start', async () => {
    const { asked } = draft();
    const others = topicKinds
      .filter((kind) => kind !== 'draft')
      .map((kind) => defineQuery({ query: async () => ({}) }, { topics: () => [kind] }));
    let open = 0;
    let most = 0;
    const streams: Handlers[] = [];
    const newestHears = () => {
      const newest = streams.at(-1);
      if (newest) hears(newest);
    };
    const live = followLive(((_: unknown, handlers: Handlers) => {
      streams.push(handlers);
      open += 1;
      most = Math.max(most, open);
      return { unsubscribe: () => (open -= 1) };
    }) as unknown as Subscribe);
    newestHears();
    asked.entry().attach();
    await vi.advanceTimersByTimeAsync(4_000);
    expect([streams.length, open]).toEqual([2, 2]);
    // Connections are few: the one before isn't kept a moment longer than it is needed.
    newestHears();
    expect(open).toBe(1);
    // Each shows more before the stream that was to bring it has started.
    for (const other of others) {
      other(undefined).entry().attach();
      await vi.advanceTimersByTimeAsync(200);
    }
    expect(streams.length).toBeGreaterThan(3);
    expect([open, most]).toEqual([2, 2]);
    newestHears();
    expect(open).toBe(1);
    live.close();
    expect(open).toBe(0);
  });

  it('hears of what the page shows: more is asked for at once, less when it settled', async () => {
    const { asked } = draft();
    const bundle = defineQuery({ query: async () => ({}) }, { topics: () => ['bundle'] });
    const streams: object[] = [];
    let ended = 0;
    const live = followLive(((input: object, handlers: Handlers) => {
      streams.push(input);
      setTimeout(() => {
        hears(handlers, '0');
        handlers.onData({ id: String(streams.length), data: event({ type: 'version' }) });
      }, 10);
      return { unsubscribe: () => (ended += 1) };
    }) as unknown as Subscribe);
    const leave = asked.entry().attach();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(streams).toEqual([{}, { topics: ['draft:d1'], lastEventId: '1', takesOver: true }]);
    expect(ended).toBe(1);

    const left = bundle(undefined).entry().attach();
    await vi.advanceTimersByTimeAsync(200);
    expect(streams.at(-1)).toEqual({ topics: ['bundle', 'draft:d1'], lastEventId: '2' });

    left();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(streams).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(streams.at(-1)).toEqual({ topics: ['draft:d1'], lastEventId: '3', takesOver: true });
    leave();
    live.close();
  });

  it('is asked again once the stream hears, not when its connection stands: it may hear later', async () => {
    const { server, asked } = draft();
    const streams: Handlers[] = [];
    const live = followLive(((_: unknown, handlers: Handlers) => {
      streams.push(handlers);
      return { unsubscribe() {} };
    }) as unknown as Subscribe);
    const [stream] = streams;
    if (!stream) throw new Error('no stream');
    stream.onStarted?.();
    asked.entry().attach();
    await vi.advanceTimersByTimeAsync(1_000);
    // The server answered, and something changed before it listened for this stream: no event comes.
    server.revision = 2;
    hears(stream);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked.entry().data).toEqual({ revision: 2 });
    live.close();
  });

  it('is fetched anew when it is shown again after nothing was told of it', async () => {
    const { server, asked } = draft();
    const live = followLive(((_: unknown, handlers: Handlers) => {
      setTimeout(() => hears(handlers), 10);
      return { unsubscribe() {} };
    }) as unknown as Subscribe);
    await vi.advanceTimersByTimeAsync(100);
    asked.entry().attach()();
    await vi.advanceTimersByTimeAsync(5_000);
    const calls = server.calls;
    asked.entry().attach();
    await vi.advanceTimersByTimeAsync(100);
    expect(server.calls).toBe(calls + 1);
    live.close();
  });
});
