//! Calls to the control plane. Synchronous: the agent has one conversation at a time.

use std::fmt;
use std::time::Duration;

use byteor_policy::KeySet;
use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::http::Response;
use ureq::{Agent, Body};

use crate::protocol::{
    EnrollAnswer, EnrollRequest, ErrorAnswer, Heartbeat, HeartbeatAnswer, StatusReport,
};

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

/// A control plane at one base URL.
#[derive(Clone)]
pub struct Api {
    http: Agent,
    base: String,
}

impl Api {
    /// The control plane at `base_url`: scheme and authority, perhaps a path. `/api/v1` is added
    /// unless the path already ends in `/v1`.
    ///
    /// # Errors
    /// What is wrong with the URL, in words.
    pub fn new(base_url: &str) -> Result<Self, String> {
        let trimmed = base_url.trim_end_matches('/');
        let uri: ureq::http::Uri = trimmed.parse().map_err(|error| format!("{error}"))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err("it begins with neither http:// nor https://".to_owned());
        }
        if uri.query().is_some() {
            return Err("it has a query".to_owned());
        }
        let host = uri.host().ok_or("it names no host")?.to_owned();
        let loopback = host == "localhost" || host == "[::1]" || host.starts_with("127.");
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(Duration::from_secs(5)))
            .timeout_global(Some(Duration::from_secs(15)))
            .user_agent(concat!("byteor-agent/", env!("CARGO_PKG_VERSION")));
        if loopback {
            config = config.proxy(None);
        }
        let base = if trimmed.ends_with("/v1") {
            trimmed.to_owned()
        } else {
            format!("{trimmed}/api/v1")
        };
        Ok(Self {
            http: config.build().new_agent(),
            base,
        })
    }

    /// Whether credentials would cross a network in the clear.
    pub fn is_clear_text(&self) -> bool {
        self.base.starts_with("http://")
            && !["http://127.", "http://localhost", "http://[::1]"]
                .iter()
                .any(|prefix| self.base.starts_with(prefix))
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
        self.post(&path, token, request)
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

    /// Gets the organization's public keys.
    ///
    /// # Errors
    /// [`CallError`]
    pub fn signing_keys(&self, agent_id: &str, key: &str) -> Result<KeySet, CallError> {
        let response = self.get(&format!("/agents/{agent_id}/signing-keys"), key)?;
        let bytes = read(response, MAX_JSON)?;
        KeySet::parse(&bytes).map_err(CallError::Garbled)
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
        let response = self.get(&path, key)?;
        read(response, byteor_policy::MAX_BUNDLE_BYTES as u64)
    }

    fn get(&self, path: &str, key: &str) -> Result<Response<Body>, CallError> {
        let response = self
            .http
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
            .http
            .post(format!("{}{path}", self.base))
            .header("authorization", format!("Bearer {key}"))
            .send_json(body)
            .map_err(away)?;
        let bytes = read(accepted(response)?, MAX_JSON)?;
        serde_json::from_slice(&bytes).map_err(|error| CallError::Garbled(error.to_string()))
    }
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
        let base = |url: &str| Api::new(url).map(|api| api.base);
        assert_eq!(
            base("http://127.0.0.1:8080/").unwrap(),
            "http://127.0.0.1:8080/api/v1"
        );
        assert_eq!(
            base("https://api.example.org/v1").unwrap(),
            "https://api.example.org/v1"
        );
        assert!(base("ftp://example.org").is_err());
        assert!(base("example.org").is_err());
        assert!(base("http://example.org/?a=b").is_err());
    }

    #[test]
    fn only_a_network_makes_plain_http_dangerous() {
        let clear = |url: &str| Api::new(url).unwrap().is_clear_text();
        assert!(!clear("http://127.0.0.1:8080"));
        assert!(!clear("http://[::1]:8080"));
        assert!(!clear("https://example.org"));
        assert!(clear("http://example.org"));
    }
}
