//! A supervised runtime: its process, what it says, and its end.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use byteor_pipeline_snapshot::{Counters, Snapshot};
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;

use crate::instant::rfc3339;
use crate::protocol::{
    AdapterReport, AdaptersReport, BoundaryReport, ListeningReport, TrialState, TrialStep,
};
use crate::quote;

/// How many last lines are kept, and how long each may be.
const LAST_WORDS: usize = 20;
const LINE_BYTES: usize = 400;

/// The latest instant that is believed, 9999-12-31: a later one has no RFC 3339 form.
const LATEST: u64 = 253_402_300_799_999;

/// The greatest count that every reader of JSON holds exactly.
const MOST_COUNTED: u64 = (1 << 53) - 1;

/// Longest line that is read from a runtime, in bytes; the rest of a longer one is a line of its
/// own.
const READ_BYTES: u64 = 64 * 1024;

/// The code of a trial of which a step failed; also that of a step that names none.
pub const TRIAL_FAILED: &str = "E_TRIAL_FAILED";
/// What a step of a trial may be called.
const SIDES: &[&str] = &["source", "sink"];
const STEPS: &[&str] = &[
    "open",
    "listen",
    "resolve",
    "connect",
    "secure",
    "authenticate",
    "find",
];
/// How many steps are kept, how long their texts may be in bytes, and how long one may have taken in
/// milliseconds.
const MOST_STEPS: usize = 64;
const STEP_BYTES: usize = 600;
const LONGEST_STEP: u64 = 600_000;

/// What a runtime has said so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// It said `started`, at this instant.
    pub started: Option<Instant>,
    /// It said `failed`, with code and message.
    pub failed: Option<(String, String)>,
    /// It said `stopped`, with the reason.
    pub stopped: Option<String>,
    /// The totals that it began with.
    pub base: Option<Counters>,
    /// What of them the counters of a graph's lanes don't hold.
    pub before: Option<Counters>,
    /// When its totals began, milliseconds since 1970.
    pub totals_since: Option<u64>,
    /// The counters that it stopped with.
    pub counters: Option<Counters>,
    /// The ring's state that it stopped with.
    pub snapshot: Option<Snapshot>,
    /// The steps of a trial of connections.
    pub tried: Vec<TrialStep>,
    /// What it sees of its two sides.
    pub adapters: Option<AdaptersReport>,
    /// Its last lines.
    pub last: VecDeque<String>,
}

/// One line of a runtime's standard output.
#[derive(Deserialize)]
struct Event {
    event: String,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    help: Option<String>,
    #[serde(default)]
    stage: Option<String>,
    #[serde(default)]
    side: Option<String>,
    #[serde(default)]
    step: Option<String>,
    #[serde(default)]
    ok: bool,
    #[serde(default)]
    held_back: bool,
    #[serde(default)]
    millis: u64,
    #[serde(default)]
    source: serde_json::Value,
    #[serde(default)]
    sink: serde_json::Value,
    /// Of each, where a side has several.
    #[serde(default)]
    boundaries: serde_json::Value,
    // Of another form they are no numbers, but the event is one all the same.
    #[serde(default)]
    counters: serde_json::Value,
    #[serde(default)]
    before: serde_json::Value,
    #[serde(default)]
    snapshot: serde_json::Value,
}

impl Event {
    fn counters(&self) -> Option<Counters> {
        Counters::deserialize(&self.counters).ok()
    }

    /// A step of a trial, if it is one that there is.
    fn tried(&self) -> Option<TrialStep> {
        let side = self.side.as_deref().filter(|side| SIDES.contains(side))?;
        let step = self.step.as_deref().filter(|step| STEPS.contains(step))?;
        let state = match (self.ok, self.held_back) {
            (true, _) => TrialState::Worked,
            (false, true) => TrialState::HeldBack,
            (false, false) => TrialState::Failed,
        };
        let code = self.code.as_deref().and_then(quote::code);
        let code = match state {
            TrialState::Failed => Some(code.unwrap_or(TRIAL_FAILED).to_owned()),
            _ => None,
        };
        let help = self.help.as_deref().filter(|help| !help.is_empty());
        Some(TrialStep {
            side: side.to_owned(),
            step: step.to_owned(),
            state,
            millis: self.millis.min(LONGEST_STEP),
            code,
            message: quote::clean(self.message.as_deref().unwrap_or_default(), STEP_BYTES),
            help: help.map(|help| quote::clean(help, STEP_BYTES)),
        })
    }

