//! The slot as a pure machine: a state, an event and now give the next state and effects.
//!
//! Nothing here touches a file, a process, a clock or the network. The [driver](super::drive)
//! carries the effects out, in order, and answers each with an event; so every order of events
//! can be tested without a process.
//!
//! Desired, attempted and running are kept apart: what is [attempted](super::attempt) is a newer
//! deployment on its way; what [runs](super::keep) is the last-known-good.

use std::time::Duration;

use super::attempt::{Attempt, Stage};
use super::keep::Rest;
use super::ladder::{self, Due};
use super::record::{Activation, Base, SlotRecord, Target};
use super::verdict::{Exit, Verdict, Why};
use crate::clock::Now;
use crate::instant::rfc3339;
use crate::protocol::{Desired, DesiredState, StatusPhase, StatusReport};

/// How long a new runtime may take until it says `started`; it may have to wait up to 10 s for
/// the checkpoint of one that is just ending.
pub const START_PATIENCE: Duration = Duration::from_secs(30);
/// How long it has to live after that.
pub const HEALTHY_AFTER: Duration = Duration::from_secs(1);
/// How long a runtime may take to drain before it is killed; its checkpoint makes that safe.
pub const STOP_PATIENCE: Duration = Duration::from_secs(8);
/// Health of this length starts the ladder after crashes over.
pub const LADDER_RESET: Duration = Duration::from_secs(60);
/// How long nothing has to be left of a slot before it is retired.
pub const RETIRE_AFTER: Duration = Duration::from_secs(60);

/// What happens to a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// What the control plane wants: every entry that names this slot; none is an answer too.
    Desired(Vec<Desired>),
    /// A bundle has come, or not.
    Fetched(Target, Result<(), Why>),
    /// It was verified, or not.
    Verified(Target, Result<Activation, Verdict>),
    /// A record is on disk, or not.
    Saved(Purpose, Result<(), Why>),
    /// The members of a verified bundle are on disk, or not.
    Staged(Target, Result<(), Why>),
    /// What was launched was verified once more, by an instant (seconds since 1970), and started.
    Launched(Result<u64, Verdict>),
    /// The process was looked at and lives.
    Seen(Look),
    /// It ended.
    Exited(Exit),
    /// The control plane has heard how an attempt ended.
    Told {
        /// Of this deployment.
        deployment_id: String,
        /// At this epoch.
        epoch: u64,
        /// Active or failed.
        phase: StatusPhase,
    },
    /// Time has passed.
    Tick,
    /// The agent ends; the process may take this long.
    ShutDown(Duration),
}

/// A living process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// How long ago it said `started`.
    pub started_for: Option<Duration>,
    /// Why its region can't be read, if it can't.
    pub unreadable: Option<String>,
    /// The totals that it began with.
    pub base: Option<Base>,
}

/// What a record is saved for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The epoch of what is attempted, before anything of it is on disk.
    Note(Target),
    /// What is attempted proved healthy.
    Confirm(Target),
    /// Nothing of the slot is left but its record.
    Retire,
    /// To remember what is true already.
    Remember,
}

/// What the driver does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Download a bundle: [`Event::Fetched`].
    Fetch(Target),
    /// Verify what was downloaded: [`Event::Verified`].
    Verify(Target),
    /// Write a record: [`Event::Saved`].
    Save(Box<SlotRecord>, Purpose),
    /// Write what was verified to the staging folder: [`Event::Staged`].
    Stage(Target),
    /// Verify what is staged, and start it: [`Event::Launched`].
    Launch {
        /// What.
        activation: Activation,
        /// It isn't the last-known-good (yet).
        trial: bool,
    },
    /// Ask the process to end.
    Terminate,
    /// End it.
    Kill,
    /// Tell the control plane how an attempt ended, until it is heard.
    Tell(Target, StatusReport),
    /// Remove all staged bundles but these.
    Tidy(Vec<String>),
}

/// A process of the slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// What it runs.
    pub activation: Activation,
    /// It isn't the last-known-good (yet).
    pub trial: bool,
    /// When it was started.
    pub since: Now,
    /// It said `started`.
    pub started: bool,
    /// It was asked to end.
    pub stopping: Option<Stopping>,
}

/// A process that was asked to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopping {
    deadline: Duration,
    killed: bool,
    /// It is on trial and didn't come up.
    failed: Option<Why>,
}

