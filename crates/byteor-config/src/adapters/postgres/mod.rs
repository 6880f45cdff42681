//! PostgreSQL: rows of a table that are read, records that are written into one.

use super::secured::{in_clear, nothing_to_prove};
use super::{
    Adapter, BrokenRule, Facts, Key, KeyKind, Lag, OtherEnd, Rules, Several, Side, SinkPromise,
    SinkSide, SourcePromise, SourceSide, Told, choices, side,
};
use crate::net::{authority, stays_on_the_host, target};

choices! {
    /// How a connection is secured.
    PostgresTls {
        /// TLS, with a server that proves itself.
        Verify = "verify", "With TLS", "The server has to prove itself by a certificate with its name.";
        /// No TLS.
        Off = "off", "Without", "For everybody on the way to read; a password is refused then, but to the host itself.";
    }
}

choices! {
    /// What a record becomes.
    PostgresFormat {
        /// A row, by the names of its fields.
        Json = "json", "A JSON object each", "Each field goes into the column of its name.";
        /// One column of a row.
        Line = "line", "Whole, into one column", "The record as it is goes into one column: text, json, jsonb or bytea.";
    }
}

choices! {
    /// How rows are written.
    PostgresWrite {
        /// Each record is a new row.
        Append = "append", "A new row each", "Written by COPY.";
        /// By key.
        Upsert = "upsert", "One row for each key", "A record with the key of a row takes its place; of several, the last.";
    }
}

choices! {
    /// What becomes of fields without a column.
    PostgresOther {
        /// The record is refused.
        Reject = "reject", "Reject the record", "The record goes to the reject file with the name of the field.";
        /// They are left out.
        Ignore = "ignore", "Leave them out", "The record is written without them.";
    }
}

pub(super) const URL: Key = Key::new(
    KeyKind::Url {
        schemes: &["postgres"],
    },
    "Server",
    "Host and port, 5432 where none is written. The host’s owner must allow it.",
);
pub(super) const DATABASE: Key = Key::new(
    KeyKind::Text,
    "Database",
    "The database that has the table.",
);
const SCHEMA: Key = Key::new(
    KeyKind::Text,
    "Schema",
    "The schema of the table, as it is written in the catalogue.",
)
.or("public");
const TABLE: Key = Key::new(
    KeyKind::Text,
    "Table",
    "The table, as it is written in the catalogue. It has to be there.",
);
pub(super) const PASSWORD: Key = Key::new(
    KeyKind::Secret,
    "Secret of the password",
    "The name of a secret that the user proves itself by.",
)
.optional();
pub(super) const TLS: Key = Key::word(
    PostgresTls::CHOICES,
    "verify",
    "Connection",
    "Whether the connection is secured by TLS.",
);

side! {
    /// Reading a table.
    PostgresIngress {
        /// The server.
        url: String = URL;
        /// The database.
        database: String = DATABASE;
        /// The schema of the table.
        schema: String = SCHEMA;
        /// The table.
        table: String = TABLE;
        /// What becomes a record.
        format: PostgresFormat = Key::word(
            PostgresFormat::CHOICES, "json", "Records", "What of a row becomes a record.",
        );
        /// The columns that are read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        columns: Option<String> = Key::new(
            KeyKind::Text, "Columns",
            "Those that are read, with commas between; left out, all but that of the transaction.",
        ).optional();
        /// The column with the transaction.
        transaction_column: String = Key::new(
            KeyKind::Text, "Column of the transaction",
            "Which transaction wrote the row: of the type xid8, with pg_current_xact_id() as its default. Without it rows that are committed late would be missed.",
        ).or("written_by");
        /// The column that orders rows.
        key_column: String = Key::new(
            KeyKind::Text, "Column of the key",
            "Orders the rows of one transaction, of which each has another key.",
        ).or("id");
        /// The most rows of a read.
        batch_records: u32 = Key::number(
            (1, 50_000, "rows"), "1000", "Rows a read at most", "What is there is read at once, up to this.",
        );
        /// The most bytes that are in memory.
        in_flight_bytes: u32 = Key::number(
            (65_536, 1_073_741_824, "bytes"), "16777216", "In memory at most, in bytes",
            "Rows that were read and don’t last yet; then nothing is read.",
        );
        /// How long to wait where nothing came.
        poll_milliseconds: u32 = Key::number(
            (10, 600_000, "milliseconds"), "1000", "Looks again after, in milliseconds",
            "Where a read had less than it may have.",
        );
        /// How long to wait.
        timeout_seconds: u32 = Key::number(
            (1, 600, "seconds"), "30", "Longest wait, in seconds",
            "For a connection and for a read; then it is tried again.",
        );
        /// The user.
        user: String = Key::new(KeyKind::Text, "User", "The role that reads.");
        /// The secret with the password.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        password: Option<String> = PASSWORD;
        /// How the connection is secured.
        tls: PostgresTls = TLS;
        /// Who speaks for the server.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        authorities: Option<String> = Key::AUTHORITIES;
    }
}

