//! One slot: what is desired, what is attempted, and what runs, kept apart.
//!
//! Everything is driven by [`Slot::step`], some ten times a second, and by the news of the
//! [`link`](crate::link); nothing here waits.

use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use byteor_pipeline_backings_shm::snapshot_path;
use byteor_pipeline_snapshot::Snapshot;
use byteor_policy::{
    Enrolment, EpochRule, Expected, Judgement, KeySet, Refusal, SUPPORTED_FEATURES, VerifiedBundle,
    codes, verify_bundle,
};

use crate::api::CallError;
use crate::failure::Failure;
use crate::instant::{now_millis, now_seconds, rfc3339};
use crate::link::{Order, back_off};
use crate::process::{Process, Words, cut};
use crate::protocol::{
    AttemptedReport, Desired, DesiredState, Phase, RunningReport, SlotReport, StatusPhase,
    StatusReport,
};
use crate::state::{Activation, AgentRecord, Quarantined, SlotRecord, StateFolder};
use crate::{roots, staging};

/// The runtime never came up, or could not be started.
pub const RUNTIME_START: &str = "E_RUNTIME_START";
/// The runtime ended though it should have gone on.
pub const RUNTIME_FAILED: &str = "E_RUNTIME_FAILED";

/// How long a new runtime may take until it says `started`; it may have to wait up to 10 s for
/// the checkpoint of one that is just ending.
const START_PATIENCE: Duration = Duration::from_secs(30);
/// How long it has to live after that.
const HEALTHY_AFTER: Duration = Duration::from_secs(1);
/// How long a runtime may take to drain before it is killed; its checkpoint makes that safe.
const STOP_PATIENCE: Duration = Duration::from_secs(8);
/// Waits before a crashed runtime is started again.
const LADDER: [u64; 6] = [1, 2, 5, 10, 30, 60];
/// Health of this length starts the ladder over.
const LADDER_RESET: Duration = Duration::from_secs(60);
/// A download that doesn't have the announced hash is tried this often.
const HASH_TRIES: u32 = 3;
/// How many quarantined deployments are remembered for each slot.
const QUARANTINE: usize = 50;

/// What every slot of an agent shares.
#[derive(Debug)]
pub struct Host {
    /// The state folder.
    pub state: StateFolder,
    /// Who we are.
    pub agent: AgentRecord,
    /// Whom we trust.
    pub trusted: KeySet,
    /// The runtime binary.
    pub edgeplane: PathBuf,
    /// Where regions stand.
    pub runtime_dir: PathBuf,
    /// To the link.
    pub orders: Sender<Order>,
}

/// One slot.
#[derive(Debug)]
pub struct Slot {
    name: String,
    record: SlotRecord,
    fetch: Option<Fetch>,
    candidate: Option<Activation>,
    child: Option<Child>,
    crashes: u32,
    restart_at: Option<Instant>,
    attempted: Option<AttemptedReport>,
    last_words: Vec<String>,
    /// The ring's state at the end of a bounded input.
    final_snapshot: Option<Snapshot>,
}

#[derive(Debug)]
struct Fetch {
    desired: Desired,
    ordered: bool,
    not_before: Instant,
    failures: u32,
}

#[derive(Debug)]
struct Child {
    process: Process,
    activation: Activation,
    /// Not confirmed yet.
    trial: bool,
    region: PathBuf,
    /// The ring's state when it was last read.
    snapshot: Option<Snapshot>,
    /// Milliseconds since 1970.
    since: u64,
    stopping: Option<Stopping>,
}

#[derive(Debug)]
struct Stopping {
    why: Why,
    deadline: Instant,
    killed: bool,
}

