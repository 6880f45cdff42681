//! The counters of a region; each is written by one owner only.

use core::mem::offset_of;

use byteor_abi::{
    EgressCounters, IngressCounters, SEQUENCED_SLOTS_V1_GATING, SequencedSlotsCounters,
    StageCounters,
};
use indexbus::raw::{View, Word64};

/// Counters that the producer writes.
#[derive(Clone, Copy, Debug)]
pub struct IngressWords<'m> {
    /// Records that came in, refused ones included.
    pub records_in: Word64<'m>,
    /// Bytes of those.
    pub bytes_in: Word64<'m>,
    /// Records that the ingress refused.
    pub rejected: Word64<'m>,
}

/// Counters that the last stage writes.
#[derive(Clone, Copy, Debug)]
pub struct EgressWords<'m> {
    /// Records that went out.
    pub records_out: Word64<'m>,
    /// Bytes of those.
    pub bytes_out: Word64<'m>,
    /// Records that a stage dropped.
    pub dropped: Word64<'m>,
    /// Records that a stage rejected.
    pub rejected: Word64<'m>,
}

/// Counters that one stage writes.
#[derive(Clone, Copy, Debug)]
pub struct StageWords<'m> {
    /// Records that it looked at.
    pub processed: Word64<'m>,
    /// Records that it dropped.
    pub dropped: Word64<'m>,
    /// Records whose result did not fit.
    pub rejected: Word64<'m>,
}

/// The counters section of a region.
#[derive(Clone, Copy, Debug)]
pub(super) struct Section<'m> {
    pub(super) view: View<'m>,
    /// Where in the region the section begins.
    pub(super) at: usize,
}

impl<'m> Section<'m> {
    fn word(&self, at: usize) -> Word64<'m> {
        self.view.word(self.at + at)
    }

    pub(super) fn ingress(&self) -> IngressWords<'m> {
        let at = offset_of!(SequencedSlotsCounters, ingress);
        IngressWords {
            records_in: self.word(at + offset_of!(IngressCounters, records_in)),
            bytes_in: self.word(at + offset_of!(IngressCounters, bytes_in)),
            rejected: self.word(at + offset_of!(IngressCounters, rejected)),
        }
    }

    pub(super) fn egress(&self) -> EgressWords<'m> {
        let at = offset_of!(SequencedSlotsCounters, egress);
        EgressWords {
            records_out: self.word(at + offset_of!(EgressCounters, records_out)),
            bytes_out: self.word(at + offset_of!(EgressCounters, bytes_out)),
            dropped: self.word(at + offset_of!(EgressCounters, dropped)),
            rejected: self.word(at + offset_of!(EgressCounters, rejected)),
        }
    }

    /// # Panics
    /// If there can't be such a stage.
    pub(super) fn stage(&self, stage: usize) -> StageWords<'m> {
        assert!(stage < SEQUENCED_SLOTS_V1_GATING);
        let at = offset_of!(SequencedSlotsCounters, stages) + stage * size_of::<StageCounters>();
        StageWords {
            processed: self.word(at + offset_of!(StageCounters, processed)),
            dropped: self.word(at + offset_of!(StageCounters, dropped)),
            rejected: self.word(at + offset_of!(StageCounters, rejected)),
        }
    }
}
