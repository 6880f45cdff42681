//! A NATS server of its own for a test, and a client at the other end.

use std::collections::VecDeque;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use async_nats::Client;
use async_nats::jetstream::{self, consumer, message::PublishMessage, stream};
use byteor_config::adapters::nats::{
    NatsEgress, NatsEgressMode, NatsIngress, NatsIngressMode, NatsProof, NatsStart,
};

use super::http::free_port;
use super::{PATIENCE, tools};

/// Keeps its streams, also when it is killed.
pub struct Server {
    program: PathBuf,
    child: Option<Child>,
    folder: tempfile::TempDir,
    more: String,
    pub port: u16,
}

impl Server {
    /// One on a free port, with `more` in its configuration; nothing where there is none on this host.
    pub fn start(more: &str) -> Option<Self> {
        let mut server = Self::down(more)?;
        server.begin();
        Some(server)
    }

    /// One that is yet to begin.
    pub fn down(more: &str) -> Option<Self> {
        Some(Self {
            program: tools::program(
                "BYTEOR_TEST_NATS",
                &["nats-server", "/usr/sbin/nats-server"],
            )?,
            child: None,
            folder: tempfile::tempdir().unwrap(),
            more: more.to_owned(),
            port: free_port(),
        })
    }

    /// As `kill -9` does.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Starts it, and waits until it takes connections, which it does once it has its streams.
    pub fn begin(&mut self) {
        let store = self.folder.path().join("store");
        let text = format!(
            "listen: \"127.0.0.1:{}\"\njetstream {{ store_dir: {store:?}, max_mem: 64MB, max_file: 1GB }}\n{}\n",
            self.port, self.more
        );
        let config = self.folder.path().join("config");
        fs::write(&config, text).unwrap();
        let log = fs::File::create(self.folder.path().join("log")).unwrap();
        let child = Command::new(&self.program)
            .arg("-c")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
        let until = Instant::now() + PATIENCE;
        while !self.greets() {
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap();
            assert!(Instant::now() < until, "NATS doesn't come up: {log}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn greets(&self) -> bool {
        let Ok(stream) = TcpStream::connect(("127.0.0.1", self.port)) else {
            return false;
        };
        let mut line = String::new();
        let read = BufReader::new(stream).read_line(&mut line);
        read.is_ok() && line.starts_with("INFO ")
    }

    /// Does something with a client.
    pub fn with<T>(&self, work: impl AsyncFnOnce(Client) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let url = format!("nats://127.0.0.1:{}", self.port);
        runtime.block_on(async {
            let client = async_nats::connect(url).await.unwrap();
            work(client).await
        })
    }

    /// The same with its streams.
    pub fn streams<T>(&self, work: impl AsyncFnOnce(jetstream::Context) -> T) -> T {
        self.with(async |client| work(jetstream::new(client)).await)
    }

    /// Makes a stream in a file that keeps what is published under the same name.
    pub fn make(&self, name: &str) {
        self.make_as(stream::Config {
            name: name.into(),
            subjects: vec![name.into(), format!("{name}.>")],
            ..stream::Config::default()
        });
    }

    pub fn make_as(&self, config: stream::Config) {
        self.streams(async |streams| streams.create_stream(config).await.unwrap());
    }

    pub fn delete(&self, stream: &str) {
        self.streams(async |streams| streams.delete_stream(stream).await.unwrap());
    }

    /// Publishes a message for each number, in order, each acknowledged.
    pub fn add(&self, subject: &str, numbers: impl Iterator<Item = u64>) {
        self.publish(subject, numbers.map(|number| format!("record {number}")));
    }

    pub fn publish(&self, subject: &str, records: impl Iterator<Item = String>) {
        self.streams(async |streams| {
            let mut sent = VecDeque::new();
            for record in records {
                let message = PublishMessage::build().payload(record.into());
                let one = streams.send_publish(subject.to_owned(), message).await;
                sent.push_back(one.unwrap());
                if sent.len() > 1_000 {
                    sent.pop_front().unwrap().await.unwrap();
                }
            }
            for one in sent {
                one.await.unwrap();
            }
        });
    }

    /// The messages of a stream, as text, with their ids.
    pub fn messages(&self, stream: &str) -> Vec<(String, String)> {
        self.streams(async |streams| {
            let mut stream = streams.get_stream(stream).await.unwrap();
            let state = stream.info().await.unwrap().state.clone();
            let mut found = Vec::new();
            if state.messages == 0 {
                return found;
            }
            let config = consumer::pull::OrderedConfig::default();
            let reader = stream.create_consumer(config).await.unwrap();
            let mut messages = reader.messages().await.unwrap();
            while let Some(message) = futures_next(&mut messages).await {
                let id = message.headers.as_ref();
                let id = id.and_then(|headers| headers.get("Nats-Msg-Id"));
                let id = id.map_or(String::new(), ToString::to_string);
                let text = String::from_utf8(message.payload.to_vec()).unwrap();
                let info = message.info().unwrap();
                found.push((text, id));
                if info.pending == 0 {
                    break;
                }
            }
            found
        })
    }

    pub fn records(&self, stream: &str) -> Vec<String> {
        self.messages(stream).into_iter().map(|one| one.0).collect()
    }

    /// What the server says of a consumer; nothing where it isn't there.
    pub fn consumer(&self, stream: &str) -> Option<consumer::Info> {
        self.streams(async |streams| {
            let stream = streams.get_stream(stream).await.ok()?;
            stream.consumer_info("byteor").await.ok()
        })
    }

    /// Whether all messages of the stream are acknowledged.
    pub fn is_acknowledged(&self, stream: &str) -> bool {
        self.consumer(stream)
            .is_some_and(|info| info.num_ack_pending == 0 && info.num_pending == 0)
    }

    pub fn ingress(&self, subject: &str) -> NatsIngress {
        NatsIngress {
            url: format!("nats://127.0.0.1:{}", self.port),
            mode: NatsIngressMode::Jetstream,
            subject: subject.into(),
            stream: None,
            consumer: "byteor".into(),
            start: NatsStart::Start,
            batch_records: 100,
            unacknowledged: 10_000,
            in_flight_bytes: 1_048_576,
            ack_wait_seconds: 30,
            timeout_seconds: 5,
            proof: NatsProof::Password,
            user: None,
            secret: None,
            authorities: None,
        }
    }

    pub fn egress(&self, subject: &str) -> NatsEgress {
        NatsEgress {
            url: format!("nats://127.0.0.1:{}", self.port),
            mode: NatsEgressMode::Jetstream,
            subject: subject.into(),
            stream: None,
            in_flight_records: 100,
            in_flight_bytes: 65_536,
            timeout_seconds: 5,
            give_up_after_seconds: None,
            proof: NatsProof::Password,
            user: None,
            secret: None,
            authorities: None,
        }
    }
}

async fn futures_next(messages: &mut consumer::pull::Ordered) -> Option<jetstream::Message> {
    use futures_util::StreamExt as _;
    messages.next().await.map(Result::unwrap)
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
