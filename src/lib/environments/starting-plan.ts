import { compiler } from '$lib/compiler';

/** The plan that a new draft starts from: it compiles, and changes nothing that passes through. */
const startingText = `pipeline pipeline_one

ingress input
stage pass identity
egress output

input -> pass -> output
`;

/** A name for the plan, made of a draft's name: small letters, digits and underscores. */
export function planNameOf(name: string): string {
  const made = name
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^[^a-z]+|_+$/g, '');
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
