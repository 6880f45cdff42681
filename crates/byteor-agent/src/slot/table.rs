//! The machine's table: every state with every event, in `table.md` beside this file. A row that
//! isn't there does nothing.
//!
//! `BYTEOR_UPDATE=1 cargo test -p byteor-agent --lib slot::table` writes it anew; read the diff.

use std::fmt::Write as _;
use std::time::Duration;

use byteor_policy::codes;

use super::machine::{Effect, Event, Look, Machine, Purpose};
use super::record::{Activation, Base, SlotRecord, Target};
use super::verdict::{Exit, Verdict, Why};
use crate::clock::Now;
use crate::protocol::{Desired, DesiredState, Phase, StatusPhase};

pub(super) fn target(id: &str) -> Target {
    Target {
        deployment_id: id.to_owned(),
        epoch: id[1..].parse().unwrap(),
        bundle_hash: format!("sha256:{id}"),
    }
}

pub(super) fn desired(id: &str, state: DesiredState) -> Desired {
    let target = target(id);
    Desired {
        slot: "orders".to_owned(),
        deployment_id: target.deployment_id,
        epoch: target.epoch,
        bundle_hash: target.bundle_hash,
        state,
        try_now: None,
    }
}

pub(super) fn run(id: &str) -> Event {
    Event::Desired(vec![desired(id, DesiredState::Run)])
}

fn stop(id: &str) -> Event {
    Event::Desired(vec![desired(id, DesiredState::Stop)])
}

pub(super) fn why(code: &str) -> Why {
    Why::new(code, "why")
}

pub(super) fn activation(id: &str) -> Activation {
    Activation {
        target: target(id),
        deployment_digest: format!("sha256:statement of {id}"),
        activated_at: 1,
        ..Activation::default()
    }
}

pub(super) fn crash(code: i32, said: &str) -> Exit {
    Exit {
        code: Some(code),
        how: format!("exit code {code}"),
        started: true,
        failed: Some((said.to_owned(), "why".to_owned())),
        ..Exit::default()
    }
}

pub(super) fn ended_well() -> Exit {
    Exit {
        code: Some(0),
        started: true,
        stopped: Some("end_of_input".to_owned()),
        ..Exit::default()
    }
}

pub(super) fn look(lived: u64) -> Event {
    Event::Seen(Look {
        started_for: Some(Duration::from_secs(lived)),
        ..Look::default()
    })
}

/// A machine and its time.
#[derive(Clone)]
pub(super) struct Play {
    pub machine: Machine,
    pub now: Now,
}

impl Play {
    pub fn new(record: SlotRecord) -> Self {
        let now = Now {
            elapsed: Duration::from_secs(1000),
            wall: 1_000_000,
        };
        Self {
            machine: Machine::open(record).0,
            now,
        }
    }

    pub fn pass(&mut self, seconds: u64) {
        self.now.elapsed += Duration::from_secs(seconds);
        self.now.wall += seconds * 1000;
    }

    pub fn step(&mut self, event: Event) -> String {
        let effects = self.machine.step(event, self.now);
        effects.iter().map(in_short).collect::<Vec<_>>().join(", ")
    }

    fn after(mut self, events: Vec<Event>) -> Self {
        for event in events {
            let _ = self.machine.step(event, self.now);
        }
        self
    }

    /// The report, in short.
    pub fn said(&self) -> String {
        let running = match self.machine.running() {
            Some(running) => format!("{} runs", running.deployment_id),
            None => "nothing runs".to_owned(),
        };
        let Some(report) = self.machine.attempted() else {
            return running;
        };
        let mut said = format!("{running}; {} {:?}", report.deployment_id, report.phase);
        if let Some(code) = report.code {
            let _ = write!(said, " {code}, {} tries", report.tries);
        }
        if let Some(due) = self
            .machine
            .attempted()
            .and_then(|report| report.next_try_at)
        {
            let _ = write!(said, ", next {}", &due[14..19]);
        }
        if let Some(waiting) = self.machine.waiting() {
            let _ = write!(
                said,
                "; meanwhile {} {:?}",
                waiting.deployment_id, waiting.phase
            );
        }
        said
    }
}

