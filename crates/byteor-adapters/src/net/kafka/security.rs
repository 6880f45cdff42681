//! How connections to brokers are secured, and who this client is to them: all of it judged before the
//! library, whose TLS stack is another than ours, is given it.

use std::sync::Arc;

use tokio_rustls::rustls::ClientConfig;

/// TLS, a user that proves itself, or both.
#[derive(Clone)]
pub struct Security {
    tls: Option<Tls>,
    user: Option<User>,
}

/// What brokers prove themselves by.
#[derive(Clone)]
struct Tls {
    /// The same for our own stack, which a trial makes a handshake with.
    config: Arc<ClientConfig>,
    /// Those that speak for brokers, in PEM form.
    authorities: String,
    /// This client's certificate, with those that speak for it, and its key, both in PEM form.
    own: Option<(String, String)>,
}

/// Who proves itself to brokers, by the words that the library has for it.
#[derive(Clone)]
pub struct User {
    /// How: `SCRAM-SHA-256`, `SCRAM-SHA-512` or `PLAIN`.
    pub mechanism: &'static str,
    /// Its name.
    pub name: String,
    /// What it proves itself by; nothing where a trial ends in front of that.
    pub password: Option<String>,
}

impl Security {
    /// Neither TLS nor a proof.
    pub const NONE: Self = Self {
        tls: None,
        user: None,
    };

    /// What our own stack makes handshakes with.
    pub(super) fn tls(&self) -> Option<Arc<ClientConfig>> {
        self.tls.as_ref().map(|tls| Arc::clone(&tls.config))
    }

    /// Who this client proves to be, for people; nothing where it doesn't.
    pub(super) fn proven(&self) -> Option<&str> {
        let user = self.user.as_ref().map(|user| user.name.as_str());
        let tls = self.tls.as_ref();
        let own = tls.and_then(|tls| tls.own.as_ref());
        user.or(own.map(|_| "the one that its certificate names"))
    }

    /// Of the library's.
    pub(super) fn settings(&self) -> Vec<(&'static str, String)> {
        let protocol = match (&self.tls, &self.user) {
            // The least build of the library knows no other, and this is its default.
            (None, None) => return Vec::new(),
            (Some(_), None) => "ssl",
            (None, Some(_)) => "sasl_plaintext",
            (Some(_), Some(_)) => "sasl_ssl",
        };
        let mut settings = vec![("security.protocol", protocol.to_owned())];
        if let Some(tls) = &self.tls {
            settings.extend([
                ("enable.ssl.certificate.verification", "true".to_owned()),
                ("ssl.endpoint.identification.algorithm", "https".to_owned()),
                ("ssl.ca.pem", tls.authorities.clone()),
            ]);
            if let Some((chain, key)) = &tls.own {
                settings.push(("ssl.certificate.pem", chain.clone()));
                settings.push(("ssl.key.pem", key.clone()));
            }
        }
        if let Some(User {
            mechanism,
            name,
            password,
        }) = &self.user
        {
            settings.extend([
                ("sasl.mechanism", (*mechanism).to_owned()),
                ("sasl.username", name.clone()),
                ("sasl.password", password.clone().unwrap_or_default()),
            ]);
        }
        settings
    }
}

#[cfg(feature = "kafka-tls")]
mod secured {
    use std::fmt::Write as _;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD as BASE64;

    use super::{Security, Tls, User};
    use crate::error::AdapterError;
    use crate::net::tls;

    impl Security {
        /// With TLS, where it is `secured`: brokers prove themselves to `authorities`, in PEM form, or else
        /// to those that browsers believe, and this client by `own`, a chain and its key. With a `user` that
        /// proves itself.
        ///
        /// # Errors
        /// `E_TLS_MATERIAL`.
        pub fn new(
            secured: bool,
            authorities: Option<&[u8]>,
            own: Option<(&[u8], &[u8])>,
            user: Option<User>,
        ) -> Result<Self, AdapterError> {
            let tls = match secured {
                true => Some(Tls::new(authorities, own)?),
                false => None,
            };
            Ok(Self { tls, user })
        }
    }

    impl Tls {
        fn new(
            authorities: Option<&[u8]>,
            own: Option<(&[u8], &[u8])>,
        ) -> Result<Self, AdapterError> {
            let config = tls::client(authorities, own)?;
            let authorities = match authorities {
                Some(pem) => tls::certificates(pem, "list of authorities")?,
                None => webpki_root_certs::TLS_SERVER_ROOT_CERTS.to_vec(),
            };
            let own = match own {
                Some((chain, key)) => {
                    let chain = tls::certificates(chain, "certificate")?;
                    // What was read as a key in PEM form is text.
                    let key = String::from_utf8_lossy(key).into_owned();
                    Some((as_pem(&chain), key))
                }
                None => None,
            };
            Ok(Self {
                config,
                authorities: as_pem(&authorities),
                own,
            })
        }
    }

    /// Certificates and nothing besides: what else a file holds isn't for the library to read.
    fn as_pem(certificates: &[impl AsRef<[u8]>]) -> String {
        let mut pem = String::new();
        for certificate in certificates {
            let text = BASE64.encode(certificate);
            pem.push_str("-----BEGIN CERTIFICATE-----\n");
            for line in text.as_bytes().chunks(64) {
                // Writing to a String can't fail.
                let _ = writeln!(pem, "{}", String::from_utf8_lossy(line));
            }
            pem.push_str("-----END CERTIFICATE-----\n");
        }
        pem
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn what_is_told_the_library_is_certificates_only_and_reads_back_the_same() {
            let all = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
            assert!(all.len() > 50, "{}", all.len());
            let pem = as_pem(all);
            let mixed = format!(
                "a comment\n{pem}\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
            );
            let read = tls::certificates(mixed.as_bytes(), "list of authorities").unwrap();
            assert_eq!(read, all);
            assert_eq!(as_pem(&read), pem);
        }

        #[test]
        fn the_library_is_told_to_check_whatever_is_secured() {
            let user = || User {
                mechanism: "SCRAM-SHA-512",
                name: "u".into(),
                password: Some("p".into()),
            };
            for (secured, by, protocol) in [
                (true, None, Some("ssl")),
                (false, Some(user()), Some("sasl_plaintext")),
                (true, Some(user()), Some("sasl_ssl")),
                (false, None, None),
            ] {
                let security = Security::new(secured, None, None, by).unwrap();
                let settings = security.settings();
                let of = |wanted: &str| {
                    let found = settings.iter().find(|(key, _)| *key == wanted);
                    found.map(|(_, value)| value.as_str())
                };
                assert_eq!(of("security.protocol"), protocol);
                let checks = secured.then_some("true");
                assert_eq!(of("enable.ssl.certificate.verification"), checks);
                let names = secured.then_some("https");
                assert_eq!(of("ssl.endpoint.identification.algorithm"), names);
                assert_eq!(of("ssl.ca.pem").is_some(), secured);
            }
            let none = Security::new(true, Some(b"nothing"), None, None);
            assert_eq!(none.err().unwrap().code, "E_TLS_MATERIAL");
        }
    }
}
