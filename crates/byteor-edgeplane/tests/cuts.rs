//! Every adapter that is on the network, over one that is cut, stalls, is reset and is slow, with runs and
//! servers that are killed: nothing that is promised to arrive is lost, and each goes on by itself.
#![cfg(feature = "portable")]

mod bench;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::ops::RangeInclusive;
use std::sync::{RwLockWriteGuard, mpsc};
use std::time::{Duration, Instant};

use bench::proxy::{End, Proxy, Way, Weather};
use bench::{Bench, Random, Started};
use byteor_config::adapters::websocket::{
    WebsocketEgressFraming, WebsocketIngressFraming, WebsocketRole,
};
use byteor_config::adapters::{
    ADAPTERS, Delivery, Lag, OtherEnd, SourcePromise, adapter, delivery, source_promise,
};
use byteor_config::{Egress, Ingress};
use rustix::process::{Resource, Rlimit, getrlimit, prlimit};

/// Longest that anything may take: servers that are killed take long to come up.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long an adapter waits for an answer.
const TIMEOUT: u32 = 2;
/// What goes into one round of blows in `npm test`.
const BLOWS: u64 = 20;

/// Who stands on the other side of the proxy.
trait Peer {
    /// The port of a new network, where it has to be a certain one, and where that leads to.
    fn ports(&self) -> (u16, u16);
    /// What runs, over the network at `port`. The first one is fed, or reads what is; whatever went through
    /// its sink is counted in its checkpoint.
    fn benches(&self, port: u16) -> Vec<Bench>;
    /// A file into the sink, over the network at `port`; nothing where the sink waits to be connected to.
    fn file_to_sink(&self, port: u16) -> Option<Bench>;
    /// Has the first one read records with these numbers.
    fn feed(&mut self, benches: &[Bench], numbers: RangeInclusive<u64>);
    /// The numbers that arrived, in their order.
    fn arrived(&mut self, benches: &[Bench]) -> Vec<u64>;
    /// Whether there is a server, or none but the runs.
    fn has_server(&self) -> bool {
        true
    }
    /// Kills the server, and starts it again after a while.
    fn restart(&mut self, after: Duration);
}

/// The adapters on the network, each with who stands at its other end: the next one is a line here.
macro_rules! cases {
    ($($name:ident: $kind:literal, $make:expr;)+) => {
        /// The kinds that are looked at.
        const KINDS: &[&str] = &[$($kind),+];

        $(mod $name {
            use super::*;

            #[test]
            fn connections_that_are_cut_stalled_and_reset_cost_nothing() {
                if let Some(peer) = $make {
                    cut(stringify!($name), peer);
                }
            }

            #[test]
            fn a_sink_that_is_down_is_told_and_waited_for_in_bounded_memory() {
                if let Some(peer) = $make {
                    dead_sink(stringify!($name), peer);
                }
            }

            #[test]
            fn a_source_tells_what_it_declares_also_while_nothing_gets_to_the_sink() {
                if let Some(peer) = $make {
                    told(stringify!($name), peer);
                }
            }
        })+
    };
}

cases! {
    http: "http", Some(Pair::over(Over::Http));
    grpc: "grpc", Some(Pair::over(Over::Grpc));
    websocket: "websocket", Some(Pair::over(Over::Websocket(WebsocketRole::Connect)));
    websocket_that_listens: "websocket", Some(Pair::over(Over::Websocket(WebsocketRole::Listen)));
    redis: "redis", Redis::peer();
    postgres: "postgres", Postgres::peer();
    postgres_changes: "postgres_changes", Postgres::changes();
    nats: "nats", Nats::peer();
    s3: "s3", S3::peer();
    rabbitmq: "rabbitmq", Rabbitmq::peer();
    kafka: "kafka", kafka_peer::peer(false);
    kafka_in_transactions: "kafka", kafka_peer::peer(true);
}

#[test]
fn no_adapter_on_the_network_is_left_out() {
    let listed: BTreeSet<_> = KINDS.iter().copied().collect();
    let kinds = ADAPTERS.iter().map(|adapter| adapter.kind);
    let on_it: BTreeSet<_> = kinds
        .filter(|kind| !["file", "stdio"].contains(kind))
        .collect();
    assert_eq!(listed, on_it);
}

/// The server of S3.
#[test]
#[ignore = "runs until it is killed"]
fn a_server_until_it_is_killed() {
    bench::s3::serve();
}

/// Has a source reach its peer at `port`, soon noticing one that is silent.
fn source_at(ingress: &mut Ingress, port: u16) {
    let here = format!("127.0.0.1:{port}");
    match ingress {
        Ingress::File(_) | Ingress::Stdio(_) => {}
        Ingress::Http(http) => {
            (http.listen, http.timeout_seconds) = (here, TIMEOUT);
        }
        Ingress::Grpc(grpc) => {
            (grpc.listen, grpc.timeout_seconds) = (here, TIMEOUT);
        }
        Ingress::Websocket(socket) => {
            (socket.url, socket.timeout_seconds) = (bench::websocket::url(port), TIMEOUT);
        }
        Ingress::Redis(redis) => {
            (redis.url, redis.timeout_seconds) = (format!("redis://{here}"), TIMEOUT);
        }
        Ingress::Postgres(postgres) => {
            (postgres.url, postgres.timeout_seconds) = (format!("postgres://{here}"), TIMEOUT);
        }
        Ingress::PostgresChanges(changes) => {
            (changes.url, changes.timeout_seconds) = (format!("postgres://{here}"), TIMEOUT);
        }
        Ingress::Kafka(kafka) => (kafka.servers, kafka.timeout_seconds) = (here, TIMEOUT),
        Ingress::Nats(nats) => {
            (nats.url, nats.timeout_seconds) = (format!("nats://{here}"), TIMEOUT);
            // What was on its way comes again after this.
            nats.ack_wait_seconds = 1;
        }
        Ingress::S3(s3) => {
            (s3.url, s3.timeout_seconds) = (format!("http://{here}"), TIMEOUT);
        }
        Ingress::Rabbitmq(rabbitmq) => {
            (rabbitmq.url, rabbitmq.timeout_seconds) = (format!("amqp://{here}"), TIMEOUT);
        }
    }
}

