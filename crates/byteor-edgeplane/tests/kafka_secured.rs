//! TLS and SASL to Kafka: handshakes with a real server, right and wrong.
#![cfg(feature = "kafka-tls")]

mod bench;

use std::collections::BTreeMap;
use std::sync::{OnceLock, RwLock, RwLockReadGuard, RwLockWriteGuard};

use bench::http::free_port;
use bench::kafka::{Listener, Server};
use bench::tls::{Authority, file};
use bench::{Bench, Ran};
use byteor_config::adapters::kafka::{KafkaEgress, KafkaIngress, KafkaSasl, KafkaTls};
use byteor_config::{Egress, Ingress, SecretKind, SecretReference};

const USER: &str = "a-user";
const PASSWORD: &str = "the-password-of-a-user";

/// A server with a listener for each way to be secured, and for each certificate that is wrong.
struct Secured {
    server: Server,
    ports: BTreeMap<&'static str, u16>,
    authorities: String,
    /// A certificate and its key of a client that the server's authority speaks for, and of another one.
    own: (String, String),
    foreign: (String, String),
    _keys: tempfile::TempDir,
}

static SECURED: OnceLock<Option<RwLock<Secured>>> = OnceLock::new();

fn begin() -> Option<Secured> {
    let keys = tempfile::tempdir().unwrap();
    let (right, wrong) = (Authority::new(), Authority::new());
    let write = |name: &str, text: &str| {
        let path = keys.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let keystore = |name: &str, (certificate, key): (String, String)| {
        let path = write(name, &format!("{key}{certificate}"));
        vec![
            pair("ssl.keystore.type", "PEM"),
            pair("ssl.keystore.location", &path),
        ]
    };
    let good = || right.certificate("localhost", 2100);
    let scram = |mechanism: &str| {
        pair(
            &format!("{mechanism}.sasl.jaas.config"),
            "org.apache.kafka.common.security.scram.ScramLoginModule required;",
        )
    };
    let plain = format!(
        "org.apache.kafka.common.security.plain.PlainLoginModule required user_{USER}=\"{PASSWORD}\";"
    );
    let truststore = vec![
        pair("ssl.client.auth", "required"),
        pair("ssl.truststore.type", "PEM"),
        pair(
            "ssl.truststore.location",
            &write("truststore", &right.0.pem()),
        ),
    ];
    let of_scram = vec![
        pair("sasl.enabled.mechanisms", "SCRAM-SHA-256,SCRAM-SHA-512"),
        scram("scram-sha-256"),
        scram("scram-sha-512"),
    ];
    let of_both = vec![
        pair("sasl.enabled.mechanisms", "SCRAM-SHA-512,PLAIN"),
        scram("scram-sha-512"),
        pair("plain.sasl.jaas.config", &plain),
    ];
    let listeners = [
        ("TLS", "SSL", keystore("tls", good())),
        (
            "FOREIGN",
            "SSL",
            keystore("foreign", wrong.certificate("localhost", 2100)),
        ),
        (
            "OTHERNAME",
            "SSL",
            keystore("other", right.certificate("elsewhere.example", 2100)),
        ),
        (
            "EXPIRED",
            "SSL",
            keystore("expired", right.certificate("localhost", 2021)),
        ),
        (
            "MUTUAL",
            "SSL",
            [keystore("mutual", good()), truststore].concat(),
        ),
        ("SCRAM", "SASL_PLAINTEXT", of_scram),
        (
            "BOTH",
            "SASL_SSL",
            [keystore("both", good()), of_both].concat(),
        ),
    ]
    .map(|(name, protocol, properties)| Listener {
        name,
        protocol,
        port: free_port(),
        properties,
    });
    let server = Server::with(&listeners, &[(USER, PASSWORD)])?;
    Some(Secured {
        server,
        ports: listeners.iter().map(|one| (one.name, one.port)).collect(),
        authorities: right.0.pem(),
        own: right.certificate("a client", 2100),
        foreign: wrong.certificate("a client", 2100),
        _keys: keys,
    })
}

fn shared() -> Option<&'static RwLock<Secured>> {
    SECURED.get_or_init(|| begin().map(RwLock::new)).as_ref()
}

