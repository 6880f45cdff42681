//! Both ends of gRPC: configs of the adapter, and grpcio's library as the other end.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use byteor_config::adapters::grpc::{GrpcEgress, GrpcIngress};

use super::tools;

pub fn ingress(port: u16) -> GrpcIngress {
    GrpcIngress {
        listen: format!("127.0.0.1:{port}"),
        max_message_bytes: 65_536,
        in_flight_bytes: 1_048_576,
        connections: 64,
        timeout_seconds: 5,
        token: None,
        certificate: None,
        certificate_key: None,
        authorities: None,
    }
}

pub fn egress(port: u16) -> GrpcEgress {
    GrpcEgress {
        url: format!("http://127.0.0.1:{port}"),
        batch_records: 50,
        batch_bytes: 4_096,
        timeout_seconds: 5,
        give_up_after_seconds: None,
        token: None,
        certificate: None,
        certificate_key: None,
        authorities: None,
    }
}

/// Where `scripts/lib/tools.mjs` puts the library; nothing where it isn't.
fn library() -> Option<PathBuf> {
    let named = std::env::var_os("BYTEOR_TEST_GRPCIO").map(PathBuf::from);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = named.unwrap_or_else(|| root.join(".cache/grpc/libs"));
    if folder.join("grpc_tools").exists() {
        return Some(folder);
    }
    tools::not_run(&format!("there is no grpcio in {}", folder.display()));
    None
}

fn command(args: &[&str]) -> Option<Command> {
    let (python, library) = (tools::python()?, library()?);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench/grpc_peer.py");
    let mut command = Command::new(python);
    command
        // What C says of connections that end is no news.
        .env("GRPC_VERBOSITY", "NONE")
        .env("PYTHONPATH", library)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(script)
        .args(args)
        .stdout(Stdio::piped());
    Some(command)
}

/// The other end in a process of its own.
pub struct Peer {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Peer {
    fn start(args: &[&str]) -> Option<Self> {
        let mut child = command(args)?.stdin(Stdio::null()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut peer = Self { child, out };
        assert_eq!(peer.line(), "ready\n");
        Some(peer)
    }

    /// A receiver that keeps what it gets in `file`.
    pub fn take(port: u16, file: &Path, flags: &[&str]) -> Option<Self> {
        let (port, file) = (port.to_string(), file.to_str().unwrap());
        Self::start(&[&["take", &port, file], flags].concat())
    }

    /// A sender of a file's lines.
    pub fn send(port: u16, stream: &str, file: &Path, flags: &[&str]) -> Option<Self> {
        let (port, file) = (port.to_string(), file.to_str().unwrap());
        Self::start(&[&["send", &port, stream, file], flags].concat())
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line
    }

    /// What a sender says once it is through.
    pub fn report(&mut self) -> serde_json::Value {
        serde_json::from_str(&self.line()).unwrap()
    }
}

impl Drop for Peer {
    /// As `kill -9` does.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The code of a call with these messages, and what is said of it.
pub fn status(port: u16, messages: &[&[u8]], flags: &[&str]) -> Option<String> {
    let port = port.to_string();
    let mut command = command(&[&["status", port.as_str()], flags].concat())?;
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for message in messages {
        let digits = message.iter().map(|byte| format!("{byte:02x}"));
        writeln!(stdin, "{}", digits.collect::<String>()).unwrap();
    }
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

/// A message of a sender, as protobuf has it: a hello.
pub fn hello(stream: &str) -> Vec<u8> {
    let name = field(1, stream.as_bytes());
    field(1, &name)
}

/// The same: a batch.
pub fn batch(first: u8, records: &[&[u8]]) -> Vec<u8> {
    let mut batch = vec![0x08, first];
    records
        .iter()
        .for_each(|record| batch.extend(field(2, record)));
    field(2, &batch)
}

/// A field of bytes, of which there are less than 16,384.
fn field(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let len = u16::try_from(bytes.len()).unwrap();
    let mut field = vec![tag << 3 | 2];
    match len {
        0..128 => field.push(len as u8),
        _ => field.extend([len as u8 | 0x80, (len >> 7) as u8]),
    }
    field.extend(bytes);
    field
}
