//! Wake words: nobody sleeps through what was written.
//!
//! A sleep of the model has no time limit, so a wake that is lost is a deadlock, which both checkers
//! tell.

use indexbus::primitive::WakeWords;
use indexbus::raw::{Atomic, Ordering};

use crate::world::World;

fn words<W: World>() -> WakeWords<W::U32> {
    let words = WakeWords {
        sequence: W::u32(9),
        sleepers: W::u32(9),
    };
    words.init();
    words
}

/// What waits and wakes at one place.
struct Place<W: World> {
    words: WakeWords<W::U32>,
    bed: W::Bed,
}

impl<W: World> Clone for Place<W> {
    fn clone(&self) -> Self {
        Self {
            words: self.words.clone(),
            bed: self.bed.clone(),
        }
    }
}

impl<W: World> Place<W> {
    fn new() -> Self {
        Self {
            words: words::<W>(),
            bed: W::bed(),
        }
    }

    fn wake(&self) {
        if self.words.must_wake() {
            W::wake_all(&self.bed);
        }
    }

    /// Sleeps until `count` is another one than `seen`, and answers it.
    fn wait_for_change(&self, count: &W::U32, seen: u32) -> u32 {
        loop {
            let now = count.load(Ordering::Acquire);
            if now != seen {
                return now;
            }
            let sequence = self.words.announce();
            if count.load(Ordering::Acquire) == seen {
                W::sleep_while(&self.bed, &self.words.sequence, sequence);
            }
        }
    }
}

/// One writes `items` times and wakes after each; `readers` read until they saw the last, asleep in
/// between.
pub fn all_see_the_last<W: World>(items: u32, readers: usize) -> bool {
    let place = Place::<W>::new();
    let written = W::u32(0);
    let handles: Vec<_> = (0..readers)
        .map(|_| {
            let (place, written) = (place.clone(), written.clone());
            W::spawn(move || {
                let mut seen = 0;
                while seen < items {
                    seen = place.wait_for_change(&written, seen);
                }
            })
        })
        .collect();
    for item in 1..=items {
        written.store(item, Ordering::Release);
        place.wake();
    }
    handles.into_iter().for_each(W::join);
    true
}

/// `writers` each add one, waking the reader, who wakes them: a writer goes on only when the reader
/// saw what it wrote. So sleepers of both sides meet wakers of both.
pub fn writers_and_reader_wait_for_each_other<W: World>(writers: u32) -> bool {
    let (filled, freed) = (Place::<W>::new(), Place::<W>::new());
    let (written, seen) = (W::u32(0), W::u32(0));
    let handles: Vec<_> = (0..writers)
        .map(|_| {
            let (filled, freed) = (filled.clone(), freed.clone());
            let (written, seen) = (written.clone(), seen.clone());
            W::spawn(move || {
                let mut was = written.load(Ordering::Relaxed);
                while let Err(now) =
                    written.compare_exchange(was, was + 1, Ordering::AcqRel, Ordering::Relaxed)
                {
                    was = now;
                }
                filled.wake();
                let mut taken = seen.load(Ordering::Acquire);
                while taken <= was {
                    taken = freed.wait_for_change(&seen, taken);
                }
            })
        })
        .collect();
    let mut last = 0;
    while last < writers {
        last = filled.wait_for_change(&written, last);
        seen.store(last, Ordering::Release);
        freed.wake();
    }
    handles.into_iter().for_each(W::join);
    true
}
