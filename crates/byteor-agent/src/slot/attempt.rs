//! What is attempted: a newer deployment on its way to the slot.
//!
//! ```text
//! Fetching → Verifying → Noting → Staging → Ready → Trial → Confirming → last-known-good
//!     ↑                                       ↑
//!     └── Waiting ────────────────────────────┘   after host trouble, or after it fell back
//! ```
//!
//! Nothing gets to Trial that wasn't verified, noted and staged; nothing gets out of Confirming
//! that wasn't healthy.

use super::ladder::{self, Due};
use super::machine::{
    Effect, HEALTHY_AFTER, Look, Machine, Purpose, START_PATIENCE, STOP_PATIENCE,
};
use super::record::{Activation, Ended, Falling, Quarantined, Said, Target};
use super::verdict::{RUNTIME_START, STATE, Verdict, Why};
use crate::clock::Now;
use byteor_policy::codes;

/// A download that doesn't have the announced hash is tried this often.
const HASH_TRIES: u32 = 3;

/// How far an attempt came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Until an instant.
    Waiting {
        /// It goes on then.
        due: Due,
        /// With this.
        then: Then,
    },
    /// The bundle is on its way.
    Fetching,
    /// It is being verified.
    Verifying,
    /// Its epoch is being written down.
    Noting(Activation),
    /// Its members are being written to disk.
    Staging(Activation),
    /// It waits for the slot.
    Ready(Activation),
    /// It runs, or is being started.
    Trial(Activation),
    /// It proved healthy, and that has to get to the disk.
    Confirming {
        /// What.
        activation: Activation,
        /// The next try, where the last one failed.
        due: Option<Due>,
    },
}

/// What comes after waiting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// From the beginning.
    Fetch,
    /// What is staged.
    Launch(Activation),
}

/// A deployment on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Which.
    pub target: Target,
    /// How far it came.
    pub stage: Stage,
    /// When it got there, milliseconds since 1970.
    pub at: u64,
    /// Host trouble in a row, and the last of it.
    pub trouble: Option<(u32, Said)>,
    /// Downloads that weren't what was announced.
    pub wrong_hashes: u32,
    /// How often it fell back, and why it did last.
    pub fell: Option<(u32, Said)>,
}

impl Machine {
    /// Whether this very target is on its way.
    pub(super) fn is_attempted(&self, target: &Target) -> bool {
        self.attempt
            .as_ref()
            .is_some_and(|attempt| attempt.target == *target)
    }

    /// A newer deployment is wanted.
    pub(super) fn begin(&mut self, target: Target, now: Now) {
        let falling = self
            .record
            .falling
            .take_if(|falling| falling.target == target);
        let mut attempt = Attempt {
            target: target.clone(),
            stage: Stage::Fetching,
            at: now.wall,
            trouble: None,
            wrong_hashes: 0,
            fell: None,
        };
        self.record.falling.clone_from(&falling);
        if let Some(Falling { falls, said, .. }) = falling {
            // It fell back before the agent was started anew, and goes on with its ladder.
            attempt.at = said.at;
            if let Some(due) = ladder::after_fall(now, falls, said.at) {
                let then = Then::Fetch;
                attempt.stage = Stage::Waiting { due, then };
            }
            attempt.fell = Some((falls, said));
        }
        if attempt.stage == Stage::Fetching {
            self.act(Effect::Fetch(target));
        }
        self.attempt = Some(attempt);
    }

    /// Nobody wants what is being tried any more.
    pub(super) fn drop_attempt(&mut self, now: Now) {
        self.attempt = None;
        if self.child.as_ref().is_some_and(|child| child.trial) {
            self.stop_child(None, STOP_PATIENCE, now);
        }
    }

    fn at_stage(&mut self, stage: Stage, now: Now) {
        if let Some(attempt) = &mut self.attempt {
            attempt.stage = stage;
            attempt.at = now.wall;
        }
    }