#[derive(Debug)]
enum Why {
    /// Another deployment takes the slot, or nobody wants this one any more.
    Asked,
    /// A trial that didn't come up.
    Failed(&'static str, String),
}

impl Child {
    fn stop(&mut self, why: Why, patience: Duration) {
        if self.stopping.is_none() {
            self.process.terminate();
            self.stopping = Some(Stopping {
                why,
                deadline: Instant::now() + patience,
                killed: false,
            });
        }
    }
}

impl Slot {
    /// A slot as it was left, or a new one.
    ///
    /// # Errors
    /// `E_STATE` where its record can't be read: without it, old epochs could come back.
    pub fn open(host: &Host, name: &str) -> Result<Self, Failure> {
        let record: SlotRecord = host.state.read(record_path(name))?.unwrap_or_default();
        let mut slot = Self {
            name: name.to_owned(),
            record,
            fetch: None,
            candidate: None,
            child: None,
            crashes: 0,
            restart_at: None,
            attempted: None,
            last_words: Vec::new(),
            final_snapshot: None,
        };
        slot.tell_again(host);
        Ok(slot)
    }

    /// Says again what the control plane may not have heard before the agent ended.
    fn tell_again(&mut self, host: &Host) {
        let failed = self.record.quarantine.last().cloned();
        let active = self.record.active.clone();
        if let Some(failed) = &failed
            && active
                .as_ref()
                .is_none_or(|active| active.epoch < failed.epoch)
        {
            self.attempted = Some(AttemptedReport {
                deployment_id: failed.deployment_id.clone(),
                epoch: failed.epoch,
                phase: Phase::Failed,
                code: Some(failed.code.clone()),
                message: Some(failed.message.clone()),
                tries: 1,
                next_try_at: None,
                at: rfc3339(failed.at),
            });
        } else if let Some(active) = &active {
            self.attempt(&active.deployment_id, active.epoch, Phase::Active, None);
        }
        if let Some(active) = active
            && !active.reported
        {
            self.tell_active(host, &active);
        }
        for failed in self
            .record
            .quarantine
            .iter()
            .filter(|failed| !failed.reported)
        {
            tell_failed(host, &self.name, failed);
        }
    }

    /// The slot's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the control plane wants here: every entry that names this slot.
    pub fn desire(&mut self, host: &Host, desired: &[Desired]) {
        let run = desired
            .iter()
            .filter(|entry| entry.state == DesiredState::Run)
            .max_by_key(|entry| entry.epoch);
        if let Some(run) = run {
            if self.is_active(run) {
                self.drop_attempt();
                self.set_stopped(host, false);
            } else if self.is_quarantined(run) {
                self.drop_attempt();
            } else if !self.is_underway(run) {
                self.drop_attempt();
                self.attempt(&run.deployment_id, run.epoch, Phase::Fetching, None);
                self.fetch = Some(Fetch {
                    desired: run.clone(),
                    ordered: false,
                    not_before: Instant::now(),
                    failures: 0,
                });
            }
        }
        for stop in desired {
            if stop.state == DesiredState::Run
                || run.is_some_and(|run| run.deployment_id == stop.deployment_id)
            {
                continue;
            }
            if self
                .record
                .active
                .as_ref()
                .is_some_and(|active| active.deployment_id == stop.deployment_id)
            {
                self.set_stopped(host, true);
            }
            if self.underway().is_some_and(|id| id == stop.deployment_id) {
                self.drop_attempt();
            }
        }
    }

