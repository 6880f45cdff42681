//! The KV text of a spec (grammar: docs/spec/kv.md).
//!
//! Encoding gives the canonical form. Decoding accepts any order of lines and ignores keys it does
//! not know, as the format promises; whoever runs a spec also asks that the text is byte-equal to
//! its own decode and encode, so that no reader skips what another understood.

use std::collections::BTreeMap;

use byteor_json::Args;
use std::fmt;

use crate::{
    Channel, Endpoint, EndpointKind, Lane, LaneGraphSpec, LaneKind, MergePolicy, OnFull, Ordering,
    PipelineSpecV1, Producer, RingStage, Role, RoleWork, Scheduling, ShardKey, SingleRingSpec,
    StageOp, canonical::in_order,
};

/// The longest KV text that is decoded, in bytes.
pub const KV_MAX_BYTES: usize = 16 * 1024 * 1024;

/// Why a text is no spec, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KvError {
    /// Stable code, `E_KV_…`.
    pub code: &'static str,
    /// Line, from 1; the line after the last where something is missing.
    pub line: u32,
    /// Column in bytes, from 1.
    pub column: u32,
    /// What is wrong, for people.
    pub message: String,
    /// Named parts of the message.
    pub args: Args,
}

impl fmt::Display for KvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} at line {}, column {}: {}",
            self.code, self.line, self.column, self.message
        )
    }
}

impl std::error::Error for KvError {}

/// The canonical KV text: one `key=value` a line, fixed order, every line ended by a line feed.
pub fn encode_kv_v1(spec: &PipelineSpecV1) -> String {
    encode_canonical_kv_v1(&in_order(spec))
}

/// The canonical KV text of a spec that is in canonical order, as each is that lowering gave: without
/// looking whether it is.
pub fn encode_canonical_kv_v1(spec: &PipelineSpecV1) -> String {
    debug_assert_eq!(*in_order(spec), *spec, "the spec is in canonical order");
    let mut out = Lines::default();
    match spec {
        PipelineSpecV1::SingleRing(ring) => encode_ring(&mut out, ring),
        PipelineSpecV1::LaneGraph(graph) => encode_graph(&mut out, graph),
    }
    out.text
}

/// The lines of a KV text, whose paths go on from a prefix. Written without the machinery of
/// formatting: a compile on every keystroke makes thousands of lines.
#[derive(Default)]
struct Lines {
    text: String,
    prefix: String,
}

impl Lines {
    /// The following lines start with `path` and `index`.
    fn under(&mut self, path: &str, index: usize) {
        self.prefix.clear();
        self.prefix.push_str(path);
        push_number(&mut self.prefix, index as u64);
        self.prefix.push('.');
    }

    fn line(&mut self, field: &str, value: &str) {
        self.text
            .reserve(self.prefix.len() + field.len() + value.len() + 2);
        self.text.push_str(&self.prefix);
        self.text.push_str(field);
        self.text.push('=');
        self.text.push_str(value);
        self.text.push('\n');
    }

    fn number(&mut self, field: &str, value: u32) {
        let mut text = String::new();
        push_number(&mut text, u64::from(value));
        self.line(field, &text);
    }

    /// A list: its field goes on with an index.
    fn list(&mut self, field: &str, values: &[String]) {
        let mut path = String::new();
        for (index, value) in values.iter().enumerate() {
            path.clear();
            path.push_str(field);
            path.push('.');
            push_number(&mut path, index as u64);
            self.line(&path, value);
        }
    }
}

fn push_number(out: &mut String, number: u64) {
    if number >= 10 {
        push_number(out, number / 10);
    }
    out.push((b'0' + (number % 10) as u8) as char);
}

fn encode_ring(out: &mut Lines, ring: &SingleRingSpec) {
    out.prefix.push_str("single_ring.");
    out.number("shards", ring.shards);
    out.line("producer", ring.producer.name());
    out.line("scheduling", ring.scheduling.name());
    out.line("ordering", ring.ordering.name());
    if let Some(key) = ring.shard_key {
        out.number("shard_key.offset", key.offset);
        out.number("shard_key.length", key.length);
    }
    for (index, stage) in ring.stages.iter().enumerate() {
        out.under("single_ring.stages.", index);
        out.line("id", &stage.id);
        encode_op(out, &stage.op);
        let dependencies: Vec<String> = stage
            .depends_on
            .iter()
            .map(|dependency| dependency.to_string())
            .collect();
        out.list("depends_on", &dependencies);
    }
}

