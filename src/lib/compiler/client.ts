import { CompilerError } from './errors';
import type { CompilerOperation, CompilerOperations, Envelope } from './operations';
import type { ReportParts } from './parts';
import type { Compilation, ElementMap } from './types';

/**
 * What the worker says to one call: the compiler's JSON envelope and how long a compile took, that the instance died, or that the
 * package with the operation could not be loaded, which leaves the others as they were.
 */
export type WorkerAnswer =
  | { kind: 'answered'; json: string; parts?: ReportParts; tookMs?: number }
  | { kind: 'trapped'; message: string }
  | { kind: 'missing'; message: string };

/** A running compiler. The page connects to a web worker, tests to the package in the same process. */
export interface CompilerConnection {
  start(): Promise<void>;
  call(operation: CompilerOperation, request: string): Promise<WorkerAnswer>;
  close(): void;
}

export type CompilerState =
  { phase: 'starting' } | { phase: 'ready' } | { phase: 'failed'; code: string; message: string };

export interface CompilerClientOptions {
  connect: () => CompilerConnection;
  /** How long a worker may take to load the compiler, in milliseconds. */
  startTimeoutMs?: number;
  /** How long one operation may take, in milliseconds; the whole compile takes about one. */
  callTimeoutMs?: number;
  onState?: (state: CompilerState) => void;
}

interface Call {
  operation: CompilerOperation;
  request: string;
  /** True once the call was under way in a worker that another call brought down. */
  retried: boolean;
  resolve: (value: unknown) => void;
  reject: (error: CompilerError) => void;
}

interface Instance {
  connection: CompilerConnection;
  ready: Promise<void>;
  started: boolean;
  calls: Set<Call>;
  /** The map of the last compile that it answered; answers that have the same one leave it out. */
  map: ElementMap | null;
  dead: boolean;
}

/**
 * Calls the compiler and keeps one alive.
 *
 * Nothing of the document lives in the worker, so a trap or a hang costs one answer: the call that
 * caused it is refused with a code, the instance is replaced, and calls that happened to be under
 * way beside it are asked again, once.
 */
export class CompilerClient {
  readonly #connect: () => CompilerConnection;
  readonly #startTimeoutMs: number;
  readonly #callTimeoutMs: number;
  readonly #onState: (state: CompilerState) => void;
  #instance: Instance | null = null;
  #closed = false;
  #state: CompilerState = { phase: 'starting' };

  constructor(options: CompilerClientOptions) {
    this.#connect = options.connect;
    this.#startTimeoutMs = options.startTimeoutMs ?? 15_000;
    this.#callTimeoutMs = options.callTimeoutMs ?? 10_000;
    this.#onState = options.onState ?? (() => undefined);
    this.#spawn();
  }

  get state(): CompilerState {
    return this.#state;
  }

