/** Short messages after an action. Errors stay until they are closed; the rest goes by itself. */
export interface Toast {
  id: number;
  tone: 'ok' | 'info' | 'warn' | 'danger';
  title: string;
  text?: string | undefined;
  /** What can be done about it; it closes the message. */
  action?: { label: string; run: () => void };
}

const shownFor = 6000;
let next = 1;
let list = $state.raw<readonly Toast[]>([]);

export const toasts = {
  get list(): readonly Toast[] {
    return list;
  },

  show(toast: Omit<Toast, 'id'>): number {
    const id = next++;
    // What is said again takes the place of what was said: a key held down fills no screen.
    const others = list.filter(({ title, text }) => title !== toast.title || text !== toast.text);
    list = [...others, { ...toast, id }].slice(-4);
    if (toast.tone !== 'danger') setTimeout(() => toasts.close(id), shownFor);
    return id;
  },

  /** Shows an error as it was described: message, way out, code. */
  error(error: { code: string; message: string; help?: string | undefined }): number {
    const text = [error.help, `(${error.code})`].filter(Boolean).join(' ');
    return toasts.show({ tone: 'danger', title: error.message, text });
  },

  close(id: number): void {
    list = list.filter((toast) => toast.id !== id);
  },
};