    /// The attempt, if it is of this target and `when` holds of its stage.
    fn attempt_when(&self, target: &Target, when: fn(&Stage) -> bool) -> Option<&Attempt> {
        self.attempt
            .as_ref()
            .filter(|attempt| attempt.target == *target && when(&attempt.stage))
    }

    pub(super) fn fetched(&mut self, target: &Target, result: Result<(), Why>, now: Now) {
        if self
            .attempt_when(target, |stage| *stage == Stage::Fetching)
            .is_none()
        {
            return;
        }
        match result {
            Ok(()) => {
                self.at_stage(Stage::Verifying, now);
                self.act(Effect::Verify(target.clone()));
            }
            Err(why) => self.host_trouble(why, Then::Fetch, now),
        }
    }

    pub(super) fn verified(
        &mut self,
        target: &Target,
        result: Result<Activation, Verdict>,
        now: Now,
    ) {
        let verifying = self.attempt_when(target, |stage| *stage == Stage::Verifying);
        let Some(wrong_hashes) = verifying.map(|attempt| attempt.wrong_hashes) else {
            return;
        };
        match result {
            Ok(activation) => {
                // Before anything of it starts: from here on no older epoch is accepted.
                let record = Box::new(self.record.noting(target));
                self.at_stage(Stage::Noting(activation), now);
                self.act(Effect::Save(record, Purpose::Note(target.clone())));
            }
            Err(Verdict::Refused(why))
                if why.code == codes::BUNDLE_HASH && wrong_hashes + 1 < HASH_TRIES =>
            {
                if let Some(attempt) = &mut self.attempt {
                    attempt.wrong_hashes += 1;
                }
                self.host_trouble(why, Then::Fetch, now);
            }
            Err(Verdict::Refused(why)) => self.put_away(Ended::Refused, why, now),
            Err(Verdict::Trouble(why) | Verdict::Fell(why)) => {
                self.host_trouble(why, Then::Fetch, now);
            }
        }
    }

    pub(super) fn noted(&mut self, target: &Target, result: Result<(), Why>, now: Now) {
        if result.is_ok() {
            // Also where nobody wants it any more: an epoch that is on disk never goes back.
            self.record = self.record.noting(target);
        }
        let noting = self.attempt_when(target, |stage| matches!(stage, Stage::Noting(_)));
        let Some(Stage::Noting(activation)) = noting.map(|attempt| attempt.stage.clone()) else {
            return;
        };
        match result {
            Ok(()) => {
                self.at_stage(Stage::Staging(activation), now);
                self.act(Effect::Stage(target.clone()));
            }
            Err(why) => self.host_trouble(why, Then::Fetch, now),
        }
    }

    pub(super) fn staged(&mut self, target: &Target, result: Result<(), Why>, now: Now) {
        let staging = self.attempt_when(target, |stage| matches!(stage, Stage::Staging(_)));
        let Some(Stage::Staging(activation)) = staging.map(|attempt| attempt.stage.clone()) else {
            return;
        };
        match result {
            Ok(()) => self.at_stage(Stage::Ready(activation), now),
            Err(why) => self.host_trouble(why, Then::Fetch, now),
        }
    }

    /// Takes the slot when it is time: what runs ends first.
    pub(super) fn move_attempt(&mut self, now: Now) {
        let Some(attempt) = &self.attempt else {
            return;
        };
        match attempt.stage.clone() {
            Stage::Waiting { due, then } if due.has_come(now) => match then {
                Then::Fetch => {
                    let target = attempt.target.clone();
                    self.at_stage(Stage::Fetching, now);
                    self.act(Effect::Fetch(target));
                }
                Then::Launch(activation) => {
                    self.at_stage(Stage::Ready(activation), now);
                    self.move_attempt(now);
                }
            },
            Stage::Ready(activation) => {
                if self.child.is_some() {
                    self.stop_child(None, STOP_PATIENCE, now);
                } else {
                    self.at_stage(Stage::Trial(activation.clone()), now);
                    self.launch_trial(activation);
                }
            }
            Stage::Confirming {
                activation,
                due: Some(due),
            } if due.has_come(now) => self.confirm(activation, now),
            _ => {}
        }
    }

