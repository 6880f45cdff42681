//! Slots, the slot pool, index queues, and the events region over them.

use crate::{
    INDEXBUS_QUEUE_CAPACITY, INDEXBUS_SLOT_COUNT, INDEXBUS_SLOT_DATA_SIZE, IndexbusAtomicU32,
    IndexbusAtomicU64, LayoutHeader,
};

/// A payload cell of `BYTES` bytes. [`Slot`] is the v1 size.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct SlotOf<const BYTES: usize> {
    /// Next slot of the free list, or `INDEXBUS_EMPTY_FREE_U32`.
    pub next_free: IndexbusAtomicU32,
    /// How many queues hold this slot.
    pub refcnt: IndexbusAtomicU32,
    /// Payload length in bytes, at most `BYTES`.
    pub len: u32,
    /// Padding, 0.
    pub pad: u32,
    /// The payload.
    pub data: [u8; BYTES],
}

/// The v1 slot: 272 bytes, 256 of them payload.
pub type Slot = SlotOf<INDEXBUS_SLOT_DATA_SIZE>;

/// Slots with a free list (fields ours).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct SlotPoolLayout<const SLOTS: usize, const BYTES: usize> {
    /// Head of the free list: index in the low 32 bits, and in the high 32 bits a tag that
    /// changes with every take, so that a stale head is never mistaken for the present one.
    pub free_head: IndexbusAtomicU64,
    /// Padding to a cache line.
    pub pad: [u8; 56],
    /// The slots.
    pub slots: [SlotOf<BYTES>; SLOTS],
}

/// Single-producer, single-consumer ring of slot indices (fields ours).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct IndexQueue {
    /// Count of indices ever taken; written by the consumer.
    pub head: IndexbusAtomicU64,
    /// Padding to a cache line.
    pub pad0: [u8; 56],
    /// Count of indices ever put; written by the producer.
    pub tail: IndexbusAtomicU64,
    /// Padding to a cache line.
    pub pad1: [u8; 56],
    /// Slot indices; entry `n % 1024` holds the `n`-th.
    pub entries: [IndexbusAtomicU32; INDEXBUS_QUEUE_CAPACITY],
}

/// One entry of an [`MpscQueue`].
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MpscCell {
    /// Whose turn it is: `n` free for the `n`-th put, `n + 1` holds it.
    pub sequence: IndexbusAtomicU64,
    /// Slot index.
    pub index: IndexbusAtomicU32,
    /// Padding, 0.
    pub pad: u32,
}

/// Many-producers, single-consumer ring of slot indices (fields ours).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MpscQueue {
    /// Count of indices ever taken; written by the consumer.
    pub head: IndexbusAtomicU64,
    /// Padding to a cache line.
    pub pad0: [u8; 56],
    /// Count of places ever claimed; moved by the producers.
    pub tail: IndexbusAtomicU64,
    /// Padding to a cache line.
    pub pad1: [u8; 56],
    /// The entries.
    pub cells: [MpscCell; INDEXBUS_QUEUE_CAPACITY],
}

/// The events region: one SPSC and one MPSC index queue over one slot pool.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct SharedLayout {
    /// Kind `INDEXBUS_REGION_KIND_EVENTS`, capability `INDEXBUS_CAP_SUPPORTS_EVENTS`.
    pub header: LayoutHeader,
    /// 0 uninitialized, 1 initializing, 2 initialized.
    pub initialized: IndexbusAtomicU32,
    /// Padding, 0.
    pub pad0: u32,
    /// Padding to a cache line.
    pub pad1: [u8; 40],
    /// The single-producer queue.
    pub spsc: IndexQueue,
    /// The many-producers queue.
    pub mpsc: MpscQueue,
    /// The slots that both queues share.
    pub pool: SlotPoolLayout<INDEXBUS_SLOT_COUNT, INDEXBUS_SLOT_DATA_SIZE>,
    /// With `INDEXBUS_CAP_SLOT_SEQUENCES`: for each slot, which put it was last used for, in the low
    /// 31 bits, and 1 above them for the many-producers queue.
    pub sequences: [IndexbusAtomicU32; INDEXBUS_SLOT_COUNT],
}

const _: () = {
    use core::mem::{offset_of, size_of};
    assert!(size_of::<Slot>() == 272);
    assert!(offset_of!(Slot, next_free) == 0);
    assert!(offset_of!(Slot, refcnt) == 4);
    assert!(offset_of!(Slot, len) == 8);
    assert!(offset_of!(Slot, pad) == 12);
    assert!(offset_of!(Slot, data) == 16);
    assert!(size_of::<IndexQueue>() == 128 + 4 * 1024);
    assert!(size_of::<MpscCell>() == 16);
    assert!(size_of::<MpscQueue>() == 128 + 16 * 1024);
    assert!(offset_of!(SharedLayout, initialized) == 16);
    assert!(offset_of!(SharedLayout, spsc) == 64);
    assert!(offset_of!(SharedLayout, mpsc) == 64 + 4_224);
    assert!(offset_of!(SharedLayout, pool) == 64 + 4_224 + 16_512);
    assert!(offset_of!(SharedLayout, pool) % 64 == 0);
    assert!(offset_of!(SharedLayout, sequences) == 20_800 + 64 + 1_024 * 272);
    assert!(offset_of!(SharedLayout, sequences) % 64 == 0);
    assert!(size_of::<SharedLayout>() == 20_800 + 64 + 1_024 * (272 + 4));
};
