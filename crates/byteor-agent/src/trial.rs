//! Trials of connections: somebody at the control plane wants to know whether a config bundle's two
//! sides can be reached from this host.
//!
//! A request is signed for this agent, is in force for minutes, and is carried out once. What it names
//! nobody approved, so this agent decides what may come of it: addresses and files within what its
//! host's owner allows, by a process of its own beside those that run, one at a time, for a bounded
//! time; and a side's secrets are only read and sent where a bundle that was approved, and that ran
//! here, sends the same secrets to the same peer. Nothing that the control plane says changes that.

use std::collections::VecDeque;
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use byteor_config::{ConfigBundleV1, Direction};
use byteor_policy::{LONGEST_TRIAL, Refusal, codes, is_id};
use serde::{Deserialize, Serialize};

use crate::api::CallError;
use crate::failure::Failure;
use crate::host::Host;
use crate::instant::rfc3339;
use crate::link::{Caller, News};
use crate::process::{Process, TRIAL_FAILED, Words};
use crate::protocol::{TrialOutcome, TrialReport};
use crate::quote;
use crate::slot::verdict::{FETCH, RUNTIME_FAILED, RUNTIME_START, Verdict, Why};
use crate::slots::Slots;
use crate::state::{StateFolder, make_folder, write_atomically};

/// What was carried out lately.
const FILE: &str = "trials.json";
/// Where the members of a request stand while it is carried out.
const FOLDER: &str = "trial";
/// How long a trial may take.
const LONGEST: Duration = Duration::from_secs(60);
/// From the begin of one to the next.
const GAP: Duration = Duration::from_secs(1);
/// How many requests are remembered; as long as they all are in force, no other is taken.
const REMEMBERED: usize = 128;
/// Announcements that aren't looked at again.
const PASSED_OVER: usize = 64;
/// How often a report is sent that isn't taken, and the wait between.
const TELLS: u32 = 5;
const TELL_AGAIN: Duration = Duration::from_secs(2);

/// What the thread that calls for trials is asked.
#[derive(Debug)]
pub enum TrialCall {
    /// Fetch the request of this trial.
    Fetch(String),
    /// Tell what came of it.
    Tell(String, TrialReport),
}

/// Starts that thread. It ends when nobody is left to ask it.
///
/// # Errors
/// `E_THREAD` where the host gives no thread.
pub fn start(
    caller: Caller,
    calls: Receiver<TrialCall>,
    news: Sender<News>,
) -> Result<(), Failure> {
    std::thread::Builder::new()
        .name("trial".to_owned())
        .spawn(move || {
            for call in calls {
                match call {
                    TrialCall::Fetch(trial_id) => {
                        let result =
                            caller
                                .api
                                .connection_trial(&caller.agent_id, &caller.key, &trial_id);
                        if news.send(News::Request { trial_id, result }).is_err() {
                            return;
                        }
                    }
                    TrialCall::Tell(trial_id, report) => tell(&caller, &trial_id, &report),
                }
            }
        })
        .map(|_| ())
        .map_err(|error| Failure::new("E_THREAD", error.to_string(), "check the process limits"))
}

fn tell(caller: &Caller, trial_id: &str, report: &TrialReport) {
    for tries in 1.. {
        let told = caller
            .api
            .tell_trial(&caller.agent_id, &caller.key, trial_id, report);
        match told {
            Ok(()) => return,
            Err(error) if error.is_final() || tries == TELLS => {
                tracing::warn!("the trial {trial_id} could not be told of: {error}");
                return;
            }
            Err(_) => std::thread::sleep(TELL_AGAIN),
        }
    }
}

/// A request that was carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Done {
    trial_id: String,
    /// Seconds since 1970; from then on it is refused for that.
    expires_at: u64,
}

/// What was carried out lately, as it is kept over restarts.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    v: u32,
    done: Vec<Done>,
}

/// What is being tried.
#[derive(Debug)]
struct Trying {
    trial_id: String,
    process: Process,
    since: Instant,
    late: bool,
}

/// All trials of an agent.
#[derive(Debug, Default)]
pub struct Trials {
    done: Vec<Done>,
    /// Announced, and not to be fetched again.
    passed_over: VecDeque<String>,
    fetching: Option<String>,
    trying: Option<Trying>,
    last: Option<Instant>,
}

impl Trials {
    /// Those of a state folder.
    ///
    /// # Errors
    /// `E_STATE` where what was carried out can't be read: a request could come a second time.
    pub fn open(state: &StateFolder) -> Result<Self, Failure> {
        let kept: Option<Kept> = state.read(FILE)?;
        remove_folder(state);
        Ok(Self {
            done: kept.unwrap_or_default().done,
            ..Self::default()
        })
    }

