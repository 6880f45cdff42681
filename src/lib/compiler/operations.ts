import type {
  ApiError,
  CodeAction,
  Compilation,
  CompilerInfo,
  CompletionList,
  ConfigBundleV1,
  ConfigDiff,
  Decoded,
  Description,
  DeploymentStatement,
  DiffRequest,
  EditAnswer,
  EditRequest,
  EncodeRequest,
  Encoded,
  ExtractRequest,
  FoldingRange,
  FollowedAnchor,
  FollowRequest,
  ForeseeRequest,
  Foreseen,
  ForeseenRole,
  FormatRequest,
  Formatted,
  Hover,
  KeyForm,
  KvRequest,
  Lowering,
  MergeAnswer,
  MergeRequest,
  OutlineItem,
  PlaceRequest,
  PlanSource,
  RangeRequest,
  Reference,
  RenamePlace,
  SemanticDiff,
  SentencesRequest,
  SignatureHelp,
  Span,
  StageFamily,
  StageKey,
  StageSentence,
  TextAnswer,
  TextEdit,
  Validation,
} from './types';

type Nothing = { [name: string]: never };

/** A canonical text with the digest of its bytes. */
export interface TextWithDigest {
  text: string;
  digest: string;
}

/**
 * Every operation of the WebAssembly compiler that the page calls: name, request, value.
 * The compiler is stateless: text in, answer out (docs/spec/plan-language.md).
 */
export interface CompilerOperations {
  info: { request: Nothing; value: CompilerInfo };
  catalogue: { request: Nothing; value: StageFamily[] };
  compile: { request: PlanSource; value: Compilation };
  validate: { request: PlanSource; value: Validation };
  lower: { request: PlanSource; value: Lowering };
  edit: { request: EditRequest; value: EditAnswer };
  foresee: { request: ForeseeRequest; value: Foreseen };
  sketch: { request: PlanSource; value: ForeseenRole[] };
  merge: { request: MergeRequest; value: MergeAnswer };
  format: { request: FormatRequest; value: Formatted };
  extract: { request: ExtractRequest; value: TextAnswer };
  diff: { request: DiffRequest; value: SemanticDiff };
  follow: { request: FollowRequest; value: FollowedAnchor[] };
  describe: { request: KvRequest; value: Description };
  dot: { request: KvRequest; value: TextAnswer };
  encode: { request: EncodeRequest; value: Encoded };
  decode: { request: KvRequest; value: Decoded };
  complete: { request: PlaceRequest; value: CompletionList };
  hover: { request: PlaceRequest; value: Hover | null };
  signatureHelp: { request: PlaceRequest; value: SignatureHelp | null };
  definition: { request: PlaceRequest; value: Span | null };
  references: { request: PlaceRequest; value: Reference[] };
  prepareRename: { request: PlaceRequest; value: RenamePlace | null };
  codeActions: { request: RangeRequest; value: CodeAction[] };
  formatRange: { request: RangeRequest; value: TextEdit[] };
  outline: { request: FormatRequest; value: OutlineItem[] };
  folding: { request: FormatRequest; value: FoldingRange[] };
  semanticTokens: { request: FormatRequest; value: number[] };
  splitKey: { request: StageKey; value: KeyForm | null };
  joinKey: { request: KeyForm; value: StageKey | null };
  sentences: { request: SentencesRequest; value: (StageSentence | null)[] };
  /** Where the spec is known: the secrets that its keys use, and the ids of its boundaries. */
  bundleEncode: {
    request: {
      config: ConfigBundleV1;
      secrets?: readonly string[];
      ingresses?: readonly string[];
      egresses?: readonly string[];
    };
    value: TextWithDigest;
  };
  bundleDecode: { request: { text: string }; value: { config: ConfigBundleV1; digest: string } };
  bundleDiff: { request: { before: ConfigBundleV1; after: ConfigBundleV1 }; value: ConfigDiff };
  deploymentEncode: { request: { statement: DeploymentStatement }; value: TextWithDigest };
  deploymentDecode: {
    request: { text: string };
    value: { statement: DeploymentStatement; digest: string };
  };
}

export type CompilerOperation = keyof CompilerOperations;

/**
 * The WebAssembly packages of the compiler, by when they are needed: `core` loads with the worker,
 * each other one when one of its operations is first called (docs/decisions/0033-packages-by-need.md).
 * For `language` that is right behind the first compile, when the session asks for the catalogue.
 */
export type CompilerPackage = 'core' | 'language' | 'bundle';

/** The package that each operation is in. */
export const packageOf = {
  info: 'core',
  compile: 'core',
  complete: 'language',
  hover: 'language',
  signatureHelp: 'language',
  definition: 'language',
  references: 'language',
  prepareRename: 'language',
  codeActions: 'language',
  formatRange: 'language',
  outline: 'language',
  folding: 'language',
  semanticTokens: 'language',
  validate: 'language',
  edit: 'language',
  foresee: 'language',
  sketch: 'language',
  format: 'language',
  extract: 'language',
  catalogue: 'language',
  splitKey: 'language',
  joinKey: 'language',
  sentences: 'language',
  lower: 'language',
  encode: 'language',
  decode: 'language',
  describe: 'language',
  dot: 'language',
  diff: 'language',
  follow: 'language',
  merge: 'language',
  bundleEncode: 'bundle',
  bundleDecode: 'bundle',
  bundleDiff: 'bundle',
  deploymentEncode: 'bundle',
  deploymentDecode: 'bundle',
} as const satisfies Record<CompilerOperation, CompilerPackage>;

/** The operations of one package. */
export type OperationOf<Package extends CompilerPackage> = {
  [O in CompilerOperation]: (typeof packageOf)[O] extends Package ? O : never;
}[CompilerOperation];

/** What the compiler's JSON envelope holds (docs/spec/diagnostics.md). */
export type Envelope = { ok: true; value: unknown } | { ok: false; error: ApiError };
