//! S3: objects that are read in the order of their keys, objects that are named by their first record.

use super::secured::nothing_to_prove;
use super::{
    Adapter, BrokenRule, Facts, Key, KeyKind, Lag, OtherEnd, Rules, Several, Side, SinkPromise,
    SinkSide, SourcePromise, SourceSide, Told, choices, side,
};
use crate::net::{authority, target};

choices! {
    /// Where a request names the bucket.
    S3Addressing {
        /// In the path.
        Path = "path", "In the path", "As most servers of others have it: https://HOST/BUCKET/KEY.";
        /// In front of the host.
        Host = "host", "In the host’s name", "As AWS has it: https://BUCKET.HOST/KEY; the host’s owner must allow that name.";
    }
}

choices! {
    /// How records stand in an object.
    S3Framing {
        /// One record a line.
        Lines = "lines", "Lines", "One record a line; a line feed at the very end begins no other.";
        /// Before each record stands its length.
        Prefixed = "prefixed", "Length before each",
            "Before each record stands its length, four bytes, the greatest first; records may hold anything.";
    }
}

choices! {
    /// How objects that are read are compressed.
    S3Packed {
        /// As their names say.
        Name = "name", "As the name ends", "gzip for .gz, Zstandard for .zst, and otherwise not at all.";
        /// Not at all.
        None = "none", "Not at all", "Objects are read as they are.";
        /// By gzip.
        Gzip = "gzip", "gzip", "Each object.";
        /// By Zstandard.
        Zstd = "zstd", "Zstandard", "Each object.";
    }
}

choices! {
    /// How objects that are written are compressed.
    S3Compression {
        /// Not at all.
        None = "none", "Not at all", "Objects are records and nothing else.";
        /// By gzip.
        Gzip = "gzip", "gzip", "Names end with .gz.";
        /// By Zstandard.
        Zstd = "zstd", "Zstandard", "Names end with .zst.";
    }
}

choices! {
    /// What happens behind the last object.
    S3Mode {
        /// Look again.
        Follow = "follow", "Wait for more", "Looks again now and then for objects whose keys come later.";
        /// End.
        StopAtEnd = "stop_at_end", "Stop there", "Drains, and ends.";
    }
}

const URL: Key = Key::new(
    KeyKind::Url {
        schemes: &["https", "http"],
    },
    "Server",
    "Host and port, such as https://s3.eu-central-1.amazonaws.com. The host’s owner must allow it.",
);
const BUCKET: Key = Key::new(
    KeyKind::Text,
    "Bucket",
    "The bucket that has the objects. It has to be there.",
);
const ADDRESSING: Key = Key::word(
    S3Addressing::CHOICES,
    "path",
    "The bucket’s name stands",
    "Where a request names the bucket.",
);
const REGION: Key = Key::new(
    KeyKind::Text,
    "Region",
    "What requests are signed for; a server without regions takes any.",
)
.or("us-east-1");
const TIMEOUT: Key = Key::number(
    (1, 600, "seconds"),
    "30",
    "Longest wait, in seconds",
    "For a connection, for an answer, and for more of one; then it is tried again.",
);
const ACCESS_KEY: Key = Key::new(
    KeyKind::Secret,
    "Secret with the access key’s id",
    "The name of a secret whose file holds the id; left out, nobody is named, for what everybody may do.",
)
.optional();
const SECRET_KEY: Key = Key::new(
    KeyKind::Secret,
    "Secret with the secret key",
    "The name of a secret whose file holds the key. It signs requests and isn’t sent.",
)
.optional();

side! {
    /// Reading objects.
    S3Ingress {
        /// The server.
        url: String = URL;
        /// The bucket.
        bucket: String = BUCKET;
        /// Where a request names it.
        addressing: S3Addressing = ADDRESSING;
        /// The region.
        region: String = REGION;
        /// What keys begin with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        prefix: Option<String> = Key::new(
            KeyKind::Text, "Prefix", "What the keys that are read begin with; left out, all.",
        ).optional();
        /// Behind which key a first run begins.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        start_after: Option<String> = Key::new(
            KeyKind::Text, "Begin behind the key",
            "At the first run; later ones go on where the one before ended. Left out, at the first key.",
        ).optional();
        /// What happens behind the last object.
        mode: S3Mode = Key::word(
            S3Mode::CHOICES, "follow", "Behind the last object", "What happens once every object was read.",
        );
        /// How records are cut.
        framing: S3Framing = Key::word(
            S3Framing::CHOICES, "lines", "Records in an object", "How records are cut from an object.",
        );
        /// How objects are compressed.
        compression: S3Packed = Key::word(
            S3Packed::CHOICES, "name", "Compression", "How the objects are compressed.",
        );
        /// The most bytes that are in memory.
        in_flight_bytes: u32 = Key::number(
            (131_072, 1_073_741_824, "bytes"), "16777216", "In memory at most, in bytes",
            "Records that were read and don’t last yet; then nothing is read.",
        );
        /// How long to wait where nothing came.
        poll_seconds: u32 = Key::number(
            (1, 86_400, "seconds"), "10", "Looks again after, in seconds", "Where there was no object behind the last.",
        );
        /// How long to wait.
        timeout_seconds: u32 = TIMEOUT;
        /// The secret with the id of the access key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        access_key: Option<String> = ACCESS_KEY;
        /// The secret with the secret key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        secret_key: Option<String> = SECRET_KEY;
        /// Who speaks for the server.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        authorities: Option<String> = Key::AUTHORITIES;
    }
}

