//! WebSocket: messages that come or go, whichever side connects.

use super::secured::{half_a_pair, in_clear, nothing_to_prove};
use super::{
    Adapter, BrokenRule, Facts, Key, KeyKind, Lag, OtherEnd, Rules, Several, Side, SinkPromise,
    SinkSide, SourcePromise, SourceSide, Told, choices, side,
};
use crate::net::{address, stays_on_the_host};

choices! {
    /// Which side connects.
    WebsocketRole {
        /// This one.
        Connect = "connect", "Connect", "Connects to the URL, and again whenever the connection ends.";
        /// The other one.
        Listen = "listen", "Listen",
            "Listens at the address and port of the URL, for those who ask for its path.";
    }
}

choices! {
    /// How records stand in messages that come.
    WebsocketIngressFraming {
        /// Each message is one.
        Whole = "whole", "One a message", "A message is one record, text or bytes.";
        /// Each line is one.
        Lines = "lines", "Lines", "A message has several records, one a line.";
        /// Numbered and acknowledged.
        Numbered = "numbered", "Numbered and acknowledged",
            "The subprotocol byteor.numbered.v1: records have numbers, and are acknowledged once they last.";
    }
}

choices! {
    /// How records stand in messages that go.
    WebsocketEgressFraming {
        /// Each is a message of text.
        Text = "text", "One a message, as text", "A record is a message of text, and has to be UTF-8.";
        /// Each is a message of bytes.
        Binary = "binary", "One a message, as bytes", "A record is a message of bytes.";
        /// Each line is one.
        Lines = "lines", "Lines", "A message of text has several records, one a line.";
        /// Numbered and acknowledged.
        Numbered = "numbered", "Numbered and acknowledged",
            "The subprotocol byteor.numbered.v1: records have numbers, and are sent again until they are acknowledged.";
    }
}

const ROLE: Key = Key::word(
    WebsocketRole::CHOICES,
    "connect",
    "Who connects",
    "Which side makes the connection; what goes over it is the same.",
);
const URL: Key = Key::new(
    KeyKind::Url {
        schemes: &["wss", "ws"],
    },
    "URL",
    "What is connected to; or the address, port and path that this host listens at, such as ws://127.0.0.1:8080/orders. The host’s owner must allow it.",
);
const TIMEOUT: Key = Key::number(
    (1, 600, "seconds"),
    "30",
    "Longest wait, in seconds",
    "For a handshake; and a peer that says nothing for this long, also when it is asked, is gone.",
);
const TOKEN: Key = Key::new(
    KeyKind::Secret,
    "Secret of the bearer token",
    "The name of a secret that the side which connects sends as a bearer token; left out, none is sent or asked for.",
)
.optional();
const CERTIFICATE: Key = Key::new(
    KeyKind::Path,
    "Certificate",
    "A file with this side’s certificate and those that speak for it, in PEM form. Who listens at wss needs one; who connects may prove itself by one.",
)
.optional();
const CERTIFICATE_KEY: Key = Key::new(
    KeyKind::Secret,
    "Secret with the certificate’s key",
    "The name of a secret whose file holds the key, in PEM form.",
)
.optional();
const AUTHORITIES: Key = Key::new(
    KeyKind::Path,
    "Certificate authorities",
    "A file with those that speak for the other side, in PEM form; left out, who connects believes those that browsers believe, and who listens asks for no certificate.",
)
.optional();

side! {
    /// Messages that come.
    WebsocketIngress {
        /// Which side connects.
        role: WebsocketRole = ROLE;
        /// Where.
        url: String = URL;
        /// How records stand in messages.
        framing: WebsocketIngressFraming = Key::word(
            WebsocketIngressFraming::CHOICES, "whole", "Records in a message", "How records are cut from a message.",
        );
        /// The most bytes of a message.
        max_message_bytes: u32 = Key::number(
            (1, 16_777_216, "bytes"), "1048576", "Largest message, in bytes",
            "A larger one ends its connection.",
        );
        /// The most bytes that are in memory.
        in_flight_bytes: u32 = Key::number(
            (65_536, 1_073_741_824, "bytes"), "16777216", "In memory at most, in bytes",
            "Messages that came and don’t last yet; who sends more waits.",
        );
        /// The most connections.
        connections: u32 = Key::number(
            (1, 10_000, "connections"), "256", "Connections at most",
            "Where this side listens; others wait to be accepted.",
        );
        /// How long to wait.
        timeout_seconds: u32 = TIMEOUT;
        /// The secret that the side which connects proves itself by.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        token: Option<String> = TOKEN;
        /// The certificate of this side.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        certificate: Option<String> = CERTIFICATE;
        /// The secret with its key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        certificate_key: Option<String> = CERTIFICATE_KEY;
        /// Who speaks for the other side.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        authorities: Option<String> = AUTHORITIES;
    }
}

