//! Words that readers sleep on until a writer wakes them.

use core::mem::offset_of;
use core::sync::atomic::AtomicU32;

use indexbus_abi::{INDEXBUS_CAP_SUPPORTS_BLOCKING, LayoutHeader, WakeLine, WakeSection as Layout};

use crate::Error;
use crate::primitive::WakeWords;
use crate::raw::{View, Word32};
use crate::region::read_header;

/// A word that readers sleep on until a writer wakes them, in memory that is borrowed for `'m`.
/// [How a lane uses it](crate::wait).
#[derive(Clone, Copy, Debug)]
pub struct WakeWord<'m> {
    words: WakeWords<Word32<'m>>,
}

impl<'m> WakeWord<'m> {
    fn new(view: View<'m>, at: usize) -> Self {
        Self {
            words: WakeWords {
                sequence: view.word(at + offset_of!(WakeLine, sequence)),
                sleepers: view.word(at + offset_of!(WakeLine, sleepers)),
            },
        }
    }

    /// Wakes all who sleep on it, after something was made visible that they may wait for. Once a
    /// batch.
    ///
    /// Without `std` who sleeps finds out at the end of its sleep.
    #[inline]
    pub fn wake(&self) {
        if self.words.must_wake() {
            self.wake_sleepers();
        }
    }

    #[cold]
    fn wake_sleepers(&self) {
        #[cfg(feature = "std")]
        {
            // Refused or unsupported: then nobody sleeps on it, and their sleeps are short.
            let _ = indexbus_wake::wake_all(self.words.sequence.atomic());
        }
    }

    /// Sleeps until somebody wakes the word, at most 10 ms, unless `ready` says that there is no need.
    /// Answers false, at once, where the system or the build has no such sleep.
    pub(crate) fn rest(&self, ready: &mut dyn FnMut() -> bool) -> bool {
        #[cfg(feature = "std")]
        {
            self.sleep(ready, core::time::Duration::from_millis(10))
        }
        #[cfg(not(feature = "std"))]
        {
            let _ = ready;
            false
        }
    }

    /// Sleeps until somebody wakes the word, at most as long as `most`, unless `ready` says that there
    /// is no need. Answers false, at once, where the system has no such sleep.
    #[cfg(feature = "std")]
    pub(super) fn sleep(
        &self,
        ready: &mut dyn FnMut() -> bool,
        most: core::time::Duration,
    ) -> bool {
        use indexbus_wake::WaitError;

        let sequence = self.words.announce();
        if ready() {
            return true;
        }
        let word = self.words.sequence.atomic();
        #[cfg(feature = "fail-points")]
        let most = super::lost_wakes::limit(most);
        match indexbus_wake::wait_u32_eq(word, sequence, Some(most)) {
            Ok(()) => true,
            Err(WaitError::TimedOut) => {
                #[cfg(feature = "fail-points")]
                super::lost_wakes::ran_out(ready());
                true
            }
            Err(WaitError::Unsupported | WaitError::Refused(_)) => false,
        }
    }
}

/// A wake word for the threads of one process, alone on its cache line.
#[derive(Debug, Default)]
#[repr(align(64))]
pub struct WakeCell {
    sequence: AtomicU32,
    sleepers: AtomicU32,
}

impl WakeCell {
    /// A word that nobody sleeps on.
    pub const fn new() -> Self {
        Self {
            sequence: AtomicU32::new(0),
            sleepers: AtomicU32::new(0),
        }
    }

    /// The word.
    #[inline]
    pub fn word(&self) -> WakeWord<'_> {
        WakeWord {
            words: WakeWords {
                sequence: Word32::of(&self.sequence),
                sleepers: Word32::of(&self.sleepers),
            },
        }
    }
}

/// The wake words of one queue of a region: its consumers sleep on one, its producers on the other.
#[derive(Clone, Copy, Debug)]
pub struct WakeSection<'m> {
    /// Consumers sleep here while there is nothing; whoever publishes wakes it.
    pub consumers: WakeWord<'m>,
    /// Producers sleep here while there is no room; whoever frees wakes it.
    pub producers: WakeWord<'m>,
}

impl<'m> WakeSection<'m> {
    /// Bytes that the sections of `queues` queues add to a layout.
    pub const fn bytes_of(queues: usize) -> usize {
        queues * size_of::<Layout>()
    }

    /// The section of the queue `n` of a region whose layout without sections has `layout_bytes`
    /// bytes, a multiple of 64. The queues are counted in the order of the layout.
    ///
    /// `IncompatibleLayout` where the region has none: it was created without.
    pub fn attach(view: View<'m>, layout_bytes: usize, n: usize) -> Result<Self, Error> {
        let at = layout_bytes + Self::bytes_of(n);
        let end = at + size_of::<Layout>();
        let header = read_header(view).ok_or(Error::IncompatibleLayout)?;
        let there = header.capabilities & INDEXBUS_CAP_SUPPORTS_BLOCKING != 0
            && header.layout_bytes as usize >= end
            && view.bytes() >= end;
        if !there {
            return Err(Error::IncompatibleLayout);
        }
        Ok(Self::at(view, at))
    }

    /// For whoever creates a region: where the memory has room for the sections of `queues` queues
    /// behind the layout that `header` tells of, they are initialized, and the header that comes back
    /// tells of them too. Else it comes back as it was.
    pub fn init_behind(view: View<'m>, mut header: LayoutHeader, queues: usize) -> LayoutHeader {
        let at = header.layout_bytes as usize;
        let bytes = Self::bytes_of(queues);
        if view.bytes() < at + bytes {
            return header;
        }
        for n in 0..queues {
            let section = Self::at(view, at + Self::bytes_of(n));
            section.consumers.words.init();
            section.producers.words.init();
        }
        header.capabilities |= INDEXBUS_CAP_SUPPORTS_BLOCKING;
        header.layout_bytes += bytes as u32;
        header
    }

    fn at(view: View<'m>, at: usize) -> Self {
        Self {
            consumers: WakeWord::new(view, at + offset_of!(Layout, consumers)),
            producers: WakeWord::new(view, at + offset_of!(Layout, producers)),
        }
    }
}
