/** What the codes of refused decisions say, at one place. */
import type {
  DecisionRefusal,
  ReviewRefusal,
  RevocationRefusal,
} from '../domain/approvals/machine.ts';
import { ByteorError } from '../errors.ts';

type ApprovalRefusal = DecisionRefusal | ReviewRefusal | RevocationRefusal | 'comparison_changed';

const WORDS: Record<ApprovalRefusal, { status: 403 | 409; message: string; help: string }> = {
  approval_not_pending: {
    status: 409,
    message: 'This approval was decided already.',
    help: 'Load it again to see the decision.',
  },
  approval_expired: {
    status: 409,
    message: 'The time to decide has passed.',
    help: 'Ask for the deployment again.',
  },
  approval_statement_version: {
    status: 409,
    message: 'This was asked for before requests bound who has to approve.',
    help: 'Withdraw it and ask for the deployment again.',
  },
  approval_digest_changed: {
    status: 409,
    message: 'What you saw is not what would be approved.',
    help: 'Load the approval again. If a setting of the environment changed, ask for the deployment again.',
  },
  comparison_changed: {
    status: 409,
    message: 'Something that the decision rests on changed since you opened this page.',
    help: 'Read what changed: what runs there or is on its way, other requests, cases, reviews, agents. Then decide again.',
  },
  approval_not_named: {
    status: 403,
    message: 'You are not among those who may approve this.',
    help: 'Have one of the named approvers decide; the request lists them.',
  },
  approval_own_request: {
    status: 403,
    message: 'You asked for this deployment, so somebody else has to approve it.',
    help: 'Have a second person decide, or have an organization admin allow self-approval in this environment.',
  },
  approval_already_given: {
    status: 409,
    message: 'You said yes already; a person counts once.',
    help: 'Wait for the others, or take your yes back.',
  },
  approval_issuers_request: {
    status: 403,
    message:
      'A sign-in link that was issued in the page ties the two sides of this decision together.',
    help: 'Sign in by a link that was issued on the host, or have somebody else decide.',
  },
  approval_same_hands: {
    status: 403,
    message:
      'A sign-in link that was issued in the page ties you to somebody who decided already: together you count as one.',
    help: 'Sign in by a link that was issued on the host, or have somebody else decide.',
  },
  approval_second_person_not_proven: {
    status: 403,
    message: 'This install needs two people here who are both proven.',
    help: 'Both sign in by a link that was issued on the host (npm run -s admin -- sign-in-link ADDRESS), then ask for the deployment again.',
  },
  break_glass_not_allowed: {
    status: 403,
    message: 'When this was asked for, the environment did not allow one person to decide alone.',
    help: 'Have the approvers decide. What the environment allows from now on holds for later requests.',
  },
  break_glass_own_allowance: {
    status: 403,
    message: 'You allowed breaking the glass in this environment, so somebody else has to do it.',
    help: 'Have another operator break it, or have the approvers decide.',
  },
  break_glass_not_used: {
    status: 409,
    message: 'Nobody broke the glass here; there is nothing to review.',
    help: 'Look at who decided instead.',
  },
  break_glass_reviewed: {
    status: 409,
    message: 'This was reviewed already; a review stays as it was written.',
    help: 'Load it again to read the review.',
  },
  break_glass_own_review: {
    status: 403,
    message: 'Somebody else than who asked and who decided has to review this.',
    help: 'Have a second person review it.',
  },
  approval_not_yours_to_revoke: {
    status: 403,
    message: 'You neither approved this nor administer the environment.',
    help: 'Ask somebody who approved it, or a project admin. Whoever operates here can withdraw the deployment.',
  },
  approval_nothing_to_revoke: {
    status: 409,
    message: 'There is no yes of yours and no grant that could be revoked.',
    help: 'Deny what is pending. What is active is stopped or rolled back instead.',
  },
};

export function refusedBy(code: ApprovalRefusal): ByteorError {
  const { status, message, help } = WORDS[code];
  return new ByteorError(status, code, message, { help });
}
