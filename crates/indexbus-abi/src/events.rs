//! Slots, the slot pool, index queues, and the events region over them.

use core::mem::size_of;

use crate::{
    INDEXBUS_CAP_SLOT_SEQUENCES, INDEXBUS_CAP_SLOTS_BY_ENTRY, INDEXBUS_CAP_SUPPORTS_EVENTS,
    INDEXBUS_QUEUE_CAPACITY, INDEXBUS_REGION_KIND_EVENTS, INDEXBUS_REGION_KIND_EVENTS_1K,
    INDEXBUS_REGION_KIND_EVENTS_4K, INDEXBUS_REGION_KIND_EVENTS_64,
    INDEXBUS_REGION_KIND_EVENTS_256, INDEXBUS_SLOT_COUNT, INDEXBUS_SLOT_DATA_SIZE,
    IndexbusAtomicU32, IndexbusAtomicU64, LayoutHeader,
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
    /// What became of the last claim. Bits 0 and 1: 1 filled, 2 claimed, 3 skipped. Bits 2 to 15: the
    /// owner, by the number of its lock; 0 has none. Bits 16 to 63: the low bits of which put it is.
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

/// How far the receiver of a queue came (fields ours).
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct EventsReceiverCell {
    /// Count of payloads ever handed out; written by the receiver before it hands one out. At or
    /// after the queue's `head`, which says whose slots are free.
    pub taken: IndexbusAtomicU64,
    /// Padding to a cache line.
    pub pad: [u8; 56],
}

/// The v1 events region: one SPSC and one MPSC index queue, and the slots of each.
///
/// Entry `n` of a queue names its slot `n`, from the creation on: the free list is empty.
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
    /// The slots of the single-producer queue.
    pub pool: SlotPoolLayout<INDEXBUS_SLOT_COUNT, INDEXBUS_SLOT_DATA_SIZE>,
    /// With `INDEXBUS_CAP_SLOT_SEQUENCES`: for each slot of `pool`, which put it was last used for,
    /// in the low 31 bits; `0xffffffff` before the first.
    pub sequences: [IndexbusAtomicU32; INDEXBUS_SLOT_COUNT],
    /// With `INDEXBUS_CAP_SLOTS_BY_ENTRY`: the slots of the many-producers queue.
    pub mpsc_slots: [Slot; INDEXBUS_SLOT_COUNT],
    /// With `INDEXBUS_CAP_SLOTS_BY_ENTRY`: the receivers of the single-producer and of the
    /// many-producers queue.
    pub receivers: [EventsReceiverCell; 2],
}

/// What is said of a payload beside it (fields ours).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct EventsSlotWords {
    /// Which put it is, in the low 31 bits; `0xffffffff` before the first. Written before the queue
    /// shows it.
    pub sequence: IndexbusAtomicU32,
    /// Length in bytes, at most that of the class.
    pub len: IndexbusAtomicU32,
}

/// An events region whose payloads are aligned to cache lines (ours): as [`SharedLayout`], with
/// payloads of up to `BYTES` bytes, a multiple of 64.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct EventsLayout<const BYTES: usize> {
    /// Kind by class, capabilities as a v1 events region.
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
    /// The receivers of the single-producer and of the many-producers queue.
    pub receivers: [EventsReceiverCell; 2],
    /// Sequence and length of each payload of the single-producer queue.
    pub spsc_slots: [EventsSlotWords; INDEXBUS_SLOT_COUNT],
    /// Length of each payload of the many-producers queue, whose cells say the sequence.
    pub mpsc_lens: [IndexbusAtomicU32; INDEXBUS_SLOT_COUNT],
    /// The payloads of the single-producer queue.
    pub spsc_payloads: [[u8; BYTES]; INDEXBUS_SLOT_COUNT],
    /// The payloads of the many-producers queue.
    pub mpsc_payloads: [[u8; BYTES]; INDEXBUS_SLOT_COUNT],
}

/// Payloads of up to 64 bytes.
pub type EventsLayout64 = EventsLayout<64>;
/// Payloads of up to 256 bytes, aligned.
pub type EventsLayout256 = EventsLayout<256>;
/// Payloads of up to 1,024 bytes.
pub type EventsLayout1K = EventsLayout<1024>;
/// Payloads of up to 4,096 bytes.
pub type EventsLayout4K = EventsLayout<4096>;

