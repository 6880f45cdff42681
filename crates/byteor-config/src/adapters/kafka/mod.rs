//! Kafka: a topic that a group reads, a topic that records are produced to.

use super::secured::{half_a_pair, in_clear, nothing_to_prove};
use super::{
    Adapter, BrokenRule, Delivery, Facts, Key, KeyKind, Lag, OtherEnd, Promised, Rules, Several,
    Side, SinkPromise, SinkSide, SourcePromise, SourceSide, Together, Told, choices, side,
};
use crate::net::split_authority;

choices! {
    /// Where a partition begins that the group has no position in.
    KafkaStart {
        /// At the oldest record.
        Start = "start", "At the oldest record", "Everything that the topic has.";
        /// Behind the newest one.
        End = "end", "Behind the newest record", "Only what is produced from now on.";
    }
}

choices! {
    /// How batches are made smaller.
    KafkaCompression {
        /// They aren't.
        None = "none", "None", "Batches go as they are.";
        /// By LZ4.
        Lz4 = "lz4", "LZ4", "Little work, and text becomes about half.";
        /// By Zstandard.
        Zstd = "zstd", "Zstandard", "Smallest, for some more work.";
    }
}

choices! {
    /// What becomes of a partition whose records at the group's position were removed.
    KafkaOutOfRange {
        /// It is read on at the oldest record.
        Earliest = "earliest", "Go on at the oldest record", "What is left is read, and it is told how much was removed.";
        /// It is read on behind the newest record.
        Latest = "latest", "Go on behind the newest record", "What is left is passed over, and it is told how much that is.";
        /// The run fails.
        Fail = "fail", "Fail", "Nothing is passed over before somebody looked.";
    }
}

choices! {
    /// When records come to be in the topic.
    KafkaDelivery {
        /// Each for itself.
        Acknowledged = "acknowledged", "Each for itself", "Readable at once; after a run that was cut off some are there twice.";
        /// In transactions, each with a checkpoint.
        Transactions = "transactions", "In transactions", "Readable by transactions, for those who read what is committed (read_committed): nothing is there twice.";
    }
}

choices! {
    /// How connections are secured.
    KafkaTls {
        /// They aren't.
        Off = "off", "No TLS", "For everybody on the way to read.";
        /// TLS, with brokers that prove themselves.
        Verify = "verify", "TLS", "Each broker has to prove itself by a certificate with its name.";
    }
}

choices! {
    /// How this client proves itself.
    KafkaSasl {
        /// It doesn't, or only by a certificate.
        None = "none", "Not by SASL", "Or by a certificate, with TLS.";
        /// By SCRAM over SHA-512.
        ScramSha512 = "scram_sha_512", "SCRAM-SHA-512", "A user and a password, which never leaves the host.";
        /// By SCRAM over SHA-256.
        ScramSha256 = "scram_sha_256", "SCRAM-SHA-256", "A user and a password, which never leaves the host.";
        /// By the password itself.
        Plain = "plain", "PLAIN", "A user and a password, which the brokers are sent: with TLS only.";
    }
}

impl KafkaSasl {
    /// The words with which there are a user and a password.
    const BY_PASSWORD: &'static [&'static str] = &["scram_sha_512", "scram_sha_256", "plain"];
}

const TLS: Key = Key::word(
    KafkaTls::CHOICES,
    "off",
    "TLS",
    "How connections are secured. Left out, as `off`. TLS and SASL are parts of an agent’s build: one without them says `E_KAFKA_TLS_LEFT_OUT`, here by Test connection, and `byteor-edgeplane capabilities` lists `kafka_tls` where they are there.",
)
.optional();
const AUTHORITIES: Key = Key::AUTHORITIES.with("tls", &["verify"]);
const CERTIFICATE: Key = Key::new(
    KeyKind::Path,
    "Certificate",
    "With TLS: a file with this client’s certificate and those that speak for it, in PEM form, where the brokers ask for one.",
)
.with("tls", &["verify"]);
const CERTIFICATE_KEY: Key = Key::new(
    KeyKind::Secret,
    "Secret with the certificate’s key",
    "The name of a secret that holds the key, in PEM form.",
)
.with("tls", &["verify"]);
const SASL: Key = Key::word(
    KafkaSasl::CHOICES,
    "none",
    "Proof by SASL",
    "How this client proves who it is. Left out, as `none`. As TLS, a part of an agent’s build.",
)
.optional();
const USER: Key = Key::new(KeyKind::Text, "User", "With SASL: the user of the cluster.")
    .with("sasl", KafkaSasl::BY_PASSWORD);
