//! `run --try-connections`, against files and real servers: each step is said, and nothing moves.

mod bench;

use std::net::TcpListener;

use bench::http::{Receiver, free_port};
use bench::redis::Server;
use bench::tls::{Authority, file};
use bench::{Bench, Ran, tools};
use byteor_config::adapters::postgres::PostgresTls;
use byteor_config::{Egress, Ingress, SecretKind, SecretReference};

const TRY: &str = "--try-connections";

/// What was tried: side, step, and the code of a failure.
fn steps(ran: &Ran) -> Vec<(&str, &str, &str)> {
    let tried = ran.events.iter().filter(|event| event["event"] == "tried");
    tried
        .map(|event| {
            let word = |key: &str| event[key].as_str().unwrap_or_default();
            assert_eq!(event["ok"] == true, word("code").is_empty(), "{event}");
            assert_eq!(event["ok"] == true, word("help").is_empty(), "{event}");
            assert!(!word("message").is_empty(), "{event}");
            (word("side"), word("step"), word("code"))
        })
        .collect()
}

/// The steps of a side that isn't a file, with whether all worked.
fn tried(bench: &Bench, side: &str, flags: &[&str]) -> (Ran, Vec<(String, String)>) {
    let ran = bench.run(&[&[TRY], flags].concat());
    let of_side = steps(&ran)
        .into_iter()
        .filter(|step| step.0 == side && step.1 != "open");
    let found: Vec<_> = of_side
        .map(|(_, step, code)| (step.into(), code.into()))
        .collect();
    let failed = found
        .iter()
        .any(|(_, code): &(String, String)| !code.is_empty());
    let code = if failed { "E_TRIAL_FAILED" } else { "" };
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(i32::from(failed)), code),
        "{ran:?}"
    );
    (ran, found)
}

fn worked(names: &[&str]) -> Vec<(String, String)> {
    names
        .iter()
        .map(|name| ((*name).to_owned(), String::new()))
        .collect()
}

/// The same, but for the last one, which failed with `code`.
fn failed(names: &[&str], code: &str) -> Vec<(String, String)> {
    let mut steps = worked(names);
    if let Some(last) = steps.last_mut() {
        last.1 = code.to_owned();
    }
    steps
}

#[test]
fn files_are_opened_or_their_folders_looked_at_and_nothing_is_made() {
    let mut bench = Bench::new(b"a\nb\n", &["identity"]);
    let before = names(&bench);
    let ran = bench.run(&[TRY]);
    let all = [
        ("source", "open", ""),
        ("sink", "open", ""),
        ("sink", "open", ""),
    ];
    assert_eq!((ran.exit, steps(&ran)), (Some(0), all.to_vec()), "{ran:?}");
    assert_eq!(names(&bench), before);

    // One that isn't there, one in a folder that isn't, and one outside what the host's owner allows.
    std::fs::remove_file(bench.path("in.log")).unwrap();
    bench.config.egress = Egress::File(byteor_config::FileEgress {
        path: bench.path("nowhere/out.log").to_str().unwrap().into(),
        ..match bench.config.egress {
            Egress::File(file) => file,
            _ => panic!("it writes a file"),
        }
    });
    let ran = bench.run(&[TRY]);
    let last = &steps(&ran);
    assert_eq!(last[0], ("source", "open", "E_TRIAL_OPEN"));
    assert_eq!(last[1], ("sink", "open", "E_TRIAL_OPEN"));
    assert_eq!(last[2], ("sink", "open", ""));
    assert_eq!((ran.exit, ran.code()), (Some(1), "E_TRIAL_FAILED"));
    let root = format!("--allow-root={}", bench.path("other").display());
    let ran = bench.run(&[TRY, &root]);
    let outside = steps(&ran)
        .iter()
        .all(|step| step.2 == "E_PATH_OUTSIDE_ROOTS");
    assert!(outside && ran.exit == Some(1), "{ran:?}");
}

fn names(bench: &Bench) -> Vec<std::ffi::OsString> {
    let folder = std::fs::read_dir(bench.path(".")).unwrap();
    let mut names: Vec<_> = folder.map(|entry| entry.unwrap().file_name()).collect();
    // What the bench itself writes with each run.
    names.retain(|name| name != "config.txt" && name != "runtime_config.txt");
    names.sort();
    names
}

