//! A small control plane on loopback, a runtime made of shell, and bundles to feed them.

// Each test file uses a part of it.
#![allow(dead_code)]

mod approval;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use byteor_abi::SlotClass;
use byteor_agent::clock::{HostTime, Time};
use byteor_agent::failure::Failure;
use byteor_agent::run::{RunArgs, supervise};
use byteor_config::{ConfigBundleV1, Egress, Ingress, Posture, ReadMode, SecretReference, digest};
use byteor_pipeline_backings_shm::ShmSequencedSlots;
use byteor_pipeline_spec::{PipelineSpecV1, encode_kv_v1, single_ring_chain};
use byteor_policy::sign::{TestKey, archive, manifest_file};
use byteor_policy::{KeyPurpose, KeySet, KeyState, ManifestV1};
use serde_json::{Value, json};
use tempfile::TempDir;

use approval::approved;

pub const ORG: &str = "org-1";
pub const PROJECT: &str = "project-1";
pub const ENVIRONMENT: &str = "environment-1";
pub const AGENT: &str = "agent-1";
pub const SLOT: &str = "orders";
pub const TOKEN: &str = "enroll-me";
pub const KEY: &str = "runtime-key";

pub fn approval_key() -> TestKey {
    TestKey::from_seed("approval-1", KeyPurpose::Approval, [1; 32])
}

pub fn manifest_key() -> TestKey {
    TestKey::from_seed("manifest-1", KeyPurpose::Manifest, [2; 32])
}

pub fn key_set(keys: &[&TestKey]) -> KeySet {
    KeySet {
        keys: keys
            .iter()
            .map(|key| key.trusted(KeyState::Active))
            .collect(),
        org_id: ORG.into(),
        v: 1,
    }
}

pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

/// What the control plane holds and has heard.
#[derive(Default)]
pub struct Plane {
    pub desired: Vec<Value>,
    pub bundles: BTreeMap<String, Vec<u8>>,
    pub keys: Option<KeySet>,
    /// Keys of a form that no key set has, offered beside `keys`.
    pub broken_keys: Vec<Value>,
    pub token_used: bool,
    /// Answer everything with this status instead.
    pub refuse_with: Option<u16>,
    /// Drop every connection.
    pub away: bool,
    /// Take only the enrolment body that every control plane takes.
    pub given_body_only: bool,
    /// Says a digest of what is desired, and holds back the answer to whoever waits for another.
    pub holds: bool,
    /// How often to report, in milliseconds; else 100.
    pub interval_ms: Option<u64>,
    /// How often somebody came to wait.
    pub waits: usize,
    /// Downloads begin, and don't end until this isn't asked for any more.
    pub slow: bool,
    pub heartbeats: Vec<Value>,
    pub statuses: Vec<(String, Value)>,
    /// The trial of connections that is announced, and the request for it.
    pub trial: Option<(String, Vec<u8>)>,
    /// What was told of trials.
    pub trials: Vec<(String, Value)>,
    pub fetches: Vec<String>,
    pub enrolments: Vec<Value>,
}

pub struct Server {
    pub url: String,
    plane: Arc<Mutex<Plane>>,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let plane = Arc::new(Mutex::new(Plane {
            keys: Some(key_set(&[&approval_key(), &manifest_key()])),
            ..Plane::default()
        }));
        let shared = Arc::clone(&plane);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream.unwrap(), &shared));
            }
        });
        Self { url, plane }
    }

    pub fn plane(&self) -> MutexGuard<'_, Plane> {
        self.plane.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Offers a bundle and asks for it, and for nothing else.
    pub fn deploy(&self, deployment: &Deployment) {
        self.deploy_all(&[deployment]);
    }

    /// The same of several.
    pub fn deploy_all(&self, deployments: &[&Deployment]) {
        let mut plane = self.plane();
        plane.desired.clear();
        for deployment in deployments {
            let tar = deployment.tar();
            let desired = deployment.desired(&digest(&tar), "run");
            plane.desired.push(desired);
            plane.bundles.insert(deployment.id.clone(), tar);
        }
    }
}

