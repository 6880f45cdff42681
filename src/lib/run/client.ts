import type { RecordFate, RunLook, RunOptions, RunShape } from '$lib/compiler';
import { RunThread, valueOf } from './thread';
import { RunView } from './view';

/** One run in its worker, typed: `Run` of wasm/stages. Calls reject with a `CompilerError`. */
export class RunClient {
  readonly #thread = new RunThread('byteor-run');
  #shape: RunShape | null = null;

  /** Opens a run in the place of the one before; it stands before its first step. */
  async open(
    spec: string,
    options: RunOptions,
    input: readonly (readonly [ingress: string, lines: string])[],
  ): Promise<RunShape> {
    const text = JSON.stringify(options);
    const shape = await this.#thread.call((remote) => remote.open(spec, text, input));
    return (this.#shape = JSON.parse(shape) as RunShape);
  }

  /** The same input through another spec, as far as possible from where that can't have changed it. */
  async again(spec: string): Promise<RunShape> {
    const { shape } = await this.#thread.call((remote) => remote.again(spec));
    return (this.#shape = JSON.parse(shape) as RunShape);
  }

  /** Goes on for about `ms` milliseconds, or to a breakpoint or the end. */
  async forward(ms: number): Promise<RunView> {
    return this.#view(await this.#thread.call((remote) => remote.forward(ms)));
  }

  async goTo(step: number): Promise<RunView> {
    return this.#view(await this.#thread.call((remote) => remote.goTo(step)));
  }

  async setBreakpoints(
    points: readonly { lane: boolean; index: number; condition: string[] }[],
  ): Promise<void> {
    await this.#thread.call((remote) => remote.setBreakpoints(JSON.stringify({ points })));
  }

  /** Why a stage failed; null where none did. */
  async failure(): Promise<unknown> {
    const envelope = await this.#thread.call((remote) => remote.failure());
    if (envelope === undefined) return null;
    try {
      return valueOf(envelope);
    } catch (cause) {
      return cause;
    }
  }

  async fates(first: number, count: number): Promise<RecordFate[]> {
    return JSON.parse(
      await this.#thread.call((remote) => remote.fates(first, count)),
    ) as RecordFate[];
  }

  /** A step that was reached, with its bytes; null before the first. */
  async look(step: number): Promise<RunLook | null> {
    return JSON.parse(await this.#thread.call((remote) => remote.look(step))) as RunLook | null;
  }

  /** The first step after `step` that is about a node and a record; 0 where there is none. */
  next(step: number, { node = -1, record = 0 }: { node?: number; record?: number }) {
    return this.#thread.call((remote) => remote.find(step, false, node, record));
  }

  /** The last such step up to `step`; 0 where there is none. */
  previous(step: number, { node = -1, record = 0 }: { node?: number; record?: number }) {
    return this.#thread.call((remote) => remote.find(step, true, node, record));
  }

  /** What happened in equal parts of the run: 1 dropped, 2 rejected, 4 discarded or lost, added up. */
  ticks(parts: number): Promise<Uint8Array> {
    return this.#thread.call((remote) => remote.ticks(parts));
  }

  close(): void {
    this.#thread.close();
  }

  #view(numbers: Uint32Array): RunView {
    if (!this.#shape) throw new Error('No run was opened.');
    return new RunView(numbers, this.#shape);
  }
}
