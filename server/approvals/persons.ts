/** Requester and reviewer of an approval: whether they are proven, and who let them in. */
import type { SessionMethod } from '../domain/identity/sessions.ts';
import { isProven } from '../domain/identity/sessions.ts';
import {
  secondPerson,
  unknownPresence,
  type Presence,
  type SecondPerson,
} from '../domain/approvals/second-person.ts';
import type { ReviewFacts } from '../domain/approvals/machine.ts';
import type { Json } from '../domain/digests/canonical-json.ts';
import type { Posture } from '../domain/environments/policy.ts';
import { namesOf, type PersonName } from '../members/names.ts';
import type { Db } from '../providers/database.ts';
import type { SignedInUser } from '../providers/identity.ts';

export interface PersonColumns {
  requestedBy: string;
  requestedMethod: SessionMethod | null;
  requestedShownTo: readonly string[];
  mode: string;
  state: string;
  decidedBy: string | null;
  decidedMethod: SessionMethod | null;
  decidedShownTo: readonly string[];
}

export function presenceOf(user: SignedInUser): Presence {
  return { userId: user.id, method: user.session.method, shownTo: user.session.shownTo };
}

export function requesterOf(row: PersonColumns): Presence {
  if (row.requestedMethod === null) return unknownPresence(row.requestedBy);
  return {
    userId: row.requestedBy,
    method: row.requestedMethod,
    shownTo: row.requestedShownTo,
  };
}

const DECIDED = ['approved', 'denied', 'revoked'];

/** The person who decided; null where policy or time did, or nobody did yet, or ever. */
function reviewerOf(row: PersonColumns): Presence | null {
  if (row.mode !== 'person' || row.decidedBy === null || !DECIDED.includes(row.state)) return null;
  if (row.decidedMethod === null) return unknownPresence(row.decidedBy);
  return { userId: row.decidedBy, method: row.decidedMethod, shownTo: row.decidedShownTo };
}

/** The columns that keep who asks, and who decides. */
export function requestedIn({ session }: SignedInUser) {
  return { requestedMethod: session.method, requestedShownTo: [...session.shownTo] };
}
export function decidedIn({ session }: SignedInUser) {
  return { decidedMethod: session.method, decidedShownTo: [...session.shownTo] };
}

/** A person as the page shows them beside a request or a decision. */
export interface Person extends PersonName {
  proven: boolean;
  /** Members who were shown the link of this person's session; nobody where the person is proven. */
  letInBy: PersonName[];
}

interface Persons {
  requester: Person;
  reviewer: Person | null;
  /** How far the two are two; null where one person was enough, or nobody decided yet. */
  secondPerson: SecondPerson | null;
}

/** Names all persons of some approvals at once; `asReviewer` stands in where nobody decided yet. */
export async function personsOf(
  db: Db,
  rows: readonly PersonColumns[],
  asReviewer: Presence | null = null,
): Promise<(row: PersonColumns) => Persons> {
  const reviewers = rows.map((row) => reviewerOf(row) ?? asReviewer);
  const presences = [...rows.map(requesterOf), ...reviewers.filter((one) => one !== null)];
  const names = await namesOf(
    db,
    presences.flatMap((one) => [one.userId, ...one.shownTo]),
  );
  const shown = (presence: Presence): Person => ({
    ...names(presence.userId),
    proven: isProven(presence),
    letInBy: presence.shownTo.filter((userId) => userId !== presence.userId).map(names),
  });
  return (row) => {
    const requester = requesterOf(row);
    const decided = reviewerOf(row);
    const second = row.mode === 'person' ? (decided ?? asReviewer) : null;
    return {
      requester: shown(requester),
      reviewer: decided ? shown(decided) : null,
      secondPerson:
        second && second.userId !== requester.userId ? secondPerson(requester, second) : null,
    };
  };
}

/** Who looks, as a decision of theirs would keep them: the credential names person, session and proof. */
export async function lookerOf(
  db: Db,
  user: SignedInUser,
): Promise<Person & { method: SessionMethod }> {
  const { method, shownTo } = user.session;
  const names = await namesOf(db, shownTo);
  return {
    id: user.id,
    name: user.name,
    proven: isProven(user.session),
    letInBy: shownTo.filter((userId) => userId !== user.id).map(names),
    method,
  };
}

/** What the review of a decision that one person took alone is judged by, but for the reviewer. */
export function reviewFactsOf(
  row: PersonColumns & { breakGlass: boolean; reviewedAt: Date | null },
  environment: { posture: Posture },
  config: { provenRequired: boolean },
): Omit<ReviewFacts, 'reviewer'> {
  const requester = requesterOf(row);
  return {
    breakGlass: row.breakGlass,
    reviewed: row.reviewedAt !== null,
    requester,
    decider: reviewerOf(row) ?? requester,
    posture: environment.posture,
    provenRequired: config.provenRequired,
  };
}

/** The same, for the audit. */
export function recordedPerson(presence: Presence): { [key: string]: Json } {
  return {
    user_id: presence.userId,
    proven: isProven(presence),
    method: presence.method,
    let_in_by: presence.shownTo.filter((userId) => userId !== presence.userId),
  };
}
