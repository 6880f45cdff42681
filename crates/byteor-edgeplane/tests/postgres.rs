//! PostgreSQL against a real server, which is killed, as the runs are.
#![cfg(feature = "postgres")]

mod bench;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use bench::http::{curl, free_port, ingress};
use bench::postgres::Server;
use bench::tls::{Authority, file};
use bench::{Bench, Ran, Random, wait_until};
use byteor_config::adapters::postgres::{
    PostgresEgress, PostgresFormat, PostgresTls, PostgresWrite,
};
use byteor_config::{Egress, Ingress};

/// Lines into a table, with what a test changes of that.
fn into_table(
    server: &Server,
    input: &str,
    table: &str,
    change: impl FnOnce(&mut PostgresEgress),
) -> Bench {
    let mut bench = Bench::new(input.as_bytes(), &["identity"]);
    let mut postgres = server.egress(&mut bench, table);
    change(&mut postgres);
    bench.config.egress = Egress::Postgres(postgres);
    bench
}

fn numbered(numbers: impl Iterator<Item = u64>) -> String {
    numbers.fold(String::new(), |mut text, number| {
        writeln!(text, "{{\"n\":{number}}}").unwrap();
        text
    })
}

const NUMBERS: &str = "CREATE TABLE numbers (came bigserial, n bigint NOT NULL)";

/// The numbers in the order in which they came.
fn numbers(server: &Server) -> Vec<u64> {
    let said = server.ask("SELECT n FROM numbers ORDER BY came");
    said.lines().map(|line| line.parse().unwrap()).collect()
}

fn position(server: &Server) -> u64 {
    server.number("SELECT number FROM byteor_positions")
}

fn saved(bench: &Bench, number: u64) -> bool {
    let checkpoint = bench.path("rejected.log.checkpoint");
    let all = format!("\noutput.number={number}\n");
    fs::read_to_string(checkpoint).is_ok_and(|text| text.contains(&all))
}

#[test]
fn objects_become_rows_and_whole_records_a_column() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    server.ask(
        "CREATE SCHEMA \"Odd\"\"one\"; CREATE DOMAIN positive AS int CHECK (VALUE > 0); \
         CREATE TABLE kinds (i int, t text, n numeric, b bool, j jsonb, l text[], \"at; DROP\" timestamptz, \
         p positive, made text DEFAULT 'here', twice int GENERATED ALWAYS AS (i * 2) STORED)",
    );
    let input = [
        r#"{"i":1,"t":"a\tb\\c\n\"é\"","n":1.50,"b":true,"j":{"x":[1,"\n"]},"l":["a b",null,"\"\\"],"at; DROP":"2026-03-01T12:00:00Z","p":5}"#,
        r#"{"i":2,"t":17,"j":"text","l":[]}"#,
        r#"{"t":null,"j":null}"#,
        r#"{"i":4,"p":0}"#,
        "",
    ]
    .join("\n");
    let bench = into_table(&server, &input, "kinds", |_| {});
    let ran = bench.run_well();
    assert_eq!((ran.count("records_out"), ran.count("rejected")), (3, 1));
    let rows = server.ask(
        "SELECT i, t, n, b, j, l, extract(epoch FROM \"at; DROP\")::int, p, made, twice FROM kinds \
         ORDER BY i",
    );
    assert_eq!(
        rows,
        "1|a\tb\\c\n\"é\"|1.50|t|{\"x\": [1, \"\\n\"]}|{\"a b\",NULL,\"\\\"\\\\\"}|1772366400|5|here|2\n\
         2|17|||\"text\"|{}|||here|4\n||||||||here|\n"
    );
    let rejected = String::from_utf8(bench.read("rejected.log")).unwrap();
    assert!(
        rejected.starts_with("23514 ") && rejected.ends_with("\t{\"i\":4,\"p\":0}\n"),
        "{rejected}"
    );

    for (kind, selected) in [
        ("text", "it"),
        ("bytea", "convert_from(it, 'UTF8')"),
        ("jsonb", "it"),
    ] {
        server.ask(&format!("CREATE TABLE whole_{kind} (id serial, it {kind})"));
        let table = format!("whole_{kind}");
        let bench = into_table(&server, "\"a\\tb\\\\\"\n[1, 2]\n", &table, |postgres| {
            postgres.format = PostgresFormat::Line;
            postgres.columns = Some("it".into());
        });
        bench.run_well();
        let rows = server.ask(&format!("SELECT {selected} FROM {table} ORDER BY id"));
        assert_eq!(rows, "\"a\\tb\\\\\"\n[1, 2]\n", "{kind}");
    }

    // A schema and a table whose names are none in any other language.
    server.ask("CREATE TABLE \"Odd\"\"one\".\"numbers;--\" (\"N\" bigint)");
    let bench = into_table(&server, "{\"N\":1}\n", "numbers;--", |postgres| {
        postgres.schema = "Odd\"one".into();
    });
    bench.run_well();
    let rows = server.ask("SELECT * FROM \"Odd\"\"one\".\"numbers;--\"");
    assert_eq!(rows, "1\n");
}

