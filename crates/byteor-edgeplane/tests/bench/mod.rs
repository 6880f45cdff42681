//! A folder with a spec, a config and files, and the real binary over it.
#![allow(dead_code, reason = "each test file uses a part of it")]

#[cfg(feature = "grpc")]
pub mod grpc;
pub mod http;
#[cfg(feature = "kafka")]
pub mod kafka;
pub mod nats;
pub mod postgres;
pub mod proxy;
pub mod rabbitmq;
pub mod redis;
#[cfg(feature = "s3")]
pub mod s3;
pub mod tls;
pub mod tools;
pub mod websocket;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use byteor_config::{ConfigBundleV1, Ingress, Posture, ReadMode};
use byteor_pipeline_spec::{Ordering, PipelineSpecV1, ShardKey, encode_kv_v1, single_ring_chain};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// Longest that anything in a test may take: what hangs ends, and what is slow on a full machine doesn't.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// The program that runs pipelines: the one that was built with these tests, or the copy that a long run has of
/// it.
pub fn edgeplane() -> PathBuf {
    let named = std::env::var_os("BYTEOR_TEST_EDGEPLANE").map(PathBuf::from);
    named.unwrap_or_else(|| env!("CARGO_BIN_EXE_byteor-edgeplane").into())
}

pub struct Bench {
    pub dir: tempfile::TempDir,
    pub config: ConfigBundleV1,
}

impl Bench {
    /// `input` goes through a chain of stages with these keys; stopping at the end of the input.
    pub fn new(input: &[u8], keys: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
        let mut config = ConfigBundleV1::file_to_file(
            Posture::Dev,
            &path("in.log"),
            &path("out.log"),
            &path("rejected.log"),
        );
        ingress(&mut config).mode = ReadMode::StopAtEnd;
        let bench = Self { dir, config };
        fs::write(bench.path("in.log"), input).unwrap();
        bench.write_spec(keys);
        bench
    }

    pub fn write_spec(&self, keys: &[&str]) {
        fs::write(self.path("spec.kv"), encode_kv_v1(&chain(keys))).unwrap();
    }

    /// Divides the chain into `shards` rings by the first `length` bytes.
    pub fn write_sharded(&self, keys: &[&str], shards: u32, length: u32) {
        let PipelineSpecV1::SingleRing(mut ring) = chain(keys) else {
            panic!("a chain is a ring");
        };
        let key = ShardKey { offset: 0, length };
        (ring.shards, ring.shard_key) = (shards, Some(key));
        ring.ordering = Ordering::PerKey;
        let spec = encode_kv_v1(&PipelineSpecV1::SingleRing(ring));
        fs::write(self.path("spec.kv"), spec).unwrap();
    }

