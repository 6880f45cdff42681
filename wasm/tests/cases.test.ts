// The Markdown cases of the compiler, through WebAssembly: what runs natively in
// crates/byteor-pipeline/tests/cases.rs gives the same here.
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Diagnostic, ExecutionTarget } from '../../src/lib/compiler/types';
import { Refusal, applyEdits, diff, format, lower } from './compiler';

const folder = new URL('../../crates/byteor-pipeline/tests/cases/', import.meta.url);

interface Block {
  word: string;
  content: string;
  title: string;
}

function blocks(text: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  let title = '';
  for (const line of text.split(/(?<=\n)/)) {
    if (open) {
      if (line.startsWith('```')) {
        blocks.push(open);
        open = undefined;
      } else open.content += line;
    } else if (line.startsWith('```')) {
      open = { word: line.slice(3).trim(), content: '', title };
    } else if (line.startsWith('#')) {
      title = line.replace(/^#+ /, '').trim();
    }
  }
  return blocks;
}

function diagnosticsText(diagnostics: Diagnostic[]): string {
  return diagnostics
    .map(({ range, code, message, help, fixes }) => {
      const place = `${range.start_line}:${range.start_column}-${range.end_line}:${range.end_column}`;
      const ways = fixes.map((fix) => `  fix: ${fix.title}\n`).join('');
      return `${place} ${code} ${message}\n${help === null ? '' : `  help: ${help}\n`}${ways}`;
    })
    .join('');
}

function answer(word: string, plans: string[], target: ExecutionTarget): string | undefined {
  const text = plans.at(-1) ?? '';
  const { diagnostics, report } = lower(text, target);
  switch (word) {
    case 'diagnostics':
      return diagnosticsText(diagnostics);
    case 'kv':
      return report?.spec_kv ?? 'none\n';
    case 'hash':
      return report ? `${report.spec_hash}\n` : 'none\n';
    case 'describe':
      return report?.describe ?? 'none\n';
    case 'dot':
      return report?.dot ?? 'none\n';
    case 'capabilities':
      return report ? `${report.capabilities.join(' ')}\n` : 'none\n';
    case 'actions':
      return report ? diagnosticsText(report.actions) : 'none\n';
    case 'formatted':
      return format(text).text;
    case 'diff':
      try {
        return diff({ text: plans.at(-2) ?? '', target }, { text, target }).text;
      } catch (error) {
        if (error instanceof Refusal) return `${error.message}\n`;
        throw error;
      }
  }
  if (!word.startsWith('fix ')) return undefined;
  const fix = diagnostics
    .flatMap(({ fixes }) => fixes)
    .find(({ title }) => title === word.slice(4));
  return fix && applyEdits(text, fix.edits);
}

for (const file of readdirSync(folder).sort()) {
  describe(file, () => {
    let target: ExecutionTarget = 'single_ring';
    const plans: string[] = [];
    for (const block of blocks(readFileSync(new URL(file, folder), 'utf8'))) {
      if (block.word === 'target') target = block.content.trim() as ExecutionTarget;
      else if (block.word === 'plan') plans.push(block.content);
      else {
        const [sources, toward] = [plans.slice(-2), target];
        it(`gives the same for "${block.title}": ${block.word}`, () => {
          expect(answer(block.word, sources, toward)).toBe(block.content);
        });
      }
    }
  });
}