/// The same of a sink.
fn sink_at(egress: &mut Egress, port: u16) {
    let here = format!("127.0.0.1:{port}");
    match egress {
        Egress::File(_) | Egress::Stdio(_) => {}
        Egress::Http(http) => {
            (http.url, http.timeout_seconds) = (format!("http://{here}/records"), TIMEOUT);
        }
        Egress::Grpc(grpc) => {
            (grpc.url, grpc.timeout_seconds) = (format!("http://{here}"), TIMEOUT);
        }
        Egress::Websocket(socket) => {
            (socket.url, socket.timeout_seconds) = (bench::websocket::url(port), TIMEOUT);
        }
        Egress::Redis(redis) => {
            (redis.url, redis.timeout_seconds) = (format!("redis://{here}"), TIMEOUT);
        }
        Egress::Postgres(postgres) => {
            (postgres.url, postgres.timeout_seconds) = (format!("postgres://{here}"), TIMEOUT);
        }
        Egress::Kafka(kafka) => (kafka.servers, kafka.timeout_seconds) = (here, TIMEOUT),
        Egress::Nats(nats) => {
            (nats.url, nats.timeout_seconds) = (format!("nats://{here}"), TIMEOUT);
        }
        Egress::S3(s3) => {
            (s3.url, s3.timeout_seconds) = (format!("http://{here}"), TIMEOUT);
        }
        Egress::Rabbitmq(rabbitmq) => {
            (rabbitmq.url, rabbitmq.timeout_seconds) = (format!("amqp://{here}"), TIMEOUT);
        }
    }
}

/// From the server and back into it.
fn both(mut bench: Bench, port: u16, ingress: Ingress, egress: Egress) -> Vec<Bench> {
    (bench.config.ingress, bench.config.egress) = (ingress, egress);
    source_at(&mut bench.config.ingress, port);
    sink_at(&mut bench.config.egress, port);
    vec![bench]
}

/// From a file into it.
fn from_file(mut bench: Bench, port: u16, egress: Egress) -> Bench {
    bench.config.egress = egress;
    sink_at(&mut bench.config.egress, port);
    bench.follow()
}

fn lines(numbers: RangeInclusive<u64>) -> String {
    numbers.map(|number| format!("record {number}\n")).collect()
}

/// The numbers of records, each of which has one of them only.
fn numbers<'a>(records: impl IntoIterator<Item = &'a str>) -> Vec<u64> {
    let number = |record: &str| {
        let digits = record.find(|c: char| c.is_ascii_digit())?;
        let rest = &record[digits..];
        let end = rest.find(|c: char| !c.is_ascii_digit());
        rest[..end.unwrap_or(rest.len())].parse().ok()
    };
    let records = records.into_iter();
    records
        .map(|record| number(record).unwrap_or_else(|| panic!("{record} has no number")))
        .collect()
}

/// Two pipelines: a file into the sink, and the source into a file.
struct Pair {
    /// Where the side listens that does.
    port: u16,
    over: Over,
}

/// What the two speak with each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Over {
    Http,
    Grpc,
    /// Who of its sides the sink is.
    Websocket(WebsocketRole),
}

impl Pair {
    fn over(over: Over) -> Box<dyn Peer> {
        let port = bench::http::free_port();
        Box::new(Self { port, over })
    }

    fn sending(&self, port: u16) -> Bench {
        let bench = Bench::new(b"", &["identity"]);
        let (egress, port) = match self.over {
            Over::Http => (Egress::Http(bench::http::egress(port)), port),
            Over::Grpc => (Egress::Grpc(bench::grpc::egress(port)), port),
            Over::Websocket(role) => {
                let mut egress = bench::websocket::egress(port, WebsocketEgressFraming::Numbered);
                egress.role = role;
                let port = match role {
                    WebsocketRole::Connect => port,
                    WebsocketRole::Listen => self.port,
                };
                (Egress::Websocket(egress), port)
            }
        };
        from_file(bench, port, egress)
    }

    fn taking(&self, port: u16) -> Bench {
        let mut bench = Bench::new(b"", &["identity"]);
        let (ingress, port) = match self.over {
            Over::Grpc => (Ingress::Grpc(bench::grpc::ingress(port)), self.port),
            Over::Http => {
                let mut ingress = bench::http::ingress(port);
                // A request has line feeds besides.
                ingress.max_body_bytes *= 2;
                (Ingress::Http(ingress), self.port)
            }
            Over::Websocket(role) => {
                let framing = WebsocketIngressFraming::Numbered;
                let mut ingress = bench::websocket::ingress(port, framing);
                let (own, port) = match role {
                    WebsocketRole::Connect => (WebsocketRole::Listen, self.port),
                    WebsocketRole::Listen => (WebsocketRole::Connect, port),
                };
                ingress.role = own;
                (Ingress::Websocket(ingress), port)
            }
        };
        bench.config.ingress = ingress;
        source_at(&mut bench.config.ingress, port);
        bench
    }
}

impl Peer for Pair {
    fn ports(&self) -> (u16, u16) {
        (0, self.port)
    }

    fn benches(&self, port: u16) -> Vec<Bench> {
        vec![self.sending(port), self.taking(port)]
    }

    fn file_to_sink(&self, port: u16) -> Option<Bench> {
        (self.over != Over::Websocket(WebsocketRole::Listen)).then(|| self.sending(port))
    }

    fn feed(&mut self, benches: &[Bench], numbers: RangeInclusive<u64>) {
        benches[0].append(lines(numbers).as_bytes());
    }

    fn arrived(&mut self, benches: &[Bench]) -> Vec<u64> {
        let out = fs::read_to_string(benches[1].path("out.log")).unwrap_or_default();
        // The last line of one that is being written may be cut.
        let whole = out.rfind('\n').map_or("", |end| &out[..end]);
        numbers(whole.lines())
    }

    fn has_server(&self) -> bool {
        false
    }