/// A record that isn't on disk as it is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Unsaved {
    due: Due,
    tries: u32,
}

/// A slot.
#[derive(Clone, Debug)]
pub struct Machine {
    pub(super) record: SlotRecord,
    pub(super) attempt: Option<Attempt>,
    pub(super) child: Option<Child>,
    /// A launch is being carried out; answers come in order, so there is at most one.
    pub(super) launching: Option<(Activation, bool)>,
    /// Why the last-known-good is down, or was.
    pub(super) rest: Option<Rest>,
    /// What ended is newer news than what is active.
    pub(super) ended_last: bool,
    unsaved: Option<Unsaved>,
    /// The control plane was heard, and names this slot.
    wanted: Option<bool>,
    /// The last instant at which a person wanted a wait skipped, so that it counts once.
    tried_now: Option<String>,
    /// Since when nothing is left of the slot.
    idle_since: Option<Duration>,
    retired: bool,
    ending: bool,
    effects: Vec<Effect>,
}

impl Machine {
    /// A slot as it was left, or a new one, and what is to be told once more.
    pub fn open(record: SlotRecord) -> (Self, Vec<Effect>) {
        let ended = record.quarantine.last();
        let active = record.active.as_ref();
        let ended_last = ended.is_some_and(|ended| {
            active.is_none_or(|active| active.target.epoch < ended.target.epoch)
        });
        let mut machine = Self {
            record,
            attempt: None,
            child: None,
            launching: None,
            rest: None,
            ended_last,
            unsaved: None,
            wanted: None,
            tried_now: None,
            idle_since: None,
            retired: false,
            ending: false,
            effects: Vec::new(),
        };
        machine.tell_again();
        let effects = std::mem::take(&mut machine.effects);
        (machine, effects)
    }

    /// Says again what the control plane may not have heard before the agent ended.
    fn tell_again(&mut self) {
        if let Some(active) = self.record.active.clone()
            && !active.reported
        {
            self.tell_active(&active);
        }
        for ended in &self.record.quarantine {
            if !ended.reported {
                let tell = Effect::Tell(ended.target.clone(), ended.status());
                self.effects.push(tell);
            }
        }
    }

    /// The record, as it is known here.
    pub fn record(&self) -> &SlotRecord {
        &self.record
    }

    /// The process.
    pub fn child(&self) -> Option<&Child> {
        self.child.as_ref()
    }

    /// What is on its way.
    pub fn attempt_target(&self) -> Option<&Target> {
        self.attempt.as_ref().map(|attempt| &attempt.target)
    }

    /// Nothing is left to do or to report: the slot can be forgotten.
    pub fn is_retired(&self) -> bool {
        self.retired
    }

    /// Takes an event, and answers what is to be done, in this order.
    #[must_use]
    pub fn step(&mut self, event: Event, now: Now) -> Vec<Effect> {
        match event {
            Event::Desired(desired) => self.desire(&desired, now),
            Event::Fetched(target, result) => self.fetched(&target, result, now),
            Event::Verified(target, result) => self.verified(&target, result, now),
            Event::Saved(purpose, result) => self.saved(&purpose, result, now),
            Event::Staged(target, result) => self.staged(&target, result, now),
            Event::Launched(result) => self.launched(result, now),
            Event::Seen(look) => self.seen(&look, now),
            Event::Exited(exit) => self.exited(&exit, now),
            Event::Told {
                deployment_id,
                epoch,
                phase,
            } => self.told(&deployment_id, epoch, phase),
            Event::Tick => {}
            Event::ShutDown(patience) => {
                self.ending = true;
                self.stop_child(None, patience, now);
            }
        }
        self.move_on(now);
        std::mem::take(&mut self.effects)
    }

