//! How far the model checkers go: bounded by themselves, for as long as they are given under
//! `cargo xtask deep`.

use std::fs;
use std::panic::Location;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use indexbus_proof::{did, folder, given, rounds};

/// Interleavings between two looks at the clock, and between two notes of how far loom came.
const AT_ONCE: usize = 1_000;
/// Random interleavings of a model that isn't given time, and of a round of one that is.
const RANDOM: usize = 1_000;
/// Calls of [`every`] and [`random`] that a test has at most: each gets its part of the time.
const CALLS: u32 = 4;

/// All interleavings with at most `preemptions` switches that no thread asked for. The model answers
/// whether it came to its end; tries are bounded, so not each does, but some have to.
///
/// With time that it is given, it goes on from where it was the last time, and when it is through,
/// begins with one switch more.
#[track_caller]
pub fn every(preemptions: usize, model: impl Fn() -> bool + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.max_branches = 10_000;
    // Not within the closure, where it would be a place of this file.
    let place = Location::caller();
    let progress = folder().map(|folder| Progress::of(folder, preemptions, place));
    if let Some(progress) = &progress {
        builder.preemption_bound = Some(progress.preemptions);
        builder.checkpoint_file = Some(progress.path());
        builder.checkpoint_interval = AT_ONCE;
        builder.max_duration = given().map(|time| time / CALLS);
    }
    let ended = Arc::new(AtomicBool::new(false));
    let tried = Arc::new(AtomicU64::new(0));
    let seen = (Arc::clone(&ended), Arc::clone(&tried));
    builder.check(move || {
        if model() {
            seen.0.store(true, Ordering::Relaxed);
        }
        if seen.1.fetch_add(1, Ordering::Relaxed) % AT_ONCE as u64 == AT_ONCE as u64 - 1 {
            did("interleavings", AT_ONCE as u64);
        }
    });
    let tried = tried.load(Ordering::Relaxed);
    did("interleavings", tried % AT_ONCE as u64);
    match progress {
        // It returns by itself at a multiple of the interval only; anywhere else it is through. One
        // that ends just there begins anew, which is only slow.
        Some(progress) if !(tried + 1).is_multiple_of(AT_ONCE as u64) => progress.through(),
        Some(_) => {}
        None => assert!(ended.load(Ordering::Relaxed), "no run came to its end"),
    }
}

/// How far loom came with one model, in files that are named after the place that asks for it.
struct Progress {
    preemptions: usize,
    stem: PathBuf,
}

impl Progress {
    fn of(folder: PathBuf, least: usize, place: &Location<'_>) -> Self {
        let stem = folder.join(format!("loom-{}-{}", place.line(), place.column()));
        let noted = fs::read_to_string(stem.with_extension("preemptions"));
        let preemptions = noted.map_or(least, |text| text.trim().parse().unwrap());
        Self { preemptions, stem }
    }

    fn path(&self) -> PathBuf {
        self.stem.with_extension("checkpoint")
    }

    fn through(self) {
        let _ = fs::remove_file(self.path()); // there is none where it took few tries
        let next = (self.preemptions + 1).to_string();
        fs::write(self.stem.with_extension("preemptions"), next).unwrap();
        did("models through at a bound", 1);
    }
}

/// A thousand random interleavings, of which some come to their end.
pub fn random(model: impl Fn() -> bool + Send + Sync + 'static) {
    let ended = Arc::new(AtomicBool::new(false));
    let model = Arc::new(model);
    for round in rounds("thousands of schedules", 1).shared_by(CALLS) {
        let (seen, model) = (Arc::clone(&ended), Arc::clone(&model));
        // Its own seed each time, which a failure prints.
        let scheduler = shuttle::scheduler::RandomScheduler::new_from_seed(round, RANDOM);
        shuttle::Runner::new(scheduler, shuttle::Config::new()).run(move || {
            if model() {
                seen.store(true, Ordering::Relaxed);
            }
        });
    }
    assert!(ended.load(Ordering::Relaxed), "no run came to its end");
}