fn in_short(effect: &Effect) -> String {
    match effect {
        Effect::Fetch(target) => format!("fetch {}", target.deployment_id),
        Effect::Verify(target) => format!("verify {}", target.deployment_id),
        Effect::Save(_, Purpose::Note(target)) => format!("note {}", target.deployment_id),
        Effect::Save(_, Purpose::Confirm(target)) => format!("confirm {}", target.deployment_id),
        Effect::Save(_, Purpose::Retire) => "retire".to_owned(),
        Effect::Save(_, Purpose::Remember) => "save".to_owned(),
        Effect::Stage(target) => format!("stage {}", target.deployment_id),
        Effect::Launch { activation, trial } => {
            let how = if *trial { "try" } else { "start" };
            format!("{how} {}", activation.target.deployment_id)
        }
        Effect::Terminate => "terminate".to_owned(),
        Effect::Kill => "kill".to_owned(),
        Effect::Tell(target, status) => {
            let code = status.code.as_deref().unwrap_or_default();
            let told = format!("tell {} {:?} {code}", target.deployment_id, status.phase);
            told.trim_end().to_owned()
        }
        Effect::Tidy(keep) => format!("tidy but {}", keep.len()),
    }
}

fn told(id: &str, phase: StatusPhase) -> Event {
    let target = target(id);
    Event::Told {
        deployment_id: target.deployment_id,
        epoch: target.epoch,
        phase,
    }
}

fn note(id: &str) -> Event {
    Event::Saved(Purpose::Note(target(id)), Ok(()))
}

fn confirm(id: &str) -> Event {
    Event::Saved(Purpose::Confirm(target(id)), Ok(()))
}

/// From nothing to a trial that lives.
fn to_trial(id: &str) -> Vec<Event> {
    vec![
        run(id),
        Event::Fetched(target(id), Ok(())),
        Event::Verified(target(id), Ok(activation(id))),
        note(id),
        Event::Staged(target(id), Ok(())),
        Event::Launched(Ok(1)),
    ]
}

fn first(id: &str, events: usize) -> Vec<Event> {
    let mut all = to_trial(id);
    all.truncate(events);
    all
}

/// A trial that takes a slot in which something runs.
fn to_second_trial() -> Vec<Event> {
    let mut events = first("d2", 5);
    events.push(Event::Exited(Exit::default()));
    events.push(Event::Launched(Ok(1)));
    events
}

/// d1 is active.
pub(super) fn active() -> Play {
    let mut events = to_trial("d1");
    events.extend([
        look(1),
        confirm("d1"),
        Event::Told {
            deployment_id: "d1".to_owned(),
            epoch: 1,
            phase: StatusPhase::Active,
        },
    ]);
    Play::new(SlotRecord::default()).after(events)
}

fn states() -> Vec<(&'static str, Play)> {
    let new = || Play::new(SlotRecord::default());
    let second = || active().after(to_second_trial());
    let healthy_again = || vec![Event::Launched(Ok(1)), look(1)];
    let mut exits_well = second();
    exits_well = exits_well.after(vec![Event::Exited(ended_well()), confirm("d2")]);
    vec![
        ("new", new()),
        ("fetching", new().after(first("d1", 1))),
        ("verifying", new().after(first("d1", 2))),
        ("noting", new().after(first("d1", 3))),
        ("staging", new().after(first("d1", 4))),
        ("starting", new().after(first("d1", 5))),
        ("on trial", new().after(to_trial("d1"))),
        (
            "confirming",
            new().after(to_trial("d1")).after(vec![look(1)]),
        ),
        ("active", active()),
        ("making room", active().after(first("d2", 5))),
        ("second on trial", second()),
        (
            "fell back",
            second()
                .after(vec![Event::Exited(crash(5, "E_INPUT_MISSING"))])
                .after(healthy_again()),
        ),
        (
            "retrying",
            active().after(vec![
                run("d2"),
                Event::Fetched(target("d2"), Err(why("E_FETCH"))),
            ]),
        ),
        (
            "refused",
            active().after(first("d2", 2)).after(vec![Event::Verified(
                target("d2"),
                Err(Verdict::Refused(why(codes::CRED_EXPIRED))),
            )]),
        ),
        (
            "crashed while another waits",
            second()
                .after(vec![Event::Exited(crash(5, "E_INPUT_MISSING"))])
                .after(healthy_again())
                .after(vec![Event::Exited(crash(9, ""))]),
        ),
        ("crashed", active().after(vec![Event::Exited(crash(9, ""))])),
        ("stopping", active().after(vec![stop("d1")])),
        (
            "stopped",
            active().after(vec![stop("d1"), Event::Exited(Exit::default())]),
        ),
        ("finished", exits_well),
        (
            "ending",
            active().after(vec![Event::ShutDown(Duration::from_secs(4))]),
        ),
    ]
}