#[test]
fn a_stream_of_redis_is_found_or_will_be_made_and_what_is_in_the_way_is_said() {
    let Some(server) = Server::start(&["--requirepass", "a secret that is long"]) else {
        return;
    };
    let mut bench = Bench::new(b"", &["identity"]);
    let mut redis = server.egress();
    redis.password = Some("redis".into());
    bench.config.secrets = vec![SecretReference {
        name: "redis".into(),
        kind: SecretKind::File,
        path: file(&bench, "secret", "asecretthatislong")
            .to_str()
            .unwrap()
            .into(),
    }];
    bench.config.egress = Egress::Redis(redis);
    let all = ["resolve", "connect", "authenticate", "find"];
    let (ran, found) = tried(&bench, "sink", &[]);
    assert_eq!(found, failed(&all[..3], "E_REDIS_REFUSED"), "{ran:?}");
    assert!(!format!("{ran:?}").contains("asecret"), "{ran:?}");
    drop(server);

    let Some(server) = Server::start(&[]) else {
        return;
    };
    let mut bench = Bench::new(b"", &["identity"]);
    bench.config.egress = Egress::Redis(server.egress());
    bench.config.ingress = Ingress::Redis(server.ingress());
    let (ran, found) = tried(&bench, "sink", &[]);
    assert_eq!(found, worked(&all), "{ran:?}");
    assert!(format!("{ran:?}").contains("isn't there yet"), "{ran:?}");
    server.add("in", 1..=3);
    let (ran, found) = tried(&bench, "source", &[]);
    assert_eq!(found, worked(&all), "{ran:?}");
    assert!(format!("{ran:?}").contains("has 3 entries"), "{ran:?}");
    // Nothing was read: no group was made, and no entry added.
    assert_eq!(server.ask(&["XINFO", "GROUPS", "in"]).trim(), "");
    assert_eq!(server.ask(&["TYPE", "out"]).trim(), "none");

    server.ask(&["SET", "out", "text"]);
    let (_, found) = tried(&bench, "sink", &[]);
    assert_eq!(found, failed(&all, "E_TRIAL_FIND"));
    let (_, found) = tried(&bench, "sink", &["--allow-net=192.0.2.0/24"]);
    assert_eq!(found, failed(&all[..1], "E_NET_NOT_ALLOWED"));
    drop(server);
    let (_, found) = tried(&bench, "sink", &[]);
    assert_eq!(found, failed(&all[..2], "E_TRIAL_CONNECT"));
}

#[test]
fn a_table_is_found_as_it_would_be_written_and_nothing_is_made() {
    let right = Authority::new();
    let Some(mut server) = bench::postgres::Server::start(&[]) else {
        return;
    };
    server.ask("CREATE TABLE orders (id bigint, more jsonb, at timestamptz DEFAULT now())");
    let mut bench = Bench::new(b"", &["identity"]);
    let mut postgres = server.egress(&mut bench, "orders");
    bench.config.egress = Egress::Postgres(postgres.clone());
    let all = ["resolve", "connect", "authenticate", "find"];
    let (ran, found) = tried(&bench, "sink", &[]);
    assert_eq!(found, worked(&all), "{ran:?}");
    let said = "the table public.orders takes id, more; public.byteor_positions isn't there yet";
    assert!(format!("{ran:?}").contains(said), "{ran:?}");
    assert_eq!(
        server.number("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"),
        1
    );

    postgres.columns = Some("id,gone".into());
    bench.config.egress = Egress::Postgres(postgres.clone());
    let (ran, found) = tried(&bench, "sink", &[]);
    assert_eq!(found, failed(&all, "E_POSTGRES_SCHEMA"), "{ran:?}");
    postgres.columns = None;
    postgres.database = "none".into();
    bench.config.egress = Egress::Postgres(postgres.clone());
    let (ran, found) = tried(&bench, "sink", &[]);
    assert_eq!(found, failed(&all[..3], "E_POSTGRES_REFUSED"), "{ran:?}");

    // A server without TLS, and then one with it.
    let secured = ["resolve", "connect", "secure", "authenticate", "find"];
    postgres.database = "postgres".into();
    postgres.url = format!("postgres://localhost:{}", server.port);
    postgres.tls = PostgresTls::Verify;
    let authorities = file(&bench, "authorities.pem", &right.0.pem());
    postgres.authorities = Some(authorities.to_str().unwrap().into());
    bench.config.egress = Egress::Postgres(postgres);
    let (ran, found) = tried(&bench, "sink", &[]);
    assert_eq!(found, failed(&secured[..3], "E_TRIAL_SECURE"), "{ran:?}");
    server.kill();
    let (certificate, key) = right.certificate("localhost", 2100);
    let path = |file: std::path::PathBuf| file.to_str().unwrap().to_owned();
    let certificate = path(server.file("certificate.pem", &certificate));
    let key = path(server.file("key.pem", &key));
    let flags = [
        "-c".to_owned(),
        "ssl=on".to_owned(),
        "-c".to_owned(),
        format!("ssl_cert_file={certificate}"),
        "-c".to_owned(),
        format!("ssl_key_file={key}"),
    ];
    server.begin_with(&flags.each_ref().map(String::as_str));
    let (ran, found) = tried(&bench, "sink", &[]);
    assert_eq!(found, worked(&secured), "{ran:?}");
    assert!(!format!("{ran:?}").contains(bench::postgres::PASSWORD));
}