    /// The process of a trial lives.
    pub(super) fn trial_began(&mut self, target: &Target, now: Now) {
        if !self.is_on_trial(target) {
            // It was dropped while it was being started.
            self.stop_child(None, STOP_PATIENCE, now);
        }
    }

    /// Whether this very target is on trial, or proved healthy a moment ago.
    fn is_on_trial(&self, target: &Target) -> bool {
        let on_trial = |stage: &Stage| matches!(stage, Stage::Trial(_) | Stage::Confirming { .. });
        self.attempt_when(target, on_trial).is_some()
    }

    pub(super) fn watch_trial(&mut self, look: &Look, now: Now) {
        let Some(child) = &mut self.child else {
            return;
        };
        if child.activation.base.is_none() {
            child.activation.base = look.base;
        }
        let target = child.activation.target.clone();
        let (activation, started, since) =
            (child.activation.clone(), child.started, child.since.elapsed);
        let unproved = |stage: &Stage| matches!(stage, Stage::Trial(_));
        if self.attempt_when(&target, unproved).is_none() {
            return;
        }
        let lived = look.started_for.is_some_and(|lived| lived >= HEALTHY_AFTER);
        if lived && look.unreadable.is_none() {
            self.confirm(activation, now);
        } else if now.elapsed.saturating_sub(since) >= START_PATIENCE {
            let message = match &look.unreadable {
                _ if !started => "The runtime didn't say that it had started.".to_owned(),
                Some(error) => format!("The runtime's region can't be read: {error}"),
                None => "The runtime didn't become healthy.".to_owned(),
            };
            let why = Why::new(RUNTIME_START, &message);
            self.stop_child(Some(why), STOP_PATIENCE, now);
        }
    }

    /// It proved healthy: once that is on disk, it is the last-known-good.
    fn confirm(&mut self, mut activation: Activation, now: Now) {
        if activation.active_since == 0 {
            activation.active_since = now.wall;
        }
        let record = Box::new(self.record.confirming(&activation));
        let purpose = Purpose::Confirm(activation.target.clone());
        if let Some(attempt) = &mut self.attempt {
            attempt.stage = Stage::Confirming {
                activation,
                due: None,
            };
        }
        self.act(Effect::Save(record, purpose));
    }

    pub(super) fn confirmed(&mut self, target: &Target, result: Result<(), Why>, now: Now) {
        let attempt = self.attempt.clone().filter(|one| one.target == *target);
        let Some(Attempt {
            stage: Stage::Confirming { activation, .. },
            trouble,
            ..
        }) = attempt
        else {
            // Nobody wants it any more: what is on disk has to be what is true here.
            self.remember();
            return;
        };
        if let Err(why) = result {
            let tries = trouble.map_or(1, |(tries, _)| tries.saturating_add(1));
            if let Some(attempt) = &mut self.attempt {
                attempt.trouble = Some((tries, why.at(now.wall)));
                attempt.stage = Stage::Confirming {
                    activation,
                    due: Some(ladder::after_trouble(now, tries)),
                };
            }
            return;
        }
        self.record = self.record.confirming(&activation);
        self.attempt = None;
        self.rest = None;
        self.ended_last = false;
        if let Some(child) = &mut self.child {
            child.trial = false;
            child.activation = activation.clone();
        }
        let keep = activation.target.bundle_hash.clone();
        self.tell_active(&activation);
        self.act(Effect::Tidy(vec![keep]));
    }

    /// A bounded input came to its end without an error, before a second had passed.
    pub(super) fn trial_finished(&mut self, mut activation: Activation, now: Now) {
        activation.finished = true;
        if self.is_on_trial(&activation.target) {
            self.confirm(activation, now);
        }
    }

