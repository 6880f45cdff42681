//! What nodes made of one record, and where two versions part.

use std::collections::{BTreeMap, BTreeSet};

use byteor_pipeline_step::{StepKind, Stepper};
use serde::Serialize;

use super::RenamedElement;
use crate::records::readable;
use crate::run::{RunWord, word_of};

/// The most steps of one record that are told; a record that is split may have many.
const TRAIL_MAX: usize = 200;

/// What a node did with a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RunTrail {
    /// Id of the node.
    pub node: String,
    /// What it did.
    pub what: RunWord,
    /// The record as the node took it; null where it took none then.
    pub took: Option<String>,
    /// The record as it left the node; null where none left.
    pub gave: Option<String>,
}

/// The first node that makes something else of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PartedAt {
    /// Its id before; null where it is only after.
    pub before: Option<String>,
    /// Its id after; null where it is only before.
    pub after: Option<String>,
}

/// The trails of some records through one version.
pub(super) struct Trails {
    /// The ids of all nodes, each writer before its readers.
    nodes: Vec<String>,
    by_record: BTreeMap<u32, Vec<RunTrail>>,
}

impl Trails {
    pub(super) fn of(&self, record: u32) -> Vec<RunTrail> {
        self.by_record.get(&record).cloned().unwrap_or_default()
    }

    /// What a node took of a record, and what it made of that.
    fn at(&self, node: &str, record: u32) -> Vec<&RunTrail> {
        let all = self.by_record.get(&record).into_iter().flatten();
        // A full lane between makes two steps of one, and says nothing about the record.
        let full = |step: &&RunTrail| step.what == RunWord::Blocked;
        all.filter(|step| step.node == node && !full(step))
            .collect()
    }
}

/// Runs a stepper that was fed, and keeps what its nodes do with the wanted records. `numbers` has
/// what the request calls the records of the stepper.
pub(super) fn trails(
    mut stepper: Stepper,
    steps: u32,
    numbers: &[u32],
    wanted: &BTreeSet<u32>,
) -> Trails {
    let nodes: Vec<String> = stepper
        .nodes()
        .iter()
        .map(|node| node.id().to_owned())
        .collect();
    let mut by_record: BTreeMap<u32, Vec<RunTrail>> = BTreeMap::new();
    for _ in 0..steps {
        // A failure ended the first run too, after the same steps.
        let Ok(Some(step)) = stepper.step() else {
            break;
        };
        let own = (step.record as usize).checked_sub(1);
        let Some(record) = own.and_then(|own| numbers.get(own)) else {
            continue;
        };
        if !wanted.contains(record) || step.kind == StepKind::Ended {
            continue;
        }
        let trail = by_record.entry(*record).or_default();
        if trail.len() < TRAIL_MAX {
            trail.push(RunTrail {
                node: nodes.get(step.node as usize).cloned().unwrap_or_default(),
                what: word_of(step.kind),
                took: stepper.before().map(readable),
                gave: stepper.after().map(readable),
            });
        }
    }
    Trails { nodes, by_record }
}

/// The first node, as records flow, that makes something else of a record: one that both versions
/// have and that takes the same, or one that only one has and that does more than pass it on.
pub(super) fn parted_at(
    renamed: &[RenamedElement],
    (old, new): &(Trails, Trails),
    record: u32,
) -> Option<PartedAt> {
    let after_of = |id: &'_ str| -> String {
        let mut pairs = renamed.iter();
        let pair = pairs.find(|pair| pair.before == id);
        pair.map_or(id, |pair| &pair.after).to_owned()
    };
    let took = |steps: &[&RunTrail]| -> Vec<Option<String>> {
        let taken = steps.iter().filter(|step| step.took.is_some());
        taken.map(|step| step.took.clone()).collect()
    };
    let gave = |steps: &[&RunTrail]| -> Vec<(RunWord, Option<String>)> {
        steps
            .iter()
            .map(|step| (step.what, step.gave.clone()))
            .collect()
    };
    let acts = |steps: &[&RunTrail]| {
        let passes = |step: &&RunTrail| {
            matches!(
                step.what,
                RunWord::Passed | RunWord::Emitted | RunWord::Skipped
            ) && (step.gave == step.took || step.took.is_none() || step.gave.is_none())
        };
        !steps.iter().all(passes)
    };
    let olds: Vec<String> = old.nodes.iter().map(|id| after_of(id)).collect();
    // How far along a node is: by the nodes that both have in front of it.
    let mut found: Option<(usize, PartedAt)> = None;
    let mut offer = |far: usize, before: Option<&String>, after: Option<&String>| {
        if found.as_ref().is_none_or(|(least, _)| far < *least) {
            let (before, after) = (before.cloned(), after.cloned());
            found = Some((far, PartedAt { before, after }));
        }
    };
    let mut far = 0;
    for (id, id_after) in old.nodes.iter().zip(&olds) {
        if new.nodes.contains(id_after) {
            far += 1;
        } else if acts(&old.at(id, record)) {
            offer(far, Some(id), None);
        }
    }
    far = 0;
    for id in &new.nodes {
        let here = new.at(id, record);
        match olds.iter().position(|other| other == id) {
            Some(at) => {
                let there = old.at(&old.nodes[at], record);
                if took(&here) == took(&there) && gave(&here) != gave(&there) {
                    offer(far, Some(&old.nodes[at]), Some(id));
                }
                far += 1;
            }
            None if acts(&here) => offer(far, None, Some(id)),
            None => {}
        }
    }
    found.map(|(_, at)| at)
}
