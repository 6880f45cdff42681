//! Lane graphs between real servers, which are killed, as the runs are.
#![cfg(all(feature = "http", feature = "postgres", feature = "redis"))]

mod bench;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use bench::http::{curl, free_port, ingress as from_http};
use bench::{Bench, PATIENCE, Random, postgres, redis, tools, wait_until};
use byteor_config::{Egress, Ingress, Workers};
use byteor_pipeline_spec::{LaneGraphBuilder, MergePolicy, PipelineSpecV1, encode_kv_v1};

fn write_spec(bench: &Bench, spec: &PipelineSpecV1) {
    fs::write(bench.path("spec.kv"), encode_kv_v1(spec)).unwrap();
}

/// in -> first -> quiet -> out, over several kinds of lanes, with nothing to choose.
fn chain() -> PipelineSpecV1 {
    let spec = LaneGraphBuilder::new()
        .events("in.first")
        .sequenced_slots("first.quiet", 1)
        .events("quiet.out")
        .ingress("in", "in.first")
        .stage("first", "identity", "in.first", "first.quiet")
        .stage("quiet", "drop:quiet", "first.quiet", "quiet.out")
        .egress("out", "quiet.out");
    spec.build().unwrap()
}

/// in -> as it is, and in capitals -> merge -> out: each record leaves twice, in an order that is
/// chosen.
fn diamond() -> PipelineSpecV1 {
    let spec = LaneGraphBuilder::new()
        .fanout_broadcast("in.fan", 2)
        .events("small.merge.out")
        .events("large.merge.out")
        .events("merge.out.out")
        .ingress("in", "in.fan")
        .stage("small", "identity", "in.fan", "small.merge.out")
        .stage("large", "upper", "in.fan", "large.merge.out")
        .merge(
            "merge.out",
            &["small.merge.out", "large.merge.out"],
            "merge.out.out",
            MergePolicy::RoundRobin,
        )
        .egress("out", "merge.out.out");
    spec.build().unwrap()
}

/// in -> first -> two files.
fn two_files() -> PipelineSpecV1 {
    let spec = LaneGraphBuilder::new()
        .events("in.first")
        .fanout_broadcast("first.fan", 2)
        .events("large.second")
        .ingress("in", "in.first")
        .stage("first", "identity", "in.first", "first.fan")
        .stage("large", "upper", "first.fan", "large.second")
        .egress("plain", "first.fan")
        .egress("second", "large.second");
    spec.build().unwrap()
}

fn workers(bench: &mut Bench, random: &mut Random) {
    let workers = Workers::ALL.get(random.below(4) as usize);
    bench.config.tuning.workers = workers.copied();
}

#[test]
fn from_a_file_into_a_table_nothing_is_lost_or_doubled_over_kills_of_both() {
    let Some(mut server) = postgres::Server::start(&[]) else {
        return;
    };
    server.ask("CREATE TABLE numbers (came bigserial, n bigint NOT NULL)");
    let (total, mut random) = (20_000_u64, Random(31));
    let mut input = String::new();
    for number in 1..=total {
        // Some that a stage drops, some that the server refuses; the last one too.
        match number % 1_000 {
            300 => writeln!(input, "{{\"n\":{number},\"quiet\":1}}").unwrap(),
            500 | 0 => writeln!(input, "{{\"n\":\"x{number}\"}}").unwrap(),
            _ => writeln!(input, "{{\"n\":{number}}}").unwrap(),
        }
    }
    let mut bench = Bench::new(input.as_bytes(), &["identity"]).follow();
    let mut egress = server.egress(&mut bench, "numbers");
    egress.timeout_seconds = 2;
    bench.config.egress = Egress::Postgres(egress);
    write_spec(&bench, &chain());
    let mut run = bench.start(&[]);
    for kill in 0..20 {
        std::thread::sleep(Duration::from_micros(random.below(60_000)));
        if kill % 2 == 0 {
            run.kill();
            workers(&mut bench, &mut random);
            run = bench.start(&[]);
        } else {
            server.kill();
            server.begin();
        }
    }
    let gone = total - total / 1_000;
    wait_until("the rest", || {
        server.number("SELECT number FROM byteor_positions") == gone
    });
    let ran = run.terminate();
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    let said = server.ask("SELECT n FROM numbers ORDER BY came");
    let good = |number: &u64| ![300, 500, 0].contains(&(number % 1_000));
    let expected: String = (1..=total)
        .filter(good)
        .map(|number| format!("{number}\n"))
        .collect();
    assert!(said == expected, "rows are lost, doubled or out of order");
    let rejected = String::from_utf8(bench.read("rejected.log")).unwrap();
    let mut refused: Vec<&str> = rejected
        .lines()
        .map(|line| line.split_once('\t').unwrap().1)
        .collect();
    let mut expected: Vec<&str> = input.lines().filter(|line| line.contains('x')).collect();
    // What was refused before a kill is kept by the checkpoint, and may come behind later ones.
    refused.sort_unstable();
    expected.sort_unstable();
    assert_eq!(refused, expected);
    let refused = refused.len() as u64;
    assert_eq!(ran.count("records_in"), total);
    assert_eq!(ran.count("rejected"), refused);
    assert_eq!(ran.count("dropped"), total / 1_000);
    assert_eq!(ran.count("records_out"), total - total / 1_000 - refused);
}