    /// A bundle that was ordered has come, or not.
    pub fn fetched(
        &mut self,
        host: &Host,
        deployment_id: &str,
        bundle_hash: &str,
        result: Result<Vec<u8>, CallError>,
    ) {
        let Some(mut fetch) = self.fetch.take_if(|fetch| {
            fetch.desired.deployment_id == deployment_id && fetch.desired.bundle_hash == bundle_hash
        }) else {
            return;
        };
        let desired = fetch.desired.clone();
        let why = match result {
            Ok(archive) => {
                self.attempt(
                    &desired.deployment_id,
                    desired.epoch,
                    Phase::Verifying,
                    None,
                );
                match self.stage(host, &desired, &archive) {
                    Ok(activation) => {
                        self.attempt(&desired.deployment_id, desired.epoch, Phase::Starting, None);
                        self.candidate = Some(activation);
                        return;
                    }
                    Err(refusal)
                        if refusal.code == codes::BUNDLE_HASH
                            && fetch.failures + 1 < HASH_TRIES =>
                    {
                        (refusal.code.to_owned(), refusal.message)
                    }
                    Err(refusal) => {
                        self.fail(host, &desired, refusal.code, refusal.message);
                        return;
                    }
                }
            }
            Err(error) => ("E_FETCH".to_owned(), error.to_string()),
        };
        fetch.failures += 1;
        fetch.ordered = false;
        let wait = back_off(fetch.failures, 0);
        fetch.not_before = Instant::now() + wait;
        tracing::warn!(
            "{}: could not fetch {deployment_id}; trying again in {wait:.1?}: {}",
            self.name,
            why.1
        );
        self.attempt(
            &desired.deployment_id,
            desired.epoch,
            Phase::Fetching,
            Some(why),
        );
        self.fetch = Some(fetch);
    }

    /// The control plane has heard how an attempt ended.
    pub fn told(&mut self, host: &Host, deployment_id: &str, epoch: u64, phase: StatusPhase) {
        let same = |id: &str, at: u64| id == deployment_id && at == epoch;
        match (phase, &mut self.record.active) {
            (StatusPhase::Active, Some(active)) if same(&active.deployment_id, active.epoch) => {
                active.reported = true;
            }
            (StatusPhase::Failed, _) => {
                for failed in &mut self.record.quarantine {
                    if same(&failed.deployment_id, failed.epoch) {
                        failed.reported = true;
                    }
                }
            }
            _ => return,
        }
        self.save_or_say(host);
    }

    /// Moves things on, as far as they can be moved without waiting.
    pub fn step(&mut self, host: &Host) {
        self.order_fetch(host);
        self.watch(host);
        self.move_on(host);
    }

    /// Asks the child to end within `patience`; for the end of the agent itself.
    pub fn shut_down(&mut self, patience: Duration) {
        if let Some(child) = &mut self.child {
            child.stop(Why::Asked, patience);
        }
    }

    /// Ends the child if it is over its time; answers whether there is none left.
    pub fn is_down(&mut self) -> bool {
        let Some(child) = &mut self.child else {
            return true;
        };
        if let Some(stopping) = &mut child.stopping
            && Instant::now() >= stopping.deadline
            && !stopping.killed
        {
            stopping.killed = true;
            child.process.kill();
        }
        matches!(child.process.exited(), Ok(Some(_)) | Err(_))
    }

    /// Ends the child at once.
    pub fn kill(&mut self) {
        if let Some(child) = &mut self.child {
            child.process.kill();
        }
    }

    /// What the agent can prove about the slot.
    pub fn report(&self) -> SlotReport {
        let running = self
            .child
            .as_ref()
            .filter(|child| !child.trial && child.process.words().started.is_some());
        SlotReport {
            slot: self.name.clone(),
            running: running.map(|child| RunningReport {
                deployment_id: child.activation.deployment_id.clone(),
                deployment_digest: child.activation.deployment_digest.clone(),
                epoch: child.activation.epoch,
                bundle_hash: child.activation.bundle_hash.clone(),
                since: rfc3339(child.since),
                activated_at: rfc3339(child.activation.activated_at * 1000),
                restarts: 0,
                last_restart_at: None,
            }),
            attempted: self.attempted.clone(),
            snapshot: match running {
                Some(child) => child.snapshot.clone(),
                None => self.final_snapshot.clone(),
            },
            counters: None,
            last_words: self.last_words.clone(),
        }
    }

