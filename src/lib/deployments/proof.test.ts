import { describe, expect, it } from 'vitest';
import { listed, proofSentence } from './proof';

const agent = (name: string, kind: string | null, version?: number) => ({
  name,
  instead: version === undefined ? null : { version },
  health: [{ afterMs: 0, health: kind && { kind, troubles: [] } }],
});
const deployment = (state: string, agents: object[]) =>
  ({ slot: 'orders', version: { number: 14 }, state, agents }) as unknown as Parameters<
    typeof proofSentence
  >[0];

describe('the sentence of proof', () => {
  it('says who runs it, who doesn’t and who says nothing', () => {
    const agents = [
      agent('berlin-1', 'running'),
      agent('berlin-2', 'running'),
      agent('madrid-1', 'not_running'),
      agent('madrid-2', 'unproved'),
    ];
    expect(proofSentence(deployment('deploying', agents), 0)).toBe(
      'As its agents prove it, orders v14 runs on berlin-1 and berlin-2; doesn’t run on madrid-1; nothing proves it on madrid-2, which is silent.',
    );
  });

  it('says what runs in its place where another one does', () => {
    const agents = [agent('berlin-1', 'running'), agent('madrid-1', 'not_running', 12)];
    expect(proofSentence(deployment('deploying', agents), 0)).toBe(
      'As its agents prove it, orders v14 runs on berlin-1; doesn’t run on madrid-1, where v12 runs.',
    );
  });

  it('says what runs where it isn’t wanted, now or yet', () => {
    const agents = [
      agent('berlin-1', 'running'),
      agent('madrid-1', null, 12),
      agent('madrid-2', null, 12),
      // The same once more, and nothing at all.
      agent('madrid-3', null, 14),
      agent('madrid-4', null),
    ];
    expect(proofSentence(deployment('failed', agents), 0)).toBe(
      'As its agents prove it, orders v14 runs on berlin-1; madrid-1 and madrid-2 last proved v12.',
    );
  });

  it('claims nothing of what is silent, or was never told', () => {
    expect(proofSentence(deployment('active', [agent('edge', 'unproved')]), 0)).toBe(
      'Nothing proves that orders v14 runs on edge, which is silent.',
    );
    expect(proofSentence(deployment('pending_approval', [agent('edge', null)]), 0)).toBe(
      'No agent runs orders v14: it is pending approval.',
    );
    expect(proofSentence(deployment('active', [agent('edge', null)]), 0)).toBe(
      'No agent runs orders v14, and none is told to.',
    );
  });
});

it('names are listed as one says them', () => {
  expect([listed([]), listed(['a']), listed(['a', 'b', 'c'])]).toEqual(['', 'a', 'a, b and c']);
});
