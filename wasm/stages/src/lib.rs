//! Browser bindings of the stages: what they do to sample records, by the code that the agent runs.
//!
//! A package of its own, so that it loads only when somebody tries a stage or runs a pipeline.
//! [`run`], [`run_once`] and [`compare_runs`] are functions, JSON text in and out, as those of byteor-pipeline-wasm;
//! [`Run`] is a run that goes on, step by step, back and forth.

mod compare;
mod once;
mod records;
mod run;
mod secrets;

use byteor_json::{ApiError, objects};
use byteor_pipeline_catalogue::{escape_record, unescape_record};
use byteor_pipeline_stages::{Chain, ChainError, Fate};
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

pub use compare::{
    CompareRunsRequest, ComparedOutput, EgressComparison, OutputDifference, OutputDiffers,
    PartedAt, RenamedElement, RunComparison, RunHalf, RunTrail, compare_runs,
};
pub use once::{RunAnswer, RunEnd, RunInput, RunNode, RunOutput, RunRequest, run_once};
pub use run::{LaneShape, NodeShape, RecordFate, Run, RunLook, RunOptions, RunShape, RunWord};
use secrets::StandIns;

/// The most sample records of a request.
pub const RECORDS_MAX: usize = 1_000;
/// The most bytes of all sample records together.
pub const BYTES_MAX: usize = 1 << 20;
/// The most outcomes of an answer.
pub const OUTCOMES_MAX: usize = 2_000;
/// The largest record of any record-size class.
const RECORD_MAX: u32 = 16_384;

/// A secret for trying, as somebody typed it.
#[derive(Clone)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TrySecret {
    /// The name that keys know it by.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// The request of `run`.
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TryRequest {
    /// The keys of the stages, in the order in which records reach them; the last is the one that is
    /// looked at.
    pub keys: Vec<String>,
    /// The sample records.
    pub records: Vec<String>,
    /// Whether records are written with the escapes of the cases (`\\n`, `\\xNN`, `\\\\`), and answered
    /// so.
    pub escaped: bool,
    /// The most bytes that a record may have, 1 to 16,384.
    pub record_bytes: u32,
    /// Secrets that keys name.
    pub secrets: Vec<TrySecret>,
}

/// What became of a sample record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum TryFate {
    /// It came out of the last stage.
    Out,
    /// A stage dropped it.
    Dropped,
    /// A stage rejected it, or it was too large to come in.
    Rejected,
}

/// A record as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TryText {
    /// The text.
    pub text: String,
    /// Whether it has escapes, because the record is no printable UTF-8 text, or was asked for so.
    pub escaped: bool,
}

/// What became of one sample record, or of a part that it was split into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TryOutcome {
    /// Index of the sample record.
    pub input: u32,
    /// What reached the last stage; null where a stage before it ended the record.
    pub arrived: Option<TryText>,
    /// What became of it.
    pub fate: TryFate,
    /// Index of the stage that dropped or rejected it; null where it came out, or couldn't come in.
    pub stage: Option<u32>,
    /// Length of a result that was too large for a record, in bytes; otherwise 0.
    pub too_large: u32,
    /// What came out.
    pub out: Option<TryText>,
}

/// The answer to `run`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TryAnswer {
    /// In the order in which the last stage would see them.
    pub outcomes: Vec<TryOutcome>,
    /// Whether there would be more outcomes than an answer holds.
    pub more: bool,
}

/// This package, for the readers.
struct Here;

objects! {
    closed TryRequest(f) {
        TryRequest {
            keys: f.take("keys")?,
            records: f.take("records")?,
            escaped: f.take("escaped")?,
            record_bytes: f.take("record_bytes")?,
            secrets: f.take("secrets")?,
        }
    }
    closed TrySecret(f) { TrySecret { name: f.text("name")?, value: f.text("value")? } }
}

/// `TryRequest` → `TryAnswer`. A key that gives no stage, or a stage that fails, is an error with its
/// index in the argument `stage`.
#[wasm_bindgen]
pub fn run(json: &str) -> String {
    byteor_json::answer::<Here, TryRequest, _>(json, try_stages)
}

