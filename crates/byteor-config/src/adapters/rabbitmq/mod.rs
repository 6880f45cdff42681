//! RabbitMQ Streams: records of a stream that are read by their offsets, records that are published.

use super::secured::{in_clear, nothing_to_prove};
use super::{
    Adapter, BrokenRule, Facts, Key, KeyKind, Lag, OtherEnd, Rules, Several, Side, SinkPromise,
    SinkSide, SourcePromise, SourceSide, Told, choices, side,
};
use crate::net::{authority, stays_on_the_host, target};

choices! {
    /// Where a pipeline without a position begins.
    RabbitmqStart {
        /// At the oldest record.
        Start = "start", "At the oldest record", "Everything that the stream has.";
        /// Behind the newest one.
        End = "end", "Behind the newest record", "Only what is published from now on.";
    }
}

const URL: Key = Key::new(
    KeyKind::Url {
        schemes: &["amqps", "amqp"],
    },
    "Server",
    "Host and port; amqps speaks TLS. The host’s owner must allow it.",
);
const VIRTUAL_HOST: Key = Key::new(
    KeyKind::Text,
    "Virtual host",
    "Where the stream is on the server.",
)
.or("/");
const STREAM: Key = Key::new(
    KeyKind::Text,
    "Stream",
    "A queue of the type stream, which has to be there.",
);
const TIMEOUT: Key = Key::number(
    (1, 600, "seconds"),
    "10",
    "Longest wait, in seconds",
    "For a connection and for an answer; then it is tried again.",
);
const USER: Key = Key::new(KeyKind::Text, "User", "The user of the server.");
const PASSWORD: Key = Key::new(
    KeyKind::Secret,
    "Secret of the password",
    "The name of a secret that the user proves itself by.",
);

side! {
    /// Reading a stream.
    RabbitmqIngress {
        /// The server.
        url: String = URL;
        /// The virtual host.
        virtual_host: String = VIRTUAL_HOST;
        /// The stream.
        stream: String = STREAM;
        /// Where to begin.
        start: RabbitmqStart = Key::word(
            RabbitmqStart::CHOICES, "start", "Where to begin",
            "Where the checkpoint has no position yet; otherwise it goes on behind that.",
        );
        /// The most records that the server sends ahead.
        ahead_records: u32 = Key::number(
            (1, 10_000, "records"), "1000", "Records ahead at most",
            "What the server sends before the pipeline has room for it.",
        );
        /// The most bytes that are in memory.
        in_flight_bytes: u32 = Key::number(
            (65_536, 1_073_741_824, "bytes"), "16777216", "In memory at most, in bytes",
            "Records that were read and don’t last yet; then nothing is asked for.",
        );
        /// How long to wait.
        timeout_seconds: u32 = TIMEOUT;
        /// The user.
        user: String = USER;
        /// The secret with the password.
        password: String = PASSWORD;
        /// Who speaks for the server.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        authorities: Option<String> = Key::AUTHORITIES;
    }
}

side! {
    /// Publishing to a stream.
    RabbitmqEgress {
        /// The server.
        url: String = URL;
        /// The virtual host.
        virtual_host: String = VIRTUAL_HOST;
        /// The stream.
        stream: String = STREAM;
        /// The most records that are on their way.
        in_flight_records: u32 = Key::number(
            (1, 10_000, "records"), "500", "On their way at most",
            "Records that were sent and that the server didn’t confirm yet.",
        );
        /// The most bytes that wait.
        in_flight_bytes: u32 = Key::number(
            (65_536, 1_073_741_824, "bytes"), "1048576", "Waiting at most, in bytes",
            "Records that wait to be sent; then the pipeline waits.",
        );
        /// How long to wait.
        timeout_seconds: u32 = TIMEOUT;
        /// How long to try again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        give_up_after_seconds: Option<u32> = Key::GIVE_UP_AFTER;
        /// The user.
        user: String = USER;
        /// The secret with the password.
        password: String = PASSWORD;
        /// Who speaks for the server.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        authorities: Option<String> = Key::AUTHORITIES;
    }
}

/// The longest name that the protocol has room for, in bytes.
const LONGEST: usize = 255;

