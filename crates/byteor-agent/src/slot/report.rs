//! What the agent says of a slot: a pure function of the machine's state.

use super::attempt::{Attempt, Stage};
use super::keep::Rest;
use super::ladder::Due;
use super::machine::Machine;
use super::record::{Activation, Quarantined, Said, Target};
use crate::instant::rfc3339;
use crate::protocol::{AttemptedReport, Phase, RunningReport};

impl Machine {
    /// What runs, healthy and verified, if anything does.
    pub fn running(&self) -> Option<RunningReport> {
        let child = self.child().filter(|child| !child.trial && child.started)?;
        // The record is newer: restarts are counted there.
        let record = self.record().active.as_ref();
        let active = record
            .filter(|active| active.target == child.activation.target)
            .unwrap_or(&child.activation);
        Some(RunningReport {
            deployment_id: active.target.deployment_id.clone(),
            deployment_digest: active.deployment_digest.clone(),
            epoch: active.target.epoch,
            bundle_hash: active.target.bundle_hash.clone(),
            since: rfc3339(child.since.wall),
            activated_at: rfc3339(active_since(active)),
            restarts: active.restarts,
            last_restart_at: active.last_restart_at.map(rfc3339),
        })
    }

    /// Whether the last-known-good came to the end of its bounded input.
    pub fn has_finished(&self) -> bool {
        let active = self.record.active.as_ref();
        active.is_some_and(|active| active.finished)
    }

    /// How the slot got where it is: what keeps the last-known-good down, if that is what's
    /// wrong; else the newest deployment that was tried.
    pub fn attempted(&self) -> Option<AttemptedReport> {
        if let Some((active, rest)) = self.down() {
            let said = Some(&rest.said);
            return Some(report(
                &active.target,
                rest.phase,
                said,
                rest.tries,
                rest.due,
                rest.said.at,
            ));
        }
        if let Some(attempt) = &self.attempt {
            return Some(of_attempt(attempt));
        }
        let ended = self.record.quarantine.last().filter(|_| self.ended_last);
        ended.map(of_ended).or_else(|| {
            let active = self.record.active.as_ref()?;
            let at = active_since(active);
            Some(report(&active.target, Phase::Active, None, 0, None, at))
        })
    }

    /// What is tried and has to wait, where [`Machine::attempted`] says what keeps the
    /// last-known-good down: neither hides the other.
    pub fn waiting(&self) -> Option<AttemptedReport> {
        self.down()?;
        self.attempt.as_ref().map(of_attempt)
    }

    /// The last-known-good and why it is down, while nothing else is on its way into the slot.
    fn down(&self) -> Option<(&Activation, &Rest)> {
        let waits = self
            .attempt
            .as_ref()
            .is_none_or(|attempt| matches!(attempt.stage, Stage::Waiting { .. }));
        let is_up = self.child.as_ref().is_some_and(|child| child.started);
        let rest = self.rest.as_ref()?;
        let active = self.record.active.as_ref()?;
        (waits && !self.record.stopped && !is_up).then_some((active, rest))
    }
}

fn active_since(active: &Activation) -> u64 {
    match active.active_since {
        // Written by an agent that didn't keep it.
        0 => active.activated_at * 1000,
        since => since,
    }
}

fn of_attempt(attempt: &Attempt) -> AttemptedReport {
    let due = match &attempt.stage {
        Stage::Waiting { due, .. } => Some(*due),
        Stage::Confirming { due, .. } => *due,
        _ => None,
    };
    let under_way = match &attempt.stage {
        Stage::Fetching | Stage::Waiting { .. } => Phase::Fetching,
        Stage::Verifying | Stage::Noting(_) | Stage::Staging(_) => Phase::Verifying,
        Stage::Ready(_) | Stage::Trial(_) | Stage::Confirming { .. } => Phase::Starting,
    };
    // What went wrong stays said until the next try has come to a trial of its own.
    let on_trial = matches!(attempt.stage, Stage::Trial(_));
    let (phase, tries, said) = match (&attempt.trouble, &attempt.fell) {
        (Some((tries, said)), _) if !on_trial => (Phase::Retrying, *tries, Some(said)),
        (None, Some((falls, said))) if !on_trial => (Phase::FellBack, *falls, Some(said)),
        _ => (under_way, 0, None),
    };
    let at = said.map_or(attempt.at, |said| said.at);
    report(&attempt.target, phase, said, tries, due, at)
}

fn of_ended(ended: &Quarantined) -> AttemptedReport {
    let said = Some(&ended.said);
    report(
        &ended.target,
        ended.ended.phase(),
        said,
        ended.tries,
        None,
        ended.said.at,
    )
}

fn report(
    target: &Target,
    phase: Phase,
    said: Option<&Said>,
    tries: u32,
    due: Option<Due>,
    at: u64,
) -> AttemptedReport {
    AttemptedReport {
        deployment_id: target.deployment_id.clone(),
        epoch: target.epoch,
        phase,
        code: said.map(|said| said.code.clone()),
        message: said.map(|said| said.message.clone()),
        tries,
        next_try_at: due.map(|due| rfc3339(due.wall)),
        at: rfc3339(at),
    }
}
