//! `byteor-agent run`: the loop of the main thread.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use byteor_policy::{KeySet, KeyState, is_digest, is_id, is_slot};
use clap::Args;

use crate::api::Api;
use crate::failure::Failure;
use crate::link::{Board, Caller, News, interval, talk};
use crate::protocol::Desired;
use crate::slot::{Host, Slot};
use crate::state::StateFolder;

/// Flags of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The folder that `enroll` made.
    #[arg(long, value_name = "DIR")]
    pub state_dir: PathBuf,
    /// The runtime binary, byteor-edgeplane.
    #[arg(long, value_name = "PATH")]
    pub edgeplane: PathBuf,
    /// Where shared regions stand. Otherwise /run/byteor, where that can be written, or /dev/shm.
    #[arg(long, value_name = "DIR")]
    pub runtime_dir: Option<PathBuf>,
    /// Where the control plane is now. Otherwise BYTEOR_API_BASE_URL, otherwise what enrolment
    /// kept.
    #[arg(long, value_name = "URL")]
    pub api: Option<String>,
    /// End, in good order, when the process ends that started the agent.
    #[arg(long)]
    pub exit_with_parent: bool,
}

/// How often the slots are looked at.
const STEP: Duration = Duration::from_millis(100);
/// How long runtimes may take to drain when the agent ends.
const SHUT_DOWN: Duration = Duration::from_secs(4);
/// More slots than this are not taken.
const MAX_SLOTS: usize = 64;

/// Runs until SIGTERM or SIGINT.
///
/// # Errors
/// Only what keeps the agent from starting: afterwards everything is reported and retried.
pub fn run(args: RunArgs) -> Result<(), Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
        signal_hook::flag::register(signal, Arc::clone(&stop))
            .map_err(|error| Failure::new("E_SIGNALS", error.to_string(), ""))?;
    }
    if args.exit_with_parent {
        // Set from the main thread, which lives as long as the agent does.
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM))
            .map_err(|error| Failure::new("E_SIGNALS", error.to_string(), ""))?;
    }
    let state = StateFolder::open(&args.state_dir)?;
    let mut agent = state.agent()?;
    let trusted = state.keys()?;
    if let Some(url) = args.api.or_else(|| variable("BYTEOR_API_BASE_URL")) {
        agent.api_base_url = url;
    }
    if let Some(id) = variable("BYTEOR_AGENT_ID") {
        agent.agent_id = id;
    }
    if let Some(key) = variable("BYTEOR_AGENT_API_KEY") {
        agent.runtime_key = key;
    }
    if !is_id(&agent.agent_id) {
        return Err(Failure::new(
            "E_AGENT_ID",
            "the agent's id is no id",
            "check BYTEOR_AGENT_ID",
        ));
    }
    let api = Api::new(&agent.api_base_url).map_err(|why| {
        let message = format!("{} can't be called: {why}", agent.api_base_url);
        Failure::new("E_API_URL", message, "check --api")
    })?;
    if api.is_clear_text() {
        tracing::warn!(
            "{} is not encrypted: this agent's key can be read on the way",
            agent.api_base_url
        );
    }
    let edgeplane = args
        .edgeplane
        .canonicalize()
        .map_err(|error| Failure::state("find the runtime", &args.edgeplane, error))?;
    let runtime_dir = args.runtime_dir.unwrap_or_else(default_runtime_dir);
    if !runtime_dir.is_dir() {
        return Err(Failure::state("use", &runtime_dir, "it is no folder"));
    }

    let board = Arc::new(Mutex::new(Board {
        key_set_digest: trusted.digest(),
        slots: Vec::new(),
    }));
    let (orders, to_link) = channel();
    let (from_link, news) = channel();
    let caller = Caller {
        api,
        agent_id: agent.agent_id.clone(),
        key: agent.runtime_key.clone(),
        allowed_roots: agent.allowed_roots.clone(),
        interval: interval(agent.heartbeat_interval_ms),
    };
    let mut host = Host {
        state,
        agent,
        trusted,
        edgeplane,
        runtime_dir,
        orders,
    };
    let mut slots = BTreeMap::new();
    for name in host.state.slots()? {
        slots.insert(name.clone(), Slot::open(&host, &name)?);
    }
    tracing::info!(
        "agent {} ({}) of environment {} ({}), {} slots known",
        host.agent.agent_id,
        host.agent.name,
        host.agent.environment_id,
        host.agent.posture,
        slots.len()
    );
    let link_board = Arc::clone(&board);
    std::thread::Builder::new()
        .name("link".to_owned())
        .spawn(move || talk(caller, link_board, to_link, from_link))
        .map_err(|error| Failure::new("E_THREAD", error.to_string(), "check the process limits"))?;

    let outcome = supervise(&mut host, &mut slots, &board, &news, &stop);
    tracing::info!("stopping");
    shut_down(&mut slots);
    outcome
}

fn supervise(
    host: &mut Host,
    slots: &mut BTreeMap<String, Slot>,
    board: &Mutex<Board>,
    news: &Receiver<News>,
    stop: &AtomicBool,
) -> Result<(), Failure> {
    while !stop.load(Ordering::Relaxed) {
        listen(host, slots, board, news)?;
        for slot in slots.values_mut() {
            slot.step(host);
        }
        let mut board = board.lock().unwrap_or_else(PoisonError::into_inner);
        board.slots = slots.values().map(Slot::report).collect();
    }
    Ok(())
}

