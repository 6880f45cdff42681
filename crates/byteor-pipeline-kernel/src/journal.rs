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
    /// Bytes of the record in the buffer, its number among them; none is there otherwise.
    held: Option<usize>,
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
            held: None,
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
    /// The number of the next record that is still there, which it keeps until it is taken; numbers
    /// that are missing were overwritten.
    pub fn next_number(&mut self) -> Result<Option<u64>, Error> {
        while self.held.is_none() {
            match self.subscriber.take_into(&mut self.buffer)? {
                Some(JournalRead::Record { len, .. }) => self.held = Some(len),
                // How many records that was, the number of the next one tells.
                Some(JournalRead::Overrun { .. }) => {}
                None => return Ok(None),
            }
        }
        let len = self.held.unwrap_or_default();
        let number = self.buffer[..len].first_chunk::<NUMBER>();
        let number = number.ok_or(Error::Corrupted)?;
        Ok(Some(u64::from_le_bytes(*number)))
    }

    /// Copies the record whose number was said into `into`; `None` where there is none. What was
    /// taken is stored by [`JournalRx::release`].
    pub fn take_into(&mut self, into: &mut [u8]) -> Result<Option<usize>, Error> {
        if self.next_number()?.is_none() {
            return Ok(None);
        }
        let len = self.held.unwrap_or_default();
        let record = &self.buffer[NUMBER..len];
        let (required, provided) = (record.len(), into.len());
        into.get_mut(..required)
            .ok_or(Error::BufferTooSmall { required, provided })?
            .copy_from_slice(record);
        self.held = None;
        Ok(Some(required))
    }

    /// Stores how far it read, by one store.
    pub fn release(&mut self) {
        self.subscriber.release();
    }
}
