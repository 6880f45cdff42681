//! The table of positions: how far a pipeline is, moved in the transaction that writes its records.
//!
//! A row belongs to one run at a time, its owner. A run takes it over at its first connection, and every
//! move compares: whatever another connection still does, its move and this run's exclude each other.

use std::collections::BTreeMap;

use tokio_postgres::{Client, Statement, Transaction};

use super::server::{Wrong, quoted};
use crate::error::AdapterError;
use crate::net::connect::Failed;

/// The row of one pipeline, as one run sees it.
pub(super) struct Positions {
    /// Schema of the table.
    pub schema: String,
    /// The table.
    pub table: String,
    /// The pipeline: as its checkpoint has it.
    pub stream: String,
    /// This run.
    pub owner: String,
    /// Digest of all that decides which record has which number.
    pub pipeline: String,
    /// Number of the last record that the checkpoint speaks of.
    pub from: u64,
    /// Whether records behind the checkpoint come again under the same numbers.
    pub resumes: bool,
}

/// How far a row was when it was taken over.
pub(super) struct Position {
    /// Number of the last record that is written, or refused.
    pub number: u64,
    /// The refused ones behind the checkpoint, and why.
    pub refused: BTreeMap<u64, String>,
    /// Whether the row wasn't there, although the checkpoint speaks of records.
    pub is_new: bool,
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

fn for_good(code: &'static str, message: String, help: String) -> Wrong {
    Wrong::Failed(Failed::ForGood(AdapterError::new(code, message, help)))
}

impl Positions {
    fn name(&self) -> String {
        format!("{}.{}", quoted(&self.schema), quoted(&self.table))
    }

    /// The database has less than it once had.
    fn behind(&self, number: u64, known: u64, whence: &str) -> Wrong {
        for_good(
            "E_POSTGRES_BEHIND",
            format!(
                "{} says that records of the stream {} up to {number} are in the database, and {known} \
                 {whence}: the database has lost some",
                self.name(),
                self.stream
            ),
            "start again: the run goes on from its checkpoint, where the database has as much. Where it \
             hasn't, find out what was restored there; to go on without what is lost, write the \
             checkpoint's number (output.number) into the row"
                .to_owned(),
        )
    }

    /// Makes the table where it isn't there.
    async fn make(&self, client: &Client) -> Result<(), Wrong> {
        let found = client
            .query_opt(
                "SELECT 1 FROM pg_catalog.pg_class c \
                 JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE n.nspname = $1 AND c.relname = $2",
                &[&self.schema, &self.table],
            )
            .await?;
        if found.is_some() {
            return Ok(());
        }
        let make = format!(
            "CREATE TABLE IF NOT EXISTS {} (stream text PRIMARY KEY, number bigint NOT NULL, \
             owner text NOT NULL, pipeline text NOT NULL, refused bigint[] NOT NULL, \
             reasons text[] NOT NULL, at timestamptz NOT NULL DEFAULT now())",
            self.name()
        );
        match client.batch_execute(&make).await.map_err(Wrong::from) {
            // Another run made it at the same moment.
            Err(Wrong::Record(why)) => Err(Failed::Again(format!("answered: {why}"), None).into()),
            made => made,
        }
    }

