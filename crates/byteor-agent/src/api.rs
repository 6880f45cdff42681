//! Calls to the control plane. Synchronous: the link calls from one thread, downloads from theirs.

use std::fmt;
use std::time::Duration;

use byteor_policy::OfferedKeys;
use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::http::{Response, Uri};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body};

use crate::failure::Failure;
use crate::protocol::{
    DesiredAnswer, EnrollAnswer, EnrollRequest, ErrorAnswer, Heartbeat, HeartbeatAnswer,
    StatusReport, TrialReport,
};
use crate::reach::{self, LoopbackUnlessEncrypted, PlainHttp};

/// Largest JSON answer that is read, in bytes.
const MAX_JSON: u64 = 4 * 1024 * 1024;

/// Why a call gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallError {
    /// The control plane could not be reached, or did not answer in time.
    Away(String),
    /// It answered with a status other than 2xx.
    Refused {
        /// HTTP status.
        status: u16,
        /// Code of the error body, or `http_<status>`.
        code: String,
        /// Its message.
        message: String,
    },
    /// It answered with something that can't be understood.
    Garbled(String),
}

impl CallError {
    /// Whether the key is not, or no longer, good for this agent.
    pub fn is_key_refused(&self) -> bool {
        matches!(
            self,
            Self::Refused {
                status: 401 | 403,
                ..
            }
        )
    }

    /// Whether saying the same again can't help.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Refused { status, .. }
            if (400..500).contains(status) && ![401, 403, 408, 425, 429].contains(status))
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Away(why) => write!(f, "the control plane is away: {why}"),
            Self::Refused {
                status,
                code,
                message,
            } => write!(f, "the control plane refused ({status} {code}): {message}"),
            Self::Garbled(why) => write!(f, "the control plane's answer makes no sense: {why}"),
        }
    }
}

impl std::error::Error for CallError {}

/// How long any call but a download may take.
const CALL: Duration = Duration::from_secs(15);
/// How long the download of a bundle may take: 16 MiB at 28 kB/s.
const DOWNLOAD: Duration = Duration::from_secs(600);

/// A control plane at one base URL.
#[derive(Clone, Debug)]
pub struct Api {
    calls: Agent,
    downloads: Agent,
    base: String,
}

