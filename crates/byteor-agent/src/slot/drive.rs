//! Carries out what the [machine](super::machine) wants, and tells it what came of it.
//!
//! It decides nothing. Everything here is done at once or handed to another thread; only files are
//! waited for.

use std::collections::VecDeque;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use byteor_config::ConfigBundleV1;
use byteor_pipeline_backings_shm::{Error, snapshot_graph_folder, snapshot_path};
use byteor_pipeline_snapshot::{Counters, Snapshot};
use byteor_pipeline_spec::{LaneGraphSpec, PipelineSpecV1};
use byteor_policy::{EpochRule, Judgement, VerifiedBundle};

use super::launch::{self, Place};
use super::machine::{Effect, Event, Look, Machine};
use super::record::{self, Activation, Base, SlotRecord, Target};
use super::verdict::{Exit, FETCH, Verdict, Why};
use crate::api::CallError;
use crate::download::Wanted;
use crate::failure::Failure;
use crate::host::Host;
use crate::instant::rfc3339;
use crate::process::{Process, Words};
use crate::protocol::{AttemptedReport, CountedSince, CountersReport, Phase, SlotReport};
use crate::staging;

/// A slot whose record could be read.
#[derive(Debug)]
pub struct Live {
    name: String,
    machine: Machine,
    /// What was downloaded, until it is verified, and what was verified, until it is on disk.
    archive: Option<(Target, Vec<u8>)>,
    verified: Option<(Target, VerifiedBundle)>,
    process: Option<Process>,
    words: Words,
    /// What was tried last and ended, and its last lines.
    tried: Option<(Target, Vec<String>)>,
    /// The state of what runs, or of a bounded input's end.
    snapshot: Option<Snapshot>,
    /// Where it can be looked at.
    place: Place,
    /// The graph that runs; nothing where it is a ring.
    graph: Option<LaneGraphSpec>,
    /// Totals at the first look at the process, for a runtime that doesn't say them.
    first: Option<Counters>,
    /// What was last written to the log.
    logged: Option<AttemptedReport>,
}

impl Live {
    pub(super) fn open(host: &mut Host, name: &str, record: SlotRecord) -> Self {
        let (machine, effects) = Machine::open(record);
        let mut live = Self {
            name: name.to_owned(),
            logged: machine.attempted(),
            machine,
            archive: None,
            verified: None,
            process: None,
            words: Words::default(),
            tried: None,
            snapshot: None,
            place: Place::Ring,
            graph: None,
            first: None,
        };
        for effect in effects {
            live.carry_out(host, effect);
        }
        live
    }

