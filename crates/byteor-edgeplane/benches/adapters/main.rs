//! Each adapter against a bare loop over the same client library, in the same run, against the same server:
//! how many records a second, and how much processor time. `npm run bench:adapters` prints it.
//!
//! A loop is this program once more, in a process of its own like EdgePlane's. It does what a person would
//! write in an afternoon: it reads, writes to a file and acknowledges; nothing of it survives being killed.

#[path = "../../tests/bench/mod.rs"]
mod bench;
mod changes;
mod grpc;
mod loops;

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bench::Bench;
use byteor_config::adapters::kafka::KafkaDelivery;
use byteor_config::adapters::websocket::{
    WebsocketEgressFraming, WebsocketIngressFraming, WebsocketRole,
};
use byteor_config::{Egress, Ingress};

/// What one process took.
#[derive(Clone, Copy)]
struct Took {
    seconds: f64,
    processor: f64,
    peak: u64,
}

/// Two ways to do the same, once.
struct Trial {
    ours: Command,
    bare: Command,
    /// Runs beside each while it lasts: whoever sends, for one that is sent to.
    beside: Option<Box<dyn Fn()>>,
    _bench: Bench,
}

#[derive(Clone)]
struct Options {
    records: u64,
    rounds: usize,
    only: Vec<String>,
}

