//! The ends of a journal that keep the memory they point into, for records with numbers.

extern crate alloc;

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use indexbus::primitive::{JournalRead, Start};
use indexbus::raw::{RegionMemory, View};
use indexbus::{
    Error, JournalPublisher, JournalSubscriber, attach_journal_layout4, init_journal_memory,
    split_journal,
};
use indexbus_abi::JournalLayout4;

/// Bytes of a journal's memory.
pub const JOURNAL_BYTES: usize = size_of::<JournalLayout4>();

/// Bytes of the number that stands before a record.
const NUMBER: usize = 8;

/// The end of a journal that records are appended at, which keeps its memory.
///
/// Each record goes with its number, from 0, so that a reader that was overtaken knows how many
/// records it lost, and which.
#[derive(Debug)]
pub struct JournalTx {
    // Points into `_memory`.
    publisher: JournalPublisher<'static>,
    buffer: Box<[u8]>,
    next: u64,
    _memory: Arc<dyn RegionMemory>,
}

/// The end of a journal that one reader follows, which keeps its memory.
#[derive(Debug)]
pub struct JournalRx {
    // Points into `_memory`.
    subscriber: JournalSubscriber<'static>,
    buffer: Box<[u8]>,
    /// The number of the record that comes next if none was overwritten.
    next: u64,
    _memory: Arc<dyn RegionMemory>,
}

/// Initializes zeroed memory that nobody else uses yet as a journal for records of up to
/// `record_bytes` bytes, and gives its writer and `readers` readers, each at its beginning.
/// `IncompatibleLayout` if the memory is too small, `Taken` for more readers than a journal has.
pub fn init_journal(
    memory: &Arc<dyn RegionMemory>,
    record_bytes: usize,
    readers: usize,
) -> Result<(JournalTx, Vec<JournalRx>), Error> {
    init_journal_memory(View::of(&**memory))?;
    // SAFETY: each end keeps what comes of the view in a private field, beside its memory, and hands
    // out nothing that points there.
    let view = unsafe { View::of(&**memory).beside_its_owner() };
    let (publisher, subscribers) = split_journal(attach_journal_layout4(view)?)?;
    let buffer = || vec![0; NUMBER + record_bytes].into_boxed_slice();
    let tx = JournalTx {
        publisher,
        buffer: buffer(),
        next: 0,
        _memory: Arc::clone(memory),
    };
    let rx = (0..readers).map(|_| {
        Ok(JournalRx {
            subscriber: subscribers.subscribe(Start::Oldest)?,
            buffer: buffer(),
            next: 0,
            _memory: Arc::clone(memory),
        })
    });
    Ok((tx, rx.collect::<Result<_, Error>>()?))
}

impl JournalTx {
    /// Appends `record`, which is visible after [`JournalTx::flush`] at the latest. Never `Full`: the
    /// oldest records make room.
    pub fn put(&mut self, record: &[u8]) -> Result<(), Error> {
        let (max, len) = (self.buffer.len() - NUMBER, record.len());
        let Some(into) = self.buffer.get_mut(NUMBER..NUMBER + len) else {
            return Err(Error::TooLarge { max, len });
        };
        into.copy_from_slice(record);
        self.buffer[..NUMBER].copy_from_slice(&self.next.to_le_bytes());
        self.publisher.put(&self.buffer[..NUMBER + len])?;
        self.next += 1;
        Ok(())
    }

    /// Makes all that was put visible, by one store.
    pub fn flush(&mut self) {
        self.publisher.flush();
    }
}

impl JournalRx {
    /// Copies the next record into `into`, and says the numbers of those before it that were
    /// overwritten since the last one. What was read is stored by [`JournalRx::release`].
    pub fn take_into(
        &mut self,
        into: &mut [u8],
    ) -> Result<Option<(usize, core::ops::Range<u64>)>, Error> {
        let len = loop {
            match self.subscriber.take_into(&mut self.buffer)? {
                Some(JournalRead::Record { len, .. }) => break len,
                // How many records that was, the number of the next one tells.
                Some(JournalRead::Overrun { .. }) => {}
                None => return Ok(None),
            }
        };
        let (number, record) = self.buffer[..len]
            .split_first_chunk::<NUMBER>()
            .ok_or(Error::Corrupted)?;
        let number = u64::from_le_bytes(*number);
        let lost = self.next..number;
        if lost.start > lost.end {
            return Err(Error::Corrupted);
        }
        let required = record.len();
        let provided = into.len();
        into.get_mut(..required)
            .ok_or(Error::BufferTooSmall { required, provided })?
            .copy_from_slice(record);
        self.next = number + 1;
        Ok(Some((required, lost)))
    }

    /// Stores how far it read, by one store.
    pub fn release(&mut self) {
        self.subscriber.release();
    }
}