/// What came of each step of the sink, where an agent started the trial.
fn by_agent(bench: &Bench, flags: &[&str]) -> (Ran, Vec<(String, String)>) {
    let root = format!("--allow-root={}", bench.dir.path().display());
    let common = [
        TRY,
        "--exit-with-parent",
        &root,
        "--allow-net=localhost",
        "--allow-net=127.0.0.1",
    ];
    let ran = bench.run(&[&common, flags].concat());
    let tried = ran.events.iter().filter(|event| event["event"] == "tried");
    let of_sink = tried.filter(|event| event["side"] == "sink" && event["step"] != "open");
    let found = of_sink.map(|event| {
        let state = match (event["ok"] == true, event["held_back"] == true) {
            (true, false) => "worked",
            (false, true) => "held back",
            (false, false) => event["code"].as_str().unwrap(),
            (true, true) => panic!("{event}"),
        };
        (event["step"].as_str().unwrap().to_owned(), state.to_owned())
    });
    let found = found.collect();
    (ran, found)
}

#[test]
fn what_an_agent_didn_t_say_isn_t_read_and_the_server_is_told_of_no_user() {
    let right = Authority::new();
    let Some(mut server) = bench::postgres::Server::start(&["-c", "log_connections=on"]) else {
        return;
    };
    server.ask("CREATE TABLE orders (id bigint)");
    let step = |step: &str, state: &str| (step.to_owned(), state.to_owned());
    let mut bench = Bench::new(b"", &["identity"]);
    let mut postgres = server.egress(&mut bench, "orders");
    bench.config.egress = Egress::Postgres(postgres.clone());
    let secret = std::path::PathBuf::from(&bench.config.secrets[0].path);
    let value = std::fs::read(&secret).unwrap();
    // Not even looked at: it may be anything.
    std::fs::remove_file(&secret).unwrap();
    let reached = [step("resolve", "worked"), step("connect", "worked")];
    let held = [&reached[..], &[step("authenticate", "held back")]].concat();
    let (ran, found) = by_agent(&bench, &[]);
    assert_eq!((ran.exit, &found), (Some(0), &held), "{ran:?}");
    // Saying it of the other side is saying nothing of this one.
    let (ran, found) = by_agent(&bench, &["--send-secrets-of=source"]);
    assert_eq!((ran.exit, &found), (Some(0), &held), "{ran:?}");
    // Where it may be sent, it has to be there.
    let (ran, _) = by_agent(&bench, &["--send-secrets-of=sink"]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(3), "E_SECRET_READ"),
        "{ran:?}"
    );
    std::fs::write(&secret, &value).unwrap();
    let (ran, found) = by_agent(&bench, &["--send-secrets-of=sink"]);
    let all = [
        &reached[..],
        &[step("authenticate", "worked"), step("find", "worked")],
    ]
    .concat();
    assert_eq!((ran.exit, found), (Some(0), all), "{ran:?}");

    // Over TLS the server proves itself, and still nobody is named.
    server.kill();
    let (certificate, key) = right.certificate("localhost", 2100);
    let path = |file: std::path::PathBuf| file.to_str().unwrap().to_owned();
    let certificate = path(server.file("certificate.pem", &certificate));
    let key = path(server.file("key.pem", &key));
    let flags = [
        "-c".to_owned(),
        "log_connections=on".to_owned(),
        "-c".to_owned(),
        "ssl=on".to_owned(),
        "-c".to_owned(),
        format!("ssl_cert_file={certificate}"),
        "-c".to_owned(),
        format!("ssl_key_file={key}"),
    ];
    server.begin_with(&flags.each_ref().map(String::as_str));
    postgres.url = format!("postgres://localhost:{}", server.port);
    postgres.tls = PostgresTls::Verify;
    let authorities = file(&bench, "authorities.pem", &right.0.pem());
    postgres.authorities = Some(authorities.to_str().unwrap().into());
    postgres.user = "nobody_was_named".into();
    bench.config.egress = Egress::Postgres(postgres);
    let (ran, found) = by_agent(&bench, &[]);
    let secured = [
        &reached[..],
        &[step("secure", "worked"), step("authenticate", "held back")],
    ];
    assert_eq!((ran.exit, found), (Some(0), secured.concat()), "{ran:?}");
    assert!(
        !server.log().contains("nobody_was_named"),
        "{}",
        server.log()
    );
    // Without `--allow-net` an agent's trial reaches nothing.
    let root = format!("--allow-root={}", bench.dir.path().display());
    let ran = bench.run(&[TRY, "--exit-with-parent", &root]);
    assert!(format!("{ran:?}").contains("E_NET_NOT_ALLOWED"), "{ran:?}");
    // Nor does it go on where whoever started it has ended.
    let ran = bench.run(&[TRY, "--exit-with-parent=1", &root]);
    assert_eq!((ran.exit, ran.events.len()), (Some(0), 0), "{ran:?}");
}

