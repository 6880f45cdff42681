//! One reject file for all ingresses and stages of a graph, cut by its barriers.
//!
//! A stage that is past a barrier goes on while others are not yet there. What it rejects belongs
//! behind the barrier, and so behind what the others have still to reject: it waits in memory until the
//! checkpoint is whole. Who feeds the graph stops feeding while that is much.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use byteor_pipeline_exec::SinkFailure;
use byteor_pipeline_exec::lane_graph::RejectSink;

use crate::checkpoint::FileOutput;
use crate::delivery::relock;
use crate::egress::OwnFile;
use crate::error::AdapterError;
use crate::saver::FirstError;
use crate::sink::{Refused, Sink};
use crate::source::Large;

/// Bytes that may wait before nothing more is fed.
const MUCH: usize = 4 * 1024 * 1024;

/// Longest time that a rejected record stays in memory while others follow.
const FLUSH_EVERY: Duration = Duration::from_millis(20);

pub(crate) struct Rejects {
    inner: Mutex<Inner>,
    waiting: AtomicUsize,
    errors: Arc<FirstError>,
}

struct Inner {
    file: OwnFile,
    /// The last checkpoint that is whole.
    whole: u64,
    /// What belongs behind the barrier that is on its way.
    behind: Vec<u8>,
    flushed_at: Instant,
}

impl Rejects {
    pub fn new(file: OwnFile, errors: Arc<FirstError>) -> Self {
        Self {
            inner: Mutex::new(Inner {
                file,
                whole: 0,
                behind: Vec::new(),
                flushed_at: Instant::now(),
            }),
            waiting: AtomicUsize::new(0),
            errors,
        }
    }

    /// Whether so much waits for the barrier that nothing more should come in.
    pub fn are_many(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > MUCH
    }

    /// Writes down a record that was refused at an ingress behind the barrier `passed`, unless it would
    /// have to wait in memory: then false.
    pub fn take_large(&self, passed: u64, large: &impl Large) -> Result<bool, AdapterError> {
        let mut inner = relock(&self.inner);
        if passed > inner.whole {
            return Ok(false);
        }
        inner.file.push_large(large)?;
        Ok(true)
    }

    /// The checkpoint `number` is whole: how far its rejects reach. What waited for it follows.
    pub fn whole(&self, number: u64) -> Result<FileOutput, AdapterError> {
        let mut inner = relock(&self.inner);
        let inner = &mut *inner;
        inner.file.flush()?;
        let mark = inner.file.mark();
        inner.whole = number;
        inner.file.push_framed(&inner.behind)?;
        inner.behind.clear();
        inner.flushed_at = Instant::now();
        self.waiting.store(0, Ordering::Relaxed);
        Ok(mark)
    }
}

impl Rejects {
    /// Writes down what the other end of a sink refused behind the barrier `passed`, each record behind
    /// the reason and a tab.
    pub fn take_refused(&self, passed: u64, refused: &[Refused]) -> Result<(), AdapterError> {
        let mut inner = relock(&self.inner);
        for Refused { record, reason } in refused {
            let line = [reason.as_bytes(), b"\t", record].concat();
            self.put(&mut inner, passed, &line)?;
        }
        Ok(())
    }

    /// Writes down what was refused behind the last barrier of all.
    pub fn end(&self) -> Result<FileOutput, AdapterError> {
        let mut inner = relock(&self.inner);
        inner.file.flush()?;
        Ok(inner.file.mark())
    }

    fn put(&self, inner: &mut Inner, passed: u64, line: &[u8]) -> Result<(), AdapterError> {
        if passed > inner.whole {
            inner.file.framing().add(line, &mut inner.behind);
            self.waiting.store(inner.behind.len(), Ordering::Relaxed);
            return Ok(());
        }
        inner.file.push_line(line)?;
        if inner.flushed_at.elapsed() >= FLUSH_EVERY {
            inner.flushed_at = Instant::now();
            inner.file.flush()?;
        }
        Ok(())
    }
}

impl RejectSink for Rejects {
    fn take(&self, _role: &str, passed: u64, record: &[u8]) -> Result<(), SinkFailure> {
        let mut inner = relock(&self.inner);
        let put = self.put(&mut inner, passed, record);
        put.map_err(|error| self.errors.fail(error))
    }
}

impl fmt::Debug for Rejects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rejects")
    }
}
