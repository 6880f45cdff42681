/** The longest id that a plan may have (docs/spec/plan-language.md). */
const LONGEST_ID = 64;

/** A name for the plan, made of a draft's name: small letters, digits and underscores. */
export function planNameOf(name: string): string {
  const made = name
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+/, '')
    .slice(0, LONGEST_ID)
    .replace(/_+$/, '');
  return made === '' ? 'pipeline_one' : made;
}

/**
 * A plan of stages in a row. Without any there is a connection for the first one to be inserted on,
 * which the compiler asks for.
 */
export function planOf(name: string, stages: readonly { id: string; key: string }[]): string {
  const chain = ['input', ...stages.map(({ id }) => id), 'output'].join(' -> ');
  return [
    `pipeline ${name}`,
    '',
    'ingress input',
    ...stages.map(({ id, key }) => `stage ${id} ${written(key)}`),
    'egress output',
    '',
    chain,
    '',
  ].join('\n');
}

/** A key as a plan holds it: in quotes where a space, a quote or `#` stands in it. */
const written = (key: string) => (/[ "#]/u.test(key) ? `"${key.replaceAll('"', '""')}"` : key);
