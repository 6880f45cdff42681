//! The real agent against a control plane that is against it: nothing unapproved ever runs, and what
//! was approved goes on.

mod common;
#[path = "hostile/offers.rs"]
mod offers;
#[path = "../../byteor-policy/tests/common/mod.rs"]
mod parts;
#[path = "hostile/plane.rs"]
mod plane;
#[path = "hostile/tamperings.rs"]
mod tamperings;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use byteor_config::digest;
use byteor_policy::sign::TestKey;
use byteor_policy::{KeyPurpose, KeyState};
use common::{Agent, Node, wait_for};
use offers::{Offer, Offers};
use parts::{ENVIRONMENT, ORG, PROJECT, Parts, key_set, manifest_key};
use plane::{Elsewhere, Reply, Server, TOKEN, enrolment};
use serde_json::{Value, json};

/// Slot and first stage of what every test has running while it is lied to.
const APPROVED: &str = "approved";

/// At most as many slots as an agent takes, the approved one among them.
const AT_ONCE: usize = 60;

fn enroll(node: &Node, server: &Server) -> Output {
    std::fs::write(node.path().join("token"), TOKEN).unwrap();
    Command::new(env!("CARGO_BIN_EXE_byteor-agent"))
        .args([
            "enroll",
            &format!("--api={}", server.url),
            &format!("--org={ORG}"),
            &format!("--project={PROJECT}"),
            &format!("--environment={ENVIRONMENT}"),
            &format!("--token-file={}", node.path().join("token").display()),
            &format!("--state-dir={}", node.state().display()),
            &format!("--allow-root={}", node.data().display()),
        ])
        .output()
        .unwrap()
}

/// An agent that runs one approved pipeline.
struct Host {
    server: Server,
    node: Node,
    agent: Agent,
    /// What the control plane asks for so that it stays.
    approved: Value,
}

impl Host {
    fn start() -> Self {
        let (server, node) = (Server::start(), Node::new());
        let enrolled = enroll(&node, &server);
        assert!(enrolled.status.success(), "{enrolled:?}");
        let offers = Offers::under(node.data());
        let tar = offers.parts(APPROVED, APPROVED, APPROVED).tar();
        let approved = json!({ "slot": APPROVED, "deployment_id": APPROVED, "epoch": 7,
                               "bundle_hash": digest(&tar), "state": "run" });
        {
            let mut plane = server.plane();
            plane.desired = vec![approved.clone()];
            plane.bundles.insert(APPROVED.into(), Reply::Bytes(tar));
        }
        let agent = node.run();
        let host = Self {
            server,
            node,
            agent,
            approved,
        };
        host.wait("the approved pipeline", || {
            host.running(APPROVED).then_some(())
        });
        host
    }

    fn wait<T>(&self, what: &str, look: impl FnMut() -> Option<T>) -> T {
        wait_for(what, &self.node, look)
    }

    /// What the newest heartbeat says of a slot.
    fn report(&self, slot: &str) -> Option<Value> {
        let plane = self.server.plane();
        let slots = plane.heartbeats.last()?["slots"].as_array()?;
        slots.iter().find(|one| one["slot"] == slot).cloned()
    }

    /// Whether the slot proves that a deployment runs.
    fn running(&self, slot: &str) -> bool {
        self.report(slot)
            .is_some_and(|report| report["running"].is_object())
    }

    /// Asks for these beside the approved one.
    fn desire(&self, more: impl IntoIterator<Item = Value>) {
        let mut desired = vec![self.approved.clone()];
        desired.extend(more);
        self.server.plane().desired = desired;
    }

    /// Waits until the agent has reported so many times more.
    fn heartbeats(&self, more: usize) {
        let before = self.server.plane().heartbeats.len();
        self.wait("heartbeats", || {
            (self.server.plane().heartbeats.len() >= before + more).then_some(())
        });
    }