    fn restart(&mut self, _: Duration) {
        panic!("there is no server");
    }
}

struct Redis(bench::redis::Server);

impl Redis {
    fn peer() -> Option<Box<dyn Peer>> {
        let server = bench::redis::Server::start(&[])?;
        Some(Box::new(Self(server)))
    }
}

impl Peer for Redis {
    fn ports(&self) -> (u16, u16) {
        (0, self.0.port)
    }

    fn benches(&self, port: u16) -> Vec<Bench> {
        let (ingress, egress) = (self.0.ingress(), self.0.egress());
        let bench = Bench::new(b"", &["identity"]);
        both(bench, port, Ingress::Redis(ingress), Egress::Redis(egress))
    }

    fn file_to_sink(&self, port: u16) -> Option<Bench> {
        let bench = Bench::new(b"", &["identity"]);
        Some(from_file(bench, port, Egress::Redis(self.0.egress())))
    }

    fn feed(&mut self, _: &[Bench], numbers: RangeInclusive<u64>) {
        self.0.add("in", numbers);
    }

    fn arrived(&mut self, _: &[Bench]) -> Vec<u64> {
        numbers(self.0.records("out").iter().map(String::as_str))
    }

    fn restart(&mut self, after: Duration) {
        self.0.kill();
        std::thread::sleep(after);
        self.0.begin();
    }
}

/// Rows of one table go into another one; or its changes do, with their keys only.
struct Postgres {
    server: bench::postgres::Server,
    changes: bool,
}

impl Postgres {
    fn peer() -> Option<Box<dyn Peer>> {
        Self::with_tables(&[], false)
    }

    fn changes() -> Option<Box<dyn Peer>> {
        Self::with_tables(&["-c", "wal_level=logical"], true)
    }

    fn with_tables(settings: &[&str], changes: bool) -> Option<Box<dyn Peer>> {
        let server = bench::postgres::Server::start(settings)?;
        server.ask(
            "CREATE TABLE source (n bigint PRIMARY KEY, \"by\" xid8 NOT NULL DEFAULT pg_current_xact_id(), \
             pad text); CREATE TABLE numbers (came bigserial, n bigint NOT NULL, pad text)",
        );
        if changes {
            server.ask("CREATE PUBLICATION changes FOR TABLE source");
            server.ask("SELECT pg_create_logical_replication_slot('slot', 'pgoutput')");
        }
        Some(Box::new(Self { server, changes }))
    }
}

impl Peer for Postgres {
    fn ports(&self) -> (u16, u16) {
        (0, self.server.port)
    }

    fn benches(&self, port: u16) -> Vec<Bench> {
        let key = match self.changes {
            true => "json_extract:key",
            false => "identity",
        };
        let mut bench = Bench::new(b"", &[key]);
        let ingress = match self.changes {
            true => Ingress::PostgresChanges(self.server.changes(&mut bench)),
            false => Ingress::Postgres(self.server.ingress(&mut bench, "source")),
        };
        let egress = self.server.egress(&mut bench, "numbers");
        both(bench, port, ingress, Egress::Postgres(egress))
    }

    fn file_to_sink(&self, port: u16) -> Option<Bench> {
        if self.changes {
            return None;
        }
        let mut bench = Bench::new(b"", &["identity"]);
        let egress = self.server.egress(&mut bench, "numbers");
        Some(from_file(bench, port, Egress::Postgres(egress)))
    }

    fn feed(&mut self, _: &[Bench], numbers: RangeInclusive<u64>) {
        let (first, last) = (numbers.start(), numbers.end());
        self.server.ask(&format!(
            "INSERT INTO source (n) SELECT * FROM generate_series({first}, {last})"
        ));
    }

    fn arrived(&mut self, _: &[Bench]) -> Vec<u64> {
        numbers(
            self.server
                .ask("SELECT n FROM numbers ORDER BY came")
                .lines(),
        )
    }

    fn restart(&mut self, after: Duration) {
        self.server.kill();
        std::thread::sleep(after);
        self.server.begin();
    }
}

struct Nats(bench::nats::Server);

impl Nats {
    fn peer() -> Option<Box<dyn Peer>> {
        let server = bench::nats::Server::start("")?;
        server.make("in");
        server.make("out");
        Some(Box::new(Self(server)))
    }
}

impl Peer for Nats {
    fn ports(&self) -> (u16, u16) {
        (0, self.0.port)
    }

    fn benches(&self, port: u16) -> Vec<Bench> {
        let (ingress, egress) = (self.0.ingress("in"), self.0.egress("out"));
        let bench = Bench::new(b"", &["identity"]);
        both(bench, port, Ingress::Nats(ingress), Egress::Nats(egress))
    }

    fn file_to_sink(&self, port: u16) -> Option<Bench> {
        let bench = Bench::new(b"", &["identity"]);
        Some(from_file(bench, port, Egress::Nats(self.0.egress("out"))))
    }

    fn feed(&mut self, _: &[Bench], numbers: RangeInclusive<u64>) {
        self.0.add("in", numbers);
    }

    fn arrived(&mut self, _: &[Bench]) -> Vec<u64> {
        numbers(self.0.records("out").iter().map(String::as_str))
    }

    fn restart(&mut self, after: Duration) {
        self.0.kill();
        std::thread::sleep(after);
        self.0.begin();
    }
}

struct S3(bench::s3::Server, u64);

impl S3 {
    fn peer() -> Option<Box<dyn Peer>> {
        Some(Box::new(Self(bench::s3::Server::start(&[]), 0)))
    }
}

impl Peer for S3 {
    fn ports(&self) -> (u16, u16) {
        (0, self.0.port)
    }

    fn benches(&self, port: u16) -> Vec<Bench> {
        let mut bench = Bench::new(b"", &["identity"]);
        let mut ingress = self.0.ingress(&mut bench);
        ingress.mode = byteor_config::adapters::s3::S3Mode::Follow;
        let egress = self.0.egress(&mut bench);
        both(bench, port, Ingress::S3(ingress), Egress::S3(egress))
    }

