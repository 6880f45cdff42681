import { describe, expect, it } from 'vitest';
import {
  effectiveRole,
  PERMISSIONS,
  permits,
  type OrgMemberships,
  type OrgRole,
  type Permission,
  type ProjectRole,
} from './roles.ts';

const here = 'project-here';
const there = 'project-there';

function holding(orgRole: OrgRole | null, projectRole: ProjectRole | null): OrgMemberships {
  return { orgRole, projectRoles: new Map(projectRole ? [[here, projectRole]] : []) };
}

/** reference cloud.md section 4, row by row: org_admin, project_admin, operator, viewer. */
const TABLE: [Permission, boolean, boolean, boolean, boolean][] = [
  ['ViewOrg', true, true, true, true],
  ['ManageOrgMemberships', true, false, false, false],
  ['ViewProject', true, true, true, true],
  ['ManageProject', true, true, false, false],
  ['OperateProject', true, true, true, false],
  ['ViewEnvironment', true, true, true, true],
  ['ManageEnvironment', true, true, false, false],
  ['OperateEnvironment', true, true, true, false],
];

describe('the permission table', () => {
  it('has a row for every permission', () => {
    expect(TABLE.map(([permission]) => permission)).toEqual([...PERMISSIONS]);
  });

  it.each(TABLE)(
    '%s: org_admin %s, project_admin %s, operator %s, viewer %s',
    (permission, ...row) => {
      const holders = [
        holding('org_admin', null),
        holding(null, 'project_admin'),
        holding(null, 'operator'),
        holding(null, 'viewer'),
      ];
      expect(holders.map((holder) => permits(holder, permission, here))).toEqual(row);
    },
  );
});

describe('resolution', () => {
  it.each(PERMISSIONS)('gives nobody without a role %s', (permission) => {
    expect(permits(holding(null, null), permission, here)).toBe(false);
  });

  it.each(PERMISSIONS)(
    'gives an org_admin %s in every project, whatever the project role',
    (permission) => {
      expect(permits(holding('org_admin', 'viewer'), permission, here)).toBe(true);
      expect(permits(holding('org_admin', null), permission, there)).toBe(true);
    },
  );

  it('lets an organization viewer view all projects and change none', () => {
    const viewer = holding('viewer', null);
    expect(permits(viewer, 'ViewProject', there)).toBe(true);
    expect(permits(viewer, 'ViewEnvironment', there)).toBe(true);
    expect(permits(viewer, 'OperateEnvironment', there)).toBe(false);
  });

  it('lets a project role win over the organization viewer, in that project alone', () => {
    const operator = holding('viewer', 'operator');
    expect(effectiveRole(operator, here)).toBe('operator');
    expect(permits(operator, 'OperateEnvironment', here)).toBe(true);
    expect(permits(operator, 'OperateEnvironment', there)).toBe(false);
  });

  it('keeps a project member out of other projects', () => {
    const operator = holding(null, 'operator');
    expect(permits(operator, 'ViewProject', there)).toBe(false);
    expect(permits(operator, 'ViewEnvironment', there)).toBe(false);
    expect(permits(operator, 'ViewOrg', null)).toBe(true);
  });

  it('never lets a project_admin manage the organization', () => {
    expect(permits(holding(null, 'project_admin'), 'ManageOrgMemberships', null)).toBe(false);
    expect(permits(holding(null, 'project_admin'), 'ManageProject', null)).toBe(false);
  });
});
