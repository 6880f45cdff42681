//! Enrolment: one single-use token for one identity.

use std::fs;
use std::path::{Path, PathBuf};

use byteor_policy::{KeySet, OfferedKeys, STATEMENT_VERSIONS, SUPPORTED_FEATURES, is_id};
use clap::Args;

use crate::AGENT_VERSION;
use crate::api::{Api, CallError};
use crate::failure::Failure;
use crate::instant::now_millis;
use crate::protocol::{EnrollRequest, PROTOCOL_VERSION};
use crate::reach::PlainHttp;
use crate::state::{AgentRecord, StateFolder};

/// Flags of `enroll`.
#[derive(Debug, Args)]
pub struct EnrollArgs {
    /// The control plane, such as https://api.example.org/v1. Otherwise BYTEOR_API_BASE_URL.
    #[arg(long, value_name = "URL")]
    pub api: Option<String>,
    /// Organization.
    #[arg(long, value_name = "ID")]
    pub org: String,
    /// Project.
    #[arg(long, value_name = "ID")]
    pub project: String,
    /// Environment; the agent belongs to exactly this one.
    #[arg(long, value_name = "ID")]
    pub environment: String,
    /// A file that holds the enrollment token. Delete it afterwards; the token can't be used again.
    #[arg(long, value_name = "PATH")]
    pub token_file: PathBuf,
    /// Where the agent keeps its state; made with rights for this user only.
    #[arg(long, value_name = "DIR")]
    pub state_dir: PathBuf,
    /// A folder under which pipelines may read and write; can be repeated. Only this host decides
    /// about it.
    #[arg(long, value_name = "DIR", required = true)]
    pub allow_root: Vec<PathBuf>,
    /// Call a control plane over http also beyond this host's loopback addresses, now and later:
    /// the agent's key and what it reports can be read on the way.
    #[arg(long)]
    pub allow_plain_http: bool,
    /// A name to be known by. Otherwise made from the host's name.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
}