    fn adapters(&self) -> AdaptersReport {
        AdaptersReport {
            source: adapter(&self.source),
            sink: adapter(&self.sink),
            boundaries: boundaries(&self.boundaries),
        }
    }

    fn totals_since(&self) -> Option<u64> {
        let since = self.counters.get("since")?.as_u64();
        since.filter(|since| *since <= LATEST)
    }

    fn snapshot(&self) -> Option<Snapshot> {
        let snapshot = Snapshot::deserialize(&self.snapshot).ok();
        snapshot.filter(Snapshot::is_bounded)
    }
}

/// How many boundaries are told of at most.
const MOST_BOUNDARIES: usize = 64;

/// What is said of each of several boundaries, made fit to be told; nothing of one that is of another form.
fn boundaries(value: &serde_json::Value) -> Vec<BoundaryReport> {
    let each = value.as_array().into_iter().flatten();
    let report = |value: &serde_json::Value| {
        let side = value.get("side")?.as_str()?;
        let id = value.get("id")?.as_str()?;
        if !["source", "sink"].contains(&side) || !is_name(id) {
            return None;
        }
        Some(BoundaryReport {
            side: side.to_owned(),
            id: id.to_owned(),
            seen: adapter(value.get("seen")?)?,
        })
    };
    each.filter_map(report).take(MOST_BOUNDARIES).collect()
}

/// What is said of one side, made fit to be told; nothing where it is of another form.
fn adapter(value: &serde_json::Value) -> Option<AdapterReport> {
    let kind = value.get("kind")?.as_str()?;
    if kind.len() > 32 || !is_name(kind) {
        return None;
    }
    let count = |key: &str| count(value, key);
    let instant = |key: &str| instant(value, key);
    let error = value.get("error").and_then(serde_json::Value::as_str);
    Some(AdapterReport {
        kind: kind.to_owned(),
        up_since: instant("up_since"),
        down_since: instant("down_since"),
        failures: count("failures").unwrap_or(0),
        in_flight: count("in_flight").unwrap_or(0),
        refused: count("refused").unwrap_or(0),
        lag: count("lag"),
        lag_or_more: value.get("lag_or_more") == Some(&serde_json::Value::Bool(true)),
        rebalances: count("rebalances"),
        listening: value.get("listening").and_then(listening),
        error: error.map(|error| quote::clean(error, LINE_BYTES)),
        error_at: instant("error_at"),
    })
}

/// Whether `text` is a name as kinds of adapters and boundaries have it.
fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=64).contains(&text.len()) && text.bytes().all(plain)
}

/// The same of who connects to it.
fn listening(value: &serde_json::Value) -> Option<ListeningReport> {
    Some(ListeningReport {
        since: instant(value, "since")?,
        connections: count(value, "connections")?,
        refused: count(value, "refused")?,
    })
}

fn count(value: &serde_json::Value, key: &str) -> Option<u64> {
    Some(value.get(key)?.as_u64()?.min(MOST_COUNTED))
}

fn instant(value: &serde_json::Value, key: &str) -> Option<String> {
    let at = value.get(key)?.as_u64()?;
    (at <= LATEST).then(|| rfc3339(at))
}

/// A running runtime. Spawn it from the main thread: the kernel ties the child's parent-death
/// signal to the thread that spawned it.
#[derive(Debug)]
pub struct Process {
    child: Child,
    words: Arc<Mutex<Words>>,
    readers: Vec<JoinHandle<()>>,
    /// When it was started.
    pub since: Instant,
    ended: Option<(ExitStatus, Instant)>,
}

impl Process {
    /// Starts a command with its output read and its input closed.
    ///
    /// # Errors
    /// Of the operating system.
    pub fn spawn(command: &mut Command) -> io::Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let words = Arc::new(Mutex::new(Words::default()));
        let mut readers = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            readers.push(read_lines(stdout, Arc::clone(&words), true));
        }
        if let Some(stderr) = child.stderr.take() {
            readers.push(read_lines(stderr, Arc::clone(&words), false));
        }
        Ok(Self {
            child,
            words,
            readers,
            since: Instant::now(),
            ended: None,
        })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has said so far.
    pub fn words(&self) -> Words {
        self.words
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Its exit, once it ended and all that it said was read (or a second passed).
    ///
    /// # Errors
    /// Of the operating system.
    pub fn exited(&mut self) -> io::Result<Option<ExitStatus>> {
        if self.ended.is_none() {
            self.ended = self
                .child
                .try_wait()?
                .map(|status| (status, Instant::now()));
        }
        Ok(self
            .ended
            .filter(|(_, at)| {
                at.elapsed() > Duration::from_secs(1)
                    || self.readers.iter().all(JoinHandle::is_finished)
            })
            .map(|(status, _)| status))
    }

    /// Asks it to stop in good order.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Ends it at once.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
    }

    fn signal(&self, signal: Signal) {
        // Once reaped, the id may be another process's.
        if self.ended.is_some() {
            return;
        }
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid
            && let Err(error) = kill_process(pid, signal)
        {
            tracing::debug!("could not signal {}: {error}", self.child.id());
        }
    }
}

