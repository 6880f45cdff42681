import { untrack } from 'svelte';
import { compiler, CompilerError, type RunLook, type RunShape } from '$lib/compiler';
import type { CanvasOverlay } from '$lib/canvas/overlay';
import { readKey } from '$lib/editor/key-form';
import type { EditorSession } from '$lib/editor/session.svelte';
import { conditionOf, nodeOf, placeOf, type Breakpoint } from './breakpoints';
import { RunClient } from './client';
import { inputOfSample, recordAt, recordsIn, type RunInput } from './input';
import { overlayAt } from './overlay';
import { Samples } from './samples.svelte';
import { secretNamesOf } from './secret-names';
import type { RunView } from './view';

/** How a run is made, beside its sample. */
export interface RunSettings {
  /** The ingress that the sample goes to; null for each of them. */
  ingress: string | null;
  recordBytes: number;
  /** Which order the steps have: 0 goes round the nodes. */
  seed: number;
  /** Lanes hold at most so many records; 0 for as many as they have room for. */
  capacity: number;
}

/** Ticks of the scrubber. */
const TICKS = 400;
/** The first look at a run is short, so that the first record is seen at once (ms). */
const FIRST_MS = 8;
const SLICE_MS = 40;

/**
 * The run of a draft in the page: a sample goes through the pipeline, step by step, back and forth.
 *
 * It first goes to its end, so that all steps and what happened in them are known, and then stands
 * where it was asked to. A change of the plan runs it again, from where the change can't have changed
 * anything. Nothing acts on the outside, and nothing leaves the browser.
 */
export class RunSession {
  readonly samples: Samples;
  /** What it is doing; `off` before it was asked to run, and after it was stopped. */
  phase = $state<'off' | 'going' | 'standing'>('off');
  shape = $state.raw<RunShape | null>(null);
  view = $state.raw<RunView | null>(null);
  /** The step that comes next, and the one that was taken last. */
  next = $state.raw<RunLook | null>(null);
  last = $state.raw<RunLook | null>(null);
  ticks = $state.raw<Uint8Array>(new Uint8Array());
  /** Why it can't run, or why a stage failed in it. */
  failure = $state.raw<CompilerError | null>(null);
  /** The breakpoint that it stands at. */
  stoppedAt = $state.raw<Breakpoint | null>(null);
  breakpoints = $state.raw<readonly Breakpoint[]>([]);
  /** The record that is looked at in the list. */
  record = $state(0);
  settings = $state.raw<RunSettings>({ ingress: null, recordBytes: 256, seed: 0, capacity: 0 });
  /** Stand-ins for secrets by name, in this tab only. */
  secrets = $state.raw<Readonly<Record<string, string>>>({});
  /** The names of the secrets that keys of the plan name. */
  secretNames = $state.raw<readonly string[]>([]);

  readonly #session: () => EditorSession;
  readonly #client = new RunClient();
  readonly #unfollow: () => void;
  /** Commands one after the other; a newer one ends those that go on for long. */
  #queue: Promise<unknown> = Promise.resolve();
  #turn = 0;
  /** The step that it is on its way to. */
  #heading: number | null = null;
  /** What the open run is of: the sample, the settings, the stand-ins. */
  #made: string | null = null;
  /** The hash of the spec that the open run is of. */
  #hash = $state<string | null>(null);

  /** The overlay before: what didn't change is given again. */
  #shown: CanvasOverlay | null = null;

  /** The input of a case, in the place of a sample. */
  #given = $state.raw<RunInput | null>(null);

  /** What goes in, by ingress; null where there is no sample. */
  readonly input: RunInput | null = $derived.by(() => {
    if (this.#given) return this.#given;
    const sample = this.samples.current;
    if (!sample) return null;
    const { ingress } = this.settings;
    const into = this.#session()
      .graph.boundaries.filter((boundary) => boundary.kind === 'ingress')
      .map(({ id }) => id)
      .filter((id) => ingress === null || id === ingress);
    return inputOfSample(sample, this.samples.all, into);
  });

  /** The records of the run, in the order of their numbers. */
  readonly records: readonly string[] = $derived.by(() => recordsIn(this.input));

  readonly overlay: CanvasOverlay | null = $derived.by(() => {
    const { shape, view } = this;
    if (this.phase === 'off' || !shape || !view) return null;
    const boundary = (kind: string) =>
      this.#session().graph.boundaries.find((boundary) => boundary.kind === kind)?.id;
    this.#shown = overlayAt(
      {
        shape,
        view,
        next: this.next,
        last: this.last,
        stopsAt: (id) => this.breakpointAt(id) !== undefined,
        connections: this.#session().graph.connections,
        ring: { ingress: boundary('ingress'), egress: boundary('egress') },
      },
      this.#shown,
    );
    return this.#shown;
  });

