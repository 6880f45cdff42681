//! `byteor-edgeplane run`: one pipeline between its ingress and its egress adapter.

#![cfg_attr(
    not(all(feature = "portable", feature = "kafka-tls")),
    allow(
        dead_code,
        reason = "what adapters share, fewer of them don't use whole"
    )
)]

pub mod cli;
mod connections;
mod events;
mod governance;
mod graph;
#[cfg(feature = "grpc")]
mod grpc;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "kafka")]
mod kafka;
#[cfg(feature = "nats")]
mod nats;
#[cfg(feature = "net")]
mod network;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "rabbitmq")]
mod rabbitmq;
#[cfg(feature = "redis")]
mod redis;
mod ring;
#[cfg(feature = "s3")]
mod s3;
mod secrets;
#[cfg(feature = "stdio")]
mod stdio;
#[cfg(feature = "websocket")]
mod websocket;
mod wiring;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use byteor_adapters::allow_net::{AllowNet, NetRule};
use byteor_adapters::file_to_file::{FileToFile, Notice};
use byteor_config::{ConfigBundleV1, Direction, Posture};
use byteor_pipeline_spec::PipelineSpecV1;
use byteor_policy::CheckedSpec;
use byteor_runtime::failure::{Exit, Failure};
use byteor_runtime::signals::{stop_flag, stop_with_parent};
use byteor_runtime::single_process;
use byteor_runtime::spec_file::{SpecFile, spec_path};
use clap::Args;

use events::Events;
use governance::{Approval, Bytes, Grounds};
use secrets::HostSecrets;

/// Run a pipeline from its input to its output until the input ends or SIGTERM comes.
///
/// Exit 0 after a drain; 3 when spec, config or credential can't be read; 4 when policy refuses; 5
/// when an adapter or a stage fails, which is named.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The spec. Otherwise the variable BYTEOR_SPEC, otherwise /etc/byteor/spec.kv.
    #[arg(long, value_name = "PATH")]
    pub spec: Option<PathBuf>,
    /// The config bundle's text. Otherwise runtime_config.txt beside the spec.
    #[arg(long, value_name = "PATH")]
    pub config: Option<PathBuf>,
    /// Where the shared region of a ring, or the folder of a graph's lanes, stands while the run
    /// lasts. Otherwise under /run/byteor, where that can be written, or /dev/shm.
    #[arg(long, value_name = "PATH")]
    pub lane_path: Option<PathBuf>,
    /// End after N records, or at the end of the input if that comes first.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub adapter_max_messages: Option<u64>,
    /// Where progress is kept. Otherwise the output's path with `.checkpoint` behind it; where there
    /// are several outputs, the reject file's.
    #[arg(long, value_name = "PATH")]
    pub checkpoint: Option<PathBuf>,
    /// Where the choices of a graph are recorded, for `run --sp --step --choices=PATH` to play back.
    #[arg(long, value_name = "PATH")]
    pub record_choices: Option<PathBuf>,
    /// A folder under which the config may name files; can be repeated. Without it every path is
    /// allowed, which is for people at a terminal: an agent always passes its roots.
    #[arg(long, value_name = "PATH")]
    pub allow_root: Vec<PathBuf>,
    /// An address that the config may name: a host, an address or ADDRESS/BITS, with :PORT or
    /// without; can be repeated. Without it every address is allowed, which is for people at a
    /// terminal, and none where an agent started the run.
    #[arg(long, value_name = "RULE")]
    pub allow_net: Vec<NetRule>,
    /// The approval credential. Otherwise approval.cred beside the spec, if it is there.
    #[arg(long, value_name = "PATH")]
    pub approval: Option<PathBuf>,
    /// The trusted keys. Otherwise signing_keys.json beside the spec.
    #[arg(long, value_name = "PATH")]
    pub approval_key_set: Option<PathBuf>,
    /// The approved deployment statement. Otherwise deployment.kv beside the spec.
    #[arg(long, value_name = "PATH")]
    pub deployment: Option<PathBuf>,
    /// Posture of this host's environment. Otherwise the config's.
    #[arg(long, value_name = "dev|staging|prod", value_parser = posture)]
    pub posture: Option<Posture>,
    /// The environment that this host belongs to.
    #[arg(long, value_name = "ID")]
    pub environment_id: Option<String>,
    /// When the deployment was activated, in seconds since 1970: an approval that was good then
    /// is good for a restart after its expiry. Otherwise now.
    #[arg(long, value_name = "SECONDS")]
    pub activated_at: Option<u64>,
    /// Stop in good order when the parent process ends, or has ended when its id is given.
    #[arg(long, value_name = "PID", num_args = 0..=1, require_equals = true)]
    pub exit_with_parent: Option<Option<i32>>,
    /// Only try to reach both sides, and end: no record is read or written, and no approval is
    /// needed. Each step is said; exit 1 when one fails.
    #[arg(long, conflicts_with_all = ["sp", "adapter_max_messages", "record_choices"])]
    pub try_connections: bool,
    /// A side whose secrets may be read and sent by --try-connections where an agent started it; can be
    /// repeated. A side that isn't named and has secrets is tried up to where one would be sent.
    #[arg(long, value_name = "source|sink", value_parser = direction, requires = "try_connections", requires = "exit_with_parent")]
    pub send_secrets_of: Vec<Direction>,
    /// Say what happens as JSON lines on standard output.
    #[arg(long)]
    pub json: bool,
    /// Bring the spec up once on test input, without adapters.
    #[arg(long, requires = "input")]
    pub sp: bool,
    /// The test input, for --sp.
    #[arg(long, value_name = "PATH", requires = "sp")]
    pub input: Option<PathBuf>,
}

