//! Several rings between one source and one sink: what they give goes back into the order in which it
//! came in (docs/decisions/0170).
//!
//! The originals say from which shard the next record comes, and each shard gives its records in order,
//! so nothing has to be compared. What a ring gave before its turn waits here.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, TryLockError};

use byteor_pipeline_exec::{
    RecordSink, RunningShards, SinkFailure, SinkRecord, StateSnapshot, TakenBack,
};

use crate::delivery::{Delivered, Delivery, Progress, out_of_order, relock};
use crate::error::AdapterError;
use crate::ring_sink::{RingSink, Seat};
use crate::saver::FirstError;
use crate::sink::Sink;
use crate::source::{Large, Place};

/// Records that a shard hands over at once, at most.
const BATCH: usize = 64;

/// What takes records from the rings of a run.
pub(crate) enum Behind<P, L, K: Sink> {
    /// One ring, whose sink has the delivery to itself.
    One(Arc<Seat<P, L, K>>),
    /// Several.
    Several(Arc<Rejoin<P, L, K>>),
}

impl<P: Place, L: Large, K: Sink + 'static> Behind<P, L, K> {
    pub(crate) fn new(delivery: Delivery<P, L, K>, shards: usize) -> Self {
        match shards {
            1 => Self::One(Arc::new(Seat::new(delivery))),
            _ => Self::Several(Arc::new(Rejoin::new(delivery, shards))),
        }
    }

    /// A sink for each ring.
    pub(crate) fn sinks(&self, errors: &Arc<FirstError>) -> Vec<Box<dyn RecordSink>> {
        match self {
            Self::One(seat) => vec![Box::new(RingSink::new(seat, errors))],
            Self::Several(rejoin) => {
                let shards = 0..rejoin.shards;
                let sink = |shard| -> Box<dyn RecordSink> {
                    Box::new(ShardSink {
                        rejoin: Arc::clone(rejoin),
                        shard,
                        given: Given::default(),
                        errors: Arc::clone(errors),
                    })
                };
                shards.map(sink).collect()
            }
        }
    }

    /// The rings were started, and go on from `at`.
    pub(crate) fn begin(&self, at: &Progress<P, K::Mark>, ring: &RunningShards) {
        match self {
            Self::One(seat) => seat.begin(at),
            Self::Several(rejoin) => rejoin.begin(at, ring),
        }
    }

    /// Writes what was delivered, after the rings ended.
    pub(crate) fn flush(&self) -> Result<(), AdapterError> {
        self.with(Delivery::flush)
    }

    /// The same at the end of a run that went well.
    pub(crate) fn end(&self) -> Result<(), AdapterError> {
        self.with(Delivery::end)
    }

    fn with(
        &self,
        act: impl FnOnce(&mut Delivery<P, L, K>) -> Result<(), AdapterError>,
    ) -> Result<(), AdapterError> {
        match self {
            Self::One(seat) => seat.with(act),
            Self::Several(rejoin) => act(&mut relock(&rejoin.joint).delivery),
        }
    }
}

/// Where the records of all shards meet.
pub(crate) struct Rejoin<P, L, K: Sink> {
    shards: usize,
    joint: Mutex<Joint<P, L, K>>,
    /// After how many records, of all shards, the states are those of that were delivered last.
    states_after: AtomicU64,
    /// Something was refused that counts as gone out in a ring: whichever counts enough takes it back.
    refused: AtomicBool,
}

struct Joint<P, L, K: Sink> {
    delivery: Delivery<P, L, K>,
    begun: bool,
    /// By shard.
    ways: Vec<Way>,
    /// Where the next states belong to.
    barrier: Option<Barrier>,
    /// Delivered, to be used again.
    used: Vec<Given>,
}

/// What a shard gave that isn't delivered.
#[derive(Default)]
struct Way {
    given: VecDeque<Given>,
    /// What its stages remembered last; nothing where none does.
    states: Option<Arc<StateSnapshot>>,
}

/// A place in the input at which the states of all shards are to be known.
struct Barrier {
    /// Behind so many records.
    after: u64,
    /// How many of them each shard got.
    shards: Vec<u64>,
}

