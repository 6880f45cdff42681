//! From a source into the ring, and the end of it.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use byteor_pipeline_exec::{PublishError, RunningShards, ShardedProducer};

use crate::error::AdapterError;
use crate::in_flight::{Aside, Batch, InFlight};
use crate::prepared::{Ended, Notice, TooLarge, Wiring};
use crate::rejoin::Behind;
use crate::saver::FirstError;
use crate::sink::Sink;
use crate::source::{Large, Next, Source};

/// Records that are made visible to the first stage at once, at most.
const BATCH: usize = 64;

/// Longest time between two looks at a source that has nothing now.
const LONGEST_IDLE: Duration = Duration::from_millis(25);

/// Records of several rings that may be read before the oldest of them is delivered, for each ring:
/// as many as one holds. What a quick ring gave waits for a slow one.
const AHEAD: u64 = 1024;

/// From the input into the rings.
pub(crate) struct Feed<'a, S: Source, K: Sink> {
    pub wiring: &'a Wiring,
    pub source: S,
    pub in_flight: &'a InFlight<S::Place, S::Large>,
    /// Of the records that were appended and are not yet visible.
    pub originals: Batch<S::Place>,
    pub errors: &'a FirstError,
    pub ring: &'a RunningShards,
    pub producer: ShardedProducer,
    /// Records that were appended, to all rings.
    pub appended: u64,
    pub stop: &'a AtomicBool,
    /// Records read in this run, the rejected among them.
    pub taken: u64,
    pub snapshots: Snapshots<'a, S, K>,
}

/// When to ask the rings for what their stages remember, without which no checkpoint moves on.
pub(crate) struct Snapshots<'a, S: Source, K: Sink> {
    /// How often, at most; nothing where no stage remembers.
    every: Option<Duration>,
    asked_at: Instant,
    ring: &'a RunningShards,
    behind: &'a Behind<S::Place, S::Large, K>,
    errors: &'a FirstError,
}

impl<'a, S: Source, K: Sink> Snapshots<'a, S, K> {
    pub fn new(
        wiring: &Wiring,
        ring: &'a RunningShards,
        behind: &'a Behind<S::Place, S::Large, K>,
        errors: &'a FirstError,
    ) -> Self {
        Self {
            every: ring.states(0).map(|_| wiring.save_every),
            asked_at: Instant::now(),
            ring,
            behind,
            errors,
        }
    }

    fn ask(&mut self, producer: &mut ShardedProducer, appended: u64) {
        if let Some(every) = self.every
            && self.asked_at.elapsed() >= every
            && self.ask_now(producer, appended)
        {
            self.asked_at = Instant::now();
        }
    }

    /// Asks for the states after all that was appended, whatever the time, unless some are on their
    /// way; whether it did.
    fn ask_now(&self, producer: &mut ShardedProducer, appended: u64) -> bool {
        let rejoin = match self.behind {
            Behind::One(_) => return producer.snapshot_states() > 0,
            Behind::Several(rejoin) => rejoin,
        };
        if self.every.is_none() || rejoin.expects_states() {
            return false;
        }
        let shards = 0..rejoin.shards() as u32;
        let sequences: Vec<u64> = shards
            .clone()
            .filter_map(|shard| producer.appended(shard))
            .collect();
        let known = |shard| self.ring.states(shard).map_or(0, |states| states.sequence);
        let others = shards.filter(|shard| known(*shard) != sequences[*shard as usize]);
        // A ring that was asked before and isn't done says no: it is asked again, with the others.
        if producer.snapshot_states() != others.count() {
            return false;
        }
        if let Err(error) = rejoin.expect_states(appended, sequences) {
            self.errors.put(error);
        }
        true
    }

    /// Whether what is known of the states is of after `appended` records, or there is nothing to be
    /// known.
    fn are_of(&self, appended: u64) -> bool {
        let after = match self.behind {
            Behind::One(_) => self.ring.states(0).map(|states| states.sequence),
            Behind::Several(rejoin) => self.every.map(|_| rejoin.states_after()),
        };
        after.is_none_or(|after| after == appended)
    }
}