const PASSWORD: Key = Key::new(
    KeyKind::Secret,
    "Secret of the password",
    "With SASL: the name of a secret that the user proves itself by.",
)
.with("sasl", KafkaSasl::BY_PASSWORD);

const SERVERS: Key = Key::new(
    KeyKind::Text,
    "Servers",
    "HOST:PORT of one or more brokers, with commas between; they tell where the others are. The host’s owner must allow each that is reached.",
);
const TOPIC: Key = Key::new(KeyKind::Text, "Topic", "It has to be there: none is made.");
const TIMEOUT: Key = Key::number(
    (1, 600, "seconds"),
    "10",
    "Longest wait, in seconds",
    "For an answer; then it is said that the cluster doesn’t answer.",
);

side! {
    /// Reading a topic.
    KafkaIngress {
        /// The brokers.
        servers: String = SERVERS;
        /// The topic.
        topic: String = TOPIC;
        /// The group.
        group: String = Key::new(
            KeyKind::Text, "Group",
            "The consumer group: its members divide the partitions among them, and its position is kept by the cluster.",
        ).or("byteor");
        /// Where a partition without a position begins.
        start: KafkaStart = Key::word(
            KafkaStart::CHOICES, "start", "Where to begin",
            "Where the group has no position in a partition yet; otherwise it goes on where it was.",
        );
        /// What becomes of a partition whose records at its position are gone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        out_of_range: Option<KafkaOutOfRange> = Key::word(
            KafkaOutOfRange::CHOICES, "earliest", "Where the position is gone",
            "Where the topic removed records before they were read, or was made anew. Left out, as `earliest`.",
        ).optional();
        /// The most bytes that are in memory.
        in_flight_bytes: u32 = Key::number(
            (65_536, 1_073_741_824, "bytes"), "16777216", "In memory at most, in bytes",
            "Records that were read and don’t last yet; as much again is fetched ahead. Larger than the topic’s largest record.",
        );
        /// When the others take a member for gone.
        session_seconds: u32 = Key::number(
            (1, 1800, "seconds"), "45", "Gone after, in seconds",
            "When the group gives a member’s partitions to others that it doesn’t hear from. The cluster has bounds for it, often 6 to 1800.",
        );
        /// How long to wait.
        timeout_seconds: u32 = TIMEOUT;
        /// How connections are secured.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        tls: Option<KafkaTls> = TLS;
        /// Who speaks for the brokers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        authorities: Option<String> = AUTHORITIES;
        /// The certificate of this client.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        certificate: Option<String> = CERTIFICATE;
        /// The secret with its key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        certificate_key: Option<String> = CERTIFICATE_KEY;
        /// How this client proves itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        sasl: Option<KafkaSasl> = SASL;
        /// The user.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        user: Option<String> = USER;
        /// The secret with the password.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        password: Option<String> = PASSWORD;
    }
}

