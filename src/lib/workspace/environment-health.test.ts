import { describe, expect, it } from 'vitest';
import { healthOf, proofOf, type PartFacts } from '$server/domain/deployments/health';
import { DEPLOYMENT_STATES } from '$server/domain/deployments/machine';
import type { Course } from '$lib/deployments/health';
import { lookOfEnvironment } from './environment-health';
import { runsWords, SLOT_KINDS, slotsOf, type SlotDeployment } from './slot-state';

const now = new Date('2026-11-29T10:00:00Z');
const before = (seconds: number) => new Date(now.getTime() - seconds * 1000);

/** What one agent may have said of its part, by what that proves; as the rows of the database say it. */
const PARTS = {
  running: { desired: 'run', runningSince: before(50) },
  'running and strained': {
    desired: 'run',
    runningSince: before(50),
    pressed: [{ lane: 'ring', kind: 'full', since: before(40), dropped: 0 }],
  },
  'running and standing by': { desired: 'fallback', runningSince: before(50) },
  finished: { desired: 'run', finishedAt: before(9) },
  starting: { desired: 'run' },
  'standing by': { desired: 'fallback' },
  crashed: { desired: 'run', attempt: { phase: 'starting', code: 'E_CRASH' } },
  refused: { desired: 'run', attempt: { phase: 'refused', code: 'E_NO' } },
  drifted: { desired: 'run', drift: { epoch: 1, since: before(9) } },
  silent: { desired: 'run', runningSince: before(50), lastHeartbeatAt: before(3600) },
  'silent and unwanted': {
    desired: 'stop',
    runningSince: before(50),
    lastHeartbeatAt: before(3600),
  },
  decommissioned: { desired: 'run', decommissionedAt: before(9) },
  stopping: { desired: 'stop', runningSince: before(50) },
  'not wanted': { desired: 'stop' },
  'not told yet': { desired: null },
} satisfies Record<string, object>;
type Part = keyof typeof PARTS;
const ALL = Object.keys(PARTS) as Part[];
const AGENTS = ['edge-1', 'edge-2'] as const;

function factsOf(part: Part, agentName: string): PartFacts {
  const { attempt, ...facts } = PARTS[part] as { attempt?: object };
  return {
    agentId: agentName,
    agentName,
    lastHeartbeatAt: before(1),
    decommissionedAt: null,
    desired: null,
    desiredAt: before(60),
    runningSince: null,
    runningReportedAt: before(1),
    finishedAt: null,
    lastWords: [],
    drift: null,
    pressed: [],
    ...facts,
    attempt: attempt
      ? { message: null, at: before(5), tries: 1, nextTryAt: null, ...attempt }
      : null,
  } as PartFacts;
}

function deployment(number: number, parts: readonly Part[], change: Partial<SlotDeployment> = {}) {
  const health = healthOf(
    parts.map((part, at) => factsOf(part, AGENTS[at] ?? '')),
    now,
  );
  return {
    id: `d${number}`,
    slot: 'orders',
    state: 'active',
    version: { id: `v${number}`, number },
    bundle: { id: `b${number}`, number },
    health: [{ afterMs: 0, health }] as unknown as Course,
    held: false,
    ...change,
  } satisfies SlotDeployment;
}

const lookOf = (deployments: readonly SlotDeployment[]) =>
  lookOfEnvironment(slotsOf(deployments, 0));
const wordsOf = (...deployments: SlotDeployment[]) => lookOf(deployments).words;

describe('an environment', () => {
  it('is as bad as the worst of what is wanted there', () => {
    const [fine, hurt, down] = [
      deployment(1, ['running']),
      deployment(2, ['running', 'silent'], { slot: 'hurt' }),
      deployment(3, ['crashed'], { slot: 'down' }),
    ];
    expect(lookOf([fine])).toMatchObject({ tone: 'ok', words: 'all as desired' });
    expect(lookOf([fine, hurt])).toMatchObject({
      tone: 'warn',
      words: '1 deployment needs a look',
    });
    expect(lookOf([fine, hurt, down])).toMatchObject({
      tone: 'danger',
      words: '1 deployment not running',
    });
  });

  it('says which agents run which version once a person left a rollout', () => {
    const older = deployment(1, ['not wanted', 'running']);
    const left = deployment(2, ['running', 'not wanted'], { state: 'failed' });
    expect(wordsOf(left, older)).toBe('orders: v2 on edge-1, v1 on edge-2');
    expect(wordsOf({ ...left, state: 'deploying' }, older)).toBe(
      'orders: v2 on edge-1, v1 on edge-2; more follow',
    );
    const [there, here] = [
      { ...left, slot: 'more' },
      { ...older, slot: 'more' },
    ];
    expect(wordsOf(left, older, there, here)).toBe('2 slots run more than one version');
    // The same program once more is one program, with another bundle it is another.
    expect(wordsOf({ ...left, version: older.version, bundle: older.bundle }, older)).toBe(
      'all as desired',
    );
    expect(wordsOf({ ...left, version: older.version }, older)).toBe(
      'orders: v1 with bundle 2 on edge-1, v1 with bundle 1 on edge-2',
    );
  });

  it('waiting, starting, stopping and stopped are no trouble, and none of them is as desired', () => {
    expect(wordsOf(deployment(1, ['standing by']))).toBe('nothing runs');
    expect(wordsOf(deployment(1, ['starting']))).toBe('starting');
    expect(wordsOf(deployment(1, ['stopping']))).toBe('slot orders is stopping');
    expect(wordsOf(deployment(1, ['not wanted'], { held: true }))).toBe('slot orders is stopped');
    expect(wordsOf(deployment(1, ['not wanted']))).toBe('nothing runs');
    expect(wordsOf()).toBe('nothing runs');
  });
});

