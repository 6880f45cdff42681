/**
 * What people say of versions: threads that follow what they are about, verdicts, ticks, suggestions,
 * and who hears of what.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LiveEvent } from '../live/bus.ts';
import {
  addPerson,
  codeOf,
  deploy,
  enrollTestAgent,
  makeBundle,
  makeVersion,
  startTestServer,
  type TestPerson,
} from './harness.ts';
import type { TestServer } from './harness.ts';

const PLAN = `pipeline orders

ingress in
stage parse keep:^\\{
stage mask replace:x=y
egress out

in -> parse -> mask -> out
`;
const renamed = PLAN.replaceAll('mask', 'hide');
const without = PLAN.replace(/stage mask.*\n/, '').replace('-> mask ', '');

let server: TestServer;
let ana: TestPerson;
let jonas: TestPerson;
let vi: TestPerson;
beforeAll(async () => {
  server = await startTestServer();
  ana = server.owner;
  jonas = await addPerson(server, 'Jonas Weber', 'operator');
  vi = await addPerson(server, 'Vi', 'viewer');
});
afterAll(() => server.close());

/** The next version of the sample draft. */
async function version(text: string): Promise<string> {
  return (await makeVersion(server, text)).versionId;
}
async function threadIn(versionId: string, threadId: string, as = ana, baseVersionId?: string) {
  const { threads } = await server.as(as).reviews.get({ versionId, baseVersionId });
  return threads.find(({ id }) => id === threadId);
}
async function comment(versionId: string, more: Record<string, unknown> = {}, as = jonas) {
  const about = { versionId, anchor: 'stage:mask', body: 'Why?' };
  return server.as(as).reviews.comment({ ...about, ...more });
}
const notifications = async (person: TestPerson) =>
  (await server.as(person).notifications.list()).notifications;
async function readAll(...people: TestPerson[]) {
  for (const person of people) await server.as(person).notifications.markRead({});
}
async function auditOf(action: string) {
  const { records } = await server.as(ana).audit.list({ orgId: server.org.id, limit: 200 });
  return records.filter((record) => record.action === action);
}

