//! Entries that a consumer of a group reads, and acknowledges once they last.
//!
//! First come those that an earlier run of the same consumer read and didn't acknowledge; every now
//! and then those that another consumer left behind. Entries that were trimmed away in between are
//! told.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Instant, MissedTickBehavior};

use super::server::{Connection, Server};
use crate::allow_net::AllowNet;
use crate::delivery::relock;
use crate::error::AdapterError;
use crate::net::connect::Failed;
use crate::net::cut::Cut;
use crate::net::intake::Intake;
use crate::net::reactor::Context;
use crate::net::retry::Retry;
use crate::net::watch::{Lag, Watch};

/// How long a read waits for something to come.
const BLOCK: Duration = Duration::from_millis(500);
/// How often the server is asked how far behind the group is.
const LAG: Duration = Duration::from_secs(1);

/// What is read.
#[derive(Clone)]
pub struct Group {
    /// The server.
    pub server: Server,
    /// The stream.
    pub stream: String,
    /// The group.
    pub group: String,
    /// Who reads for it.
    pub consumer: String,
    /// Where a group that isn't there yet begins: at the oldest entry, or behind the newest one.
    pub from_start: bool,
    /// The field of an entry that the record stands in.
    pub field: String,
    /// The most entries of a read.
    pub batch_records: u32,
    /// Entries that another consumer didn't acknowledge for this long are taken over.
    pub claim_after: Duration,
}

/// An entry: its id, and its fields.
type Entry = (String, HashMap<Vec<u8>, Vec<u8>>);

/// What is to be acknowledged once a record lasts.
type Owed = (u64, Vec<String>);

/// Reads on the reactor, until it ends.
pub fn read(group: Group, allow: AllowNet, context: &Context, intake: Intake) {
    let group = Arc::new(group);
    let held: Held = Arc::default();
    let (owe, owed) = channel(OWED);
    let acknowledging = Acknowledging {
        group: Arc::clone(&group),
        allow: allow.clone(),
        watch: context.watch().clone(),
        retry: Retry::new(context.clone(), group.server.name(), None),
        intake: intake.clone(),
        held: Arc::clone(&held),
        connection: None,
    };
    let guest = context.guest();
    context.spawn(async move {
        acknowledging.run(owed).await;
        drop(guest);
    });
    let retry = Retry::new(context.clone(), group.server.name(), None);
    let reading = Reading {
        group,
        allow,
        context: context.clone(),
        intake: intake.clone(),
        held,
        owe,
        told: AtomicU64::new(0),
    };
    context.spawn(async move {
        if let Err(error) = reading.run(retry).await {
            intake.fail(error);
        }
    });
}

/// Ids of entries that this run has and the server counts as pending.
type Held = Arc<Mutex<HashSet<String>>>;

struct Reading {
    group: Arc<Group>,
    allow: AllowNet,
    context: Context,
    intake: Intake,
    held: Held,
    owe: Sender<Owed>,
    /// How many entries were removed unread when it was last looked.
    told: AtomicU64,
}

