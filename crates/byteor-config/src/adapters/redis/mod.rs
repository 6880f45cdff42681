//! Redis Streams: entries that a consumer group reads, entries that are added.

use super::secured::{in_clear, nothing_to_prove};
use super::{
    Adapter, BrokenRule, Facts, Key, KeyKind, Lag, OtherEnd, Rules, Several, Side, SinkPromise,
    SinkSide, SourcePromise, SourceSide, Told, choices, side,
};
use crate::net::{authority, stays_on_the_host, target};

choices! {
    /// Where a group that isn't there yet begins.
    RedisStart {
        /// At the oldest entry.
        Start = "start", "At the oldest entry", "Everything that the stream has.";
        /// Behind the newest one.
        End = "end", "Behind the newest entry", "Only what is added from now on.";
    }
}

const URL: Key = Key::new(
    KeyKind::Url {
        schemes: &["rediss", "redis"],
    },
    "Server",
    "Host and port, with the number of the database as the path where it isn’t 0; rediss speaks TLS. The host’s owner must allow it.",
);
const STREAM: Key = Key::new(
    KeyKind::Text,
    "Stream",
    "The key of the stream. One that isn’t there is made.",
);
const FIELD: Key = Key::new(
    KeyKind::Text,
    "Field",
    "The field of an entry that the record stands in.",
)
.or("record");
const TIMEOUT: Key = Key::number(
    (1, 600, "seconds"),
    "10",
    "Longest wait, in seconds",
    "For a connection and for an answer; then it is tried again.",
);
const USER: Key = Key::new(
    KeyKind::Text,
    "User",
    "The user of the server; left out, its default one.",
)
.optional();
const PASSWORD: Key = Key::new(
    KeyKind::Secret,
    "Secret of the password",
    "The name of a secret that the user proves itself by.",
)
.optional();

side! {
    /// Reading a stream.
    RedisIngress {
        /// The server.
        url: String = URL;
        /// The stream.
        stream: String = STREAM;
        /// The group.
        group: String = Key::new(
            KeyKind::Text, "Group", "The consumer group. One that isn’t there is made.",
        ).or("byteor");
        /// Who reads for it.
        consumer: String = Key::new(
            KeyKind::Text, "Consumer",
            "Who reads for the group; {host} stands for the host’s name, so that each host is one of its own.",
        ).or("{host}");
        /// Where a new group begins.
        start: RedisStart = Key::word(
            RedisStart::CHOICES, "start", "Where to begin",
            "Where the group isn’t there yet; otherwise it goes on where it was.",
        );
        /// The field with the record.
        field: String = FIELD;
        /// The most entries of a read.
        batch_records: u32 = Key::number(
            (1, 10_000, "entries"), "500", "Entries a read at most", "What is there is read at once, up to this.",
        );
        /// The most bytes that are in memory.
        in_flight_bytes: u32 = Key::number(
            (65_536, 1_073_741_824, "bytes"), "16777216", "In memory at most, in bytes",
            "Entries that were read and don’t last yet; then nothing is read.",
        );
        /// When entries of others are taken over.
        claim_after_seconds: u32 = Key::number(
            (1, 86_400, "seconds"), "60", "Take over after, in seconds",
            "Entries that another consumer read and didn’t acknowledge for this long. Longer than a sink may be down, or they come twice.",
        );
        /// How long to wait.
        timeout_seconds: u32 = TIMEOUT;
        /// The user.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        user: Option<String> = USER;
        /// The secret with the password.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        password: Option<String> = PASSWORD;
        /// Who speaks for the server.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        authorities: Option<String> = Key::AUTHORITIES;
    }
}

side! {
    /// Adding to a stream.
    RedisEgress {
        /// The server.
        url: String = URL;
        /// The stream.
        stream: String = STREAM;
        /// The field with the record.
        field: String = FIELD;
        /// How many entries the stream keeps.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        keep_entries: Option<u32> = Key::new(
            KeyKind::Number { min: 1, max: 1_000_000_000, unit: "entries" }, "Entries that are kept",
            "About how many entries the stream keeps, the newest; left out, all, until somebody else trims it.",
        ).optional();
        /// The most records that are sent at once.
        batch_records: u32 = Key::number(
            (1, 10_000, "records"), "500", "Records at once at most",
            "What is there when the server is ready is sent at once, up to this.",
        );
        /// The most bytes of them.
        batch_bytes: u32 = Key::number(
            (1, 16_777_216, "bytes"), "1048576", "Bytes at once at most", "A single record may be larger.",
        );
        /// How long to wait.
        timeout_seconds: u32 = TIMEOUT;
        /// How long to try again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        give_up_after_seconds: Option<u32> = Key::GIVE_UP_AFTER;
        /// The user.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        user: Option<String> = USER;
        /// The secret with the password.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        password: Option<String> = PASSWORD;
        /// Who speaks for the server.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        authorities: Option<String> = Key::AUTHORITIES;
    }
}

/// The number of the database that a URL names.
pub fn database(url: &str) -> Option<u32> {
    let path = target(url);
    match path.strip_prefix('/')? {
        "" => Some(0),
        number => number
            .parse()
            .ok()
            .filter(|read: &u32| read.to_string() == number),
    }
}

