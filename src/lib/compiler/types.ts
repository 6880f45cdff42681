// Generated from the Rust types by `cargo run -p xtask -- codegen`. Don't edit.
//
// Offsets are UTF-16 units, as JavaScript counts them. Codes: docs/spec/diagnostics.md.

/**
 * What a plan is lowered to. Explicit, never guessed.
 */
export type ExecutionTarget = "single_ring" | "lane_graph";

/**
 * A range of a text. Bytes in Rust, UTF-16 units at the WebAssembly boundary.
 */
export type Span = {
  /**
   * First offset.
   */
  start: number,
  /**
   * The offset after the last.
   */
  end: number, };

/**
 * Lines and columns of a span, both from 1; columns count UTF-16 units, as editors do.
 */
export type Range = {
  /**
   * Line of the first offset.
   */
  start_line: number,
  /**
   * Column of the first offset.
   */
  start_column: number,
  /**
   * Line of the offset after the last.
   */
  end_line: number,
  /**
   * Column of the offset after the last.
   */
  end_column: number, };

/**
 * Puts `text` in the place of what stands from `start` to `end`.
 *
 * Edits of one answer don't overlap, are sorted by place, and all offsets are those of the text
 * before any of them.
 */
export type TextEdit = {
  /**
   * First offset of what goes.
   */
  start: number,
  /**
   * The offset after what goes.
   */
  end: number,
  /**
   * What comes.
   */
  text: string, };

/**
 * How bad it is.
 */
export type Severity = "error" | "warning" | "hint";

/**
 * Which part of the compiler says it.
 */
export type Phase = "syntax" | "structural" | "semantic" | "lowering" | "kv" | "spec";

/**
 * A way out: text edits, or another target, which stands beside the text.
 */
export type Fix = {
  /**
   * What it does, as on a button.
   */
  title: string,
  /**
   * The edits, all of them or none. Empty where the target changes.
   */
  edits: Array<TextEdit>,
  /**
   * The target that the plan is to be compiled for instead.
   */
  target?: ExecutionTarget, };

/**
 * One thing that the compiler says about a plan.
 */
export type Diagnostic = {
  /**
   * Stable code: `E_…`, `W_…`, `H_…` or, for what lowering did, `A_…`.
   */
  code: string,
  /**
   * How bad it is.
   */
  severity: Severity,
  /**
   * Which part of the compiler says it.
   */
  phase: Phase,
  /**
   * Named parts of the message.
   */
  args: { [name: string]: string },
  /**
   * What happened.
   */
  message: string,
  /**
   * What to do.
   */
  help: string | null,
  /**
   * Where.
   */
  span: Span,
  /**
   * Where, in lines and columns.
   */
  range: Range,
  /**
   * The stages and boundaries it is about, and `a->b` for connections.
   */
  elements: Array<string>,
  /**
   * Ways out.
   */
  fixes: Array<Fix>, };

/**
 * Which edge of a lane graph an endpoint is.
 */
export type EndpointKind = "ingress" | "egress";

/**
 * The kind of a lane.
 */
export type LaneKind = "events" | "journal" | "sequenced_slots" | "fanout_broadcast";

/**
 * What an author wants of the lane under a connection.
 */
export type LaneIntent = {
  /**
   * The kind of the lane.
   */
  kind: LaneKind,
  /**
   * Entries of a `sequenced_slots` lane.
   */
  capacity?: number,
  /**
   * Consumers of a `fanout_broadcast` lane.
   */
  consumers?: number, };

/**
 * A boundary of a plan.
 */
export type PlanBoundary = {
  /**
   * Its id.
   */
  id: string,
  /**
   * Which edge it is.
   */
  kind: EndpointKind,
  /**
   * Its statement.
   */
  span: Span, };

/**
 * A stage of a plan.
 */
export type PlanStage = {
  /**
   * Its id.
   */
  id: string,
  /**
   * Its key, without quotes; empty where there is none yet.
   */
  key: string,
  /**
   * The family of the key, where the catalogue knows it.
   */
  family: string | null,
  /**
   * The class of the family.
   */
  class: string | null,
  /**
   * Its statement.
   */
  span: Span,
  /**
   * The key in it, with its quotes.
   */
  key_span: Span, };

/**
 * A connection of a plan.
 */
export type PlanConnection = {
  /**
   * `from->to`.
   */
  id: string,
  /**
   * Where records come from.
   */
  from: string,
  /**
   * Where they go.
   */
  to: string,
  /**
   * The lane intent; null for the default, events.
   */
  intent: LaneIntent | null,
  /**
   * From the one id to the other.
   */
  span: Span, };

/**
 * A setting of a target's block.
 */
export type PlanSetting = {
  /**
   * Its name.
   */
  name: string,
  /**
   * Its words, with one space between.
   */
  value: string,
  /**
   * Name and value.
   */
  span: Span, };

/**
 * The settings of each target.
 */
export type PlanSettings = {
  /**
   * Of the `single_ring` block.
   */
  single_ring: Array<PlanSetting>,
  /**
   * Of the `lane_graph` block.
   */
  lane_graph: Array<PlanSetting>, };

/**
 * A plan as a graph. Broken documents have one too: what could be read of them.
 */
export type PlanGraph = {
  /**
   * The pipeline's name.
   */
  name: string | null,
  /**
   * Its description.
   */
  description: string | null,
  /**
   * Boundaries, in the order of the text; the first of each id.
   */
  boundaries: Array<PlanBoundary>,
  /**
   * Stages, in the order of the text; the first of each id.
   */
  stages: Array<PlanStage>,
  /**
   * Connections, in the order of the text; the first of each pair. Both ends may be unknown ids.
   */
  connections: Array<PlanConnection>,
  /**
   * Settings of each target.
   */
  settings: PlanSettings, };

/**
 * Who publishes into the ring.
 */
export type Producer = "single" | "mpmc";

/**
 * How stages get their threads.
 */
export type Scheduling = "dedicated" | "work_queue";

/**
 * What order records keep.
 */
export type Ordering = "strict" | "per_key";

/**
 * What a full lane does with a new message.
 */
export type OnFull = "block" | "drop";

/**
 * Which input a merge takes next.
 */
export type MergePolicy = "round_robin" | "priority";

/**
 * The bytes of a record that choose its shard.
 */
export type ShardKey = {
  /**
   * First byte, from the start of the record.
   */
  offset: number,
  /**
   * Number of bytes; at least 1.
   */
  length: number, };

/**
 * What a stage does.
 */
export type StageOp = { "kind": "identity" } | { "kind": "named",
  /**
   * The stage key, printable ASCII.
   */
  key: string, };

/**
 * One stage of a ring.
 */
export type RingStage = {
  /**
   * The stage's id in the plan.
   */
  id: string,
  /**
   * What it does.
   */
  op: StageOp,
  /**
   * Indices of the stages it waits for: strictly increasing, only earlier ones. Empty = the
   * stage waits for the producer alone.
   */
  depends_on: Array<number>, };

/**
 * A stage DAG over one sequenced ring.
 */
export type SingleRingSpec = {
  /**
   * Parallel rings; at least 1.
   */
  shards: number,
  /**
   * Who publishes.
   */
  producer: Producer,
  /**
   * How stages get threads.
   */
  scheduling: Scheduling,
  /**
   * What order records keep.
   */
  ordering: Ordering,
  /**
   * Which bytes of a record choose its shard; only with `per_key`.
   */
  shard_key: ShardKey | null,
  /**
   * The stages in topological order, 1 to [`SEQUENCED_SLOTS_V1_GATING`].
   */
  stages: Array<RingStage>, };

/**
 * The kind of a lane with its settings.
 */
export type Channel = { "kind": "events" } | { "kind": "journal" } | { "kind": "sequenced_slots",
  /**
   * Entries, 1 to [`SEQUENCED_SLOTS_MAX_CAPACITY`].
   */
  capacity: number, } | { "kind": "fanout_broadcast",
  /**
   * Readers, 1 to [`FANOUT_MAX_CONSUMERS`].
   */
  consumers: number, };

/**
 * A bounded channel with one writer.
 */
export type Lane = {
  /**
   * `writer.reader` for an events lane, `writer.kind` for a lane that several readers share.
   */
  id: string,
  /**
   * What kind of channel it is.
   */
  channel: Channel, };

/**
 * A named place where records come in or leave.
 */
export type Endpoint = {
  /**
   * The boundary's id in the plan.
   */
  id: string,
  /**
   * Which edge it is.
   */
  kind: EndpointKind,
  /**
   * The lane it writes (ingress) or reads (egress).
   */
  lane: string, };

/**
 * What a role does, over which lanes.
 */
export type RoleWork = { "kind": "stage",
  /**
   * What the stage does.
   */
  op: StageOp,
  /**
   * The lane it reads.
   */
  rx: string,
  /**
   * The lane it writes.
   */
  tx: string, } | { "kind": "bridge",
  /**
   * The lane it reads.
   */
  rx: string,
  /**
   * The lane it writes.
   */
  tx: string, } | { "kind": "router",
  /**
   * The lane it reads.
   */
  rx: string,
  /**
   * The lanes it writes, at least two, by id.
   */
  tx: Array<string>, } | { "kind": "merge",
  /**
   * The lanes it reads, at least two.
   */
  rx: Array<string>,
  /**
   * The lane it writes.
   */
  tx: string,
  /**
   * Which lane it reads next.
   */
  policy: MergePolicy, };

/**
 * A unit of execution.
 */
export type Role = {
  /**
   * The stage's id in the plan, or the name that lowering gave.
   */
  id: string,
  /**
   * What it does, over which lanes.
   */
  work: RoleWork, };

/**
 * Lanes, endpoints and roles.
 */
export type LaneGraphSpec = {
  /**
   * What every lane of the graph does when it is full.
   */
  on_full: OnFull,
  /**
   * The lanes, by id.
   */
  lanes: Array<Lane>,
  /**
   * Where records come in and leave, by id.
   */
  endpoints: Array<Endpoint>,
  /**
   * The units of execution, by id.
   */
  roles: Array<Role>, };

/**
 * The canonical executable form of a pipeline.
 */
export type PipelineSpecV1 = { "single_ring": SingleRingSpec } | { "lane_graph": LaneGraphSpec };

/**
 * A part of a spec: a stage of a ring, a dependency, a lane, an endpoint or a role.
 */
export type MapPart = {
  /**
   * Its id in the spec; of a dependency, the id of the stage that is waited for.
   */
  id: string,
  /**
   * What it is, where that isn't the usual: the kind of a lane that isn't `events`, and
   * `bridge`, `router` or `merge` for a role that lowering inserted.
   */
  kind?: string,
  /**
   * The elements of the plan that it comes from: ids of stages and boundaries, and `a->b` for
   * connections. At least one.
   */
  elements: Array<string>, };

/**
 * A list of a spec.
 */
export type MapList = {
  /**
   * The KV path of the list; a dot and a place in `parts` make the path of a part.
   */
  path: string,
  /**
   * The parts, in the order of the spec.
   */
  parts: Array<MapPart>, };

/**
 * Which elements of a plan each part of its spec comes from.
 *
 * Kept in one direction only, so that the two can't disagree: [`ElementMap::paths`] reads it the
 * other way. A connection leads to everything that its records pass between its two ends, inserted
 * roles and their lanes included.
 */
export type ElementMap = {
  /**
   * The lists of the spec. Empty where the caller asked for no map.
   */
  lists: Array<MapList>, };

/**
 * What a plan was lowered to, and how.
 */
export type CompileReportV1 = {
  /**
   * 1
   */
  v: number,
  /**
   * Version of the compiler.
   */
  compiler_version: string,
  /**
   * What it was lowered to.
   */
  target: ExecutionTarget,
  /**
   * The spec, canonical.
   */
  spec: PipelineSpecV1,
  /**
   * Its canonical KV text: the exact bytes that run.
   */
  spec_kv: string,
  /**
   * Its hash.
   */
  spec_hash: string,
  /**
   * The describe text.
   */
  describe: string,
  /**
   * The DOT text.
   */
  dot: string,
  /**
   * Capabilities that a credential must grant, sorted.
   */
  capabilities: Array<string>,
  /**
   * One for each action of the compiler.
   */
  actions: Array<Diagnostic>,
  /**
   * Which elements of the plan each part of the spec comes from.
   */
  map: ElementMap, };

/**
 * A bridge, router or merge, and why it is there.
 */
export type ForeseenRole = {
  /**
   * Its id in the spec.
   */
  id: string,
  /**
   * `bridge`, `router` or `merge`.
   */
  kind: "bridge" | "router" | "merge",
  /**
   * The elements of the plan that it stands at: its stage or boundary, and connections.
   */
  elements: Array<string>,
  /**
   * What it does, in few words: "copies each record to 3 lanes".
   */
  does: string,
  /**
   * What it does, and why it has to be there.
   */
  reason: string, };

/**
 * A piece of a sentence.
 */
export type SentencePart = {
  /**
   * The text.
   */
  text: string,
  /**
   * Whether it is a value, such as an id or a part of a key; the rest are words.
   */
  value: boolean, };

/**
 * What happened to an element.
 */
export type ChangeClass = "added" | "removed" | "changed" | "renamed" | "rewired";

/**
 * What kind of element changed. Changes stand in this order.
 */
export type ChangeSubject = "metadata" | "setting" | "boundary" | "endpoint" | "stage" | "role" | "connection" | "lane";

/**
 * What a consequence is about.
 */
export type ConsequenceKind = "output" | "ordering" | "capacity" | "backpressure" | "fan_out" | "capability" | "config" | "memory" | "side_effect" | "lowering" | "identity" | "unused";

/**
 * What a consequence says, whatever its words.
 */