impl Reading {
    async fn run(self, mut retry: Retry) -> Result<(), AdapterError> {
        loop {
            let tried = self.session(&mut retry).await;
            if self.context.stopping() {
                return Ok(());
            }
            match tried {
                Ok(()) => return Ok(()),
                Err(Failed::ForGood(error)) => return Err(error),
                // Nothing is owed to a server that doesn't answer: a run that is asked to stop stops.
                Err(Failed::Again(why, asked)) => {
                    if retry.failed(&why, asked).await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Over one connection, until the run is asked to stop or takes no more.
    async fn session(&self, retry: &mut Retry) -> Result<(), Failed> {
        let mut open = self.group.server.connect(&self.allow).await?;
        self.make_group(&mut open).await?;
        retry.worked();
        self.tell_trimmed(&mut open).await?;
        // What an earlier run, or an earlier connection, read and didn't acknowledge.
        if !self.take_over(&mut open, Whose::Own).await? {
            return Ok(());
        }
        let mut looked = Instant::now();
        while !self.context.stopping() {
            if looked.elapsed() * 2 >= self.group.claim_after {
                looked = Instant::now();
                self.tell_trimmed(&mut open).await?;
                if !self.take_over(&mut open, Whose::Left).await? {
                    return Ok(());
                }
            }
            let entries = self.new_ones(&mut open).await?;
            if !self.give(entries).await? {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn make_group(&self, open: &mut Connection) -> Result<(), Failed> {
        let Group { stream, group, .. } = &*self.group;
        let from = if self.group.from_start { "0" } else { "$" };
        let mut make = redis::cmd("XGROUP");
        make.arg("CREATE")
            .arg(stream)
            .arg(group)
            .arg(from)
            .arg("MKSTREAM");
        let known: Result<(), Failed> = open.ask(&make, Duration::ZERO).await;
        match known {
            Err(Failed::ForGood(error)) if error.message.contains("BUSYGROUP") => Ok(()),
            other => other,
        }
    }

    async fn new_ones(&self, open: &mut Connection) -> Result<Vec<Entry>, Failed> {
        let group = &*self.group;
        let mut read = redis::cmd("XREADGROUP");
        read.arg("GROUP").arg(&group.group).arg(&group.consumer);
        read.arg("COUNT").arg(group.batch_records);
        read.arg("BLOCK").arg(BLOCK.as_millis() as u64);
        read.arg("STREAMS").arg(&group.stream).arg(">");
        let came: Option<Vec<(String, Vec<Entry>)>> = open.ask(&read, BLOCK).await?;
        Ok(came
            .unwrap_or_default()
            .into_iter()
            .flat_map(|one| one.1)
            .collect())
    }

    /// Takes entries that were read and not acknowledged; false where the loop takes no more.
    async fn take_over(&self, open: &mut Connection, whose: Whose) -> Result<bool, Failed> {
        let group = &*self.group;
        let mut from = "-".to_owned();
        loop {
            let mut pending = redis::cmd("XPENDING");
            pending.arg(&group.stream).arg(&group.group);
            let idle = match whose {
                Whose::Own => 0,
                Whose::Left => group.claim_after.as_millis() as u64,
            };
            pending
                .arg("IDLE")
                .arg(idle)
                .arg(&from)
                .arg("+")
                .arg(group.batch_records);
            if whose == Whose::Own {
                pending.arg(&group.consumer);
            }
            let found: Vec<(String, String, u64, u64)> = open.ask(&pending, Duration::ZERO).await?;
            let Some((last, ..)) = found.last() else {
                return Ok(true);
            };
            from = format!("({last}");
            let wanted: Vec<String> = {
                let held = relock(&self.held);
                let others = found.into_iter().filter(|one| match whose {
                    Whose::Own => true,
                    Whose::Left => one.1 != group.consumer,
                });
                others
                    .map(|one| one.0)
                    .filter(|id| !held.contains(id))
                    .collect()
            };
            if wanted.is_empty() {
                continue;
            }
            let mut claim = redis::cmd("XCLAIM");
            claim
                .arg(&group.stream)
                .arg(&group.group)
                .arg(&group.consumer);
            claim.arg(idle).arg(&wanted);
            let came: Vec<Entry> = open.ask(&claim, Duration::ZERO).await?;
            if whose == Whose::Own && came.len() < wanted.len() {
                let gone = wanted.len() - came.len();
                let message = format!(
                    "{gone} entries of the stream {} were trimmed before they were delivered",
                    group.stream
                );
                self.context.tell("N_REDIS_TRIMMED", message);
            }
            if !self.give(came).await? {
                return Ok(false);
            }
        }
    }

    /// Tells where entries were removed before the group read them.
    async fn tell_trimmed(&self, open: &mut Connection) -> Result<(), Failed> {
        let group = &*self.group;
        let own = group.facts(open).await?;
        let mut stream = redis::cmd("XINFO");
        stream.arg("STREAM").arg(&group.stream);
        let stream: Facts = open.ask(&stream, Duration::ZERO).await?;
        let unread = own
            .and_then(|own| removed_unread(&own, &stream))
            .unwrap_or_default();
        let before = self.told.swap(unread, Ordering::Relaxed);
        if unread > before {
            let message = format!(
                "{unread} entries of the stream {} were removed before they were read",
                group.stream
            );
            self.context.tell("N_REDIS_TRIMMED", message);
        }
        Ok(())
    }

    /// Gives the loop entries; false where it takes no more.
    async fn give(&self, entries: Vec<Entry>) -> Result<bool, Failed> {
        let (mut piece, mut ids) = (Vec::new(), Vec::new());
        for (id, mut fields) in entries {
            relock(&self.held).insert(id.clone());
            match fields.remove(self.group.field.as_bytes()) {
                Some(record) => {
                    Cut::Prefixed.add(&record, &mut piece);
                    ids.push(id);
                }
                None => {
                    // In order with the others.
                    if !self.hand_over(&mut piece, &mut ids, Cut::Prefixed).await? {
                        return Ok(false);
                    }
                    let mut odd = id.clone().into_bytes();
                    for (name, value) in fields {
                        odd.push(b' ');
                        odd.extend(name);
                        odd.push(b'=');
                        odd.extend(value);
                    }
                    if !self.hand_over(&mut odd, &mut vec![id], Cut::Aside).await? {
                        return Ok(false);
                    }
                }
            }
            if piece.len() >= PIECE && !self.hand_over(&mut piece, &mut ids, Cut::Prefixed).await? {
                return Ok(false);
            }
        }
        self.hand_over(&mut piece, &mut ids, Cut::Prefixed).await
    }

    async fn hand_over(
        &self,
        piece: &mut Vec<u8>,
        ids: &mut Vec<String>,
        cut: Cut,
    ) -> Result<bool, Failed> {
        if ids.is_empty() {
            return Ok(true);
        }
        let (bytes, ids) = (std::mem::take(piece), std::mem::take(ids));
        let room = tokio::select! {
            room = self.intake.room(bytes.len()) => room,
            () = self.context.stopped() => return Ok(false),
        };
        let room = room.ok_or_else(|| {
            Failed::ForGood(AdapterError::new(
                "E_REDIS_ENTRY",
                format!(
                    "the entry {} of the stream {} is larger than all that may be in memory",
                    ids[0], self.group.stream
                ),
                "deploy a config with a larger `in_flight_bytes`, or take the entry out of the stream",
            ))
        })?;
        let records = ids.len() as u64;
        let Some(last) = self.intake.give(Bytes::from(bytes), cut, records, room) else {
            return Ok(false);
        };
        // Where acknowledging is slower than reading, reading waits for it. Whoever acknowledges lives as long
        // as this, or ended with the run.
        let _ = self.owe.send((last, ids)).await;
        Ok(true)
    }
}

/// So many pieces wait to be acknowledged at most.
const OWED: usize = 64;
/// About so many entries are acknowledged at once.
const ACKNOWLEDGED: usize = 1000;
/// Entries of about so many bytes go to the loop at once.
const PIECE: usize = 32 * 1024;

/// Entries that were read and not acknowledged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// By this consumer.
    Own,
    /// By another one, long ago.
    Left,
}

impl Group {
    /// What the server says of it; nothing where it isn't there.
    async fn facts(&self, open: &mut Connection) -> Result<Option<Facts>, Failed> {
        let mut groups = redis::cmd("XINFO");
        groups.arg("GROUPS").arg(&self.stream);
        let groups: Vec<Facts> = open.ask(&groups, Duration::ZERO).await?;
        let named = |one: &Facts| text(one, "name").as_deref() == Some(&self.group);
        Ok(groups.into_iter().find(named))
    }
}

/// What the server says of a stream, or of a group.
type Facts = HashMap<String, redis::Value>;

fn text(facts: &Facts, name: &str) -> Option<String> {
    match facts.get(name)? {
        redis::Value::BulkString(bytes) => String::from_utf8(bytes.clone()).ok(),
        _ => None,
    }
}

fn number(facts: &Facts, name: &str) -> Option<u64> {
    match facts.get(name)? {
        redis::Value::Int(number) => u64::try_from(*number).ok(),
        _ => None,
    }
}

/// How many entries were removed from a stream before a group read them; nothing where it isn't known,
/// as before version 7.
fn removed_unread(group: &Facts, stream: &Facts) -> Option<u64> {
    let last = id(&text(group, "last-delivered-id")?)?;
    let first = id(&text(stream, "recorded-first-entry-id")?)?;
    let (added, left) = (number(stream, "entries-added")?, number(stream, "length")?);
    let read = match last {
        (0, 0) => 0,
        _ => number(group, "entries-read")?,
    };
    // Where something is left that was read, nothing before it was unread.
    (first > last || left == 0).then(|| added.saturating_sub(left).saturating_sub(read))
}

/// How many entries a group isn't through with: those that nobody read yet, and those that aren't
/// acknowledged. Nothing where it isn't known: before version 7, or where entries were deleted in between.
fn behind(group: &Facts) -> Option<u64> {
    Some(number(group, "lag")?.saturating_add(number(group, "pending")?))
}

/// An id as numbers, which compare as the server does.
fn id(text: &str) -> Option<(u64, u64)> {
    let (time, sequence) = text.split_once('-')?;
    Some((time.parse().ok()?, sequence.parse().ok()?))
}

/// Tells the server what lasts, over a connection of its own: a read that waits would hold it up. Asks over
/// the same how far behind the group is.
struct Acknowledging {
    group: Arc<Group>,
    allow: AllowNet,
    watch: Watch,
    retry: Retry,
    intake: Intake,
    held: Held,
    connection: Option<Connection>,
}

impl Acknowledging {
    async fn run(mut self, mut owed: Receiver<Owed>) {
        let mut next = None;
        let mut lag = tokio::time::interval(LAG);
        lag.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let first = match next.take() {
                Some(first) => Some(first),
                None => loop {
                    tokio::select! {
                        owed = owed.recv() => break owed,
                        _ = lag.tick() => self.tell_lag().await,
                    }
                },
            };
            let Some((number, mut ids)) = first else {
                return;
            };
            let intake = self.intake.clone();
            let mut saved = std::pin::pin!(intake.saved(number));
            let saved = loop {
                tokio::select! {
                    saved = &mut saved => break saved,
                    _ = lag.tick() => self.tell_lag().await,
                }
            };
            if !saved {
                return;
            }
            // With what lasts besides, in one go.
            let (saved, _) = self.intake.saved_now();
            while ids.len() < ACKNOWLEDGED
                && let Ok((number, more)) = owed.try_recv()
            {
                if number > saved {
                    next = Some((number, more));
                    break;
                }
                ids.extend(more);
            }
            loop {
                match self.once(&ids).await {
                    Ok(()) => break self.retry.worked(),
                    Err(Failed::ForGood(error)) => return self.intake.fail(error),
                    Err(Failed::Again(why, asked)) => {
                        self.connection = None;
                        // They come again in the next run.
                        if self.retry.failed(&why, asked).await.is_err() {
                            return;
                        }
                    }
                }
            }
            let mut held = relock(&self.held);
            for id in &ids {
                held.remove(id);
            }
        }
    }

    /// Says how far behind the group is. That the server doesn't answer is told by who reads.
    async fn tell_lag(&mut self) {
        let asked = async {
            let mut open = self.open().await?;
            let group = self.group.facts(&mut open).await?;
            self.connection = Some(open);
            Ok::<_, Failed>(group.as_ref().and_then(behind))
        };
        let lag = asked.await.ok().flatten();
        self.watch.behind(lag.map(Lag::exactly));
    }

    async fn open(&mut self) -> Result<Connection, Failed> {
        match self.connection.take() {
            Some(open) => Ok(open),
            None => self.group.server.connect(&self.allow).await,
        }
    }

    async fn once(&mut self, ids: &[String]) -> Result<(), Failed> {
        let mut open = self.open().await?;
        let mut tell = redis::cmd("XACK");
        tell.arg(&self.group.stream).arg(&self.group.group).arg(ids);
        let _: u64 = open.ask(&tell, Duration::ZERO).await?;
        self.connection = Some(open);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_removed_unread_is_counted_where_nothing_read_is_left() {
        let string = |text: &str| redis::Value::BulkString(text.into());
        let stream = |first: &str, added, left| {
            Facts::from([
                ("recorded-first-entry-id".to_owned(), string(first)),
                ("entries-added".to_owned(), redis::Value::Int(added)),
                ("length".to_owned(), redis::Value::Int(left)),
            ])
        };
        let group = |last: &str, read| {
            Facts::from([
                ("last-delivered-id".to_owned(), string(last)),
                ("entries-read".to_owned(), redis::Value::Int(read)),
            ])
        };
        assert_eq!(
            removed_unread(&group("0-0", 0), &stream("5-0", 9, 5)),
            Some(4)
        );
        assert_eq!(
            removed_unread(&group("3-0", 3), &stream("5-0", 9, 5)),
            Some(1)
        );
        assert_eq!(
            removed_unread(&group("3-0", 3), &stream("4-0", 9, 6)),
            Some(0)
        );
        assert_eq!(removed_unread(&group("3-0", 3), &stream("2-0", 9, 8)), None);
        assert_eq!(
            removed_unread(&group("3-0", 3), &stream("0-0", 9, 0)),
            Some(6)
        );
        assert_eq!(removed_unread(&Facts::new(), &stream("2-0", 9, 8)), None);
    }

    #[test]
    fn a_group_is_behind_by_what_nobody_read_and_what_nobody_acknowledged() {
        let group = |lag: Option<redis::Value>| {
            let pending = ("pending".to_owned(), redis::Value::Int(3));
            let lag = lag.map(|lag| ("lag".to_owned(), lag));
            Facts::from_iter([Some(pending), lag].into_iter().flatten())
        };
        assert_eq!(behind(&group(Some(redis::Value::Int(4)))), Some(7));
        assert_eq!(behind(&group(Some(redis::Value::Nil))), None);
        assert_eq!(behind(&group(None)), None);
    }

    #[test]
    fn ids_compare_by_their_numbers() {
        assert!(id("9-1") < id("10-0") && id("10-2") < id("10-10"));
        assert_eq!(id("10"), None);
    }
}
