//! The events lane of IndexBus, one producer and one consumer.

use indexbus::{Error, SpscReceiver, SpscSender};

use crate::lane::{Receiver, Sender};

impl Sender for SpscSender<'_> {
    #[inline]
    fn put(&mut self, message: &[u8]) -> Result<bool, String> {
        match SpscSender::put(self, message) {
            Ok(()) => Ok(true),
            Err(Error::Full) => Ok(false),
            Err(e) => Err(e.to_string()),
        }
    }

    #[inline]
    fn flush(&mut self) {
        SpscSender::flush(self);
    }
}

/// A receiver and the buffer that it copies to.
pub struct Events<'m> {
    pub lane: SpscReceiver<'m>,
    pub into: [u8; 256],
}

impl Receiver for Events<'_> {
    #[inline]
    fn drain(&mut self, limit: usize, take: &mut impl FnMut(&[u8])) -> Result<usize, String> {
        let mut count = 0;
        while count < limit {
            match self.lane.take_into(&mut self.into) {
                Ok(Some(len)) => take(&self.into[..len]),
                Ok(None) => break,
                Err(e) => return Err(e.to_string()),
            }
            count += 1;
        }
        if count > 0 {
            self.lane.release();
        }
        Ok(count)
    }
}
