// The committed WebAssembly packages under Node, typed.
import type {
  ApiError,
  Compilation,
  CompilerInfo,
  Decoded,
  DiffRequest,
  EditAnswer,
  EditOperation,
  Encoded,
  ExecutionTarget,
  FollowedAnchor,
  Foreseen,
  ForeseenRole,
  Formatted,
  Lowering,
  PipelineSpecV1,
  SemanticDiff,
  StageFamily,
  StageSentence,
  TextAnswer,
} from '../../src/lib/compiler/types';
import { operations as wasm } from './packages';

/** An operation that gave an error instead of a value. */
export class Refusal extends Error {
  readonly error: ApiError;

  constructor(error: ApiError) {
    super(`${error.code}: ${error.message}`);
    this.error = error;
  }
}

type Envelope<Value> = { ok: true; value: Value } | { ok: false; error: ApiError };

function call<Value>(operation: (json: string) => string, request: unknown): Value {
  const envelope = JSON.parse(operation(JSON.stringify(request))) as Envelope<Value>;
  if (envelope.ok) return envelope.value;
  throw new Refusal(envelope.error);
}

type Side = { text: string; target: ExecutionTarget } | { kv: string };

export const info = () => call<CompilerInfo>(wasm.info, {});
export const catalogue = () => call<StageFamily[]>(wasm.catalogue, {});
export const compile = (text: string, target: ExecutionTarget) =>
  call<Compilation>(wasm.compile, { text, target });
export const validate = (text: string, target: ExecutionTarget) =>
  call<Omit<Compilation, 'report'>>(wasm.validate, { text, target });
export const lower = (text: string, target: ExecutionTarget) =>
  call<Lowering>(wasm.lower, { text, target });
export const encode = (spec: PipelineSpecV1) => call<Encoded>(wasm.encode, { spec });
export const decode = (kv: string) => call<Decoded>(wasm.decode, { kv });
export const describeKv = (kv: string) => call<TextAnswer>(wasm.describe, { kv }).text;
export const dot = (kv: string) => call<TextAnswer>(wasm.dot, { kv }).text;
export const diff = (before: Side, after: Side, more: Pick<DiffRequest, 'of' | 'limit'> = {}) =>
  call<SemanticDiff>(wasm.diff, { before, after, ...more });
export const follow = (before: Side, after: Side, anchors: string[]) =>
  call<FollowedAnchor[]>(wasm.follow, { before, after, of: 'plan', anchors });
export const edit = (text: string, operation: EditOperation) =>
  call<EditAnswer>(wasm.edit, { text, target: 'single_ring', operation });
export const format = (text: string) => call<Formatted>(wasm.format, { text });
export const extract = (text: string, ids: string[]) =>
  call<TextAnswer>(wasm.extract, { text, ids }).text;
export const foresee = (text: string, operations: EditOperation[]) =>
  call<Foreseen>(wasm.foresee, { text, target: 'lane_graph', operations });
export const sketch = (text: string, target: ExecutionTarget) =>
  call<ForeseenRole[]>(wasm.sketch, { text, target });
export const sentences = (keys: string[]) =>
  call<(StageSentence | null)[]>(wasm.sentences, { keys });
export const raw = wasm;

/** Any operation by its name. */
export function ask(operation: string, request: object): unknown {
  const found = (wasm as unknown as Record<string, ((json: string) => string) | undefined>)[
    operation
  ];
  if (!found) throw new Error(`the packages have no operation ${operation}`);
  return call<unknown>(found, request);
}

export { applyEdits } from './markdown';
