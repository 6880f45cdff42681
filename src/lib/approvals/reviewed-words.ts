import type { Outputs } from '$lib/api';
import { verdicts } from '$lib/comments/verdicts';

type Reviewed = Pick<Outputs['approvals']['get'], 'reviews' | 'openThreads'>;

/** `Jonas Weber reviewed all 10 changes: fine`; an author's own review says so. */
export function reviewLines({ reviews }: Pick<Reviewed, 'reviews'>): string[] {
  return reviews.map(({ person, verdict, viewed, total, isAuthor }) => {
    const what =
      total === 0
        ? 'it'
        : viewed >= total
          ? `all ${total} changes`
          : `${viewed} of ${total} changes`;
    const own = isAuthor ? ', as an author' : '';
    return `${person.name} reviewed ${what}${own}: ${verdicts[verdict].label.toLowerCase()}`;
  });
}

/** All of it in one line. */
export function reviewedWords({ reviews, openThreads }: Reviewed): string {
  const lines = reviews.length === 0 ? ['nobody reviewed it'] : reviewLines({ reviews });
  if (openThreads > 0) {
    lines.push(`${openThreads} open ${openThreads === 1 ? 'thread' : 'threads'}`);
  }
  return lines.join('; ');
}