side! {
    /// Producing to a topic.
    KafkaEgress {
        /// The brokers.
        servers: String = SERVERS;
        /// The topic.
        topic: String = TOPIC;
        /// Where in a record its key stands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        key: Option<String> = Key::new(
            KeyKind::Pointer, "Key of a record",
            "A JSON pointer to the text or number that a record’s key is, such as /customer/id. Records of one key go to one partition, in their order. Left out, records have no key and go to any partition.",
        ).optional();
        /// When records come to be.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        delivery: Option<KafkaDelivery> = Key::word(
            KafkaDelivery::CHOICES, "acknowledged", "Delivery",
            "When records come to be in the topic. Left out, as `acknowledged`.",
        ).optional();
        /// How often a transaction is committed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        transaction_milliseconds: Option<u32> = Key::new(
            KeyKind::Number { min: 10, max: 60_000, unit: "milliseconds" }, "A transaction each, in milliseconds",
            "With transactions: how often one is committed while records come; sooner where a quarter of `in_flight_bytes` waits. Left out, 100.",
        ).with("delivery", &["transactions"]);
        /// When the cluster aborts a transaction.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        transaction_timeout_seconds: Option<u32> = Key::new(
            KeyKind::Number { min: 1, max: 900, unit: "seconds" }, "Aborted after, in seconds",
            "With transactions: when the cluster aborts one that nobody ends; readers of what is committed, and who takes over partitions of the source, wait for that after a host was lost. Left out, 15.",
        ).with("delivery", &["transactions"]);
        /// What the transactional id begins with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        transaction_prefix: Option<String> = Key::new(
            KeyKind::Text, "Transactional id begins with",
            "With transactions: behind it stand a hyphen and the number of the checkpoint, so each pipeline has an id of its own, and the same one after it was started again. Left out, byteor.",
        ).with("delivery", &["transactions"]);
        /// How batches are made smaller.
        compression: KafkaCompression = Key::word(
            KafkaCompression::CHOICES, "none", "Compression", "What the brokers keep, and readers undo.",
        );
        /// The most bytes of a batch.
        batch_bytes: u32 = Key::number(
            (1024, 16_777_216, "bytes"), "1000000", "Bytes of a batch at most",
            "What goes to one partition at once; not more than the topic’s max.message.bytes.",
        );
        /// The most bytes that are in memory.
        in_flight_bytes: u32 = Key::number(
            (65_536, 1_073_741_824, "bytes"), "16777216", "In memory at most, in bytes",
            "Records that the cluster hasn’t acknowledged yet; then the pipeline waits.",
        );
        /// How long to wait.
        timeout_seconds: u32 = TIMEOUT;
        /// How long to try again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        give_up_after_seconds: Option<u32> = Key::GIVE_UP_AFTER;
        /// How connections are secured.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        tls: Option<KafkaTls> = TLS;
        /// Who speaks for the brokers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        authorities: Option<String> = AUTHORITIES;
        /// The certificate of this client.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        certificate: Option<String> = CERTIFICATE;
        /// The secret with its key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        certificate_key: Option<String> = CERTIFICATE_KEY;
        /// How this client proves itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        sasl: Option<KafkaSasl> = SASL;
        /// The user.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        user: Option<String> = USER;
        /// The secret with the password.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        password: Option<String> = PASSWORD;
    }
}

/// The port of a broker that is named without one.
const PORT: u16 = 9092;

/// Host and port of each broker that `servers` names; nothing where it isn't such a list.
pub fn servers(servers: &str) -> Option<Vec<(&str, u16)>> {
    servers
        .split(',')
        .map(|one| {
            let (host, port) = split_authority(one)?;
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte);
            host.bytes()
                .all(plain)
                .then_some((host, port.unwrap_or(PORT)))
        })
        .collect()
}

/// Whether a cluster can have a topic of this name.
fn is_topic(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    name != "." && name != ".." && name.len() <= 249 && name.bytes().all(plain)
}

/// What of both sides says how connections are secured, and who this client is.
#[derive(Clone, Copy)]
pub struct Security<'a> {
    /// How connections are secured.
    pub tls: Option<KafkaTls>,
    /// Who speaks for the brokers.
    pub authorities: Option<&'a String>,
    /// The certificate of this client.
    pub certificate: Option<&'a String>,
    /// The secret with its key.
    pub certificate_key: Option<&'a String>,
    /// How this client proves itself.
    pub sasl: Option<KafkaSasl>,
    /// The user.
    pub user: Option<&'a String>,
    /// The secret with the password.
    pub password: Option<&'a String>,
}

impl Security<'_> {
    /// Whether connections speak TLS.
    pub fn has_tls(&self) -> bool {
        self.tls == Some(KafkaTls::Verify)
    }

    /// Whether a user proves itself by a password.
    pub fn has_sasl(&self) -> bool {
        self.sasl.is_some_and(|sasl| sasl != KafkaSasl::None)
    }

    fn broken(&self) -> Vec<BrokenRule> {
        let mut broken = Vec::new();
        let certified = self.certificate.is_some();
        if !self.has_tls() && (self.authorities.is_some() || certified) {
            let (key, what) = match self.authorities {
                Some(_) => ("authorities", "the authorities"),
                None => ("certificate", "the certificate"),
            };
            broken.push(nothing_to_prove(
                "a connection without TLS",
                "TLS",
                key,
                what,
            ));
        }
        broken.extend(half_a_pair(certified, self.certificate_key.is_some()));
        let named = [("user", self.user), ("password", self.password)];
        for (key, _) in named
            .into_iter()
            .filter(|(_, named)| named.is_some() != self.has_sasl())
        {
            let (message, help) = match self.has_sasl() {
                true => (
                    "A user proves itself by SASL, with a password.",
                    "Give the user and the secret of its password, or `none` for SASL.",
                ),
                false => (
                    "Nothing says how a user proves itself.",
                    "Say which SASL the cluster has, or leave the user and the password out.",
                ),
            };
            broken.push(BrokenRule {
                code: "E_CONFIG_KAFKA_SASL",
                key,
                message: message.into(),
                help: help.into(),
            });
        }
        if self.sasl == Some(KafkaSasl::Plain) && !self.has_tls() {
            broken.push(BrokenRule {
                help: "Use TLS, or SCRAM, which doesn't send the password.".into(),
                ..in_clear("TLS", "password")
            });
        }
        broken
    }
}