/// Hears all news, waiting at most one step for the first.
fn listen(
    host: &mut Host,
    slots: &mut BTreeMap<String, Slot>,
    board: &Mutex<Board>,
    news: &Receiver<News>,
) -> Result<(), Failure> {
    let mut next = match news.recv_timeout(STEP) {
        Ok(first) => Some(first),
        Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => {
            return Err(Failure::new(
                "E_LINK",
                "the thread that talks to the control plane is gone",
                "start the agent again; what runs is stopped in good order",
            ));
        }
    };
    while let Some(heard) = next {
        match heard {
            News::Keys(keys) => {
                if let Err(why) = take_keys(host, &keys) {
                    tracing::error!("a key refresh was refused: {why}");
                }
                let mut board = board.lock().unwrap_or_else(PoisonError::into_inner);
                board.key_set_digest = host.trusted.digest();
            }
            News::Desired(desired) => hear_desired(host, slots, &desired),
            News::Fetched {
                slot,
                deployment_id,
                bundle_hash,
                result,
            } => {
                if let Some(slot) = slots.get_mut(&slot) {
                    slot.fetched(host, &deployment_id, &bundle_hash, result);
                }
            }
            News::Told {
                slot,
                deployment_id,
                epoch,
                phase,
            } => {
                if let Some(slot) = slots.get_mut(&slot) {
                    slot.told(host, &deployment_id, epoch, phase);
                }
            }
        }
        next = news.try_recv().ok();
    }
    Ok(())
}

fn hear_desired(host: &Host, slots: &mut BTreeMap<String, Slot>, desired: &[Desired]) {
    let mut by_slot: BTreeMap<&str, Vec<Desired>> = BTreeMap::new();
    for entry in desired {
        let sound =
            is_slot(&entry.slot) && is_id(&entry.deployment_id) && is_digest(&entry.bundle_hash);
        if sound {
            by_slot.entry(&entry.slot).or_default().push(entry.clone());
        } else {
            tracing::warn!("a desired entry makes no sense and is ignored: {entry:?}");
        }
    }
    for (name, entries) in by_slot {
        if !slots.contains_key(name) {
            if slots.len() >= MAX_SLOTS {
                tracing::error!("slot {name} is not taken: there are {MAX_SLOTS} already");
                continue;
            }
            match Slot::open(host, name) {
                Ok(slot) => {
                    slots.insert(name.to_owned(), slot);
                }
                Err(failure) => {
                    tracing::error!("slot {name}: {failure}");
                    continue;
                }
            }
        }
        if let Some(slot) = slots.get_mut(name) {
            slot.desire(host, &entries);
        }
    }
}

/// A refresh may add keys, and retire or revoke them. It may not give a known id other bytes or
/// another purpose, and a key that was revoked stays revoked.
fn take_keys(host: &mut Host, fresh: &KeySet) -> Result<(), String> {
    if fresh.org_id != host.agent.org_id {
        return Err("the keys are another organization's".to_owned());
    }
    for key in &fresh.keys {
        let Some(known) = host.trusted.key(&key.kid) else {
            continue;
        };
        if known.public_key != key.public_key || known.purpose != key.purpose {
            return Err(format!(
                "the key '{}' is not the one known by this id",
                key.kid
            ));
        }
        if known.state == KeyState::Revoked && key.state != KeyState::Revoked {
            return Err(format!("the key '{}' was revoked", key.kid));
        }
    }
    let mut merged = fresh.clone();
    // A revoked key that the server forgot stays known as revoked.
    let forgotten = host
        .trusted
        .keys
        .iter()
        .filter(|known| known.state == KeyState::Revoked && fresh.key(&known.kid).is_none());
    merged.keys.extend(forgotten.cloned());
    if merged != host.trusted {
        host.state
            .write("keys.json", &merged)
            .map_err(|failure| failure.to_string())?;
        tracing::info!("trusted keys: {}", merged.digest());
        host.trusted = merged;
    }
    Ok(())
}

fn shut_down(slots: &mut BTreeMap<String, Slot>) {
    for slot in slots.values_mut() {
        slot.shut_down(SHUT_DOWN);
    }
    // A killed one is gone in no time; the limit is for what not even SIGKILL ends.
    let limit = Instant::now() + SHUT_DOWN + Duration::from_millis(300);
    while Instant::now() < limit {
        // All of them, each time: each is killed at its own deadline.
        let down = slots
            .values_mut()
            .map(Slot::is_down)
            .filter(|down| *down)
            .count();
        if down == slots.len() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    for slot in slots.values_mut() {
        slot.kill();
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn default_runtime_dir() -> PathBuf {
    let preferred = PathBuf::from("/run/byteor");
    let usable =
        preferred.is_dir() && rustix::fs::access(&preferred, rustix::fs::Access::WRITE_OK).is_ok();
    if usable {
        preferred
    } else {
        PathBuf::from("/dev/shm")
    }
}