    fn order_fetch(&mut self, host: &Host) {
        if let Some(fetch) = &mut self.fetch
            && !fetch.ordered
            && Instant::now() >= fetch.not_before
        {
            fetch.ordered = true;
            give(
                host,
                Order::Fetch {
                    slot: self.name.clone(),
                    deployment_id: fetch.desired.deployment_id.clone(),
                    bundle_hash: fetch.desired.bundle_hash.clone(),
                },
            );
        }
    }

    /// Verifies a fetched archive, notes its epoch, and stages it.
    fn stage(
        &mut self,
        host: &Host,
        desired: &Desired,
        archive: &[u8],
    ) -> Result<Activation, Refusal> {
        let judged_at = now_seconds();
        let bundle = verify(
            host,
            &self.name,
            archive,
            &desired.deployment_id,
            &desired.bundle_hash,
            &Judgement {
                judged_at,
                epoch: EpochRule::After {
                    highest: self.record.epoch,
                    bundle_hash: self.record.epoch_bundle_hash.as_deref(),
                },
            },
        )?;
        if bundle.manifest.epoch != desired.epoch {
            return Err(Refusal::new(
                codes::MANIFEST_SCOPE,
                format!(
                    "The bundle has epoch {}, but {} was asked for.",
                    bundle.manifest.epoch, desired.epoch
                ),
            ));
        }
        let state_problem = |failure: Failure| Refusal::new("E_STATE", failure.message);
        staging::make_slot_folder(&host.state, &self.name).map_err(state_problem)?;
        // Before anything starts: from here on no older epoch is accepted, whatever happens.
        self.record.v = 1;
        self.record.epoch = bundle.manifest.epoch;
        self.record.epoch_bundle_hash = Some(bundle.bundle_hash.clone());
        self.save(host).map_err(state_problem)?;
        staging::write(&host.state, &self.name, archive, &bundle).map_err(state_problem)?;
        tracing::info!(
            "{}: verified deployment {} (epoch {}, {})",
            self.name,
            desired.deployment_id,
            desired.epoch,
            bundle.deployment_digest
        );
        Ok(Activation {
            deployment_id: desired.deployment_id.clone(),
            deployment_digest: bundle.deployment_digest,
            epoch: desired.epoch,
            bundle_hash: bundle.bundle_hash,
            activated_at: judged_at,
            finished: false,
            reported: false,
        })
    }

    fn watch(&mut self, host: &Host) {
        let Some(child) = &mut self.child else {
            return;
        };
        let words = child.process.words();
        self.last_words = words.last.iter().cloned().collect();
        match child.process.exited() {
            Ok(None) => {}
            Ok(Some(status)) => {
                let words = child.process.words();
                self.last_words = words.last.iter().cloned().collect();
                if let Some(child) = self.child.take() {
                    self.ended(host, child, status, &words);
                }
                return;
            }
            Err(error) => {
                tracing::error!("{}: could not wait for the runtime: {error}", self.name);
                return;
            }
        }
        if let Some(stopping) = &mut child.stopping {
            if Instant::now() >= stopping.deadline && !stopping.killed {
                tracing::warn!("{}: the runtime doesn't stop; killing it", self.name);
                stopping.killed = true;
                child.process.kill();
            }
            return;
        }
        let snapshot = snapshot_path(&child.region);
        if let Ok(snapshot) = &snapshot {
            child.snapshot = Some(snapshot.clone().into());
        }
        if child.trial {
            let lived = words.started.map(|started| started.elapsed());
            if lived.is_some_and(|lived| lived >= HEALTHY_AFTER) && snapshot.is_ok() {
                let activation = child.activation.clone();
                let confirmed = self.confirm(host, &activation);
                if let Some(child) = &mut self.child {
                    match confirmed {
                        Ok(()) => child.trial = false,
                        Err(failure) => {
                            child.stop(Why::Failed("E_STATE", failure.message), STOP_PATIENCE);
                        }
                    }
                }
            } else if child.process.since.elapsed() >= START_PATIENCE {
                let message = match snapshot {
                    _ if words.started.is_none() => {
                        "The runtime didn't say that it had started.".to_owned()
                    }
                    Err(error) => format!("The runtime's region can't be read: {error}"),
                    Ok(_) => "The runtime didn't become healthy.".to_owned(),
                };
                child.stop(Why::Failed(RUNTIME_START, message), STOP_PATIENCE);
            }
            return;
        }
        if let Some(started) = words.started {
            if started.elapsed() >= LADDER_RESET {
                self.crashes = 0;
            }
            let (id, epoch) = (
                child.activation.deployment_id.clone(),
                child.activation.epoch,
            );
            let came_back = self.attempted.as_ref().is_some_and(|attempted| {
                attempted.deployment_id == id && attempted.phase == Phase::Starting
            });
            if came_back {
                self.attempt(&id, epoch, Phase::Active, None);
            }
        }
    }

