import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { TrialStep } from '../compiler/types.ts';
import { refusalHelp, sidesOf, stepTitle, verdictOf, whyNoTrial } from './trial.ts';

const step = (side: string, name: string, state: TrialStep['state'] = 'worked'): TrialStep => ({
  side,
  step: name,
  state,
  millis: 1,
  message: 'words',
});

it('shows each side by itself, in the order of the steps', () => {
  const sides = sidesOf([
    step('source', 'resolve'),
    step('sink', 'open'),
    step('source', 'connect'),
  ]);
  expect(sides.map(({ title, steps }) => [title, steps.map(stepTitle)])).toEqual([
    ['Where records come from', ['Look up the name', 'Connect']],
    ['Where records go', ['Open the file']],
  ]);
});

it('says what came of it with the sum', () => {
  const worked = step('source', 'open');
  expect(verdictOf([worked, worked])).toEqual({ tone: 'ok', title: 'All 2 steps worked' });
  expect(verdictOf([worked, step('sink', 'authenticate', 'held_back')])).toEqual({
    tone: 'warn',
    title: '1 of 2 steps worked, 1 held back',
  });
  const all = [
    worked,
    step('sink', 'connect', 'failed'),
    step('sink', 'authenticate', 'held_back'),
  ];
  expect(verdictOf(all)).toEqual({ tone: 'danger', title: '1 of 3 steps failed' });
});

it('says why an agent can’t be asked', () => {
  const agent = { id: 'a', name: 'edge', status: 'online' as const, triesConnections: true };
  expect(whyNoTrial([agent], agent)).toBeUndefined();
  expect(whyNoTrial([], undefined)).toMatch(/No agent/);
  expect(whyNoTrial([agent], undefined)).toBe('Choose an agent.');
  expect(whyNoTrial([agent], { ...agent, status: 'offline' })).toBe('edge isn’t online.');
  expect(whyNoTrial([agent], { ...agent, triesConnections: false })).toMatch(/update it/);
});

it('says what to do about every refusal of a request', () => {
  const source = readFileSync('crates/byteor-policy/src/refusal.rs', 'utf8');
  const codes = [...source.matchAll(/"(E_TRIAL_[A-Z_]+)"/g)].map(([, code = '']) => code);
  expect(codes.length).toBeGreaterThan(4);
  for (const code of codes) expect(refusalHelp(code), code).toMatch(/\.$/);
});
