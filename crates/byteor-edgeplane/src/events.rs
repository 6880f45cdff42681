//! What a run says about itself: JSON lines on standard output, or words on standard error.

use byteor_adapters::checkpoint::Totals;
use byteor_adapters::file_to_file::{Notice, Ready, Summary};
use byteor_pipeline_exec::{AppliedWorkers, Snapshot, WaitKind, Workers};
use byteor_runtime::failure::Failure;
use byteor_runtime::output::print_json;
use serde_json::{Value, json};

use crate::governance::Grounds;

/// Tells the operator, or the agent that started us, what happens.
#[derive(Clone, Copy, Debug)]
pub struct Events {
    /// One JSON object a line on standard output.
    pub json: bool,
}

impl Events {
    /// The ring is up and records can flow. Its counters go on from those that are told here.
    pub fn started(
        self,
        lane_path: &str,
        spec_hash: &str,
        generation: u64,
        grounds: &Grounds,
        ready: &Ready,
        wait: WaitKind,
    ) {
        let (approval, trust) = match grounds {
            Grounds::Credential {
                approval_id,
                trust_source,
            } => (Some(approval_id), Some(trust_source)),
            Grounds::NoApprovalNeeded => (None, None),
        };
        self.emit(
            json!({ "event": "started", "pid": std::process::id(), "lane_path": lane_path,
                    "spec_hash": spec_hash, "generation": generation,
                    "approval_id": approval, "trust_source": trust,
                    "counters": counters(ready.totals(), ready.since()),
                    "tuning": tuning(ready.workers(), wait) }),
            || {
                let approval = approval.map_or("not needed", String::as_str);
                let workers = ready.workers();
                let reason = workers.reason.as_ref();
                let reason = reason.map_or(String::new(), |reason| format!(": {reason}"));
                format!(
                    "started {spec_hash}\n  region: {lane_path}\n  approval: {approval}\n  \
                     workers: {}{reason}\n  wait: {}",
                    workers.applied.name(),
                    wait.name()
                )
            },
        );
    }

    /// Something worth knowing; the run goes on.
    pub fn notice(self, notice: &Notice) {
        self.emit(
            json!({ "event": "notice", "code": notice.code, "message": notice.message }),
            || format!("notice[{}]: {}", notice.code, notice.message),
        );
    }

    /// The run ended without an error.
    pub fn stopped(self, summary: &Summary) {
        let totals = &summary.totals;
        self.emit(
            json!({ "event": "stopped", "code": summary.ended.as_str(),
                    "message": words(totals), "counters": counters(totals, summary.since),
                    "snapshot": Snapshot::from(summary.snapshot.clone()) }),
            || format!("{}: {}", summary.ended.as_str(), words(totals)),
        );
    }

    /// The run failed, or never began.
    pub fn failed(self, failure: &Failure) {
        let mut event = json!({ "event": "failed", "code": failure.code,
                                "message": failure.message, "help": failure.help });
        if let Some(stage) = &failure.stage {
            event["stage"] = json!(stage);
        }
        self.emit(event, || failure.to_string());
    }

    fn emit(self, event: Value, words: impl FnOnce() -> String) {
        if self.json {
            // Nobody listens any more; the exit code still tells how it ended.
            let _ = print_json(&event);
        } else {
            eprintln!("{}", words());
        }
    }
}

/// What was asked of the host for the ring's threads, and what runs; nothing asked is null.
fn tuning(workers: &AppliedWorkers, wait: WaitKind) -> Value {
    json!({ "workers": { "requested": workers.requested.map(Workers::name),
                         "applied": workers.applied.name(),
                         "stages": workers.stages,
                         "reason": workers.reason },
            "wait": wait.name() })
}

fn words(totals: &Totals) -> String {
    format!(
        "{} records in, {} out, {} dropped, {} rejected",
        totals.records_in, totals.records_out, totals.dropped, totals.rejected
    )
}

/// `since` is when they began at nothing, in milliseconds since 1970; null where nobody knows.
fn counters(totals: &Totals, since: Option<u64>) -> Value {
    json!({ "since": since,
            "records_in": totals.records_in, "records_out": totals.records_out,
            "dropped": totals.dropped, "rejected": totals.rejected,
            "bytes_in": totals.bytes_in, "bytes_out": totals.bytes_out,
            "truncations": totals.truncations })
}
