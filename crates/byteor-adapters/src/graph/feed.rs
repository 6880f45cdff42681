//! From the sources into the graph, and the barriers that make checkpoints of it.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use byteor_pipeline_exec::lane_graph::{GraphCheckpoint, Ingress};
use byteor_pipeline_exec::{PublishError, RunningGraph};

use super::run::Assembly;
use crate::delivery::{Flushed, relock};
use crate::error::AdapterError;
use crate::graph::kept::{GraphOutput, GraphPlace};
use crate::prepared::{Ended, Notice, TooLarge, Wiring};
use crate::saver::FirstError;
use crate::sink::Sink;
use crate::source::{Large, Next, Source};

/// Records that one source gives before the next one has its turn.
const BATCH: usize = 64;

/// Longest time between two looks at sources that have nothing now.
const LONGEST_IDLE: Duration = Duration::from_millis(25);

/// How long what is in the lanes may take to leave them once somebody asked for the end: less than an
/// agent waits before it kills.
pub(crate) const STOP_WITHIN: Duration = Duration::from_secs(3);

/// One ingress and its source.
pub(crate) struct Inlet<S: Source> {
    pub source: S,
    pub ingress: Ingress,
    /// Behind what the graph was given. The source itself may be one ahead.
    place: S::Place,
    ahead: Option<Ahead<S::Large>>,
    ended: bool,
}

/// What was read and isn't in the graph yet.
enum Ahead<L> {
    Record(Range<usize>),
    Large(L),
}

/// What a turn came to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Something was taken.
    Worked,
    /// The graph has no room for what was read.
    Full,
    /// Nothing is there.
    Idle,
}

impl<S: Source> Inlet<S> {
    pub fn new(source: S, ingress: Ingress) -> Self {
        Self {
            place: source.place().clone(),
            source,
            ingress,
            ahead: None,
            ended: false,
        }
    }
}

/// A barrier that is on its way, and where the sources were when it was put.
struct OnItsWay<P> {
    number: u64,
    places: Vec<P>,
    truncations: u64,
}

pub(crate) struct Feed<'a, S: Source, K: Sink> {
    pub wiring: &'a Wiring,
    pub inlets: Vec<Inlet<S>>,
    pub graph: &'a RunningGraph,
    pub errors: &'a FirstError,
    pub stop: &'a AtomicBool,
    pub flushed: &'a Flushed<GraphPlace<S::Place>, GraphOutput<K::Mark>>,
    pub assembly: &'a mut Assembly<K>,
    pub course: Course<S::Place>,
}

/// How far a feed is.
pub(crate) struct Course<P> {
    /// Records read in this run, the refused among them.
    taken: u64,
    truncations: u64,
    barrier: Option<OnItsWay<P>>,
    /// How many barriers were asked for.
    barriers: u64,
    asked_at: Instant,
    /// Something came since the last barrier.
    moved: bool,
    stopped_at: Option<Instant>,
}

impl<P> Course<P> {
    /// At its beginning, with so many barriers behind it.
    pub fn after(barriers: u64) -> Self {
        Self {
            taken: 0,
            truncations: 0,
            barrier: None,
            barriers,
            asked_at: Instant::now(),
            moved: false,
            stopped_at: None,
        }
    }
}

