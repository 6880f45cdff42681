//! Changes of PostgreSQL's tables against a real server, which is killed, as the runs are.
#![cfg(feature = "postgres")]

mod bench;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use bench::http::{Receiver, egress, free_port};
use bench::postgres::Server;
use bench::tls::{Authority, file};
use bench::{Bench, Ran, Random, kept, tools, wait_until};
use byteor_config::adapters::postgres::PostgresTls;
use byteor_config::adapters::postgres_changes::{PostgresChangesIngress, PostgresMissingSlot};
use byteor_config::{Egress, Ingress};
use rustix::process::{Signal, kill_process};
use serde_json::Value;

/// What the server is started with.
const LOGICAL: [&str; 4] = ["-c", "wal_level=logical", "-c", "wal_sender_timeout=2s"];

/// A server with what `tables` makes, published, and a slot.
fn published(tables: &str) -> Option<Server> {
    let server = Server::start(&LOGICAL)?;
    server.ask(tables);
    server.ask("CREATE PUBLICATION changes FOR ALL TABLES");
    server.ask("SELECT pg_create_logical_replication_slot('slot', 'pgoutput')");
    Some(server)
}

fn following(
    server: &Server,
    keys: &[&str],
    change: impl FnOnce(&mut PostgresChangesIngress),
) -> Bench {
    let mut bench = Bench::new(b"", keys);
    let mut changes = server.changes(&mut bench);
    change(&mut changes);
    bench.config.ingress = Ingress::PostgresChanges(changes);
    bench.config.record.slot_bytes = 4096;
    bench
}

