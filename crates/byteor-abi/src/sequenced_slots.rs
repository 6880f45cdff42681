//! Sequenced slots: a cursor, gating cells, a slot pool, and a ring of slot indices.

use core::mem::{offset_of, size_of};

use indexbus_abi::{
    IndexbusAtomicU32, IndexbusAtomicU64, LayoutHeader, SequencerGatingCell, SlotOf, SlotPoolLayout,
};

use crate::{
    BYTEOR_CAP_COUNTERS, BYTEOR_CAP_RECORD_MARKS, BYTEOR_CAP_SLOT_SEQUENCES,
    BYTEOR_CAP_SUPPORTS_SEQUENCED_SLOTS, BYTEOR_REGION_KIND_SEQUENCED_SLOTS,
    BYTEOR_REGION_KIND_SEQUENCED_SLOTS_1K, BYTEOR_REGION_KIND_SEQUENCED_SLOTS_4K,
    BYTEOR_REGION_KIND_SEQUENCED_SLOTS_16K, SEQUENCED_SLOTS_V1_CAPACITY, SEQUENCED_SLOTS_V1_GATING,
};

/// Sequenced slots with `N` gating cells and slots of `BYTES` bytes, as the reference gives it.
///
/// Sequence `s` (from 1) uses `ring[s % 1024]`, which names a slot or is
/// `INDEXBUS_EMPTY_FREE_U32`. The producer never wraps past the smallest active gating sequence.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct SequencedSlotsLayout<const N: usize, const BYTES: usize> {
    /// Kind by slot class, capability `BYTEOR_CAP_SUPPORTS_SEQUENCED_SLOTS`.
    pub header: LayoutHeader,
    /// 0 uninitialized, 1 initializing, 2 initialized.
    pub initialized: IndexbusAtomicU32,
    /// Padding, 0.
    pub pad0: u32,
    /// Padding to a cache line.
    pub pad1: [u8; 40],
    /// Highest published sequence; 0 is none.
    pub cursor: IndexbusAtomicU64,
    /// Padding to a cache line.
    pub pad2: [u8; 56],
    /// Highest sequence each stage is done with; 0 is none.
    pub gating: [SequencerGatingCell; N],
    /// The payloads.
    pub pool: SlotPoolLayout<SEQUENCED_SLOTS_V1_CAPACITY, BYTES>,
    /// Slot index of each sequence in the window.
    pub ring: [IndexbusAtomicU32; SEQUENCED_SLOTS_V1_CAPACITY],
}

/// The v1 layout: four gating cells, slots of 256 bytes.
pub type SequencedSlotsLayout4 = SequencedSlotsLayout<SEQUENCED_SLOTS_V1_GATING, 256>;
/// Slots of 1,024 bytes.
pub type SequencedSlotsLayout4K1 = SequencedSlotsLayout<SEQUENCED_SLOTS_V1_GATING, 1024>;
/// Slots of 4,096 bytes.
pub type SequencedSlotsLayout4K4 = SequencedSlotsLayout<SEQUENCED_SLOTS_V1_GATING, 4096>;
/// Slots of 16,384 bytes.
pub type SequencedSlotsLayout4K16 = SequencedSlotsLayout<SEQUENCED_SLOTS_V1_GATING, 16384>;

/// Mark kind: the record goes on.
pub const MARK_LIVE: u64 = 0;
/// Mark kind: a stage dropped the record; later stages skip it.
pub const MARK_DROPPED: u64 = 1;
/// Mark kind: a stage's result was larger than the slot; later stages skip the record.
pub const MARK_REJECTED: u64 = 2;
/// The bits of a mark that hold its kind.
pub const MARK_KIND_MASK: u64 = 0xff;
/// Where in a mark the index of the marking stage begins.
pub const MARK_STAGE_SHIFT: u32 = 8;
/// The bits of the marking stage, after shifting.
pub const MARK_STAGE_MASK: u64 = 0xff;
/// Where in a mark the length of the refused result begins, in bytes, capped at 2^32 - 1.
pub const MARK_LEN_SHIFT: u32 = 32;

