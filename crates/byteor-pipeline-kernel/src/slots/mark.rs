//! What a stage decided about a record.

use byteor_abi::{
    MARK_DROPPED, MARK_KIND_MASK, MARK_LEN_SHIFT, MARK_LIVE, MARK_REJECTED, MARK_STAGE_MASK,
    MARK_STAGE_SHIFT, SEQUENCED_SLOTS_V1_GATING,
};
use indexbus::Error;

/// What a stage decided about a record, seen by the stages after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The record goes on.
    Live,
    /// Stage `stage` dropped it.
    Dropped {
        /// Index of the stage.
        stage: u32,
    },
    /// Stage `stage` rejected it.
    Rejected {
        /// Index of the stage.
        stage: u32,
        /// Length of the result that was larger than the slot, in bytes, capped at 2^32 - 1; 0 where
        /// the stage could not do its work on the record.
        len: u32,
    },
}

impl Mark {
    pub(super) fn to_word(self) -> u64 {
        match self {
            Self::Live => MARK_LIVE,
            Self::Dropped { stage } => MARK_DROPPED | u64::from(stage) << MARK_STAGE_SHIFT,
            Self::Rejected { stage, len } => {
                MARK_REJECTED
                    | u64::from(stage) << MARK_STAGE_SHIFT
                    | u64::from(len) << MARK_LEN_SHIFT
            }
        }
    }

    pub(super) fn from_word(word: u64) -> Result<Self, Error> {
        let stage = (word >> MARK_STAGE_SHIFT & MARK_STAGE_MASK) as u32;
        if stage as usize >= SEQUENCED_SLOTS_V1_GATING {
            return Err(Error::Corrupted);
        }
        match word & MARK_KIND_MASK {
            MARK_LIVE => Ok(Self::Live),
            MARK_DROPPED => Ok(Self::Dropped { stage }),
            MARK_REJECTED => Ok(Self::Rejected {
                stage,
                len: (word >> MARK_LEN_SHIFT) as u32,
            }),
            _ => Err(Error::Corrupted),
        }
    }
}
