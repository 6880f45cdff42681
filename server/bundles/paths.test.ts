import { expect, it } from 'vitest';
import type { ConfigBundle } from './config.ts';
import { pathsOf } from './paths.ts';

const config = (input: string, output: string) =>
  ({
    ingress: { path: input },
    egress: { path: output },
    reject: { path: '/data/rejected.log' },
  }) as unknown as ConfigBundle;

it('names the file of each boundary, where the spec is asked for them', () => {
  const paths = pathsOf(config('/data/in.log', '/data/{boundary}.log'), () => ({
    ingresses: ['in'],
    egresses: ['alerts', 'all'],
  }));
  expect(paths.map(({ path, writes }) => `${writes ? 'writes' : 'reads'} ${path}`)).toEqual([
    'reads /data/in.log',
    'writes /data/alerts.log',
    'writes /data/all.log',
    'writes /data/rejected.log',
  ]);
  expect(pathsOf(config('/in', '/data/{boundary}.log'))[1]?.path).toBe('/data/{boundary}.log');
});

it('asks for no spec where no path has the placeholder', () => {
  const never = () => {
    throw new Error('asked');
  };
  expect(pathsOf(config('/in', '/out'), never)).toHaveLength(3);
});
