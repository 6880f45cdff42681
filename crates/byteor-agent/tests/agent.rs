//! The real agent binary against a small control plane, with a runtime made of shell.

mod common;

use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::Ordering;
use std::time::Duration;

use byteor_config::{ReadMode, digest};
use byteor_pipeline_exec::lane_graph::{self, EgressSink, LaneGraph};
use byteor_pipeline_exec::{
    RecordSink, ShmSequencedSlots, SingleRing, SinkFailure, SinkRecord, SlotClass,
    SlotsBacking as _,
};
use byteor_pipeline_kernel::{Outcome, Output, Stage, StageFailure};
use byteor_pipeline_spec::{LaneGraphBuilder, PipelineSpecV1, ShardKey, SingleRingBuilder};
use byteor_policy::sign::TestKey;
use byteor_policy::{KeyPurpose, KeyState};
use common::*;
use serde_json::{Value, json};

fn enrolled() -> (Server, Node) {
    let (server, node) = (Server::start(), Node::new());
    let output = node.enroll(&server);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    (server, node)
}

fn pause(millis: u64) {
    std::thread::sleep(Duration::from_millis(millis));
}

#[test]
fn enrolment_keeps_an_identity_for_its_user_only_and_never_uses_the_token_again() {
    let (server, node) = enrolled();
    let request = server.plane().enrolments[0].clone();
    assert_eq!(request["name"], "node");
    assert_eq!(request["protocol_version"], 1);
    assert_eq!(
        request["spec_features"],
        json!(["single_ring", "ring_shards", "lane_graph"])
    );
    assert_eq!(request["statement_versions"], json!([1, 2]));
    assert_eq!(request["allowed_roots"], json!([node.data()]));
    assert!(!request["host_name"].as_str().unwrap().is_empty());
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&node.state()), 0o700);
    for file in ["agent.json", "keys.json"] {
        assert_eq!(mode(&node.state().join(file)), 0o600);
    }
    let again = node.enroll(&server);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("E_ALREADY_ENROLLED"));
    assert_eq!(server.plane().enrolments.len(), 1);
}

#[test]
fn a_refused_token_is_said_clearly_and_leaves_nothing_enrolled() {
    let (server, node) = (Server::start(), Node::new());
    server.plane().token_used = true;
    let output = node.enroll(&server);
    assert_eq!(output.status.code(), Some(3));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        words
            .trim_end()
            .lines()
            .last()
            .unwrap()
            .contains("enrollment_token_used"),
        "{words}"
    );
    assert!(!node.state().join("agent.json").exists());
    assert!(!words.contains(TOKEN));
    // A good token later is taken in the same folder.
    server.plane().token_used = false;
    assert!(node.enroll(&server).status.success());
}

#[test]
fn run_says_what_is_missing_and_two_agents_never_share_a_folder() {
    let node = Node::new();
    std::fs::create_dir(node.state()).unwrap();
    assert_eq!(node.run().wait(), Some(1));
    assert!(node.log().contains("E_NOT_ENROLLED"));
    let (server, node) = enrolled();
    let first = node.run();
    wait_for("heartbeat", &node, || {
        (!server.plane().heartbeats.is_empty()).then_some(())
    });
    assert_eq!(node.run().wait(), Some(1));
    assert!(node.log().contains("E_STATE_LOCKED"));
    assert_eq!(first.stop(), Some(0));
}

#[test]
fn a_deployment_is_verified_started_with_its_own_files_and_confirmed() {
    let (server, node) = enrolled();
    let deployment = Deployment::new("d1", 1, "runs", &node);
    server.deploy(&deployment);
    let agent = node.run();
    let status = wait_status(&server, &node, "d1", "active");
    assert_eq!(status["epoch"], 1);
    let report = wait_running(&server, &node, "d1");
    assert_eq!(report["running"]["bundle_hash"], digest(deployment.tar()));
    assert_eq!(report["attempted"]["phase"], "active");
    assert_eq!(report["snapshot"]["kind"], "single_ring");
    assert_eq!(report["last_words"], json!(["started"]));
    let starts = node.starts();
    assert_eq!(starts.len(), 1);
    for flag in [
        "--posture=prod",
        "--environment-id=environment-1",
        "--activated-at=",
        "--exit-with-parent=",
        "--json",
        &format!("--allow-root={}", node.data().display()),
        &format!(
            "--approval-key-set={}",
            node.state().join("keys.json").display()
        ),
    ] {
        assert!(starts[0].contains(flag), "{flag} in {}", starts[0]);
    }
    assert_eq!(agent.stop(), Some(0));
    assert_eq!(node.slot_record()["epoch"], 1);
}

