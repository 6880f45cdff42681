import { expect, it } from 'vitest';
import { compilerInProcess } from '$lib/compiler/in-process.testing';
import { emptyLayout, type Case } from '$lib/document/content';
import { compareRunsInProcess, runOnceInProcess } from '$lib/run/in-process.testing';
import { breaks, casesOfBoth } from './cases-of-both';
import { drawn, type Compared, type PlanSide } from './compare';
import { ingressesOf } from './run-both';
import { recordsOf } from './run-pane.svelte';
import { unite } from './union';

const target = 'lane_graph' as const;

/** Two plans as the page compares them, but compiled in this process. */
async function comparedOf(
  old: { text: string; cases?: Record<string, Case> },
  now: { text: string; cases?: Record<string, Case> },
): Promise<Compared> {
  const side = async (name: string, { text, cases = {} }: typeof old): Promise<PlanSide> => {
    const { report } = await compilerInProcess.call('lower', { text, target });
    if (!report) throw new Error(text);
    return {
      token: name,
      name,
      state: null,
      text,
      target,
      layout: emptyLayout,
      cases,
      samples: { s: { name: 'few', records: ['a', 'b'] } },
      compiled: { specKv: report.spec_kv, specHash: report.spec_hash, compilerVersion: '' },
      version: null,
    };
  };
  const [before, after] = [await side('v1', old), await side('v2', now)];
  const call = ({ text }: PlanSide) => compilerInProcess.call('compile', { text, target });
  const plans = { before: await call(before), after: await call(after) };
  const of = ({ text }: PlanSide) => ({ text, target });
  const diff = await compilerInProcess.call('diff', {
    before: of(before),
    after: of(after),
    of: 'plan',
  });
  const families = await compilerInProcess.call('catalogue', {});
  const union = unite(
    drawn(plans.before, families, target),
    drawn(plans.after, families, target),
    diff,
  );
  return { before, after, plans, diff, ordered: diff.changes, union, layout: emptyLayout };
}

const chain = (key: string, way = 'out', into = 'in') =>
  `pipeline p\ningress ${into}\nstage a "${key}"\negress ${way}\n${into} -> a -> ${way}\n`;
const one = (name: string, record: string, expected: string[], way = 'out', into = 'in'): Case => ({
  name,
  input: { [into]: [record] },
  expected: { [way]: expected },
});

it('judges each case by both versions, and puts first what passed and doesn’t any more', async () => {
  const cases = { keeps: one('Keeps it', 'a', ['A']), loses: one('Loses b', 'b', ['B']) };
  const compared = await comparedOf(
    { text: chain('upper'), cases },
    { text: chain('drop:b'), cases: { ...cases, keeps: one('Keeps it', 'a', ['a']) } },
  );
  const found = await casesOfBoth(compared, runOnceInProcess);
  expect(found.map(({ name, of, before, after }) => [name, of, before.kind, after.kind])).toEqual([
    // One that was changed with the plan: as it was, it breaks; as it is, it is another promise.
    ['Keeps it', 'before', 'passes', 'fails'],
    ['Loses b', 'both', 'passes', 'fails'],
    ['Keeps it', 'after', 'fails', 'passes'],
  ]);
  expect(found.map(breaks)).toEqual([true, true, false]);
});

it('a case of the version before, which has none of it any more, is judged by the one after', async () => {
  const compared = await comparedOf(
    { text: chain('upper'), cases: { gone: one('Gone', 'x', ['X']) } },
    { text: chain('lower') },
  );
  expect(await casesOfBoth(compared, runOnceInProcess)).toMatchObject([
    { id: 'gone', of: 'before', before: { kind: 'passes' }, after: { kind: 'fails' } },
  ]);
});

it('goes with an egress that was renamed', async () => {
  const compared = await comparedOf(
    { text: chain('upper'), cases: { c: one('Case', 'x', ['X']) } },
    { text: chain('upper', 'archive') },
  );
  expect(await casesOfBoth(compared, runOnceInProcess)).toMatchObject([
    { before: { kind: 'passes' }, after: { kind: 'passes' } },
  ]);
});

it('one that speaks of an egress that isn’t there any more can’t run, and says so', async () => {
  const two = `pipeline p\ningress in\nstage a upper\nstage b lower\negress out\negress late\nin -> a -> out\na -> b -> late\n`;
  const cases = { c: { name: 'C', input: { in: ['x'] }, expected: { late: ['x'] } } };
  const compared = await comparedOf({ text: two, cases }, { text: chain('upper') });
  const [found] = await casesOfBoth(compared, runOnceInProcess);
  expect(found?.before.kind).toBe('passes');
  expect(found?.after).toMatchObject({ kind: 'stopped', code: 'case_egress' });
});

it('both are fed at each ingress, also at one that only one of them has', async () => {
  const two = (key: string) =>
    `pipeline p\ningress left\ningress right\nstage a "${key}"\nstage b upper\negress out\negress late\nleft -> a -> out\nright -> b -> late\n`;
  const cases = { c: { name: 'C', input: { right: ['r'] }, expected: { late: ['R'] } } };
  const compared = await comparedOf({ text: two('upper'), cases }, { text: two('prefix:x') });
  expect(ingressesOf(compared).sort()).toEqual(['left', 'right']);
  const [sample, fromCase] = recordsOf(compared);
  expect(sample?.input).toEqual({ left: ['a', 'b'], right: ['a', 'b'] });
  // A case goes in where it says.
  expect(fromCase).toMatchObject({ input: { right: ['r'] }, count: 1 });
  const { before, after } = compared;
  const specs = {
    before: before.compiled?.specKv ?? '',
    after: after.compiled?.specKv ?? '',
  };
  const { egresses } = await compareRunsInProcess(specs, sample?.input ?? {});
  const counts = egresses.map(({ egress, before: old, after: now }) => [egress, old, now]);
  expect(counts.sort()).toEqual([
    ['late', 2, 2],
    ['out', 2, 2],
  ]);
  expect(egresses.find(({ egress }) => egress === 'out')?.first).not.toBeNull();
  expect(egresses.find(({ egress }) => egress === 'late')?.first).toBeNull();
});
