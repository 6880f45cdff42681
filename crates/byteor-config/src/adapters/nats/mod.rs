//! NATS: messages of a JetStream stream or of a subject, messages that are published.

use super::secured::{in_clear, nothing_to_prove};
use super::{
    Adapter, BrokenRule, Facts, Key, KeyKind, Lag, OtherEnd, Rules, Several, Side, SinkPromise,
    SinkSide, SourcePromise, SourceSide, Told, choices, side,
};
use crate::net::{stays_on_the_host, target};

choices! {
    /// Whether a stream keeps the messages that come.
    NatsIngressMode {
        /// They are read from a stream.
        Jetstream = "jetstream", "JetStream",
            "A durable consumer of a stream: what isn’t acknowledged comes again.";
        /// They are taken as they come.
        Core = "core", "Core",
            "A subscription: what comes while nobody takes it is gone.";
    }
}

choices! {
    /// Whether a stream keeps the messages that go.
    NatsEgressMode {
        /// A stream acknowledges each.
        Jetstream = "jetstream", "JetStream",
            "A stream acknowledges each message, and drops those that it has already.";
        /// Nobody says that they arrived.
        Core = "core", "Core",
            "Nobody says that they arrived: who doesn’t listen right now misses them.";
    }
}

choices! {
    /// Where a consumer that isn't there yet begins.
    NatsStart {
        /// At the oldest message.
        Start = "start", "At the oldest message", "Everything that the stream has.";
        /// Behind the newest one.
        End = "end", "Behind the newest message", "Only what is published from now on.";
    }
}

choices! {
    /// What the secret is.
    NatsProof {
        /// The password of a user.
        Password = "password", "A password", "The password of the user.";
        /// A token.
        Token = "token", "A token", "A token, without a user.";
        /// The seed of a key.
        Nkey = "nkey", "The seed of an nkey",
            "The seed of a key of its own: it signs what the server asks, and never leaves the host.";
        /// A credentials file.
        Credentials = "credentials", "Credentials",
            "A credentials file, with the user’s token and the seed of its key.";
    }
}

const URL: Key = Key::new(
    KeyKind::Url {
        schemes: &["tls", "nats"],
    },
    "Server",
    "Host and port; tls speaks TLS. No other server that this one names is followed: for a cluster give a name that stands for its servers. The host’s owner must allow it.",
);
const TIMEOUT: Key = Key::number(
    (1, 600, "seconds"),
    "10",
    "Longest wait, in seconds",
    "For a connection and for an answer; then it is tried again.",
);
const STREAM: Key = Key::new(
    KeyKind::Text,
    "Stream",
    "With JetStream: the stream, which has to be there. Left out, the one that keeps the subject.",
)
.optional();
const PROOF: Key = Key::word(
    NatsProof::CHOICES,
    "password",
    "What the secret is",
    "How this client proves itself, where it does.",
);
const USER: Key = Key::new(
    KeyKind::Text,
    "User",
    "The user that the password belongs to.",
)
.optional();
const SECRET: Key = Key::new(
    KeyKind::Secret,
    "Secret",
    "The name of a secret that this client proves itself by; left out, it doesn’t.",
)
.optional();

side! {
    /// Messages that come.
    NatsIngress {
        /// The server.
        url: String = URL;
        /// Whether a stream keeps them.
        mode: NatsIngressMode = Key::word(
            NatsIngressMode::CHOICES, "jetstream", "How messages come", "Whether a stream keeps them until they last.",
        );
        /// The subject.
        subject: String = Key::new(
            KeyKind::Text, "Subject",
            "Which messages are read, such as orders.eu; * stands for one part, > for all that follow.",
        );
        /// The stream.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        stream: Option<String> = STREAM;
        /// Who reads.
        consumer: String = Key::new(
            KeyKind::Text, "Consumer",
            "Who reads under this name shares the messages with others that do. With JetStream it is a durable consumer, which is made where it isn’t there; with core a queue group.",
        ).or("byteor");
        /// Where a new consumer begins.
        start: NatsStart = Key::word(
            NatsStart::CHOICES, "start", "Where to begin",
            "With JetStream, where the consumer isn’t there yet; otherwise it goes on where it was.",
        );
        /// The most messages of a read.
        batch_records: u32 = Key::number(
            (1, 10_000, "messages"), "500", "Messages a read at most", "With JetStream: what is there is read at once, up to this.",
        );
        /// The most messages that aren't acknowledged.
        unacknowledged: u32 = Key::number(
            (1, 100_000, "messages"), "10000", "Unacknowledged at most",
            "With JetStream, where the consumer is made: messages that all who share it have and that don’t last yet; then none is delivered.",
        );
        /// The most bytes that are in memory.
        in_flight_bytes: u32 = Key::number(
            (65_536, 1_073_741_824, "bytes"), "16777216", "In memory at most, in bytes",
            "Messages that came and don’t last yet. With JetStream nothing is read then; with core what comes is dropped, and counted.",
        );
        /// When a message comes again.
        ack_wait_seconds: u32 = Key::number(
            (1, 86_400, "seconds"), "30", "Comes again after, in seconds",
            "With JetStream, where the consumer is made: messages of somebody who isn’t heard from for this long go to others. Who has them says so all the time, however long a sink is down.",
        );
        /// How long to wait.
        timeout_seconds: u32 = TIMEOUT;
        /// What the secret is.
        proof: NatsProof = PROOF;
        /// The user.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        user: Option<String> = USER;
        /// The secret.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        secret: Option<String> = SECRET;
        /// Who speaks for the server.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        authorities: Option<String> = Key::AUTHORITIES;
    }
}

