//! Records that go beside the ring.

use byteor_abi::SEQUENCED_SLOTS_V1_CAPACITY;

/// Records between [`append`](super::Producer::append) and [`flush`](super::Producer::flush), where the
/// producer itself takes them through all stages and nobody outside of the process can see the ring:
/// then none has to go through a slot, out of memory that others may write to. Packed one behind the
/// other, what a batch needs stays in the nearest cache.
///
/// Sequences are claimed as ever, so there are never more than the ring holds, and nothing allocates.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    bytes: Vec<u8>,
    /// Where each record ends.
    ends: Vec<usize>,
}

impl Pending {
    /// Room for a whole ring of records of up to `record_bytes` bytes; what isn't used takes no memory.
    pub(crate) fn new(record_bytes: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(record_bytes * SEQUENCED_SLOTS_V1_CAPACITY),
            ends: Vec::with_capacity(SEQUENCED_SLOTS_V1_CAPACITY),
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, record: &[u8]) {
        // As in `indexbus::raw`: a wide load of what was just written in small parts waits for them.
        let (parts, _) = record.as_chunks::<8>();
        let narrow = &parts[..parts.len().min(2)];
        narrow.iter().for_each(|part| self.bytes.extend(part));
        self.bytes.extend_from_slice(&record[narrow.len() * 8..]);
        self.ends.push(self.bytes.len());
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// Oldest first.
    #[inline]
    pub(crate) fn records(&self) -> impl Iterator<Item = &[u8]> {
        let mut from = 0;
        self.ends.iter().map(move |end| {
            let record = &self.bytes[from..*end];
            from = *end;
            record
        })
    }
}
