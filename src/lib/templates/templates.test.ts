import { describe, expect, test } from 'vitest';
import { misfit, outcomeOf, runOf, type CasePlan } from '$lib/cases/outcome';
import { readCaseText, writeCases } from '$lib/cases/text';
import { compilerInProcess } from '$lib/compiler/in-process.testing';
import type { ExecutionTarget } from '$lib/compiler/types';
import { keptRefusal } from '$lib/document/cases';
import { recordBytes } from '$lib/document/records';
import { runOnceInProcess } from '$lib/run/in-process.testing';
import { contentOf, templates, type Template } from './templates';

/** A plan that is made for a ring runs as a lane graph, too. */
const targetsOf = ({ target }: Template): ExecutionTarget[] =>
  target === 'single_ring' ? ['single_ring', 'lane_graph'] : ['lane_graph'];

const runs = templates.flatMap((template) =>
  targetsOf(template).map((target) => ({ id: template.id, target, template })),
);

async function lowered({ text }: Template, target: ExecutionTarget) {
  const { report, diagnostics } = await compilerInProcess.call('lower', { text, target });
  const { graph } = await compilerInProcess.call('compile', { text, target });
  if (!report) throw new Error(diagnostics[0]?.message ?? 'no spec');
  const plan: CasePlan = { target, boundaries: graph.boundaries, connections: graph.connections };
  return { spec: report.spec_kv, plan, graph, diagnostics };
}

test('there are at least ten, each with its own id, title and words', () => {
  expect(templates.length).toBeGreaterThanOrEqual(10);
  for (const part of ['id', 'title', 'sentence', 'about', 'text'] as const)
    expect(new Set(templates.map((template) => template[part])).size).toBe(templates.length);
});

describe.each(runs)('$id as $target', ({ template, target }) => {
  test('compiles without any complaint, and is formatted', async () => {
    const { diagnostics, graph } = await lowered(template, target);
    expect(diagnostics.filter(({ severity }) => severity !== 'hint')).toEqual([]);
    expect(graph.name).toBe(template.id);
    expect(graph.description).not.toBeNull();
    const { edits } = await compilerInProcess.call('format', { text: template.text });
    expect(edits).toEqual([]);
  });

  test('has samples for its ingresses, of which something comes out everywhere', async () => {
    const { spec, plan } = await lowered(template, target);
    const ids = plan.boundaries.filter(({ kind }) => kind === 'ingress').map(({ id }) => id);
    expect(Object.keys(template.samples).sort()).toEqual(ids.sort());
    for (const { records } of Object.values(template.samples)) {
      expect(records.length).toBeGreaterThanOrEqual(10);
      for (const record of records) expect(recordBytes(record)?.length).toBeLessThanOrEqual(256);
    }
    const input = Object.fromEntries(ids.map((id) => [id, template.samples[id]?.records ?? []]));
    const { options } = runOf({ name: '', input, expected: {} }, plan);
    const answer = await runOnceInProcess(spec, input, options);
    expect(answer).toMatchObject({ finished: true, failure: null });
    const egresses = plan.boundaries.filter(({ kind }) => kind === 'egress').map(({ id }) => id);
    for (const id of egresses) expect(answer.outputs[id]?.length, id).toBeGreaterThan(0);
  });

  test('keeps at least three cases', async () => {
    const { spec, plan } = await lowered(template, target);
    const cases = Object.values(template.cases);
    expect(cases.length).toBeGreaterThanOrEqual(3);
    for (const one of cases) {
      expect(misfit(one, plan), one.name).toBeNull();
      const { input, options } = runOf(one, plan);
      const answer = await runOnceInProcess(spec, input, options);
      expect(outcomeOf(one, answer, plan), one.name).toEqual({ kind: 'passes' });
    }
  });
});

test.each(templates)(
  '$id is a draft’s content, whose cases are written as they stand',
  (template) => {
    const { cases, samples } = contentOf(template);
    expect(keptRefusal(cases, samples)).toBeNull();
    expect(readCaseText(writeCases(Object.values(cases)))).toEqual(Object.values(cases));
  },
);

test('a case of a template fails where its plan is changed', async () => {
  const template = templates.find(({ id }) => id === 'mask_people');
  if (!template) throw new Error('the template is gone');
  const text = template.text.replace('=***"', '=x"');
  const { spec, plan } = await lowered({ ...template, text }, 'single_ring');
  const one = template.cases['case_1'];
  if (!one) throw new Error('the case is gone');
  const { input, options } = runOf(one, plan);
  const outcome = outcomeOf(one, await runOnceInProcess(spec, input, options), plan);
  expect(outcome).toMatchObject({
    kind: 'fails',
    difference: { egress: 'out', record: 1, kind: 'differs', offset: 9 },
  });
});