    /// The trial wasn't started, or ended though it should have gone on.
    pub(super) fn trial_ended(&mut self, target: &Target, verdict: Verdict, now: Now) {
        let Some(attempt) = self.attempt.as_ref().filter(|_| self.is_on_trial(target)) else {
            return;
        };
        match verdict {
            Verdict::Refused(why) => self.put_away(Ended::Refused, why, now),
            Verdict::Trouble(why) => {
                // What our own disk lost is fetched again; what is staged is only started again.
                let lost = why.code == STATE || why.code == codes::BUNDLE_HASH;
                let then = match self.staged_activation() {
                    Some(activation) if !lost => Then::Launch(activation),
                    _ => Then::Fetch,
                };
                self.host_trouble(why, then, now);
            }
            Verdict::Fell(why) => {
                let falls = attempt
                    .fell
                    .as_ref()
                    .map_or(1, |(falls, _)| falls.saturating_add(1));
                self.fell_back(falls, why, now);
            }
        }
    }

    /// What is on trial, to be started again.
    fn staged_activation(&self) -> Option<Activation> {
        match &self.attempt.as_ref()?.stage {
            Stage::Trial(activation) | Stage::Confirming { activation, .. } => {
                Some(activation.clone())
            }
            _ => None,
        }
    }

    fn fell_back(&mut self, falls: u32, why: Why, now: Now) {
        let said = why.clone().at(now.wall);
        let Some(due) = ladder::after_fall(now, falls, now.wall) else {
            self.put_away(Ended::Failed, why, now);
            return;
        };
        let then = self.staged_activation().map_or(Then::Fetch, Then::Launch);
        let Some(attempt) = &mut self.attempt else {
            return;
        };
        attempt.stage = Stage::Waiting { due, then };
        attempt.at = now.wall;
        attempt.trouble = None;
        attempt.fell = Some((falls, said.clone()));
        self.record.falling = Some(Falling {
            target: attempt.target.clone(),
            falls,
            said,
        });
        self.remember();
    }

    fn host_trouble(&mut self, why: Why, then: Then, now: Now) {
        let interrupts = matches!(then, Then::Launch(_))
            && self
                .record
                .active
                .as_ref()
                .is_some_and(|active| !active.finished && !self.record.stopped);
        let Some(attempt) = &mut self.attempt else {
            return;
        };
        let tries = attempt
            .trouble
            .as_ref()
            .map_or(1, |(tries, _)| tries.saturating_add(1));
        let due = if interrupts {
            ladder::after_interrupting_trouble(now, tries)
        } else {
            ladder::after_trouble(now, tries)
        };
        attempt.trouble = Some((tries, why.at(now.wall)));
        attempt.stage = Stage::Waiting { due, then };
        attempt.at = now.wall;
    }

    /// It was refused, or fell for the last time: report it, never try it again, and let the
    /// last-known-good run.
    fn put_away(&mut self, ended: Ended, why: Why, now: Now) {
        let Some(attempt) = self.attempt.take() else {
            return;
        };
        let tries = match ended {
            Ended::Refused => attempt
                .trouble
                .map_or(1, |(tries, _)| tries.saturating_add(1)),
            Ended::Failed => attempt.fell.map_or(1, |(falls, _)| falls.saturating_add(1)),
        };
        let quarantined = Quarantined {
            target: attempt.target.clone(),
            ended,
            said: why.at(now.wall),
            tries,
            reported: false,
        };
        self.ended_last = true;
        self.act(Effect::Tell(attempt.target, quarantined.status()));
        self.record.put_away(quarantined);
        self.remember();
        let active = self.record.active.as_ref();
        let keep = active.map(|active| active.target.bundle_hash.clone());
        self.act(Effect::Tidy(keep.into_iter().collect()));
    }
}