fn records(bench: &Bench) -> Vec<Value> {
    let text = fs::read_to_string(bench.path("out.log")).unwrap_or_default();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Where a record is, as a number that orders all.
fn place(record: &Value) -> (u64, u64) {
    let lsn = record["lsn"].as_str().unwrap();
    let (high, low) = lsn.split_once('/').unwrap();
    let part = |text| u64::from_str_radix(text, 16).unwrap();
    (
        part(high) << 32 | part(low),
        record["index"].as_u64().unwrap(),
    )
}

fn ended(ran: &Ran, code: &str) {
    assert_eq!((ran.exit, ran.code()), (Some(5), code), "{ran:?}");
}

#[test]
fn changes_become_records_as_they_were_made() {
    let tables = "CREATE TABLE kinds (id int PRIMARY KEY, t text, n numeric, f float8, b bool, j jsonb, x json, \
                  l int[], at timestamptz, raw bytea, big text); \
                  ALTER TABLE kinds ALTER big SET STORAGE EXTERNAL; \
                  CREATE TABLE \"Odd \"\"one\" (a int, b text); \
                  ALTER TABLE \"Odd \"\"one\" REPLICA IDENTITY FULL";
    let Some(server) = published(tables) else {
        return;
    };
    // What the server is set to elsewhere changes no record.
    server.ask(
        "ALTER ROLE byteor SET datestyle = 'German'; ALTER ROLE byteor SET timezone = 'Asia/Tokyo'",
    );
    let mut bench = following(&server, &["identity"], |_| {});
    bench.config.record.slot_bytes = 16_384;
    let run = bench.start(&[]);
    server.ask(
        "INSERT INTO kinds VALUES (1, E'a\\tb\\n\"c\"', 1.50, 'NaN', true, '{\"x\": [1, \"\\n\"]}', E'{\"y\":\\n 9007199254740993}', \
         '{1,2}', '2026-03-01 12:00:00Z', '\\xff00', repeat('z', 9000)), (2, NULL, NULL, 0.1, false, NULL, NULL, NULL, NULL, NULL, NULL)",
    );
    server.ask("UPDATE kinds SET t = 'other' WHERE id = 1");
    server
        .ask("BEGIN; UPDATE kinds SET id = 3 WHERE id = 2; DELETE FROM kinds WHERE id = 1; COMMIT");
    server.ask("BEGIN; INSERT INTO kinds (id) VALUES (99); ROLLBACK");
    server.ask(
        "ALTER TABLE kinds DROP n, ADD late text DEFAULT 'late'; INSERT INTO kinds (id) VALUES (4)",
    );
    server.ask("INSERT INTO \"Odd \"\"one\" VALUES (1, 'x'); UPDATE \"Odd \"\"one\" SET b = 'y'; DELETE FROM \"Odd \"\"one\"");
    server.ask("TRUNCATE kinds, \"Odd \"\"one\" RESTART IDENTITY CASCADE");
    wait_until("all", || records(&bench).len() >= 11);
    let found = records(&bench);
    assert!(
        found.windows(2).all(|two| place(&two[0]) < place(&two[1])),
        "{found:?}"
    );
    let plain = |record: &Value| {
        let mut record = record.clone();
        for key in ["lsn", "xid", "at", "index", "schema"] {
            assert!(
                record.as_object_mut().unwrap().remove(key).is_some(),
                "{record}"
            );
        }
        record
    };
    let found: Vec<_> = found.iter().map(plain).collect();
    let big = "z".repeat(9000);
    let none = serde_json::json!({"t":null,"f":null,"b":null,"j":null,"x":null,"l":null,"at":null,"raw":null,"big":null});
    let with = |more: Value| {
        let mut row = none.clone();
        row.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        row
    };
    let expected = [
        serde_json::json!({"op":"insert","table":"kinds","key":{"id":1},"new":{"id":1,"t":"a\tb\n\"c\"","n":1.50,"f":"NaN",
            "b":true,"j":{"x":[1,"\n"]},"x":{"y":9_007_199_254_740_993_u64},"l":"{1,2}","at":"2026-03-01 12:00:00+00",
            "raw":"\\xff00","big":big}}),
        serde_json::json!({"op":"insert","table":"kinds","key":{"id":2},"new":with(serde_json::json!({"id":2,"n":null,"f":0.1,"b":false}))}),
        serde_json::json!({"op":"update","table":"kinds","key":{"id":1},"new":{"id":1,"t":"other","n":1.50,"f":"NaN",
            "b":true,"j":{"x":[1,"\n"]},"x":{"y":9_007_199_254_740_993_u64},"l":"{1,2}","at":"2026-03-01 12:00:00+00",
            "raw":"\\xff00"},"unchanged":["big"]}),
        serde_json::json!({"op":"update","table":"kinds","key":{"id":3},"old_key":{"id":2},"new":with(serde_json::json!({"id":3,"n":null,"f":0.1,"b":false}))}),
        serde_json::json!({"op":"delete","table":"kinds","key":{"id":1}}),
        serde_json::json!({"op":"insert","table":"kinds","key":{"id":4},"new":with(serde_json::json!({"id":4,"late":"late"}))}),
        serde_json::json!({"op":"insert","table":"Odd \"one","new":{"a":1,"b":"x"}}),
        serde_json::json!({"op":"update","table":"Odd \"one","old":{"a":1,"b":"x"},"new":{"a":1,"b":"y"}}),
        serde_json::json!({"op":"delete","table":"Odd \"one","old":{"a":1,"b":"y"}}),
        serde_json::json!({"op":"truncate","table":"kinds","cascade":true,"restart_identity":true}),
        serde_json::json!({"op":"truncate","table":"Odd \"one","cascade":true,"restart_identity":true}),
    ];
    for (found, expected) in std::iter::zip(&found, &expected) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.len(), expected.len());
    let ran = run.terminate();
    assert_eq!(
        (ran.exit, ran.count("records_in")),
        (Some(0), 11),
        "{ran:?}"
    );
    // What lasts is told to the server; nothing of it comes again.
    let run = bench.start(&[]);
    server.ask("INSERT INTO kinds (id) VALUES (5)");
    wait_until("the next", || records(&bench).len() == 12);
    assert_eq!(run.terminate().count("records_in"), 12);
}

const SOURCE: &str = "CREATE TABLE source (n bigint PRIMARY KEY, t text)";

/// Makes changes of some kinds, in transactions of several sizes; what they are, in order.
fn change(server: &Server, random: &mut Random, next: &mut u64, made: &mut Vec<(String, u64)>) {
    let from = *next + 1;
    let count = [1, 3, 40, 900][random.below(4) as usize];
    *next += count;
    let to = *next;
    let mut sql = format!("INSERT INTO source SELECT n, 'x' FROM generate_series({from}, {to}) n");
    made.extend((from..=to).map(|n| ("insert".to_owned(), n)));
    if random.below(2) == 0 {
        sql += &format!("; UPDATE source SET t = 'y' WHERE n = {to}");
        made.push(("update".to_owned(), to));
    }
    if random.below(2) == 0 {
        sql += &format!("; DELETE FROM source WHERE n = {from}");
        made.push(("delete".to_owned(), from));
    }
    server.ask(&format!("BEGIN; {sql}; COMMIT"));
}