#[test]
fn the_last_record_of_a_key_stands_as_in_a_map() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    server.ask("CREATE TABLE state (a int, b text, v int, PRIMARY KEY (a, b))");
    let (mut random, mut oracle, mut input) = (Random(7), BTreeMap::new(), String::new());
    for v in 0..5_000 {
        let (a, b) = (random.below(20), ["x", "y", "z"][random.below(3) as usize]);
        writeln!(input, r#"{{"a":{a},"b":"{b}","v":{v}}}"#).unwrap();
        oracle.insert((a, b), v);
    }
    // A key without a value would be a row that nothing finds again.
    input += "{\"a\":1,\"v\":1}\n";
    let bench = into_table(&server, &input, "state", |postgres| {
        postgres.write = PostgresWrite::Upsert;
        postgres.key_columns = Some("b,a".into());
    });
    let ran = bench.run_well();
    assert_eq!(
        (ran.count("records_out"), ran.count("rejected")),
        (5_000, 1)
    );
    let rows = server.ask("SELECT a, b, v FROM state ORDER BY a, b");
    let expected: String = oracle
        .iter()
        .map(|((a, b), v)| format!("{a}|{b}|{v}\n"))
        .collect();
    assert_eq!(rows, expected);
    // The same once more changes nothing, but the positions go on.
    assert_eq!(position(&server), 5_001);
}

#[test]
fn a_server_and_a_run_that_are_killed_lose_nothing_and_double_nothing() {
    let Some(mut server) = Server::start(&[]) else {
        return;
    };
    server.ask(NUMBERS);
    let (total, mut random) = (30_000, Random(23));
    let mut input = String::new();
    for number in 1..=total {
        // Some that the server refuses, and some that are no object.
        match number % 1_000 {
            500 => writeln!(input, "{{\"n\":\"x{number}\"}}").unwrap(),
            700 => writeln!(input, "no object {number}").unwrap(),
            _ => writeln!(input, "{{\"n\":{number}}}").unwrap(),
        }
    }
    let bench = into_table(&server, &input, "numbers", |postgres| {
        postgres.timeout_seconds = 2;
    })
    .follow();
    let mut run = bench.start(&[]);
    let mut kills = 0;
    while kills < 20 {
        std::thread::sleep(Duration::from_micros(random.below(60_000)));
        if kills % 2 == 0 {
            run.kill();
            run = bench.start(&[]);
        } else {
            server.kill();
            server.begin();
        }
        kills += 1;
    }
    wait_until("the rest", || saved(&bench, total));
    let ran = run.terminate();
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    let good = |number: &u64| ![500, 700].contains(&(number % 1_000));
    assert_eq!(
        numbers(&server),
        (1..=total).filter(good).collect::<Vec<_>>()
    );
    let rejected = String::from_utf8(bench.read("rejected.log")).unwrap();
    let records: Vec<&str> = rejected
        .lines()
        .map(|line| line.split_once('\t').unwrap().1)
        .collect();
    let expected: Vec<&str> = input
        .lines()
        .filter(|line| line.contains(['x', 'o']))
        .collect();
    assert_eq!(records, expected);
    assert_eq!(
        (ran.count("records_out"), ran.count("rejected")),
        (total - 60, 60)
    );
    assert_eq!(position(&server), total);
    println!("{kills} kills: 0 lost, 0 doubled");
}