impl<S: Source, K: Sink> Feed<'_, S, K> {
    /// Until all inputs end, somebody asks for the end, or something fails.
    pub fn run(&mut self, notify: &mut dyn FnMut(Notice)) -> Result<Ended, AdapterError> {
        let mut idle = Duration::from_millis(1);
        let mut full = 0_u32;
        loop {
            if self.stop.load(Ordering::Relaxed) || self.failed() {
                // Whoever failed says so; how the feed ended doesn't matter then.
                return Ok(Ended::Stopped);
            }
            if self.wiring.max_messages == Some(self.course.taken) {
                return Ok(Ended::MaxMessages);
            }
            if self.inlets.iter().all(|inlet| inlet.ended) {
                return Ok(Ended::EndOfInput);
            }
            let mut came = Turn::Idle;
            if self.assembly.rejects.are_many() {
                came = Turn::Full;
            } else {
                for at in 0..self.inlets.len() {
                    match self.turn(at, notify)? {
                        Turn::Worked => came = Turn::Worked,
                        Turn::Full if came == Turn::Idle => came = Turn::Full,
                        Turn::Full | Turn::Idle => {}
                    }
                }
            }
            self.checkpoint()?;
            match came {
                Turn::Worked => {
                    idle = Duration::from_millis(1);
                    full = 0;
                }
                Turn::Full => {
                    match full {
                        0..=4 => std::thread::yield_now(),
                        _ => std::thread::sleep(Duration::from_micros(50)),
                    }
                    full = full.saturating_add(1);
                }
                Turn::Idle => {
                    match &mut self.inlets[..] {
                        [only] => only.source.wait(idle),
                        _ => std::thread::sleep(idle),
                    }
                    idle = (idle * 2).min(LONGEST_IDLE);
                }
            }
        }
    }

    /// Lets the graph come to everything that it was given, and makes the last checkpoint of that.
    pub fn finish(&mut self) -> Result<(), AdapterError> {
        let mut last = false;
        while !self.failed() {
            if self.course.barrier.is_none() {
                if last {
                    return Ok(());
                }
                last = self.ask();
            }
            self.checkpoint()?;
            if self.course.barrier.is_some() {
                if self.stop.load(Ordering::Relaxed) {
                    let since = *self.course.stopped_at.get_or_insert_with(Instant::now);
                    if since.elapsed() >= STOP_WITHIN {
                        return Ok(());
                    }
                }
                std::thread::sleep(Duration::from_micros(200));
            }
        }
        Ok(())
    }

    fn failed(&self) -> bool {
        self.errors.is_set() || self.graph.stopped()
    }

    /// What one source has, at most a batch of it.
    fn turn(&mut self, at: usize, notify: &mut dyn FnMut(Notice)) -> Result<Turn, AdapterError> {
        let mut turn = Turn::Idle;
        for _ in 0..BATCH {
            if self.wiring.max_messages == Some(self.course.taken) {
                break;
            }
            let inlet = &mut self.inlets[at];
            if inlet.ended {
                break;
            }
            if inlet.ahead.is_none() {
                match inlet.source.next()? {
                    Next::Record(range) => inlet.ahead = Some(Ahead::Record(range)),
                    Next::TooLarge(large) => {
                        if self.wiring.too_large == TooLarge::Stop {
                            return Err(large.stops(self.wiring.max_record));
                        }
                        inlet.ahead = Some(Ahead::Large(large));
                    }
                    Next::Moved { truncated, notice } => {
                        self.course.truncations += u64::from(truncated);
                        inlet.place.clone_from(inlet.source.place());
                        self.course.moved = true;
                        if let Some(notice) = notice {
                            notify(notice);
                        }
                        turn = Turn::Worked;
                        continue;
                    }
                    Next::Idle => break,
                    Next::End => {
                        inlet.ended = true;
                        break;
                    }
                }
            }
            if !self.take(at)? {
                turn = if turn == Turn::Idle { Turn::Full } else { turn };
                break;
            }
            self.course.taken += 1;
            self.course.moved = true;
            turn = Turn::Worked;
        }
        if turn != Turn::Idle {
            self.inlets[at].ingress.flush();
        }
        Ok(turn)
    }

    /// Gives the graph what was read. False: there is no room for it now.
    fn take(&mut self, at: usize) -> Result<bool, AdapterError> {
        let inlet = &mut self.inlets[at];
        match &inlet.ahead {
            None => return Ok(true),
            Some(Ahead::Record(range)) => {
                let bytes = inlet.source.bytes(range.clone());
                match inlet.ingress.try_append(bytes) {
                    Ok(()) => {}
                    Err(PublishError::Full | PublishError::Stopped) => return Ok(false),
                    Err(error) => {
                        return Err(AdapterError::new(
                            "E_REGION_DAMAGED",
                            error.to_string(),
                            "find out which process wrote into the lanes, and start again: the run \
                             goes on from the last checkpoint",
                        ));
                    }
                }
            }
            Some(Ahead::Large(large)) => {
                let passed = inlet.ingress.passed();
                if !self.assembly.rejects.take_large(passed, large)? {
                    return Ok(false);
                }
                inlet.ingress.count_reject(large.size() as usize);
            }
        }
        inlet.ahead = None;
        inlet.place.clone_from(inlet.source.place());
        Ok(true)
    }

    /// Takes the checkpoint that is whole, and asks for the next one when it is time.
    fn checkpoint(&mut self) -> Result<(), AdapterError> {
        if let Some(barrier) = &self.course.barrier {
            let whole = self.graph.checkpoint();
            if let Some(whole) = whole.filter(|whole| whole.barrier == barrier.number) {
                self.take_whole(&whole)?;
            }
        }
        if self.course.barrier.is_none()
            && (self.course.moved || self.assembly.is_due())
            && self.course.asked_at.elapsed() >= self.wiring.save_every
        {
            self.ask();
        }
        Ok(())
    }

    /// Puts a barrier into every ingress, where they stand now.
    fn ask(&mut self) -> bool {
        if !self.graph.ask_checkpoint() {
            return false;
        }
        self.course.barriers += 1;
        self.course.asked_at = Instant::now();
        self.course.moved = false;
        self.inlets.iter_mut().for_each(|one| one.ingress.flush());
        self.course.barrier = Some(OnItsWay {
            number: self.course.barriers,
            places: self.inlets.iter().map(|one| one.place.clone()).collect(),
            truncations: self.course.truncations,
        });
        true
    }

    fn take_whole(&mut self, whole: &Arc<GraphCheckpoint>) -> Result<(), AdapterError> {
        let Some(barrier) = self.course.barrier.take() else {
            return Ok(());
        };
        let ids = self.inlets.iter().map(|inlet| inlet.ingress.id());
        let places = ids.zip(barrier.places).map(|(id, place)| {
            let counts = whole.counts.endpoints.get(id).copied();
            (id.to_owned(), counts.unwrap_or_default(), place)
        });
        let places = GraphPlace(places.collect());
        let progress = self.assembly.progress(whole, places, barrier.truncations)?;
        *relock(self.flushed) = progress;
        Ok(())
    }
}