side! {
    /// Writing into a table.
    PostgresEgress {
        /// The server.
        url: String = URL;
        /// The database.
        database: String = DATABASE;
        /// The schema of the table.
        schema: String = SCHEMA;
        /// The table.
        table: String = TABLE;
        /// What a record becomes.
        format: PostgresFormat = Key::word(
            PostgresFormat::CHOICES, "json", "Records", "What becomes of a record in the table.",
        );
        /// The columns that are written.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        columns: Option<String> = Key::new(
            KeyKind::Text, "Columns",
            "Those that are written, with commas between; left out, all that have no default. A field that a record doesn’t have is null.",
        ).optional();
        /// What becomes of fields without a column.
        other_fields: PostgresOther = Key::word(
            PostgresOther::CHOICES, "reject", "Fields without a column", "What becomes of a record that has one.",
        );
        /// How rows are written.
        write: PostgresWrite = Key::word(
            PostgresWrite::CHOICES, "append", "Rows", "How records become rows.",
        );
        /// The key of a row.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        key_columns: Option<String> = Key::new(
            KeyKind::Text, "Columns of the key",
            "Where there is one row for each key: its columns, with commas between. The table needs a unique index of exactly these.",
        ).optional();
        /// The table of positions.
        positions: String = Key::new(
            KeyKind::Text, "Table of positions",
            "A small table in the same schema, with a row for each pipeline: how far it is, written with its records. One that isn’t there is made.",
        ).or("byteor_positions");
        /// The most records of a transaction.
        batch_records: u32 = Key::number(
            (1, 50_000, "records"), "2000", "Records a transaction at most",
            "What is there when the server is ready goes into one transaction, up to this.",
        );
        /// The most bytes of them.
        batch_bytes: u32 = Key::number(
            (1, 16_777_216, "bytes"), "1048576", "Bytes a transaction at most", "A single record may be larger.",
        );
        /// How long to wait.
        timeout_seconds: u32 = Key::number(
            (1, 600, "seconds"), "30", "Longest wait, in seconds",
            "For a connection and for a transaction; then it is tried again.",
        );
        /// How long to try again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        give_up_after_seconds: Option<u32> = Key::GIVE_UP_AFTER;
        /// The user.
        user: String = Key::new(KeyKind::Text, "User", "The role that writes.");
        /// The secret with the password.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        password: Option<String> = PASSWORD;
        /// How the connection is secured.
        tls: PostgresTls = TLS;
        /// Who speaks for the server.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        authorities: Option<String> = Key::AUTHORITIES;
    }
}

/// The names of a list with commas between.
pub fn names(list: &str) -> Vec<String> {
    list.split(',').map(str::to_owned).collect()
}

/// Bytes of a name behind which the server cuts it off.
const MOST_NAME: usize = 63;