fn broken(url: &str, names: [(&'static str, &str); 3], authorities: bool) -> Vec<BrokenRule> {
    let secured = url.starts_with("amqps://");
    let mut broken = Vec::new();
    if !authority(url).is_empty() && target(url) != "/" {
        broken.push(BrokenRule {
            code: "E_CONFIG_RABBITMQ_URL",
            key: "url",
            message: "The URL says more than where the server is.".into(),
            help: "Give a URL such as amqp://127.0.0.1:5672, and the virtual host by its own key."
                .into(),
        });
    }
    for (key, name) in names {
        if name.len() > LONGEST {
            broken.push(BrokenRule {
                code: "E_CONFIG_RABBITMQ_NAME",
                key,
                message: "The name is longer than 255 bytes.".into(),
                help: "Give the name as the server has it.".into(),
            });
        }
    }
    if authorities && !secured {
        let what = "the authorities";
        broken.push(nothing_to_prove("amqp", "amqps", "authorities", what));
    }
    if !secured && !stays_on_the_host(url) {
        broken.push(BrokenRule {
            help: "Use amqps.".into(),
            ..in_clear("amqps", "password")
        });
    }
    broken
}

impl Rules for RabbitmqIngress {
    const SEVERAL: Several = Several::Told(Told::by("stream"));

    fn broken(&self) -> Vec<BrokenRule> {
        let names = [
            ("virtual_host", &*self.virtual_host),
            ("stream", &*self.stream),
            ("user", &*self.user),
        ];
        broken(&self.url, names, self.authorities.is_some())
    }
}

impl Rules for RabbitmqEgress {
    const SEVERAL: Several = Several::Told(Told::by("stream"));

    fn broken(&self) -> Vec<BrokenRule> {
        let names = [
            ("virtual_host", &*self.virtual_host),
            ("stream", &*self.stream),
            ("user", &*self.user),
        ];
        broken(&self.url, names, self.authorities.is_some())
    }
}

const SECURITY: &str = "TLS 1.2 and 1.3 over amqps; the server is checked by name against `authorities`, and no certificate of this client is offered. A user and a password, which are refused over amqp but to the host itself. What may be reached is the host's owner's to say (`--allow-net`); names are resolved once for each connection, and no other server that this one names is followed.";

/// The declaration.
pub static ADAPTER: Adapter = Adapter {
    kind: "rabbitmq",
    title: "RabbitMQ Streams",
    summary: "Records of a RabbitMQ stream, read by their offsets; or records that are published to one, each confirmed.",
    ingress: Some(SourceSide {
        does: "Read a RabbitMQ stream",
        keys: RabbitmqIngress::KEYS,
        promise: SourcePromise::Resumes,
        otherwise: &[],
        lag: Lag::Unknown {
            because: "AMQP doesn't tell where a stream ends. On the server, `rabbitmqctl list_queues name messages` says how many records it has in all.",
        },
        several: RabbitmqIngress::SEVERAL,
        facts: Facts {
            acknowledged: "Nothing, to the server: a stream keeps its records whoever read them. How far the pipeline is stands in its checkpoint, once a record lasts: at the sink, in the reject file, or dropped by a stage.",
            ordering: "The stream's.",
            security: SECURITY,
            limits: "Records up to `in_flight_bytes`, and `ahead_records` besides. RabbitMQ 3.9 or newer, over AMQP 0.9.1, which has no single active consumer of a stream: each run that reads one gets all of it. Properties of a record aren't seen by the pipeline. With `start` `end`, what comes while no run is there isn't read before the first record is in the checkpoint.",
            other_end: OtherEnd::Peer,
            failures: &[
                (
                    "No connection, no answer in `timeout_seconds`, or the connection ends",
                    "Tried again, after longer and longer, random times, 2 s at most; the pipeline goes on behind the last record that it has. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over.",
                ),
                (
                    "The sink doesn't take records",
                    "Nothing more is asked for, and the connection stays.",
                ),
                (
                    "Records were removed before they were read",
                    "`N_RABBITMQ_TRIMMED` says up to how many; the pipeline goes on at the oldest that is there. A receiver that keeps numbers may take the next ones for those that a run which was cut off had sent.",
                ),
                (
                    "The stream ends before the position, or has another record there",
                    "`N_RABBITMQ_NEW` says that it was made anew, or lost records; it is read from its beginning.",
                ),
                (
                    "The checkpoint speaks of another stream or virtual host",
                    "`N_RABBITMQ_OTHER`; the pipeline begins where `start` says.",
                ),
                (
                    "There is no such queue, or it is no stream",
                    "`E_RABBITMQ_STREAM`; the run fails.",
                ),
                (
                    "A record is larger than all that may be in memory",
                    "`E_RABBITMQ_RECORD`; the run fails in front of it.",
                ),
                (
                    "The user, the password or the virtual host is wrong, or this user isn't allowed to",
                    "`E_RABBITMQ_REFUSED`; the run fails.",
                ),
                (
                    "SIGTERM",
                    "What was read is delivered, and the position behind it saved.",
                ),
                (
                    "The process or the host ends",
                    "The next run goes on where the checkpoint ends.",
                ),
            ],
        },
    }),
    egress: Some(SinkSide {
        does: "Publish to a RabbitMQ stream",
        keys: RabbitmqEgress::KEYS,
        promise: SinkPromise::Numbered,
        otherwise: &[],
        several: RabbitmqEgress::SEVERAL,
        facts: Facts {
            acknowledged: "A record counts as delivered when the server confirmed it: a stream has it on most of its replicas.",
            ordering: "The pipeline's, but for records that come again.",
            security: SECURITY,
            limits: "`in_flight_records` are on their way; up to `in_flight_bytes` wait in memory, and then the pipeline does. Streams deduplicate by publishing ids only, which AMQP 0.9.1 doesn't have: a record that is sent again is there twice, with the same `message-id`, which follows from the pipeline's checkpoint and the record's number. With a source whose senders send again, a new run's numbers are others.",
            other_end: OtherEnd::Peer,
            failures: &[
                (
                    "No connection, no answer in `timeout_seconds`, the connection ends, or the server doesn't take a record",
                    "All that isn't confirmed is sent again, in order, after longer and longer, random times, 2 s at most; what the server had already is there twice. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over.",
                ),
                (
                    "There is no such queue",
                    "`E_RABBITMQ_STREAM`; the run fails in front of the record, and goes on from there.",
                ),
                (
                    "The user, the password or the virtual host is wrong, or this user isn't allowed to",
                    "`E_RABBITMQ_REFUSED`; the run fails in front of the record, and goes on from there.",
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
                    "Records behind the checkpoint are published again, under the ids that they had.",
                ),
            ],
        },
    }),
    page: include_str!("page.md"),
};
