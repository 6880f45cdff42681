//! Both ends of HTTP: configs of the adapters, and peers written by others.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use byteor_config::adapters::http::{HttpEgress, HttpFraming, HttpIngress, HttpTooLarge};

/// A port that nobody has. Somebody may take it before it is used; the kernel gives it to nobody
/// else soon.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

pub fn ingress(port: u16) -> HttpIngress {
    HttpIngress {
        listen: format!("127.0.0.1:{port}"),
        url_path: "/records".into(),
        framing: HttpFraming::Lines,
        too_large: HttpTooLarge::Reject,
        max_body_bytes: 65_536,
        in_flight_bytes: 1_048_576,
        connections: 64,
        timeout_seconds: 5,
        token: None,
        certificate: None,
        certificate_key: None,
    }
}

pub fn egress(port: u16) -> HttpEgress {
    HttpEgress {
        url: format!("http://127.0.0.1:{port}/take"),
        framing: HttpFraming::Lines,
        batch_records: 500,
        batch_bytes: 65_536,
        timeout_seconds: 5,
        give_up_after_seconds: None,
        token: None,
        authorities: None,
    }
}

/// Posts by curl: the status and the body of the answer; nothing where there was none.
pub fn curl(url: &str, body: &str, flags: &[&str]) -> Option<(u16, String)> {
    let output = Command::new("curl")
        .args([
            "--silent",
            "--show-error",
            "--max-time",
            "20",
            "--write-out",
            "\n%{http_code}",
        ])
        .args(["--data-binary", body])
        .args(flags)
        .arg(url)
        .output()
        .expect("curl is there");
    // Shown where the test fails.
    print!("{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let (body, status) = text.rsplit_once('\n')?;
    let status: u16 = status.parse().ok()?;
    (status != 0).then(|| (status, body.to_owned()))
}

/// A server of Python's library.
pub struct Receiver(Child);

impl Receiver {
    /// One that keeps what it gets in `file`.
    pub fn start(port: u16, file: &Path, flags: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench/receiver.py");
        let mut child = Command::new("python3")
            .arg(script)
            .arg(port.to_string())
            .arg(file)
            .args(flags)
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 is there");
        let mut line = String::new();
        let out = child.stdout.take().unwrap();
        BufReader::new(out).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        Self(child)
    }
}

impl Drop for Receiver {
    /// As `kill -9` does.
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
