import type {
  CompileReportV1,
  Diagnostic,
  EditOperation,
  ExecutionTarget,
  PlanGraph,
  SpecDiff,
  StageFamily,
  TextEdit,
} from './types';

/** What the compiler says about itself; versions are compared with the server's before a version is made. */
export interface CompilerInfo {
  compiler_version: string;
  plan_version: number;
  kv_version: number;
  spec_features: string[];
}

/** A plan and the execution target it is compiled for. */
export interface PlanSource {
  text: string;
  target: ExecutionTarget;
}

/** One side of a semantic diff: a plan, or the canonical spec KV of a version. */
export type DiffSide = PlanSource | { kv: string };

/** What one compile answers. `report` is null while the plan has an error. */
export interface Compilation {
  graph: PlanGraph;
  diagnostics: Diagnostic[];
  report: CompileReportV1 | null;
}

/** The answer to an edit operation: the new text, and the minimal edits that lead to it (UTF-16 offsets). */
export interface EditAnswer {
  text: string;
  edits: TextEdit[];
  /** Ids of stages and boundaries that the operation brought into being. */
  created: string[];
}

/**
 * Every operation of the WebAssembly compiler that the page calls: name, request, value.
 * The compiler is stateless: text in, answer out (docs/spec/plan-language.md).
 */
export interface CompilerOperations {
  info: { request: Record<string, never>; value: CompilerInfo };
  catalogue: { request: Record<string, never>; value: StageFamily[] };
  compile: { request: PlanSource; value: Compilation };
  validate: { request: PlanSource; value: Omit<Compilation, 'report'> };
  lower: { request: PlanSource; value: Omit<Compilation, 'graph'> };
  edit: { request: PlanSource & { operation: EditOperation }; value: EditAnswer };
  format: { request: { text: string }; value: { text: string; edits: TextEdit[] } };
  extract: { request: { text: string; ids: string[] }; value: { text: string } };
  diff: { request: { before: DiffSide; after: DiffSide }; value: SpecDiff };
  describe: { request: { kv: string }; value: { text: string } };
  dot: { request: { kv: string }; value: { text: string } };
  encode: { request: { spec: unknown }; value: { kv: string; spec_hash: string } };
  decode: {
    request: { kv: string };
    value: { spec: unknown; spec_hash: string; canonical: boolean };
  };
  bundleEncode: { request: { config: unknown }; value: { text: string; digest: string } };
  bundleDecode: { request: { text: string }; value: { config: unknown; digest: string } };
  bundleDiff: { request: { before: unknown; after: unknown }; value: unknown };
  deploymentEncode: { request: { statement: unknown }; value: { text: string; digest: string } };
}

export type CompilerOperation = keyof CompilerOperations;

/** What the compiler's JSON envelope holds (docs/spec/diagnostics.md). */
export type Envelope =
  | { ok: true; value: unknown }
  | { ok: false; error: { code: string; message: string; args?: Record<string, string> } };