export type ConsequenceCode = "passes_on" | "does" | "does_no_more" | "does_else" | "comes_in" | "comes_in_no_more" | "leaves" | "leaves_no_more" | "reached" | "reached_no_more" | "drops_missing" | "drops_present" | "rewritten" | "rewritten_no_more" | "places_same" | "places_changed" | "several_inputs" | "one_input" | "target" | "order_per_key" | "order_strict" | "shards" | "shard_key" | "merge_rule" | "merge_turns" | "merge_order" | "ahead_waits" | "ahead_drops" | "ahead_open" | "full_drops" | "full_blocks" | "journal_misses" | "journal_no_more" | "journal_gone" | "boundary_lanes" | "readers" | "one_reader" | "shares_lane" | "shares_no_more" | "capability_needed" | "capability_unneeded" | "config_required" | "config_unused" | "memory_begins" | "memory_anew" | "memory_forgotten" | "sends_to" | "sends_elsewhere" | "sends_no_more" | "inserts_router" | "inserts_merge" | "inserts_bridge" | "inserts_no_more" | "same_work" | "lanes_only" | "for_people" | "no_boundaries" | "no_lanes" | "unread" | "loose_end";

/**
 * How much somebody who overlooks a change loses by it. A greater one is worse.
 */
export type ChangeSeverity = "info" | "caution" | "risk";

/**
 * What follows from a change.
 */
export type Consequence = {
  /**
   * What it says. The values of `parts`, in their order, are its arguments.
   */
  code: ConsequenceCode,
  /**
   * What it is about.
   */
  kind: ConsequenceKind,
  /**
   * How much it matters.
   */
  severity: ChangeSeverity,
  /**
   * One sentence, with keys' values in backticks.
   */
  text: string,
  /**
   * The same sentence, in which values stand apart.
   */
  parts: Array<SentencePart>, };

/**
 * One field of a changed element.
 */
export type FieldChange = {
  /**
   * Name of the field.
   */
  name: string,
  /**
   * Value before; null where there was none.
   */
  before: string | null,
  /**
   * Value after; null where there is none.
   */
  after: string | null, };

/**
 * One change.
 */
export type SemanticChange = {
  /**
   * What happened.
   */
  class: ChangeClass,
  /**
   * To what kind of element.
   */
  subject: ChangeSubject,
  /**
   * Where it is: `KIND:ID`, by the id after, or before where it was removed. Several changes of
   * one element share it.
   */
  anchor: string,
  /**
   * 32 hex digits over all that the change says, also what fields only count. With the anchor it
   * tells whether somebody saw exactly this before.
   */
  digest: string,
  /**
   * Its id after, or before where it was removed; `a->b` for a connection, the KV name for a
   * setting.
   */
  id: string,
  /**
   * Its id before, where that was another one.
   */
  before_id: string | null,
  /**
   * Its line in the text before, from 1; null where it isn't there, and for specs.
   */
  before_line: number | null,
  /**
   * Its line in the text after.
   */
  after_line: number | null,
  /**
   * The highest severity of its consequences.
   */
  severity: ChangeSeverity,
  /**
   * The fields that differ.
   */
  fields: Array<FieldChange>,
  /**
   * What follows from it, where that is known.
   */
  consequences: Array<Consequence>, };

/**
 * How many changes of each class.
 */
export type DiffCounts = {
  /**
   * Elements only on the side after.
   */
  added: number,
  /**
   * Elements only on the side before.
   */
  removed: number,
  /**
   * Elements that do something else.
   */
  changed: number,
  /**
   * Elements under another id.
   */
  renamed: number,
  /**
   * Elements with other inputs.
   */
  rewired: number, };

/**
 * What a diff compares.
 */
export type DiffOf = "spec" | "plan";

/**
 * An element whose only change is its place in the text.
 */
export type MovedElement = {
  /**
   * Where it is: as that of a change.
   */
  anchor: string,
  /**
   * What it is.
   */
  subject: ChangeSubject,
  /**
   * Its id after; `a->b` for a connection.
   */
  id: string,
  /**
   * Its id before, where an element that it connects was renamed.
   */
  before_id: string | null,
  /**
   * Its line in the text before, from 1.
   */
  before_line: number,
  /**
   * Its line in the text after.
   */
  after_line: number, };

/**
 * Which plans have an element.
 */
export type UnionSide = "both" | "before" | "after";

/**
 * An element of either plan.
 */
export type UnionElement = {
  /**
   * Where it is, and no other element: as that of a change.
   */
  anchor: string,
  /**
   * What it is.
   */
  subject: ChangeSubject,
  /**
   * Its id after, or before where it was removed.
   */
  id: string,
  /**
   * Its id before, where that was another one.
   */
  before_id: string | null,
  /**
   * What it does: a stage key, the kind of a boundary, the work of a role; that after, or before
   * where it was removed.
   */
  key: string,
  /**
   * What it did before, where that was something else.
   */
  before_key: string | null,
  /**
   * Who has it.
   */
  side: UnionSide,
  /**
   * Its line in the text before, from 1; null where it isn't there, and for specs.
   */
  before_line: number | null,
  /**
   * Its line in the text after.
   */
  after_line: number | null, };

/**
 * A connection of either plan.
 */
export type UnionConnection = {
  /**
   * Where it is: as that of a change.
   */
  anchor: string,
  /**
   * The anchor of the element that records come from.
   */
  from: string,
  /**
   * The anchor of the element that they go to.
   */
  to: string,
  /**
   * Who has it.
   */
  side: UnionSide,
  /**
   * Its lanes before, as a plan writes them; null where there were none.
   */
  before: string | null,
  /**
   * Its lanes after; null where there are none.
   */
  after: string | null,
  /**
   * Its line in the text before, from 1; null where it isn't there, and for specs.
   */
  before_line: number | null,
  /**
   * Its line in the text after.
   */
  after_line: number | null, };

/**
 * A role that lowering inserts into the spec of either plan.
 */
export type UnionRole = {
  /**
   * Its id after, or before where it is no longer inserted.
   */
  id: string,
  /**
   * Its id before, where that was another one.
   */
  before_id: string | null,
  /**
   * `bridge`, `router` or `merge`.
   */
  kind: "bridge" | "router" | "merge",
  /**
   * Who has it.
   */
  side: UnionSide,
  /**
   * The anchors of the elements that it stands at.
   */
  at: Array<string>,
  /**
   * Whether both have it, and it does something else.
   */
  reworked: boolean,
  /**
   * Why it is there: one sentence.
   */
  text: string, };

/**
 * Both plans as one graph, for a picture in which what stayed keeps its place.
 */
export type UnionGraph = {
  /**
   * The elements, in an order that is the same from either direction: what stayed stands as in
   * the texts, what only one has between the same neighbours as there.
   */
  elements: Array<UnionElement>,
  /**
   * The connections between them, in their order.
   */
  connections: Array<UnionConnection>,
  /**
   * What lowering inserts, by id.
   */
  inserted: Array<UnionRole>, };

/**
 * The semantic diff of two specs or two plans (docs/spec/diff.md).
 */
export type SemanticDiff = {
  /**
   * 1
   */
  v: number,
  /**
   * What was compared.
   */
  of: DiffOf,
  /**
   * Whether nothing changed.
   */
  equal: boolean,
  /**
   * How many changes of each class, hidden ones too.
   */
  counts: DiffCounts,
  /**
   * How many changes there are.
   */
  total: number,
  /**
   * How many of them stand in `changes`.
   */
  shown: number,
  /**
   * How many of them the limit left out.
   */
  hidden: number,
  /**
   * The changes, by subject, id and class.
   */
  changes: Array<SemanticChange>,
  /**
   * Elements whose only change is their place in the text, by subject and id. They are no
   * changes, and never counted.
   */
  moved: Array<MovedElement>,
  /**
   * Both as one graph.
   */
  union: UnionGraph,
  /**
   * Spec hash before; null where a plan has errors.
   */
  before_hash: string | null,
  /**
   * Spec hash after; null where a plan has errors.
   */
  after_hash: string | null,
  /**
   * Capabilities that a credential must grant now and hadn't to before, sorted.
   */
  capabilities_needed: Array<string>,
  /**
   * Capabilities that a credential had to grant and needs no longer, sorted.
   */
  capabilities_unneeded: Array<string>,
  /**
   * Config bundle fields that something uses now and nothing did before, sorted.
   */
  config_required: Array<string>,
  /**
   * Config bundle fields that nothing uses any more, sorted.
   */
  config_unused: Array<string>,
  /**
   * The diff as text.
   */
  text: string, };

/**
 * What a family may do to a record; each class may also do what those before it do. Targets refuse
 * what they can't run at compile time.
 */
export type StageClass = "reads" | "filters" | "rewrites" | "many" | "stateful";

/**
 * What a parameter of a key is.
 */
export type ParameterKind = "regex" | "text" | "url" | "field" | "fields" | "field_name" | "integer" | "choice" | "secret" | "delimiter";

/**
 * One parameter of a family's keys.
 */
export type StageParameter = {
  /**
   * Name, as it stands in the key grammar.
   */
  name: string,
  /**
   * What it is.
   */
  kind: ParameterKind,
  /**
   * The one character that stands before it in the key. The parameter before it ends at the first
   * such character that no backslash precedes.
   */
  separator: string,
  /**
   * Whether it may be left out, with its separator.
   */
  optional: boolean,
  /**
   * What it is where it was left out; null where leaving it out means something else.
   */
  default: string | null,
  /**
   * Whether it may be written and be empty.
   */
  may_be_empty: boolean,
  /**
   * The least number (`integer`).
   */
  min: number,
  /**
   * The greatest number (`integer`).
   */
  max: number,
  /**
   * What it may be (`choice`).
   */
  choices: Array<string>,
  /**
   * A value to show in an empty form field.
   */
  example: string,
  /**
   * What it means.
   */
  doc: string, };

/**
 * A key and what it does. Records are shown with the escapes of [`escape_record`](crate::escape_record).
 */
export type KeyExample = {
  /**
   * A valid key.
   */
  key: string,
  /**
   * What it does to records.
   */
  does: string,
  /**
   * Records that come in, in order.
   */
  input: Array<string>,
  /**
   * Records that go out, in order.
   */
  output: Array<string>, };

/**
 * A family of stage keys.
 */
export type StageFamily = {
  /**
   * What stands before the colon of a key, or the whole key.
   */
  name: string,
  /**
   * For people, as a verb phrase: "Mask JSON fields".
   */
  title: string,
  /**
   * Under which heading it is offered. Families of one group follow each other.
   */
  group: string,
  /**
   * Grammar of the keys: capitals are parameters, brackets hold what may be left out.
   */
  key_grammar: string,
  /**
   * A valid key to start from.
   */
  template: string,
  /**
   * What it may do to a record.
   */
  class: StageClass,
  /**
   * The capability that a credential must grant; null for pure stages.
   */
  capability: string | null,
  /**
   * Whether this build can run it. Others validate, and are refused at startup.
   */
  runs: boolean,
  /**
   * One sentence.
   */
  summary: string,
  /**
   * The documentation, Markdown.
   */
  docs: string,
  /**
   * What a record costs, and what the stage holds in memory.
   */
  cost: string,
  /**
   * Names of families that often stand behind it, the likeliest first.
   */
  often_next: Array<string>,
  /**
   * Parameters, in the order of the key.
   */
  parameters: Array<StageParameter>,
  /**
   * Examples.
   */
  examples: Array<KeyExample>, };

/**
 * A family and the values of its parameters, as people type them into the fields of a form.
 *
 * The one thing that differs from the key: a separator that would end a value has no backslash
 * here.
 */
export type KeyForm = {
  /**
   * The family's name.
   */
  family: string,
  /**
   * One value for each of its parameters; null for one that is left out.
   */
  values: Array<string | null>, };

/**
 * What a key does, in three lengths.
 */
export type StageSentence = {
  /**
   * In few words: a sentence without its full stop. Many fields are counted, and long values cut.
   */
  parts: Array<SentencePart>,
  /**
   * The one fact that tells it from others of its family.
   */
  fact: string,
  /**
   * With all values, whole.
   */
  long: Array<SentencePart>, };

/**
 * One gesture. The compiler turns it into minimal text edits.
 */
export type EditOperation = { "op": "add_stage",
  /**
   * The stage key.
   */
  key: string,
  /**
   * The id; one is made from the key's family where there is none.
   */
  id?: string | null,
  /**
   * The element to add it after.
   */
  after?: string | null, } | { "op": "add_boundary",
  /**
   * Which edge.
   */
  kind: EndpointKind,
  /**
   * The id; `in` or `out`, with a number where that is taken, where there is none.
   */
  id?: string | null, } | { "op": "connect",
  /**
   * Where records come from.
   */
  from: string,
  /**
   * Where they go.
   */
  to: string,
  /**
   * The lane intent; events where there is none.
   */
  intent?: LaneIntent | null, } | { "op": "disconnect",
  /**
   * Where records came from.
   */
  from: string,
  /**
   * Where they went.
   */
  to: string, } | { "op": "insert_on_connection",
  /**
   * Where records come from.
   */
  from: string,
  /**
   * Where they go.
   */
  to: string,
  /**
   * The stage key.
   */
  key: string,
  /**
   * The id; one is made where there is none.
   */
  id?: string | null, } | { "op": "insert_after",
  /**
   * The element.
   */
  after: string,
  /**
   * The stage key.
   */
  key: string,
  /**
   * The id; one is made where there is none.
   */
  id?: string | null, } | { "op": "move_onto",
  /**
   * The stage.
   */
  id: string,
  /**
   * Where records come from.
   */
  from: string,
  /**
   * Where they go.
   */
  to: string, } | { "op": "swap",
  /**
   * One stage.
   */
  a: string,
  /**
   * The other.
   */
  b: string, } | { "op": "remove",
  /**
   * What goes.
   */
  ids: Array<string>,
  /**
   * Whether what stood before each is connected to what stood after it.
   */
  heal: boolean, } | { "op": "rename",
  /**
   * The id now.
   */
  id: string,
  /**
   * The id then.
   */
  to: string, } | { "op": "set_key",
  /**
   * The stage.
   */
  id: string,
  /**
   * The key.
   */
  key: string, } | { "op": "set_intent",
  /**
   * Where records come from.
   */
  from: string,
  /**
   * Where they go.
   */
  to: string,
  /**
   * The intent; null for the default.
   */
  intent?: LaneIntent | null, } | { "op": "reconnect",
  /**
   * Where records come from now.
   */
  from: string,
  /**
   * Where they go now.
   */
  to: string,
  /**
   * Where they come from then; as now where there is none.
   */
  new_from?: string | null,
  /**
   * Where they go then; as now where there is none.
   */
  new_to?: string | null, } | { "op": "paste",
  /**
   * The fragment, as `extract` gives it, or any text in the plan language.
   */
  text: string,
  /**
   * The element whose line the stages follow.
   */
  after?: string | null, } | { "op": "duplicate",
  /**
   * What is copied.
   */
  ids: Array<string>, } | { "op": "set_name",
  /**
   * The name.
   */
  name: string, } | { "op": "set_description",
  /**
   * The description; null or empty removes it.
   */
  description?: string | null, } | { "op": "set_setting",
  /**
   * The target.
   */
  target: ExecutionTarget,
  /**
   * The name of the setting.
   */
  name: string,
  /**
   * Its words; null or empty removes it.
   */
  value?: string | null, };

