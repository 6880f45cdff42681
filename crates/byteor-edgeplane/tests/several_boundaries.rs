//! Lane graphs with several boundaries of a side on real servers, each with a topic, subject, table or path
//! of its own: what is killed loses nothing of any of them.
#![cfg(all(feature = "http", feature = "nats", feature = "postgres"))]

mod bench;

use std::fs;
use std::io::Write as _;
use std::time::Duration;

use bench::http::{curl, free_port, ingress as from_http};
use bench::{Bench, Ran, Random, nats, postgres, tools, wait_until};
use byteor_config::adapters::postgres::PostgresWrite;
use byteor_config::{Egress, Ingress, Workers};
use byteor_pipeline_spec::{LaneGraphBuilder, encode_kv_v1};

/// east -> `key` -> few, and west -> as it is -> all: two ways beside each other, with nothing to choose.
fn write_two_ways(bench: &Bench, key: &str) {
    let spec = LaneGraphBuilder::new()
        .events("east.first")
        .events("first.few")
        .events("west.second")
        .events("second.all")
        .ingress("east", "east.first")
        .ingress("west", "west.second")
        .stage("first", key, "east.first", "first.few")
        .stage("second", "identity", "west.second", "second.all")
        .egress("few", "first.few")
        .egress("all", "second.all");
    fs::write(bench.path("spec.kv"), encode_kv_v1(&spec.build().unwrap())).unwrap();
}

fn workers(bench: &mut Bench, random: &mut Random) {
    let workers = Workers::ALL.get(random.below(4) as usize);
    bench.config.tuning.workers = workers.copied();
}

/// What a run said last of the boundaries.
fn boundaries_of(run: &bench::Started) -> Vec<serde_json::Value> {
    let told = run.said("adapters").pop();
    let each = told.and_then(|told| told["boundaries"].as_array().cloned());
    each.unwrap_or_default()
}

fn ids(boundaries: &[serde_json::Value]) -> Vec<(&str, &str)> {
    boundaries
        .iter()
        .map(|one| (one["side"].as_str().unwrap(), one["id"].as_str().unwrap()))
        .collect()
}

#[cfg(feature = "kafka")]
#[test]
fn two_topics_become_two_others_with_each_record_once_or_more_over_kills_of_both() {
    let Some(mut server) = bench::kafka::own_server() else {
        return;
    };
    let (step, kills, mut random) = (2_000_u64, 6, Random(91));
    let base = server.topic(1, &[]);
    let topic = |id: &str| format!("{base}-{id}");
    for id in ["east", "west", "few", "all"] {
        server.make(&topic(id), 1, &[]);
    }
    let mut bench = Bench::new(b"", &["identity"]);
    let mut ingress = server.ingress(&topic("{boundary}"));
    ingress.session_seconds = 2;
    ingress.group = "group-of-{boundary}".into();
    bench.config.ingress = Ingress::Kafka(ingress);
    bench.config.egress = Egress::Kafka(server.egress(&topic("{boundary}")));
    write_two_ways(&bench, "upper");
    let mut run = bench.start(&[]);
    let mut given = 0;
    for kill in 0..kills {
        for (id, letter) in [("east", 'e'), ("west", 'w')] {
            let numbers = given + 1..=given + step;
            let records = numbers.map(|number| Some(format!("{letter}{number}")));
            server.produce(&topic(id), 0, records);
        }
        given += step;
        std::thread::sleep(Duration::from_micros(random.below(400_000)));
        if kill % 3 == 2 {
            server.kill();
            std::thread::sleep(Duration::from_micros(random.below(600_000)));
            server.start_again();
        } else {
            run.kill();
            workers(&mut bench, &mut random);
            run = bench.start(&[]);
        }
    }
    let (few, all) = (topic("few"), topic("all"));
    let ends = [server.ends(&few), server.ends(&all)];
    let committed = |id: &str| server.committed(&format!("group-of-{id}"), &topic(id), 1);
    wait_until("the rest", || {
        std::thread::sleep(Duration::from_millis(200));
        let there = ends.iter().all(|end| end() >= given);
        let wanted = [i64::try_from(given).unwrap()];
        there && committed("east") == wanted && committed("west") == wanted
    });
    let boundaries = boundaries_of(&run);
    assert_eq!(
        ids(&boundaries),
        [
            ("source", "east"),
            ("source", "west"),
            ("sink", "all"),
            ("sink", "few")
        ]
    );
    let ran = run.terminate();
    assert_eq!((ran.exit, ran.code()), (Some(0), "stopped"), "{ran:?}");
    for (id, letter) in [("few", 'E'), ("all", 'w')] {
        let mut next = 1;
        let came = server.records(&topic(id)).remove(&0).unwrap();
        let doubled = came.len() as u64 - given;
        for (_, record) in came {
            let record = String::from_utf8(record).unwrap();
            let number: u64 = record.strip_prefix(letter).unwrap().parse().unwrap();
            assert!(number <= next, "{id}: {number} before {next}");
            next = next.max(number + 1);
        }
        assert_eq!(next, given + 1, "{id}: records are lost");
        println!("{id}: {kills} kills: 0 of {given} lost, {doubled} doubled");
    }
}

