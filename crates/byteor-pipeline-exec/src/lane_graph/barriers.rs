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
            shuttle::check_random(move || barriers_are_met(first, second), 1000);
        }
    }
}
