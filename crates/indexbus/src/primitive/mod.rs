//! The algorithms that lanes are made of, over words that may live anywhere.
//!
//! Each is generic over its words ([`Atomic`](crate::raw::Atomic), [`Words`](crate::raw::Words)) and
//! takes its capacity from them. In a region those are 1,024 entries of mapped memory; in
//! `tests/models.rs` they are a model checker's, two to four of them, and what runs is this code.
//! That test enumerates the files of this folder: a primitive without a model is a failure.

mod claim_queue;
mod claim_ring;
mod free_list;
mod journal;
mod router;
mod seqlock;
mod sequencer;
mod shared_slots;
mod slot_ring;
mod spsc;
mod wake;

pub use claim_queue::{ClaimQueue, ClaimQueueConsumer};
pub use claim_ring::{Cell, ClaimConsumer, ClaimRing};
pub use free_list::FreeList;
pub use journal::{JournalRead, JournalReader, JournalWords, JournalWriter, Start};
pub use router::{Hold, RouteSource, Router, Step};
pub use seqlock::{SeqLock, SeqLockWriter};
pub use sequencer::{Barrier, Consumer, GatingSet, Sequencer};
pub use shared_slots::SharedSlots;
pub use slot_ring::SlotRing;
pub use spsc::{SpscConsumer, SpscProducer, SpscWords};
pub use wake::WakeWords;
