import { SvelteMap } from 'svelte/reactivity';

/** How much room there is; each has sizes of its own. */
type ScreenClass = 'phone' | 'tablet' | 'desktop' | 'wide';

/** Where the panels of the editor stand, how large they are, and which are open. */
interface PanelSizes {
  left: boolean;
  leftWidth: number;
  /**
   * Of the inspector: `auto` stays a rail until something is selected, and open from then on. What
   * the author chose by hand holds.
   */
  right: 'auto' | 'open' | 'folded';
  rightWidth: number;
  dock: 'closed' | 'open' | 'full';
  /** Beside the canvas, or below it. */
  dockBeside: boolean;
  dockHeight: number;
  dockWidth: number;
  /** The text stands between the left panel and the canvas. */
  text: boolean;
  textWidth: number;
}

/** As on a desktop; 208 px would cut the fourth tab of the left panel. */
const common = {
  left: true,
  leftWidth: 232,
  right: 'auto',
  rightWidth: 288,
  dock: 'closed',
  dockBeside: false,
  dockHeight: 152,
  dockWidth: 420,
  text: false,
  textWidth: 520,
} as const satisfies PanelSizes;

/** What a screen starts with (docs/decisions/0067-the-canvas-is-the-page.md). */
const defaults: Record<ScreenClass, PanelSizes> = {
  phone: common,
  tablet: { ...common, left: false, dockHeight: 320 },
  desktop: common,
  wide: { ...common, leftWidth: 256, right: 'open', rightWidth: 360, dockHeight: 240 },
};

/** The bounds of each size, in CSS pixels. Styles keep what is left to others besides. */
export const bounds = {
  leftWidth: { min: 176, max: 400 },
  rightWidth: { min: 256, max: 520 },
  dockHeight: { min: 116, max: 640 },
  dockWidth: { min: 300, max: 900 },
  textWidth: { min: 300, max: 900 },
} as const;

export type PanelSize = keyof typeof bounds;

const KEY = 'byteor.editor.panels.';

function stored(screen: ScreenClass): Partial<PanelSizes> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY + screen) ?? '{}');
    if (typeof value !== 'object' || value === null) return {};
    // Only what is there now, and of the kind that it is now: an older page may have written it.
    return Object.fromEntries(
      Object.entries(value).filter(
        ([name, of]) => name in common && typeof of === typeof common[name as keyof PanelSizes],
      ),
    );
  } catch {
    return {};
  }
}

export function screenOf(width: number): ScreenClass {
  if (width < 640) return 'phone';
  if (width < 1024) return 'tablet';
  return width < 1600 ? 'desktop' : 'wide';
}

/** The panels of the editor, as they were left on a screen like this one. */
export class Panels {
  screen = $state<ScreenClass>(typeof innerWidth === 'number' ? screenOf(innerWidth) : 'desktop');
  leftTab = $state('outline');
  dockTab = $state('problems');
  /** What the right panel shows while the text stands beside the canvas. */
  rightTab = $state<'inspector' | 'spec'>('inspector');
  /** Set once something was selected: an inspector left to itself is open from then on. */
  used = $state(false);
  readonly #chosen = new SvelteMap<ScreenClass, Partial<PanelSizes>>();

  get sizes(): PanelSizes {
    const chosen = this.#chosen.get(this.screen) ?? stored(this.screen);
    return { ...defaults[this.screen], ...chosen };
  }

  set(change: Partial<PanelSizes>): void {
    const chosen = { ...(this.#chosen.get(this.screen) ?? stored(this.screen)), ...change };
    this.#chosen.set(this.screen, chosen);
    try {
      localStorage.setItem(KEY + this.screen, JSON.stringify(chosen));
    } catch {
      // Storage is blocked: the choice holds for this page only.
    }
  }

  resize(which: PanelSize, to: number): void {
    const { min, max } = bounds[which];
    this.set({ [which]: Math.round(Math.min(max, Math.max(min, to))) });
  }

  /** Brings a size back to what it was before it was ever changed. */
  reset(which: PanelSize): void {
    this.set({ [which]: defaults[this.screen][which] });
  }

  /** Panels lie over the canvas where there is no room beside it. */
  get over(): boolean {
    return this.screen === 'tablet';
  }

  get rightOpen(): boolean {
    const { left, right } = this.sizes;
    // Where both lie over the canvas, the one that is being used isn't joined by the other.
    return right === 'open' || (right === 'auto' && this.used && !(this.over && left));
  }

  set rightOpen(open: boolean) {
    this.set({ right: open ? 'open' : 'folded' });
  }

  /** Whether the text can stand beside the canvas. */
  get mayStandBeside(): boolean {
    return this.screen === 'desktop' || this.screen === 'wide';
  }

  get textBeside(): boolean {
    return this.mayStandBeside && this.sizes.text;
  }

  /** Gives the dock the height of what has much to show, unless somebody gave it one. */
  makeTall(): void {
    if (this.sizes.dockHeight === defaults[this.screen].dockHeight)
      this.set({ dockHeight: Math.max(292, this.sizes.dockHeight) });
  }

  /** Opens the dock at a tab. */
  openDock(tab: string): void {
    this.dockTab = tab;
    if (this.sizes.dock === 'closed') this.set({ dock: 'open' });
  }
}
