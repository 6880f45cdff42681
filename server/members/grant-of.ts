/** Which roles stand where, and who may give them. */
import { z } from 'zod';
import { sees, type Caller } from '../caller.ts';
import {
  ORG_ROLES,
  PROJECT_ROLES,
  ROLES,
  roleHas,
  type OrgRole,
  type Permission,
  type ProjectRole,
  type Role,
} from '../domain/permissions/roles.ts';
import { notFound, refused } from '../errors.ts';
import type { Db } from '../providers/database.ts';
import { orgScope, projectScope, type Scope } from '../scopes.ts';

export const roleInput = z.enum(ROLES);

/** A role of the organization, or of one of its projects, and what giving it takes. */
type RoleGrant = { scope: Scope; permission: Permission; orgId: string } & (
  { projectId: null; role: OrgRole } | { projectId: string; role: ProjectRole }
);

/** Checks that the role can be given there, and says which permission giving it takes. */
export async function grantOf(
  db: Db,
  caller: Caller,
  { orgId, projectId, role }: { orgId: string; projectId?: string | undefined; role: Role },
): Promise<RoleGrant> {
  if (projectId === undefined) {
    const scope = await orgScope(db, caller, orgId);
    const orgRole = ORG_ROLES.find((one) => one === role);
    if (!orgRole) {
      throw refused('role_needs_project', `The role ${role} is given on a project.`, {
        help: 'Choose a project, or the role org_admin or viewer.',
      });
    }
    return { scope, permission: 'ManageOrgMemberships', orgId, projectId: null, role: orgRole };
  }
  const scope = await projectScope(db, caller, projectId);
  if (scope.orgId !== orgId || !sees(caller, scope)) throw notFound('project');
  const projectRole = PROJECT_ROLES.find((one) => one === role);
  if (!projectRole) {
    throw refused('role_needs_organization', `The role ${role} is given on the organization.`, {
      help: 'Leave the project out, or choose another role.',
    });
  }
  const permission = await permissionToGive(db, orgId, projectId, projectRole);
  return { scope, permission, orgId, projectId, role: projectRole };
}

/**
 * Giving a role takes administering its project; one that may decide in `prod` takes administering
 * the organization, or a project admin alone would make the second pair of eyes
 * (docs/decisions/0055-a-second-person.md).
 */
export async function permissionToGive(
  db: Db,
  orgId: string,
  projectId: string | null,
  role: Role,
): Promise<Permission> {
  if (projectId === null) return 'ManageOrgMemberships';
  if (!roleHas(role, 'OperateEnvironment')) return 'ManageProject';
  const prod = await db.environment.count({ where: { orgId, projectId, posture: 'prod' } });
  return prod > 0 ? 'ManageOrgMemberships' : 'ManageProject';
}