#[test]
fn a_record_that_the_table_does_not_take_stops_no_other() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    server.ask(
        "CREATE TABLE numbers (came bigserial, n bigint NOT NULL UNIQUE DEFERRABLE INITIALLY DEFERRED, \
         CHECK (n <> 13))",
    );
    let mut input = numbered(1..=1_000);
    input +=
        "{\"n\":\"many\"}\n{\"n\":77}\n{}\n{\"n\":99999999999999999999}\n{\"n\":1001,\"x\":1}\n";
    input += &numbered(1_001..=1_400);
    let bench = into_table(&server, &input, "numbers", |postgres| {
        postgres.columns = Some("n".into());
    });
    let ran = bench.run_well();
    let expected: Vec<u64> = (1..=1_400).filter(|number| *number != 13).collect();
    assert_eq!(numbers(&server), expected);
    let rejected = String::from_utf8(bench.read("rejected.log")).unwrap();
    let mut codes: Vec<&str> = rejected.lines().map(|line| &line[..5]).collect();
    codes.sort_unstable();
    // A check, a type, what is there already (at the commit), a null, a number that is too large.
    assert_eq!(
        codes,
        ["22003", "22P02", "23502", "23505", "23514", "the f"],
        "{rejected}"
    );
    assert_eq!(
        (ran.count("records_out"), ran.count("rejected")),
        (1_399, 6)
    );
    assert_eq!(ran.count("records_in"), 1_405);
    assert!(ran.noticed("N_RECORD_REFUSED"), "{ran:?}");
    assert!(
        !format!("{ran:?}").contains("many"),
        "what is in records is for the reject file"
    );

    // All of them, as when somebody writes into the wrong table: it ends, and nothing is left out.
    let bench = into_table(&server, &numbered(1..=500), "numbers", |postgres| {
        postgres.columns = Some("n".into());
    });
    let ran = bench.run_well();
    assert_eq!((ran.count("records_out"), ran.count("rejected")), (0, 500));
    assert_eq!(
        bench
            .read("rejected.log")
            .iter()
            .filter(|byte| **byte == b'\n')
            .count(),
        500
    );
    assert_eq!(numbers(&server).len(), 1_399);
}

#[test]
fn a_table_that_is_not_what_the_config_says_is_told_before_the_first_record() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    server.ask(
        "CREATE TABLE there (a int, b int NOT NULL, c int DEFAULT 1, d int GENERATED ALWAYS AS (a) STORED); \
         CREATE UNIQUE INDEX ON there (a) WHERE b > 0; CREATE VIEW seen AS SELECT 1 AS a; \
         CREATE TABLE none (a int DEFAULT 1)",
    );
    type Change = fn(&mut PostgresEgress);
    let tries: [(&str, Change, &str); 9] = [
        ("gone", |_| {}, "public.gone isn't there"),
        (
            "there",
            |it| it.schema = "other".into(),
            "other.there isn't there",
        ),
        ("seen", |_| {}, "public.seen is no table"),
        ("none", |_| {}, "has no column without a default"),
        (
            "there",
            |it| it.columns = Some("b,A".into()),
            "has no column A",
        ),
        (
            "there",
            |it| it.columns = Some("a".into()),
            "needs a value in its column b",
        ),
        (
            "there",
            |it| it.columns = Some("b,d".into()),
            "computes its column d",
        ),
        (
            "there",
            |it| {
                it.format = PostgresFormat::Line;
                it.columns = Some("b".into());
            },
            "has the type integer in its column b",
        ),
        (
            "there",
            |it| {
                it.write = PostgresWrite::Upsert;
                it.key_columns = Some("a".into());
            },
            "has no unique index of exactly the columns a",
        ),
    ];
    for (table, change, said) in tries {
        let bench = into_table(&server, "{\"a\":1,\"b\":1}\n", table, change);
        let ran = bench.run(&[]);
        assert_eq!(
            (ran.exit, ran.code()),
            (Some(5), "E_POSTGRES_SCHEMA"),
            "{ran:?}"
        );
        let message = ran.last()["message"].as_str().unwrap();
        assert!(message.contains(said), "{message}");
        assert!(ran.last()["help"].as_str().unwrap().len() > 20, "{ran:?}");
    }
    assert_eq!(server.number("SELECT count(*) FROM there"), 0);
    // Told also where no record comes.
    let bench = into_table(&server, "", "gone", |_| {}).follow();
    let ran = bench.run(&[]);
    assert_eq!(ran.code(), "E_POSTGRES_SCHEMA", "{ran:?}");
}

