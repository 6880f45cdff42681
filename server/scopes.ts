/** Where things stand, as permissions are judged and records are kept by it; and how it is found. */
import { orgIdsOf, sees, type Caller } from './caller.ts';
import type { Posture } from './domain/environments/policy.ts';
import type { Role } from './domain/permissions/roles.ts';
import { notFound } from './errors.ts';
import type { Db } from './providers/database.ts';

export interface Scope {
  kind: string;
  id: string;
  name?: string | null;
  orgId: string;
  projectId: string | null;
  environmentId: string | null;
}

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
  quorum: number;
  approverRoles: Role[];
  approverUsers: string[];
  breakGlassAllowed: boolean;
  breakGlassAllowedBy: string | null;
  rolloutFirst: number;
  rolloutStep: number | null;
  rolloutPauseSeconds: number;
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
