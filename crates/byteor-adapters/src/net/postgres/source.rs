//! Rows that are read in the order of the transactions that wrote them, and found again.
//!
//! A table that is read by a growing key loses rows: who takes a key first may commit last, when the key
//! is behind already. So rows carry the number of their transaction, and only those are read whose
//! transaction is older than every one that is still running: nothing can appear among them any more.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio_postgres::{Client, Statement};

use super::server::{Connection, Server, Wrong, quoted};
use super::table::Target;
use crate::allow_net::AllowNet;
use crate::error::AdapterError;
use crate::net::connect::Failed;
use crate::net::cut::Cut;
use crate::net::intake::{Intake, Spot};
use crate::net::reactor::Context;
use crate::net::retry::Retry;
use crate::net::watch::Lag;

/// What is read.
#[derive(Clone)]
pub struct Read {
    /// The server.
    pub server: Server,
    /// The table, with what of a row becomes a record.
    pub target: Target,
    /// The column with the number of the transaction, `xid8`.
    pub transaction: String,
    /// The column that orders the rows of a transaction.
    pub key: String,
    /// The most rows of a read.
    pub batch_records: u32,
    /// How long to wait where nothing came.
    pub poll: Duration,
}

/// Rows of about so many bytes go to the loop at once.
const PIECE: usize = 32 * 1024;

/// Reads on the reactor, until it ends.
pub fn read(read: Read, allow: AllowNet, context: &Context, intake: Intake) {
    let retry = Retry::new(context.clone(), read.server.name(), None);
    let begin = intake.begin().cloned();
    let mut reading = Reading {
        at: Position::beginning(),
        skip: 0,
        read,
        allow,
        context: context.clone(),
        intake: intake.clone(),
    };
    reading.go_on(begin);
    context.spawn(async move {
        if let Err(error) = reading.run(retry).await {
            intake.fail(error);
        }
    });
}

struct Reading {
    read: Read,
    allow: AllowNet,
    context: Context,
    intake: Intake,
    /// Behind which row it goes on.
    at: Position,
    /// How many rows behind that were given by an earlier run.
    skip: u64,
}

/// Behind a row.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Position {
    transaction: String,
    /// Nothing in front of the first one.
    key: Option<String>,
}

impl Position {
    fn beginning() -> Self {
        Self {
            transaction: "0".to_owned(),
            key: None,
        }
    }
}

/// A connection, and what is asked over it.
struct Open {
    connection: Connection,
    /// The first rows of all.
    first: Statement,
    /// Those behind a row.
    rest: Statement,
}

impl Reading {
    /// Takes up where the checkpoint ends, if it speaks of this table.
    fn go_on(&mut self, begin: Option<Spot>) {
        let Some(Spot { at, skip }) = begin else {
            return;
        };
        let parts: Option<[String; 5]> = serde_json::from_str(&at).ok();
        match parts {
            Some([database, schema, table, transaction, key])
                if [&database, &schema, &table]
                    == [
                        &self.read.server.database,
                        &self.read.target.schema,
                        &self.read.target.table,
                    ] =>
            {
                self.at = Position {
                    transaction,
                    key: (!key.is_empty()).then(|| key[1..].to_owned()),
                };
                self.skip = skip;
            }
            _ => {
                let message = format!(
                    "the checkpoint speaks of another table; {} is read from its beginning",
                    self.read.target.name()
                );
                self.context.tell("N_POSTGRES_ANEW", message);
            }
        }
    }

    /// A position as a checkpoint keeps it, in one line.
    fn written(&self, at: &Position) -> Arc<str> {
        let target = &self.read.target;
        // What is in front of the first row has no key, which isn't an empty key.
        let key = at
            .key
            .as_ref()
            .map_or(String::new(), |key| format!("={key}"));
        let parts = [
            &self.read.server.database,
            &target.schema,
            &target.table,
            &at.transaction,
            &key,
        ];
        serde_json::json!(parts).to_string().into()
    }

