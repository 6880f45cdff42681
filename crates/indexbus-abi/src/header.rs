//! The header that opens every region, its constants, and the atomic integers.

/// `I B U S` in little-endian byte order.
pub const INDEXBUS_MAGIC_IBUS: u32 = 0x5355_4249;
/// ABI version of all v1 layouts (value ours).
pub const INDEXBUS_ABI_VERSION_V1: u16 = 1;
/// The bits of [`LayoutHeader::flags`] that hold the region kind; the others are reserved.
pub const INDEXBUS_FLAGS_REGION_KIND_MASK: u16 = 0x00ff;
/// Cache line that writers are kept apart by, in bytes.
pub const INDEXBUS_CACHE_LINE: usize = 64;

/// Region kind of an events region (kinds are ours; ByteOr's start at 101).
pub const INDEXBUS_REGION_KIND_EVENTS: u16 = 1;
/// Region kind of a fanout region.
pub const INDEXBUS_REGION_KIND_FANOUT: u16 = 2;
/// Region kind of a state region.
pub const INDEXBUS_REGION_KIND_STATE: u16 = 3;
/// Region kind of a journal region.
pub const INDEXBUS_REGION_KIND_JOURNAL: u16 = 4;
/// Region kind of a sequencer region.
pub const INDEXBUS_REGION_KIND_SEQUENCER: u16 = 5;
/// Region kind of an events region with aligned payloads of up to 64 bytes.
pub const INDEXBUS_REGION_KIND_EVENTS_64: u16 = 17;
/// Region kind of an events region with aligned payloads of up to 256 bytes.
pub const INDEXBUS_REGION_KIND_EVENTS_256: u16 = 18;
/// Region kind of an events region with aligned payloads of up to 1,024 bytes.
pub const INDEXBUS_REGION_KIND_EVENTS_1K: u16 = 19;
/// Region kind of an events region with aligned payloads of up to 4,096 bytes.
pub const INDEXBUS_REGION_KIND_EVENTS_4K: u16 = 20;

/// The region holds an events lane (bits are ours; ByteOr's start at bit 16).
pub const INDEXBUS_CAP_SUPPORTS_EVENTS: u32 = 1 << 0;
/// The region holds a state stream.
pub const INDEXBUS_CAP_SUPPORTS_STATE: u32 = 1 << 1;
/// The region holds a journal.
pub const INDEXBUS_CAP_SUPPORTS_JOURNAL: u32 = 1 << 2;
/// The region holds a sequencer.
pub const INDEXBUS_CAP_SUPPORTS_SEQUENCER: u32 = 1 << 3;
/// Wake sections are appended to the region.
pub const INDEXBUS_CAP_SUPPORTS_BLOCKING: u32 = 1 << 4;
/// Each slot says in an appended section which put it was last used for.
pub const INDEXBUS_CAP_SLOT_SEQUENCES: u32 = 1 << 5;
/// Each queue of an events region has slots of its own, one by entry; a many-producers queue says who
/// claimed an entry, and receivers say how far they came.
pub const INDEXBUS_CAP_SLOTS_BY_ENTRY: u32 = 1 << 6;
/// A many-producers queue of a fanout region says who claimed an entry.
pub const INDEXBUS_CAP_OWNED_CLAIMS: u32 = 1 << 7;

/// `initialized`: nobody has begun.
pub const INDEXBUS_UNINITIALIZED: u32 = 0;
/// `initialized`: the creator is at work; stuck here means that it failed.
pub const INDEXBUS_INITIALIZING: u32 = 1;
/// `initialized`: the region can be used.
pub const INDEXBUS_INITIALIZED: u32 = 2;

/// A u32 in a region that is only touched by atomic operations.
#[repr(C, align(4))]
#[derive(Clone, Copy, Debug, Default)]
pub struct IndexbusAtomicU32(pub u32);

/// A u64 in a region that is only touched by atomic operations.
#[repr(C, align(8))]
#[derive(Clone, Copy, Debug, Default)]
pub struct IndexbusAtomicU64(pub u64);

/// The first 16 bytes of every region.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LayoutHeader {
    /// [`INDEXBUS_MAGIC_IBUS`].
    pub magic: u32,
    /// [`INDEXBUS_ABI_VERSION_V1`].
    pub version: u16,
    /// Low 8 bits: region kind. The rest is reserved and written as 0.
    pub flags: u16,
    /// Which features and appended sections are there.
    pub capabilities: u32,
    /// Length of the layout in bytes, appended sections included.
    pub layout_bytes: u32,
}

impl LayoutHeader {
    /// A v1 header whose `layout_bytes` is still to be set.
    pub const fn new_v1(capabilities: u32, flags: u16) -> Self {
        Self::new_v1_with_layout_bytes(capabilities, flags, 0)
    }

    /// A complete v1 header.
    pub const fn new_v1_with_layout_bytes(
        capabilities: u32,
        flags: u16,
        layout_bytes: u32,
    ) -> Self {
        Self {
            magic: INDEXBUS_MAGIC_IBUS,
            version: INDEXBUS_ABI_VERSION_V1,
            flags,
            capabilities,
            layout_bytes,
        }
    }

    /// Whether magic and version are those of v1. Says nothing about kind and capabilities.
    pub const fn is_compatible_v1(&self) -> bool {
        self.magic == INDEXBUS_MAGIC_IBUS && self.version == INDEXBUS_ABI_VERSION_V1
    }

    /// The region kind in the low bits of `flags`.
    pub const fn region_kind(&self) -> u16 {
        self.flags & INDEXBUS_FLAGS_REGION_KIND_MASK
    }
}

const _: () = {
    use core::mem::{align_of, offset_of, size_of};
    assert!(size_of::<LayoutHeader>() == 16);
    assert!(offset_of!(LayoutHeader, magic) == 0);
    assert!(offset_of!(LayoutHeader, version) == 4);
    assert!(offset_of!(LayoutHeader, flags) == 6);
    assert!(offset_of!(LayoutHeader, capabilities) == 8);
    assert!(offset_of!(LayoutHeader, layout_bytes) == 12);
    assert!(size_of::<IndexbusAtomicU32>() == 4 && align_of::<IndexbusAtomicU32>() == 4);
    assert!(size_of::<IndexbusAtomicU64>() == 8 && align_of::<IndexbusAtomicU64>() == 8);
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_magic_spells_ibus_in_little_endian() {
        assert_eq!(&INDEXBUS_MAGIC_IBUS.to_le_bytes(), b"IBUS");
    }

    #[test]
    fn compatibility_looks_at_magic_and_version_only() {
        let header = LayoutHeader::new_v1(0, 0xff05);
        assert!(header.is_compatible_v1());
        assert_eq!(header.layout_bytes, 0);
        assert_eq!(header.region_kind(), INDEXBUS_REGION_KIND_SEQUENCER);
        assert!(
            !LayoutHeader {
                version: 2,
                ..header
            }
            .is_compatible_v1()
        );
        assert!(!LayoutHeader { magic: 1, ..header }.is_compatible_v1());
    }
}
