//! HTTP: a server that records are posted to, a client that posts them.

use super::secured::{half_a_pair, in_clear, nothing_to_prove};
use super::{
    Adapter, BrokenRule, Facts, Key, KeyKind, Lag, OtherEnd, Rules, Several, Side, SinkPromise,
    SinkSide, SourcePromise, SourceSide, Told, choices, side,
};
use crate::net::stays_on_the_host;

choices! {
    /// How records stand in a body.
    HttpFraming {
        /// One record a line.
        Lines = "lines", "Lines", "One record a line; a line feed at the very end begins no other.";
        /// The whole body is one record.
        Whole = "whole", "One a request", "The body is one record, as it is.";
        /// Before each record stands its length.
        Prefixed = "prefixed", "Length before each",
            "Before each record stands its length, four bytes, the greatest first; records may hold anything.";
    }
}

choices! {
    /// What becomes of a record that does not fit the record-size class.
    HttpTooLarge {
        /// Count it, write it to the reject file, go on.
        Reject = "reject", "Count and keep aside",
            "Counted as rejected, written to the reject file; the request is answered with 200.";
        /// Refuse the request.
        Refuse = "refuse", "Refuse the request",
            "The request is answered with 413, and nothing of it is taken.";
    }
}

const TIMEOUT: (u32, u32, &str) = (1, 600, "seconds");

side! {
    /// Taking what is posted to this host.
    HttpIngress {
        /// Where the server listens.
        listen: String = Key::new(
            KeyKind::Listen, "Listens at",
            "An address of the agent’s host and a port, which the host’s owner must allow; 127.0.0.1 takes only what comes from the host itself.",
        );
        /// The path of the URL that takes records.
        url_path: String = Key::new(
            KeyKind::UrlPath, "URL path", "The one path that records are posted to.",
        ).or("/");
        /// How records stand in a body.
        framing: HttpFraming = Key::word(
            HttpFraming::CHOICES, "lines", "Records in a body", "How records are cut from a body.",
        );
        /// What becomes of records that don't fit.
        too_large: HttpTooLarge = Key::word(
            HttpTooLarge::CHOICES, "reject", "Records that are too large",
            "What becomes of a record that is longer than the largest record.",
        );
        /// The most bytes of a body.
        max_body_bytes: u32 = Key::number(
            (1, 67_108_864, "bytes"), "1048576", "Largest body, in bytes",
            "A larger one is answered with 413.",
        );
        /// The most bytes that are in memory.
        in_flight_bytes: u32 = Key::number(
            (65_536, 1_073_741_824, "bytes"), "16777216", "In memory at most, in bytes",
            "Bodies that were read and aren’t answered; who sends more waits.",
        );
        /// The most connections.
        connections: u32 = Key::number(
            (1, 10_000, "connections"), "256", "Connections at most", "Others wait to be accepted.",
        );
        /// How long a body may take.
        timeout_seconds: u32 = Key::number(
            TIMEOUT, "30", "Longest wait, in seconds",
            "For room in memory, and for a body to come; then 503 or 408.",
        );
        /// The secret that clients prove themselves by.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        token: Option<String> = Key::new(
            KeyKind::Secret, "Secret of the bearer token",
            "The name of a secret that clients send as a bearer token; left out, who reaches the address may post.",
        ).optional();
        /// The certificate of the server.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        certificate: Option<String> = Key::new(
            KeyKind::Path, "Certificate",
            "A file with the server’s certificate and those that speak for it, in PEM form; left out, the server speaks without TLS.",
        ).optional();
        /// The secret with its key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        certificate_key: Option<String> = Key::new(
            KeyKind::Secret, "Secret with the certificate’s key",
            "The name of a secret whose file holds the key, in PEM form.",
        ).optional();
    }
}

impl Rules for HttpIngress {
    const SEVERAL: Several = Several::Told(Told::by("url_path"));

    fn broken(&self) -> Vec<BrokenRule> {
        let pair = half_a_pair(self.certificate.is_some(), self.certificate_key.is_some());
        let mut broken = Vec::from_iter(pair);
        if self.max_body_bytes > self.in_flight_bytes {
            broken.push(BrokenRule {
                code: "E_CONFIG_BODY_BOUND",
                key: "max_body_bytes",
                message: "A body may be larger than all that is in memory.".into(),
                help: "Allow smaller bodies, or more in memory.".into(),
            });
        }
        broken
    }
}

side! {
    /// Posting to a server.
    HttpEgress {
        /// Where it posts to.
        url: String = Key::new(
            KeyKind::Url { schemes: &["https", "http"] }, "URL",
            "Where records are posted, which the host’s owner must allow. Redirects aren’t followed.",
        );
        /// How records stand in a body.
        framing: HttpFraming = Key::word(
            HttpFraming::CHOICES, "lines", "Records in a body", "How records are joined into a body.",
        );
        /// The most records of a request.
        batch_records: u32 = Key::number(
            (1, 10_000, "records"), "500", "Records a request at most",
            "What is there when the server is ready goes into one request, up to this.",
        );
        /// The most bytes of a request.
        batch_bytes: u32 = Key::number(
            (1, 16_777_216, "bytes"), "1048576", "Bytes a request at most",
            "A single record may be larger.",
        );
        /// How long an answer may take.
        timeout_seconds: u32 = Key::number(
            TIMEOUT, "30", "Longest wait, in seconds", "For a connection and for an answer; then it is tried again.",
        );
        /// How long to try again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        give_up_after_seconds: Option<u32> = Key::GIVE_UP_AFTER;
        /// The secret that it proves itself by.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        token: Option<String> = Key::new(
            KeyKind::Secret, "Secret of the bearer token",
            "The name of a secret that is sent as a bearer token.",
        ).optional();
        /// Who speaks for the server.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        authorities: Option<String> = Key::AUTHORITIES;
    }
}

