import { untrack } from 'svelte';
import { compiler, CompilerError, type CompilerClient } from '$lib/compiler';
import { keptRefusal, withClass } from '$lib/document/cases';
import type { Change } from '$lib/document/change';
import type { Case, DraftContent } from '$lib/document/content';
import type { LocalDrafts } from '$lib/drafts';
import type { OnceAnswer, OnceOptions } from '$lib/run/once';
import { caseDigest, digestedText } from './digest';
import type { Outcome } from './judge';
import { misfit, outcomeOf, runOf, type CasePlan } from './outcome';

/** A case of a draft, and whether it is shared with the draft or stays in this browser. */
export interface KnownCase {
  id: string;
  case: Case;
  shared: boolean;
  /** What came of it last; null before its first run. */
  outcome: Outcome | null;
  /** Whether that was this case on the plan as it is now. */
  current: boolean;
}

/** As much of a session as its cases need. */
export interface CaseSession {
  readonly local: Pick<LocalDrafts, 'cases'>;
  /** The draft's key in this browser. */
  readonly key: string;
  readonly content: DraftContent;
  readonly graph: Pick<CasePlan, 'boundaries' | 'connections'>;
  readonly report: { spec_hash: string } | null;
  readonly upToDate: boolean;
  run(command: { label: string; change: Change; group?: string }): boolean;
}

/** What runs whole plans; tests have no worker. */
export type RunOnce = (
  spec: string,
  input: Readonly<Record<string, readonly string[]>>,
  options?: OnceOptions,
) => Promise<OnceAnswer>;

/** A case that only a page knows, and what it found. */
export interface SeenCase {
  name: string;
  digest: string;
  passes: boolean;
}

interface Judged {
  /** The spec's hash and the case that it belongs to. */
  of: string;
  outcome: Outcome;
}

const runOnceInWorker: RunOnce = async (...given) =>
  (await import('$lib/run/engine')).runOnce(...given);

/**
 * The cases of a draft: those that stay in this browser, beside its copy of the draft, and those that
 * are shared with the draft. All are run again in the background whenever the plan or a case
 * changes; the newest plan wins.
 */
export class CaseBook {
  readonly #session: () => CaseSession;
  readonly #compiler: Pick<CompilerClient, 'call'>;
  readonly #runOnce: RunOnce;
  readonly #unfollow: () => void;
  #local = $state.raw<Readonly<Record<string, Case>>>({});
  #judged = $state.raw<Readonly<Record<string, Judged>>>({});
  #turn = 0;
  /** Whether those of this browser were read. */
  loaded = $state(false);
  /** Why cases can't be read or kept in this browser; null while they can. */
  trouble = $state<string | null>(null);
  running = $state(false);
  /** The case that is looked at. */
  chosen = $state<string | null>(null);

