//! gRPC: a server that streams of records come to, a client that sends one.

use super::secured::{half_a_pair, in_clear, nothing_to_prove};
use super::{
    Adapter, BrokenRule, Facts, Key, KeyKind, Lag, OtherEnd, Rules, Several, Side, SinkPromise,
    SinkSide, SourcePromise, SourceSide, side,
};
use crate::net::{stays_on_the_host, target};

const TIMEOUT: (u32, u32, &str) = (1, 600, "seconds");

side! {
    /// Streams that come to this host.
    GrpcIngress {
        /// Where the server listens.
        listen: String = Key::new(
            KeyKind::Listen, "Listens at",
            "An address of the agent’s host and a port, which the host’s owner must allow; 127.0.0.1 takes only what comes from the host itself.",
        );
        /// The most bytes of a message.
        max_message_bytes: u32 = Key::number(
            (1, 16_777_216, "bytes"), "1048576", "Largest message, in bytes",
            "A larger one ends its call.",
        );
        /// The most bytes that are in memory.
        in_flight_bytes: u32 = Key::number(
            (65_536, 1_073_741_824, "bytes"), "16777216", "In memory at most, in bytes",
            "Records that came and don’t last yet; who sends more waits.",
        );
        /// The most connections.
        connections: u32 = Key::number(
            (1, 1_000, "connections"), "64", "Connections at most", "Others wait to be accepted.",
        );
        /// How long a peer may say nothing.
        timeout_seconds: u32 = Key::number(
            TIMEOUT, "30", "Longest silence, in seconds",
            "A sender that answers no ping for this long is gone.",
        );
        /// The secret that clients prove themselves by.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        token: Option<String> = Key::new(
            KeyKind::Secret, "Secret of the bearer token",
            "The name of a secret that clients send as a bearer token; left out, who reaches the address may send.",
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
        certificate_key: Option<String> = CERTIFICATE_KEY;
        /// Who speaks for clients.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        authorities: Option<String> = Key::new(
            KeyKind::Path, "Certificate authorities of clients",
            "A file with those that speak for clients, in PEM form; left out, no client needs a certificate.",
        ).optional();
    }
}

const CERTIFICATE_KEY: Key = Key::new(
    KeyKind::Secret,
    "Secret with the certificate’s key",
    "The name of a secret whose file holds the key, in PEM form.",
)
.optional();

impl Rules for GrpcIngress {
    const SEVERAL: Several = Several::Refused {
        because: "a service of gRPC has no path of its own: streams of several boundaries would be one",
    };

    fn broken(&self) -> Vec<BrokenRule> {
        let pair = half_a_pair(self.certificate.is_some(), self.certificate_key.is_some());
        let mut broken = Vec::from_iter(pair);
        if self.authorities.is_some() && self.certificate.is_none() {
            broken.push(BrokenRule {
                code: "E_CONFIG_AUTHORITIES",
                key: "authorities",
                message: "Nobody proves anything without TLS.".into(),
                help: "Give a certificate and its key, or leave the authorities out.".into(),
            });
        }
        if self.max_message_bytes > self.in_flight_bytes {
            broken.push(BrokenRule {
                code: "E_CONFIG_BODY_BOUND",
                key: "max_message_bytes",
                message: "A message may be larger than all that is in memory.".into(),
                help: "Allow smaller messages, or more in memory.".into(),
            });
        }
        broken
    }
}

side! {
    /// A stream that goes to a server.
    GrpcEgress {
        /// The server.
        url: String = Key::new(
            KeyKind::Url { schemes: &["https", "http"] }, "URL",
            "The server, such as https://collector.example:443, which the host’s owner must allow.",
        );
        /// The most records of a message.
        batch_records: u32 = Key::number(
            (1, 10_000, "records"), "500", "Records a message at most",
            "What is there goes into one message, up to this.",
        );
        /// The most bytes of a message.
        batch_bytes: u32 = Key::number(
            (1, 4_000_000, "bytes"), "262144", "Bytes a message at most",
            "A single record may be larger. Servers take 4 MiB, where nobody says otherwise.",
        );
        /// How long to wait.
        timeout_seconds: u32 = Key::number(
            TIMEOUT, "30", "Longest wait, in seconds",
            "To connect and to be welcomed; and a server that answers no ping for this long is gone.",
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
        /// The certificate of this client.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        certificate: Option<String> = Key::new(
            KeyKind::Path, "Certificate",
            "A file with this client’s certificate and those that speak for it, in PEM form, where the server asks for one.",
        ).optional();
        /// The secret with its key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        certificate_key: Option<String> = CERTIFICATE_KEY;
        /// Who speaks for the server.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        authorities: Option<String> = Key::AUTHORITIES;
    }
}

impl Rules for GrpcEgress {
    const SEVERAL: Several = Several::Refused {
        because: "a service of gRPC has no path of its own: streams of several boundaries would be one",
    };

    fn broken(&self) -> Vec<BrokenRule> {
        let secured = self.url.starts_with("https://");
        let mut broken = Vec::new();
        if target(&self.url) != "/" {
            broken.push(BrokenRule {
                code: "E_CONFIG_GRPC_URL",
                key: "url",
                message: "A service of gRPC has no path of its own.".into(),
                help: "Give a URL such as https://collector.example:443.".into(),
            });
        }
        broken.extend(half_a_pair(
            self.certificate.is_some(),
            self.certificate_key.is_some(),
        ));
        if !secured && (self.authorities.is_some() || self.certificate.is_some()) {
            let key = match self.authorities {
                Some(_) => "authorities",
                None => "certificate",
            };
            let what = "certificate and authorities";
            broken.push(nothing_to_prove("http", "https", key, what));
        }
        if self.token.is_some() && !secured && !stays_on_the_host(&self.url) {
            broken.push(in_clear("https", "token"));
        }
        broken
    }
}