    pub fn follow(mut self) -> Self {
        ingress(&mut self.config).mode = ReadMode::Follow;
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub fn append(&self, bytes: &[u8]) {
        let path = self.path("in.log");
        let mut file = fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(path)
            .unwrap();
        file.write_all(bytes).unwrap();
    }

    /// The command of a run, with the config as it is now.
    pub fn command(&self, flags: &[&str]) -> Command {
        let text = byteor_config::encode(&self.config).unwrap();
        fs::write(self.path("runtime_config.txt"), text).unwrap();
        let mut command = Command::new(edgeplane());
        command
            .arg("run")
            .arg(format!("--spec={}", self.path("spec.kv").display()))
            .arg("--json")
            .args(flags)
            .env_remove("BYTEOR_SPEC")
            .stdin(Stdio::null());
        command
    }

    /// Runs to the end.
    pub fn run(&self, flags: &[&str]) -> Ran {
        Ran::of(self.command(flags).output().unwrap())
    }

    /// Runs to the end, which must be a good one.
    pub fn run_well(&self) -> Ran {
        let ran = self.run(&[]);
        assert_eq!(ran.exit, Some(0), "{ran:?}");
        ran
    }

    /// Starts a run and waits until records can flow.
    pub fn start(&self, flags: &[&str]) -> Started {
        Started::of(self.command(flags))
    }

    /// Changes the checkpoint's text, and its checksum to one that fits.
    pub fn forge(&self, from: &str, to: &str) {
        self.forge_at("out.log.checkpoint", from, to);
    }

    /// The same of a checkpoint of this name.
    pub fn forge_at(&self, checkpoint: &str, from: &str, to: &str) {
        let text = String::from_utf8(self.read(checkpoint)).unwrap();
        let text = &text[..text.rfind("checksum=").unwrap()];
        assert_eq!(text.matches(from).count(), 1, "{from}");
        let text = text.replace(from, to);
        let sum = byteor_config::digest(text.as_bytes());
        let text = format!("{text}checksum={sum}\n");
        fs::write(self.path(checkpoint), text).unwrap();
    }

    /// How many records are through a sink on the network, as far as the run saved.
    pub fn through(&self) -> u64 {
        let saved = fs::read_to_string(self.path("rejected.log.checkpoint")).unwrap_or_default();
        let number = saved
            .lines()
            .find_map(|line| line.strip_prefix("output.number="));
        number.map_or(0, |number| number.parse().unwrap())
    }

    pub fn wait_for(&self, name: &str, expected: &[u8]) {
        let until = Instant::now() + PATIENCE;
        loop {
            let now = fs::read(self.path(name)).unwrap_or_default();
            if now == expected {
                return;
            }
            if Instant::now() > until {
                let now = String::from_utf8_lossy(&now);
                panic!(
                    "{name} stays {now:?}, not {:?}",
                    String::from_utf8_lossy(expected)
                );
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

pub fn chain(keys: &[&str]) -> PipelineSpecV1 {
    let named: Vec<(String, &str)> = keys
        .iter()
        .enumerate()
        .map(|(index, key)| (format!("s{index}"), *key))
        .collect();
    let borrowed: Vec<(&str, &str)> = named.iter().map(|(id, key)| (id.as_str(), *key)).collect();
    single_ring_chain(&borrowed)
}

pub fn ingress(config: &mut ConfigBundleV1) -> &mut byteor_config::FileIngress {
    let Ingress::File(ingress) = &mut config.ingress else {
        panic!("it reads a file");
    };
    ingress
}

/// A run that ended.
#[derive(Debug)]
pub struct Ran {
    /// None: a signal ended it.
    pub exit: Option<i32>,
    pub events: Vec<Value>,
    pub stderr: String,
}

impl Ran {
    pub fn of(output: Output) -> Self {
        let text = String::from_utf8(output.stdout).unwrap();
        Self {
            exit: output.status.code(),
            events: text
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    pub fn last(&self) -> &Value {
        self.events.last().unwrap_or(&Value::Null)
    }

    /// The code of the last event: why it failed, or ended.
    pub fn code(&self) -> &str {
        self.last()["code"].as_str().unwrap_or_default()
    }

    pub fn count(&self, name: &str) -> u64 {
        self.last()["counters"][name].as_u64().unwrap()
    }

    pub fn noticed(&self, code: &str) -> bool {
        self.events.iter().any(|event| event["code"] == code)
    }
}

/// A run that goes on.
pub struct Started {
    child: Child,
    reading: Option<JoinHandle<()>>,
    events: Arc<Mutex<Vec<Value>>>,
    began: Value,
}

impl Started {
    pub fn of(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let events: Arc<Mutex<Vec<Value>>> = Arc::default();
        let (begins, began) = mpsc::channel();
        let kept = Arc::clone(&events);
        let reading = std::thread::spawn(move || {
            for line in stdout.lines() {
                let event: Value = serde_json::from_str(&line.unwrap()).unwrap();
                if event["event"] == "started" {
                    // Whoever started it may have gone.
                    let _ = begins.send(event.clone());
                }
                kept.lock().unwrap().push(event);
            }
        });
        let began = began.recv();
        let mut started = Self {
            child,
            reading: Some(reading),
            events,
            began: Value::Null,
        };
        started.began = began.unwrap_or_else(|_| panic!("{:?}", started.events.lock()));
        started
    }

    pub fn lane_path(&self) -> PathBuf {
        PathBuf::from(self.event()["lane_path"].as_str().unwrap())
    }

    /// The event that said that records can flow.
    pub fn event(&self) -> &Value {
        &self.began
    }

    /// The pipeline as it is now, seen from outside.
    pub fn snapshot(&self) -> Value {
        let output = Command::new(edgeplane())
            .args(["snapshot", "--json"])
            .arg(format!("--lane-path={}", self.lane_path().display()))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The events of this kind so far.
    pub fn said(&self, kind: &str) -> Vec<Value> {
        let events = self.events.lock().unwrap();
        let of_kind = events.iter().filter(|event| event["event"] == kind);
        of_kind.cloned().collect()
    }

    /// Whether it said so until now.
    pub fn noticed(&self, code: &str) -> bool {
        self.said("notice")
            .iter()
            .any(|event| event["code"] == code)
    }

    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Bytes of it that are in memory.
    pub fn resident(&self) -> u64 {
        let path = format!("/proc/{}/status", self.pid().as_raw_nonzero());
        let text = fs::read_to_string(path).unwrap();
        let line = text.lines().find(|line| line.starts_with("VmRSS:"));
        let kilobytes = line.unwrap().split_whitespace().nth(1).unwrap();
        kilobytes.parse::<u64>().unwrap() * 1024
    }

    /// Whether it ended by itself.
    pub fn ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The same, with what it said until then.
    pub fn kill_and_read(mut self) -> Ran {
        self.child.kill().unwrap();
        self.wait()
    }

    /// SIGTERM, then the end.
    pub fn terminate(self) -> Ran {
        kill_process(self.pid(), Signal::TERM).unwrap();
        self.wait()
    }

    /// The end, whichever it is.
    pub fn wait(mut self) -> Ran {
        self.reading.take().unwrap().join().unwrap();
        Ran {
            exit: self.child.wait().unwrap().code(),
            events: std::mem::take(&mut *self.events.lock().unwrap()),
            stderr: String::new(),
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // A failed test leaves nothing running behind, and tells what the run had said.
        let ended = self.child.try_wait();
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking()
            && let Some(reading) = self.reading.take()
        {
            let read = reading.join();
            let events = self.events.lock();
            let said: Vec<_> = events.iter().flat_map(|events| events.iter()).collect();
            let last = &said[said.len().saturating_sub(20)..];
            println!("the run ended as {ended:?} ({read:?}); the last that it said:");
            for event in last {
                println!("{event}");
            }
        }
    }
}

/// What `LC_ALL=C sh -c script` makes of a file.
pub fn shell(script: &str, input: &Path) -> Vec<u8> {
    let output = Command::new("sh")
        .args(["-c", script])
        .env("LC_ALL", "C")
        .stdin(fs::File::open(input).unwrap())
        .output()
        .unwrap();
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// Small, fast, and the same everywhere: splitmix64.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    /// What comes next of `input`, of which `fed` bytes came: less than a sixtieth, cut anywhere.
    pub fn part_of<'a>(&mut self, input: &'a [u8], fed: &mut usize) -> &'a [u8] {
        let more = self.below(input.len() as u64 / 60) as usize;
        let from = *fed;
        *fed = (from + more).min(input.len());
        &input[from..*fed]
    }
}

/// A log of JSON lines, comments and noise, each of at most 256 bytes.
pub fn log(lines: u64, seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let mut log = Vec::new();
    for number in 0..lines {
        let level = ["debug", "info", "warn", "error"][random.below(4) as usize];
        if random.below(10) == 0 {
            log.extend_from_slice(b"# ");
        }
        let padding = "x".repeat(random.below(120) as usize);
        let user = random.below(1000);
        write!(
            log,
            r#"{{"n":{number},"at":"level={level}","user":"u{user}@example.com","text":"{padding}"}}"#
        )
        .unwrap();
        log.push(b'\n');
    }
    log
}

/// Keys for [`log`] on which the dialects of `regex`, `grep -E` and `sed -E` agree.
pub const LOG_KEYS: [&str; 3] = [
    r"keep:^\{",
    "drop:level=debug",
    r#"replace:[^ "]+@[^ "]+=***"#,
];

/// The same steps in other tools.
pub const LOG_SCRIPT: &str =
    r#"grep -aE '^\{' | grep -avE 'level=debug' | sed -E 's/[^ "]+@[^ "]+/***/g'"#;

/// What a receiver kept, each number once; how many came again.
pub fn kept(path: &Path) -> (String, usize) {
    let text = fs::read_to_string(path).unwrap_or_default();
    let (mut once, mut again) = (BTreeMap::new(), 0);
    for line in text.lines() {
        let (number, record) = line.split_once('\t').unwrap();
        let number: u64 = number.parse().unwrap();
        if let Some(before) = once.insert(number, record) {
            assert_eq!(before, record, "{number} is always the same record");
            again += 1;
        }
    }
    let numbers: Vec<u64> = once.keys().copied().collect();
    assert_eq!(
        numbers,
        (1..=once.len() as u64).collect::<Vec<_>>(),
        "none is missing"
    );
    (
        once.values().map(|record| format!("{record}\n")).collect(),
        again,
    )
}

/// Asks again until it is so.
pub fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < until, "{what} doesn't come");
        std::thread::sleep(Duration::from_millis(10));
    }
}
