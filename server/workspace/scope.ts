import { orgIdsOf, sees, type Caller } from '../caller.ts';
import { notFound } from '../errors.ts';
import type { Scope } from '../authorize.ts';
import type { Db } from '../providers/database.ts';

/** An organization among the caller's, as a scope. */
export async function orgScope(db: Db, caller: Caller, orgId: string): Promise<Scope> {
  const org = await db.organization.findFirst({
    where: { id: orgId, AND: { id: { in: orgIdsOf(caller) } } },
  });
  if (!org) throw notFound('organization');
  return {
    kind: 'organization',
    id: org.id,
    name: org.name,
    orgId: org.id,
    projectId: null,
    environmentId: null,
  };
}

/** A project among what the caller may see, as a scope. */
export async function projectScope(
  db: Db,
  caller: Caller,
  projectId: string,
): Promise<Scope & { projectId: string }> {
  const project = await db.project.findFirst({
    where: { id: projectId, orgId: { in: orgIdsOf(caller) } },
  });
  if (!project || !sees(caller, { orgId: project.orgId, projectId: project.id })) {
    throw notFound('project');
  }
  return {
    kind: 'project',
    id: project.id,
    name: project.name,
    orgId: project.orgId,
    projectId: project.id,
    environmentId: null,
  };
}
