//! The journal region: append-only segments with subscriber positions.

use crate::{
    INDEXBUS_JOURNAL_SEGMENT_BYTES, INDEXBUS_JOURNAL_SEGMENTS,
    INDEXBUS_JOURNAL_SUBSCRIBERS_DEFAULT, IndexbusAtomicU32, IndexbusAtomicU64, LayoutHeader,
};

/// Record flag: the record is whole (values of the flags are ours).
pub const INDEXBUS_JOURNAL_FLAG_COMMITTED: u32 = 1;
/// Record flag: no record, but what is left of its segment.
pub const INDEXBUS_JOURNAL_FLAG_WRAP: u32 = 2;
/// Bytes of a record's header: payload length and flags, u32 each.
pub const INDEXBUS_JOURNAL_RECORD_HEADER_BYTES: usize = 8;
/// Most bytes of a record's payload: a record never crosses a segment.
pub const INDEXBUS_JOURNAL_MAX_RECORD_BYTES: usize =
    INDEXBUS_JOURNAL_SEGMENT_BYTES - INDEXBUS_JOURNAL_RECORD_HEADER_BYTES;
/// `segment_id` of a place that no segment was ever in (value ours).
pub const INDEXBUS_JOURNAL_SEGMENT_UNUSED: u32 = u32::MAX;
/// `sub_pos` of a subscriber that is free (value ours).
pub const INDEXBUS_JOURNAL_POSITION_FREE: u64 = u64::MAX;

/// What is known of one segment's place.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct SegmentMeta {
    /// Low 32 bits of the segment in this place, counted from the journal's first; written before
    /// any of the segment that was there is overwritten.
    pub segment_id: IndexbusAtomicU32,
    /// Bytes of the segment that can hold records.
    pub segment_len: IndexbusAtomicU32,
    /// Bytes of it that are published.
    pub tail: IndexbusAtomicU64,
    /// Padding to a cache line.
    pub pad: [u8; 48],
}

/// The journal region with three segments and four subscribers: 197,056 bytes.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct JournalLayout4 {
    /// Kind `INDEXBUS_REGION_KIND_JOURNAL`, capability `INDEXBUS_CAP_SUPPORTS_JOURNAL`.
    pub header: LayoutHeader,
    /// 0 uninitialized, 1 initializing, 2 initialized.
    pub initialized: IndexbusAtomicU32,
    /// Padding, 0.
    pub pad0: u32,
    /// Padding to a cache line.
    pub pad1: [u8; 40],
    /// Global publication position: bytes, headers included, since the journal began.
    pub pub_pos: IndexbusAtomicU64,
    /// Padding to a cache line.
    pub pad2: [u8; 56],
    /// Segment being written, 0 to 2.
    pub active_segment: IndexbusAtomicU32,
    /// Padding to a cache line.
    pub pad3: [u8; 60],
    /// The segments' state.
    pub segments: [SegmentMeta; INDEXBUS_JOURNAL_SEGMENTS],
    /// Position of each subscriber, or `INDEXBUS_JOURNAL_POSITION_FREE`.
    pub sub_pos: [IndexbusAtomicU64; INDEXBUS_JOURNAL_SUBSCRIBERS_DEFAULT],
    /// Padding to a cache line.
    pub pad4: [u8; 32],
    /// The segments' bytes.
    pub segment_bufs: [[u8; INDEXBUS_JOURNAL_SEGMENT_BYTES]; INDEXBUS_JOURNAL_SEGMENTS],
}

const _: () = {
    use core::mem::{offset_of, size_of};
    assert!(size_of::<SegmentMeta>() == 64);
    assert!(offset_of!(JournalLayout4, initialized) == 16);
    assert!(offset_of!(JournalLayout4, pub_pos) == 64);
    assert!(offset_of!(JournalLayout4, active_segment) == 128);
    assert!(offset_of!(JournalLayout4, segments) == 192);
    assert!(offset_of!(JournalLayout4, sub_pos) == 384);
    assert!(offset_of!(JournalLayout4, segment_bufs) == 448);
    assert!(size_of::<JournalLayout4>() == 197_056);
};