  /** It follows the plan until it is closed. */
  constructor(session: () => EditorSession) {
    this.#session = session;
    this.samples = new Samples(session());
    void this.samples.load();
    this.#unfollow = $effect.root(() => {
      $effect(() => {
        const { report, upToDate, families } = session();
        const hash = upToDate ? (report?.spec_hash ?? null) : null;
        // Which keys name secrets is known with the families, which come behind the first answer.
        if (hash !== null && families.length > 0) untrack(() => void this.#nameSecrets());
        if (hash !== null) untrack(() => this.#planChanged(hash));
      });
    });
  }

  close(): void {
    this.#turn += 1;
    this.#unfollow();
    this.#client.close();
  }

  /** Why nothing can be run now; null when it can. */
  get refusal(): string | null {
    const session = this.#session();
    if (session.errors > 0)
      return session.errors === 1 ? 'Fix 1 error first' : `Fix ${session.errors} errors first`;
    if (!session.report) return 'The plan is still being compiled';
    if (!this.input) return 'Paste or choose a sample first';
    return null;
  }

  /** Whether what is on show is of another plan than the one on the canvas. */
  get outdated(): boolean {
    return this.phase !== 'off' && this.#hash !== this.#session().report?.spec_hash;
  }

  get standsAtEnd(): boolean {
    return this.view !== null && this.view.ended && this.view.at === this.view.reached;
  }

  /** Runs on: to the next breakpoint, or to the end; from the start where it stands at its end. */
  run(): Promise<void> {
    return this.#command(async (turn) => {
      const from = this.#isOpen() && !this.standsAtEnd ? (this.view?.at ?? 0) : 0;
      if (!(await this.#ready(turn))) return;
      await this.#toBreakpoint(from, turn);
    });
  }

  /** Stays where it is. */
  pause(): void {
    this.#turn += 1;
  }

  /** Shows the plan alone again. */
  stop(): void {
    this.#turn += 1;
    this.phase = 'off';
    this.#forget();
  }

  /** One step of one node; negative goes back. */
  step(by: 1 | -1): Promise<void> {
    const to = (this.#heading ?? this.view?.at ?? 0) + by;
    return this.goTo(this.view ? Math.min(to, this.#reached()) : to);
  }

  goTo(step: number): Promise<void> {
    const to = Math.max(0, step);
    const moved = this.#move(async () => to);
    // A key that is held asks faster than steps are shown: the next goes on from where this leads.
    this.#heading = to;
    return moved.finally(() => {
      if (this.#heading === to) this.#heading = null;
    });
  }

  toEnd(): Promise<void> {
    return this.#move(async () => this.view?.reached ?? 0);
  }

  /** Before the next step of an element, or before the one before; it stays where there is none. */
  toStepOf(element: string, back = false): Promise<void> {
    return this.#move(async () => {
      const node = this.nodeOf(element);
      const at = this.view?.at ?? 0;
      if (node < 0) return at;
      const step = back
        ? await this.#client.previous(at, { node })
        : await this.#client.next(at + 1, { node });
      return step === 0 ? at : step - 1;
    });
  }

  /** Before the step in which a record comes in, or in which it comes to an element. */
  toRecord(record: number, element?: string): Promise<void> {
    this.record = record;
    return this.#move(async () => {
      const node = element === undefined ? -1 : this.nodeOf(element);
      const step = await this.#client.next(0, { node, record });
      return step === 0 ? (this.view?.at ?? 0) : step - 1;
    });
  }

  /** Runs the input of a case as cases run, and stands before a step of it. */
  async runInput(
    name: string,
    input: Readonly<Record<string, readonly string[]>>,
    recordBytes: number,
    step: number,
  ): Promise<void> {
    const records = Object.entries(input).map(([id, list]) => [id, list] as const);
    this.#given = { id: JSON.stringify(records), name, records };
    this.settings = { ingress: null, recordBytes, seed: 0, capacity: 0 };
    await this.goTo(step - 1);
    this.record = this.next?.record ?? 0;
  }

