//! Merge: several receivers read as one.

use crate::{Error, FanoutConsumer, MpscReceiver, SpscReceiver};

/// An end that payloads are received from.
pub trait Receive {
    /// Copies the oldest payload into `into` and frees it; `None` if there is none. `BufferTooSmall`
    /// leaves it where it is.
    fn try_recv_into(&mut self, into: &mut [u8]) -> Result<Option<usize>, Error>;
}

macro_rules! receive {
    ($($receiver:ty),*) => {$(
        impl Receive for $receiver {
            fn try_recv_into(&mut self, into: &mut [u8]) -> Result<Option<usize>, Error> {
                <$receiver>::try_recv_into(self, into)
            }
        }
    )*};
}

receive!(SpscReceiver<'_>, MpscReceiver<'_>, FanoutConsumer<'_>);

/// `N` inputs, in turn. Order holds for each input alone; which input is next is no promise.
#[derive(Debug)]
pub struct Merge<R, const N: usize> {
    inputs: [R; N],
    next: usize,
}

impl<R: Receive, const N: usize> Merge<R, N> {
    /// Begins with the first input.
    pub const fn new(inputs: [R; N]) -> Self {
        Self { inputs, next: 0 }
    }

    /// Copies the oldest payload of the next input that has one into `into`. Returns which input it
    /// was, and the bytes; `None` if all are empty. An error is of the input that was looked at,
    /// which stays the next.
    pub fn try_recv_into(&mut self, into: &mut [u8]) -> Result<Option<(usize, usize)>, Error> {
        for _ in 0..N {
            let input = self.next;
            let received = self.inputs[input].try_recv_into(into)?;
            self.next = (input + 1) % N;
            if let Some(len) = received {
                return Ok(Some((input, len)));
            }
        }
        Ok(None)
    }
}
