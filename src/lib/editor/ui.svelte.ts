import { tick } from 'svelte';
import type { CanvasHandle } from '$lib/canvas/gestures';
import type { TextLaneHandle } from '$lib/text/TextLane.svelte';
import type { OpenedFile } from '$lib/share/read-file';
import type { StagePlace } from './gestures';
import type { MenuTarget } from './menus';
import { Panels } from './panels.svelte';
import { pointerLast, type ScreenPoint } from './pointer';

/** The dialog that is open, with what it is about. */
export type EditorDialog =
  /** `at` is where on the screen; `chosen` the family whose parameters are asked for at once. */
  | { kind: 'add'; place: StagePlace; at?: ScreenPoint; chosen?: string }
  | { kind: 'connect'; from: string }
  /** `search` is what it opens with: `#` for stages only. */
  | { kind: 'palette'; search?: string }
  | { kind: 'help' }
  | { kind: 'share' }
  | { kind: 'base' }
  | { kind: 'import'; opened: OpenedFile };

/** The part that is on show where there is room for one only. */
type NarrowView = 'outline' | 'canvas' | 'dock';

/** Which parts of the editor are open and where the focus can be sent; nothing of the plan. */
export class EditorUi {
  readonly panels = new Panels();
  dialog = $state.raw<EditorDialog | null>(null);
  /** The context menu that is open, and where on the screen. */
  menu = $state.raw<{ target: MenuTarget; at: ScreenPoint } | null>(null);
  narrow = $state<NarrowView>('outline');
  canvas = $state.raw<CanvasHandle | undefined>();
  text = $state.raw<TextLaneHandle | undefined>();
  /** What the inspector stays on, whatever is selected. */
  pinned = $state<string | null>(null);
  /** Whether "Try it" is open; the next stage's is then, too. */
  trying = $state(false);
  /** Set while the draft's name is being changed in the bar. */
  renaming = $state(false);
  /** Set by the outline and the inspector while they are on the page. */
  focusOutline: ((id?: string) => void) | null = null;
  fields: ((field: 'id' | 'key' | 'title') => void) | null = null;
  /** Pulls the sheet of the selection up, where the inspector is one. */
  openSheet: (() => void) | null = null;
  /** Shows the problems of an element or connection beside it. */
  showProblems: ((id: string) => void) | null = null;
  /** Opens the browser's file choice; only the page can. */
  chooseFile: (() => void) | null = null;
  /** Opens the choice about what two people changed; only while there is one. */
  choose: (() => void) | null = null;
  /** Which problem "Next problem" showed last. */
  problemIndex = -1;
  focusTextWhenOpen = false;
  /** A place to go to as soon as the text lane is there. */
  goToWhenOpen: { start: number; end: number } | null = null;
  /** Whether the left panel was open when the text took its place. */
  #foldedByText = false;

  /** Whether the text is on show, beside the canvas or in the dock. */
  get textOpen(): boolean {
    return this.panels.textBeside || this.dockShows('text');
  }

  set textOpen(open: boolean) {
    const { panels } = this;
    if (open === this.textOpen) return;
    if (!open) {
      if (panels.textBeside) this.#closeBeside();
      else this.closeDock();
    } else if (panels.mayStandBeside) this.#textBeside();
    else this.openDock('text');
  }

  #textBeside(): void {
    // The outline folds: text and canvas are what is worked with now.
    this.#foldedByText = this.panels.sizes.left;
    this.panels.set({ text: true, left: false });
    this.panels.rightTab = 'spec';
    if (this.panels.dockTab === 'text') this.panels.dockTab = 'problems';
  }

  /** What the text folded comes back with it. */
  #closeBeside(): void {
    this.panels.set(this.#foldedByText ? { text: false, left: true } : { text: false });
    this.#foldedByText = false;
    this.panels.rightTab = 'inspector';
  }

  /** Moves the text from the dock to beside the canvas. */
  standTextBeside(): void {
    if (this.panels.dockTab === 'text' && this.panels.sizes.dock !== 'closed') this.closeDock();
    this.#textBeside();
  }

  get sideOpen(): boolean {
    return this.panels.rightOpen;
  }

  set sideOpen(open: boolean) {
    this.panels.rightOpen = open;
  }

  /** Whether a tab of the dock is on show. */
  dockShows(tab: string): boolean {
    const { panels } = this;
    if (panels.screen === 'phone') return this.narrow === 'dock' && panels.dockTab === tab;
    return panels.sizes.dock !== 'closed' && panels.dockTab === tab;
  }

  /** Opens the dock at a tab. The text goes there from beside the canvas: there is one. */
  openDock(tab: string): void {
    if (tab === 'text' && this.panels.textBeside) this.#closeBeside();
    this.panels.openDock(tab);
    this.narrow = 'dock';
  }

  closeDock(): void {
    this.panels.set({ dock: 'closed' });
    if (this.narrow === 'dock') this.narrow = 'outline';
  }

  /** Opens the left panel at a tab. */
  openLeft(tab: string): void {
    this.panels.leftTab = tab;
    this.narrow = 'outline';
    if (!this.panels.sizes.left) this.panels.set({ left: true });
  }

  /** Opens the search in the plan and puts the focus into it. */
  find(): void {
    this.openLeft('find');
    void tick().then(() => document.querySelector<HTMLInputElement>('#find-search')?.select());
  }

  /** Opens the outline at its filter. */
  filterOutline(): void {
    this.openLeft('outline');
    void tick().then(() => document.querySelector<HTMLInputElement>('#outline-filter')?.select());
  }

  /** The point of the plan that the pointer is at; undefined when it isn't over the canvas. */
  pointed(): { x: number; y: number } | undefined {
    const point = pointerLast();
    if (point === null) return undefined;
    const over = document.elementFromPoint(point.x, point.y);
    return over?.closest('[data-testid="canvas"]') ? this.canvas?.at(point).at : undefined;
  }

  /** Opens a note for writing, as soon as it is drawn. */
  editNote(id: string): void {
    void tick().then(() => {
      const note = document.querySelector<HTMLElement>(`[data-note="${CSS.escape(id)}"]`);
      note?.focus();
      note?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    });
  }

  /** Asks for the title of a group, in its place. */
  nameGroup(id: string): void {
    void tick().then(() =>
      document
        .querySelector(`[data-group="${CSS.escape(id)}"] .title`)
        ?.dispatchEvent(new MouseEvent('dblclick', { bubbles: true })),
    );
  }

  /** Opens the outline and puts the focus into it. */
  showOutline(): void {
    this.openLeft('outline');
    void tick().then(() => this.focusOutline?.());
  }

  /** Puts the focus into a field of what is selected, wherever its form is; opens it first. */
  focusField(field: 'id' | 'key' | 'title'): void {
    this.panels.rightTab = 'inspector';
    if (!this.panels.rightOpen) this.panels.rightOpen = true;
    if (this.narrow === 'dock') this.narrow = 'outline';
    void tick()
      .then(() => this.openSheet?.())
      .then(tick)
      .then(() => this.fields?.(field));
  }

  /** Opens the text lane and puts the focus into it, now or as soon as it is there. */
  openText(): void {
    this.textOpen = true;
    this.focusTextWhenOpen = true;
    this.text?.focus();
  }

  open(dialog: EditorDialog): void {
    this.dialog = dialog;
  }

  close(): void {
    this.dialog = null;
  }
}