    async fn run(mut self, mut retry: Retry) -> Result<(), AdapterError> {
        loop {
            let tried = self.session(&mut retry).await;
            if self.context.stopping() {
                return Ok(());
            }
            match tried {
                Ok(()) => return Ok(()),
                Err(Wrong::Failed(Failed::ForGood(error))) => return Err(error),
                Err(Wrong::Record(why)) => {
                    let why = format!("answered: {why}");
                    if retry.failed(&why, None).await.is_err() {
                        return Ok(());
                    }
                }
                // Nothing is owed to a server that doesn't answer: a run that is asked to stop stops.
                Err(Wrong::Failed(Failed::Again(why, asked))) => {
                    if retry.failed(&why, asked).await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Over one connection, until the run is asked to stop or takes no more.
    async fn session(&mut self, retry: &mut Retry) -> Result<(), Wrong> {
        let timeout = self.read.server.timeout;
        let late = |_| {
            let why = format!("didn't answer within {} s", timeout.as_secs());
            Wrong::Failed(Failed::Again(why, None))
        };
        let connection = self.read.server.connect(&self.allow).await?;
        let open = tokio::time::timeout(timeout, self.read.open(connection)).await;
        let open = open.map_err(late)??;
        loop {
            let rows = tokio::select! {
                rows = tokio::time::timeout(timeout, self.next(&open)) => rows.map_err(late)??,
                () = self.context.stopped() => return Ok(()),
            };
            retry.worked();
            let full = rows.len() == self.read.batch_records as usize;
            // Counting the rest would mean to read it.
            let came = (rows.len() as u64).saturating_sub(self.skip);
            self.context.watch().behind(Some(Lag {
                count: self.intake.under_way() + came,
                or_more: full,
            }));
            if !self.give(rows).await? {
                return Ok(());
            }
            if !full {
                tokio::select! {
                    () = tokio::time::sleep(self.read.poll) => {}
                    () = self.context.stopped() => return Ok(()),
                }
            }
        }
    }

    async fn next(&self, open: &Open) -> Result<Vec<(Position, Vec<u8>)>, Wrong> {
        let (client, Position { transaction, key }) = (&open.connection.client, &self.at);
        let rows = match key {
            None => client.query(&open.first, &[]).await?,
            Some(key) => client.query(&open.rest, &[transaction, key]).await?,
        };
        let rows = rows.iter().map(|row| {
            let at = Position {
                transaction: row.try_get(0)?,
                key: Some(row.try_get(1)?),
            };
            Ok((
                at,
                row.try_get::<_, Option<Vec<u8>>>(2)?.unwrap_or_default(),
            ))
        });
        let rows: Result<_, tokio_postgres::Error> = rows.collect();
        Ok(rows?)
    }

    /// Gives the loop rows; false where it takes no more.
    async fn give(&mut self, rows: Vec<(Position, Vec<u8>)>) -> Result<bool, Failed> {
        let (mut piece, mut count) = (Vec::new(), 0);
        let mut front = self.at.clone();
        for (at, record) in rows {
            if self.skip > 0 {
                self.skip -= 1;
                front = at.clone();
                self.at = at;
                continue;
            }
            Cut::Prefixed.add(&record, &mut piece);
            count += 1;
            self.at = at;
            if piece.len() >= PIECE {
                if !self.hand_over(&mut piece, &mut count, &front).await? {
                    return Ok(false);
                }
                front = self.at.clone();
            }
        }
        self.hand_over(&mut piece, &mut count, &front).await
    }

    async fn hand_over(
        &self,
        piece: &mut Vec<u8>,
        count: &mut u64,
        front: &Position,
    ) -> Result<bool, Failed> {
        if *count == 0 {
            return Ok(true);
        }
        let (bytes, records) = (std::mem::take(piece), std::mem::take(count));
        let room = tokio::select! {
            room = self.intake.room(bytes.len()) => room,
            () = self.context.stopped() => return Ok(false),
        };
        let room = room.ok_or_else(|| {
            Failed::ForGood(AdapterError::new(
                "E_POSTGRES_ROW",
                format!(
                    "a row of the table {} is larger than all that may be in memory",
                    self.read.target.name()
                ),
                "deploy a config with a larger `in_flight_bytes`, or read fewer columns",
            ))
        })?;
        let at = self.written(front);
        let given = self
            .intake
            .give_at(at, Bytes::from(bytes), Cut::Prefixed, records, room);
        Ok(given.is_some())
    }
}

impl Read {
    async fn open(&self, connection: Connection) -> Result<Open, Wrong> {
        let (first, rest) = self.statements(&connection.client).await?;
        Ok(Open {
            connection,
            first,
            rest,
        })
    }

    /// Looks whether the table is what the config says; the statements that read its first rows, and
    /// those behind a row.
    pub(super) async fn statements(
        &self,
        client: &Client,
    ) -> Result<(Statement, Statement), Wrong> {
        let found = self
            .target
            .readable(&self.transaction, &self.key, client)
            .await?;
        let table = format!(
            "{}.{}",
            quoted(&self.target.schema),
            quoted(&self.target.table)
        );
        let (transaction, key) = (quoted(&self.transaction), quoted(&self.key));
        let (key_type, record) = (found.key_type, found.record);
        let read = |behind: &str| {
            format!(
                "SELECT t.{transaction}::text, t.{key}::text, {record} FROM {table} AS t \
                 WHERE t.{transaction} < pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot()) \
                 {behind}ORDER BY t.{transaction}, t.{key} LIMIT {}",
                self.batch_records
            )
        };
        // Compared as one, which an index over both finds: else each read of a large transaction would go
        // through all of it that was read before.
        let behind =
            format!("AND (t.{transaction}, t.{key}) > ($1::text::xid8, $2::text::{key_type}) ");
        let first = client.prepare(&read("")).await?;
        Ok((first, client.prepare(&read(&behind)).await?))
    }
}
