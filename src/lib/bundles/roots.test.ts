import { describe, expect, it } from 'vitest';
import { rootProblem } from './roots';

describe('a path and the folders that agents allow', () => {
  it('is fine under one of them', () => {
    expect(rootProblem('/data/in.log', ['/srv', '/data'])).toBeUndefined();
    expect(rootProblem('/data/in.log', ['/data/'])).toBeUndefined();
  });

  it('isn’t under a folder whose name only begins the same', () => {
    expect(rootProblem('/database/in.log', ['/data'])).toContain('/data');
  });

  it('isn’t the folder itself', () => {
    expect(rootProblem('/data/', ['/data'])).toBeDefined();
  });

  it('waits for agents, and leaves relative paths to the compiler', () => {
    expect(rootProblem('/tmp/x', [])).toBeUndefined();
    expect(rootProblem('in.log', ['/data'])).toBeUndefined();
  });
});
