//! The state stream: the newest value, overwritten in place.
//!
//! One publisher, any number of sampling readers. A sequence lock tells a reader that its copy may be
//! torn; it is thrown away and the value is looked at again, a bounded number of times.

use core::mem::offset_of;
use core::ptr::NonNull;
use core::sync::atomic::Ordering;

use indexbus_abi::{
    INDEXBUS_CAP_SUPPORTS_STATE, INDEXBUS_REGION_KIND_STATE, LayoutHeader, StateLayout,
};

use crate::Error;
use crate::primitive::{SeqLock, SeqLockWriter};
use crate::raw::{LostMark, Payloads, View, Word32, Word64};
use crate::region::{check_kind, write_header};

// The offsets of every size are those of this one.
type Any = StateLayout<0>;

/// Looks at a value that is being written before [`StateReader::sample_into`] gives up.
pub const SAMPLE_LOOKS: u32 = 1_000;

/// A state region that is borrowed for `'m`, and that both ends come from. `MAX` is the most bytes
/// of a value; 256 is the v1 layout.
#[derive(Clone, Copy, Debug)]
pub struct StateLayoutCell<'m, const MAX: usize> {
    sequence: Word64<'m>,
    len: Word32<'m>,
    value: Payloads<'m, 1>,
    lost: LostMark,
}

impl<'m, const MAX: usize> StateLayoutCell<'m, MAX> {
    /// Initializes a layout on the heap.
    pub fn init_mut(layout: &'m mut StateLayout<MAX>) -> Result<Self, Error> {
        let base = NonNull::from(layout).cast();
        // SAFETY: a whole layout, borrowed exclusively for as long as the view.
        let view = unsafe { View::new(base, size_of::<StateLayout<MAX>>()) };
        init_state_memory::<MAX>(view)?;
        Ok(Self::new(view))
    }

    fn new(view: View<'m>) -> Self {
        Self {
            sequence: view.word(offset_of!(Any, seq)),
            len: view.word(offset_of!(Any, len)),
            // The layout's size is a multiple of 64, so its last word is whole.
            value: view.payloads(offset_of!(Any, data), 0, MAX.next_multiple_of(8)),
            lost: view.lost(),
        }
    }
}

/// Initializes a state region of values up to `MAX` bytes in the memory of a transport, which nobody
/// else uses yet. The header comes last: a region that has one can be used.
pub fn init_state_memory<const MAX: usize>(view: View<'_>) -> Result<(), Error> {
    let bytes = size_of::<StateLayout<MAX>>();
    if view.bytes() < bytes {
        return Err(Error::IncompatibleLayout);
    }
    let cell = StateLayoutCell::<MAX>::new(view);
    cell.len.store(0, Ordering::Relaxed);
    cell.sequence.store(0, Ordering::Relaxed);
    let header = LayoutHeader::new_v1_with_layout_bytes(
        INDEXBUS_CAP_SUPPORTS_STATE,
        INDEXBUS_REGION_KIND_STATE,
        bytes as u32,
    );
    core::sync::atomic::fence(Ordering::Release);
    write_header(view, header);
    Ok(())
}

/// Attaches to a state region of values up to `MAX` bytes, which may be in use. A header
/// that isn't written, or half of it, is `NotInitialized`. A layout of another size is `IncompatibleLayout`: nothing else tells how long a
/// value may be.
pub fn validate_state_layout<const MAX: usize>(
    view: View<'_>,
) -> Result<StateLayoutCell<'_, MAX>, Error> {
    let bytes = size_of::<StateLayout<MAX>>();
    let header = crate::read_header(view).ok_or(Error::IncompatibleLayout)?;
    if header.magic == 0 || header.layout_bytes == 0 {
        return Err(Error::NotInitialized);
    }
    let header = check_kind(
        view,
        INDEXBUS_REGION_KIND_STATE,
        INDEXBUS_CAP_SUPPORTS_STATE,
        bytes,
    )?;
    if header.layout_bytes as usize != bytes {
        return Err(Error::IncompatibleLayout);
    }
    core::sync::atomic::fence(Ordering::Acquire);
    Ok(StateLayoutCell::new(view))
}

/// The publisher, of which one may be in use, and a reader, which can be copied.
pub fn split_state<const MAX: usize>(
    cell: StateLayoutCell<'_, MAX>,
) -> (StatePublisher<'_, MAX>, StateReader<'_, MAX>) {
    let lock = SeqLock {
        sequence: cell.sequence,
    };
    let writer = lock.writer();
    (StatePublisher { cell, writer }, StateReader { cell, lock })
}

/// Overwrites the value, alone.
#[derive(Debug)]
pub struct StatePublisher<'m, const MAX: usize> {
    cell: StateLayoutCell<'m, MAX>,
    writer: SeqLockWriter<Word64<'m>>,
}

impl<const MAX: usize> StatePublisher<'_, MAX> {
    /// Overwrites the value. Returns the new sequence, which is even.
    pub fn publish(&mut self, value: &[u8]) -> Result<u64, Error> {
        let (max, len) = (MAX, value.len());
        if len > max {
            return Err(Error::TooLarge { max, len });
        }
        let cell = &self.cell;
        Ok(self.writer.write(|| {
            cell.len.store(len as u32, Ordering::Relaxed);
            cell.value.write(0, value);
        }))
    }
}

/// What a reader found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// Nothing was published yet.
    Unset,
    /// A value, whole.
    Value {
        /// Its bytes.
        len: usize,
        /// Its sequence, even; a later value has a higher one.
        sequence: u64,
    },
    /// The value was being written each time. Where the sequence stays the same, odd, the publisher
    /// stopped in the middle: one that takes its place publishes over it.
    Unsettled {
        /// The sequence, as it was last seen.
        sequence: u64,
    },
}

/// Samples the value.
#[derive(Clone, Copy, Debug)]
pub struct StateReader<'m, const MAX: usize> {
    cell: StateLayoutCell<'m, MAX>,
    lock: SeqLock<Word64<'m>>,
}

impl<const MAX: usize> StateReader<'_, MAX> {
    /// The sequence as it is now, to see whether there is something new.
    pub fn sequence(&self) -> u64 {
        self.lock.sequence()
    }

    /// Copies the value into `into`, after at most [`SAMPLE_LOOKS`] looks.
    pub fn sample_into(&self, into: &mut [u8]) -> Result<Sample, Error> {
        self.sample_within(SAMPLE_LOOKS, into)
    }

    /// As [`StateReader::sample_into`], after at most `looks` looks. What `into` holds after anything
    /// but a value is undetermined.
    pub fn sample_within(&self, looks: u32, into: &mut [u8]) -> Result<Sample, Error> {
        let provided = into.len();
        for _ in 0..looks {
            let copied = self.lock.read(|sequence| {
                let len = self.cell.len.load(Ordering::Relaxed) as usize;
                // Only what is whole is judged; so a length that can't be is not followed yet.
                let into = into.get_mut(..len).filter(|_| len <= MAX);
                let copied = into.map(|into| self.cell.value.read(0, into)).is_some();
                (sequence, len, copied)
            });
            self.cell.lost.check()?;
            match copied {
                Some((0, ..)) => return Ok(Sample::Unset),
                Some((_, len, _)) if len > MAX => return Err(Error::Corrupted),
                Some((_, required, false)) => {
                    return Err(Error::BufferTooSmall { required, provided });
                }
                Some((sequence, len, true)) => return Ok(Sample::Value { len, sequence }),
                None => core::hint::spin_loop(),
            }
        }
        let sequence = self.sequence();
        Ok(Sample::Unsettled { sequence })
    }
}
