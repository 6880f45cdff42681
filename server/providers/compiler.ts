/**
 * The one compiler, as WebAssembly: the same packages that the page runs. This module knows its call
 * convention (JSON in, JSON envelope out) and nothing of its rules.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type {
  Compilation,
  CompilerInfo,
  ConfigBundleV1,
  Decoded,
  DeploymentStatement,
  Description,
  EndpointKind,
  ExecutionTarget,
  FollowedAnchor,
  Lowering,
  MergeAnswer,
  PlanGraph,
  SemanticDiff,
  StageFamily,
  StageOp,
} from '../../src/lib/compiler/types.ts';
import { ByteorError } from '../errors.ts';

/** A stage of a spec. Lowering gives it the id of the plan's stage. */
interface SpecStage {
  /** Its KV path: `single_ring.stages.0`, `lane_graph.roles.3`. */
  path: string;
  id: string;
  key: string;
}

/** What a spec asks of its config bundle. */
export interface BundleNeeds {
  /** Names of the secrets that its keys use, sorted. */
  secrets: string[];
  /** Ids of its boundaries, in its order; null where they aren't known. */
  boundaries: { ingresses: string[]; egresses: string[] } | null;
  /** What leaves it after a kill may be something else than before, so that sinks can't leave it out. */
  chooses: boolean;
}

interface PlanText {
  text: string;
  target: ExecutionTarget;
}

export interface Compiler {
  readonly version: string;
  readonly specFeatures: readonly string[];
  compile(text: string, target: ExecutionTarget): Compilation;
  /** With the spec's texts, without the graph. */
  lower(text: string, target: ExecutionTarget): Lowering;
  /**
   * What a runtime has to be able to execute: the target’s name, `ring_shards` for a ring of several
   * shards, and `stage:FAMILY` for each family
   * that the catalogue knows but no build runs yet. Sorted, as byteor-policy computes it.
   */
  featuresOf(graph: PlanGraph, target: ExecutionTarget, specKv: string): string[];
  /**
   * The stages of a spec by their KV paths, as the compile report's map names them, so that numbers
   * of a running spec find the elements they belong to; empty for another compiler's making.
   */
  stagesOf(specKv: string): SpecStage[];
  /** What anchors of one plan are in another; the plans may have errors. */
  follow(before: PlanText, after: PlanText, anchors: readonly string[]): FollowedAnchor[];
  /** The same of two specs; throws where one of them can't be read. */
  diffSpecs(beforeKv: string, afterKv: string): SemanticDiff;
  /** A three-way merge by id; what conflicts stands as `ours` has it. */
  merge(base: string, ours: string, theirs: string): MergeAnswer;
  /** What a spec asks of its config bundle; nothing is known of another compiler's making. */
  bundleNeeds(specKv: string): BundleNeeds;
  /** For a spec that needs this. */
  bundleEncode(
    config: ConfigBundleV1,
    needs: Pick<BundleNeeds, 'secrets' | 'boundaries'>,
  ): { text: string; digest: string };
  deploymentEncode(statement: DeploymentStatement): { text: string; digest: string };
  /** Reads `deployment.kv` back; throws where it isn't canonical text of a known version. */
  deploymentDecode(text: string): { statement: DeploymentStatement; digest: string };
}

interface WasmModule {
  info(): string;
  compile(input: string): string;
}

interface LanguageModule {
  catalogue(): string;
  lower(input: string): string;
  decode(input: string): string;
  describe(input: string): string;
  diff(input: string): string;
  follow(input: string): string;
  merge(input: string): string;
}

interface BundleModule {
  bundleEncode(input: string): string;
  deploymentEncode(input: string): string;
  deploymentDecode(input: string): string;
}

interface Envelope {
  ok: boolean;
  value?: unknown;
  error?: { code: string; message: string; args?: Record<string, unknown> };
}

/** Arguments are texts at this boundary; a list of problems travels as JSON. */
function readArgs(args: Record<string, unknown>): Record<string, unknown> {
  const { issues } = args;
  if (typeof issues !== 'string') return args;
  return { ...args, issues: JSON.parse(issues) as unknown };
}

const PACKAGES = join(import.meta.dirname, '..', '..', 'wasm');

/** Loads one package that is checked in. */
async function loadPackage(folder: string, name: string): Promise<unknown> {
  const script = join(folder, `${name}.js`);
  const binary = join(folder, `${name}_bg.wasm`);
  if (!existsSync(script) || !existsSync(binary)) {
    throw new Error(`${folder} is missing: build it with npm run build:wasm`);
  }
  const loaded = (await import(pathToFileURL(script).href)) as {
    initSync(options: { module: Uint8Array }): unknown;
  };
  loaded.initSync({ module: readFileSync(binary) });
  return loaded;
}

