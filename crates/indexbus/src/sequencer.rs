//! The sequencer: one producer claims and publishes, consumers wait on barriers and move gating.
//!
//! Sequences start at 1; 0 means none. The slowest gating sequence bounds the producer to
//! `capacity` ahead, so a consumer that stopped finally stops the producer (reference: IndexBus,
//! section 6). One atomic store publishes a whole batch.

use core::ptr::NonNull;

use indexbus_abi::{
    INDEXBUS_CAP_SUPPORTS_SEQUENCER, INDEXBUS_INITIALIZED, INDEXBUS_INITIALIZING,
    INDEXBUS_REGION_KIND_SEQUENCER, INDEXBUS_SEQUENCER_CONSUMERS, LayoutHeader, SequencerLayout4,
};

use crate::Error;
use crate::raw::{Word64, word32, word64};
use crate::region::{check_header, write_header};

/// Up to four gating sequences, of which the smallest counts.
#[derive(Clone, Copy, Debug)]
pub struct GatingSet {
    cells: [Option<Word64>; INDEXBUS_SEQUENCER_CONSUMERS],
}

impl GatingSet {
    /// The set of `cells`; those after the fourth are refused.
    pub fn new(cells: impl IntoIterator<Item = Word64>) -> Result<Self, Error> {
        let mut set = [None; INDEXBUS_SEQUENCER_CONSUMERS];
        for (n, cell) in cells.into_iter().enumerate() {
            *set.get_mut(n).ok_or(Error::IncompatibleLayout)? = Some(cell);
        }
        Ok(Self { cells: set })
    }

    /// The smallest sequence of the set, `None` if it is empty.
    #[inline]
    pub fn minimum(&self) -> Option<u64> {
        self.cells.iter().flatten().map(Word64::acquire).min()
    }
}

/// The one producer of a ring of `capacity` entries.
#[derive(Debug)]
pub struct Sequencer {
    cursor: Word64,
    consumers: GatingSet,
    capacity: u64,
    claimed: u64,
    published: u64,
    seen: u64,
}

impl Sequencer {
    /// Takes up at the present cursor.
    pub fn new(cursor: Word64, consumers: GatingSet, capacity: u64) -> Self {
        let published = cursor.acquire();
        let seen = published.saturating_sub(capacity);
        Self {
            cursor,
            consumers,
            capacity,
            claimed: published,
            published,
            seen,
        }
    }

    /// Claims the next sequence, without making it visible.
    ///
    /// `Full` if that would pass the slowest consumer by more than the capacity. A gating sequence
    /// beyond what was published can't be true and is `IncompatibleLayout`.
    #[inline]
    pub fn try_claim(&mut self) -> Result<u64, Error> {
        let next = self.claimed + 1;
        let wrap = next.saturating_sub(self.capacity);
        if wrap > self.seen {
            let minimum = self.consumers.minimum().unwrap_or(self.published);
            if minimum > self.published {
                return Err(Error::IncompatibleLayout);
            }
            self.seen = minimum;
            if wrap > minimum {
                return Err(Error::Full);
            }
        }
        self.claimed = next;
        Ok(next)
    }

    /// Takes back the sequence that was claimed last and is not yet published.
    pub fn unclaim(&mut self) {
        if self.claimed > self.published {
            self.claimed -= 1;
        }
    }

    /// Makes all claimed sequences visible, by one store. Returns the cursor.
    #[inline]
    pub fn publish(&mut self) -> u64 {
        if self.claimed != self.published {
            self.cursor.release(self.claimed);
            self.published = self.claimed;
        }
        self.published
    }

    /// Highest sequence that was published.
    pub fn published(&self) -> u64 {
        self.published
    }

    /// Highest sequence that was claimed.
    pub fn claimed(&self) -> u64 {
        self.claimed
    }
}

/// What a consumer waits for: the cursor, and the consumers that come before it.
#[derive(Clone, Copy, Debug)]
pub struct Barrier {
    cursor: Word64,
    before: GatingSet,
}

impl Barrier {
    /// A barrier over the cursor alone, or over those that come before as well.
    pub fn new(cursor: Word64, before: GatingSet) -> Self {
        Self { cursor, before }
    }

    /// Highest sequence that may be processed.
    ///
    /// `IncompatibleLayout` where a consumer before claims to be ahead of the cursor: someone
    /// scribbled over the region, and going on would process what that consumer has not seen.
    #[inline]
    pub fn available(&self) -> Result<u64, Error> {
        let mut slowest = None;
        let mut fastest = 0;
        for cell in self.before.cells.iter().flatten() {
            let done = cell.acquire();
            slowest = Some(slowest.map_or(done, |slowest: u64| slowest.min(done)));
            fastest = fastest.max(done);
        }
        // Read after the cells: the cursor only grows, so a true gating sequence is never ahead.
        let cursor = self.cursor.acquire();
        if fastest > cursor {
            return Err(Error::IncompatibleLayout);
        }
        Ok(slowest.unwrap_or(cursor))
    }
}

