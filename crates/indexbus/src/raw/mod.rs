//! Memory that another thread or process may write: atomics and word-wise copies, no references.
//!
//! Three layers. [`Atomic`] and [`Words`] say what a shared word, or a row of them, can do, by the
//! names of `std::sync::atomic`; the lanes are written over them, so that a model checker runs the
//! same functions over words of its own. [`Word`] and [`Row`] are words of a region. [`View`] hands
//! those out, checked against its bounds, and never for longer than its [`RegionMemory`] is
//! borrowed; so all that a user of this module can get wrong is caught or doesn't compile.

mod copy;
#[cfg(feature = "fail-points")]
pub mod fail_point;
mod memory;
mod moves;
mod payload;
mod word;
mod words;

pub use copy::{copy_in, copy_out};
pub use core::sync::atomic::Ordering;
pub use memory::{LostMark, RegionMemory, View};
pub use payload::{Payloads, bytes_of, bytes_of_mut};
pub use word::{Atomic, Primitive, Word, Word32, Word64};
pub use words::{Row, Words};
