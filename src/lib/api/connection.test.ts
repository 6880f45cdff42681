import { afterEach, describe, expect, it, vi } from 'vitest';
import { connection, noteAnswer, noteBrokenStream, noteNoAnswer } from './connection.svelte';

// Node has a navigator that knows no network.
vi.hoisted(() => vi.stubGlobal('navigator', { onLine: true }));

afterEach(() => {
  noteAnswer();
  vi.useRealTimers();
});

describe('who is away', () => {
  it('is nobody while answers come, be they refusals', () => {
    noteAnswer('permission_denied');
    expect(connection.away).toBeUndefined();
  });

  it('is the database where the server says so, since the first call that went wrong', () => {
    vi.useFakeTimers({ now: new Date('2026-11-28T12:00:00.000Z') });
    noteAnswer('database_unavailable');
    vi.setSystemTime(new Date('2026-11-28T12:05:00.000Z'));
    noteAnswer('database_unavailable');
    expect(connection.away).toEqual({ who: 'database', since: '2026-11-28T12:00:00.000Z' });
    expect(connection.online).toBe(true);
  });

  it('is the server where no answer comes, and nobody again with the next one', () => {
    noteNoAnswer();
    expect(connection.away?.who).toBe('server');
    noteAnswer();
    expect(connection.away).toBeUndefined();
  });

  it('is nobody where the stream broke and the server lives', async () => {
    await noteBrokenStream(() => Promise.resolve());
    expect(connection.online).toBe(true);
    noteNoAnswer();
    await noteBrokenStream(() => Promise.resolve());
    expect(connection.online).toBe(true);
  });

  it('is the server where the stream broke and nothing answers', async () => {
    await noteBrokenStream(() => Promise.reject(new TypeError('Failed to fetch')));
    expect(connection.away?.who).toBe('server');
  });

  it('is the database still, where the server lives without it', async () => {
    noteAnswer('database_unavailable');
    await noteBrokenStream(() => Promise.resolve());
    expect(connection.away?.who).toBe('database');
  });
});
