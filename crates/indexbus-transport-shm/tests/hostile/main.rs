//! Lanes under a process that writes over them, and under every damage to a header: no panic, no read
//! outside, and an end that says `Corrupted` soon.

mod events;
mod header;
mod other_lanes;
mod peer;

use indexbus_transport_shm::Error;

/// Whether an end that can't be had says that its region is corrupted, which is all that it may say.
fn refused(said: &Error) -> bool {
    assert_eq!(said.code(), "E_REGION_CORRUPTED", "{said}");
    true
}
