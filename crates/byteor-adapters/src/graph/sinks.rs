//! From an egress of the graph into its sink, and how far that is at each barrier.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use byteor_pipeline_exec::lane_graph::EgressSink;
use byteor_pipeline_exec::{SinkFailure, TakenBack};

use super::rejects::Rejects;
use crate::delivery::relock;
use crate::error::AdapterError;
use crate::saver::FirstError;
use crate::sink::Sink;

/// Longest time that a record stays in memory while others follow.
const FLUSH_EVERY: Duration = Duration::from_millis(20);

/// The same while the egress runs dry now and then.
const IDLE_FLUSH_EVERY: Duration = Duration::from_millis(1);

/// What the other end of a sink refused in this run, and the reject file has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RefusedSoFar {
    pub records: u64,
    pub bytes: u64,
}

impl RefusedSoFar {
    /// Takes what `sink` says, which belongs behind the barrier `passed`.
    fn take<K: Sink>(
        &mut self,
        sink: &mut K,
        passed: u64,
        rejects: &Rejects,
    ) -> Result<(), AdapterError> {
        if !sink.has_refused() {
            return Ok(());
        }
        let refused = sink.take_refused();
        self.records += refused.len() as u64;
        self.bytes += (refused.iter())
            .map(|one| one.record.len() as u64)
            .sum::<u64>();
        rejects.take_refused(passed, &refused)
    }
}

/// How far a sink is, and what of it was refused.
#[derive(Clone)]
pub(crate) struct At<M> {
    pub mark: M,
    pub refused: RefusedSoFar,
}

/// How far one sink is, as whoever makes checkpoints asks.
pub(crate) struct Reach<K: Sink> {
    reached: Mutex<Reached<K>>,
    /// The sink has something to do at a barrier although nothing comes.
    due: AtomicBool,
}

struct Reached<K: Sink> {
    /// The last barrier that came.
    barrier: u64,
    at: At<K::Mark>,
    /// Behind which nothing comes any more.
    end: Option<At<K::Mark>>,
    /// The sink, once the graph let go of it.
    gone: Option<K>,
}

impl<K: Sink> Reach<K> {
    pub fn new(mark: K::Mark) -> Self {
        let refused = RefusedSoFar::default();
        Self {
            reached: Mutex::new(Reached {
                barrier: 0,
                at: At { mark, refused },
                end: None,
                gone: None,
            }),
            due: AtomicBool::new(false),
        }
    }

    /// Whether a barrier should come although no record does.
    pub fn is_due(&self) -> bool {
        self.due.load(Ordering::Relaxed)
    }

    /// How far it was at that barrier, which came to the egress, or which it ended before.
    pub fn at(&self, barrier: u64) -> At<K::Mark> {
        let reached = relock(&self.reached);
        match &reached.end {
            Some(end) if reached.barrier < barrier => end.clone(),
            _ => reached.at.clone(),
        }
    }

    /// How far it is in the end, once the graph let go of the sink and its other end has said all: what
    /// that refused late goes to the reject file. Nothing where the graph didn't end by itself.
    pub fn settle(&self, rejects: &Rejects) -> Result<Option<At<K::Mark>>, AdapterError> {
        let mut reached = relock(&self.reached);
        let Reached {
            barrier, end, gone, ..
        } = &mut *reached;
        let (Some(end), Some(sink)) = (end, gone) else {
            return Ok(None);
        };
        end.refused.take(sink, *barrier, rejects)?;
        end.mark = sink.mark();
        Ok(Some(end.clone()))
    }
}

/// The sink of one egress. It goes to where its reach is told when it is dropped.
pub(crate) struct SinkOfGraph<K: Sink> {
    /// Nothing only while it is dropped.
    sink: Option<K>,
    reach: Arc<Reach<K>>,
    rejects: Arc<Rejects>,
    errors: Arc<FirstError>,
    /// The last barrier that came.
    passed: u64,
    refused: RefusedSoFar,
    /// How much of that the graph was told.
    told: RefusedSoFar,
    unflushed: bool,
    flushed_at: Instant,
    since_look: u32,
}

impl<K: Sink> SinkOfGraph<K> {
    pub fn new(
        sink: K,
        reach: Arc<Reach<K>>,
        rejects: Arc<Rejects>,
        errors: Arc<FirstError>,
    ) -> Self {
        Self {
            sink: Some(sink),
            reach,
            rejects,
            errors,
            passed: 0,
            refused: RefusedSoFar::default(),
            told: RefusedSoFar::default(),
            unflushed: false,
            flushed_at: Instant::now(),
            since_look: 0,
        }
    }

    /// Writes what is kept back, and takes what the other end refused.
    fn flush(&mut self) -> Result<(), AdapterError> {
        if let Some(sink) = &mut self.sink {
            self.refused.take(sink, self.passed, &self.rejects)?;
            sink.flush()?;
        }
        self.unflushed = false;
        self.flushed_at = Instant::now();
        Ok(())
    }

    fn push(&mut self, record: &[u8]) -> Result<(), AdapterError> {
        if let Some(sink) = &mut self.sink {
            sink.push_line(record)?;
        }
        self.unflushed = true;
        self.since_look += 1;
        if self.since_look >= 64 {
            self.since_look = 0;
            if self.flushed_at.elapsed() >= FLUSH_EVERY {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// How far it is, once it is flushed.
    fn at(&self) -> Option<At<K::Mark>> {
        Some(At {
            mark: self.sink.as_ref()?.mark(),
            refused: self.refused,
        })
    }

    fn told(&self, done: Result<(), AdapterError>) -> Result<(), SinkFailure> {
        done.map_err(|error| self.errors.fail(error))
    }
}

impl<K: Sink> EgressSink for SinkOfGraph<K> {
    fn take(&mut self, record: &[u8]) -> Result<(), SinkFailure> {
        let pushed = self.push(record);
        self.told(pushed)
    }

    fn idle(&mut self) -> Result<(), SinkFailure> {
        if self.sink.as_ref().is_some_and(Sink::is_due) {
            self.reach.due.store(true, Ordering::Relaxed);
        }
        let waiting = self.unflushed || self.sink.as_ref().is_some_and(Sink::has_refused);
        if !waiting || self.flushed_at.elapsed() < IDLE_FLUSH_EVERY {
            return Ok(());
        }
        let flushed = self.flush();
        self.told(flushed)
    }

    fn taken_back(&mut self, most: TakenBack) -> TakenBack {
        let mut untold = TakenBack {
            records: self.refused.records - self.told.records,
            bytes: self.refused.bytes - self.told.bytes,
        };
        let back = untold.take(most);
        self.told.records += back.records;
        self.told.bytes += back.bytes;
        back
    }

    fn barrier(&mut self, number: u64) -> Result<(), SinkFailure> {
        let flushed = self.flush();
        self.told(flushed)?;
        self.passed = number;
        self.reach.due.store(false, Ordering::Relaxed);
        if let Some(at) = self.at() {
            let mut reached = relock(&self.reach.reached);
            reached.barrier = number;
            reached.at = at;
        }
        if let Some(sink) = &mut self.sink {
            sink.accounted();
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), SinkFailure> {
        let flushed = self.flush();
        self.told(flushed)?;
        let ended = self.sink.as_mut().map_or(Ok(()), Sink::end);
        self.told(ended)?;
        relock(&self.reach.reached).end = self.at();
        Ok(())
    }
}

impl<K: Sink> Drop for SinkOfGraph<K> {
    fn drop(&mut self) {
        relock(&self.reach.reached).gone = self.sink.take();
    }
}