#[test]
fn a_newer_deployment_takes_the_slot_and_the_older_one_can_not_come_back() {
    let (server, node) = enrolled();
    // And of an older form of statement: what was approved before goes on being verified.
    let mut old = Deployment::new("d1", 1, "runs", &node);
    old.statement_version = 1;
    server.deploy(&old);
    let agent = node.run();
    wait_running(&server, &node, "d1");
    server.deploy(&Deployment::new("d2", 2, "runs2", &node));
    wait_running(&server, &node, "d2");
    server.deploy(&old);
    let status = wait_status(&server, &node, "d1", "failed");
    assert_eq!(status["code"], "E_EPOCH_STALE");
    assert_eq!(report(&server).unwrap()["running"]["deployment_id"], "d2");
    assert_eq!(node.starts().len(), 2);
    assert_eq!(agent.stop(), Some(0));
}

#[test]
fn a_tampered_bundle_is_refused_reported_once_and_what_runs_goes_on() {
    let (server, node) = enrolled();
    server.deploy(&Deployment::new("d1", 1, "runs", &node));
    let agent = node.run();
    wait_running(&server, &node, "d1");
    let since = report(&server).unwrap()["running"]["since"].clone();

    let mut forged = Deployment::new("d2", 2, "runs2", &node);
    forged.approval_key = TestKey::from_seed("approval-1", KeyPurpose::Approval, [9; 32]);
    server.deploy(&forged);
    assert_eq!(
        wait_status(&server, &node, "d2", "failed")["code"],
        "E_KEYSET_FOREIGN"
    );

    let mut expired = Deployment::new("d3", 3, "runs2", &node);
    expired.credential_expires_at = now() - 1;
    server.deploy(&expired);
    assert_eq!(
        wait_status(&server, &node, "d3", "failed")["code"],
        "E_CRED_EXPIRED"
    );

    let mut elsewhere = Deployment::new("d4", 4, "runs2", &node);
    elsewhere.folder = "/etc".into();
    server.deploy(&elsewhere);
    assert_eq!(
        wait_status(&server, &node, "d4", "failed")["code"],
        "E_PATH_OUTSIDE_ROOTS"
    );

    // Asked for again and again, it is fetched once.
    pause(500);
    let plane = server.plane();
    assert_eq!(plane.fetches.iter().filter(|id| *id == "d4").count(), 1);
    assert_eq!(
        plane.statuses.iter().filter(|(id, _)| id == "d4").count(),
        1
    );
    drop(plane);
    let report = report(&server).unwrap();
    assert_eq!(report["running"]["since"], since);
    assert_eq!(report["attempted"]["code"], "E_PATH_OUTSIDE_ROOTS");
    assert_eq!(node.starts().len(), 1);
    assert_eq!(agent.stop(), Some(0));
}

#[test]
fn a_download_that_arrives_broken_is_tried_again_before_it_is_refused() {
    let (server, node) = enrolled();
    let deployment = Deployment::new("d1", 1, "runs", &node);
    server.deploy(&deployment);
    server.plane().bundles.insert("d1".into(), b"half".to_vec());
    let agent = node.run();
    wait_for("second fetch", &node, || {
        (server.plane().fetches.len() == 2).then_some(())
    });
    server.plane().bundles.insert("d1".into(), deployment.tar());
    wait_running(&server, &node, "d1");
    assert_eq!(agent.stop(), Some(0));
}