/// What stands against names that the server would cut off: two of them could be one.
fn long_names(names: &[(&'static str, &str)]) -> impl Iterator<Item = BrokenRule> {
    let long = names.iter().filter(|(_, name)| name.len() > MOST_NAME);
    long.map(|(key, _)| {
        rule(
            "E_CONFIG_POSTGRES_NAME",
            key,
            "The server cuts this name off.",
            "Give one of at most 63 bytes.",
        )
    })
}

fn rule(
    code: &'static str,
    key: &'static str,
    message: &'static str,
    help: &'static str,
) -> BrokenRule {
    BrokenRule {
        code,
        key,
        message: message.into(),
        help: help.into(),
    }
}

/// What both sides have in common.
struct Common<'a> {
    url: &'a str,
    format: PostgresFormat,
    columns: Option<&'a String>,
    key_columns: Option<&'a String>,
    tls: PostgresTls,
    password: bool,
    authorities: bool,
}

impl Common<'_> {
    fn broken(&self) -> Vec<BrokenRule> {
        let mut broken = Vec::new();
        if !authority(self.url).is_empty() && target(self.url) != "/" {
            broken.push(rule(
                "E_CONFIG_POSTGRES_URL",
                "url",
                "The URL says more than where the server is.",
                "Give a URL such as postgres://127.0.0.1:5432, and the rest by keys of its own.",
            ));
        }
        let good = |list: &String| {
            let mut names = names(list);
            let all = names.len();
            names.sort();
            names.dedup();
            names.len() == all && names.iter().all(|name| !name.is_empty())
        };
        for (key, list) in [("columns", self.columns), ("key_columns", self.key_columns)] {
            if !list.is_none_or(good) {
                broken.push(rule(
                    "E_CONFIG_POSTGRES_COLUMNS",
                    key,
                    "A column is named twice, or a name is empty.",
                    "Give each name once, with a comma between two.",
                ));
            }
        }
        let line = self.format == PostgresFormat::Line;
        if line && self.columns.is_none_or(|list| names(list).len() != 1) {
            broken.push(rule(
                "E_CONFIG_POSTGRES_COLUMNS",
                "columns",
                "A whole record is one column.",
                "Name that column, and no other.",
            ));
        }
        let secured = self.tls == PostgresTls::Verify;
        if self.authorities && !secured {
            let (plain, what) = ("a connection without TLS", "the authorities");
            broken.push(nothing_to_prove(plain, "TLS", "authorities", what));
        }
        if self.password && !secured && !stays_on_the_host(self.url) {
            broken.push(in_clear("TLS", "password"));
        }
        broken
    }
}

impl Rules for PostgresIngress {
    const SEVERAL: Several = Several::Told(Told::by("table"));

    fn broken(&self) -> Vec<BrokenRule> {
        let common = Common {
            url: &self.url,
            format: self.format,
            columns: self.columns.as_ref(),
            key_columns: None,
            tls: self.tls,
            password: self.password.is_some(),
            authorities: self.authorities.is_some(),
        };
        let mut broken = common.broken();
        broken.extend(long_names(&[
            ("schema", &self.schema),
            ("table", &self.table),
        ]));
        if self.transaction_column == self.key_column {
            broken.push(rule(
                "E_CONFIG_POSTGRES_KEY",
                "key_column",
                "The column of the key can't be that of the transaction.",
                "Name a column that tells the rows of one transaction apart.",
            ));
        }
        broken
    }
}

impl Rules for PostgresEgress {
    const SEVERAL: Several = Several::Told(Told::by("table"));

    fn broken(&self) -> Vec<BrokenRule> {
        let common = Common {
            url: &self.url,
            format: self.format,
            columns: self.columns.as_ref(),
            key_columns: self.key_columns.as_ref(),
            tls: self.tls,
            password: self.password.is_some(),
            authorities: self.authorities.is_some(),
        };
        let mut broken = common.broken();
        broken.extend(long_names(&[
            ("schema", &self.schema),
            ("table", &self.table),
            ("positions", &self.positions),
        ]));
        let upsert = self.write == PostgresWrite::Upsert;
        if self.format == PostgresFormat::Line && upsert {
            broken.push(rule(
                "E_CONFIG_POSTGRES_KEY",
                "write",
                "A whole record in one column has no key.",
                "Append it, or take records as JSON objects.",
            ));
        }
        if upsert && self.key_columns.is_none() {
            broken.push(rule(
                "E_CONFIG_POSTGRES_KEY",
                "key_columns",
                "Which columns are the key isn't said.",
                "Name them, or append.",
            ));
        }
        if self.table == self.positions {
            broken.push(rule(
                "E_CONFIG_POSTGRES_POSITIONS",
                "positions",
                "The table of the records can't be that of the positions.",
                "Give the positions a table of their own.",
            ));
        }
        broken
    }
}

const SECURITY: &str = "TLS 1.2 and 1.3; the server is checked by name against `authorities`. The user proves itself by a password (SCRAM), which is refused without TLS but to the host itself. What may be reached is the host's owner's to say (`--allow-net`); names are resolved once for each connection. Names of tables and columns are quoted, never pasted.";