const SOURCE: &str =
    "(n bigint PRIMARY KEY, \"by\" xid8 NOT NULL DEFAULT pg_current_xact_id(), t text)";

#[test]
fn two_tables_become_two_others_with_each_row_once_over_kills_of_both() {
    let Some(mut server) = postgres::Server::start(&[]) else {
        return;
    };
    for id in ["east", "west"] {
        server.ask(&format!("CREATE TABLE from_{id} {SOURCE}"));
    }
    for id in ["few", "all"] {
        server.ask(&format!(
            "CREATE TABLE to_{id} (came bigserial, n bigint NOT NULL, t text NOT NULL)"
        ));
    }
    let (step, kills, mut random) = (1_000_u64, 16, Random(5));
    let mut bench = Bench::new(b"", &["identity"]);
    let ingress = server.ingress(&mut bench, "from_{boundary}");
    let mut egress = server.egress(&mut bench, "to_{boundary}");
    egress.timeout_seconds = 2;
    bench.config.ingress = Ingress::Postgres(ingress);
    bench.config.egress = Egress::Postgres(egress);
    write_two_ways(&bench, "identity");
    let mut run = bench.start(&[]);
    let mut given = 0;
    for kill in 0..kills {
        for (id, more) in [("east", 0), ("west", 1_000_000)] {
            server.ask(&format!(
                "INSERT INTO from_{id} (n, t) SELECT n + {more}, 'from {id}' \
                 FROM generate_series({}, {}) n",
                given + 1,
                given + step
            ));
        }
        given += step;
        std::thread::sleep(Duration::from_micros(random.below(120_000)));
        if kill % 2 == 0 {
            run.kill();
            workers(&mut bench, &mut random);
            run = bench.start(&[]);
        } else {
            server.kill();
            server.begin();
        }
    }
    // Each egress has a row of its own that says how far it is.
    let behind = format!("SELECT count(*) FROM byteor_positions WHERE number = {given}");
    wait_until("the rest", || server.number(&behind) == 2);
    let ran = run.terminate();
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    for (id, from, more) in [("few", "east", 0), ("all", "west", 1_000_000)] {
        let rows = format!(
            "SELECT count(*), count(DISTINCT n), min(n) - {more}, max(n) - {more}, min(t), max(t) FROM to_{id}"
        );
        let found = server.ask(&rows);
        let wanted = format!("{given}|{given}|1|{given}|from {from}|from {from}\n");
        assert_eq!(found, wanted, "{id}: rows are lost, doubled or another's");
        let order = format!(
            "SELECT count(*) FROM (SELECT n - lag(n) OVER (ORDER BY came) AS by FROM to_{id}) \
             AS steps WHERE by <> 1"
        );
        assert_eq!(server.number(&order), 0, "{id}: out of order");
    }
    assert_eq!(ran.count("records_out"), 2 * given);
    println!("{kills} kills: 0 lost, 0 doubled");
}