describe('a thread', () => {
  it('is said by whoever may look, and shown as it was written', async () => {
    const versionId = await version(PLAN);
    const { threadId } = await comment(versionId, { body: ' <b>No</b>\n& @Nobody ' }, vi);
    await server.as(ana).reviews.reply({ threadId, body: 'Because.' });
    expect(await threadIn(versionId, threadId)).toMatchObject({
      body: '<b>No</b>\n& @Nobody',
      mentions: [],
      author: { id: vi.id, name: 'Vi' },
      anchor: 'stage:mask',
      line: null,
      side: 'to',
      gone: false,
      resolved: null,
      replies: [{ body: 'Because.', author: { id: ana.id } }],
    });
  });

  it('follows its stage into newer versions, also under another name, or says that it is gone', async () => {
    const first = await version(PLAN);
    const { threadId } = await comment(first);
    const second = await version(renamed);
    const third = await version(without);
    expect(await threadIn(second, threadId)).toMatchObject({
      anchor: 'stage:hide',
      gone: false,
      writtenOn: { versionId: first, anchor: 'stage:mask' },
    });
    expect(await threadIn(third, threadId)).toMatchObject({ anchor: 'stage:mask', gone: true });
    // Nor is it lost where it was said, or shown where it could not have been.
    expect(await threadIn(first, threadId)).toMatchObject({ anchor: 'stage:mask', gone: false });
    const later = await comment(third, { anchor: 'stage:parse' });
    expect(await threadIn(second, later.threadId)).toBeUndefined();
  });

  it('follows a wire and a line', async () => {
    const first = await version(PLAN);
    const wire = await comment(first, { anchor: 'connection:parse->mask' });
    const line = await comment(first, { anchor: 'plan', line: 5 });
    const second = await version(`# first\n${renamed}`);
    expect(await threadIn(second, wire.threadId)).toMatchObject({
      anchor: 'connection:parse->hide',
    });
    expect(await threadIn(first, line.threadId)).toMatchObject({ anchor: 'stage:mask', line: 5 });
    expect(await threadIn(second, line.threadId)).toMatchObject({ anchor: 'stage:hide', line: 6 });
  });

  it('on what was removed stands on the side of the base', async () => {
    const base = await version(PLAN);
    const to = await version(without);
    const { threadId } = await comment(to, { side: 'from', baseVersionId: base });
    expect(await threadIn(to, threadId, ana, base)).toMatchObject({ side: 'from', gone: false });
    expect(await threadIn(to, threadId)).toMatchObject({ side: 'from', gone: true });
    expect(await codeOf(comment(to, { side: 'from' }))).toBe('review_without_base');
  });

  it('stays with a version whose draft is gone, and takes no suggestion then', async () => {
    const api = server.as(ana);
    const { draftId, revision } = await api.drafts.create({
      environmentId: server.development.id,
      name: 'short lived',
      text: PLAN,
      target: 'single_ring',
    });
    const { compiler } = server.services;
    const { versionId } = await api.versions.create({
      draftId,
      revision,
      expectedSpecHash: compiler.compile(PLAN, 'single_ring').report?.spec_hash ?? '',
      compilerVersion: compiler.version,
    });
    const suggestion = 'stage mask replace:x=z';
    const { threadId, commentId } = await comment(versionId, { suggestion });
    expect((await api.reviews.get({ versionId })).draft).toEqual({
      id: draftId,
      name: 'short lived',
    });
    await api.drafts.remove({ draftId });
    expect((await api.reviews.get({ versionId })).draft).toBeNull();
    expect(await threadIn(versionId, threadId)).toMatchObject({ gone: false });
    await server.as(jonas).reviews.reply({ threadId, body: 'Still here.' });
    expect(await codeOf(api.reviews.applySuggestion({ commentId }))).toBe('suggestion_draft_gone');
    // Into another draft it goes.
    const other = await api.drafts.create({
      environmentId: server.development.id,
      name: 'another',
      text: PLAN,
      target: 'single_ring',
    });
    await api.reviews.applySuggestion({ commentId, draftId: other.draftId });
    expect((await api.drafts.get({ draftId: other.draftId })).text).toContain(suggestion);
  });

  it('of a version is one of what it is promoted to', async () => {
    const versionId = await version(PLAN);
    const { threadId } = await comment(versionId);
    const finish = { versionId, verdict: 'fine' as const, viewed: 1, total: 1 };
    await server.as(jonas).reviews.finish(finish);
    const promoted = await server
      .as(ana)
      .versions.promote({ versionId, environmentId: server.production.id });
    expect(await threadIn(promoted.versionId, threadId)).toMatchObject({ gone: false });
    const there = await comment(promoted.versionId);
    expect(await threadIn(versionId, there.threadId)).toMatchObject({ gone: false });
    const { reviews } = await server.as(ana).reviews.get({ versionId: promoted.versionId });
    expect(reviews[0]).toMatchObject({ person: { name: 'Jonas Weber' }, ofThis: true });
  });

  it('is settled and opened again by who may operate, and that is on record', async () => {
    const versionId = await version(PLAN);
    const { threadId } = await comment(versionId, {}, vi);
    const resolve = (resolved: boolean, as: TestPerson) =>
      server.as(as).reviews.resolve({ threadId, resolved });
    expect(await codeOf(resolve(true, vi))).toBe('permission_denied');
    expect(await resolve(true, jonas)).toEqual({ changed: true });
    expect(await resolve(true, ana)).toEqual({ changed: false });
    expect(await threadIn(versionId, threadId)).toMatchObject({
      resolved: { by: { name: 'Jonas Weber' } },
    });
    await resolve(false, ana);
    expect(await threadIn(versionId, threadId)).toMatchObject({ resolved: null });
    expect((await auditOf('review.resolve')).map(({ outcome }) => outcome)).toEqual([
      'succeeded',
      'denied',
    ]);
    expect(await auditOf('review.reopen')).toHaveLength(1);
  });

  it('holds comments that who wrote them edits and removes, and nobody else; each says so', async () => {
    const versionId = await version(PLAN);
    const { threadId, commentId } = await comment(versionId, { body: 'Why, @Owner?' });
    const { commentId: replyId } = await server.as(vi).reviews.reply({ threadId, body: 'Because' });
    await readAll(ana, jonas, vi);
    const as = (person: TestPerson) => server.as(person).reviews;

    // Not even an administrator writes what somebody else said.
    for (const person of [ana, vi]) {
      expect(await codeOf(as(person).editComment({ commentId, body: 'Fine' }))).toBe(
        'comment_not_yours',
      );
      expect(await codeOf(as(person).removeComment({ commentId }))).toBe('comment_not_yours');
    }
    expect(await as(jonas).editComment({ commentId, body: 'Why, @Owner?' })).toEqual({
      changed: false,
    });
    expect(await threadIn(versionId, threadId)).toMatchObject({ editedAt: null });
    await as(jonas).editComment({ commentId, body: 'Why so, @Owner and @Vi?' });
    expect(await threadIn(versionId, threadId, jonas)).toMatchObject({
      body: 'Why so, @Owner and @Vi?',
      editedAt: expect.any(String) as string,
      own: true,
      mentions: [{ name: 'Owner' }, { name: 'Vi' }],
    });
    // Who was mentioned before isn't told again.
    const told = async (person: TestPerson) =>
      (await notifications(person)).filter(({ readAt }) => readAt === null).length;
    expect([await told(ana), await told(vi)]).toEqual([0, 1]);

    await as(jonas).removeComment({ commentId });
    const left = await threadIn(versionId, threadId);
    expect(left).toMatchObject({
      body: '',
      removed: true,
      mentions: [],
      resolved: null,
      replies: [{ body: 'Because', removed: false, own: false }],
    });
    expect(await codeOf(as(jonas).editComment({ commentId, body: 'Again' }))).toBe(
      'comment_removed',
    );
    expect(await codeOf(as(jonas).removeComment({ commentId }))).toBe('comment_removed');
    // What nothing is left of waits for nobody.
    expect(await as(vi).removeComment({ commentId: replyId })).toEqual({ settled: true });
    expect(await threadIn(versionId, threadId)).toMatchObject({
      resolved: { by: { name: 'Vi' } },
    });

    // The audit says which text it was, and not what it said.
    const edited = await auditOf('review.edit_comment');
    const removed = await auditOf('review.remove_comment');
    expect(edited.filter(({ outcome }) => outcome === 'succeeded')).toHaveLength(1);
    expect(removed.filter(({ outcome }) => outcome === 'succeeded')).toHaveLength(2);
    expect(JSON.stringify([edited, removed])).not.toMatch(/Because|Why/);
    expect(edited.find(({ outcome }) => outcome === 'succeeded')?.detail).toMatchObject({
      comment_id: commentId,
      before: expect.stringMatching(/^sha256:/) as string,
    });
  });

  it('keeps no suggestion of a comment that was removed, but for one that was applied', async () => {
    const versionId = await version(PLAN);
    const suggestion = 'stage mask replace:x=z';
    const taken = await comment(versionId, { suggestion });
    await server.as(jonas).reviews.removeComment({ commentId: taken.commentId });
    expect(await threadIn(versionId, taken.threadId)).toMatchObject({ suggestion: null });
    const { commentId } = taken;
    expect(await codeOf(server.as(ana).reviews.applySuggestion({ commentId }))).toBe(
      'comment_without_suggestion',
    );

    const applied = await comment(versionId, { suggestion }, vi);
    await server.as(ana).reviews.applySuggestion({ commentId: applied.commentId });
    // Whose words are in the draft is one of its authors from then on.
    const { writers } = await server.services.database.client.draft.findUniqueOrThrow({
      where: { id: server.draftId },
    });
    expect(writers).toContain(vi.id);
    await server.as(vi).reviews.removeComment({ commentId: applied.commentId });
    expect(await threadIn(versionId, applied.threadId)).toMatchObject({
      removed: true,
      suggestion: { after: suggestion, applied: { by: { name: 'Owner' } } },
    });
  });

  it.each([
    ['a line that isn’t there', { anchor: 'plan', line: 500 }, 'review_line_unknown'],
    [
      'a suggestion that doesn’t compile',
      { suggestion: 'stage mask nope' },
      'suggestion_has_errors',
    ],
    [
      'a suggestion without a place',
      { anchor: 'plan', suggestion: 'x' },
      'suggestion_without_place',
    ],
    [
      'a suggestion of what is there',
      { suggestion: 'stage mask replace:x=y' },
      'suggestion_changes_nothing',
    ],
  ])('is refused with %s', async (_, more, code) => {
    expect(await codeOf(comment(await version(PLAN), more))).toBe(code);
  });
});