#[test]
fn what_the_other_end_refuses_counts_as_rejected_while_the_run_goes_on() {
    let Some(server) = postgres::Server::start(&[]) else {
        return;
    };
    type Write = fn(&Bench);
    let write: [(&str, Write); 3] = [
        ("ring", |bench| bench.write_spec(&["identity"])),
        ("shards", |bench| bench.write_sharded(&["identity"], 3, 8)),
        ("graph", |bench| write_spec(bench, &chain())),
    ];
    for (name, write) in write {
        server.ask(&format!("CREATE TABLE {name} (n bigint NOT NULL)"));
        let mut input = String::new();
        for number in 1..=1_000 {
            match number % 100 {
                7 => writeln!(input, "{{\"n\":\"x{number}\"}}").unwrap(),
                _ => writeln!(input, "{{\"n\":{number}}}").unwrap(),
            }
        }
        let mut bench = Bench::new(input.as_bytes(), &["identity"]).follow();
        bench.config.egress = Egress::Postgres(server.egress(&mut bench, name));
        write(&bench);
        let run = bench.start(&[]);
        let counted = |out: u64, rejected: u64| {
            let counters = &run.snapshot()["counters"];
            counters["records_out"] == out && counters["rejected"] == rejected
        };
        wait_until(name, || counted(990, 10));
        // Also where nothing came before or comes behind.
        bench.append(b"{\"n\":\"many\"}\n");
        wait_until(name, || counted(990, 11));
        wait_until(name, || {
            let told = run.said("adapters").pop();
            told.is_some_and(|told| told["sink"]["refused"] == 11)
        });
        let ran = run.terminate();
        assert_eq!(
            (ran.count("records_out"), ran.count("rejected")),
            (990, 11),
            "{name}"
        );
        // A run that goes on counts on from there.
        let run = bench.start(&[]);
        bench.append(b"{\"n\":1001}\n{\"n\":\"more\"}\n");
        wait_until(name, || {
            let counters = &run.snapshot()["counters"];
            counters["records_out"] == 991 && counters["rejected"] == 12
        });
        let ran = run.terminate();
        assert_eq!(
            (ran.count("records_out"), ran.count("rejected")),
            (991, 12),
            "{name}"
        );
        assert_eq!(
            ran.count("bytes_out"),
            bytes_of_good(&input) + "{\"n\":1001}".len() as u64
        );
    }
}

fn bytes_of_good(input: &str) -> u64 {
    let good = input.lines().filter(|line| !line.contains('x'));
    good.map(|line| line.len() as u64).sum()
}

