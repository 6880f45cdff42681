//! The sequencer region: a cursor and four gating cells, no payload.

use core::mem::offset_of;
use core::sync::atomic::Ordering;

use indexbus_abi::{
    INDEXBUS_CAP_SUPPORTS_SEQUENCER, INDEXBUS_INITIALIZED, INDEXBUS_INITIALIZING,
    INDEXBUS_REGION_KIND_SEQUENCER, INDEXBUS_SEQUENCER_CONSUMERS, LayoutHeader, SequencerLayout4,
};

use crate::Error;
use crate::raw::{Row, View, Word64};
use crate::region::{check_header, initialized, write_header};

/// The words of a sequencer region that is borrowed for `'m`.
#[derive(Clone, Copy, Debug)]
pub struct SequencerCell<'m> {
    cursor: Word64<'m>,
    gating: Row<'m, u64, INDEXBUS_SEQUENCER_CONSUMERS>,
}

impl<'m> SequencerCell<'m> {
    fn new(view: View<'m>) -> Self {
        Self {
            cursor: view.word(offset_of!(SequencerLayout4, cursor)),
            gating: view.row(offset_of!(SequencerLayout4, gating), 64),
        }
    }

    /// Over a layout on the heap, which is initialized.
    pub fn init_mut(layout: &'m mut SequencerLayout4) -> Result<Self, Error> {
        let base = core::ptr::NonNull::from(layout).cast();
        // SAFETY: a whole layout, borrowed exclusively for as long as the view.
        Self::init(unsafe { View::new(base, size_of::<SequencerLayout4>()) })
    }

    /// Writes a fresh sequencer: `initialized` goes 0 → 1 → 2. Nobody else uses the memory yet.
    pub fn init(view: View<'m>) -> Result<Self, Error> {
        let bytes = size_of::<SequencerLayout4>();
        let word = initialized(view).filter(|_| view.bytes() >= bytes);
        let word = word.ok_or(Error::IncompatibleLayout)?;
        word.store(INDEXBUS_INITIALIZING, Ordering::Release);
        let header = LayoutHeader::new_v1_with_layout_bytes(
            INDEXBUS_CAP_SUPPORTS_SEQUENCER,
            INDEXBUS_REGION_KIND_SEQUENCER,
            bytes as u32,
        );
        write_header(view, header);
        let this = Self::new(view);
        this.cursor.store(0, Ordering::Relaxed);
        for n in 0..INDEXBUS_SEQUENCER_CONSUMERS {
            this.gating.at(n).store(0, Ordering::Relaxed);
        }
        word.store(INDEXBUS_INITIALIZED, Ordering::Release);
        Ok(this)
    }

    /// Validates a sequencer region. It may be in use: a gating sequence is never ahead of the
    /// cursor, whenever one looks.
    pub fn attach(view: View<'m>) -> Result<Self, Error> {
        check_header(
            view,
            INDEXBUS_REGION_KIND_SEQUENCER,
            INDEXBUS_CAP_SUPPORTS_SEQUENCER,
            size_of::<SequencerLayout4>(),
        )?;
        let this = Self::new(view);
        // Before the cursor, which only grows.
        let fastest = (0..INDEXBUS_SEQUENCER_CONSUMERS)
            .map(|n| this.gating.at(n).load(Ordering::Acquire))
            .max();
        if fastest > Some(this.cursor.load(Ordering::Acquire)) {
            return Err(Error::Corrupted);
        }
        Ok(this)
    }