/// One mark per ring entry, reset by the producer, set by the stage that drops or rejects.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct SequencedSlotsMarks {
    /// Kind in bits 0 to 7, stage in bits 8 to 15, length of a refused result in bits 32 to 63.
    pub marks: [IndexbusAtomicU64; SEQUENCED_SLOTS_V1_CAPACITY],
}

/// What is known of the run over a region.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct RunSection {
    /// Drawn at random when the region is created, so that readers notice a new one.
    pub generation: IndexbusAtomicU64,
    /// Stages bound to the gating cells, the first `stages` of them; 0 before a run.
    pub stages: IndexbusAtomicU32,
    /// Which threads run the stages: one of `RUN_WORKERS_…`, 0 where nobody said.
    pub workers: IndexbusAtomicU32,
    /// What they do while nothing is ready: one of `RUN_WAIT_…`, 0 where nobody said.
    pub wait: IndexbusAtomicU32,
    /// Padding, 0.
    pub pad0: u32,
    /// Padding to a cache line.
    pub pad1: [u8; 40],
}

/// Workers of a run: a thread for each stage.
pub const RUN_WORKERS_DEDICATED: u32 = 1;
/// Workers of a run: a thread for several consecutive stages.
pub const RUN_WORKERS_SEGMENTS: u32 = 2;
/// Workers of a run: the producer's thread runs all stages.
pub const RUN_WORKERS_ONE: u32 = 3;
/// Wait of a run: `spin`.
pub const RUN_WAIT_SPIN: u32 = 1;
/// Wait of a run: `backoff`.
pub const RUN_WAIT_BACKOFF: u32 = 2;
/// Wait of a run: `adaptive`.
pub const RUN_WAIT_ADAPTIVE: u32 = 3;

/// Written by the producer only.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct IngressCounters {
    /// Records that came in, refused ones included.
    pub records_in: IndexbusAtomicU64,
    /// Bytes of those records.
    pub bytes_in: IndexbusAtomicU64,
    /// Records that the ingress refused; they have no sequence.
    pub rejected: IndexbusAtomicU64,
    /// Padding to a cache line.
    pub pad: [u8; 40],
}

/// Written by the last stage only, when the sink took the record.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct EgressCounters {
    /// Records that went out.
    pub records_out: IndexbusAtomicU64,
    /// Bytes of those records.
    pub bytes_out: IndexbusAtomicU64,
    /// Records that a stage dropped.
    pub dropped: IndexbusAtomicU64,
    /// Records that a stage rejected.
    pub rejected: IndexbusAtomicU64,
    /// Padding to a cache line.
    pub pad: [u8; 32],
}

/// Written by one stage only.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct StageCounters {
    /// Records that the stage looked at; those marked before it are not among them.
    pub processed: IndexbusAtomicU64,
    /// Records that it dropped.
    pub dropped: IndexbusAtomicU64,
    /// Records whose result did not fit.
    pub rejected: IndexbusAtomicU64,
    /// Padding to a cache line.
    pub pad: [u8; 40],
}

/// All counters, each writer on cache lines of its own.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct SequencedSlotsCounters {
    /// The run over the region.
    pub run: RunSection,
    /// The producer's.
    pub ingress: IngressCounters,
    /// The last stage's.
    pub egress: EgressCounters,
    /// One per stage.
    pub stages: [StageCounters; SEQUENCED_SLOTS_V1_GATING],
}

/// Which sequence each slot holds, so that a cursor or a ring entry that somebody wrote over is
/// told instead of delivering the bytes of another sequence.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct SequencedSlotsSequences {
    /// By slot index, the low 32 bits of the sequence. Written by the producer, after the payload
    /// and before the cursor.
    pub sequences: [IndexbusAtomicU32; SEQUENCED_SLOTS_V1_CAPACITY],
}

