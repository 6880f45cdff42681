import type { LocalDrafts } from '$lib/drafts';
import type { DraftContent, Sample } from '$lib/document/content';
import { count } from './words';

/** What the samples of a draft may be in this browser. */
export const SAMPLE_BOUNDS = {
  records: 100_000,
  /** Characters of one sample's records. */
  text: 16 << 20,
  samples: 20,
  /** Characters of all samples of a draft. */
  allText: 64 << 20,
} as const;

/** A sample, and whether it is shared with the draft or stays in this browser. */
export interface KnownSample extends Sample {
  id: string;
  shared: boolean;
}

/** As much of a draft as samples need. */
export interface SampleDraft {
  readonly local: Pick<LocalDrafts, 'samples'>;
  /** The draft's key in this browser. */
  readonly key: string;
  readonly content: Pick<DraftContent, 'samples'>;
}

const CHOSEN = 'byteor.run.sample.';

const lengthOf = ({ records }: Sample) =>
  records.reduce((sum, record) => sum + record.length + 1, 0);

/** Why a sample can't be kept beside these others; null where it can. */
function sampleRefusal(sample: Sample, others: readonly Sample[]): string | null {
  const { records, text, samples, allText } = SAMPLE_BOUNDS;
  if (sample.records.length === 0) return 'There is no record in it.';
  if (sample.records.length > records)
    return `A sample has at most ${count(records)} records; this one has ${count(sample.records.length)}.`;
  if (lengthOf(sample) > text) return `A sample has at most ${text >> 20} MB.`;
  if (others.length >= samples)
    return `A draft has at most ${samples} samples in this browser; remove one first.`;
  const all = others.reduce((sum, other) => sum + lengthOf(other), lengthOf(sample));
  return all > allText
    ? `All samples of a draft have at most ${allText >> 20} MB in this browser; remove one first.`
    : null;
}

/**
 * The samples of a draft: those that stay in this browser, beside its copy of the draft, and those
 * that are shared with the draft. Which one is chosen is remembered in this browser.
 */
export class Samples {
  readonly #draft: SampleDraft;
  #local = $state.raw<Readonly<Record<string, Sample>>>({});
  #chosen = $state<string | null>(null);
  /** Whether those of this browser were read. */
  loaded = $state(false);
  /** Why they can't be read or kept; null while they can. */
  trouble = $state<string | null>(null);

  readonly all: readonly KnownSample[] = $derived.by(() => {
    const shared = Object.entries(this.#draft.content.samples);
    const local = Object.entries(this.#local);
    return [
      ...shared.map(([id, sample]) => ({ ...sample, id, shared: true })),
      ...local.map(([id, sample]) => ({ ...sample, id, shared: false })),
    ];
  });
  readonly current: KnownSample | null = $derived(
    this.all.find(({ id }) => id === this.#chosen) ?? this.all[0] ?? null,
  );

  constructor(draft: SampleDraft) {
    this.#draft = draft;
    this.#chosen = remembered(draft.key);
  }

  async load(): Promise<void> {
    try {
      this.#local = await this.#draft.local.samples.all(this.#draft.key);
      this.trouble = null;
    } catch (cause) {
      this.trouble = `The samples of this browser can’t be read: ${wordsOf(cause)}`;
    }
    this.loaded = true;
  }

  choose(id: string): void {
    this.#chosen = id;
    try {
      localStorage.setItem(CHOSEN + this.#draft.key, id);
    } catch {
      // Storage is blocked: the choice holds for this page only.
    }
  }

  /** Keeps a sample in this browser and chooses it; answers why that can't be, or null. */
  async add(sample: Sample): Promise<string | null> {
    const refusal = sampleRefusal(sample, Object.values(this.#local));
    if (refusal !== null) return refusal;
    const id = crypto.randomUUID();
    this.#local = { ...this.#local, [id]: sample };
    this.choose(id);
    await this.#kept(() => this.#draft.local.samples.put(this.#draft.key, id, sample));
    return null;
  }

  /** Takes a sample of this browser away; it isn't undone, so whoever calls has asked. */
  async remove(id: string): Promise<void> {
    this.#local = Object.fromEntries(Object.entries(this.#local).filter(([other]) => other !== id));
    await this.#kept(() => this.#draft.local.samples.remove(this.#draft.key, id));
  }

  async #kept(write: () => Promise<void>): Promise<void> {
    try {
      await write();
      this.trouble = null;
    } catch (cause) {
      this.trouble = `This sample is in this tab only; the browser can’t keep it: ${wordsOf(cause)}`;
    }
  }
}

const wordsOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause));

function remembered(key: string): string | null {
  try {
    return localStorage.getItem(CHOSEN + key);
  } catch {
    return null;
  }
}
