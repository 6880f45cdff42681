import type { ConfigBundleV1 } from '$lib/compiler';

/** What a form starts from: a bundle as it is stored, or a suggestion, which has no revision yet. */
export interface FormStart {
  name: string;
  config: ConfigBundleV1;
  revision?: number;
}

/** The fields of a config bundle while somebody changes them, and what they started from. */
export class BundleFields {
  name = $state('');
  config = $state<ConfigBundleV1>()!;
  /** The revision that was taken; what is saved on another one is refused by the server. */
  baseRevision = $state(0);

  constructor(start: FormStart) {
    this.take(start);
  }

  /** Fills the fields anew. */
  take({ name, config, revision = 0 }: FormStart): void {
    this.name = name;
    this.config = structuredClone(config);
    this.baseRevision = revision;
  }
}