side! {
    /// Messages that go.
    NatsEgress {
        /// The server.
        url: String = URL;
        /// Whether a stream keeps them.
        mode: NatsEgressMode = Key::word(
            NatsEgressMode::CHOICES, "jetstream", "How messages go", "Whether a stream says that it has them.",
        );
        /// The subject.
        subject: String = Key::new(
            KeyKind::Text, "Subject", "What messages are published under, such as orders.eu.",
        );
        /// The stream.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        stream: Option<String> = STREAM;
        /// The most messages that are on their way.
        in_flight_records: u32 = Key::number(
            (1, 10_000, "records"), "500", "On their way at most",
            "With JetStream: messages that were sent and aren’t acknowledged yet. With core: messages that are sent at once.",
        );
        /// The most bytes that are in memory.
        in_flight_bytes: u32 = Key::number(
            (65_536, 1_073_741_824, "bytes"), "1048576", "Waiting at most, in bytes",
            "Records that wait behind those; then the pipeline does.",
        );
        /// How long to wait.
        timeout_seconds: u32 = TIMEOUT;
        /// How long to try again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        give_up_after_seconds: Option<u32> = Key::GIVE_UP_AFTER;
        /// What the secret is.
        proof: NatsProof = PROOF;
        /// The user.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        user: Option<String> = USER;
        /// The secret.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        secret: Option<String> = SECRET;
        /// Who speaks for the server.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        authorities: Option<String> = Key::AUTHORITIES;
    }
}

/// Whether `subject` is one: parts with dots between; `*` and `>` only where it stands for several.
fn is_subject(subject: &str, several: bool) -> bool {
    let last = subject.split('.').count() - 1;
    subject.split('.').enumerate().all(|(at, part)| match part {
        "" => false,
        "*" => several,
        ">" => several && at == last,
        part => !part.contains(['*', '>']),
    })
}

/// Whether a stream or a consumer can have this name.
fn is_name(name: &str) -> bool {
    !name.contains(['.', '*', '>', '/', '\\'])
}

/// What the rules look at, which both sides have.
struct Common<'a> {
    url: &'a str,
    names: [(&'static str, Option<&'a str>); 2],
    proof: NatsProof,
    user: bool,
    secret: bool,
    authorities: bool,
}

impl Common<'_> {
    fn broken(&self) -> Vec<BrokenRule> {
        let secured = self.url.starts_with("tls://");
        let mut broken = Vec::new();
        if target(self.url) != "/" {
            broken.push(BrokenRule {
                code: "E_CONFIG_NATS_URL",
                key: "url",
                message: "A server of NATS has no path.".into(),
                help: "Give a URL such as nats://127.0.0.1:4222.".into(),
            });
        }
        for (key, name) in self.names {
            if name.is_some_and(|name| !is_name(name)) {
                broken.push(BrokenRule {
                    code: "E_CONFIG_NATS_NAME",
                    key,
                    message: "No stream and no consumer can have this name.".into(),
                    help: "Give a name without . * > / and \\.".into(),
                });
            }
        }
        let of_password = self.proof == NatsProof::Password;
        if self.user && !(of_password && self.secret) {
            broken.push(BrokenRule {
                code: "E_CONFIG_NATS_PROOF",
                key: "user",
                message: "A user proves itself by a password, and only by that.".into(),
                help: "Give the secret with the user's password, or leave the user out.".into(),
            });
        }
        if of_password && self.secret && !self.user {
            broken.push(BrokenRule {
                code: "E_CONFIG_NATS_PROOF",
                key: "secret",
                message: "Nothing says whose password this is.".into(),
                help: "Give the user, or say that the secret is a token.".into(),
            });
        }
        if self.authorities && !secured {
            let what = "the authorities";
            broken.push(nothing_to_prove("nats", "tls", "authorities", what));
        }
        // A seed signs and isn't sent; what it signs for goes in the clear all the same, which is the
        // same as without any proof.
        let sent = matches!(self.proof, NatsProof::Password | NatsProof::Token);
        if self.secret && sent && !secured && !stays_on_the_host(self.url) {
            broken.push(in_clear("tls", "secret"));
        }
        broken
    }
}