#[test]
fn a_runtime_that_does_not_come_up_gives_way_to_the_last_known_good() {
    let (server, node) = enrolled();
    server.deploy(&Deployment::new("d1", 1, "runs", &node));
    let agent = node.run();
    wait_running(&server, &node, "d1");
    for (epoch, stage, code) in [
        (2, "refuses", "E_INPUT_MISSING"),
        (3, "silent", "E_RUNTIME_START"),
        (4, "shortlived", "E_RUNTIME_FAILED"),
    ] {
        let id = format!("d{epoch}");
        server.deploy(&Deployment::new(&id, epoch, stage, &node));
        let report = wait_phase(&server, &node, &id, "fell_back");
        let attempted = &report["attempted"];
        assert_eq!(attempted["code"], code);
        assert_eq!(attempted["tries"], 1);
        assert!(attempted["next_try_at"].as_str() > attempted["at"].as_str());
        assert!(attempted["message"].as_str().unwrap().len() > 5);
        // What it said last, and not what the last-known-good says that runs again.
        let words = report["tried_words"].as_array().unwrap();
        assert!(!words.contains(&json!("started")) || stage == "shortlived");
        if stage == "silent" {
            assert!(
                words
                    .iter()
                    .any(|line| line.as_str().unwrap().contains("what is this"))
            );
            assert!(
                attempted["message"]
                    .as_str()
                    .unwrap()
                    .contains("what is this")
            );
        }
        wait_running(&server, &node, "d1");
    }
    // It is tried again, but not at once, and nobody is told that it ended.
    pause(500);
    let starts = node.starts();
    let short = starts
        .iter()
        .filter(|start| start.starts_with("shortlived"));
    assert_eq!(short.count(), 1);
    let plane = server.plane();
    assert!(plane.statuses.iter().all(|(id, _)| id == "d1"));
    drop(plane);
    assert_eq!(agent.stop(), Some(0));
    let record = node.slot_record();
    assert_eq!(record["epoch"], 4);
    assert_eq!(record["active"]["deployment_id"], "d1");
    assert_eq!(record["falling"]["deployment_id"], "d4");
    assert_eq!(record["quarantine"], json!([]));
    // A newer one takes the slot, whatever fell back before.
    let agent = node.run();
    server.deploy(&Deployment::new("d5", 5, "runs2", &node));
    wait_running(&server, &node, "d5");
    assert_eq!(agent.stop(), Some(0));
    assert_eq!(node.slot_record()["falling"], Value::Null);
}

#[test]
fn a_crash_of_what_runs_starts_it_again_without_failing_the_deployment() {
    let (server, node) = enrolled();
    server.deploy(&Deployment::new("d1", 1, "crashes", &node));
    let agent = node.run();
    wait_status(&server, &node, "d1", "active");
    let down = wait_for("crash", &node, || {
        report(&server).filter(|report| report["attempted"]["code"] == "E_RUNTIME_FAILED")
    });
    assert_eq!(down["running"], Value::Null);
    assert_eq!(down["attempted"]["phase"], "starting");
    wait_running(&server, &node, "d1");
    assert_eq!(node.starts().len(), 2);
    let running = &report(&server).unwrap()["running"];
    assert_eq!(running["restarts"], 1);
    assert!(running["last_restart_at"].as_str() > running["activated_at"].as_str());
    assert!(
        server
            .plane()
            .statuses
            .iter()
            .all(|(_, status)| status["phase"] == "active")
    );
    assert_eq!(agent.stop(), Some(0));
}

#[test]
fn a_killed_agent_finds_its_way_back_without_the_control_plane() {
    let (server, node) = enrolled();
    let mut deployment = Deployment::new("d1", 1, "runs", &node);
    deployment.credential_expires_at = now() + 4;
    server.deploy(&deployment);
    let agent = node.run();
    wait_running(&server, &node, "d1");
    agent.kill();
    server.plane().away = true;
    // Activated in time restarts after expiry, from what is on disk.
    pause(4_500);
    let agent = node.run();
    wait_for("second start", &node, || {
        (node.starts().len() == 2).then_some(())
    });
    let at = |start: &str| {
        start
            .split_whitespace()
            .find(|flag| flag.starts_with("--activated-at="))
            .unwrap()
            .to_owned()
    };
    let starts = node.starts();
    assert_eq!(at(&starts[0]), at(&starts[1]));
    server.plane().away = false;
    wait_running(&server, &node, "d1");
    assert_eq!(server.plane().fetches.len(), 1);
    assert_eq!(agent.stop(), Some(0));
}

