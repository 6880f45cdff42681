//! A control plane that lies: it answers what a test tells it to, in whatever form.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use byteor_policy::KeySet;
use serde_json::{Value, json};

use crate::parts::{AGENT, ENVIRONMENT, ORG, PROJECT, key_set};

/// The bearer that the agent gets, and the token that it got it for.
pub const KEY: &str = "runtime-key";
pub const TOKEN: &str = "enroll-me";

/// What comes back for a request.
#[derive(Clone, Debug)]
pub enum Reply {
    Json(u16, Value),
    Bytes(Vec<u8>),
    /// To somewhere else.
    Redirect(u16, String),
    /// Announces so many bytes, and sends as many.
    Large(u64),
    /// Sends for as long as somebody listens, and never says how much it will be.
    Endless,
    /// A byte now and then.
    Drip,
    /// Announces twice of what it sends.
    Cut(Vec<u8>),
}

/// What the control plane does, and what it heard.
pub struct Plane {
    pub enrolment: Reply,
    /// Instead of a good answer to a heartbeat.
    pub heartbeat: Option<Reply>,
    pub desired: Vec<Value>,
    pub keys: Reply,
    pub keys_digest: String,
    pub bundles: BTreeMap<String, Reply>,
    pub heartbeats: Vec<Value>,
    /// By deployment.
    pub statuses: BTreeMap<String, Value>,
    /// Method and path of each request.
    pub requests: Vec<String>,
}

impl Plane {
    /// Serves these keys from now on.
    pub fn serve_keys(&mut self, keys: &KeySet) {
        self.keys = Reply::Json(200, serde_json::to_value(keys).unwrap());
        self.keys_digest = keys.digest();
    }
}

/// What an honest control plane answers to this agent's enrolment.
pub fn enrolment() -> Value {
    json!({
        "agent_id": AGENT, "name": "node", "runtime_key": KEY, "scopes": [],
        "org_id": ORG, "project_id": PROJECT, "environment_id": ENVIRONMENT,
        "posture": "prod", "key_set": key_set(), "heartbeat_interval_ms": 100,
    })
}

pub struct Server {
    pub url: String,
    plane: Arc<Mutex<Plane>>,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut plane = Plane {
            enrolment: Reply::Json(201, enrolment()),
            heartbeat: None,
            desired: Vec::new(),
            keys: Reply::Endless,
            keys_digest: String::new(),
            bundles: BTreeMap::new(),
            heartbeats: Vec::new(),
            statuses: BTreeMap::new(),
            requests: Vec::new(),
        };
        plane.serve_keys(&key_set());
        let plane = Arc::new(Mutex::new(plane));
        let shared = Arc::clone(&plane);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let shared = Arc::clone(&shared);
                // A client that goes away in the middle ends its thread, and nothing else.
                std::thread::spawn(move || serve(stream?, &shared));
            }
        });
        Self { url, plane }
    }

    pub fn plane(&self) -> MutexGuard<'_, Plane> {
        self.plane.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn serve(mut stream: TcpStream, plane: &Mutex<Plane>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let header = header.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut words = line.split_whitespace();
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Ok(());
    };
    let reply = {
        let mut plane = plane.lock().unwrap_or_else(PoisonError::into_inner);
        plane.requests.push(format!("{method} {path}"));
        plane.answer(method, path, &body)
    };
    send(&mut stream, reply)
}

impl Plane {
    fn answer(&mut self, method: &str, path: &str, body: &[u8]) -> Reply {
        let value = || serde_json::from_slice::<Value>(body).unwrap();
        let agent = format!("/api/v1/agents/{AGENT}");
        let Some(rest) = path.strip_prefix(&agent) else {
            return self.enrolment.clone();
        };
        if (method, rest) == ("POST", "/heartbeat") {
            self.heartbeats.push(value());
            let good = json!({ "desired": self.desired, "key_set_digest": self.keys_digest,
                               "heartbeat_interval_ms": 100 });
            return self.heartbeat.clone().unwrap_or(Reply::Json(200, good));
        }
        if (method, rest) == ("GET", "/signing-keys") {
            return self.keys.clone();
        }
        let deployment = rest.strip_prefix("/deployments/");
        let unknown = Reply::Json(404, json!({ "error": { "code": "x", "message": "x" } }));
        match deployment.and_then(|rest| rest.split_once('/')) {
            Some((id, "bundle")) => self.bundles.get(id).cloned().unwrap_or(unknown),
            Some((id, "status")) => {
                self.statuses.insert(id.to_owned(), value());
                Reply::Json(200, json!({ "deployment_state": "active" }))
            }
            _ => unknown,
        }
    }
}

fn send(stream: &mut TcpStream, reply: Reply) -> std::io::Result<()> {
    let head = |status: u16, more: &str| {
        format!("HTTP/1.1 {status} X\r\nconnection: close\r\n{more}\r\n").into_bytes()
    };
    let sized = |status: u16, length: usize, bytes: &[u8]| {
        [
            &head(status, &format!("content-length: {length}\r\n")),
            bytes,
        ]
        .concat()
    };
    match reply {
        Reply::Json(status, value) => {
            let bytes = value.to_string().into_bytes();
            stream.write_all(&sized(status, bytes.len(), &bytes))
        }
        Reply::Bytes(bytes) => stream.write_all(&sized(200, bytes.len(), &bytes)),
        Reply::Redirect(status, to) => stream.write_all(&head(
            status,
            &format!("location: {to}\r\ncontent-length: 0\r\n"),
        )),
        Reply::Large(length) => {
            stream.write_all(&head(200, &format!("content-length: {length}\r\n")))?;
            std::io::copy(&mut std::io::repeat(b'x').take(length), stream).map(drop)
        }
        Reply::Endless => {
            stream.write_all(&head(200, ""))?;
            std::io::copy(&mut std::io::repeat(b'['), stream).map(drop)
        }
        Reply::Drip => {
            stream.write_all(&head(200, "content-length: 100000\r\n"))?;
            loop {
                stream.write_all(b"x")?;
                std::thread::sleep(Duration::from_millis(200));
            }
        }
        Reply::Cut(bytes) => stream.write_all(&sized(200, bytes.len() * 2, &bytes)),
    }
}

/// A server that nobody should ever ask anything. Counts who does.
pub struct Elsewhere {
    pub url: String,
    asked: Arc<Mutex<u32>>,
}

impl Elsewhere {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/evil", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(0));
        let shared = Arc::clone(&asked);
        std::thread::spawn(move || {
            for _ in listener.incoming() {
                *shared.lock().unwrap_or_else(PoisonError::into_inner) += 1;
            }
        });
        Self { url, asked }
    }

    pub fn asked(&self) -> u32 {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