    fn file_to_sink(&self, port: u16) -> Option<Bench> {
        let mut bench = Bench::new(b"", &["identity"]);
        let egress = self.0.egress(&mut bench);
        Some(from_file(bench, port, Egress::S3(egress)))
    }

    fn feed(&mut self, _: &[Bench], numbers: RangeInclusive<u64>) {
        self.1 += 1;
        self.0.add(&format!("logs/{:08}", self.1), lines(numbers));
    }

    fn arrived(&mut self, _: &[Bench]) -> Vec<u64> {
        let objects = self.0.objects("out-bucket");
        let text: String = objects
            .into_values()
            .map(|bytes| String::from_utf8(bytes).unwrap())
            .collect();
        numbers(text.lines())
    }

    fn restart(&mut self, after: Duration) {
        self.0.kill();
        std::thread::sleep(after);
        self.0.begin();
    }
}

struct Rabbitmq {
    server: RwLockWriteGuard<'static, bench::rabbitmq::Server>,
    streams: (String, String),
    arrived: Option<Vec<u64>>,
}

impl Rabbitmq {
    fn peer() -> Option<Box<dyn Peer>> {
        let server = bench::rabbitmq::own_server()?;
        let streams = (server.stream(&[]), server.stream(&[]));
        Some(Box::new(Self {
            server,
            streams,
            arrived: None,
        }))
    }
}

impl Peer for Rabbitmq {
    fn ports(&self) -> (u16, u16) {
        (0, self.server.port)
    }

    fn benches(&self, port: u16) -> Vec<Bench> {
        let mut bench = Bench::new(b"", &["identity"]);
        let ingress = self.server.ingress(&mut bench, &self.streams.0);
        let egress = self.server.egress(&mut bench, &self.streams.1);
        both(
            bench,
            port,
            Ingress::Rabbitmq(ingress),
            Egress::Rabbitmq(egress),
        )
    }

    fn file_to_sink(&self, port: u16) -> Option<Bench> {
        let mut bench = Bench::new(b"", &["identity"]);
        let egress = self.server.egress(&mut bench, &self.streams.1);
        Some(from_file(bench, port, Egress::Rabbitmq(egress)))
    }

    fn feed(&mut self, _: &[Bench], numbers: RangeInclusive<u64>) {
        let records = numbers.map(|number| format!("record {number}"));
        self.server.publish(&self.streams.0, records);
    }

    fn arrived(&mut self, _: &[Bench]) -> Vec<u64> {
        // Looking marks the end of the stream, which can be done once.
        let (server, stream) = (&self.server, &self.streams.1);
        let look = || {
            let records = server.records(stream);
            let text = records
                .iter()
                .map(|one| std::str::from_utf8(&one.1).unwrap());
            numbers(text)
        };
        self.arrived.get_or_insert_with(look).clone()
    }

    fn restart(&mut self, after: Duration) {
        self.server.kill();
        std::thread::sleep(after);
        let (from, to) = self.streams.clone();
        self.server.start_again(&[&from, &to]);
    }
}

#[cfg(not(feature = "kafka"))]
mod kafka_peer {
    pub fn peer(_: bool) -> Option<Box<dyn super::Peer>> {
        super::bench::tools::not_run("this build has no Kafka");
        None
    }
}

#[cfg(feature = "kafka")]
mod kafka_peer {
    use super::*;
    use bench::kafka::{Server, own_server};
    use byteor_config::adapters::kafka::KafkaEgress;

    struct Kafka {
        server: RwLockWriteGuard<'static, Server>,
        topics: (String, String),
        transactions: bool,
    }

    impl Kafka {
        fn egress(&self) -> KafkaEgress {
            match self.transactions {
                true => KafkaEgress {
                    // One that is open when the server is killed must not be too old when it comes up: Kafka
                    // 4.3 then takes it for ended before it is leader of anything, and ends it nowhere.
                    transaction_timeout_seconds: Some(60),
                    ..self.server.transactions(&self.topics.1)
                },
                false => self.server.egress(&self.topics.1),
            }
        }
    }

    pub fn peer(transactions: bool) -> Option<Box<dyn Peer>> {
        let server = own_server()?;
        let topics = (server.topic(1, &[]), server.topic(1, &[]));
        Some(Box::new(Kafka {
            server,
            topics,
            transactions,
        }))
    }

    impl Peer for Kafka {
        fn ports(&self) -> (u16, u16) {
            let (own, told) = self.server.behind;
            (told, own)
        }

        fn benches(&self, port: u16) -> Vec<Bench> {
            let mut ingress = self.server.ingress(&self.topics.0);
            // One whose partitions went has to begin anew where there are transactions.
            ingress.session_seconds = if self.transactions { 30 } else { 3 };
            let egress = self.egress();
            let bench = Bench::new(b"", &["identity"]);
            both(bench, port, Ingress::Kafka(ingress), Egress::Kafka(egress))
        }

        fn file_to_sink(&self, port: u16) -> Option<Bench> {
            let egress = self.egress();
            let bench = Bench::new(b"", &["identity"]);
            Some(from_file(bench, port, Egress::Kafka(egress)))
        }

        fn feed(&mut self, _: &[Bench], numbers: RangeInclusive<u64>) {
            let records = numbers.map(|number| Some(format!("record {number}")));
            self.server.produce(&self.topics.0, 0, records);
        }

        fn arrived(&mut self, _: &[Bench]) -> Vec<u64> {
            let records = self.server.committed_records(&self.topics.1, 0);
            let text = records
                .iter()
                .map(|record| std::str::from_utf8(record).unwrap());
            numbers(text)
        }

        fn restart(&mut self, after: Duration) {
            self.server.kill();
            std::thread::sleep(after);
            self.server.start_again();
        }
    }
}

/// Runs over a network that the test has its hand on.
struct Scene {
    name: &'static str,
    proxy: Proxy,
    benches: Vec<Bench>,
    runs: Vec<Started>,
    peer: Box<dyn Peer>,
    /// How many records were fed.
    fed: u64,
    /// How many came more than once, as far as that is known.
    doubled: u64,
    /// How long it took until something went on after each blow, by its kind.
    back: BTreeMap<Blow, Vec<Duration>>,
    /// What is dealt next, the last first.
    deck: Vec<Blow>,
}