    /// Offers a bundle and asks for it, announcing `epoch`, whatever stands in it.
    fn offer(&self, parts: &Parts, epoch: u64) -> Value {
        let tar = parts.tar();
        let id = &parts.manifest.deployment_id;
        let desired = json!({ "slot": parts.manifest.slot, "deployment_id": id, "epoch": epoch,
                              "bundle_hash": digest(&tar), "state": "run" });
        let reply = Reply::Bytes(tar);
        self.server.plane().bundles.insert(id.clone(), reply);
        desired
    }

    /// Waits until the agent said that it refused a deployment for good; answers with which code.
    fn refused(&self, deployment: &str) -> String {
        let status = self.wait(&format!("status of {deployment}"), || {
            self.server.plane().statuses.get(deployment).cloned()
        });
        assert_eq!(status["phase"], "failed", "{status}");
        assert_eq!(status["final"], true, "{status}");
        status["code"].as_str().unwrap().to_owned()
    }

    /// Nothing but these ever ran, each started once; no member of anything else is on the disk, and
    /// the approved pipeline runs.
    fn only_ran(self, approved: &[&str]) {
        self.heartbeats(3);
        assert!(self.running(APPROVED), "{}", self.node.log());
        let starts = self.node.starts();
        let ran: Vec<&str> = starts
            .iter()
            .map(|start| start.split(' ').next().unwrap())
            .collect();
        assert_eq!(ran, approved, "{}", self.node.log());
        let mut specs = Vec::new();
        find(&self.node.state(), "spec.kv", &mut specs);
        for path in specs {
            let known = approved
                .iter()
                .any(|slot| path.contains(&format!("/slots/{slot}/")));
            assert!(known, "{path}");
        }
        assert_eq!(self.agent.stop(), Some(0), "{}", self.node.log());
    }
}

/// Files of this name below a folder.
fn find(folder: &Path, name: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, name, found);
        } else if path.file_name().unwrap() == name {
            found.push(path.to_str().unwrap().to_owned());
        }
    }
}

#[test]
fn every_tampering_of_a_bundle_is_refused_for_good_by_its_code() {
    let mut first = 0;
    loop {
        let host = Host::start();
        let mut offers = Offers::under(host.node.data());
        tamperings::all(&mut offers);
        let end = offers.all.len().min(first + AT_ONCE);
        let some = &offers.all[first..end];
        refuses(&host, some);
        host.only_ran(&[APPROVED]);
        if end == offers.all.len() {
            break;
        }
        first = end;
    }
}

fn refuses(host: &Host, offers: &[Offer]) {
    {
        let mut plane = host.server.plane();
        for offer in offers {
            let reply = Reply::Bytes(offer.tar.clone());
            plane.bundles.insert(offer.deployment.clone(), reply);
        }
    }
    host.desire(offers.iter().map(Offer::desired));
    for offer in offers {
        let said = host.refused(&offer.deployment);
        match offer.code {
            Some(code) => assert_eq!(said, code, "{}", offer.of),
            None => assert!(refusals().contains(&said), "{}: {said}", offer.of),
        }
        // The next heartbeat says it too.
        let report = host.wait(&format!("refusal of {}", offer.of), || {
            let report = host.report(&offer.slot)?;
            (report["attempted"]["phase"] == "refused").then_some(report)
        });
        assert_eq!(report["running"], Value::Null, "{}: {report}", offer.of);
        assert_eq!(report["attempted"]["code"], said, "{}: {report}", offer.of);
    }
}

/// Every code with which `byteor-policy` refuses a bundle; `trials.rs` has those of requests to try
/// connections.
fn refusals() -> BTreeSet<String> {
    let source = policy("src/refusal.rs");
    let codes: BTreeSet<String> = source
        .split('"')
        .filter(|part| part.starts_with("E_") && !part.starts_with("E_TRIAL_"))
        .map(str::to_owned)
        .collect();
    assert!(codes.len() >= 23, "{codes:?}");
    codes
}

fn policy(path: &str) -> String {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(here.join("../byteor-policy").join(path)).unwrap()
}

