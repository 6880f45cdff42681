//! What a run says about itself: JSON lines on standard output, or words on standard error.

use std::fmt::Write;

use byteor_adapters::checkpoint::Totals;
use byteor_adapters::file_to_file::{Missed, Notice, Summary};
#[cfg(feature = "net")]
use byteor_adapters::net::watch::Seen;
use byteor_adapters::trial::{Outcome, Tried};
use byteor_pipeline_exec::{AppliedWorkers, Counters, WaitKind, Workers};
use byteor_runtime::failure::Failure;
use byteor_runtime::output::print_json;
use serde_json::{Value, json};

use crate::governance::Grounds;

/// What runs, as it began.
pub struct Begun<'a> {
    /// The region's file, or the folder of the lanes.
    pub lane_path: &'a str,
    /// Hash of the spec.
    pub spec_hash: &'a str,
    /// Random number of the region, or of the lanes' counters.
    pub generation: u64,
    /// Why it may run.
    pub grounds: &'a Grounds,
    /// What was counted so far.
    pub totals: &'a Totals,
    /// Since when, in milliseconds since 1970, where known.
    pub since: Option<u64>,
    /// What of it the counters of a graph's lanes don't hold, because other specs counted it.
    pub before: Option<&'a Counters>,
    /// Which threads run it.
    pub workers: &'a AppliedWorkers,
    /// What they do while nothing is ready.
    pub wait: WaitKind,
}

/// What is seen of a side that is on the network.
#[cfg(feature = "net")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideSeen {
    /// The kind of adapter.
    pub kind: &'static str,
    /// Which boundary of a graph, where the side has several.
    pub boundary: Option<String>,
    /// Of its peer.
    pub seen: Seen,
    /// Records that came and don't last yet, or went out and aren't there yet.
    pub under_way: u64,
    /// Records that the peer refused in this run.
    pub refused: u64,
}

/// What is seen of both sides.
#[cfg(feature = "net")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SidesSeen {
    /// Of each source that is on the network.
    pub sources: Vec<SideSeen>,
    /// Of each sink.
    pub sinks: Vec<SideSeen>,
}

/// Tells the operator, or the agent that started us, what happens.
#[derive(Clone, Copy, Debug)]
pub struct Events {
    /// One JSON object a line on standard output.
    pub json: bool,
}

impl Events {
    /// A step of a trial of the connections. `side` is `source` or `sink`.
    pub fn tried(self, side: &str, tried: &Tried) {
        let millis = u64::try_from(tried.took.as_millis()).unwrap_or(u64::MAX);
        let step = tried.step.name();
        let mut event = json!({ "event": "tried", "side": side, "step": step,
                                "ok": matches!(tried.outcome, Outcome::Found(_)), "millis": millis });
        match &tried.outcome {
            Outcome::Found(found) => event["message"] = json!(found),
            Outcome::Failed(error) => {
                event["code"] = json!(error.code);
                event["message"] = json!(error.message);
                event["help"] = json!(error.help);
            }
            Outcome::HeldBack(why, help) => {
                event["held_back"] = json!(true);
                event["message"] = json!(why);
                event["help"] = json!(help);
            }
        }
        self.emit(event, || match &tried.outcome {
            Outcome::Found(found) => format!("{side}: {step}: {found} ({millis} ms)"),
            Outcome::Failed(error) => {
                let (code, message, help) = (error.code, &error.message, &error.help);
                format!("{side}: {step}: error[{code}]: {message} ({millis} ms)\n  help: {help}")
            }
            Outcome::HeldBack(why, help) => {
                format!("{side}: {step}: held back: {why}\n  help: {help}")
            }
        });
    }

