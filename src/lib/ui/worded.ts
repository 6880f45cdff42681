/** A piece of a sentence; what stood between backticks is code. */
export interface WordedPart {
  text: string;
  code: boolean;
}

/** A sentence of the compiler in pieces. A backtick without its other half stays as it is. */
export function wordedParts(text: string): WordedPart[] {
  const parts = text.split('`');
  const odd = parts.length % 2 === 0 ? parts.pop() : undefined;
  const last = parts.at(-1);
  if (odd !== undefined && last !== undefined) parts[parts.length - 1] = `${last}\`${odd}`;
  return parts
    .map((part, at) => ({ text: part, code: at % 2 === 1 }))
    .filter((part) => part.text !== '');
}

/** The same where there is only plain text: in tooltips, labels and for screen readers. */
export const plain = (text: string): string => text.replaceAll('`', '');