/// The whole region: the v1 layout and the appended sections.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct SequencedSlotsRegion<const BYTES: usize> {
    /// The v1 layout.
    pub layout: SequencedSlotsLayout<SEQUENCED_SLOTS_V1_GATING, BYTES>,
    /// With `BYTEOR_CAP_RECORD_MARKS`.
    pub marks: SequencedSlotsMarks,
    /// With `BYTEOR_CAP_COUNTERS`.
    pub counters: SequencedSlotsCounters,
    /// With `BYTEOR_CAP_SLOT_SEQUENCES`.
    pub sequences: SequencedSlotsSequences,
}

/// How large the slots of a region are. The layouts differ in nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SlotClass {
    /// 256 bytes, the default.
    #[default]
    B256,
    /// 1,024 bytes.
    B1024,
    /// 4,096 bytes.
    B4096,
    /// 16,384 bytes.
    B16384,
}

impl SlotClass {
    /// All classes, smallest first.
    pub const ALL: [Self; 4] = [Self::B256, Self::B1024, Self::B4096, Self::B16384];

    /// The class of exactly `slot_bytes` bytes.
    pub const fn from_slot_bytes(slot_bytes: u32) -> Option<Self> {
        match slot_bytes {
            256 => Some(Self::B256),
            1024 => Some(Self::B1024),
            4096 => Some(Self::B4096),
            16384 => Some(Self::B16384),
            _ => None,
        }
    }

    /// The class whose regions are of `kind`.
    pub const fn from_region_kind(kind: u16) -> Option<Self> {
        match kind {
            BYTEOR_REGION_KIND_SEQUENCED_SLOTS => Some(Self::B256),
            BYTEOR_REGION_KIND_SEQUENCED_SLOTS_1K => Some(Self::B1024),
            BYTEOR_REGION_KIND_SEQUENCED_SLOTS_4K => Some(Self::B4096),
            BYTEOR_REGION_KIND_SEQUENCED_SLOTS_16K => Some(Self::B16384),
            _ => None,
        }
    }

    /// Largest record, in bytes.
    pub const fn slot_bytes(self) -> usize {
        match self {
            Self::B256 => 256,
            Self::B1024 => 1024,
            Self::B4096 => 4096,
            Self::B16384 => 16384,
        }
    }

    /// The region kind in the header.
    pub const fn region_kind(self) -> u16 {
        match self {
            Self::B256 => BYTEOR_REGION_KIND_SEQUENCED_SLOTS,
            Self::B1024 => BYTEOR_REGION_KIND_SEQUENCED_SLOTS_1K,
            Self::B4096 => BYTEOR_REGION_KIND_SEQUENCED_SLOTS_4K,
            Self::B16384 => BYTEOR_REGION_KIND_SEQUENCED_SLOTS_16K,
        }
    }

    /// Bytes of the whole region, appended sections included.
    pub const fn region_bytes(self) -> usize {
        match self {
            Self::B256 => size_of::<SequencedSlotsRegion<256>>(),
            Self::B1024 => size_of::<SequencedSlotsRegion<1024>>(),
            Self::B4096 => size_of::<SequencedSlotsRegion<4096>>(),
            Self::B16384 => size_of::<SequencedSlotsRegion<16384>>(),
        }
    }

    /// The header of an initialized region of this class.
    pub const fn header(self) -> LayoutHeader {
        LayoutHeader::new_v1_with_layout_bytes(
            Self::CAPABILITIES,
            self.region_kind(),
            self.region_bytes() as u32,
        )
    }

    /// Capabilities that every region of ours has, and that attaching requires.
    pub const CAPABILITIES: u32 = BYTEOR_CAP_SUPPORTS_SEQUENCED_SLOTS
        | BYTEOR_CAP_RECORD_MARKS
        | BYTEOR_CAP_COUNTERS
        | BYTEOR_CAP_SLOT_SEQUENCES;

