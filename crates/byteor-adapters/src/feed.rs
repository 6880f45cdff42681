//! From a source into the ring, and the end of it.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use byteor_pipeline_exec::{Producer, PublishError, Running};

use crate::error::AdapterError;
use crate::in_flight::{Aside, Batch, InFlight};
use crate::prepared::{Ended, Notice, TooLarge, Wiring};
use crate::saver::FirstError;
use crate::source::{Large, Next, Source};

/// Records that are made visible to the first stage at once, at most.
const BATCH: usize = 64;

/// Longest time between two looks at a source that has nothing now.
const LONGEST_IDLE: Duration = Duration::from_millis(25);

/// From the input into the ring.
pub(crate) struct Feed<'a, S: Source> {
    pub wiring: &'a Wiring,
    pub source: S,
    pub in_flight: &'a InFlight<S::Place, S::Large>,
    /// Of the records that were appended and are not yet visible.
    pub originals: Batch<S::Place>,
    pub errors: &'a FirstError,
    pub ring: &'a Running,
    pub producer: Producer,
    pub stop: &'a AtomicBool,
    /// Records read in this run, the rejected among them.
    pub taken: u64,
    pub snapshots: Snapshots,
}

/// When to ask the ring for what its stages remember, without which no checkpoint moves on.
pub(crate) struct Snapshots {
    /// How often, at most; nothing where no stage remembers.
    every: Option<Duration>,
    asked_at: Instant,
}

impl Snapshots {
    pub fn new(wiring: &Wiring, ring: &Running) -> Self {
        Self {
            every: ring.states().map(|_| wiring.save_every),
            asked_at: Instant::now(),
        }
    }

    fn ask(&mut self, producer: &mut Producer) {
        if let Some(every) = self.every
            && self.asked_at.elapsed() >= every
            && producer.snapshot_states()
        {
            self.asked_at = Instant::now();
        }
    }
}

impl<S: Source> Feed<'_, S> {
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
                        return Err(self.too_large(&large));
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
                    notify(notice);
                }
                Next::Idle => {
                    self.publish();
                    std::thread::sleep(idle);
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
        let sequence = self.producer.appended() + 1;
        let mut round = 0u32;
        loop {
            match self.producer.append_if_room(bytes) {
                Ok(_) => {
                    self.originals.push(sequence, self.source.place(), bytes);
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
            self.snapshots.ask(&mut self.producer);
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
            match self.in_flight.put_aside(self.producer.appended(), aside) {
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
        self.snapshots.ask(&mut self.producer);
    }

    /// Waits until everything that was appended is delivered, or nothing will be any more.
    pub fn drain(&mut self) {
        self.publish();
        let published = self.producer.appended();
        while !self.failed() {
            // At once where none is on its way, whatever the time: nothing comes any more.
            self.producer.snapshot_states();
            let states = self.ring.states();
            let current = states.is_none_or(|snapshot| snapshot.sequence == published);
            if current && self.in_flight.delivered() == published {
                return;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    fn too_large(&self, large: &S::Large) -> AdapterError {
        AdapterError::new(
            "E_RECORD_TOO_LARGE",
            format!(
                "{} has {} bytes, and a record may have {}",
                large.name(),
                large.size(),
                self.wiring.max_record
            ),
            "deploy a config with a larger `config.record.slot_bytes`, or with \
             `adapter.ingress.file.too_large=reject`; the run then goes on with this record",
        )
    }
}