    /// Gives the machine an event, carries out what it wants, and gives it what came of that.
    pub(super) fn happen(&mut self, host: &mut Host, event: Event) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            let now = host.clock.now();
            for effect in self.machine.step(event, now) {
                events.extend(self.carry_out(host, effect));
            }
        }
        self.log_news();
    }

    pub(super) fn fetched(
        &mut self,
        host: &mut Host,
        deployment_id: &str,
        bundle_hash: &str,
        result: Result<Vec<u8>, CallError>,
    ) {
        let attempt = self.machine.attempt_target().cloned();
        let Some(target) = attempt.filter(|target| {
            target.deployment_id == deployment_id && target.bundle_hash == bundle_hash
        }) else {
            return;
        };
        let result = result
            .map(|archive| self.archive = Some((target.clone(), archive)))
            .map_err(|error| Why::new(FETCH, &error.to_string()));
        self.happen(host, Event::Fetched(target, result));
        // What became of it is on disk by now, or nobody waits for it any more.
        self.archive = None;
        self.verified = None;
    }

    pub(super) fn step(&mut self, host: &mut Host) {
        let event = self.look(host).unwrap_or(Event::Tick);
        self.happen(host, event);
    }

    pub(super) fn is_changing(&self) -> bool {
        self.machine
            .child()
            .is_some_and(|child| child.trial || child.stopping.is_some() || !child.started)
    }

    pub(super) fn is_down(&self) -> bool {
        self.process.is_none()
    }

    pub(super) fn is_retired(&self) -> bool {
        self.machine.is_retired()
    }

    pub(super) fn was_retired(&self) -> bool {
        self.machine.record().retired
    }

    pub(super) fn kill(&mut self) {
        if let Some(process) = &self.process {
            process.kill();
        }
    }

    pub(super) fn report(&self) -> SlotReport {
        let running = self.machine.running();
        let ended = running.is_none() && self.machine.child().is_none();
        let snapshot = self
            .snapshot
            .as_ref()
            .filter(|_| running.is_some() || ended)
            .cloned();
        SlotReport {
            slot: self.name.clone(),
            attempted: self.machine.attempted(),
            waiting: self.machine.waiting(),
            finished: ended && self.machine.has_finished(),
            counters: snapshot
                .as_ref()
                .and_then(|snapshot| self.counters(snapshot)),
            adapters: self.words.adapters.clone().filter(|_| running.is_some()),
            running,
            snapshot,
            last_words: self.words.last.iter().cloned().collect(),
            tried_words: self.tried_words(),
        }
    }

    /// What the runtime said last that was tried and gave way to another one.
    fn tried_words(&self) -> Vec<String> {
        let told = [self.machine.attempted(), self.machine.waiting()];
        let Some((target, words)) = &self.tried else {
            return Vec::new();
        };
        let is_told = told.iter().flatten().any(|report| {
            report.deployment_id == target.deployment_id && report.epoch == target.epoch
        });
        if is_told { words.clone() } else { Vec::new() }
    }

    fn counters(&self, snapshot: &Snapshot) -> Option<CountersReport> {
        let active = self.machine.record().active.as_ref()?;
        let totals = snapshot.counters();
        let base = active.base.unwrap_or_default();
        let (since, counted) = match base.counted(&totals, self.words.totals_since) {
            Some(counted) => (active.counting_since, counted),
            // The checkpoint was moved away: the account began anew, and with it this count.
            None => (
                self.words.totals_since.unwrap_or(active.counting_since),
                totals,
            ),
        };
        Some(CountersReport {
            since_activation: CountedSince {
                since: Some(rfc3339(since)),
                counters: counted,
            },
            totals: CountedSince {
                since: self.words.totals_since.map(rfc3339),
                counters: totals,
            },
        })
    }

    /// Looks at the process.
    fn look(&mut self, host: &Host) -> Option<Event> {
        let process = self.process.as_mut()?;
        match process.exited() {
            Ok(None) => {
                self.words = process.words();
                // What is in the region can't be told from what was counted before until the runtime
                // said what it begins with; that word may be heard later than records flow.
                let read = self.words.started.map(|_| self.read_snapshot(host));
                let unreadable = match read {
                    None => None,
                    Some(Ok(snapshot)) => {
                        self.first.get_or_insert(snapshot.counters());
                        self.snapshot = Some(snapshot);
                        None
                    }
                    Some(Err(error)) => Some(error.to_string()),
                };
                Some(Event::Seen(Look {
                    started_for: self.words.started.map(|started| started.elapsed()),
                    unreadable,
                    base: self.words.base.or(self.first).map(|counters| Base {
                        since: self.words.totals_since,
                        counters,
                    }),
                }))
            }
            Ok(Some(status)) => {
                self.words = process.words();
                self.process = None;
                if self.machine.child().is_some_and(|child| child.trial) {
                    let last = self.words.last.iter().cloned().collect();
                    let target = self.machine.attempt_target().cloned();
                    self.tried = target.map(|target| (target, last));
                }
                let exit = exit(status, &self.words);
                self.snapshot = self.last_snapshot(&exit);
                Some(Event::Exited(exit))
            }
            Err(error) => {
                tracing::error!("{}: could not wait for the runtime: {error}", self.name);
                None
            }
        }
    }

    /// What runs, as its region or its lanes show it.
    fn read_snapshot(&self, host: &Host) -> Result<Snapshot, Error> {
        let Some(graph) = &self.graph else {
            let rings = launch::region(host, &self.name, self.place);
            return snapshot_path(rings).map(Snapshot::from);
        };
        let lanes = launch::region(host, &self.name, Place::Lanes);
        let seen = Snapshot::from(snapshot_graph_folder(&lanes)?.named(graph));
        // What other specs counted over the same checkpoint isn't in the lanes.
        let before = self.words.before.unwrap_or_default();
        let counters = seen.counters().and(&before);
        Ok(seen.with_counters(counters))
    }

    /// The state at the end of a bounded input. The region goes with the process; its last words
    /// hold the final counters.
    fn last_snapshot(&mut self, exit: &Exit) -> Option<Snapshot> {
        let seen = self.snapshot.take();
        if !exit.ended_well() {
            return None;
        }
        self.words
            .snapshot
            .clone()
            .or_else(|| Some(seen?.with_counters(self.words.counters?)))
    }

    fn carry_out(&mut self, host: &mut Host, effect: Effect) -> Option<Event> {
        match effect {
            Effect::Fetch(target) => {
                let wanted = Wanted {
                    slot: self.name.clone(),
                    deployment_id: target.deployment_id.clone(),
                    bundle_hash: target.bundle_hash.clone(),
                };
                host.downloads.send(wanted).err().map(|_| {
                    let why = Why::new(FETCH, "the threads that fetch bundles are gone");
                    Event::Fetched(target, Err(why))
                })
            }
            Effect::Verify(target) => {
                let result = self.verify(host, &target);
                Some(Event::Verified(target, result))
            }
            Effect::Save(record, purpose) => {
                let result = self.save(host, &record).map_err(Why::from);
                if let Err(why) = &result {
                    tracing::error!("{}: {}: {}", self.name, why.code, why.message);
                }
                Some(Event::Saved(purpose, result))
            }
            Effect::Stage(target) => {
                let result = self.stage(host, &target);
                Some(Event::Staged(target, result))
            }
            Effect::Launch { activation, trial } => {
                let result = self.launch(host, activation, trial);
                Some(Event::Launched(result))
            }
            Effect::Terminate => {
                if let Some(process) = &self.process {
                    process.terminate();
                }
                None
            }
            Effect::Kill => {
                tracing::warn!("{}: the runtime doesn't stop; killing it", self.name);
                self.kill();
                None
            }
            Effect::Tell(target, status) => {
                host.tell(&self.name, &target, status);
                None
            }
            Effect::Tidy(keep) => {
                staging::tidy(&host.state, &self.name, &keep);
                None
            }
        }
    }

    fn verify(&mut self, host: &mut Host, target: &Target) -> Result<Activation, Verdict> {
        let archive = self.archive.take().filter(|(of, _)| of == target);
        let Some((_, archive)) = archive else {
            return Err(Verdict::Trouble(Why::new(FETCH, "the download is gone")));
        };
        let judged_at = host.clock.judged();
        let record = self.machine.record();
        let judgement = Judgement {
            judged_at,
            epoch: EpochRule::After {
                highest: record.epoch,
                bundle_hash: record.epoch_bundle_hash.as_deref(),
            },
        };
        // What was seen of time has to be on disk before something is judged by it.
        host.clock.keep(&host.state)?;
        let bundle = host.verify(&self.name, &archive, target, &judgement)?;
        if bundle.manifest.epoch != target.epoch {
            return Err(Verdict::Refused(Why::new(
                byteor_policy::codes::MANIFEST_SCOPE,
                &format!(
                    "The bundle has epoch {}, but {} was asked for.",
                    bundle.manifest.epoch, target.epoch
                ),
            )));
        }
        let activation = Activation {
            target: target.clone(),
            deployment_digest: bundle.deployment_digest.clone(),
            activated_at: judged_at,
            ..Activation::default()
        };
        self.archive = Some((target.clone(), archive));
        self.verified = Some((target.clone(), bundle));
        Ok(activation)
    }

    /// The config of the last-known-good, from this agent's own disk.
    pub(super) fn approved(&self, host: &mut Host) -> Option<ConfigBundleV1> {
        let active = self.machine.record().active.as_ref()?;
        let verified = self.verify_staged(host, active);
        let verified = verified.inspect_err(|_| {
            tracing::debug!("{}: what ran last isn't good any more", self.name);
        });
        Some(verified.ok()?.1.config)
    }

    /// What was activated, read back and verified as for a start, with its archive.
    fn verify_staged(
        &self,
        host: &mut Host,
        activation: &Activation,
    ) -> Result<(Vec<u8>, VerifiedBundle), Verdict> {
        let hash = &activation.target.bundle_hash;
        let archive = staging::read_archive(&host.state, &self.name, hash)?;
        let judgement = Judgement {
            judged_at: activation.activated_at,
            epoch: EpochRule::Exactly(activation.target.epoch),
        };
        let bundle = host
            .verify(&self.name, &archive, &activation.target, &judgement)
            .map_err(Verdict::of_own_disk)?;
        Ok((archive, bundle))
    }

    fn save(&self, host: &Host, record: &SlotRecord) -> Result<(), Failure> {
        staging::make_slot_folder(&host.state, &self.name)?;
        host.state.write(record::path(&self.name), record)
    }

    fn stage(&mut self, host: &Host, target: &Target) -> Result<(), Why> {
        let archive = self.archive.take().filter(|(of, _)| of == target);
        let verified = self.verified.take().filter(|(of, _)| of == target);
        let (Some((_, archive)), Some((_, bundle))) = (archive, verified) else {
            return Err(Why::new(FETCH, "the download is gone"));
        };
        staging::write(&host.state, &self.name, &archive, &bundle)?;
        Ok(())
    }

    /// Verifies what is staged once more, and starts it. Expiry limits activation: what is on
    /// trial is judged by now, the last-known-good by the instant at which it was activated.
    fn launch(
        &mut self,
        host: &mut Host,
        mut activation: Activation,
        trial: bool,
    ) -> Result<u64, Verdict> {
        if trial {
            activation.activated_at = host.clock.judged();
            host.clock.keep(&host.state)?;
        }
        let (archive, bundle) = self.verify_staged(host, &activation)?;
        let folder = staging::write(&host.state, &self.name, &archive, &bundle)?;
        let spec = &bundle.spec.spec;
        self.place = Place::of(spec);
        let process = launch::start(host, &self.name, &activation, &folder, self.place)?;
        self.graph = match spec {
            PipelineSpecV1::SingleRing(_) => None,
            PipelineSpecV1::LaneGraph(graph) => Some(graph.clone()),
        };
        tracing::info!(
            "{}: started {} as process {}",
            self.name,
            activation.target.deployment_id,
            process.id()
        );
        self.process = Some(process);
        self.snapshot = None;
        self.first = None;
        Ok(activation.activated_at)
    }

    /// Writes to the log what is new: each phase, and each reason.
    fn log_news(&mut self) {
        let news = self.machine.attempted();
        if news == self.logged {
            return;
        }
        if let Some(report) = &news {
            let what = format!(
                "deployment {} (epoch {})",
                report.deployment_id, report.epoch
            );
            let why = match (&report.code, &report.message) {
                (Some(code), Some(message)) => format!(": {code}: {message}"),
                _ => String::new(),
            };
            let next = match &report.next_try_at {
                Some(at) => format!(" (tried again at {at})"),
                None => String::new(),
            };
            let phase = report.phase;
            match phase {
                Phase::Refused | Phase::Failed => {
                    tracing::error!("{}: {what} {phase:?}{why}", self.name);
                }
                _ if report.code.is_some() => {
                    tracing::warn!("{}: {what} {phase:?}{why}{next}", self.name);
                }
                _ => tracing::info!("{}: {what} {phase:?}", self.name),
            }
        }
        self.logged = news;
    }
}

fn exit(status: ExitStatus, words: &Words) -> Exit {
    Exit {
        base: words.base.map(|counters| Base {
            since: words.totals_since,
            counters,
        }),
        code: status.code(),
        how: match (status.code(), status.signal()) {
            (Some(code), _) => format!("exit code {code}"),
            (None, Some(signal)) => format!("signal {signal}"),
            (None, None) => "unknown end".to_owned(),
        },
        started: words.started.is_some(),
        stopped: words.stopped.clone(),
        failed: words.failed.clone(),
        last: words.last.back().cloned(),
    }
}