fn encode_op(out: &mut Lines, op: &StageOp) {
    out.line("op", op.name());
    match op {
        StageOp::Identity => {}
        StageOp::Named { key } => out.line("key", key),
    }
}

fn encode_graph(out: &mut Lines, graph: &LaneGraphSpec) {
    // Two lines of some seventy bytes for each lane, five for each role.
    out.text
        .reserve(64 + 80 * graph.lanes.len() + 240 * graph.roles.len());
    out.prefix.push_str("lane_graph.");
    out.line("on_full", graph.on_full.name());
    for (index, lane) in graph.lanes.iter().enumerate() {
        out.under("lane_graph.lanes.", index);
        out.line("id", &lane.id);
        out.line("kind", lane.channel.kind().name());
        match lane.channel {
            Channel::Events | Channel::Journal => {}
            Channel::SequencedSlots { capacity } => out.number("capacity", capacity),
            Channel::FanoutBroadcast { consumers } => out.number("consumers", consumers),
        }
    }
    for (index, endpoint) in graph.endpoints.iter().enumerate() {
        out.under("lane_graph.endpoints.", index);
        out.line("id", &endpoint.id);
        out.line("kind", endpoint.kind.name());
        out.line("lane", &endpoint.lane);
    }
    for (index, role) in graph.roles.iter().enumerate() {
        out.under("lane_graph.roles.", index);
        out.line("id", &role.id);
        out.line("kind", role.work.name());
        if let RoleWork::Stage { op, .. } = &role.work {
            encode_op(out, op);
        }
        match &role.work {
            RoleWork::Stage { rx, tx, .. } | RoleWork::Bridge { rx, tx } => {
                out.line("rx", rx);
                out.line("tx", tx);
            }
            RoleWork::Router { rx, tx } => {
                out.line("rx", rx);
                out.list("tx", tx);
            }
            RoleWork::Merge { rx, tx, policy } => {
                out.line("policy", policy.name());
                out.list("rx", rx);
                out.line("tx", tx);
            }
        }
    }
}

/// Reads a KV text. Time and memory are linear in its length but for one sort of its lines.
///
/// The answer has the right shape, and nothing more: `validate_v1` checks the rules, and
/// `encode_kv_v1` of the answer tells whether the text was canonical.
pub fn decode_kv_v1(text: &str) -> Result<PipelineSpecV1, KvError> {
    let fields = Fields::read(text)?;
    let ring = fields.first_with_prefix("single_ring.");
    let graph = fields.first_with_prefix("lane_graph.");
    match (ring, graph) {
        (Some(_), None) => decode_ring(&fields).map(PipelineSpecV1::SingleRing),
        (None, Some(_)) => decode_graph(&fields).map(PipelineSpecV1::LaneGraph),
        (Some(a), Some(b)) => Err(error(
            "E_KV_SHAPE",
            a.line.max(b.line),
            1,
            "a spec is either a single ring or a lane graph, and this text has keys of both"
                .to_owned(),
            [],
        )),
        (None, None) => Err(error(
            "E_KV_SHAPE",
            1,
            1,
            "no key starts with `single_ring.` or `lane_graph.`, so this is no spec".to_owned(),
            [],
        )),
    }
}

fn error<const N: usize>(
    code: &'static str,
    line: u32,
    column: u32,
    message: String,
    args: [(&'static str, String); N],
) -> KvError {
    let mut named = Args::new();
    for (name, value) in args {
        named.insert(name, value);
    }
    KvError {
        code,
        line,
        column,
        message,
        args: named,
    }
}

/// At most this much of a foreign text is repeated in a message.
fn excerpt(text: &str) -> String {
    const MOST: usize = 60;
    if text.len() <= MOST {
        text.to_owned()
    } else {
        format!("{}…", &text[..MOST])
    }
}

#[derive(Clone, Copy)]
struct Field<'t> {
    value: &'t str,
    line: u32,
    /// Column of the value, from 1.
    column: u32,
}

/// The lines of a text by key, checked for form.
struct Fields<'t> {
    by_key: BTreeMap<&'t str, Field<'t>>,
    lines: u32,
}

