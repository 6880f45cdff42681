/** Roles and permissions (reference `cloud.md` section 4), as data and one pure rule. */

export const ROLES = ['org_admin', 'project_admin', 'operator', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

/** Roles that can be given on an organization; the others are given on a project. */
export const ORG_ROLES = ['org_admin', 'viewer'] as const;
export type OrgRole = (typeof ORG_ROLES)[number];
export const PROJECT_ROLES = ['project_admin', 'operator', 'viewer'] as const;
export type ProjectRole = (typeof PROJECT_ROLES)[number];

export const PERMISSIONS = [
  'ViewOrg',
  'ManageOrgMemberships',
  'ViewProject',
  'ManageProject',
  'OperateProject',
  'ViewEnvironment',
  'ManageEnvironment',
  'OperateEnvironment',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

const TABLE: Record<Role, readonly Permission[]> = {
  org_admin: PERMISSIONS,
  project_admin: [
    'ViewOrg',
    'ViewProject',
    'ManageProject',
    'OperateProject',
    'ViewEnvironment',
    'ManageEnvironment',
    'OperateEnvironment',
  ],
  operator: ['ViewOrg', 'ViewProject', 'OperateProject', 'ViewEnvironment', 'OperateEnvironment'],
  viewer: ['ViewOrg', 'ViewProject', 'ViewEnvironment'],
};

/** What a role holds by itself. */
export function roleHas(role: Role, permission: Permission): boolean {
  return TABLE[role].includes(permission);
}

/** One person's roles in one organization. */
export interface OrgMemberships {
  orgRole: OrgRole | null;
  projectRoles: ReadonlyMap<string, ProjectRole>;
}

const VIEWS_NEEDED: Partial<Record<Permission, readonly Permission[]>> = {
  ManageOrgMemberships: ['ViewOrg'],
  ViewProject: ['ViewOrg'],
  ManageProject: ['ViewOrg', 'ViewProject'],
  OperateProject: ['ViewOrg', 'ViewProject'],
  ViewEnvironment: ['ViewOrg', 'ViewProject'],
  ManageEnvironment: ['ViewOrg', 'ViewProject', 'ViewEnvironment'],
  OperateEnvironment: ['ViewOrg', 'ViewProject', 'ViewEnvironment'],
};

/** The role that counts for a project, or for the organization when `projectId` is null. */
export function effectiveRole(memberships: OrgMemberships, projectId: string | null): Role | null {
  if (memberships.orgRole === 'org_admin') return 'org_admin';
  const projectRole = projectId === null ? undefined : memberships.projectRoles.get(projectId);
  return projectRole ?? memberships.orgRole;
}

/**
 * Whether somebody holds a permission: (1) org_admin holds all; (2) without a project role the
 * organization's role counts; (3) each permission needs the views above it. Whoever has any role in
 * the organization may see that it exists.
 */
export function permits(
  memberships: OrgMemberships,
  permission: Permission,
  projectId: string | null,
): boolean {
  if (permission === 'ViewOrg') {
    return memberships.orgRole !== null || memberships.projectRoles.size > 0;
  }
  const role = effectiveRole(memberships, projectId);
  if (role === null || !roleHas(role, permission)) return false;
  return (VIEWS_NEEDED[permission] ?? []).every((view) => roleHas(role, view));
}