#[test]
fn a_right_that_is_taken_away_ends_the_run_in_front_of_what_it_could_not_write() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    server.ask(NUMBERS);
    let role = format!(
        "CREATE ROLE writer LOGIN PASSWORD '{}'; GRANT USAGE ON SCHEMA public TO writer; \
         REVOKE CREATE ON SCHEMA public FROM PUBLIC; \
         GRANT INSERT ON numbers TO writer; GRANT USAGE ON SEQUENCE numbers_came_seq TO writer",
        bench::postgres::PASSWORD
    );
    server.ask(&role);
    let bench = into_table(&server, &numbered(1..=1_000), "numbers", |postgres| {
        postgres.user = "writer".into();
    })
    .follow();
    // It may make no table of positions, and is told so.
    let ran = bench.run(&[]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_POSTGRES_REFUSED"),
        "{ran:?}"
    );
    server.ask(
        "CREATE TABLE public.byteor_positions (stream text PRIMARY KEY, number bigint NOT NULL, \
         owner text NOT NULL, pipeline text NOT NULL, refused bigint[] NOT NULL, \
         reasons text[] NOT NULL, at timestamptz NOT NULL DEFAULT now()); \
         GRANT SELECT, INSERT, UPDATE ON byteor_positions TO writer",
    );
    let run = bench.start(&[]);
    wait_until("the first", || saved(&bench, 1_000));
    server.ask("REVOKE INSERT ON numbers FROM writer");
    bench.append(numbered(1_001..=2_000).as_bytes());
    let ran = run.wait();
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_POSTGRES_REFUSED"),
        "{ran:?}"
    );
    assert!(
        ran.last()["message"].as_str().unwrap().contains("42501"),
        "{ran:?}"
    );
    assert_eq!(position(&server), 1_000);
    server.ask("GRANT INSERT ON numbers TO writer");
    let run = bench.start(&[]);
    wait_until("the rest", || saved(&bench, 2_000));
    assert_eq!(run.terminate().exit, Some(0));
    assert_eq!(numbers(&server), (1..=2_000).collect::<Vec<_>>());
}

/// Bytes of a process that are in memory.
fn resident(run: &bench::Started) -> u64 {
    let path = format!("/proc/{}/status", run.pid().as_raw_nonzero());
    let text = fs::read_to_string(path).unwrap();
    let line = text
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        * 1024
}

/// Bytes that a process read of the input, which is all that it reads in larger pieces.
fn bytes_read(run: &bench::Started) -> u64 {
    let path = format!("/proc/{}/io", run.pid().as_raw_nonzero());
    let text = fs::read_to_string(path).unwrap();
    let line = text
        .lines()
        .find(|line| line.starts_with("rchar:"))
        .unwrap();
    let read: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    // Looks at the clock and the like are smaller.
    read / 65_536
}

#[test]
fn a_server_that_is_gone_for_a_while_is_waited_for_with_little_in_memory() {
    let Some(mut server) = Server::start(&[]) else {
        return;
    };
    server.ask("CREATE TABLE numbers (came bigserial, n bigint NOT NULL, pad text)");
    let bench = into_table(&server, "{\"n\":1}\n", "numbers", |postgres| {
        postgres.batch_records = 2_000;
    })
    .follow();
    let run = bench.start(&[]);
    wait_until("the first", || saved(&bench, 1));
    let before = resident(&run);
    server.kill();
    let total = 150_000_u64;
    let mut input = String::new();
    let pad = "x".repeat(150);
    for number in 2..=total {
        writeln!(input, "{{\"n\":{number},\"pad\":\"{pad}\"}}").unwrap();
    }
    assert!(input.len() > 25_000_000);
    bench.append(input.as_bytes());
    // Until nothing more is read of the input: what has room is there.
    let (mut read, mut same) = (0, 0);
    wait_until("a full pipeline", || {
        let now = bytes_read(&run);
        same = if now == read { same + 1 } else { 0 };
        read = now;
        same > 30
    });
    let held = resident(&run).saturating_sub(before);
    assert!(held < 16_000_000, "{held} bytes more in memory");
    server.begin();
    wait_until("the rest", || saved(&bench, total));
    let ran = run.terminate();
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    assert!(
        ran.noticed("N_PEER_DOWN") && ran.noticed("N_PEER_BACK"),
        "{ran:?}"
    );
    let all = server.ask("SELECT count(*), count(DISTINCT n), max(n) FROM numbers");
    assert_eq!(all, format!("{total}|{total}|{total}\n"));
}