    /// Whether something is being tried.
    pub fn is_trying(&self) -> bool {
        self.trying.is_some()
    }

    /// A trial is announced. Announced again with each heartbeat, it is fetched once, when nothing else
    /// is tried.
    pub fn asked(&mut self, host: &Host, trial_id: &str) {
        let known = self.passed_over.iter().any(|known| known == trial_id)
            || self.done.iter().any(|done| done.trial_id == trial_id);
        let rests = self.last.is_some_and(|last| last.elapsed() < GAP);
        if known || rests || self.trying.is_some() || self.fetching.is_some() || !is_id(trial_id) {
            return;
        }
        let call = TrialCall::Fetch(trial_id.to_owned());
        if host.trial_calls.send(call).is_ok() {
            self.fetching = Some(trial_id.to_owned());
        }
    }

    /// The request has come, or not.
    pub fn fetched(
        &mut self,
        host: &mut Host,
        slots: &Slots,
        trial_id: &str,
        result: Result<Vec<u8>, CallError>,
    ) {
        self.fetching = None;
        let request = match result {
            Ok(request) => request,
            // It is announced again as long as somebody wants it.
            Err(error) if !error.is_final() => return,
            Err(error) => {
                self.pass_over(trial_id);
                let why = Why::new(FETCH, &error.to_string());
                return report(
                    host,
                    trial_id,
                    ended(TrialOutcome::Refused, Some(why), None),
                );
            }
        };
        self.pass_over(trial_id);
        if let Err(verdict) = self.begin(host, slots, trial_id, &request) {
            let (outcome, why) = match verdict {
                Verdict::Refused(why) => (TrialOutcome::Refused, why),
                Verdict::Trouble(why) | Verdict::Fell(why) => (TrialOutcome::Broken, why),
            };
            tracing::warn!(
                "the trial {trial_id} is not carried out: {}: {}",
                why.code,
                why.message
            );
            report(host, trial_id, ended(outcome, Some(why), None));
        }
    }

    fn pass_over(&mut self, trial_id: &str) {
        if self.passed_over.len() == PASSED_OVER {
            self.passed_over.pop_front();
        }
        self.passed_over.push_back(trial_id.to_owned());
    }

    fn begin(
        &mut self,
        host: &mut Host,
        slots: &Slots,
        trial_id: &str,
        request: &[u8],
    ) -> Result<(), Verdict> {
        let trial = host.verify_trial(request, trial_id)?;
        self.note(host, trial_id, trial.request.expires_at)?;
        let sends = sends(host, slots, &trial.config);
        let folder = host.state.path(FOLDER);
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            let written = write_atomically(&path, text.as_bytes());
            written.map_err(|error| Failure::state("write", &path, error))
        };
        make_folder(&folder).map_err(|error| Failure::state("make", &folder, error))?;
        write("spec.kv", &trial.request.spec)?;
        write(byteor_config::FILE_NAME, &trial.request.config)?;
        let process = Process::spawn(&mut command(host, &sends)).map_err(|error| {
            let message = format!("Could not start {}: {error}.", host.edgeplane.display());
            Verdict::Trouble(Why::new(RUNTIME_START, &message))
        })?;
        let words: Vec<&str> = sends.iter().map(|side| side.as_str()).collect();
        tracing::info!(
            "trial {trial_id}: process {}, secrets of: {}",
            process.id(),
            if words.is_empty() {
                "neither side".to_owned()
            } else {
                words.join(", ")
            }
        );
        self.last = Some(Instant::now());
        self.trying = Some(Trying {
            trial_id: trial_id.to_owned(),
            process,
            since: Instant::now(),
            late: false,
        });
        Ok(())
    }

    /// Remembers a request before anything of it is carried out; refuses one that was before.
    fn note(&mut self, host: &mut Host, trial_id: &str, expires_at: u64) -> Result<(), Verdict> {
        let now = host.clock.judged();
        self.done.retain(|done| done.expires_at > now);
        if self.done.iter().any(|done| done.trial_id == trial_id) {
            let message = "The request was carried out before.";
            return Err(Refusal::new(codes::TRIAL_REPLAYED, message).into());
        }
        if self.trying.is_some() || self.done.len() >= REMEMBERED {
            let message = format!(
                "The agent tries something else, or {REMEMBERED} requests within {LONGEST_TRIAL} s."
            );
            return Err(Refusal::new(codes::TRIAL_BUSY, message).into());
        }
        self.done.push(Done {
            trial_id: trial_id.to_owned(),
            expires_at,
        });
        let kept = Kept {
            v: 1,
            done: self.done.clone(),
        };
        host.state.write(FILE, &kept)?;
        Ok(())
    }

    /// Looks after what is being tried.
    pub fn step(&mut self, host: &Host) {
        let Some(trying) = &mut self.trying else {
            return;
        };
        let exited = trying.process.exited();
        let over = match &exited {
            Ok(None) => {
                if !trying.late && trying.since.elapsed() > LONGEST {
                    trying.late = true;
                    trying.process.kill();
                }
                return;
            }
            Ok(Some(_)) => None,
            Err(error) => Some(Why::new(RUNTIME_FAILED, &error.to_string())),
        };
        let late = trying.late.then(|| {
            let message = format!(
                "The trial took longer than {} s and was ended.",
                LONGEST.as_secs()
            );
            Why::new("E_TRIAL_LATE", &message)
        });
        let words = trying.process.words();
        let why = late.or(over).or_else(|| broken(&words));
        let outcome = match why {
            Some(_) => TrialOutcome::Broken,
            None => TrialOutcome::Tried,
        };
        report(host, &trying.trial_id, ended(outcome, why, Some(words)));
        self.trying = None;
        remove_folder(&host.state);
    }

    /// Ends what is being tried: the agent ends.
    pub fn end(&mut self, host: &Host) {
        if let Some(trying) = self.trying.take() {
            trying.process.kill();
            remove_folder(&host.state);
        }
    }
}