describe('every state that can hold a slot: two deployments on two agents, whatever each says', () => {
  const proves = (part: Part) => proofOf(factsOf(part, ''), now);
  // An agent runs at most one of a slot, and is wanted to run at most one.
  const possible = ALL.flatMap((newer) =>
    ALL.flatMap((older) => {
      const both = [PARTS[newer], PARTS[older]] as {
        desired: string | null;
        runningSince?: Date;
      }[];
      const runs = both.filter(({ runningSince }) => runningSince).length;
      const wanted = both.filter(({ desired }) => desired === 'run').length;
      return runs > 1 || wanted > 1 ? [] : [[newer, older] as const];
    }),
  );
  const states = DEPLOYMENT_STATES.filter((state) =>
    ['deploying', 'active', 'failed', 'rolling_back'].includes(state),
  );
  const cases = possible.flatMap((one) =>
    possible.flatMap((two) => states.map((state) => ({ parts: [one, two], state }))),
  );
  const seen = new Set<string>();

  const wrong: string[] = [];
  /** An assertion each of some ten thousand would take longer than all that is asserted. */
  const expectThat = (holds: boolean, law: string, what: string) => {
    if (!holds) wrong.push(`${law}: ${what}`);
  };

  it('claims only what all of its agents prove', () => {
    for (const { parts, state } of cases) {
      const newer = deployment(2, [parts[0]?.[0], parts[1]?.[0]] as Part[], { state });
      const older = deployment(1, [parts[0]?.[1], parts[1]?.[1]] as Part[]);
      const [slot] = slotsOf([newer, older], 0);
      if (!slot) throw new Error('no slot');
      seen.add(slot.kind);
      const look = lookOf([newer, older]);
      const what = `${parts.flat().join(', ')}, ${state}: ${look.words}`;
      const proofs = parts.flat().map(proves);
      const runs = parts.flatMap((pair, agent) =>
        pair.flatMap((part, at) =>
          ['running', 'stopping'].includes(proves(part).kind)
            ? [{ agent: AGENTS[agent] ?? '', version: 2 - at }]
            : [],
        ),
      );
      // Each agent that was heard to run something stands with what it runs, and nobody else.
      for (const version of [2, 1]) {
        const said = slot.runs.find(({ name }) => name === `v${version}`)?.on ?? [];
        const heard = runs.filter((one) => one.version === version).map(({ agent }) => agent);
        expectThat(said.join() === heard.join(), 'an agent stands with what it runs', what);
      }
      if (look.tone === 'ok') {
        const bad = ['not_running', 'unproved', 'stopping', 'starting'];
        const fine = !proofs.some(({ kind }) => bad.includes(kind));
        const roomy = !parts.flat().includes('running and strained');
        expectThat(fine && roomy && slot.programs === 1, 'as desired is of all', what);
      }
      if (proofs.some(({ kind }) => kind === 'not_running' || kind === 'unproved')) {
        expectThat(look.tone === 'warn' || look.tone === 'danger', 'trouble is told', what);
      }
      if (slot.kind === 'mixed' || slot.kind === 'moving') {
        const told = look.words.includes(runsWords(slot.runs));
        expectThat(told, 'two versions are told with their agents', what);
      }
      const still = /nothing runs|is stopped/.test(look.words);
      expectThat(runs.length === 0 || !still, 'what runs is told', what);
    }
    expect(cases.length).toBeGreaterThan(10_000);
    expect(wrong).toEqual([]);
  });

  it('and is each of them somewhere, but stopped, which is a person’s', () => {
    expect(SLOT_KINDS.filter((kind) => !seen.has(kind))).toEqual(['stopped']);
  });
});
