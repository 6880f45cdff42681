//! Both ends of a WebSocket: configs of the adapter, and Node's client as the other end.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use byteor_config::adapters::websocket::{
    WebsocketEgress, WebsocketEgressFraming, WebsocketIngress, WebsocketIngressFraming,
    WebsocketRole,
};

use super::tools;

pub fn url(port: u16) -> String {
    format!("ws://127.0.0.1:{port}/records")
}

pub fn ingress(port: u16, framing: WebsocketIngressFraming) -> WebsocketIngress {
    WebsocketIngress {
        role: WebsocketRole::Listen,
        url: url(port),
        framing,
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

pub fn egress(port: u16, framing: WebsocketEgressFraming) -> WebsocketEgress {
    WebsocketEgress {
        role: WebsocketRole::Listen,
        url: url(port),
        framing,
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

/// A client in a process of its own.
pub struct Client {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Client {
    /// One that sends or takes; nothing where there is no Node.
    pub fn start(what: &str, url: &str, file: &Path, framing: &str) -> Option<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench/peer.mjs");
        let mut child = Command::new(tools::node()?)
            .arg(script)
            .args([what, url])
            .arg(file)
            .arg(framing)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut client = Self { child, out };
        assert_eq!(client.line(), "ready\n");
        Some(client)
    }

    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line
    }
}

impl Drop for Client {
    /// As `kill -9` does.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
