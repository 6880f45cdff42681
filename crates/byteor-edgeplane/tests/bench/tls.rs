//! Certificates, right and wrong, made as the test runs.

use std::fs;
use std::path::PathBuf;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};

use super::Bench;

/// An authority.
pub struct Authority(pub CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params
            .distinguished_name
            .push(DnType::CommonName, "authority");
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A certificate for `name` that it speaks for, good until the year `until`, and its key.
    pub fn certificate(&self, name: &str, until: i32) -> (String, String) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

/// What both ends of a connection have, each a certificate and its key; a client may have none.
pub struct Proofs {
    pub what: &'static str,
    pub server: (String, String),
    pub client: Option<(String, String)>,
    /// Whether the two are to trust each other.
    pub trusted: bool,
}

impl Proofs {
    /// Of two ends that trust `right` only, and call the server localhost: once good, and then each thing
    /// that can be wrong.
    pub fn all(right: &Authority) -> [Self; 6] {
        let wrong = Authority::new();
        let good = right.certificate("localhost", 2100);
        let proofs = |what, server: &(String, String), client: Option<&(String, String)>| Self {
            what,
            server: server.clone(),
            client: client.cloned(),
            trusted: what == "good",
        };
        let served = |what, server| proofs(what, &server, Some(&good));
        [
            proofs("good", &good, Some(&good)),
            served("another authority", wrong.certificate("localhost", 2100)),
            served("another name", right.certificate("elsewhere.example", 2100)),
            served("expired", right.certificate("localhost", 2021)),
            proofs(
                "a client of another authority",
                &good,
                Some(&wrong.certificate("x", 2100)),
            ),
            proofs("a client without a certificate", &good, None),
        ]
    }
}

/// Writes a file of the bench.
pub fn file(bench: &Bench, name: &str, text: &str) -> PathBuf {
    fs::write(bench.path(name), text).unwrap();
    bench.path(name)
}
