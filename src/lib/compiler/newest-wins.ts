/**
 * Asks for one answer per document version and shows only the newest one's.
 *
 * At most one request is under way and at most one waits, so fast typing never builds a queue; an
 * answer for a version that is no longer the newest is thrown away, so a late one never shows.
 */
export class NewestWins<Input, Answer> {
  readonly #ask: (input: Input) => Promise<Answer>;
  readonly #show: (version: number, answer: Answer) => void;
  readonly #fail: (version: number, error: unknown) => void;
  #newest = -1;
  #waiting: { version: number; input: Input } | null = null;
  #busy = false;

  constructor(options: {
    ask: (input: Input) => Promise<Answer>;
    show: (version: number, answer: Answer) => void;
    fail: (version: number, error: unknown) => void;
  }) {
    this.#ask = options.ask;
    this.#show = options.show;
    this.#fail = options.fail;
  }

  /** The newest version asked for; -1 before the first. */
  get newest(): number {
    return this.#newest;
  }

  /** Asks for `version`; versions only grow, and a smaller one than the newest is ignored. */
  request(version: number, input: Input): void {
    if (version < this.#newest) return;
    this.#newest = version;
    this.#waiting = { version, input };
    if (!this.#busy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    try {
      while (this.#waiting) {
        const { version, input } = this.#waiting;
        this.#waiting = null;
        try {
          const answer = await this.#ask(input);
          if (version === this.#newest && !this.#waiting) this.#show(version, answer);
        } catch (error) {
          if (version === this.#newest && !this.#waiting) this.#fail(version, error);
        }
      }
    } finally {
      this.#busy = false;
    }
  }
}
