//! Browser bindings of config bundles and deployment statements: the same texts as on the agent.
//!
//! A package of its own, so that it doesn't load with the editor. Every function takes one JSON text
//! and gives one, as those of byteor-pipeline-wasm do.

use byteor_config::{Boundaries, ConfigBundleV1, ConfigDiff, ConfigIssue, Surroundings};
use byteor_json::{ApiError, Request, write};
use byteor_policy::DeploymentStatement;
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

mod request;

use request::{BundleDiffRequest, ConfigRequest, StatementRequest, TextRequest};

fn answer<R: Request<request::Here>, Value: Serialize>(
    json: &str,
    operation: impl FnOnce(R) -> Result<Value, ApiError>,
) -> String {
    byteor_json::answer(json, operation)
}

#[derive(Serialize)]
struct Text {
    text: String,
    digest: String,
}

#[derive(Serialize)]
struct Statement {
    statement: DeploymentStatement,
    digest: String,
}

#[derive(Serialize)]
struct Bundle {
    config: ConfigBundleV1,
    digest: String,
    canonical: bool,
}

/// The first problem, with all of them as JSON in the argument `issues`.
fn refused(issues: &[ConfigIssue]) -> ApiError {
    let mut json = Vec::new();
    write(issues, &mut json);
    let first = issues.first();
    ApiError::new(
        first.map_or("E_CONFIG", |issue| issue.code.as_str()),
        first.map_or_else(String::new, |issue| issue.message.clone()),
    )
    .arg("field", first.map_or("", |issue| issue.field.as_str()))
    .arg("issues", String::from_utf8(json).unwrap_or_default())
}

/// `{config, secrets?, ingresses?, egresses?}` → `{text, digest}`, for a spec whose keys use those secrets and that has those boundaries; the error's argument `text` is what the form shows meanwhile.
#[wasm_bindgen(js_name = bundleEncode)]
pub fn bundle_encode(json: &str) -> String {
    answer(json, |request: ConfigRequest| {
        let surroundings = Surroundings {
            secrets: request.secrets.as_deref(),
            boundaries: match (&request.ingresses, &request.egresses) {
                (Some(ingress), Some(egress)) => Some(Boundaries { ingress, egress }),
                _ => None,
            },
            ..Surroundings::default()
        };
        let issues = byteor_config::validate_in(&request.config, &surroundings);
        let text = byteor_config::render(&request.config);
        if issues.is_empty() {
            Ok(Text {
                digest: byteor_config::digest(&text),
                text,
            })
        } else {
            Err(refused(&issues).arg("text", text))
        }
    })
}

/// `{text}` → `{config, digest, canonical}`. Text that isn't canonical is refused.
#[wasm_bindgen(js_name = bundleDecode)]
pub fn bundle_decode(json: &str) -> String {
    answer(json, |request: TextRequest| {
        let config = byteor_config::decode(&request.text).map_err(|issues| refused(&issues))?;
        Ok(Bundle {
            digest: byteor_config::digest(&request.text),
            config,
            canonical: true,
        })
    })
}

/// `{before, after}` → `ConfigDiff`
#[wasm_bindgen(js_name = bundleDiff)]
pub fn bundle_diff(json: &str) -> String {
    answer(
        json,
        |request: BundleDiffRequest| -> Result<ConfigDiff, ApiError> {
            Ok(byteor_config::diff(&request.before, &request.after))
        },
    )
}

/// `{statement}` → `{text, digest}`, of any version of the statement.
#[wasm_bindgen(js_name = deploymentEncode)]
pub fn deployment_encode(json: &str) -> String {
    answer(json, |request: StatementRequest| {
        let text = byteor_policy::encode(&request.statement).map_err(|issue| {
            ApiError::new(&issue.code, issue.message.clone()).arg("field", issue.field)
        })?;
        Ok(Text {
            digest: byteor_config::digest(&text),
            text,
        })
    })
}

/// `{text}` → `{statement, digest}`. Text that isn't canonical is refused.
#[wasm_bindgen(js_name = deploymentDecode)]
pub fn deployment_decode(json: &str) -> String {
    answer(json, |request: TextRequest| {
        let statement = byteor_policy::decode(&request.text).map_err(|issue| {
            ApiError::new(&issue.code, issue.message.clone()).arg("field", issue.field)
        })?;
        Ok(Statement {
            digest: byteor_config::digest(&request.text),
            statement,
        })
    })
}