/// Every event, for a state in which `on` is attempted.
fn events(on: &str) -> Vec<(&'static str, u64, Event)> {
    let refused = |code: &str| Verdict::Refused(why(code));
    let trouble = |code: &str| Verdict::Trouble(why(code));
    let at = || target(on);
    let saved = |purpose: Purpose| Event::Saved(purpose, Err(why("E_STATE")));
    let unreadable = Event::Seen(Look {
        started_for: Some(Duration::from_secs(2)),
        unreadable: Some("no region".to_owned()),
        base: None,
    });
    vec![
        ("run d1", 0, run("d1")),
        ("run d2", 0, run("d2")),
        ("run d3", 0, run("d3")),
        ("stop d1", 0, stop("d1")),
        ("stop d2", 0, stop("d2")),
        ("nothing is wanted", 0, Event::Desired(Vec::new())),
        ("fetched", 0, Event::Fetched(at(), Ok(()))),
        ("not fetched", 0, Event::Fetched(at(), Err(why("E_FETCH")))),
        ("verified", 0, Event::Verified(at(), Ok(activation(on)))),
        (
            "refused",
            0,
            Event::Verified(at(), Err(refused(codes::CRED_KEY))),
        ),
        (
            "wrong hash",
            0,
            Event::Verified(at(), Err(refused(codes::BUNDLE_HASH))),
        ),
        (
            "host can't verify",
            0,
            Event::Verified(at(), Err(trouble("E_ROOT_UNREADABLE"))),
        ),
        ("noted", 0, note(on)),
        ("not noted", 0, saved(Purpose::Note(at()))),
        ("confirmed", 0, confirm(on)),
        ("not confirmed", 0, saved(Purpose::Confirm(at()))),
        ("not saved", 0, saved(Purpose::Remember)),
        ("staged", 0, Event::Staged(at(), Ok(()))),
        ("not staged", 0, Event::Staged(at(), Err(why("E_STATE")))),
        ("launched", 0, Event::Launched(Ok(2))),
        (
            "launch refused",
            0,
            Event::Launched(Err(refused(codes::CRED_KEY))),
        ),
        (
            "host can't launch",
            0,
            Event::Launched(Err(trouble("E_RUNTIME_START"))),
        ),
        ("seen young", 0, look(0)),
        ("seen healthy", 0, look(1)),
        ("unreadable for 30 s", 30, unreadable),
        ("exits badly", 0, Event::Exited(crash(5, "E_STAGE_FAILED"))),
        ("exits: policy", 0, Event::Exited(crash(4, "E_CRED_KEY"))),
        (
            "exits: disk full",
            0,
            Event::Exited(crash(5, "E_OUTPUT_WRITE")),
        ),
        ("exits well", 0, Event::Exited(ended_well())),
        (
            "d1 was heard to be active",
            0,
            told("d1", StatusPhase::Active),
        ),
        (
            "d2 was heard to have ended",
            0,
            told("d2", StatusPhase::Failed),
        ),
        ("a second passes", 1, Event::Tick),
        ("a minute passes", 60, Event::Tick),
        ("lives on after 8 s", 8, look(9)),
        ("shut down", 0, Event::ShutDown(Duration::from_secs(4))),
    ]
}

const HEAD: &str = "\
# The slot's table

Every state with every event; a pair that isn't here does nothing.
Written by `table.rs`, which fails where it isn't what the machine does.
`d1` is the older deployment, `d2` the newer one; times are minutes and seconds of a clock that begins at 16:40.
";