fn secured() -> Option<RwLockReadGuard<'static, Secured>> {
    let secured = shared()?.read();
    Some(secured.unwrap_or_else(std::sync::PoisonError::into_inner))
}

/// The server, for one who kills it.
fn own_secured() -> Option<RwLockWriteGuard<'static, Secured>> {
    let secured = shared()?.write();
    Some(secured.unwrap_or_else(std::sync::PoisonError::into_inner))
}

/// How a side reaches the server.
#[derive(Clone, Default)]
struct Way {
    tls: bool,
    /// A certificate of its own, and the key.
    own: Option<(String, String)>,
    sasl: Option<(KafkaSasl, &'static str, &'static str)>,
}

fn tls() -> Way {
    Way {
        tls: true,
        ..Way::default()
    }
}

fn by(sasl: KafkaSasl, tls: bool) -> Way {
    Way {
        tls,
        sasl: Some((sasl, USER, PASSWORD)),
        ..Way::default()
    }
}

impl Secured {
    fn at(&self, listener: &str) -> String {
        let port = match listener {
            "PLAINTEXT" => self.server.port,
            name => self.ports[name],
        };
        format!("localhost:{port}")
    }

    /// Has a bench's secrets and files for a way, and says where they are: authorities, certificate.
    fn files(&self, bench: &mut Bench, way: &Way) -> (Option<String>, Option<String>) {
        let path = |file: std::path::PathBuf| file.to_str().unwrap().to_owned();
        let mut secrets = Vec::new();
        let mut secret = |name: &str, text: &str| {
            let path = path(file(bench, name, text));
            secrets.push(SecretReference {
                name: name.to_owned(),
                kind: SecretKind::File,
                path,
            });
        };
        if let Some((_, key)) = &way.own {
            secret("key", key);
        }
        if let Some((_, _, password)) = way.sasl {
            secret("password", password);
        }
        bench.config.secrets = secrets;
        let authorities = way
            .tls
            .then(|| path(file(bench, "authorities.pem", &self.authorities)));
        let own = way.own.as_ref();
        let certificate = own.map(|(certificate, _)| path(file(bench, "own.pem", certificate)));
        (authorities, certificate)
    }

    /// Reads at a listener.
    fn reads(&self, bench: &mut Bench, topic: &str, listener: &str, way: &Way) {
        let (authorities, certificate) = self.files(bench, way);
        bench.config.ingress = Ingress::Kafka(KafkaIngress {
            servers: self.at(listener),
            tls: way.tls.then_some(KafkaTls::Verify),
            authorities,
            certificate,
            certificate_key: way.own.as_ref().map(|_| "key".to_owned()),
            sasl: way.sasl.map(|one| one.0),
            user: way.sasl.map(|one| one.1.to_owned()),
            password: way.sasl.map(|_| "password".to_owned()),
            ..self.server.ingress(topic)
        });
    }

    /// Writes at a listener.
    fn writes(&self, bench: &mut Bench, egress: KafkaEgress, listener: &str, way: &Way) {
        let (authorities, certificate) = self.files(bench, way);
        bench.config.egress = Egress::Kafka(KafkaEgress {
            servers: self.at(listener),
            tls: way.tls.then_some(KafkaTls::Verify),
            authorities,
            certificate,
            certificate_key: way.own.as_ref().map(|_| "key".to_owned()),
            sasl: way.sasl.map(|one| one.0),
            user: way.sasl.map(|one| one.1.to_owned()),
            password: way.sasl.map(|_| "password".to_owned()),
            ..egress
        });
    }

