//! Connections that somebody wants tried: whose request is carried out, how, and what is told of it.

mod common;

use byteor_config::adapters::redis::RedisEgress;
use byteor_config::{ConfigBundleV1, Egress, Posture, SecretKind, SecretReference};
use byteor_pipeline_spec::{encode_kv_v1, single_ring_chain};
use byteor_policy::{KeyState, LONGEST_TRIAL, PAYLOAD_TYPE, TrialRequestV1};
use serde_json::Value;

use common::{
    AGENT, Agent, Deployment, ENVIRONMENT, Node, ORG, PROJECT, Server, approval_key, key_set,
    manifest_key, now, wait_for, wait_running,
};

/// A sink that proves itself to `url` by the secret of the file `path`.
fn sink(url: &str, path: &str) -> (Egress, Vec<SecretReference>) {
    let egress = RedisEgress {
        url: url.into(),
        stream: "orders".into(),
        field: "record".into(),
        keep_entries: None,
        batch_records: 500,
        batch_bytes: 1_048_576,
        timeout_seconds: 10,
        give_up_after_seconds: None,
        user: Some("byteor".into()),
        password: Some("redis".into()),
        authorities: None,
    };
    let secret = SecretReference {
        name: "redis".into(),
        kind: SecretKind::File,
        path: path.into(),
    };
    (Egress::Redis(egress), vec![secret])
}

struct World {
    server: Server,
    node: Node,
}

impl World {
    fn new() -> Self {
        let (server, node) = (Server::start(), Node::new());
        assert!(node.enroll(&server).status.success());
        Self { server, node }
    }

    fn run(&self) -> Agent {
        let mut agent = std::process::Command::new(env!("CARGO_BIN_EXE_byteor-agent"));
        self.node
            .run_with_flags(&mut agent, &["--allow-net=127.0.0.1:5432"])
    }

    fn path(&self, name: &str) -> String {
        self.node.data().join(name).to_string_lossy().into_owned()
    }

    /// What a good request says, for a spec whose first stage has the id `stage`.
    fn request(&self, id: &str, stage: &str) -> TrialRequestV1 {
        let spec = encode_kv_v1(&single_ring_chain(&[(stage, "identity")]));
        let (input, output, reject) = (self.path("in"), self.path("out"), self.path("rejected"));
        let config = ConfigBundleV1::file_to_file(Posture::Prod, &input, &output, &reject);
        TrialRequestV1 {
            agent_id: AGENT.into(),
            config: byteor_config::encode(&config).unwrap(),
            created_at: now(),
            environment_id: ENVIRONMENT.into(),
            expires_at: now() + 120,
            org_id: ORG.into(),
            project_id: PROJECT.into(),
            spec,
            trial_id: id.into(),
            v: 1,
        }
    }

    /// The same, which goes to another sink.
    fn going_to(
        &self,
        id: &str,
        (egress, secrets): (Egress, Vec<SecretReference>),
    ) -> TrialRequestV1 {
        let request = self.request(id, "plain");
        let mut config = byteor_config::decode(&request.config).unwrap();
        (config.egress, config.secrets) = (egress, secrets);
        TrialRequestV1 {
            config: byteor_config::encode(&config).unwrap(),
            ..request
        }
    }

    /// Announces a request and waits for what is told of it.
    fn told(&self, id: &str, request: Vec<u8>) -> Value {
        self.server.plane().trial = Some((id.into(), request));
        wait_for(&format!("word of {id}"), &self.node, || {
            let plane = self.server.plane();
            let told = plane.trials.iter().find(|(of, _)| of == id);
            told.map(|(_, report)| report.clone())
        })
    }

    /// The trials that began: their flags.
    fn tried(&self) -> Vec<String> {
        let starts = self.node.starts().into_iter();
        starts
            .filter(|line| line.contains("--try-connections"))
            .collect()
    }
}