/// One consumer: its barrier and its own gating sequence.
#[derive(Debug)]
pub struct Consumer {
    barrier: Barrier,
    gating: Word64,
    capacity: u64,
    done: u64,
}

impl Consumer {
    /// Takes up at the present gating sequence.
    pub fn new(barrier: Barrier, gating: Word64, capacity: u64) -> Self {
        let done = gating.acquire();
        Self {
            barrier,
            gating,
            capacity,
            done,
        }
    }

    /// First and last sequence that are ready, at most `limit` of them; `None` if none is.
    ///
    /// More than `capacity` ready ones can't be, and are `IncompatibleLayout`.
    #[inline]
    pub fn poll(&self, limit: u64) -> Result<Option<(u64, u64)>, Error> {
        let available = self.barrier.available()?;
        if available <= self.done {
            return Ok(None);
        }
        if available - self.done > self.capacity {
            return Err(Error::IncompatibleLayout);
        }
        Ok(Some((self.done + 1, available.min(self.done + limit))))
    }

    /// Moves the gating sequence to `sequence`, by one store; never backwards.
    #[inline]
    pub fn advance(&mut self, sequence: u64) {
        if sequence > self.done {
            self.done = sequence;
            self.gating.release(sequence);
        }
    }

    /// Highest sequence that this consumer is done with.
    pub fn done(&self) -> u64 {
        self.done
    }
}

/// Pointers into a sequencer region.
#[derive(Clone, Copy, Debug)]
pub struct SequencerPtr(NonNull<u8>);

impl SequencerPtr {
    /// Writes a fresh sequencer into zeroed memory.
    ///
    /// # Safety
    /// `base` is aligned to 64 and valid for `size_of::<SequencerLayout4>()` bytes as long as the
    /// value is used; all other access is atomic.
    pub unsafe fn init(base: NonNull<u8>) -> Self {
        // SAFETY: the region is ours until `initialized` is 2, by the caller.
        unsafe {
            word32(base, 16).release(INDEXBUS_INITIALIZING);
            write_header(
                base,
                LayoutHeader::new_v1_with_layout_bytes(
                    INDEXBUS_CAP_SUPPORTS_SEQUENCER,
                    INDEXBUS_REGION_KIND_SEQUENCER,
                    size_of::<SequencerLayout4>() as u32,
                ),
            );
            word64(base, core::mem::offset_of!(SequencerLayout4, cursor)).set(0);
            let this = Self(base);
            for n in 0..INDEXBUS_SEQUENCER_CONSUMERS {
                this.cell(n).set(0);
            }
            word32(base, 16).release(INDEXBUS_INITIALIZED);
            this
        }
    }

    /// Validates a sequencer region.
    ///
    /// # Safety
    /// As [`SequencerPtr::init`], for `mapped` bytes.
    pub unsafe fn attach(base: NonNull<u8>, mapped: usize) -> Result<Self, Error> {
        // SAFETY: by the caller.
        unsafe {
            check_header(
                base,
                mapped,
                INDEXBUS_REGION_KIND_SEQUENCER,
                INDEXBUS_CAP_SUPPORTS_SEQUENCER,
                size_of::<SequencerLayout4>(),
            )?;
        }
        let this = Self(base);
        let cursor = this.cursor().acquire();
        for n in 0..INDEXBUS_SEQUENCER_CONSUMERS {
            if this.cell(n).acquire() > cursor {
                return Err(Error::IncompatibleLayout);
            }
        }
        Ok(this)
    }

    /// The cursor.
    pub fn cursor(&self) -> Word64 {
        // SAFETY: within the layout, by `init` or `attach`.
        unsafe { word64(self.0, core::mem::offset_of!(SequencerLayout4, cursor)) }
    }

    fn cell(&self, consumer: usize) -> Word64 {
        let at = core::mem::offset_of!(SequencerLayout4, gating) + 64 * consumer;
        // SAFETY: callers pass less than the number of consumers.
        unsafe { word64(self.0, at) }
    }