    fn ended(&mut self, host: &Host, mut child: Child, status: ExitStatus, words: &Words) {
        let how = describe(status);
        let name = self.name.clone();
        match child.stopping.take().map(|stopping| stopping.why) {
            Some(Why::Asked) => {
                tracing::info!("{name}: stopped {} ({how})", child.activation.deployment_id);
                return;
            }
            Some(Why::Failed(code, message)) => {
                self.fail(host, &desired_of(&name, &child.activation), code, message);
                return;
            }
            None => {}
        }
        let ended_well = status.success()
            && words.started.is_some()
            && words
                .stopped
                .as_deref()
                .is_some_and(|reason| reason != "stopped");
        if ended_well {
            self.finish(host, child, words);
            return;
        }
        let (code, message) = match &words.failed {
            Some((code, message)) if !code.is_empty() => (code.clone(), message.clone()),
            _ if words.started.is_none() => (
                RUNTIME_START.to_owned(),
                format!("The runtime ended before it had started ({how})."),
            ),
            _ => (
                RUNTIME_FAILED.to_owned(),
                format!("The runtime ended though it should have gone on ({how})."),
            ),
        };
        let message = match words.last.back() {
            Some(last) if words.failed.is_none() => format!("{message} It last said: {last}"),
            _ => message,
        };
        if child.trial {
            self.fail(host, &desired_of(&name, &child.activation), &code, message);
        } else {
            self.crashed(&child.activation, code, message);
        }
    }

    /// A bounded input came to its end without an error.
    fn finish(&mut self, host: &Host, child: Child, words: &Words) {
        tracing::info!(
            "{}: {} came to its end",
            self.name,
            child.activation.deployment_id
        );
        // The region goes with the process; its last words hold the final counters.
        self.final_snapshot = words.snapshot.clone().or_else(|| {
            let last = child.snapshot.clone()?;
            Some(last.with_counters(words.counters?))
        });
        if child.trial {
            let mut activation = child.activation;
            activation.finished = true;
            if let Err(failure) = self.confirm(host, &activation) {
                let desired = desired_of(&self.name, &activation);
                self.fail(host, &desired, "E_STATE", failure.message);
            }
        } else if let Some(active) = &mut self.record.active {
            active.finished = true;
            self.save_or_say(host);
        }
    }

    /// What was on trial proved itself: it is the last-known-good from now on.
    fn confirm(&mut self, host: &Host, activation: &Activation) -> Result<(), Failure> {
        let before = self.record.clone();
        self.record.active = Some(activation.clone());
        self.record.stopped = false;
        if let Err(failure) = self.save(host) {
            self.record = before;
            return Err(failure);
        }
        self.crashes = 0;
        tracing::info!(
            "{}: deployment {} is active (epoch {})",
            self.name,
            activation.deployment_id,
            activation.epoch
        );
        self.attempt(
            &activation.deployment_id,
            activation.epoch,
            Phase::Active,
            None,
        );
        self.tell_active(host, activation);
        staging::tidy(&host.state, &self.name, &[&activation.bundle_hash]);
        Ok(())
    }

