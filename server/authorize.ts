/**
 * The one place that decides whether a caller may do something. Who may not even see the thing gets
 * the same answer as if it didn't exist; a denial of a governed action leaves an audit record.
 */
import { recordAudit, type Actor } from './audit/record.ts';
import { orgIdsOf, sees, type Caller } from './caller.ts';
import type { Posture } from './domain/environments/policy.ts';
import { permits, type OrgMemberships, type Permission } from './domain/permissions/roles.ts';
import { ByteorError, notFound } from './errors.ts';
import type { Db } from './providers/database.ts';
import type { Services } from './services.ts';

export interface Scope {
  kind: string;
  id: string;
  name?: string | null;
  orgId: string;
  projectId: string | null;
  environmentId: string | null;
}

export function userActor(caller: Caller): Actor {
  return { kind: 'user', id: caller.user.id, name: caller.user.name };
}

/** The weakest permission that lets somebody know that a thing of this permission's level exists. */
const VIEW_OF: Record<Permission, Permission> = {
  ViewOrg: 'ViewOrg',
  ManageOrgMemberships: 'ViewOrg',
  ViewProject: 'ViewProject',
  ManageProject: 'ViewProject',
  OperateProject: 'ViewProject',
  ViewEnvironment: 'ViewEnvironment',
  ManageEnvironment: 'ViewEnvironment',
  OperateEnvironment: 'ViewEnvironment',
};

const NO_ROLES: OrgMemberships = { orgRole: null, projectRoles: new Map() };

/** Why the caller may not, or null: what may not even be seen is not found. */
export function refusalOf(
  caller: Caller,
  permission: Permission,
  scope: Scope,
): ByteorError | null {
  const memberships = caller.memberships.get(scope.orgId) ?? NO_ROLES;
  if (permits(memberships, permission, scope.projectId)) return null;
  // What belongs to no project is seen by whoever sees the organization.
  const view = scope.projectId === null ? 'ViewOrg' : VIEW_OF[permission];
  if (!permits(memberships, view, scope.projectId)) return notFound(scope.kind);
  return new ByteorError(
    403,
    'permission_denied',
    `Your role doesn't include ${permission} here.`,
    {
      help: 'Ask an organization admin or a project admin for a role that does.',
      args: { permission },
    },
  );
}

/** Passes when the caller may know of a thing that an operation names beside its own. */
export function requireView(caller: Caller, scope: Scope): void {
  const refusal = refusalOf(caller, 'ViewEnvironment', scope);
  if (refusal) throw refusal;
}

/** Passes, or throws; for operations that are not declared yet (`operation.ts`). */
export async function authorize(
  services: Services,
  caller: Caller,
  permission: Permission,
  scope: Scope,
  action: string,
): Promise<void> {
  const refusal = refusalOf(caller, permission, scope);
  if (!refusal) return;
  if (!permission.startsWith('View')) {
    const { database, clock } = services;
    await recordAudit(database.client, clock.now(), {
      orgId: scope.orgId,
      projectId: scope.projectId,
      environmentId: scope.environmentId,
      actor: userActor(caller),
      action,
      outcome: 'denied',
      resource: { kind: scope.kind, id: scope.id, name: scope.name ?? null },
      detail: { permission },
    });
  }
  throw refusal;
}

export interface EnvironmentRow {
  id: string;
  orgId: string;
  projectId: string;
  name: string;
  posture: Posture;
  selfApproval: boolean;
  approvalRequired: boolean;
  credentialLifetimeMinutes: number;
  approvalWindowMinutes: number;
  maxInFlight: number;
}

/** An environment among what the caller may see, or `environment_not_found`. */
export async function findEnvironment(
  db: Db,
  caller: Caller,
  environmentId: string,
): Promise<EnvironmentRow> {
  const row = await db.environment.findFirst({
    where: { id: environmentId, orgId: { in: orgIdsOf(caller) } },
  });
  if (!row || !sees(caller, row)) throw notFound('environment');
  return row;
}

export function environmentScope(environment: EnvironmentRow): Scope {
  return {
    kind: 'environment',
    id: environment.id,
    name: environment.name,
    orgId: environment.orgId,
    projectId: environment.projectId,
    environmentId: environment.id,
  };
}

/** The scope of a thing inside an environment. */
export function scopeWithin(
  environment: { id: string; orgId: string; projectId: string },
  kind: string,
  id: string,
  name: string | null = null,
): Scope {
  return {
    kind,
    id,
    name,
    orgId: environment.orgId,
    projectId: environment.projectId,
    environmentId: environment.id,
  };
}
