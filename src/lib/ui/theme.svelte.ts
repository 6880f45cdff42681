/**
 * How the page looks in this browser: light, dark or what the system prefers, and how dense it is.
 * `app.html` applies what is stored before the first paint.
 */
export type Theme = 'system' | 'light' | 'dark';
export type Density = 'compact' | 'comfortable';

/** A choice that stands as an attribute of the root element; its first option is the absent one. */
class Choice<Option extends string> {
  readonly #key: string;
  readonly #attribute: 'theme' | 'density';
  readonly #options: readonly [Option, ...Option[]];
  #chosen: Option;

  constructor(attribute: 'theme' | 'density', options: readonly [Option, ...Option[]]) {
    this.#key = `byteor.${attribute}`;
    this.#attribute = attribute;
    this.#options = options;
    this.#chosen = $state(this.#stored());
  }

  get chosen(): Option {
    return this.#chosen;
  }

  choose(next: Option): void {
    this.#chosen = next;
    const plain = next === this.#options[0];
    if (plain) delete document.documentElement.dataset[this.#attribute];
    else document.documentElement.dataset[this.#attribute] = next;
    try {
      if (plain) localStorage.removeItem(this.#key);
      else localStorage.setItem(this.#key, next);
    } catch {
      // Storage is blocked: the choice holds for this page only.
    }
  }

  #stored(): Option {
    try {
      const value = typeof localStorage === 'undefined' ? null : localStorage.getItem(this.#key);
      return this.#options.find((option) => option === value) ?? this.#options[0];
    } catch {
      return this.#options[0];
    }
  }
}

export const theme = new Choice<Theme>('theme', ['system', 'light', 'dark']);
export const density = new Choice<Density>('density', ['compact', 'comfortable']);