    /// A new deployment was refused or broke: report it, never try it again, and let the
    /// last-known-good run.
    fn fail(&mut self, host: &Host, desired: &Desired, code: &str, message: String) {
        tracing::error!(
            "{}: deployment {} (epoch {}) failed: {code}: {message}",
            self.name,
            desired.deployment_id,
            desired.epoch
        );
        let failed = Quarantined {
            deployment_id: desired.deployment_id.clone(),
            epoch: desired.epoch,
            bundle_hash: desired.bundle_hash.clone(),
            code: code.to_owned(),
            message: cut(&message, 1000),
            at: now_millis(),
            reported: false,
        };
        self.attempt(
            &desired.deployment_id,
            desired.epoch,
            Phase::Failed,
            Some((failed.code.clone(), failed.message.clone())),
        );
        tell_failed(host, &self.name, &failed);
        self.record.v = 1;
        self.record.quarantine.push(failed);
        if self.record.quarantine.len() > QUARANTINE {
            self.record.quarantine.remove(0);
        }
        if let Err(failure) = staging::make_slot_folder(&host.state, &self.name) {
            tracing::error!("{failure}");
        }
        self.save_or_say(host);
        self.restart_at = None;
        let keep = self
            .record
            .active
            .as_ref()
            .map(|active| active.bundle_hash.as_str());
        staging::tidy(&host.state, &self.name, keep.as_slice());
    }

    fn crashed(&mut self, activation: &Activation, code: String, message: String) {
        let rung = usize::try_from(self.crashes)
            .unwrap_or(usize::MAX)
            .min(LADDER.len() - 1);
        let wait = Duration::from_secs(LADDER[rung]);
        self.crashes = self.crashes.saturating_add(1);
        self.restart_at = Some(Instant::now() + wait);
        tracing::error!(
            "{}: {} broke; starting it again in {wait:?}: {code}: {message}",
            self.name,
            activation.deployment_id
        );
        let message = format!("{message} Starting again in {} s.", wait.as_secs());
        self.attempt(
            &activation.deployment_id,
            activation.epoch,
            Phase::Starting,
            Some((code, message)),
        );
    }

    fn move_on(&mut self, host: &Host) {
        if self.candidate.is_some() {
            match &mut self.child {
                Some(child) => child.stop(Why::Asked, STOP_PATIENCE),
                None => {
                    if let Some(candidate) = self.candidate.take() {
                        self.launch(host, candidate, true);
                    }
                }
            }
            return;
        }
        match &mut self.child {
            Some(child) if self.record.stopped && !child.trial => {
                child.stop(Why::Asked, STOP_PATIENCE);
            }
            Some(_) => {}
            None => {
                let due = self.restart_at.is_none_or(|at| Instant::now() >= at);
                if let Some(active) = self.record.active.clone()
                    && due
                    && !self.record.stopped
                    && !active.finished
                {
                    self.restart_at = None;
                    self.launch(host, active, false);
                }
            }
        }
    }

    /// Verifies what is staged once more, and starts it.
    fn launch(&mut self, host: &Host, activation: Activation, trial: bool) {
        match self.start(host, &activation) {
            Ok((process, region)) => {
                tracing::info!(
                    "{}: started {} as process {}",
                    self.name,
                    activation.deployment_id,
                    process.id()
                );
                self.final_snapshot = None;
                self.child = Some(Child {
                    process,
                    activation,
                    trial,
                    region,
                    snapshot: None,
                    since: now_millis(),
                    stopping: None,
                });
            }
            Err(refusal) if trial => {
                let desired = desired_of(&self.name, &activation);
                self.fail(host, &desired, refusal.code, refusal.message);
            }
            Err(refusal) => self.crashed(&activation, refusal.code.to_owned(), refusal.message),
        }
    }

