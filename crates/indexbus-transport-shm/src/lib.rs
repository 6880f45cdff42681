//! File-backed shared-memory regions: create, open, validate, with a bounded wait.
//!
//! A region file is hostile input until it was validated: it may be stale, truncated, half
//! initialized, of another kind, or written to by another process at any time. [`Mapping`] owns a
//! `mmap`, and what points into it borrows or keeps it; [`EventsRegion`] is the events lane over
//! one. Creation is exclusive, for the owner or the group ([`Access`]), and allocates all blocks, so
//! that a full file system is an error at creation and no signal later. [`region_path`] says where
//! files are best put.
//!
//! A file that is truncated while it is mapped kills whoever touches the lost pages, by the signal
//! SIGBUS, unless the program installed the handler of `indexbus-sigbus`: then they read as zero, and
//! the ends of a lane find the mapping marked and end with `Corrupted`. A library never installs it.
//! Readers of foreign files that must never die, and can't install one, read the file instead of
//! mapping it.

mod allocate;
mod error;
mod events;
mod fanout;
mod journal;
mod mapping;
mod open;
mod options;
mod owners;
mod place;
mod sequencer;
mod state;

pub use error::Error;
pub use events::EventsRegion;
pub use fanout::FanoutRegion;
pub use journal::{JournalOpenOptions, JournalRegion4};
pub use mapping::Mapping;
pub use options::{Access, Attach, OpenOptions};
pub use owners::{OwnerLock, Owners};
pub use place::region_path;
pub use sequencer::SequencerRegion;
pub use state::StateRegion;
