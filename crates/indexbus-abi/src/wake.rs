//! Wake sections: words that consumers and producers of a queue sleep on.

use crate::IndexbusAtomicU32;

/// A wake word, alone on its cache line (fields ours).
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct WakeLine {
    /// What sleepers sleep on, by a shared futex; bumped by whoever wakes them.
    pub sequence: IndexbusAtomicU32,
    /// 1 where somebody sleeps or is about to, else 0; set by sleepers, taken back by the waker.
    pub sleepers: IndexbusAtomicU32,
    /// Padding to a cache line.
    pub pad: [u8; 56],
}

/// The wake words of one queue, with `INDEXBUS_CAP_SUPPORTS_BLOCKING`: one section for each queue of
/// the layout, in their order, appended to it.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct WakeSection {
    /// Consumers sleep here while there is nothing.
    pub consumers: WakeLine,
    /// Producers sleep here while there is no room.
    pub producers: WakeLine,
}

const _: () = {
    use core::mem::{offset_of, size_of};
    assert!(offset_of!(WakeLine, sequence) == 0);
    assert!(offset_of!(WakeLine, sleepers) == 4);
    assert!(size_of::<WakeLine>() == 64);
    assert!(offset_of!(WakeSection, producers) == 64);
    assert!(size_of::<WakeSection>() == 128);
};