/// A tampering that `byteor-policy` learns to refuse needs a case here.
#[test]
fn no_tampering_and_no_code_is_without_a_case() {
    let mut offers = Offers::under("/data".into());
    tamperings::all(&mut offers);
    let codes: BTreeSet<String> = offers
        .all
        .iter()
        .filter_map(|offer| offer.code.map(str::to_owned))
        .collect();
    assert_eq!(codes, refusals());

    let source = policy("tests/bundle.rs");
    let tests: BTreeSet<&str> = source
        .split("#[test]\nfn ")
        .skip(1)
        .map(|test| test.split('(').next().unwrap())
        .filter(|test| !tamperings::NO_TAMPERING.contains(test))
        .collect();
    let cases: BTreeSet<&str> = offers
        .all
        .iter()
        .map(|offer| offer.of)
        .filter(|of| *of != tamperings::CREDENTIAL)
        .collect();
    assert_eq!(cases, tests);
}

#[test]
fn epochs_never_go_back_whatever_is_announced() {
    let mut host = Host::start();
    let offers = Offers::under(host.node.data());
    let older = |id: &str, epoch| {
        let mut parts = offers.parts(APPROVED, id, "tampered");
        parts.manifest.epoch = epoch;
        parts
    };
    let refuses = |host: &Host, id: &str, epoch, announced| {
        let desired = host.offer(&older(id, epoch), announced);
        host.server.plane().desired = vec![desired];
        assert_eq!(host.refused(id), "E_EPOCH_STALE", "{id}");
        assert_eq!(
            host.report(APPROVED).unwrap()["running"]["epoch"],
            7,
            "{id}"
        );
    };
    refuses(&host, "older", 6, 6);
    refuses(&host, "older-as-newer", 6, 9);
    refuses(&host, "the-same-with-other-bytes", 7, 8);

    // A control plane that waits until the agent was killed finds it no more forgetful.
    host.desire([]);
    let Host {
        server,
        node,
        agent,
        approved,
    } = host;
    agent.kill();
    let agent = node.run();
    host = Host {
        server,
        node,
        agent,
        approved,
    };
    host.wait("the approved pipeline again", || {
        (host.running(APPROVED) && host.node.starts().len() == 2).then_some(())
    });
    refuses(&host, "older-after-a-restart", 6, 10);
    host.only_ran(&[APPROVED, APPROVED]);
}

#[test]
fn a_key_set_that_is_half_valid_lets_no_key_in_that_is_not() {
    let theirs = |kid: &str| TestKey::from_seed(kid, KeyPurpose::Approval, [9; 32]);
    let theirs_in_set = |kid| serde_json::to_value(theirs(kid).trusted(KeyState::Active)).unwrap();
    let good = serde_json::to_value(key_set()).unwrap();
    let with = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut set = good.clone();
        change(set["keys"].as_array_mut().unwrap());
        set
    };
    // The set, the key that signs what nobody approved, what the heartbeat says of the key, and what
    // refuses the bundle.
    let cases = [
        (
            "other-bytes",
            with(&|keys| keys[0] = theirs_in_set("approval-1")),
            "approval-1",
            Some("E_KEY_CHANGED"),
            "E_CRED_SIGNATURE",
        ),
        (
            "twice",
            with(&|keys| keys.push(theirs_in_set("approval-1"))),
            "approval-1",
            Some("E_KEY_TWICE"),
            "E_CRED_SIGNATURE",
        ),
        (
            "no-such-algorithm",
            with(&|keys| {
                keys.push(theirs_in_set("approval-9"));
                keys[2]["alg"] = "none".into();
            }),
            "approval-9",
            Some("E_KEY_FORM"),
            "E_CRED_KEY",
        ),
        (
            "for-manifests-too",
            with(&|keys| keys[1]["purpose"] = "approval".into()),
            "manifest-1",
            Some("E_KEY_CHANGED"),
            "E_CRED_KEY",
        ),
        (
            "another-organization",
            {
                let mut set = with(&|keys| keys.push(theirs_in_set("approval-9")));
                set["org_id"] = "other".into();
                set
            },
            "approval-9",
            None,
            "E_CRED_KEY",
        ),
    ];
    for (name, set, kid, said, code) in cases {
        let host = Host::start();
        {
            let mut plane = host.server.plane();
            plane.keys_digest = digest(set.to_string());
            plane.keys = Reply::Json(200, set);
        }
        match said {
            Some(said) => host.wait(name, || {
                let plane = host.server.plane();
                let refused = plane.heartbeats.last()?["refused_keys"].as_array()?.clone();
                let known = |one: &Value| one["kid"] == kid && one["code"] == said;
                refused.iter().any(known).then_some(())
            }),
            None => host.wait(name, || {
                let plane = host.server.plane();
                let asked = |one: &String| one.ends_with("/signing-keys");
                plane.requests.iter().any(asked).then_some(())
            }),
        }
        let offers = Offers::under(host.node.data());
        let mut parts = offers.parts("theirs", name, "tampered");
        parts.approval_key = if kid == "manifest-1" {
            manifest_key()
        } else {
            theirs(kid)
        };
        host.desire([host.offer(&parts, 7)]);
        assert_eq!(host.refused(name), code, "{name}");
        // What was trusted is trusted still.
        let second = offers.parts("second", "second", "second");
        host.desire([host.offer(&second, 7)]);
        host.wait("a second approved pipeline", || {
            host.running("second").then_some(())
        });
        host.only_ran(&[APPROVED, "second"]);
    }
}