/// One request, one connection.
fn serve(mut stream: TcpStream, plane: &Mutex<Plane>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or(0) == 0 {
        return;
    }
    let (mut length, mut bearer) = (0, String::new());
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header).is_err() {
            return;
        }
        let header = header.trim_end();
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(':').unwrap();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap(),
            "authorization" => bearer = value.trim().trim_start_matches("Bearer ").to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    if reader.read_exact(&mut body).is_err() {
        return; // A client that was killed in the middle.
    }
    let mut parts = line.split_whitespace();
    let (method, path) = (parts.next().unwrap(), parts.next().unwrap());
    hold(path, plane);
    let (slow, (status, body, kind)) = {
        let mut plane = plane.lock().unwrap_or_else(PoisonError::into_inner);
        if plane.away {
            return;
        }
        let slow = plane.slow && path.ends_with("/bundle");
        (slow, plane.answer(method, path, &bearer, &body))
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    // A client that was killed doesn't listen any more.
    let _ = stream.write_all(head.as_bytes());
    let (begin, rest) = body.split_at(if slow { body.len() / 2 } else { 0 });
    let _ = stream.write_all(begin);
    while slow && plane.lock().unwrap_or_else(PoisonError::into_inner).slow {
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = stream.write_all(rest);
}

/// Holds back the answer to whoever waits until something else is desired, for some seconds.
fn hold(path: &str, plane: &Mutex<Plane>) {
    let Some((_, digest)) = path.split_once("/desired?unlike=") else {
        return;
    };
    let until = Instant::now() + Duration::from_secs(3);
    while Instant::now() < until {
        if plane
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .desired_digest()
            != digest
        {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

impl Plane {
    fn desired_digest(&self) -> String {
        let trial = self.trial.as_ref().map(|(id, _)| id);
        digest(serde_json::to_string(&(&self.desired, trial)).unwrap())
    }

    fn answer(
        &mut self,
        method: &str,
        path: &str,
        bearer: &str,
        body: &[u8],
    ) -> (u16, Vec<u8>, &'static str) {
        let json = |status: u16, value: Value| {
            (status, value.to_string().into_bytes(), "application/json")
        };
        let error = |status: u16, code: &str| {
            json(
                status,
                json!({ "error": { "code": code, "message": "No." }, "request_id": "1" }),
            )
        };
        let path = path.strip_prefix("/api/v1").unwrap();
        let value = || serde_json::from_slice::<Value>(body).unwrap();
        if path.starts_with("/orgs/") {
            assert_eq!(
                path,
                format!("/orgs/{ORG}/projects/{PROJECT}/environments/{ENVIRONMENT}/agents")
            );
            if bearer != TOKEN {
                return error(401, "enrollment_token_unknown");
            }
            let body = value();
            let given = body.as_object().unwrap().keys().all(|name| name == "name");
            if self.given_body_only && !given {
                return error(400, "body_unknown_field");
            }
            if std::mem::replace(&mut self.token_used, true) {
                return error(401, "enrollment_token_used");
            }
            self.enrolments.push(value());
            return json(
                201,
                json!({
                    "agent_id": AGENT, "name": "node", "runtime_key": KEY, "scopes": ["agent:heartbeat"],
                    "org_id": ORG, "project_id": PROJECT, "environment_id": ENVIRONMENT,
                    "posture": "prod", "key_set": self.keys, "heartbeat_interval_ms": 100,
                }),
            );
        }
        if let Some(status) = self.refuse_with {
            return error(status, "runtime_key_unknown");
        }
        assert_eq!(bearer, KEY);
        let mut keys = serde_json::to_value(self.keys.clone().unwrap()).unwrap();
        keys["keys"]
            .as_array_mut()
            .unwrap()
            .extend(self.broken_keys.clone());
        let digest = match self.broken_keys.len() {
            0 => self.keys.clone().unwrap().digest(),
            _ => digest(keys.to_string()),
        };
        let rest = path.strip_prefix(&format!("/agents/{AGENT}")).unwrap();
        match (method, rest) {
            ("POST", "/heartbeat") => {
                self.heartbeats.push(value());
                let mut answer = json!({
                    "desired": self.desired, "key_set_digest": digest,
                    "heartbeat_interval_ms": self.interval_ms.unwrap_or(100),
                });
                if let Some((trial_id, _)) = &self.trial {
                    answer["connection_trial"] = json!({ "trial_id": trial_id });
                }
                if self.holds {
                    answer["desired_digest"] = self.desired_digest().into();
                }
                json(200, answer)
            }
            ("GET", "/signing-keys") => json(200, keys),
            ("GET", rest) if rest.starts_with("/desired?unlike=") => {
                self.waits += 1;
                let unlike = rest.trim_start_matches("/desired?unlike=");
                json(200, json!({ "changed": self.desired_digest() != unlike }))
            }
            (method, rest) if rest.starts_with("/connection-trials/") => {
                let id = rest.trim_start_matches("/connection-trials/");
                if method == "POST" {
                    self.trials.push((id.to_owned(), value()));
                    return json(200, json!({ "taken": true }));
                }
                match self.trial.as_ref().filter(|(known, _)| known == id) {
                    Some((_, request)) => (200, request.clone(), "application/json"),
                    None => error(404, "connection_trial_not_found"),
                }
            }
            (_, rest) => {
                let (id, what) = rest
                    .strip_prefix("/deployments/")
                    .unwrap()
                    .split_once('/')
                    .unwrap();
                match what {
                    "bundle" => {
                        self.fetches.push(id.to_owned());
                        match self.bundles.get(id) {
                            Some(tar) => (200, tar.clone(), "application/x-tar"),
                            None => error(404, "bundle_unknown"),
                        }
                    }
                    "status" => {
                        self.statuses.push((id.to_owned(), value()));
                        json(200, json!({ "deployment_state": "active" }))
                    }
                    _ => error(404, "not_found"),
                }
            }
        }
    }
}

/// A deployment to make bundles of.
pub struct Deployment {
    pub id: String,
    pub slot: String,
    pub epoch: u64,
    /// Tells the shell runtime what to do.
    pub stage: &'static str,
    pub folder: PathBuf,
    pub credential_expires_at: u64,
    pub mode: ReadMode,
    pub approval_key: TestKey,
    /// Part of the signed bytes: the same deployment gives the same bundle.
    pub made_at: u64,
    /// 1 or 2: what an agent verified before goes on being verified.
    pub statement_version: u32,
    /// What it deploys; otherwise a ring whose first stage has the id `stage`.
    pub spec: Option<PipelineSpecV1>,
    /// The name of its output.
    pub output: &'static str,
    /// Where records go instead, with the secrets for it.
    pub egress: Option<(Egress, Vec<SecretReference>)>,
}

impl Deployment {
    pub fn new(id: &str, epoch: u64, stage: &'static str, node: &Node) -> Self {
        Self {
            id: id.to_owned(),
            slot: SLOT.to_owned(),
            epoch,
            stage,
            folder: node.data(),
            credential_expires_at: now() + 3600,
            mode: ReadMode::Follow,
            approval_key: approval_key(),
            made_at: now(),
            statement_version: 2,
            spec: None,
            output: "out",
            egress: None,
        }
    }

    pub fn desired(&self, bundle_hash: &str, state: &str) -> Value {
        json!({ "slot": self.slot, "deployment_id": self.id, "epoch": self.epoch,
                "bundle_hash": bundle_hash, "state": state })
    }

    pub fn tar(&self) -> Vec<u8> {
        let path = |name: &str| self.folder.join(name).to_string_lossy().into_owned();
        let ring = || single_ring_chain(&[(self.stage, "identity")]);
        let spec = encode_kv_v1(&self.spec.clone().unwrap_or_else(ring));
        let mut config = ConfigBundleV1::file_to_file(
            Posture::Prod,
            &path("in"),
            &path(self.output),
            &path("rejected"),
        );
        let Ingress::File(ingress) = &mut config.ingress else {
            panic!("it reads a file");
        };
        ingress.mode = self.mode;
        if let Some((egress, secrets)) = &self.egress {
            (config.egress, config.secrets) = (egress.clone(), secrets.clone());
        }
        let config = byteor_config::encode(&config).unwrap();
        let (statement, credential) = approved(self, &spec, &config);
        let credential = self.approval_key.credential(credential);
        let keys = serde_json::to_vec(&key_set(&[&self.approval_key, &manifest_key()])).unwrap();
        let others: [(&str, &[u8]); 5] = [
            ("approval.cred", credential.as_bytes()),
            ("deployment.kv", statement.as_bytes()),
            ("runtime_config.txt", config.as_bytes()),
            ("signing_keys.json", &keys),
            ("spec.kv", spec.as_bytes()),
        ];
        let manifest = manifest_key().manifest(&ManifestV1 {
            agent_ids: vec![AGENT.into()],
            config_digest: digest(&config),
            created_at: self.made_at,
            deployment_digest: digest(&statement),
            deployment_id: self.id.clone(),
            environment_id: ENVIRONMENT.into(),
            epoch: self.epoch,
            expires_at: self.made_at + 3600,
            files: others
                .iter()
                .map(|(name, bytes)| manifest_file(name, bytes))
                .collect(),
            org_id: ORG.into(),
            slot: self.slot.clone(),
            spec_hash: digest(&spec),
            v: 1,
        });
        let mut members = others.to_vec();
        members.insert(2, ("manifest.dsse.json", &manifest));
        archive(&members)
    }
}

/// A node: a state folder, a data folder, and a runtime made of shell.
pub struct Node {
    folder: TempDir,
}

/// Stands in for the runtime: does what the id of the spec's first stage says. The region is a
/// real one, made before.
const RUNTIME: &str = r#"#!/bin/sh
for arg in "$@"; do case "$arg" in
  --spec=*) spec="${arg#--spec=}" ;;
  --lane-path=*) lane="${arg#--lane-path=}" ;;
esac; done
here=$(dirname "$0")
stage=$(sed -n -e 's/^single_ring\.stages\.0\.id=//p' -e 's/^lane_graph\.roles\.0\.id=//p' "$spec")
echo "$stage $*" >> "$here/starts"
tr '\0' '\n' < /proc/$$/environ > "$here/environment"
trap 'echo "{\"event\":\"stopped\",\"code\":\"stopped\",\"message\":\"drained\"}"; exit 0' TERM
case "$*" in *--try-connections*)
  case "$stage" in
    hangs) sleep 30 ;;
    fails) echo '{"event":"failed","code":"E_SECRET_READ","message":"no secret"}'; exit 3 ;;
  esac
  echo '{"event":"tried","side":"source","step":"open","ok":true,"millis":1,"message":"it has 3 bytes"}'
  echo '{"event":"tried","side":"sink","step":"connect","ok":false,"millis":2,"code":"bad code","message":"nul \u0000 \u202e\u001b[2J end","help":"do \u0007 it"}'
  echo '{"event":"tried","side":"sink","step":"authenticate","ok":false,"held_back":true,"millis":0,"message":"held"}'
  echo '{"event":"tried","side":"elsewhere","step":"connect","ok":true,"millis":2,"message":"no side"}'
  echo '{"event":"tried","side":"sink","step":"rm -rf","ok":true,"millis":2,"message":"no step"}'
  echo '{"event":"failed","code":"E_TRIAL_FAILED","message":"1 of 3 steps failed"}'
  exit 1 ;;
