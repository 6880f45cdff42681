//! From an egress of the graph into its sink, and how far that is at each barrier.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use byteor_pipeline_exec::SinkFailure;
use byteor_pipeline_exec::lane_graph::EgressSink;

use crate::delivery::relock;
use crate::error::AdapterError;
use crate::saver::FirstError;
use crate::sink::Sink;

/// Longest time that a record stays in memory while others follow.
const FLUSH_EVERY: Duration = Duration::from_millis(20);

/// The same while the egress runs dry now and then.
const IDLE_FLUSH_EVERY: Duration = Duration::from_millis(1);

/// How far one sink is, as whoever makes checkpoints asks.
pub(crate) struct Reach<M>(Mutex<Reached<M>>);

struct Reached<M> {
    /// At the last barrier that came.
    barrier: u64,
    at: M,
    /// Behind which nothing comes any more.
    end: Option<M>,
}

impl<M: Clone> Reach<M> {
    pub fn new(at: M) -> Self {
        Self(Mutex::new(Reached {
            barrier: 0,
            at,
            end: None,
        }))
    }

    /// The mark at that barrier, which came to the egress, or which it ended before.
    pub fn at(&self, barrier: u64) -> M {
        let reached = relock(&self.0);
        match &reached.end {
            Some(end) if reached.barrier < barrier => end.clone(),
            _ => reached.at.clone(),
        }
    }
}

/// The sink of one egress.
pub(crate) struct SinkOfGraph<K: Sink> {
    sink: K,
    reach: Arc<Reach<K::Mark>>,
    errors: Arc<FirstError>,
    unflushed: bool,
    flushed_at: Instant,
    since_look: u32,
}

impl<K: Sink> SinkOfGraph<K> {
    pub fn new(sink: K, reach: Arc<Reach<K::Mark>>, errors: Arc<FirstError>) -> Self {
        Self {
            sink,
            reach,
            errors,
            unflushed: false,
            flushed_at: Instant::now(),
            since_look: 0,
        }
    }

    fn flush(&mut self) -> Result<(), AdapterError> {
        self.sink.flush()?;
        self.unflushed = false;
        self.flushed_at = Instant::now();
        Ok(())
    }

    fn push(&mut self, record: &[u8]) -> Result<(), AdapterError> {
        self.sink.push_line(record)?;
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
        if !self.unflushed || self.flushed_at.elapsed() < IDLE_FLUSH_EVERY {
            return Ok(());
        }
        let flushed = self.flush();
        self.told(flushed)
    }

    fn barrier(&mut self, number: u64) -> Result<(), SinkFailure> {
        let flushed = self.flush();
        self.told(flushed)?;
        let mut reached = relock(&self.reach.0);
        reached.barrier = number;
        reached.at = self.sink.mark();
        Ok(())
    }

    fn finish(&mut self) -> Result<(), SinkFailure> {
        let flushed = self.flush();
        self.told(flushed)?;
        relock(&self.reach.0).end = Some(self.sink.mark());
        Ok(())
    }
}