#[test]
fn what_was_changed_on_disk_does_not_run_again() {
    let (server, node) = enrolled();
    server.deploy(&Deployment::new("d1", 1, "runs", &node));
    let agent = node.run();
    wait_running(&server, &node, "d1");
    assert_eq!(agent.stop(), Some(0));
    let slot = node.state().join("slots").join(SLOT);
    let staged = std::fs::read_dir(&slot)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.is_dir())
        .unwrap();
    // A changed member is written anew from the verified archive ...
    std::fs::write(staged.join("spec.kv"), "single_ring.shards=1\n").unwrap();
    let agent = node.run();
    wait_for("second start", &node, || {
        (node.starts().len() == 2).then_some(())
    });
    assert_eq!(agent.stop(), Some(0));
    assert!(
        std::fs::read_to_string(staged.join("spec.kv"))
            .unwrap()
            .contains("identity")
    );
    // ... and a changed archive runs no more.
    std::fs::write(staged.join("bundle.tar"), b"changed").unwrap();
    let agent = node.run();
    wait_for("refusal", &node, || {
        report(&server).filter(|report| report["attempted"]["code"] == "E_BUNDLE_HASH")
    });
    assert_eq!(node.starts().len(), 2);
    assert_eq!(agent.stop(), Some(0));
}

#[test]
fn while_the_control_plane_is_away_or_refuses_the_key_everything_goes_on() {
    let (server, node) = enrolled();
    server.deploy(&Deployment::new("d1", 1, "runs", &node));
    let agent = node.run();
    wait_running(&server, &node, "d1");
    let since = report(&server).unwrap()["running"]["since"].clone();
    server.plane().away = true;
    pause(1_500);
    server.plane().away = false;
    let heard = server.plane().heartbeats.len();
    wait_for("heartbeat after the outage", &node, || {
        (server.plane().heartbeats.len() > heard).then_some(())
    });
    assert_eq!(report(&server).unwrap()["running"]["since"], since);
    server.plane().refuse_with = Some(401);
    wait_for("a clear word about the key", &node, || {
        node.log().contains("runtime_key_unknown").then_some(())
    });
    let heard = server.plane().heartbeats.len();
    pause(1_000);
    assert_eq!(server.plane().heartbeats.len(), heard);
    assert_eq!(node.starts().len(), 1);
    assert_eq!(agent.stop(), Some(0));
}

#[test]
fn stop_means_that_deployment_only_and_run_brings_it_back() {
    let (server, node) = enrolled();
    let deployment = Deployment::new("d1", 1, "runs", &node);
    server.deploy(&deployment);
    let agent = node.run();
    wait_running(&server, &node, "d1");
    let hash = digest(deployment.tar());
    server.plane().desired = vec![
        json!({ "slot": SLOT, "deployment_id": "d0", "epoch": 9, "bundle_hash": hash, "state": "stop" }),
    ];
    pause(500);
    assert_eq!(report(&server).unwrap()["running"]["deployment_id"], "d1");
    // No word about the slot changes nothing either.
    server.plane().desired.clear();
    pause(500);
    assert_eq!(report(&server).unwrap()["running"]["deployment_id"], "d1");
    server.plane().desired = vec![deployment.desired(&hash, "stop")];
    wait_for("stop", &node, || {
        report(&server).filter(|report| report["running"].is_null())
    });
    // Stopped stays stopped over a restart.
    assert_eq!(agent.stop(), Some(0));
    let agent = node.run();
    pause(700);
    assert_eq!(node.starts().len(), 1);
    server.plane().desired = vec![deployment.desired(&hash, "run")];
    wait_running(&server, &node, "d1");
    assert_eq!(server.plane().fetches.len(), 1);
    assert_eq!(agent.stop(), Some(0));
}

