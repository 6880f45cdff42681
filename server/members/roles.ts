/** Which roles stand where, and who may give them. */
import { z } from 'zod';
import type { Scope } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import {
  ORG_ROLES,
  PROJECT_ROLES,
  ROLES,
  type OrgRole,
  type Permission,
  type ProjectRole,
  type Role,
} from '../domain/permissions/roles.ts';
import { refused } from '../errors.ts';
import type { Db } from '../providers/database.ts';
import { orgScope, projectScope } from '../workspace/scope.ts';

export const roleInput = z.enum(ROLES);

/** A role of the organization, or of one of its projects. */
export type RoleGrant =
  | { scope: Scope; permission: Permission; projectId: null; role: OrgRole }
  | { scope: Scope; permission: Permission; projectId: string; role: ProjectRole };

/** Checks that the role can be given there, and says which permission giving it takes. */
export async function grantOf(
  db: Db,
  caller: Caller,
  orgId: string,
  projectId: string | undefined,
  role: Role,
): Promise<RoleGrant> {
  if (projectId === undefined) {
    const orgRole = ORG_ROLES.find((one) => one === role);
    if (!orgRole) {
      throw refused('role_needs_project', `The role ${role} is given on a project.`, {
        help: 'Choose a project, or the role org_admin or viewer.',
      });
    }
    const scope = await orgScope(db, caller, orgId);
    return { scope, permission: 'ManageOrgMemberships', projectId: null, role: orgRole };
  }
  const projectRole = PROJECT_ROLES.find((one) => one === role);
  if (!projectRole) {
    throw refused('role_needs_organization', `The role ${role} is given on the organization.`, {
      help: 'Leave the project out, or choose another role.',
    });
  }
  const scope = await projectScope(db, caller, projectId);
  if (scope.orgId !== orgId) {
    throw refused('project_other_organization', 'The project belongs to another organization.');
  }
  return { scope, permission: 'ManageProject', projectId: scope.projectId, role: projectRole };
}

/** Writes a role; a person has one per organization and one per project. */
export async function writeRole(
  db: Db,
  orgId: string,
  projectId: string | null,
  userId: string,
  role: Role,
  now: Date,
): Promise<void> {
  if (projectId === null) {
    await db.orgMember.upsert({
      where: { orgId_userId: { orgId, userId } },
      create: { orgId, userId, role: role as OrgRole, createdAt: now },
      update: { role: role as OrgRole },
    });
  } else {
    await db.projectMember.upsert({
      where: { orgId_projectId_userId: { orgId, projectId, userId } },
      create: { orgId, projectId, userId, role: role as ProjectRole, createdAt: now },
      update: { role: role as ProjectRole },
    });
  }
}

/** An organization never loses its last admin. */
export async function refuseLastAdmin(db: Db, orgId: string, userId: string): Promise<void> {
  const others = await db.orgMember.count({
    where: { orgId, role: 'org_admin', userId: { not: userId } },
  });
  const isAdmin = await db.orgMember.count({ where: { orgId, role: 'org_admin', userId } });
  if (isAdmin > 0 && others === 0) {
    throw refused('last_org_admin', 'This is the only organization admin.', {
      help: 'Make somebody else organization admin first.',
    });
  }
}