fn table() -> String {
    let mut text = HEAD.to_owned();
    for (name, state) in states() {
        let _ = write!(
            text,
            "\n## {name}\n\nSays: {}.\n\n| event | effects | says then |\n| --- | --- | --- |\n",
            state.said()
        );
        let on = state
            .machine
            .attempt_target()
            .map_or("d2".to_owned(), |target| target.deployment_id.clone());
        for (event, seconds, what) in events(&on) {
            let mut play = state.clone();
            play.pass(seconds);
            let effects = play.step(what);
            let said = play.said();
            if effects.is_empty() && said == state.said() {
                continue;
            }
            let said = if said == state.said() {
                "the same"
            } else {
                &said
            };
            let _ = writeln!(text, "| {event} | {effects} | {said} |");
        }
    }
    text
}

#[test]
fn every_state_does_with_every_event_what_the_table_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/slot/table.md");
    let wanted = table();
    if std::env::var_os("BYTEOR_UPDATE").is_some() {
        std::fs::write(path, &wanted).unwrap();
    }
    let known = std::fs::read_to_string(path).unwrap_or_default();
    for (line, (known, wanted)) in known.lines().zip(wanted.lines()).enumerate() {
        assert_eq!(known, wanted, "table.md, line {}", line + 1);
    }
    assert_eq!(known, wanted);
}

/// Answers everything well, but for the ends of trials.
fn try_and_fail(play: &mut Play, code: i32, said: &str) {
    play.step(Event::Launched(Ok(2)));
    play.step(Event::Exited(crash(code, said)));
    // The last-known-good is started again.
    play.step(Event::Launched(Ok(2)));
    play.step(look(1));
}

#[test]
fn what_fails_its_health_falls_back_three_times_and_then_for_good() {
    let mut play = active().after(first("d2", 5));
    assert_eq!(play.step(Event::Exited(Exit::default())), "try d2");
    for (falls, wait) in [(1, 30), (2, 120), (3, 600)] {
        try_and_fail(&mut play, 5, "E_INPUT_MISSING");
        let report = play.machine.attempted().unwrap();
        assert_eq!((report.phase, report.tries), (Phase::FellBack, falls));
        assert_eq!(play.machine.record().falling.as_ref().unwrap().falls, falls);
        assert_eq!(play.machine.running().unwrap().deployment_id, "d1");
        play.pass(wait - 1);
        assert_eq!(play.step(look(wait - 1)), "");
        play.pass(1);
        assert_eq!(play.step(look(wait)), "terminate");
        assert_eq!(play.step(Event::Exited(Exit::default())), "try d2");
    }
    play.step(Event::Launched(Ok(2)));
    assert_eq!(
        play.step(Event::Exited(crash(5, "E_INPUT_MISSING"))),
        "tell d2 Failed E_INPUT_MISSING, save, tidy but 1, start d1"
    );
    let record = play.machine.record();
    assert!(record.is_quarantined(&target("d2")) && record.falling.is_none());
    // Wanted still, tried no more.
    assert_eq!(play.step(run("d2")), "");
    play.pass(10_000);
    assert!(!play.step(run("d2")).contains("d2"));
}

#[test]
fn a_restart_of_the_agent_gives_no_further_try_and_no_shorter_wait() {
    let mut play = active().after(first("d2", 5));
    play.step(Event::Exited(Exit::default()));
    try_and_fail(&mut play, 5, "E_INPUT_MISSING");
    let record = play.machine.record().clone();
    let now = play.now;
    let mut again = Play::new(record);
    again.now = now;
    again.pass(10);
    assert_eq!(again.step(run("d2")), "start d1");
    again.step(Event::Launched(Ok(1)));
    again.pass(19);
    assert_eq!(again.step(look(19)), "");
    again.pass(1);
    assert_eq!(again.step(look(20)), "fetch d2");
    assert_eq!(again.machine.attempted().unwrap().tries, 1);
}

