//! Records that are written into a table, a transaction at a time, each with the position behind it.
//!
//! A transaction that the server refuses because of a record is halved until the record is alone: that
//! one is refused, and the position goes past it in a transaction of its own. What was refused stands
//! beside the position until a checkpoint has it, so that a run that was killed refuses it once more.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use futures_util::SinkExt as _;
use tokio::time::Instant;
use tokio_postgres::Statement;

use super::positions::Positions;
use super::row::row;
use super::server::{Connection, Server, Wrong, refused};
use super::table::{Table, Target};
use crate::allow_net::AllowNet;
use crate::error::AdapterError;
use crate::net::connect::Failed;
use crate::net::outlet::{Batch, NetMark, Outlet};
use crate::net::reactor::Context;
use crate::net::retry::{Retry, random};

/// Bytes of rows that are sent at once.
const CHUNK: usize = 64 * 1024;
/// How often it is said that records are refused.
const SAY_EVERY: Duration = Duration::from_secs(60);

/// What is written where.
#[derive(Clone)]
pub struct Write {
    /// The server.
    pub server: Server,
    /// The table.
    pub target: Target,
    /// The table of positions, in the same schema.
    pub positions: String,
    /// Digest of all that decides which record has which number.
    pub pipeline: String,
    /// Whether records behind a checkpoint come again under the same numbers.
    pub resumes: bool,
    /// The most records of a transaction.
    pub batch_records: usize,
    /// The most bytes of them.
    pub batch_bytes: usize,
    /// How long to try again without success; for ever where it isn't said.
    pub give_up_after: Option<Duration>,
}

/// Writes what `outlet` has, going on behind `mark`, on the reactor, until it ends or fails for good.
pub fn write(write: Write, allow: AllowNet, context: &Context, outlet: Outlet, mark: &NetMark) {
    let positions = Positions {
        schema: write.target.schema.clone(),
        table: write.positions.clone(),
        stream: mark.stream.clone(),
        owner: format!("{:016x}", random()),
        pipeline: write.pipeline.clone(),
        from: mark.number,
        resumes: write.resumes,
    };
    let writing = Writing {
        retry: Retry::new(context.clone(), write.server.name(), write.give_up_after),
        write,
        allow,
        context: context.clone(),
        outlet,
        positions,
        open: None,
        position: None,
        unsaved: BTreeMap::new(),
        said: None,
    };
    context.spawn(writing.run());
}

struct Writing {
    write: Write,
    allow: AllowNet,
    context: Context,
    outlet: Outlet,
    retry: Retry,
    positions: Positions,
    open: Option<Open>,
    /// Number of the last record that is written or refused, once the row is this run's.
    position: Option<u64>,
    /// What was refused and isn't in a checkpoint yet.
    unsaved: BTreeMap<u64, String>,
    /// When it was last said that records are refused, and how many were since.
    said: Option<(Instant, u64)>,
}

/// A connection with all that it needs.
struct Open {
    connection: Connection,
    table: Table,
    advance: Statement,
}

/// A record on its way.
enum Row {
    /// It goes into the table so.
    Bytes(Vec<u8>),
    /// It doesn't, because of this.
    Refused(String),
    /// An earlier run wrote it.
    There,
}

/// Records that go with one move of the position.
struct Part<'a> {
    rows: &'a [Row],
    /// Number of the first of all rows.
    first: u64,
    /// Which of them.
    range: Range<usize>,
}

impl Writing {
    async fn run(mut self) {
        if let Err(error) = self.attempt(None).await {
            // Nothing is owed to a server that doesn't answer.
            if !(self.context.stopping() && error.code == "E_PEER_DOWN") {
                return self.outlet.fail(error);
            }
        }
        let (records, bytes) = (self.write.batch_records, self.write.batch_bytes);
        loop {
            let batch = self.outlet.take(records, bytes).await;
            let last = batch.last();
            match self.deliver(batch).await {
                Ok(()) => self.outlet.there(last),
                Err(error) => return self.outlet.fail(error),
            }
        }
    }

