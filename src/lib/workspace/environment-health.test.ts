import { expect, it } from 'vitest';
import type { Health } from '$lib/deployments/health';
import { lookOfEnvironment } from './environment-health';

const health = (kind: Health['kind']): Health => ({
  kind,
  since: null,
  running: 0,
  finished: 0,
  of: 1,
  troubles: [],
});

it('is as bad as the worst of what is wanted there', () => {
  const running = health('running');
  expect(lookOfEnvironment([null])).toMatchObject({ tone: 'neutral', words: 'nothing runs' });
  expect(lookOfEnvironment([running, null])).toMatchObject({ tone: 'ok', words: 'all as desired' });
  expect(lookOfEnvironment([running, health('degraded')])).toMatchObject({
    tone: 'warn',
    words: '1 deployment needs a look',
  });
  expect(
    lookOfEnvironment([health('unproved'), health('not_running'), health('not_running')]),
  ).toMatchObject({ tone: 'danger', words: '2 deployments not running' });
});

it('waiting and starting are no trouble', () => {
  expect(lookOfEnvironment([health('standing_by')]).words).toBe('nothing runs');
  expect(lookOfEnvironment([health('starting'), null]).words).toBe('starting');
});
