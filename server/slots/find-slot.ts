import { z } from 'zod';
import type { Caller } from '../caller.ts';
import { SLOT_PATTERN } from '../domain/slots/slot.ts';
import { id, reason, text } from '../inputs.ts';
import { findEnvironment, scopeWithin } from '../scopes.ts';
import type { Db } from '../providers/database.ts';

/** A slot by its place, and why something is done to it. */
export const slotChoice = z.object({
  environmentId: id,
  slot: text(63).regex(SLOT_PATTERN, 'This is no slot.'),
  reason,
});

/** A slot of an environment that the caller may see; `row` is null where nothing was ever built for it. */
export async function findSlot(
  db: Db,
  caller: Caller,
  { environmentId, slot: name }: { environmentId: string; slot: string },
) {
  const environment = await findEnvironment(db, caller, environmentId);
  const { orgId } = environment;
  const row = await db.slot.findUnique({
    where: { orgId_environmentId_name: { orgId, environmentId, name } },
  });
  return { environment, row, place: { orgId, environmentId, slot: name } };
}

export function slotScope({ environment, place }: Awaited<ReturnType<typeof findSlot>>) {
  // A slot has no id of its own: it is known by its environment and its name.
  return scopeWithin(environment, 'slot', environment.id, place.slot);
}
