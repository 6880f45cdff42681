//! The fanout region: one source, a router, and a queue for each consumer.

use crate::{
    INDEXBUS_QUEUE_CAPACITY, INDEXBUS_SLOT_DATA_SIZE, IndexQueue, IndexbusAtomicU32, LayoutHeader,
    MpscQueue, SlotPoolLayout,
};

/// Most consumers of a fanout region, as of the other layouts (ours: PL-4).
pub const INDEXBUS_FANOUT_CONSUMERS_MAX: usize = 4;
/// Slots of a fanout region (ours): as many as all its queues hold. So a full queue of one consumer
/// is dropped for, and never leaves the producer without slots.
pub const INDEXBUS_FANOUT_SLOT_COUNT: usize =
    (INDEXBUS_FANOUT_CONSUMERS_MAX + 2) * INDEXBUS_QUEUE_CAPACITY;

/// The fanout region for `N` consumers, at most four (fields ours). The router moves slot indices from the two
/// source queues to those of the consumers; a slot that several consumers share is free again when
/// its `refcnt` is 0.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct SharedFanoutLayout<const N: usize> {
    /// Kind `INDEXBUS_REGION_KIND_FANOUT`, capabilities `INDEXBUS_CAP_SUPPORTS_EVENTS`,
    /// `INDEXBUS_CAP_SLOT_SEQUENCES` and `INDEXBUS_CAP_OWNED_CLAIMS`.
    pub header: LayoutHeader,
    /// 0 uninitialized, 1 initializing, 2 initialized.
    pub initialized: IndexbusAtomicU32,
    /// How many consumers there are; written by the creator.
    pub consumers: u32,
    /// Padding to a cache line.
    pub pad1: [u8; 40],
    /// The source with one producer.
    pub spsc: IndexQueue,
    /// The source with many producers.
    pub mpsc: MpscQueue,
    /// A queue for each consumer; the router is their one producer.
    pub queues: [IndexQueue; N],
    /// The slots that all queues share.
    pub pool: SlotPoolLayout<INDEXBUS_FANOUT_SLOT_COUNT, INDEXBUS_SLOT_DATA_SIZE>,
    /// For each slot which put of its source it was last used for, in the low 31 bits, and 1 above
    /// them for the many-producers queue.
    pub sequences: [IndexbusAtomicU32; INDEXBUS_FANOUT_SLOT_COUNT],
    /// For each consumer and slot, the low 32 bits of which put of its queue it was last used for.
    pub queue_sequences: [[IndexbusAtomicU32; INDEXBUS_FANOUT_SLOT_COUNT]; N],
}

/// The fanout region for four consumers.
pub type SharedFanoutLayout4 = SharedFanoutLayout<4>;

const _: () = {
    use core::mem::{offset_of, size_of};
    assert!(offset_of!(SharedFanoutLayout4, initialized) == 16);
    assert!(offset_of!(SharedFanoutLayout4, consumers) == 20);
    assert!(offset_of!(SharedFanoutLayout4, spsc) == 64);
    assert!(offset_of!(SharedFanoutLayout4, mpsc) == 4_288);
    assert!(offset_of!(SharedFanoutLayout4, queues) == 20_800);
    assert!(offset_of!(SharedFanoutLayout4, pool) == 20_800 + 4 * 4_224);
    assert!(offset_of!(SharedFanoutLayout4, pool) % 64 == 0);
    assert!(offset_of!(SharedFanoutLayout4, sequences) == 37_696 + 64 + 6_144 * 272);
    assert!(offset_of!(SharedFanoutLayout4, queue_sequences) == 1_708_928 + 24_576);
    assert!(size_of::<SharedFanoutLayout4>() == 1_733_504 + 4 * 24_576);
};