/// What is done to a scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Blow {
    Reset,
    Closed,
    Handshake,
    Stalled,
    Slow,
    Run,
    Server,
    Disk,
}

impl Blow {
    const ALL: [Self; 8] = [
        Self::Reset,
        Self::Closed,
        Self::Handshake,
        Self::Stalled,
        Self::Slow,
        Self::Run,
        Self::Server,
        Self::Disk,
    ];

    /// What is counted.
    fn unit(self) -> &'static str {
        match self {
            Self::Reset => "resets",
            Self::Closed => "closed connections",
            Self::Handshake => "cut handshakes",
            Self::Stalled => "stalls",
            Self::Slow => "slow times",
            Self::Run => "killed runs",
            Self::Server => "killed servers",
            Self::Disk => "full disks",
        }
    }

    /// Those that `peer` gets: all, but that runs that talk with each other have no server.
    fn of(peer: &dyn Peer) -> Vec<Self> {
        let all = Self::ALL.into_iter();
        all.filter(|blow| *blow != Self::Server || peer.has_server())
            .collect()
    }
}

impl Scene {
    /// Begins while nobody gets through.
    fn begin(name: &'static str, peer: Box<dyn Peer>) -> Self {
        let (port, target) = peer.ports();
        let proxy = Proxy::at(port, target);
        let away = Weather::Cut {
            way: Way::Up,
            after: 0,
            end: End::Closed,
        };
        proxy.weather(away);
        let benches = peer.benches(proxy.port);
        let runs = benches.iter().map(|bench| bench.start(&[])).collect();
        Self {
            name,
            proxy,
            benches,
            runs,
            peer,
            fed: 0,
            doubled: 0,
            back: BTreeMap::new(),
            deck: Vec::new(),
        }
    }

    fn feed(&mut self, count: u64) {
        let numbers = self.fed + 1..=self.fed + count;
        self.peer.feed(&self.benches, numbers);
        self.fed += count;
    }

    /// How many records are through the first sink, as far as its run saved.
    fn through(&self) -> u64 {
        self.benches[0].through()
    }