/// Consecutive records of a shard, as they leave.
#[derive(Default)]
struct Given {
    bytes: Vec<u8>,
    /// What became of each, and where in `bytes` it ends.
    records: Vec<(Fate, usize)>,
    next: usize,
    at: usize,
}

#[derive(Clone, Copy)]
enum Fate {
    Forward,
    Dropped(u32),
    Rejected(u32),
}

impl Given {
    fn push(&mut self, record: SinkRecord<'_>) {
        let fate = match record {
            SinkRecord::Forward(bytes) => {
                self.bytes.extend_from_slice(bytes);
                Fate::Forward
            }
            SinkRecord::Dropped { stage } => Fate::Dropped(stage),
            // The reject file has it as it came in.
            SinkRecord::Rejected { stage, .. } => Fate::Rejected(stage),
        };
        self.records.push((fate, self.bytes.len()));
    }

    /// The next one; nothing when all were given.
    fn next(&mut self) -> Option<Delivered<'_>> {
        let (fate, end) = *self.records.get(self.next)?;
        let bytes = &self.bytes[self.at..end];
        (self.next, self.at) = (self.next + 1, end);
        Some(match fate {
            Fate::Forward => Delivered::Forward(bytes),
            Fate::Dropped(stage) => Delivered::Dropped { stage },
            Fate::Rejected(stage) => Delivered::Rejected { stage },
        })
    }

    fn is_through(&self) -> bool {
        self.next == self.records.len()
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.records.clear();
        (self.next, self.at) = (0, 0);
    }
}

impl<P: Place, L: Large, K: Sink> Rejoin<P, L, K> {
    fn new(delivery: Delivery<P, L, K>, shards: usize) -> Self {
        Self {
            shards,
            joint: Mutex::new(Joint {
                delivery,
                begun: false,
                ways: (0..shards).map(|_| Way::default()).collect(),
                barrier: None,
                used: Vec::new(),
            }),
            states_after: AtomicU64::new(0),
            refused: AtomicBool::new(false),
        }
    }

    fn begin(&self, at: &Progress<P, K::Mark>, ring: &RunningShards) {
        let mut joint = relock(&self.joint);
        joint.delivery.begin(at);
        for (way, shard) in joint.ways.iter_mut().zip(0..) {
            way.states = ring.states(shard);
        }
        joint.begun = true;
    }

    /// Notes, under the lock, whether there is something to be taken back.
    fn note_refused(&self, joint: &Joint<P, L, K>) {
        let has = joint.delivery.has_taken_back();
        self.refused.store(has, Ordering::Relaxed);
    }

    /// How many rings there are.
    pub(crate) fn shards(&self) -> usize {
        self.shards
    }

    /// Whether states were asked for and aren't all there yet.
    pub(crate) fn expects_states(&self) -> bool {
        relock(&self.joint).barrier.is_some()
    }

    /// After how many records the states are those of that a checkpoint may speak of.
    pub(crate) fn states_after(&self) -> u64 {
        self.states_after.load(Ordering::Acquire)
    }

    /// The states after the first `after` records are asked for, of which each shard got as many as
    /// `shards` says. One is on its way at a time.
    pub(crate) fn expect_states(&self, after: u64, shards: Vec<u64>) -> Result<(), AdapterError> {
        let mut joint = relock(&self.joint);
        joint.barrier = Some(Barrier { after, shards });
        self.settle(&mut joint)
    }

    /// Takes what a shard gave, and delivers what it is time for.
    fn take(
        &self,
        joint: &mut Joint<P, L, K>,
        shard: usize,
        given: &mut Given,
    ) -> Result<(), AdapterError> {
        if !given.records.is_empty() {
            let empty = joint.used.pop().unwrap_or_default();
            let full = std::mem::replace(given, empty);
            joint.ways[shard].given.push_back(full);
        }
        self.settle(joint)
    }