side! {
    /// Writing objects.
    S3Egress {
        /// The server.
        url: String = URL;
        /// The bucket.
        bucket: String = BUCKET;
        /// Where a request names it.
        addressing: S3Addressing = ADDRESSING;
        /// The region.
        region: String = REGION;
        /// What keys begin with.
        prefix: String = Key::new(
            KeyKind::Text, "Prefix",
            "What the keys begin with; behind it stands the number of an object’s first record. It belongs to this pipeline alone.",
        );
        /// How records are joined.
        framing: S3Framing = Key::word(
            S3Framing::CHOICES, "lines", "Records in an object", "How records are joined into an object.",
        );
        /// How objects are compressed.
        compression: S3Compression = Key::word(
            S3Compression::CHOICES, "none", "Compression", "How the objects are compressed.",
        );
        /// When an object is large enough.
        object_bytes: u32 = Key::number(
            (1_024, 268_435_456, "bytes"), "16777216", "Bytes an object",
            "An object that has so many, before they are compressed, is put.",
        );
        /// When it is old enough.
        object_seconds: u32 = Key::number(
            (1, 86_400, "seconds"), "60", "Longest wait for an object, in seconds",
            "An object whose first record waits for so long is put as it is.",
        );
        /// How long to wait.
        timeout_seconds: u32 = TIMEOUT;
        /// How long to try again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        give_up_after_seconds: Option<u32> = Key::GIVE_UP_AFTER;
        /// The secret with the id of the access key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        access_key: Option<String> = ACCESS_KEY;
        /// The secret with the secret key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        secret_key: Option<String> = SECRET_KEY;
        /// Who speaks for the server.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        authorities: Option<String> = Key::AUTHORITIES;
    }
}

/// What both sides have in common.
struct Common<'a> {
    url: &'a str,
    bucket: &'a str,
    access_key: bool,
    secret_key: bool,
    authorities: bool,
}

impl Common<'_> {
    fn broken(&self) -> Vec<BrokenRule> {
        let mut broken = Vec::new();
        if !authority(self.url).is_empty() && target(self.url) != "/" {
            broken.push(BrokenRule {
                code: "E_CONFIG_S3_URL",
                key: "url",
                message: "The URL says more than where the server is.".into(),
                help: "Give a URL such as https://s3.eu-central-1.amazonaws.com, and bucket and prefix by keys of their own.".into(),
            });
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        let dots = self.bucket.starts_with('.') || self.bucket.contains("..");
        if dots || !self.bucket.bytes().all(plain) {
            broken.push(BrokenRule {
                code: "E_CONFIG_S3_BUCKET",
                key: "bucket",
                message: "No bucket has such a name.".into(),
                help: "Give its name alone: letters, digits and . - _.".into(),
            });
        }
        if self.access_key != self.secret_key {
            broken.push(BrokenRule {
                code: "E_CONFIG_S3_KEY",
                key: match self.access_key {
                    true => "secret_key",
                    false => "access_key",
                },
                message: "The id of an access key and its secret key go together.".into(),
                help: "Give both, or neither.".into(),
            });
        }
        if self.authorities && !self.url.starts_with("https://") {
            let what = "the authorities";
            broken.push(nothing_to_prove("http", "https", "authorities", what));
        }
        broken
    }
}

impl Rules for S3Ingress {
    const SEVERAL: Several = Several::Told(Told {
        begins: true,
        may: &["start_after"],
        ..Told::by("prefix")
    });

    fn broken(&self) -> Vec<BrokenRule> {
        Common {
            url: &self.url,
            bucket: &self.bucket,
            access_key: self.access_key.is_some(),
            secret_key: self.secret_key.is_some(),
            authorities: self.authorities.is_some(),
        }
        .broken()
    }
}

impl Rules for S3Egress {
    const SEVERAL: Several = Several::Told(Told {
        begins: true,
        ..Told::by("prefix")
    });

    fn broken(&self) -> Vec<BrokenRule> {
        let common = Common {
            url: &self.url,
            bucket: &self.bucket,
            access_key: self.access_key.is_some(),
            secret_key: self.secret_key.is_some(),
            authorities: self.authorities.is_some(),
        };
        let mut broken = common.broken();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/.-_=".contains(&byte);
        let mut parts = self.prefix.split('/').rev();
        let last = parts.next().unwrap_or_default();
        let odd = |part: &str| ["", ".", ".."].contains(&part);
        // A number right behind another one would be a third.
        let open = last.ends_with(|last: char| last.is_ascii_digit());
        if !self.prefix.bytes().all(plain) || parts.any(odd) || open {
            broken.push(BrokenRule {
                code: "E_CONFIG_S3_PREFIX",
                key: "prefix",
                message: "Numbers of records can't stand behind this prefix.".into(),
                help: "Give one such as orders/ or orders/2026-: letters, digits and / . - _ =, no slash in front, no digit at the end.".into(),
            });
        }
        broken
    }
}

