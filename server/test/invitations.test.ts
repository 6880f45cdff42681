/** An invitation gives a role, never a session of an account that exists (issue: who may be whom). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addPerson, codeOf, openBrowser, startTestServer, type TestServer } from './harness.ts';
import { openSession } from '../session/open-session.ts';
import { issueHostLink } from '../session/host-links.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const api = () => server.as(server.owner);
const db = () => server.services.database.client;

async function invite(
  email: string,
  role: 'org_admin' | 'project_admin' | 'operator' | 'viewer' = 'viewer',
  by = api(),
  name = `Invited ${email}`,
) {
  const onProject = role === 'operator' || role === 'project_admin';
  return by.invitations.create({
    orgId: server.org.id,
    ...(onProject ? { projectId: server.project.id } : {}),
    role,
    name,
    email,
  });
}

/** A browser in which somebody signed in by a link of the host. */
async function signedInBrowser(email: string) {
  const browser = openBrowser(server);
  const { link } = await issueHostLink(server.services, { address: email });
  expect((await browser.open(link)).code).toBe('none');
  return browser;
}

const orgRoleOf = async (userId: string) =>
  (await db().orgMember.findFirst({ where: { orgId: server.org.id, userId } }))?.role ?? null;

describe('an invitation for an address that nobody has', () => {
  it('lets nobody in under the name of somebody who is there, however it is written', async () => {
    const count = () => db().user.count();
    const before = await count();
    for (const name of ['Owner', ' oWNER ', 'Ｏｗｎｅｒ']) {
      const { link } = await invite('twin@example.org', 'viewer', api(), name);
      expect((await openBrowser(server).open(link)).code).toBe('person_name_taken');
    }
    expect(await count()).toBe(before);
    // The invitation isn't used up: another name opens it.
    const { link } = await invite('twin@example.org', 'viewer', api(), 'Owner');
    const token = link.split('#')[1] ?? '';
    const { invitations } = server.as(null);
    expect(await codeOf(invitations.accept({ token, name: 'Owner of the shop' }))).toBe('none');
    const { records } = await api().audit.list({ orgId: server.org.id });
    expect(records.filter(({ detail }) => detail?.['code'] === 'person_name_taken')).toHaveLength(
      3,
    );
  });

  it('makes the account and its first session, and says who was shown the link', async () => {
    const { link } = await invite('new@example.org', 'operator');
    const browser = openBrowser(server);
    expect((await browser.open(link)).code).toBe('none');
    expect(await browser.whoAmI()).toMatchObject({ email: 'new@example.org', proven: false });
    const user = await db().user.findUniqueOrThrow({ where: { email: 'new@example.org' } });
    expect(user).toMatchObject({ emailVerified: false, letInBy: server.owner.id });
    const session = await db().session.findFirstOrThrow({ where: { userId: user.id } });
    expect(session).toMatchObject({
      method: 'invitation',
      shownTo: [server.owner.id],
      orgIds: [server.org.id],
    });
    const { records } = await api().audit.list({ orgId: server.org.id });
    expect(records.filter((one) => one.actor.id === user.id).map((one) => one.action)).toEqual([
      'session.sign_in',
      'invitation.accept',
    ]);
  });

  it('is accepted once, however many try at once', async () => {
    const { link } = await invite('race@example.org');
    const codes = await Promise.all(
      [1, 2, 3].map(async () => (await openBrowser(server).open(link)).code),
    );
    expect(codes.filter((code) => code === 'none')).toHaveLength(1);
    expect(await db().session.count({ where: { user: { email: 'race@example.org' } } })).toBe(1);
  });

  it('is one account, however the address is written', async () => {
    const first = await invite('Case@Example.org');
    const second = await invite('cASE@example.ORG');
    expect((await openBrowser(server).open(first.link)).code).toBe('none');
    expect((await openBrowser(server).open(second.link)).code).toBe('invitation_needs_sign_in');
    await expect(
      db().user.create({ data: { id: server.org.id, name: 'x', email: 'CASE@example.org' } }),
    ).rejects.toThrow(/users_email_lower_case/);
  });

  it('doesn’t take a browser over in which somebody else is signed in', async () => {
    const { link } = await invite('fixated@example.org');
    const browser = await signedInBrowser(server.owner.email);
    const before = browser.token();
    expect((await browser.open(link)).code).toBe('invitation_for_another');
    expect(browser.token()).toBe(before);
  });
});