#[test]
fn a_signed_request_is_tried_once_within_the_hosts_bounds_and_told_step_by_step() {
    let world = World::new();
    let agent = world.run();
    let request = manifest_key().trial(&world.request("trial-1", "plain"));
    let told = world.told("trial-1", request.clone());
    assert_eq!(told["outcome"], "tried", "{told}");
    assert!(told.get("code").is_none(), "{told}");
    // What isn't a side or a step isn't told; what the runtime says is cleaned.
    assert_eq!(
        told["steps"],
        serde_json::json!([
            { "side": "source", "step": "open", "state": "worked", "millis": 1,
              "message": "it has 3 bytes" },
            { "side": "sink", "step": "connect", "state": "failed", "millis": 2,
              "code": "E_TRIAL_FAILED", "message": "nul \u{fffd} \u{fffd}\u{fffd}[2J end",
              "help": "do \u{fffd} it" },
            { "side": "sink", "step": "authenticate", "state": "held_back", "millis": 0,
              "message": "held" },
        ])
    );
    let [flags] = world.tried().try_into().unwrap();
    for flag in [
        format!("--allow-root={}", world.node.data().display()),
        "--allow-net=127.0.0.1/32:5432".to_owned(),
        "--exit-with-parent=".to_owned(),
        "--posture=prod".to_owned(),
    ] {
        assert!(flags.contains(&flag), "{flag}: {flags}");
    }
    for flag in [
        "--lane-path",
        "--checkpoint",
        "--approval",
        "--send-secrets-of",
    ] {
        assert!(!flags.contains(flag), "{flags}");
    }
    // It goes with its files, and what it was given is gone with it.
    wait_for("an end of the trial's folder", &world.node, || {
        (!world.node.state().join("trial").exists()).then_some(())
    });
    // The heartbeats say what this host lets be reached, and that it tries connections.
    let beat = world.server.plane().heartbeats.last().cloned().unwrap();
    assert_eq!(
        beat["allowed_net"],
        serde_json::json!(["127.0.0.1/32:5432"])
    );
    assert_eq!(beat["trial_versions"], serde_json::json!([1]));

    // Announced again and again it is the same one, also to an agent that was started anew.
    assert_eq!(agent.stop(), Some(0));
    world.server.plane().heartbeats.clear();
    let agent = world.run();
    let again = manifest_key().trial(&world.request("trial-2", "fails"));
    wait_for("heartbeats", &world.node, || {
        (world.server.plane().heartbeats.len() > 30).then_some(())
    });
    assert_eq!(world.tried().len(), 1);
    // One that breaks off says why.
    let told = world.told("trial-2", again);
    assert_eq!(
        (&told["outcome"], &told["code"]),
        (&"broken".into(), &"E_SECRET_READ".into())
    );
    assert_eq!(world.tried().len(), 2);
    drop(agent);
}

#[test]
fn a_request_of_nobody_or_for_others_or_of_another_time_is_refused() {
    let world = World::new();
    let _agent = world.run();
    let good = || world.request("", "plain");
    let signed = |request: &TrialRequestV1| manifest_key().trial(request);
    let other = |text: &str| text.to_owned();
    let outside = ConfigBundleV1::file_to_file(Posture::Prod, "/etc/passwd", "/o", "/r");
    let payload = |id: &str| {
        let request = TrialRequestV1 {
            trial_id: id.into(),
            ..good()
        };
        serde_json::to_vec(&request).unwrap()
    };
    type Made<'a> = Box<dyn Fn(&str) -> Vec<u8> + 'a>;
    let changed = |change: fn(&mut TrialRequestV1)| -> Made<'_> {
        Box::new(move |id| {
            let mut request = TrialRequestV1 {
                trial_id: id.into(),
                ..good()
            };
            change(&mut request);
            signed(&request)
        })
    };
    let cases: Vec<(&str, Made<'_>, &str)> = vec![
        (
            "nothing",
            Box::new(|_| other("{}").into_bytes()),
            "E_TRIAL_REQUEST",
        ),
        // A key for approvals signs no requests, and a manifest is none.
        (
            "approval-key",
            Box::new(|id| {
                approval_key().trial(&TrialRequestV1 {
                    trial_id: id.into(),
                    ..good()
                })
            }),
            "E_TRIAL_SIGNATURE",
        ),
        (
            "as-manifest",
            Box::new(|id| manifest_key().envelope_of(PAYLOAD_TYPE, &payload(id))),
            "E_TRIAL_REQUEST",
        ),
        (
            "organization",
            changed(|request| request.org_id = "org-2".into()),
            "E_TRIAL_SCOPE",
        ),
        (
            "project",
            changed(|request| request.project_id = "p".into()),
            "E_TRIAL_SCOPE",
        ),
        (
            "environment",
            changed(|request| request.environment_id = "e".into()),
            "E_TRIAL_SCOPE",
        ),
        (
            "agent",
            changed(|request| request.agent_id = "agent-2".into()),
            "E_TRIAL_SCOPE",
        ),
        (
            "other-id",
            changed(|request| request.trial_id = "another".into()),
            "E_TRIAL_SCOPE",
        ),
        (
            "expired",
            changed(|request| request.expires_at = now() - 1),
            "E_TRIAL_EXPIRED",
        ),
        (
            "too-long",
            changed(|request| request.expires_at = now() + LONGEST_TRIAL + 60),
            "E_TRIAL_EXPIRED",
        ),
        (
            "too-early",
            changed(|request| {
                request.created_at = now() + LONGEST_TRIAL + 60;
                request.expires_at = request.created_at + 10;
            }),
            "E_TRIAL_EXPIRED",
        ),
        (
            "spec",
            changed(|request| request.spec.push('#')),
            "E_SPEC_NOT_CANONICAL",
        ),
        (
            "config",
            changed(|request| request.config.push('#')),
            "E_CONFIG_INVALID",
        ),
        (
            "roots",
            Box::new(|id| {
                let config = byteor_config::encode(&outside).unwrap();
                signed(&TrialRequestV1 {
                    trial_id: id.into(),
                    config,
                    ..good()
                })
            }),
            "E_PATH_OUTSIDE_ROOTS",
        ),
    ];
    for (id, make, code) in cases {
        let told = world.told(id, make(id));
        assert_eq!(told["outcome"], "refused", "{id}: {told}");
        assert_eq!(told["code"], code, "{id}: {told}");
        assert_eq!(told["steps"], serde_json::json!([]));
    }
    assert_eq!(world.tried(), Vec::<String>::new());
}

