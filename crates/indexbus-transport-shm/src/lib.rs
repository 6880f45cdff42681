//! File-backed shared-memory regions: create, open, validate, with a bounded wait.
//!
//! A region file is hostile input until it was validated: it may be stale, truncated, half
//! initialized, of another kind, or written to by another process at any time. [`Mapping`] owns a
//! `mmap`, and what points into it borrows or keeps it; [`EventsRegion`] is the events lane over
//! one. Creation
//! is exclusive, with mode 0600, and allocates all blocks, so that a full file system is an error
//! at creation and no signal later.
//!
//! A file that is truncated while it is mapped kills whoever touches the lost pages (SIGBUS).
//! That is checked at attach and by [`Mapping::check_size`]; readers of foreign files that must
//! never die read the file instead of mapping it.

mod error;
mod events;
mod mapping;
mod options;
mod owners;

pub use error::Error;
pub use events::EventsRegion;
pub use mapping::Mapping;
pub use options::{Attach, OpenOptions};
pub use owners::Owners;