#[test]
fn a_position_that_is_not_this_run_s_is_told_and_nothing_is_written() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    server.ask(NUMBERS);
    let bench = into_table(&server, &numbered(1..=10), "numbers", |_| {});
    bench.run_well();
    let set = |number: u64| {
        server.ask(&format!("UPDATE byteor_positions SET number = {number}"));
    };
    let fails = |code: &str| {
        let ran: Ran = bench.run(&[]);
        assert_eq!((ran.exit, ran.code()), (Some(5), code), "{ran:?}");
        assert_eq!(numbers(&server).len(), 10, "{code}");
    };
    bench.append(numbered(11..=20).as_bytes());
    set(9);
    fails("E_POSTGRES_BEHIND");
    // As if a run had written three more and been killed before its next checkpoint.
    set(13);
    bench.write_spec(&["identity", "identity"]);
    fails("E_POSTGRES_AHEAD");
    bench.write_spec(&["identity"]);
    bench.run_well();
    assert_eq!(numbers(&server)[10..], [14, 15, 16, 17, 18, 19, 20]);

    // Two runs of one checkpoint, as on two hosts.
    let mut bench = bench.follow();
    let Egress::Postgres(postgres) = &mut bench.config.egress else {
        panic!("it is PostgreSQL");
    };
    postgres.batch_records = 1;
    let owner = server.ask("SELECT owner FROM byteor_positions");
    let run = bench.start(&[]);
    wait_until("its own", || {
        server.ask("SELECT owner FROM byteor_positions") != owner
    });
    server.ask("UPDATE byteor_positions SET owner = 'another'");
    bench.append(numbered(21..=22).as_bytes());
    let ran = run.wait();
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_POSTGRES_TAKEN"),
        "{ran:?}"
    );
    assert_eq!(numbers(&server).len(), 17);

    // A database that never knew of the stream goes on with it, and says so.
    server.ask("DELETE FROM byteor_positions");
    let run = bench.start(&[]);
    wait_until("the rest", || saved(&bench, 22));
    let ran = run.terminate();
    assert!(ran.noticed("N_POSTGRES_BEGUN"), "{ran:?}");
    assert_eq!(numbers(&server)[17..], [21, 22]);
}

#[test]
fn what_senders_send_again_is_not_taken_for_what_is_there() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    server.ask(NUMBERS);
    let port = free_port();
    let mut bench = into_table(&server, "", "numbers", |_| {});
    bench.config.ingress = Ingress::Http(ingress(port));
    let url = format!("http://127.0.0.1:{port}/records");
    let run = bench.start(&[]);
    assert_eq!(curl(&url, &numbered(1..=5), &[]).unwrap().0, 200);
    run.kill();
    // As if it had been killed before its last checkpoint: others came than those that were counted.
    server.ask("UPDATE byteor_positions SET number = number + 3");
    let run = bench.start(&[]);
    assert_eq!(curl(&url, &numbered(6..=10), &[]).unwrap().0, 200);
    assert_eq!(run.terminate().exit, Some(0));
    assert_eq!(numbers(&server), (1..=10).collect::<Vec<_>>());
}

