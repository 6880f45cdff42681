import type { EditOperation, TextEdit } from '$lib/compiler';
import type { Beside } from '$lib/document/beside';
import type { PlanDocument } from '$lib/document/document';
import { connectionId, type Selection } from '$lib/document/selection';
import type { PlanCompiler } from './plan.svelte';

/** What a gesture brings along besides the compiler's operations. */
export interface GestureOptions {
  label: string;
  /** What changes beside the plan in the same undo step, once the ids of what was created are known. */
  place?: (created: readonly string[]) => Beside | undefined;
  /** What is selected afterwards. */
  select?: (created: readonly string[]) => Selection;
  /** Said to screen readers when it is done. */
  say?: string;
}

/** An operation, or one that speaks of what those before it created. */
export type GestureStep = EditOperation | ((created: readonly string[]) => EditOperation);

/** What gestures need of the session around them. */
export interface GestureHost {
  document: PlanDocument;
  compiler: PlanCompiler;
  /** What a plan is called that a gesture begins. */
  planName: () => string;
  /** Why nothing can be changed; null when it can. It is told when it is asked. */
  refused: () => boolean;
  failed: (error: unknown) => void;
  select: (selection: Selection) => void;
  say: (sentence: string) => void;
  /** Elements or connections are there that weren't. */
  made: (ids: readonly string[]) => void;
  /** The text changed each time while the compiler worked. */
  outrun: (label: string) => void;
}

/** How often an operation is asked anew while somebody types. */
const MOST_TRIES = 5;

/**
 * Runs the compiler's edit operations one after the other and applies them as one undo step.
 *
 * Gestures wait for each other. When the text changed while the compiler worked, the operation is
 * asked again for the new text: operations speak of ids, not of places.
 */
export class Gestures {
  readonly #host: GestureHost;
  #last: Promise<unknown> = Promise.resolve();

  constructor(host: GestureHost) {
    this.#host = host;
  }

  /** Resolves to the created ids, or to null when it was refused; the reason is told. */
  run(steps: readonly GestureStep[], options: GestureOptions): Promise<string[] | null> {
    const next = this.#last.then(() => this.#perform(steps, options));
    this.#last = next.catch(() => undefined);
    return next;
  }

  async #perform(steps: readonly GestureStep[], options: GestureOptions): Promise<string[] | null> {
    const { document, refused, failed, outrun } = this.#host;
    if (refused()) return null;
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const { version } = document;
      let answer: Awaited<ReturnType<Gestures['ask']>>;
      try {
        answer = await this.ask(steps);
      } catch (error) {
        failed(error);
        return null;
      }
      if (document.version !== version) continue;
      this.#apply(answer, options, version);
      return answer.created;
    }
    outrun(options.label);
    return null;
  }

  /** What the steps would do to the newest text, without doing it. */
  async ask(steps: readonly GestureStep[]): Promise<{
    text: string;
    edits: TextEdit[][];
    created: string[];
    operations: EditOperation[];
  }> {
    const { target, text: before } = this.#host.document.content;
    const edits: TextEdit[][] = [];
    const created: string[] = [];
    const operations: EditOperation[] = [];
    let text = before;
    // A plan that nothing is written of yet gets its first line with its first element.
    const begins: GestureStep[] =
      before.trim() === '' ? [{ op: 'set_name', name: this.#host.planName() }] : [];
    for (const step of [...begins, ...steps]) {
      const operation = typeof step === 'function' ? step(created) : step;
      const answer = await this.#host.compiler.call('edit', { text, target, operation });
      text = answer.text;
      operations.push(operation);
      edits.push(answer.edits);
      created.push(...answer.created);
    }
    return { text, edits, created, operations };
  }

  #apply(
    { edits, created, operations }: Awaited<ReturnType<Gestures['ask']>>,
    { label, place, select, say }: GestureOptions,
    version: number,
  ): void {
    const { document } = this.#host;
    const beside = place?.(created) ?? {};
    edits.forEach((step, index) => {
      const last = index === edits.length - 1;
      document.run({
        label,
        group: `gesture-${version}`,
        change: last ? { edits: step, ...beside } : { edits: step },
      });
    });
    document.seal();
    if (select) this.#host.select(select(created));
    this.#host.made(created.length > 0 ? created : operations.flatMap(madeBy));
    if (say) this.#host.say(say);
  }
}

/** What an operation makes without creating an element, or brings elsewhere. */
function madeBy(operation: EditOperation): string[] {
  if (operation.op === 'move_onto') {
    const { id, from, to } = operation;
    return [connectionId(from, id), connectionId(id, to)];
  }
  if (operation.op === 'connect') return [connectionId(operation.from, operation.to)];
  if (operation.op !== 'reconnect') return [];
  const { from, to, new_from, new_to } = operation;
  return [connectionId(new_from ?? from, new_to ?? to)];
}
