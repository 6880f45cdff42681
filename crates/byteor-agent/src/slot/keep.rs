//! What runs: the last-known-good, kept running.

use super::ladder::{self, Due};
use super::machine::{LADDER_RESET, Look, Machine, STOP_PATIENCE};
use super::record::{Activation, Said};
use super::verdict::{Exit, Verdict};
use crate::clock::Now;
use crate::protocol::Phase;

/// Why the last-known-good is down, or was until a moment ago.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rest {
    /// As it is told: starting (it crashed), retrying (host trouble) or refused.
    pub phase: Phase,
    /// What happened.
    pub said: Said,
    /// How often in a row.
    pub tries: u32,
    /// When it is started again; nothing where that was refused.
    pub due: Option<Due>,
}

impl Machine {
    /// Starts or ends the last-known-good, as is wanted.
    pub(super) fn move_kept(&mut self, now: Now) {
        if self.child.is_some() {
            if self.record.stopped {
                self.stop_child(None, STOP_PATIENCE, now);
            }
            return;
        }
        let due = match &self.rest {
            None => true,
            Some(rest) => rest.due.is_some_and(|due| due.has_come(now)),
        };
        if let Some(active) = &self.record.active
            && due
            && !self.record.stopped
            && !active.finished
        {
            let active = active.clone();
            self.launch_kept(active);
        }
    }

    /// It was started again: that is counted.
    pub(super) fn launched_again(&mut self, activation: &mut Activation, now: Now) {
        activation.restarts = activation.restarts.saturating_add(1);
        activation.last_restart_at = Some(now.wall);
        if let Some(active) = &mut self.record.active
            && active.target == activation.target
        {
            active.restarts = activation.restarts;
            active.last_restart_at = activation.last_restart_at;
            self.remember();
        }
    }

    pub(super) fn watch_kept(&mut self, look: &Look) {
        let long = look.started_for.is_some_and(|lived| lived >= LADDER_RESET);
        if long {
            self.rest = None;
        }
    }

    /// It could not be started.
    pub(super) fn keep_down(&mut self, verdict: Verdict, now: Now) {
        match verdict {
            Verdict::Refused(why) => {
                self.rest = Some(Rest {
                    phase: Phase::Refused,
                    said: why.at(now.wall),
                    tries: 1,
                    due: None,
                });
            }
            Verdict::Trouble(why) | Verdict::Fell(why) => {
                self.rest_for(Phase::Retrying, why.at(now.wall), now);
            }
        }
    }

    /// It ended though it should have gone on.
    pub(super) fn crashed(&mut self, exit: &Exit, now: Now) {
        self.rest_for(Phase::Starting, exit.why().at(now.wall), now);
    }

    fn rest_for(&mut self, phase: Phase, said: Said, now: Now) {
        let tries = self
            .rest
            .as_ref()
            .map_or(1, |rest| rest.tries.saturating_add(1));
        self.rest = Some(Rest {
            phase,
            said,
            tries,
            due: Some(ladder::after_trouble(now, tries)),
        });
    }
}
