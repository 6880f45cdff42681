/** Ways back in: links that open a session of an account that exists, and what such a session bears. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashToken } from '../ids/token.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { issueHostLink, issueOwnerLink } from '../session/host-links.ts';
import {
  addPerson,
  codeOf,
  openBrowser,
  startTestServer,
  type TestPerson,
  type TestServer,
} from './harness.ts';

let server: TestServer;
let olive: TestPerson;
beforeAll(async () => {
  server = await startTestServer();
  olive = await addPerson(server, 'Olive', 'operator');
});
afterAll(() => server.close());

const db = () => server.services.database.client;
const records = async () =>
  (await server.as(server.owner).audit.list({ orgId: server.org.id, limit: 200 })).records;
const pageLink = (userId: string, by: TestPerson = server.owner) =>
  server.as(by).members.signInLink({ orgId: server.org.id, userId });

/** An organization that only this person administers. */
async function elsewhere(adminId: string): Promise<string> {
  const orgId = uuidv7();
  const createdAt = new Date();
  await db().organization.create({ data: { id: orgId, name: 'Elsewhere', createdAt } });
  await db().orgMember.create({ data: { orgId, userId: adminId, role: 'org_admin', createdAt } });
  return orgId;
}

describe('a link of the host', () => {
  it('signs the person in, proven, once and for an hour', async () => {
    const { link, person } = await issueHostLink(server.services, {
      address: olive.email.toUpperCase(),
    });
    expect(person.name).toBe('Olive');
    const browser = openBrowser(server);
    expect((await browser.open(link)).code).toBe('none');
    expect(await browser.whoAmI()).toMatchObject({ id: olive.id, proven: true });
    expect((await openBrowser(server).open(link)).code).toBe('sign_in_link_used');
    const user = await db().user.findUniqueOrThrow({ where: { id: olive.id } });
    expect(user.emailVerified).toBe(true);

    const late = await issueHostLink(server.services, { address: olive.email });
    server.advance(60);
    expect((await openBrowser(server).open(late.link)).code).toBe('sign_in_link_expired');
  });

  it('is in the audit, and so is every use that fails', async () => {
    const { link } = await issueHostLink(server.services, { address: olive.email });
    await openBrowser(server).open(link);
    await openBrowser(server).open(link);
    const [failed, opened, issued] = await records();
    expect(issued).toMatchObject({
      action: 'sign_in_link.issue',
      actor: { kind: 'system', name: 'Host' },
      resource: { id: olive.id },
      detail: { issued: 'on the host' },
    });
    expect(opened).toMatchObject({
      action: 'session.sign_in',
      actor: { id: olive.id },
      outcome: 'succeeded',
      detail: { method: 'host_link' },
    });
    expect(failed).toMatchObject({
      action: 'session.sign_in',
      actor: { name: 'Nobody' },
      outcome: 'denied',
      resource: { id: olive.id },
      detail: { code: 'sign_in_link_used' },
    });
  });

  it('is used once, however many click at once', async () => {
    const { link } = await issueHostLink(server.services, { address: olive.email });
    const codes = await Promise.all(
      [1, 2, 3].map(async () => (await openBrowser(server).open(link)).code),
    );
    expect(codes.filter((code) => code === 'none')).toHaveLength(1);
  });

  it('of an earlier start ends with the next', async () => {
    const first = await issueOwnerLink(server.services);
    const second = await issueOwnerLink(server.services);
    expect((await openBrowser(server).open(first.link)).code).toBe('sign_in_link_ended');
    expect((await openBrowser(server).open(second.link)).code).toBe('none');
  });

  it.each([
    ['nobody@example.org', 'person_not_found'],
    ['no address', 'input_invalid'],
    ['nul\0@example.org', 'input_invalid'],
    [7, 'input_invalid'],
  ])('is refused for %j: %s', async (address, code) => {
    await expect(issueHostLink(server.services, { address })).rejects.toMatchObject({ code });
  });

  it('isn’t made up', async () => {
    expect((await openBrowser(server).open('http://x/sign-in#byteor_sign_in_x')).code).toBe(
      'sign_in_link_unknown',
    );
  });
});