#[test]
fn a_server_of_http_is_asked_what_it_takes_and_given_no_record() {
    if tools::python().is_none() {
        return;
    }
    let (right, wrong) = (Authority::new(), Authority::new());
    let (certificate, key) = right.certificate("localhost", 2100);
    let port = free_port();
    let mut bench = Bench::new(b"a\nb\n", &["identity"]);
    let pem = file(&bench, "server.pem", &format!("{certificate}{key}"));
    let got = bench.path("got");
    let receiver = Receiver::start(port, &got, &["--tls", pem.to_str().unwrap()]);
    let mut http = bench::http::egress(port);
    http.url = format!("https://localhost:{port}/take");
    let name = |authority: &Authority, name: &str| {
        Some(
            file(&bench, name, &authority.0.pem())
                .to_str()
                .unwrap()
                .to_owned(),
        )
    };
    let (known, unknown) = (name(&right, "right.pem"), name(&wrong, "wrong.pem"));
    let all = ["resolve", "connect", "secure", "authenticate"];
    for (authorities, expected) in [
        (unknown, failed(&all[..3], "E_TRIAL_SECURE")),
        (known, worked(&all)),
    ] {
        http.authorities = authorities;
        bench.config.egress = Egress::Http(http.clone());
        let (ran, found) = tried(&bench, "sink", &[]);
        assert_eq!(found, expected, "{ran:?}");
    }
    assert!(!got.exists());
    drop(receiver);
    http.url = format!("https://nowhere.invalid:{port}/take");
    bench.config.egress = Egress::Http(http);
    let (ran, found) = tried(&bench, "sink", &[]);
    assert_eq!(found, failed(&all[..1], "E_TRIAL_RESOLVE"), "{ran:?}");
}

#[test]
fn an_address_to_listen_at_is_free_or_it_is_said_that_it_is_not() {
    let port = free_port();
    let mut bench = Bench::new(b"", &["identity"]);
    bench.config.ingress = Ingress::Http(bench::http::ingress(port));
    assert_eq!(tried(&bench, "source", &[]).1, worked(&["listen"]));
    let taken = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let (ran, found) = tried(&bench, "source", &[]);
    assert_eq!(found, failed(&["listen"], "E_LISTEN"), "{ran:?}");
    drop(taken);
    let (_, found) = tried(&bench, "source", &["--allow-net=192.0.2.0/24"]);
    assert_eq!(found, failed(&["listen"], "E_NET_NOT_ALLOWED"));
}

#[test]
fn a_websocket_is_agreed_on_and_closed_again() {
    use bench::websocket::{egress, ingress, url};
    use byteor_config::adapters::websocket::{
        WebsocketEgressFraming, WebsocketIngressFraming, WebsocketRole,
    };
    let port = free_port();
    let mut receiver = Bench::new(b"", &["identity"]);
    receiver.config.ingress = Ingress::Websocket(ingress(port, WebsocketIngressFraming::Numbered));
    let mut bench = Bench::new(b"", &["identity"]);
    let mut websocket = egress(port, WebsocketEgressFraming::Numbered);
    websocket.role = WebsocketRole::Connect;
    bench.config.egress = Egress::Websocket(websocket);
    let run = receiver.start(&[]);
    let all = ["resolve", "connect", "authenticate"];
    let (ran, found) = tried(&bench, "sink", &[]);
    assert_eq!(found, worked(&all), "{} {ran:?}", url(port));
    assert_eq!(run.terminate().count("records_in"), 0);
    // Who speaks another subprotocol is refused in the handshake.
    let mut receiver = Bench::new(b"", &["identity"]);
    receiver.config.ingress = Ingress::Websocket(ingress(port, WebsocketIngressFraming::Whole));
    let run = receiver.start(&[]);
    let (ran, found) = tried(&bench, "sink", &[]);
    assert_eq!(found, failed(&all, "E_WEBSOCKET_REFUSED"), "{ran:?}");
    assert_eq!(run.terminate().exit, Some(0));
}