#[test]
fn what_the_other_end_refuses_at_the_very_last_is_in_the_reject_file() {
    let Some(server) = postgres::Server::start(&[]) else {
        return;
    };
    server.ask("CREATE TABLE numbers (came bigserial, n bigint NOT NULL)");
    let mut bench = Bench::new(b"{\"n\":1}\n{\"n\":\"many\"}\n", &["identity"]);
    bench.config.egress = Egress::Postgres(server.egress(&mut bench, "numbers"));
    write_spec(&bench, &chain());
    let ran = bench.run_well();
    assert_eq!((ran.count("records_out"), ran.count("rejected")), (1, 1));
    let rejected = String::from_utf8(bench.read("rejected.log")).unwrap();
    assert!(rejected.ends_with("\t{\"n\":\"many\"}\n"), "{rejected}");
    // Nothing comes again.
    let ran = bench.run_well();
    assert_eq!((ran.count("records_out"), ran.count("rejected")), (1, 1));
    assert_eq!(server.ask("SELECT n FROM numbers"), "1\n");
    assert_eq!(bench.read("rejected.log"), rejected.as_bytes());
    // A ring over the same checkpoint goes on where the graph was.
    bench.write_spec(&["identity"]);
    bench.append(b"{\"n\":2}\n");
    let ran = bench.run_well();
    assert_eq!((ran.count("records_in"), ran.count("records_out")), (3, 2));
    // And a graph where the ring was.
    write_spec(&bench, &chain());
    bench.append(b"{\"n\":3}\n");
    assert_eq!(bench.run_well().count("records_out"), 3);
    assert_eq!(
        server.ask("SELECT n FROM numbers ORDER BY came"),
        "1\n2\n3\n"
    );
}

#[test]
fn what_was_posted_and_answered_is_in_every_file_over_kills() {
    if tools::curl().is_none() {
        return;
    }
    let (port, mut random) = (free_port(), Random(8));
    let mut bench = Bench::new(b"", &["identity"]);
    bench.config.ingress = Ingress::Http(from_http(port));
    let out = bench.path("out.{boundary}").to_str().unwrap().to_owned();
    let Egress::File(file) = &mut bench.config.egress else {
        panic!("it is a file");
    };
    file.path = out;
    write_spec(&bench, &two_files());
    let mut run = bench.start(&[]);
    let total = 200;
    let sender = std::thread::spawn(move || {
        let url = format!("http://127.0.0.1:{port}/records");
        for number in 0..total {
            let until = Instant::now() + PATIENCE;
            while curl(&url, &format!("n{number}"), &[]).is_none_or(|(status, _)| status != 200) {
                assert!(Instant::now() < until, "{number} gets no answer");
                std::thread::sleep(Duration::from_millis(2));
            }
        }
    });
    for _ in 0..10 {
        std::thread::sleep(Duration::from_micros(20_000 + random.below(150_000)));
        run.kill();
        workers(&mut bench, &mut random);
        run = bench.start(&[]);
    }
    sender.join().unwrap();
    let ran = run.terminate();
    assert_eq!((ran.exit, ran.code()), (Some(0), "stopped"), "{ran:?}");
    let mut came = Vec::new();
    for (file, letter) in [("out.plain", 'n'), ("out.second", 'N')] {
        let out = String::from_utf8(bench.read(file)).unwrap();
        let mut lines: Vec<u32> = out
            .lines()
            .map(|line| line.strip_prefix(letter).unwrap().parse().unwrap())
            .collect();
        came.push(lines.len() as u64);
        lines.dedup();
        assert_eq!(
            lines,
            (0..total).collect::<Vec<_>>(),
            "{file}: in order, none missing"
        );
    }
    // Both files are cut back to one barrier: what is doubled is so in both.
    assert_eq!(came, [ran.count("records_in"); 2]);
}

