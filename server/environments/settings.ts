import { z } from 'zod';
import { APPROVER_ROLES } from '../domain/approvals/rules.ts';
import { MAX_QUORUM, refuseApprovers } from '../domain/environments/policy.ts';
import { conflict, refused } from '../errors.ts';
import { id, integer } from '../inputs.ts';
import type { Db } from '../providers/database.ts';
import type { EnvironmentRow } from '../scopes.ts';

/** The steps of a rollout: agents of the first, of each further one (null: all the others), the pause. */
export const rolloutWish = z.object({
  first: integer(1, 64),
  step: integer(1, 64).nullable(),
  pauseSeconds: integer(0, 24 * 60 * 60),
});

/**
 * What a project admin may set on an environment. What says who has to approve in `prod`
 * ({@link GUARDED}) takes an organization's admin.
 */
export const environmentSettings = z.object({
  selfApproval: z.boolean(),
  quorum: integer(1, MAX_QUORUM),
  approverRoles: z.array(z.enum(APPROVER_ROLES)).max(APPROVER_ROLES.length),
  approverUsers: z.array(id).max(50),
  breakGlassAllowed: z.boolean(),
  rolloutFirst: rolloutWish.shape.first,
  rolloutStep: rolloutWish.shape.step,
  rolloutPauseSeconds: rolloutWish.shape.pauseSeconds,
  approvalRequired: z.boolean(),
  credentialLifetimeMinutes: integer(5, 7 * 24 * 60),
  approvalWindowMinutes: integer(5, 30 * 24 * 60),
  maxInFlight: integer(1, 100),
});

type Settings = Partial<z.output<typeof environmentSettings>>;

/** Whoever may change these in `prod` may let themselves, or fewer, decide. */
const GUARDED = [
  'selfApproval',
  'quorum',
  'approverRoles',
  'approverUsers',
  'breakGlassAllowed',
] as const satisfies (keyof Settings)[];

/** Whether settings change who has to approve. */
export function changesWhoApproves(before: EnvironmentRow, settings: Settings): boolean {
  return GUARDED.some((name) => {
    const after = settings[name];
    return after !== undefined && plain(after) !== plain(before[name]);
  });
}
const plain = (value: unknown) =>
  JSON.stringify(Array.isArray(value) ? [...new Set(value)].sort() : value);

/** Rules that no persons could meet are refused before they are kept. */
export function refuseUnreachable(
  rules: Pick<EnvironmentRow, 'quorum' | 'approverRoles' | 'approverUsers'>,
): void {
  if (!refuseApprovers(rules)) return;
  throw refused(
    'quorum_unreachable',
    `${rules.quorum} persons have to say yes, and fewer are named.`,
    { help: 'Name more persons or a role, or ask for fewer.' },
  );
}

/** Who allows breaking the glass is kept: it is never who breaks it. */
export function allowedBy(
  before: Pick<EnvironmentRow, 'breakGlassAllowed'> | null,
  settings: Settings,
  userId: string,
): { breakGlassAllowedBy?: string | null } {
  if (settings.breakGlassAllowed === undefined) return {};
  if (!settings.breakGlassAllowed) return { breakGlassAllowedBy: null };
  return before?.breakGlassAllowed ? {} : { breakGlassAllowedBy: userId };
}

/** Names are unique within a project. */
export async function refuseTakenName(
  db: Db,
  within: { orgId: string; projectId: string },
  name: string,
  exceptId?: string,
): Promise<void> {
  const taken = await db.environment.findFirst({
    where: {
      orgId: within.orgId,
      projectId: within.projectId,
      name,
      ...(exceptId ? { id: { not: exceptId } } : {}),
    },
    select: { id: true },
  });
  if (!taken) return;
  throw conflict('environment_name_taken', `The project has an environment ${name}.`, {
    help: 'Choose another name.',
  });
}
