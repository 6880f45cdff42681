/** A slot is a place on an agent that one deployment at a time occupies. */

/** Lower case, safe as a folder name on any host. */
export const SLOT_PATTERN = /^[a-z][a-z0-9_-]{0,62}$/;

/** The slot is the pipeline unless named; a plan without a name takes `pipeline`. */
export function defaultSlot(pipeline: string | null): string {
  return pipeline !== null && SLOT_PATTERN.test(pipeline) ? pipeline : 'pipeline';
}