#[test]
fn two_subjects_of_nats_become_two_tables_and_who_is_gone_is_named_with_its_boundary() {
    let (Some(mut from), Some(mut to)) = (nats::Server::start(""), postgres::Server::start(&[]))
    else {
        return;
    };
    from.make("orders");
    for id in ["few", "all"] {
        to.ask(&format!("CREATE TABLE to_{id} (n bigint PRIMARY KEY)"));
    }
    let (step, kills, mut random) = (100_u64, 4, Random(12));
    let mut bench = Bench::new(b"", &["identity"]);
    let mut ingress = from.ingress("orders.{boundary}");
    ingress.consumer = "byteor_{boundary}".into();
    ingress.ack_wait_seconds = 1;
    let mut egress = to.egress(&mut bench, "to_{boundary}");
    egress.timeout_seconds = 2;
    egress.write = PostgresWrite::Upsert;
    egress.key_columns = Some("n".into());
    bench.config.ingress = Ingress::Nats(ingress);
    bench.config.egress = Egress::Postgres(egress);
    write_two_ways(&bench, "identity");
    let mut run = bench.start(&[]);
    let mut given = 0;
    for kill in 0..kills {
        for (id, sign) in [("east", ""), ("west", "-")] {
            let numbers = given + 1..=given + step;
            let records = numbers.map(|number| format!("{{\"n\":{sign}{number}}}"));
            from.publish(&format!("orders.{id}"), records);
        }
        given += step;
        std::thread::sleep(Duration::from_micros(random.below(150_000)));
        match kill % 4 {
            1 => {
                to.kill();
                to.begin();
            }
            3 => {
                from.kill();
                from.begin();
            }
            _ => {
                run.kill();
                workers(&mut bench, &mut random);
                run = bench.start(&[]);
            }
        }
    }
    let rows = |to: &postgres::Server, id: &str| {
        to.ask(&format!("SELECT count(*), min(n), max(n) FROM to_{id}"))
    };
    wait_until("the rest", || {
        rows(&to, "few") == format!("{given}|1|{given}\n")
            && rows(&to, "all") == format!("{given}|-{given}|-1\n")
    });
    // Nothing comes, so each of them looks after its server by itself or when it has something.
    to.kill();
    for id in ["east", "west"] {
        let record = format!("{{\"n\":{}0}}", if id == "west" { "-" } else { "" });
        from.publish(&format!("orders.{id}"), std::iter::once(record));
    }
    wait_until("who is gone", || {
        let down = run
            .said("notice")
            .into_iter()
            .filter(|one| one["code"] == "N_PEER_DOWN");
        let named: Vec<String> = down.map(|one| one["message"].to_string()).collect();
        let names = |id: &str| {
            named
                .iter()
                .any(|one| one.contains(&format!("boundary `{id}`: ")))
        };
        names("few") && names("all")
    });
    wait_until("what is seen of them", || {
        let boundaries = boundaries_of(&run);
        let down = boundaries
            .iter()
            .filter(|one| !one["seen"]["down_since"].is_null());
        let down: Vec<_> = down
            .map(|one| one["id"].as_str().unwrap().to_owned())
            .collect();
        down == ["all", "few"]
    });
    to.begin();
    wait_until("the last ones", || {
        rows(&to, "few") == format!("{}|0|{given}\n", given + 1)
            && rows(&to, "all") == format!("{}|-{given}|0\n", given + 1)
    });
    let ran = run.terminate();
    assert_eq!((ran.exit, ran.code()), (Some(0), "stopped"), "{ran:?}");
}

#[test]
fn paths_of_one_server_are_the_ingresses_of_a_graph() {
    if tools::curl().is_none() {
        return;
    }
    let port = free_port();
    let mut bench = Bench::new(b"", &["identity"]);
    let mut ingress = from_http(port);
    ingress.url_path = "/records/{boundary}".into();
    bench.config.ingress = Ingress::Http(ingress);
    let out = bench.path("out.{boundary}").to_str().unwrap().to_owned();
    let Egress::File(file) = &mut bench.config.egress else {
        panic!("it is a file");
    };
    file.path = out;
    write_two_ways(&bench, "upper");
    let run = bench.start(&[]);
    let post = |path: &str, body: &str| {
        let answer = curl(&format!("http://127.0.0.1:{port}/records{path}"), body, &[]);
        answer.map(|(status, _)| status)
    };
    assert_eq!(post("/east", "one"), Some(200));
    assert_eq!(post("/west", "two"), Some(200));
    assert_eq!(post("/east", "three"), Some(200));
    for other in ["", "/", "/north", "/{boundary}"] {
        assert_eq!(post(other, "lost"), Some(404), "{other}");
    }
    let ran = run.terminate();
    assert_eq!((ran.exit, ran.code()), (Some(0), "stopped"), "{ran:?}");
    assert_eq!(bench.read("out.few"), b"ONE\nTHREE\n");
    assert_eq!(bench.read("out.all"), b"two\n");
}

/// The second of the two ways alone.
fn write_one_way(bench: &Bench) {
    let spec = LaneGraphBuilder::new()
        .events("west.second")
        .events("second.all")
        .ingress("west", "west.second")
        .stage("second", "identity", "west.second", "second.all")
        .egress("all", "second.all");
    fs::write(bench.path("spec.kv"), encode_kv_v1(&spec.build().unwrap())).unwrap();
}

