//! A ring without checks: what the machine gives to one producer and one consumer.
//!
//! Each end caches the other's counter, a batch is one store, payloads are copied in by `memcpy` and
//! looked at in place. A library can't do that over memory that others may write; here both ends are
//! this program.

use std::path::Path;
use std::ptr::NonNull;
use std::time::{Duration, Instant};

use indexbus::raw::{Ordering, RegionMemory, View, Word64};
use indexbus_transport_shm::Mapping;

use crate::lane::{Receiver, Sender};

/// Entries, as many as an events lane has.
const CAPACITY: u64 = 1024;
const HEAD: usize = 0;
const TAIL: usize = 64;
const CELLS: usize = 128;

/// The memory of a ring for payloads of `size` bytes.
pub struct Bare {
    memory: Mapping,
    size: usize,
}

impl Bare {
    /// A cell: the payload, in whole cache lines.
    fn stride(size: usize) -> usize {
        size.next_multiple_of(64)
    }

    fn bytes(size: usize) -> usize {
        CELLS + CAPACITY as usize * Self::stride(size)
    }

    pub fn create(folder: &Path, size: usize) -> Result<Self, String> {
        let memory = Mapping::create_exclusive(&folder.join("bare"), Self::bytes(size));
        let memory = memory.map_err(|e| e.to_string())?;
        Ok(Self { memory, size })
    }

    pub fn open(folder: &Path, size: usize) -> Result<Self, String> {
        let deadline = Instant::now() + Duration::from_secs(1);
        let memory = Mapping::open(&folder.join("bare"), Self::bytes(size), deadline);
        let memory = memory.map_err(|e| e.to_string())?;
        Ok(Self { memory, size })
    }

    fn end(&self) -> End<'_> {
        let view = View::of(&self.memory);
        End {
            head: view.word(HEAD),
            tail: view.word(TAIL),
            // SAFETY: within the mapping, which is longer.
            cells: unsafe { self.memory.base().byte_add(CELLS) },
            size: self.size,
            mine: 0,
            other: 0,
        }
    }

    /// The end that sends; one at a time, over a fresh ring.
    pub fn sender(&self) -> BareSender<'_> {
        BareSender(self.end())
    }

    /// The end that receives; one at a time, over a fresh ring.
    pub fn receiver(&self) -> BareReceiver<'_> {
        BareReceiver(self.end())
    }
}

struct End<'m> {
    /// Messages ever taken; written by the receiver.
    head: Word64<'m>,
    /// Messages ever put; written by the sender.
    tail: Word64<'m>,
    cells: NonNull<u8>,
    size: usize,
    /// This end's counter, ahead of what the other one sees.
    mine: u64,
    /// The other end's counter, when last looked at.
    other: u64,
}

// SAFETY: the cells are reached under the protocol of the two counters.
unsafe impl Send for End<'_> {}

impl End<'_> {
    /// The cell of the message `n`.
    #[inline(always)]
    fn cell(&self, n: u64) -> NonNull<u8> {
        let at = (n % CAPACITY) as usize * Bare::stride(self.size);
        // SAFETY: one of the cells that the mapping has room for.
        unsafe { self.cells.byte_add(at) }
    }
}

pub struct BareSender<'m>(End<'m>);

impl Sender for BareSender<'_> {
    #[inline]
    fn put(&mut self, message: &[u8]) -> Result<bool, String> {
        let end = &mut self.0;
        if end.mine - end.other == CAPACITY {
            end.other = end.head.load(Ordering::Acquire);
            if end.mine - end.other == CAPACITY {
                return Ok(false);
            }
        }
        let len = message.len().min(end.size);
        // SAFETY: the cell holds `size` bytes, and is the sender's until it is published.
        unsafe {
            end.cell(end.mine)
                .copy_from_nonoverlapping(NonNull::from(message).cast(), len);
        }
        end.mine += 1;
        Ok(true)
    }

    #[inline]
    fn flush(&mut self) {
        self.0.tail.store(self.0.mine, Ordering::Release);
    }
}

pub struct BareReceiver<'m>(End<'m>);

impl Receiver for BareReceiver<'_> {
    #[inline]
    fn drain(&mut self, limit: usize, take: &mut impl FnMut(&[u8])) -> Result<usize, String> {
        let end = &mut self.0;
        if end.mine == end.other {
            end.other = end.tail.load(Ordering::Acquire);
        }
        let count = (end.other - end.mine).min(limit as u64);
        for n in end.mine..end.mine + count {
            // SAFETY: the cell holds `size` bytes, and is the receiver's until it is freed.
            let message = unsafe { std::slice::from_raw_parts(end.cell(n).as_ptr(), end.size) };
            take(message);
        }
        if count > 0 {
            end.mine += count;
            end.head.store(end.mine, Ordering::Release);
        }
        Ok(count as usize)
    }
}
