//! What a run that goes on from its progress after a kill promises of what leaves: a plan that leaves
//! nothing open comes to the same bytes, another one may choose otherwise the second time
//! (docs/spec/execution.md, "After a kill").

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::{Channel, LaneGraphSpec, OnFull, PipelineSpecV1, RoleWork, StageEffect};

/// What leaves after a kill, compared with a run that was not killed. Each word promises less than
/// the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum PromiseKind {
    /// The same bytes at every egress.
    SameBytes,
    /// The same records at every egress, those of each way in their order; how a merge interleaves
    /// ways may differ.
    SameRecords,
    /// Every record that came in had its effects at least once, or is among those that are counted
    /// as dropped, rejected, discarded or lost; which ones may differ.
    AtLeastOnce,
}

/// Why a promise is not the strongest one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PromiseReason {
    /// Merges take from whichever input has a record.
    Merges {
        /// Their ids.
        ids: Vec<String>,
    },
    /// Stages behind a merge whose decisions depend on the records before, or may.
    RemembersBehindMerge {
        /// Their ids.
        ids: Vec<String>,
    },
    /// Full lanes discard.
    Drops,
    /// Journals overwrite what a reader has not read.
    Journals {
        /// Their ids.
        ids: Vec<String>,
    },
}

/// The promise of a spec, and what keeps it from a stronger one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Promise {
    /// What is promised.
    pub kind: PromiseKind,
    /// Why not more; empty for [`PromiseKind::SameBytes`].
    pub because: Vec<PromiseReason>,
}

/// The promise of a valid spec. `effect` asks the catalogue about a stage key; what it doesn't know
/// may remember.
pub fn promise(spec: &PipelineSpecV1, effect: &dyn Fn(&str) -> Option<StageEffect>) -> Promise {
    let because = match spec {
        PipelineSpecV1::SingleRing(_) => Vec::new(),
        PipelineSpecV1::LaneGraph(graph) => reasons(graph, effect),
    };
    let kind = because
        .iter()
        .map(|reason| match reason {
            PromiseReason::Merges { .. } => PromiseKind::SameRecords,
            PromiseReason::RemembersBehindMerge { .. }
            | PromiseReason::Drops
            | PromiseReason::Journals { .. } => PromiseKind::AtLeastOnce,
        })
        .max();
    Promise {
        kind: kind.unwrap_or(PromiseKind::SameBytes),
        because,
    }
}

fn reasons(
    graph: &LaneGraphSpec,
    effect: &dyn Fn(&str) -> Option<StageEffect>,
) -> Vec<PromiseReason> {
    let mut because = Vec::new();
    let merges = graph.roles.iter();
    let merges = merges.filter(|role| matches!(role.work, RoleWork::Merge { .. }));
    let ids: Vec<String> = merges.map(|role| role.id.clone()).collect();
    if !ids.is_empty() {
        because.push(PromiseReason::Merges { ids });
        let ids = remembers_behind_merge(graph, effect);
        if !ids.is_empty() {
            because.push(PromiseReason::RemembersBehindMerge { ids });
        }
    }
    if graph.on_full == OnFull::Drop {
        because.push(PromiseReason::Drops);
    }
    let journals = graph.lanes.iter();
    let journals = journals.filter(|lane| lane.channel == Channel::Journal);
    let ids: Vec<String> = journals.map(|lane| lane.id.clone()).collect();
    if !ids.is_empty() {
        because.push(PromiseReason::Journals { ids });
    }
    because
}

/// The stages that remember, or may, among the roles that records of a merge come to.
fn remembers_behind_merge(
    graph: &LaneGraphSpec,
    effect: &dyn Fn(&str) -> Option<StageEffect>,
) -> Vec<String> {
    let mut readers: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, role) in graph.roles.iter().enumerate() {
        for lane in role.work.rx() {
            readers.entry(lane).or_default().push(at);
        }
    }
    let merges = graph.roles.iter().enumerate();
    let merges = merges.filter(|(_, role)| matches!(role.work, RoleWork::Merge { .. }));
    let mut open: Vec<usize> = merges.map(|(at, _)| at).collect();
    let mut behind = HashSet::new();
    while let Some(at) = open.pop() {
        for lane in graph.roles[at].work.tx() {
            for &reader in readers.get(lane.as_str()).into_iter().flatten() {
                if behind.insert(reader) {
                    open.push(reader);
                }
            }
        }
    }
    let remembers = |key: &str| effect(key).is_none_or(|effect| effect.remembers());
    let roles = graph.roles.iter().enumerate();
    roles
        .filter(|(at, role)| match &role.work {
            RoleWork::Stage { op, .. } => behind.contains(at) && remembers(op.key()),
            _ => false,
        })
        .map(|(_, role)| role.id.clone())
        .collect()
}