    /// The gating cell of `consumer`, 0 to 3.
    pub fn gating(&self, consumer: usize) -> Result<Word64, Error> {
        if consumer < INDEXBUS_SEQUENCER_CONSUMERS {
            Ok(self.cell(consumer))
        } else {
            Err(Error::IncompatibleLayout)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};

    /// Zeroed memory for one region, reached through its address only.
    struct Memory(NonNull<u8>);

    const LAYOUT: Layout = Layout::new::<SequencerLayout4>();

    impl Drop for Memory {
        fn drop(&mut self) {
            // SAFETY: allocated with this layout.
            unsafe { dealloc(self.0.as_ptr(), LAYOUT) };
        }
    }

    fn fresh() -> (Memory, NonNull<u8>) {
        // SAFETY: the layout has a size.
        let memory = unsafe { alloc_zeroed(LAYOUT) };
        let base = NonNull::new(memory).unwrap_or_else(|| handle_alloc_error(LAYOUT));
        (Memory(base), base)
    }

    #[test]
    fn the_producer_never_passes_the_slowest_consumer_by_more_than_the_capacity() {
        let (_memory, base) = fresh();
        // SAFETY: aligned memory of our own.
        let region = unsafe { SequencerPtr::init(base) };
        let cells = [region.gating(0).unwrap(), region.gating(1).unwrap()];
        let mut producer = Sequencer::new(region.cursor(), GatingSet::new(cells).unwrap(), 4);
        let none = GatingSet::new([]).unwrap();
        let mut first = Consumer::new(Barrier::new(region.cursor(), none), cells[0], 4);
        let after = GatingSet::new([cells[0]]).unwrap();
        let mut second = Consumer::new(Barrier::new(region.cursor(), after), cells[1], 4);

        for expected in 1..=4 {
            assert_eq!(producer.try_claim(), Ok(expected));
        }
        assert_eq!(producer.try_claim(), Err(Error::Full));
        assert_eq!(first.poll(10), Ok(None), "claimed is not published");
        assert_eq!(producer.publish(), 4);
        assert_eq!(first.poll(3), Ok(Some((1, 3))));
        assert_eq!(second.poll(10), Ok(None), "the second waits for the first");
        first.advance(3);
        assert_eq!(second.poll(10), Ok(Some((1, 3))));
        assert_eq!(
            producer.try_claim(),
            Err(Error::Full),
            "the second still holds 1"
        );
        second.advance(1);
        assert_eq!(producer.try_claim(), Ok(5));
        assert_eq!(producer.try_claim(), Err(Error::Full));
    }

    #[test]
    fn a_gating_sequence_that_cannot_be_true_is_refused_by_the_producer() {
        let (_memory, base) = fresh();
        // SAFETY: aligned memory of our own.
        let region = unsafe { SequencerPtr::init(base) };
        let cell = region.gating(0).unwrap();
        let mut producer = Sequencer::new(region.cursor(), GatingSet::new([cell]).unwrap(), 1);
        assert_eq!(producer.try_claim(), Ok(1));
        producer.publish();
        cell.set(u64::MAX);
        assert_eq!(producer.try_claim(), Err(Error::IncompatibleLayout));
    }

    #[test]
    fn a_cursor_that_cannot_be_true_is_refused_by_the_consumer() {
        let (_memory, base) = fresh();
        // SAFETY: aligned memory of our own.
        let region = unsafe { SequencerPtr::init(base) };
        let barrier = Barrier::new(region.cursor(), GatingSet::new([]).unwrap());
        let consumer = Consumer::new(barrier, region.gating(0).unwrap(), 4);
        region.cursor().set(5);
        assert_eq!(consumer.poll(1), Err(Error::IncompatibleLayout));
        assert!(region.gating(4).is_err());
    }

    #[test]
    fn a_consumer_that_claims_to_be_ahead_of_the_cursor_stops_those_who_wait_for_it() {
        let (_memory, base) = fresh();
        // SAFETY: aligned memory of our own.
        let region = unsafe { SequencerPtr::init(base) };
        let cells = [region.gating(0).unwrap(), region.gating(1).unwrap()];
        let barrier = Barrier::new(region.cursor(), GatingSet::new(cells).unwrap());
        let consumer = Consumer::new(barrier, region.gating(2).unwrap(), 4);
        region.cursor().set(2);
        cells[0].set(2);
        cells[1].set(1);
        assert_eq!(consumer.poll(4), Ok(Some((1, 1))));
        cells[0].set(3);
        assert_eq!(consumer.poll(4), Err(Error::IncompatibleLayout));
    }

    #[test]
    fn attaching_refuses_a_region_that_is_not_ready_or_not_a_sequencer() {
        let (_memory, base) = fresh();
        let bytes = size_of::<SequencerLayout4>();
        // SAFETY: aligned memory of our own, here and below.
        unsafe {
            assert_eq!(
                SequencerPtr::attach(base, bytes).err(),
                Some(Error::NotInitialized)
            );
            SequencerPtr::init(base);
            assert!(SequencerPtr::attach(base, bytes).is_ok());
            assert_eq!(
                SequencerPtr::attach(base, 128).err(),
                Some(Error::IncompatibleLayout)
            );
            word32(base, 16).set(INDEXBUS_INITIALIZING);
            assert_eq!(
                SequencerPtr::attach(base, bytes).err(),
                Some(Error::NotInitialized)
            );
            SequencerPtr::init(base).gating(2).unwrap().set(1);
            assert_eq!(
                SequencerPtr::attach(base, bytes).err(),
                Some(Error::IncompatibleLayout)
            );
        }
    }
}
