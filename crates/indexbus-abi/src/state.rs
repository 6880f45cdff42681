//! The state stream: one value, overwritten in place.

use crate::{IndexbusAtomicU32, IndexbusAtomicU64, LayoutHeader};

/// The newest value of at most `STATE_MAX` bytes, under a sequence lock.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct StateLayout<const STATE_MAX: usize> {
    /// Kind `INDEXBUS_REGION_KIND_STATE`, capability `INDEXBUS_CAP_SUPPORTS_STATE`.
    pub header: LayoutHeader,
    /// Even: stable; odd: being written; fresh: 0.
    pub seq: IndexbusAtomicU64,
    /// Length of the value in bytes.
    pub len: IndexbusAtomicU32,
    /// Padding, 0.
    pub pad: IndexbusAtomicU32,
    /// The value.
    pub data: [u8; STATE_MAX],
}

/// The concrete v1 state layout.
pub type StateLayout256 = StateLayout<256>;

const _: () = {
    use core::mem::{align_of, offset_of};
    assert!(offset_of!(StateLayout256, seq) == 16);
    assert!(offset_of!(StateLayout256, len) == 24);
    assert!(offset_of!(StateLayout256, pad) == 28);
    assert!(offset_of!(StateLayout256, data) == 32);
    assert!(align_of::<StateLayout256>() == 64);
};
