//! What holds of the regions that executors run over, whatever is written into them: sequenced slots
//! and the events chain.
//!
//! Each module is a fuzz target, as those of [`indexbus_laws`] are: as long as nobody else wrote,
//! nothing true is refused, records come whole and in order; after that, an answer, within bounds,
//! from every call.

pub mod lane_chain;
pub mod lane_slots;

use indexbus_laws::Target;

/// All fuzz targets.
pub const ALL: [Target; 2] = [
    Target {
        name: "lane_chain",
        check: lane_chain::check,
    },
    Target {
        name: "lane_slots",
        check: lane_slots::check,
    },
];
