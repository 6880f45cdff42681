import type { Page } from 'playwright/test';
import { acceptInvitation } from './entrance.ts';
import { members } from './members.ts';

type Invited = Parameters<ReturnType<typeof members>['invite']>[0];

export const OLGA = { name: 'Olga Operator', email: 'olga@example.com' };

/** A second person, with the role operator unless told, joins by a one-time link that the first one hands over. */
export async function joins(
  first: Page,
  second: Page,
  person: Omit<Invited, 'role'> & Partial<Invited> = OLGA,
): Promise<void> {
  await members(first).open();
  await acceptInvitation(second, await members(first).invite({ role: 'operator', ...person }));
}