/**
 * What an operation does to a text.
 */
export type EditAnswer = {
  /**
   * The text after it.
   */
  text: string,
  /**
   * The minimal edits that lead there.
   */
  edits: Array<TextEdit>,
  /**
   * Ids of the elements that it brought into being.
   */
  created: Array<string>, };

/**
 * What the compiler says about itself.
 */
export type CompilerInfo = {
  /**
   * Version of the compiler.
   */
  compiler_version: string,
  /**
   * Version of the plan language: 2.
   */
  plan_version: number,
  /**
   * Version of the KV text: 1.
   */
  kv_version: number,
  /**
   * What specs of this compiler may ask of an executor, sorted.
   */
  spec_features: Array<string>, };

/**
 * A plan and the execution target that it is compiled for.
 */
export type PlanSource = {
  /**
   * The document.
   */
  text: string,
  /**
   * The execution target.
   */
  target: ExecutionTarget, };

/**
 * The compile report without the spec and the texts of it, which `lower` gives: what a page needs
 * on every keystroke.
 */
export type CompileSummary = {
  /**
   * 1
   */
  v: number,
  /**
   * Version of the compiler.
   */
  compiler_version: string,
  /**
   * What it was lowered to.
   */
  target: ExecutionTarget,
  /**
   * The hash of the spec.
   */
  spec_hash: string,
  /**
   * Capabilities that a credential must grant, sorted.
   */
  capabilities: Array<string>,
  /**
   * One for each action of the compiler.
   */
  actions: Array<Diagnostic>,
  /**
   * Which elements of the plan each part of the spec comes from.
   */
  map: ElementMap, };

/**
 * The answer to `compile`.
 */
export type Compilation = {
  /**
   * Whatever could be read of the document.
   */
  graph: PlanGraph,
  /**
   * Everything there is to say, by place.
   */
  diagnostics: Array<Diagnostic>,
  /**
   * Null while there is an error.
   */
  report: CompileSummary | null, };

/**
 * The answer to `validate`.
 */
export type Validation = {
  /**
   * Whatever could be read of the document.
   */
  graph: PlanGraph,
  /**
   * Everything there is to say short of lowering, by place.
   */
  diagnostics: Array<Diagnostic>, };

/**
 * The answer to `lower`.
 */
export type Lowering = {
  /**
   * Everything there is to say, by place.
   */
  diagnostics: Array<Diagnostic>,
  /**
   * Null while there is an error.
   */
  report: CompileReportV1 | null, };

/**
 * The request of `encode`.
 */
export type EncodeRequest = {
  /**
   * The spec.
   */
  spec: PipelineSpecV1, };

/**
 * The answer to `encode`.
 */
export type Encoded = {
  /**
   * The canonical KV text.
   */
  kv: string,
  /**
   * Its hash.
   */
  spec_hash: string, };

/**
 * The request of `decode`, `describe` and `dot`.
 */
export type KvRequest = {
  /**
   * A KV text.
   */
  kv: string, };

/**
 * The answer to `decode`.
 */
export type Decoded = {
  /**
   * The spec.
   */
  spec: PipelineSpecV1,
  /**
   * The hash of its canonical KV text.
   */
  spec_hash: string,
  /**
   * Whether the text that was decoded is the canonical one.
   */
  canonical: boolean,
  /**
   * Names of the secrets that its stage keys use, sorted.
   */
  secrets: Array<string>, };

/**
 * What leaves after a kill, compared with a run that was not killed. Each word promises less than
 * the one before.
 */
export type PromiseKind = "same_bytes" | "same_records" | "at_least_once";

/**
 * What a spec promises of what leaves after a kill (docs/spec/execution.md).
 */
export type AfterKill = {
  /**
   * In a word.
   */
  promise: PromiseKind,
  /**
   * In a sentence, then one for each thing that keeps it from a stronger promise, as the describe
   * text has them; ids stand between backticks.
   */
  sentences: Array<string>, };

/**
 * The answer to `describe`.
 */
export type Description = {
  /**
   * The describe text.
   */
  text: string,
  /**
   * What the spec promises of what leaves after a kill.
   */
  after_kill: AfterKill, };

/**
 * The answer to `dot` and `extract`.
 */
export type TextAnswer = {
  /**
   * The text.
   */
  text: string, };

/**
 * One side of a diff.
 */
export type DiffSide = PlanSource | KvRequest;

/**
 * The request of `diff`.
 */
export type DiffRequest = {
  /**
   * What was.
   */
  before: DiffSide,
  /**
   * What will be.
   */
  after: DiffSide,
  /**
   * What to compare; the specs where it isn't said. Plans may have errors.
   */
  of?: DiffOf | null,
  /**
   * How many changes to list; all where it isn't said. Counts are always of all.
   */
  limit?: number | null, };

/**
 * The request of `follow`.
 */
export type FollowRequest = {
  /**
   * The version that the anchors are of.
   */
  before: DiffSide,
  /**
   * The version that they are looked for in.
   */
  after: DiffSide,
  /**
   * What to look at; the specs where it isn't said, which have no lines.
   */
  of?: DiffOf | null,
  /**
   * The anchors: those of changes, and `line:N`.
   */
  anchors: Array<string>, };

/**
 * What became of an anchor.
 */
export type AnchorFate = "same" | "moved" | "gone";

/**
 * An anchor of one version, in another.
 */
export type FollowedAnchor = {
  /**
   * The anchor that was asked for.
   */
  anchor: string,
  /**
   * What it is in the other version; null where it is gone.
   */
  now: string | null,
  /**
   * What became of it.
   */
  fate: AnchorFate, };

/**
 * The request of `edit`.
 */
export type EditRequest = {
  /**
   * The document.
   */
  text: string,
  /**
   * The execution target that the document is edited for.
   */
  target: ExecutionTarget,
  /**
   * What to do.
   */
  operation: EditOperation, };

/**
 * The request of `foresee`.
 */
export type ForeseeRequest = {
  /**
   * The document.
   */
  text: string,
  /**
   * The execution target that the document is edited for.
   */
  target: ExecutionTarget,
  /**
   * What would be done, in turn.
   */
  operations: Array<EditOperation>, };

/**
 * The answer to `foresee`: what operations would do.
 */
export type Foreseen = {
  /**
   * The text after them.
   */
  text: string,
  /**
   * Ids of the elements that they would bring into being.
   */
  created: Array<string>,
  /**
   * Bridges, routers and merges that lowering would insert then, and doesn't now.
   */
  inserted: Array<ForeseenRole>,
  /**
   * Those that it inserts now, and wouldn't then.
   */
  removed: Array<ForeseenRole>,
  /**
   * Those that would stand at other connections, as they would be.
   */
  changed: Array<ForeseenRole>,
  /**
   * Errors and warnings that there would be then, and aren't now.
   */
  problems: Array<Diagnostic>, };

/**
 * What was chosen about a conflict. It holds while ours and theirs say what they said then.
 */
export type MergeChoice = {
  /**
   * The conflict.
   */
  id: string,
  /**
   * The name of a resolution, or `text`.
   */
  resolution: string,
  /**
   * With `text`: what is to stand there.
   */
  text?: string | null,
  /**
   * What ours said.
   */
  ours?: string | null,
  /**
   * What theirs said.
   */
  theirs?: string | null, };

/**
 * What a conflict is about.
 */
export type MergeConflictKind = "changed" | "added" | "removed" | "renamed" | "setting" | "connection" | "comment";

/**
 * A way out of a conflict.
 */
export type MergeResolution = {
  /**
   * `ours`, `theirs`, `base`, or a way to keep both.
   */
  name: string,
  /**
   * What stands there then; null where nothing does.
   */
  text: string | null, };

/**
 * Something that ours and theirs changed differently.
 */
export type MergeConflict = {
  /**
   * Names it; the same for the same thing in a later merge.
   */
  id: string,
  /**
   * What it is about.
   */
  kind: MergeConflictKind,
  /**
   * The stage, boundary, connection (`a->b`) or setting.
   */
  element: string,
  /**
   * What happened.
   */
  message: string,
  /**
   * What base says; null where it says nothing.
   */
  base: string | null,
  /**
   * What ours says; null where it was removed.
   */
  ours: string | null,
  /**
   * What theirs says; null where it was removed.
   */
  theirs: string | null,
  /**
   * What can be chosen.
   */
  resolutions: Array<MergeResolution>,
  /**
   * The name of what was chosen, or `text`; null while nothing is.
   */
  chosen: string | null,
  /**
   * Whether something was chosen, but for another text of ours or theirs.
   */
  reopened: boolean, };

/**
 * What was done to something.
 */
export type MergeChange = "added" | "removed" | "changed" | "renamed";

/**
 * Something that theirs changed and ours didn't.
 */
export type MergeIncoming = {
  /**
   * What was done to it.
   */
  change: MergeChange,
  /**
   * The stage, boundary, connection (`a->b`) or setting, or `pipeline`, `description`,
   * `comment`; both ids of what was renamed (`a → b`).
   */
  element: string, };

/**
 * Who renamed an element.
 */
export type MergeRenamedBy = "ours" | "theirs" | "both";

/**
 * An element that was given another id, which the other text follows.
 */
export type MergeRename = {
  /**
   * Its id in base.
   */
  before: string,
  /**
   * Its id now.
   */
  after: string,
  /**
   * Who renamed it.
   */
  by: MergeRenamedBy, };

/**
 * What a merge makes of three texts.
 */
export type MergeAnswer = {
  /**
   * The merged text. A conflict without a choice stands in it as ours has it.
   */
  text: string,
  /**
   * The edits that lead from ours to it.
   */
  edits: Array<TextEdit>,
  /**
   * What both changed, each differently, by id.
   */
  conflicts: Array<MergeConflict>,
  /**
   * How many of them nothing is chosen for.
   */
  open: number,
  /**
   * What theirs brought in, without conflicts.
   */
  incoming: Array<MergeIncoming>,
  /**
   * The elements that have another id now, wherever they were spoken of.
   */
  renames: Array<MergeRename>, };

/**
 * The request of `merge`.
 */
export type MergeRequest = {
  /**
   * What both started from.
   */
  base: string,
  /**
   * The document.
   */
  ours: string,
  /**
   * The other document.
   */
  theirs: string,
  /**
   * What was chosen about conflicts; empty at first.
   */
  choices: Array<MergeChoice>, };

/**
 * The request of `format`.
 */
export type FormatRequest = {
  /**
   * The document.
   */
  text: string, };

/**
 * The answer to `format`.
 */
export type Formatted = {
  /**
   * The formatted document.
   */
  text: string,
  /**
   * The edits that lead there.
   */
  edits: Array<TextEdit>, };

/**
 * The request of `extract`.
 */
export type ExtractRequest = {
  /**
   * The document.
   */
  text: string,
  /**
   * The elements.
   */
  ids: Array<string>, };

/**
 * A stage key: the request of `splitKey` and the answer to `joinKey`.
 */
export type StageKey = {
  /**
   * The key, without quotes.
   */
  key: string, };

/**
 * The request of `sentences`.
 */
export type SentencesRequest = {
  /**
   * Stage keys, without quotes.
   */
  keys: Array<string>, };

/**
 * The request of `complete`, `hover`, `signatureHelp`, `definition`, `references` and
 * `prepareRename`.
 */
export type PlaceRequest = {
  /**
   * The document.
   */
  text: string,
  /**
   * The execution target that the document is edited for.
   */
  target: ExecutionTarget,
  /**
   * The place.
   */
  offset: number, };

/**
 * The request of `codeActions` and `formatRange`.
 */
export type RangeRequest = {
  /**
   * The document.
   */
  text: string,
  /**
   * The execution target that the document is edited for.
   */
  target: ExecutionTarget,
  /**
   * The first offset.
   */
  start: number,
  /**
   * The offset after the last.
   */
  end: number, };

/**
 * What an item stands for.
 */
export type CompletionKind = "statement" | "plan" | "id" | "new_id" | "arrow" | "intent" | "family" | "key" | "parameter" | "setting" | "value";

/**
 * One thing that may stand at the place.
 */
export type CompletionItem = {
  /**
   * What is shown.
   */
  label: string,
  /**
   * What it stands for.
   */
  kind: CompletionKind,
  /**
   * A few words beside the label.
   */
  detail: string,
  /**
   * Documentation, Markdown; empty where the detail says it all.
   */
  docs: string,
  /**
   * What is put in the place of the list's span.
   */
  insert: string,
  /**
   * Whether `insert` is a snippet: `${1:text}` is a place to fill in, `$0` where the cursor
   * ends, and a backslash stands before a `$`, `}` or `\` that means itself.
   */
  snippet: boolean,
  /**
   * What the typed text is compared with; empty for the label.
   */
  filter: string,
  /**
   * Whether the next thing can be completed at once.
   */
  again: boolean, };

