//! From the last stage to the disk: records in input order, refused ones with their original
//! bytes, and at every moment a consistent account of how far all of it got.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use byteor_pipeline_exec::{StateSnapshot, TakenBack};

use crate::checkpoint::{FileOutput, StageTotals, Totals};
use crate::egress::OwnFile;
use crate::error::AdapterError;
use crate::in_flight::{Aside, Batch, InFlight};
use crate::saver::Ticker;
use crate::sink::{Refused, Sink};
use crate::source::{Large, Place};

/// Longest time that a delivered record stays in memory while others follow.
const FLUSH_EVERY: Duration = Duration::from_millis(20);

/// The same while the last stage runs dry now and then.
const IDLE_FLUSH_EVERY: Duration = Duration::from_millis(1);

/// What the last stage left of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered<'a> {
    /// It goes out, with these bytes.
    Forward(&'a [u8]),
    /// The stage with this index dropped it.
    Dropped {
        /// Index in the spec.
        stage: u32,
    },
    /// The stage with this index made it larger than the slot.
    Rejected {
        /// Index in the spec.
        stage: u32,
    },
}

/// How far everything got; all parts belong to the same moment.
#[derive(Clone)]
pub struct Progress<P, M> {
    /// How far the source was consumed.
    pub place: P,
    /// How far the sink was written; it may not last yet.
    pub output: M,
    /// The reject file, likewise.
    pub reject: FileOutput,
    /// The counters.
    pub totals: Totals,
    /// The counters of all stages, shard by shard.
    pub stages: Vec<StageTotals>,
    /// What they remembered, after as many records of all shards as the snapshot's sequence says;
    /// nothing where none does.
    pub states: Option<Arc<StateSnapshot>>,
}

/// What was written so far: the newest account that a checkpoint may speak of.
pub type Flushed<P, M> = Arc<Mutex<Progress<P, M>>>;

/// Writes what comes out of the last stage.
pub struct Delivery<P, L, K: Sink> {
    in_flight: Arc<InFlight<P, L>>,
    /// The records that come next, as they came in.
    originals: Batch<P>,
    /// Which of them is the next.
    next: usize,
    /// How many stages each shard has.
    stages: usize,
    output: K,
    reject: OwnFile,
    /// The account at the last delivered record; its marks are those of the last flush.
    at: Progress<P, K::Mark>,
    delivered: u64,
    /// What was counted as gone out and refused later, as far as the ring wasn't told.
    back: TakenBack,
    unflushed: bool,
    /// Something was written that `flushed` doesn't speak of.
    untold: bool,
    flushed_at: Instant,
    since_look: u32,
    flushed: Flushed<P, K::Mark>,
    /// Told whenever that changed.
    news: Arc<Ticker>,
    /// While something is done, and for ever after an error or a panic in it: what is left half
    /// done must not get into a checkpoint.
    broken: bool,
}

impl<P: Place, L: Large, K: Sink> Delivery<P, L, K> {
    /// Delivers into `output` and `reject` what rings of `stages` stages give, going on from `at`; `news`
    /// is told of what is written.
    pub(crate) fn new(
        in_flight: Arc<InFlight<P, L>>,
        stages: usize,
        output: K,
        reject: OwnFile,
        at: Progress<P, K::Mark>,
        news: Arc<Ticker>,
    ) -> Self {
        Self {
            news,
            in_flight,
            originals: Batch::default(),
            next: 0,
            stages,
            output,
            reject,
            flushed: Arc::new(Mutex::new(at.clone())),
            at,
            delivered: 0,
            back: TakenBack::default(),
            unflushed: false,
            untold: false,
            flushed_at: Instant::now(),
            since_look: 0,
            broken: false,
        }
    }

    /// What was written so far: the newest state that a checkpoint may speak of.
    pub fn flushed(&self) -> Flushed<P, K::Mark> {
        Arc::clone(&self.flushed)
    }

    /// Goes on from `at` as it is once the ring was started; nothing was delivered yet.
    pub fn begin(&mut self, at: &Progress<P, K::Mark>) {
        self.at.clone_from(at);
        relock(&self.flushed).clone_from(at);
    }