describe('a link of the page', () => {
  it('signs in, and the session says who issued it', async () => {
    const { link } = await pageLink(olive.id);
    const browser = openBrowser(server);
    expect((await browser.open(link)).code).toBe('none');
    expect(await browser.whoAmI()).toMatchObject({ id: olive.id, proven: false });
    const session = await db().session.findUniqueOrThrow({
      where: { tokenHash: hashToken(browser.token()) },
    });
    expect(session).toMatchObject({
      method: 'page_link',
      shownTo: [server.owner.id],
      orgIds: [server.org.id],
    });
    expect((await records())[1]).toMatchObject({
      action: 'sign_in_link.issue',
      actor: { id: server.owner.id },
      detail: { issued: 'in the page' },
    });
  });

  it('passes on who was shown the link of the session in which it is made', async () => {
    const boss = await addPerson(server, 'Boss', 'org_admin');
    const held = {
      method: 'page_link',
      shownTo: [server.owner.id],
      orgIds: [server.org.id],
    } as const;
    const { link } = await server
      .as(boss, held)
      .members.signInLink({ orgId: server.org.id, userId: olive.id });
    const browser = openBrowser(server);
    await browser.open(link);
    const session = await db().session.findUniqueOrThrow({
      where: { tokenHash: hashToken(browser.token()) },
    });
    expect([...session.shownTo].sort()).toEqual([boss.id, server.owner.id].sort());
  });

  it('is for an admin of all of the person’s organizations', async () => {
    const paula = await addPerson(server, 'Paula', 'project_admin');
    expect(await codeOf(pageLink(olive.id, paula))).toBe('permission_denied');
    expect(await codeOf(pageLink(server.owner.id))).toBe('sign_in_link_own');
    const far = await addPerson(server, 'Far', 'viewer');
    await elsewhere(far.id);
    expect(await codeOf(pageLink(far.id))).toBe('sign_in_link_elsewhere');
    expect(await codeOf(pageLink(uuidv7()))).toBe('member_not_found');
    const { signInLinkRefusal } =
      (await server.as(server.owner).members.list({ orgId: server.org.id })).find(
        (member) => member.userId === far.id,
      ) ?? {};
    expect(signInLinkRefusal).toBe('sign_in_link_elsewhere');
    const denied = (await records()).find((one) => one.outcome === 'denied');
    expect(denied).toMatchObject({ action: 'sign_in_link.issue' });
  });

  it('is worth what its issuer may when it is used', async () => {
    const gone = await addPerson(server, 'Gone', 'viewer');
    const { link } = await pageLink(gone.id);
    // Between issue and use the person was given an organization that the issuer doesn't have.
    await elsewhere(gone.id);
    expect((await openBrowser(server).open(link)).code).toBe('sign_in_link_issuer_lost_right');

    const boss = await addPerson(server, 'Boss', 'org_admin');
    const issued = await pageLink(olive.id, boss);
    await server
      .as(server.owner)
      .members.changeRole({ orgId: server.org.id, userId: boss.id, role: 'viewer' });
    expect((await openBrowser(server).open(issued.link)).code).toBe(
      'sign_in_link_issuer_lost_right',
    );
  });

  it('ends with its issuer: who is no admin any more holds no session of others', async () => {
    const boss = await addPerson(server, 'Boss', 'org_admin');
    const { link } = await pageLink(olive.id, boss);
    const browser = openBrowser(server);
    await browser.open(link);
    expect(await browser.whoAmI()).not.toBeNull();
    await server.as(server.owner).members.remove({ orgId: server.org.id, userId: boss.id });
    expect(await browser.whoAmI()).toBeNull();
  });

  it('opens no organization that the person is given later', async () => {
    const young = await addPerson(server, 'Young', 'viewer');
    const { link } = await pageLink(young.id);
    const browser = openBrowser(server);
    await browser.open(link);
    await elsewhere(young.id);
    const tree = await browser.call<{ orgs: { id: string }[] }>('query', 'workspace.tree');
    expect(tree.answer.orgs.map((org) => org.id)).toEqual([server.org.id]);
  });
});

describe('a session', () => {
  const owner = async () => {
    const browser = openBrowser(server);
    const { link } = await issueOwnerLink(server.services);
    await browser.open(link);
    return browser;
  };

  it('stands hashed in the database: a copy of it opens nothing', async () => {
    const browser = await owner();
    const token = browser.token();
    const { pool, schema } = server.services.database;
    const { rows } = await pool.query<{ row: string }>(
      `SELECT s::text AS row FROM "${schema}"."sessions" s`,
    );
    expect(rows.some(({ row }) => row.includes(hashToken(token)))).toBe(true);
    expect(rows.some(({ row }) => row.includes(token))).toBe(false);
    const thief = openBrowser(server);
    thief.jar.set([...browser.jar.keys()][0] ?? '', hashToken(token));
    expect(await thief.whoAmI()).toBeNull();
  });

  it('ends everywhere when the person signs out, and that is in the audit', async () => {
    const browser = await owner();
    const copy = openBrowser(server);
    for (const [name, value] of browser.jar) copy.jar.set(name, value);
    expect((await browser.call('mutation', 'session.signOut')).code).toBe('none');
    expect([...browser.jar]).toEqual([]);
    expect(await copy.whoAmI()).toBeNull();
    expect((await records())[0]).toMatchObject({
      action: 'session.sign_out',
      actor: { id: server.owner.id },
    });
  });

  it('lives fourteen days after it was used last', async () => {
    const browser = await owner();
    server.advance(13 * 24 * 60);
    expect(await browser.whoAmI()).not.toBeNull();
    server.advance(13 * 24 * 60);
    expect(await browser.whoAmI()).not.toBeNull();
    server.advance(14 * 24 * 60);
    expect(await browser.whoAmI()).toBeNull();
  });

  it('begins with a token that nobody chose', async () => {
    const browser = openBrowser(server);
    browser.jar.set([...(await owner()).jar.keys()][0] ?? '', 'byteor_session_chosen');
    const { link } = await issueOwnerLink(server.services);
    await browser.open(link);
    expect(browser.token()).not.toBe('byteor_session_chosen');
  });
});

describe('the token of a session as a bearer', () => {
  it('needs what the cookie needs', async () => {
    const browser = openBrowser(server);
    const { link } = await issueOwnerLink(server.services);
    await browser.open(link);
    const headers = { authorization: `Bearer ${browser.token()}`, host: '127.0.0.1:8080' };
    const create = (more: Record<string, string>) =>
      server.app.inject({
        method: 'POST',
        url: '/api/v1/orgs',
        headers: { ...headers, ...more },
        payload: { name: 'By a tool' },
      });
    expect((await create({ origin: 'http://evil.example' })).json()).toMatchObject({
      error: { code: 'origin_not_allowed' },
    });
    expect((await create({ 'sec-fetch-site': 'cross-site' })).statusCode).toBe(403);
    expect((await create({})).statusCode).toBe(201);
    const page = openBrowser(server);
    const auth = { authorization: headers.authorization };
    expect((await page.call('query', 'workspace.tree', undefined, auth)).code).toBe('none');
    await browser.call('mutation', 'session.signOut');
    expect((await create({})).statusCode).toBe(401);
    expect((await page.call('query', 'workspace.tree', undefined, auth)).code).toBe(
      'sign_in_required',
    );
  });
});