    /// Writes two records at a listener, giving up after a second.
    fn write_two(&self, topic: &str, listener: &str, way: &Way) -> Ran {
        let mut bench = Bench::new(b"a\nb\n", &["identity"]);
        let egress = KafkaEgress {
            give_up_after_seconds: Some(1),
            ..self.server.egress(topic)
        };
        self.writes(&mut bench, egress, listener, way);
        bench.run(&[])
    }

    /// They are read again in the same way.
    fn read_two(&self, topic: &str, listener: &str, way: &Way) {
        let mut bench = Bench::new(b"", &["identity"]);
        self.reads(&mut bench, topic, listener, way);
        let run = bench.start(&[]);
        bench.wait_for("out.log", b"a\nb\n");
        let ran = run.terminate();
        assert_eq!(ran.exit, Some(0), "{ran:?}");
        quiet(&ran);
    }

    /// What a run that reads there says until it says that its peer is down.
    fn distrusts(&self, topic: &str, listener: &str, way: &Way) -> String {
        let mut bench = Bench::new(b"", &["identity"]);
        self.reads(&mut bench, topic, listener, way);
        let run = bench.start(&[]);
        bench::wait_until("that it is down", || run.noticed("N_PEER_DOWN"));
        let ran = run.kill_and_read();
        let told = ran
            .events
            .iter()
            .find(|event| event["code"] == "N_PEER_DOWN");
        told.unwrap()["message"].as_str().unwrap().to_owned()
    }
}

/// Nothing that was said has a secret in it.
fn quiet(ran: &Ran) {
    let said = format!("{ran:?}");
    assert!(
        !said.contains(PASSWORD) && !said.contains("PRIVATE KEY"),
        "{said}"
    );
}

#[test]
fn brokers_prove_themselves_and_what_they_can_t_is_told_and_tried_again() {
    let Some(secured) = secured() else { return };
    let topic = secured.server.topic(1, &[]);
    for (listener, way, why) in [
        ("FOREIGN", tls(), "can't be trusted"),
        ("OTHERNAME", tls(), "can't be trusted"),
        ("EXPIRED", tls(), "can't be trusted"),
        // The server closes what isn't what it speaks; that is all that is seen of it.
        ("PLAINTEXT", tls(), "can't be reached"),
        ("TLS", Way::default(), "can't be reached"),
        ("MUTUAL", tls(), "can't be"),
        (
            "MUTUAL",
            Way {
                own: Some(secured.foreign.clone()),
                ..tls()
            },
            "can't be",
        ),
    ] {
        let ran = secured.write_two(&topic, listener, &way);
        assert_eq!(
            (ran.exit, ran.code()),
            (Some(5), "E_PEER_DOWN"),
            "{listener}: {ran:?}"
        );
        let told = ran.last()["message"].as_str().unwrap();
        assert!(told.contains(why), "{listener}: {told}");
        let told = secured.distrusts(&topic, listener, &way);
        assert!(told.contains(why), "{listener}: {told}");
        quiet(&ran);
    }
    assert_eq!(secured.server.records(&topic)[&0], []);
    let own = Way {
        own: Some(secured.own.clone()),
        ..tls()
    };
    for (listener, way) in [("TLS", tls()), ("MUTUAL", own)] {
        let topic = secured.server.topic(1, &[]);
        let ran = secured.write_two(&topic, listener, &way);
        assert_eq!(ran.exit, Some(0), "{listener}: {ran:?}");
        quiet(&ran);
        secured.read_two(&topic, listener, &way);
    }
    // A key of another certificate is found out before anything is connected to.
    let mixed = Way {
        own: Some((secured.own.0.clone(), secured.foreign.1.clone())),
        ..tls()
    };
    let ran = secured.write_two(&topic, "MUTUAL", &mixed);
    assert_eq!(ran.code(), "E_TLS_MATERIAL", "{ran:?}");
    quiet(&ran);
}

