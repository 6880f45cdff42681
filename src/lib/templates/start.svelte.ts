import { compiler, type PlanGraph } from '$lib/compiler';
import { besideChange } from '$lib/document/change';
import { emptyContent, type DraftContent } from '$lib/document/content';
import { smallestEdit } from '$lib/document/edits';
import type { EditorSession } from '$lib/editor/session.svelte';
import type { Samples } from '$lib/run/samples.svelte';
import { planNameOf, planOf } from './new-plan';
import { lookAt, type Look, type Suggestion } from './suggest';
import type { Template } from './templates';

/** A template as it is offered: with what the compiler says of its plan. */
export interface Offered {
  template: Template;
  graph: PlanGraph;
  capabilities: readonly string[];
  secrets: readonly string[];
}

/** Records that were dropped or pasted, and what they look like. */
export interface Given extends Look {
  name: string;
  records: readonly string[];
  /** Ids of the suggestions that are taken. */
  taken: readonly string[];
}

/** The start of an empty draft: from records, a template, another draft, or from nothing. */
export class Start {
  readonly #session: () => EditorSession;
  readonly #samples: () => Samples;
  /** All templates; empty until they are loaded. */
  offered = $state.raw<readonly Offered[]>([]);
  /** Why they can't be loaded; null while they can. */
  trouble = $state<string | null>(null);
  chosenId = $state<string | null>(null);
  given = $state.raw<Given | null>(null);

  readonly chosen: Offered | null = $derived(
    this.offered.find(({ template }) => template.id === this.chosenId) ?? this.offered[0] ?? null,
  );

  constructor(session: () => EditorSession, samples: () => Samples) {
    this.#session = session;
    this.#samples = samples;
  }

  /** Whether there is nothing yet, and somebody who may change that. */
  get open(): boolean {
    const session = this.#session();
    return session.content.text.trim() === '' && !session.readOnly;
  }

  /** Loads the templates, once. */
  async load(): Promise<void> {
    if (this.offered.length > 0) return;
    try {
      const { templates } = await import('./templates');
      this.offered = await Promise.all(
        templates.map(async (template): Promise<Offered> => {
          const { graph, report } = await compiler().call('compile', {
            text: template.text,
            target: template.target,
          });
          const secrets = [...template.text.matchAll(/hmac_sha\d+:([a-z][a-z0-9_]*)/gu)];
          return {
            template,
            graph,
            capabilities: report?.capabilities ?? [],
            secrets: secrets
              .flatMap(([, name]) => name ?? [])
              .filter((name, at, all) => all.indexOf(name) === at),
          };
        }),
      );
      this.trouble = null;
    } catch (cause) {
      this.trouble = cause instanceof Error ? cause.message : String(cause);
    }
  }

  /** Starts from a template: its plan under the draft's name, its samples and its cases. */
  async use({ template }: Offered): Promise<void> {
    const { contentOf } = await import('./templates');
    const content = contentOf(template);
    const { text } = await compiler().call('edit', {
      text: content.text,
      target: content.target,
      operation: { op: 'set_name', name: planNameOf(this.#session().name) },
    });
    this.replace({ ...content, text }, `Use ${template.title}`);
  }

  /** Starts with an ingress and an egress, and a connection for the first stage. */
  empty(): void {
    const text = planOf(planNameOf(this.#session().name), []);
    this.replace({ ...emptyContent, text, target: this.#session().content.target }, 'Start empty');
  }

  /** Looks at records that were dropped or pasted. */
  take(name: string, records: readonly string[]): void {
    const look = lookAt(records);
    this.given = { name, records, ...look, taken: look.suggestions.map(({ id }) => id) };
  }

  toggle({ id }: Suggestion): void {
    if (!this.given) return;
    const { taken } = this.given;
    this.given = {
      ...this.given,
      taken: taken.includes(id) ? taken.filter((other) => other !== id) : [...taken, id],
    };
  }

  /** Starts from the records: they stay in this browser as a sample. Answers why not, or null. */
  async fromRecords(): Promise<string | null> {
    const { given } = this;
    if (!given) return null;
    const refusal = await this.#samples().add({ name: given.name, records: [...given.records] });
    if (refusal !== null) return refusal;
    const stages = given.suggestions.filter(({ id }) => given.taken.includes(id));
    const session = this.#session();
    const text = planOf(planNameOf(session.name), stages);
    // A ring has room for four stages.
    const target = stages.length > 4 ? 'lane_graph' : session.content.target;
    this.given = null;
    this.replace({ ...emptyContent, text, target }, 'Start from records');
    return null;
  }

  /** Starts from a version, which the draft is based on from then on. */
  async fromVersion(number: number, content: DraftContent): Promise<void> {
    await this.#session().base?.startFrom(number);
    this.replace(content, `Start from v${number}`);
  }

  /** Puts content in the place of nothing, as one step that undo takes back. */
  replace(content: DraftContent, label: string): void {
    const session = this.#session();
    const edit = smallestEdit(session.content.text, content.text);
    session.run({
      label,
      change: {
        ...(edit ? { edits: [edit] } : {}),
        target: content.target,
        ...besideChange(session.content, content),
      },
    });
  }
}
