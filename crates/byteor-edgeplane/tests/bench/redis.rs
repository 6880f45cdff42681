//! A Redis server of its own for a test, and its client.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use byteor_config::adapters::redis::{RedisEgress, RedisIngress, RedisStart};

use super::http::free_port;
use super::{PATIENCE, tools};

/// Keeps everything that it acknowledges, also when it is killed.
pub struct Server {
    program: PathBuf,
    client: PathBuf,
    child: Option<Child>,
    folder: tempfile::TempDir,
    flags: Vec<String>,
    pub port: u16,
}

impl Server {
    /// One on a free port; nothing where there is none on this host.
    pub fn start(flags: &[&str]) -> Option<Self> {
        let mut server = Self {
            program: tools::program("BYTEOR_TEST_REDIS", &["redis-server"])?,
            client: tools::program("BYTEOR_TEST_REDIS_CLI", &["redis-cli"])?,
            child: None,
            folder: tempfile::tempdir().unwrap(),
            flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
            port: free_port(),
        };
        server.begin();
        Some(server)
    }

    /// As `kill -9` does.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Starts it, and waits until it answers.
    pub fn begin(&mut self) {
        let log = fs::File::create(self.folder.path().join("log")).unwrap();
        let child = Command::new(&self.program)
            .args(["--bind", "127.0.0.1", "--port", &self.port.to_string()])
            .args([
                "--save",
                "",
                "--appendonly",
                "yes",
                "--appendfsync",
                "always",
            ])
            .args(["--maxmemory-policy", "noeviction", "--dir"])
            .arg(self.folder.path())
            .args(&self.flags)
            .stdin(Stdio::null())
            .stdout(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
        let until = Instant::now() + PATIENCE;
        while !self
            .try_ask(&["PING"])
            .is_some_and(|said| said == "PONG\n" || said.starts_with("NOAUTH"))
        {
            assert!(Instant::now() < until, "Redis doesn't come up");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    fn try_ask(&self, words: &[&str]) -> Option<String> {
        let output = Command::new(&self.client)
            .args(["-p", &self.port.to_string()])
            .args(words)
            .stderr(Stdio::null())
            .output()
            .unwrap();
        output
            .status
            .success()
            .then(|| String::from_utf8(output.stdout).unwrap())
    }

    /// What the client says to a command.
    pub fn ask(&self, words: &[&str]) -> String {
        let said = self.try_ask(words);
        said.unwrap_or_else(|| panic!("Redis says nothing to {words:?}"))
    }

    /// Adds an entry for each number, in one go.
    pub fn add(&self, stream: &str, numbers: impl Iterator<Item = u64>) {
        let mut child = Command::new(&self.client)
            .args(["-p", &self.port.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut commands = String::new();
        for number in numbers {
            commands += &format!("XADD {stream} * record \"record {number}\"\n");
        }
        child
            .stdin
            .take()
            .unwrap()
            .write_all(commands.as_bytes())
            .unwrap();
        assert!(child.wait().unwrap().success());
    }

    /// The records of a stream, one a line.
    pub fn records(&self, stream: &str) -> Vec<String> {
        let said = self.ask(&["XRANGE", stream, "-", "+"]);
        let mut lines = said.lines();
        let mut records = Vec::new();
        while let (Some(_id), Some(field), Some(record)) =
            (lines.next(), lines.next(), lines.next())
        {
            assert_eq!(field, "record");
            records.push(record.to_owned());
        }
        records
    }

    pub fn ingress(&self) -> RedisIngress {
        RedisIngress {
            url: format!("redis://127.0.0.1:{}", self.port),
            stream: "in".into(),
            group: "byteor".into(),
            consumer: "{host}".into(),
            start: RedisStart::Start,
            field: "record".into(),
            batch_records: 100,
            in_flight_bytes: 1_048_576,
            claim_after_seconds: 60,
            timeout_seconds: 5,
            user: None,
            password: None,
            authorities: None,
        }
    }

    pub fn egress(&self) -> RedisEgress {
        RedisEgress {
            url: format!("redis://127.0.0.1:{}", self.port),
            stream: "out".into(),
            field: "record".into(),
            keep_entries: None,
            batch_records: 100,
            batch_bytes: 65_536,
            timeout_seconds: 5,
            give_up_after_seconds: None,
            user: None,
            password: None,
            authorities: None,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