    pub(super) fn act(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    fn desire(&mut self, desired: &[Desired], now: Now) {
        self.wanted = Some(!desired.is_empty());
        let run = desired
            .iter()
            .filter(|entry| entry.state == DesiredState::Run)
            .max_by_key(|entry| entry.epoch);
        if let Some(run) = run {
            let target = Target::from(run);
            if self.record.is_active(&target) {
                self.drop_attempt(now);
                self.set_stopped(false);
            } else if self.record.is_quarantined(&target) {
                self.drop_attempt(now);
            } else if !self.is_attempted(&target) {
                self.drop_attempt(now);
                self.begin(target, now);
            }
            if let Some(order) = &run.try_now
                && self.tried_now.as_ref() != Some(order)
            {
                self.tried_now = Some(order.clone());
                self.skip_wait(now);
            }
        } else {
            // An attempt is made for whoever wants it; what runs goes on, named or not.
            self.drop_attempt(now);
        }
        for stop in desired {
            let kept = run.is_some_and(|run| run.deployment_id == stop.deployment_id);
            if stop.state == DesiredState::Run || kept {
                continue;
            }
            let active = self.record.active.as_ref();
            if active.is_some_and(|active| active.target.deployment_id == stop.deployment_id) {
                self.set_stopped(true);
            }
        }
    }

    /// A person doesn't want to wait: what is due later is due now. It counts as the next try, so no
    /// ladder gets longer by it.
    fn skip_wait(&mut self, now: Now) {
        let of_attempt = self
            .attempt
            .as_mut()
            .and_then(|attempt| match &mut attempt.stage {
                Stage::Waiting { due, .. } | Stage::Confirming { due: Some(due), .. } => Some(due),
                _ => None,
            });
        let of_rest = self.rest.as_mut().and_then(|rest| rest.due.as_mut());
        if let Some(due) = of_attempt.or(of_rest) {
            *due = Due::at_once(now);
        }
    }

    fn set_stopped(&mut self, stopped: bool) {
        if self.record.stopped != stopped {
            self.record.stopped = stopped;
            self.rest = None;
            self.remember();
        }
    }

    fn told(&mut self, deployment_id: &str, epoch: u64, phase: StatusPhase) {
        let same = |target: &Target| target.deployment_id == deployment_id && target.epoch == epoch;
        let mut changed = false;
        match phase {
            StatusPhase::Active => {
                if let Some(active) = &mut self.record.active
                    && same(&active.target)
                {
                    changed = !std::mem::replace(&mut active.reported, true);
                }
            }
            StatusPhase::Failed => {
                for ended in &mut self.record.quarantine {
                    if same(&ended.target) {
                        changed |= !std::mem::replace(&mut ended.reported, true);
                    }
                }
            }
        }
        if changed {
            self.remember();
        }
    }

    /// Writes the record, to remember what is true already.
    pub(super) fn remember(&mut self) {
        let record = Box::new(self.record.clone());
        self.act(Effect::Save(record, Purpose::Remember));
    }

    fn saved(&mut self, purpose: &Purpose, result: Result<(), Why>, now: Now) {
        match (purpose, result) {
            (Purpose::Note(target), result) => self.noted(target, result, now),
            (Purpose::Confirm(target), result) => self.confirmed(target, result, now),
            (Purpose::Retire, Ok(())) if self.is_over() => {
                self.record = self.record.retiring();
                self.retired = true;
                self.act(Effect::Tidy(Vec::new()));
            }
            (Purpose::Retire, Ok(())) => self.remember(),
            (Purpose::Remember, Ok(())) => self.unsaved = None,
            (Purpose::Remember | Purpose::Retire, Err(_)) => {
                let tries = self
                    .unsaved
                    .map_or(1, |unsaved| unsaved.tries.saturating_add(1));
                self.unsaved = Some(Unsaved {
                    due: ladder::after_trouble(now, tries),
                    tries,
                });
            }
        }
    }

    fn launched(&mut self, result: Result<u64, Verdict>, now: Now) {
        let Some((mut activation, trial)) = self.launching.take() else {
            return;
        };
        match result {
            Ok(judged_at) => {
                if trial {
                    activation.activated_at = judged_at;
                    activation.counting_since = now.wall;
                    activation.active_since = 0;
                    activation.base = None;
                } else {
                    self.launched_again(&mut activation, now);
                }
                let target = activation.target.clone();
                self.child = Some(Child {
                    activation,
                    trial,
                    since: now,
                    started: false,
                    stopping: None,
                });
                if trial {
                    self.trial_began(&target, now);
                }
            }
            Err(verdict) if trial => self.trial_ended(&activation.target, verdict, now),
            Err(verdict) => self.keep_down(verdict, now),
        }
    }

    fn seen(&mut self, look: &Look, now: Now) {
        let Some(child) = &mut self.child else {
            return;
        };
        child.started |= look.started_for.is_some();
        if let Some(stopping) = &mut child.stopping {
            if now.elapsed >= stopping.deadline && !stopping.killed {
                stopping.killed = true;
                self.act(Effect::Kill);
            }
        } else if child.trial {
            self.watch_trial(look, now);
        } else {
            self.watch_kept(look);
        }
    }

    fn exited(&mut self, exit: &Exit, now: Now) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        if child.trial && child.activation.base.is_none() {
            child.activation.base = exit.base;
        }
        match child.stopping {
            Some(Stopping {
                failed: Some(why), ..
            }) if !self.ending => {
                self.trial_ended(&child.activation.target, Verdict::Fell(why), now);
            }
            Some(_) => {}
            None if child.trial => {
                if exit.ended_well() {
                    self.trial_finished(child.activation, now);
                } else {
                    self.trial_ended(&child.activation.target, exit.verdict(), now);
                }
            }
            None if exit.ended_well() => {
                if let Some(active) = &mut self.record.active {
                    active.finished = true;
                    self.rest = None;
                    self.remember();
                }
            }
            None => self.crashed(exit, now),
        }
    }

