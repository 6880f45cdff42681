/** The live streams that this process has open: counted by person, and cut when it stops. */
import type { ServerResponse } from 'node:http';
import { ByteorError } from '../errors.ts';
import { MAX_STREAMS } from '../limits/limits.ts';

export interface Streams {
  /** Counts a stream until its connection ends; one too many is refused. */
  open(userId: string, response: ServerResponse): void;
  /** Finished generators would leave clients idle for ever; cut streams make them come back. */
  cut(): void;
}

export function openStreams(): Streams {
  const byPerson = new Map<string, Set<ServerResponse>>();
  return {
    open(userId, response) {
      const mine = byPerson.get(userId) ?? new Set();
      if (mine.size >= MAX_STREAMS) {
        throw new ByteorError(429, 'too_many_streams', 'You have too many live pages open.', {
          help: 'Close some of them, and load this one again.',
          args: { limit: MAX_STREAMS },
        });
      }
      byPerson.set(userId, mine.add(response));
      response.once('close', () => {
        mine.delete(response);
        if (mine.size === 0 && byPerson.get(userId) === mine) byPerson.delete(userId);
      });
    },
    cut() {
      for (const mine of byPerson.values()) for (const response of mine) response.destroy();
    },
  };
}
