//! Ends of every lane, in a process that is gone just before each of its stores to the region in turn:
//! nothing is torn or comes twice, at most what was in flight is lost, and who is left goes on.
//!
//! The first hundred rounds end at the first hundred stores after the end took up its work; further
//! ones end anywhere.

mod events;
mod fanout;
mod others;
mod round;

use indexbus_transport_shm::{Attach, OpenOptions};

/// A region that is in use.
const LIVE: OpenOptions = OpenOptions {
    create: false,
    attach: Attach::Live,
    ..OpenOptions::DEFAULT
};