    /// Whether what is known of the stages' states is as of the last delivered record.
    ///
    /// Only then may a checkpoint speak of that record: a run that went on from it with older
    /// states would give other records.
    fn states_are_current(&self) -> bool {
        let states = self.at.states.as_ref();
        states.is_none_or(|snapshot| snapshot.sequence == self.delivered)
    }

    /// Takes what the stages remembered after the last delivered record, and writes everything up
    /// to it, so that a checkpoint may speak of all of it.
    pub fn take_states(&mut self, snapshot: &Arc<StateSnapshot>) -> Result<(), AdapterError> {
        self.unless_broken(|this| {
            if snapshot.sequence != this.delivered {
                return Err(AdapterError::new(
                    "E_SEQUENCE",
                    format!(
                        "the stages' states are those after record {}, and {} is delivered",
                        snapshot.sequence, this.delivered
                    ),
                    "this is a defect; start again: the run goes on from the last checkpoint",
                ));
            }
            this.at.states = Some(Arc::clone(snapshot));
            this.untold = true;
            this.flush_unbroken()
        })
    }

    /// Delivers the record `sequence`, the next in order.
    pub fn take(&mut self, sequence: u64, record: Delivered<'_>) -> Result<(), AdapterError> {
        self.unless_broken(|this| this.take_unbroken(sequence, record))
    }

    fn take_unbroken(&mut self, sequence: u64, record: Delivered<'_>) -> Result<(), AdapterError> {
        self.settle()?;
        self.look_ahead();
        let original = self.originals.get(self.next);
        let original = original.filter(|original| original.sequence == sequence);
        let Some(original) = original.filter(|_| sequence == self.delivered + 1) else {
            return Err(out_of_order(sequence, self.delivered));
        };
        let bytes_in = original.bytes;
        let totals = &mut self.at.totals;
        totals.records_in += 1;
        totals.bytes_in += bytes_in.len() as u64;
        let last_stage = match record {
            Delivered::Forward(bytes) => {
                totals.records_out += 1;
                totals.bytes_out += bytes.len() as u64;
                self.output.push_line(bytes)?;
                None
            }
            Delivered::Dropped { stage } => {
                totals.dropped += 1;
                Some((stage, false))
            }
            Delivered::Rejected { stage } => {
                totals.rejected += 1;
                self.reject.push_line(bytes_in)?;
                Some((stage, true))
            }
        };
        let own = self.stages * original.shard as usize;
        let own = self.at.stages.iter_mut().skip(own).take(self.stages);
        for (index, stage) in own.enumerate() {
            match last_stage {
                Some((ended, _)) if index > ended as usize => break,
                Some((ended, rejected)) if index == ended as usize => {
                    stage.rejected += u64::from(rejected);
                    stage.dropped += u64::from(!rejected);
                }
                _ => {}
            }
            stage.processed += 1;
        }
        self.at.place.clone_from(original.place);
        self.next += 1;
        self.delivered = sequence;
        self.in_flight.set_delivered(sequence);
        self.unflushed = true;
        self.since_look += 1;
        if self.since_look >= 64 {
            self.since_look = 0;
            if self.flushed_at.elapsed() >= FLUSH_EVERY {
                self.flush_unbroken()?;
            }
        }
        Ok(())
    }

    /// Takes up the next batch of originals where the last one is through.
    fn look_ahead(&mut self) {
        if self.next == self.originals.len() && self.in_flight.next_batch(&mut self.originals) {
            self.next = 0;
        }
    }

    /// From which shard the next record comes; nothing before it was handed over.
    pub(crate) fn next_shard(&mut self) -> Option<u32> {
        self.look_ahead();
        Some(self.originals.get(self.next)?.shard)
    }

    /// How many records were delivered.
    pub(crate) fn delivered(&self) -> u64 {
        self.delivered
    }