/// A side has them all under the same names.
macro_rules! security {
    ($($side:ident),+) => {$(
        impl $side {
            /// How connections are secured, and who this client is.
            pub fn security(&self) -> Security<'_> {
                Security {
                    tls: self.tls,
                    authorities: self.authorities.as_ref(),
                    certificate: self.certificate.as_ref(),
                    certificate_key: self.certificate_key.as_ref(),
                    sasl: self.sasl,
                    user: self.user.as_ref(),
                    password: self.password.as_ref(),
                }
            }
        }
    )+};
}

security!(KafkaIngress, KafkaEgress);

fn broken(named: &str, topic: &str, security: &Security<'_>) -> Vec<BrokenRule> {
    let mut broken = security.broken();
    if servers(named).is_none() {
        broken.push(BrokenRule {
            code: "E_CONFIG_KAFKA_SERVERS",
            key: "servers",
            message: "This is no list of brokers.".into(),
            help: "Give HOST:PORT, several with commas between and without spaces.".into(),
        });
    }
    if !is_topic(topic) {
        broken.push(BrokenRule {
            code: "E_CONFIG_KAFKA_TOPIC",
            key: "topic",
            message: "No topic can have this name.".into(),
            help: "Topics have names of letters, digits and . _ - with at most 249 characters."
                .into(),
        });
    }
    broken
}

impl Rules for KafkaIngress {
    const SEVERAL: Several = Several::Told(Told {
        own: &["group"],
        ..Told::by("topic")
    });

    fn broken(&self) -> Vec<BrokenRule> {
        broken(&self.servers, &self.topic, &self.security())
    }
}

impl Rules for KafkaEgress {
    const SEVERAL: Several = Several::Told(Told {
        not_with: &[(
            "delivery",
            "transactions",
            "each egress would commit a transaction of its own, and a checkpoint of all of them could hold for some only",
        )],
        ..Told::by("topic")
    });

    fn broken(&self) -> Vec<BrokenRule> {
        broken(&self.servers, &self.topic, &self.security())
    }
}

/// Records and how far their source is read, in one transaction.
pub static ONE_CLUSTER: Together = Together {
    kind: "kafka",
    same: &["servers"],
    sink: ("delivery", "transactions"),
    promised: Promised {
        delivery: Delivery::ExactlyOnce,
        title: "exactly once",
        because: "How far the group has read is committed in the transaction of the records that came of it.",
    },
};

const SECURITY: &str = "TLS 1.2 and 1.3 with `tls` `verify`: each broker is checked by its name, the one in `servers` or the one that another broker tells, against `authorities`; this client may prove itself by `certificate`. With `sasl` a user proves itself by SCRAM, which sends no password and has the broker prove that it knows it too, or by PLAIN, which is refused without TLS. Without TLS, who may read the network reads the records, and can try out passwords on what SCRAM says. Both need a build with OpenSSL, which Kafka's library has for them: a build without it refuses such a config (`E_KAFKA_TLS_LEFT_OUT`). What may be reached is the host's owner's to say (`--allow-net`): that holds for each broker that the cluster names, also one that it names later; a name is resolved anew for each connection, and only the addresses that are allowed are connected to.";

