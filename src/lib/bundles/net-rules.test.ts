import { describe, expect, it } from 'vitest';
import { netProblem, placesIn } from './net-rules';

const says = (...allowedNet: string[]) => [{ name: 'edge', allowedNet }];
const reaches = (written: string, ...rules: string[]) =>
  netProblem(written, says(...rules)) === undefined;

describe('an address and the rules of the agents', () => {
  it('is found in URLs and in lists of servers', () => {
    expect(placesIn('postgres://db.example:5432/x?y')).toEqual([
      { host: 'db.example', port: 5432 },
    ]);
    expect(placesIn('A.example:9092,[::1]:9093')).toEqual([
      { host: 'a.example', port: 9092 },
      { host: '::1', port: 9093 },
    ]);
    expect(placesIn('https://a.example')).toEqual([{ host: 'a.example', port: null }]);
    expect(placesIn('')).toEqual([]);
  });

  it('is refused where it is surely outside of all of them', () => {
    expect(reaches('redis://10.1.2.3:6379', '10.0.0.0/8')).toBe(true);
    expect(reaches('redis://11.1.2.3:6379', '10.0.0.0/8')).toBe(false);
    expect(reaches('redis://10.1.2.3:6379', '10.1.2.3/32:6380')).toBe(false);
    expect(reaches('redis://10.1.2.3', '10.1.2.3/32:6380')).toBe(true);
    expect(reaches('https://a.example/x', 'b.example')).toBe(false);
    expect(reaches('https://A.example/x', 'a.example:443')).toBe(true);
    expect(reaches('10.0.0.1:1,11.0.0.1:1', '10.0.0.0/8')).toBe(false);
    expect(reaches('redis://[::1]:6379', '127.0.0.1/32')).toBe(false);
    expect(reaches('redis://[::1]:6379', '[::1/128]')).toBe(true);
  });

  it('isn’t judged where only the host can tell', () => {
    expect(reaches('https://a.example', '10.0.0.0/8')).toBe(true);
    expect(reaches('what is this', 'a.example')).toBe(true);
  });

  it('waits for an agent that says what it allows, and is fine where one allows it', () => {
    expect(netProblem('redis://10.1.2.3', [])).toBeUndefined();
    expect(netProblem('redis://10.1.2.3', [{ name: 'old', allowedNet: null }])).toBeUndefined();
    const two = [...says(), { name: 'other', allowedNet: ['10.0.0.0/8'] }];
    expect(netProblem('redis://10.1.2.3', two)).toBeUndefined();
    expect(netProblem('redis://10.1.2.3', says())).toContain('no address at all');
    expect(netProblem('redis://10.1.2.3', says('a.example'))).toContain('only a.example');
  });
});