fn no_subject(help: &'static str) -> BrokenRule {
    BrokenRule {
        code: "E_CONFIG_NATS_SUBJECT",
        key: "subject",
        message: "This is no subject.".into(),
        help: help.into(),
    }
}

impl Rules for NatsIngress {
    const SEVERAL: Several = Several::Told(Told {
        own: &["consumer"],
        may: &["stream"],
        ..Told::by("subject")
    });

    fn broken(&self) -> Vec<BrokenRule> {
        let common = Common {
            url: &self.url,
            names: [
                ("stream", self.stream.as_deref()),
                ("consumer", Some(&self.consumer)),
            ],
            proof: self.proof,
            user: self.user.is_some(),
            secret: self.secret.is_some(),
            authorities: self.authorities.is_some(),
        };
        let mut broken = common.broken();
        if !is_subject(&self.subject, true) {
            broken.push(no_subject(
                "Give parts with dots between, such as orders.eu; * stands for one part, > at the end for all that follow.",
            ));
        }
        broken
    }
}

impl Rules for NatsEgress {
    const SEVERAL: Several = Several::Told(Told {
        may: &["stream"],
        ..Told::by("subject")
    });

    fn broken(&self) -> Vec<BrokenRule> {
        let common = Common {
            url: &self.url,
            names: [("stream", self.stream.as_deref()), ("stream", None)],
            proof: self.proof,
            user: self.user.is_some(),
            secret: self.secret.is_some(),
            authorities: self.authorities.is_some(),
        };
        let mut broken = common.broken();
        if !is_subject(&self.subject, false) {
            broken.push(no_subject(
                "Give parts with dots between, such as orders.eu, without * and >.",
            ));
        }
        broken
    }
}

const SECURITY: &str = "TLS 1.2 and 1.3 over tls, and over nats where the server asks for it; the server is checked by name against `authorities`. The name isn't told in the handshake (SNI), and no certificate of this client is offered. A password, a token, an nkey or credentials; the first two are refused over nats but to the host itself. What may be reached is the host's owner's to say (`--allow-net`); names are resolved once for each connection, and no other server that this one names is followed.";

