//! The sequence lock.

use indexbus::primitive::{SeqLock, SeqLockWriter};
use indexbus::raw::{Atomic, Ordering};

use crate::world::{Row, World};

/// A writer overwrites two words `writes` times, and a reader looks `tries` times: what it gets is
/// one write, whole, never an older one than before. A writer that takes over in the middle of a
/// write goes on.
pub fn never_torn<W: World>(writes: u64, tries: usize) -> bool {
    let sequence = W::u64(0);
    let words = Row::new(2, || W::u64(0));
    let lock = SeqLock {
        sequence: sequence.clone(),
    };
    let written = words.clone();
    let writing = lock.clone();
    let writer = W::spawn(move || {
        let mut writer: SeqLockWriter<_> = writing.writer();
        for n in 1..=writes {
            let at = writer.write(|| {
                written.word(0).store(n, Ordering::Relaxed);
                written.word(1).store(n, Ordering::Relaxed);
            });
            assert_eq!(at, 2 * n);
        }
    });
    let mut last = 0;
    for _ in 0..tries {
        let seen = lock.read(|sequence| {
            let value = |n| words.word(n).load(Ordering::Relaxed);
            (sequence, value(0), value(1))
        });
        match seen {
            Some((sequence, first, second)) => {
                assert_eq!((first, second), (sequence / 2, sequence / 2), "torn");
                assert!(sequence >= last, "it went back");
                last = sequence;
            }
            None => W::yield_now(),
        }
    }
    W::join(writer);
    assert_eq!(lock.sequence(), 2 * writes);
    sequence.store(2 * writes + 1, Ordering::Relaxed);
    assert_eq!(lock.read(|_| ()), None, "it is being written");
    assert_eq!(lock.clone().writer().write(|| ()), 2 * writes + 2);
    last == 2 * writes
}