impl Api {
    /// The control plane at `base_url`: scheme and authority, perhaps a path. `/api/v1` is added
    /// unless the path already ends in `/v1`.
    ///
    /// # Errors
    /// `E_API_URL`; `E_PLAIN_HTTP` where the agent's key would cross a network in the clear.
    pub fn new(base_url: &str, plain: PlainHttp) -> Result<Self, Failure> {
        let unusable = |why: &str| {
            Failure::new(
                "E_API_URL",
                format!("{base_url} can't be called: {why}"),
                "check --api",
            )
        };
        let trimmed = base_url.trim_end_matches('/');
        let uri: Uri = trimmed
            .parse()
            .map_err(|error: ureq::http::uri::InvalidUri| unusable(&error.to_string()))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(unusable("it begins with neither http:// nor https://"));
        }
        if uri.query().is_some() {
            return Err(unusable("it has a query"));
        }
        if uri.host().is_none_or(str::is_empty) {
            return Err(unusable("it names no host"));
        }
        reach::check(&uri, plain).map_err(|why| {
            Failure::new(
                "E_PLAIN_HTTP",
                format!("{base_url} is not called: {why}"),
                "use https, or say --allow-plain-http if the network between is your own",
            )
        })?;
        let clear = uri.scheme_str() == Some("http");
        let agent = |limit: Duration| {
            let mut config = Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .timeout_connect(Some(Duration::from_secs(5)))
                .timeout_global(Some(limit))
                .user_agent(concat!("byteor-agent/", env!("CARGO_PKG_VERSION")));
            // A proxy would read what isn't encrypted, and has no way to this host's own.
            if (clear && plain == PlainHttp::Loopback) || is_own(&uri) {
                config = config.proxy(None);
            }
            let connector = DefaultConnector::default();
            match plain {
                PlainHttp::Loopback => {
                    Agent::with_parts(config.build(), connector, LoopbackUnlessEncrypted::new())
                }
                PlainHttp::Anywhere => {
                    Agent::with_parts(config.build(), connector, DefaultResolver::default())
                }
            }
        };
        let base = if trimmed.ends_with("/v1") {
            trimmed.to_owned()
        } else {
            format!("{trimmed}/api/v1")
        };
        Ok(Self {
            calls: agent(CALL),
            downloads: agent(DOWNLOAD),
            base,
        })
    }

    /// Enrols with a single-use token.
    ///
    /// # Errors
    /// [`CallError`]; the token is spent only by an answer of 201.
    pub fn enroll(
        &self,
        scope: (&str, &str, &str),
        token: &str,
        request: &EnrollRequest,
    ) -> Result<EnrollAnswer, CallError> {
        let (org, project, environment) = scope;
        let path = format!("/orgs/{org}/projects/{project}/environments/{environment}/agents");
        match self.post(&path, token, request) {
            // It takes only what every control plane takes; the rest comes with heartbeats.
            Err(CallError::Refused {
                status: 400 | 422, ..
            }) => self.post(&path, token, &request.given()),
            answer => answer,
        }
    }

    /// Sends a heartbeat.
    ///
    /// # Errors
    /// [`CallError`]
    pub fn heartbeat(
        &self,
        agent_id: &str,
        key: &str,
        heartbeat: &Heartbeat,
    ) -> Result<HeartbeatAnswer, CallError> {
        self.post(&format!("/agents/{agent_id}/heartbeat"), key, heartbeat)
    }

    /// Tells how an attempt ended. Idempotent.
    ///
    /// # Errors
    /// [`CallError`]
    pub fn status(
        &self,
        agent_id: &str,
        key: &str,
        deployment_id: &str,
        status: &StatusReport,
    ) -> Result<(), CallError> {
        let path = format!("/agents/{agent_id}/deployments/{deployment_id}/status");
        self.post(&path, key, status).map(|_: serde_json::Value| ())
    }

    /// Whether something else is desired than what has this digest: the control plane holds the
    /// answer back until that is so, for some seconds.
    ///
    /// # Errors
    /// [`CallError`]; [`CallError::Garbled`] where `digest` is none.
    pub fn desired_changed(
        &self,
        agent_id: &str,
        key: &str,
        digest: &str,
    ) -> Result<bool, CallError> {
        // It stands in the path: what came from outside is a digest or goes nowhere.
        if !byteor_policy::is_digest(digest) {
            return Err(CallError::Garbled("the digest is none".to_owned()));
        }
        let path = format!("/agents/{agent_id}/desired?unlike={digest}");
        let bytes = read(self.get(&self.calls, &path, key)?, MAX_JSON)?;
        let answer: DesiredAnswer = serde_json::from_slice(&bytes)
            .map_err(|error| CallError::Garbled(error.to_string()))?;
        Ok(answer.changed)
    }

    /// Gets the organization's public keys.
    ///
    /// # Errors
    /// [`CallError`]
    pub fn signing_keys(&self, agent_id: &str, key: &str) -> Result<OfferedKeys, CallError> {
        let path = format!("/agents/{agent_id}/signing-keys");
        let response = self.get(&self.calls, &path, key)?;
        let bytes = read(response, MAX_JSON)?;
        OfferedKeys::parse(&bytes).map_err(CallError::Garbled)
    }

    /// Gets the request to try connections, as it was signed.
    ///
    /// # Errors
    /// [`CallError`]; [`CallError::Garbled`] where `trial_id` is no id.
    pub fn connection_trial(
        &self,
        agent_id: &str,
        key: &str,
        trial_id: &str,
    ) -> Result<Vec<u8>, CallError> {
        let path = trial_path(agent_id, trial_id)?;
        read(self.get(&self.calls, &path, key)?, MAX_JSON)
    }

    /// Tells what came of it.
    ///
    /// # Errors
    /// [`CallError`]; [`CallError::Garbled`] where `trial_id` is no id.
    pub fn tell_trial(
        &self,
        agent_id: &str,
        key: &str,
        trial_id: &str,
        report: &TrialReport,
    ) -> Result<(), CallError> {
        let path = trial_path(agent_id, trial_id)?;
        self.post(&path, key, report).map(|_: serde_json::Value| ())
    }

    /// Gets a deploy bundle.
    ///
    /// # Errors
    /// [`CallError`]
    pub fn bundle(
        &self,
        agent_id: &str,
        key: &str,
        deployment_id: &str,
    ) -> Result<Vec<u8>, CallError> {
        let path = format!("/agents/{agent_id}/deployments/{deployment_id}/bundle");
        let response = self.get(&self.downloads, &path, key)?;
        read(response, byteor_policy::MAX_BUNDLE_BYTES as u64)
    }

    fn get(&self, agent: &Agent, path: &str, key: &str) -> Result<Response<Body>, CallError> {
        let response = agent
            .get(format!("{}{path}", self.base))
            .header("authorization", format!("Bearer {key}"))
            .call()
            .map_err(away)?;
        accepted(response)
    }

    fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        key: &str,
        body: &impl Serialize,
    ) -> Result<T, CallError> {
        let response = self
            .calls
            .post(format!("{}{path}", self.base))
            .header("authorization", format!("Bearer {key}"))
            .send_json(body)
            .map_err(away)?;
        let bytes = read(accepted(response)?, MAX_JSON)?;
        serde_json::from_slice(&bytes).map_err(|error| CallError::Garbled(error.to_string()))
    }
}