/// The declaration.
pub static ADAPTER: Adapter = Adapter {
    kind: "postgres",
    title: "PostgreSQL",
    summary: "Rows of a table that is added to; or records that are written into a table, together with how far they reach.",
    ingress: Some(SourceSide {
        does: "Read a table",
        keys: PostgresIngress::KEYS,
        promise: SourcePromise::Resumes,
        otherwise: &[],
        lag: Lag::Told {
            unit: "rows",
            means: "Rows that were read and don't last yet; or more, where the last read was a full one: counting the rest would mean to read it. Rows of transactions that are still running, or younger than such a one, aren't counted.",
        },
        several: PostgresIngress::SEVERAL,
        facts: Facts {
            acknowledged: "Nothing is told to the server: how far the pipeline is stands in its checkpoint, and the next run reads on from there.",
            ordering: "By transaction, in the order in which they began to write, and in each by `key_column`. Rows are read once every transaction that began before theirs has ended.",
            security: SECURITY,
            limits: "Tables whose rows are added and stay as they are, at least until they are read and in the checkpoint: what is changed or removed before that may be missed or come as it is then. Rows up to `in_flight_bytes`, and one read of `batch_records` besides. A transaction that stays open anywhere on the server holds back what came after it. PostgreSQL 13 or newer.",
            other_end: OtherEnd::Peer,
            failures: &[
                (
                    "No connection, no answer in `timeout_seconds`, or the server starts, stops or is full",
                    "Tried again, after longer and longer, random times, 2 s at most. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over.",
                ),
                (
                    "The table or a column isn't there, the column of the transaction is no `xid8`, or one of the two may be null",
                    "`E_POSTGRES_SCHEMA` before the first record, with the table, the column and what to do; the run fails.",
                ),
                (
                    "The user or the password is wrong, or a right is missing",
                    "`E_POSTGRES_REFUSED`; the run fails.",
                ),
                (
                    "The checkpoint speaks of another table or database",
                    "`N_POSTGRES_ANEW`; the table is read from its beginning.",
                ),
                (
                    "A row is larger than `in_flight_bytes`",
                    "`E_POSTGRES_ROW`; the run fails in front of it.",
                ),
                ("SIGTERM", "What was read is delivered."),
                (
                    "The process or the host ends",
                    "The next run reads on from its checkpoint, the same rows in the same order.",
                ),
            ],
        },
    }),
    egress: Some(SinkSide {
        does: "Write into a table",
        keys: PostgresEgress::KEYS,
        promise: SinkPromise::Deduplicates,
        otherwise: &[],
        several: PostgresEgress::SEVERAL,
        facts: Facts {
            acknowledged: "Records count as delivered when their transaction is committed. How far the pipeline is goes into the same transaction, and the next run, or the next connection, leaves out what is there.",
            ordering: "The pipeline's: one transaction at a time.",
            security: SECURITY,
            limits: "Transactions up to `batch_records` and `batch_bytes`; as much again waits in memory, and then the pipeline does. PostgreSQL 13 or newer, spoken to without a pooler that changes servers between statements.",
            other_end: OtherEnd::Peer,
            failures: &[
                (
                    "No connection, no answer in `timeout_seconds`, or the server starts, stops, is full, can't be written to, or breaks a deadlock",
                    "Tried again, after longer and longer, random times, 2 s at most. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over.",
                ),
                (
                    "Without success for `give_up_after_seconds`",
                    "`E_PEER_DOWN`; the run fails, and goes on from there.",
                ),
                (
                    "A record is no object, has a field without a column, a value that its column doesn't take, or breaks a constraint",
                    "It is counted as rejected and goes to the reject file, behind the reason and a tab; the others of its transaction are written. `N_RECORD_REFUSED` says so once a minute at most.",
                ),
                (
                    "The table, a column or the unique index of the key isn't there, or a column that needs a value isn't written",
                    "`E_POSTGRES_SCHEMA` before the first record, with the table, the column and what to do; the run fails.",
                ),
                (
                    "The user or the password is wrong, or a right is missing, also one that is taken away later",
                    "`E_POSTGRES_REFUSED`; the run fails in front of the transaction, and goes on from there.",
                ),
                (
                    "The table of positions is behind the checkpoint, as after a backup was restored",
                    "`E_POSTGRES_BEHIND`; the run doesn't go on as if nothing were missing.",
                ),
                (
                    "A run was killed, and the next one has another spec, another source or another table",
                    "`E_POSTGRES_AHEAD` where the table has more than the checkpoint: which of that the new one would write can't be known.",
                ),
                (
                    "Another run writes under the same checkpoint",
                    "`E_POSTGRES_TAKEN`; the older one fails.",
                ),
                (
                    "SIGTERM while the server doesn't answer",
                    "Tried for some seconds more, then `E_PEER_DOWN`; the next run goes on from there.",
                ),
                (
                    "The process, the host or the server ends",
                    "The next run goes on behind what is in the table: nothing is lost, and nothing is there twice.",
                ),
            ],
        },
    }),
    page: include_str!("page.md"),
};
