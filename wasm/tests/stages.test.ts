// The cases of the stages, by the WebAssembly that the page runs: the same outcomes as natively.
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { TryAnswer, TryOutcome, TryRequest } from '../../src/lib/compiler/types.ts';
import * as wasm from '../stages/pkg/byteor_stages_wasm.js';

wasm.initSync({
  module: readFileSync(new URL('../stages/pkg/byteor_stages_wasm_bg.wasm', import.meta.url)),
});

type Answer = { ok: true; value: TryAnswer } | { ok: false; error: { code: string; args: object } };

const run = (request: TryRequest): Answer =>
  JSON.parse(wasm.run(JSON.stringify(request))) as Answer;

interface Case {
  title: string;
  blocks: Map<string, string[]>;
}

const folder = new URL('../../crates/byteor-pipeline-stages/tests/cases/', import.meta.url);

/** The cases of a file: a heading each, with its fenced blocks. */
function casesOf(text: string): Case[] {
  const cases: Case[] = [];
  let open: string[] | null = null;
  for (const line of text.split('\n')) {
    if (open) {
      if (line === '```') open = null;
      else open.push(line);
    } else if (line.startsWith('## ')) cases.push({ title: line.slice(3), blocks: new Map() });
    else if (line.startsWith('```')) {
      open = [];
      cases.at(-1)?.blocks.set(line.slice(3), open);
    }
  }
  return cases;
}

function lineOf(outcome: TryOutcome): string {
  const by = (outcome.stage ?? -1) + 1;
  if (outcome.fate === 'out') return outcome.out?.text ? `= ${outcome.out.text}` : '=';
  if (outcome.fate === 'dropped') return `- dropped by ${by}`;
  return `! rejected by ${by}${outcome.too_large > 0 ? `, ${outcome.too_large} bytes` : ''}`;
}

for (const file of readdirSync(folder)) {
  describe(file, () => {
    for (const { title, blocks } of casesOf(readFileSync(new URL(file, folder), 'utf8'))) {
      it(title, () => {
        const answer = run({
          keys: blocks.get('keys') ?? [],
          records: blocks.get('in') ?? [],
          escaped: true,
          record_bytes: Number(blocks.get('bytes')?.[0] ?? 256),
          secrets: (blocks.get('secrets') ?? []).map((line) => {
            const at = line.indexOf('=');
            return { name: line.slice(0, at), value: line.slice(at + 1) };
          }),
        });
        expect(answer.ok && answer.value.outcomes.map(lineOf)).toEqual(blocks.get('out'));
      });
    }
  });
}

describe('trying stages', () => {
  const plain = { escaped: false, record_bytes: 256, secrets: [] };

  it('shows text as it is, and escapes where it must', () => {
    const answer = run({ ...plain, keys: ['prefix:\\'], records: ['{"a":"ä\\n"}', 'a\tb'] });
    expect(answer.ok && answer.value.outcomes.map(({ out }) => out)).toEqual([
      { text: '\\{"a":"ä\\n"}', escaped: false },
      { text: '\\\\a\\tb', escaped: true },
    ]);
  });

  it('names the stage whose key or secret is missing', () => {
    const answer = run({ ...plain, keys: ['trim', 'json_hash:a=hmac_sha256:pii'], records: [] });
    expect(answer).toMatchObject({
      ok: false,
      error: { code: 'E_STAGE_SECRET', args: { stage: '1' } },
    });
  });
});