esac
case "$stage" in
  refuses) echo '{"event":"failed","code":"E_INPUT_MISSING","message":"no input","stage":"in"}'; exit 5 ;;
  silent) echo "what is this" >&2; exit 7 ;;
esac
case "$lane" in
  *.lanes) cp -r "$here/lanes" "$lane" ;;
  *.shards) mkdir "$lane" && cp "$here/region" "$lane/shard.0" && cp "$here/region" "$lane/shard.1" ;;
  *) cp "$here/region" "$lane" ;;
esac
case "$stage" in
  late) sleep 1 ;;
esac
case "$stage" in
  counts|late|bounded) echo '{"event":"started","counters":{"since":1795298400123,"records_in":1,"records_out":1,"dropped":0,"rejected":0,"bytes_in":3,"bytes_out":3}}' ;;
  graph) echo '{"event":"started","before":{"records_in":100,"records_out":90,"dropped":10,"rejected":0,"bytes_in":1000,"bytes_out":900}}' ;;
  *) echo '{"event":"started","generation":1}' ;;
esac
case "$stage" in
  shortlived) sleep 0.2; exit 9 ;;
  crashes) if [ ! -e "$here/crashed" ]; then sleep 2; touch "$here/crashed"; kill -9 $$; fi ;;
  bounded) sleep 0.5; rm "$lane"; echo '{"event":"stopped","code":"end_of_input","message":"done","counters":{"records_in":3,"records_out":3,"dropped":0,"rejected":0,"bytes_in":9,"bytes_out":9}}'; exit 0 ;;
  stubborn) trap '' TERM ;;
  rude) printf 'nul \000 bell \007 \342\200\256reversed \377\n'; printf 'quoted \\u0000\n' >&2
        sleep 0.1; echo '{"event":"failed","code":"E_BAD\u0000","message":"nul \u0000 end"}'; exit 5 ;;
