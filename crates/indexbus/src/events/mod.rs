//! The events lane: payloads in slots, one slot for each entry of a queue.
//!
//! A region has two queues, each with slots of its own: one for a single producer, first in first
//! out, and one for many, which keeps the order of each. Entry `n` names slot `n` from the creation
//! on, so sending takes nothing from a free list, and a producer or receiver that dies loses no slot.
//! The entries are read and compared, never followed.

mod cell;
mod mpsc;
mod mpsc_receiver;
mod slots;
mod spsc;
mod stamps;

pub use cell::{
    SharedLayoutCell, attach_events, attach_shared_layout, init_events, init_shared_layout,
    init_shared_memory, split_mpsc, split_spsc, validate_events, validate_shared_layout,
};
pub use mpsc::{MpscReservation, MpscSender};
pub use mpsc_receiver::MpscReceiver;
pub use slots::PayloadRef;
pub use spsc::{SpscReceiver, SpscReservation, SpscSender};