fn posture(word: &str) -> Result<Posture, String> {
    Posture::from_word(word).ok_or_else(|| "it is none of dev, staging, prod".to_owned())
}

fn direction(word: &str) -> Result<Direction, String> {
    Direction::from_word(word).ok_or_else(|| "it is neither source nor sink".to_owned())
}

/// Carries `run` out and says how it ended.
pub fn run(args: RunArgs) -> Exit {
    let events = Events { json: args.json };
    match run_until_stopped(args, events) {
        Ok(()) => Exit::Done,
        Err(failure) => {
            events.failed(&failure);
            failure.exit
        }
    }
}

fn run_until_stopped(args: RunArgs, events: Events) -> Result<(), Failure> {
    if args.sp {
        return single_process::run(single_process::RunArgs {
            spec: args.spec,
            sp: true,
            input: args.input,
            lane_path: args.lane_path,
            slot_bytes: 256,
            step: false,
            seed: 0,
            ingress: None,
            choices: None,
            json: false,
        })
        .map(|_| ());
    }
    let system = |error: std::io::Error| {
        let help = "check the limits of the user that runs the pipeline";
        Failure::new(Exit::Failed, "E_SIGNALS", error.to_string(), help)
    };
    // A trial has nothing to bring to a good order: what would end a run ends it at once.
    let stop = match args.try_connections {
        true => Arc::default(),
        false => stop_flag().map_err(system)?,
    };
    if let Some(parent) = args.exit_with_parent {
        stop_with_parent(&stop, parent).map_err(system)?;
        if args.allow_root.is_empty() {
            return Err(Failure::new(
                Exit::Refused,
                byteor_adapters::roots::E_PATH_OUTSIDE_ROOTS,
                "no --allow-root was given with --exit-with-parent",
                "the agent passes the folders that the host's owner allows",
            ));
        }
    }

    let spec_path = spec_path(args.spec);
    let file = SpecFile::read(&spec_path)?;
    file.require_canonical()?;
    file.require_valid()?;
    let config_path = args
        .config
        .unwrap_or_else(|| spec_path.with_file_name(byteor_config::FILE_NAME));
    let config = wiring::read_config(&config_path, args.posture)?;
    streams(&config.bundle, args.exit_with_parent.is_some(), events)?;
    if args.try_connections {
        let checked = governance::checked(file.text.as_bytes())?;
        let roots = wiring::roots(args.allow_root)?;
        let by_agent = args.exit_with_parent.is_some();
        if stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        return connections::try_all(&connections::Trying {
            bundle: &config.bundle,
            spec: &checked,
            sends: by_agent.then_some(args.send_secrets_of.as_slice()),
            roots: &roots,
            allow: &allowed(args.allow_net, by_agent),
            events,
        });
    }
    let posture = args.posture.unwrap_or(config.bundle.posture);
    let approval = Approval {
        credential: args.approval,
        key_set: args.approval_key_set,
        deployment: args.deployment,
        environment_id: args.environment_id,
        activated_at: args.activated_at,
        by_agent: args.exit_with_parent.is_some(),
    };
    let bytes = Bytes {
        spec_path: &spec_path,
        spec: file.text.as_bytes(),
        config: config.text.as_bytes(),
    };
    let (checked, grounds) = governance::judge(bytes, posture, &approval)?;
    let roots = wiring::roots(args.allow_root)?;
    let secrets = HostSecrets::read(&config.bundle, &checked, &roots)?;
    let approved = Approved {
        files: wiring::files(
            &config.bundle,
            roots,
            args.checkpoint,
            args.adapter_max_messages,
            &checked,
        ),
        bundle: config.bundle,
        checked,
        grounds,
        secrets,
        allow_net: allowed(args.allow_net, args.exit_with_parent.is_some()),
        lane_path: args.lane_path,
        stop,
        events,
    };
    let choices = args.record_choices;
    loop {
        let ran = match &approved.checked.spec {
            PipelineSpecV1::SingleRing(_) if choices.is_some() => Err(Failure::new(
                Exit::Usage,
                "E_RUN_CHOICES",
                "a single ring makes no choices",
                "leave --record-choices away",
            )),
            PipelineSpecV1::SingleRing(ring) => ring::run(&approved, ring),
            PipelineSpecV1::LaneGraph(graph) => graph::run(&approved, graph, choices.clone()),
        };
        match ran {
            // All of it was let go; the next one goes on from the checkpoint, as one of a new process would.
            Err(failure) if begins_again(&approved, &failure) => {
                let message = format!("{}; it is begun again", failure.message);
                events.notice(&Notice {
                    code: "N_RUN_AGAIN",
                    message,
                });
            }
            ran => return ran,
        }
    }
}

