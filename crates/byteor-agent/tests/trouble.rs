//! Refused, host trouble and failed health against real processes: what ends, what is tried again,
//! and what goes on meanwhile.

mod common;

use std::process::Command;
use std::time::Duration;

use byteor_config::ReadMode;
use common::*;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::{Value, json};

fn enrolled() -> (Server, Node) {
    let (server, node) = (Server::start(), Node::new());
    let output = node.enroll(&server);
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{words}");
    (server, node)
}

fn starts_of(node: &Node, stage: &str) -> usize {
    let starts = node.starts();
    let stage = format!("{stage} ");
    starts
        .iter()
        .filter(|start| start.starts_with(&stage))
        .count()
}

#[test]
fn a_full_disk_is_waited_for_and_then_the_deployment_activates_without_a_person() {
    let (server, node) = enrolled();
    server.deploy(&Deployment::new("d1", 1, "runs", &node));
    // No file of the agent may grow beyond two kilobytes: records fit, a bundle doesn't.
    let limited = r#"trap '' XFSZ; ulimit -S -f 4; exec "$0" "$@""#;
    let agent =
        node.run_with(Command::new("sh").args(["-c", limited, env!("CARGO_BIN_EXE_byteor-agent")]));
    let report = wait_for("the second try", &node, || {
        report(&server).filter(|report| report["attempted"]["tries"].as_u64() >= Some(2))
    });
    let attempted = &report["attempted"];
    assert_eq!(attempted["phase"], "retrying");
    assert_eq!(attempted["code"], "E_STATE");
    assert!(
        attempted["message"]
            .as_str()
            .unwrap()
            .contains("bundle.tar")
    );
    assert!(attempted["next_try_at"].is_string());
    // Nobody was told that it ended, and nothing is quarantined.
    assert!(server.plane().statuses.is_empty());
    assert_eq!(node.slot_record()["quarantine"], json!([]));
    let pid = Pid::from_raw(agent.child.id().cast_signed());
    let roomy = Rlimit {
        current: None,
        maximum: None,
    };
    prlimit(pid, Resource::Fsize, roomy).unwrap();
    wait_status(&server, &node, "d1", "active");
    wait_running(&server, &node, "d1");
    assert_eq!(agent.stop(), Some(0));
}

#[test]
fn a_runtime_that_can_not_be_started_is_tried_again_until_it_can() {
    let (server, node) = enrolled();
    let agent = node.run();
    wait_for("heartbeat", &node, || {
        server.plane().heartbeats.last().cloned()
    });
    let edgeplane = node.path().join("edgeplane");
    let away = node.path().join("away");
    std::fs::rename(&edgeplane, &away).unwrap();
    server.deploy(&Deployment::new("d1", 1, "runs", &node));
    let report = wait_phase(&server, &node, "d1", "retrying");
    assert_eq!(report["attempted"]["code"], "E_RUNTIME_START");
    std::fs::rename(&away, &edgeplane).unwrap();
    wait_running(&server, &node, "d1");
    assert_eq!(agent.stop(), Some(0));
}

#[test]
fn what_fails_its_health_is_tried_again_on_a_ladder_that_ends() {
    let (server, node) = enrolled();
    let time = TestTime::new();
    server.deploy(&Deployment::new("d1", 1, "runs", &node));
    let agent = node.run_within(&time);
    wait_running(&server, &node, "d1");
    server.deploy(&Deployment::new("d2", 2, "refuses", &node));
    for (falls, wait) in [(1, 30), (2, 120), (3, 600)] {
        let report = wait_for(&format!("fall {falls}"), &node, || {
            report(&server).filter(|report| {
                report["attempted"]["phase"] == "fell_back"
                    && report["attempted"]["tries"] == falls
                    && report["running"]["deployment_id"] == "d1"
            })
        });
        assert_eq!(report["attempted"]["code"], "E_INPUT_MISSING");
        assert_eq!(starts_of(&node, "refuses"), falls);
        time.pass(wait);
    }
    let status = wait_status(&server, &node, "d2", "failed");
    assert_eq!(status["final"], true);
    assert_eq!(status["code"], "E_INPUT_MISSING");
    let report = wait_phase(&server, &node, "d2", "failed");
    assert_eq!(report["attempted"]["tries"], 4);
    assert_eq!(report["attempted"]["next_try_at"], Value::Null);
    wait_running(&server, &node, "d1");
    // It is wanted still, and tried no more.
    time.pass(10_000);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(starts_of(&node, "refuses"), 4);
    agent.stop().unwrap();
}