/// What there is to be compared: of whom, in which ways, and by what.
type Comparison = (&'static str, &'static [&'static str], fn(&Options));

const ADAPTERS: [Comparison; 11] = [
    ("file", &["to file"], file),
    ("HTTP", &["taken", "posted"], http),
    ("WebSocket", &["taken", "sent"], websocket),
    ("gRPC", &["taken", "sent"], grpc),
    ("S3", &["read", "written"], s3),
    ("Redis", &["read", "written"], redis),
    ("NATS", &["read", "written"], nats),
    ("Kafka", &["read", "written", TRANSACTIONS, THROUGH], kafka),
    ("RabbitMQ", &["read", "written"], rabbitmq),
    ("PostgreSQL", &["read", "written"], postgres),
    ("PostgreSQL", &["changes"], postgres_changes),
];

/// As the name says: nobody reads a record before its transaction is committed.
const TRANSACTIONS: &str = "written in transactions";

/// Three stages between two topics.
const THROUGH: &str = "to Kafka, three stages";

fn main() {
    if std::env::var_os("BYTEOR_TEST_S3_ROOT").is_some() {
        return bench::s3::serve();
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == "loop") {
        return loops::run(&words[1..]);
    }
    let mut options = Options {
        records: 1_000_000,
        rounds: 3,
        only: Vec::new(),
    };
    let mut words = words.into_iter().filter(|word| word != "--bench");
    while let Some(word) = words.next() {
        let mut number = || words.next().and_then(|word| word.parse().ok());
        match word.as_str() {
            "--records" => options.records = number().expect("--records takes a number"),
            "--rounds" => options.rounds = number().expect("--rounds takes a number") as usize,
            _ => options.only.push(word),
        }
    }
    for (name, ways, measure) in ADAPTERS {
        // A server isn't started for what nobody asked for.
        if ways.iter().any(|way| options.wants(name, way)) {
            measure(&options);
        }
    }
}

impl Options {
    /// Whether the case is asked for: all are, unless some words were given.
    fn wants(&self, name: &str, way: &str) -> bool {
        let case = format!("{name} {way}");
        self.only.is_empty() || self.only.iter().any(|only| case.contains(only.as_str()))
    }

    /// The same of at most so many records, where a million would take minutes.
    fn at_most(&self, records: u64) -> Self {
        Self {
            records: self.records.min(records),
            ..self.clone()
        }
    }
}

/// Lines of two hundred bytes.
fn lines(count: u64, json: bool) -> String {
    let pad = "x".repeat(170);
    let line = |number: u64| match json {
        true => format!("{{\"n\":{number},\"pad\":\"{pad}\"}}\n"),
        false => format!("record {number} {pad}\n"),
    };
    (1..=count).map(line).collect()
}

/// A loop: this program with `words` and the paths of `bench`.
fn bare(bench: &Bench, words: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg("loop").args(words);
    command.args([bench.path("in.log"), bench.path("bare.log")]);
    command
}

/// Seconds of processor time of all children that were waited for.
fn children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields = stat.rsplit_once(')').unwrap().1;
    let ticks = fields.split_whitespace().skip(13).take(2);
    ticks
        .map(|ticks| ticks.parse::<f64>().unwrap())
        .sum::<f64>()
        / 100.0
}

fn measure(command: &mut Command, beside: Option<&dyn Fn()>) -> Took {
    let log = tempfile::NamedTempFile::new().unwrap();
    let (before, begun) = (children(), Instant::now());
    let mut child = command
        .stdin(Stdio::null())
        .stdout(log.reopen().unwrap())
        .stderr(log.reopen().unwrap())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    if let Some(beside) = beside {
        beside();
    }
    let ended = loop {
        let seen = fs::read_to_string(&status).unwrap_or_default();
        let most = seen.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let most = most.and_then(|most| most.split_whitespace().next()?.parse().ok());
        peak = peak.max(most.unwrap_or(0));
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let seconds = begun.elapsed().as_secs_f64();
    let said = || fs::read_to_string(log.path()).unwrap();
    assert!(ended.success(), "{command:?}: {}", said());
    Took {
        seconds,
        processor: children() - before,
        peak,
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Both in turns, each first as often, and what came of it as one line of JSON.
fn compare(options: &Options, name: &str, way: &str, mut trial: impl FnMut(usize) -> Trial) {
    if !options.wants(name, way) {
        return;
    }
    let mut pairs = Vec::new();
    for round in 0..options.rounds {
        let mut one = trial(round);
        let beside = one.beside.as_deref();
        let pair = match round % 2 {
            0 => {
                let ours = measure(&mut one.ours, beside);
                (ours, measure(&mut one.bare, beside))
            }
            _ => {
                let bare = measure(&mut one.bare, beside);
                (measure(&mut one.ours, beside), bare)
            }
        };
        pairs.push(pair);
    }
    let of = |value: &dyn Fn(&(Took, Took)) -> f64| median(pairs.iter().map(value).collect());
    let records = options.records as f64;
    let line = serde_json::json!({
        "name": name,
        "way": way,
        "records": options.records,
        "rounds": options.rounds,
        "records_per_s": (of(&|pair| records / pair.0.seconds)).round(),
        "bare_records_per_s": (of(&|pair| records / pair.1.seconds)).round(),
        "rate": of(&|pair| pair.1.seconds / pair.0.seconds),
        "processor_us": of(&|pair| pair.0.processor * 1e6 / records),
        "bare_processor_us": of(&|pair| pair.1.processor * 1e6 / records),
        "processor": of(&|pair| pair.0.processor / pair.1.processor.max(0.01)),
        "peak_kb": of(&|pair| pair.0.peak as f64),
        "bare_peak_kb": of(&|pair| pair.1.peak as f64),
    });
    println!("{line}");
}

/// The run of `bench` up to the last record.
fn to_the_end(bench: &Bench, options: &Options) -> Command {
    bench.command(&[&format!("--adapter-max-messages={}", options.records)])
}

fn trial(bench: Bench, options: &Options, words: &[&str]) -> Trial {
    Trial {
        ours: to_the_end(&bench, options),
        bare: bare(&bench, words),
        beside: None,
        _bench: bench,
    }
}

/// What a run begins with, where records come from elsewhere.
fn from(ingress: Ingress) -> Bench {
    let mut bench = Bench::new(b"", &["identity"]);
    bench.config.ingress = ingress;
    bench
}

fn into(input: &str, egress: Egress) -> Bench {
    let mut bench = Bench::new(input.as_bytes(), &["identity"]);
    bench.config.egress = egress;
    bench
}

fn file(options: &Options) {
    let input = lines(options.records, false);
    compare(options, "file", "to file", |_| {
        trial(
            Bench::new(input.as_bytes(), &["identity"]),
            options,
            &["file"],
        )
    });
}

fn http(options: &Options) {
    let input = lines(options.records, false);
    let count = options.records.to_string();
    compare(options, "HTTP", "taken", |_| {
        let port = bench::http::free_port();
        let mut ingress = bench::http::ingress(port);
        ingress.max_body_bytes = 1_048_576;
        ingress.in_flight_bytes = 16_777_216;
        let (count, number) = (&count, options.records);
        let mut trial = trial(
            from(Ingress::Http(ingress)),
            options,
            &["http-server", &port.to_string(), count],
        );
        trial.beside = Some(Box::new(move || loops::post(port, number)));
        trial
    });
    let sink = loops::swallow();
    compare(options, "HTTP", "posted", |_| {
        let mut egress = bench::http::egress(sink);
        (egress.batch_records, egress.batch_bytes) = (500, 1_048_576);
        let words = ["http-client", &sink.to_string()];
        trial(into(&input, Egress::Http(egress)), options, &words)
    });
}

fn websocket(options: &Options) {
    let input = lines(options.records, false);
    let count = options.records.to_string();
    compare(options, "WebSocket", "taken", |_| {
        let port = bench::http::free_port();
        let mut ingress = bench::websocket::ingress(port, WebsocketIngressFraming::Lines);
        (ingress.max_message_bytes, ingress.in_flight_bytes) = (1_048_576, 16_777_216);
        let number = options.records;
        let mut trial = trial(
            from(Ingress::Websocket(ingress)),
            options,
            &["websocket-server", &port.to_string(), &count],
        );
        trial.beside = Some(Box::new(move || loops::pour(port, number)));
        trial
    });
    let sink = loops::swallow_messages();
    compare(options, "WebSocket", "sent", |_| {
        let mut egress = bench::websocket::egress(sink, WebsocketEgressFraming::Lines);
        egress.role = WebsocketRole::Connect;
        (egress.batch_records, egress.batch_bytes) = (500, 1_048_576);
        let words = ["websocket-client", &sink.to_string()];
        trial(into(&input, Egress::Websocket(egress)), options, &words)
    });
}

fn grpc(options: &Options) {
    let input = lines(options.records, false);
    let count = options.records.to_string();
    compare(options, "gRPC", "taken", |_| {
        let port = bench::http::free_port();
        let mut ingress = bench::grpc::ingress(port);
        (ingress.max_message_bytes, ingress.in_flight_bytes) = (1_048_576, 16_777_216);
        let number = options.records;
        let words = ["grpc-server", &port.to_string(), &count];
        let mut trial = trial(from(Ingress::Grpc(ingress)), options, &words);
        trial.beside = Some(Box::new(move || grpc::pour(port, number)));
        trial
    });
    let sink = grpc::swallow();
    compare(options, "gRPC", "sent", |_| {
        let mut egress = bench::grpc::egress(sink);
        (egress.batch_records, egress.batch_bytes) = (500, 1_048_576);
        let words = ["grpc-client", &sink.to_string()];
        trial(into(&input, Egress::Grpc(egress)), options, &words)
    });
}

fn s3(options: &Options) {
    let server = bench::s3::Server::start(&[]);
    let (port, count) = (server.port.to_string(), options.records.to_string());
    let input = lines(options.records, false);
    // Objects of a megabyte or so.
    for (number, part) in input.lines().collect::<Vec<_>>().chunks(5_000).enumerate() {
        server.add(&format!("logs/{number:06}"), part.join("\n") + "\n");
    }
    compare(options, "S3", "read", |_| {
        let mut bench = Bench::new(b"", &["identity"]);
        let mut ingress = server.ingress(&mut bench);
        ingress.in_flight_bytes = 16_777_216;
        bench.config.ingress = Ingress::S3(ingress);
        trial(bench, options, &["s3-read", &port, &count])
    });
    compare(options, "S3", "written", |round| {
        let mut bench = Bench::new(input.as_bytes(), &["identity"]);
        let mut egress = server.egress(&mut bench);
        (egress.object_bytes, egress.object_seconds) = (1_048_576, 60);
        egress.prefix = format!("ours-{round}/");
        bench.config.egress = Egress::S3(egress);
        let prefix = format!("bare-{round}/");
        trial(bench, options, &["s3-write", &port, &prefix])
    });
}

fn redis(options: &Options) {
    let Some(server) = bench::redis::Server::start(&["--appendonly", "no"]) else {
        return;
    };
    let (port, count) = (server.port.to_string(), options.records.to_string());
    let input = lines(options.records, false);
    let fill = into(
        &input,
        Egress::Redis({
            let mut egress = server.egress();
            egress.stream = "in".into();
            egress.batch_records = 500;
            egress
        }),
    );
    fill.run_well();
    compare(options, "Redis", "read", |round| {
        let mut ingress = server.ingress();
        ingress.group = format!("ours-{round}");
        ingress.batch_records = 500;
        ingress.in_flight_bytes = 16_777_216;
        let words = ["redis-read", &port, &format!("bare-{round}"), &count];
        trial(from(Ingress::Redis(ingress)), options, &words)
    });
    server.ask(&["DEL", "in"]);
    compare(options, "Redis", "written", |round| {
        let mut egress = server.egress();
        (egress.batch_records, egress.batch_bytes) = (500, 1_048_576);
        egress.stream = format!("ours-{round}");
        // What other rounds wrote isn't needed any more.
        server.ask(&["FLUSHALL"]);
        let words = ["redis-write", &port, &format!("bare-{round}")];
        trial(into(&input, Egress::Redis(egress)), options, &words)
    });
}

fn nats(options: &Options) {
    let Some(server) = bench::nats::Server::start("") else {
        return;
    };
    let (port, count) = (server.port.to_string(), options.records.to_string());
    let input = lines(options.records, false);
    server.make("in");
    server.make("out");
    server.publish("in", input.lines().map(str::to_owned));
    compare(options, "NATS", "read", |round| {
        let mut ingress = server.ingress("in");
        ingress.consumer = format!("ours-{round}");
        ingress.batch_records = 500;
        ingress.in_flight_bytes = 16_777_216;
        let words = ["nats-read", &port, &format!("bare-{round}"), &count];
        trial(from(Ingress::Nats(ingress)), options, &words)
    });
    compare(options, "NATS", "written", |round| {
        let mut egress = server.egress(&format!("out.ours-{round}"));
        (egress.in_flight_records, egress.in_flight_bytes) = (500, 16_777_216);
        egress.stream = Some("out".into());
        let words = ["nats-write", &port, &format!("out.bare-{round}")];
        trial(into(&input, Egress::Nats(egress)), options, &words)
    });
}

fn kafka(options: &Options) {
    let Some(server) = bench::kafka::server() else {
        return;
    };
    let (port, count) = (server.port.to_string(), options.records.to_string());
    let input = lines(options.records, false);
    let topic = server.topic(1, &[]);
    server.produce(&topic, 0, input.lines().map(Some));
    compare(options, "Kafka", "read", |round| {
        let mut ingress = server.ingress(&topic);
        ingress.group = format!("ours-{round}");
        ingress.in_flight_bytes = 16_777_216;
        ingress.session_seconds = 45;
        let words = [
            "kafka-read",
            &port,
            &topic,
            &format!("bare-{round}"),
            &count,
        ];
        trial(from(Ingress::Kafka(ingress)), options, &words)
    });
    compare(options, "Kafka", "written", |_| {
        let mut egress = server.egress(&server.topic(1, &[]));
        egress.batch_bytes = 1_000_000;
        egress.in_flight_bytes = 16_777_216;
        let words = ["kafka-write", &port, &server.topic(1, &[])];
        trial(into(&input, Egress::Kafka(egress)), options, &words)
    });
    compare(options, "Kafka", TRANSACTIONS, |_| {
        let mut egress = server.egress(&server.topic(1, &[]));
        egress.delivery = Some(KafkaDelivery::Transactions);
        egress.batch_bytes = 1_000_000;
        egress.in_flight_bytes = 16_777_216;
        let words = ["kafka-transact", &port, &server.topic(1, &[])];
        trial(into(&input, Egress::Kafka(egress)), options, &words)
    });
    through(options, &server, &topic);
}

/// What a program took for a record, while it took them as fast as it could.
struct Pace {
    records_per_s: f64,
    processor_us: f64,
    peak: u64,
}

/// Seconds of processor time of a process so far.
fn processor(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |parts| parts.1);
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks
        .map(|ticks| ticks.parse::<f64>().unwrap())
        .sum::<f64>()
        / 100.0
}

/// Runs a program until a topic has `count` records, and measures it from the first tenth of them on: some
/// take seconds to begin.
fn paced(command: &mut Command, server: &bench::kafka::Server, to: &str, count: u64) -> Pace {
    let log = tempfile::NamedTempFile::new().unwrap();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(log.reopen().unwrap())
        .stderr(log.reopen().unwrap())
        .spawn()
        .unwrap();
    let pid = child.id();
    let ends = server.ends(to);
    let until = Instant::now() + Duration::from_secs(180);
    let wait = |wanted: u64| {
        loop {
            let now = ends();
            if now >= wanted {
                return (now, Instant::now(), processor(pid));
            }
            let said = || fs::read_to_string(log.path()).unwrap();
            assert!(
                Instant::now() < until,
                "{command:?} has {now} of {wanted}: {}",
                said()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    let (first, begun, before) = wait(count / 10);
    let status = format!("/proc/{pid}/status");
    // All but the very end, so that no program is measured while it ends.
    let (last, ended, after) = wait(count - count / 50);
    let seen = fs::read_to_string(status).unwrap_or_default();
    let most = seen.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let most = most.and_then(|most| most.split_whitespace().next()?.parse().ok());
    child.kill().unwrap();
    child.wait().unwrap();
    let records = (last - first) as f64;
    Pace {
        records_per_s: records / (ended - begun).as_secs_f64(),
        processor_us: (after - before) * 1e6 / records,
        peak: most.unwrap_or(0),
    }
}

/// Three stages between two topics, beside others that do the same, where they are on this machine.
fn through(options: &Options, server: &bench::kafka::Server, topic: &str) {
    if !options.wants("Kafka", THROUGH) {
        return;
    }
    let servers = format!("127.0.0.1:{}", server.port);
    let keys = ["keep:^record", "drop:x{200}", "replace:record=line"];
    let mut paces: Vec<(&str, Vec<Pace>)> = Vec::new();
    let peer = |variable: &str| std::env::var_os(variable);
    let at = concat!(env!("CARGO_MANIFEST_DIR"), "/../../bench/adapters");
    for round in 0..options.rounds {
        let mut turns: Vec<(&str, Command, String)> = Vec::new();
        let mut bench = Bench::new(b"", &keys);
        let mut ingress = server.ingress(topic);
        ingress.group = format!("ours-through-{round}");
        ingress.in_flight_bytes = 16_777_216;
        ingress.session_seconds = 45;
        let to = server.topic(1, &[]);
        let mut egress = server.egress(&to);
        egress.batch_bytes = 1_000_000;
        egress.in_flight_bytes = 16_777_216;
        bench.config.ingress = Ingress::Kafka(ingress);
        bench.config.egress = Egress::Kafka(egress);
        turns.push(("EdgePlane", bench.command(&[]), to));
        let to = server.topic(1, &[]);
        let port = server.port.to_string();
        let group = format!("bare-through-{round}");
        let words = [
            "kafka-through",
            &port,
            topic,
            &group,
            &to,
            &options.records.to_string(),
        ];
        turns.push(("loop", bare(&bench, &words), to));
        if let Some(libs) = peer("BYTEOR_BENCH_STREAMS") {
            let to = server.topic(1, &[]);
            let mut command = Command::new("java");
            let libs = format!("{}/*", libs.to_string_lossy());
            command.args([
                "-cp",
                &libs,
                &format!("{at}/Streams.java"),
                &servers,
                topic,
                &to,
            ]);
            command
                .arg(format!("streams-{round}"))
                .arg(bench.path("streams"));
            turns.push(("Kafka Streams", command, to));
        }
        if let Some(bento) = peer("BYTEOR_BENCH_BENTO") {
            let to = server.topic(1, &[]);
            let mut command = Command::new(bento);
            command.args(["-c", &format!("{at}/bento.yaml")]);
            command
                .env("SERVERS", &servers)
                .env("FROM", topic)
                .env("TO", &to);
            command.env("GROUP", format!("bento-{round}"));
            turns.push(("Bento", command, to));
        }
        if round % 2 == 1 {
            turns.reverse();
        }
        for (who, mut command, to) in turns {
            let pace = paced(&mut command, server, &to, options.records);
            match paces.iter_mut().find(|(known, _)| *known == who) {
                Some((_, all)) => all.push(pace),
                None => paces.push((who, vec![pace])),
            }
        }
    }
    for (who, all) in paces {
        let of = |value: fn(&Pace) -> f64| median(all.iter().map(value).collect());
        let line = serde_json::json!({
            "through": who,
            "records": options.records,
            "rounds": options.rounds,
            "records_per_s": of(|pace| pace.records_per_s).round(),
            "processor_us": of(|pace| pace.processor_us),
            "peak_kb": of(|pace| pace.peak as f64),
        });
        println!("{line}");
    }
}

fn rabbitmq(options: &Options) {
    let options = &options.at_most(200_000);
    let Some(server) = bench::rabbitmq::server() else {
        return;
    };
    let (port, count) = (server.port.to_string(), options.records.to_string());
    let input = lines(options.records, false);
    let stream = server.stream(&[]);
    for part in input.lines().collect::<Vec<_>>().chunks(20_000) {
        server.publish(&stream, part);
    }
    compare(options, "RabbitMQ", "read", |_| {
        let mut bench = Bench::new(b"", &["identity"]);
        let mut ingress = server.ingress(&mut bench, &stream);
        (ingress.ahead_records, ingress.in_flight_bytes) = (1_000, 16_777_216);
        bench.config.ingress = Ingress::Rabbitmq(ingress);
        trial(bench, options, &["rabbitmq-read", &port, &stream, &count])
    });
    compare(options, "RabbitMQ", "written", |_| {
        let mut bench = Bench::new(input.as_bytes(), &["identity"]);
        let mut egress = server.egress(&mut bench, &server.stream(&[]));
        (egress.in_flight_records, egress.in_flight_bytes) = (500, 16_777_216);
        bench.config.egress = Egress::Rabbitmq(egress);
        let words = ["rabbitmq-write", &port, &server.stream(&[])];
        trial(bench, options, &words)
    });
}

fn postgres(options: &Options) {
    let Some(server) = bench::postgres::Server::start(&[]) else {
        return;
    };
    let (port, count) = (server.port.to_string(), options.records.to_string());
    let input = lines(options.records, true);
    server.ask(&format!(
        "CREATE TABLE source (n bigint NOT NULL, \"by\" xid8 NOT NULL DEFAULT pg_current_xact_id(), pad text); \
         INSERT INTO source (n, pad) SELECT n, repeat('x', 170) FROM generate_series(1, {count}) n; \
         CREATE UNIQUE INDEX ON source (\"by\", n); ANALYZE source"
    ));
    compare(options, "PostgreSQL", "read", |_| {
        let mut bench = Bench::new(b"", &["identity"]);
        let mut ingress = server.ingress(&mut bench, "source");
        (ingress.batch_records, ingress.in_flight_bytes) = (1_000, 16_777_216);
        bench.config.ingress = Ingress::Postgres(ingress);
        trial(bench, options, &["postgres-read", &port, &count])
    });
    compare(options, "PostgreSQL", "written", |round| {
        let table = |whose: &str| {
            let name = format!("{whose}_{round}");
            server.ask(&format!(
                "CREATE TABLE {name} (n bigint NOT NULL, pad text)"
            ));
            name
        };
        let (own, other) = (table("ours"), table("bare"));
        let mut bench = Bench::new(input.as_bytes(), &["identity"]);
        let mut egress = server.egress(&mut bench, &own);
        (egress.batch_records, egress.batch_bytes) = (2_000, 1_048_576);
        bench.config.egress = Egress::Postgres(egress);
        trial(bench, options, &["postgres-write", &port, &other])
    });
}

/// Rows that are inserted a thousand at a time, read from a slot each that was there before.
fn postgres_changes(options: &Options) {
    let slots = (options.rounds * 2).to_string();
    let slots = format!("max_replication_slots={slots}");
    let Some(server) = bench::postgres::Server::start(&["-c", "wal_level=logical", "-c", &slots])
    else {
        return;
    };
    let (port, count) = (server.port.to_string(), options.records.to_string());
    server.ask("CREATE TABLE source (n bigint PRIMARY KEY, pad text)");
    server.ask("CREATE PUBLICATION changes FOR ALL TABLES");
    for round in 0..options.rounds {
        for whose in ["ours", "bare"] {
            server.ask(&format!(
                "SELECT pg_create_logical_replication_slot('{whose}_{round}', 'pgoutput')"
            ));
        }
    }
    server.ask(&format!(
        "DO $$ BEGIN FOR low IN 1..{count} BY 1000 LOOP \
         INSERT INTO source SELECT n, repeat('x', 170) FROM generate_series(low, least(low + 999, {count})) n; \
         COMMIT; END LOOP; END $$"
    ));
    compare(options, "PostgreSQL", "changes", |round| {
        let mut bench = Bench::new(b"", &["identity"]);
        bench.config.record.slot_bytes = 1024;
        let mut ingress = server.changes(&mut bench);
        ingress.slot = format!("ours_{round}");
        ingress.in_flight_bytes = 16_777_216;
        bench.config.ingress = Ingress::PostgresChanges(ingress);
        let slot = format!("bare_{round}");
        let words = ["postgres-changes", &port, &slot, &count];
        trial(bench, options, &words)
    });
}