#[test]
fn users_prove_themselves_and_who_can_t_is_refused_at_once() {
    let Some(secured) = secured() else { return };
    for (listener, way) in [
        ("SCRAM", by(KafkaSasl::ScramSha256, false)),
        ("SCRAM", by(KafkaSasl::ScramSha512, false)),
        ("BOTH", by(KafkaSasl::ScramSha512, true)),
        ("BOTH", by(KafkaSasl::Plain, true)),
    ] {
        let topic = secured.server.topic(1, &[]);
        let ran = secured.write_two(&topic, listener, &way);
        assert_eq!(ran.exit, Some(0), "{listener}: {ran:?}");
        quiet(&ran);
        secured.read_two(&topic, listener, &way);
    }
    let topic = secured.server.topic(1, &[]);
    let wrong = |sasl, user, password| Way {
        tls: true,
        sasl: Some((sasl, user, password)),
        ..Way::default()
    };
    for (listener, way) in [
        (
            "BOTH",
            wrong(KafkaSasl::ScramSha512, USER, "another-password-of-it"),
        ),
        ("BOTH", wrong(KafkaSasl::ScramSha512, "nobody", PASSWORD)),
        (
            "BOTH",
            wrong(KafkaSasl::Plain, USER, "another-password-of-it"),
        ),
        ("BOTH", wrong(KafkaSasl::Plain, "nobody", PASSWORD)),
        // The listener has it not.
        ("BOTH", wrong(KafkaSasl::ScramSha256, USER, PASSWORD)),
        ("PLAINTEXT", by(KafkaSasl::ScramSha256, false)),
    ] {
        let refused = |ran: Ran| {
            let found = (ran.exit, ran.code());
            assert_eq!(found, (Some(5), "E_KAFKA_REFUSED"), "{listener}: {ran:?}");
            quiet(&ran);
        };
        refused(secured.write_two(&topic, listener, &way));
        let mut bench = Bench::new(b"a\n", &["identity"]);
        secured.writes(
            &mut bench,
            secured.server.transactions(&topic),
            listener,
            &way,
        );
        refused(bench.run(&[]));
        let mut bench = Bench::new(b"", &["identity"]);
        secured.reads(&mut bench, &topic, listener, &way);
        refused(bench.run(&[]));
    }
    // Who proves nothing where it has to isn't answered.
    let ran = secured.write_two(&topic, "SCRAM", &Way::default());
    assert_eq!((ran.exit, ran.code()), (Some(5), "E_PEER_DOWN"), "{ran:?}");
    assert_eq!(secured.server.records(&topic)[&0], []);
}

#[test]
fn transactions_of_a_user_over_tls_go_on_when_the_server_comes_back() {
    let Some(mut secured) = own_secured() else {
        return;
    };
    let (from, to) = (secured.server.topic(1, &[]), secured.server.topic(1, &[]));
    let way = by(KafkaSasl::ScramSha512, true);
    let mut bench = Bench::new(b"", &["identity"]);
    let egress = secured.server.transactions(&to);
    secured.reads(&mut bench, &from, "BOTH", &way);
    secured.writes(&mut bench, egress, "BOTH", &way);
    let records = |numbers: std::ops::Range<u32>| numbers.map(|one| one.to_string().into_bytes());
    let run = bench.start(&[]);
    for turn in 0..3 {
        let numbers = turn * 500..(turn + 1) * 500;
        secured
            .server
            .produce(&from, 0, records(numbers.clone()).map(Some));
        bench::wait_until("what was produced", || {
            secured.server.committed_records(&to, 0).len() == numbers.end as usize
        });
        if turn < 2 {
            secured.server.kill();
            secured.server.start_again();
        }
    }
    let found = secured.server.committed_records(&to, 0);
    assert_eq!(found, records(0..1500).collect::<Vec<_>>());
    let ran = run.terminate();
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    quiet(&ran);
}