#[test]
fn a_damaged_slot_file_stops_that_slot_only_until_it_is_put_back() {
    let (server, node) = enrolled();
    let one = Deployment::new("d1", 1, "runs", &node);
    let mut other = Deployment::new("d2", 1, "runs2", &node);
    other.slot = "returns".to_owned();
    server.deploy_all(&[&one, &other]);
    let agent = node.run();
    wait_running(&server, &node, "d1");
    wait_for("the other slot", &node, || {
        report_of(&server, "returns").filter(|report| report["running"].is_object())
    });
    assert_eq!(agent.stop(), Some(0));
    let record = node.state().join("slots/orders/slot.json");
    let sound = std::fs::read(&record).unwrap();
    std::fs::write(&record, &sound[..sound.len() / 2]).unwrap();
    server.plane().heartbeats.clear();
    let agent = node.run();
    let report = wait_phase(&server, &node, "d1", "retrying");
    assert_eq!(report["attempted"]["code"], "E_SLOT_DAMAGED");
    assert!(report["attempted"]["next_try_at"].is_string());
    assert_eq!(report["running"], Value::Null);
    wait_for("the other slot", &node, || {
        report_of(&server, "returns").filter(|report| report["running"]["deployment_id"] == "d2")
    });
    assert_eq!(starts_of(&node, "runs"), 1);
    std::fs::write(&record, sound).unwrap();
    wait_running(&server, &node, "d1");
    // It went on from where it was, and was not fetched again.
    assert_eq!(
        server
            .plane()
            .fetches
            .iter()
            .filter(|id| *id == "d1")
            .count(),
        1
    );
    assert_eq!(agent.stop(), Some(0));
}

#[test]
fn a_65th_slot_is_refused_in_sight_and_slots_that_ended_make_room() {
    let (server, node) = enrolled();
    for number in 0..64 {
        let folder = node.state().join(format!("slots/slot-{number}"));
        std::fs::create_dir_all(&folder).unwrap();
        let record = json!({ "v": 1, "epoch": 7, "epoch_bundle_hash": null, "active": null,
                             "stopped": false, "quarantine": [] });
        std::fs::write(folder.join("slot.json"), record.to_string()).unwrap();
    }
    let time = TestTime::new();
    let agent = node.run_within(&time);
    server.deploy(&Deployment::new("d1", 1, "runs", &node));
    let status = wait_status(&server, &node, "d1", "failed");
    assert_eq!(
        (&status["code"], &status["final"]),
        (&json!("E_SLOT_LIMIT"), &json!(true))
    );
    let refused = wait_for("the refusal in a heartbeat", &node, || {
        let plane = server.plane();
        let refused = plane.heartbeats.last()?["refused_slots"].clone();
        (refused != json!([])).then_some(refused)
    });
    assert_eq!(refused[0]["slot"], SLOT);
    assert_eq!(refused[0]["deployment_id"], "d1");
    assert_eq!(refused[0]["code"], "E_SLOT_LIMIT");
    // Nothing is left of those that are there: a minute later they are gone.
    time.pass(61);
    wait_for("room", &node, || {
        let plane = server.plane();
        (plane.heartbeats.last()?["slots"] == json!([])).then_some(())
    });
    // What was refused stays refused, and a newer one is taken.
    std::thread::sleep(Duration::from_millis(300));
    assert!(server.plane().fetches.is_empty());
    server.deploy(&Deployment::new("d2", 2, "runs", &node));
    wait_running(&server, &node, "d2");
    assert_eq!(
        server.plane().heartbeats.last().unwrap()["refused_slots"],
        json!([])
    );
    agent.stop().unwrap();
    // A retired slot stays so, and keeps its epoch.
    let record = std::fs::read(node.state().join("slots/slot-3/slot.json")).unwrap();
    let record: Value = serde_json::from_slice(&record).unwrap();
    assert_eq!(
        (&record["epoch"], &record["retired"]),
        (&json!(7), &json!(true))
    );
    let agent = node.run_within(&time);
    let slots = wait_for("heartbeat", &node, || {
        server
            .plane()
            .heartbeats
            .last()
            .map(|heartbeat| heartbeat["slots"].clone())
    });
    assert_eq!(slots.as_array().unwrap().len(), 1);
    agent.stop().unwrap();
}

