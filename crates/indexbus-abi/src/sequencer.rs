//! The sequencer region: a cursor and gating cells, no payload.

use crate::{INDEXBUS_SEQUENCER_CONSUMERS, IndexbusAtomicU32, IndexbusAtomicU64, LayoutHeader};

/// One consumer's gating sequence, alone on its cache line (size ours).
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct SequencerGatingCell {
    /// Highest sequence that this consumer is done with; 0 is none.
    pub sequence: IndexbusAtomicU64,
    /// Padding to a cache line.
    pub pad: [u8; 56],
}

/// The sequencer region for four consumers.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct SequencerLayout4 {
    /// Kind `INDEXBUS_REGION_KIND_SEQUENCER`, capability `INDEXBUS_CAP_SUPPORTS_SEQUENCER`.
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
    /// One cell per consumer.
    pub gating: [SequencerGatingCell; INDEXBUS_SEQUENCER_CONSUMERS],
}

const _: () = {
    use core::mem::{offset_of, size_of};
    assert!(size_of::<SequencerGatingCell>() == 64);
    assert!(offset_of!(SequencerLayout4, initialized) == 16);
    assert!(offset_of!(SequencerLayout4, pad0) == 20);
    assert!(offset_of!(SequencerLayout4, cursor) == 64);
    assert!(offset_of!(SequencerLayout4, gating) == 128);
    assert!(size_of::<SequencerLayout4>() == 384);
};
