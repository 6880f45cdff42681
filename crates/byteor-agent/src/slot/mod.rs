//! One slot: what is desired, what is attempted, and what runs, kept apart.
//!
//! - [`machine`]: the rules, pure; [`attempt`] and [`keep`] are its two halves, [`report`] what is
//!   said of it, [`ladder`] its waits, [`verdict`] its three words.
//! - [`record`]: what is known over restarts.
//! - [`drive`]: carries out what the machine wants, with [`launch`] for the runtime's command.
//! - [`damaged`]: a slot whose record can't be read.

mod attempt;
mod damaged;
mod drive;
mod keep;
mod ladder;
mod launch;
pub mod machine;
pub mod record;
mod report;
pub mod verdict;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod table;

use std::time::Duration;

use byteor_config::ConfigBundleV1;
use damaged::Damaged;
use drive::Live;
use machine::Event;
pub use record::{SlotRecord, Target};

use crate::api::CallError;
use crate::host::Host;
use crate::protocol::{Desired, SlotReport, StatusPhase};

/// One slot.
#[derive(Debug)]
pub struct Slot {
    name: String,
    state: State,
    /// What the control plane last wanted here.
    desired: Option<Vec<Desired>>,
}

#[derive(Debug)]
enum State {
    Live(Box<Live>),
    Damaged(Damaged),
}

impl Slot {
    /// A slot as it was left, or a new one. One that was retired is opened too; see
    /// [`Slot::is_left_over`].
    pub fn open(host: &mut Host, name: &str) -> Self {
        let state = match record::read(&host.state, name) {
            Ok(record) => State::Live(Box::new(Live::open(host, name, record))),
            Err(failure) => State::Damaged(Damaged::new(host, name, failure)),
        };
        Self {
            name: name.to_owned(),
            state,
            desired: None,
        }
    }

    /// What the control plane wants here: every entry that names this slot; none is an answer too.
    pub fn desire(&mut self, host: &mut Host, desired: &[Desired]) {
        self.desired = Some(desired.to_vec());
        match &mut self.state {
            State::Live(live) => live.happen(host, Event::Desired(desired.to_vec())),
            State::Damaged(damaged) => damaged.desire(desired),
        }
    }

    /// A bundle that was ordered has come, or not.
    pub fn fetched(
        &mut self,
        host: &mut Host,
        deployment_id: &str,
        bundle_hash: &str,
        result: Result<Vec<u8>, CallError>,
    ) {
        if let State::Live(live) = &mut self.state {
            live.fetched(host, deployment_id, bundle_hash, result);
        }
    }

    /// The control plane has heard how an attempt ended.
    pub fn told(&mut self, host: &mut Host, deployment_id: &str, epoch: u64, phase: StatusPhase) {
        let deployment_id = deployment_id.to_owned();
        if let State::Live(live) = &mut self.state {
            live.happen(
                host,
                Event::Told {
                    deployment_id,
                    epoch,
                    phase,
                },
            );
        }
    }

    /// Moves things on, as far as they can be moved without waiting.
    pub fn step(&mut self, host: &mut Host) {
        match &mut self.state {
            State::Live(live) => live.step(host),
            State::Damaged(damaged) => {
                if let Some(record) = damaged.look_again(host, &self.name) {
                    let mut live = Box::new(Live::open(host, &self.name, record));
                    if let Some(desired) = &self.desired {
                        live.happen(host, Event::Desired(desired.clone()));
                    }
                    self.state = State::Live(live);
                }
            }
        }
    }

    /// Asks the process to end within `patience`; for the end of the agent itself.
    pub fn shut_down(&mut self, host: &mut Host, patience: Duration) {
        if let State::Live(live) = &mut self.state {
            live.happen(host, Event::ShutDown(patience));
        }
    }

    /// Whether it is changing what it runs: a process ends, or is on trial.
    pub fn is_changing(&self) -> bool {
        match &self.state {
            State::Live(live) => live.is_changing(),
            State::Damaged(_) => false,
        }
    }

    /// Whether no process is left.
    pub fn is_down(&self) -> bool {
        match &self.state {
            State::Live(live) => live.is_down(),
            State::Damaged(_) => true,
        }
    }

    /// Ends the process at once.
    pub fn kill(&mut self) {
        if let State::Live(live) = &mut self.state {
            live.kill();
        }
    }

    /// Whether nothing is left of it but its record, so that it can be forgotten.
    pub fn is_retired(&self) -> bool {
        match &self.state {
            State::Live(live) => live.is_retired(),
            State::Damaged(_) => false,
        }
    }

    /// Whether it was retired before the agent was started.
    pub fn is_left_over(&self) -> bool {
        match &self.state {
            State::Live(live) => live.was_retired(),
            State::Damaged(_) => false,
        }
    }

    /// The config of its last-known-good, verified once more; nothing where it has none, or where that
    /// isn't good any more.
    pub fn approved(&self, host: &mut Host) -> Option<ConfigBundleV1> {
        match &self.state {
            State::Live(live) => live.approved(host),
            State::Damaged(_) => None,
        }
    }

    /// What the agent can prove about the slot.
    pub fn report(&self) -> SlotReport {
        match &self.state {
            State::Live(live) => live.report(),
            State::Damaged(damaged) => damaged.report(&self.name),
        }
    }
}