#[test]
fn a_clock_that_is_set_back_revives_nothing() {
    let (server, node) = enrolled();
    let time = TestTime::new();
    let mut deployment = Deployment::new("d1", 1, "runs", &node);
    deployment.credential_expires_at = now() + 100;
    let agent = node.run_within(&time);
    wait_for("heartbeat", &node, || {
        server.plane().heartbeats.last().cloned()
    });
    time.pass(200);
    // Seen by the agent, then taken back while it is down.
    wait_for("a heartbeat of later", &node, || {
        let plane = server.plane();
        (plane.heartbeats.len() > 5).then_some(())
    });
    agent.stop().unwrap();
    time.set_back(200);
    server.deploy(&deployment);
    let agent = node.run_within(&time);
    let status = wait_status(&server, &node, "d1", "failed");
    assert_eq!(status["code"], "E_CRED_EXPIRED");
    assert!(
        status["message"].as_str().unwrap().contains("latest time"),
        "{status}"
    );
    let behind = server.plane().heartbeats.last().unwrap()["clock_behind_ms"].as_u64();
    assert!(behind > Some(150_000), "{behind:?}");
    assert_eq!(node.starts().len(), 0);
    agent.stop().unwrap();
}

#[test]
fn a_clock_that_is_set_back_while_the_agent_runs_revives_nothing_either() {
    let (server, node) = enrolled();
    let time = TestTime::new();
    let mut deployment = Deployment::new("d1", 1, "runs", &node);
    deployment.credential_expires_at = now() + 100;
    let agent = node.run_within(&time);
    time.pass(200);
    more_heartbeats(2, &server, &node);
    time.set_back(200);
    server.deploy(&deployment);
    assert_eq!(
        wait_status(&server, &node, "d1", "failed")["code"],
        "E_CRED_EXPIRED"
    );
    agent.stop().unwrap();
}

/// Waits until so many more came: the agent has gone round as often.
fn more_heartbeats(more: usize, server: &Server, node: &Node) {
    let before = server.plane().heartbeats.len();
    wait_for("heartbeats", node, || {
        (server.plane().heartbeats.len() >= before + more).then_some(())
    });
}

#[test]
fn a_slow_download_stops_no_heartbeat() {
    let (server, node) = enrolled();
    server.plane().slow = true;
    server.deploy(&Deployment::new("d1", 1, "runs", &node));
    let agent = node.run();
    wait_for("the download's begin", &node, || {
        (!server.plane().fetches.is_empty()).then_some(())
    });
    more_heartbeats(10, &server, &node);
    let phase = server.plane().heartbeats.last().unwrap()["slots"][0]["attempted"]["phase"].clone();
    assert_eq!(phase, "fetching");
    server.plane().slow = false;
    wait_running(&server, &node, "d1");
    assert_eq!(server.plane().fetches.len(), 1);
    assert_eq!(agent.stop(), Some(0));
}

#[test]
fn what_a_rude_runtime_says_is_cleaned_before_it_is_quoted() {
    let (server, node) = enrolled();
    server.deploy(&Deployment::new("d1", 1, "rude", &node));
    let agent = node.run();
    let report = wait_phase(&server, &node, "d1", "fell_back");
    let words = report["last_words"].as_array().unwrap();
    assert!(
        words.contains(&json!(
            "nul \u{fffd} bell \u{fffd} \u{fffd}reversed \u{fffd}"
        )),
        "{words:?}"
    );
    assert_eq!(report["attempted"]["code"], "E_RUNTIME_FAILED");
    assert_eq!(report["attempted"]["message"], "nul \u{fffd} end");
    // Nothing of it in anything that was ever sent.
    let plane = server.plane();
    for heartbeat in &plane.heartbeats {
        let text = heartbeat.to_string();
        let plain = text.replace("\\\\u0000", "");
        assert!(
            !plain.contains("\\u0000") && !plain.contains("\\u0007"),
            "{text}"
        );
        assert!(!text.contains('\u{202e}'), "{text}");
    }
    drop(plane);
    assert_eq!(agent.stop(), Some(0));
}

#[test]
fn a_runtime_gets_an_environment_of_its_own_and_none_of_the_agents() {
    let (server, node) = enrolled();
    let deployment = Deployment::new("d1", 1, "runs", &node);
    server.deploy(&deployment);
    let agent = node.run_with(
        Command::new(env!("CARGO_BIN_EXE_byteor-agent"))
            .env("BYTEOR_AGENT_API_KEY", KEY)
            .env("BYTEOR_SPEC", "/elsewhere")
            .env("AWS_SECRET_ACCESS_KEY", "of somebody else"),
    );
    wait_running(&server, &node, "d1");
    let environment = std::fs::read_to_string(node.path().join("environment")).unwrap();
    assert_eq!(environment, "");
    assert_eq!(agent.stop(), Some(0));
}

