/**
 * Gives a field the focus, with its text selected, as it appears. `autofocus` does so only where
 * nothing else has the focus.
 */
export function takesFocus(field: HTMLInputElement | HTMLTextAreaElement): void {
  field.focus();
  field.select();
}