impl Rules for HttpEgress {
    const SEVERAL: Several = Several::Told(Told::by("url"));

    fn broken(&self) -> Vec<BrokenRule> {
        let mut broken = Vec::new();
        let secured = self.url.starts_with("https://");
        if self.authorities.is_some() && !secured {
            let what = "the authorities";
            broken.push(nothing_to_prove("http", "https", "authorities", what));
        }
        if self.token.is_some() && !secured && !stays_on_the_host(&self.url) {
            broken.push(in_clear("https", "token"));
        }
        broken
    }
}

/// The declaration.
pub static ADAPTER: Adapter = Adapter {
    kind: "http",
    title: "HTTP",
    summary: "Records that are posted to a server on the agent's host; or posted to a server elsewhere.",
    ingress: Some(SourceSide {
        does: "Take what is posted to this host",
        keys: HttpIngress::KEYS,
        promise: SourcePromise::Redelivers,
        otherwise: &[],
        lag: Lag::Unknown {
            because: "Clients keep what isn't taken, and don't say how much that is.",
        },
        several: HttpIngress::SEVERAL,
        facts: Facts {
            acknowledged: "A request is answered with 200 and `{\"records\":N}` when each of its N records lasts: at the sink, in the reject file, or dropped by a stage, and in the checkpoint. Who had no answer sends again.",
            ordering: "Within a request that of the body; between requests on one connection that of the requests; otherwise none.",
            security: "TLS 1.2 and 1.3 where a certificate is given; clients prove themselves by a bearer token. Without either, the address is the only guard. Where it may listen is the host's owner's to say (`--allow-net`).",
            limits: "Bodies up to `max_body_bytes`, together up to `in_flight_bytes` from before they are read until they are answered; `connections` at once; 16 KiB of head, 10 s for it and for a TLS handshake; `timeout_seconds` for a body and for room.",
            other_end: OtherEnd::Clients,
            failures: &[
                (
                    "Nothing takes records fast enough",
                    "Requests wait for their answers; who waits longer than `timeout_seconds` for room gets 503 with `Retry-After`.",
                ),
                (
                    "Another path, method or token",
                    "404, 405, 401; nothing is taken.",
                ),
                (
                    "A body that is too large, too slow, broken off, or cut wrongly",
                    "413, 408, 400; nothing of it is taken.",
                ),
                (
                    "SIGTERM",
                    "What was taken is delivered and answered; what wasn't gets 503, and no connection is accepted any more.",
                ),
                (
                    "The process or the host ends",
                    "Who had no answer sends again; what of it lasted already is there twice.",
                ),
                (
                    "The port is taken, or not allowed",
                    "`E_LISTEN`, `E_NET_NOT_ALLOWED`; the run doesn't start.",
                ),
            ],
        },
    }),
    egress: Some(SinkSide {
        does: "Post to a server",
        keys: HttpEgress::KEYS,
        promise: SinkPromise::Numbered,
        otherwise: &[],
        several: HttpEgress::SEVERAL,
        facts: Facts {
            acknowledged: "Records count as delivered when the server answered 2xx for their request. The source is acknowledged after that.",
            ordering: "The pipeline's: one request at a time.",
            security: "TLS 1.2 and 1.3 over https; the server is checked by name against `authorities`. A token is refused over http, but to the host itself. What may be reached is the host's owner's to say (`--allow-net`); names are resolved once for each connection, and redirects aren't followed.",
            limits: "Requests up to `batch_records` and `batch_bytes`; as much again waits in memory, and then the pipeline does. The first 64 KiB of an answer are read.",
            other_end: OtherEnd::Peer,
            failures: &[
                (
                    "No connection, no answer in `timeout_seconds`, 408, 425, 429, 500, 502, 503, 504",
                    "Tried again, with the same numbers: after what `Retry-After` asks for, 30 s at most, or after longer and longer, random times, 2 s at most. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over.",
                ),
                (
                    "Without success for `give_up_after_seconds`",
                    "`E_PEER_DOWN`; the run fails, and goes on from the checkpoint.",
                ),
                (
                    "Any other answer",
                    "`E_HTTP_REFUSED`; the run fails in front of the request, and goes on from there: nothing is left out silently.",
                ),
                (
                    "A certificate that nobody speaks for, or of another name",
                    "As no connection.",
                ),
                (
                    "SIGTERM while the server doesn't answer",
                    "Tried for some seconds more, then `E_PEER_DOWN`; the next run goes on from the checkpoint.",
                ),
                (
                    "The process or the host ends",
                    "Records behind the checkpoint are sent again, each under the number that it had.",
                ),
            ],
        },
    }),
    page: include_str!("page.md"),
};