    /// Until each record is in the table, or refused.
    async fn deliver(&mut self, batch: Batch) -> Result<(), AdapterError> {
        if self.position.is_none() {
            self.attempt(None).await?;
        }
        let saved = self.outlet.saved();
        self.unsaved.retain(|number, _| *number > saved);
        let mut rows = self.rows(&batch);
        let mut parts: Vec<_> = std::iter::once(0..rows.len()).collect();
        while let Some(range) = parts.pop() {
            let done = self.position.unwrap_or_default() + 1;
            let begin = usize::try_from(done.saturating_sub(batch.first)).unwrap_or(usize::MAX);
            let range = range.start.max(begin)..range.end;
            if range.is_empty() {
                continue;
            }
            let part = Part {
                rows: &rows,
                first: batch.first,
                range: range.clone(),
            };
            let Some(reason) = self.attempt(Some(&part)).await? else {
                // Where another connection of ours had come further, there may be a rest.
                parts.push(range);
                continue;
            };
            let mut in_table = range
                .clone()
                .filter(|at| matches!(rows[*at], Row::Bytes(_)));
            match (in_table.next(), in_table.next()) {
                (None, _) => return Err(refused(&reason)),
                (Some(alone), None) => {
                    rows[alone] = Row::Refused(reason);
                    parts.push(range);
                }
                (Some(_), Some(_)) => {
                    let middle = range.start + range.len() / 2;
                    parts.push(middle..range.end);
                    parts.push(range.start..middle);
                }
            }
        }
        let mut count = 0;
        for ((number, record), row) in batch.numbered().zip(rows) {
            if let Row::Refused(reason) = row {
                self.outlet.refuse(number, record, &reason);
                self.unsaved.insert(number, reason);
                count += 1;
            }
        }
        self.say(count);
        Ok(())
    }

    fn rows(&self, batch: &Batch) -> Vec<Row> {
        let position = self.position.unwrap_or_default();
        let table = self.open.as_ref().map(|open| &open.table);
        let rows = (batch.first..).zip(&batch.records).map(|(number, record)| {
            if number <= position {
                let reason = self.unsaved.get(&number);
                return reason.map_or(Row::There, |reason| Row::Refused(reason.clone()));
            }
            let columns = table.map_or(&[][..], |table| &table.columns);
            match row(record, columns, self.write.target.format) {
                Ok(bytes) => Row::Bytes(bytes),
                Err(reason) => Row::Refused(reason),
            }
        });
        rows.collect()
    }

    /// Tells people that `count` records were refused. What is in them is nobody's who reads that.
    fn say(&mut self, count: u64) {
        if count == 0 {
            return;
        }
        let (since, before) = match self.said {
            Some((said, before)) if said.elapsed() < SAY_EVERY => {
                self.said = Some((said, before + count));
                return;
            }
            Some((_, before)) => (before, true),
            None => (0, false),
        };
        let again = if before {
            " since it was last said"
        } else {
            ""
        };
        let message = format!(
            "{} records for the table {} were refused{again}; the reject file has them with the reasons",
            since + count,
            self.write.target.name()
        );
        self.context.tell("N_RECORD_REFUSED", message);
        self.said = Some((Instant::now(), 0));
    }

    /// Opens a connection where none is open, and moves `part`, tried until it works; why, where a record
    /// in it is refused.
    async fn attempt(&mut self, part: Option<&Part<'_>>) -> Result<Option<String>, AdapterError> {
        loop {
            let context = self.context.clone();
            let tried = tokio::select! {
                tried = self.once(part) => tried,
                // A run that was asked to stop doesn't wait for an answer as long as others.
                () = context.stopping_for_long() => {
                    Err(Failed::Again("doesn't answer".to_owned(), None).into())
                }
            };
            match tried {
                Ok(()) => {
                    self.retry.worked();
                    return Ok(None);
                }
                Err(Wrong::Record(reason)) => return Ok(Some(reason)),
                Err(Wrong::Failed(Failed::ForGood(error))) => return Err(error),
                Err(Wrong::Failed(Failed::Again(why, asked))) => {
                    // Whatever is on its way in it isn't known any more.
                    self.open = None;
                    self.retry.failed(&why, asked).await?;
                }
            }
        }
    }

