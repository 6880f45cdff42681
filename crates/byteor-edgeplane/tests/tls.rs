//! TLS of the HTTP adapters: handshakes with right and wrong certificates, against curl's TLS and
//! Python's.
#![cfg(feature = "http")]

mod bench;

use std::fs;

use bench::http::{Receiver, curl, egress, free_port, ingress};
use bench::tls::{Authority, file};
use bench::{Bench, tools};
use byteor_config::{Egress, Ingress, SecretKind, SecretReference};

#[test]
fn a_server_speaks_tls_with_clients_that_know_who_speaks_for_it() {
    if tools::curl().is_none() {
        return;
    }
    let port = free_port();
    let mut bench = Bench::new(b"", &["identity"]);
    let (right, wrong) = (Authority::new(), Authority::new());
    let (certificate, key) = right.certificate("localhost", 2100);
    let certificate = file(&bench, "certificate.pem", &certificate);
    let key = file(&bench, "key.pem", &key);
    let mut http = ingress(port);
    http.certificate = Some(certificate.to_str().unwrap().into());
    http.certificate_key = Some("key".into());
    bench.config.ingress = Ingress::Http(http);
    bench.config.secrets = vec![SecretReference {
        name: "key".into(),
        kind: SecretKind::File,
        path: key.to_str().unwrap().into(),
    }];
    let run = bench.start(&[]);
    let right = file(&bench, "right.pem", &right.0.pem());
    let wrong = file(&bench, "wrong.pem", &wrong.0.pem());
    let (right, wrong) = (right.to_str().unwrap(), wrong.to_str().unwrap());
    let url = format!("https://localhost:{port}/records");
    for version in ["1.3", "1.2"] {
        let flags = ["--cacert", right, "--tls-max", version];
        assert_eq!(curl(&url, version, &flags).unwrap().0, 200, "{version}");
    }
    assert_eq!(curl(&url, "wrong authority", &["--cacert", wrong]), None);
    let address = format!("https://127.0.0.1:{port}/records");
    assert_eq!(curl(&address, "wrong name", &["--cacert", right]), None);
    let clear = format!("http://localhost:{port}/records");
    assert_eq!(curl(&clear, "no TLS", &[]), None);
    assert_eq!(
        curl(&url, "still there", &["--cacert", right]).unwrap().0,
        200
    );
    assert_eq!(run.terminate().count("records_in"), 3);
    assert_eq!(bench.read("out.log"), b"1.3\n1.2\nstill there\n");

    // A key of another certificate is found out before anything is listened at.
    let (_, other) = Authority::new().certificate("localhost", 2100);
    file(&bench, "key.pem", &other);
    let ran = bench.run(&[]);
    assert_eq!(ran.code(), "E_TLS_MATERIAL", "{ran:?}");
    assert!(!format!("{ran:?}").contains("PRIVATE KEY"));
}

#[test]
fn a_client_sends_nothing_to_a_server_that_it_has_no_reason_to_trust() {
    if tools::python().is_none() {
        return;
    }
    let (right, wrong) = (Authority::new(), Authority::new());
    let good = right.certificate("localhost", 2100);
    let foreign = wrong.certificate("localhost", 2100);
    let elsewhere = right.certificate("elsewhere.example", 2100);
    let expired = right.certificate("localhost", 2021);
    for (what, (certificate, key), trusted) in [
        ("another authority", foreign, false),
        ("another name", elsewhere, false),
        ("expired", expired, false),
        ("good", good, true),
    ] {
        let port = free_port();
        let mut bench = Bench::new(b"a\nb\n", &["identity"]);
        let authorities = file(&bench, "authorities.pem", &right.0.pem());
        let pem = file(&bench, "server.pem", &format!("{certificate}{key}"));
        let got = bench.path("got");
        let _receiver = Receiver::start(port, &got, &["--tls", pem.to_str().unwrap()]);
        let mut http = egress(port);
        http.url = format!("https://localhost:{port}/take");
        http.authorities = Some(authorities.to_str().unwrap().into());
        http.give_up_after_seconds = Some(1);
        bench.config.egress = Egress::Http(http);
        let ran = bench.run(&[]);
        if trusted {
            assert_eq!((ran.exit, ran.code()), (Some(0), "end_of_input"), "{ran:?}");
            assert_eq!(fs::read_to_string(&got).unwrap(), "1\ta\n2\tb\n");
        } else {
            assert_eq!(
                (ran.exit, ran.code()),
                (Some(5), "E_PEER_DOWN"),
                "{what}: {ran:?}"
            );
            assert!(
                ran.last()["message"]
                    .as_str()
                    .unwrap()
                    .contains("can't be trusted")
            );
            assert!(!got.exists(), "{what}");
        }
    }
}