#[test]
fn without_a_key_set_that_can_be_read_nothing_new_is_even_fetched() {
    let host = Host::start();
    let offers = Offers::under(host.node.data());
    let mut theirs = offers.parts("theirs", "theirs", "tampered");
    theirs.approval_key = TestKey::from_seed("approval-9", KeyPurpose::Approval, [9; 32]);
    let theirs = host.offer(&theirs, 7);
    for reply in [
        Reply::Json(200, json!(["approval-9"])),
        Reply::Bytes(b"<html>".to_vec()),
        Reply::Large(5 * 1024 * 1024),
    ] {
        {
            let mut plane = host.server.plane();
            plane.keys_digest = digest(format!("{reply:?}"));
            plane.keys = reply;
        }
        host.desire([theirs.clone()]);
        host.heartbeats(2);
        let plane = host.server.plane();
        let asked = |what: &str| plane.requests.iter().any(|one| one.ends_with(what));
        assert!(asked("/signing-keys"));
        assert!(!asked("/deployments/theirs/bundle"));
    }
    // With the keys that it has, it goes on.
    host.server.plane().serve_keys(&key_set());
    assert_eq!(host.refused("theirs"), "E_CRED_KEY");
    let second = offers.parts("second", "second", "second");
    host.desire([host.offer(&second, 7)]);
    host.wait("a second approved pipeline", || {
        host.running("second").then_some(())
    });
    host.only_ran(&[APPROVED, "second"]);
}

#[test]
fn a_key_that_was_revoked_stays_so_whatever_a_later_set_says() {
    let host = Host::start();
    let withdrawn = TestKey::from_seed("approval-2", KeyPurpose::Approval, [5; 32]);
    for (state, said) in [
        (KeyState::Revoked, None),
        (KeyState::Active, Some("E_KEY_REVOKED")),
    ] {
        let mut keys = key_set();
        keys.keys.push(withdrawn.trusted(state));
        host.server.plane().serve_keys(&keys);
        host.wait("the set is taken", || {
            let plane = host.server.plane();
            let heartbeat = plane.heartbeats.last()?;
            match said {
                None => (heartbeat["key_set_digest"] == keys.digest()).then_some(()),
                Some(said) => (heartbeat["refused_keys"][0]["code"] == said).then_some(()),
            }
        });
    }
    let offers = Offers::under(host.node.data());
    let mut parts = offers.parts("theirs", "theirs", "tampered");
    parts.approval_key = withdrawn;
    host.desire([host.offer(&parts, 7)]);
    assert_eq!(host.refused("theirs"), "E_CRED_KEY");
    host.only_ran(&[APPROVED]);
}

/// The most memory that the agent ever had, in bytes.
fn peak_memory(agent: &Agent) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", agent.child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.unwrap().trim().trim_end_matches(" kB");
    kilobytes.parse::<u64>().unwrap() * 1024
}