impl<'t> Fields<'t> {
    fn read(text: &'t str) -> Result<Self, KvError> {
        if text.len() > KV_MAX_BYTES {
            return Err(error(
                "E_KV_TOO_LONG",
                1,
                1,
                format!(
                    "the text has {} bytes; the most is {KV_MAX_BYTES}",
                    text.len()
                ),
                [
                    ("bytes", text.len().to_string()),
                    ("limit", KV_MAX_BYTES.to_string()),
                ],
            ));
        }
        let mut by_key = BTreeMap::new();
        let mut lines = 0u32;
        let body = text.strip_suffix('\n').unwrap_or(text);
        if !body.is_empty() || text.ends_with('\n') {
            for line in body.split('\n') {
                lines += 1;
                let (key, field) = read_line(line, lines)?;
                if let Some(first) = by_key.insert(key, field) {
                    return Err(error(
                        "E_KV_DUPLICATE",
                        lines,
                        1,
                        format!(
                            "`{}` is given twice, first in line {}",
                            excerpt(key),
                            first.line
                        ),
                        [
                            ("key", key.to_owned()),
                            ("first_line", first.line.to_string()),
                        ],
                    ));
                }
            }
        }
        Ok(Self { by_key, lines })
    }

    fn first_with_prefix(&self, prefix: &str) -> Option<Field<'t>> {
        self.by_key
            .range(prefix..)
            .next()
            .filter(|(key, _)| key.starts_with(prefix))
            .map(|(_, field)| *field)
    }

    fn get(&self, key: &str) -> Option<Field<'t>> {
        self.by_key.get(key).copied()
    }

    fn need(&self, key: &str) -> Result<Field<'t>, KvError> {
        self.get(key).ok_or_else(|| {
            error(
                "E_KV_MISSING",
                self.lines + 1,
                1,
                format!("`{}` is missing", excerpt(key)),
                [("key", key.to_owned())],
            )
        })
    }

    fn text(&self, key: &str) -> Result<String, KvError> {
        self.need(key).map(|field| field.value.to_owned())
    }

    fn number(&self, key: &str) -> Result<u32, KvError> {
        let field = self.need(key)?;
        decimal(field.value).ok_or_else(|| {
            value_error(
                key,
                field,
                "a decimal integer from 0 to 4294967295 without leading zeros",
            )
        })
    }

    fn name<T>(
        &self,
        key: &str,
        names: &[&str],
        from: impl Fn(&str) -> Option<T>,
    ) -> Result<T, KvError> {
        let field = self.need(key)?;
        from(field.value)
            .ok_or_else(|| value_error(key, field, &format!("one of {}", names.join(", "))))
    }

    /// How many items the list at `prefix` has, by those keys whose tail after the index `known`
    /// accepts. The indices must be 0, 1, 2 and so on.
    fn count(&self, prefix: &str, known: impl Fn(&str) -> bool) -> Result<u32, KvError> {
        let dotted = format!("{prefix}.");
        let mut seen: BTreeMap<u32, Field<'t>> = BTreeMap::new();
        for (key, field) in self.by_key.range(dotted.as_str()..) {
            let Some(tail) = key.strip_prefix(dotted.as_str()) else {
                break;
            };
            let (index, rest) = match tail.split_once('.') {
                Some((index, rest)) => (index, rest),
                None => (tail, ""),
            };
            if !known(rest) {
                continue;
            }
            let Some(index) = decimal(index) else {
                continue;
            };
            let first = seen.entry(index).or_insert(*field);
            if field.line < first.line {
                *first = *field;
            }
        }
        let mut expected = 0u32;
        for (index, field) in seen {
            if index != expected {
                return Err(error(
                    "E_KV_GAP",
                    field.line,
                    1,
                    format!("`{prefix}` goes on with index {index}, but {expected} is missing"),
                    [
                        ("key", prefix.to_owned()),
                        ("index", index.to_string()),
                        ("expected", expected.to_string()),
                    ],
                ));
            }
            expected += 1;
        }
        Ok(expected)
    }

    fn texts(&self, prefix: &str) -> Result<Vec<String>, KvError> {
        let count = self.count(prefix, str::is_empty)?;
        (0..count)
            .map(|index| self.text(&format!("{prefix}.{index}")))
            .collect()
    }

    fn op(&self, prefix: &str) -> Result<StageOp, KvError> {
        let key = format!("{prefix}.op");
        let field = self.need(&key)?;
        match field.value {
            "identity" => Ok(StageOp::Identity),
            "named" => Ok(StageOp::Named {
                key: self.text(&format!("{prefix}.key"))?,
            }),
            _ => Err(value_error(&key, field, "one of identity, named")),
        }
    }
}