fn try_stages(request: TryRequest) -> Result<TryAnswer, ApiError> {
    let size: usize = request.records.iter().map(String::len).sum();
    if request.records.len() > RECORDS_MAX || size > BYTES_MAX {
        return Err(ApiError::new(
            "E_TRY_RECORDS",
            format!("At most {RECORDS_MAX} records and {BYTES_MAX} bytes can be tried at once"),
        ));
    }
    if request.keys.is_empty() || !(1..=RECORD_MAX).contains(&request.record_bytes) {
        return Err(ApiError::new(
            "E_REQUEST",
            format!("The request needs a key, and records of 1 to {RECORD_MAX} bytes"),
        ));
    }
    let bytes = request.record_bytes as usize;
    let secrets = StandIns::only(request.secrets);
    let last = request.keys.len() - 1;
    let mut chain = Chain::new(&request.keys, &secrets, bytes).map_err(|e| refused(&e))?;
    let mut answer = TryAnswer {
        outcomes: Vec::new(),
        more: false,
    };
    let shown = |record: &[u8]| show(record, request.escaped);
    for (index, text) in request.records.iter().enumerate() {
        let record = if request.escaped {
            unescape_record(text).map_err(|problem| {
                ApiError::new("E_TRY_RECORDS", problem.message).arg("record", index.to_string())
            })?
        } else {
            text.clone().into_bytes()
        };
        let input = index as u32;
        if record.len() > bytes {
            answer.outcomes.push(TryOutcome {
                input,
                arrived: None,
                fate: TryFate::Rejected,
                stage: None,
                too_large: record.len() as u32,
                out: None,
            });
            continue;
        }
        let ended = chain.watch(last, &record, &mut |arrived, fate| {
            if answer.outcomes.len() == OUTCOMES_MAX {
                return Err(ChainError::TooMany);
            }
            let (named, stage, too_large, out) = match fate {
                Fate::Out(record) => (TryFate::Out, None, 0, Some(shown(&record))),
                Fate::Dropped(stage) => (TryFate::Dropped, Some(stage), 0, None),
                Fate::Rejected { stage, len, .. } => (TryFate::Rejected, Some(stage), len, None),
            };
            answer.outcomes.push(TryOutcome {
                input,
                arrived: arrived.map(shown),
                fate: named,
                stage: stage.map(|stage| stage as u32),
                too_large: too_large as u32,
                out,
            });
            Ok(())
        });
        match ended {
            Ok(()) => {}
            Err(ChainError::TooMany) => {
                answer.more = true;
                break;
            }
            Err(error) => return Err(refused(&error)),
        }
    }
    Ok(answer)
}

fn refused(error: &ChainError) -> ApiError {
    match error {
        ChainError::Build { stage, error } => {
            ApiError::new(error.code, error.message.clone()).arg("stage", stage.to_string())
        }
        ChainError::Failed { stage, failure } => {
            ApiError::new(failure.code, failure.message).arg("stage", stage.to_string())
        }
        ChainError::TooMany => ApiError::new("E_TRY_RECORDS", "Too many records came out"),
    }
}

/// A record as text: as it is where it can be read, else with escapes.
fn show(record: &[u8], escaped: bool) -> TryText {
    match std::str::from_utf8(record) {
        Ok(text) if !escaped && !text.chars().any(char::is_control) => TryText {
            text: text.to_owned(),
            escaped: false,
        },
        _ => TryText {
            text: escape_record(record),
            escaped: true,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(json: &str) -> String {
        run(json)
    }

    #[test]
    fn every_record_says_what_became_of_it() {
        let answer = answer(
            r#"{"keys":["drop:x","split:,","trim"],"records":["a, b","x","\t"],"escaped":false,"record_bytes":256,"secrets":[]}"#,
        );
        assert_eq!(
            answer,
            concat!(
                r#"{"ok":true,"value":{"outcomes":["#,
                r#"{"input":0,"arrived":{"text":"a","escaped":false},"fate":"out","stage":null,"too_large":0,"out":{"text":"a","escaped":false}},"#,
                r#"{"input":0,"arrived":{"text":" b","escaped":false},"fate":"out","stage":null,"too_large":0,"out":{"text":"b","escaped":false}},"#,
                r#"{"input":1,"arrived":null,"fate":"dropped","stage":0,"too_large":0,"out":null},"#,
                r#"{"input":2,"arrived":{"text":"\\t","escaped":true},"fate":"out","stage":null,"too_large":0,"out":{"text":"","escaped":false}}"#,
                r#"],"more":false}}"#
            )
        );
    }

    #[test]
    fn what_cannot_run_is_refused_with_its_stage() {
        let request = |keys: &str, secrets: &str| {
            answer(&format!(
                r#"{{"keys":{keys},"records":["{{}}"],"escaped":false,"record_bytes":256,"secrets":{secrets}}}"#
            ))
        };
        let key = r#"["trim","json_hash:a=hmac_sha256:pii"]"#;
        let missing = request(key, "[]");
        assert!(
            missing.contains("E_STAGE_SECRET") && missing.contains(r#""stage":"1""#),
            "{missing}"
        );
        let given = request(key, r#"[{"name":"pii","value":"for trying"}]"#);
        assert!(given.starts_with(r#"{"ok":true"#), "{given}");
        assert!(request(r#"["nope"]"#, "[]").contains("E_KEY_FAMILY"));
        assert!(request("[]", "[]").contains("E_REQUEST"));
    }

    #[test]
    fn answers_are_bounded() {
        let many = format!("\"{}\"", ",".repeat(5_000));
        let json = format!(
            r#"{{"keys":["split:,"],"records":[{many}],"escaped":false,"record_bytes":16384,"secrets":[]}}"#
        );
        let answered = answer(&json);
        assert!(answered.ends_with(r#""more":true}}"#));
        assert_eq!(answered.matches(r#""fate":"out""#).count(), OUTCOMES_MAX);
        let large = json.replace("16384", "256");
        assert!(answer(&large).contains(r#""fate":"rejected","stage":null,"too_large":5000"#));
        let records = vec!["\"\""; RECORDS_MAX + 1].join(",");
        assert!(answer(&json.replace(&many, &records)).contains("E_TRY_RECORDS"));
    }
}
