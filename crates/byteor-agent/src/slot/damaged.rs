//! A slot whose record can't be read: it runs nothing, because without its record old epochs could
//! come back. The other slots go on. The record is looked at again on a ladder.

use super::ladder::{self, Due};
use super::record::{self, Said, SlotRecord, Target};
use super::verdict::Why;
use crate::failure::Failure;
use crate::host::Host;
use crate::instant::rfc3339;
use crate::protocol::{AttemptedReport, Desired, DesiredState, Phase, SlotReport};

/// A slot whose record can't be read.
#[derive(Debug)]
pub struct Damaged {
    said: Said,
    tries: u32,
    due: Due,
    wanted: Option<Target>,
}

impl Damaged {
    pub(super) fn new(host: &mut Host, name: &str, failure: Failure) -> Self {
        tracing::error!("{name}: this slot runs nothing: {failure}");
        let now = host.clock.now();
        Self {
            said: why(&failure).at(now.wall),
            tries: 1,
            due: ladder::after_trouble(now, 1),
            wanted: None,
        }
    }

    pub(super) fn desire(&mut self, desired: &[Desired]) {
        self.wanted = desired
            .iter()
            .filter(|entry| entry.state == DesiredState::Run)
            .max_by_key(|entry| entry.epoch)
            .map(Target::from);
    }

    /// The record, if it can be read by now.
    pub(super) fn look_again(&mut self, host: &mut Host, name: &str) -> Option<SlotRecord> {
        let now = host.clock.now();
        if !self.due.has_come(now) {
            return None;
        }
        match record::read(&host.state, name) {
            Ok(record) => {
                tracing::info!("{name}: its record can be read again");
                Some(record)
            }
            Err(failure) => {
                self.tries = self.tries.saturating_add(1);
                self.said = why(&failure).at(now.wall);
                self.due = ladder::after_trouble(now, self.tries);
                None
            }
        }
    }

    /// Said of the deployment that should run here; as long as nobody wants one, of nothing.
    pub(super) fn report(&self, name: &str) -> SlotReport {
        SlotReport {
            slot: name.to_owned(),
            running: None,
            attempted: self.wanted.as_ref().map(|target| AttemptedReport {
                deployment_id: target.deployment_id.clone(),
                epoch: target.epoch,
                phase: Phase::Retrying,
                code: Some(self.said.code.clone()),
                message: Some(self.said.message.clone()),
                tries: self.tries,
                next_try_at: Some(rfc3339(self.due.wall)),
                at: rfc3339(self.said.at),
            }),
            waiting: None,
            finished: false,
            snapshot: None,
            counters: None,
            adapters: None,
            last_words: Vec::new(),
            tried_words: Vec::new(),
        }
    }
}

fn why(failure: &Failure) -> Why {
    Why::new(
        &failure.code,
        &format!("{}; {}", failure.message, failure.help),
    )
}
