//! What holds of lanes, whatever is written into their regions.
//!
//! Each module is a fuzz target: `check` reads its input as calls, and as words that somebody else
//! writes over the region, and panics where a law is broken. `fuzz/` calls it with what libFuzzer
//! makes up, `tests/corpora.rs` with the committed corpora and with random input.
//!
//! As long as nobody else wrote: nothing true is refused, records come whole and in order, counts add
//! up. After that: an answer, within bounds, from every call; `Corrupted` where it can't be.

pub mod lane_events;
pub mod lane_fanout;
pub mod lane_journal;
pub mod lane_sequencer;
pub mod lane_state;
pub mod message;

pub mod corpora;
pub mod input;

/// A fuzz target: its name, which is also its corpus folder's, and what it does with an input.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name.
    pub name: &'static str,
    /// Panics where a law is broken.
    pub check: fn(&[u8]),
}

/// All fuzz targets.
pub const ALL: [Target; 6] = [
    Target {
        name: "lane_events",
        check: lane_events::check,
    },
    Target {
        name: "lane_fanout",
        check: lane_fanout::check,
    },
    Target {
        name: "lane_journal",
        check: lane_journal::check,
    },
    Target {
        name: "lane_sequencer",
        check: lane_sequencer::check,
    },
    Target {
        name: "lane_state",
        check: lane_state::check,
    },
    Target {
        name: "message",
        check: message::check,
    },
];