esac
# Ends with its folder: a test that kills the agent leaves nobody to stop this one.
while [ -d "$here" ]; do sleep 0.05; done
"#;

impl Node {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        let edgeplane = folder.path().join("edgeplane");
        std::fs::write(&edgeplane, RUNTIME).unwrap();
        std::fs::set_permissions(&edgeplane, std::fs::Permissions::from_mode(0o755)).unwrap();
        ShmSequencedSlots::create(&folder.path().join("region"), SlotClass::B256).unwrap();
        std::fs::write(folder.path().join("token"), format!("{TOKEN}\n")).unwrap();
        Self { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn data(&self) -> PathBuf {
        self.path().join("data").canonicalize().unwrap()
    }

    pub fn state(&self) -> PathBuf {
        self.path().join("state")
    }

    /// Each start of the runtime: stage and flags.
    pub fn starts(&self) -> Vec<String> {
        std::fs::read_to_string(self.path().join("starts"))
            .unwrap_or_default()
            .lines()
            .map(ToOwned::to_owned)
            .collect()
    }

    pub fn enroll(&self, server: &Server) -> Output {
        self.enroll_at(&server.url, &[])
    }

    /// Enrols at a URL, with more flags.
    pub fn enroll_at(&self, url: &str, flags: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_byteor-agent"))
            .args([
                "enroll",
                &format!("--api={url}"),
                &format!("--org={ORG}"),
                &format!("--project={PROJECT}"),
                &format!("--environment={ENVIRONMENT}"),
                &format!("--token-file={}", self.path().join("token").display()),
                &format!("--state-dir={}", self.state().display()),
                &format!("--allow-root={}", self.data().display()),
                "--name=node",
            ])
            .args(flags)
            .output()
            .unwrap()
    }

    pub fn run(&self) -> Agent {
        self.run_with(&mut Command::new(env!("CARGO_BIN_EXE_byteor-agent")))
    }

    /// Runs the agent by a command that takes its arguments.
    pub fn run_with(&self, command: &mut Command) -> Agent {
        self.run_with_flags(command, &[])
    }

    /// The same, with more flags.
    pub fn run_with_flags(&self, command: &mut Command, flags: &[&str]) -> Agent {
        let mut log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.path().join("agent.log"))
            .unwrap();
        let mut child = command
            .args([
                "run",
                &format!("--state-dir={}", self.state().display()),
                &format!("--edgeplane={}", self.path().join("edgeplane").display()),
                &format!("--runtime-dir={}", self.path().display()),
            ])
            .args(flags)
            .env("BYTEOR_LOG", "debug")
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Over a pipe, so that a limit on the agent's files is none on its log.
        let mut stderr = child.stderr.take().unwrap();
        let copying = std::thread::spawn(move || {
            std::io::copy(&mut stderr, &mut log).unwrap();
        });
        Agent {
            child,
            copying: Some(copying),
        }
    }

