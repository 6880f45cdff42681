//! What the ingresses, the workers and the running graph share.

use std::any::Any;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use byteor_pipeline_kernel::{GraphRegion, LaneError, RegionMemory, WaitKind};
use byteor_pipeline_step::Choices;

use super::barriers::{Barriers, Reached};
use super::choices::{Recorded, append};
use super::lanes::Lanes;
use super::options::Options;
use super::sink::RejectSink;
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
    /// Takes what stages reject.
    pub rejects: Option<Arc<dyn RejectSink>>,
}

impl Shared {
    pub(super) fn new(
        lanes: Lanes,
        memories: Vec<Arc<dyn RegionMemory>>,
        lane_ids: Vec<String>,
        nodes: Vec<Name>,
        options: &Options,
    ) -> Self {
        let halt = Halt::default();
        if let Some(wakes) = &lanes.wakes {
            halt.will_wake(wakes);
        }
        Self {
            lanes,
            wait: options.wait,
            memories,
            lane_ids,
            halt,
            ended: nodes
                .into_iter()
                .map(|name| (name, AtomicBool::new(false)))
                .collect(),
            choices: options.record_choices.then(Mutex::default),
            rejects: options.rejects.clone(),
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
        if let Some(choices) = &self.choices {
            append(&mut lock(choices), recorded, &self.lane_ids);
        }
    }

    /// What was chosen behind the last whole checkpoint, once all is over.
    pub(super) fn choices(&self) -> Option<Choices> {
        let choices = self.choices.as_ref()?;
        let mut all = self.barriers().unclaimed();
        all.extend(std::mem::take(&mut *lock(choices)));
        *lock(choices) = all.clone();
        Some(all)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("waiting", &self.waiting())
            .finish_non_exhaustive()
    }
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