    fn start(&self, host: &Host, activation: &Activation) -> Result<(Process, PathBuf), Refusal> {
        let state_problem = |failure: Failure| Refusal::new("E_STATE", failure.message);
        let archive = staging::read_archive(&host.state, &self.name, &activation.bundle_hash)
            .map_err(state_problem)?;
        let bundle = verify(
            host,
            &self.name,
            &archive,
            &activation.deployment_id,
            &activation.bundle_hash,
            &Judgement {
                judged_at: activation.activated_at,
                epoch: EpochRule::Exactly(activation.epoch),
            },
        )?;
        let folder =
            staging::write(&host.state, &self.name, &archive, &bundle).map_err(state_problem)?;
        let agent = &host.agent;
        let region = host
            .runtime_dir
            .join(format!("byteor-{}-{}.ring", agent.agent_id, self.name));
        let checkpoint = host.state.path("slots").join(&self.name).join("checkpoint");
        let mut command = Command::new(&host.edgeplane);
        let mut flag = |name: &str, value: &dyn AsRef<std::ffi::OsStr>| {
            let mut text = std::ffi::OsString::from(format!("--{name}="));
            text.push(value);
            command.arg(text);
        };
        flag("spec", &folder.join("spec.kv"));
        flag("config", &folder.join(byteor_config::FILE_NAME));
        flag("lane-path", &region);
        flag("approval", &folder.join("approval.cred"));
        flag("approval-key-set", &host.state.path("keys.json"));
        flag(
            "deployment",
            &folder.join(byteor_policy::STATEMENT_FILE_NAME),
        );
        flag("posture", &agent.posture.as_str());
        flag("environment-id", &agent.environment_id);
        flag("activated-at", &activation.activated_at.to_string());
        flag("checkpoint", &checkpoint);
        for root in &agent.allowed_roots {
            flag("allow-root", root);
        }
        flag("exit-with-parent", &std::process::id().to_string());
        let args: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        let mut command = Command::new(&host.edgeplane);
        command.arg("run").args(args).arg("--json");
        // The runtime is told everything by its flags, and has no business with the agent's key.
        for name in [
            "BYTEOR_API_BASE_URL",
            "BYTEOR_AGENT_ID",
            "BYTEOR_AGENT_API_KEY",
            "BYTEOR_SPEC",
        ] {
            command.env_remove(name);
        }
        let process = Process::spawn(&mut command).map_err(|error| {
            Refusal::new(
                RUNTIME_START,
                format!("Could not start {}: {error}.", host.edgeplane.display()),
            )
        })?;
        Ok((process, region))
    }

    fn is_active(&self, desired: &Desired) -> bool {
        self.record.active.as_ref().is_some_and(|active| {
            active.deployment_id == desired.deployment_id
                && active.epoch == desired.epoch
                && active.bundle_hash == desired.bundle_hash
        })
    }

    fn is_quarantined(&self, desired: &Desired) -> bool {
        self.record.quarantine.iter().any(|failed| {
            failed.deployment_id == desired.deployment_id
                && failed.epoch == desired.epoch
                && failed.bundle_hash == desired.bundle_hash
        })
    }

    fn is_underway(&self, desired: &Desired) -> bool {
        let same = |activation: &Activation| {
            activation.deployment_id == desired.deployment_id
                && activation.bundle_hash == desired.bundle_hash
                && activation.epoch == desired.epoch
        };
        self.fetch
            .as_ref()
            .is_some_and(|fetch| fetch.desired == *desired)
            || self.candidate.as_ref().is_some_and(same)
            || self
                .child
                .as_ref()
                .is_some_and(|child| child.trial && same(&child.activation))
    }

    /// The deployment that is being tried.
    fn underway(&self) -> Option<&str> {
        let trial = self.child.as_ref().filter(|child| child.trial);
        self.fetch
            .as_ref()
            .map(|fetch| fetch.desired.deployment_id.as_str())
            .or(self
                .candidate
                .as_ref()
                .map(|candidate| candidate.deployment_id.as_str()))
            .or(trial.map(|child| child.activation.deployment_id.as_str()))
    }