it.each([
  ['no words', { body: ' \n ' }, 'Write something.'],
  ['too many words', { body: 'x'.repeat(4001) }, 'Too big'],
  ['an anchor with a space', { anchor: 'stage:a b' }, 'This is no anchor.'],
])('%s begin no thread', async (_, more, words) => {
  await expect(comment(server.draftId, more)).rejects.toThrow(words);
});

describe('a suggestion', () => {
  const text = async () => (await server.as(ana).drafts.get({ draftId: server.draftId })).text;
  const suggest = (versionId: string, suggestion: string, more = {}) =>
    comment(versionId, { suggestion, ...more });

  it('becomes an edit of the draft, beside what the author did meanwhile', async () => {
    const versionId = await version(PLAN);
    const { threadId, commentId } = await suggest(versionId, 'stage mask replace:a=b');
    expect(await threadIn(versionId, threadId)).toMatchObject({
      suggestion: {
        before: 'stage mask replace:x=y',
        after: 'stage mask replace:a=b',
        applied: null,
      },
    });
    // The author goes on: another stage is changed, and this one has another name.
    const meanwhile = renamed.replace('keep:^\\{', 'keep:^x');
    await version(meanwhile);
    const applied = await server.as(ana).reviews.applySuggestion({ commentId });
    expect(applied.draftId).toBe(server.draftId);
    expect(await text()).toBe(meanwhile.replace(/(stage hide ).*/, '$1replace:a=b'));
    expect(await threadIn(versionId, threadId)).toMatchObject({
      suggestion: { applied: { by: { id: ana.id }, revision: applied.revision } },
    });
    expect(await codeOf(server.as(ana).reviews.applySuggestion({ commentId }))).toBe(
      'suggestion_applied',
    );
    expect((await auditOf('review.apply_suggestion'))[0]).toMatchObject({
      detail: { comment_id: commentId, revision: applied.revision },
    });
  });

  it('for a line and for a wire are edits too', async () => {
    const versionId = await version(PLAN);
    const line = await suggest(versionId, 'stage parse keep:^y', { anchor: 'plan', line: 4 });
    const wire = await suggest(versionId, 'in -> parse -[journal]-> mask -> out', {
      anchor: 'connection:parse->mask',
    });
    for (const { commentId } of [line, wire]) {
      await server.as(ana).reviews.applySuggestion({ commentId });
    }
    expect(await text()).toContain('stage parse keep:^y');
    expect(await text()).toContain('parse -[journal]-> mask');
  });

  it('is refused, with why, where both changed the same, and changes nothing', async () => {
    const versionId = await version(PLAN);
    const { commentId } = await suggest(versionId, 'stage mask replace:a=b');
    await version(PLAN.replace(/(stage mask ).*/, '$1replace:c=d'));
    const before = await text();
    const apply = () => server.as(ana).reviews.applySuggestion({ commentId });
    expect(await codeOf(apply())).toBe('suggestion_does_not_fit');
    await version(without);
    expect(await codeOf(apply())).toMatch(/^suggestion_(does_not_fit|is_there)$/);
    expect(before).toContain('c=d');
    expect(await text()).toBe(without);
    await version(PLAN.replace(/(stage mask ).*/, '$1replace:a=b'));
    expect(await codeOf(apply())).toBe('suggestion_is_there');
  });

  it('of one who may only look is applied by who may edit, and not by themselves', async () => {
    const versionId = await version(PLAN);
    const { commentId } = await comment(versionId, { suggestion: 'stage mask replace:a=b' }, vi);
    expect(await codeOf(server.as(vi).reviews.applySuggestion({ commentId }))).toBe(
      'permission_denied',
    );
    await server.as(jonas).reviews.applySuggestion({ commentId });
    expect(await text()).toContain('a=b');
  });

  it('is applied once, by the one of two who was faster', async () => {
    const versionId = await version(PLAN);
    const { commentId } = await suggest(versionId, 'stage mask replace:a=b');
    const codes = await Promise.all(
      [ana, jonas].map((who) => codeOf(server.as(who).reviews.applySuggestion({ commentId }))),
    );
    expect(codes.filter((code) => code === 'none')).toHaveLength(1);
  });
});

