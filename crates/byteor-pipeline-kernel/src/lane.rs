//! The two ends of a lane, whatever is behind it.

use indexbus::{Error, MpscReceiver, MpscSender, SpscReceiver, SpscSender};

/// Sends records into a lane.
pub trait LaneTx {
    /// Copies `record` into the lane. `Full` is backpressure, `TooLarge` a record beyond the slot;
    /// both leave the lane as it was.
    fn try_send(&mut self, record: &[u8]) -> Result<(), Error>;
}

/// Receives records from a lane.
pub trait LaneRx {
    /// Copies the oldest record into `into` and frees it; `None` if there is none.
    fn try_recv_into(&mut self, into: &mut [u8]) -> Result<Option<usize>, Error>;
}

impl LaneTx for SpscSender<'_> {
    fn try_send(&mut self, record: &[u8]) -> Result<(), Error> {
        self.publish(record)
    }
}

impl LaneTx for MpscSender<'_> {
    fn try_send(&mut self, record: &[u8]) -> Result<(), Error> {
        self.publish(record)
    }
}

impl LaneRx for SpscReceiver<'_> {
    fn try_recv_into(&mut self, into: &mut [u8]) -> Result<Option<usize>, Error> {
        Self::try_recv_into(self, into)
    }
}

impl LaneRx for MpscReceiver<'_> {
    fn try_recv_into(&mut self, into: &mut [u8]) -> Result<Option<usize>, Error> {
        Self::try_recv_into(self, into)
    }
}
