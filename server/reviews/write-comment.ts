/** Writes what somebody says into a thread, and tells whom it concerns. */
import type { Caller } from '../caller.ts';
import { mentionedIn } from '../domain/reviews/mentions.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { peopleWith } from '../members/people.ts';
import { notify, type Notice } from '../notifications/notify.ts';
import type { Db } from '../providers/database.ts';
import type { EnvironmentRow } from '../scopes.ts';
import type { Services } from '../services.ts';
import { labelOf } from './find-thread.ts';
import type { suggestionFor } from './suggestion.ts';

interface Written {
  thread: { id: string; orgId: string; baseVersionId: string | null };
  version: { id: string; name: string; number: number; environment: EnvironmentRow };
  body: string;
  suggestion: ReturnType<typeof suggestionFor> | null;
}

/** Where a notice of something that was said leads. */
export function noticeOf(
  thread: Written['thread'],
  version: Written['version'],
  { user }: Caller,
): Omit<Notice, 'kind'> {
  return {
    orgId: thread.orgId,
    environmentId: version.environment.id,
    subject: labelOf(version),
    actorId: user.id,
    versionId: version.id,
    baseVersionId: thread.baseVersionId,
    threadId: thread.id,
  };
}

/** Who is mentioned hears of that; who wrote in the thread before, of a reply. */
export async function writeComment(
  services: Services,
  db: Db,
  caller: Caller,
  { thread, version, body, suggestion }: Written,
  now: Date,
): Promise<string> {
  const { environment } = version;
  const people = await peopleWith(db, environment, 'ViewEnvironment');
  const mentioned = mentionedIn(body, people).map(({ id }) => id);
  const before = await db.reviewComment.findMany({
    where: { orgId: thread.orgId, threadId: thread.id },
    select: { authorId: true },
    distinct: ['authorId'],
  });
  const commentId = uuidv7();
  await db.reviewComment.create({
    data: {
      id: commentId,
      orgId: thread.orgId,
      threadId: thread.id,
      authorId: caller.user.id,
      body,
      mentions: mentioned,
      createdAt: now,
      ...suggestion,
    },
  });
  const notice = noticeOf(thread, version, caller);
  await notify(services, db, { ...notice, kind: 'mention' }, mentioned, now);
  const stillThere = new Set(people.map(({ id }) => id));
  const others = before
    .map(({ authorId }) => authorId)
    .filter((userId) => stillThere.has(userId) && !mentioned.includes(userId));
  await notify(services, db, { ...notice, kind: 'reply' }, others, now);
  return commentId;
}