#[test]
fn downloads_that_are_too_large_too_slow_cut_or_elsewhere_hold_up_nothing() {
    let host = Host::start();
    let elsewhere = Elsewhere::start();
    let offers = Offers::under(host.node.data());
    let redirect = |status| Reply::Redirect(status, elsewhere.url.clone());
    let replies = [
        Reply::Large(17 * 1024 * 1024),
        Reply::Large(u64::from(u32::MAX) * 4),
        Reply::Endless,
        Reply::Cut(offers.parts("slot-3", "deployment-3", "tampered").tar()),
        redirect(301),
        redirect(302),
        redirect(303),
        redirect(307),
        redirect(308),
        Reply::Json(200, json!({ "bundle": "here" })),
        Reply::Json(500, json!("no")),
        Reply::Drip,
    ];
    let mut desired = Vec::new();
    for (number, reply) in replies.iter().enumerate() {
        let (slot, id) = (format!("slot-{number}"), format!("deployment-{number}"));
        let parts = offers.parts(&slot, &id, "tampered");
        desired.push(host.offer(&parts, 7));
        host.server.plane().bundles.insert(id, reply.clone());
    }
    host.desire(desired.clone());
    for (number, reply) in replies.iter().enumerate() {
        let slot = format!("slot-{number}");
        // One that drips is on its way for as long as a download may take.
        let (phase, code) = match reply {
            Reply::Drip => ("fetching", Value::Null),
            Reply::Json(200, _) => ("refused", json!("E_BUNDLE_HASH")),
            _ => ("retrying", json!("E_FETCH")),
        };
        host.wait(&format!("{phase} of {reply:?}"), || {
            let attempted = host.report(&slot)?["attempted"].clone();
            (attempted["phase"] == phase && attempted["code"] == code).then_some(())
        });
    }
    assert_eq!(elsewhere.asked(), 0);
    assert_eq!(host.server.plane().statuses.get("deployment-4"), None);
    host.heartbeats(10);
    // What is good gets through beside all of it.
    let second = offers.parts("second", "second", "second");
    desired.push(host.offer(&second, 7));
    host.desire(desired);
    host.wait("a second approved pipeline", || {
        host.running("second").then_some(())
    });
    let peak = peak_memory(&host.agent);
    assert!(peak < 256 * 1024 * 1024, "{peak} bytes");
    assert_eq!(elsewhere.asked(), 0);
    host.only_ran(&[APPROVED, "second"]);
}

