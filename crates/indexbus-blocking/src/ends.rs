//! The two ends.

use std::time::{Duration, Instant};

use indexbus::{
    Error, FanoutMpscSender, FanoutSender, MpscSender, Receive, SpscSender, Wait, WaitKind,
    WakeSection, WakeWord,
};

use crate::BlockingError;
use crate::until::until;

/// An end that payloads are sent into.
pub trait Transmit {
    /// Copies `payload` into the lane and makes it visible. `Full` leaves everything as it was.
    fn try_send(&mut self, payload: &[u8]) -> Result<(), Error>;
}

macro_rules! transmit {
    ($($sender:ty),*) => {$(
        impl Transmit for $sender {
            fn try_send(&mut self, payload: &[u8]) -> Result<(), Error> {
                self.publish(payload)
            }
        }
    )*};
}

transmit!(
    SpscSender<'_>,
    MpscSender<'_>,
    FanoutSender<'_>,
    FanoutMpscSender<'_>
);

/// What both ends wait by.
#[derive(Debug)]
struct Waits<'m> {
    wait: Wait,
    /// What this end sleeps on.
    sleep: Option<WakeWord<'m>>,
    /// Who waits for this end sleeps on it; `None` where the lane wakes them itself.
    wake: Option<WakeWord<'m>>,
}

impl Waits<'_> {
    fn new(kind: WaitKind) -> Self {
        Self {
            wait: kind.strategy(),
            sleep: None,
            wake: None,
        }
    }

    fn wake(&self) {
        if let Some(word) = self.wake {
            word.wake();
        }
    }
}

fn after(timeout: Duration) -> Option<Instant> {
    // One that ends beyond the clock never ends.
    Instant::now().checked_add(timeout)
}

/// Sends, and waits for room.
#[derive(Debug)]
pub struct BlockingSender<'m, S> {
    lane: S,
    waits: Waits<'m>,
}

impl<'m, S: Transmit> BlockingSender<'m, S> {
    /// Over an end of a lane, without words to sleep on.
    pub fn new(lane: S, kind: WaitKind) -> Self {
        let waits = Waits::new(kind);
        Self { lane, waits }
    }

    /// Over an end of an events lane whose region has wake words (`split_spsc_waking`): sleeps while
    /// there is no room, and wakes the receiver.
    pub fn waking(lane: S, kind: WaitKind, section: WakeSection<'m>) -> Self {
        let mut sender = Self::new(lane, kind);
        sender.waits.sleep = Some(section.producers);
        sender.waits.wake = Some(section.consumers);
        sender
    }

    /// Over an end that wakes the others by itself, as those of a fanout do.
    pub fn sleeping_on(lane: S, kind: WaitKind, word: WakeWord<'m>) -> Self {
        let mut sender = Self::new(lane, kind);
        sender.waits.sleep = Some(word);
        sender
    }

    /// Sends `payload`, as soon as there is room.
    pub fn send(&mut self, payload: &[u8]) -> Result<(), BlockingError> {
        self.send_by(payload, None)
    }

    /// As [`BlockingSender::send`], within about `timeout`: `TimedOut` at most 10 ms after it. Then
    /// nothing was sent.
    pub fn send_timeout(&mut self, payload: &[u8], timeout: Duration) -> Result<(), BlockingError> {
        self.send_by(payload, after(timeout))
    }

    fn send_by(&mut self, payload: &[u8], deadline: Option<Instant>) -> Result<(), BlockingError> {
        let (lane, waits) = (&mut self.lane, &mut self.waits);
        until(&mut waits.wait, waits.sleep, deadline, || {
            match lane.try_send(payload) {
                Ok(()) => Ok(Some(())),
                Err(Error::Full) => Ok(None),
                Err(error) => Err(error),
            }
        })?;
        self.waits.wake();
        Ok(())
    }

    /// The end itself.
    pub fn into_lane(self) -> S {
        self.lane
    }
}

/// Receives, and waits for what comes.
#[derive(Debug)]
pub struct BlockingReceiver<'m, R> {
    lane: R,
    waits: Waits<'m>,
}

impl<'m, R: Receive> BlockingReceiver<'m, R> {
    /// Over an end of a lane, without words to sleep on.
    pub fn new(lane: R, kind: WaitKind) -> Self {
        let waits = Waits::new(kind);
        Self { lane, waits }
    }

    /// Over an end of an events lane whose region has wake words (`split_spsc_waking`): sleeps while
    /// there is nothing, and wakes the senders.
    pub fn waking(lane: R, kind: WaitKind, section: WakeSection<'m>) -> Self {
        let mut receiver = Self::new(lane, kind);
        receiver.waits.sleep = Some(section.consumers);
        receiver.waits.wake = Some(section.producers);
        receiver
    }

    /// Over an end that wakes the others by itself, as those of a fanout do.
    pub fn sleeping_on(lane: R, kind: WaitKind, word: WakeWord<'m>) -> Self {
        let mut receiver = Self::new(lane, kind);
        receiver.waits.sleep = Some(word);
        receiver
    }

    /// Copies the next payload into `into`, as soon as there is one. Returns its bytes.
    /// `BufferTooSmall` leaves it where it is.
    pub fn recv(&mut self, into: &mut [u8]) -> Result<usize, BlockingError> {
        self.recv_by(into, None)
    }

    /// As [`BlockingReceiver::recv`], within about `timeout`: `TimedOut` at most 10 ms after it.
    pub fn recv_timeout(
        &mut self,
        into: &mut [u8],
        timeout: Duration,
    ) -> Result<usize, BlockingError> {
        self.recv_by(into, after(timeout))
    }

    fn recv_by(
        &mut self,
        into: &mut [u8],
        deadline: Option<Instant>,
    ) -> Result<usize, BlockingError> {
        let (lane, waits) = (&mut self.lane, &mut self.waits);
        let came = until(&mut waits.wait, waits.sleep, deadline, || {
            lane.try_recv_into(into)
        })?;
        self.waits.wake();
        Ok(came)
    }

    /// The end itself: a many-producers receiver says there who it waits for.
    pub fn lane(&mut self) -> &mut R {
        &mut self.lane
    }

    /// The end itself.
    pub fn into_lane(self) -> R {
        self.lane
    }
}