side! {
    /// Messages that go.
    WebsocketEgress {
        /// Which side connects.
        role: WebsocketRole = ROLE;
        /// Where.
        url: String = URL;
        /// How records stand in messages.
        framing: WebsocketEgressFraming = Key::word(
            WebsocketEgressFraming::CHOICES, "text", "Records in a message", "How records are joined into a message.",
        );
        /// The most records of a message.
        batch_records: u32 = Key::number(
            (1, 10_000, "records"), "500", "Records a message at most",
            "Where a message has several: what is there goes into one, up to this.",
        );
        /// The most bytes of a message.
        batch_bytes: u32 = Key::number(
            (1, 16_777_216, "bytes"), "262144", "Bytes a message at most",
            "A single record may be larger.",
        );
        /// How long to wait.
        timeout_seconds: u32 = TIMEOUT;
        /// How long to try again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        give_up_after_seconds: Option<u32> = Key::new(
            KeyKind::Number { min: 1, max: 604_800, unit: "seconds" }, "Give up after, in seconds",
            "Where this side connects: how long it is tried again without success before the run fails; left out, until it works.",
        ).optional();
        /// The secret that the side which connects proves itself by.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        token: Option<String> = TOKEN;
        /// The certificate of this side.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        certificate: Option<String> = CERTIFICATE;
        /// The secret with its key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        certificate_key: Option<String> = CERTIFICATE_KEY;
        /// Who speaks for the other side.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        authorities: Option<String> = AUTHORITIES;
    }
}

/// What the rules look at, which both sides have.
struct Common<'a> {
    role: WebsocketRole,
    url: &'a str,
    token: bool,
    certificate: bool,
    key: bool,
    authorities: bool,
}

impl Common<'_> {
    fn broken(&self) -> Vec<BrokenRule> {
        let secured = self.url.starts_with("wss://");
        let listens = self.role == WebsocketRole::Listen;
        let mut broken = Vec::new();
        if listens && (address(self.url).is_none() || self.url.contains('?')) {
            broken.push(BrokenRule {
                code: "E_CONFIG_LISTEN_URL",
                key: "url",
                message: "Where this host listens is no address with a port and a path.".into(),
                help: "Give a URL such as ws://127.0.0.1:8080/orders.".into(),
            });
        }
        broken.extend(half_a_pair(self.certificate, self.key));
        if listens && secured && !self.certificate {
            broken.push(BrokenRule {
                code: "E_CONFIG_CERTIFICATE",
                key: "certificate",
                message: "Who listens at wss has to prove itself.".into(),
                help: "Give a certificate and its key, or listen at ws.".into(),
            });
        }
        if !secured && (self.authorities || self.certificate) {
            let key = match self.authorities {
                true => "authorities",
                false => "certificate",
            };
            let what = "certificate and authorities";
            broken.push(nothing_to_prove("ws", "wss", key, what));
        }
        if self.token && !secured && !listens && !stays_on_the_host(self.url) {
            broken.push(in_clear("wss", "token"));
        }
        broken
    }
}

impl Rules for WebsocketIngress {
    const SEVERAL: Several = Several::Told(Told {
        not_with: LISTENS,
        ..Told::by("url")
    });

