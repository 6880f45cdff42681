/**
 * Gives style elements that are made from now on the document's nonce.
 *
 * Monaco writes its colours into style elements of its own; the page's policy allows those only
 * with the nonce, which has to be there before the element is put into the document. Has to run
 * before Monaco is imported. Development needs none and has none.
 */
export function passNonceToStyleElements(): void {
  const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce;
  if (!nonce || passed) return;
  passed = true;
  const createElement = document.createElement.bind(document);
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const element = createElement(name, options);
    if (name.toLowerCase() === 'style') element.nonce = nonce;
    return element;
  }) as typeof document.createElement;
}

let passed = false;