    /// Nothing is ready: writes what was delivered, but not for each record of a trickle.
    pub fn idle(&mut self) -> Result<(), AdapterError> {
        self.unflushed |= self.output.is_due();
        let waiting = self.unflushed || self.in_flight.has_asides() || self.output.has_refused();
        if waiting && self.flushed_at.elapsed() >= IDLE_FLUSH_EVERY {
            self.flush()?;
        }
        Ok(())
    }

    /// Takes care of what happened to the input behind the last delivered record.
    fn settle(&mut self) -> Result<(), AdapterError> {
        while let Some(aside) = self.in_flight.next_aside(self.delivered) {
            self.unflushed = true;
            match aside {
                Aside::TooLarge { large, place } => {
                    self.reject.push_large(&large)?;
                    self.at.totals.records_in += 1;
                    self.at.totals.rejected += 1;
                    self.at.totals.bytes_in += large.size();
                    self.at.place = place;
                }
                Aside::Moved { place, truncated } => {
                    self.at.totals.truncations += u64::from(truncated);
                    self.at.place = place;
                }
            }
        }
        Ok(())
    }

    /// Keeps what the sink's other end refused, each record behind the reason and a tab. It was counted
    /// as gone out when the sink took it.
    fn take_refused(&mut self) -> Result<(), AdapterError> {
        for Refused { record, reason } in self.output.take_refused() {
            let line = [reason.as_bytes(), b"\t", &record[..]].concat();
            self.reject.push_line(&line)?;
            let totals = &mut self.at.totals;
            totals.rejected += 1;
            totals.records_out = totals.records_out.saturating_sub(1);
            totals.bytes_out = totals.bytes_out.saturating_sub(record.len() as u64);
            self.back.records += 1;
            self.back.bytes += record.len() as u64;
            self.unflushed = true;
        }
        Ok(())
    }

    /// What was refused that counts as gone out in a ring, at most `most`.
    pub(crate) fn taken_back(&mut self, most: TakenBack) -> TakenBack {
        self.back.take(most)
    }

    /// Whether there is something of that.
    pub(crate) fn has_taken_back(&self) -> bool {
        self.back != TakenBack::default()
    }

    /// Writes everything delivered so far, so that a checkpoint may speak of it.
    pub fn flush(&mut self) -> Result<(), AdapterError> {
        self.unless_broken(Self::flush_unbroken)
    }

    /// The same at the end of the run: nothing comes any more.
    pub fn end(&mut self) -> Result<(), AdapterError> {
        self.unless_broken(|this| {
            this.output.end()?;
            this.unflushed = true;
            this.flush_unbroken()
        })
    }

    fn unless_broken(
        &mut self,
        act: impl FnOnce(&mut Self) -> Result<(), AdapterError>,
    ) -> Result<(), AdapterError> {
        if self.broken {
            return Err(AdapterError::new(
                "E_DELIVERY_STOPPED",
                "an earlier error ended the delivery of records",
                "see the first error; after it is mended, start again",
            ));
        }
        self.broken = true;
        let result = act(self);
        self.broken = result.is_err();
        result
    }

    fn flush_unbroken(&mut self) -> Result<(), AdapterError> {
        self.settle()?;
        self.take_refused()?;
        if self.unflushed {
            self.output.flush()?;
            self.reject.flush()?;
            self.at.output = self.output.mark();
            self.at.reject = self.reject.mark();
            self.unflushed = false;
            self.untold = true;
        }
        if self.untold && self.states_are_current() {
            relock(&self.flushed).clone_from(&self.at);
            self.output.accounted();
            self.untold = false;
            self.news.came();
        }
        self.flushed_at = Instant::now();
        Ok(())
    }
}

/// A record came that isn't the next one.
pub(crate) fn out_of_order(sequence: u64, after: u64) -> AdapterError {
    AdapterError::new(
        "E_SEQUENCE",
        format!("record {sequence} came after {after}, and its original is not at hand"),
        "the shared region was changed by another process; start again: the run goes on \
         from the last checkpoint",
    )
}

/// Locks, also after another thread panicked: each holder leaves whole values behind.
pub(crate) fn relock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
