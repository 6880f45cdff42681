// Reads the compiler's Markdown cases: prose, a plan, and fenced expectations (format and native
// reader: crates/byteor-pipeline/tests/cases.rs). What asks the compiler is given, so that the same
// reader serves Node and a browser's worker.
import type {
  ApiError,
  Compilation,
  Diagnostic,
  ExecutionTarget,
  Formatted,
  Lowering,
  MergeAnswer,
  MergeChoice,
  SemanticDiff,
  TextAnswer,
  TextEdit,
} from '../../src/lib/compiler/types';

/** A refusal of the compiler, as a case writes it: its message starts with its code. */
export class RefusedText extends Error {
  /** The code, and the code of the rule that a refused spec breaks. */
  readonly codes: string[];

  constructor({ code, message, args }: ApiError, cause: unknown) {
    super(`${code}: ${message}`, { cause });
    this.codes = code === 'E_SPEC_INVALID' && args['code'] ? [code, args['code']] : [code];
  }
}

/** Asks the compiler; throws {@link RefusedText} where it refuses. */
export type Ask = (operation: string, request: object) => Promise<unknown>;

/** One expectation of a case file. */
export interface Expectation {
  /** The heading that it stands under. */
  title: string;
  /** The line of its fence, from 1. */
  line: number;
  /** The word of its fence. */
  word: string;
  /** What it says. */
  expected: string;
  /** What the compiler says. */
  given: (ask: Ask) => Promise<string>;
}

interface Block {
  word: string;
  content: string;
  title: string;
  line: number;
}

