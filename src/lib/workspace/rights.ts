/**
 * How the page words roles. What each may do is decided by the server, which says so with the tree.
 */
export type RoleName = 'org_admin' | 'project_admin' | 'operator' | 'viewer';

/** How a role is called on the page, and what it may, in a few words. */
export const roleWords: Record<RoleName, { label: string; may: string }> = {
  org_admin: { label: 'Organization admin', may: 'Everything, members included.' },
  project_admin: { label: 'Project admin', may: 'Everything in the project and its environments.' },
  operator: { label: 'Operator', may: 'Deploys, approves or denies, manages agents.' },
  viewer: { label: 'Viewer', may: 'Looks at everything, changes nothing.' },
};