fn broken(url: &str, password: bool, authorities: bool) -> Vec<BrokenRule> {
    let secured = url.starts_with("rediss://");
    let mut broken = Vec::new();
    if !authority(url).is_empty() && database(url).is_none() {
        broken.push(BrokenRule {
            code: "E_CONFIG_REDIS_DATABASE",
            key: "url",
            message: "The path is no number of a database.".into(),
            help: "Give a URL such as redis://127.0.0.1:6379 or redis://127.0.0.1:6379/1.".into(),
        });
    }
    if authorities && !secured {
        let what = "the authorities";
        broken.push(nothing_to_prove("redis", "rediss", "authorities", what));
    }
    if password && !secured && !stays_on_the_host(url) {
        broken.push(in_clear("rediss", "password"));
    }
    broken
}

impl Rules for RedisIngress {
    const SEVERAL: Several = Several::Told(Told::by("stream"));

    fn broken(&self) -> Vec<BrokenRule> {
        broken(
            &self.url,
            self.password.is_some(),
            self.authorities.is_some(),
        )
    }
}

impl Rules for RedisEgress {
    const SEVERAL: Several = Several::Told(Told::by("stream"));

    fn broken(&self) -> Vec<BrokenRule> {
        broken(
            &self.url,
            self.password.is_some(),
            self.authorities.is_some(),
        )
    }
}

const SECURITY: &str = "TLS 1.2 and 1.3 over rediss; the server is checked by name against `authorities`. A user and a password, which is refused over redis but to the host itself. What may be reached is the host's owner's to say (`--allow-net`); names are resolved once for each connection, and no other server that this one names is followed.";

/// The declaration.
pub static ADAPTER: Adapter = Adapter {
    kind: "redis",
    title: "Redis Streams",
    summary: "Entries of a Redis stream that a consumer group reads; or entries that are added to one.",
    ingress: Some(SourceSide {
        does: "Read a Redis stream",
        keys: RedisIngress::KEYS,
        promise: SourcePromise::Redelivers,
        otherwise: &[],
        lag: Lag::Told {
            unit: "entries",
            means: "Entries that nobody of the group read yet, and those that were read and aren't acknowledged, by whichever consumer: what `XINFO GROUPS` says as `lag` and `pending`, asked for once a second. Not known before Redis 7, and where entries were deleted in between.",
        },
        several: RedisIngress::SEVERAL,
        facts: Facts {
            acknowledged: "An entry is acknowledged (`XACK`) when its record lasts: at the sink, in the reject file, or dropped by a stage, and in the checkpoint.",
            ordering: "The stream's for one consumer, but for entries that come again or are taken over; between several consumers of a group none.",
            security: SECURITY,
            limits: "Entries up to `in_flight_bytes`, and one read of `batch_records` besides. Redis 6.2 or newer; one server, no cluster and no sentinel.",
            other_end: OtherEnd::Peer,
            failures: &[
                (
                    "No connection, no answer in `timeout_seconds`, or the server loads, follows another or is full",
                    "Tried again, after longer and longer, random times, 2 s at most. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over.",
                ),
                (
                    "An entry has no such field",
                    "Counted as rejected; its id and its fields go to the reject file, and it is acknowledged.",
                ),
                (
                    "Entries were removed before they were read, or before they were delivered",
                    "`N_REDIS_TRIMMED` says how many, the first from Redis 7 on; the pipeline goes on.",
                ),
                (
                    "Another consumer of the group ends",
                    "What it read and didn't acknowledge is taken over after `claim_after_seconds`.",
                ),
                (
                    "The user, the password or the kind of the key is wrong",
                    "`E_REDIS_REFUSED`; the run fails.",
                ),
                ("SIGTERM", "What was read is delivered and acknowledged."),
                (
                    "The process or the host ends",
                    "The next run of the same consumer begins with what wasn't acknowledged; what of it lasted already is there twice.",
                ),
            ],
        },
    }),
    egress: Some(SinkSide {
        does: "Add to a Redis stream",
        keys: RedisEgress::KEYS,
        promise: SinkPromise::Repeats,
        otherwise: &[],
        several: RedisEgress::SEVERAL,
        facts: Facts {
            acknowledged: "Records count as delivered when the server answered each `XADD` of a batch. How much of that outlives the server is its `appendfsync`'s to say: with `always` all.",
            ordering: "The pipeline's: one batch at a time.",
            security: SECURITY,
            limits: "Batches up to `batch_records` and `batch_bytes`; as much again waits in memory, and then the pipeline does.",
            other_end: OtherEnd::Peer,
            failures: &[
                (
                    "No connection, no answer in `timeout_seconds`, or the server loads, follows another or is full",
                    "The batch is tried again, after longer and longer, random times, 2 s at most; what of it was added already is there twice. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over.",
                ),
                (
                    "Without success for `give_up_after_seconds`",
                    "`E_PEER_DOWN`; the run fails, and goes on from the checkpoint.",
                ),
                (
                    "The user, the password or the kind of the key is wrong",
                    "`E_REDIS_REFUSED`; the run fails in front of the batch, and goes on from there.",
                ),
                (
                    "SIGTERM while the server doesn't answer",
                    "Tried for some seconds more, then `E_PEER_DOWN`; the next run goes on from the checkpoint.",
                ),
                (
                    "The process or the host ends",
                    "Records behind the checkpoint are added again.",
                ),
            ],
        },
    }),
    page: include_str!("page.md"),
};