/// The declaration.
pub static ADAPTER: Adapter = Adapter {
    kind: "grpc",
    title: "gRPC",
    summary: "Streams of numbered records that are acknowledged when they last: to a server on the agent's host, or to one elsewhere.",
    ingress: Some(SourceSide {
        does: "Take streams of gRPC",
        keys: GrpcIngress::KEYS,
        promise: SourcePromise::Redelivers,
        otherwise: &[],
        lag: Lag::Unknown {
            because: "Senders keep what isn't acknowledged, and don't say how much that is.",
        },
        several: GrpcIngress::SEVERAL,
        facts: Facts {
            acknowledged: "Records are acknowledged when each of them lasts: at the sink, in the reject file, or dropped by a stage, and in the checkpoint. The checkpoint keeps up to where each stream was taken, of the latest 64; a sender that comes again is told, and what it sends again is taken once.",
            ordering: "That of each stream; between streams none.",
            security: "TLS 1.2 and 1.3 where a certificate is given; clients prove themselves by a bearer token, by a certificate that `authorities` speak for, or by both. Without either, the address is the only guard. Where it may listen is the host's owner's to say (`--allow-net`).",
            limits: "Messages up to `max_message_bytes`, records together up to `in_flight_bytes`; a message for each call besides, and 1 MiB for each connection on its way; 8 calls in a connection. While there is no room nothing is read, and pings are answered. 16 KiB of headers; 10 s for a TLS handshake, for a first call and for a hello.",
            other_end: OtherEnd::Clients,
            failures: &[
                (
                    "Nothing takes records fast enough",
                    "Calls wait: nothing is read from them, and HTTP/2 holds their senders up. Pings are answered all the same.",
                ),
                (
                    "A message is too large or broken, a number leaves some out, no hello",
                    "The call ends with OUT_OF_RANGE, INTERNAL, FAILED_PRECONDITION, INVALID_ARGUMENT; nothing of the message is taken.",
                ),
                (
                    "Another token, another method",
                    "UNAUTHENTICATED, UNIMPLEMENTED; nothing is read.",
                ),
                (
                    "A second call with the name of a stream",
                    "The first one ends with ABORTED: its sender was cut off from it, most of the time, and came again.",
                ),
                (
                    "The sender answers no ping",
                    "Half of `timeout_seconds` after the last word it is asked, and after as long again its connection is ended.",
                ),
                (
                    "SIGTERM",
                    "What was taken is delivered and acknowledged; then calls end with UNAVAILABLE, and no connection is accepted any more.",
                ),
                (
                    "The process or the host ends",
                    "Senders are told up to where the checkpoint is, and go on behind it. What of that lasted at the sink already is there twice, unless the sink takes it back, as a file does.",
                ),
                (
                    "The port is taken, or not allowed",
                    "`E_LISTEN`, `E_NET_NOT_ALLOWED`; the run doesn't start.",
                ),
            ],
        },
    }),
    egress: Some(SinkSide {
        does: "Send a stream of gRPC",
        keys: GrpcEgress::KEYS,
        promise: SinkPromise::Numbered,
        otherwise: &[],
        several: GrpcEgress::SEVERAL,
        facts: Facts {
            acknowledged: "Records count as delivered when the server acknowledged them. The source is acknowledged after that.",
            ordering: "The pipeline's: one call at a time.",
            security: "TLS 1.2 and 1.3 over https; the server is checked by name against `authorities`. This side may prove itself by a bearer token, which is refused over http but to the host itself, and by `certificate`. What may be reached is the host's owner's to say (`--allow-net`); names are resolved once for each connection.",
            limits: "Messages up to `batch_records` and `batch_bytes`, of which 8 may wait for their acknowledgement; `batch_bytes` more wait in memory, and then the pipeline does. 64 KiB of an answer.",
            other_end: OtherEnd::Peer,
            failures: &[
                (
                    "No connection, no welcome in `timeout_seconds`, the call ends, no answer to a ping",
                    "Tried again, after longer and longer, random times, 2 s at most. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over. The server says where the stream goes on.",
                ),
                (
                    "INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED, FAILED_PRECONDITION, OUT_OF_RANGE, UNIMPLEMENTED, UNAUTHENTICATED",
                    "`E_GRPC_REFUSED`; the run fails in front of what wasn't acknowledged, and goes on from there: nothing is left out silently. Any other status is tried again.",
                ),
                (
                    "The server goes on behind fewer records than it acknowledged",
                    "`E_GRPC_BEHIND`; the run fails: what is between is lost at the server, and this side doesn't have it any more.",
                ),
                (
                    "Without success for `give_up_after_seconds`",
                    "`E_PEER_DOWN`; the run fails, and goes on from the checkpoint.",
                ),
                (
                    "A certificate that nobody speaks for, or of another name",
                    "As no connection.",
                ),
                (
                    "SIGTERM while the server acknowledges nothing",
                    "Tried for some seconds more, then `E_PEER_DOWN`; the next run goes on from the checkpoint.",
                ),
                (
                    "The process or the host ends",
                    "Records behind the checkpoint are sent again, each under the number that it had, but for those that the server says it has.",
                ),
            ],
        },
    }),
    page: include_str!("page.md"),
};