    /// Offset of `initialized`.
    pub const INITIALIZED_OFFSET: usize = offset_of!(SequencedSlotsLayout4, initialized);
    /// Offset of the cursor.
    pub const CURSOR_OFFSET: usize = offset_of!(SequencedSlotsLayout4, cursor);
    /// Offset of the first gating cell; one every 64 bytes.
    pub const GATING_OFFSET: usize = offset_of!(SequencedSlotsLayout4, gating);
    /// Offset of the head of the free list.
    pub const FREE_HEAD_OFFSET: usize = offset_of!(SequencedSlotsLayout4, pool);
    /// Offset of the first slot.
    pub const SLOTS_OFFSET: usize = Self::FREE_HEAD_OFFSET + 64;

    /// Distance from one slot to the next.
    pub const fn slot_stride(self) -> usize {
        16 + self.slot_bytes()
    }

    /// Offset of the ring.
    pub const fn ring_offset(self) -> usize {
        Self::SLOTS_OFFSET + SEQUENCED_SLOTS_V1_CAPACITY * self.slot_stride()
    }

    /// Offset of the marks.
    pub const fn marks_offset(self) -> usize {
        self.ring_offset() + 4 * SEQUENCED_SLOTS_V1_CAPACITY
    }

    /// Offset of the counters.
    pub const fn counters_offset(self) -> usize {
        self.marks_offset() + size_of::<SequencedSlotsMarks>()
    }

    /// Offset of the sequences of the slots.
    pub const fn sequences_offset(self) -> usize {
        self.counters_offset() + size_of::<SequencedSlotsCounters>()
    }
}

macro_rules! check_class {
    ($class:expr, $bytes:literal) => {
        assert!(size_of::<SlotOf<$bytes>>() == $class.slot_stride());
        assert!(
            offset_of!(SequencedSlotsLayout<4, $bytes>, pool) == SlotClass::FREE_HEAD_OFFSET
        );
        assert!(
            offset_of!(SequencedSlotsLayout<4, $bytes>, ring) == $class.ring_offset()
        );
        assert!(
            offset_of!(SequencedSlotsRegion<$bytes>, marks) == $class.marks_offset()
        );
        assert!(
            offset_of!(SequencedSlotsRegion<$bytes>, counters) == $class.counters_offset()
        );
        assert!(
            offset_of!(SequencedSlotsRegion<$bytes>, sequences) == $class.sequences_offset()
        );
        assert!($class.marks_offset() % 64 == 0 && $class.sequences_offset() % 64 == 0);
        assert!(
            $class.sequences_offset() + size_of::<SequencedSlotsSequences>()
                == $class.region_bytes()
        );
    };
}

const _: () = {
    assert!(offset_of!(SequencedSlotsLayout4, initialized) == 16);
    assert!(offset_of!(SequencedSlotsLayout4, cursor) == 64);
    assert!(offset_of!(SequencedSlotsLayout4, gating) == 128);
    assert!(offset_of!(SequencedSlotsLayout4, pool) == 384);
    assert!(size_of::<SequencedSlotsMarks>() == 8 * 1024);
    assert!(size_of::<SequencedSlotsCounters>() == 7 * 64);
    assert!(size_of::<SequencedSlotsSequences>() == 4 * 1024);
    assert!(BYTEOR_CAP_SUPPORTS_SEQUENCED_SLOTS == 131_072);
    check_class!(SlotClass::B256, 256);
    check_class!(SlotClass::B1024, 1024);
    check_class!(SlotClass::B4096, 4096);
    check_class!(SlotClass::B16384, 16384);
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_has_a_region_kind_of_its_own_and_finds_itself_back() {
        for class in SlotClass::ALL {
            assert_eq!(
                SlotClass::from_region_kind(class.region_kind()),
                Some(class)
            );
            assert_eq!(
                SlotClass::from_slot_bytes(class.slot_bytes() as u32),
                Some(class)
            );
        }
        assert_eq!(SlotClass::from_region_kind(102), None);
        assert_eq!(SlotClass::from_slot_bytes(512), None);
    }
}