    /// Asks the process to end, if there is one that wasn't asked yet.
    pub(super) fn stop_child(&mut self, failed: Option<Why>, patience: Duration, now: Now) {
        if let Some(child) = &mut self.child
            && child.stopping.is_none()
        {
            child.stopping = Some(Stopping {
                deadline: now.elapsed + patience,
                killed: false,
                failed,
            });
            self.act(Effect::Terminate);
        }
    }

    pub(super) fn tell_active(&mut self, active: &Activation) {
        let status = StatusReport {
            epoch: active.target.epoch,
            phase: StatusPhase::Active,
            is_final: false,
            code: None,
            message: None,
            at: rfc3339(active.active_since),
        };
        self.act(Effect::Tell(active.target.clone(), status));
    }

    /// Moves things on, as far as they can be moved without waiting.
    fn move_on(&mut self, now: Now) {
        if let Some(unsaved) = self.unsaved
            && unsaved.due.has_come(now)
        {
            // Asked for again at most once a step; the answer sets the next time.
            self.unsaved = Some(Unsaved {
                due: ladder::after_trouble(now, unsaved.tries),
                ..unsaved
            });
            self.remember();
        }
        if self.ending || self.launching.is_some() {
            return;
        }
        self.move_attempt(now);
        if self.launching.is_none() && !self.wants_the_slot() {
            self.move_kept(now);
        }
        self.consider_retiring(now);
    }

    fn launch(&mut self, activation: Activation, trial: bool) {
        self.launching = Some((activation.clone(), trial));
        self.act(Effect::Launch { activation, trial });
    }

    pub(super) fn launch_trial(&mut self, activation: Activation) {
        self.launch(activation, true);
    }

    pub(super) fn launch_kept(&mut self, activation: Activation) {
        self.launch(activation, false);
    }

    /// Whether nothing is left of the slot: nothing runs, nothing is wanted, everything was told.
    fn is_over(&self) -> bool {
        let active_is_over = self
            .record
            .active
            .as_ref()
            .is_none_or(|active| active.reported && (active.finished || self.record.stopped));
        self.wanted == Some(false)
            && active_is_over
            && self.record.quarantine.iter().all(|ended| ended.reported)
            && self.attempt.is_none()
            && self.child.is_none()
            && self.launching.is_none()
            && self.unsaved.is_none()
    }

    fn consider_retiring(&mut self, now: Now) {
        if !self.is_over() || self.retired {
            self.idle_since = None;
            return;
        }
        let since = *self.idle_since.get_or_insert(now.elapsed);
        if now.elapsed.saturating_sub(since) >= RETIRE_AFTER {
            self.idle_since = None;
            let record = Box::new(self.record.retiring());
            self.act(Effect::Save(record, Purpose::Retire));
        }
    }

    /// Whether what is attempted has, or is about to take, the slot.
    fn wants_the_slot(&self) -> bool {
        self.attempt.as_ref().is_some_and(|attempt| {
            matches!(
                attempt.stage,
                Stage::Ready(_) | Stage::Trial(_) | Stage::Confirming { .. }
            )
        })
    }
}
