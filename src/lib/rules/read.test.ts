import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ruleHref } from './href';
import { rulePages } from './read.server';

const paragraphs = rulePages.flatMap((page) => page.paragraphs);

test('every code of the generated index has a paragraph on the page, where links lead', () => {
  const index = readFileSync('docs/spec/diagnostics.md', 'utf8');
  const codes = [...index.matchAll(/^\| \[`([EWHA]_[A-Z0-9_]+)`\]/gmu)].map((match) => match[1]);
  expect(codes.length).toBeGreaterThan(100);
  expect(paragraphs.map((one) => one.code)).toEqual(codes);
  expect(ruleHref('E_PLAN_CYCLE')).toBe('/rules#e_plan_cycle');
});

test('every file of rules is a topic of the page', () => {
  const files = readdirSync('docs/spec/rules').filter((name) => name !== 'README.md');
  expect(rulePages.map((page) => `${page.name}.md`).sort()).toEqual(files.sort());
});

test('a paragraph has its facts, its prose, and its examples marked as bad and good', () => {
  const cycle = paragraphs.find((one) => one.code === 'E_PLAN_CYCLE');
  expect(cycle).toMatchObject({
    rule: 'R-PLAN-CYCLE',
    severity: 'error',
    phase: 'semantic',
    arguments: ['cycle'],
  });
  expect(cycle?.html).toContain('<figure class="example bad">');
  expect(cycle?.html).toContain('<figure class="example good">');
  expect(cycle?.html).toContain('in -&gt; parse -&gt; mask');
  expect(cycle?.html).not.toContain('severity');
});

test('nothing of a text becomes markup that the Markdown doesn’t mean', () => {
  for (const one of paragraphs) expect(one.html).not.toMatch(/<script|<img|onerror|javascript:/u);
});