    /// The pipeline is up and records can flow. Its counters go on from those that are told here.
    pub fn started(self, begun: &Begun<'_>) {
        let (approval, trust) = match begun.grounds {
            Grounds::Credential {
                approval_id,
                trust_source,
            } => (Some(approval_id), Some(trust_source)),
            Grounds::NoApprovalNeeded => (None, None),
        };
        let Begun {
            lane_path,
            spec_hash,
            generation,
            workers,
            wait,
            ..
        } = *begun;
        let mut event = json!({ "event": "started", "pid": std::process::id(),
                    "lane_path": lane_path, "spec_hash": spec_hash, "generation": generation,
                    "approval_id": approval, "trust_source": trust,
                    "counters": counters(begun.totals, begun.since),
                    "tuning": tuning(workers, wait) });
        if let Some(before) = begun.before {
            event["before"] = json!(before);
        }
        self.emit(event, || {
            let approval = approval.map_or("not needed", String::as_str);
            let reason = workers.reason.as_ref();
            let reason = reason.map_or(String::new(), |reason| format!(": {reason}"));
            format!(
                "started {spec_hash}\n  region: {lane_path}\n  approval: {approval}\n  \
                     workers: {}{reason}\n  wait: {}",
                workers.applied.name(),
                wait.name()
            )
        });
    }

    /// What is seen of the two sides that are on the network; of a file, nothing. Where a side has several
    /// boundaries, of each of them. For whoever looks on by `--json` only: at a terminal the notices say what
    /// matters.
    #[cfg(feature = "net")]
    pub fn adapters(self, seen: &SidesSeen) {
        if !self.json {
            return;
        }
        let side = |side: &SideSeen| {
            let SideSeen { seen, .. } = side;
            let (error, error_at) = seen.error.clone().unzip();
            let listening = seen.listening.map(|listening| {
                json!({ "since": listening.since, "connections": listening.connections,
                        "refused": listening.refused })
            });
            json!({ "kind": side.kind, "up_since": seen.up_since, "down_since": seen.down_since,
                    "failures": seen.failures, "in_flight": side.under_way,
                    "refused": side.refused, "lag": seen.lag.map(|lag| lag.count),
                    "lag_or_more": seen.lag.is_some_and(|lag| lag.or_more),
                    "rebalances": seen.rebalances, "listening": listening,
                    "error": error, "error_at": error_at })
        };
        let only = |sides: &[SideSeen]| {
            let mut sides = sides.iter();
            sides.find(|one| one.boundary.is_none()).map(side)
        };
        let mut boundaries = Vec::new();
        for (name, sides) in [("source", &seen.sources), ("sink", &seen.sinks)] {
            for one in sides.iter().filter(|one| one.boundary.is_some()) {
                let seen = side(one);
                boundaries.push(json!({ "side": name, "id": one.boundary, "seen": seen }));
            }
        }
        let mut event = json!({ "event": "adapters", "source": only(&seen.sources),
                                "sink": only(&seen.sinks) });
        if !boundaries.is_empty() {
            event["boundaries"] = json!(boundaries);
        }
        self.emit(event, String::new);
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
        let mut counted = counters(totals, summary.since);
        if let Some(missed) = summary.missed {
            counted["discarded"] = json!(missed.discarded);
            counted["lost"] = json!(missed.lost);
        }
        self.emit(
            json!({ "event": "stopped", "code": summary.ended.as_str(),
                    "message": words(totals, summary.missed), "counters": counted,
                    "snapshot": summary.snapshot }),
            || {
                format!(
                    "{}: {}",
                    summary.ended.as_str(),
                    words(totals, summary.missed)
                )
            },
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

fn words(totals: &Totals, missed: Option<Missed>) -> String {
    let mut text = format!(
        "{} records in, {} out, {} dropped, {} rejected",
        totals.records_in, totals.records_out, totals.dropped, totals.rejected
    );
    if let Some(missed) = missed.filter(|missed| *missed != Missed::default()) {
        // Writing to a String can't fail.
        let _ = write!(
            text,
            ", {} discarded in full lanes, {} overwritten",
            missed.discarded, missed.lost
        );
    }
    text
}

/// `since` is when they began at nothing, in milliseconds since 1970; null where nobody knows.
fn counters(totals: &Totals, since: Option<u64>) -> Value {
    json!({ "since": since,
            "records_in": totals.records_in, "records_out": totals.records_out,
            "dropped": totals.dropped, "rejected": totals.rejected,
            "bytes_in": totals.bytes_in, "bytes_out": totals.bytes_out,
            "truncations": totals.truncations })
}