export function blocks(text: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  let title = '';
  for (const [at, line] of text.split(/(?<=\n)/).entries()) {
    if (open) {
      if (line.startsWith('```')) {
        blocks.push(open);
        open = undefined;
      } else open.content += line;
    } else if (line.startsWith('```')) {
      open = { word: line.slice(3).trim(), content: '', title, line: at + 1 };
    } else if (line.startsWith('#')) {
      title = line.replace(/^#+ /, '').trim();
    }
  }
  if (open) throw new Error(`line ${open.line}: an open fence`);
  return blocks;
}

/** All expectations of a case file. A fence that nothing here knows is an error, never skipped. */
export function expectations(file: string, text: string): Expectation[] {
  const found: Expectation[] = [];
  let target: ExecutionTarget = 'single_ring';
  const plans: string[] = [];
  let merge: MergeSource = { base: '', ours: '', theirs: '', choose: '' };
  for (const { word, content, title, line } of blocks(text)) {
    const ofMerge = mergeReaders[word];
    if (word === 'target') target = content.trim() as ExecutionTarget;
    else if (word === 'plan') plans.push(content);
    else if (word === 'base') merge = { base: content, ours: '', theirs: '', choose: '' };
    else if (word === 'ours' || word === 'theirs' || word === 'choose')
      merge = { ...merge, [word]: content };
    else if (ofMerge) {
      const source = merge;
      const given = async (ask: Ask) => ofMerge(await merged(ask, source));
      found.push({ title, line, word, expected: content, given });
    } else {
      const reader = readerOf(word);
      if (!reader) throw new Error(`${file}:${line}: nothing here knows the fence \`${word}\``);
      const [before = '', after = ''] = [plans.at(-2), plans.at(-1)];
      const sources = { before: { text: before, target }, source: { text: after, target } };
      found.push({
        title,
        line,
        word,
        expected: content,
        given: (ask) => reader({ ask, ...sources }),
      });
    }
  }
  return found;
}

interface Source {
  text: string;
  target: ExecutionTarget;
}

/** Gives what a fence expects: of the last plan, or of it and the one before. */
type Reader = (asked: { ask: Ask; source: Source; before: Source }) => Promise<string>;

const compile = async (ask: Ask, source: Source) => (await ask('compile', source)) as Compilation;

/** The canonical KV text; null where the plan has errors. */
async function kvText(ask: Ask, source: Source): Promise<string | null> {
  return ((await ask('lower', source)) as Lowering).report?.spec_kv ?? null;
}

/** A reader of what a plan without errors gives. */
function ofReport(read: (report: NonNullable<Compilation['report']>) => string): Reader {
  return async ({ ask, source }) => {
    const { report } = await compile(ask, source);
    return report ? read(report) : 'none\n';
  };
}

/** A reader of a text that an operation makes of the KV. */
function ofKv(operation: string): Reader {
  return async ({ ask, source }) => {
    const kv = await kvText(ask, source);
    return kv === null ? 'none\n' : ((await ask(operation, { kv })) as TextAnswer).text;
  };
}

const readers: Record<string, Reader | undefined> = {
  diagnostics: async ({ ask, source }) => diagnosticsText((await compile(ask, source)).diagnostics),
  kv: ({ ask, source }) => kvText(ask, source).then((kv) => kv ?? 'none\n'),
  hash: ofReport((report) => `${report.spec_hash}\n`),
  describe: ofKv('describe'),
  dot: ofKv('dot'),
  capabilities: ofReport((report) => `${report.capabilities.join(' ')}\n`),
  actions: ofReport((report) => diagnosticsText(report.actions)),
  formatted: async ({ ask, source }) =>
    ((await ask('format', { text: source.text })) as Formatted).text,
};

/** `diff`, `diff plan`, `diff json`, each with a number of changes to list. */
function compared(word: string): Reader {
  const limit = /\d+/.exec(word)?.[0];
  const more = {
    ...(word.includes(' plan') && { of: 'plan' }),
    ...(limit !== undefined && { limit: Number(limit) }),
  };
  return async ({ ask, source, before }) => {
    try {
      const diff = (await ask('diff', { before, after: source, ...more })) as SemanticDiff;
      return word.includes(' json') ? `${JSON.stringify(diff)}\n` : diff.text;
    } catch (error) {
      if (error instanceof RefusedText) return `${error.message}\n`;
      throw error;
    }
  };
}

/** The reader of a fence by its word; nothing for a word that none knows. */
function readerOf(word: string): Reader | undefined {
  if (word.startsWith('fix ')) return fixed(word.slice(4));
  if (word.split(' ')[0] === 'diff') return compared(word);
  return readers[word];
}

/** Three texts, and what is chosen about their conflicts: a conflict and a resolution a line. */
interface MergeSource {
  base: string;
  ours: string;
  theirs: string;
  choose: string;
}

async function merged(ask: Ask, { choose, ...texts }: MergeSource): Promise<MergeAnswer> {
  const open = (await ask('merge', { ...texts, choices: [] })) as MergeAnswer;
  const choices = choose
    .split('\n')
    .filter(Boolean)
    .map((line): MergeChoice => {
      const at = line.indexOf(': ');
      const [id, rest] = [line.slice(0, at), line.slice(at + 2)];
      const conflict = open.conflicts.find((one) => one.id === id);
      if (!conflict) throw new Error(`no conflict is called ${id}`);
      const own = rest.startsWith('text ') ? rest.slice(5) : null;
      const { ours, theirs } = conflict;
      return { id, resolution: own === null ? rest : 'text', text: own, ours, theirs };
    });
  return (await ask('merge', { ...texts, choices })) as MergeAnswer;
}

const mergeReaders: Record<string, ((answer: MergeAnswer) => string) | undefined> = {
  merged: ({ text }) => text,
  conflicts: ({ conflicts }) =>
    conflicts
      .map(({ id, message, chosen, resolutions }) => {
        const ways = resolutions.map(
          ({ name, text }) => `  ${name}: ${(text ?? '(nothing)').replaceAll('\n', ' ⏎ ')}\n`,
        );
        return `${id}: ${message}${chosen === null ? '' : ` [${chosen}]`}\n${ways.join('')}`;
      })
      .join(''),
  incoming: ({ incoming }) =>
    incoming.map(({ change, element }) => `${change} ${element}\n`).join(''),
};

function fixed(title: string): Reader {
  return async ({ ask, source }) => {
    const { diagnostics } = await compile(ask, source);
    const fix = diagnostics.flatMap(({ fixes }) => fixes).find((one) => one.title === title);
    if (!fix) throw new Error(`no fix is called ${title}`);
    return applyEdits(source.text, fix.edits);
  };
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

/** The text after edits, with offsets in UTF-16 units. */
export function applyEdits(text: string, edits: TextEdit[]): string {
  let out = '';
  let at = 0;
  for (const edit of edits) {
    out += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return out + text.slice(at);
}

/** An example of a rule's paragraph (docs/spec/rules): something that gives the code, or does not. */
export interface RuleExample {
  /** The code. */
  code: string;
  /** The line of its fence, from 1. */
  line: number;
  /** Whether it is to give the code. */
  bad: boolean;
  /** The codes that the compiler gives, once for each target that the example is for. */
  given: (ask: Ask) => Promise<string[][]>;
}

/** The examples of a rule page that the package can run; building stage keys is not its business. */
export function ruleExamples(file: string, text: string): RuleExample[] {
  const found: RuleExample[] = [];
  let context = '';
  for (const { word, content, title, line } of blocks(text)) {
    const [kind = '', use, target] = word.split(' ');
    const source = writtenOut(content);
    if (use === 'context') context = source;
    if (use === 'context' || kind === 'key') continue;
    const run = exampleRuns[kind];
    if (!run || (use !== 'bad' && use !== 'good')) {
      throw new Error(`${file}:${line}: nothing here knows the fence \`${word}\``);
    }
    const asked = { source, context, targets: target ? [target] : ['single_ring', 'lane_graph'] };
    found.push({ code: title, line, bad: use === 'bad', given: (ask) => run(ask, asked) });
  }
  return found;
}

type ExampleRun = (
  ask: Ask,
  asked: { source: string; context: string; targets: string[] },
) => Promise<string[][]>;

const exampleRuns: Record<string, ExampleRun | undefined> = {
  plan: (ask, { source, targets }) =>
    Promise.all(
      targets.map(async (target) => {
        const { diagnostics, report } = await compile(ask, {
          text: source,
          target: target as ExecutionTarget,
        });
        return [...diagnostics, ...(report?.actions ?? [])].map(({ code }) => code);
      }),
    ),
  kv: async (ask, { source: kv }) => [await refusals(ask, 'decode', { kv })],
  operation: async (ask, { source, context: text }) => {
    const operation: unknown = JSON.parse(source);
    return [await refusals(ask, 'edit', { text, target: 'single_ring', operation })];
  },
  request: async (ask, { source }) => {
    const [name = '', ...lines] = source.split('\n');
    return [await refusals(ask, name, JSON.parse(lines.join('\n')) as object)];
  },
};

/** The codes of a refusal; none where there is an answer. */
async function refusals(ask: Ask, operation: string, request: object): Promise<string[]> {
  try {
    await ask(operation, request);
    return [];
  } catch (error) {
    if (error instanceof RefusedText) return error.codes;
    throw error;
  }
}

/** Writes out `⟪U+FEFF⟫` and `⟪a×1025⟫`, as xtask/src/rules.rs does. */
function writtenOut(text: string): string {
  return text.replace(/⟪([^⟫]*)⟫/g, (_, inner: string) => {
    const point = /^U\+([0-9A-F]+)$/.exec(inner)?.[1];
    if (point) return String.fromCodePoint(parseInt(point, 16));
    const cross = inner.lastIndexOf('×');
    const times = Number(inner.slice(cross + 1));
    if (cross < 0 || !Number.isInteger(times)) throw new Error(`⟪${inner}⟫ can't be written out`);
    return inner.slice(0, cross).replaceAll('↵', '\n').repeat(times);
  });
}
