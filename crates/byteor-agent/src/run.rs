//! `byteor-agent run`: the loop of the main thread.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use byteor_adapters::allow_net::NetRule;
use byteor_policy::is_id;
use clap::Args;

use crate::api::Api;
use crate::clock::{Clock, HostTime, Time};
use crate::download;
use crate::failure::Failure;
use crate::host::Host;
use crate::link::{Board, Caller, News, talk};
use crate::pace::interval;
use crate::reach::PlainHttp;
use crate::slots::Slots;
use crate::state::StateFolder;
use crate::trial::{self, Trials};
use crate::wait;

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
    /// Call a control plane over http also beyond this host's loopback addresses: its key and
    /// what it reports can be read on the way. Otherwise what enrolment kept.
    #[arg(long)]
    pub allow_plain_http: bool,
    /// An address that pipelines may reach or listen at: a name, an address or ADDRESS/BITS, with
    /// :PORT or without; can be repeated. Without it they reach none. Only this host decides about it.
    #[arg(long, value_name = "RULE")]
    pub allow_net: Vec<NetRule>,
    /// Have lane graphs record what they choose, each in the file `choices` of its slot's folder, for
    /// `byteor-runtime run --sp --step --choices=PATH` to play back. What it takes grows with the runs.
    #[arg(long)]
    pub record_choices: bool,
    /// End, in good order, when the process ends that started the agent.
    #[arg(long)]
    pub exit_with_parent: bool,
}

/// How often the slots are looked at.
const STEP: Duration = Duration::from_millis(100);
/// The same while one of them is changing what it runs.
const SHORT_STEP: Duration = Duration::from_millis(20);
/// How long runtimes may take to drain when the agent ends.
const SHUT_DOWN: Duration = Duration::from_secs(4);

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
    supervise(args, Box::new(HostTime::default()), &stop)
}

/// Runs until `stop`, by a clock of the caller's.
///
/// # Errors
/// As [`run`].
pub fn supervise(args: RunArgs, time: Box<dyn Time>, stop: &AtomicBool) -> Result<(), Failure> {
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
    let plain = if args.allow_plain_http || agent.allow_plain_http {
        PlainHttp::Anywhere
    } else {
        PlainHttp::Loopback
    };
    let api = Api::new(&agent.api_base_url, plain)?;
    let edgeplane = args
        .edgeplane
        .canonicalize()
        .map_err(|error| Failure::state("find the runtime", &args.edgeplane, error))?;
    let runtime_dir = args.runtime_dir.unwrap_or_else(default_runtime_dir);
    if !runtime_dir.is_dir() {
        return Err(Failure::state("use", &runtime_dir, "it is no folder"));
    }
    let clock = Clock::open(&state, time)?;

    let (errands, to_link) = channel();
    let errands = Arc::new(errands);
    let (desired_digests, to_wait) = channel();
    let (wanted, to_download) = channel();
    let (trial_calls, to_trial) = channel();
    let (from_others, news) = channel();
    let caller = Caller {
        api: api.clone(),
        agent_id: agent.agent_id.clone(),
        key: agent.runtime_key.clone(),
        allowed_roots: agent.allowed_roots.clone(),
        allowed_net: args.allow_net.iter().map(ToString::to_string).collect(),
        interval: interval(agent.heartbeat_interval_ms),
    };
    let mut host = Host {
        state,
        agent,
        trusted,
        refused_keys: Vec::new(),
        clock,
        edgeplane,
        runtime_dir,
        allow_net: args.allow_net,
        record_choices: args.record_choices,
        errands: Arc::clone(&errands),
        downloads: wanted,
        trial_calls,
    };
    let mut trials = Trials::open(&host.state)?;
    let mut slots = Slots::open(&mut host)?;
    tracing::info!(
        "agent {} ({}) of environment {} ({}), {} slots known",
        host.agent.agent_id,
        host.agent.name,
        host.agent.environment_id,
        host.agent.posture,
        slots.len()
    );
    download::start(
        &api,
        &caller.agent_id,
        &caller.key,
        to_download,
        &from_others,
    )?;
    trial::start(caller.clone(), to_trial, from_others.clone())?;
    wait::start(caller.clone(), to_wait, Arc::downgrade(&errands))?;
    drop(errands);
    let board = Arc::new(Mutex::new(post(&mut host, &slots)));
    let link_board = Arc::clone(&board);
    std::thread::Builder::new()
        .name("link".to_owned())
        .spawn(move || talk(caller, link_board, to_link, from_others, desired_digests))
        .map_err(|error| Failure::new("E_THREAD", error.to_string(), "check the process limits"))?;

    let outcome = go_round(&mut host, &mut slots, &mut trials, &board, &news, stop);
    tracing::info!("stopping");
    trials.end(&host);
    shut_down(&mut host, &mut slots);
    outcome
}