#[test]
fn host_trouble_is_tried_again_for_ever_and_never_quarantined() {
    let mut play = Play::new(SlotRecord::default());
    assert_eq!(play.step(run("d1")), "fetch d1");
    let mut waits = Vec::new();
    for _ in 0..200 {
        play.step(Event::Fetched(target("d1"), Ok(())));
        play.step(Event::Verified(target("d1"), Ok(activation("d1"))));
        play.step(note("d1"));
        play.step(Event::Staged(target("d1"), Err(why("E_STATE"))));
        let mut waited = 0;
        while play.step(Event::Tick) != "fetch d1" {
            play.pass(1);
            waited += 1;
        }
        waits.push(waited);
    }
    assert_eq!(waits[..8], [1, 2, 5, 10, 30, 60, 60, 60]);
    assert!(play.machine.record().quarantine.is_empty());
    let rest = to_trial("d1").split_off(1);
    let mut play = play.after(rest);
    assert_eq!(play.step(look(1)), "confirm d1");
    assert_eq!(play.step(confirm("d1")), "tell d1 Active, tidy but 1");
}

#[test]
fn what_nobody_wants_any_more_is_not_tried_again_and_what_runs_goes_on() {
    let mut play = active().after(vec![
        run("d2"),
        Event::Fetched(target("d2"), Err(why("E_FETCH"))),
    ]);
    play.step(Event::Desired(Vec::new()));
    assert_eq!(play.said(), "d1 runs; d1 Active");
    play.pass(10_000);
    assert_eq!(play.step(look(10_000)), "");
    // A trial that nobody wants is ended, and what ran before runs again.
    let mut play = active().after(to_second_trial());
    assert_eq!(play.step(Event::Desired(Vec::new())), "terminate");
    assert_eq!(play.step(Event::Exited(Exit::default())), "start d1");
}

#[test]
fn a_retry_that_stops_what_runs_waits_a_minute_at_least() {
    let mut play = active().after(to_second_trial());
    play.step(Event::Exited(crash(5, "E_OUTPUT_WRITE")));
    play.step(Event::Launched(Ok(1)));
    play.pass(59);
    assert_eq!(play.step(look(59)), "");
    play.pass(1);
    assert_eq!(play.step(look(60)), "terminate");
}

#[test]
fn a_full_disk_at_the_last_step_keeps_the_trial_running_until_it_can_be_confirmed() {
    let mut play = Play::new(SlotRecord::default()).after(to_trial("d1"));
    play.step(look(1));
    play.step(Event::Saved(
        Purpose::Confirm(target("d1")),
        Err(why("E_STATE")),
    ));
    assert!(
        play.said()
            .starts_with("nothing runs; d1 Retrying E_STATE, 1 tries")
    );
    assert!(play.machine.record().active.is_none());
    assert_eq!(play.step(look(1)), "");
    play.pass(1);
    assert_eq!(play.step(look(2)), "confirm d1");
    play.step(confirm("d1"));
    assert_eq!(play.said(), "d1 runs; d1 Active");
}

#[test]
fn crashes_climb_the_ladder_and_a_minute_of_health_starts_it_over() {
    let mut play = active();
    for wait in [1, 2, 5, 10, 30, 60, 60] {
        play.step(Event::Exited(crash(9, "")));
        play.pass(wait - 1);
        assert_eq!(play.step(Event::Tick), "");
        play.pass(1);
        assert_eq!(play.step(Event::Tick), "start d1");
        play.step(Event::Launched(Ok(1)));
        play.step(look(1));
    }
    assert_eq!(play.machine.running().unwrap().restarts, 7);
    play.step(look(60));
    play.step(Event::Exited(crash(9, "")));
    assert_eq!(play.machine.attempted().unwrap().tries, 1);
}

#[test]
fn numbers_of_a_deployment_begin_with_the_process_that_activated_it() {
    let base = |records_in| Base {
        since: Some(7),
        counters: byteor_pipeline_snapshot::Counters {
            records_in,
            ..Default::default()
        },
    };
    let with = |base| {
        Event::Seen(Look {
            started_for: Some(Duration::from_secs(1)),
            unreadable: None,
            base: Some(base),
        })
    };
    let mut play = Play::new(SlotRecord::default()).after(to_trial("d1"));
    play.step(with(base(900)));
    play.pass(5);
    play.step(confirm("d1"));
    // A restart begins with other totals, and that changes nothing.
    play.step(Event::Exited(crash(9, "")));
    play.pass(1);
    play.step(Event::Tick);
    play.step(Event::Launched(Ok(1)));
    play.step(with(base(950)));
    let active = play.machine.record().active.as_ref().unwrap();
    assert_eq!(active.base, Some(base(900)));
    assert_eq!((active.counting_since, active.restarts), (1_000_000, 1));
    assert_eq!(active.last_restart_at, Some(1_006_000));
}

