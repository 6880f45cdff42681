/**
 * A `net.Socket` look-alike that speaks the PostgreSQL protocol to a PGlite in this process, so that
 * the ordinary `pg` pool, and everything on top of it, works on both databases.
 *
 * PGlite has one session. The hub gives it to one socket at a time: for one batch of frontend
 * messages (up to Sync, Query or Flush), and for as long as that batch leaves a transaction open.
 */
import { Duplex } from 'node:stream';
import type { PGlite } from '@electric-sql/pglite';

const STARTUP_PARAMETERS: [string, string][] = [
  ['server_version', '18.0'],
  ['server_encoding', 'UTF8'],
  ['client_encoding', 'UTF8'],
  ['DateStyle', 'ISO, MDY'],
  ['integer_datetimes', 'on'],
  ['standard_conforming_strings', 'on'],
  ['TimeZone', 'UTC'],
];

function backendMessage(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

function frontendQuery(sql: string): Uint8Array {
  return backendMessage('Q', Buffer.from(`${sql}\0`));
}

interface Answer {
  /** Bytes for the socket that asked, notifications taken out. */
  own: Buffer;
  /** NotificationResponse messages, which every socket gets, as PostgreSQL would do. */
  notifications: Buffer;
  /** Transaction status of the last ReadyForQuery, or null when there was none (after a Flush). */
  status: string | null;
}

function splitAnswer(raw: Uint8Array): Answer {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const own: Buffer[] = [];
  const notifications: Buffer[] = [];
  let status: string | null = null;
  for (let at = 0; at + 5 <= bytes.length;) {
    const type = bytes[at];
    const end = at + 1 + bytes.readInt32BE(at + 1);
    const message = bytes.subarray(at, end);
    if (type === 0x41 /* A */) notifications.push(message);
    else own.push(message);
    if (type === 0x5a /* Z */) status = String.fromCharCode(bytes[at + 5] ?? 0x49);
    at = end;
  }
  // The engine reuses its answer buffer: copy before anything else runs.
  return { own: Buffer.concat(own), notifications: Buffer.concat(notifications), status };
}

interface Waiting {
  socket: PgliteSocket;
  batch: Buffer;
}

/** Shares one PGlite between any number of sockets. */
export class PgliteHub {
  readonly #pglite: PGlite;
  readonly #sockets = new Set<PgliteSocket>();
  #queue: Waiting[] = [];
  #owner: PgliteSocket | null = null;
  #running = false;

  constructor(pglite: PGlite) {
    this.#pglite = pglite;
  }

  /** A new, unconnected socket; the shape `pg` expects from its `stream` option. */
  readonly socket = (): PgliteSocket => {
    const socket = new PgliteSocket(this);
    this.#sockets.add(socket);
    return socket;
  };

  /** Queues one batch that ends in Sync, Query or Flush. */
  submit(socket: PgliteSocket, batch: Buffer): void {
    this.#queue.push({ socket, batch });
    void this.#pump();
  }

  /** Forgets a socket; what it left open is rolled back. */
  release(socket: PgliteSocket): void {
    this.#sockets.delete(socket);
    this.#queue = this.#queue.filter((waiting) => waiting.socket !== socket);
    if (this.#owner === socket) void this.#pump();
  }

  #next(): Waiting | null {
    const index = this.#owner
      ? this.#queue.findIndex((waiting) => waiting.socket === this.#owner)
      : 0;
    return this.#queue.splice(index, index < 0 ? 0 : 1)[0] ?? null;
  }

  async #pump(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      for (;;) {
        if (this.#owner && !this.#sockets.has(this.#owner)) {
          this.#owner = null;
          // Sync first: the client may have vanished between a Flush and its Sync.
          await this.#exchange(
            Buffer.concat([backendMessage('S', Buffer.alloc(0)), frontendQuery('ROLLBACK')]),
          );
        }
        const waiting = this.#next();
        if (!waiting) return;
        const { socket, batch } = waiting;
        try {
          const answer = await this.#exchange(batch);
          this.#owner = answer.status === 'I' ? null : socket;
          socket.push(answer.own);
        } catch (error) {
          this.#owner = null;
          socket.destroy(error instanceof Error ? error : new Error(String(error)));
        }
      }
    } finally {
      this.#running = false;
    }
  }

  async #exchange(batch: Uint8Array): Promise<Answer> {
    const answer = splitAnswer(await this.#pglite.execProtocolRaw(batch));
    if (answer.notifications.length > 0) {
      for (const socket of this.#sockets) socket.push(answer.notifications);
    }
    return answer;
  }
}

/** One virtual connection. Only the part of `net.Socket` that `pg` uses. */
class PgliteSocket extends Duplex {
  readonly #hub: PgliteHub;
  #pending: Buffer = Buffer.alloc(0);
  #batch: Buffer[] = [];
  #started = false;

  constructor(hub: PgliteHub) {
    super();
    this.#hub = hub;
  }

  connect(): this {
    queueMicrotask(() => this.emit('connect'));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#pending = this.#pending.length ? Buffer.concat([this.#pending, chunk]) : chunk;
    this.#takeMessages();
    done();
  }

  override _final(done: () => void): void {
    done();
    this.destroy();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#hub.release(this);
    done(error);
  }

  #takeMessages(): void {
    if (!this.#started) {
      if (this.#pending.length < 4) return;
      const length = this.#pending.readInt32BE(0);
      if (this.#pending.length < length) return;
      this.#pending = this.#pending.subarray(length);
      this.#started = true;
      this.push(greeting());
    }
    for (;;) {
      if (this.#pending.length < 5) return;
      const length = this.#pending.readInt32BE(1) + 1;
      if (this.#pending.length < length) return;
      const message = this.#pending.subarray(0, length);
      this.#pending = this.#pending.subarray(length);
      const type = String.fromCharCode(message[0] ?? 0);
      if (type === 'X') {
        // Terminate would end the engine for everybody.
        this.destroy();
        return;
      }
      this.#batch.push(message);
      if ('SQHcf'.includes(type)) {
        this.#hub.submit(this, Buffer.concat(this.#batch));
        this.#batch = [];
      }
    }
  }
}

function greeting(): Buffer {
  const parameters = STARTUP_PARAMETERS.map(([name, value]) =>
    backendMessage('S', Buffer.from(`${name}\0${value}\0`)),
  );
  return Buffer.concat([
    backendMessage('R', Buffer.alloc(4)),
    ...parameters,
    backendMessage('K', Buffer.alloc(8)),
    backendMessage('Z', Buffer.from('I')),
  ]);
}
