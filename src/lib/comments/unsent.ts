const KEY = 'byteor.unsent.';

/** What somebody typed and hasn't sent. */
export interface Unsent {
  body: string;
  /** Plan text that they suggest; null where they don't. */
  suggestion: string | null;
}

/**
 * Comments that aren't sent yet, by the place that they are about. They stay in this tab, so that going
 * to a newer version, another page or a reload loses nothing that was typed, and end with it.
 */
export const unsent = {
  get(place: string): Unsent | null {
    try {
      const { body, suggestion } = JSON.parse(
        sessionStorage.getItem(KEY + place) ?? '{}',
      ) as Partial<Unsent>;
      if (typeof body !== 'string') return null;
      return { body, suggestion: typeof suggestion === 'string' ? suggestion : null };
    } catch {
      // Storage is blocked, or holds what another page wrote: nothing waits there.
      return null;
    }
  },

  /** Nothing typed is nothing kept. */
  put(place: string, { body, suggestion }: Unsent): void {
    try {
      if (body.trim() === '' && suggestion === null) sessionStorage.removeItem(KEY + place);
      else sessionStorage.setItem(KEY + place, JSON.stringify({ body, suggestion }));
    } catch {
      // Storage is blocked or full: it stays as long as the page does.
    }
  },

  forget(place: string): void {
    unsent.put(place, { body: '', suggestion: null });
  },
};
