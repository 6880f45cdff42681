import type { Outputs } from '$lib/api';

type Session = Outputs['session']['get'];
export type RememberedSession = Session & { user: NonNullable<Session['user']> };

const KEY = 'byteor.session';

/**
 * Who was signed in here last: without the server, their own drafts open under their name. It opens
 * nothing on the server, and is gone once the session ended.
 */
export const remembered = {
  put(session: RememberedSession): void {
    try {
      localStorage.setItem(KEY, JSON.stringify(session));
    } catch {
      // Storage is blocked: the page then needs the server to open.
    }
  },

  get(): RememberedSession | null {
    try {
      const stored = localStorage.getItem(KEY);
      const session: unknown = stored === null ? null : JSON.parse(stored);
      return isSession(session) ? session : null;
    } catch {
      return null;
    }
  },

  forget(): void {
    try {
      localStorage.removeItem(KEY);
    } catch {
      // Storage is blocked: nothing is there.
    }
  },
};

function isSession(value: unknown): value is RememberedSession {
  if (typeof value !== 'object' || value === null || !('user' in value)) return false;
  const { user } = value;
  return typeof user === 'object' && user !== null && 'id' in user && typeof user.id === 'string';
}