  readonly #cases: readonly Pick<KnownCase, 'id' | 'case' | 'shared'>[] = $derived.by(() => {
    const shared = this.#session().content.cases;
    return [
      ...Object.entries(shared).map(([id, one]) => ({ id, case: one, shared: true })),
      ...Object.entries(this.#local)
        .filter(([id]) => !shared[id])
        .map(([id, one]) => ({ id, case: one, shared: false })),
    ];
  });
  /** What has to be run: equal as long as neither the plan nor a case is another one. */
  readonly #wanted: string | null = $derived.by(() => {
    const hash = this.#hash;
    if (hash === null) return null;
    return [hash, ...this.#cases.map(({ id, case: one }) => `${id} ${digestedText(one)}`)].join(
      '\n',
    );
  });

  readonly all: readonly KnownCase[] = $derived.by(() => {
    const hash = this.#hash;
    return this.#cases.map((known) => {
      const judged = this.#judged[known.id];
      const current =
        judged !== undefined && hash !== null && judged.of === keyOf(hash, known.case);
      return { ...known, outcome: judged?.outcome ?? null, current };
    });
  });
  readonly failing: readonly KnownCase[] = $derived(
    this.all.filter(({ outcome }) => outcome !== null && outcome.kind !== 'passes'),
  );
  readonly current: KnownCase | null = $derived(
    this.all.find(({ id }) => id === this.chosen) ?? this.failing[0] ?? this.all[0] ?? null,
  );

  /** It follows the plan until it is closed. */
  constructor(
    session: () => CaseSession,
    given: { compiler?: Pick<CompilerClient, 'call'>; runOnce?: RunOnce } = {},
  ) {
    this.#session = session;
    this.#compiler = given.compiler ?? compiler();
    this.#runOnce = given.runOnce ?? runOnceInWorker;
    this.#unfollow = $effect.root(() => {
      $effect(() => {
        if (this.#wanted !== null) untrack(() => void this.#run());
      });
    });
  }

  /** The hash of the plan as it is now; null while it has errors, or is being compiled. */
  get #hash(): string | null {
    const { report, upToDate } = this.#session();
    return upToDate ? (report?.spec_hash ?? null) : null;
  }

  async load(): Promise<void> {
    const { local, key } = this.#session();
    try {
      this.#local = { ...(await local.cases.all(key)), ...this.#local };
    } catch (cause) {
      this.trouble = `The cases of this browser can’t be read: ${wordsOf(cause)}`;
    }
    this.loaded = true;
  }

  close(): void {
    this.#turn += 1;
    this.#unfollow();
  }

  /**
   * Makes a case of records of a class: what comes out of them now is what has to. It stays in this
   * browser. Answers why that can't be, or null.
   */
  async keep(name: string, input: Case['input'], recordBytes = 256): Promise<string | null> {
    const one: Case = {
      name: name.slice(0, 120),
      ...{ input, expected: {} },
      ...withClass(recordBytes),
    };
    const outputs = await this.#outputs(one);
    return typeof outputs === 'string' ? outputs : this.add({ ...one, expected: outputs });
  }

  /** What comes out of a case on the plan as it is now, or why that can't be said. */
  async #outputs(one: Case): Promise<Case['expected'] | string> {
    const { content, graph } = this.#session();
    const plan = { ...graph, target: content.target };
    const unfit = misfit({ ...one, expected: {} }, plan);
    if (unfit?.kind === 'stopped') return unfit.message;
    try {
      const { text, target } = content;
      const { report } = await this.#compiler.call('lower', { text, target });
      if (!report) return 'The plan has errors; fix them first.';
      const { input, options } = runOf(one, plan);
      const answer = await this.#runOnce(report.spec_kv, input, options);
      if (answer.failure) return answer.failure.message;
      return answer.finished
        ? answer.outputs
        : 'The run is too long for a case; take fewer records.';
    } catch (cause) {
      return wordsOf(cause);
    }
  }

  /** Adds a case to this browser and shows it; answers why that can't be, or null. */
  async add(one: Case): Promise<string | null> {
    const refusal = keptRefusal({ ...this.#local, new: one }, {});
    if (refusal !== null) return refusal.replace('A draft holds', 'A browser keeps of a draft');
    const id = `case_${crypto.randomUUID().slice(0, 8)}`;
    this.#local = { ...this.#local, [id]: one };
    this.chosen = id;
    await this.#kept(id, one);
    return null;
  }

  /** Takes other words and records for a case; answers why that can't be, or null. */
  async change(id: string, one: Case): Promise<string | null> {
    const { content } = this.#session();
    if (!content.cases[id]) {
      this.#local = { ...this.#local, [id]: one };
      await this.#kept(id, one);
      return null;
    }
    return this.#inDraft({ [id]: one }, 'Change case');
  }

  /** Expects what comes out now, at the egresses that the case names; answers why not, or null. */
  async accept(id: string): Promise<string | null> {
    const known = this.all.find((one) => one.id === id);
    if (!known) return null;
    const outputs = await this.#outputs(known.case);
    if (typeof outputs === 'string') return outputs;
    const named = Object.keys(known.case.expected).map((egress) => [egress, outputs[egress] ?? []]);
    return this.change(id, {
      ...known.case,
      expected: Object.fromEntries(named) as Case['expected'],
    });
  }

  /** Shares a case with everybody who may see the draft; answers why that can't be, or null. */
  share(id: string): string | null {
    const one = this.#local[id];
    return one ? this.#inDraft({ [id]: one }, 'Share case') : null;
  }

  /** Takes a shared case back into this browser alone. */
  async unshare(id: string): Promise<void> {
    const one = this.#session().content.cases[id];
    if (!one) return;
    this.#local = { ...this.#local, [id]: one };
    await this.#kept(id, one);
    this.#inDraft({ [id]: null }, 'Stop sharing case');
  }

  /**
   * Forgets a case. A shared one comes back with undo; for one of this browser the answer is what
   * brings it back.
   */
  async remove(id: string): Promise<(() => Promise<void>) | null> {
    const mine = this.#local[id];
    if (this.#session().content.cases[id]) this.#inDraft({ [id]: null }, 'Remove case');
    const { local, key } = this.#session();
    this.#local = Object.fromEntries(Object.entries(this.#local).filter(([other]) => other !== id));
    await this.#stored(() => local.cases.remove(key, id));
    if (!mine) return null;
    return async () => {
      this.#local = { ...this.#local, [id]: mine };
      this.chosen = id;
      await this.#kept(id, mine);
    };
  }

  /** Cases that aren't shared, as a version is told of them: digests, and what this page found. */
  async seen(): Promise<SeenCase[]> {
    const judged = this.all.filter(({ shared, current }) => !shared && current);
    return Promise.all(
      judged.map(async ({ case: one, outcome }) => ({
        name: one.name,
        digest: await caseDigest(one),
        passes: outcome?.kind === 'passes',
      })),
    );
  }

  #inDraft(cases: Record<string, Case | null>, label: string): string | null {
    const session = this.#session();
    const next = Object.entries({ ...session.content.cases, ...cases }).flatMap(([id, one]) =>
      one ? [[id, one] as const] : [],
    );
    const refusal = keptRefusal(Object.fromEntries(next), session.content.samples);
    if (refusal !== null) return refusal;
    session.run({ label, change: { cases }, group: `cases ${Object.keys(cases).join(' ')}` });
    return null;
  }

  #kept(id: string, one: Case): Promise<void> {
    const { local, key } = this.#session();
    return this.#stored(() => local.cases.put(key, id, one));
  }

  async #stored(write: () => Promise<void>): Promise<void> {
    try {
      await write();
      this.trouble = null;
    } catch (cause) {
      this.trouble = `This case is in this tab only; the browser can’t keep it: ${wordsOf(cause)}`;
    }
  }

  /** Runs what wasn't run on the plan as it is now, until another plan comes. */
  async #run(): Promise<void> {
    const turn = (this.#turn += 1);
    const hash = this.#hash;
    const stale = this.all.filter(({ current }) => !current);
    if (hash === null || stale.length === 0) {
      this.running = false;
      return;
    }
    const { content, graph } = this.#session();
    const plan = { ...graph, target: content.target };
    this.running = true;
    try {
      const { text, target } = content;
      const { report } = await this.#compiler.call('lower', { text, target });
      if (report?.spec_hash !== hash) return;
      for (const { id, case: one } of stale) {
        if (turn !== this.#turn) return;
        const outcome = await this.#outcome(report.spec_kv, one, plan);
        if (turn !== this.#turn) return;
        this.#judged = { ...this.#judged, [id]: { of: keyOf(hash, one), outcome } };
      }
    } catch {
      // Without the compiler, whose state the page shows, nothing can be run.
    } finally {
      if (turn === this.#turn) this.running = false;
    }
  }

  async #outcome(specKv: string, one: Case, plan: CasePlan): Promise<Outcome> {
    const unfit = misfit(one, plan);
    if (unfit) return unfit;
    const { input, options } = runOf(one, plan);
    try {
      return outcomeOf(one, await this.#runOnce(specKv, input, options), plan);
    } catch (cause) {
      const code = cause instanceof CompilerError ? cause.code : 'internal';
      return { kind: 'stopped', code, message: wordsOf(cause) };
    }
  }
}

const keyOf = (hash: string, one: Case) => `${hash} ${digestedText(one)}`;
const wordsOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause));