#[test]
fn answers_to_heartbeats_that_make_no_sense_change_nothing() {
    let host = Host::start();
    let elsewhere = Elsewhere::start();
    let deep = [vec![b'['; 200_000], vec![b']'; 200_000]].concat();
    let good = |desired: Value| {
        Reply::Json(
            200,
            json!({ "desired": desired, "key_set_digest": key_set().digest(),
                    "heartbeat_interval_ms": 100 }),
        )
    };
    let run = |slot: &str, id: &str, hash: &str| {
        good(
            json!([{ "slot": slot, "deployment_id": id, "epoch": 7, "bundle_hash": hash,
                      "state": "run" }]),
        )
    };
    let hash = digest("bundle");
    let long = "a".repeat(129);
    let replies = [
        Reply::Redirect(301, elsewhere.url.clone()),
        Reply::Redirect(307, elsewhere.url.clone()),
        Reply::Redirect(308, elsewhere.url.clone()),
        Reply::Bytes(b"<html>".to_vec()),
        Reply::Bytes(Vec::new()),
        Reply::Bytes(deep),
        Reply::Large(5 * 1024 * 1024),
        Reply::Endless,
        Reply::Cut(b"{}".to_vec()),
        Reply::Json(200, json!({})),
        Reply::Json(
            200,
            json!({ "desired": "all", "heartbeat_interval_ms": -1 }),
        ),
        good(json!([{ "slot": APPROVED, "state": "explode" }])),
        good(
            json!([{ "slot": "s", "deployment_id": "d", "epoch": -7, "bundle_hash": hash,
                      "state": "run" }]),
        ),
        run("../../escape", "d", &hash),
        run("/escape", "d", &hash),
        run("", "d", &hash),
        run(".", "d", &hash),
        run("a\0b", "d", &hash),
        run(&long, "d", &hash),
        run("s", "../../bundle", &hash),
        run("s", "d?x=y", &hash),
        run("s", "d", "sha256:../../escape"),
        run("s", "d", "md5:0"),
        Reply::Json(
            500,
            json!({ "error": { "code": "\u{202e}", "message": "\0" } }),
        ),
        // As long as any call may take.
        Reply::Drip,
    ];
    for reply in replies {
        let before = {
            let mut plane = host.server.plane();
            plane.heartbeat = Some(reply.clone());
            plane.heartbeats.len()
        };
        host.wait(&format!("a heartbeat that gets {reply:?}"), || {
            (host.server.plane().heartbeats.len() > before).then_some(())
        });
        host.server.plane().heartbeat = None;
        // A good answer, and none is asked for in vain.
        host.heartbeats(2);
        assert!(host.running(APPROVED), "{reply:?}: {}", host.node.log());
    }
    assert_eq!(elsewhere.asked(), 0);
    let slots = std::fs::read_dir(host.node.state().join("slots")).unwrap();
    let slots: Vec<_> = slots.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(slots, [APPROVED]);
    let fetched = host.server.plane().requests.clone();
    let fetched = fetched.iter().filter(|one| one.ends_with("/bundle"));
    assert_eq!(
        fetched.count(),
        1,
        "nothing but the approved bundle was asked for"
    );
    host.only_ran(&[APPROVED]);
}

#[test]
fn an_enrolment_somewhere_else_or_into_nonsense_leaves_nothing_enrolled() {
    let elsewhere = Elsewhere::start();
    let with = |field: &str, value: Value| {
        let mut answer = enrolment();
        answer[field] = value;
        Reply::Json(201, answer)
    };
    let foreign = {
        let mut keys = serde_json::to_value(key_set()).unwrap();
        keys["org_id"] = "other".into();
        keys
    };
    let replies = [
        with("org_id", json!("other")),
        with("project_id", json!("other")),
        with("environment_id", json!("other")),
        with("org_id", Value::Null),
        with("agent_id", json!("../../agent")),
        with("agent_id", json!("")),
        with("posture", json!("none")),
        with("key_set", foreign),
        with("key_set", json!([])),
        with("key_set", Value::Null),
        Reply::Redirect(301, elsewhere.url.clone()),
        Reply::Redirect(302, elsewhere.url.clone()),
        Reply::Redirect(307, elsewhere.url.clone()),
        Reply::Redirect(308, elsewhere.url.clone()),
        Reply::Json(200, json!({ "enrolled": true })),
        Reply::Bytes(b"<html>".to_vec()),
        Reply::Large(5 * 1024 * 1024),
        Reply::Endless,
        Reply::Cut(enrolment().to_string().into_bytes()),
    ];
    let (server, node) = (Server::start(), Node::new());
    for reply in replies {
        server.plane().enrolment = reply.clone();
        let output = enroll(&node, &server);
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            matches!(output.status.code(), Some(1 | 3)),
            "{reply:?}: {words}"
        );
        assert!(!words.contains(TOKEN), "{words}");
        let last = words.trim_end().lines().last().unwrap_or_default();
        assert!(
            last.contains("E_ENROLL") || last.contains("http_3"),
            "{reply:?}: {words}"
        );
        assert!(!node.state().join("agent.json").exists(), "{reply:?}");
        let agent = node.run().child.wait().unwrap();
        assert_eq!(agent.code(), Some(1), "{reply:?}");
    }
    assert_eq!(elsewhere.asked(), 0);
    assert!(node.log().contains("E_NOT_ENROLLED"));
    assert_eq!(node.starts(), [""; 0]);
    // An honest answer is taken in the same folder.
    server.plane().enrolment = Reply::Json(201, enrolment());
    let output = enroll(&node, &server);
    assert!(output.status.success(), "{output:?}");
}