/// What heartbeats say.
fn post(host: &mut Host, slots: &Slots) -> Board {
    Board {
        key_set_digest: host.trusted.digest(),
        clock_behind_ms: host.clock.behind(),
        refused_keys: host.refused_keys.clone(),
        refused_slots: slots.refused(),
        slots: slots.reports(),
    }
}

fn go_round(
    host: &mut Host,
    slots: &mut Slots,
    trials: &mut Trials,
    board: &Mutex<Board>,
    news: &Receiver<News>,
    stop: &AtomicBool,
) -> Result<(), Failure> {
    let mut clock_complained = false;
    while !stop.load(Ordering::Relaxed) {
        listen(host, slots, trials, board, news)?;
        slots.step(host);
        trials.step(host);
        let kept = host.clock.keep_now_and_then(&host.state);
        if let Err(failure) = &kept
            && !clock_complained
        {
            tracing::error!("the latest time is not on disk: {failure}");
        }
        clock_complained = kept.is_err();
        let posted = post(host, slots);
        let news = {
            let mut board = board.lock().unwrap_or_else(PoisonError::into_inner);
            let news = posted.proves_other_than(&board);
            *board = posted;
            news
        };
        if news {
            host.report_soon();
        }
    }
    Ok(())
}

/// Hears all news, waiting at most one step for the first.
fn listen(
    host: &mut Host,
    slots: &mut Slots,
    trials: &mut Trials,
    board: &Mutex<Board>,
    news: &Receiver<News>,
) -> Result<(), Failure> {
    let step = if slots.are_changing() || trials.is_trying() {
        SHORT_STEP
    } else {
        STEP
    };
    let mut next = match news.recv_timeout(step) {
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
            News::Keys(offered) => {
                if let Err(failure) = host.take_keys(offered) {
                    tracing::error!("a key set was not taken: {failure}");
                }
                // At once: the next heartbeat would ask for the same set again.
                let posted = post(host, slots);
                *board.lock().unwrap_or_else(PoisonError::into_inner) = posted;
            }
            News::Desired(desired) => slots.desire(host, &desired),
            News::Asked(asked) => trials.asked(host, &asked.trial_id),
            News::Request { trial_id, result } => trials.fetched(host, slots, &trial_id, result),
            News::Fetched {
                slot,
                deployment_id,
                bundle_hash,
                result,
            } => slots.fetched(host, &slot, &deployment_id, &bundle_hash, result),
            News::Told {
                slot,
                deployment_id,
                epoch,
                phase,
            } => slots.told(host, &slot, &deployment_id, epoch, phase),
        }
        next = news.try_recv().ok();
    }
    Ok(())
}

fn shut_down(host: &mut Host, slots: &mut Slots) {
    slots.shut_down(host, SHUT_DOWN);
    // A killed one is gone in no time; the limit is for what not even SIGKILL ends.
    let limit = Instant::now() + SHUT_DOWN + Duration::from_millis(300);
    while Instant::now() < limit && !slots.are_down() {
        std::thread::sleep(Duration::from_millis(20));
        slots.step(host);
    }
    slots.kill();
    if let Err(failure) = host.clock.keep(&host.state) {
        tracing::error!("the latest time is not on disk: {failure}");
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