describe('an invitation for an address that somebody has', () => {
  it('opens no session for whoever holds its link', async () => {
    const { link } = await invite(server.owner.email);
    const thief = openBrowser(server);
    expect((await thief.open(link)).code).toBe('invitation_needs_sign_in');
    expect(await thief.whoAmI()).toBeNull();
    expect([...thief.jar]).toEqual([]);
    const { records } = await api().audit.list({ orgId: server.org.id });
    expect(records[0]).toMatchObject({
      action: 'invitation.accept',
      outcome: 'denied',
      detail: { code: 'invitation_needs_sign_in' },
    });
  });

  it('opens none for an admin of another organization either', async () => {
    const mallory = await addPerson(server, 'Mallory', 'org_admin');
    await db().orgMember.deleteMany({ where: { userId: mallory.id } });
    await db().organization.create({
      data: { id: mallory.id, name: 'Elsewhere', createdAt: new Date() },
    });
    await db().orgMember.create({
      data: { orgId: mallory.id, userId: mallory.id, role: 'org_admin', createdAt: new Date() },
    });
    const { link } = await server.as(mallory).invitations.create({
      orgId: mallory.id,
      role: 'viewer',
      name: 'Owner',
      email: server.owner.email,
    });
    expect((await openBrowser(server).open(link)).code).toBe('invitation_needs_sign_in');
    const asMallory = await signedInBrowser(mallory.email);
    expect((await asMallory.open(link)).code).toBe('invitation_for_another');
    expect(await asMallory.whoAmI()).toMatchObject({ id: mallory.id });
  });

  it('gives the person, who is signed in, the role and nothing else', async () => {
    const vera = await addPerson(server, 'Vera', 'viewer');
    const { link } = await invite(vera.email, 'operator');
    const browser = await signedInBrowser(vera.email);
    const before = browser.token();
    expect((await browser.open(link)).code).toBe('none');
    expect(browser.token()).toBe(before);
    expect(await db().projectMember.findFirst({ where: { userId: vera.id } })).toMatchObject({
      role: 'operator',
    });
    expect((await browser.open(link)).code).toBe('invitation_used');
  });

  it('never lowers a role: the last admin stays one', async () => {
    const { link } = await invite(server.owner.email, 'viewer');
    const browser = await signedInBrowser(server.owner.email);
    const { code, answer } = await browser.call<{ role: string }>(
      'mutation',
      'invitations.accept',
      {
        token: new URL(link).hash.slice(1),
      },
    );
    expect([code, answer.role]).toEqual(['none', 'org_admin']);
    expect(await orgRoleOf(server.owner.id)).toBe('org_admin');

    const paula = await addPerson(server, 'Paula', 'project_admin');
    const lower = await invite(paula.email, 'operator');
    expect((await (await signedInBrowser(paula.email)).open(lower.link)).code).toBe('none');
    expect(await db().projectMember.findFirst({ where: { userId: paula.id } })).toMatchObject({
      role: 'project_admin',
    });
  });
});

describe('the inviter’s right', () => {
  it('is asked again when the invitation is accepted', async () => {
    const boss = await addPerson(server, 'Boss', 'org_admin');
    const kept = await invite('kept@example.org', 'org_admin', server.as(boss));
    await api().members.changeRole({ orgId: server.org.id, userId: boss.id, role: 'viewer' });
    expect((await openBrowser(server).open(kept.link)).code).toBe('invitation_inviter_lost_right');
    expect(await db().user.findUnique({ where: { email: 'kept@example.org' } })).toBeNull();
    await api().members.remove({ orgId: server.org.id, userId: boss.id });
    expect((await openBrowser(server).open(kept.link)).code).toBe('invitation_inviter_lost_right');
  });

  it('to let somebody decide in prod is the organization admin’s', async () => {
    const paula = await addPerson(server, 'Paula', 'project_admin');
    const by = server.as(paula);
    expect(await codeOf(invite('second@example.org', 'operator', by))).toBe('permission_denied');
    const given = by.invitations.create({
      orgId: server.org.id,
      projectId: server.project.id,
      role: 'viewer',
      name: 'Second',
      email: 'second@example.org',
    });
    expect(await codeOf(given)).toBe('none');
    const vera = await addPerson(server, 'Vera', 'viewer');
    const raised = by.members.changeRole({
      orgId: server.org.id,
      projectId: server.project.id,
      userId: vera.id,
      role: 'operator',
    });
    expect(await codeOf(raised)).toBe('permission_denied');

    // Where nothing is prod, administering the project is enough; until something is.
    const { projectId } = await api().projects.create({ orgId: server.org.id, name: 'Playground' });
    const petra = await addPerson(server, 'Petra', 'project_admin', projectId);
    const made = await server.as(petra).invitations.create({
      orgId: server.org.id,
      projectId,
      role: 'operator',
      name: 'Third',
      email: 'third@example.org',
    });
    await api().environments.create({ projectId, name: 'live', posture: 'prod' });
    expect((await openBrowser(server).open(made.link)).code).toBe('invitation_inviter_lost_right');
  });
});

