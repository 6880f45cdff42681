import type { CanvasHandle } from '$lib/canvas/Canvas.svelte';
import type { TextLaneHandle } from '$lib/text/TextLane.svelte';
import type { StagePlace } from './gestures';
import type { ScreenPoint } from './pointer';

/** The dialog that is open, with what it is about. */
export type EditorDialog =
  /** `at` is where on the screen; `chosen` the family whose parameters are asked for at once. */
  | { kind: 'add'; place: StagePlace; at?: ScreenPoint; chosen?: string }
  | { kind: 'connect'; from: string | null }
  | { kind: 'palette' }
  | { kind: 'help' }
  | { kind: 'checkpoints' };

/** The part that is on show where there is room for one only. */
export type NarrowView = 'outline' | 'canvas' | 'text' | 'problems' | 'spec';

const TEXT_OPEN = 'byteor.editor.text';
const SIDE_OPEN = 'byteor.editor.side';

function stored(key: string, otherwise: boolean): boolean {
  try {
    const value = localStorage.getItem(key);
    return value === null ? otherwise : value === 'open';
  } catch {
    return otherwise;
  }
}

function store(key: string, open: boolean): void {
  try {
    localStorage.setItem(key, open ? 'open' : 'closed');
  } catch {
    // Storage is blocked: the choice holds for this page only.
  }
}

/** Which parts of the editor are open and where the focus can be sent; nothing of the plan. */
export class EditorUi {
  dialog = $state.raw<EditorDialog | null>(null);
  narrow = $state<NarrowView>('outline');
  canvas = $state.raw<CanvasHandle | undefined>();
  text = $state.raw<TextLaneHandle | undefined>();
  /** Set by the outline and the inspector while they are on the page. */
  focusOutline: ((id?: string) => void) | null = null;
  focusField: ((field: 'id' | 'key') => void) | null = null;
  /** Shows the problems of an element or connection beside it. */
  showProblems: ((id: string) => void) | null = null;
  /** Opens the browser's file choice; only the page can. */
  chooseFile: (() => void) | null = null;
  /** Which problem "Next problem" showed last. */
  problemIndex = -1;
  focusTextWhenOpen = false;
  /** A place to go to as soon as the text lane is there. */
  goToWhenOpen: { start: number; end: number } | null = null;
  #textOpen = $state(stored(TEXT_OPEN, false));
  #sideOpen = $state(stored(SIDE_OPEN, true));

  get textOpen(): boolean {
    return this.#textOpen;
  }

  set textOpen(open: boolean) {
    this.#textOpen = open;
    store(TEXT_OPEN, open);
  }

  get sideOpen(): boolean {
    return this.#sideOpen;
  }

  set sideOpen(open: boolean) {
    this.#sideOpen = open;
    store(SIDE_OPEN, open);
  }

  /** Opens the text lane and puts the focus into it, now or as soon as it is there. */
  openText(): void {
    this.textOpen = true;
    this.narrow = 'text';
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