/// How large the payloads of an events region are, and how they lie. The lanes over them are the
/// same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventsClass {
    /// The v1 region: 256 bytes in a slot of 272.
    #[default]
    V1,
    /// 64 bytes, aligned to cache lines.
    B64,
    /// 256 bytes, aligned to cache lines.
    B256,
    /// 1,024 bytes, aligned to cache lines.
    B1024,
    /// 4,096 bytes, aligned to cache lines.
    B4096,
}

impl EventsClass {
    /// All classes.
    pub const ALL: [Self; 5] = [Self::V1, Self::B64, Self::B256, Self::B1024, Self::B4096];

    /// The class whose regions are of `kind`.
    pub const fn from_region_kind(kind: u16) -> Option<Self> {
        match kind {
            INDEXBUS_REGION_KIND_EVENTS => Some(Self::V1),
            INDEXBUS_REGION_KIND_EVENTS_64 => Some(Self::B64),
            INDEXBUS_REGION_KIND_EVENTS_256 => Some(Self::B256),
            INDEXBUS_REGION_KIND_EVENTS_1K => Some(Self::B1024),
            INDEXBUS_REGION_KIND_EVENTS_4K => Some(Self::B4096),
            _ => None,
        }
    }

    /// The region kind in the header.
    pub const fn region_kind(self) -> u16 {
        match self {
            Self::V1 => INDEXBUS_REGION_KIND_EVENTS,
            Self::B64 => INDEXBUS_REGION_KIND_EVENTS_64,
            Self::B256 => INDEXBUS_REGION_KIND_EVENTS_256,
            Self::B1024 => INDEXBUS_REGION_KIND_EVENTS_1K,
            Self::B4096 => INDEXBUS_REGION_KIND_EVENTS_4K,
        }
    }

    /// Largest payload, in bytes.
    pub const fn payload_bytes(self) -> usize {
        match self {
            Self::V1 => INDEXBUS_SLOT_DATA_SIZE,
            Self::B64 => 64,
            Self::B256 => 256,
            Self::B1024 => 1024,
            Self::B4096 => 4096,
        }
    }

    /// Bytes of the whole region.
    pub const fn region_bytes(self) -> usize {
        match self {
            Self::V1 => size_of::<SharedLayout>(),
            Self::B64 => size_of::<EventsLayout64>(),
            Self::B256 => size_of::<EventsLayout256>(),
            Self::B1024 => size_of::<EventsLayout1K>(),
            Self::B4096 => size_of::<EventsLayout4K>(),
        }
    }

    /// Capabilities that every events region of ours has, and that attaching requires.
    pub const CAPABILITIES: u32 =
        INDEXBUS_CAP_SUPPORTS_EVENTS | INDEXBUS_CAP_SLOT_SEQUENCES | INDEXBUS_CAP_SLOTS_BY_ENTRY;

    /// The header of an initialized region of this class.
    pub const fn header(self) -> LayoutHeader {
        LayoutHeader::new_v1_with_layout_bytes(
            Self::CAPABILITIES,
            self.region_kind(),
            self.region_bytes() as u32,
        )
    }
}

const _: () = {
    use core::mem::offset_of;
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
    assert!(offset_of!(SharedLayout, mpsc_slots) == 303_488);
    assert!(offset_of!(SharedLayout, mpsc_slots) % 64 == 0);
    assert!(offset_of!(SharedLayout, receivers) == 303_488 + 1_024 * 272);
    assert!(offset_of!(SharedLayout, receivers) % 64 == 0);
    assert!(size_of::<SharedLayout>() == 582_144);
    assert!(size_of::<EventsReceiverCell>() == 64);
    assert!(offset_of!(EventsLayout64, receivers) == 64 + 4_224 + 16_512);
    assert!(offset_of!(EventsLayout64, spsc_slots) == 20_928);
    assert!(offset_of!(EventsLayout64, mpsc_lens) == 20_928 + 8 * 1_024);
    assert!(offset_of!(EventsLayout64, spsc_payloads) == 33_216);
    assert!(offset_of!(EventsLayout64, spsc_payloads) % 64 == 0);
    assert!(size_of::<EventsLayout64>() == 33_216 + 2 * 1_024 * 64);
    assert!(size_of::<EventsLayout4K>() == 33_216 + 2 * 1_024 * 4_096);
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_has_a_region_kind_of_its_own_and_finds_itself_back() {
        for class in EventsClass::ALL {
            let header = class.header();
            assert_eq!(
                EventsClass::from_region_kind(header.region_kind()),
                Some(class)
            );
            assert_eq!(header.layout_bytes as usize, class.region_bytes());
        }
        assert_eq!(EventsClass::from_region_kind(101), None);
    }
}