#[test]
fn a_bounded_input_ends_well_and_is_not_started_again() {
    let (server, node) = enrolled();
    let mut deployment = Deployment::new("d1", 1, "bounded", &node);
    deployment.mode = ReadMode::StopAtEnd;
    server.deploy(&deployment);
    let agent = node.run();
    wait_status(&server, &node, "d1", "active");
    pause(500);
    let report = report(&server).unwrap();
    assert_eq!(report["running"], Value::Null);
    assert_eq!(report["attempted"]["phase"], "active");
    assert_eq!(report["last_words"][1], "stopped: end_of_input: done");
    // The region is gone; what it counted is not.
    assert_eq!(report["snapshot"]["counters"]["records_out"], 3);
    assert_eq!(report["snapshot"]["v"], 2);
    // It began with what an earlier run of the pipeline had counted.
    let counters = &report["counters"];
    assert_eq!(counters["totals"]["records_out"], 3);
    assert_eq!(counters["totals"]["since"], "2026-11-21T22:00:00.123Z");
    assert_eq!(counters["since_activation"]["records_out"], 2);
    assert!(counters["since_activation"]["since"].as_str() > Some("2026-11-22"));
    assert_eq!(report["finished"], true);
    assert_eq!(agent.stop(), Some(0));
    server.plane().heartbeats.clear();
    let agent = node.run();
    pause(700);
    assert_eq!(node.starts().len(), 1);
    let after = crate::report(&server).unwrap();
    assert_eq!(
        (&after["finished"], &after["running"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!(agent.stop(), Some(0));
}

#[test]
fn what_a_deployment_counts_begins_where_its_runtime_says_however_late_that_is_heard() {
    let (server, node) = enrolled();
    // Records flow before that word: the region has five in it when it is first looked at.
    let region = ShmSequencedSlots::recreate(&node.path().join("region"), SlotClass::B256).unwrap();
    let slots = region.slots();
    let (ingress, egress) = (slots.ingress_counters(), slots.egress_counters());
    for (word, value) in [
        (ingress.records_in, 5),
        (ingress.bytes_in, 15),
        (egress.records_out, 5),
        (egress.bytes_out, 15),
    ] {
        word.store(value, Ordering::Relaxed);
    }
    server.deploy(&Deployment::new("d1", 1, "late", &node));
    let agent = node.run();
    wait_running(&server, &node, "d1");
    let report = report(&server).unwrap();
    let counted = &report["counters"];
    assert_eq!(counted["totals"]["records_in"], 5);
    assert_eq!(counted["since_activation"]["records_in"], 4);
    assert_eq!(counted["since_activation"]["records_out"], 4);
    assert_eq!(agent.stop(), Some(0));
}

#[test]
fn rotated_keys_arrive_before_the_bundle_they_signed_and_revoked_ones_stay_revoked() {
    let (server, node) = enrolled();
    let agent = node.run();
    let fresh = TestKey::from_seed("approval-2", KeyPurpose::Approval, [5; 32]);
    let mut keys = key_set(&[&approval_key(), &manifest_key(), &fresh]);
    keys.keys[0].state = KeyState::Revoked;
    server.plane().keys = Some(keys.clone());
    let mut deployment = Deployment::new("d1", 1, "runs", &node);
    deployment.approval_key = fresh;
    server.deploy(&deployment);
    wait_running(&server, &node, "d1");
    wait_for("the digest of the new keys", &node, || {
        (server.plane().heartbeats.last()?["key_set_digest"] == keys.digest()).then_some(())
    });
    server.deploy(&Deployment::new("d2", 2, "runs2", &node));
    assert_eq!(
        wait_status(&server, &node, "d2", "failed")["code"],
        "E_CRED_KEY"
    );
    // The control plane can't bring a revoked key back, nor swap the bytes behind an id.
    keys.keys[0].state = KeyState::Active;
    server.plane().keys = Some(keys.clone());
    wait_for("a refused refresh", &node, || {
        node.log().contains("was revoked").then_some(())
    });
    let stored = std::fs::read_to_string(node.state().join("keys.json")).unwrap();
    assert!(stored.contains("revoked"));
    wait_for("a word about it in the heartbeat", &node, || {
        let plane = server.plane();
        let refused = &plane.heartbeats.last()?["refused_keys"];
        (refused[0]["kid"] == "approval-1" && refused[0]["code"] == "E_KEY_REVOKED").then_some(())
    });
    assert_eq!(agent.stop(), Some(0));
}

#[test]
fn a_runtime_that_ignores_the_request_to_stop_does_not_keep_the_agent() {
    let (server, node) = enrolled();
    server.deploy(&Deployment::new("d1", 1, "stubborn", &node));
    let agent = node.run();
    wait_running(&server, &node, "d1");
    let begun = std::time::Instant::now();
    assert_eq!(agent.stop(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn an_order_does_not_wait_for_the_next_heartbeat_and_what_came_of_it_neither() {
    let (server, node) = enrolled();
    {
        let mut plane = server.plane();
        plane.holds = true;
        plane.interval_ms = Some(60_000);
    }
    let agent = node.run();
    wait_for("somebody who waits", &node, || {
        (server.plane().heartbeats.len() == 1).then_some(())
    });
    for (id, epoch, stage) in [("d1", 1, "copy"), ("d2", 2, "crashes")] {
        server.deploy(&Deployment::new(id, epoch, stage, &node));
        // Far sooner than a minute: the phases on its way, and the end.
        wait_running(&server, &node, id);
        wait_status(&server, &node, id, "active");
    }
    // A crash is news as well, and so is that it runs again.
    let report = wait_phase(&server, &node, "d2", "starting");
    assert!(report["running"].is_null());
    wait_running(&server, &node, "d2");
    assert_eq!(agent.stop(), Some(0));
}

#[test]
fn a_control_plane_that_holds_nothing_back_is_not_asked_to() {
    let (server, node) = enrolled();
    let agent = node.run();
    server.deploy(&Deployment::new("d1", 1, "copy", &node));
    wait_running(&server, &node, "d1");
    assert_eq!(server.plane().waits, 0);
    assert_eq!(agent.stop(), Some(0));
}

/// One ingress, a fan-out, two egresses.
fn graph() -> PipelineSpecV1 {
    let graph = LaneGraphBuilder::new()
        .fanout_broadcast("in.fan", 2)
        .events("graph.all")
        .events("some.few")
        .ingress("in", "in.fan")
        .stage("graph", "identity", "in.fan", "graph.all")
        .stage("some", "sample:2", "in.fan", "some.few")
        .egress("all", "graph.all")
        .egress("few", "some.few");
    graph.build().unwrap()
}

struct Nowhere;

impl RecordSink for Nowhere {
    fn take(&mut self, _: u64, _: SinkRecord<'_>) -> Result<(), SinkFailure> {
        Ok(())
    }

    fn idle(&mut self) -> Result<(), SinkFailure> {
        Ok(())
    }
}

impl EgressSink for Nowhere {
    fn take(&mut self, _: &[u8]) -> Result<(), SinkFailure> {
        Ok(())
    }
}

/// The folder of lanes that a run of `graph` left behind, with three records in.
fn lanes(folder: &std::path::Path) {
    let spec = graph();
    let PipelineSpecV1::LaneGraph(graph) = &spec else {
        unreachable!("it is one");
    };
    let sink = |id: &str| (id.to_owned(), Box::new(Nowhere) as Box<dyn EgressSink>);
    let options = lane_graph::Options {
        lanes: lane_graph::LanesIn::Folder(folder.to_owned()),
        ..Default::default()
    };
    let same = |_: &str, _: &str| Ok(Box::new(Same) as Box<dyn Stage>);
    let sinks = [sink("all"), sink("few")].into();
    let mut running = LaneGraph::start(graph, &same, sinks, &options).unwrap();
    let mut ingress = running.ingress("in").unwrap();
    (0..3).for_each(|_| ingress.append(b"record").unwrap());
    ingress.end();
    running.drain(Duration::from_secs(10)).unwrap();
    running.stop_and_join().unwrap();
}

/// The region that a run of one stage left behind, with three records in.
fn ring(path: &std::path::Path) {
    std::fs::remove_file(path).unwrap();
    let spec = SingleRingBuilder::new().stage("works", "identity", &[]);
    let region = ShmSequencedSlots::create(path, SlotClass::B256).unwrap();
    let same = |_: &str, _: &str| Ok(Box::new(Same) as Box<dyn Stage>);
    let options = Default::default();
    let mut running =
        SingleRing::start(&spec.ring(), region, &same, Box::new(Nowhere), options).unwrap();
    let mut producer = running.producer().unwrap();
    for _ in 0..3 {
        producer.try_publish(b"record").unwrap();
    }
    running.drain(Duration::from_secs(10)).unwrap();
    running.stop_and_join().unwrap();
}

struct Same;

impl Stage for Same {
    fn process(&mut self, _: &[u8], _: &mut Output<'_>) -> Result<Outcome, StageFailure> {
        Ok(Outcome::Forward)
    }
}

#[test]
fn a_graph_is_started_over_a_folder_of_lanes_and_reported_with_its_names() {
    let (server, node) = enrolled();
    lanes(&node.path().join("lanes"));
    let mut deployment = Deployment::new("d1", 1, "graph", &node);
    deployment.spec = Some(graph());
    deployment.output = "out.{boundary}";
    server.deploy(&deployment);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_byteor-agent"));
    let agent = node.run_with_flags(&mut command, &["--record-choices"]);
    wait_status(&server, &node, "d1", "active");
    let report = wait_running(&server, &node, "d1");
    let snapshot = &report["snapshot"];
    assert_eq!(snapshot["kind"], "lane_graph");
    let tuning = json!({ "workers": "dedicated", "wait": "backoff" });
    assert_eq!(snapshot["tuning"], tuning);
    assert_eq!(snapshot["lanes"][1]["id"], "in.fan");
    assert_eq!(snapshot["lanes"][1]["kind"], "fanout_broadcast");
    assert_eq!(snapshot["lanes"][1]["published"], 3);
    assert_eq!(snapshot["roles"][1]["id"], "some");
    assert_eq!(snapshot["roles"][1]["state"], "waits_for_records");
    assert_eq!(snapshot["endpoints"][2]["id"], "in");
    // The counters go on from what another spec counted over the same checkpoint.
    assert_eq!(snapshot["counters"]["records_in"], 103);
    assert_eq!(snapshot["counters"]["records_out"], 96);
    let starts = node.starts();
    let choices = node.state().join("slots").join(SLOT).join("choices");
    assert!(starts[0].contains(&format!("--record-choices={}", choices.display())));
    assert!(starts[0].contains(".lanes "), "{}", starts[0]);
    assert_eq!(agent.stop(), Some(0));
}

#[test]
fn a_ring_of_several_shards_is_reported_as_one() {
    let (server, node) = enrolled();
    ring(&node.path().join("region"));
    let mut deployment = Deployment::new("d1", 1, "works", &node);
    let key = ShardKey {
        offset: 0,
        length: 1,
    };
    let ring = SingleRingBuilder::new().per_key(2, key);
    deployment.spec = Some(ring.stage("works", "identity", &[]).build());
    server.deploy(&deployment);
    let agent = node.run();
    wait_status(&server, &node, "d1", "active");
    let snapshot = &wait_running(&server, &node, "d1")["snapshot"];
    assert_eq!(snapshot["kind"], "single_ring");
    // The rings of both shards are the same one here.
    assert_eq!(snapshot["counters"]["records_in"], 6);
    assert_eq!(snapshot["counters"]["bytes_in"], 36);
    assert_eq!(snapshot["cursor"], 6);
    assert_eq!(snapshot["stages"][0]["processed"], 6);
    assert_eq!(snapshot["stages"][0]["lag"], 0);
    assert!(node.starts()[0].contains(".shards "), "{:?}", node.starts());
    assert_eq!(agent.stop(), Some(0));
}

#[test]
fn what_the_hosts_owner_lets_pipelines_reach_is_passed_on_and_nothing_else() {
    let (server, node) = enrolled();
    server.deploy(&Deployment::new("d1", 1, "first", &node));
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_byteor-agent"));
    let rules = ["--allow-net=127.0.0.1:9200", "--allow-net=[2001:db8::]/32"];
    let refused = node.run_with_flags(&mut command, &rules);
    assert_eq!(refused.wait(), Some(2), "{}", node.log());
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_byteor-agent"));
    let rules = ["--allow-net=127.0.0.1:9200", "--allow-net=Records.example"];
    let agent = node.run_with_flags(&mut command, &rules);
    wait_status(&server, &node, "d1", "active");
    let starts = node.starts();
    assert!(
        starts[0].contains("--allow-net=127.0.0.1/32:9200 --allow-net=records.example "),
        "{}",
        starts[0]
    );
    assert_eq!(agent.stop(), Some(0));
}

#[test]
fn a_binding_that_does_not_wire_all_boundaries_is_refused() {
    let (server, node) = enrolled();
    let mut deployment = Deployment::new("d1", 1, "graph", &node);
    deployment.spec = Some(graph());
    server.deploy(&deployment);
    let agent = node.run();
    let status = wait_status(&server, &node, "d1", "failed");
    assert_eq!(status["code"], "E_CONFIG_INVALID");
    let message = status["message"].as_str().unwrap();
    assert!(message.contains("E_CONFIG_BOUNDARY_MISSING"), "{message}");
    assert!(node.starts().is_empty());
    assert_eq!(agent.stop(), Some(0));
}