/// The declaration.
pub static ADAPTER: Adapter = Adapter {
    kind: "nats",
    title: "NATS",
    summary: "Messages of a JetStream stream that a durable consumer reads, or of a subject as they come; or messages that are published, with a stream's acknowledgement or without.",
    ingress: Some(SourceSide {
        does: "Read NATS messages",
        keys: NatsIngress::KEYS,
        promise: SourcePromise::Redelivers,
        otherwise: &[("mode", "core", SourcePromise::Forgets)],
        lag: Lag::Told {
            unit: "messages",
            means: "Messages that nobody got from the consumer yet, and those that aren't acknowledged, whoever has them: what the consumer says as `num_pending` and `num_ack_pending`, asked for once a second. With `mode` `core` nobody keeps messages, and it isn't known.",
        },
        several: NatsIngress::SEVERAL,
        facts: Facts {
            acknowledged: "With JetStream, a message is acknowledged by itself when its record lasts: at the sink, in the reject file, or dropped by a stage, and in the checkpoint; the server confirms it. Until then the server is told again and again that it is being worked on. With core nothing is told to anybody.",
            ordering: "The stream's for one consumer, but for messages that come again; between several that share a consumer none. With core that of each publisher.",
            security: SECURITY,
            limits: "Messages up to `in_flight_bytes`, and with JetStream one read besides, of as many bytes at most. JetStream of NATS 2.9 or newer. Subject and headers of a message aren't seen by the pipeline.",
            other_end: OtherEnd::Peer,
            failures: &[
                (
                    "No connection, no answer in `timeout_seconds`, or the connection ends",
                    "Tried again, after longer and longer, random times, 2 s at most. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over. With JetStream, what was on its way then comes again after `ack_wait_seconds`. With core, what is published meanwhile is lost.",
                ),
                (
                    "The sink doesn't take records",
                    "With JetStream, what came is kept and the server told so; no more is read, and the connection stays. With core, what comes when `in_flight_bytes` are full is dropped; `N_NATS_DROPPED` says how many, at once, every minute and at the end.",
                ),
                (
                    "A message comes again",
                    "One that this run has, or of the last 100,000 that it acknowledged, isn't taken twice. Any other one is, since nobody knows what became of it: it may be there twice. `N_NATS_REDELIVERED` says how many of those, at once, every minute and at the end.",
                ),
                (
                    "Another one that shares the consumer ends",
                    "What it had comes after `ack_wait_seconds`; at once, where it stopped in good order.",
                ),
                (
                    "Messages were removed before they were read",
                    "`N_NATS_TRIMMED` says up to how many; the pipeline goes on.",
                ),
                (
                    "There is no such stream, or it is deleted",
                    "`E_NATS_STREAM`; the run fails.",
                ),
                (
                    "The stream was deleted and made again, under the same name",
                    "`N_NATS_STREAM_NEW` says so; what wasn't read of the old one is lost, and the new one is read by a new consumer.",
                ),
                (
                    "The consumer is deleted",
                    "It is made again, and begins where `start` says; what this run has isn't taken twice.",
                ),
                (
                    "There is a consumer of this name that pushes, acknowledges otherwise, or reads another subject",
                    "`E_NATS_CONSUMER`; the run fails.",
                ),
                (
                    "A message is larger than all that may be in memory",
                    "`E_NATS_MESSAGE`; the run fails in front of it.",
                ),
                (
                    "The user or the secret is wrong, or this client isn't allowed to",
                    "`E_NATS_REFUSED`; the run fails.",
                ),
                (
                    "SIGTERM",
                    "What was taken is delivered and acknowledged; with JetStream the rest is given back at once.",
                ),
                (
                    "The process or the host ends",
                    "With JetStream, what wasn't acknowledged comes again after `ack_wait_seconds`; what of it lasted already is there twice. With core it is lost.",
                ),
            ],
        },
    }),
    egress: Some(SinkSide {
        does: "Publish NATS messages",
        keys: NatsEgress::KEYS,
        promise: SinkPromise::Numbered,
        otherwise: &[("mode", "core", SinkPromise::Unconfirmed)],
        several: NatsEgress::SEVERAL,
        facts: Facts {
            acknowledged: "With JetStream, a record counts as delivered when the stream acknowledged it. With core, when the system took it.",
            ordering: "The pipeline's. Where a stream refuses a message for a while, and takes those behind it, that one comes behind them.",
            security: SECURITY,
            limits: "`in_flight_records` are on their way; up to `in_flight_bytes` wait in memory, and then the pipeline does. A message has the id (`Nats-Msg-Id`) that follows from the pipeline's checkpoint and the record's number: a stream drops what it has already for as long as its `duplicate_window` says, 2 minutes where nobody changed it. With a source whose senders send again, a new run's numbers are others.",
            other_end: OtherEnd::Peer,
            failures: &[
                (
                    "No connection, no answer in `timeout_seconds`, the connection ends, or the stream is full or has no leader",
                    "Tried again, after longer and longer, random times, 2 s at most; with JetStream under the same ids, so that nothing is there twice within the window. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over.",
                ),
                (
                    "With core, the connection ends while messages are on their way",
                    "They may be lost, and aren't sent again; `N_NATS_LOST` says up to how many.",
                ),
                (
                    "A message comes that the stream has already",
                    "It is there once. `N_NATS_DUPLICATE` says how many, at once, every minute and at the end.",
                ),
                (
                    "A record is larger than the server or the stream takes",
                    "It goes to the reject file, with the reason.",
                ),
                (
                    "No stream keeps the subject, or another one than `stream` does",
                    "`E_NATS_STREAM`; the run fails in front of the record, and goes on from there.",
                ),
                (
                    "The user or the secret is wrong, or this client isn't allowed to",
                    "`E_NATS_REFUSED`; the run fails in front of the record, and goes on from there.",
                ),
                (
                    "Without success for `give_up_after_seconds`",
                    "`E_PEER_DOWN`; the run fails, and goes on from the checkpoint.",
                ),
                (
                    "SIGTERM while the server doesn't answer",
                    "Tried for some seconds more, then `E_PEER_DOWN`; the next run goes on from the checkpoint.",
                ),
                (
                    "The process or the host ends",
                    "Records behind the checkpoint are published again: with JetStream under the ids that they had, so that a stream drops them within its window.",
                ),
            ],
        },
    }),
    page: include_str!("page.md"),
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_have_parts_and_wildcards_only_where_several_are_meant() {
        for good in ["orders", "orders.eu", "orders.*.new", "orders.>", ">", "*"] {
            assert!(is_subject(good, true), "{good}");
        }
        for bad in ["", ".", "orders.", ".eu", "a..b", "a*.b", "a.>.b", "a>"] {
            assert!(!is_subject(bad, true), "{bad}");
        }
        assert!(is_subject("orders.eu", false));
        assert!(!is_subject("orders.*", false) && !is_subject("orders.>", false));
    }
}