#[test]
fn what_an_egress_refused_isn_t_left_behind_where_the_boundaries_change() {
    let Some(server) = postgres::Server::start(&[]) else {
        return;
    };
    for id in ["few", "all"] {
        server.ask(&format!("CREATE TABLE to_{id} (n bigint NOT NULL)"));
    }
    let mut bench = Bench::new(b"", &["identity"]).follow();
    let wire = |bench: &mut Bench, id: &str| {
        let input = bench.path(&format!("{id}.log"));
        bench::ingress(&mut bench.config).path = input.to_str().unwrap().to_owned();
        let egress = if id == "west" { "all" } else { id };
        bench.config.egress = Egress::Postgres(server.egress(bench, &format!("to_{egress}")));
    };
    let append = |bench: &Bench, id: &str, line: String| {
        let path = bench.path(&format!("{id}.log"));
        let mut file = fs::OpenOptions::new();
        let mut file = file.append(true).create(true).open(path).unwrap();
        file.write_all(line.as_bytes()).unwrap();
    };
    wire(&mut bench, "{boundary}");
    write_two_ways(&bench, "identity");
    for id in ["east", "west"] {
        append(&bench, id, "{\"n\":1}\n".to_owned());
    }
    let run = bench.start(&[]);
    wait_until("the first ones", || {
        ["few", "all"]
            .iter()
            .all(|id| server.number(&format!("SELECT count(*) FROM to_{id}")) == 1)
    });
    assert_eq!(run.terminate().exit, Some(0));
    // As after a kill between what an egress refused and the barrier that takes it to the reject file.
    let checkpoint = String::from_utf8(bench.read("rejected.log.checkpoint")).unwrap();
    let few = checkpoint
        .lines()
        .find(|line| line.starts_with("output.") && line.ends_with(".id=few"));
    let name = few.unwrap().strip_suffix(".id=few").unwrap();
    let of_few = |key: &str| {
        let begin = format!("{name}.{key}=");
        checkpoint.lines().find(|line| line.starts_with(&begin))
    };
    let last = of_few("at").or_else(|| of_few("number")).unwrap();
    // The record `x`, in base64.
    let refused = format!(
        "{last}\n{name}.refused=1\n{name}.refused.0.reason=odd\n{name}.refused.0.base64=eA==\n"
    );
    bench.forge_at("rejected.log.checkpoint", &format!("{last}\n"), &refused);
    wire(&mut bench, "west");
    write_one_way(&bench);
    let ran = bench.run(&[]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_CHECKPOINT_REFUSED"),
        "{ran:?}"
    );
    // The deployment that ran before, until it stops in good order.
    wire(&mut bench, "{boundary}");
    write_two_ways(&bench, "identity");
    let run = bench.start(&[]);
    append(&bench, "east", "{\"n\":2}\n".to_owned());
    wait_until("the second one", || {
        server.number("SELECT count(*) FROM to_few") == 2
    });
    assert_eq!(run.terminate().exit, Some(0));
    assert_eq!(bench.read("rejected.log"), b"odd\tx\n");
    // Then the other one goes on where the boundary that both have was.
    wire(&mut bench, "west");
    write_one_way(&bench);
    append(&bench, "west", "{\"n\":2}\n".to_owned());
    let run = bench.start(&[]);
    wait_until("the last one", || {
        server.number("SELECT count(*) FROM to_all") == 2
    });
    assert_eq!(run.terminate().exit, Some(0));
    assert_eq!(server.ask("SELECT n FROM to_all ORDER BY n"), "1\n2\n");
}

/// What a trial said of each step.
fn words(ran: &Ran) -> Vec<String> {
    let tried = ran.events.iter().filter(|event| event["event"] == "tried");
    tried
        .map(|event| event["message"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_trial_goes_over_each_boundary_and_names_the_one_that_isn_t_there() {
    let Some(server) = postgres::Server::start(&[]) else {
        return;
    };
    server.ask("CREATE TABLE to_all (n bigint)");
    let mut bench = Bench::new(b"", &["identity"]);
    let input = bench.path("{boundary}.log").to_str().unwrap().to_owned();
    bench::ingress(&mut bench.config).path = input;
    for id in ["east", "west"] {
        fs::write(bench.path(&format!("{id}.log")), b"").unwrap();
    }
    bench.config.egress = Egress::Postgres(server.egress(&mut bench, "to_{boundary}"));
    write_two_ways(&bench, "identity");
    let ran = bench.run(&["--try-connections"]);
    assert_eq!((ran.exit, ran.code()), (Some(1), "E_TRIAL_FAILED"));
    let words = words(&ran);
    let of = |id: &str| {
        let start = format!("boundary `{id}`: ");
        words.iter().filter(|one| one.starts_with(&start)).count()
    };
    assert!(of("few") > 1 && of("all") > 1, "{words:?}");
    let last = words.last().unwrap();
    assert!(last.starts_with("boundary `few`: "), "{last}");
    server.ask("CREATE TABLE to_few (n bigint)");
    assert_eq!(bench.run(&["--try-connections"]).exit, Some(0));
}
