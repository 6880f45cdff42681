//! What no order of events does, whatever fails in between.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use byteor_policy::codes;
use proptest::prelude::*;

use super::attempt::Stage;
use super::machine::{Effect, Event, HEALTHY_AFTER, Look, Machine};
use super::record::{SlotRecord, Target};
use super::table::{activation, crash, desired, ended_well, target, why};
use super::verdict::{Exit, Verdict};
use crate::clock::Now;
use crate::protocol::{DesiredState, Phase, StatusPhase};

/// A step of the world around the machine.
#[derive(Clone, Debug)]
enum Step {
    /// The control plane wants these to run and stop.
    Want(Vec<(u8, bool)>),
    /// And somebody doesn't want to wait for the next try of this one.
    TryNow(u8),
    /// What was asked for first is answered: well, refused, or with trouble.
    Answer(Outcome),
    /// The process lives; it started so many seconds ago, and its region can be read.
    See(Option<u64>, bool),
    /// It ends.
    Exit(u8),
    /// Time passes, in seconds.
    Pass(u64),
    /// The control plane hears everything.
    Hear,
    /// The agent is killed, and started again.
    Kill,
    /// From now on the disk is full, or isn't.
    Disk(bool),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Well,
    Refused,
    WrongHash,
    Trouble,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let outcome = prop_oneof![
        8 => Just(Outcome::Well),
        1 => Just(Outcome::Refused),
        1 => Just(Outcome::WrongHash),
        1 => Just(Outcome::Trouble),
    ];
    let step = prop_oneof![
        2 => prop::collection::vec((1..5_u8, prop::bool::weighted(0.8)), 0..3).prop_map(Step::Want),
        1 => (1..5_u8).prop_map(Step::TryNow),
        8 => outcome.prop_map(Step::Answer),
        3 => (prop::option::weighted(0.8, 0..70_u64), prop::bool::weighted(0.8))
            .prop_map(|(lived, readable)| Step::See(lived, readable)),
        2 => (0..6_u8).prop_map(Step::Exit),
        3 => prop_oneof![Just(1), Just(8), Just(30), Just(60), Just(700)].prop_map(Step::Pass),
        1 => Just(Step::Hear),
        1 => Just(Step::Kill),
        1 => prop::bool::ANY.prop_map(Step::Disk),
    ];
    prop::collection::vec(step, 1..120)
}

struct World {
    machine: Machine,
    now: Now,
    disk: SlotRecord,
    full: bool,
    /// Effects that are still to be answered, in order.
    asked: Vec<Effect>,
    process: Option<(Target, bool)>,
    verified: BTreeSet<Target>,
    staged: BTreeSet<Target>,
    healthy: BTreeSet<Target>,
    refused: BTreeSet<Target>,
    told: BTreeSet<Target>,
    falls: Vec<Target>,
    orders: u32,
}

impl World {
    fn new() -> Self {
        let (machine, effects) = Machine::open(SlotRecord::default());
        assert_eq!(effects, []);
        Self {
            machine,
            now: Now {
                elapsed: Duration::from_secs(1),
                wall: 1_000_000,
            },
            disk: SlotRecord::default(),
            full: false,
            asked: Vec::new(),
            process: None,
            verified: BTreeSet::new(),
            staged: BTreeSet::new(),
            healthy: BTreeSet::new(),
            refused: BTreeSet::new(),
            told: BTreeSet::new(),
            falls: Vec::new(),
            orders: 0,
        }
    }