#[test]
fn a_stream_of_nats_is_found_and_its_consumer_isn_t_made() {
    let Some(server) = bench::nats::Server::start("") else {
        return;
    };
    let mut bench = Bench::new(b"", &["identity"]);
    bench.config.ingress = Ingress::Nats(server.ingress("in"));
    bench.config.egress = Egress::Nats(server.egress("out"));
    let all = ["resolve", "connect", "authenticate", "find"];
    for side in ["source", "sink"] {
        let (ran, found) = tried(&bench, side, &[]);
        assert_eq!(found, failed(&all, "E_NATS_STREAM"), "{ran:?}");
    }
    server.make("in");
    server.make("out");
    server.add("in", 1..=3);
    let (ran, found) = tried(&bench, "source", &[]);
    assert_eq!(found, worked(&all), "{ran:?}");
    let said = "the stream in has 3 messages; the consumer byteor isn't there yet";
    assert!(format!("{ran:?}").contains(said), "{ran:?}");
    assert!(server.consumer("in").is_none());
    let (ran, found) = tried(&bench, "sink", &[]);
    assert_eq!(found, worked(&all), "{ran:?}");
    let (_, found) = tried(&bench, "sink", &["--allow-net=192.0.2.0/24"]);
    assert_eq!(found, failed(&all[..1], "E_NET_NOT_ALLOWED"));
    drop(server);
    let (_, found) = tried(&bench, "sink", &[]);
    assert_eq!(found, failed(&all[..2], "E_TRIAL_CONNECT"));

    // With TLS and a password, right and wrong; and a server without TLS.
    let (right, wrong) = (Authority::new(), Authority::new());
    let (certificate, key) = right.certificate("localhost", 2100);
    let certificate = file(&bench, "certificate.pem", &certificate);
    let key = file(&bench, "key.pem", &key);
    let user = "authorization { user: me, password: \"asecretthatislong\" }";
    let more = format!("{user}\ntls {{ cert_file: {certificate:?}, key_file: {key:?} }}");
    let secured = ["resolve", "connect", "secure", "authenticate", "find"];
    let path = |name: &str, text: &str| {
        let path = file(&bench, name, text);
        path.to_str().unwrap().to_owned()
    };
    let (known, unknown) = (
        path("right.pem", &right.0.pem()),
        path("wrong.pem", &wrong.0.pem()),
    );
    for (more, authorities, secret, expected) in [
        (
            &more,
            &known,
            "asecretthatislong",
            failed(&secured, "E_NATS_STREAM"),
        ),
        (
            &more,
            &known,
            "anotherthatislong",
            failed(&secured[..4], "E_NATS_REFUSED"),
        ),
        (
            &more,
            &unknown,
            "asecretthatislong",
            failed(&secured[..3], "E_TRIAL_SECURE"),
        ),
        (
            &user.to_owned(),
            &known,
            "asecretthatislong",
            failed(&secured[..3], "E_TRIAL_SECURE"),
        ),
    ] {
        let server = bench::nats::Server::start(more).unwrap();
        let mut nats = server.egress("out");
        nats.url = format!("tls://localhost:{}", server.port);
        nats.authorities = Some(authorities.clone());
        nats.user = Some("me".into());
        nats.secret = Some("nats".into());
        let mut bench = Bench::new(b"", &["identity"]);
        bench.config.secrets = vec![SecretReference {
            name: "nats".into(),
            kind: SecretKind::File,
            path: file(&bench, "secret", secret).to_str().unwrap().into(),
        }];
        bench.config.egress = Egress::Nats(nats);
        let (ran, found) = tried(&bench, "sink", &[]);
        assert_eq!(found, expected, "{ran:?}");
        assert!(!format!("{ran:?}").contains(secret), "{ran:?}");
    }
}