    fn settle(&self, joint: &mut Joint<P, L, K>) -> Result<(), AdapterError> {
        loop {
            if let Some(barrier) = &joint.barrier
                && barrier.after == joint.delivery.delivered()
            {
                let after = barrier.after;
                // Each shard has delivered all that it got of these, so nothing else is waited for.
                let Some(states) = together(barrier, &joint.ways) else {
                    return Ok(());
                };
                joint.delivery.take_states(&states)?;
                joint.barrier = None;
                self.states_after.store(after, Ordering::Release);
            }
            let Some(shard) = joint.delivery.next_shard() else {
                break;
            };
            // A run has a ring for each shard that a record can go to.
            let way = &mut joint.ways[shard as usize];
            let Some(given) = way.given.front_mut() else {
                return Ok(());
            };
            if let Some(record) = given.next() {
                let next = joint.delivery.delivered() + 1;
                joint.delivery.take(next, record)?;
            }
            if given.is_through()
                && let Some(mut done) = way.given.pop_front()
            {
                done.clear();
                joint.used.push(done);
            }
        }
        // Originals are handed over before their records are visible.
        match joint.ways.iter().all(|way| way.given.is_empty()) {
            true => Ok(()),
            false => {
                let after = joint.delivery.delivered();
                Err(out_of_order(after + 1, after))
            }
        }
    }
}

/// What all stages remembered at the barrier, shard by shard; nothing while one isn't known.
fn together(barrier: &Barrier, ways: &[Way]) -> Option<Arc<StateSnapshot>> {
    let mut states = Vec::new();
    for (way, sequence) in ways.iter().zip(&barrier.shards) {
        let known = way.states.as_ref();
        let known = known.filter(|known| known.sequence == *sequence)?;
        states.extend(known.states.iter().cloned());
    }
    Some(Arc::new(StateSnapshot {
        sequence: barrier.after,
        states,
    }))
}

/// The sink of one of several rings.
struct ShardSink<P, L, K: Sink> {
    rejoin: Arc<Rejoin<P, L, K>>,
    shard: usize,
    /// Not yet handed over.
    given: Given,
    errors: Arc<FirstError>,
}

impl<P: Place, L: Large, K: Sink> ShardSink<P, L, K> {
    fn hand_over(
        &mut self,
        then: impl FnOnce(&mut Joint<P, L, K>) -> Result<(), AdapterError>,
    ) -> Result<(), SinkFailure> {
        let mut joint = relock(&self.rejoin.joint);
        let handed = self.rejoin.take(&mut joint, self.shard, &mut self.given);
        let handed = handed.and_then(|()| then(&mut joint));
        self.rejoin.note_refused(&joint);
        handed.map_err(|error| self.errors.fail(error))
    }
}

impl<P: Place, L: Large, K: Sink> RecordSink for ShardSink<P, L, K> {
    fn take(&mut self, _: u64, record: SinkRecord<'_>) -> Result<(), SinkFailure> {
        self.given.push(record);
        match self.given.records.len() < BATCH {
            true => Ok(()),
            false => self.hand_over(|_| Ok(())),
        }
    }

    fn states(&mut self, snapshot: &Arc<StateSnapshot>) -> Result<(), SinkFailure> {
        let (rejoin, shard) = (Arc::clone(&self.rejoin), self.shard);
        self.hand_over(|joint| {
            joint.ways[shard].states = Some(Arc::clone(snapshot));
            rejoin.settle(joint)
        })
    }

    fn idle(&mut self) -> Result<(), SinkFailure> {
        if !self.given.records.is_empty() {
            return self.hand_over(|joint| joint.delivery.idle());
        }
        let mut joint = match self.rejoin.joint.try_lock() {
            Ok(joint) => joint,
            Err(TryLockError::Poisoned(joint)) => joint.into_inner(),
            // Whoever has it looks as well.
            Err(TryLockError::WouldBlock) => return Ok(()),
        };
        let idle = match joint.begun {
            true => joint.delivery.idle(),
            false => Ok(()),
        };
        self.rejoin.note_refused(&joint);
        idle.map_err(|error| self.errors.fail(error))
    }

    fn taken_back(&mut self, most: TakenBack) -> TakenBack {
        if !self.rejoin.refused.load(Ordering::Relaxed) {
            return TakenBack::default();
        }
        let mut joint = relock(&self.rejoin.joint);
        let back = joint.delivery.taken_back(most);
        self.rejoin.note_refused(&joint);
        back
    }

    fn finish(&mut self) -> Result<(), SinkFailure> {
        self.hand_over(|joint| match joint.begun {
            true => joint.delivery.flush(),
            false => Ok(()),
        })
    }
}