/// The declaration.
pub static ADAPTER: Adapter = Adapter {
    kind: "kafka",
    title: "Kafka",
    summary: "Records of a topic that a consumer group reads; or records that are produced to one.",
    ingress: Some(SourceSide {
        does: "Read a Kafka topic",
        keys: KafkaIngress::KEYS,
        promise: SourcePromise::Redelivers,
        otherwise: &[],
        lag: Lag::Told {
            unit: "records",
            means: "Records of this member's partitions that don't last yet, by the ends that come with each fetch. Not known before the first fetch of each partition.",
        },
        several: KafkaIngress::SEVERAL,
        facts: Facts {
            acknowledged: "The group's position in a partition goes behind a record when the record lasts: at the sink, in the reject file, or dropped by a stage, and in the checkpoint. Positions are committed about five times a second, when partitions go to another member, and at the end.",
            ordering: "Each partition's; between partitions none.",
            security: SECURITY,
            limits: "Records up to `in_flight_bytes`, and as much again that is fetched ahead. Records of transactions that were aborted or are still open aren't read (`read_committed`), nor are positions of the group used that such a one has. Key, headers and time of a record aren't seen by the pipeline.",
            other_end: OtherEnd::Divider,
            failures: &[
                (
                    "No broker can be reached",
                    "Tried again, after longer and longer, random times, half a second at most. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over.",
                ),
                (
                    "A broker is where the host's owner doesn't allow",
                    "`E_NET_NOT_ALLOWED` names it; the run fails.",
                ),
                (
                    "A broker's certificate is one that nobody speaks for, of another name or expired, or a broker speaks no TLS where it should",
                    "As where none can be reached: nothing is sent to it, and it is tried again.",
                ),
                (
                    "The user, the password or the kind of SASL is wrong",
                    "`E_KAFKA_REFUSED`; the run fails.",
                ),
                (
                    "The sink doesn't take records",
                    "Fetching pauses; the member stays in its group, and keeps its partitions.",
                ),
                (
                    "A record is larger than the pipeline's, or has no value",
                    "Counted as rejected, and written to the reject file: the record, or partition, offset and key of one without a value. The position goes on behind it.",
                ),
                (
                    "Records were removed before they were read, or the topic was made anew",
                    "`N_KAFKA_TRIMMED` says how many; the pipeline goes on where `out_of_range` says, or ends with `E_KAFKA_TRIMMED`.",
                ),
                (
                    "A partition goes to another member (`N_KAFKA_REVOKED`)",
                    "What was read of it may take up to 3 s to last; what doesn't by then comes again there. Partitions that stay aren't held up (cooperative rebalancing).",
                ),
                (
                    "The group took this member for gone",
                    "`N_KAFKA_REVOKED` says so; what didn't last comes again, here or elsewhere.",
                ),
                (
                    "There is no such topic, or the group or the topic isn't to be read by this client",
                    "`E_KAFKA_REFUSED` after some seconds; the run fails.",
                ),
                (
                    "SIGTERM",
                    "What was read is delivered and committed, and the member leaves its group.",
                ),
                (
                    "The process or the host ends",
                    "The group goes on from its position; what lasted behind that is there twice. A run over the same checkpoint has the member's partitions at once; otherwise others have them after `session_seconds`.",
                ),
                (
                    "Another run has the same name in the group, as over a copy of a checkpoint",
                    "`E_KAFKA_FENCED`; the older one fails.",
                ),
            ],
        },
    }),
    egress: Some(SinkSide {
        does: "Produce to a Kafka topic",
        keys: KafkaEgress::KEYS,
        promise: SinkPromise::Repeats,
        otherwise: &[("delivery", "transactions", SinkPromise::Exact)],
        several: KafkaEgress::SEVERAL,
        facts: Facts {
            acknowledged: "A record counts as delivered when all replicas in sync have it (`acks=all`). The producer is idempotent: what is sent again while the run lasts is there once. With transactions a record counts as delivered when its transaction is committed, which has with it the number of the checkpoint that speaks of it, and how far the group is where the source is of the same cluster.",
            ordering: "The pipeline's, for the records of one partition. Which one a key goes to is what Java's clients compute (murmur2).",
            security: SECURITY,
            limits: "`in_flight_bytes` in memory, with transactions up to three times as much; then the pipeline waits. Without transactions records behind the checkpoint are there twice after a run that was cut off; with them a record is readable once its transaction is committed. Transactions need the right to write with the transactional id, and to read the topic and the group of that name.",
            other_end: OtherEnd::Peer,
            failures: &[
                (
                    "No broker can be reached, or nothing is acknowledged for `timeout_seconds`",
                    "Tried again, after longer and longer, random times, half a second at most, in order and without doubles. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over.",
                ),
                (
                    "Without success for `give_up_after_seconds`",
                    "`E_PEER_DOWN`; the run fails, and goes on from the checkpoint.",
                ),
                (
                    "A broker is where the host's owner doesn't allow",
                    "`E_NET_NOT_ALLOWED` names it; the run fails.",
                ),
                (
                    "A broker's certificate is one that nobody speaks for, of another name or expired, or a broker speaks no TLS where it should",
                    "As where none can be reached: nothing is sent to it, and it is tried again.",
                ),
                (
                    "The user, the password or the kind of SASL is wrong",
                    "`E_KAFKA_REFUSED`; the run fails.",
                ),
                (
                    "A record has nothing that can be a key where `key` points, or isn't JSON",
                    "It is produced without a key, to any partition.",
                ),
                (
                    "A record is larger than the topic takes, or none that it takes, as one without a key where a topic is kept by keys",
                    "Without transactions: counted as rejected, and written to the reject file with the reason. Which one of a batch it is is found out; the others are sent again, those of a partition in their order. Only where the first batch of a run into a partition isn't taken, what was sent right behind it may be in front of the rest. A batch that is too large as a whole is made smaller. With transactions: `E_KAFKA_REFUSED`; the run fails, and so does the next one until the record is gone or the topic takes it.",
                ),
                (
                    "There is no such topic, or this client may not write to it",
                    "`E_KAFKA_REFUSED`; the run fails. Records of other batches behind it may be there already, and come again.",
                ),
                (
                    "The cluster lost what the idempotent producer builds upon",
                    "`E_KAFKA_FATAL`; the run fails, and goes on from the checkpoint.",
                ),
                (
                    "A transaction is aborted: by the cluster after `transaction_timeout_seconds`, or because the source's group divides itself anew",
                    "Its records are produced again in another one. Nobody who reads what is committed saw the first.",
                ),
                (
                    "A partition of the source went to another member before what was read of it was committed",
                    "The transaction isn't committed, and the run begins again by itself (`N_RUN_AGAIN`), from the checkpoint and the group's position: what its stages remember of those records is gone with it. With `--adapter-max-messages` it ends with `E_KAFKA_LOST`.",
                ),
                (
                    "Another run has the same transactional id, as over a copy of a checkpoint",
                    "`E_KAFKA_FENCED`; the older one fails.",
                ),
                (
                    "The checkpoint is older than the last transaction, as after a backup was restored",
                    "`E_KAFKA_AHEAD`; the run doesn't go on as if nothing were there.",
                ),
                (
                    "A run was cut off while it committed, and the next one has another topic, cluster or `transaction_prefix`, or another sink",
                    "`E_CHECKPOINT_UNDECIDED`: only the cluster knows whether the last transaction is there.",
                ),
                (
                    "SIGTERM while nothing is acknowledged",
                    "Tried for some seconds more, then `E_PEER_DOWN`; the next run goes on from the checkpoint.",
                ),
                (
                    "The process or the host ends",
                    "Records behind the checkpoint are produced again. With transactions the next run asks the cluster whether the last one is there; what isn't committed was never readable.",
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
    fn what_doesn_t_fit_together_is_named_by_its_key() {
        let some = String::from("x");
        let none = Security {
            tls: None,
            authorities: None,
            certificate: None,
            certificate_key: None,
            sasl: None,
            user: None,
            password: None,
        };
        let user = |sasl, tls| Security {
            tls,
            sasl: Some(sasl),
            user: Some(&some),
            password: Some(&some),
            ..none
        };
        let tls = Some(KafkaTls::Verify);
        let own = Security {
            tls,
            authorities: Some(&some),
            certificate: Some(&some),
            certificate_key: Some(&some),
            ..none
        };
        let sasl = "E_CONFIG_KAFKA_SASL";
        for (security, wanted) in [
            (none, vec![]),
            (own, vec![]),
            (user(KafkaSasl::ScramSha256, None), vec![]),
            (user(KafkaSasl::ScramSha512, tls), vec![]),
            (user(KafkaSasl::Plain, tls), vec![]),
            (
                user(KafkaSasl::Plain, Some(KafkaTls::Off)),
                vec![("E_CONFIG_TOKEN_IN_CLEAR", "password")],
            ),
            (
                user(KafkaSasl::None, tls),
                vec![(sasl, "user"), (sasl, "password")],
            ),
            (
                Security {
                    password: None,
                    ..user(KafkaSasl::ScramSha256, tls)
                },
                vec![(sasl, "password")],
            ),
            (
                Security { tls: None, ..own },
                vec![("E_CONFIG_AUTHORITIES", "authorities")],
            ),
            (
                Security {
                    tls: None,
                    authorities: None,
                    ..own
                },
                vec![("E_CONFIG_AUTHORITIES", "certificate")],
            ),
            (
                Security {
                    certificate_key: None,
                    ..own
                },
                vec![("E_CONFIG_CERTIFICATE", "certificate_key")],
            ),
        ] {
            let found: Vec<_> = security
                .broken()
                .into_iter()
                .map(|rule| (rule.code, rule.key))
                .collect();
            assert_eq!(found, wanted);
        }
    }
}
