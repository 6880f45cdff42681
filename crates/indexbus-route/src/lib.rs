//! The one router loop of IndexBus, and what `indexbus-router` prints of it.
//!
//! The loop itself is `no_std` and lives in `indexbus`; this crate is where programs find it.

mod rates;

pub use indexbus::{
    BackpressurePolicy, CreditConfig, CreditPolicy, CreditStats, RouterCounters, RouterFailure,
    RouterLoopConfig, RouterMode, RouterSource, route_until, route_until_observed,
    route_until_with_credit_stats,
};
pub use rates::Rates;
