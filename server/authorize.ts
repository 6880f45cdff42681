/**
 * The one place that decides whether a caller may do something. Who may not even see the thing gets
 * the same answer as if it didn't exist; a denial of a governed action leaves an audit record.
 */
import type { Actor } from './audit/record.ts';
import type { Caller } from './caller.ts';
import { permits, type OrgMemberships, type Permission } from './domain/permissions/roles.ts';
import { ByteorError, notFound } from './errors.ts';
import type { Scope } from './scopes.ts';

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
