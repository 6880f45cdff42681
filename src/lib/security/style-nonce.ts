/**
 * Puts the document's nonce into `style-src` too.
 *
 * Kit names the nonce there only when it inlines styles itself, but the text editor makes style
 * elements later, in the page, and gives them the same nonce. In development Kit allows all inline
 * styles; a nonce would switch that off, so the header stays as it is there.
 */
export function allowStyleNonce(policy: string): string {
  const nonce = /'nonce-[^']+'/.exec(policy)?.[0];
  if (nonce === undefined) return policy;
  return policy
    .split('; ')
    .map((directive) => {
      const [name, ...sources] = directive.split(' ');
      if (name !== 'style-src') return directive;
      if (sources.includes("'unsafe-inline'") || sources.includes(nonce)) return directive;
      return `${directive} ${nonce}`;
    })
    .join('; ');
}
