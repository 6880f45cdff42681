//! What a worker says of its end.

use std::any::Any;

use super::{Ended, Stop, Worker};
use crate::error::{Failure, FailureOrigin};

impl Worker {
    pub(super) fn tell(&self, ended: Ended<()>) {
        match ended {
            Ok(Ok(())) => {}
            Ok(Err(stop)) => self.fail(stop),
            Err(panic) => self.fail_panicked(&*panic),
        }
    }

    fn fail(&self, stop: Stop) {
        let (origin, code, message) = match stop {
            Stop::Stage(failure) => (
                FailureOrigin::Stage,
                failure.code.to_owned(),
                failure.message.to_string(),
            ),
            Stop::Unordered => (
                FailureOrigin::Stage,
                "E_EXEC_UNORDERED_CHANGE".to_owned(),
                "it changed a record that another stage may be reading; give the two an order"
                    .to_owned(),
            ),
            Stop::Sink(failure) => (FailureOrigin::Sink, failure.code, failure.message),
            Stop::Region(error) => (
                FailureOrigin::Region,
                error.code().to_owned(),
                error.to_string(),
            ),
        };
        self.report(origin, code, message);
    }

    fn fail_panicked(&self, panic: &(dyn Any + Send)) {
        let message = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".to_owned());
        self.report(FailureOrigin::Panic, "E_EXEC_PANIC".to_owned(), message);
    }

    fn report(&self, origin: FailureOrigin, code: String, message: String) {
        // Between records there is none to name: everything published was reached.
        let next = self.reached + 1;
        let published = next <= self.shared.slots().cursor();
        let stage = self.steps.steps[self.steps.at].index;
        self.shared.halt().fail(Failure {
            stage: stage as u32,
            stage_id: self.shared.stage_id(stage),
            shard: self.shared.shard,
            origin,
            sequence: if published { next } else { 0 },
            code,
            message,
        });
    }
}
