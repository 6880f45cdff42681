import { describe, expect, it } from 'vitest';
import { reviewedWords, reviewLines } from './reviewed-words';

const review = (more = {}) => ({
  person: { id: '1', name: 'Jonas Weber', proven: true },
  verdict: 'fine' as const,
  viewed: 10,
  total: 10,
  isAuthor: false,
  at: '2026-11-29T00:00:00.000Z',
  ...more,
});

describe('who reviewed it', () => {
  it.each([
    [{}, 'Jonas Weber reviewed all 10 changes: fine'],
    [{ viewed: 3 }, 'Jonas Weber reviewed 3 of 10 changes: fine'],
    [
      { verdict: 'changes_wanted', isAuthor: true },
      'Jonas Weber reviewed all 10 changes, as an author: changes wanted',
    ],
    [{ viewed: 0, total: 0, verdict: 'comment' }, 'Jonas Weber reviewed it: comment'],
  ] as const)('%j', (more, words) => {
    expect(reviewLines({ reviews: [review(more)] })).toEqual([words]);
  });

  it('says that nobody did, and what is still open', () => {
    expect(reviewedWords({ reviews: [], openThreads: 2 })).toBe(
      'nobody reviewed it; 2 open threads',
    );
  });
});