    fn broken(&self) -> Vec<BrokenRule> {
        let common = Common {
            role: self.role,
            url: &self.url,
            token: self.token.is_some(),
            certificate: self.certificate.is_some(),
            key: self.certificate_key.is_some(),
            authorities: self.authorities.is_some(),
        };
        let mut broken = common.broken();
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

impl Rules for WebsocketEgress {
    const SEVERAL: Several = Several::Told(Told {
        not_with: LISTENS,
        ..Told::by("url")
    });

    fn broken(&self) -> Vec<BrokenRule> {
        let common = Common {
            role: self.role,
            url: &self.url,
            token: self.token.is_some(),
            certificate: self.certificate.is_some(),
            key: self.certificate_key.is_some(),
            authorities: self.authorities.is_some(),
        };
        common.broken()
    }
}

const SECURITY: &str = "TLS 1.2 and 1.3 over wss: who listens proves itself by `certificate`, who connects may; the other's is held against `authorities`. The side that connects may prove itself by a bearer token, which is refused over ws but to the host itself. What may be reached or listened at is the host's owner's to say (`--allow-net`); names are resolved once for each connection, and redirects aren't followed.";

const LISTENS: &[(&str, &str, &str)] = &[(
    "role",
    "listen",
    "where this side listens at a path, it does so for one boundary",
)];

/// The declaration.
pub static ADAPTER: Adapter = Adapter {
    kind: "websocket",
    title: "WebSocket",
    summary: "Messages over a WebSocket, in either direction, whichever side connects; acknowledged where both sides speak the numbered subprotocol.",
    ingress: Some(SourceSide {
        does: "Take messages",
        keys: WebsocketIngress::KEYS,
        promise: SourcePromise::Forgets,
        otherwise: &[("framing", "numbered", SourcePromise::Redelivers)],
        lag: Lag::Unknown {
            because: "The other side keeps what it hasn't sent, and doesn't say how much that is.",
        },
        several: WebsocketIngress::SEVERAL,
        facts: Facts {
            acknowledged: "With `numbered`, a message is acknowledged when each of its records lasts: at the sink, in the reject file, or dropped by a stage, and in the checkpoint. Otherwise nothing is told to anybody.",
            ordering: "That of each connection; between connections none.",
            security: SECURITY,
            limits: "Messages up to `max_message_bytes`, together up to `in_flight_bytes`, and one more for each connection; while there is no room, nothing is read. 10 s for a TLS handshake and for the head of a request.",
            other_end: OtherEnd::Either,
            failures: &[
                (
                    "The connection ends, or the server doesn't answer",
                    "Where this side connects: tried again, after longer and longer, random times, 2 s at most. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over.",
                ),
                (
                    "A message is too large, or broken",
                    "The connection is closed with 1009 or 1002, and nothing of the message is taken.",
                ),
                (
                    "The peer says nothing for half of `timeout_seconds`",
                    "It is asked by a ping; after as long again without a word the connection is ended.",
                ),
                (
                    "Another path, token or subprotocol",
                    "404, 401, 400 to the handshake.",
                ),
                (
                    "The server refuses the handshake",
                    "`E_WEBSOCKET_REFUSED`; the run fails. 409, 429 and 5xx are tried again.",
                ),
                (
                    "SIGTERM",
                    "What was taken is delivered, and with `numbered` acknowledged; the connection is closed with 1001.",
                ),
                (
                    "The process or the host ends",
                    "With `numbered`, who had no acknowledgement sends again; otherwise what was taken and isn't delivered is lost.",
                ),
                (
                    "The port is taken, or not allowed",
                    "`E_LISTEN`, `E_NET_NOT_ALLOWED`; the run doesn't start.",
                ),
            ],
        },
    }),
    egress: Some(SinkSide {
        does: "Send messages",
        keys: WebsocketEgress::KEYS,
        promise: SinkPromise::Unconfirmed,
        otherwise: &[("framing", "numbered", SinkPromise::Numbered)],
        several: WebsocketEgress::SEVERAL,
        facts: Facts {
            acknowledged: "With `numbered`, records count as delivered when the other side acknowledged them. Otherwise when the system took the message: the network may still lose it.",
            ordering: "The pipeline's. Where this side listens, one client at a time has the records.",
            security: SECURITY,
            limits: "Messages up to `batch_records` and `batch_bytes`, of which 8 may wait for their acknowledgement; `batch_bytes` more wait in memory, and then the pipeline does.",
            other_end: OtherEnd::Either,
            failures: &[
                (
                    "No connection",
                    "Records wait. Where this side connects it is tried again, as above; where it listens, a client may come at any time.",
                ),
                (
                    "The connection ends before an acknowledgement",
                    "With `numbered`, the messages are sent again over the next one, under the same numbers. Otherwise what the system had taken is lost.",
                ),
                (
                    "Without success for `give_up_after_seconds`",
                    "`E_PEER_DOWN`; the run fails, and goes on from the checkpoint.",
                ),
                (
                    "A record isn't UTF-8 and the framing is `text` or `lines`",
                    "`E_WEBSOCKET_TEXT`; the run fails in front of it.",
                ),
                (
                    "A second client connects",
                    "409 to its handshake, while the first one is there.",
                ),
                (
                    "SIGTERM while nobody takes the records",
                    "Tried for some seconds more, then `E_PEER_DOWN`; the next run goes on from the checkpoint.",
                ),
                (
                    "The process or the host ends",
                    "Records behind the checkpoint are sent again; with `numbered`, each under the number that it had.",
                ),
            ],
        },
    }),
    page: include_str!("page.md"),
};
