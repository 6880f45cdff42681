//! The runtime's command: everything that decides is told by flags, nothing by its surroundings.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use byteor_pipeline_spec::PipelineSpecV1;

use super::record::Activation;
use super::verdict::{RUNTIME_START, Verdict, Why};
use crate::host::Host;
use crate::process::Process;

/// What of a pipeline can be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The region's file of a ring.
    Ring,
    /// The folder of the rings of several shards.
    Shards,
    /// The folder of the lanes of a graph.
    Lanes,
}

impl Place {
    /// That of what runs `spec`.
    pub fn of(spec: &PipelineSpecV1) -> Self {
        match spec {
            PipelineSpecV1::SingleRing(ring) if ring.shards > 1 => Self::Shards,
            PipelineSpecV1::SingleRing(_) => Self::Ring,
            PipelineSpecV1::LaneGraph(_) => Self::Lanes,
        }
    }
}

/// Where a slot's pipeline can be looked at.
pub fn region(host: &Host, slot: &str, place: Place) -> PathBuf {
    let kind = match place {
        Place::Ring => "ring",
        Place::Shards => "shards",
        Place::Lanes => "lanes",
    };
    host.runtime_dir
        .join(format!("byteor-{}-{slot}.{kind}", host.agent.agent_id))
}

/// Starts what was verified and stands in `folder`.
///
/// # Errors
/// This host's trouble.
pub fn start(
    host: &Host,
    slot: &str,
    activation: &Activation,
    folder: &Path,
    place: Place,
) -> Result<Process, Verdict> {
    Process::spawn(&mut command(host, slot, activation, folder, place)).map_err(|error| {
        let message = format!("Could not start {}: {error}.", host.edgeplane.display());
        Verdict::Trouble(Why::new(RUNTIME_START, &message))
    })
}

fn command(
    host: &Host,
    slot: &str,
    activation: &Activation,
    folder: &Path,
    place: Place,
) -> Command {
    let mut command = Command::new(&host.edgeplane);
    // It needs nothing of the agent's environment, which may hold the agent's key.
    command.env_clear().arg("run");
    let mut flag = |name: &str, value: &dyn AsRef<OsStr>| {
        let mut text = std::ffi::OsString::from(format!("--{name}="));
        text.push(value);
        command.arg(text);
    };
    let agent = &host.agent;
    let checkpoint = host.state.path("slots").join(slot).join("checkpoint");
    flag("spec", &folder.join("spec.kv"));
    flag("config", &folder.join(byteor_config::FILE_NAME));
    flag("lane-path", &region(host, slot, place));
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
    if host.record_choices && place == Place::Lanes {
        let choices = host.state.path("slots").join(slot).join("choices");
        flag("record-choices", &choices);
    }
    for root in &agent.allowed_roots {
        flag("allow-root", root);
    }
    for rule in &host.allow_net {
        flag("allow-net", &rule.to_string());
    }
    flag("exit-with-parent", &std::process::id().to_string());
    command.arg("--json");
    command
}
