/**
 * What people do here is declared, not coded again and again: an operation says what it takes, what
 * it needs, which thing it is about, what it does, and what it leaves in the audit and tells the
 * pages. {@link perform} is the one place that authorizes, opens the transaction, records and tells;
 * no operation does any of it by itself (`server/test/operations.test.ts`). The edges (tRPC, REST)
 * and the tests that enumerate operations are made from the declarations (`server/operations.ts`).
 */
import type { z } from 'zod';
import { recordAudit, type Actor, type AuditEntry } from './audit/record.ts';
import { refusalOf, userActor } from './authorize.ts';
import { loadCaller, type Caller } from './caller.ts';
import type { Json } from './domain/digests/canonical-json.ts';
import type { Permission } from './domain/permissions/roles.ts';
import { ByteorError, inputInvalid, issuesOf, signInRequired } from './errors.ts';
import type { LiveTopic } from './live/bus.ts';
import type { Db } from './providers/database.ts';
import type { SignedInUser } from './providers/identity.ts';
import type { Scope } from './scopes.ts';
import type { Services } from './services.ts';

/** One call of an edge: who is signed in, and what came and goes beside the input. */
export interface Call {
  services: Services;
  user: SignedInUser | null;
  /** The request's headers, with the peer's address written by us. */
  headers: Headers;
  /** Adds Set-Cookie headers to the answer. */
  setCookies(cookies: readonly string[]): void;
}

/** What the functions of a declaration are given. */
interface About<Input, Thing, Who> {
  services: Services;
  /** A change's transaction; for reading, the plain client. */
  db: Db;
  /** With the roles that are stored now; a change reads them in its transaction. */
  caller: Who;
  input: Input;
  thing: Thing;
  now: Date;
  call: Call;
}

export interface Running<Input, Thing, Who> extends About<Input, Thing, Who> {
  /** The caller, for movers: what they move they record. */
  actor: Who extends Caller ? Actor : Actor | null;
  /** Runs once the transaction is committed: wakes a job, sets a cookie. Not if it rolls back. */
  afterCommit(work: () => void): void;
  /**
   * What to record, as `denied` with the refusal's code, should this call be refused after all: for
   * operations without a scope, which learn only on the way whom a refusal concerns.
   */
  ifRefused(entries: AuditOf[]): void;
}

export interface Done<Input, Thing, Who, Answer> extends About<Input, Thing, Who> {
  answer: Answer;
}

/** Where something stands; what a declaration leaves out is its scope's. */
interface Place {
  orgId?: string;
  projectId?: string | null;
  environmentId?: string | null;
}

/** A record of the audit; what is left out is the operation's own name and its thing. */
export interface AuditOf extends Place {
  action?: string;
  actor?: AuditEntry['actor'];
  outcome?: AuditEntry['outcome'];
  resource?: AuditEntry['resource'];
  detail?: { [key: string]: Json };
}

/** Why a change leaves no record; `server/test/operations.test.ts` lists them all. */
interface Unaudited {
  unaudited: string;
}
export const unaudited = (reason: string): Unaudited => ({ unaudited: reason });

/** What pages fetch again; places that are left out are the scope's. */
interface EventOf {
  type: LiveTopic;
  id: string;
  orgId?: string;
  environmentId?: string | null;
  /** Told to this person only. */
  userId?: string;
  /** Of a draft whose content this is about; see `LiveEvent`. */
  revision?: number;
}

interface Reads<Schema extends z.ZodType, Thing, Who, Answer> {
  kind: 'read';
  /** `noun.verb`: the audit's action, and the name in tests. */
  name: string;
  input: Schema;
  run(given: Running<z.output<Schema>, Thing, Who>): Promise<Answer>;
}

interface Changes<Schema extends z.ZodType, Thing, Who, Answer> {
  kind: 'change';
  name: string;
  input: Schema;
  run(given: Running<z.output<Schema>, Thing, Who>): Promise<Answer>;
  /** What is recorded, in the same transaction; a mover (`moveDeployment`, …) records its own. */
  audit: Unaudited | ((done: Done<z.output<Schema>, Thing, Who, Answer>) => AuditOf | AuditOf[]);
  /** What is told to pages when it commits. */
  events(done: Done<z.output<Schema>, Thing, Who, Answer>): EventOf[];
  /** A refusal of `run` is recorded too, as `denied` with its code: for governed decisions. */
  recordsRefusals?: true;
}

