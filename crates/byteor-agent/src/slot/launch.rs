//! The runtime's command: everything that decides is told by flags, nothing by its surroundings.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::record::Activation;
use super::verdict::{RUNTIME_START, Verdict, Why};
use crate::host::Host;
use crate::process::Process;

/// The region of a slot.
pub fn region(host: &Host, slot: &str) -> PathBuf {
    host.runtime_dir
        .join(format!("byteor-{}-{slot}.ring", host.agent.agent_id))
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
) -> Result<Process, Verdict> {
    Process::spawn(&mut command(host, slot, activation, folder)).map_err(|error| {
        let message = format!("Could not start {}: {error}.", host.edgeplane.display());
        Verdict::Trouble(Why::new(RUNTIME_START, &message))
    })
}

fn command(host: &Host, slot: &str, activation: &Activation, folder: &Path) -> Command {
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
    flag("lane-path", &region(host, slot));
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
    command.arg("--json");
    command
}