#[test]
fn plain_http_beyond_loopback_is_refused_before_a_token_or_a_key_is_sent() {
    let server = Server::start();
    let port = server.url.rsplit(':').next().unwrap();
    // It reaches this host, and isn't a loopback address; no name helps.
    let elsewhere = format!("http://0.0.0.0:{port}");
    let node = Node::new();
    for url in [&elsewhere, &format!("http://192.0.2.1:{port}")] {
        let output = node.enroll_at(url, &[]);
        assert_eq!(output.status.code(), Some(1));
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(words.contains("error[E_PLAIN_HTTP]"), "{words}");
        assert!(words.contains("--allow-plain-http"), "{words}");
    }
    assert!(server.plane().enrolments.is_empty());
    // The host's owner may allow it, and enrolment keeps that.
    let output = node.enroll_at(&elsewhere, &["--allow-plain-http"]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let agent = node.run();
    wait_for("heartbeat", &node, || {
        server.plane().heartbeats.last().cloned()
    });
    assert_eq!(agent.stop(), Some(0));
    // An agent that was enrolled over loopback isn't led elsewhere by its environment.
    let (server, node) = enrolled();
    let agent = node.run_with(
        Command::new(env!("CARGO_BIN_EXE_byteor-agent")).env("BYTEOR_API_BASE_URL", &elsewhere),
    );
    assert_eq!(agent.wait(), Some(1));
    assert!(node.log().contains("E_PLAIN_HTTP"), "{}", node.log());
    assert!(server.plane().heartbeats.is_empty());
}

#[test]
fn a_control_plane_that_takes_only_the_given_body_is_enrolled_with() {
    let (server, node) = (Server::start(), Node::new());
    server.plane().given_body_only = true;
    let output = node.enroll(&server);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(server.plane().enrolments, [json!({ "name": "node" })]);
    let agent = node.run();
    // What it didn't say then, it says with each heartbeat.
    let heartbeat = wait_for("heartbeat", &node, || {
        server.plane().heartbeats.last().cloned()
    });
    assert_eq!(
        heartbeat["spec_features"],
        json!(["single_ring", "ring_shards", "lane_graph"])
    );
    assert_eq!(heartbeat["statement_versions"], json!([1, 2]));
    assert_eq!(heartbeat["allowed_roots"], json!([node.data()]));
    assert_eq!(agent.stop(), Some(0));
}

#[test]
fn of_a_key_set_what_is_valid_is_taken_and_the_rest_is_named() {
    let (server, node) = enrolled();
    let agent = node.run();
    let fresh = byteor_policy::sign::TestKey::from_seed(
        "approval-2",
        byteor_policy::KeyPurpose::Approval,
        [5; 32],
    );
    {
        let mut plane = server.plane();
        plane.keys = Some(key_set(&[&approval_key(), &manifest_key(), &fresh]));
        plane.broken_keys = vec![
            json!({ "kid": "odd", "alg": "RSA", "public_key": "", "purpose": "approval", "state": "active" }),
        ];
    }
    let mut deployment = Deployment::new("d1", 1, "runs", &node);
    deployment.approval_key = fresh;
    server.deploy(&deployment);
    wait_running(&server, &node, "d1");
    let heartbeat = server.plane().heartbeats.last().cloned().unwrap();
    assert_eq!(heartbeat["refused_keys"].as_array().unwrap().len(), 1);
    assert_eq!(heartbeat["refused_keys"][0]["kid"], "odd");
    assert_eq!(heartbeat["refused_keys"][0]["code"], "E_KEY_FORM");
    assert_eq!(agent.stop(), Some(0));
}

#[test]
fn a_finished_deployment_that_nobody_wants_any_more_is_retired() {
    let (server, node) = enrolled();
    let time = TestTime::new();
    let mut deployment = Deployment::new("d1", 1, "bounded", &node);
    deployment.mode = ReadMode::StopAtEnd;
    server.deploy(&deployment);
    let agent = node.run_within(&time);
    wait_status(&server, &node, "d1", "active");
    wait_for("the end", &node, || {
        report(&server).filter(|report| report["snapshot"]["counters"]["records_out"] == 3)
    });
    // As long as it is wanted, it is reported.
    time.pass(600);
    more_heartbeats(2, &server, &node);
    assert!(report(&server).is_some());
    server.plane().desired.clear();
    // The first of them may have been on its way; between them the agent asks what is desired.
    more_heartbeats(3, &server, &node);
    time.pass(61);
    wait_for("its retirement", &node, || {
        report(&server).is_none().then_some(())
    });
    let staged = node.state().join("slots").join(SLOT);
    let bundles = std::fs::read_dir(staged).unwrap();
    assert_eq!(
        bundles
            .filter(|entry| entry.as_ref().unwrap().path().is_dir())
            .count(),
        0
    );
    // Wanted again, it is fetched and verified again; an older epoch isn't.
    server.deploy(&Deployment::new("d2", 2, "runs", &node));
    wait_running(&server, &node, "d2");
    agent.stop().unwrap();
}