    /// Records are saved at once, as the driver does; everything else is answered at some time.
    fn happen(&mut self, event: Event) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            events.extend(self.happens(event));
        }
        self.hold_report();
    }

    fn happens(&mut self, event: Event) -> Vec<Event> {
        let mut answers = Vec::new();
        let before = self.machine.record().clone();
        let effects = self.machine.step(event, self.now);
        self.hold_record(&before);
        for effect in effects {
            self.hold_effect(&effect);
            match effect {
                Effect::Tell(target, status) => {
                    if status.phase == StatusPhase::Failed {
                        assert!(status.is_final);
                        self.told.insert(target);
                    }
                }
                Effect::Save(record, purpose) => {
                    let result = if self.full {
                        Err(why("E_STATE"))
                    } else {
                        Ok(())
                    };
                    if result.is_ok() {
                        self.disk = *record;
                    }
                    answers.push(Event::Saved(purpose, result));
                }
                Effect::Terminate | Effect::Kill | Effect::Tidy(_) => {}
                asked => self.asked.push(asked),
            }
        }
        answers
    }

    /// What is known only grows: epochs, what ended, and a last-known-good that was healthy.
    fn hold_record(&self, before: &SlotRecord) {
        let after = self.machine.record();
        assert!(after.epoch >= before.epoch, "the epoch went back");
        for ended in &before.quarantine {
            assert!(
                after.is_quarantined(&ended.target),
                "{ended:?} left quarantine"
            );
        }
        if let Some(active) = &after.active {
            assert!(
                self.healthy.contains(&active.target),
                "{active:?} was never healthy"
            );
            assert!(
                !after.is_quarantined(&active.target),
                "{active:?} ended here"
            );
        }
    }

    fn hold_effect(&self, effect: &Effect) {
        let record = self.machine.record();
        match effect {
            Effect::Launch { activation, trial } => {
                let target = &activation.target;
                assert_eq!(self.process, None, "two processes");
                assert!(
                    self.verified.contains(target),
                    "{target:?} was never verified"
                );
                assert!(self.staged.contains(target), "{target:?} is not on disk");
                assert!(!record.is_quarantined(target), "{target:?} ended here");
                assert!(!self.refused.contains(target), "{target:?} was refused");
                if *trial {
                    assert!(self.disk.epoch >= target.epoch, "its epoch is not on disk");
                    assert!(target.epoch >= record.epoch, "a newer epoch was accepted");
                } else {
                    assert!(record.is_active(target), "it isn't the last-known-good");
                    assert!(self.healthy.contains(target));
                }
            }
            Effect::Fetch(target) => {
                assert!(!record.is_quarantined(target), "{target:?} ended here");
                assert!(!self.refused.contains(target), "{target:?} was refused");
            }
            Effect::Save(record, _) => {
                assert!(
                    record.epoch >= self.disk.epoch,
                    "an epoch on disk goes back"
                );
                if let Some(active) = &record.active {
                    assert!(self.healthy.contains(&active.target));
                }
            }
            Effect::Tell(target, status) if status.phase == StatusPhase::Active => {
                assert!(record.is_active(target) && self.healthy.contains(target));
            }
            _ => {}
        }
    }

    /// Final is final, and what isn't says when it goes on.
    fn hold_report(&self) {
        let Some(report) = self.machine.attempted() else {
            return;
        };
        match report.phase {
            Phase::Refused | Phase::Failed => assert_eq!(report.next_try_at, None),
            Phase::Active => assert_eq!(report.code, None),
            Phase::Retrying | Phase::FellBack => {
                assert!(report.code.is_some() && report.tries > 0, "{report:?}");
            }
            Phase::Starting | Phase::Fetching | Phase::Verifying => {}
        }
        // What keeps one down doesn't hide what the other waits for.
        if let Some(attempt) = self.machine.attempt_target() {
            let said = [Some(report), self.machine.waiting()];
            let mut said = said.iter().flatten();
            assert!(said.any(|report| report.deployment_id == attempt.deployment_id));
        }
        if let Some(running) = self.machine.running() {
            let process = self.process.as_ref().unwrap();
            assert_eq!(running.deployment_id, process.0.deployment_id);
            assert!(self.healthy.contains(&process.0), "it never proved healthy");
        }
    }

    fn answer(&mut self, outcome: Outcome) {
        if self.asked.is_empty() {
            self.happen(Event::Tick);
            return;
        }
        let trouble = || Err(why("E_STATE"));
        let well = if outcome == Outcome::Well {
            Ok(())
        } else {
            trouble()
        };
        let verdict = match outcome {
            Outcome::Refused => Verdict::Refused(why(codes::CRED_KEY)),
            Outcome::WrongHash => Verdict::Refused(why(codes::BUNDLE_HASH)),
            _ => Verdict::Trouble(why("E_STATE")),
        };
        let event = match self.asked.remove(0) {
            Effect::Fetch(target) => Event::Fetched(target, well),
            Effect::Verify(target) => {
                let ours = target.epoch >= self.machine.record().epoch;
                let result = if outcome == Outcome::Well && ours {
                    self.verified.insert(target.clone());
                    Ok(activation(&target.deployment_id))
                } else {
                    if outcome == Outcome::Refused {
                        self.note_refusal(&target);
                    }
                    Err(verdict)
                };
                Event::Verified(target, result)
            }
            Effect::Stage(target) => {
                if well.is_ok() {
                    self.staged.insert(target.clone());
                }
                Event::Staged(target, well)
            }
            Effect::Launch { activation, trial } => {
                let result = match outcome {
                    Outcome::Well => {
                        self.process = Some((activation.target, trial));
                        Ok(1)
                    }
                    // Damage on our own disk is trouble by the time the machine hears of it.
                    Outcome::WrongHash => Err(verdict.of_own_disk()),
                    Outcome::Refused => {
                        if trial {
                            self.note_refusal(&activation.target);
                        }
                        Err(verdict)
                    }
                    Outcome::Trouble => Err(verdict),
                };
                Event::Launched(result)
            }
            other => unreachable!("{other:?}"),
        };
        self.happen(event);
        self.follow_trial();
    }

    /// The process's own view of whether it is on trial follows the machine's.
    fn follow_trial(&mut self) {
        if let (Some(process), Some(child)) = (&mut self.process, self.machine.child()) {
            process.1 = child.trial;
        }
    }

    /// What is on its way is refused. Of what was given up meanwhile nobody is told.
    fn note_refusal(&mut self, target: &Target) {
        let attempt = self.machine.attempt.as_ref();
        let heard = attempt.is_some_and(|attempt| {
            let early = matches!(
                attempt.stage,
                Stage::Waiting { .. } | Stage::Fetching | Stage::Ready(_)
            );
            attempt.target == *target && !early
        });
        if heard {
            self.refused.insert(target.clone());
        }
    }

    fn exits(&mut self, how: u8) {
        let Some((target, trial)) = self.process.take() else {
            return;
        };
        let exit = match how {
            0 => Exit::default(),
            1 => crash(5, "E_INPUT_MISSING"),
            2 => crash(4, "E_CRED_KEY"),
            3 => crash(5, "E_OUTPUT_WRITE"),
            4 => crash(9, ""),
            _ => ended_well(),
        };
        let asked = self
            .machine
            .child()
            .is_none_or(|child| child.stopping.is_some());
        if !asked && trial {
            match exit.verdict() {
                _ if exit.ended_well() => {
                    self.healthy.insert(target);
                }
                Verdict::Refused(_) => self.note_refusal(&target),
                Verdict::Fell(_) => self.falls.push(target),
                Verdict::Trouble(_) => {}
            }
        }
        self.happen(Event::Exited(exit));
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Want(list) => {
                let entries = list.iter().map(|(id, run)| {
                    let state = if *run {
                        DesiredState::Run
                    } else {
                        DesiredState::Stop
                    };
                    desired(&format!("d{id}"), state)
                });
                self.happen(Event::Desired(entries.collect()));
            }
            Step::TryNow(id) => {
                self.orders += 1;
                let mut entry = desired(&format!("d{id}"), DesiredState::Run);
                entry.try_now = Some(self.orders.to_string());
                self.happen(Event::Desired(vec![entry]));
            }
            Step::Answer(outcome) => self.answer(outcome),
            Step::See(lived, readable) => {
                let Some((target, trial)) = self.process.clone() else {
                    return self.happen(Event::Tick);
                };
                let started_for = lived.map(Duration::from_secs);
                let healthy = started_for.is_some_and(|lived| lived >= HEALTHY_AFTER) && readable;
                if trial && healthy {
                    self.healthy.insert(target);
                }
                self.happen(Event::Seen(Look {
                    started_for,
                    unreadable: (!readable).then(|| "no region".to_owned()),
                    base: None,
                }));
            }
            Step::Exit(how) => self.exits(how),
            Step::Pass(seconds) => {
                self.now.elapsed += Duration::from_secs(seconds);
                self.now.wall += seconds * 1000;
                self.happen(Event::Tick);
            }
            Step::Hear => {
                let ended: Vec<Target> = self.told.iter().cloned().collect();
                for target in ended {
                    self.hear(target, StatusPhase::Failed);
                }
                if let Some(active) = self.machine.record().active.clone() {
                    self.hear(active.target, StatusPhase::Active);
                }
            }
            Step::Disk(full) => self.full = full,
            Step::Kill => {
                self.process = None;
                self.asked.clear();
                let (machine, effects) = Machine::open(self.disk.clone());
                self.machine = machine;
                // What was refused while the disk was full is verified, and refused, once more.
                let disk = &self.disk;
                self.refused.retain(|target| disk.is_quarantined(target));
                for effect in effects {
                    self.hold_effect(&effect);
                }
            }
        }
        self.follow_trial();
    }

    fn hear(&mut self, target: Target, phase: StatusPhase) {
        self.happen(Event::Told {
            deployment_id: target.deployment_id,
            epoch: target.epoch,
            phase,
        });
    }
}

proptest! {
    #[test]
    fn nothing_unverified_refused_or_ended_runs_and_only_health_makes_a_last_known_good(
        steps in steps()
    ) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
        }
    }

    #[test]
    fn a_deployment_falls_four_times_at_most_however_often_the_agent_is_killed(
        kills in prop::collection::vec(any::<bool>(), 40),
        impatient in any::<bool>(),
    ) {
        let mut world = World::new();
        let wanted = target("d1");
        for kill in kills {
            world.happen(Event::Desired(vec![desired("d1", DesiredState::Run)]));
            while !world.asked.is_empty() {
                world.answer(Outcome::Well);
            }
            world.exits(1);
            while !world.asked.is_empty() {
                world.answer(Outcome::Well);
            }
            if kill {
                world.step(Step::Kill);
            }
            if impatient {
                world.step(Step::TryNow(1));
            }
            world.step(Step::Pass(700));
        }
        prop_assert_eq!(world.falls.len(), 4);
        prop_assert!(world.machine.record().is_quarantined(&wanted));
        prop_assert!(world.told.contains(&wanted));
        prop_assert_eq!(world.machine.attempted().unwrap().phase, Phase::Failed);
    }
}
