//! Checkpoints by barriers: a place in each lane such that all that comes of the records before it is
//! before it everywhere (docs/decisions/0134).
//!
//! A barrier is no record. Beside each lane stands, for each of its readers, behind how many records
//! the barrier is; the writer says so before it makes anything behind it visible, so a reader that
//! sees a record sees the barrier in front of it. One barrier is on its way at a time.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use byteor_abi::LANE_GRAPH_READERS;

use super::shared::Name;

/// Where a run can go on from: what came in before the barrier, what left of it, and what the stages
/// remember after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GraphCheckpoint {
    /// Which barrier it is, from 1.
    pub barrier: u64,
    /// For each ingress, by id, how many records came in there before it, refused ones included.
    pub taken: BTreeMap<String, u64>,
    /// For each egress, by id, how many records its sink took before it.
    pub left: BTreeMap<String, u64>,
    /// For each role that remembers, by id, what it knew.
    pub states: BTreeMap<String, Arc<[u8]>>,
}

/// What one ingress, role or egress has at the barrier.
#[derive(Clone, Debug)]
pub(super) enum Reached {
    Taken(u64),
    Left(u64),
    State(Option<Arc<[u8]>>),
}

/// Where the barrier stands in front of one reader.
#[derive(Debug, Default)]
struct Mark {
    /// Which barrier; written behind `at`.
    number: AtomicU64,
    /// Behind how many of the records that the reader was given.
    at: AtomicU64,
}

#[derive(Debug)]
pub(super) struct Barriers {
    /// The last barrier that was asked for.
    asked: AtomicU64,
    /// By lane.
    marks: Box<[[Mark; LANE_GRAPH_READERS]]>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// How many ingresses, roles and egresses there are.
    parts: usize,
    /// Of those that came to the barrier that is on its way.
    reached: BTreeMap<u32, (String, Reached)>,
    /// Of those that ended: all that they had is before every barrier to come.
    ended: BTreeMap<u32, (String, Reached)>,
    latest: Option<Arc<GraphCheckpoint>>,
}

impl State {
    /// The checkpoint, once every part came to the barrier or ended.
    fn complete(&mut self, number: u64) {
        let there = |part: &u32| !self.ended.contains_key(part);
        let whole = self.reached.keys().filter(|part| there(part)).count() + self.ended.len();
        let before = self.latest.as_ref().map_or(0, |latest| latest.barrier);
        if whole < self.parts || before >= number {
            return;
        }
        let mut checkpoint = GraphCheckpoint {
            barrier: number,
            ..GraphCheckpoint::default()
        };
        // Who came to the barrier and then ended is taken as it was at the barrier.
        let reached = std::mem::take(&mut self.reached);
        let ended = self
            .ended
            .iter()
            .filter(|(part, _)| !reached.contains_key(part));
        let parts = ended.map(|(_, part)| part.clone());
        for (id, what) in parts.chain(reached.values().cloned()) {
            match what {
                Reached::Taken(records) => {
                    checkpoint.taken.insert(id, records);
                }
                Reached::Left(records) => {
                    checkpoint.left.insert(id, records);
                }
                Reached::State(Some(state)) => {
                    checkpoint.states.insert(id, state);
                }
                Reached::State(None) => {}
            }
        }
        self.latest = Some(Arc::new(checkpoint));
    }
}

impl Barriers {
    pub(super) fn new(lanes: usize, parts: usize) -> Self {
        Self {
            asked: AtomicU64::new(0),
            marks: (0..lanes).map(|_| Default::default()).collect(),
            state: Mutex::new(State {
                parts,
                ..State::default()
            }),
        }
    }

    /// Asks for a barrier. Answers false, asking nothing, while one is on its way.
    pub(super) fn ask(&self) -> bool {
        let mut state = self.lock();
        let asked = self.asked.load(Ordering::Relaxed);
        if state.latest.as_ref().map_or(0, |latest| latest.barrier) < asked {
            return false;
        }
        self.asked.store(asked + 1, Ordering::Release);
        // Where everything ended there is nobody left to come to it.
        state.complete(asked + 1);
        true
    }

    #[inline]
    pub(super) fn asked(&self) -> u64 {
        self.asked.load(Ordering::Acquire)
    }

    /// The barrier stands in front of a reader of a lane, behind `given` records; nothing behind it
    /// is visible yet.
    pub(super) fn put(&self, lane: usize, reader: usize, number: u64, given: u64) {
        let mark = &self.marks[lane][reader];
        mark.at.store(given, Ordering::Relaxed);
        mark.number.store(number, Ordering::Release);
    }

    /// Which barrier stands in front of a reader, and behind how many records, if it is later than
    /// `passed`.
    #[inline]
    pub(super) fn ahead(&self, lane: usize, reader: usize, passed: u64) -> Option<(u64, u64)> {
        let mark = &self.marks[lane][reader];
        let number = mark.number.load(Ordering::Acquire);
        (number > passed).then(|| (number, mark.at.load(Ordering::Relaxed)))
    }

    /// A part came to the barrier.
    pub(super) fn reached(&self, name: &Name, number: u64, what: Reached) {
        let mut state = self.lock();
        state.reached.insert(name.number, (name.id.clone(), what));
        state.complete(number);
    }

    /// A part ended, with all before every barrier that it did not come to.
    pub(super) fn ended(&self, name: &Name, what: Reached) {
        let mut state = self.lock();
        state.ended.insert(name.number, (name.id.clone(), what));
        let asked = self.asked.load(Ordering::Relaxed);
        state.complete(asked);
    }

    /// The last one that is whole.
    pub(super) fn latest(&self) -> Option<Arc<GraphCheckpoint>> {
        self.lock().latest.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