fn value_error(key: &str, field: Field<'_>, expected: &str) -> KvError {
    error(
        "E_KV_VALUE",
        field.line,
        field.column,
        format!(
            "`{}` is `{}`, but must be {expected}",
            excerpt(key),
            excerpt(field.value)
        ),
        [
            ("key", key.to_owned()),
            ("value", excerpt(field.value)),
            ("expected", expected.to_owned()),
        ],
    )
}

fn read_line(line: &str, number: u32) -> Result<(&str, Field<'_>), KvError> {
    if let Some(at) = line.bytes().position(|b| !(0x20..0x7f).contains(&b)) {
        let byte = line.as_bytes()[at];
        return Err(error(
            "E_KV_ENCODING",
            number,
            at as u32 + 1,
            format!("byte 0x{byte:02x} is not printable ASCII"),
            [("byte", format!("0x{byte:02x}"))],
        ));
    }
    let Some((key, value)) = line.split_once('=') else {
        return Err(error(
            "E_KV_LINE",
            number,
            1,
            format!("`{}` has no `=`: each line is `key=value`", excerpt(line)),
            [],
        ));
    };
    let bad = key.split('.').scan(1u32, |column, segment| {
        let at = *column;
        *column += segment.len() as u32 + 1;
        Some((at, segment))
    });
    for (at, segment) in bad {
        let form = !segment.is_empty()
            && segment
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        let index = segment.starts_with(|c: char| c.is_ascii_digit());
        if !form || (index && decimal(segment).is_none()) {
            return Err(error(
                "E_KV_KEY",
                number,
                at,
                format!(
                    "`{}` is no key: it is made of parts from a to z, 0 to 9 and _ with dots between, and an index has no leading zeros",
                    excerpt(key)
                ),
                [("key", excerpt(key))],
            ));
        }
    }
    Ok((
        key,
        Field {
            value,
            line: number,
            column: key.len() as u32 + 2,
        },
    ))
}

