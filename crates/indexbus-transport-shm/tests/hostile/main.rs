//! Lanes under a process that writes over them, and under every damage to a header: no panic, no read
//! outside, and an end that says `Corrupted` soon.

mod events;
mod header;
mod other_lanes;
mod peer;