fn is_saved(server: &Server) -> bool {
    // The slot is behind everything that was committed.
    let ask = "SELECT confirmed_flush_lsn >= pg_current_wal_lsn() FROM pg_replication_slots";
    server.ask(ask).trim() == "t"
}

#[test]
fn changes_go_into_a_file_exactly_over_kills_of_both() {
    let Some(mut server) = published(SOURCE) else {
        return;
    };
    let (mut random, mut next, mut made) = (Random(83), 0, Vec::new());
    let bench = following(&server, &["drop:\"op\":\"none\""], |changes| {
        // Far less than the largest transactions.
        changes.in_flight_bytes = 65_536;
    });
    let mut run = bench.start(&[]);
    for kill in 0..24 {
        change(&server, &mut random, &mut next, &mut made);
        change(&server, &mut random, &mut next, &mut made);
        std::thread::sleep(Duration::from_micros(random.below(90_000)));
        if kill % 3 == 2 {
            server.kill();
            server.begin();
        } else {
            run.kill();
            run = bench.start(&[]);
        }
    }
    wait_until("the rest", || records(&bench).len() >= made.len());
    wait_until("the slot", || is_saved(&server));
    let ran = run.terminate();
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    let found = records(&bench);
    assert!(found.windows(2).all(|two| place(&two[0]) < place(&two[1])));
    let of = |record: &Value| {
        let op = record["op"].as_str().unwrap().to_owned();
        (op, record["key"]["n"].as_u64().unwrap())
    };
    let found: Vec<_> = found.iter().map(of).collect();
    assert_eq!(found.len(), made.len());
    assert!(found == made);
    assert_eq!(ran.count("records_in"), made.len() as u64);
    println!("24 kills, {} changes: 0 lost, 0 doubled", made.len());
}

#[test]
fn changes_go_into_another_table_exactly_over_kills_of_both() {
    let tables = format!(
        "{SOURCE}; CREATE TABLE numbers (came bigserial, op text, lsn pg_lsn, index bigint, key jsonb)"
    );
    let Some(mut server) = published(&tables) else {
        return;
    };
    server.ask("ALTER PUBLICATION changes RENAME TO everything; CREATE PUBLICATION changes FOR TABLE source");
    server.ask("SELECT pg_drop_replication_slot('slot'); SELECT pg_create_logical_replication_slot('slot', 'pgoutput')");
    let (mut random, mut next, mut made) = (Random(19), 0, Vec::new());
    let mut bench = following(&server, &["identity"], |_| {});
    let mut table = server.egress(&mut bench, "numbers");
    table.columns = Some("op,lsn,index,key".into());
    table.other_fields = byteor_config::adapters::postgres::PostgresOther::Ignore;
    table.timeout_seconds = 2;
    bench.config.egress = Egress::Postgres(table);
    let mut run = bench.start(&[]);
    for kill in 0..12 {
        change(&server, &mut random, &mut next, &mut made);
        std::thread::sleep(Duration::from_micros(random.below(90_000)));
        if kill % 2 == 0 {
            run.kill();
            run = bench.start(&[]);
        } else {
            server.kill();
            server.begin();
        }
    }
    let count = || server.number("SELECT count(*) FROM numbers");
    wait_until("the rest", || count() >= made.len() as u64);
    assert_eq!(run.terminate().exit, Some(0));
    let rows = server.ask("SELECT op, key->>'n' FROM numbers ORDER BY came");
    let found: Vec<_> = rows
        .lines()
        .map(|line| line.split_once('|').unwrap())
        .map(|(op, n)| (op.to_owned(), n.parse().unwrap()))
        .collect();
    assert_eq!(found.len(), made.len());
    assert!(found == made);
    println!("12 kills, {} changes: 0 lost, 0 doubled", made.len());
}