fn read_lines(
    source: impl Read + Send + 'static,
    words: Arc<Mutex<Words>>,
    events: bool,
) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut source = BufReader::new(source);
        let mut line = Vec::new();
        loop {
            line.clear();
            match source
                .by_ref()
                .take(READ_BYTES)
                .read_until(b'\n', &mut line)
            {
                Ok(0) => return,
                Ok(_) => {
                    let text = String::from_utf8_lossy(&line);
                    let text = text.trim_end_matches(['\n', '\r']);
                    let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
                    words.hear(text, events);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    tracing::warn!("could not read what the runtime says: {error}");
                    return;
                }
            }
        }
    })
}

impl Words {
    fn hear(&mut self, line: &str, events: bool) {
        if line.is_empty() {
            return;
        }
        let event = events
            .then(|| serde_json::from_str::<Event>(line).ok())
            .flatten();
        let said = match event {
            None => line.to_owned(),
            // Said once a second: among the last words it would leave room for nothing else.
            Some(event) if event.event == "adapters" => {
                self.adapters = Some(event.adapters());
                return;
            }
            Some(event) => {
                let code = event.code.clone().unwrap_or_default();
                let mut message = event.message.clone().unwrap_or_default();
                if let Some(stage) = &event.stage {
                    message = format!("{message} (stage {stage})");
                }
                if let Some(help) = event.help.as_ref().filter(|help| !help.is_empty()) {
                    message = format!("{message}; {help}");
                }
                let said = [event.event.as_str(), &code, &message]
                    .iter()
                    .filter(|part| !part.is_empty())
                    .copied()
                    .collect::<Vec<_>>()
                    .join(": ");
                match event.event.as_str() {
                    "started" => {
                        self.started = Some(Instant::now());
                        self.base = event.counters();
                        self.before = Counters::deserialize(&event.before).ok();
                        self.totals_since = event.totals_since();
                    }
                    "stopped" => {
                        self.counters = event.counters();
                        self.snapshot = event.snapshot();
                        self.totals_since = event.totals_since().or(self.totals_since);
                        self.stopped = Some(code);
                    }
                    "tried" if self.tried.len() < MOST_STEPS => self.tried.extend(event.tried()),
                    "failed" => self.failed = Some((code, message)),
                    _ => {}
                }
                said
            }
        };
        if self.last.len() == LAST_WORDS {
            self.last.pop_front();
        }
        self.last.push_back(quote::clean(&said, LINE_BYTES));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str) -> (ExitStatus, Words) {
        let mut process = Process::spawn(Command::new("sh").args(["-c", script])).unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            if let Some(status) = process.exited().unwrap() {
                return (status, process.words());
            }
            assert!(Instant::now() < deadline);
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn events_and_last_words_are_heard_to_the_end() {
        let (status, words) = run(r#"echo '{"event":"started","generation":1}'
               echo 'plain words' >&2; echo '{"not":"an event"}'
               echo '{"event":"failed","code":"E_STAGE","message":"broke","help":"mend it","stage":"mask"}'; exit 5"#);
        assert_eq!(status.code(), Some(5));
        assert!(words.started.is_some());
        assert_eq!(
            words.failed,
            Some(("E_STAGE".into(), "broke (stage mask); mend it".into()))
        );
        assert!(words.last.contains(&"plain words".to_owned()));
        assert!(
            words
                .last
                .contains(&"failed: E_STAGE: broke (stage mask); mend it".to_owned())
        );
    }

    #[test]
    fn a_flood_is_kept_short() {
        let (_, words) = run("seq 1 5000; head -c 200000 /dev/zero | tr '\\0' x");
        assert_eq!(words.last.len(), LAST_WORDS);
        assert!(words.last.iter().all(|line| line.len() <= LINE_BYTES));
    }

    #[test]
    fn what_does_not_stop_is_killed() {
        let mut process = Process::spawn(
            Command::new("sh").args(["-c", "trap '' TERM; while :; do sleep 0.1; done"]),
        )
        .unwrap();
        std::thread::sleep(Duration::from_millis(100));
        process.terminate();
        std::thread::sleep(Duration::from_millis(200));
        assert_eq!(process.exited().unwrap(), None);
        process.kill();
        let deadline = Instant::now() + Duration::from_secs(5);
        while process.exited().unwrap().is_none() {
            assert!(Instant::now() < deadline);
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn hostile_last_words_are_cleaned_and_wild_numbers_do_not_hide_an_event() {
        let (_, words) = run(r#"printf 'a\000b\033[2J\377\n'
               echo '{"event":"started","counters":{"since":99999999999999999,"records_in":-1}}'
               echo '{"event":"failed","code":"x\\u0000","message":"m\\u0000","stage":null}'"#);
        assert_eq!(words.last[0], "a\u{fffd}b\u{fffd}[2J\u{fffd}");
        assert!(words.started.is_some() && words.failed.is_some());
        assert_eq!((words.base, words.totals_since), (None, None));
        let all: String = words.last.iter().cloned().collect();
        assert!(!all.contains('\0'), "{all:?}");
    }

    #[test]
    fn what_is_seen_of_the_sides_is_heard_cleaned_and_is_no_last_word() {
        let (_, words) = run(r#"echo before
               echo '{"event":"adapters","source":{"kind":"../x"},"sink":null}'
               printf '{"event":"adapters","source":{"kind":"kafka","up_since":1795298400123,'
               printf '"failures":1,"in_flight":18446744073709551615,"lag":3,"lag_or_more":true,'
               printf '"rebalances":18446744073709551615,"listening":{"since":1795298400123,'
               printf '"connections":2,"refused":18446744073709551615},'
               printf '"error":"nul \u0000 end","error_at":99999999999999999},'
               printf '"sink":{"kind":"postgres","down_since":1795298400123,"refused":-1,'
               printf '"lag_or_more":1,"listening":{"since":1795298400123,"connections":-1}},'
               printf '"boundaries":[{"side":"sink","id":"../x","seen":{"kind":"nats"}},'
               printf '{"side":"both","id":"few","seen":{"kind":"nats"}},{"side":"sink","id":"none"},'
               echo '{"side":"sink","id":"few","seen":{"kind":"nats","in_flight":7}}]}'"#);
        assert_eq!(words.last, ["before"]);
        let AdaptersReport {
            source,
            sink,
            boundaries,
        } = words.adapters.unwrap();
        let few = |one: &BoundaryReport| (one.side.clone(), one.id.clone(), one.seen.in_flight);
        assert_eq!(
            boundaries.iter().map(few).collect::<Vec<_>>(),
            [("sink".to_owned(), "few".to_owned(), 7)]
        );
        let (source, sink) = (source.unwrap(), sink.unwrap());
        let since = Some("2026-11-21T22:00:00.123Z".to_owned());
        assert_eq!((source.up_since, source.down_since), (since.clone(), None));
        assert_eq!((source.failures, source.in_flight), (1, MOST_COUNTED));
        assert_eq!((source.lag, source.lag_or_more), (Some(3), true));
        assert_eq!(
            (source.rebalances, source.error_at),
            (Some(MOST_COUNTED), None)
        );
        let listening = source.listening.unwrap();
        assert_eq!(Some(listening.since), since);
        assert_eq!(
            (listening.connections, listening.refused),
            (2, MOST_COUNTED)
        );
        assert_eq!(source.error.unwrap(), "nul \u{fffd} end");
        assert_eq!((sink.down_since, sink.refused, sink.lag), (since, 0, None));
        assert_eq!((sink.lag_or_more, sink.listening), (false, None));
    }

    #[test]
    fn the_totals_that_a_runtime_begins_with_are_heard() {
        let (_, words) = run(
            r#"printf '{"event":"started","counters":{"since":1795298400123,'
               printf '"records_in":5,"records_out":4,"dropped":1,"rejected":0,'
               echo '"bytes_in":50,"bytes_out":40,"truncations":0}}'"#,
        );
        assert_eq!(words.base.unwrap().records_in, 5);
        assert_eq!(words.totals_since, Some(1_795_298_400_123));
    }
}
