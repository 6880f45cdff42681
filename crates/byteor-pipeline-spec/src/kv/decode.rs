//! From the lines of a KV text to a spec.

use super::fields::{Fields, Item, KvError, List, error};
use crate::{
    Channel, Endpoint, EndpointKind, Lane, LaneGraphSpec, LaneKind, MergePolicy, OnFull, Ordering,
    PipelineSpecV1, Producer, RingStage, Role, RoleWork, Scheduling, ShardKey, SingleRingSpec,
    StageOp,
};

const STAGES: List = List {
    path: "single_ring.stages",
    fields: &["id", "op", "key"],
    lists: &["depends_on"],
};
const LANES: List = List {
    path: "lane_graph.lanes",
    fields: &["id", "kind", "capacity", "consumers"],
    lists: &[],
};
const ENDPOINTS: List = List {
    path: "lane_graph.endpoints",
    fields: &["id", "kind", "lane"],
    lists: &[],
};
const ROLES: List = List {
    path: "lane_graph.roles",
    fields: &["id", "kind", "op", "key", "rx", "tx", "policy"],
    lists: &["rx", "tx"],
};
/// Every list of a spec.
pub(super) const LISTS: [List; 4] = [STAGES, LANES, ENDPOINTS, ROLES];

/// Reads a KV text, in time and memory linear in its length.
///
/// The answer has the right shape, and nothing more: `validate_v1` checks the rules, and
/// `encode_kv_v1` of the answer tells whether the text was canonical.
pub fn decode_kv_v1(text: &str) -> Result<PipelineSpecV1, KvError> {
    let fields = Fields::read(text)?;
    match (fields.ring, fields.graph) {
        (Some(_), None) => ring(&fields).map(PipelineSpecV1::SingleRing),
        (None, Some(_)) => graph(&fields).map(PipelineSpecV1::LaneGraph),
        (Some(a), Some(b)) => Err(error(
            "E_KV_SHAPE",
            a.max(b),
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

/// The items of a list, each read by `read`.
fn items<T>(
    fields: &Fields<'_>,
    list: &List,
    read: impl Fn(&mut Item<'_, '_>) -> Result<T, KvError>,
) -> Result<Vec<T>, KvError> {
    let mut item = fields.at("");
    (0..fields.count(list)?)
        .map(|index| {
            item.go_to(list.path, index);
            read(&mut item)
        })
        .collect()
}

fn op(item: &mut Item<'_, '_>) -> Result<StageOp, KvError> {
    let found = item.need("op")?;
    match found.value {
        "identity" => Ok(StageOp::Identity),
        "named" => Ok(StageOp::Named {
            key: item.text("key")?,
        }),
        _ => Err(item.wrong("op", found, "one of identity, named")),
    }
}

fn ring(fields: &Fields<'_>) -> Result<SingleRingSpec, KvError> {
    let stages = items(fields, &STAGES, |item| {
        Ok(RingStage {
            depends_on: item.numbers("depends_on")?,
            id: item.text("id")?,
            op: op(item)?,
        })
    })?;
    let mut spec = fields.at("single_ring.");
    let shard_key =
        if spec.get("shard_key.offset").is_some() || spec.get("shard_key.length").is_some() {
            Some(ShardKey {
                offset: spec.number("shard_key.offset")?,
                length: spec.number("shard_key.length")?,
            })
        } else {
            None
        };
    Ok(SingleRingSpec {
        shards: spec.number("shards")?,
        producer: spec.name("producer", Producer::NAMES, Producer::from_name)?,
        scheduling: spec.name("scheduling", Scheduling::NAMES, Scheduling::from_name)?,
        ordering: spec.name("ordering", Ordering::NAMES, Ordering::from_name)?,
        shard_key,
        stages,
    })
}

fn graph(fields: &Fields<'_>) -> Result<LaneGraphSpec, KvError> {
    Ok(LaneGraphSpec {
        on_full: fields
            .at("lane_graph.")
            .name("on_full", OnFull::NAMES, OnFull::from_name)?,
        lanes: items(fields, &LANES, |item| {
            let kind = item.name("kind", LaneKind::NAMES, LaneKind::from_name)?;
            Ok(Lane {
                id: item.text("id")?,
                channel: match kind {
                    LaneKind::Events => Channel::Events,
                    LaneKind::Journal => Channel::Journal,
                    LaneKind::SequencedSlots => Channel::SequencedSlots {
                        capacity: item.number("capacity")?,
                    },
                    LaneKind::FanoutBroadcast => Channel::FanoutBroadcast {
                        consumers: item.number("consumers")?,
                    },
                },
            })
        })?,
        endpoints: items(fields, &ENDPOINTS, |item| {
            Ok(Endpoint {
                id: item.text("id")?,
                kind: item.name("kind", EndpointKind::NAMES, EndpointKind::from_name)?,
                lane: item.text("lane")?,
            })
        })?,
        roles: items(fields, &ROLES, role)?,
    })
}

fn role(item: &mut Item<'_, '_>) -> Result<Role, KvError> {
    let kind = item.need("kind")?;
    let work = match kind.value {
        "stage" => RoleWork::Stage {
            op: op(item)?,
            rx: item.text("rx")?,
            tx: item.text("tx")?,
        },
        "bridge" => RoleWork::Bridge {
            rx: item.text("rx")?,
            tx: item.text("tx")?,
        },
        "router" => RoleWork::Router {
            rx: item.text("rx")?,
            tx: item.texts("tx")?,
        },
        "merge" => RoleWork::Merge {
            policy: item.name("policy", MergePolicy::NAMES, MergePolicy::from_name)?,
            rx: item.texts("rx")?,
            tx: item.text("tx")?,
        },
        _ => return Err(item.wrong("kind", kind, "one of stage, bridge, router, merge")),
    };
    Ok(Role {
        id: item.text("id")?,
        work,
    })
}