#[test]
fn a_sink_that_is_down_for_longer_than_the_server_waits_costs_no_connection() {
    let Some(server) = published(SOURCE) else {
        return;
    };
    if tools::python().is_none() {
        return;
    }
    let mut bench = following(&server, &["identity"], |changes| {
        changes.in_flight_bytes = 65_536;
    });
    let port = free_port();
    bench.config.egress = Egress::Http(egress(port));
    let run = bench.start(&[]);
    let pid = || server.ask("SELECT pid FROM pg_stat_replication");
    wait_until("the connection", || !pid().is_empty());
    let first = pid();
    // One transaction that is many times what may be in memory.
    server.ask("INSERT INTO source SELECT n, repeat('x', 100) FROM generate_series(1, 20000) n");
    std::thread::sleep(Duration::from_secs(7));
    assert_eq!(pid(), first);
    assert!(!is_saved(&server));
    let received = bench.path("received");
    let receiver = Receiver::start(port, &received, &[]);
    wait_until("all", || is_saved(&server));
    assert_eq!(pid(), first);
    let ran = run.terminate();
    assert_eq!(
        (ran.exit, ran.count("records_in")),
        (Some(0), 20_000),
        "{ran:?}"
    );
    drop(receiver);
    assert_eq!(kept(&received).0.lines().count(), 20_000);
}

#[test]
fn a_slot_that_isn_t_as_it_has_to_be_ends_the_run() {
    let Some(mut server) = Server::start(&LOGICAL) else {
        return;
    };
    server.ask(SOURCE);
    ended(
        &following(&server, &["identity"], |_| {}).run(&[]),
        "E_POSTGRES_PUBLICATION",
    );
    server.ask("CREATE PUBLICATION changes FOR TABLE source");
    let ran = following(&server, &["identity"], |_| {}).run(&[]);
    ended(&ran, "E_POSTGRES_SLOT");
    server.ask("SELECT pg_create_logical_replication_slot('slot', 'test_decoding')");
    let ran = following(&server, &["identity"], |_| {}).run(&[]);
    ended(&ran, "E_POSTGRES_SLOT");
    assert!(format!("{ran:?}").contains("test_decoding"), "{ran:?}");
    server.ask("SELECT pg_drop_replication_slot('slot')");
    // Who may not.
    server.ask("CREATE ROLE reader LOGIN PASSWORD '0123456789abcdef'");
    let reader = |changes: &mut PostgresChangesIngress| changes.user = "reader".into();
    ended(
        &following(&server, &["identity"], reader).run(&[]),
        "E_POSTGRES_REFUSED",
    );
    // Nothing but REPLICATION is needed, also to make the slot.
    server.ask("ALTER ROLE reader REPLICATION");
    let bench = following(&server, &["identity"], |changes| {
        changes.user = "reader".into();
        changes.missing_slot = PostgresMissingSlot::Create;
    });
    let run = bench.start(&[]);
    wait_until("the slot", || {
        server.ask("SELECT active FROM pg_replication_slots").trim() == "t"
    });
    server.ask("INSERT INTO source VALUES (1, 'x')");
    wait_until("the first", || records(&bench).len() == 1);
    let ran = run.terminate();
    assert!(
        ran.exit == Some(0) && ran.noticed("N_POSTGRES_SLOT"),
        "{ran:?}"
    );
    // It isn't made again where something was read.
    wait_until("that nobody has it", || {
        server.ask("SELECT active FROM pg_replication_slots").trim() == "f"
    });
    server.ask("SELECT pg_drop_replication_slot('slot')");
    let ran = bench.run(&[]);
    ended(&ran, "E_POSTGRES_SLOT");
    assert!(
        format!("{ran:?}").contains("are lost to this pipeline"),
        "{ran:?}"
    );
    // One that is further behind than the server keeps.
    server.ask("SELECT pg_create_logical_replication_slot('slot', 'pgoutput')");
    server.ask("ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'");
    server.ask("SELECT pg_reload_conf()");
    for _ in 0..4 {
        server.ask("INSERT INTO source VALUES (2, 'x'); DELETE FROM source WHERE n = 2; SELECT pg_switch_wal()");
    }
    server.ask("CHECKPOINT");
    wait_until("that it is lost", || {
        server
            .ask("SELECT wal_status FROM pg_replication_slots")
            .trim()
            == "lost"
    });
    ended(&bench.run(&[]), "E_POSTGRES_SLOT");
    // A server that can't.
    server.ask("SELECT pg_drop_replication_slot('slot')");
    server.ask("CHECKPOINT");
    server.kill();
    server.begin_with(&LOGICAL[..0]);
    let bench = following(&server, &["identity"], |changes| {
        changes.missing_slot = PostgresMissingSlot::Create;
    });
    let ran = bench.run(&[]);
    ended(&ran, "E_POSTGRES_REFUSED");
    assert!(format!("{ran:?}").contains("wal_level"), "{ran:?}");
}

