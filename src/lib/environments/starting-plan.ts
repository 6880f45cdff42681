import { compiler } from '$lib/compiler';

/** The plan that a new draft starts from: it compiles, and changes nothing that passes through. */
const startingText = `pipeline pipeline_one

ingress input
stage pass identity
egress output

input -> pass -> output
`;

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

/** That plan, named after its draft; the compiler makes the edit, as it makes every other. */
export async function startingPlan(draftName: string): Promise<string> {
  const { text } = await compiler().call('edit', {
    text: startingText,
    target: 'single_ring',
    operation: { op: 'set_name', name: planNameOf(draftName) },
  });
  return text;
}
