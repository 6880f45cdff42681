//! Kafka into PostgreSQL at a steady rate, for as long as is told: memory is flat, and the table has each record
//! once, with what was in it.
#![cfg(feature = "kafka")]

mod bench;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use bench::Bench;
use byteor_config::{Egress, Ingress};

/// Records a second.
const RATE: u64 = 20_000;
/// How long it goes on in `npm test`.
const USUAL: Duration = Duration::from_secs(5);
/// How often records are sent, and memory is looked at.
const TICK: Duration = Duration::from_millis(100);
/// How much more memory may be taken at the end than soon after the beginning.
const FLAT: u64 = 16 << 20;
/// Longest that nothing may arrive.
const PATIENCE: Duration = Duration::from_secs(120);

fn record(number: u64) -> String {
    format!(r#"{{"n":{number},"pad":"{number:040}"}}"#)
}

/// The one in the middle of samples.
fn median(samples: &[u64]) -> u64 {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}

#[test]
fn kafka_into_postgres_at_a_steady_rate_has_flat_memory_and_each_record_once() {
    let Some(kafka) = bench::kafka::own_server() else {
        return;
    };
    let flags = ["-c", "max_wal_size=512MB", "-c", "work_mem=256MB"];
    let Some(postgres) = bench::postgres::Server::start(&flags) else {
        return;
    };
    postgres.ask("CREATE TABLE numbers (n bigint NOT NULL, pad text NOT NULL)");
    let topic = kafka.topic(1, &[]);
    let mut bench = Bench::new(b"", &["identity"]);
    let mut ingress = kafka.ingress(&topic);
    ingress.session_seconds = 10;
    let mut egress = postgres.egress(&mut bench, "numbers");
    (egress.batch_records, egress.batch_bytes) = (5_000, 1_048_576);
    bench.config.ingress = Ingress::Kafka(ingress);
    bench.config.egress = Egress::Postgres(egress);

    let time = indexbus_proof::time(USUAL);
    let total = RATE * time.as_secs().max(1);
    let mut producer = kafka.producer(&topic);
    let run = bench.start(&[]);
    let begun = Instant::now();
    let (mut sent, mut through, mut moved) = (0, 0, begun);
    let (mut resident, mut behind) = (Vec::new(), 0);
    while through < total {
        std::thread::sleep(TICK);
        let due = u64::try_from(begun.elapsed().as_millis()).unwrap() * RATE / 1_000;
        for number in sent + 1..=due.min(total) {
            producer.send(record(number).as_bytes());
            sent = number;
        }
        let now = bench.through();
        if now > through {
            moved = Instant::now();
        }
        through = now;
        behind = behind.max(sent - through);
        resident.push(run.resident());
        assert!(
            moved.elapsed() < PATIENCE,
            "{through} of {total} records are through, and no more come"
        );
    }
    let took = begun.elapsed();
    let said = run.said("notice");
    let ran = run.terminate();
    assert_eq!(ran.exit, Some(0), "{:?}", ran.last());
    assert!(said.is_empty(), "nothing went wrong meanwhile: {said:?}");

    // PostgreSQL itself counts what it has.
    let oracle = postgres.ask(
        "SELECT count(*), count(DISTINCT n), min(n), max(n), \
         count(*) FILTER (WHERE pad <> lpad(n::text, 40, '0')) FROM numbers",
    );
    assert_eq!(oracle.trim(), format!("{total}|{total}|1|{total}|0"));
    let begins = |part: usize| part * resident.len() / 10;
    let tenths: Vec<_> = (0..10)
        .map(|part| median(&resident[begins(part)..begins(part + 1)]))
        .collect();
    let (soon, late) = (tenths[1], tenths[9]);
    let mut text = String::new();
    for at in &tenths {
        write!(text, " {:.1}", *at as f64 / 1e6).unwrap();
    }
    indexbus_proof::say(&format!(
        "{total} records in {:.1} s, {:.0} a second, at most {behind} not there yet; counts equal; memory by \
         tenths of the time, in MB:{text}; most {:.1}",
        took.as_secs_f64(),
        total as f64 / took.as_secs_f64(),
        *resident.iter().max().unwrap() as f64 / 1e6,
    ));
    assert!(late < soon + FLAT, "{soon} bytes, then {late}");
    indexbus_proof::did("records from Kafka into PostgreSQL", total);
    indexbus_proof::did("seconds of a soak", time.as_secs());
}