    /// The cursor; written by the one producer.
    pub fn cursor(&self) -> Word64<'m> {
        self.cursor
    }

    /// The gating cell of `consumer`, 0 to 3; written by that consumer.
    pub fn gating(&self, consumer: usize) -> Result<Word64<'m>, Error> {
        if consumer < INDEXBUS_SEQUENCER_CONSUMERS {
            Ok(self.gating.at(consumer))
        } else {
            Err(Error::Misused)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitive::{Barrier, Consumer, GatingSet, Sequencer};
    use core::ptr::NonNull;
    use std::boxed::Box;

    /// A region on the heap, reached through views only.
    struct Memory(NonNull<SequencerLayout4>);

    impl Memory {
        fn new() -> Self {
            // SAFETY: all zeroes are a layout, and it has a size.
            let layout: Box<SequencerLayout4> = unsafe { Box::new_zeroed().assume_init() };
            Self(NonNull::from(Box::leak(layout)))
        }

        fn view(&self) -> View<'_> {
            // SAFETY: a whole layout, as long as `self` is borrowed.
            unsafe { View::new(self.0.cast(), size_of::<SequencerLayout4>()) }
        }

        fn fresh(&self) -> SequencerCell<'_> {
            SequencerCell::init(self.view()).unwrap()
        }
    }

    impl Drop for Memory {
        fn drop(&mut self) {
            // SAFETY: leaked by `new`, and all views are gone.
            drop(unsafe { Box::from_raw(self.0.as_ptr()) });
        }
    }

    fn set(word: Word64<'_>, value: u64) {
        word.store(value, Ordering::Relaxed);
    }

    #[test]
    fn the_producer_never_passes_the_slowest_consumer_by_more_than_the_capacity() {
        let memory = Memory::new();
        let region = memory.fresh();
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
    fn any_gating_sequence_that_cannot_be_true_is_refused_by_the_producer() {
        for foreign in 0..2 {
            let memory = Memory::new();
            let region = memory.fresh();
            let cells = [region.gating(0).unwrap(), region.gating(1).unwrap()];
            let mut producer = Sequencer::new(region.cursor(), GatingSet::new(cells).unwrap(), 1);
            assert_eq!(producer.try_claim(), Ok(1));
            producer.publish();
            set(cells[0], 1);
            set(cells[1], 1);
            set(cells[foreign], 2);
            assert_eq!(
                producer.try_claim(),
                Err(Error::Corrupted),
                "of the two, {foreign} is ahead of the cursor, and not the smallest"
            );
        }
    }

    #[test]
    fn a_cursor_that_cannot_be_true_is_refused_by_the_consumer() {
        let memory = Memory::new();
        let region = memory.fresh();
        let barrier = Barrier::new(region.cursor(), GatingSet::new([]).unwrap());
        let mut consumer = Consumer::new(barrier, region.gating(0).unwrap(), 4);
        set(region.cursor(), 5);
        assert_eq!(consumer.poll(1), Err(Error::Corrupted), "a lap ahead");
        set(region.cursor(), 3);
        assert_eq!(consumer.poll(9), Ok(Some((1, 3))));
        consumer.advance(3);
        set(region.cursor(), 2);
        assert_eq!(consumer.poll(9), Err(Error::Corrupted), "it went back");
    }

    #[test]
    fn a_consumer_that_claims_to_be_ahead_of_the_cursor_stops_those_who_wait_for_it() {
        let memory = Memory::new();
        let region = memory.fresh();
        let cells = [region.gating(0).unwrap(), region.gating(1).unwrap()];
        let barrier = Barrier::new(region.cursor(), GatingSet::new(cells).unwrap());
        let consumer = Consumer::new(barrier, region.gating(2).unwrap(), 4);
        set(region.cursor(), 2);
        set(cells[0], 2);
        set(cells[1], 1);
        assert_eq!(consumer.poll(4), Ok(Some((1, 1))));
        set(cells[0], 3);
        assert_eq!(barrier.available(), Err(Error::Corrupted));
        assert_eq!(consumer.poll(4), Ok(Some((1, 1))), "the slowest counts");
        set(cells[1], 5);
        set(cells[0], 5);
        assert_eq!(consumer.poll(9), Err(Error::Corrupted), "more than a lap");
    }

    #[test]
    fn a_fifth_consumer_is_a_misuse_and_no_damage() {
        let memory = Memory::new();
        let region = memory.fresh();
        assert_eq!(region.gating(4).err(), Some(Error::Misused));
        let five = GatingSet::new([region.cursor(); 5]);
        assert_eq!(five.err(), Some(Error::Misused));
    }

    #[test]
    fn attaching_tells_not_ready_from_another_kind_and_from_damage() {
        let memory = Memory::new();
        let view = memory.view();
        let code = || SequencerCell::attach(view).err();
        assert_eq!(code(), Some(Error::NotInitialized));
        let region = memory.fresh();
        assert_eq!(code(), None);
        // SAFETY: a part of the region.
        let part = unsafe { View::new(memory.0.cast(), 128) };
        assert_eq!(
            SequencerCell::attach(part).err(),
            Some(Error::IncompatibleLayout)
        );
        let word = initialized(view).unwrap();
        word.store(INDEXBUS_INITIALIZING, Ordering::Relaxed);
        assert_eq!(code(), Some(Error::NotInitialized));
        word.store(INDEXBUS_INITIALIZED, Ordering::Relaxed);
        set(region.gating(2).unwrap(), 1);
        assert_eq!(code(), Some(Error::Corrupted));
    }
}
