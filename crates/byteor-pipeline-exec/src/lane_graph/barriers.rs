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
use byteor_pipeline_step::Choices;

use super::choices::{Recorded, append};
use super::counts::{EndpointCounts, GraphCounts, LaneCounts, RoleCounts};
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
    /// What was counted before it.
    pub counts: GraphCounts,
    /// What was chosen between the whole checkpoint before it and this one, where
    /// [`Options::record_choices`](super::Options::record_choices) asked for it.
    pub choices: Choices,
}

/// What one ingress, role or egress has at the barrier.
#[derive(Debug)]
pub(super) struct Reached {
    pub part: Part,
    /// Of the lanes that it writes, and what it lost of those that it reads.
    pub lanes: Vec<(usize, LaneCounts)>,
    /// What it chose since it was asked last.
    pub chose: Vec<Recorded>,
}

/// What it is, what it counted, and what it remembers.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Ingress(EndpointCounts),
    Egress(EndpointCounts),
    Role(RoleCounts, Option<Arc<[u8]>>),
}

/// A number that the writer and a reader of a lane share: as in `std`, or in a model of it.
pub(super) trait Number {
    fn load(&self, order: Ordering) -> u64;
    fn store(&self, value: u64, order: Ordering);
}

impl Number for AtomicU64 {
    fn load(&self, order: Ordering) -> u64 {
        self.load(order)
    }

    fn store(&self, value: u64, order: Ordering) {
        self.store(value, order);
    }
}

/// Where the barrier stands in front of one reader.
#[derive(Debug, Default)]
pub(super) struct Mark<N = AtomicU64> {
    /// Which barrier; written behind `at`.
    number: N,
    /// Behind how many of the records that the reader was given.
    at: N,
}

impl<N: Number> Mark<N> {
    /// Puts the barrier behind `given` records; nothing behind it was given yet.
    pub(super) fn put(&self, number: u64, given: u64) {
        self.at.store(given, Ordering::Relaxed);
        self.number.store(number, Ordering::Release);
    }
}

/// How far a reader may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ahead {
    /// To so many records, which may be none more.
    Until(u64),
    /// The barrier of this number is what comes next.
    Barrier(u64),
}

/// Looks how far a reader may go that is past so many records and passed that barrier. `given` loads
/// (Acquire) how many records it was given, before the barrier is looked at: whoever gives a record
/// put the barrier in front of it before.
#[inline]
pub(super) fn ahead<N: Number>(
    given: impl FnOnce() -> u64,
    mark: &Mark<N>,
    past: u64,
    passed: u64,
) -> Ahead {
    let given = given();
    let number = mark.number.load(Ordering::Acquire);
    if number <= passed {
        return Ahead::Until(given);
    }
    let at = mark.at.load(Ordering::Relaxed);
    if past >= at {
        Ahead::Barrier(number)
    } else {
        Ahead::Until(given.min(at))
    }
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
    lane_ids: Vec<String>,
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
        let ended = self.ended.iter_mut();
        let ended = ended.filter(|(part, _)| !reached.contains_key(part));
        for (_, (id, what)) in ended {
            what.put_into(&mut checkpoint, id, &self.lane_ids);
        }
        for (id, mut what) in reached.into_values() {
            what.put_into(&mut checkpoint, &id, &self.lane_ids);
        }
        self.latest = Some(Arc::new(checkpoint));
    }
}

impl Reached {
    /// Puts it into the checkpoint. What it chose goes there once.
    fn put_into(&mut self, checkpoint: &mut GraphCheckpoint, id: &str, lane_ids: &[String]) {
        let counts = &mut checkpoint.counts;
        match &self.part {
            Part::Ingress(counted) => {
                checkpoint.taken.insert(id.to_owned(), counted.records);
                counts.endpoints.insert(id.to_owned(), *counted);
            }
            Part::Egress(counted) => {
                checkpoint.left.insert(id.to_owned(), counted.records);
                counts.endpoints.insert(id.to_owned(), *counted);
            }
            Part::Role(counted, state) => {
                counts.roles.insert(id.to_owned(), *counted);
                if let Some(state) = state {
                    checkpoint.states.insert(id.to_owned(), Arc::clone(state));
                }
            }
        }
        for (lane, counted) in &self.lanes {
            let lane = counts.lanes.entry(lane_ids[*lane].clone());
            lane.or_default().add(*counted);
        }
        for recorded in self.chose.drain(..) {
            append(&mut checkpoint.choices, recorded, lane_ids);
        }
    }
}

