/**
 * Notifications of the browser, while a tab is open: for whoever asked for them in this browser, and
 * only while they look elsewhere. They carry a title and nothing else.
 */
import { createContext } from 'svelte';
import { pathOf, titleOf, type Notification as Told } from './words';

export type BrowserState =
  | 'unsupported'
  /** The browser was told not to allow them; only its own settings change that. */
  | 'refused'
  | 'off'
  | 'on';

/** The newest notification that some tab of this browser told of; ids are in the order of time. */
const toldKey = 'byteor.told';

const supported = () => typeof Notification !== 'undefined';

function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Storage is blocked: it holds for this page only.
  }
}

export class BrowserNotices {
  readonly #key: string;
  #wanted = $state(false);
  #permission = $state<NotificationPermission>('default');
  /** What was there before this page; undefined until the first answer. */
  #told: string | undefined;

  constructor(userId: string) {
    this.#key = `byteor.notify.${userId}`;
    this.#wanted = remembered(this.#key) === 'on';
    if (supported()) this.#permission = Notification.permission;
  }

  get state(): BrowserState {
    if (!supported()) return 'unsupported';
    if (this.#permission === 'denied') return 'refused';
    return this.#wanted && this.#permission === 'granted' ? 'on' : 'off';
  }

  /** Asks the browser; called by a click and by nothing else. */
  async turnOn(): Promise<void> {
    if (!supported()) return;
    this.#permission = await Notification.requestPermission();
    this.#wanted = this.#permission === 'granted';
    if (this.#wanted) remember(this.#key, 'on');
  }

  turnOff(): void {
    this.#wanted = false;
    remember(this.#key, 'off');
  }

  /** Tells of what came since the last call; what was there when the page opened is told by the bell. */
  tell(list: readonly Told[], open: (path: string) => void): void {
    const newest = list[0]?.id ?? '';
    const before = this.#told;
    this.#told = before !== undefined && before > newest ? before : newest;
    if (before === undefined || this.state !== 'on' || document.hasFocus()) return;
    const elsewhere = remembered(toldKey) ?? '';
    const last = elsewhere > before ? elsewhere : before;
    for (const one of list.filter(({ id, readAt }) => readAt === null && id > last).reverse()) {
      // One tag: another tab that tells of the same takes its place.
      const shown = new Notification(titleOf(one), { tag: one.id });
      shown.onclick = () => {
        window.focus();
        shown.close();
        open(pathOf(one));
      };
    }
    if (newest > last) remember(toldKey, newest);
  }
}

/** Of the page, made by its shell. */
export const [getBrowserNotices, setBrowserNotices] = createContext<BrowserNotices>();
