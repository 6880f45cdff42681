//! PostgreSQL changes: what a publication has of inserts, updates and deletes, as a slot keeps it.

use super::postgres::{DATABASE, PASSWORD, PostgresTls, TLS, URL};
use super::secured::{in_clear, nothing_to_prove};
use super::{
    Adapter, BrokenRule, Facts, Key, KeyKind, Lag, OtherEnd, Rules, Several, Side, SourcePromise,
    SourceSide, Told, choices, side,
};
use crate::net::{authority, stays_on_the_host, target};

choices! {
    /// What becomes of a slot that isn't there.
    PostgresMissingSlot {
        /// The run fails.
        Fail = "fail", "Fail", "Whoever runs the server makes it, and this user needs no right to.";
        /// It is made.
        Create = "create", "Make it", "Changes from then on are read; only where nothing was read before.";
    }
}

side! {
    /// Following changes.
    PostgresChangesIngress {
        /// The server.
        url: String = URL;
        /// The database.
        database: String = DATABASE;
        /// The publication.
        publication: String = Key::new(
            KeyKind::Text, "Publication",
            "Says which tables, which of their columns and rows, and which kinds of changes. It has to be there.",
        );
        /// The slot.
        slot: String = Key::new(
            KeyKind::Text, "Slot",
            "The replication slot, of the plugin pgoutput, which keeps what this pipeline hasn’t read. It is this pipeline’s own: a second reader would take changes away from it.",
        );
        /// What becomes of a slot that isn't there.
        missing_slot: PostgresMissingSlot = Key::word(
            PostgresMissingSlot::CHOICES, "fail", "A slot that isn’t there", "What becomes of a slot that isn’t there when the pipeline starts.",
        );
        /// The most bytes that are in memory.
        in_flight_bytes: u32 = Key::number(
            (65_536, 1_073_741_824, "bytes"), "16777216", "In memory at most, in bytes",
            "Changes that came and don’t last yet; then nothing is read, and the server keeps the rest. Larger than the largest row.",
        );
        /// How long to wait.
        timeout_seconds: u32 = Key::number(
            (1, 600, "seconds"), "30", "Longest wait, in seconds",
            "For a connection, and for a server that was asked whether it is there; then it is tried again.",
        );
        /// The user.
        user: String = Key::new(
            KeyKind::Text, "User",
            "The role that reads: it needs REPLICATION, and no right to the tables.",
        );
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

/// Whether a server can have a slot of this name.
fn is_slot(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..64).contains(&name.len()) && name.bytes().all(plain)
}

impl Rules for PostgresChangesIngress {
    const SEVERAL: Several = Several::Told(Told {
        own: &["slot"],
        ..Told::by("publication")
    });

    fn broken(&self) -> Vec<BrokenRule> {
        let mut broken = Vec::new();
        if !authority(&self.url).is_empty() && target(&self.url) != "/" {
            broken.push(rule(
                "E_CONFIG_POSTGRES_URL",
                "url",
                "The URL says more than where the server is.",
                "Give a URL such as postgres://127.0.0.1:5432, and the rest by keys of its own.",
            ));
        }
        if !is_slot(&self.slot) {
            broken.push(rule(
                "E_CONFIG_POSTGRES_SLOT",
                "slot",
                "No slot can have this name.",
                "Slots have names of small letters, digits and _ with at most 63 characters.",
            ));
        }
        let secured = self.tls == PostgresTls::Verify;
        if self.authorities.is_some() && !secured {
            let (plain, what) = ("a connection without TLS", "the authorities");
            broken.push(nothing_to_prove(plain, "TLS", "authorities", what));
        }
        if self.password.is_some() && !secured && !stays_on_the_host(&self.url) {
            broken.push(in_clear("TLS", "password"));
        }
        broken
    }
}

/// The declaration.
pub static ADAPTER: Adapter = Adapter {
    kind: "postgres_changes",
    title: "PostgreSQL changes",
    summary: "Inserts, updates and deletes of the tables of a publication, by logical replication, each a record.",
    ingress: Some(SourceSide {
        does: "Follow the changes of PostgreSQL tables",
        keys: PostgresChangesIngress::KEYS,
        promise: SourcePromise::Resumes,
        otherwise: &[],
        lag: Lag::Told {
            unit: "bytes",
            means: "Bytes of the server's write-ahead log behind the slot's position, also those that aren't about published tables; asked for once a second, over a connection of its own.",
        },
        several: PostgresChangesIngress::SEVERAL,
        facts: Facts {
            acknowledged: "The slot's position goes behind a transaction when all its records last: at the sink, in the reject file, or dropped by a stage, and in the checkpoint. The server is told within a tenth of a second, and once a second that somebody is there, also while the sink takes nothing.",
            ordering: "That in which transactions were committed, and in each that in which its changes were made.",
            security: "TLS 1.2 and 1.3; the server is checked by name against `authorities`. The user proves itself by a password (SCRAM), which is refused without TLS but to the host itself. What may be reached is the host's owner's to say (`--allow-net`); names are resolved once for each connection. The user reads every published change, whatever its rights to the tables: a publication is the place to leave columns and rows out.",
            limits: "`in_flight_bytes` in memory. What isn't read stays in the server's write-ahead log, and fills its disk where the pipeline doesn't run: `max_slot_wal_keep_size` bounds that, and whoever is further behind loses the slot. Rows that were there before the slot aren't in it. A transaction comes once it was committed, as large as it is. PostgreSQL 13 or newer with `wal_level` `logical`.",
            other_end: OtherEnd::Peer,
            failures: &[
                (
                    "No connection, no answer in `timeout_seconds`, the server starts, stops or is full, or another connection has the slot",
                    "Tried again, after longer and longer, random times, 2 s at most. `N_PEER_DOWN` says so at once and every minute, `N_PEER_BACK` when it is over.",
                ),
                (
                    "The slot isn't there, is of another plugin or database, has lost what it kept, or is behind what it was told: it was made anew, moved by somebody else, or the checkpoint is an older one",
                    "`E_POSTGRES_SLOT`, which says whether changes are lost and what to do; the run fails. `N_POSTGRES_SLOT` where it was made, as `missing_slot` says.",
                ),
                (
                    "The publication isn't there",
                    "`E_POSTGRES_PUBLICATION`; the run fails.",
                ),
                (
                    "The user or the password is wrong, or the role has no REPLICATION",
                    "`E_POSTGRES_REFUSED`; the run fails.",
                ),
                (
                    "A column is added, removed or renamed",
                    "Changes have the columns that the table had when they were made.",
                ),
                (
                    "A large value didn't change with its row, and isn't in the log",
                    "Its column is left out of `new`, and stands in `unchanged`. With `REPLICA IDENTITY FULL` it is in `old`.",
                ),
                (
                    "Text that is no UTF-8, in a database that doesn't check it",
                    "The change is counted as rejected, and goes to the reject file with the bytes replaced that aren't text.",
                ),
                (
                    "The checkpoint speaks of another server, database or slot",
                    "`N_POSTGRES_ANEW`; what the slot has is read.",
                ),
                (
                    "A row is larger than `in_flight_bytes`",
                    "`E_POSTGRES_ROW`; the run fails in front of it.",
                ),
                (
                    "What comes isn't what the protocol has",
                    "`E_POSTGRES_PROTOCOL`; the run fails.",
                ),
                (
                    "SIGTERM",
                    "What was read is delivered, and the server told, in two seconds.",
                ),
                (
                    "The process, the host or the server ends",
                    "The server sends again what it wasn't told of; what the checkpoint has of it is left out, by the place of its transaction.",
                ),
            ],
        },
    }),
    egress: None,
    page: include_str!("page.md"),
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_has_a_name_that_the_server_takes() {
        for name in ["orders", "a_1", &"a".repeat(63)] {
            assert!(is_slot(name), "{name}");
        }
        for name in ["", "Orders", "a-b", "a b", "é", "a'b", &"a".repeat(64)] {
            assert!(!is_slot(name), "{name}");
        }
    }
}