#[test]
fn a_secret_goes_only_to_where_an_approved_bundle_of_this_agent_sent_it() {
    let world = World::new();
    let agent = world.run();
    let (url, path) = ("rediss://db.example:6379", world.path("secret"));
    std::fs::write(&path, "a secret that is long").unwrap();
    let mut made = 0;
    let mut sent = |sink: (Egress, Vec<SecretReference>)| {
        made += 1;
        let id = format!("trial-{made}");
        let told = world.told(&id, manifest_key().trial(&world.going_to(&id, sink)));
        assert_eq!(told["outcome"], "tried", "{told}");
        world
            .tried()
            .last()
            .unwrap()
            .contains("--send-secrets-of=sink")
    };
    assert!(!sent(sink(url, &path)), "nobody approved it");

    let mut deployment = Deployment::new("deployment-1", 1, "plain", &world.node);
    deployment.egress = Some(sink(url, &path));
    world.server.deploy(&deployment);
    wait_running(&world.server, &world.node, "deployment-1");
    assert!(sent(sink(url, &path)));
    // Another stream there is what the trial is to find.
    let (Egress::Redis(mut other), secrets) = sink(url, &path) else {
        panic!("it is one of Redis")
    };
    other.stream = "elsewhere".into();
    assert!(sent((Egress::Redis(other.clone()), secrets.clone())));
    // Another server, another user, no TLS, another trust, and another secret aren't.
    for url in [
        "rediss://evil.example:6379",
        "rediss://db.example:6380",
        "rediss://db.example:6379/1",
    ] {
        assert!(!sent(sink(url, &path)), "{url}");
    }
    other.user = None;
    assert!(!sent((Egress::Redis(other.clone()), secrets.clone())));
    other.user = Some("byteor".into());
    other.authorities = Some(world.path("authorities.pem"));
    assert!(!sent((Egress::Redis(other), secrets)));
    let second = world.path("second");
    std::fs::write(&second, "another secret of it").unwrap();
    assert!(!sent(sink(url, &second)));

    // What was approved by a key that is revoked since then isn't approved.
    let mut keys = key_set(&[&approval_key(), &manifest_key()]);
    keys.keys[0] = approval_key().trusted(KeyState::Revoked);
    world.server.plane().keys = Some(keys.clone());
    wait_for("the revocation", &world.node, || {
        let beat = world.server.plane().heartbeats.last().cloned()?;
        (beat["key_set_digest"] == keys.digest()).then_some(())
    });
    assert!(!sent(sink(url, &path)));
    drop(agent);
}

#[test]
fn one_trial_at_a_time_beside_what_runs_and_none_outlives_the_agent() {
    let world = World::new();
    let agent = world.run();
    let deployment = Deployment::new("deployment-1", 1, "plain", &world.node);
    world.server.deploy(&deployment);
    let before = wait_running(&world.server, &world.node, "deployment-1");
    let request = manifest_key().trial(&world.request("hanging", "hangs"));
    world.server.plane().trial = Some(("hanging".into(), request));
    wait_for("a trial", &world.node, || {
        (world.tried().len() == 1).then_some(())
    });
    // Another one waits for its end, and what runs isn't touched.
    let request = manifest_key().trial(&world.request("second", "plain"));
    world.server.plane().trial = Some(("second".into(), request));
    world.server.plane().heartbeats.clear();
    wait_for("heartbeats", &world.node, || {
        (world.server.plane().heartbeats.len() > 30).then_some(())
    });
    assert_eq!(world.tried().len(), 1);
    let after = wait_running(&world.server, &world.node, "deployment-1");
    assert_eq!(after["running"], before["running"]);
    assert_eq!(agent.stop(), Some(0));
    let left = std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .any(|process| {
            let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).into_owned();
            line.contains("--try-connections")
                && line.contains(&*world.node.path().to_string_lossy())
        });
    assert!(!left, "the trial is still there");
}

/// A refusal of a request that `byteor-policy` learns needs a case here.
#[test]
fn no_refusal_of_a_request_is_without_a_case() {
    /// Asked of what isn't tried: again, and beside another one.
    const BY_WHAT_IS_TRIED: [&str; 2] = ["E_TRIAL_REPLAYED", "E_TRIAL_BUSY"];
    let policy = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../byteor-policy");
    let source = std::fs::read_to_string(policy.join("src/refusal.rs")).unwrap();
    let codes: Vec<&str> = source
        .split('"')
        .filter(|part| part.starts_with("E_TRIAL_"))
        .collect();
    assert!(codes.len() >= 6, "{codes:?}");
    let (cases, _) = include_str!("trials.rs")
        .split_once("\nfn no_refusal_of_a_request_is_without_a_case")
        .unwrap();
    for code in codes {
        let quoted = format!("\"{code}\"");
        assert!(
            cases.contains(&quoted) || BY_WHAT_IS_TRIED.contains(&code),
            "nothing is refused with {code}"
        );
    }
}