impl Barriers {
    pub(super) fn new(lane_ids: Vec<String>, parts: usize) -> Self {
        Self {
            asked: AtomicU64::new(0),
            marks: lane_ids.iter().map(|_| Default::default()).collect(),
            state: Mutex::new(State {
                parts,
                lane_ids,
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

    /// Where the barrier stands in front of a reader of a lane.
    #[inline]
    pub(super) fn mark(&self, lane: usize, reader: usize) -> &Mark {
        &self.marks[lane][reader]
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

    /// What was chosen behind the last checkpoint that is whole, as far as it was handed in.
    pub(super) fn unclaimed(&self) -> Choices {
        let mut state = self.lock();
        let state = &mut *state;
        let mut choices = Choices::default();
        let parts = state.reached.values_mut().chain(state.ended.values_mut());
        for recorded in parts.flat_map(|(_, what)| what.chose.drain(..)) {
            append(&mut choices, recorded, &state.lane_ids);
        }
        choices
    }

    /// The last one that is whole.
    pub(super) fn latest(&self) -> Option<Arc<GraphCheckpoint>> {
        self.lock().latest.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use shuttle::sync::Arc;
    use shuttle::sync::atomic::AtomicU64 as Modelled;

    use super::super::schedules::thousands;
    use super::*;

    impl Number for Modelled {
        fn load(&self, order: Ordering) -> u64 {
            self.load(order)
        }

        fn store(&self, value: u64, order: Ordering) {
            self.store(value, order);
        }
    }

    /// A writer gives six records, two at once, and puts a barrier behind `first`, and another one
    /// behind `second`.
    fn barriers_are_met(first: u64, second: u64) {
        let number = || Modelled::new(0);
        let mark = Mark {
            number: number(),
            at: number(),
        };
        let shared = Arc::new((mark, number(), number()));
        let writer = {
            let shared = Arc::clone(&shared);
            shuttle::thread::spawn(move || {
                let (mark, given, met) = &*shared;
                for written in 0..=6 {
                    if written == first {
                        mark.put(1, written);
                    }
                    if written == second {
                        // One is on its way at a time.
                        given.store(written, Ordering::Release);
                        while met.load(Ordering::Acquire) < 1 {
                            shuttle::thread::yield_now();
                        }
                        mark.put(2, written);
                    }
                    if written % 2 == 0 {
                        given.store(written, Ordering::Release);
                    }
                }
            })
        };
        let (mark, given, met) = &*shared;
        let (mut past, mut passed) = (0, 0);
        while past < 6 || passed < 2 {
            match ahead(|| given.load(Ordering::Acquire), mark, past, passed) {
                Ahead::Barrier(number) => {
                    assert_eq!(past, if number == 1 { first } else { second });
                    assert_eq!(number, passed + 1, "in their order");
                    passed = number;
                    met.store(number, Ordering::Release);
                }
                Ahead::Until(limit) if limit == past => shuttle::thread::yield_now(),
                Ahead::Until(limit) => {
                    assert!(limit > past && limit <= 6);
                    past += 1;
                }
            }
        }
        writer.join().unwrap();
    }

    #[test]
    fn a_barrier_is_met_between_the_records_that_it_was_put_between() {
        for (first, second) in [(0, 1), (1, 3), (2, 2), (3, 6), (6, 6)] {
            thousands(move || barriers_are_met(first, second));
        }
    }
}