  /** A record by its number, with the ingress that it came in at. */
  inputOf(record: number): { ingress: string; record: string } | null {
    return recordAt(this.input, record);
  }

  fatesOf(first: number, count: number) {
    return this.#client.fates(first, count);
  }

  /** What an element does in the next step, or did last; null where it did nothing yet. */
  async lookAt(element: string): Promise<RunLook | null> {
    const node = this.nodeOf(element);
    if (node < 0 || !this.view) return null;
    if (this.next?.node === node && this.next.record > 0) return this.next;
    const step = await this.#client.previous(this.view.at, { node });
    return step === 0 ? null : this.#client.look(step);
  }

  /** The index of an element's node in the run; negative where it has none. */
  nodeOf(element: string): number {
    if (!this.shape) return -1;
    const { boundaries } = this.#session().graph;
    return nodeOf(element, this.shape, (id) => boundaries.find((b) => b.id === id)?.kind);
  }

  breakpointAt(id: string): Breakpoint | undefined {
    return this.breakpoints.find(({ at }) => at === id);
  }

  /** Sets, changes or takes away the breakpoint of an element or connection. */
  setBreakpoint(at: string, condition: Pick<Breakpoint, 'pattern' | 'field'> | null): void {
    const others = this.breakpoints.filter((point) => point.at !== at);
    this.breakpoints = condition === null ? others : [...others, { at, ...condition }];
    if (condition === null && this.stoppedAt?.at === at) this.stoppedAt = null;
  }

  /** Another way to run: what is open runs again. */
  set(settings: Partial<RunSettings>): void {
    this.settings = { ...this.settings, ...settings };
    this.#again();
  }

  setSecret(name: string, value: string): void {
    this.secrets = { ...this.secrets, [name]: value };
    this.#again();
  }

  chooseSample(id: string): void {
    this.#given = null;
    this.samples.choose(id);
    this.record = 0;
    this.#again();
  }

