//! `byteor-edgeplane run`: one pipeline between its ingress and its egress adapter.

pub mod cli;
mod events;
mod governance;
mod secrets;
mod wiring;

use std::path::PathBuf;

use byteor_config::Posture;
use byteor_pipeline_exec::{Options, ShmSequencedSlots, SingleRing};
use byteor_pipeline_spec::PipelineSpecV1;
use byteor_runtime::failure::{Exit, Failure};
use byteor_runtime::lane_path::{LaneFile, default_lane_path};
use byteor_runtime::signals::{stop_flag, stop_with_parent};
use byteor_runtime::single_process::{self, ring_failure, unsupported_model};
use byteor_runtime::spec_file::{SpecFile, spec_path};
use clap::Args;

use events::Events;
use governance::{Approval, Bytes};
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
    /// Where the shared region stands while the run lasts. Otherwise under /run/byteor, where
    /// that can be written, or /dev/shm.
    #[arg(long, value_name = "PATH")]
    pub lane_path: Option<PathBuf>,
    /// End after N records, or at the end of the input if that comes first.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub adapter_max_messages: Option<u64>,
    /// Where progress is kept. Otherwise the output's path with `.checkpoint` behind it.
    #[arg(long, value_name = "PATH")]
    pub checkpoint: Option<PathBuf>,
    /// A folder under which the config may name files; can be repeated. Without it every path is
    /// allowed, which is for people at a terminal: an agent always passes its roots.
    #[arg(long, value_name = "PATH")]
    pub allow_root: Vec<PathBuf>,
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
            json: false,
        })
        .map(|_| ());
    }
    let system = |error: std::io::Error| {
        let help = "check the limits of the user that runs the pipeline";
        Failure::new(Exit::Failed, "E_SIGNALS", error.to_string(), help)
    };
    let stop = stop_flag().map_err(system)?;
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
    let PipelineSpecV1::SingleRing(ring_spec) = &checked.spec else {
        return Err(unsupported_model());
    };

    let roots = wiring::roots(args.allow_root)?;
    let secrets = HostSecrets::read(&config.bundle, &checked.secrets, &roots)?;
    let wired = wiring::file_to_file(
        &config.bundle,
        roots,
        args.checkpoint,
        args.adapter_max_messages,
        &checked.spec_hash,
        &ring_spec.stages,
    )?;
    let lane_path = args
        .lane_path
        .unwrap_or_else(|| default_lane_path(&wired.checkpoint));
    let prepared = wired.prepare()?;
    for notice in prepared.notices() {
        events.notice(notice);
    }
    // The checkpoint is held from here on, and with it the region's name: declared before the
    // region, and so let go after it, or the next run's region would be removed by us.
    let _held = prepared.held();
    let lane = LaneFile::claim(&lane_path)?;
    let class = wiring::slot_class(&config.bundle)?;
    let region = ShmSequencedSlots::recreate(lane.path(), class).map_err(|error| {
        let help = "name another place with --lane-path=PATH, with room for the region";
        Failure::new(Exit::Failed, error.code(), error.to_string(), help)
    })?;
    let tuning = wiring::tuning(&config.bundle);
    let options = Options {
        tuning,
        base: prepared.base(),
    };
    let stages = |_: &str, key: &str| secrets.stage(key);
    let ring = SingleRing::start(ring_spec, region, &stages, prepared.sink(), options);
    let ring = ring.map_err(ring_failure)?;
    let generation = ring.snapshot().generation;
    let ready = prepared.begin(ring)?;
    for notice in ready.notices() {
        events.notice(notice);
    }
    events.started(
        &lane_path.to_string_lossy(),
        &checked.spec_hash,
        generation,
        &grounds,
        &ready,
        tuning.wait,
    );
    let summary = ready.run(&stop, &mut |notice| events.notice(&notice))?;
    events.stopped(&summary);
    Ok(())
}