    fn wait(&self, what: &str, mut done: impl FnMut() -> bool) {
        let until = Instant::now() + PATIENCE;
        while !done() {
            let through = self.through();
            assert!(
                Instant::now() < until,
                "{}: {what} doesn't come; {through} of {} are through",
                self.name,
                self.fed
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until all that was fed arrived.
    fn settle(&mut self) {
        self.wait("the rest", || self.through() >= self.fed);
        let config = &self.benches[0].config;
        let exact = source_promise(&config.ingress) == Some(SourcePromise::Resumes);
        if exact && self.benches.len() == 1 {
            // Each number of a record is one record, so nothing is missing.
            return;
        }
        let until = Instant::now() + PATIENCE;
        loop {
            let arrived: BTreeSet<u64> = self.arrived().into_iter().collect();
            if arrived.len() as u64 >= self.fed {
                return;
            }
            let missing = (1..=self.fed).find(|number| !arrived.contains(number));
            assert!(Instant::now() < until, "{}: {missing:?} is lost", self.name);
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn arrived(&mut self) -> Vec<u64> {
        self.peer.arrived(&self.benches)
    }

    /// Has traffic go on after something was done to it, and measures how long that takes.
    fn goes_on(&mut self, blow: Blow) {
        let (before, begun) = (self.through(), Instant::now());
        // What is to go on was fed before; here is more, in case that it got through.
        self.feed(20);
        self.wait("anything more", || self.through() > before);
        let back = begun.elapsed();
        println!(
            "{}: {blow:?}, on again after {} ms",
            self.name,
            back.as_millis()
        );
        self.back.entry(blow).or_default().push(back);
    }

    /// Ends new connections in their handshakes, each time at another place.
    fn cut_handshakes(&mut self) {
        let places = [0, 1, 4, 12, 40, 120, 400].map(|after| (Way::Down, after));
        let places = places
            .into_iter()
            .chain([1, 8, 30, 100, 300].map(|after| (Way::Up, after)));
        for (turn, (way, after)) in places.enumerate() {
            let end = [End::Closed, End::Reset][turn % 2];
            let before = self.proxy.cut();
            self.proxy.weather(Weather::Cut { way, after, end });
            self.proxy.end(end);
            self.feed(20);
            // Where less than that is said in a handshake, it is cut later, or not at all.
            let most = Instant::now() + Duration::from_millis(1_500);
            while self.proxy.cut() < before + 2 && Instant::now() < most {
                std::thread::sleep(Duration::from_millis(10));
            }
            self.proxy.weather(Weather::Fair);
            self.proxy.end(end);
            self.settle();
        }
    }

    /// Nothing gets through for longer than anybody waits, and nobody is told.
    fn stall(&mut self) {
        self.feed(200);
        self.proxy.weather(Weather::Stalled);
        self.feed(200);
        std::thread::sleep(Duration::from_secs(u64::from(TIMEOUT) + 1));
        self.proxy.weather(Weather::Fair);
        self.goes_on(Blow::Stalled);
        self.settle();
    }

    /// The next one of a deck that has each kind once.
    fn deal(&mut self, random: &mut Random) -> Blow {
        if self.deck.is_empty() {
            let mut left = Blow::of(&*self.peer);
            while !left.is_empty() {
                let drawn = random.below(left.len() as u64) as usize;
                self.deck.push(left.swap_remove(drawn));
            }
        }
        self.deck.pop().expect("it was filled")
    }

    /// One of this kind, at a random moment of traffic.
    fn blow(&mut self, random: &mut Random, blow: Blow) {
        self.feed(200);
        std::thread::sleep(Duration::from_micros(random.below(40_000)));
        let end = [End::Closed, End::Reset][random.below(2) as usize];
        match blow {
            Blow::Reset => self.proxy.end(End::Reset),
            Blow::Closed => self.proxy.end(End::Closed),
            Blow::Handshake => {
                let way = [Way::Up, Way::Down][random.below(2) as usize];
                let after = random.below(500);
                self.proxy.weather(Weather::Cut { way, after, end });
                self.proxy.end(end);
                std::thread::sleep(Duration::from_millis(random.below(500)));
                self.proxy.weather(Weather::Fair);
            }
            Blow::Stalled => {
                self.proxy.weather(Weather::Stalled);
                std::thread::sleep(Duration::from_millis(random.below(4_000)));
                self.proxy.weather(Weather::Fair);
            }
            Blow::Slow => {
                self.proxy.weather(Weather::Slow(Duration::from_millis(50)));
                self.proxy.end(end);
                std::thread::sleep(Duration::from_millis(random.below(1_000)));
                self.proxy.weather(Weather::Fair);
                self.proxy.end(end);
            }
            Blow::Run => self.kill_run(random),
            Blow::Server => self.peer.restart(Duration::from_millis(random.below(500))),
            Blow::Disk => self.fill_disk(random),
        }
        self.goes_on(blow);
        indexbus_proof::did(blow.unit(), 1);
    }

    fn kill_run(&mut self, random: &mut Random) {
        let which = random.below(self.runs.len() as u64) as usize;
        self.runs.remove(which).kill();
        self.runs.insert(which, self.benches[which].start(&[]));
    }

    /// No file of a run may grow any more, as on a disk that is full; it ends and says so, and is started again
    /// with room. Also a user who may not mount a small disk may do this.
    fn fill_disk(&mut self, random: &mut Random) {
        let which = random.below(self.runs.len() as u64) as usize;
        let mut run = self.runs.remove(which);
        let none = Rlimit {
            current: Some(0),
            ..getrlimit(Resource::Fsize)
        };
        prlimit(Some(run.pid()), Resource::Fsize, none).unwrap();
        self.feed(20);
        self.wait("the end of a run without room", || run.ended());
        let ran = run.wait();
        assert_eq!(ran.exit, Some(5), "{}: {:?}", self.name, ran.last());
        let wrote = ["E_CHECKPOINT_WRITE", "E_OUTPUT_WRITE", "E_REJECT_WRITE"];
        assert!(
            wrote.contains(&ran.code()),
            "{}: {:?}",
            self.name,
            ran.last()
        );
        self.runs.insert(which, self.benches[which].start(&[]));
    }

    /// Ends well, with all that was fed.
    fn end(mut self) {
        self.settle();
        let ended: Vec<_> = self.runs.drain(..).map(Started::terminate).collect();
        for ran in &ended {
            assert_eq!(ran.exit, Some(0), "{}: {:?}", self.name, ran.last());
        }
        let config = &self.benches[0].config;
        let promised = delivery(&config.ingress, &config.egress).unwrap();
        let arrived = self.arrived();
        let mut times = BTreeMap::new();
        for number in &arrived {
            *times.entry(*number).or_insert(0) += 1;
        }
        let lost = (1..=self.fed)
            .filter(|number| !times.contains_key(number))
            .count();
        assert_eq!((lost, times.len() as u64), (0, self.fed), "{}", self.name);
        self.doubled = arrived.len() as u64 - self.fed;
        if promised.delivery == Delivery::ExactlyOnce {
            assert!(arrived.is_sorted(), "{}: another order", self.name);
            assert_eq!(self.doubled, 0, "{}", self.name);
        }
        indexbus_proof::did("records", self.fed);
        indexbus_proof::did("records lost", lost as u64);
        indexbus_proof::did("records doubled", self.doubled);
        let blows: usize = self.back.values().map(Vec::len).sum();
        let mut text = format!(
            "{}: {blows} blows, {} records, 0 lost, {} doubled ({}); on again after",
            self.name, self.fed, self.doubled, promised.title
        );
        for (blow, times) in &mut self.back {
            times.sort_unstable();
            let (middle, longest) = (times[times.len() / 2], times[times.len() - 1]);
            let (middle, longest) = (middle.as_millis(), longest.as_millis());
            text += &format!(" {} {} {middle}/{longest} ms,", times.len(), blow.unit());
        }
        indexbus_proof::say(&format!("{text} medians and longest"));
    }
}

/// A server that is shared by tests, and other things that a test has for itself, outlive what runs.
fn cut(name: &'static str, peer: Box<dyn Peer>) {
    let mut scene = Scene::begin(name, peer);
    scene.feed(20);
    std::thread::sleep(Duration::from_millis(200));
    scene.proxy.weather(Weather::Fair);
    scene.settle();
    if indexbus_proof::given().is_none() {
        scene.cut_handshakes();
        scene.stall();
        let mut random = Random(7);
        for _ in 0..BLOWS {
            scene.blow(&mut random, Blow::Reset);
        }
        for blow in Blow::of(&*scene.peer) {
            scene.blow(&mut random, blow);
        }
        return scene.end();
    }
    let kinds = Blow::of(&*scene.peer);
    for round in indexbus_proof::rounds("rounds of ten blows", 0) {
        let mut random = Random(indexbus_proof::scattered(round));
        for _ in 0..10 {
            let blow = scene.deal(&mut random);
            scene.blow(&mut random, blow);
        }
        scene.wait("the rest of the round", || scene.through() >= scene.fed);
    }
    let got: Vec<Blow> = scene.back.keys().copied().collect();
    assert_eq!(got, kinds, "{name}: a round has each kind");
    scene.end();
}

fn dead_sink(name: &'static str, peer: Box<dyn Peer>) {
    let (port, target) = peer.ports();
    let proxy = Proxy::at(port, target);
    let Some(bench) = peer.file_to_sink(proxy.port) else {
        // Who waits to be connected to has no peer that is down.
        return;
    };
    proxy.weather(Weather::Cut {
        way: Way::Up,
        after: 0,
        end: End::Reset,
    });
    let (total, pad) = (30_000, "x".repeat(190));
    let json = matches!(bench.config.egress, Egress::Postgres(_));
    let mut input = String::new();
    for number in 1..=total {
        input += &match json {
            true => format!("{{\"n\":{number},\"pad\":\"{pad}\"}}\n"),
            false => format!("record {number} {pad}\n"),
        };
    }
    bench.append(input.as_bytes());
    let begun = Instant::now();
    let run = bench.start(&[]);
    let wait = |what: &str, done: &mut dyn FnMut() -> bool| {
        let until = Instant::now() + PATIENCE;
        while !done() {
            assert!(Instant::now() < until, "{name}: {what} doesn't come");
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    wait("that the peer is down", &mut || run.noticed("N_PEER_DOWN"));
    println!("{name}: told after {} ms", begun.elapsed().as_millis());
    let told = Instant::now();
    let sink = || {
        run.said("adapters")
            .pop()
            .map_or(serde_json::Value::Null, |mut event| event["sink"].take())
    };
    wait("what is seen of it", &mut || sink()["down_since"].is_u64());
    assert!(told.elapsed() < SECONDS, "{name}: {:?}", told.elapsed());
    assert!(
        sink()["error"]
            .as_str()
            .is_some_and(|error| !error.is_empty()),
        "{name}"
    );
    // Until it takes no more.
    let (mut held, mut same) = (0, 0);
    wait("a full pipeline", &mut || {
        let now = sink()["in_flight"].as_u64().unwrap_or(0);
        same = if now == held && now > 0 { same + 1 } else { 0 };
        held = now;
        same > 150
    });
    assert!(
        held < total / 2,
        "{name}: {held} of {total} records are in flight"
    );
    let before = run.resident();
    let hold = indexbus_proof::time(Duration::from_secs(2)).min(Duration::from_secs(600));
    let (until, mut most) = (Instant::now() + hold, 0);
    while Instant::now() < until {
        std::thread::sleep(Duration::from_millis(100));
        most = most.max(run.resident().saturating_sub(before));
    }
    assert!(most < 2_500_000, "{name}: {most} bytes more in memory");
    assert_eq!(sink()["in_flight"].as_u64(), Some(held), "{name}");
    indexbus_proof::did("seconds with a sink that is down", hold.as_secs());
    proxy.weather(Weather::Fair);
    // A server, or a pipeline that takes what is sent.
    let mut peer = peer;
    let others: Vec<Bench> = peer.benches(proxy.port).into_iter().skip(1).collect();
    let taking: Vec<Started> = others.iter().map(|bench| bench.start(&[])).collect();
    wait("the rest", &mut || bench.through() >= total);
    wait("that the peer is back", &mut || {
        let sink = sink();
        sink["up_since"].is_u64() && sink["down_since"].is_null()
    });
    let ran = run.terminate();
    assert_eq!(ran.exit, Some(0), "{name}: {:?}", ran.last());
    assert!(ran.noticed("N_PEER_BACK"), "{name}");
    for run in taking {
        assert_eq!(run.terminate().exit, Some(0), "{name}");
    }
    let benches: Vec<Bench> = std::iter::once(bench).chain(others).collect();
    let arrived: BTreeSet<u64> = peer.arrived(&benches).into_iter().collect();
    assert_eq!(arrived.len() as u64, total, "{name}");
    println!(
        "{name}: {held} records in flight, {most} bytes more in {} s",
        hold.as_secs()
    );
}

/// How many records are fed to a source whose sink is down.
const BEHIND: u64 = 50;
/// The same where it is told in objects: more than is read ahead.
const BEHIND_IN_OBJECTS: u64 = 20_000;
/// Within this it is told that a sink is down.
const SECONDS: Duration = Duration::from_secs(5);

fn told(name: &'static str, mut peer: Box<dyn Peer>) {
    let (port, target) = peer.ports();
    let proxy = Proxy::at(port, target);
    let mut benches = peer.benches(proxy.port);
    let mut bench = benches.pop().unwrap();
    let sink = bench::http::free_port();
    bench.config.egress = Egress::Http(bench::http::egress(sink));
    let declared = adapter(bench.config.ingress.kind()).unwrap();
    let declared = declared.ingress.as_ref().unwrap();
    let mut fed = BEHIND;
    let mut listens = None;
    match &mut bench.config.ingress {
        Ingress::S3(s3) => (fed, s3.in_flight_bytes) = (BEHIND_IN_OBJECTS, 131_072),
        Ingress::Http(http) => listens = Some(http.listen.clone()),
        Ingress::Grpc(grpc) => listens = Some(grpc.listen.clone()),
        Ingress::Websocket(socket) if socket.role == WebsocketRole::Listen => {
            listens = Some(socket.url.clone());
        }
        _ => {}
    }
    benches.push(bench);
    let begun = Instant::now();
    let runs: Vec<Started> = benches.iter().map(|bench| bench.start(&[])).collect();
    peer.feed(&benches, 1..=fed);
    let bench = benches.last().unwrap();
    let run = runs.last().unwrap();
    let seen = |side: &str| {
        run.said("adapters")
            .pop()
            .map_or(serde_json::Value::Null, |mut event| event[side].take())
    };
    let wait = |what: &str, done: &dyn Fn(&serde_json::Value) -> bool, side: &str| {
        let until = Instant::now() + PATIENCE;
        while !done(&seen(side)) {
            let now = seen(side);
            assert!(Instant::now() < until, "{name}: {what} isn't told: {now}");
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    wait("a dead sink", &|sink| sink["down_since"].is_u64(), "sink");
    let after = begun.elapsed();
    assert!(after < PATIENCE / 4, "{name}: {after:?}");
    let down = seen("sink");
    assert!(
        down["error"]
            .as_str()
            .unwrap()
            .contains("can't be connected to"),
        "{down}"
    );
    assert!(
        down["failures"].as_u64() > Some(0) && down["up_since"].is_null(),
        "{down}"
    );
    match declared.lag {
        Lag::Unknown { .. } => assert!(seen("source")["lag"].is_null(), "{name}"),
        Lag::Told { unit, .. } => {
            let is = |source: &serde_json::Value| match unit {
                // Nobody knows how many bytes that is, or of what else.
                "bytes" => source["lag"].as_u64() > Some(0),
                "objects" => source["lag"] == 1,
                _ => source["lag"] == fed,
            };
            wait("how far behind it is", &is, "source");
        }
    }
    let source = seen("source");
    match listens {
        None => assert!(
            source["up_since"].is_u64() && source["listening"].is_null(),
            "{source}"
        ),
        Some(at) => {
            wait(
                "who is connected",
                &|source| source["listening"]["connections"] == 1,
                "source",
            );
            assert!(seen("source")["up_since"].is_null(), "{name}");
            // Somebody asks for what there is none of.
            let address = at.trim_start_matches("ws://").trim_end_matches("/records");
            match &bench.config.ingress {
                Ingress::Grpc(_) => {
                    let port = address.rsplit(':').next().unwrap().parse().unwrap();
                    let hello = bench::grpc::hello("no name of a stream");
                    let Some(status) = bench::grpc::status(port, &[&hello], &[]) else {
                        return;
                    };
                    assert!(status.contains("E_GRPC_STREAM"), "{status}");
                }
                _ => {
                    let mut stream = TcpStream::connect(address).unwrap();
                    let ask = b"GET /none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
                    stream.write_all(ask).unwrap();
                    let _ = stream.read_to_end(&mut Vec::new());
                }
            }
            wait(
                "a refusal",
                &|source| source["listening"]["refused"] == 1,
                "source",
            );
            let error = seen("source")["error"].take();
            assert!(error.as_str().unwrap().starts_with("refused a "), "{error}");
        }
    }
    let divides = declared.facts.other_end == OtherEnd::Divider;
    assert_eq!(source["rebalances"].is_u64(), divides, "{source}");

    // The sink is back, and everything goes on by itself.
    let file = bench.path("received");
    let back = Instant::now();
    let _receiver = bench::http::Receiver::start(sink, &file, &[]);
    wait(
        "a sink that is back",
        &|sink| sink["up_since"].is_u64(),
        "sink",
    );
    println!(
        "{name}: down after {after:?}, back after {:?}",
        back.elapsed()
    );
    wait("all of it", &|sink| sink["in_flight"] == 0, "sink");
    if let Lag::Told { unit, .. } = declared.lag {
        // The server writes into its log by itself.
        let most = if unit == "bytes" { 4096 } else { 0 };
        let is = |source: &serde_json::Value| {
            source["lag"].as_u64().is_some_and(|lag| lag <= most) && source["lag_or_more"] == false
        };
        wait("that it isn't behind any more", &is, "source");
    }
    assert!(seen("sink")["down_since"].is_null() && seen("source")["down_since"].is_null());
    for run in runs {
        let ran = run.terminate();
        assert_eq!(ran.exit, Some(0), "{name}: {:?}", ran.last());
    }
    let text = fs::read_to_string(&file).unwrap();
    let records = text.lines().map(|line| line.split_once('\t').unwrap().1);
    let arrived: BTreeSet<u64> = numbers(records).into_iter().collect();
    assert!(arrived.into_iter().eq(1..=fed), "{name}");
}

#[test]
fn the_network_of_these_tests_ends_stalls_and_heals() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = Proxy::to(listener.local_addr().unwrap().port());
    let (seen, came) = mpsc::channel();
    // A server that sends back what it gets.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, seen) = (stream.unwrap(), seen.clone());
            std::thread::spawn(move || {
                let mut bytes = [0; 64];
                while let Ok(read @ 1..) = stream.read(&mut bytes) {
                    seen.send(bytes[..read].to_vec()).unwrap();
                    if stream.write_all(&bytes[..read]).is_err() {
                        return;
                    }
                }
            });
        }
    });
    let connect = || {
        let stream = TcpStream::connect(("127.0.0.1", proxy.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    };
    let said = |mut stream: &TcpStream, bytes: &[u8]| -> std::io::Result<Vec<u8>> {
        stream.write_all(bytes)?;
        let mut back = vec![0; bytes.len()];
        stream.read_exact(&mut back).map(|()| back)
    };
    let fair = connect();
    assert_eq!(said(&fair, b"hello").unwrap(), b"hello");
    proxy.end(End::Reset);
    let ended = (&fair).read(&mut [0]).unwrap_err();
    assert_eq!(ended.kind(), ErrorKind::ConnectionReset);
    let fair = connect();
    assert_eq!(said(&fair, b"hello").unwrap(), b"hello");
    proxy.end(End::Closed);
    assert_eq!((&fair).read(&mut [0]).unwrap(), 0);
    while came.try_recv().is_ok() {}

    let cut = |way, after, end| {
        proxy.weather(Weather::Cut { way, after, end });
        let before = proxy.cut();
        let mut stream = connect();
        // Where nobody is behind it, it may be gone already.
        let _ = stream.write_all(b"hello");
        let mut back = Vec::new();
        let _ = stream.read_to_end(&mut back);
        bench::wait_until("the count", || proxy.cut() == before + 1);
        back
    };
    assert_eq!(cut(Way::Up, 0, End::Closed), b"");
    assert!(came.try_recv().is_err());
    assert_eq!(cut(Way::Down, 3, End::Closed), b"hel");
    assert_eq!(came.recv_timeout(PATIENCE).unwrap(), b"hello");
    cut(Way::Up, 3, End::Closed);
    assert_eq!(came.recv_timeout(PATIENCE).unwrap(), b"hel");
    proxy.weather(Weather::Fair);

    let stalled = connect();
    assert_eq!(said(&stalled, b"hello").unwrap(), b"hello");
    proxy.weather(Weather::Stalled);
    let silent = |stream: &TcpStream| {
        let short = Some(Duration::from_millis(100));
        stream.set_read_timeout(short).unwrap();
        let kind = said(stream, b"x").unwrap_err().kind();
        assert!(matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut));
    };
    silent(&stalled);
    let new = connect();
    silent(&new);
    proxy.weather(Weather::Fair);
    silent(&stalled);
    silent(&new);
    assert_eq!(said(&connect(), b"hello").unwrap(), b"hello");
    assert_eq!(proxy.came(), 8);
}