#[test]
fn a_graph_that_chooses_loses_nothing_between_two_servers_that_are_killed() {
    let Some(mut server) = redis::Server::start(&[]) else {
        return;
    };
    let (total, mut random) = (4_000, Random(17));
    server.add("in", 1..=total);
    let mut bench = Bench::new(b"", &["identity"]);
    bench.config.ingress = Ingress::Redis(server.ingress());
    bench.config.egress = Egress::Redis(server.egress());
    write_spec(&bench, &diamond());
    let mut run = bench.start(&[]);
    for kill in 0..20 {
        std::thread::sleep(Duration::from_micros(random.below(80_000)));
        if kill % 2 == 0 {
            run.kill();
            workers(&mut bench, &mut random);
            run = bench.start(&[]);
        } else {
            server.kill();
            server.begin();
        }
    }
    let pending = |server: &redis::Server| {
        let said = server.ask(&["XPENDING", "in", "byteor"]);
        said.lines().next().unwrap_or_default().to_owned()
    };
    let all = BTreeSet::from_iter((1..=total).flat_map(|number| {
        let record = format!("record {number}");
        [record.to_uppercase(), record]
    }));
    let came = |server: &redis::Server| server.records("out");
    wait_until("what is acknowledged", || {
        pending(&server) == "0" && BTreeSet::from_iter(came(&server)) == all
    });
    let ran = run.terminate();
    assert_eq!((ran.exit, ran.code()), (Some(0), "stopped"), "{ran:?}");
    // Each way in its order, but for what came again.
    for capitals in [false, true] {
        let mut next = 1;
        for record in came(&server) {
            let (word, number) = record.split_once(' ').unwrap();
            if (word == "RECORD") == capitals {
                let number: u64 = number.parse().unwrap();
                assert!(number <= next, "{number} before {next}");
                next = next.max(number + 1);
            }
        }
        assert_eq!(next, total + 1);
    }
    println!(
        "20 kills: 0 lost, {} doubled",
        came(&server).len() as u64 - 2 * total
    );
}

#[cfg(feature = "kafka")]
#[test]
fn from_a_file_into_a_topic_in_transactions_each_record_is_there_once_over_kills_of_both() {
    let Some(mut server) = bench::kafka::own_server() else {
        return;
    };
    let (total, kills, mut random) = (60_000_u64, 11, Random(71));
    let line = |number: u64| match number % 1_000 {
        300 => format!("{number} quiet"),
        _ => format!("{number} {}", "x".repeat((number % 100) as usize)),
    };
    let input: String = (1..=total).map(|number| line(number) + "\n").collect();
    let to = server.topic(1, &[]);
    let mut bench = Bench::new(input.as_bytes(), &["identity"]).follow();
    bench.config.egress = Egress::Kafka(server.transactions(&to));
    write_spec(&bench, &chain());
    let mut run = bench.start(&[]);
    for kill in 0..kills {
        std::thread::sleep(Duration::from_micros(random.below(400_000)));
        if kill % 5 == 4 {
            server.kill();
            std::thread::sleep(Duration::from_micros(random.below(800_000)));
            server.start_again();
        } else {
            run.kill();
            workers(&mut bench, &mut random);
            run = bench.start(&[]);
        }
    }
    let expected: Vec<String> = (1..=total)
        .filter(|number| number % 1_000 != 300)
        .map(line)
        .collect();
    let came = || server.committed_records(&to, 0);
    wait_until("the rest", || {
        std::thread::sleep(Duration::from_millis(200));
        came().len() >= expected.len()
    });
    let ran = run.terminate();
    assert_eq!((ran.exit, ran.code()), (Some(0), "stopped"), "{ran:?}");
    let came = came()
        .into_iter()
        .map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(
        came.eq(expected),
        "records are lost, doubled or out of order"
    );
    assert_eq!(ran.count("records_in"), total);
    assert_eq!(ran.count("records_out"), total - total / 1_000);
    println!("{kills} kills: 0 lost, 0 doubled");
}

#[test]
fn several_boundaries_without_addresses_of_their_own_are_refused_before_anything_is_opened() {
    let mut bench = Bench::new(b"", &["identity"]);
    bench.config.egress = Egress::Http(bench::http::egress(free_port()));
    write_spec(&bench, &two_files());
    let ran = bench.run(&[]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(3), "E_CONFIG_BOUNDARY_MISSING"),
        "{ran:?}"
    );
    assert!(!bench.path("rejected.log").exists());
}