    /// Runs the agent within this process, by a time of the test's own, until that is dropped.
    pub fn run_within(&self, time: &TestTime) -> AgentWithin {
        let args = RunArgs {
            state_dir: self.state(),
            edgeplane: self.path().join("edgeplane"),
            runtime_dir: Some(self.path().to_owned()),
            api: None,
            allow_plain_http: false,
            allow_net: Vec::new(),
            record_choices: false,
            exit_with_parent: false,
        };
        let stop = Arc::new(AtomicBool::new(false));
        let (time, stop_too) = (time.clone(), Arc::clone(&stop));
        let running = std::thread::spawn(move || supervise(args, Box::new(time), &stop_too));
        AgentWithin {
            stop,
            running: Some(running),
        }
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path().join("agent.log")).unwrap_or_default()
    }

    pub fn slot_record(&self) -> Value {
        let path = self.state().join("slots").join(SLOT).join("slot.json");
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }
}

/// The host's time, and what a test adds to it.
#[derive(Clone)]
pub struct TestTime {
    host: Arc<HostTime>,
    added: Arc<Mutex<(Duration, i64)>>,
}

impl TestTime {
    pub fn new() -> Self {
        Self {
            host: Arc::new(HostTime::default()),
            added: Arc::default(),
        }
    }

    /// Time passes, on both scales.
    pub fn pass(&self, seconds: u32) {
        let mut added = self.added.lock().unwrap();
        added.0 += Duration::from_secs(seconds.into());
        added.1 += i64::from(seconds) * 1000;
    }