/// Whether a run that failed is begun again at once: nothing has to be corrected, and what it knew is behind
/// what its source gives now. One that was to end after a number of records has counted them.
fn begins_again(approved: &Approved, failure: &Failure) -> bool {
    failure.code == "E_KAFKA_LOST"
        && approved.files.max_messages.is_none()
        && !approved.stop.load(Ordering::Relaxed)
}

/// Refuses standard streams where they are taken: an agent speaks over them, and `--json` over one.
fn streams(bundle: &ConfigBundleV1, by_agent: bool, events: Events) -> Result<(), Failure> {
    let (used, written) = wiring::streams(bundle);
    if !(used && by_agent || written && events.json) {
        return Ok(());
    }
    let message = match by_agent {
        true => "the agent has the standard streams of its runs for itself",
        false => "--json says what happens on standard output, where the records go",
    };
    Err(Failure::new(
        Exit::Refused,
        "E_ADAPTER_STDIO",
        message,
        "use another adapter, or run it at a terminal without --json",
    ))
}

/// Which addresses may be used: what the rules say; without rules everything for a person at a
/// terminal, nothing for an agent.
fn allowed(rules: Vec<NetRule>, by_agent: bool) -> AllowNet {
    match rules.is_empty() && !by_agent {
        true => AllowNet::Everything,
        false => AllowNet::Only(rules),
    }
}

/// What may run, and all that was read for it.
struct Approved {
    files: FileToFile,
    bundle: ConfigBundleV1,
    checked: CheckedSpec,
    grounds: Grounds,
    secrets: HostSecrets,
    /// Which addresses may be reached and listened at.
    allow_net: AllowNet,
    lane_path: Option<PathBuf>,
    stop: Arc<AtomicBool>,
    events: Events,
}

impl Approved {
    fn tell(&self, notices: &[Notice]) {
        notices.iter().for_each(|notice| self.events.notice(notice));
    }
}