describe('the last administrator', () => {
  const onlyOwner = async () =>
    db().orgMember.deleteMany({
      where: { orgId: server.org.id, role: 'org_admin', userId: { not: server.owner.id } },
    });

  it('can’t be lowered or removed', async () => {
    await onlyOwner();
    const place = { orgId: server.org.id, userId: server.owner.id };
    expect(await codeOf(api().members.changeRole({ ...place, role: 'viewer' }))).toBe(
      'last_org_admin',
    );
    expect(await codeOf(api().members.remove(place))).toBe('last_org_admin');
  });

  it('stays when two of them remove each other at once', async () => {
    await onlyOwner();
    const other = await addPerson(server, 'Other', 'org_admin');
    const codes = await Promise.all([
      codeOf(api().members.remove({ orgId: server.org.id, userId: other.id })),
      codeOf(server.as(other).members.remove({ orgId: server.org.id, userId: server.owner.id })),
    ]);
    const left = await db().orgMember.count({
      where: { orgId: server.org.id, role: 'org_admin' },
    });
    expect(left).toBe(1);
    expect(codes.filter((code) => code === 'none')).toHaveLength(1);
    await db().orgMember.upsert({
      where: { orgId_userId: { orgId: server.org.id, userId: server.owner.id } },
      create: {
        orgId: server.org.id,
        userId: server.owner.id,
        role: 'org_admin',
        createdAt: new Date(),
      },
      update: { role: 'org_admin' },
    });
  });
});

describe('a session that somebody else was shown the link of', () => {
  it('reaches no organization that the person is given elsewhere', async () => {
    const { link } = await invite('squatted@example.org');
    const squatter = openBrowser(server);
    await squatter.open(link);
    const user = await db().user.findUniqueOrThrow({ where: { email: 'squatted@example.org' } });
    // Another organization invites the address, and the real person accepts, proven.
    const orgId = user.id;
    await db().organization.create({ data: { id: orgId, name: 'Real', createdAt: new Date() } });
    await db().orgMember.create({
      data: { orgId, userId: server.owner.id, role: 'org_admin', createdAt: new Date() },
    });
    await db().orgMember.create({
      data: { orgId, userId: user.id, role: 'org_admin', createdAt: new Date() },
    });
    const tree = await squatter.call<{ orgs: { id: string }[] }>('query', 'workspace.tree');
    expect(tree.answer.orgs.map((org) => org.id)).toEqual([server.org.id]);
    // A proven sign-in takes the account back.
    const real = await signedInBrowser(user.email);
    expect(await squatter.whoAmI()).toBeNull();
    expect(await real.whoAmI()).toMatchObject({ id: user.id, proven: true });
    const own = await real.call<{ orgs: { id: string }[] }>('query', 'workspace.tree');
    expect(own.answer.orgs.map((org) => org.id).sort()).toEqual([server.org.id, orgId].sort());
  });

  it('reaches what is accepted or made in it', async () => {
    const { link } = await invite('grows@example.org', 'org_admin');
    const browser = openBrowser(server);
    await browser.open(link);
    const made = await browser.call<{ orgId: string }>('mutation', 'workspace.create', {
      name: 'Own',
    });
    expect(made.code).toBe('none');
    const tree = await browser.call<{ orgs: { name: string }[] }>('query', 'workspace.tree');
    expect(tree.answer.orgs.map((org) => org.name)).toContain('Own');
  });

  it('keeps its origin: the database refuses to change it', async () => {
    await db().$transaction((tx) =>
      openSession(
        tx,
        {
          userId: server.owner.id,
          method: 'page_link',
          shownTo: [server.org.id],
          orgIds: [server.org.id],
        },
        new Date(),
      ),
    );
    await expect(
      db().session.updateMany({ where: { method: 'page_link' }, data: { shownTo: [] } }),
    ).rejects.toThrow(/immutable/);
  });
});
