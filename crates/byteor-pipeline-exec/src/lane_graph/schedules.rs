//! Random interleavings of the models of this module.

use std::sync::Arc;

use indexbus_proof::rounds;
use shuttle::scheduler::RandomScheduler;

/// Models that a test has at most: each gets its part of the time.
const MODELS: u32 = 5;

/// A thousand random interleavings, or thousands of them for the time that a proof is given.
pub(super) fn thousands(model: impl Fn() + Send + Sync + 'static) {
    let model = Arc::new(model);
    for round in rounds("thousands of schedules", 1).shared_by(MODELS) {
        let model = Arc::clone(&model);
        let scheduler = RandomScheduler::new_from_seed(round, 1_000);
        shuttle::Runner::new(scheduler, shuttle::Config::new()).run(move || model());
    }
}
