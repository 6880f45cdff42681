//! An events chain: several index queues over one slot pool.

use indexbus_abi::{
    INDEXBUS_SLOT_COUNT, INDEXBUS_SLOT_DATA_SIZE, IndexQueue, IndexbusAtomicU32, LayoutHeader,
    MpscQueue, SlotPoolLayout,
};

use crate::{
    BYTEOR_CAP_OWNED_CLAIMS, BYTEOR_CAP_SLOT_SEQUENCES, BYTEOR_CAP_SUPPORTS_EVENTS_CHAIN,
    BYTEOR_REGION_KIND_EVENTS_CHAIN,
};

/// Queues of each kind in [`EventsChainLayout4`].
pub const EVENTS_CHAIN_V1_QUEUES: usize = 4;

/// `Q` queues with one producer and `Q` with many, over one slot pool, as the reference gives it: the
/// stages of one mapping pass slot indices on, and no bytes.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct EventsChainLayout<const Q: usize> {
    /// Kind `BYTEOR_REGION_KIND_EVENTS_CHAIN`, capability `BYTEOR_CAP_SUPPORTS_EVENTS_CHAIN`.
    pub header: LayoutHeader,
    /// 0 uninitialized, 1 initializing, 2 initialized.
    pub initialized: IndexbusAtomicU32,
    /// Padding, 0.
    pub pad0: u32,
    /// Padding to a cache line.
    pub pad1: [u8; 40],
    /// The single-producer queues.
    pub spsc: [IndexQueue; Q],
    /// The many-producers queues.
    pub mpsc: [MpscQueue; Q],
    /// The slots that all queues share.
    pub pool: SlotPoolLayout<INDEXBUS_SLOT_COUNT, INDEXBUS_SLOT_DATA_SIZE>,
}

/// The v1 layout: four queues of each kind.
pub type EventsChainLayout4 = EventsChainLayout<EVENTS_CHAIN_V1_QUEUES>;

/// The whole region: the v1 layout and the appended section.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct EventsChainRegion4 {
    /// The v1 layout.
    pub layout: EventsChainLayout4,
    /// With `BYTEOR_CAP_SLOT_SEQUENCES`: for each slot, which put it was last used for, in the low 29
    /// bits, and above them of which queue: 0 to 3 of the first kind, 4 to 7 of the second.
    pub sequences: [IndexbusAtomicU32; INDEXBUS_SLOT_COUNT],
}

impl EventsChainRegion4 {
    /// Capabilities that every region of ours has, and that attaching requires.
    pub const CAPABILITIES: u32 =
        BYTEOR_CAP_SUPPORTS_EVENTS_CHAIN | BYTEOR_CAP_SLOT_SEQUENCES | BYTEOR_CAP_OWNED_CLAIMS;

    /// The header of an initialized region.
    pub const fn header() -> LayoutHeader {
        LayoutHeader::new_v1_with_layout_bytes(
            Self::CAPABILITIES,
            BYTEOR_REGION_KIND_EVENTS_CHAIN,
            size_of::<Self>() as u32,
        )
    }
}

const _: () = {
    use core::mem::offset_of;
    assert!(offset_of!(EventsChainLayout4, initialized) == 16);
    assert!(offset_of!(EventsChainLayout4, spsc) == 64);
    assert!(offset_of!(EventsChainLayout4, mpsc) == 64 + 4 * 4_224);
    assert!(offset_of!(EventsChainLayout4, pool) == 64 + 4 * (4_224 + 16_512));
    assert!(offset_of!(EventsChainLayout4, pool) % 64 == 0);
    assert!(size_of::<EventsChainLayout4>() == 83_008 + 64 + 1_024 * 272);
    assert!(offset_of!(EventsChainRegion4, sequences) == size_of::<EventsChainLayout4>());
    assert!(offset_of!(EventsChainRegion4, sequences) % 64 == 0);
    assert!(size_of::<EventsChainRegion4>() == 83_008 + 64 + 1_024 * (272 + 4));
};
