import { fromFile, toFile, type SharedDraft } from './link';

const KEY = 'byteor.shared';

/**
 * A shared draft that somebody looks at and hasn't kept yet. It waits in this tab, so that it survives
 * a reload and signing in, and ends with the tab.
 */
export const waiting = {
  put(draft: SharedDraft): void {
    try {
      sessionStorage.setItem(KEY, toFile(draft));
    } catch {
      // Storage is blocked or full: the draft is on show all the same, and its link opens it again.
    }
  },

  get(): SharedDraft | null {
    try {
      const stored = sessionStorage.getItem(KEY);
      return stored === null ? null : fromFile('', stored).draft;
    } catch {
      return null;
    }
  },

  forget(): void {
    try {
      sessionStorage.removeItem(KEY);
    } catch {
      // Storage is blocked: nothing waits there.
    }
  },
};
