import { describe, expect, it } from 'vitest';
import { stepsAfter, waves } from './steps';

const approval = (
  agents: string[],
  rollout: { first: number; step: number; pauseSeconds: number },
  more: {
    quorum?: number;
    yeses?: { counts: boolean }[];
    alsoThere?: { agents: string[] }[];
  } = {},
) =>
  ({
    agents: agents.map((name) => ({ id: name, name })),
    running: { version: { number: 12 }, provedBy: ['a', 'b'] },
    alsoThere: [],
    environment: { credentialLifetimeMinutes: 60 },
    rules: { rollout },
    quorum: 1,
    yeses: [],
    ...more,
  }) as unknown as Parameters<typeof stepsAfter>[0];

describe('the steps of a rollout', () => {
  it.each([
    [1, { first: 1, step: 1 }, [1]],
    [4, { first: 1, step: 3 }, [1, 3]],
    [4, { first: 1, step: 2 }, [1, 2, 1]],
    [3, { first: 5, step: 1 }, [3]],
    [0, { first: 1, step: 0 }, []],
  ])('of %i agents by %j', (of, rollout, sizes) => {
    expect(waves(of, rollout)).toEqual(sizes);
  });
});

describe('what an approval sets going', () => {
  const titles = (given: Parameters<typeof stepsAfter>[0]) =>
    stepsAfter(given).map(({ title }) => title);

  it('starts one agent first, and the others after it is healthy', () => {
    const steps = stepsAfter(approval(['a', 'b', 'c'], { first: 1, step: 2, pauseSeconds: 300 }));
    expect(steps.map(({ title }) => title)).toEqual([
      'Signed',
      'Bundle built',
      '1 agent first',
      'The other 2',
    ]);
    expect(steps.at(-1)?.text).toBe('b, c after 5 min of health.');
    expect(steps.at(-2)?.text).toBe('a; one that isn’t healthy goes back to v12.');
  });

  it('sends back only who proved that it ran what was there', () => {
    const text = (agents: string[], first: number) =>
      stepsAfter(approval(agents, { first, step: 1, pauseSeconds: 0 })).find(({ title }) =>
        /first$|start it$|starts it$/.test(title),
      )?.text;
    expect(text(['a', 'b'], 2)).toBe('a, b; one that isn’t healthy goes back to v12.');
    expect(text(['c', 'd'], 1)).toBe('c; one that isn’t healthy stops.');
    expect(text(['a', 'c'], 2)).toBe(
      'a, c; one that isn’t healthy goes back to v12, or stops where that isn’t.',
    );
    const rollout = { first: 2, step: 1, pauseSeconds: 0 };
    const mixed = approval(['a', 'c'], rollout, { alsoThere: [{ agents: ['c'] }] });
    expect(stepsAfter(mixed).at(-1)?.text).toBe(
      'a, c; one that isn’t healthy goes back to what it runs now, or stops where nothing does.',
    );
  });

  it('says how many further persons have to say yes', () => {
    const rollout = { first: 1, step: 1, pauseSeconds: 0 };
    expect(titles(approval(['a'], rollout, { quorum: 3, yeses: [{ counts: true }] }))[0]).toBe(
      '1 more yes',
    );
    expect(titles(approval(['a'], rollout, { quorum: 2, yeses: [{ counts: true }] }))[0]).toBe(
      'Signed',
    );
    // A yes of somebody who lost the right is none.
    expect(titles(approval(['a'], rollout, { quorum: 2, yeses: [{ counts: false }] }))[0]).toBe(
      '1 more yes',
    );
  });
});