describe('a finished review', () => {
  /** Jonas came to be an author of the draft: a suggestion of his was applied. */
  let rosa: TestPerson;
  beforeAll(async () => {
    rosa = await addPerson(server, 'Rosa', 'operator');
  });
  const finish = (versionId: string, more: Record<string, unknown> = {}, as = rosa) =>
    server.as(as).reviews.finish({
      versionId,
      verdict: 'fine',
      viewed: 3,
      total: 4,
      ...more,
    } as never);

  it('is shown with its verdict; the last of a person counts; older versions say so', async () => {
    const base = await version(PLAN);
    const first = await version(renamed);
    await finish(first, { verdict: 'changes_wanted', body: 'Not yet.', baseVersionId: base });
    await finish(first, { viewed: 4 });
    const second = await version(PLAN);
    const of = async (versionId: string) =>
      (await server.as(vi).reviews.get({ versionId })).reviews.filter(
        ({ version: one }) => one.id === first,
      );
    expect(await of(first)).toMatchObject([
      {
        verdict: 'fine',
        viewed: 4,
        total: 4,
        ofThis: true,
        isAuthor: false,
        you: false,
        person: { name: 'Rosa', proven: true },
      },
    ]);
    expect(await of(second)).toMatchObject([{ ofThis: false }]);
    const records = (await auditOf('review.finish')).filter(
      ({ resource }) => resource.id === first,
    );
    expect(records.map(({ detail }) => detail['verdict'])).toEqual(['fine', 'changes_wanted']);
  });

  it('stands in the story of a deployment, with who made its version and who brought it there', async () => {
    const base = await version(PLAN);
    const versionId = await version(renamed);
    await finish(versionId, { verdict: 'changes_wanted', body: 'Not yet.', baseVersionId: base });
    await finish(versionId, { viewed: 4 });
    const agent = await enrollTestAgent(server, server.production.id, { name: 'edge-story' });
    const promoted = await server
      .as(ana)
      .versions.promote({ versionId, environmentId: server.production.id });
    const { bundleId } = await makeBundle(server, server.production.id, promoted.versionId);
    const { deploymentId } = await deploy(server, {
      versionId: promoted.versionId,
      bundleId,
      agentIds: [agent.id],
    });
    const { origin, version: there } = await server.as(vi).deployments.get({ deploymentId });
    const person = { name: ana.name };
    expect(origin).toMatchObject([
      { kind: 'created', person, environment: 'development' },
      { kind: 'reviewed', person: { name: 'Rosa' }, verdict: 'changes_wanted', body: 'Not yet.' },
      { kind: 'reviewed', person: { name: 'Rosa' }, verdict: 'fine', viewed: 4, from: null },
      { kind: 'promoted', person, version: there.number, environment: 'production' },
    ]);
  });

  it('says when the reviewer is among the authors, or isn’t proven', async () => {
    const versionId = await version(PLAN);
    expect(await finish(versionId, {}, ana)).toMatchObject({ isAuthor: true });
    await server
      .as(rosa, { method: 'invitation', shownTo: [ana.id], orgIds: [server.org.id] })
      .reviews.finish({ versionId, verdict: 'fine', viewed: 0, total: 0 });
    const { reviews } = await server.as(ana).reviews.get({ versionId });
    expect(reviews.filter(({ ofThis }) => ofThis)).toMatchObject([
      { person: { name: 'Rosa', proven: false }, isAuthor: false },
      { you: true, isAuthor: true },
    ]);
  });

  it('needs somebody who operates, counts that add up, and words where changes are wanted', async () => {
    const versionId = await version(PLAN);
    expect(await codeOf(finish(versionId, {}, vi))).toBe('permission_denied');
    expect(await codeOf(finish(versionId, { viewed: 5 }))).toBe('review_counts_wrong');
    expect(await codeOf(finish(versionId, { verdict: 'changes_wanted' }))).toBe(
      'review_without_words',
    );
  });

  it('never changes', async () => {
    const { reviewId } = await finish(await version(PLAN));
    const db = server.services.database.client;
    await expect(
      db.review.updateMany({ where: { id: reviewId }, data: { verdict: 'fine' } }),
    ).rejects.toThrow();
  });
});