  #again(): void {
    if (this.phase === 'off') return;
    void this.#command(async (turn) => {
      if (await this.#ready(turn)) await this.#stand(await this.#client.goTo(this.view?.at ?? 0));
    });
  }

  #planChanged(hash: string): void {
    if (this.phase === 'off' || hash === this.#hash) return;
    const { next, view } = this;
    const atEnd = this.standsAtEnd;
    const node = next ? this.shape?.nodes[next.node]?.id : undefined;
    void this.#command(async (turn) => {
      if (!(await this.#ready(turn))) return;
      // Where it stood: before the same record comes to the same node, if that still happens.
      let step = atEnd ? this.#reached() : (view?.at ?? 0);
      if (!atEnd && node !== undefined && next && next.record > 0) {
        const index = this.shape?.nodes.findIndex(({ id }) => id === node) ?? -1;
        const same = await this.#client.next(0, { node: index, record: next.record });
        if (index >= 0 && same > 0) step = same - 1;
      }
      await this.#stand(await this.#client.goTo(step));
    });
  }

  #move(to: () => Promise<number>): Promise<void> {
    return this.#command(async (turn) => {
      if (!(await this.#ready(turn))) return;
      const step = Math.max(0, Math.min(await to(), this.#reached()));
      await this.#stand(await this.#client.goTo(step));
    });
  }

  #reached(): number {
    return this.view?.reached ?? 0;
  }

  #isOpen(): boolean {
    return this.#made !== null && this.#hash === this.#session().report?.spec_hash;
  }

  /** Runs a command after those before it, which it ends where they go on for long. */
  async #command(act: (turn: number) => Promise<void>): Promise<void> {
    const refusal = this.refusal;
    if (refusal !== null) return;
    const turn = (this.#turn += 1);
    this.#heading = null;
    const before = this.#queue;
    const done = (async () => {
      await before;
      if (turn !== this.#turn) return;
      try {
        await act(turn);
      } catch (cause) {
        this.#failed(cause);
      }
      // Whoever stopped it meanwhile sees it off.
      if (turn === this.#turn || this.phase === 'going') this.phase = 'standing';
    })();
    this.#queue = done;
    await done;
  }

  /** Opens the run of what is asked for now, unless it is open, and goes through it to its end. */
  async #ready(turn: number): Promise<boolean> {
    const session = this.#session();
    const { input } = this;
    const { report, content } = session;
    if (!report || !input) return false;
    const { recordBytes, seed, capacity } = this.settings;
    const secrets = Object.entries(this.secrets).map(([name, value]) => ({ name, value }));
    const options = { secrets, record_bytes: recordBytes, seed, capacity };
    const into = input.records.map(([ingress, records]) => [ingress, records.length]);
    const made = JSON.stringify([input.id, into, options]);
    const whole = this.view !== null && (this.view.ended || this.view.spent);
    if (made === this.#made && report.spec_hash === this.#hash) {
      return whole || (await this.#through(turn, this.view?.reached ?? 0));
    }
    const { text, target } = content;
    const lowered = await compiler().call('lower', { text, target });
    if (!lowered.report) return false;
    this.failure = null;
    if (made === this.#made) {
      this.shape = await this.#client.again(lowered.report.spec_kv);
    } else {
      this.#made = null;
      this.shape = await this.#client.open(
        lowered.report.spec_kv,
        options,
        input.records.map(([id, records]) => [id, records.map((line) => `${line}\n`).join('')]),
      );
      this.#made = made;
    }
    this.#hash = lowered.report.spec_hash;
    return this.#through(turn, 0);
  }

  /** To the end, showing where it is; false where another command came. */
  async #through(turn: number, from: number): Promise<boolean> {
    this.phase = 'going';
    await this.#client.setBreakpoints([]);
    if (from > 0) await this.#client.goTo(from);
    this.stoppedAt = null;
    this.next = this.last = null;
    for (let ms = FIRST_MS; ; ms = SLICE_MS) {
      this.view = await this.#client.forward(ms);
      if (this.view.ended || this.view.spent) break;
      if (turn !== this.#turn) {
        await this.#stand(this.view);
        return false;
      }
    }
    this.ticks = await this.#client.ticks(TICKS);
    const failure = await this.#client.failure();
    this.failure = failure instanceof CompilerError ? failure : null;
    return true;
  }

  async #toBreakpoint(from: number, turn: number): Promise<void> {
    const { shape } = this;
    const { report, graph } = this.#session();
    if (!shape) return;
    const kindOf = (id: string) => graph.boundaries.find((b) => b.id === id)?.kind;
    const set: Breakpoint[] = [];
    const points = [];
    for (const breakpoint of this.breakpoints) {
      const place = placeOf(breakpoint, shape, report, kindOf);
      if (!place) continue;
      set.push(breakpoint);
      points.push({ ...place, condition: await conditionOf(breakpoint) });
    }
    if (points.length === 0) {
      await this.#stand(await this.#client.goTo(this.#reached()));
      return;
    }
    this.phase = 'going';
    await this.#client.setBreakpoints(points);
    await this.#client.goTo(from);
    let view: RunView;
    // Whoever stands before a step that a breakpoint stops at goes on with it.
    let passed = from > 0 ? from + 1 : 0;
    do {
      view = await this.#client.forward(SLICE_MS);
      if (view.stopped === 0) {
        this.view = view;
      } else if (view.stopped === passed) {
        passed = 0;
        view = await this.#client.forward(SLICE_MS);
      }
    } while (view.stopped === 0 && view.at < view.reached && turn === this.#turn);
    await this.#stand(view);
    this.stoppedAt = view.stopped > 0 ? (set[view.stoppedBy] ?? null) : null;
    if (this.stoppedAt) this.record = this.next?.record ?? 0;
  }

  /** Shows where the run stands, with the steps before and behind it. */
  async #stand(view: RunView): Promise<void> {
    const [last, next] = [
      await this.#client.look(view.at),
      view.at < view.reached ? await this.#client.look(view.at + 1) : null,
    ];
    this.view = view;
    this.last = last;
    this.next = next;
    this.stoppedAt = null;
  }

  #failed(cause: unknown): void {
    this.failure =
      cause instanceof CompilerError ? cause : new CompilerError('internal', String(cause));
    this.#forget();
    this.shape = null;
    this.view = null;
  }

  #forget(): void {
    this.#made = null;
    this.#hash = null;
    this.next = this.last = this.stoppedAt = null;
  }

  async #nameSecrets(): Promise<void> {
    const { graph, families } = this.#session();
    const next = await secretNamesOf(graph.stages, families, readKey);
    // An equal list stays the same one: nothing that shows it is drawn again.
    if (next.join() !== this.secretNames.join()) this.secretNames = next;
  }
}
