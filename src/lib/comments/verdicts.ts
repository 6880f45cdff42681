import type { Outputs } from '$lib/api';
import type { Tone } from '$lib/ui/Badge.svelte';
import type { IconName } from '$lib/ui/icons';

export type Reviews = Outputs['reviews']['get'];
export type ReviewThread = Reviews['threads'][number];
export type ReviewComment = ReviewThread['replies'][number];
export type FinishedReview = Reviews['reviews'][number];
export type Verdict = FinishedReview['verdict'];

/** How a verdict is named and shown, wherever one is. */
export const verdicts: Record<Verdict, { label: string; tone: Tone; icon: IconName }> = {
  fine: { label: 'Fine', tone: 'ok', icon: 'check' },
  changes_wanted: { label: 'Changes wanted', tone: 'warn', icon: 'warning' },
  comment: { label: 'Comment', tone: 'neutral', icon: 'comment' },
};

/** Threads that nobody resolved. */
export const openThreads = (threads: readonly ReviewThread[]): ReviewThread[] =>
  threads.filter((thread) => thread.resolved === null);
