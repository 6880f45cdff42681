export interface BrokenGlass {
  breakGlass: boolean;
  reviewVerdict: 'justified' | 'unjustified' | null;
}

/** The mark of what one person decided alone: what a second one found, or that nobody looked yet. */
export function brokenGlass(approval: BrokenGlass | null) {
  return approval?.breakGlass ? (approval.reviewVerdict ?? ('not_reviewed' as const)) : null;
}
