import { z } from 'zod';
import { REVIEW_VERDICTS } from '../domain/reviews/anchor.ts';
import { mentionedIn } from '../domain/reviews/mentions.ts';
import { refused } from '../errors.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { comment, id, integer } from '../inputs.ts';
import { peopleWith } from '../members/people.ts';
import { notify } from '../notifications/notify.ts';
import { operation } from '../operation.ts';
import { authorsOfVersion } from '../authors.ts';
import { findVersion, versionScope } from '../versions/find-version.ts';
import { labelOf } from './find-thread.ts';
import { baseVersionId } from './inputs.ts';
import { lineageOf } from '../lineage.ts';

/**
 * Finishes a review with a verdict, which whoever decides on a deployment sees. It stands for ever;
 * a later one of the same person takes its place.
 */
export const finishReview = operation({
  kind: 'change',
  name: 'review.finish',
  input: z.object({
    versionId: id,
    baseVersionId,
    verdict: z.enum(REVIEW_VERDICTS),
    body: comment,
    /** Changes that the reviewer ticked, of how many that the page showed. */
    viewed: integer(0),
    total: integer(0),
  }),
  async thing({ db, caller, input }) {
    const version = await findVersion(db, caller, input.versionId);
    const base = input.baseVersionId ? await findVersion(db, caller, input.baseVersionId) : null;
    return { version, base };
  },
  scope: ({ version }) => versionScope(version),
  needs: 'OperateEnvironment',
  async run({ services, db, caller, input, thing: { version, base }, now }) {
    if (input.viewed > input.total) {
      throw refused('review_counts_wrong', 'More changes were viewed than there are.');
    }
    if (input.verdict === 'changes_wanted' && input.body === '') {
      throw refused('review_without_words', 'Say which changes you want.', {
        help: 'Write a sentence for the author.',
      });
    }
    const authors = await authorsOfVersion(db, version);
    const isAuthor = authors.has(caller.user.id);
    const reviewId = uuidv7();
    const { session } = caller.user;
    await db.review.create({
      data: {
        id: reviewId,
        orgId: version.orgId,
        ...(await lineageOf(db, version)),
        versionId: version.id,
        baseVersionId: base?.id ?? null,
        userId: caller.user.id,
        verdict: input.verdict,
        body: input.body,
        viewed: input.viewed,
        total: input.total,
        isAuthor,
        method: session.method,
        shownTo: [...session.shownTo],
        finishedAt: now,
      },
    });
    const people = await peopleWith(db, version.environment, 'ViewEnvironment');
    const notice = {
      orgId: version.orgId,
      environmentId: version.environmentId,
      subject: labelOf(version),
      actorId: caller.user.id,
      versionId: version.id,
      baseVersionId: base?.id ?? null,
    };
    const writers = people.map((person) => person.id).filter((userId) => authors.has(userId));
    await notify(services, db, { ...notice, kind: 'review_finished' }, writers, now);
    const mentioned = mentionedIn(input.body, people).map((person) => person.id);
    const others = mentioned.filter((userId) => !authors.has(userId));
    await notify(services, db, { ...notice, kind: 'mention' }, others, now);
    return { reviewId, isAuthor };
  },
  audit: ({ answer, input, thing: { version, base } }) => ({
    resource: { kind: 'version', id: version.id, name: labelOf(version) },
    detail: {
      review_id: answer.reviewId,
      verdict: input.verdict,
      spec_hash: version.specHash,
      base_version: base?.number ?? null,
      viewed: input.viewed,
      total: input.total,
      by_author: answer.isAuthor,
    },
  }),
  events: ({ thing }) => [{ type: 'review', id: thing.version.id }],
});