#[test]
fn a_slot_that_was_made_anew_is_noticed_and_one_that_only_passed_over_others_goes_on() {
    let Some(server) = Server::start(&LOGICAL) else {
        return;
    };
    server.ask(SOURCE);
    server.ask("CREATE TABLE other (n bigint)");
    server.ask("CREATE PUBLICATION changes FOR TABLE source");
    let make = "SELECT pg_create_logical_replication_slot('slot', 'pgoutput')";
    server.ask(make);
    let lost = |ran: &Ran| {
        ended(ran, "E_POSTGRES_SLOT");
        let said = format!("{ran:?}");
        assert!(said.contains("was made anew, or moved"), "{said}");
        assert!(said.contains("are lost to this pipeline"), "{said}");
    };
    let bench = following(&server, &["identity"], |_| {});
    // What isn't published is passed over, and the server needn't keep it: over runs, and over kills.
    for (turn, is_killed) in [(1, false), (2, true), (3, false), (4, true)] {
        let run = bench.start(&[]);
        server.ask(&format!("INSERT INTO source VALUES ({turn}, 'x')"));
        wait_until("the record", || records(&bench).len() == turn);
        server.ask("INSERT INTO other SELECT * FROM generate_series(1, 10000)");
        wait_until("that it is passed over", || is_saved(&server));
        match is_killed {
            true => run.kill(),
            false => assert_eq!(run.terminate().exit, Some(0)),
        }
    }
    // Between two runs.
    wait_until("that nobody has it", || {
        server.ask("SELECT active FROM pg_replication_slots").trim() == "f"
    });
    server.ask("SELECT pg_drop_replication_slot('slot')");
    server.ask("INSERT INTO source VALUES (5, 'x')");
    server.ask(make);
    lost(&bench.run(&[]));
    assert_eq!(records(&bench).len(), 4);
    // Somebody who begins anew has what is there from now on.
    fs::remove_file(bench.path("out.log.checkpoint")).unwrap();
    let run = bench.start(&[]);
    server.ask("INSERT INTO source VALUES (6, 'x')");
    wait_until("the record", || records(&bench).len() == 5);
    // While a run is on, which sees nothing of it.
    kill_process(run.pid(), Signal::STOP).unwrap();
    server.ask("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots");
    wait_until("that it is gone", || {
        server
            .try_ask("SELECT pg_drop_replication_slot('slot')")
            .is_ok()
    });
    server.ask("INSERT INTO source VALUES (7, 'x')");
    server.ask(make);
    kill_process(run.pid(), Signal::CONT).unwrap();
    lost(&run.wait());
    // One that somebody else moved on.
    fs::remove_file(bench.path("out.log.checkpoint")).unwrap();
    let run = bench.start(&[]);
    server.ask("INSERT INTO source VALUES (8, 'x')");
    wait_until("the record", || records(&bench).len() == 6);
    assert_eq!(run.terminate().exit, Some(0));
    server.ask("INSERT INTO source VALUES (9, 'x')");
    wait_until("that nobody has it", || {
        server
            .try_ask("SELECT pg_replication_slot_advance('slot', pg_current_wal_lsn())")
            .is_ok()
    });
    lost(&bench.run(&[]));
}