/// A decimal integer without sign or leading zeros.
fn decimal(text: &str) -> Option<u32> {
    let plain = !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

fn decode_ring(fields: &Fields<'_>) -> Result<SingleRingSpec, KvError> {
    let stages = fields.count("single_ring.stages", |rest| {
        matches!(rest, "id" | "op" | "key") || rest.starts_with("depends_on.")
    })?;
    let shard_key = match fields.first_with_prefix("single_ring.shard_key.") {
        None => None,
        Some(_) => Some(ShardKey {
            offset: fields.number("single_ring.shard_key.offset")?,
            length: fields.number("single_ring.shard_key.length")?,
        }),
    };
    Ok(SingleRingSpec {
        shards: fields.number("single_ring.shards")?,
        producer: fields.name("single_ring.producer", Producer::NAMES, Producer::from_name)?,
        scheduling: fields.name(
            "single_ring.scheduling",
            Scheduling::NAMES,
            Scheduling::from_name,
        )?,
        ordering: fields.name("single_ring.ordering", Ordering::NAMES, Ordering::from_name)?,
        shard_key,
        stages: (0..stages)
            .map(|index| {
                let prefix = format!("single_ring.stages.{index}");
                let list = format!("{prefix}.depends_on");
                let count = fields.count(&list, str::is_empty)?;
                Ok(RingStage {
                    id: fields.text(&format!("{prefix}.id"))?,
                    op: fields.op(&prefix)?,
                    depends_on: (0..count)
                        .map(|place| fields.number(&format!("{list}.{place}")))
                        .collect::<Result<_, _>>()?,
                })
            })
            .collect::<Result<_, KvError>>()?,
    })
}

fn decode_graph(fields: &Fields<'_>) -> Result<LaneGraphSpec, KvError> {
    let lanes = fields.count("lane_graph.lanes", |rest| {
        matches!(rest, "id" | "kind" | "capacity" | "consumers")
    })?;
    let endpoints = fields.count("lane_graph.endpoints", |rest| {
        matches!(rest, "id" | "kind" | "lane")
    })?;
    let roles = fields.count("lane_graph.roles", |rest| {
        matches!(rest, "id" | "kind" | "op" | "key" | "rx" | "tx" | "policy")
            || rest.starts_with("rx.")
            || rest.starts_with("tx.")
    })?;
    Ok(LaneGraphSpec {
        on_full: fields.name("lane_graph.on_full", OnFull::NAMES, OnFull::from_name)?,
        lanes: (0..lanes)
            .map(|index| {
                let prefix = format!("lane_graph.lanes.{index}");
                let kind = fields.name(
                    &format!("{prefix}.kind"),
                    LaneKind::NAMES,
                    LaneKind::from_name,
                )?;
                Ok(Lane {
                    id: fields.text(&format!("{prefix}.id"))?,
                    channel: match kind {
                        LaneKind::Events => Channel::Events,
                        LaneKind::Journal => Channel::Journal,
                        LaneKind::SequencedSlots => Channel::SequencedSlots {
                            capacity: fields.number(&format!("{prefix}.capacity"))?,
                        },
                        LaneKind::FanoutBroadcast => Channel::FanoutBroadcast {
                            consumers: fields.number(&format!("{prefix}.consumers"))?,
                        },
                    },
                })
            })
            .collect::<Result<_, KvError>>()?,
        endpoints: (0..endpoints)
            .map(|index| {
                let prefix = format!("lane_graph.endpoints.{index}");
                Ok(Endpoint {
                    id: fields.text(&format!("{prefix}.id"))?,
                    kind: fields.name(
                        &format!("{prefix}.kind"),
                        EndpointKind::NAMES,
                        EndpointKind::from_name,
                    )?,
                    lane: fields.text(&format!("{prefix}.lane"))?,
                })
            })
            .collect::<Result<_, KvError>>()?,
        roles: (0..roles)
            .map(|index| {
                let prefix = format!("lane_graph.roles.{index}");
                let kind_key = format!("{prefix}.kind");
                let kind = fields.need(&kind_key)?;
                let (rx, tx) = (format!("{prefix}.rx"), format!("{prefix}.tx"));
                let work = match kind.value {
                    "stage" => RoleWork::Stage {
                        op: fields.op(&prefix)?,
                        rx: fields.text(&rx)?,
                        tx: fields.text(&tx)?,
                    },
                    "bridge" => RoleWork::Bridge {
                        rx: fields.text(&rx)?,
                        tx: fields.text(&tx)?,
                    },
                    "router" => RoleWork::Router {
                        rx: fields.text(&rx)?,
                        tx: fields.texts(&tx)?,
                    },
                    "merge" => RoleWork::Merge {
                        policy: fields.name(
                            &format!("{prefix}.policy"),
                            MergePolicy::NAMES,
                            MergePolicy::from_name,
                        )?,
                        rx: fields.texts(&rx)?,
                        tx: fields.text(&tx)?,
                    },
                    _ => {
                        return Err(value_error(
                            &kind_key,
                            kind,
                            "one of stage, bridge, router, merge",
                        ));
                    }
                };
                Ok(Role {
                    id: fields.text(&format!("{prefix}.id"))?,
                    work,
                })
            })
            .collect::<Result<_, KvError>>()?,
    })
}
