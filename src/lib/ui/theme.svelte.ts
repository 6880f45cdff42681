/** Light, dark, or what the system prefers; kept in this browser. `app.html` applies it at first. */
export type Theme = 'system' | 'light' | 'dark';

const key = 'byteor.theme';

function stored(): Theme {
  try {
    const value = localStorage.getItem(key);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system';
  }
}

let chosen = $state<Theme>(typeof localStorage === 'undefined' ? 'system' : stored());

export const theme = {
  get chosen(): Theme {
    return chosen;
  },

  choose(next: Theme): void {
    chosen = next;
    if (next === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    try {
      if (next === 'system') localStorage.removeItem(key);
      else localStorage.setItem(key, next);
    } catch {
      // Storage is blocked: the choice holds for this page only.
    }
  },
};