describe('what somebody ticked as viewed', () => {
  const mark = (digit: string) => ({ anchor: 'stage:mask', digest: digit.repeat(32) });

  it('is the person’s own, and holds in newer versions', async () => {
    const first = await version(PLAN);
    await server
      .as(vi)
      .reviews.setViewed({ versionId: first, marks: [mark('a'), mark('b')], viewed: true });
    await server.as(vi).reviews.setViewed({ versionId: first, marks: [mark('a')], viewed: true });
    await server.as(vi).reviews.setViewed({ versionId: first, marks: [mark('b')], viewed: false });
    const second = await version(renamed);
    expect((await server.as(vi).reviews.get({ versionId: second })).viewed).toEqual([mark('a')]);
    expect((await server.as(jonas).reviews.get({ versionId: second })).viewed).toEqual([]);
  });

  it('is told to nobody else', async () => {
    const told: LiveEvent[] = [];
    const stop = server.services.live.subscribe(({ event }) => told.push(event));
    const versionId = await version(PLAN);
    await server.as(vi).reviews.setViewed({ versionId, marks: [mark('c')], viewed: true });
    await expect.poll(() => told.map(({ type }) => type)).toContain('review');
    stop();
    expect(told.find(({ type }) => type === 'review')).toMatchObject({ userId: vi.id });
  });
});