/**
 * What may stand at a place, the likeliest first.
 */
export type CompletionList = {
  /**
   * What an item replaces: from the start of the word under the cursor to the cursor.
   */
  span: Span,
  /**
   * Where the word under the cursor ends: up to there where the author wants to overwrite it.
   */
  overwrite_end: number,
  /**
   * Whether there are more than could be given; asking again with more typed gives others.
   */
  incomplete: boolean,
  /**
   * The items, in the order in which they are to be shown.
   */
  items: Array<CompletionItem>, };

/**
 * What there is to say about a place.
 */
export type Hover = {
  /**
   * What it is about.
   */
  span: Span,
  /**
   * Markdown.
   */
  markdown: string, };

/**
 * A parameter of a signature.
 */
export type SignatureParameter = {
  /**
   * Where it stands in the label, which is ASCII.
   */
  span: Span,
  /**
   * What it means, Markdown.
   */
  docs: string, };

/**
 * The grammar of what is being written.
 */
export type SignatureHelp = {
  /**
   * The grammar: capitals are parameters.
   */
  label: string,
  /**
   * One sentence about the whole.
   */
  docs: string,
  /**
   * Its parameters.
   */
  parameters: Array<SignatureParameter>,
  /**
   * Which of them is being written.
   */
  active: number, };

/**
 * A place where an id stands.
 */
export type Reference = {
  /**
   * The id.
   */
  span: Span,
  /**
   * Whether it is declared here.
   */
  declaration: boolean, };

/**
 * What a rename at a place renames.
 */
export type RenameSubject = "element" | "pipeline";

/**
 * A name that can be changed.
 */
export type RenamePlace = {
  /**
   * The name under the offset.
   */
  span: Span,
  /**
   * What it is now.
   */
  id: string,
  /**
   * What carries it.
   */
  subject: RenameSubject, };

/**
 * What kind of action it is.
 */
export type CodeActionKind = "quick_fix" | "refactor";

/**
 * Something that can be done at a place.
 */
export type CodeAction = {
  /**
   * What it does, as on a button.
   */
  title: string,
  /**
   * What kind it is.
   */
  kind: CodeActionKind,
  /**
   * The diagnostic that it is a way out of.
   */
  code: string | null,
  /**
   * Whether it is the first way out of that.
   */
  preferred: boolean,
  /**
   * The edits, all of them or none. Empty where the target changes.
   */
  edits: Array<TextEdit>,
  /**
   * The target that the plan is to be compiled for instead.
   */
  target?: ExecutionTarget, };

/**
 * What an entry of the outline is.
 */
export type OutlineKind = "pipeline" | "ingress" | "egress" | "stage" | "chain" | "block" | "setting";

/**
 * An entry of the outline.
 */
export type OutlineItem = {
  /**
   * What it is called.
   */
  name: string,
  /**
   * What else is worth showing: a stage's key, a setting's value.
   */
  detail: string,
  /**
   * What it is.
   */
  kind: OutlineKind,
  /**
   * The statement.
   */
  span: Span,
  /**
   * Its name in it; inside `span`.
   */
  name_span: Span,
  /**
   * How deep it stands: settings stand in their block, everything else at 0.
   */
  depth: number, };

/**
 * What a folding range holds.
 */
export type FoldingKind = "section" | "comment";

/**
 * Lines that can be folded to the first of them. Ranges are nested or apart.
 */
export type FoldingRange = {
  /**
   * The first line, from 1.
   */
  start_line: number,
  /**
   * The last line, from 1; after the first.
   */
  end_line: number,
  /**
   * What they hold.
   */
  kind: FoldingKind, };

/**
 * Why an operation gave no value.
 */
export type ApiError = {
  /**
   * Stable code.
   */
  code: string,
  /**
   * What happened and what to do.
   */
  message: string,
  /**
   * Named parts of the message.
   */
  args: { [name: string]: string }, };

/**
 * Class of an environment; a config bundle's must equal its environment's.
 */
export type Posture = "dev" | "staging" | "prod";

/**
 * What the runtime asks of the host (`enterprise.md` section 8).
 */
export type TuningProfile = "default" | "low-latency" | "isolated-core";

/**
 * Which threads run the stages of a ring (docs/spec/execution.md). What comes out is the same.
 */
export type Workers = "dedicated" | "segments" | "one";

/**
 * What a thread does while it has nothing to do.
 */
export type Wait = "spin" | "backoff" | "adaptive";

/**
 * Tuning requested from the host.
 */
export type Tuning = {
  /**
   * The profile asked for.
   */
  profile: TuningProfile,
  /**
   * The workers asked for; left out, the host's cores decide.
   */
  workers?: Workers,
  /**
   * The wait asked for; left out, it is the profile's.
   */
  wait?: Wait, };

/**
 * Sizes of records.
 */
export type Record = {
  /**
   * Largest record in bytes, before and after each stage; one of [`SLOT_BYTES`].
   */
  slot_bytes: 256 | 1024 | 4096 | 16384, };

/**
 * How records are cut from, and joined into, a byte stream.
 */
export type Framing = "lines" | "prefixed";

/**
 * What happens at the end of the input file.
 */
export type ReadMode = "follow" | "stop_at_end";

/**
 * Where reading begins when there is no checkpoint.
 */
export type StartAt = "start" | "end";

/**
 * What becomes of a record that does not fit the record-size class.
 */
export type TooLarge = "reject" | "stop";

/**
 * Reading a file.
 */
export type FileIngress = {
  /**
   * Absolute path of the input file on the agent's host; its name may be a pattern.
   */
  path: string,
  /**
   * How records are cut.
   */
  framing: Framing,
  /**
   * What happens at the end of the file.
   */
  mode: ReadMode,
  /**
   * Where reading begins without a checkpoint.
   */
  start: StartAt,
  /**
   * What becomes of records that don't fit.
   */
  too_large: TooLarge, };

/**
 * Writing a file.
 */
export type FileEgress = {
  /**
   * Absolute path of the output file on the agent's host.
   */
  path: string,
  /**
   * How records are joined.
   */
  framing: Framing,
  /**
   * How large a file gets before the next one is begun.
   */
  rotate_bytes?: number,
  /**
   * How old one gets.
   */
  rotate_seconds?: number, };

/**
 * How records stand in a body.
 */
export type HttpFraming = "lines" | "whole" | "prefixed";

/**
 * What becomes of a record that does not fit the record-size class.
 */
export type HttpTooLarge = "reject" | "refuse";

/**
 * How records stand in a stream.
 */
export type StdioFraming = "lines";

/**
 * Reading standard input.
 */
export type StdioIngress = {
  /**
   * How records stand in the stream.
   */
  framing: StdioFraming, };

/**
 * Writing standard output.
 */
export type StdioEgress = {
  /**
   * How records stand in the stream.
   */
  framing: StdioFraming, };

/**
 * Taking what is posted to this host.
 */
export type HttpIngress = {
  /**
   * Where the server listens.
   */
  listen: string,
  /**
   * The path of the URL that takes records.
   */
  url_path: string,
  /**
   * How records stand in a body.
   */
  framing: HttpFraming,
  /**
   * What becomes of records that don't fit.
   */
  too_large: HttpTooLarge,
  /**
   * The most bytes of a body.
   */
  max_body_bytes: number,
  /**
   * The most bytes that are in memory.
   */
  in_flight_bytes: number,
  /**
   * The most connections.
   */
  connections: number,
  /**
   * How long a body may take.
   */
  timeout_seconds: number,
  /**
   * The secret that clients prove themselves by.
   */
  token?: string,
  /**
   * The certificate of the server.
   */
  certificate?: string,
  /**
   * The secret with its key.
   */
  certificate_key?: string, };

/**
 * Posting to a server.
 */
export type HttpEgress = {
  /**
   * Where it posts to.
   */
  url: string,
  /**
   * How records stand in a body.
   */
  framing: HttpFraming,
  /**
   * The most records of a request.
   */
  batch_records: number,
  /**
   * The most bytes of a request.
   */
  batch_bytes: number,
  /**
   * How long an answer may take.
   */
  timeout_seconds: number,
  /**
   * How long to try again.
   */
  give_up_after_seconds?: number,
  /**
   * The secret that it proves itself by.
   */
  token?: string,
  /**
   * Who speaks for the server.
   */
  authorities?: string, };

/**
 * Streams that come to this host.
 */
export type GrpcIngress = {
  /**
   * Where the server listens.
   */
  listen: string,
  /**
   * The most bytes of a message.
   */
  max_message_bytes: number,
  /**
   * The most bytes that are in memory.
   */
  in_flight_bytes: number,
  /**
   * The most connections.
   */
  connections: number,
  /**
   * How long a peer may say nothing.
   */
  timeout_seconds: number,
  /**
   * The secret that clients prove themselves by.
   */
  token?: string,
  /**
   * The certificate of the server.
   */
  certificate?: string,
  /**
   * The secret with its key.
   */
  certificate_key?: string,
  /**
   * Who speaks for clients.
   */
  authorities?: string, };

/**
 * A stream that goes to a server.
 */
export type GrpcEgress = {
  /**
   * The server.
   */
  url: string,
  /**
   * The most records of a message.
   */
  batch_records: number,
  /**
   * The most bytes of a message.
   */
  batch_bytes: number,
  /**
   * How long to wait.
   */
  timeout_seconds: number,
  /**
   * How long to try again.
   */
  give_up_after_seconds?: number,
  /**
   * The secret that it proves itself by.
   */
  token?: string,
  /**
   * The certificate of this client.
   */
  certificate?: string,
  /**
   * The secret with its key.
   */
  certificate_key?: string,
  /**
   * Who speaks for the server.
   */
  authorities?: string, };

/**
 * Which side connects.
 */
export type WebsocketRole = "connect" | "listen";

/**
 * How records stand in messages that come.
 */
export type WebsocketIngressFraming = "whole" | "lines" | "numbered";

/**
 * How records stand in messages that go.
 */
export type WebsocketEgressFraming = "text" | "binary" | "lines" | "numbered";

/**
 * Messages that come.
 */
export type WebsocketIngress = {
  /**
   * Which side connects.
   */
  role: WebsocketRole,
  /**
   * Where.
   */
  url: string,
  /**
   * How records stand in messages.
   */
  framing: WebsocketIngressFraming,
  /**
   * The most bytes of a message.
   */
  max_message_bytes: number,
  /**
   * The most bytes that are in memory.
   */
  in_flight_bytes: number,
  /**
   * The most connections.
   */
  connections: number,
  /**
   * How long to wait.
   */
  timeout_seconds: number,
  /**
   * The secret that the side which connects proves itself by.
   */
  token?: string,
  /**
   * The certificate of this side.
   */
  certificate?: string,
  /**
   * The secret with its key.
   */
  certificate_key?: string,
  /**
   * Who speaks for the other side.
   */
  authorities?: string, };

/**
 * Messages that go.
 */
export type WebsocketEgress = {
  /**
   * Which side connects.
   */
  role: WebsocketRole,
  /**
   * Where.
   */
  url: string,
  /**
   * How records stand in messages.
   */
  framing: WebsocketEgressFraming,
  /**
   * The most records of a message.
   */
  batch_records: number,
  /**
   * The most bytes of a message.
   */
  batch_bytes: number,
  /**
   * How long to wait.
   */
  timeout_seconds: number,
  /**
   * How long to try again.
   */
  give_up_after_seconds?: number,
  /**
   * The secret that the side which connects proves itself by.
   */
  token?: string,
  /**
   * The certificate of this side.
   */
  certificate?: string,
  /**
   * The secret with its key.
   */
  certificate_key?: string,
  /**
   * Who speaks for the other side.
   */
  authorities?: string, };

/**
 * Where a group that isn't there yet begins.
 */
export type RedisStart = "start" | "end";

/**
 * Reading a stream.
 */
export type RedisIngress = {
  /**
   * The server.
   */
  url: string,
  /**
   * The stream.
   */
  stream: string,
  /**
   * The group.
   */
  group: string,
  /**
   * Who reads for it.
   */
  consumer: string,
  /**
   * Where a new group begins.
   */
  start: RedisStart,
  /**
   * The field with the record.
   */
  field: string,
  /**
   * The most entries of a read.
   */
  batch_records: number,
  /**
   * The most bytes that are in memory.
   */
  in_flight_bytes: number,
  /**
   * When entries of others are taken over.
   */
  claim_after_seconds: number,
  /**
   * How long to wait.
   */
  timeout_seconds: number,
  /**
   * The user.
   */
  user?: string,
  /**
   * The secret with the password.
   */
  password?: string,
  /**
   * Who speaks for the server.
   */
  authorities?: string, };

/**
 * Adding to a stream.
 */
export type RedisEgress = {
  /**
   * The server.
   */
  url: string,
  /**
   * The stream.
   */
  stream: string,
  /**
   * The field with the record.
   */
  field: string,
  /**
   * How many entries the stream keeps.
   */
  keep_entries?: number,
  /**
   * The most records that are sent at once.
   */
  batch_records: number,
  /**
   * The most bytes of them.
   */
  batch_bytes: number,
  /**
   * How long to wait.
   */
  timeout_seconds: number,
  /**
   * How long to try again.
   */
  give_up_after_seconds?: number,
  /**
   * The user.
   */
  user?: string,
  /**
   * The secret with the password.
   */
  password?: string,
  /**
   * Who speaks for the server.
   */
  authorities?: string, };

/**
 * How a connection is secured.
 */
export type PostgresTls = "verify" | "off";

/**
 * What a record becomes.
 */
export type PostgresFormat = "json" | "line";

/**
 * How rows are written.
 */
export type PostgresWrite = "append" | "upsert";

/**
 * What becomes of fields without a column.
 */
export type PostgresOther = "reject" | "ignore";

/**
 * Reading a table.
 */