#[test]
fn text_that_is_none_goes_aside_and_the_rest_stays_in_order() {
    let Some(server) = Server::start(&LOGICAL) else {
        return;
    };
    server.ask(
        "CREATE DATABASE loose ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'",
    );
    let loose = |sql: &str| {
        // Over a connection to that database, as psql has it.
        let mut talk = server.talk();
        talk.say(&format!("\\connect loose\n{sql}\nSELECT 'done';"));
        talk.hear("done");
    };
    loose(
        "CREATE TABLE source (n int PRIMARY KEY, t text); CREATE PUBLICATION changes FOR TABLE source; \
         SELECT pg_create_logical_replication_slot('slot', 'pgoutput');",
    );
    let bench = following(&server, &["identity"], |changes| {
        changes.database = "loose".into();
    });
    let run = bench.start(&[]);
    loose("INSERT INTO source VALUES (1, 'a'), (2, E'b\\xff'), (3, 'c'), (4, E'\\xfe');");
    loose("INSERT INTO source VALUES (5, 'd');");
    wait_until("all", || records(&bench).len() == 3);
    let ran = run.terminate();
    assert_eq!(
        (ran.count("records_in"), ran.count("rejected")),
        (5, 2),
        "{ran:?}"
    );
    let numbers: Vec<_> = records(&bench)
        .iter()
        .map(|one| one["key"]["n"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, [1, 3, 5]);
    let aside = String::from_utf8(bench.read("rejected.log")).unwrap();
    assert!(
        aside.contains("\"n\":2,\"t\":\"b\u{fffd}\"") && aside.contains("\"n\":4"),
        "{aside}"
    );
}

/// A server that says what it is told to say, to one who connects.
fn hostile(say: impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // The other side may go away at any time.
            let _ = say(&mut stream);
            let mut rest = [0; 1024];
            while stream.read(&mut rest).is_ok_and(|len| len > 0) {}
        }
    });
    port
}

fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    let len = (body.len() as u32 + 4).to_be_bytes();
    [&[tag], &len[..], body].concat()
}

fn row(values: &[&str]) -> Vec<u8> {
    let mut body = (values.len() as u16).to_be_bytes().to_vec();
    for value in values {
        body.extend((value.len() as u32).to_be_bytes());
        body.extend(value.as_bytes());
    }
    message(b'D', &body)
}

const READY: [u8; 6] = [b'Z', 0, 0, 0, 5, b'I'];