/** What an operation about a thing says beyond: how the thing is found, and what it takes. */
interface Guarded<Input, Thing> {
  /**
   * The thing, among what the caller may know of (`…_not_found` otherwise). Runs in the transaction.
   */
  thing(given: {
    services: Services;
    db: Db;
    caller: Caller;
    input: Input;
    now: Date;
  }): Promise<Thing>;
  /** Where the thing stands: the permission is judged there. */
  scope(thing: Thing): Scope;
  /** Several are all needed, and refused in their order: what lets see comes first. */
  needs: Permission | ((given: { thing: Thing; input: Input }) => Permission | Permission[]);
}

/** An operation about nothing in particular says so, and why that gives nothing away. */
interface OwnOnly {
  needs: 'session';
}

type AnyDeclaration = (
  Reads<z.ZodType, unknown, unknown, unknown> | Changes<z.ZodType, unknown, unknown, unknown>
) &
  (Guarded<unknown, unknown> | OwnOnly | { needs: 'nobody' });

/** A declared operation; made by {@link operation} and {@link openOperation} only. */
export interface Operation<Kind extends 'read' | 'change', Schema extends z.ZodType, Answer> {
  readonly kind: Kind;
  readonly name: string;
  readonly input: Schema;
  /** How it is done; {@link perform} reads it. */
  readonly declaration: AnyDeclaration;
  /** Only for the type: never there. */
  readonly answer?: Answer;
}
export type AnyOperation = Operation<'read' | 'change', z.ZodType, unknown>;

/** Declares what a signed-in person does to, or reads of, a thing. */
export function operation<Schema extends z.ZodType, Thing, Answer>(
  declaration: Reads<Schema, Thing, Caller, Answer> & Guarded<z.output<Schema>, Thing>,
): Operation<'read', Schema, Answer>;
export function operation<Schema extends z.ZodType, Thing, Answer>(
  declaration: Changes<Schema, Thing, Caller, Answer> & Guarded<z.output<Schema>, Thing>,
): Operation<'change', Schema, Answer>;
/** About nothing but the caller's own: what it reads is filtered by the caller's roles. */
export function operation<Schema extends z.ZodType, Answer>(
  declaration: Reads<Schema, null, Caller, Answer> & OwnOnly,
): Operation<'read', Schema, Answer>;
export function operation<Schema extends z.ZodType, Answer>(
  declaration: Changes<Schema, null, Caller, Answer> & OwnOnly,
): Operation<'change', Schema, Answer>;
export function operation(declaration: unknown): AnyOperation {
  return made(declaration as AnyDeclaration);
}

/** Declares what needs no session: signing in, and looking at a link. `caller` is null without one. */
export function openOperation<Schema extends z.ZodType, Answer>(
  declaration: Omit<Reads<Schema, null, Caller | null, Answer>, 'needs'>,
): Operation<'read', Schema, Answer>;
export function openOperation<Schema extends z.ZodType, Answer>(
  declaration: Omit<Changes<Schema, null, Caller | null, Answer>, 'needs'>,
): Operation<'change', Schema, Answer>;
export function openOperation(declaration: object): AnyOperation {
  return made({ ...declaration, needs: 'nobody' } as AnyDeclaration);
}

function made(declaration: AnyDeclaration): AnyOperation {
  const { kind, name, input } = declaration;
  return { kind, name, input, declaration };
}

/** Whether something is an operation, and not a procedure that an edge wrote by hand. */
export function isOperation(value: unknown): value is AnyOperation {
  return typeof value === 'object' && value !== null && 'declaration' in value;
}

/** Parses what a caller sent, and performs it. The first problem is `input_invalid`. */
export function call<Schema extends z.ZodType, Answer>(
  operation: Operation<'read' | 'change', Schema, Answer>,
  call: Call,
  input: z.input<Schema>,
): Promise<Answer> {
  const parsed = operation.input.safeParse(input);
  if (parsed.success) return perform(operation, call, parsed.data);
  return Promise.reject(inputInvalid(issuesOf(parsed.error)));
}