export type PostgresIngress = {
  /**
   * The server.
   */
  url: string,
  /**
   * The database.
   */
  database: string,
  /**
   * The schema of the table.
   */
  schema: string,
  /**
   * The table.
   */
  table: string,
  /**
   * What becomes a record.
   */
  format: PostgresFormat,
  /**
   * The columns that are read.
   */
  columns?: string,
  /**
   * The column with the transaction.
   */
  transaction_column: string,
  /**
   * The column that orders rows.
   */
  key_column: string,
  /**
   * The most rows of a read.
   */
  batch_records: number,
  /**
   * The most bytes that are in memory.
   */
  in_flight_bytes: number,
  /**
   * How long to wait where nothing came.
   */
  poll_milliseconds: number,
  /**
   * How long to wait.
   */
  timeout_seconds: number,
  /**
   * The user.
   */
  user: string,
  /**
   * The secret with the password.
   */
  password?: string,
  /**
   * How the connection is secured.
   */
  tls: PostgresTls,
  /**
   * Who speaks for the server.
   */
  authorities?: string, };

/**
 * Writing into a table.
 */
export type PostgresEgress = {
  /**
   * The server.
   */
  url: string,
  /**
   * The database.
   */
  database: string,
  /**
   * The schema of the table.
   */
  schema: string,
  /**
   * The table.
   */
  table: string,
  /**
   * What a record becomes.
   */
  format: PostgresFormat,
  /**
   * The columns that are written.
   */
  columns?: string,
  /**
   * What becomes of fields without a column.
   */
  other_fields: PostgresOther,
  /**
   * How rows are written.
   */
  write: PostgresWrite,
  /**
   * The key of a row.
   */
  key_columns?: string,
  /**
   * The table of positions.
   */
  positions: string,
  /**
   * The most records of a transaction.
   */
  batch_records: number,
  /**
   * The most bytes of them.
   */
  batch_bytes: number,
  /**
   * How long to wait.
   */
  timeout_seconds: number,
  /**
   * How long to try again.
   */
  give_up_after_seconds?: number,
  /**
   * The user.
   */
  user: string,
  /**
   * The secret with the password.
   */
  password?: string,
  /**
   * How the connection is secured.
   */
  tls: PostgresTls,
  /**
   * Who speaks for the server.
   */
  authorities?: string, };

/**
 * What becomes of a slot that isn't there.
 */
export type PostgresMissingSlot = "fail" | "create";

/**
 * Following changes.
 */
export type PostgresChangesIngress = {
  /**
   * The server.
   */
  url: string,
  /**
   * The database.
   */
  database: string,
  /**
   * The publication.
   */
  publication: string,
  /**
   * The slot.
   */
  slot: string,
  /**
   * What becomes of a slot that isn't there.
   */
  missing_slot: PostgresMissingSlot,
  /**
   * The most bytes that are in memory.
   */
  in_flight_bytes: number,
  /**
   * How long to wait.
   */
  timeout_seconds: number,
  /**
   * The user.
   */
  user: string,
  /**
   * The secret with the password.
   */
  password?: string,
  /**
   * How the connection is secured.
   */
  tls: PostgresTls,
  /**
   * Who speaks for the server.
   */
  authorities?: string, };

/**
 * Where a partition begins that the group has no position in.
 */
export type KafkaStart = "start" | "end";

/**
 * How batches are made smaller.
 */
export type KafkaCompression = "none" | "lz4" | "zstd";

/**
 * What becomes of a partition whose records at the group's position were removed.
 */
export type KafkaOutOfRange = "earliest" | "latest" | "fail";

/**
 * How this client proves itself.
 */
export type KafkaSasl = "none" | "scram_sha_512" | "scram_sha_256" | "plain";

/**
 * How connections are secured.
 */
export type KafkaTls = "off" | "verify";

/**
 * When records come to be in the topic.
 */
export type KafkaDelivery = "acknowledged" | "transactions";

/**
 * Reading a topic.
 */
export type KafkaIngress = {
  /**
   * The brokers.
   */
  servers: string,
  /**
   * The topic.
   */
  topic: string,
  /**
   * The group.
   */
  group: string,
  /**
   * Where a partition without a position begins.
   */
  start: KafkaStart,
  /**
   * What becomes of a partition whose records at its position are gone.
   */
  out_of_range?: KafkaOutOfRange,
  /**
   * The most bytes that are in memory.
   */
  in_flight_bytes: number,
  /**
   * When the others take a member for gone.
   */
  session_seconds: number,
  /**
   * How long to wait.
   */
  timeout_seconds: number,
  /**
   * How connections are secured.
   */
  tls?: KafkaTls,
  /**
   * Who speaks for the brokers.
   */
  authorities?: string,
  /**
   * The certificate of this client.
   */
  certificate?: string,
  /**
   * The secret with its key.
   */
  certificate_key?: string,
  /**
   * How this client proves itself.
   */
  sasl?: KafkaSasl,
  /**
   * The user.
   */
  user?: string,
  /**
   * The secret with the password.
   */
  password?: string, };

/**
 * Producing to a topic.
 */
export type KafkaEgress = {
  /**
   * The brokers.
   */
  servers: string,
  /**
   * The topic.
   */
  topic: string,
  /**
   * Where in a record its key stands.
   */
  key?: string,
  /**
   * When records come to be.
   */
  delivery?: KafkaDelivery,
  /**
   * How often a transaction is committed.
   */
  transaction_milliseconds?: number,
  /**
   * When the cluster aborts a transaction.
   */
  transaction_timeout_seconds?: number,
  /**
   * What the transactional id begins with.
   */
  transaction_prefix?: string,
  /**
   * How batches are made smaller.
   */
  compression: KafkaCompression,
  /**
   * The most bytes of a batch.
   */
  batch_bytes: number,
  /**
   * The most bytes that are in memory.
   */
  in_flight_bytes: number,
  /**
   * How long to wait.
   */
  timeout_seconds: number,
  /**
   * How long to try again.
   */
  give_up_after_seconds?: number,
  /**
   * How connections are secured.
   */
  tls?: KafkaTls,
  /**
   * Who speaks for the brokers.
   */
  authorities?: string,
  /**
   * The certificate of this client.
   */
  certificate?: string,
  /**
   * The secret with its key.
   */
  certificate_key?: string,
  /**
   * How this client proves itself.
   */
  sasl?: KafkaSasl,
  /**
   * The user.
   */
  user?: string,
  /**
   * The secret with the password.
   */
  password?: string, };

/**
 * Whether a stream keeps the messages that come.
 */
export type NatsIngressMode = "jetstream" | "core";

/**
 * Whether a stream keeps the messages that go.
 */
export type NatsEgressMode = "jetstream" | "core";

/**
 * Where a consumer that isn't there yet begins.
 */
export type NatsStart = "start" | "end";

/**
 * What the secret is.
 */
export type NatsProof = "password" | "token" | "nkey" | "credentials";

/**
 * Messages that come.
 */
export type NatsIngress = {
  /**
   * The server.
   */
  url: string,
  /**
   * Whether a stream keeps them.
   */
  mode: NatsIngressMode,
  /**
   * The subject.
   */
  subject: string,
  /**
   * The stream.
   */
  stream?: string,
  /**
   * Who reads.
   */
  consumer: string,
  /**
   * Where a new consumer begins.
   */
  start: NatsStart,
  /**
   * The most messages of a read.
   */
  batch_records: number,
  /**
   * The most messages that aren't acknowledged.
   */
  unacknowledged: number,
  /**
   * The most bytes that are in memory.
   */
  in_flight_bytes: number,
  /**
   * When a message comes again.
   */
  ack_wait_seconds: number,
  /**
   * How long to wait.
   */
  timeout_seconds: number,
  /**
   * What the secret is.
   */
  proof: NatsProof,
  /**
   * The user.
   */
  user?: string,
  /**
   * The secret.
   */
  secret?: string,
  /**
   * Who speaks for the server.
   */
  authorities?: string, };

/**
 * Messages that go.
 */
export type NatsEgress = {
  /**
   * The server.
   */
  url: string,
  /**
   * Whether a stream keeps them.
   */
  mode: NatsEgressMode,
  /**
   * The subject.
   */
  subject: string,
  /**
   * The stream.
   */
  stream?: string,
  /**
   * The most messages that are on their way.
   */
  in_flight_records: number,
  /**
   * The most bytes that are in memory.
   */
  in_flight_bytes: number,
  /**
   * How long to wait.
   */
  timeout_seconds: number,
  /**
   * How long to try again.
   */
  give_up_after_seconds?: number,
  /**
   * What the secret is.
   */
  proof: NatsProof,
  /**
   * The user.
   */
  user?: string,
  /**
   * The secret.
   */
  secret?: string,
  /**
   * Who speaks for the server.
   */
  authorities?: string, };

/**
 * Where a request names the bucket.
 */
export type S3Addressing = "path" | "host";

/**
 * How records stand in an object.
 */
export type S3Framing = "lines" | "prefixed";

/**
 * How objects that are read are compressed.
 */
export type S3Packed = "name" | "none" | "gzip" | "zstd";

/**
 * How objects that are written are compressed.
 */
export type S3Compression = "none" | "gzip" | "zstd";

/**
 * What happens behind the last object.
 */
export type S3Mode = "follow" | "stop_at_end";

/**
 * Reading objects.
 */
export type S3Ingress = {
  /**
   * The server.
   */
  url: string,
  /**
   * The bucket.
   */
  bucket: string,
  /**
   * Where a request names it.
   */
  addressing: S3Addressing,
  /**
   * The region.
   */
  region: string,
  /**
   * What keys begin with.
   */
  prefix?: string,
  /**
   * Behind which key a first run begins.
   */
  start_after?: string,
  /**
   * What happens behind the last object.
   */
  mode: S3Mode,
  /**
   * How records are cut.
   */
  framing: S3Framing,
  /**
   * How objects are compressed.
   */
  compression: S3Packed,
  /**
   * The most bytes that are in memory.
   */
  in_flight_bytes: number,
  /**
   * How long to wait where nothing came.
   */
  poll_seconds: number,
  /**
   * How long to wait.
   */
  timeout_seconds: number,
  /**
   * The secret with the id of the access key.
   */
  access_key?: string,
  /**
   * The secret with the secret key.
   */
  secret_key?: string,
  /**
   * Who speaks for the server.
   */
  authorities?: string, };

/**
 * Writing objects.
 */
export type S3Egress = {
  /**
   * The server.
   */
  url: string,
  /**
   * The bucket.
   */
  bucket: string,
  /**
   * Where a request names it.
   */
  addressing: S3Addressing,
  /**
   * The region.
   */
  region: string,
  /**
   * What keys begin with.
   */
  prefix: string,
  /**
   * How records are joined.
   */
  framing: S3Framing,
  /**
   * How objects are compressed.
   */
  compression: S3Compression,
  /**
   * When an object is large enough.
   */
  object_bytes: number,
  /**
   * When it is old enough.
   */
  object_seconds: number,
  /**
   * How long to wait.
   */
  timeout_seconds: number,
  /**
   * How long to try again.
   */
  give_up_after_seconds?: number,
  /**
   * The secret with the id of the access key.
   */
  access_key?: string,
  /**
   * The secret with the secret key.
   */
  secret_key?: string,
  /**
   * Who speaks for the server.
   */
  authorities?: string, };

/**
 * Where a pipeline without a position begins.
 */
export type RabbitmqStart = "start" | "end";

/**
 * Reading a stream.
 */
export type RabbitmqIngress = {
  /**
   * The server.
   */
  url: string,
  /**
   * The virtual host.
   */
  virtual_host: string,
  /**
   * The stream.
   */
  stream: string,
  /**
   * Where to begin.
   */
  start: RabbitmqStart,
  /**
   * The most records that the server sends ahead.
   */
  ahead_records: number,
  /**
   * The most bytes that are in memory.
   */
  in_flight_bytes: number,
  /**
   * How long to wait.
   */
  timeout_seconds: number,
  /**
   * The user.
   */
  user: string,
  /**
   * The secret with the password.
   */
  password: string,
  /**
   * Who speaks for the server.
   */
  authorities?: string, };

/**
 * Publishing to a stream.
 */
export type RabbitmqEgress = {
  /**
   * The server.
   */
  url: string,
  /**
   * The virtual host.
   */
  virtual_host: string,
  /**
   * The stream.
   */
  stream: string,
  /**
   * The most records that are on their way.
   */
  in_flight_records: number,
  /**
   * The most bytes that wait.
   */
  in_flight_bytes: number,
  /**
   * How long to wait.
   */
  timeout_seconds: number,
  /**
   * How long to try again.
   */
  give_up_after_seconds?: number,
  /**
   * The user.
   */
  user: string,
  /**
   * The secret with the password.
   */
  password: string,
  /**
   * Who speaks for the server.
   */
  authorities?: string, };

/**
 * Where records come from.
 */
export type Ingress = { "kind": "file" } & FileIngress | { "kind": "stdio" } & StdioIngress | { "kind": "http" } & HttpIngress | { "kind": "grpc" } & GrpcIngress | { "kind": "websocket" } & WebsocketIngress | { "kind": "redis" } & RedisIngress | { "kind": "postgres" } & PostgresIngress | { "kind": "postgres_changes" } & PostgresChangesIngress | { "kind": "kafka" } & KafkaIngress | { "kind": "nats" } & NatsIngress | { "kind": "s3" } & S3Ingress | { "kind": "rabbitmq" } & RabbitmqIngress;

/**
 * Where records go.
 */
export type Egress = { "kind": "file" } & FileEgress | { "kind": "stdio" } & StdioEgress | { "kind": "http" } & HttpEgress | { "kind": "grpc" } & GrpcEgress | { "kind": "websocket" } & WebsocketEgress | { "kind": "redis" } & RedisEgress | { "kind": "postgres" } & PostgresEgress | { "kind": "kafka" } & KafkaEgress | { "kind": "nats" } & NatsEgress | { "kind": "s3" } & S3Egress | { "kind": "rabbitmq" } & RabbitmqEgress;

/**
 * One word that a key may have.
 */
