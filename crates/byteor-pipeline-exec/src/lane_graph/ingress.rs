//! Where records come into a graph.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use byteor_pipeline_kernel::{LaneError, Wait, WaitStrategy};

use super::barriers::{Part, Reached};
use super::counts::EndpointCounts;
use super::lanes::{LaneTx, Wrote};
use super::shared::{Name, Shared, Why};
use crate::error::FailureOrigin;
use crate::single_ring::PublishError;

/// Looks at a full lane between two times that all is said again.
const FULL_PER_SAYING: u32 = 256;

/// One ingress of a running graph, alone; it can move to another thread.
///
/// [`Ingress::end`], or dropping it, ends its input. A thread that panics with one stops the
/// pipeline instead, because what it had still to give would be missed by nobody.
#[derive(Debug)]
pub struct Ingress {
    name: Name,
    endpoint: usize,
    slot_bytes: usize,
    tx: LaneTx,
    shared: Arc<Shared>,
    /// Its wake word, where waits sleep on one.
    word: usize,
    /// Keeps what it learned from one full lane to the next.
    wait: Wait,
    records: u64,
    bytes: u64,
    rejected: u64,
    /// How often the lane was full.
    full: u32,
    /// The last barrier that was put.
    passed: u64,
    ended: bool,
}

impl Ingress {
    pub(super) fn new(
        name: Name,
        endpoint: usize,
        slot_bytes: usize,
        (tx, word): (LaneTx, usize),
        base: EndpointCounts,
        shared: &Arc<Shared>,
    ) -> Self {
        let ingress = Self {
            name,
            endpoint,
            slot_bytes,
            tx,
            shared: Arc::clone(shared),
            word,
            wait: shared.wait.strategy(),
            records: base.records,
            bytes: base.bytes,
            rejected: base.rejected,
            full: 0,
            passed: 0,
            ended: false,
        };
        ingress.count();
        ingress
    }

    /// The last barrier that it put: what it is given now belongs to the checkpoint behind that one.
    pub fn passed(&self) -> u64 {
        self.passed
    }

    /// The endpoint's id in the spec.
    pub fn id(&self) -> &str {
        &self.name.id
    }

    /// Most bytes of a record.
    pub fn max_record_bytes(&self) -> usize {
        self.slot_bytes
    }

    /// Writes one record, not yet visible. Where the graph drops, a full lane discards and counts it,
    /// which is no error.
    ///
    /// `Full` makes visible what was written before, so that those behind can go on. A record that
    /// is `TooLarge` wasn't counted; [`Ingress::count_reject`] does.
    #[inline]
    pub fn try_append(&mut self, record: &[u8]) -> Result<(), PublishError> {
        if self.shared.stopped() {
            return Err(PublishError::Stopped);
        }
        self.put_barrier();
        if record.len() > self.slot_bytes {
            return Err(PublishError::TooLarge {
                max: self.slot_bytes,
                len: record.len(),
            });
        }
        match self.tx.write(record) {
            Ok(Wrote::All | Wrote::Discarded) => {
                self.records += 1;
                self.bytes += record.len() as u64;
                Ok(())
            }
            Ok(Wrote::Full) => {
                // Now and then all of it, for a reader that was told something else by others.
                if self.full.is_multiple_of(FULL_PER_SAYING) {
                    self.tx.say_again();
                }
                self.full = self.full.wrapping_add(1);
                self.flush();
                Err(PublishError::Full)
            }
            Err(LaneError::TooLarge { max, len }) => Err(PublishError::TooLarge { max, len }),
            Err(error) => {
                self.shared.fail(&self.name, self.records + 1, error.into());
                Err(PublishError::Corrupted)
            }
        }
    }

    /// As [`Ingress::try_append`], but waits while the lane is full.
    pub fn append(&mut self, record: &[u8]) -> Result<(), PublishError> {
        let mut full = false;
        loop {
            match self.try_append(record) {
                Err(PublishError::Full) => self.wait(),
                other => {
                    if full {
                        self.wait.reset();
                    }
                    return other;
                }
            };
            full = true;
        }
    }

    fn wait(&mut self) {
        match &self.shared.lanes.wakes {
            None => self.wait.wait(),
            Some(wakes) => self.wait.wait_on(wakes.worker(self.word), &mut || {
                self.shared.stopped() || self.tx.would_have(1)
            }),
        };
    }

    /// Makes everything visible that was written, and puts a barrier behind it where one is asked
    /// for: whoever waits for records calls this now and then.
    pub fn flush(&mut self) {
        self.put_barrier();
        self.tx.flush();
        self.count();
    }

    fn put_barrier(&mut self) {
        let barriers = self.shared.barriers();
        let asked = barriers.asked();
        if asked > self.passed {
            self.passed = asked;
            self.tx.put_barrier(asked);
            let reached = self.reached();
            self.shared.barriers().reached(&self.name, asked, reached);
        }
    }

    /// What a checkpoint keeps of it, as it is now.
    fn reached(&mut self) -> Reached {
        Reached {
            part: Part::Ingress(EndpointCounts {
                records: self.records,
                bytes: self.bytes,
                rejected: self.rejected,
            }),
            lanes: vec![(self.tx.lane(), self.tx.counts())],
            chose: self.tx.chosen().into_iter().collect(),
        }
    }

    /// Counts a record of `len` bytes that was refused before it came here.
    pub fn count_reject(&mut self, len: usize) {
        self.records += 1;
        self.bytes += len as u64;
        self.rejected += 1;
        self.count();
    }

    fn count(&self) {
        let words = self.shared.graph().endpoint(self.endpoint);
        words.records.store(self.records, Ordering::Relaxed);
        words.bytes.store(self.bytes, Ordering::Relaxed);
        words.rejected.store(self.rejected, Ordering::Relaxed);
    }

    /// Makes everything visible, and ends the input of this ingress: what it leads to ends when
    /// everything went through.
    pub fn end(mut self) {
        self.finish();
    }

    fn finish(&mut self) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        self.count();
        self.put_barrier();
        self.tx.end();
        let reached = self.reached();
        self.shared.ended(&self.name, reached);
    }
}

impl Drop for Ingress {
    fn drop(&mut self) {
        if std::thread::panicking() && !self.ended {
            self.flush();
            let why = Why {
                origin: FailureOrigin::Panic,
                code: "E_EXEC_PANIC".to_owned(),
                message: "the thread that gives it records panicked".to_owned(),
            };
            return self.shared.fail(&self.name, 0, why);
        }
        self.finish();
    }
}