/** Does what an operation declares, with input that its schema has parsed. */
export async function perform<Schema extends z.ZodType, Answer>(
  { declaration: declared }: Operation<'read' | 'change', Schema, Answer>,
  call: Call,
  input: z.output<Schema>,
): Promise<Answer> {
  const { services, user } = call;
  const { database, clock } = services;
  if (!user && declared.needs !== 'nobody') throw signInRequired();
  const now = clock.now();
  // What a refusal is recorded with; it is written after the transaction rolled back.
  let refusal: { of: Whose; entries: AuditOf[] } | null = null;
  let committed: (() => void)[] = [];

  const work = async (db: Db): Promise<Answer> => {
    refusal = null;
    committed = [];
    const caller = user ? await callerOf(declared.kind, db, user) : null;
    let scope: Scope | null = null;
    let thing: unknown = null;
    if ('thing' in declared && caller) {
      thing = await declared.thing({ services, db, caller, input, now });
      scope = declared.scope(thing);
      const { needs } = declared;
      for (const permission of [
        typeof needs === 'function' ? needs({ thing, input }) : needs,
      ].flat()) {
        const error = refusalOf(caller, permission, scope);
        if (!error) continue;
        if (!permission.startsWith('View')) {
          refusal = { of: { scope, caller }, entries: [{ detail: { permission } }] };
        }
        throw error;
      }
    }
    const about = { services, db, caller, input, thing, now, call };
    let ifRefused: AuditOf[] =
      declared.kind === 'change' && declared.recordsRefusals && scope && caller ? [{}] : [];
    let answer: unknown;
    try {
      answer = await declared.run({
        ...about,
        actor: caller ? userActor(caller) : null,
        afterCommit: (work) => committed.push(work),
        ifRefused: (entries) => (ifRefused = entries),
      });
    } catch (error) {
      if (error instanceof ByteorError) {
        const { code } = error;
        const entries = ifRefused.map((one) => ({ ...one, detail: { ...one.detail, code } }));
        refusal = { of: { scope, caller }, entries };
      }
      throw error;
    }
    if (declared.kind === 'change') await record(declared, { ...about, answer }, scope);
    return answer as Answer;
  };

  try {
    const answer =
      declared.kind === 'change' ? await database.transact(work) : await work(database.client);
    for (const step of committed) step();
    return answer;
  } catch (error) {
    const denied = refusal as { of: Whose; entries: AuditOf[] } | null;
    for (const entry of denied?.entries ?? []) {
      await recordEntry(database.client, now, declared.name, denied?.of ?? NOBODY, {
        ...entry,
        outcome: 'denied',
      });
    }
    throw error;
  }
}

/**
 * Who calls. The reads that one request brings together start at once, for the one person whom it was
 * looked up for: their roles are looked up once. A change looks in its own transaction.
 */
const reading = new WeakMap<SignedInUser, Promise<Caller>>();

async function callerOf(kind: 'read' | 'change', db: Db, user: SignedInUser): Promise<Caller> {
  if (kind === 'change') return loadCaller(db, user);
  const underway = reading.get(user);
  if (underway) return underway;
  const caller = loadCaller(db, user);
  reading.set(user, caller);
  try {
    return await caller;
  } finally {
    reading.delete(user);
  }
}

/** Where an operation was judged, and for whom: what a record leaves out. */
interface Whose {
  scope: Scope | null;
  caller: Caller | null;
}
const NOBODY: Whose = { scope: null, caller: null };

function orgOf(name: string, place: Place, scope: Scope | null): string {
  const orgId = place.orgId ?? scope?.orgId;
  if (!orgId) throw new Error(`${name} leaves a record without an organization`);
  return orgId;
}

async function recordEntry(
  db: Db,
  now: Date,
  name: string,
  { scope, caller }: Whose,
  entry: AuditOf,
): Promise<void> {
  const actor = entry.actor ?? (caller ? userActor(caller) : null);
  const resource = entry.resource ?? scope;
  if (!actor || !resource) throw new Error(`${name} records nobody, or nothing`);
  await recordAudit(db, now, {
    orgId: orgOf(name, entry, scope),
    projectId: entry.projectId ?? scope?.projectId ?? null,
    environmentId: entry.environmentId ?? scope?.environmentId ?? null,
    actor,
    action: entry.action ?? name,
    outcome: entry.outcome ?? 'succeeded',
    resource: { kind: resource.kind, id: resource.id, name: resource.name ?? null },
    ...(entry.detail ? { detail: entry.detail } : {}),
  });
}

/** The audit and the events of a change, in its transaction. */
async function record(
  declared: Changes<z.ZodType, unknown, unknown, unknown>,
  done: Done<unknown, unknown, Caller | null, unknown>,
  scope: Scope | null,
): Promise<void> {
  const { db, now, services, caller } = done;
  if (typeof declared.audit === 'function') {
    for (const entry of [declared.audit(done)].flat()) {
      await recordEntry(db, now, declared.name, { scope, caller }, entry);
    }
  }
  for (const event of declared.events(done)) {
    await services.live.publish(
      db,
      {
        type: event.type,
        id: event.id,
        orgId: orgOf(declared.name, event, scope),
        environmentId:
          event.environmentId === undefined ? (scope?.environmentId ?? null) : event.environmentId,
        ...(event.userId === undefined ? {} : { userId: event.userId }),
        ...(event.revision === undefined ? {} : { revision: event.revision }),
      },
      now,
    );
  }
}
