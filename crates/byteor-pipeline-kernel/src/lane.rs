//! The two ends of a lane, whatever is behind it.

use indexbus::{Error, MpscReceiver, MpscSender, SpscReceiver, SpscSender};

/// How far a batch came.
#[must_use = "a batch may have stopped early"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Records that went, in order from the first.
    pub records: usize,
    /// Why the next one did not; nothing where all went, or no more were there.
    pub stopped: Option<Error>,
}

/// Sends records into a lane.
pub trait LaneTx {
    /// Most bytes of a record.
    fn max_record_bytes(&self) -> usize;

    /// Copies `record` into the lane. `Full` is backpressure, `TooLarge` a record beyond the slot;
    /// both leave the lane as it was.
    fn try_send(&mut self, record: &[u8]) -> Result<(), Error>;

    /// Sends `records` in order, until one doesn't go: those before it went, it and those behind it
    /// didn't. A lane with one producer shows all that went at once, by one store.
    fn try_send_batch(&mut self, records: &[&[u8]]) -> Batch;
}

/// Receives records from a lane.
pub trait LaneRx {
    /// Copies the oldest record into `into` and frees it; `None` if there is none. `BufferTooSmall`
    /// leaves it where it is.
    fn try_recv_into(&mut self, into: &mut [u8]) -> Result<Option<usize>, Error>;

    /// Receives up to `limit` records, oldest first: copies each into `into` and hands it to
    /// `take`, until there is none, or one doesn't come, which stays where it is. A lane frees the
    /// places of all that came at once, by one store, where it has one consumer alone.
    fn try_recv_batch(
        &mut self,
        limit: usize,
        into: &mut [u8],
        take: &mut dyn FnMut(&[u8]),
    ) -> Batch;
}

/// Sends one after the other with `send`.
pub(crate) fn send_each(
    records: &[&[u8]],
    mut send: impl FnMut(&[u8]) -> Result<(), Error>,
) -> Batch {
    let mut count = 0;
    for record in records {
        if let Err(error) = send(record) {
            return Batch {
                records: count,
                stopped: Some(error),
            };
        }
        count += 1;
    }
    Batch {
        records: count,
        stopped: None,
    }
}

/// Receives one after the other with `receive`.
pub(crate) fn receive_each(
    limit: usize,
    into: &mut [u8],
    take: &mut dyn FnMut(&[u8]),
    mut receive: impl FnMut(&mut [u8]) -> Result<Option<usize>, Error>,
) -> Batch {
    let mut count = 0;
    let mut stopped = None;
    while count < limit && stopped.is_none() {
        match receive(into) {
            Ok(Some(len)) => {
                take(&into[..len]);
                count += 1;
            }
            Ok(None) => break,
            Err(error) => stopped = Some(error),
        }
    }
    Batch {
        records: count,
        stopped,
    }
}

impl LaneTx for SpscSender<'_> {
    fn max_record_bytes(&self) -> usize {
        self.max_payload_bytes()
    }

    fn try_send(&mut self, record: &[u8]) -> Result<(), Error> {
        self.publish(record)
    }

    fn try_send_batch(&mut self, records: &[&[u8]]) -> Batch {
        let batch = send_each(records, |record| self.put(record));
        self.flush();
        batch
    }
}

impl LaneTx for MpscSender<'_> {
    fn max_record_bytes(&self) -> usize {
        self.max_payload_bytes()
    }

    fn try_send(&mut self, record: &[u8]) -> Result<(), Error> {
        self.publish(record)
    }

    fn try_send_batch(&mut self, records: &[&[u8]]) -> Batch {
        send_each(records, |record| self.publish(record))
    }
}

macro_rules! receives {
    ($($receiver:ty),*) => {$(
        impl LaneRx for $receiver {
            fn try_recv_into(&mut self, into: &mut [u8]) -> Result<Option<usize>, Error> {
                Self::try_recv_into(self, into)
            }

            fn try_recv_batch(
                &mut self,
                limit: usize,
                into: &mut [u8],
                take: &mut dyn FnMut(&[u8]),
            ) -> Batch {
                let batch = receive_each(limit, into, take, |into| self.take_into(into));
                self.release();
                batch
            }
        }
    )*};
}

receives!(SpscReceiver<'_>, MpscReceiver<'_>);