/// It stands in a path: what came from outside is an id or goes nowhere.
fn trial_path(agent_id: &str, trial_id: &str) -> Result<String, CallError> {
    if !byteor_policy::is_id(trial_id) {
        return Err(CallError::Garbled("the id of the trial is none".to_owned()));
    }
    Ok(format!("/agents/{agent_id}/connection-trials/{trial_id}"))
}

/// Whether the URL names this host itself, as far as that can be told without asking anybody.
fn is_own(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let name = host.trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || name.parse().is_ok_and(reach::is_loopback)
}

fn away(error: ureq::Error) -> CallError {
    CallError::Away(error.to_string())
}

fn read(mut response: Response<Body>, limit: u64) -> Result<Vec<u8>, CallError> {
    response
        .body_mut()
        .with_config()
        .limit(limit)
        .read_to_vec()
        .map_err(away)
}

fn accepted(response: Response<Body>) -> Result<Response<Body>, CallError> {
    let status = response.status().as_u16();
    if (200..300).contains(&status) {
        return Ok(response);
    }
    let answer: Option<ErrorAnswer> = read(response, 64 * 1024)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
    Err(match answer {
        Some(ErrorAnswer { error }) => CallError::Refused {
            status,
            code: error.code,
            message: match error.help {
                Some(help) => format!("{} {help}", error.message),
                None => error.message,
            },
        },
        None => CallError::Refused {
            status,
            code: format!("http_{status}"),
            message: "no further words".to_owned(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_prefix_is_added_once() {
        let base = |url: &str| Api::new(url, PlainHttp::Loopback).map(|api| api.base);
        assert_eq!(
            base("http://127.0.0.1:8080/").unwrap(),
            "http://127.0.0.1:8080/api/v1"
        );
        assert_eq!(
            base("https://api.example.org/v1").unwrap(),
            "https://api.example.org/v1"
        );
        for wrong in [
            "ftp://127.0.0.1",
            "127.0.0.1",
            "http://127.0.0.1/?a=b",
            "http:///x",
        ] {
            assert_eq!(base(wrong).unwrap_err().code, "E_API_URL", "{wrong}");
        }
    }

    #[test]
    fn plain_http_beyond_this_host_is_refused_unless_its_owner_allows_it() {
        let url = "http://192.0.2.7:8080";
        let refused = Api::new(url, PlainHttp::Loopback).unwrap_err();
        assert_eq!(refused.code, "E_PLAIN_HTTP");
        assert!(Api::new(url, PlainHttp::Anywhere).is_ok());
    }

    #[test]
    fn a_name_that_moved_away_from_loopback_is_refused_when_it_is_called() {
        // Past the check at the start, as a name would be that resolved otherwise then.
        let mut api = Api::new("http://127.0.0.1:9", PlainHttp::Loopback).unwrap();
        api.base = "http://192.0.2.7:9/api/v1".to_owned();
        let error = api.bundle("agent", "key", "deployment").unwrap_err();
        assert!(error.to_string().contains("E_PLAIN_HTTP"), "{error}");
    }
}