/// Why a trial didn't come to its end, by the runtime's own words. A step that failed is no such reason.
fn broken(words: &Words) -> Option<Why> {
    match &words.failed {
        Some((code, _)) if code == TRIAL_FAILED => None,
        Some((code, message)) => {
            let code = quote::code(code).unwrap_or(RUNTIME_FAILED);
            Some(Why::new(code, message))
        }
        None if words.tried.is_empty() => {
            let last = words.last.back().map_or("it said nothing", String::as_str);
            let message = format!("The runtime tried nothing: {last}");
            Some(Why::new(RUNTIME_FAILED, &message))
        }
        None => None,
    }
}

fn ended(outcome: TrialOutcome, why: Option<Why>, words: Option<Words>) -> TrialReport {
    let (code, message) = why.map(|why| (why.code, why.message)).unzip();
    TrialReport {
        outcome,
        code,
        message,
        steps: words.map_or_else(Vec::new, |words| words.tried),
        at: rfc3339(crate::instant::now_millis()),
    }
}

fn report(host: &Host, trial_id: &str, report: TrialReport) {
    let call = TrialCall::Tell(trial_id.to_owned(), report);
    if host.trial_calls.send(call).is_err() {
        tracing::error!("the thread that tells of trials is gone");
    }
}

/// The sides whose secrets may be sent: those that send the same ones to the same peer in a bundle that
/// was approved, and that this agent verified and ran.
fn sends(host: &mut Host, slots: &Slots, config: &ConfigBundleV1) -> Vec<Direction> {
    let proofs = Direction::ALL
        .iter()
        .map(|side| (*side, config.proof(*side)));
    let proofs: Vec<_> = proofs
        .filter_map(|(side, proof)| Some((side, proof?)))
        .collect();
    if proofs.is_empty() {
        return Vec::new();
    }
    let approved = slots.approved(host);
    let is_approved = |side: Direction, proof| {
        approved
            .iter()
            .any(|bundle| bundle.proof(side).as_ref() == Some(proof))
    };
    proofs
        .iter()
        .filter(|(side, proof)| is_approved(*side, proof))
        .map(|(side, _)| *side)
        .collect()
}

/// The command of a trial: as that of a run, within the same bounds, and without anything that a run
/// keeps.
fn command(host: &Host, sends: &[Direction]) -> Command {
    let mut command = Command::new(&host.edgeplane);
    // It needs nothing of the agent's environment, which may hold the agent's key.
    command
        .env_clear()
        .args(["run", "--try-connections", "--json"]);
    let folder = host.state.path(FOLDER);
    let mut flag = |name: &str, value: &dyn AsRef<std::ffi::OsStr>| {
        let mut text = std::ffi::OsString::from(format!("--{name}="));
        text.push(value);
        command.arg(text);
    };
    flag("spec", &folder.join("spec.kv"));
    flag("config", &folder.join(byteor_config::FILE_NAME));
    flag("posture", &host.agent.posture.as_str());
    for side in sends {
        flag("send-secrets-of", &side.as_str());
    }
    for root in &host.agent.allowed_roots {
        flag("allow-root", root);
    }
    for rule in &host.allow_net {
        flag("allow-net", &rule.to_string());
    }
    flag("exit-with-parent", &std::process::id().to_string());
    command
}

fn remove_folder(state: &StateFolder) {
    let folder = state.path(FOLDER);
    match std::fs::remove_dir_all(&folder) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!("could not remove {}: {error}", folder.display()),
    }
}
