//! Lanes over shared memory: events (SPSC, MPSC), a sequencer with gating, wait strategies.
//!
//! `no_std` at the core and usable alone. Handles are thin raw-pointer wrappers over a layout of
//! `indexbus-abi`, on the heap or in a mapping: nothing here ever forms a reference into memory
//! that another process may write. Integers are read by atomics, payloads are copied out word by
//! word, and the copy is what gets validated.
//!
//! At-most-once, explicit backpressure ([`Error::Full`]), Acquire/Release atomics only; the
//! publishing store is the synchronization point (reference: IndexBus, section 1).
#![no_std]

#[cfg(any(feature = "std", test))]
extern crate std;

mod error;
mod events;
mod pool;
mod queue;
pub mod raw;
mod region;
pub mod sequencer;
mod wait;

pub use error::Error;
pub use events::{
    MpscReceiver, MpscSender, SharedLayoutCell, SpscReceiver, SpscSender, init_shared_layout,
    init_shared_memory, split_mpsc, split_spsc, validate_shared_layout,
};
pub use pool::{PoolPtr, validate_free_list};
pub use region::{check_header, read_header, write_header};
pub use wait::{BackoffWait, SpinWait, Wait, WaitKind, WaitStep, WaitStrategy};