/// Each step of a side, and its code; nothing where it worked.
fn steps(bench: &Bench, side: &str, flags: &[&str]) -> (Ran, Vec<(String, String)>) {
    let ran = bench.run(&[&["--try-connections"], flags].concat());
    let tried = ran.events.iter().filter(|event| event["event"] == "tried");
    let of_side = tried.filter(|event| event["side"] == side && event["step"] != "open");
    let found = of_side.map(|event| {
        let word = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
        let held = event["held_back"] == true;
        let code = if held {
            "held back".to_owned()
        } else {
            word("code")
        };
        (word("step"), code)
    });
    let found = found.collect();
    quiet(&ran);
    (ran, found)
}

#[test]
fn a_trial_tells_a_certificate_a_password_and_a_topic_apart() {
    let Some(secured) = secured() else { return };
    let topic = secured.server.topic(3, &[]);
    let right = by(KafkaSasl::ScramSha512, true);
    let all = ["resolve", "connect", "secure", "authenticate", "find"];
    let wanted = |count: usize, code: &str| -> Vec<(String, String)> {
        let steps = all[..count].iter().enumerate();
        let of = |(at, step): (usize, &&str)| {
            let code = if at + 1 == count { code } else { "" };
            ((*step).to_owned(), code.to_owned())
        };
        steps.map(of).collect()
    };
    let wrong = Way {
        sasl: Some((KafkaSasl::ScramSha512, USER, "another-password-of-it")),
        ..right.clone()
    };
    for (listener, topic, way, expected) in [
        ("BOTH", &*topic, &right, wanted(5, "")),
        ("BOTH", "nowhere", &right, wanted(5, "E_TRIAL_FIND")),
        ("BOTH", &*topic, &wrong, wanted(4, "E_TRIAL_AUTHENTICATE")),
        ("FOREIGN", &*topic, &right, wanted(3, "E_TRIAL_SECURE")),
        ("OTHERNAME", &*topic, &right, wanted(3, "E_TRIAL_SECURE")),
        ("EXPIRED", &*topic, &right, wanted(3, "E_TRIAL_SECURE")),
        ("PLAINTEXT", &*topic, &right, wanted(3, "E_TRIAL_SECURE")),
    ] {
        let mut bench = Bench::new(b"", &["identity"]);
        secured.reads(&mut bench, topic, listener, way);
        let (ran, found) = steps(&bench, "source", &[]);
        assert_eq!(found, expected, "{listener}: {ran:?}");
        let mut bench = Bench::new(b"", &["identity"]);
        let egress = secured.server.transactions(topic);
        secured.writes(&mut bench, egress, listener, way);
        let (ran, found) = steps(&bench, "sink", &[]);
        assert_eq!(found, expected, "{listener}: {ran:?}");
    }
    // Whoever has no certificate of its own isn't let in.
    let mut bench = Bench::new(b"", &["identity"]);
    secured.reads(&mut bench, &topic, "MUTUAL", &tls());
    let (ran, found) = steps(&bench, "source", &[]);
    let without = ["resolve", "connect", "secure", "find"];
    let names: Vec<_> = found.iter().map(|one| one.0.as_str()).collect();
    assert_eq!(names, without, "{ran:?}");
    assert_eq!(found[3].1, "E_TRIAL_FIND", "{ran:?}");

    // An agent's trial of a bundle that nobody approved: brokers prove themselves, and that is all.
    let own = Way {
        own: Some(secured.own.clone()),
        ..tls()
    };
    for (listener, way) in [("BOTH", &right), ("MUTUAL", &own)] {
        let mut bench = Bench::new(b"", &["identity"]);
        secured.reads(&mut bench, &topic, listener, way);
        for secret in &bench.config.secrets {
            // Not even looked at.
            std::fs::remove_file(&secret.path).unwrap();
        }
        let root = format!("--allow-root={}", bench.dir.path().display());
        let flags = [
            "--exit-with-parent",
            &root,
            "--allow-net=localhost",
            "--allow-net=127.0.0.1",
        ];
        let (ran, found) = steps(&bench, "source", &flags);
        assert_eq!(found, wanted(4, "held back"), "{listener}: {ran:?}");
    }
}
