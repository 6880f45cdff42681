import { z } from 'zod';
import { orgIdsOf } from '../caller.ts';
import { effectiveRole, permits, type Role } from '../domain/permissions/roles.ts';
import { environmentView } from './environment-view.ts';
import { operation } from '../operation.ts';

/** Organizations, projects and environments that the caller may see, with the role held in each. */
export const getTree = operation({
  kind: 'read',
  name: 'workspace.tree',
  input: z.void(),
  needs: 'session',
  async run({ db, caller }) {
    const rows = await db.organization.findMany({
      where: { id: { in: orgIdsOf(caller) } },
      orderBy: { createdAt: 'asc' },
      include: {
        projects: {
          orderBy: { createdAt: 'asc' },
          include: { environments: { orderBy: { createdAt: 'asc' } } },
        },
      },
    });
    const orgs = rows.map((org) => {
      const memberships = caller.memberships.get(org.id) ?? {
        orgRole: null,
        projectRoles: new Map(),
      };
      return {
        id: org.id,
        name: org.name,
        /** null: a role on single projects only */
        role: memberships.orgRole as Role | null,
        permissions: {
          manageMemberships: permits(memberships, 'ManageOrgMemberships', null),
        },
        projects: org.projects
          .filter((project) => permits(memberships, 'ViewProject', project.id))
          .map((project) => ({
            id: project.id,
            name: project.name,
            role: effectiveRole(memberships, project.id),
            permissions: {
              manage: permits(memberships, 'ManageProject', project.id),
              operate: permits(memberships, 'OperateProject', project.id),
            },
            environments: project.environments.map((environment) => ({
              ...environmentView(environment),
              permissions: {
                manage: permits(memberships, 'ManageEnvironment', project.id),
                operate: permits(memberships, 'OperateEnvironment', project.id),
              },
            })),
          })),
      };
    });
    return { orgs };
  },
});
