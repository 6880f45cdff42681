//! Which lanes nothing more will be written to.

use std::sync::atomic::{AtomicBool, Ordering};

/// What a reader finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A record of so many bytes.
    Record(usize),
    /// The barrier of this number, with everything before it taken.
    Barrier(u64),
    /// Nothing now.
    Nothing,
    /// Nothing any more.
    Ended,
}

/// Takes from a lane whose end is told apart from it.
///
/// Whoever finds the lane empty looks whether it ended, and then at the lane once more: its writer
/// says that it ended after everything was made visible, so with that seen, empty means that nothing
/// comes any more.
#[inline]
pub(super) fn look<L, E>(
    lane: &mut L,
    mut take: impl FnMut(&mut L) -> Result<Found, E>,
    ended: impl FnOnce(&L) -> bool,
) -> Result<Found, E> {
    match take(lane)? {
        Found::Nothing if ended(lane) => Ok(match take(lane)? {
            Found::Nothing => Found::Ended,
            found => found,
        }),
        found => Ok(found),
    }
}

/// A flag for each lane, set by its writer behind the last record.
#[derive(Debug)]
pub(super) struct Ended(Box<[AtomicBool]>);

impl Ended {
    pub(super) fn new(lanes: usize) -> Self {
        Self((0..lanes).map(|_| AtomicBool::new(false)).collect())
    }

    pub(super) fn end(&self, lane: usize) {
        self.0[lane].store(true, Ordering::Release);
    }

    #[inline]
    pub(super) fn has(&self, lane: usize) -> bool {
        self.0[lane].load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use shuttle::sync::Arc;
    use shuttle::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::super::schedules::thousands;
    use super::*;

    /// A writer that makes `records` visible, some of them at once, and then ends.
    fn read_to_the_end(records: usize, at_once: usize) {
        let (visible, ended) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicBool::new(false)),
        );
        let writer = {
            let (visible, ended) = (Arc::clone(&visible), Arc::clone(&ended));
            shuttle::thread::spawn(move || {
                for written in 1..=records {
                    if written % at_once == 0 || written == records {
                        visible.store(written, Ordering::Release);
                    }
                }
                ended.store(true, Ordering::Release);
            })
        };
        let mut read = 0;
        loop {
            let take = |read: &mut usize| -> Result<Found, ()> {
                if *read == visible.load(Ordering::Acquire) {
                    return Ok(Found::Nothing);
                }
                *read += 1;
                Ok(Found::Record(*read))
            };
            match look(&mut read, take, |_| ended.load(Ordering::Acquire)) {
                Ok(Found::Record(number)) => assert!(number <= records),
                Ok(Found::Nothing) => shuttle::thread::yield_now(),
                Ok(Found::Ended) => break,
                Ok(Found::Barrier(_)) => unreachable!("none was put"),
                Err(()) => unreachable!("taking does not fail"),
            }
        }
        assert_eq!(read, records, "the end was seen before the last record");
        writer.join().unwrap();
    }

    #[test]
    fn the_end_is_never_seen_before_the_last_record() {
        for (records, at_once) in [(0, 1), (1, 1), (3, 1), (5, 2)] {
            thousands(move || read_to_the_end(records, at_once));
        }
    }
}