#[test]
fn only_a_server_that_may_be_reached_and_proves_itself_gets_a_password() {
    let (right, wrong) = (Authority::new(), Authority::new());
    let Some(mut server) = Server::start(&[]) else {
        return;
    };
    server.ask(NUMBERS);
    // Not what the host's owner allows.
    let bench = into_table(&server, "{\"n\":1}\n", "numbers", |_| {});
    let ran = bench.run(&["--allow-net=10.0.0.0/8"]);
    assert_eq!(ran.code(), "E_NET_NOT_ALLOWED", "{ran:?}");
    let allowed = format!("--allow-net=127.0.0.1:{}", server.port);
    assert_eq!(bench.run(&[&allowed]).exit, Some(0));
    // Not what the server knows.
    let bench = into_table(&server, "{\"n\":1}\n", "numbers", |_| {});
    fs::write(bench.path("password"), "fedcba9876543210").unwrap();
    let ran = bench.run(&[]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_POSTGRES_REFUSED"),
        "{ran:?}"
    );
    assert!(!format!("{ran:?}").contains("fedcba"), "{ran:?}");

    for (what, (certificate, key), code) in [
        ("good", right.certificate("localhost", 2100), "end_of_input"),
        (
            "authority",
            wrong.certificate("localhost", 2100),
            "E_PEER_DOWN",
        ),
        (
            "name",
            right.certificate("elsewhere.example", 2100),
            "E_PEER_DOWN",
        ),
        (
            "expired",
            right.certificate("localhost", 2021),
            "E_PEER_DOWN",
        ),
        ("none", (String::new(), String::new()), "E_PEER_DOWN"),
    ] {
        server.kill();
        let certificate = server.file("certificate.pem", &certificate);
        let key = server.file("key.pem", &key);
        let flags = [
            "-c".to_owned(),
            format!("ssl={}", if what == "none" { "off" } else { "on" }),
            "-c".to_owned(),
            format!("ssl_cert_file={}", certificate.display()),
            "-c".to_owned(),
            format!("ssl_key_file={}", key.display()),
        ];
        server.begin_with(&flags.each_ref().map(String::as_str));
        server.ask("TRUNCATE numbers");
        let mut bench = into_table(&server, &numbered(1..=2), "numbers", |_| {});
        let authorities = file(&bench, "authorities.pem", &right.0.pem());
        let Egress::Postgres(postgres) = &mut bench.config.egress else {
            panic!("it is PostgreSQL");
        };
        postgres.url = format!("postgres://localhost:{}", server.port);
        postgres.tls = PostgresTls::Verify;
        postgres.authorities = Some(authorities.to_str().unwrap().into());
        postgres.give_up_after_seconds = Some(1);
        let ran = bench.run(&[]);
        assert_eq!(ran.code(), code, "{what}: {ran:?}");
        assert!(
            !format!("{ran:?}").contains(bench::postgres::PASSWORD),
            "{what}"
        );
        let came = server.number("SELECT count(*) FROM numbers");
        assert_eq!(came, if code == "end_of_input" { 2 } else { 0 }, "{what}");
    }
}

const SOURCE: &str = "CREATE TABLE source (n bigserial PRIMARY KEY, \"by\" xid8 NOT NULL DEFAULT pg_current_xact_id(), t text)";

#[test]
fn rows_of_a_transaction_that_commits_late_are_not_missed() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    server.ask(SOURCE);
    let mut bench = Bench::new(b"", &["identity"]);
    bench.config.ingress = Ingress::Postgres(server.ingress(&mut bench, "source"));
    let run = bench.start(&[]);
    server.ask("INSERT INTO source (t) VALUES ('one')");
    wait_until("the first", || {
        bench.read("out.log").ends_with(b"\"one\"}\n")
    });
    // A key is taken first and committed last.
    let mut slow = server.talk();
    slow.say("BEGIN; INSERT INTO source (t) VALUES ('late'); SELECT 'is in it';");
    slow.hear("is in it");
    server.ask("INSERT INTO source (t) VALUES ('quick'), ('a\"b')");
    slow.say("SELECT pg_sleep(0.3); COMMIT; SELECT 'is over';");
    slow.hear("is over");
    let all = "{\"n\":1,\"t\":\"one\"}\n{\"n\":2,\"t\":\"late\"}\n{\"n\":3,\"t\":\"quick\"}\n{\"n\":4,\"t\":\"a\\\"b\"}\n";
    bench.wait_for("out.log", all.as_bytes());
    assert_eq!(run.terminate().count("records_in"), 4);

    // What isn't as it has to be is told.
    server.ask("CREATE TABLE plain (n bigint NOT NULL, \"by\" bigint NOT NULL)");
    let mut bench = Bench::new(b"", &["identity"]);
    bench.config.ingress = Ingress::Postgres(server.ingress(&mut bench, "plain"));
    let ran = bench.run(&[]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_POSTGRES_SCHEMA"),
        "{ran:?}"
    );
}