export type Choice = {
  /**
   * As it is written.
   */
  word: string,
  /**
   * For people.
   */
  label: string,
  /**
   * What it does.
   */
  help: string, };

/**
 * What the value of a key is.
 */
export type KeyKind = { "is": "path" } | { "is": "word",
  /**
   * The words, in the order in which a form offers them.
   */
  choices: Array<Choice>, } | { "is": "number",
  /**
   * The least.
   */
  min: number,
  /**
   * The greatest.
   */
  max: number,
  /**
   * Of what, for people: "bytes".
   */
  unit: string, } | { "is": "listen" } | { "is": "url_path" } | { "is": "url",
  /**
   * The schemes.
   */
  schemes: Array<string>, } | { "is": "text" } | { "is": "pointer" } | { "is": "secret" };

/**
 * One key of a side.
 */
export type Key = {
  /**
   * Its name in the JSON form, and the last part of its key in the canonical text.
   */
  name: string,
  /**
   * What its value is.
   */
  kind: KeyKind,
  /**
   * Its name for people.
   */
  label: string,
  /**
   * What it means, in a sentence or two; stands beside the field.
   */
  help: string,
  /**
   * What a form starts with. Nothing where a person has to say it, or may leave it out.
   */
  default: string | null,
  /**
   * Whether it may be left out.
   */
  optional: boolean,
  /**
   * A key before it, and the words of that one with which this one means something: a form asks for it
   * only there.
   */
  with: [string, Array<string>] | null, };

/**
 * What becomes of records that a source gave and nobody delivered, when a run ends.
 */
export type SourcePromise = "resumes" | "redelivers" | "forgets" | "chooses";

/**
 * What a sink makes of a record that it is given a second time, after a run that ended.
 */
export type SinkPromise = "exact" | "deduplicates" | "numbered" | "repeats" | "unconfirmed";

/**
 * How boundaries of one side are told apart where a graph has several: they share a binding.
 */
export type Several = { "is": "told" } & Told | { "is": "refused",
  /**
   * Why.
   */
  because: string, };

/**
 * Which keys tell boundaries apart, by their names.
 */
export type Told = {
  /**
   * The one that says where at the other end records are read or written. It has the placeholder once.
   */
  address: string,
  /**
   * What it names are all those that begin so, and not only one.
   */
  begins: boolean,
  /**
   * Those by which the other end knows a reader and how far it is. Each has the placeholder once too, so
   * that boundaries share none.
   */
  own: Array<string>,
  /**
   * Those that may have it once.
   */
  may: Array<string>,
  /**
   * Words with which there can be only one boundary all the same: key, word, why.
   */
  not_with: Array<[string, string, string]>, };

/**
 * What is known of how far behind a source is, while it runs.
 */
export type Lag = { "is": "told",
  /**
   * Of what: "records".
   */
  unit: string,
  /**
   * What is counted, and what isn't.
   */
  means: string, } | { "is": "unknown",
  /**
   * Why.
   */
  because: string, };

/**
 * Who is at the other end of a side, and what is seen of that while it runs.
 */
export type OtherEnd = "host" | "peer" | "divider" | "clients" | "either";

/**
 * What is said of each side in the same words, each a sentence or a few.
 */
export type Facts = {
  /**
   * What is acknowledged, to whom, when.
   */
  acknowledged: string,
  /**
   * Which order is kept.
   */
  ordering: string,
  /**
   * How connections are secured, and who proves what to whom.
   */
  security: string,
  /**
   * What bounds memory and time.
   */
  limits: string,
  /**
   * Who is at the other end, which says what is seen of it while it runs.
   */
  other_end: OtherEnd,
  /**
   * What each failure does: what happens, and what follows.
   */
  failures: Array<[string, string]>, };

/**
 * An adapter as a source of records.
 */
export type SourceSide = {
  /**
   * What the pipeline does with it, for a form: "Read a file".
   */
  does: string,
  /**
   * Its keys, in the order of the canonical text.
   */
  keys: Array<Key>,
  /**
   * What becomes of records that were read and not delivered when a run ends.
   */
  promise: SourcePromise,
  /**
   * Where a word changes that: key, word, promise.
   */
  otherwise: Array<[string, string, SourcePromise]>,
  /**
   * What is known of how far behind it is, while it runs.
   */
  lag: Lag,
  /**
   * How boundaries are told apart where a graph has several.
   */
  several: Several,
  /**
   * What both sides have in common to say.
   */
  facts: Facts, };

/**
 * An adapter as a sink of records.
 */
export type SinkSide = {
  /**
   * What the pipeline does with it, for a form: "Write a file".
   */
  does: string,
  /**
   * Its keys, in the order of the canonical text.
   */
  keys: Array<Key>,
  /**
   * What a record that is written a second time becomes.
   */
  promise: SinkPromise,
  /**
   * Where a word changes that: key, word, promise.
   */
  otherwise: Array<[string, string, SinkPromise]>,
  /**
   * How boundaries are told apart where a graph has several.
   */
  several: Several,
  /**
   * What both sides have in common to say.
   */
  facts: Facts, };

/**
 * An adapter: a kind of place that records come from, go to, or both.
 */
export type Adapter = {
  /**
   * Its name in a config bundle, also that of its folder and of its page.
   */
  kind: string,
  /**
   * Its name for people.
   */
  title: string,
  /**
   * One sentence: what it is for.
   */
  summary: string,
  /**
   * As a source, where it is one.
   */
  ingress: SourceSide | null,
  /**
   * As a sink, where it is one.
   */
  egress: SinkSide | null,
  /**
   * The rest of its page, in Markdown: framing, examples, what a reader has to know besides.
   */
  page: string, };

/**
 * How often a record that came in is delivered, whatever ends the process in between.
 */
export type Delivery = "exactly_once" | "at_least_once" | "at_most_once" | "best_effort";

/**
 * A delivery, and why it is that one.
 */
export type Promised = {
  /**
   * How often.
   */
  delivery: Delivery,
  /**
   * For people: "exactly once".
   */
  title: string,
  /**
   * Why, in a sentence.
   */
  because: string, };

/**
 * What the two sides of one adapter promise where both are of the same place: more than each with others.
 */
export type Together = {
  /**
   * The kind of adapter.
   */
  kind: string,
  /**
   * Keys that have the same value on both sides.
   */
  same: Array<string>,
  /**
   * A key of the sink, and the word that it has.
   */
  sink: [string, string],
  /**
   * What they promise then.
   */
  promised: Promised, };

/**
 * Where refused records are kept, as they came in.
 */
export type Reject = {
  /**
   * Absolute path of the reject file on the agent's host.
   */
  path: string, };

/**
 * Where the value of a secret is.
 */
export type SecretKind = "file";

/**
 * Where a secret is. Its value stands in no bundle, and never leaves the agent's host.
 */
export type SecretReference = {
  /**
   * The name that stage keys know it by.
   */
  name: string,
  /**
   * What `path` names.
   */
  kind: SecretKind,
  /**
   * Absolute path on the agent's host of the file that holds it.
   */
  path: string, };

/**
 * A config bundle: environment-specific runtime posture attached to a version.
 */
export type ConfigBundleV1 = {
  /**
   * Format version, 1.
   */
  v: 1,
  /**
   * Posture of the environment that it is for.
   */
  posture: Posture,
  /**
   * What is asked of the host.
   */
  tuning: Tuning,
  /**
   * Sizes of records.
   */
  record: Record,
  /**
   * The one ingress binding.
   */
  ingress: Ingress,
  /**
   * The one egress binding.
   */
  egress: Egress,
  /**
   * Where refused records are kept.
   */
  reject: Reject,
  /**
   * Where the secrets are that stage keys name, in the order of their names. Exactly those that
   * the spec's keys use; left out where there are none.
   */
  secrets?: Array<SecretReference>, };

/**
 * One problem of a config bundle or of its text.
 */
export type ConfigIssue = {
  /**
   * Stable code, `E_CONFIG_…`.
   */
  code: string,
  /**
   * Dotted path in the model (`ingress.path`); for a problem of the text, its key, or empty.
   */
  field: string,
  /**
   * 1-based line, where the problem is one of the text.
   */
  line: number | null,
  /**
   * The values that the message was worded with.
   */
  args: { [key in string]: string },
  /**
   * What is wrong.
   */
  message: string,
  /**
   * What to do about it.
   */
  help: string, };

/**
 * One field that differs.
 */
export type ConfigChange = {
  /**
   * Dotted path in the model, such as `ingress.path`.
   */
  field: string,
  /**
   * Key in the canonical text.
   */
  key: string,
  /**
   * Value before; `null` where the field did not exist.
   */
  before: string | null,
  /**
   * Value after; `null` where the field no longer exists.
   */
  after: string | null,
  /**
   * One sentence for people and screen readers.
   */
  text: string, };

/**
 * The difference of two config bundles, in the order of the canonical text.
 */
export type ConfigDiff = {
  /**
   * Digest of the text before.
   */
  before_digest: string,
  /**
   * Digest of the text after.
   */
  after_digest: string,
  /**
   * Whether nothing changed.
   */
  equal: boolean,
  /**
   * Each field whose value differs.
   */
  changes: Array<ConfigChange>, };

/**
 * What became of a sample record.
 */
export type TryFate = "out" | "dropped" | "rejected";

/**
 * A record as text.
 */
export type TryText = {
  /**
   * The text.
   */
  text: string,
  /**
   * Whether it has escapes, because the record is no printable UTF-8 text, or was asked for so.
   */
  escaped: boolean, };

/**
 * What became of one sample record, or of a part that it was split into.
 */
export type TryOutcome = {
  /**
   * Index of the sample record.
   */
  input: number,
  /**
   * What reached the last stage; null where a stage before it ended the record.
   */
  arrived: TryText | null,
  /**
   * What became of it.
   */
  fate: TryFate,
  /**
   * Index of the stage that dropped or rejected it; null where it came out, or couldn't come in.
   */
  stage: number | null,
  /**
   * Length of a result that was too large for a record, in bytes; otherwise 0.
   */
  too_large: number,
  /**
   * What came out.
   */
  out: TryText | null, };

/**
 * The answer to `run`.
 */
export type TryAnswer = {
  /**
   * In the order in which the last stage would see them.
   */
  outcomes: Array<TryOutcome>,
  /**
   * Whether there would be more outcomes than an answer holds.
   */
  more: boolean, };

/**
 * A secret for trying, as somebody typed it.
 */
export type TrySecret = {
  /**
   * The name that keys know it by.
   */
  name: string,
  /**
   * Its value.
   */
  value: string, };

/**
 * The request of `run`.
 */
export type TryRequest = {
  /**
   * The keys of the stages, in the order in which records reach them; the last is the one that is
   * looked at.
   */
  keys: Array<string>,
  /**
   * The sample records.
   */
  records: Array<string>,
  /**
   * Whether records are written with the escapes of the cases (`\\n`, `\\xNN`, `\\\\`), and answered
   * so.
   */
  escaped: boolean,
  /**
   * The most bytes that a record may have, 1 to 16,384.
   */
  record_bytes: number,
  /**
   * Secrets that keys name.
   */
  secrets: Array<TrySecret>, };

/**
 * What a step did, or what became of a record.
 */
export type RunWord = "passed" | "blocked" | "emitted" | "dropped" | "rejected" | "discarded" | "skipped" | "lost" | "out" | "ended";

/**
 * Records for an ingress.
 */
export type RunInput = {
  /**
   * The ingress; any name will do for a ring, which has one.
   */
  ingress: string,
  /**
   * The records, with the escapes of the cases.
   */
  records: Array<string>, };

/**
 * The request of `run_once`.
 */
export type RunRequest = {
  /**
   * The spec as KV text.
   */
  spec: string,
  /**
   * The records by ingress. They are numbered from 1 in this order.
   */
  input: Array<RunInput>,
  /**
   * Stand-ins for secrets that keys name; the others have one for all of them.
   */
  secrets: Array<TrySecret>,
  /**
   * The most bytes that a record may have, 1 to 16,384.
   */
  record_bytes: number,
  /**
   * Which order the steps have: 0 goes round the nodes.
   */
  seed: number,
  /**
   * The most steps.
   */
  steps: number,
  /**
   * The most bytes of all records that come out.
   */
  bytes: number, };

/**
 * What left through an egress.
 */
export type RunOutput = {
  /**
   * The egress; of a ring its last stage.
   */
  egress: string,
  /**
   * The records, in order, with the escapes of the cases.
   */
  records: Array<string>,
  /**
   * The number of the record that each of them comes from.
   */
  numbers: Array<number>, };

/**
 * What a node did with the records.
 */
export type RunNode = {
  /**
   * Its id in the spec.
   */
  id: string,
  /**
   * Records that it took.
   */
  taken: number,
  /**
   * Records that it passed on.
   */
  passed: number,
  /**
   * Records that it dropped.
   */
  dropped: number,
  /**
   * Records that it rejected.
   */
  rejected: number,
  /**
   * Records that a full lane discarded, or that were overwritten before it read them.
   */
  missed: number,
  /**
   * The key of a stage that would act on the outside on each record that it took.
   */
  acts: string | null, };

/**
 * A record that came to its end inside.
 */
export type RunEnd = {
  /**
   * Its number.
   */
  record: number,
  /**
   * Id of the node.
   */
  node: string,
  /**
   * What became of it: `dropped`, `rejected`, `discarded` or `lost`.
   */
  what: RunWord,
  /**
   * Which step that was, from 1.
   */
  step: number, };

/**
 * The answer to `run_once`.
 */
export type RunAnswer = {
  /**
   * What left, for each egress of the spec.
   */
  outputs: Array<RunOutput>,
  /**
   * What each node did, in the order that records flow.
   */
  nodes: Array<RunNode>,
  /**
   * The first records that came to their end inside.
   */
  ends: Array<RunEnd>,
  /**
   * How many steps there were.
   */
  steps: number,
  /**
   * Whether all of it is through; not where a limit or a failure ended it.
   */
  finished: boolean,
  /**
   * Why a stage failed.
   */
  failure: ApiError | null, };