    /// The host's clock is set back.
    pub fn set_back(&self, seconds: u32) {
        self.added.lock().unwrap().1 -= i64::from(seconds) * 1000;
    }
}

impl Time for TestTime {
    fn wall(&self) -> u64 {
        let added = self.added.lock().unwrap().1;
        self.host.wall().checked_add_signed(added).unwrap()
    }

    fn elapsed(&self) -> Duration {
        self.host.elapsed() + self.added.lock().unwrap().0
    }
}

/// An agent within this process.
pub struct AgentWithin {
    stop: Arc<AtomicBool>,
    running: Option<JoinHandle<Result<(), Failure>>>,
}

impl AgentWithin {
    pub fn stop(mut self) -> Result<(), Failure> {
        self.stop.store(true, Ordering::Relaxed);
        self.running.take().unwrap().join().unwrap()
    }
}

impl Drop for AgentWithin {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

pub struct Agent {
    pub child: Child,
    copying: Option<JoinHandle<()>>,
}

impl Agent {
    /// SIGTERM, and its exit code.
    pub fn stop(mut self) -> Option<i32> {
        let pid = rustix::process::Pid::from_raw(self.child.id().cast_signed()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let code = self.child.wait().unwrap().code();
        self.read_log();
        code
    }

    /// Its exit code, when it ends by itself.
    pub fn wait(mut self) -> Option<i32> {
        let code = self.child.wait().unwrap().code();
        self.read_log();
        code
    }

    fn read_log(&mut self) {
        if let Some(copying) = self.copying.take() {
            copying.join().unwrap();
        }
    }

    /// SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // Ended already, unless a test failed in between.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(copying) = self.copying.take() {
            // Its log is whole; a runtime that outlives it may hold the pipe no more.
            let _ = copying.join();
        }
    }
}

/// Waits until something is there, or fails with what it was waiting for.
pub fn wait_for<T>(what: &str, node: &Node, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "no {what}\n{}", node.log());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The newest report of the slot.
pub fn report(server: &Server) -> Option<Value> {
    report_of(server, SLOT)
}

/// The newest report of a slot.
pub fn report_of(server: &Server, slot: &str) -> Option<Value> {
    let plane = server.plane();
    let slots = plane.heartbeats.last()?["slots"].as_array()?;
    slots.iter().find(|report| report["slot"] == slot).cloned()
}

/// Waits until the slot says that this deployment is in this phase.
pub fn wait_phase(server: &Server, node: &Node, id: &str, phase: &str) -> Value {
    wait_for(&format!("{id} {phase}"), node, || {
        report(server).filter(|report| {
            report["attempted"]["deployment_id"] == id && report["attempted"]["phase"] == phase
        })
    })
}

/// Waits until the slot proves that this deployment runs.
pub fn wait_running(server: &Server, node: &Node, id: &str) -> Value {
    wait_for(&format!("running {id}"), node, || {
        report(server).filter(|report| report["running"]["deployment_id"] == id)
    })
}

/// Waits for the status of a deployment.
pub fn wait_status(server: &Server, node: &Node, id: &str, phase: &str) -> Value {
    wait_for(&format!("{phase} of {id}"), node, || {
        let plane = server.plane();
        plane
            .statuses
            .iter()
            .find(|(of, status)| of == id && status["phase"] == phase)
            .map(|(_, status)| status.clone())
    })
}
