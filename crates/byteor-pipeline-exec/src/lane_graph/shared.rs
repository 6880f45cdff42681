//! What the ingresses, the workers and the running graph share.

use std::any::Any;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use byteor_pipeline_kernel::{GraphRegion, LaneError, RegionMemory, WaitKind};
use byteor_pipeline_step::{Choices, Discard};

use super::barriers::{Barriers, Reached};
use super::lanes::Lanes;
use crate::error::{Failure, FailureOrigin};
use crate::single_ring::shared::Halt;

/// The id of a role or endpoint, and its number: roles first, then endpoints, as in the spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub number: u32,
    pub id: String,
}

pub(super) struct Shared {
    pub lanes: Lanes,
    pub wait: WaitKind,
    /// What the lanes lie in, to be looked at now and then.
    pub memories: Vec<Arc<dyn RegionMemory>>,
    lane_ids: Vec<String>,
    halt: Halt,
    /// Of the ingresses, roles and egresses in the order that records flow, which ended.
    ended: Box<[(Name, AtomicBool)]>,
    choices: Option<Mutex<Choices>>,
}

impl Shared {
    pub(super) fn new(
        lanes: Lanes,
        wait: WaitKind,
        memories: Vec<Arc<dyn RegionMemory>>,
        lane_ids: Vec<String>,
        nodes: Vec<Name>,
        record: bool,
    ) -> Self {
        Self {
            lanes,
            wait,
            memories,
            lane_ids,
            halt: Halt::default(),
            ended: nodes
                .into_iter()
                .map(|name| (name, AtomicBool::new(false)))
                .collect(),
            choices: record.then(Mutex::default),
        }
    }

    #[inline]
    pub(super) fn stopped(&self) -> bool {
        self.halt.stopped()
    }

    pub(super) fn stop(&self) {
        self.halt.stop();
    }

    pub(super) fn check(&self) -> Result<(), LaneError> {
        self.memories.iter().try_for_each(|memory| memory.check())
    }

    /// Keeps the first failure, and stops everything.
    pub(super) fn fail(&self, name: &Name, record: u64, why: Why) {
        self.halt.fail(Failure {
            stage: name.number,
            stage_id: name.id.clone(),
            shard: None,
            origin: why.origin,
            sequence: record,
            code: why.code,
            message: why.message,
        });
    }

    pub(super) fn failed(&self) -> Option<Failure> {
        self.halt.failed()
    }

    pub(super) fn graph(&self) -> &GraphRegion {
        &self.lanes.graph
    }

    pub(super) fn barriers(&self) -> &Barriers {
        &self.lanes.barriers
    }

    /// A part ended, with this at every barrier to come.
    pub(super) fn ended(&self, name: &Name, what: Reached) {
        self.barriers().ended(name, what);
        for (one, ended) in &self.ended {
            if one.number == name.number {
                ended.store(true, Ordering::Release);
            }
        }
    }

    /// The ids of those that did not end, in the order that records flow.
    pub(super) fn waiting(&self) -> Vec<String> {
        self.ended
            .iter()
            .filter(|(_, ended)| !ended.load(Ordering::Acquire))
            .map(|(name, _)| name.id.clone())
            .collect()
    }

    /// Adds what an end of a lane or a merge recorded.
    pub(super) fn chose(&self, recorded: Recorded) {
        let Some(choices) = &self.choices else {
            return;
        };
        let mut choices = lock(choices);
        match recorded {
            Recorded::Merge(id, inputs) if !inputs.is_empty() => {
                choices.merges.insert(id, inputs);
            }
            Recorded::Discards(lane, discards) if !discards.is_empty() => {
                choices
                    .discards
                    .insert(self.lane_ids[lane].clone(), discards);
            }
            Recorded::Losses(lane, (reader, readers, losses)) if !losses.is_empty() => {
                let of_lane = choices.losses.entry(self.lane_ids[lane].clone());
                of_lane.or_insert_with(|| vec![Vec::new(); readers])[reader] = losses;
            }
            Recorded::Merge(..) | Recorded::Discards(..) | Recorded::Losses(..) => {}
        }
    }

    pub(super) fn choices(&self) -> Option<Choices> {
        self.choices.as_ref().map(|choices| lock(choices).clone())
    }

    pub(super) fn records(&self) -> bool {
        self.choices.is_some()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("waiting", &self.waiting())
            .finish_non_exhaustive()
    }
}

/// A part of the choices, as whoever made them hands them in at its end.
pub(super) enum Recorded {
    /// The inputs that a merge took from.
    Merge(String, Vec<u32>),
    /// What was discarded on its way into a lane.
    Discards(usize, Vec<Discard>),
    /// Which records of a lane one of its so many readers lost.
    Losses(usize, (usize, usize, Vec<u64>)),
}

/// Why something failed.
#[derive(Debug)]
pub(super) struct Why {
    pub origin: FailureOrigin,
    pub code: String,
    pub message: String,
}

impl Why {
    pub(super) fn panic(panic: &(dyn Any + Send)) -> Self {
        let message = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".to_owned());
        Self {
            origin: FailureOrigin::Panic,
            code: "E_EXEC_PANIC".to_owned(),
            message,
        }
    }
}

impl From<LaneError> for Why {
    fn from(error: LaneError) -> Self {
        Self {
            origin: FailureOrigin::Region,
            code: error.code().to_owned(),
            message: error.to_string(),
        }
    }
}

/// Nobody who holds it leaves it half changed, so a panic elsewhere doesn't spoil it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