/** Loads what the server calls of the compiler. */
export async function loadCompiler(packages: string = PACKAGES): Promise<Compiler> {
  const wasm = (await loadPackage(join(packages, 'pkg'), 'byteor_pipeline_wasm')) as WasmModule;
  const language = (await loadPackage(
    join(packages, 'language', 'pkg'),
    'byteor_language_wasm',
  )) as LanguageModule;
  const bundle = (await loadPackage(
    join(packages, 'bundle', 'pkg'),
    'byteor_bundle_wasm',
  )) as BundleModule;

  const call = (run: (input: string) => string, input: unknown): unknown => {
    const answer = JSON.parse(run(JSON.stringify(input))) as Envelope;
    if (answer.ok) return answer.value;
    const error = answer.error ?? {
      code: 'compiler_failed',
      message: 'The compiler gave no answer.',
    };
    throw new ByteorError(422, error.code, error.message, { args: readArgs(error.args ?? {}) });
  };
  /** What a spec says; null of one that another compiler made and this one can't read. */
  const decodedOrNull = (specKv: string): Decoded | null => {
    const answer = JSON.parse(language.decode(JSON.stringify({ kv: specKv }))) as Envelope;
    return answer.ok ? (answer.value as Decoded) : null;
  };
  const info = call(wasm.info, {}) as CompilerInfo;
  const families = call(language.catalogue, {}) as StageFamily[];
  const notRunning = new Set(families.filter((one) => !one.runs).map((one) => one.name));

  return {
    version: info.compiler_version,
    specFeatures: info.spec_features,
    compile: (text, target) => call(wasm.compile, { text, target }) as Compilation,
    lower: (text, target) => call(language.lower, { text, target }) as Lowering,
    featuresOf(graph, target, specKv) {
      const features = new Set<string>([target]);
      const spec = decodedOrNull(specKv)?.spec;
      if (spec && 'single_ring' in spec && spec.single_ring.shards > 1) features.add('ring_shards');
      for (const { family } of graph.stages) {
        if (family && notRunning.has(family)) features.add(`stage:${family}`);
      }
      return [...features].sort();
    },
    stagesOf(specKv) {
      const decoded = decodedOrNull(specKv);
      if (!decoded) return [];
      const { spec } = decoded;
      const stage = (path: string, id: string, op: StageOp) => ({
        path,
        id,
        key: op.kind === 'named' ? op.key : op.kind,
      });
      if ('single_ring' in spec) {
        return spec.single_ring.stages.map(({ id, op }, at) =>
          stage(`single_ring.stages.${at}`, id, op),
        );
      }
      return spec.lane_graph.roles.flatMap(({ id, work }, at) =>
        work.kind === 'stage' ? [stage(`lane_graph.roles.${at}`, id, work.op)] : [],
      );
    },
    follow: (before, after, anchors) =>
      call(language.follow, { before, after, of: 'plan', anchors }) as FollowedAnchor[],
    merge: (base, ours, theirs) =>
      call(language.merge, { base, ours, theirs, choices: [] }) as MergeAnswer,
    bundleNeeds(specKv) {
      const decoded = decodedOrNull(specKv);
      if (!decoded) return { secrets: [], boundaries: null, chooses: false };
      const { spec, secrets } = decoded;
      // A ring's ends have no ids of their own, and files of their own either way.
      if ('single_ring' in spec) {
        const boundaries = { ingresses: ['ingress'], egresses: ['egress'] };
        return { secrets, boundaries, chooses: false };
      }
      const ids = (side: EndpointKind) =>
        spec.lane_graph.endpoints.flatMap(({ id, kind }) => (kind === side ? [id] : []));
      const { after_kill } = call(language.describe, { kv: specKv }) as Description;
      return {
        secrets,
        boundaries: { ingresses: ids('ingress'), egresses: ids('egress') },
        chooses: after_kill.promise !== 'same_bytes',
      };
    },
    bundleEncode: (config, { secrets, boundaries }) =>
      call(bundle.bundleEncode, { config, secrets, ...boundaries }) as {
        text: string;
        digest: string;
      },
    deploymentEncode: (statement) =>
      call(bundle.deploymentEncode, { statement }) as { text: string; digest: string },
    deploymentDecode: (text) =>
      call(bundle.deploymentDecode, { text }) as { statement: DeploymentStatement; digest: string },
    diffSpecs: (before, after) =>
      call(language.diff, { before: { kv: before }, after: { kv: after } }) as SemanticDiff,
  };
}