    /// Nobody wants what is being tried any more.
    fn drop_attempt(&mut self) {
        self.fetch = None;
        self.candidate = None;
        if let Some(child) = &mut self.child
            && child.trial
        {
            child.stop(Why::Asked, STOP_PATIENCE);
        }
    }

    fn set_stopped(&mut self, host: &Host, stopped: bool) {
        if self.record.stopped != stopped {
            self.record.stopped = stopped;
            tracing::info!(
                "{}: the control plane wants it {}",
                self.name,
                if stopped { "stopped" } else { "running" }
            );
            self.save_or_say(host);
        }
    }

    fn attempt(
        &mut self,
        deployment_id: &str,
        epoch: u64,
        phase: Phase,
        why: Option<(String, String)>,
    ) {
        let (code, message) = why.unzip();
        self.attempted = Some(AttemptedReport {
            deployment_id: deployment_id.to_owned(),
            epoch,
            phase,
            code,
            message,
            tries: 0,
            next_try_at: None,
            at: rfc3339(now_millis()),
        });
    }

    fn tell_active(&self, host: &Host, activation: &Activation) {
        give(
            host,
            Order::Tell {
                slot: self.name.clone(),
                deployment_id: activation.deployment_id.clone(),
                status: StatusReport {
                    epoch: activation.epoch,
                    phase: StatusPhase::Active,
                    is_final: false,
                    code: None,
                    message: None,
                    at: rfc3339(now_millis()),
                },
            },
        );
    }

    fn save(&self, host: &Host) -> Result<(), Failure> {
        host.state.write(record_path(&self.name), &self.record)
    }

    fn save_or_say(&self, host: &Host) {
        if let Err(failure) = self.save(host) {
            tracing::error!("{}: {failure}", self.name);
        }
    }
}

fn record_path(slot: &str) -> PathBuf {
    PathBuf::from("slots").join(slot).join("slot.json")
}

fn desired_of(slot: &str, activation: &Activation) -> Desired {
    Desired {
        slot: slot.to_owned(),
        deployment_id: activation.deployment_id.clone(),
        epoch: activation.epoch,
        bundle_hash: activation.bundle_hash.clone(),
        state: DesiredState::Run,
    }
}

fn tell_failed(host: &Host, slot: &str, failed: &Quarantined) {
    give(
        host,
        Order::Tell {
            slot: slot.to_owned(),
            deployment_id: failed.deployment_id.clone(),
            status: StatusReport {
                epoch: failed.epoch,
                phase: StatusPhase::Failed,
                is_final: true,
                code: Some(failed.code.clone()),
                message: Some(failed.message.clone()),
                at: rfc3339(failed.at),
            },
        },
    );
}

fn give(host: &Host, order: Order) {
    if host.orders.send(order).is_err() {
        tracing::error!("the link to the control plane is gone");
    }
}

fn verify(
    host: &Host,
    slot: &str,
    archive: &[u8],
    deployment_id: &str,
    bundle_hash: &str,
    judgement: &Judgement<'_>,
) -> Result<VerifiedBundle, Refusal> {
    let agent = &host.agent;
    let bundle = verify_bundle(
        archive,
        &Enrolment {
            org_id: &agent.org_id,
            project_id: &agent.project_id,
            environment_id: &agent.environment_id,
            posture: agent.posture,
            agent_id: &agent.agent_id,
            trusted: &host.trusted,
            allowed_roots: &agent.allowed_roots,
            supported_features: SUPPORTED_FEATURES,
        },
        &Expected {
            bundle_hash,
            deployment_id,
            slot,
        },
        judgement,
    )?;
    roots::check(&bundle.config, &agent.allowed_roots, &host.state.path(""))?;
    Ok(bundle)
}

fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "unknown end".to_owned(),
    }
}