describe('notifications', () => {
  it('come to who is mentioned and to who is answered, and not to who wrote', async () => {
    await readAll(ana, jonas, vi);
    const versionId = await version(PLAN);
    const { threadId } = await comment(versionId, { body: 'What of it, @vi?' });
    await server.as(ana).reviews.reply({ threadId, body: 'I see' });
    const unread = async (who: TestPerson) =>
      (await notifications(who))
        .filter(({ readAt }) => readAt === null)
        .map(({ kind, actor, threadId: about }) => [kind, actor?.name, about]);
    expect(await unread(vi)).toEqual([['mention', 'Jonas Weber', threadId]]);
    expect(await unread(jonas)).toEqual([['reply', 'Owner', threadId]]);
    expect(await unread(ana)).toEqual([]);
    expect((await threadIn(versionId, threadId))?.mentions).toEqual([{ id: vi.id, name: 'Vi' }]);
  });

  it('tell an author of a review, and say nothing of its contents', async () => {
    await readAll(ana);
    const versionId = await version(PLAN);
    const body = 'the secret is pii_key';
    await server
      .as(jonas)
      .reviews.finish({ versionId, verdict: 'comment', body, viewed: 0, total: 0 });
    const [first] = await notifications(ana);
    expect(first).toMatchObject({ kind: 'review_finished', versionId, readAt: null });
    expect(JSON.stringify(first)).not.toContain('pii_key');
  });

  it('are read one by one or all at once, by their owner only', async () => {
    await readAll(vi);
    const versionId = await version(PLAN);
    for (const body of ['@Vi 1', '@Vi 2', '@Vi 3']) await comment(versionId, { body });
    const [newest] = await notifications(vi);
    const list = () => server.as(vi).notifications.list({ limit: 1 });
    expect(await list()).toMatchObject({ unread: 3, notifications: [{ id: newest?.id }] });
    const ids = [newest?.id ?? ''];
    expect(await server.as(jonas).notifications.markRead({ notificationIds: ids })).toEqual({
      marked: 0,
    });
    await server.as(vi).notifications.markRead({ notificationIds: ids });
    expect((await list()).unread).toBe(2);
    await server.as(vi).notifications.markRead({});
    expect((await list()).unread).toBe(0);
    expect((await list()).more).toBeGreaterThan(1);
  });

  it('and threads are gone for somebody who was removed in the middle, and names stay', async () => {
    const rita = await addPerson(server, 'Rita', 'operator');
    const versionId = await version(PLAN);
    const { threadId } = await comment(versionId, { body: 'From Rita' }, rita);
    await comment(versionId, { body: '@Rita, look' });
    expect(await notifications(rita)).toHaveLength(1);
    await server.as(ana).members.remove({
      orgId: server.org.id,
      projectId: server.project.id,
      userId: rita.id,
    });
    expect(await server.as(rita).notifications.list()).toMatchObject({
      unread: 0,
      notifications: [],
    });
    expect(await codeOf(server.as(rita).reviews.reply({ threadId, body: 'Hello?' }))).toBe(
      'thread_not_found',
    );
    // The others go on, and nobody tells somebody who is gone.
    await server.as(jonas).reviews.reply({ threadId, body: 'Rita left. @Rita' });
    const thread = await threadIn(versionId, threadId);
    expect(thread).toMatchObject({ author: { name: 'Rita' }, replies: [{ mentions: [] }] });
    const db = server.services.database.client;
    expect(await db.notification.count({ where: { userId: rita.id } })).toBe(1);
  });
});
