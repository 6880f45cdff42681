import { expect, it } from 'vitest';
import { mixedWords } from './strip';

const runs = { runs: true, silent: false, instead: null };
const on = (version: number, silent = false) => ({ runs: false, silent, instead: { version } });

it('agents that run another deployment are counted with it, and silent ones with none', () => {
  expect(mixedWords([runs, runs, on(12), on(12, true)], 'v14')).toBe(
    'v14 on 2, v12 on 1, 1 silent',
  );
  expect(mixedWords([on(12), on(11)], 'v14')).toBe('v12 on 1, v11 on 1');
  expect(mixedWords([runs, on(14)], 'v14')).toBe('v14 on 1, another v14 on 1');
});

it('says nothing where no agent is heard to run another one', () => {
  expect(mixedWords([runs, on(12, true)], 'v14')).toBeUndefined();
  expect(mixedWords([runs], 'v14')).toBeUndefined();
});