/// Told by what the index gave: what is read again and again is given again and again.
#[test]
fn a_transaction_is_read_once_however_many_reads_it_takes() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let total = 10_000_u64;
    server.ask(SOURCE);
    server.ask("CREATE UNIQUE INDEX places ON source (\"by\", n)");
    server.ask(&format!(
        "INSERT INTO source (t) SELECT 'x' FROM generate_series(1, {total})"
    ));
    server.ask("ANALYZE source");
    let mut bench = Bench::new(b"", &["identity"]);
    bench.config.ingress = Ingress::Postgres(server.ingress(&mut bench, "source"));
    let ran = bench.run(&[&format!("--adapter-max-messages={total}")]);
    assert_eq!((ran.exit, ran.count("records_in")), (Some(0), total));
    // A connection's numbers are there once it has ended.
    let given = || {
        server.number("SELECT idx_tup_read FROM pg_stat_user_indexes WHERE indexrelname = 'places'")
    };
    wait_until("the index's numbers", || given() >= total);
    assert!(given() < 2 * total, "{}", given());
}

#[test]
fn a_table_goes_into_another_one_exactly_over_kills_of_both() {
    let Some(mut server) = Server::start(&[]) else {
        return;
    };
    server.ask(SOURCE);
    server.ask("CREATE TABLE numbers (came bigserial, n bigint NOT NULL, t text)");
    let (total, mut random) = (10_000_u64, Random(29));
    let bench = into_table(&server, "", "numbers", |postgres| {
        postgres.timeout_seconds = 2;
    });
    let mut bench = bench;
    bench.config.ingress = Ingress::Postgres(server.ingress(&mut bench, "source"));
    let mut run = bench.start(&[]);
    for kill in 0..10 {
        // A transaction each time, of which some have more rows than a read.
        server.ask(&format!(
            "INSERT INTO source (t) SELECT 'x' FROM generate_series(1, {})",
            total / 10
        ));
        std::thread::sleep(Duration::from_micros(random.below(60_000)));
        if kill % 2 == 0 {
            run.kill();
            run = bench.start(&[]);
        } else {
            server.kill();
            server.begin();
        }
    }
    wait_until("the rest", || saved(&bench, total));
    assert_eq!(run.terminate().exit, Some(0));
    let came = numbers(&server);
    let all = server.ask("SELECT n FROM source ORDER BY \"by\", n");
    let all: Vec<u64> = all.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(all.len() as u64, total);
    assert_eq!(came, all);
}

#[test]
fn the_example_of_the_page_does_what_it_says() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let page = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/spec/adapters/postgres.md"
    );
    let page = fs::read_to_string(page).unwrap();
    let example = page.split("## Example").nth(1).unwrap();
    let block = |kind: &str| {
        let begin = format!("```{kind}\n");
        let block = example.split(&begin).nth(1).unwrap();
        block.split("```").next().unwrap().to_owned()
    };
    server.ask(&block("sql"));
    let mut bench = Bench::new(b"", &["identity"]);
    let reject = bench.path("rejected.log");
    let text = format!(
        "config.v=1\nconfig.posture=dev\nconfig.tuning.profile=default\nconfig.record.slot_bytes=1024\n\
         {}adapter.reject.path={}\n",
        block("text"),
        reject.display()
    );
    let mut config = byteor_config::decode(&text).unwrap();
    // Where this server is, and by what it is asked.
    let here = server.egress(&mut bench, "orders");
    config.secrets.clone_from(&bench.config.secrets);
    let (Ingress::Postgres(from), Egress::Postgres(to)) = (&mut config.ingress, &mut config.egress)
    else {
        panic!("it is PostgreSQL");
    };
    (from.url, to.url) = (here.url.clone(), here.url);
    (from.database, to.database) = (here.database.clone(), here.database);
    (from.password, to.password) = (here.password.clone(), here.password);
    bench.config = config;
    server.ask(
        "INSERT INTO events (\"order\", at, amount) VALUES (1, '2026-01-01Z', 5), (2, '2026-01-02Z', NULL); \
         INSERT INTO events (\"order\", at, amount) VALUES (1, '2026-01-03Z', 7.5)",
    );
    let run = bench.start(&[]);
    wait_until("three events", || saved(&bench, 3));
    assert_eq!(run.terminate().count("records_out"), 3);
    let rows = server.ask("SELECT \"order\", extract(day FROM at), amount FROM orders ORDER BY 1");
    assert_eq!(rows, "1|3|7.5\n2|2|\n");
}