impl<S: Source, K: Sink> Feed<'_, S, K> {
    /// Until the input ends, somebody asks for the end, or something fails.
    pub fn run(&mut self, notify: &mut dyn FnMut(Notice)) -> Result<Ended, AdapterError> {
        let mut idle = Duration::from_millis(1);
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Ok(Ended::Stopped);
            }
            if self.failed() {
                // Whoever failed says so; how the feed ended doesn't matter then.
                return Ok(Ended::Stopped);
            }
            if self.wiring.max_messages == Some(self.taken) {
                return Ok(Ended::MaxMessages);
            }
            match self.source.next()? {
                Next::Record(range) => {
                    if !self.append(range)? {
                        return Ok(Ended::Stopped);
                    }
                    self.taken += 1;
                    if self.originals.len() >= BATCH {
                        self.publish();
                    }
                }
                Next::TooLarge(large) => {
                    if self.wiring.too_large == TooLarge::Stop {
                        return Err(large.stops(self.wiring.max_record));
                    }
                    self.in_flight.hand_over(&mut self.originals);
                    self.producer.count_ingress_reject(large.size() as usize);
                    self.taken += 1;
                    let place = self.source.place().clone();
                    self.put_aside(Aside::TooLarge { large, place });
                }
                Next::Moved { truncated, notice } => {
                    let place = self.source.place().clone();
                    self.put_aside(Aside::Moved { place, truncated });
                    if let Some(notice) = notice {
                        notify(notice);
                    }
                }
                Next::Idle => {
                    self.publish();
                    self.source.wait(idle);
                    idle = (idle * 2).min(LONGEST_IDLE);
                    continue;
                }
                Next::End => return Ok(Ended::EndOfInput),
            }
            idle = Duration::from_millis(1);
        }
    }

    /// Appends one record, waiting for room. False: the run is ending, the record was not taken.
    fn append(&mut self, range: Range<usize>) -> Result<bool, AdapterError> {
        let bytes = self.source.bytes(range);
        let ahead = match self.ring.shards() {
            1 => u64::MAX,
            shards => AHEAD * shards as u64,
        };
        let mut round = 0u32;
        loop {
            let appended = match self.appended - self.in_flight.delivered() < ahead {
                true => self.producer.append_if_room(bytes),
                false => Err(PublishError::Full),
            };
            match appended {
                Ok((shard, _)) => {
                    self.appended += 1;
                    let place = self.source.place();
                    self.originals.push(self.appended, shard, place, bytes);
                    return Ok(true);
                }
                Err(PublishError::Full) => {}
                Err(PublishError::Stopped) => return Ok(false),
                Err(error @ PublishError::Corrupted) => {
                    return Err(AdapterError::new(
                        "E_REGION_DAMAGED",
                        error.to_string(),
                        "find out which process wrote into the region, and start again: the run \
                         goes on from the last checkpoint",
                    ));
                }
                Err(PublishError::TooLarge { max, len }) => {
                    return Err(AdapterError::new(
                        "E_RECORD_TOO_LARGE",
                        format!("the ring takes {max} bytes, and a record of {len} was read"),
                        "this is a defect: the ingress knows another limit than the ring",
                    ));
                }
            }
            // As `publish`, which can't be called while the record is borrowed.
            self.in_flight.hand_over(&mut self.originals);
            self.producer.flush();
            self.snapshots.ask(&mut self.producer, self.appended);
            if self.stop.load(Ordering::Relaxed) || self.errors.is_set() {
                return Ok(false);
            }
            // The ring holds 1,024 records: let the stages take many before the next try.
            match round {
                0 => {}
                1..=4 => std::thread::yield_now(),
                _ => std::thread::sleep(Duration::from_micros(50)),
            }
            round += 1;
        }
    }

    fn failed(&self) -> bool {
        self.errors.is_set() || self.ring.stopped()
    }

    fn put_aside(&mut self, mut aside: Aside<S::Place, S::Large>) {
        loop {
            match self.in_flight.put_aside(self.appended, aside) {
                Ok(()) => return,
                Err(back) => aside = back,
            }
            self.publish();
            if self.failed() {
                return;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// Makes what was appended visible, its originals first.
    fn publish(&mut self) {
        self.in_flight.hand_over(&mut self.originals);
        self.producer.flush();
        self.snapshots.ask(&mut self.producer, self.appended);
    }

    /// Waits until everything that was appended is delivered, or nothing will be any more.
    pub fn drain(&mut self) {
        self.publish();
        while !self.failed() {
            // At once where none is on its way, whatever the time: nothing comes any more.
            self.snapshots.ask_now(&mut self.producer, self.appended);
            let delivered = self.in_flight.delivered() == self.appended;
            if delivered && self.snapshots.are_of(self.appended) {
                return;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
    }
}