    /// Takes the row over for this run.
    pub(super) async fn claim(&self, client: &mut Client) -> Result<Position, Wrong> {
        self.make(client).await?;
        let table = self.name();
        let transaction = client.transaction().await?;
        let insert = format!(
            "INSERT INTO {table} (stream, number, owner, pipeline, refused, reasons) \
             VALUES ($1, $2, $3, $4, '{{}}', '{{}}') ON CONFLICT (stream) DO NOTHING"
        );
        let from = signed(self.from);
        let inserted = transaction
            .execute(&insert, &[&self.stream, &from, &self.owner, &self.pipeline])
            .await?;
        let look = format!(
            "SELECT number, pipeline, refused, reasons FROM {table} WHERE stream = $1 FOR UPDATE"
        );
        let row = transaction.query_one(&look, &[&self.stream]).await?;
        let number = unsigned(row.try_get(0)?);
        let pipeline: String = row.try_get(1)?;
        let refused: (Vec<i64>, Vec<String>) = (row.try_get(2)?, row.try_get(3)?);
        let mut refused: BTreeMap<u64, String> =
            refused.0.into_iter().map(unsigned).zip(refused.1).collect();
        refused.retain(|number, _| *number > self.from);
        if number < self.from {
            return Err(self.behind(number, self.from, "is in the checkpoint"));
        }
        if self.resumes && number > self.from && pipeline != self.pipeline {
            return Err(for_good(
                "E_POSTGRES_AHEAD",
                format!(
                    "a run that was killed wrote up to record {number} of the stream {}, its checkpoint \
                     speaks of {}, and the spec, the source or the table isn't the one that it had",
                    self.stream, self.from
                ),
                format!(
                    "start the deployment that ran before until it stops in good order, and then this \
                     one; or write {} into the row of {table}, and what is behind it is written twice",
                    self.from
                ),
            ));
        }
        let position = match self.resumes {
            true => Position {
                number,
                refused,
                is_new: inserted == 1 && self.from > 0,
            },
            // What was written behind the checkpoint comes as other records.
            false => Position {
                number: self.from,
                refused: BTreeMap::new(),
                is_new: inserted == 1 && self.from > 0,
            },
        };
        let take = format!(
            "UPDATE {table} SET owner = $2, pipeline = $3, number = $4, refused = $5, reasons = $6, \
             at = now() WHERE stream = $1"
        );
        let (numbers, reasons) = columns(&position.refused);
        transaction
            .execute(
                &take,
                &[
                    &self.stream,
                    &self.owner,
                    &self.pipeline,
                    &signed(position.number),
                    &numbers,
                    &reasons,
                ],
            )
            .await?;
        transaction.commit().await?;
        Ok(position)
    }

    /// How far this run is, as the database has it; not less than the `known`.
    pub(super) async fn read(&self, client: &Client, known: u64) -> Result<u64, Wrong> {
        let look = format!(
            "SELECT number, owner FROM {} WHERE stream = $1",
            self.name()
        );
        let row = client.query_opt(&look, &[&self.stream]).await?;
        let (number, owner): (i64, String) = match &row {
            Some(row) => (row.try_get(0)?, row.try_get(1)?),
            None => (0, "nobody".to_owned()),
        };
        if owner != self.owner {
            return Err(for_good(
                "E_POSTGRES_TAKEN",
                format!(
                    "the stream {} is written by another run ({owner} in {})",
                    self.stream,
                    self.name()
                ),
                "end the other run: a copy of a checkpoint makes no second pipeline".to_owned(),
            ));
        }
        match unsigned(number) {
            number if number < known => Err(self.behind(number, known, "was told before")),
            number => Ok(number),
        }
    }

    /// The statement of [`Positions::advance`].
    pub(super) async fn prepare(&self, client: &Client) -> Result<Statement, Wrong> {
        let advance = format!(
            "UPDATE {} SET number = $4, refused = $5, reasons = $6, at = now() \
             WHERE stream = $1 AND owner = $2 AND number = $3",
            self.name()
        );
        Ok(client.prepare(&advance).await?)
    }

    /// Moves the row from `before` to `after`, with what was refused and no checkpoint has yet; false
    /// where it isn't at `before`.
    pub(super) async fn advance(
        &self,
        transaction: &Transaction<'_>,
        statement: &Statement,
        (before, after): (u64, u64),
        refused: &BTreeMap<u64, String>,
    ) -> Result<bool, Wrong> {
        let (numbers, reasons) = columns(refused);
        let moved = transaction
            .execute(
                statement,
                &[
                    &self.stream,
                    &self.owner,
                    &signed(before),
                    &signed(after),
                    &numbers,
                    &reasons,
                ],
            )
            .await?;
        Ok(moved == 1)
    }
}

fn columns(refused: &BTreeMap<u64, String>) -> (Vec<i64>, Vec<&str>) {
    let numbers = refused.keys().copied().map(signed).collect();
    (numbers, refused.values().map(String::as_str).collect())
}