const SECURITY: &str = "TLS 1.2 and 1.3 over https; the server is checked by name against `authorities`. Requests are signed (Signature Version 4) with their body's digest; the secret key isn't sent. What may be reached is the host's owner's to say (`--allow-net`), with `addressing` host by the name that has the bucket in front; names are resolved once for each connection, and redirects aren't followed.";

const REFUSED: (&str, &str) = (
    "The key, the bucket, the region or a right is wrong, or the server redirects",
    "`E_S3_REFUSED`, `E_S3_BUCKET` with what the server said; the run fails, and goes on from the checkpoint.",
);

/// The declaration.
pub static ADAPTER: Adapter = Adapter {
    kind: "s3",
    title: "S3",
    summary: "Objects of a bucket that are read in the order of their keys; or records that are put as objects, each named by the number of its first one.",
    ingress: Some(SourceSide {
        does: "Read objects",
        keys: S3Ingress::KEYS,
        promise: SourcePromise::Resumes,
        otherwise: &[],
        lag: Lag::Told {
            unit: "objects",
            means: "Objects of the last list that aren't read to their end, the empty ones left out; or more, where the list has 1,000 keys and goes on. What was put there since isn't counted before the next list.",
        },
        several: S3Ingress::SEVERAL,
        facts: Facts {
            acknowledged: "Nothing is told to the server: key and place within the object stand in the checkpoint, and the next run reads on from there.",
            ordering: "By key, byte by byte, and in each object its own. An object that appears with a key in front of the one that is read isn't seen.",
            security: SECURITY,
            limits: "Objects that stay as they are until they were read. Records up to 64 KiB less than `in_flight_bytes`; 1,000 keys and 8 MiB of a list at once. A compressed object is unpacked from its beginning where a run goes on within it. Keys without empty parts; buckets that list by key, which directory buckets don't.",
            other_end: OtherEnd::Peer,
            failures: &[
                (
                    "No connection, no answer in `timeout_seconds`, 408, 429 or 5xx, an answer that is broken off or none",
                    "Tried again from there, after longer and longer, random times, 2 s at most. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over.",
                ),
                REFUSED,
                (
                    "An object that is being read is another one now, or gone",
                    "`E_S3_CHANGED`, or `E_S3_PLACE` where framing or compression is another than before; the run fails. Put it back, or begin behind it with a new checkpoint and `start_after`.",
                ),
                (
                    "An object ends within a record (length before each)",
                    "The rest is counted as rejected and goes to the reject file, and `N_S3_BROKEN` says so; the pipeline goes on with the next object.",
                ),
                (
                    "An object can't be unpacked, has a record that is too large, or a key with empty parts",
                    "`E_S3_PACKED`, `E_S3_RECORD`, `E_S3_KEY`; the run fails in front of it.",
                ),
                ("SIGTERM", "What was read is delivered."),
                (
                    "The process or the host ends",
                    "The next run reads on behind the checkpoint, within the object.",
                ),
            ],
        },
    }),
    egress: Some(SinkSide {
        does: "Put objects",
        keys: S3Egress::KEYS,
        promise: SinkPromise::Deduplicates,
        otherwise: &[],
        several: S3Egress::SEVERAL,
        facts: Facts {
            acknowledged: "Records count as delivered when the server has their object; the checkpoint, and a sender that waits for its answer, wait as long, `object_seconds` at most.",
            ordering: "The pipeline's, by the names: one object at a time.",
            security: SECURITY,
            limits: "One object in memory, up to `object_bytes` and once more compressed; what is larger than 8 MiB then goes in parts. As much as a source may have in memory should be more than an object, or objects wait for their time. The server has to know `If-None-Match` when an object is put.",
            other_end: OtherEnd::Peer,
            failures: &[
                (
                    "No connection, no answer in `timeout_seconds`, 408, 429 or 5xx",
                    "The object is put again, the same under the same name, after longer and longer, random times, 2 s at most. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over.",
                ),
                (
                    "Without success for `give_up_after_seconds`",
                    "`E_PEER_DOWN`; the run fails, and goes on from the checkpoint.",
                ),
                REFUSED,
                (
                    "The name is taken",
                    "By this pipeline: what is in that object isn't put again. By anybody else: `E_S3_TAKEN`; the run fails.",
                ),
                (
                    "A run that was killed put objects of another pipeline, or with other bytes, behind the checkpoint",
                    "`E_S3_AHEAD`, `E_S3_DIFFERENT`; the run fails.",
                ),
                (
                    "SIGTERM",
                    "What is there is put as an object. Where the server doesn't answer, it is tried for some seconds more, then `E_PEER_DOWN`.",
                ),
                (
                    "The process or the host ends",
                    "The next run finds the objects behind the checkpoint, leaves their records out, and drops parts that belong to none.",
                ),
            ],
        },
    }),
    page: include_str!("page.md"),
};