/// Enrols and keeps the identity. Everything that could fail on this host is tried before the
/// token is spent.
///
/// # Errors
/// What went wrong; `refused` where the control plane said no.
pub fn enroll(args: &EnrollArgs) -> Result<(), Failure> {
    let base_url = args
        .api
        .clone()
        .or_else(|| std::env::var("BYTEOR_API_BASE_URL").ok())
        .ok_or_else(|| Failure::new("E_API_URL", "no control plane was given", "use --api=URL"))?;
    let plain = if args.allow_plain_http {
        PlainHttp::Anywhere
    } else {
        PlainHttp::Loopback
    };
    let api = Api::new(&base_url, plain)?;
    for (flag, id) in [
        ("--org", &args.org),
        ("--project", &args.project),
        ("--environment", &args.environment),
    ] {
        if !is_id(id) {
            return Err(Failure::new(
                "E_USAGE",
                format!("{flag} is no id"),
                "copy it from the page",
            ));
        }
    }
    let allowed_roots = args
        .allow_root
        .iter()
        .map(|root| check_root(root))
        .collect::<Result<Vec<_>, _>>()?;
    let token = fs::read_to_string(&args.token_file)
        .map_err(|error| Failure::state("read the token in", &args.token_file, error))?;
    let token = token.trim();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Failure::new(
            "E_TOKEN",
            format!("{} holds no enrollment token", args.token_file.display()),
            "make a new one on the environment's page",
        ));
    }
    let state = StateFolder::open(&args.state_dir)?;
    if let Some(known) = state.read::<AgentRecord>("agent.json")? {
        return Err(Failure::new(
            "E_ALREADY_ENROLLED",
            format!(
                "{} already holds the agent {} of environment {}",
                args.state_dir.display(),
                known.agent_id,
                known.environment_id
            ),
            "use another folder, or decommission that agent and delete its folder",
        ));
    }
    // A full disk should be noticed now, not after the token is spent.
    state.write("enrolling.json", &serde_json::json!({ "at": now_millis() }))?;

    let request = EnrollRequest {
        name: args.name.clone(),
        host_name: host_name(),
        agent_version: AGENT_VERSION.to_owned(),
        protocol_version: PROTOCOL_VERSION,
        spec_features: SUPPORTED_FEATURES
            .iter()
            .map(|&name| name.to_owned())
            .collect(),
        statement_versions: STATEMENT_VERSIONS.to_vec(),
        allowed_roots: allowed_roots.clone(),
    };
    let scope = (
        args.org.as_str(),
        args.project.as_str(),
        args.environment.as_str(),
    );
    let answer = api
        .enroll(scope, token, &request)
        .map_err(|error| match error {
            CallError::Refused { code, message, .. } => Failure {
                refused: true,
                ..Failure::new(&code, message, "make a new token on the environment's page")
            },
            other => Failure::new("E_ENROLL", other.to_string(), "check --api and the network"),
        })?;
    if (
        answer.org_id.as_str(),
        answer.project_id.as_str(),
        answer.environment_id.as_str(),
    ) != scope
    {
        return Err(Failure::new(
            "E_ENROLL",
            "the control plane enrolled this agent somewhere else than it asked for",
            "decommission it there, and check --org, --project and --environment",
        ));
    }
    let unfitting = |why: String| {
        Failure::new(
            "E_ENROLL",
            format!("the control plane's answer contradicts itself: {why}"),
            "check that agent and control plane have fitting versions",
        )
    };
    if !is_id(&answer.agent_id) {
        return Err(unfitting("the agent's id is no id".to_owned()));
    }
    let nobody = KeySet {
        keys: Vec::new(),
        org_id: answer.org_id.clone(),
        v: 1,
    };
    let (keys, refused) = OfferedKeys::parse(answer.key_set.to_string().as_bytes())
        .and_then(|offered| offered.over(&nobody))
        .map_err(unfitting)?;
    for key in refused {
        tracing::error!("{}: {}", key.code, key.message);
    }
    state.write("keys.json", &keys)?;
    state.write(
        "agent.json",
        &AgentRecord {
            v: 1,
            api_base_url: base_url,
            agent_id: answer.agent_id.clone(),
            name: answer.name.clone(),
            runtime_key: answer.runtime_key,
            scopes: answer.scopes,
            org_id: answer.org_id,
            project_id: answer.project_id,
            environment_id: answer.environment_id,
            posture: answer.posture,
            allowed_roots,
            allow_plain_http: args.allow_plain_http,
            heartbeat_interval_ms: answer.heartbeat_interval_ms,
            enrolled_at: now_millis(),
        },
    )?;
    let marker = state.path("enrolling.json");
    fs::remove_file(&marker).map_err(|error| Failure::state("remove", &marker, error))?;
    println!("enrolled {} as {}", answer.agent_id, answer.name);
    Ok(())
}

/// An allowed root has to be a folder that is there, written in its one plain form.
fn check_root(root: &Path) -> Result<String, Failure> {
    let refuse = |why: &str| {
        Failure::new(
            "E_ALLOW_ROOT",
            format!("--allow-root={} {why}", root.display()),
            "give the full path of a folder that exists",
        )
    };
    let text = root.to_str().ok_or_else(|| refuse("isn't UTF-8"))?;
    let text = match text.trim_end_matches('/') {
        "" if text.starts_with('/') => "/",
        trimmed => trimmed,
    };
    if let Some(problem) = byteor_config::root_problem(text) {
        return Err(refuse(problem));
    }
    if !Path::new(text).is_dir() {
        return Err(refuse("is no folder"));
    }
    Ok(text.to_owned())
}

fn host_name() -> String {
    fs::read_to_string("/proc/sys/kernel/hostname")
        .map(|name| name.trim().to_owned())
        .ok()
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "unknown-host".to_owned())
}