/**
 * An element that has another id in the version after.
 */
export type RenamedElement = {
  /**
   * Its id before.
   */
  before: string,
  /**
   * Its id after.
   */
  after: string, };

/**
 * The request of `compare_runs`.
 */
export type CompareRunsRequest = {
  /**
   * The spec before, as KV text.
   */
  before: string,
  /**
   * The spec after, as KV text.
   */
  after: string,
  /**
   * The records by ingress, by its id after. They are numbered from 1 in this order. A version
   * without that ingress gets none of its records.
   */
  input: Array<RunInput>,
  /**
   * Elements with another id, ingresses and egresses too.
   */
  renamed: Array<RenamedElement>,
  /**
   * Stand-ins for secrets that keys name; the others have one for all of them.
   */
  secrets: Array<TrySecret>,
  /**
   * The most bytes that a record may have, 1 to 16,384.
   */
  record_bytes: number,
  /**
   * Which order the steps have: 0 goes round the nodes.
   */
  seed: number,
  /**
   * The most steps of each run.
   */
  steps: number,
  /**
   * The most bytes of all records that come out of each.
   */
  bytes: number, };

/**
 * How an output differs.
 */
export type OutputDiffers = "other" | "missing" | "extra" | "order";

/**
 * An output of one version.
 */
export type ComparedOutput = {
  /**
   * Its place among the outputs of the egress, from 0.
   */
  index: number,
  /**
   * The record, with the escapes of the cases.
   */
  record: string, };

/**
 * What a node did with a record.
 */
export type RunTrail = {
  /**
   * Id of the node.
   */
  node: string,
  /**
   * What it did.
   */
  what: RunWord,
  /**
   * The record as the node took it; null where it took none then.
   */
  took: string | null,
  /**
   * The record as it left the node; null where none left.
   */
  gave: string | null, };

/**
 * The first node that makes something else of a record.
 */
export type PartedAt = {
  /**
   * Its id before; null where it is only after.
   */
  before: string | null,
  /**
   * Its id after; null where it is only before.
   */
  after: string | null, };

/**
 * The first output that differs, and the record that it comes from.
 */
export type OutputDifference = {
  /**
   * How.
   */
  differs: OutputDiffers,
  /**
   * The number of the record that came in.
   */
  record: number,
  /**
   * The ingress that it came in through, by its id after.
   */
  ingress: string,
  /**
   * The record that came in, with the escapes of the cases.
   */
  input: string,
  /**
   * What came out before; null where that is missing.
   */
  before: ComparedOutput | null,
  /**
   * What came out after; null where that is missing.
   */
  after: ComparedOutput | null,
  /**
   * What the nodes before made of the record that came in, in turn.
   */
  before_trail: Array<RunTrail>,
  /**
   * What the nodes after made of it.
   */
  after_trail: Array<RunTrail>,
  /**
   * The first node that makes something else of it; null where only the order differs, or the
   * difference comes of records before it.
   */
  parted_at: PartedAt | null, };

/**
 * The outputs of one egress.
 */
export type EgressComparison = {
  /**
   * Its id after, or before where it was removed; of a ring its last stage.
   */
  egress: string,
  /**
   * Its id before, where that was another one.
   */
  before_egress: string | null,
  /**
   * How many records left through it before; null where there was none.
   */
  before: number | null,
  /**
   * How many leave through it after; null where there is none.
   */
  after: number | null,
  /**
   * Of how many records that came in something else comes out.
   */
  differing: number,
  /**
   * The first that differs; null where all are the same, or one version has no such egress.
   */
  first: OutputDifference | null, };

/**
 * How one of the runs went.
 */
export type RunHalf = {
  /**
   * How many records came in.
   */
  records: number,
  /**
   * What each node did, in the order that records flow.
   */
  nodes: Array<RunNode>,
  /**
   * How many steps there were.
   */
  steps: number,
  /**
   * Whether all of it is through; not where a limit or a failure ended it.
   */
  finished: boolean,
  /**
   * Why a stage failed.
   */
  failure: ApiError | null, };

/**
 * The answer to `compare_runs`.
 */
export type RunComparison = {
  /**
   * The run of the version before.
   */
  before: RunHalf,
  /**
   * The run of the version after.
   */
  after: RunHalf,
  /**
   * The egresses of either: those after, then those that were removed.
   */
  egresses: Array<EgressComparison>, };

/**
 * How a run is made.
 */
export type RunOptions = {
  /**
   * Stand-ins for secrets that keys name; the others have one for all of them.
   */
  secrets: Array<TrySecret>,
  /**
   * The most bytes that a record may have, 1 to 16,384.
   */
  record_bytes: number,
  /**
   * Which order the steps have: 0 goes round the nodes, any other number shuffles.
   */
  seed: number,
  /**
   * Lanes hold at most so many records; 0 for as many as they have room for.
   */
  capacity: number, };

/**
 * A node of a run; numbers about it come in the same order.
 */
export type NodeShape = {
  /**
   * Its id in the spec; `ingress` for that of a ring.
   */
  id: string,
  /**
   * `ingress`, `stage`, `bridge`, `router`, `merge` or `egress`.
   */
  kind: "ingress" | "stage" | "bridge" | "router" | "merge" | "egress",
  /**
   * Which shard of a ring it belongs to.
   */
  shard: number,
  /**
   * Whether records leave here.
   */
  leaves: boolean,
  /**
   * The key of a stage that would act on the outside.
   */
  acts: string | null,
  /**
   * Indexes of the lanes that it reads.
   */
  reads: Array<number>,
  /**
   * Indexes of the lanes that it writes.
   */
  writes: Array<number>, };

/**
 * A lane of a run.
 */
export type LaneShape = {
  /**
   * Its id in the spec; `ring.N` for the ring of shard N.
   */
  id: string,
  /**
   * How many records it holds at most; null for a journal.
   */
  capacity: number | null, };

/**
 * What a run is made of.
 */
export type RunShape = {
  /**
   * The nodes, each writer before its readers.
   */
  nodes: Array<NodeShape>,
  /**
   * The lanes.
   */
  lanes: Array<LaneShape>,
  /**
   * Ids of the ingresses.
   */
  ingresses: Array<string>,
  /**
   * Whether the lanes are the rings of a SingleRing spec.
   */
  ring: boolean, };

/**
 * Where a record is, and what became of it, at the step where the run stands.
 */
export type RecordFate = {
  /**
   * Whether it came in.
   */
  came: boolean,
  /**
   * Indexes of the nodes that it waits before, or that hold it.
   */
  at: Array<number>,
  /**
   * Indexes of the nodes that it left through.
   */
  out: Array<number>,
  /**
   * Indexes of the nodes that dropped it, each with the step.
   */
  dropped: Array<[number, number]>,
  /**
   * Indexes of the nodes that rejected it, each with the step.
   */
  rejected: Array<[number, number]>,
  /**
   * Indexes of the nodes whose lane discarded it, or that came too late for it, each with the step.
   */
  missed: Array<[number, number]>, };

/**
 * One step, with its bytes.
 */
export type RunLook = {
  /**
   * Which step it is, from 1.
   */
  step: number,
  /**
   * The record's number; 0 where it is about none.
   */
  record: number,
  /**
   * Index of the node.
   */
  node: number,
  /**
   * What it did.
   */
  what: RunWord,
  /**
   * Index of the lane that the record was written to, or that is full.
   */
  lane: number | null,
  /**
   * The record as the node took it, with the escapes of the cases.
   */
  before: string | null,
  /**
   * The record as it left the node.
   */
  after: string | null, };

/**
 * Who has to approve.
 */
export type ApprovalKind = "person" | "policy";

/**
 * The rules that were in force when the deployment was asked for.
 */
export type DeploymentPolicy = {
  /**
   * Who has to approve.
   */
  approval: ApprovalKind,
  /**
   * Whether who asks may also approve.
   */
  self_approval: boolean, };

/**
 * What a deployment is, without the row that it is kept in: an approval is for its digest.
 */
export type DeploymentStatementV1 = {
  /**
   * Format version, 1.
   */
  v: 1,
  /**
   * Organization.
   */
  org_id: string,
  /**
   * Project.
   */
  project_id: string,
  /**
   * Environment.
   */
  environment_id: string,
  /**
   * The environment's posture.
   */
  posture: Posture,
  /**
   * The slot that it takes on each agent.
   */
  slot: string,
  /**
   * The version that is deployed.
   */
  version_id: string,
  /**
   * Spec hash of the version, `sha256:…`.
   */
  spec_hash: string,
  /**
   * Digest of the config bundle's text, `sha256:…`.
   */
  config_digest: string,
  /**
   * Side-effect capabilities that the spec needs. A set: sorted and without repeats in text.
   */
  capabilities: Array<string>,
  /**
   * Agent ids. A set: sorted and without repeats in text.
   */
  targets: Array<string>,
  /**
   * The rules in force.
   */
  policy: DeploymentPolicy, };

/**
 * Whose keys make an approval worth something. There is one rule now; an unknown one is
 * refused, so that a stricter one is never read as this.
 */
export type KeyRule = "organization";

/**
 * A role whose holders may approve.
 */
export type ApproverRole = "org_admin" | "project_admin" | "operator";

/**
 * Who may approve, beside having the right to operate the environment: whoever is named, or holds a
 * named role. Nobody and no role named: whoever has the right.
 */
export type Approvers = {
  /**
   * A set: sorted by their words and without repeats in text.
   */
  roles: Array<ApproverRole>,
  /**
   * User ids. A set: sorted and without repeats in text.
   */
  users: Array<string>, };

/**
 * The rules that are in force for a deployment from its request on.
 */
export type DeploymentPolicyV2 = {
  /**
   * Who has to approve.
   */
  approval: ApprovalKind,
  /**
   * Whether who asks may also approve.
   */
  self_approval: boolean,
  /**
   * How many different persons have to say yes, 1 to 5; 0 where policy approves.
   */
  quorum: number,
  /**
   * Whose keys count.
   */
  key_rule: KeyRule,
  /**
   * Which persons.
   */
  approvers: Approvers, };

/**
 * How sure it has to be who a person is.
 */
export type Proof = "session" | "proven";

/**
 * How sure it has to be who asks, and who says yes.
 */
export type RequiredProof = {
  /**
   * Who asks for the deployment.
   */
  requester: Proof,
  /**
   * Each who approves it.
   */
  approver: Proof, };

/**
 * What one person alone may do in an emergency.
 */
export type BreakGlass = {
  /**
   * Whether one person may approve alone, with a reason, marked for ever, reviewed afterwards.
   */
  allowed: boolean, };

/**
 * In which steps the agents get it.
 */
export type Rollout = {
  /**
   * Agents of the first step, 1 to 64.
   */
  first: number,
  /**
   * Agents of each further step, 1 to 64.
   */
  step: number,
  /**
   * Seconds between a healthy step and the next one, at most a day.
   */
  pause_seconds: number, };

/**
 * What a deployment is, without the row that it is kept in: an approval is for its digest.
 */
export type DeploymentStatementV2 = {
  /**
   * Format version, 2.
   */
  v: 2,
  /**
   * Organization.
   */
  org_id: string,
  /**
   * Project.
   */
  project_id: string,
  /**
   * Environment.
   */
  environment_id: string,
  /**
   * The environment's posture.
   */
  posture: Posture,
  /**
   * The slot that it takes on each agent.
   */
  slot: string,
  /**
   * The version that is deployed.
   */
  version_id: string,
  /**
   * Spec hash of the version, `sha256:…`.
   */
  spec_hash: string,
  /**
   * Digest of the config bundle's text, `sha256:…`.
   */
  config_digest: string,
  /**
   * Side-effect capabilities that the spec needs. A set: sorted and without repeats in text.
   */
  capabilities: Array<string>,
  /**
   * Agent ids. A set: sorted and without repeats in text.
   */
  targets: Array<string>,
  /**
   * The rules in force.
   */
  policy: DeploymentPolicyV2,
  /**
   * How sure it has to be who the persons are.
   */
  proof: RequiredProof,
  /**
   * Whether one person alone may approve in an emergency.
   */
  break_glass: BreakGlass,
  /**
   * In which steps the agents get it.
   */
  rollout: Rollout, };

/**
 * A statement of any version that is known here.
 */
export type DeploymentStatement = DeploymentStatementV2 | DeploymentStatementV1;

/**
 * One problem of a statement or its text.
 */
export type StatementIssue = {
  /**
   * One of [`issue_codes`].
   */
  code: string,
  /**
   * Dotted path in the model; for a problem of the text, its key, or empty.
   */
  field: string,
  /**
   * 1-based line, where the problem is one of the text.
   */
  line: number | null,
  /**
   * What is wrong.
   */
  message: string, };

/**
 * Records and bytes of a pipeline. `records_in` is `records_out + dropped + rejected` once it is
 * drained.
 */
export type Counters = {
  /**
   * Records that came in, those refused at the ingress included.
   */
  records_in: number,
  /**
   * Records that went out.
   */
  records_out: number,
  /**
   * Records that a stage dropped.
   */
  dropped: number,
  /**
   * Records refused: at the ingress, or because a stage's result did not fit.
   */
  rejected: number,
  /**
   * Bytes of the records that came in.
   */
  bytes_in: number,
  /**
   * Bytes of the records that went out.
   */
  bytes_out: number, };

/**
 * One stage of a SingleRing.
 */
export type StageSnapshot = {
  /**
   * Index of the stage in the spec.
   */
  index: number,
  /**
   * Highest sequence that it is done with.
   */
  gating: number,
  /**
   * How many published sequences it is behind.
   */
  lag: number,
  /**
   * Records that it looked at; those marked by a stage before it are not among them.
   */
  processed: number,
  /**
   * Records that it dropped.
   */
  dropped: number,
  /**
   * Records whose result did not fit.
   */
  rejected: number, };

