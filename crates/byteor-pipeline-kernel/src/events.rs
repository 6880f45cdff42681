//! The two ends of an events lane that keep the memory they point into.

extern crate alloc;

use alloc::sync::Arc;

use indexbus::raw::{RegionMemory, View};
use indexbus::{Error, SpscReceiver, SpscSender, attach_events, split_spsc};
use indexbus_abi::EventsClass;

/// The end of an events lane that records go in by, which keeps its memory.
#[derive(Debug)]
pub struct EventsTx {
    // Points into `_memory`.
    sender: SpscSender<'static>,
    _memory: Arc<dyn RegionMemory>,
}

/// The end of an events lane that records come out of, which keeps its memory.
#[derive(Debug)]
pub struct EventsRx {
    // Points into `_memory`.
    receiver: SpscReceiver<'static>,
    _memory: Arc<dyn RegionMemory>,
}

/// Initializes zeroed memory that nobody else uses yet as an events lane of a class, and gives the
/// two ends of its single-producer queue. `IncompatibleLayout` if the memory is too small.
pub fn init_events(
    memory: Arc<dyn RegionMemory>,
    class: EventsClass,
) -> Result<(EventsTx, EventsRx), Error> {
    indexbus::init_events(View::of(&*memory), class)?;
    // SAFETY: each end keeps what comes of the view in a private field, beside its memory, and hands
    // out nothing that points there.
    let view = unsafe { View::of(&*memory).beside_its_owner() };
    let (sender, receiver) = split_spsc(attach_events(view, class)?);
    let tx = EventsTx {
        sender,
        _memory: Arc::clone(&memory),
    };
    let rx = EventsRx {
        receiver,
        _memory: memory,
    };
    Ok((tx, rx))
}

impl EventsTx {
    /// Puts `record`, which [`EventsTx::flush`] makes visible. `Full` and `TooLarge` leave
    /// everything as it was.
    #[inline]
    pub fn put(&mut self, record: &[u8]) -> Result<(), Error> {
        self.sender.put(record)
    }

    /// Makes all that was put visible, by one store.
    #[inline]
    pub fn flush(&mut self) {
        self.sender.flush();
    }
}

impl EventsRx {
    /// Copies the oldest record into `into`; its place is freed by [`EventsRx::release`].
    #[inline]
    pub fn take_into(&mut self, into: &mut [u8]) -> Result<Option<usize>, Error> {
        self.receiver.take_into(into)
    }

    /// Frees the places of all that was taken, by one store.
    #[inline]
    pub fn release(&mut self) {
        self.receiver.release();
    }
}