#[test]
fn totals_of_another_account_are_not_held_against_the_base_of_this_one() {
    let counters = |records_in| byteor_pipeline_snapshot::Counters {
        records_in,
        ..Default::default()
    };
    let base = |since| Base {
        since,
        counters: counters(900),
    };
    let counted = |base: Base, records_in, since| base.counted(&counters(records_in), since);
    assert_eq!(counted(base(Some(7)), 950, Some(7)), Some(counters(50)));
    assert_eq!(counted(base(Some(7)), 950, Some(8)), None);
    assert_eq!(counted(base(None), 950, None), Some(counters(50)));
    assert_eq!(counted(base(None), 899, None), None);
}

#[test]
fn a_slot_of_which_nothing_is_left_is_retired_after_a_minute_and_keeps_its_epoch() {
    let mut play = active().after(vec![stop("d1"), Event::Exited(Exit::default())]);
    // As long as it is named, it stays.
    play.pass(120);
    assert_eq!(play.step(stop("d1")), "");
    play.step(Event::Desired(Vec::new()));
    play.pass(59);
    assert_eq!(play.step(Event::Tick), "");
    play.pass(1);
    assert_eq!(play.step(Event::Tick), "retire");
    assert_eq!(
        play.step(Event::Saved(Purpose::Retire, Ok(()))),
        "tidy but 0"
    );
    assert!(play.machine.is_retired());
    let record = play.machine.record();
    assert!(record.retired && record.active.is_none());
    assert_eq!(
        (record.epoch, record.epoch_bundle_hash.as_deref()),
        (1, Some("sha256:d1"))
    );
    // What runs is never retired, wanted or not.
    let mut play = active();
    play.step(Event::Desired(Vec::new()));
    play.pass(1000);
    assert_eq!(play.step(look(1000)), "");
}

#[test]
fn a_wait_is_skipped_once_for_each_time_that_somebody_asks_and_counts_as_a_try() {
    let fell = || Event::Exited(crash(5, "E_INPUT_OPEN"));
    let now = |order: &str| {
        let mut entry = desired("d1", DesiredState::Run);
        entry.try_now = Some(order.to_owned());
        Event::Desired(vec![entry])
    };
    let mut play = Play::new(SlotRecord::default()).after(to_trial("d1"));
    assert_eq!(play.step(fell()), "save");
    assert_eq!(play.step(run("d1")), "");
    assert_eq!(play.step(now("first")), "try d1");
    play.step(Event::Launched(Ok(1)));
    assert_eq!(play.step(fell()), "save");
    let report = play.machine.attempted().unwrap();
    assert_eq!((report.phase, report.tries), (Phase::FellBack, 2));
    // Said again with the next heartbeats, it is the same wish.
    assert_eq!(play.step(now("first")), "");
    assert_eq!(play.step(now("second")), "try d1");

    // What was active and crashed doesn't wait either; where nothing waits, nothing happens.
    let mut play = active();
    assert_eq!(play.step(now("first")), "");
    for _ in 0..3 {
        play.step(Event::Exited(crash(9, "")));
        play.pass(10);
        play.step(Event::Tick);
        play.step(Event::Launched(Ok(1)));
    }
    play.step(Event::Exited(crash(9, "")));
    assert_eq!(play.step(Event::Tick), "");
    assert_eq!(play.step(now("second")), "start d1");
}

#[test]
fn what_ended_before_anybody_looked_counts_from_where_it_began() {
    let base = Base {
        since: Some(7),
        counters: byteor_pipeline_snapshot::Counters {
            records_in: 900,
            ..Default::default()
        },
    };
    let mut play = Play::new(SlotRecord::default()).after(to_trial("d1"));
    play.step(Event::Exited(Exit {
        base: Some(base),
        ..ended_well()
    }));
    play.step(confirm("d1"));
    let active = play.machine.record().active.as_ref().unwrap();
    assert_eq!((active.base, active.finished), (Some(base), true));
}