  /** Runs one operation; rejects with a {@link CompilerError} and nothing else. */
  call<O extends CompilerOperation>(
    operation: O,
    request: CompilerOperations[O]['request'],
  ): Promise<CompilerOperations[O]['value']> {
    return new Promise((resolve, reject) => {
      this.#send({
        operation,
        request: JSON.stringify(request),
        retried: false,
        resolve: resolve as (value: unknown) => void,
        reject,
      });
    });
  }

  /** Starts a new worker after one failed to start; the editor's "Try again" does this. */
  restart(): void {
    if (!this.#closed) this.#replace(null);
  }

  close(): void {
    this.#closed = true;
    const instance = this.#instance;
    this.#instance = null;
    if (!instance) return;
    instance.dead = true;
    instance.connection.close();
    for (const call of instance.calls) call.reject(closedError());
  }

  #setState(state: CompilerState): void {
    this.#state = state;
    this.#onState(state);
  }

  #spawn(): Instance {
    const connection = this.#connect();
    const instance: Instance = {
      connection,
      ready: withTimeout(connection.start(), this.#startTimeoutMs),
      started: false,
      calls: new Set(),
      map: null,
      dead: false,
    };
    this.#instance = instance;
    this.#setState({ phase: 'starting' });
    instance.ready.then(
      () => {
        instance.started = true;
        if (!instance.dead) this.#setState({ phase: 'ready' });
      },
      (cause: unknown) => {
        if (instance.dead) return;
        instance.dead = true;
        connection.close();
        const error = startError(cause);
        this.#setState({ phase: 'failed', code: error.code, message: error.message });
        for (const call of instance.calls) call.reject(error);
        instance.calls.clear();
      },
    );
    return instance;
  }

  #send(call: Call): void {
    if (this.#closed) {
      call.reject(closedError());
      return;
    }
    let instance = this.#instance;
    if (!instance || instance.dead) {
      if (this.#state.phase === 'failed') {
        call.reject(new CompilerError(this.#state.code, this.#state.message));
        return;
      }
      instance = this.#spawn();
    }
    instance.calls.add(call);
    void this.#run(instance, call);
  }

  async #run(instance: Instance, call: Call): Promise<void> {
    // Once it runs, nothing else of the page comes between a call and its message.
    if (!instance.started) {
      try {
        await instance.ready;
      } catch {
        return; // The start's own handler has rejected every call of this instance.
      }
      if (instance.dead || !instance.calls.has(call)) return;
    }
    let answer: WorkerAnswer;
    try {
      answer = await withTimeout(
        instance.connection.call(call.operation, call.request),
        this.#callTimeoutMs,
      );
    } catch (cause) {
      if (instance.dead || !instance.calls.delete(call)) return;
      call.reject(
        cause instanceof TimedOut
          ? new CompilerError(
              'E_COMPILER_TIMEOUT',
              `The compiler gave no answer within ${this.#callTimeoutMs / 1000} s and was restarted. Your text is unchanged.`,
              { operation: call.operation },
            )
          : trapError(call.operation, cause instanceof Error ? cause.message : String(cause)),
      );
      this.#replace(instance);
      return;
    }
    if (instance.dead || !instance.calls.delete(call)) return;
    if (answer.kind === 'trapped') {
      call.reject(trapError(call.operation, answer.message));
      this.#replace(instance);
      return;
    }
    if (answer.kind === 'missing') {
      call.reject(missingError(call.operation, answer.message));
      return;
    }
    settle(call, answer, instance);
  }

  /** Puts a new instance in the place of a broken one and asks the bystanders again. */
  #replace(broken: Instance | null): void {
    const previous = broken ?? this.#instance;
    const bystanders = previous ? [...previous.calls] : [];
    if (previous && !previous.dead) {
      previous.dead = true;
      previous.connection.close();
    }
    previous?.calls.clear();
    if (this.#closed) {
      for (const call of bystanders) call.reject(closedError());
      return;
    }
    this.#spawn();
    for (const call of bystanders) {
      if (call.retried) call.reject(trapError(call.operation, 'the worker stopped twice'));
      else this.#send({ ...call, retried: true });
    }
  }
}

function settle(
  call: Call,
  { json, parts }: Extract<WorkerAnswer, { kind: 'answered' }>,
  instance: Instance,
): void {
  let envelope: Envelope;
  try {
    envelope = JSON.parse(json) as Envelope;
    if (parts) complete(envelope, parts, instance);
  } catch {
    call.reject(
      new CompilerError('E_COMPILER_ANSWER', 'The compiler answered with something unreadable.', {
        operation: call.operation,
      }),
    );
    return;
  }
  if (envelope.ok) call.resolve(envelope.value);
  else {
    const { code, message, args } = envelope.error;
    call.reject(new CompilerError(code, message, args ?? {}));
  }
}

/** Puts the parts of a report into it that came beside it, or with an answer before. */
function complete(envelope: Envelope, parts: ReportParts, instance: Instance): void {
  if (parts.map !== null) {
    const map = JSON.parse(parts.map) as { value: ElementMap };
    instance.map = map.value;
  }
  const report = envelope.ok ? (envelope.value as Compilation).report : null;
  if (!report || !instance.map) throw new Error('parts of a report came without it');
  report.spec_hash = parts.specHash;
  report.map = instance.map;
}

class TimedOut extends Error {}

function withTimeout<T>(promise: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TimedOut()), ms);
    promise.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (cause: unknown) => {
        clearTimeout(timer);
        reject(cause instanceof Error ? cause : new Error(String(cause)));
      },
    );
  });
}

function startError(cause: unknown): CompilerError {
  const detail =
    cause instanceof TimedOut
      ? 'it gave no sign of life in time'
      : cause instanceof Error
        ? cause.message
        : String(cause);
  return new CompilerError(
    'E_COMPILER_START',
    `The compiler could not be started in this browser: ${detail}. Your text is safe; try again or reload the page.`,
  );
}

function trapError(operation: string, detail: string): CompilerError {
  return new CompilerError(
    'E_COMPILER_TRAPPED',
    `The compiler stopped on this input and was restarted (${detail}). Your text is unchanged.`,
    { operation },
  );
}

function missingError(operation: string, detail: string): CompilerError {
  return new CompilerError(
    'E_COMPILER_PACKAGE',
    `A part of the compiler could not be loaded: ${detail}. Your text is unchanged; try again when the server can be reached.`,
    { operation },
  );
}

function closedError(): CompilerError {
  return new CompilerError('E_COMPILER_CLOSED', 'The editor was closed before the answer came.');
}