/// Waits until the other side says something, whatever it is.
fn heard(stream: &mut TcpStream) -> std::io::Result<()> {
    match stream.read(&mut [0; 4096])? {
        0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

/// As far as a server goes before it sends changes.
fn until_changes(stream: &mut TcpStream) -> std::io::Result<()> {
    heard(stream)?;
    stream.write_all(&message(b'R', &[0; 4]))?;
    stream.write_all(&READY)?;
    for answer in [
        row(&["system", "1", "0/0", "postgres"]),
        row(&["1"]),
        row(&["pgoutput", "postgres", "reserved", "0/1"]),
    ] {
        heard(stream)?;
        stream.write_all(&answer)?;
        stream.write_all(&READY)?;
    }
    heard(stream)?;
    stream.write_all(&message(b'W', &[0, 0, 0]))
}

fn changes(of: &[&[u8]]) -> Vec<u8> {
    let one = |change: &&[u8]| message(b'd', &[&b"w"[..], &[0; 24], change].concat());
    of.iter().flat_map(one).collect()
}

#[test]
fn a_server_that_is_none_ends_the_run_and_takes_no_memory() {
    let begin = [&b"B"[..], &[0; 20]].concat();
    let sayings: Vec<(&str, &str, Vec<u8>)> = vec![
        ("no change", "E_POSTGRES_PROTOCOL", changes(&[b"?"])),
        ("an empty one", "E_POSTGRES_PROTOCOL", changes(&[b""])),
        ("no head", "E_POSTGRES_PROTOCOL", message(b'd', b"w")),
        ("another head", "E_POSTGRES_PROTOCOL", message(b'd', b"x")),
        (
            "a row of no transaction",
            "E_POSTGRES_PROTOCOL",
            changes(&[b"I\0\0\0\x01N\0\0"]),
        ),
        (
            "a row of no table",
            "E_POSTGRES_PROTOCOL",
            changes(&[&begin, b"I\0\0\0\x01N\0\0"]),
        ),
        (
            "the end of another",
            "E_POSTGRES_PROTOCOL",
            changes(&[&begin, &[&b"C\0"[..], &[1; 24]].concat()]),
        ),
        (
            "a huge one",
            "E_POSTGRES_ROW",
            vec![b'd', 0x7f, 0xff, 0xff, 0xff],
        ),
        (
            "a length that is none",
            "E_POSTGRES_PROTOCOL",
            vec![b'd', 0, 0, 0, 1],
        ),
        ("a question", "E_POSTGRES_PROTOCOL", READY.to_vec()),
    ];
    for (what, code, saying) in sayings {
        let port = hostile(move |stream| {
            until_changes(stream)?;
            stream.write_all(&saying)
        });
        let ran = pretended(port).run(&[]);
        assert_eq!((ran.exit, ran.code()), (Some(5), code), "{what}: {ran:?}");
    }
    for (what, code, saying) in [
        (
            "not its protocol",
            "E_POSTGRES_PROTOCOL",
            b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        ),
        (
            "more than any greeting",
            "E_POSTGRES_PROTOCOL",
            vec![b'R', 0x7f, 0, 0, 0],
        ),
        (
            "changes at once",
            "E_POSTGRES_PROTOCOL",
            message(b'W', &[0, 0, 0]),
        ),
        (
            "a proof that it has none of",
            "E_POSTGRES_PROTOCOL",
            message(b'R', b"\0\0\0\x0aOTHER\0\0"),
        ),
        (
            "a proof out of turn",
            "E_POSTGRES_PROTOCOL",
            message(b'R', b"\0\0\0\x0bx"),
        ),
    ] {
        let port = hostile(move |stream| {
            heard(stream)?;
            stream.write_all(&saying)
        });
        let ran = pretended(port).run(&[]);
        assert_eq!((ran.exit, ran.code()), (Some(5), code), "{what}: {ran:?}");
        assert!(
            !format!("{ran:?}").contains(bench::postgres::PASSWORD),
            "{what}"
        );
    }
}

/// A run that follows what is at a port of this host.
fn pretended(port: u16) -> Bench {
    let mut bench = Bench::new(b"", &["identity"]);
    bench.config.ingress = Ingress::PostgresChanges(PostgresChangesIngress {
        url: format!("postgres://127.0.0.1:{port}"),
        database: "postgres".into(),
        publication: "changes".into(),
        slot: "slot".into(),
        missing_slot: PostgresMissingSlot::Fail,
        in_flight_bytes: 65_536,
        timeout_seconds: 5,
        user: "byteor".into(),
        password: None,
        tls: PostgresTls::Off,
        authorities: None,
    });
    bench
}

/// The steps of the source's side of a trial, with the code of what failed.
fn steps(bench: &Bench) -> Vec<(String, String)> {
    let ran = bench.run(&["--try-connections"]);
    let tried = ran.events.iter().filter(|event| event["side"] == "source");
    let word = |event: &Value, key: &str| event[key].as_str().unwrap_or_default().to_owned();
    tried
        .map(|event| (word(event, "step"), word(event, "code")))
        .collect()
}

fn step(name: &str, code: &str) -> (String, String) {
    (name.to_owned(), code.to_owned())
}

#[test]
fn a_trial_finds_publication_and_slot_and_a_server_proves_itself() {
    let Some(mut server) = published(SOURCE) else {
        return;
    };
    let mut bench = following(&server, &["identity"], |_| {});
    let far = |last: (String, String)| {
        [
            step("resolve", ""),
            step("connect", ""),
            step("authenticate", ""),
            last,
        ]
    };
    assert_eq!(steps(&bench), far(step("find", "")));
    let missing = following(&server, &["identity"], |changes| {
        changes.slot = "other".into()
    });
    assert_eq!(steps(&missing), far(step("find", "E_POSTGRES_SLOT")));
    let missing = following(&server, &["identity"], |changes| {
        changes.publication = "other".into();
    });
    assert_eq!(steps(&missing), far(step("find", "E_POSTGRES_PUBLICATION")));
    let Ingress::PostgresChanges(changes) = &mut bench.config.ingress else {
        panic!("it follows changes");
    };
    changes.password = None;
    bench.config.secrets.clear();
    let refused = steps(&bench);
    assert_eq!(
        refused.last(),
        Some(&step("authenticate", "E_POSTGRES_REFUSED"))
    );

    let (right, wrong) = (Authority::new(), Authority::new());
    for (what, (certificate, key), code) in [
        ("good", right.certificate("localhost", 2100), ""),
        (
            "authority",
            wrong.certificate("localhost", 2100),
            "E_TRIAL_SECURE",
        ),
        (
            "name",
            right.certificate("elsewhere.example", 2100),
            "E_TRIAL_SECURE",
        ),
        (
            "expired",
            right.certificate("localhost", 2021),
            "E_TRIAL_SECURE",
        ),
        ("none", (String::new(), String::new()), "E_TRIAL_SECURE"),
    ] {
        server.kill();
        let certificate = server.file("certificate.pem", &certificate);
        let key = server.file("key.pem", &key);
        let mut flags: Vec<String> = LOGICAL.map(str::to_owned).into();
        flags.extend([
            "-c".to_owned(),
            format!("ssl={}", if what == "none" { "off" } else { "on" }),
            "-c".to_owned(),
            format!("ssl_cert_file={}", certificate.display()),
            "-c".to_owned(),
            format!("ssl_key_file={}", key.display()),
        ]);
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        server.begin_with(&flags);
        let mut bench = following(&server, &["identity"], |_| {});
        let authorities = file(&bench, "authorities.pem", &right.0.pem());
        let Ingress::PostgresChanges(changes) = &mut bench.config.ingress else {
            panic!("it follows changes");
        };
        changes.url = format!("postgres://localhost:{}", server.port);
        changes.tls = PostgresTls::Verify;
        changes.authorities = Some(authorities.to_str().unwrap().into());
        let mut expected = vec![
            step("resolve", ""),
            step("connect", ""),
            step("secure", code),
        ];
        if code.is_empty() {
            expected.extend([step("authenticate", ""), step("find", "")]);
            let run = bench.start(&[]);
            server.ask("INSERT INTO source VALUES (1, 'x')");
            wait_until("the first", || records(&bench).len() == 1);
            assert_eq!(run.terminate().exit, Some(0));
        }
        assert_eq!(steps(&bench), expected, "{what}");
    }
}

#[test]
fn the_example_of_the_page_does_what_it_says() {
    let Some(server) = Server::start(&LOGICAL) else {
        return;
    };
    let page = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/spec/adapters/postgres_changes.md"
    );
    let page = fs::read_to_string(page).unwrap();
    let block = |kind: &str| {
        let begin = format!("```{kind}\n");
        let block = page.split(&begin).nth(1).unwrap();
        block.split("```").next().unwrap().to_owned()
    };
    // All that the page has the operator do, but for the restart: this server was started so.
    server.ask(
        "CREATE TABLE public.orders (id int PRIMARY KEY, state text, amount numeric, note text)",
    );
    for statement in block("sql").lines().skip(1) {
        server.ask(
            &statement
                .replace('…', "0123456789abcdef")
                .replace("byteor LOGIN", "reader LOGIN"),
        );
    }
    let mut bench = Bench::new(b"", &["identity"]);
    let text = format!(
        "config.v=1\nconfig.posture=dev\nconfig.tuning.profile=default\nconfig.record.slot_bytes=1024\n\
         {}adapter.reject.path={}\n",
        block("text").replace("/srv/data/out.log", bench.path("out.log").to_str().unwrap()),
        bench.path("rejected.log").display()
    );
    let mut config = byteor_config::decode(&text).unwrap();
    let here = server.changes(&mut bench);
    config.secrets.clone_from(&bench.config.secrets);
    let Ingress::PostgresChanges(changes) = &mut config.ingress else {
        panic!("it follows changes");
    };
    (changes.url, changes.database) = (here.url, here.database);
    (changes.user, changes.password) = ("reader".into(), here.password);
    bench.config = config;
    let run = bench.start(&[]);
    server.ask("INSERT INTO orders VALUES (7, 'new', 12.50, 'a note')");
    server.ask("UPDATE orders SET state = 'paid' WHERE id = 7");
    wait_until("two", || records(&bench).len() == 2);
    assert_eq!(run.terminate().exit, Some(0));
    // The record of the page has the fields that records have.
    let shown: Value = serde_json::from_str(block("json").trim()).unwrap();
    let names = |record: &Value| {
        record
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    let mut found = names(&records(&bench)[1]);
    found.push("unchanged".to_owned());
    found.sort();
    let mut shown_names = names(&shown);
    shown_names.sort();
    assert_eq!(found, shown_names);
    let text = String::from_utf8(bench.read("out.log")).unwrap();
    assert!(text.contains("\"amount\":12.50,"), "{text}");
}