    async fn once(&mut self, part: Option<&Part<'_>>) -> Result<(), Wrong> {
        let timeout = self.write.server.timeout;
        let late = || {
            let why = format!("didn't answer within {} s", timeout.as_secs());
            Wrong::Failed(Failed::Again(why, None))
        };
        let mut open = match self.open.take() {
            Some(open) => open,
            None => {
                let connection = self.write.server.connect(&self.allow).await?;
                let opened = tokio::time::timeout(timeout, self.opened(connection)).await;
                opened.map_err(|_| late())??
            }
        };
        let done = match part {
            None => Ok(()),
            Some(part) => {
                let moved = tokio::time::timeout(timeout, self.transact(&mut open, part)).await;
                moved.map_err(|_| late())?
            }
        };
        self.open = Some(open);
        done
    }

    /// Looks at the tables over a connection, and where this run is.
    async fn opened(&mut self, mut connection: Connection) -> Result<Open, Wrong> {
        let client = &mut connection.client;
        let table = self.write.target.find(client).await?;
        if let Some(prepare) = &table.prepare {
            client.batch_execute(prepare).await?;
        }
        let number = match self.position {
            Some(known) => self.positions.read(client, known).await?,
            None => {
                let position = self.positions.claim(client).await?;
                if position.is_new {
                    let message = format!(
                        "{} knows nothing of the stream {}; it goes on behind record {} of the checkpoint",
                        self.positions.table, self.positions.stream, self.positions.from
                    );
                    self.context.tell("N_POSTGRES_BEGUN", message);
                }
                self.unsaved = position.refused;
                position.number
            }
        };
        let advance = self.positions.prepare(client).await?;
        self.position = Some(number);
        Ok(Open {
            connection,
            table,
            advance,
        })
    }

    /// Writes a part and moves the position behind it, both or neither. Where the position wasn't where
    /// this run believed, nothing but that is learned.
    async fn transact(&mut self, open: &mut Open, part: &Part<'_>) -> Result<(), Wrong> {
        let begin = part.first + part.range.start as u64;
        let last = part.first + part.range.end as u64 - 1;
        let position = self.position.unwrap_or_default();
        if begin <= position {
            // A new connection told that more is there.
            return Ok(());
        }
        let mut kept = self.unsaved.clone();
        for (number, row) in (part.first..=last).zip(part.rows) {
            if let Row::Refused(reason) = row {
                kept.insert(number, reason.clone());
            }
        }
        let transaction = open.connection.client.transaction().await?;
        let moves = (position, last);
        let (positions, advance) = (&self.positions, &open.advance);
        if !positions
            .advance(&transaction, advance, moves, &kept)
            .await?
        {
            transaction.rollback().await?;
            let client = &open.connection.client;
            self.position = Some(self.positions.read(client, position).await?);
            return Ok(());
        }
        let rows = part.rows[part.range.clone()].iter();
        let mut rows = (begin..).zip(rows).filter_map(|(number, row)| match row {
            Row::Bytes(bytes) => Some((number, bytes)),
            Row::Refused(_) | Row::There => None,
        });
        if let Some(first) = rows.next() {
            let copy = transaction.copy_in(&open.table.copy).await?;
            let mut copy = std::pin::pin!(copy);
            let mut chunk = Vec::new();
            for (number, bytes) in std::iter::once(first).chain(rows) {
                if open.table.merge.is_some() {
                    chunk.extend_from_slice(number.to_string().as_bytes());
                    chunk.push(b'\t');
                }
                chunk.extend_from_slice(bytes);
                chunk.push(b'\n');
                if chunk.len() >= CHUNK {
                    copy.send(Bytes::from(std::mem::take(&mut chunk))).await?;
                }
            }
            copy.send(Bytes::from(chunk)).await?;
            copy.finish().await?;
            if let Some(merge) = &open.table.merge {
                transaction.batch_execute(merge).await?;
            }
        }
        transaction.commit().await?;
        self.position = Some(last);
        Ok(())
    }
}
