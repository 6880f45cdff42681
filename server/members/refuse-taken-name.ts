import { conflict } from '../errors.ts';
import type { Db } from '../providers/database.ts';

/** Two names that read the same are the same. */
const asRead = (name: string): string =>
  name.normalize('NFKC').replace(/\s+/gu, ' ').trim().toLowerCase();

/**
 * Nobody comes into an organization under the name of somebody there: requests, comments and approvals
 * say who by name, and one person would be taken for the other.
 */
export async function refuseTakenName(db: Db, orgId: string, name: string): Promise<void> {
  const user = { select: { name: true } } as const;
  const people = [
    ...(await db.orgMember.findMany({ where: { orgId }, select: { user } })),
    ...(await db.projectMember.findMany({ where: { orgId }, select: { user } })),
  ];
  if (!people.some((person) => asRead(person.user.name) === asRead(name))) return;
  throw conflict('person_name_taken', `Somebody in this organization is called ${name} already.`, {
    help: 'Choose a name that tells you apart from them.',
  });
}
