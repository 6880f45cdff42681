//! An events chain: several queues over one slot pool, so that stages of one mapping pass slots on and
//! no bytes.
//!
//! A [`ChainRegion`] keeps its memory, and so do its ends. Each queue has a [`ChainTx`] and a
//! [`ChainRx`]; a queue for many producers has many of the first. [`ChainRx::take`] gives a
//! [`HeldSlot`], which [`ChainTx::pass`] puts into another queue. All queues share 1,024 slots: `Full`
//! is a full queue or an empty pool.

mod ends;
mod region;
mod words;

pub use ends::{ChainRx, ChainTx, HeldSlot, NotPassed};
pub use region::{ChainQueue, ChainRegion};