/**
 * Which threads run the stages of a ring, or the roles and egresses of a lane graph
 * (docs/spec/execution.md).
 */
export type RunWorkers = "dedicated" | "segments" | "one";

/**
 * What those threads do while nothing is ready.
 */
export type RunWait = "spin" | "backoff" | "adaptive";

/**
 * How a pipeline runs, as it was applied.
 */
export type RunTuning = {
  /**
   * Which threads there are.
   */
  workers: RunWorkers,
  /**
   * What they do while nothing is ready.
   */
  wait: RunWait, };

/**
 * Cursor, gating and counters of a SingleRing. On its own it has no `kind`: what goes out is
 * a [`Snapshot`](crate::Snapshot).
 */
export type SingleRingSnapshot = {
  /**
   * Version of this form.
   */
  v: 2,
  /**
   * Largest record, in bytes.
   */
  slot_bytes: number,
  /**
   * Ring entries.
   */
  capacity: number,
  /**
   * Highest published sequence; 0 is none.
   */
  cursor: number,
  /**
   * Totals.
   */
  counters: Counters,
  /**
   * The stages, in the order of the spec.
   */
  stages: Array<StageSnapshot>,
  /**
   * How it runs; left out where the region doesn't say, which is before a run.
   */
  tuning?: RunTuning,
  /**
   * Random number of this creation of the region: another one means that it was recreated.
   */
  generation: string, };

/**
 * One ingress or egress.
 */
export type EndpointSnapshot = {
  /**
   * Index of the endpoint in the spec.
   */
  index: number,
  /**
   * Its id in the spec, where whoever reports it knows the spec.
   */
  id?: string,
  /**
   * Whether records come in there; otherwise they leave.
   */
  ingress: boolean,
  /**
   * Records that came in, refused ones included, or left.
   */
  records: number,
  /**
   * Their bytes.
   */
  bytes: number,
  /**
   * Records that were refused there.
   */
  rejected: number, };

/**
 * What a role does.
 */
export type RoleState = "working" | "waits_for_records" | "waits_for_room";

/**
 * One reader of a lane.
 */
export type LaneReaderSnapshot = {
  /**
   * Records that it has read.
   */
  read: number,
  /**
   * Records that wait for it.
   */
  lag: number,
  /**
   * Records of a journal that were overwritten before it came to them.
   */
  lost?: number, };

/**
 * One lane.
 */
export type LaneSnapshot = {
  /**
   * Index of the lane in the spec.
   */
  index: number,
  /**
   * Its id in the spec, where whoever reports it knows the spec.
   */
  id?: string,
  /**
   * Its kind, likewise.
   */
  kind?: LaneKind,
  /**
   * Records that each of its queues holds.
   */
  capacity: number,
  /**
   * Records that were written to it.
   */
  published: number,
  /**
   * Records that wait for its slowest reader.
   */
  depth: number,
  /**
   * Records that it lost because it was full.
   */
  dropped: number,
  /**
   * Its readers: one, or as many as the spec gives it.
   */
  readers: Array<LaneReaderSnapshot>, };

/**
 * One role.
 */
export type RoleSnapshot = {
  /**
   * Index of the role in the spec.
   */
  index: number,
  /**
   * Its id in the spec, where whoever reports it knows the spec.
   */
  id?: string,
  /**
   * What it does, as its lanes show it, likewise.
   */
  state?: RoleState,
  /**
   * Records that it looked at.
   */
  processed: number,
  /**
   * Records that it dropped.
   */
  dropped: number,
  /**
   * Records whose result did not fit.
   */
  rejected: number, };

/**
 * Lanes, roles and counters of a LaneGraph. On its own it has no `kind`: what goes out is a
 * [`Snapshot`](crate::Snapshot).
 */
export type LaneGraphSnapshot = {
  /**
   * Version of this form.
   */
  v: 2,
  /**
   * Totals.
   */
  counters: Counters,
  /**
   * The lanes, in the order of the spec.
   */
  lanes: Array<LaneSnapshot>,
  /**
   * The roles, in the order of the spec.
   */
  roles: Array<RoleSnapshot>,
  /**
   * The ingresses and egresses, in the order of the spec; none in what an older build wrote.
   */
  endpoints?: Array<EndpointSnapshot>,
  /**
   * How it runs; left out where its files don't say, which are an older build's.
   */
  tuning?: RunTuning,
  /**
   * Random number of this creation of the regions: another one means that they were recreated.
   */
  generation: string, };

/**
 * A snapshot, in the form of the pipeline's target.
 */
export type Snapshot = { "kind": "single_ring" } & SingleRingSnapshot | { "kind": "lane_graph" } & LaneGraphSnapshot;

/**
 * How far an attempt came.
 */
export type AttemptPhase = "fetching" | "verifying" | "starting" | "active" | "refused" | "retrying" | "fell_back" | "failed";

/**
 * The newest attempt.
 */
export type AttemptedReport = {
  /**
   * The deployment.
   */
  deployment_id: string,
  /**
   * Its epoch.
   */
  epoch: number,
  /**
   * How far it came.
   */
  phase: AttemptPhase,
  /**
   * Why it is where it is.
   */
  code?: string,
  /**
   * The same, in words.
   */
  message?: string,
  /**
   * How often it went wrong in this way so far.
   */
  tries: number,
  /**
   * When the agent tries again by itself, RFC 3339.
   */
  next_try_at: string | null,
  /**
   * RFC 3339.
   */
  at: string, };

/**
 * What runs.
 */
export type RunningReport = {
  /**
   * The deployment.
   */
  deployment_id: string,
  /**
   * Digest of its statement.
   */
  deployment_digest: string,
  /**
   * Its epoch.
   */
  epoch: number,
  /**
   * Hash of its bundle.
   */
  bundle_hash: string,
  /**
   * Start of the process, RFC 3339.
   */
  since: string,
  /**
   * When it became active on this agent, RFC 3339.
   */
  activated_at: string,
  /**
   * How often its runtime was started again since then.
   */
  restarts: number,
  /**
   * When it last was, RFC 3339.
   */
  last_restart_at: string | null, };

/**
 * Counters and the instant at which they began.
 */
export type CountedSince = {
  /**
   * RFC 3339; `null` where the checkpoint doesn't say it.
   */
  since: string | null,
  /**
   * Records that came in, those refused at the ingress included.
   */
  records_in: number,
  /**
   * Records that went out.
   */
  records_out: number,
  /**
   * Records that a stage dropped.
   */
  dropped: number,
  /**
   * Records refused: at the ingress, or because a stage's result did not fit.
   */
  rejected: number,
  /**
   * Bytes of the records that came in.
   */
  bytes_in: number,
  /**
   * Bytes of the records that went out.
   */
  bytes_out: number, };

/**
 * What a pipeline counted, and since when.
 */
export type CountersReport = {
  /**
   * By this deployment on this agent.
   */
  since_activation: CountedSince,
  /**
   * By the pipeline, over restarts and deployments: carried over by its checkpoint.
   */
  totals: CountedSince, };

/**
 * What a runtime sees of one side.
 */
export type AdapterReport = {
  /**
   * The kind of adapter.
   */
  kind: string,
  /**
   * Since when its peer answers, RFC 3339; `null` while it doesn't, and before its first word.
   */
  up_since: string | null,
  /**
   * Since when it doesn't, RFC 3339.
   */
  down_since: string | null,
  /**
   * Tries that failed since the start of the runtime.
   */
  failures: number,
  /**
   * Records that came and don't last yet, or went out and aren't there yet.
   */
  in_flight: number,
  /**
   * Records that the peer refused since the start of the runtime.
   */
  refused: number,
  /**
   * How much is at the peer that the pipeline isn't through with, where that is known; of what, the
   * adapter declares.
   */
  lag: number | null,
  /**
   * It is that or more.
   */
  lag_or_more: boolean,
  /**
   * How often the peer gave the pipeline other parts of what it reads since the start of the runtime,
   * where it divides that among several.
   */
  rebalances: number | null,
  /**
   * Who connects to this side, where it listens.
   */
  listening: ListeningReport | null,
  /**
   * Why the last try failed, or what it refused last where it listens, in words.
   */
  error: string | null,
  /**
   * When it did, RFC 3339.
   */
  error_at: string | null, };

/**
 * What a runtime sees of a side that listens.
 */
export type ListeningReport = {
  /**
   * Since when it does, RFC 3339.
   */
  since: string,
  /**
   * Connections that are open.
   */
  connections: number,
  /**
   * Requests, messages and handshakes that it refused since the start of the runtime.
   */
  refused: number, };

/**
 * What a runtime sees of one of several boundaries of a side.
 */
export type BoundaryReport = {
  /**
   * Whether records come in or leave there.
   */
  side: 'source' | 'sink',
  /**
   * Its id in the spec.
   */
  id: string,
  /**
   * What is seen of it.
   */
  seen: AdapterReport, };

/**
 * What a runtime sees of both sides.
 */
export type AdaptersReport = {
  /**
   * Where records come from; `null` where that is a file, or several boundaries.
   */
  source: AdapterReport | null,
  /**
   * Where they go.
   */
  sink: AdapterReport | null,
  /**
   * Where a side has several boundaries, each of them.
   */
  boundaries?: Array<BoundaryReport>, };

/**
 * What an agent proves about one slot.
 */
export type SlotReport = {
  /**
   * The slot.
   */
  slot: string,
  /**
   * What runs, verified and healthy.
   */
  running: RunningReport | null,
  /**
   * The newest that was tried.
   */
  attempted: AttemptedReport | null,
  /**
   * The newer deployment that waits for its next try, where `attempted` says what keeps the
   * active one down.
   */
  waiting: AttemptedReport | null,
  /**
   * What was active came to the end of its bounded input, and isn't started again.
   */
  finished: boolean,
  /**
   * What runs, as shared memory shows it.
   */
  snapshot: Snapshot | null,
  /**
   * What it counted; there when `snapshot` is.
   */
  counters: CountersReport | null,
  /**
   * What the runtime sees of its two sides; nothing of one that is no network's.
   */
  adapters?: AdaptersReport,
  /**
   * The runtime's last lines.
   */
  last_words: Array<string>,
  /**
   * The last lines of the runtime that was tried last and failed, where `attempted` or `waiting`
   * tells of it: `last_words` are those of what runs again in its place.
   */
  tried_words: Array<string>, };

/**
 * A key that is not taken.
 */
export type RefusedKey = {
  /**
   * Its id; may be empty, where it has none.
   */
  kid: string,
  /**
   * Stable code, `E_KEY_…`.
   */
  code: string,
  /**
   * The same, in words.
   */
  message: string, };

/**
 * A slot that is not taken.
 */
export type RefusedSlot = {
  /**
   * The slot.
   */
  slot: string,
  /**
   * The deployment that should run there.
   */
  deployment_id: string,
  /**
   * `E_SLOT_LIMIT`.
   */
  code: string,
  /**
   * The same, in words.
   */
  message: string, };

/**
 * A heartbeat.
 */
export type Heartbeat = {
  /**
   * The protocol that the agent speaks.
   */
  protocol_version: number,
  /**
   * The agent's version.
   */
  agent_version: string,
  /**
   * What the runtime can execute.
   */
  spec_features: Array<string>,
  /**
   * Versions of the deployment statement that are verified here.
   */
  statement_versions: Array<number>,
  /**
   * Folders that the host's owner allows.
   */
  allowed_roots: Array<string>,
  /**
   * Addresses that the host's owner lets pipelines reach or listen at; none without a rule.
   */
  allowed_net: Array<string>,
  /**
   * Versions of the request to try connections that are verified here.
   */
  trial_versions: Array<number>,
  /**
   * Digest of the trusted keys.
   */
  key_set_digest: string,
  /**
   * RFC 3339.
   */
  sent_at: string,
  /**
   * How far the host's clock is behind the latest time that the agent has seen, in
   * milliseconds; 0 is well. Expiry is judged by that latest time.
   */
  clock_behind_ms: number,
  /**
   * Keys of the control plane's set that are not taken; the others are.
   */
  refused_keys: Array<RefusedKey>,
  /**
   * Slots that are not taken, because there are as many as an agent holds.
   */
  refused_slots: Array<RefusedSlot>,
  /**
   * Each slot that the agent knows.
   */
  slots: Array<SlotReport>, };

/**
 * How an attempt can end.
 */
export type StatusPhase = "active" | "failed";

/**
 * How an attempt ended, told once for each deployment.
 */
export type StatusReport = {
  /**
   * Its epoch.
   */
  epoch: number,
  /**
   * Active or failed.
   */
  phase: StatusPhase,
  /**
   * Nothing more is tried by itself.
   */
  final: boolean,
  /**
   * Why it failed.
   */
  code?: string,
  /**
   * The same, in words.
   */
  message?: string,
  /**
   * RFC 3339.
   */
  at: string, };

/**
 * How a trial ended.
 */
export type TrialOutcome = "tried" | "broken" | "refused";

/**
 * What came of a step.
 */
export type TrialState = "worked" | "failed" | "held_back";

/**
 * One step of a trial.
 */
export type TrialStep = {
  /**
   * `source` or `sink`.
   */
  side: string,
  /**
   * The step, such as `connect`.
   */
  step: string,
  /**
   * What came of it.
   */
  state: TrialState,
  /**
   * How long it took, in milliseconds.
   */
  millis: number,
  /**
   * Of a failure.
   */
  code?: string,
  /**
   * What was found, or why it failed or wasn't tried, in words.
   */
  message: string,
  /**
   * What to do about it.
   */
  help?: string, };

/**
 * What came of a trial of connections, told once.
 */
export type TrialReport = {
  /**
   * How it ended.
   */
  outcome: TrialOutcome,
  /**
   * Why it was refused, or ended before its last step.
   */
  code?: string,
  /**
   * The same, in words.
   */
  message?: string,
  /**
   * The steps that were tried, in their order.
   */
  steps: Array<TrialStep>,
  /**
   * RFC 3339.
   */
  at: string, };
