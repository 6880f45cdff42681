//! Changes of the tables of a publication, in the order in which their transactions were committed, and
//! found again.
//!
//! The server keeps what comes behind the slot's position, which is told to it only once a checkpoint has
//! what came before. A checkpoint's own position is a transaction and how many of its records were given:
//! whatever the server sends again in front of that is left out.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::{BufMut as _, Bytes};
use postgres_protocol::message::backend::Message;
use tokio::time::Instant;

use super::pgoutput::{SINCE_2000, Said, Tables, Transaction, read_lsn, said, written_lsn};
use super::server::{Connection, Server, quoted};
use super::wire::{Came, Denied, Wire, broken, denied};
use crate::allow_net::AllowNet;
use crate::error::AdapterError;
use crate::net::connect::Failed;
use crate::net::cut::Cut;
use crate::net::intake::{Intake, Room, Spot};
use crate::net::reactor::Context;
use crate::net::retry::{LAST, Retry};
use crate::net::watch::{Lag, Watch};
use crate::trial::{Missed, Step, Trial};

/// What is read.
#[derive(Clone)]
pub struct Changes {
    /// The server.
    pub server: Server,
    /// The slot, which is this pipeline's own.
    pub slot: String,
    /// Whether a slot that isn't there is made, where nothing was read before.
    pub makes_slot: bool,
    /// The publication.
    pub publication: String,
    /// The most bytes that are in memory.
    pub most: usize,
}

/// Records of about so many bytes go to the loop at once.
const PIECE: usize = 32 * 1024;
/// And of so many transactions: a checkpoint names each.
const TRANSACTIONS: usize = 64;
/// How often a checkpoint is asked for only to say what the server may be told.
const NOTE: Duration = Duration::from_secs(1);
/// How often it is looked what lasts.
const LOOK: Duration = Duration::from_millis(100);
/// How often the server is told that somebody is there, at least.
const TELL: Duration = Duration::from_secs(1);
/// How often it is asked how far behind the slot is.
const LAG: Duration = Duration::from_secs(1);
/// How long it isn't asked after it didn't answer that.
const NO_LAG: Duration = Duration::from_secs(5);

/// Reads on the reactor, until it ends.
pub fn follow(changes: Changes, allow: AllowNet, context: &Context, intake: Intake) {
    let retry = Retry::new(context.clone(), changes.server.name(), None);
    let guest = context.guest();
    let (asked, own, allowed) = (changes.clone(), context.clone(), allow.clone());
    context.spawn(async move {
        tokio::select! {
            () = asked.tell_lag(&allowed, own.watch()) => {}
            () = own.stopped() => {}
        }
    });
    let following = Following {
        given: None,
        last: 0,
        owed: VecDeque::new(),
        flushed: 0,
        limit: None,
        passed: 0,
        noted: Instant::now(),
        changes,
        allow,
        context: context.clone(),
        intake: intake.clone(),
    };
    context.spawn(async move {
        if let Err(error) = following.run(retry).await {
            intake.fail(error);
        }
        drop(guest);
    });
}

/// A transaction, by where its commit is, and how many of its records were given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Given {
    commit: u64,
    records: u64,
}

struct Following {
    changes: Changes,
    allow: AllowNet,
    context: Context,
    intake: Intake,
    /// The last record that was given, in this run or in one before.
    given: Option<Given>,
    /// The number of the last record that was given.
    last: u64,
    /// Where transactions end, and the number of the record that has to last for that.
    owed: VecDeque<(u64, u64)>,
    /// Everything in front of it lasts.
    flushed: u64,
    /// The server is told of nothing behind this: a checkpoint says so before. Where the slot is behind it,
    /// it isn't the one that was read, or somebody else moved it. Nothing before the slot was seen.
    limit: Option<u64>,
    /// The server sent all that the publication has in front of this, and what of it was given is owed.
    passed: u64,
    /// When a checkpoint was last asked for without a record.
    noted: Instant,
}

/// Over one connection.
struct Session {
    wire: Wire,
    system: String,
    tables: Tables,
    /// What comes now.
    open: Option<Open>,
    piece: Piece,
    /// Records that are cut otherwise than those in the piece, and wait until these are given.
    late: VecDeque<(String, Cut, Transaction, u64)>,
    /// How far the server has sent.
    received: u64,
    /// When it was told something.
    told: Instant,
    told_flushed: u64,
    /// When it was heard.
    heard: Instant,
    /// It was asked to answer.
    asked: bool,
}

impl Session {
    /// Puts what waits into the piece, as far as that takes it.
    fn fill(&mut self) {
        let piece = &mut self.piece;
        while let Some((json, cut, of, index)) =
            self.late.pop_front_if(|(_, cut, ..)| piece.takes(*cut))
        {
            piece.add(&json, cut, of, index);
        }
    }
}

/// A transaction that comes.
struct Open {
    of: Transaction,
    /// How many records of it came.
    records: u64,
    /// How many of these were given before.
    skip: u64,
}

/// Records on their way to the loop.
#[derive(Default)]
struct Piece {
    bytes: Vec<u8>,
    cut: Option<Cut>,
    records: u64,
    /// Of each transaction with records here: its commit, its first record here, and how many.
    of: Vec<(u64, u64, u64)>,
    /// Behind how many of the records a transaction ends, and where.
    ends: Vec<(u64, u64)>,
}

impl Piece {
    fn is_full(&self) -> bool {
        self.bytes.len() >= PIECE || self.of.len() >= TRANSACTIONS || self.cut == Some(Cut::Aside)
    }

    /// Whether a record that is cut so goes behind those that are here.
    fn takes(&self, cut: Cut) -> bool {
        self.records == 0 || self.cut == Some(cut) && cut == Cut::Prefixed
    }

    fn add(&mut self, record: &str, cut: Cut, of: Transaction, index: u64) {
        cut.add(record.as_bytes(), &mut self.bytes);
        self.cut = Some(cut);
        self.records += 1;
        match self.of.last_mut() {
            Some((commit, _, count)) if *commit == of.commit => *count += 1,
            _ => self.of.push((of.commit, index, 1)),
        }
    }

    /// The last record here.
    fn last(&self) -> Option<Given> {
        let (commit, first, count) = *self.of.last()?;
        Some(Given {
            commit,
            records: first + count,
        })
    }

    /// Where it is, in one line: what was given in front of it, records of which transactions, from which
    /// one, and what the server is told at most while this is the last line.
    fn line(&self, place: &[&str; 3], front: Option<Given>, limit: u64) -> Arc<str> {
        let front = front.map(|given| (written_lsn(given.commit), given.records));
        let of: Vec<_> = self
            .of
            .iter()
            .map(|(commit, first, count)| (written_lsn(*commit), first, count))
            .collect();
        let line = serde_json::json!([place, front, of, written_lsn(limit)]);
        line.to_string().into()
    }
}

/// What a line says.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    place: [String; 3],
    given: Option<Given>,
    limit: u64,
}

/// The same `skip` records behind the line's begin.
fn read_line(line: &str, skip: u64) -> Option<Line> {
    type Written = (
        [String; 3],
        Option<(String, u64)>,
        Vec<(String, u64, u64)>,
        String,
    );
    let (place, front, of, limit): Written = serde_json::from_str(line).ok()?;
    let at = |commit: &str, records| {
        let commit = read_lsn(commit)?;
        Some(Given { commit, records })
    };
    let mut given = match front {
        Some((commit, records)) => Some(at(&commit, records)?),
        None => None,
    };
    let mut left = skip;
    for (commit, first, count) in of {
        let taken = left.min(count);
        if taken == 0 {
            break;
        }
        left -= taken;
        given = Some(at(&commit, first.checked_add(taken)?)?);
    }
    let limit = read_lsn(&limit)?;
    (left == 0).then_some(Line {
        place,
        given,
        limit,
    })
}

impl Following {
    async fn run(mut self, mut retry: Retry) -> Result<(), AdapterError> {
        loop {
            match self.session(&mut retry).await {
                Ok(()) => return Ok(()),
                // Nothing is owed to a server that doesn't answer: a run that is asked to stop stops.
                Err(_) if self.context.stopping() => return Ok(()),
                Err(Failed::ForGood(error)) => return Err(error),
                Err(Failed::Again(why, asked)) => {
                    if retry.failed(&why, asked).await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Over one connection, until the run is asked to stop or takes no more.
    async fn session(&mut self, retry: &mut Retry) -> Result<(), Failed> {
        let timeout = self.changes.server.timeout;
        let context = self.context.clone();
        let opened = tokio::select! {
            opened = tokio::time::timeout(timeout, self.open()) => opened,
            () = context.stopped() => return Ok(()),
        };
        let why = || {
            Failed::Again(
                format!("didn't answer within {} s", timeout.as_secs()),
                None,
            )
        };
        let mut session = opened.map_err(|_| why())??;
        retry.worked();
        loop {
            self.note_saved();
            if !self.note_passed(&session) {
                return Ok(());
            }
            self.tell(&mut session, false).await?;
            if context.stopping() {
                self.settle(&mut session).await;
                return Ok(());
            }
            // What is here already goes into the piece first.
            let came = match session.piece.is_full() || !session.late.is_empty() {
                true => None,
                false => session.wire.here()?,
            };
            if let Some(came) = came {
                session.heard = Instant::now();
                session.asked = false;
                self.take(&mut session, came)?;
                continue;
            }
            if session.piece.records > 0 {
                let wanted = session.piece.bytes.len();
                let room = tokio::select! {
                    biased;
                    room = self.intake.room(wanted) => Some(room),
                    () = tokio::time::sleep(LOOK) => None,
                };
                match room {
                    // The server is told meanwhile that somebody is there.
                    None => session.heard = Instant::now(),
                    Some(None) => return Err(Failed::ForGood(self.too_large())),
                    Some(Some(room)) => {
                        if !self.give(&mut session, room) {
                            return Ok(());
                        }
                    }
                }
                continue;
            }
            tokio::select! {
                more = session.wire.more() => {
                    more?;
                    session.heard = Instant::now();
                    session.asked = false;
                }
                () = tokio::time::sleep(LOOK) => {
                    if session.heard.elapsed() >= timeout {
                        return Err(why());
                    }
                    if session.heard.elapsed() >= timeout / 2 && !session.asked {
                        session.asked = true;
                        self.tell(&mut session, true).await?;
                    }
                }
            }
        }
    }

    /// A connection on which changes come.
    async fn open(&mut self) -> Result<Session, Failed> {
        let server = &self.changes.server;
        let addresses = server.peer.resolve(&self.allow).await?;
        let stream = server.peer.reach(addresses).await?;
        let mut wire = Wire::secure(server, stream).await?;
        wire.introduce(server).await?;
        let system = self.changes.system(&mut wire).await?;
        if self.limit.is_none() {
            self.go_on(&system);
        }
        self.changes.find_publication(&mut wire).await?;
        let known = self.limit.is_some();
        let confirmed = match self.changes.find_slot(&mut wire, known).await? {
            Some(confirmed) => confirmed,
            None if !self.changes.makes_slot || known => {
                let error = self.changes.no_slot(known, "isn't there");
                return Err(Failed::ForGood(error));
            }
            None => {
                self.changes.make_slot(&mut wire).await?;
                let message = format!(
                    "the slot {} was made: changes from now on are read",
                    self.changes.slot
                );
                self.context.tell("N_POSTGRES_SLOT", message);
                let made = self.changes.find_slot(&mut wire, known).await?;
                made.ok_or_else(|| broken("nothing of a slot that it just made"))?
            }
        };
        let limit = *self.limit.get_or_insert(confirmed);
        if confirmed > limit {
            let why = format!(
                "is at {}, and was told {} at most: it was made anew, or moved by somebody else, or the \
                 checkpoint is an older one",
                written_lsn(confirmed),
                written_lsn(limit)
            );
            return Err(Failed::ForGood(self.changes.no_slot(true, &why)));
        }
        // From the slot's position, which is told only what lasts.
        let start = format!(
            "START_REPLICATION SLOT {} LOGICAL 0/0 (proto_version '1', publication_names {})",
            quoted(&self.changes.slot),
            literal(&quoted(&self.changes.publication))
        );
        let started = wire.stream(&start, self.changes.most).await?;
        started.map_err(|no| self.changes.denied(&no, known))?;
        Ok(Session {
            wire,
            system,
            tables: Tables::default(),
            open: None,
            piece: Piece::default(),
            late: VecDeque::new(),
            received: 0,
            told: Instant::now(),
            told_flushed: 0,
            heard: Instant::now(),
            asked: false,
        })
    }

    /// Takes up where the checkpoint ends, if it speaks of this slot.
    fn go_on(&mut self, system: &str) {
        let Some(Spot { at, skip }) = self.intake.begin() else {
            return;
        };
        let (database, slot) = (&self.changes.server.database, &self.changes.slot);
        match read_line(at, *skip) {
            Some(line) if line.place == [system, database, slot] => {
                (self.given, self.limit) = (line.given, Some(line.limit));
            }
            _ => {
                let message = format!(
                    "the checkpoint speaks of another server, database or slot; what the slot {slot} has is \
                     read"
                );
                self.context.tell("N_POSTGRES_ANEW", message);
            }
        }
    }

    /// Takes what the server sent.
    fn take(&mut self, session: &mut Session, came: Came) -> Result<(), Failed> {
        let data = match came {
            Came::Message(Message::CopyData(body)) => body.into_bytes(),
            Came::Message(Message::ErrorResponse(body)) => {
                return Err(self.changes.denied(&denied(&body), true));
            }
            Came::Message(Message::NoticeResponse(_) | Message::ParameterStatus(_)) => {
                return Ok(());
            }
            Came::Message(Message::CopyDone) => {
                return Err(Failed::Again("ended the changes".to_owned(), None));
            }
            Came::Message(_) | Came::Both => return Err(broken("something else than changes")),
        };
        match (data.first(), data.len()) {
            // A head of three numbers, of which the second says how far the server is.
            (Some(b'w'), 25..) => {
                session.received = session.received.max(number(&data[9..17]));
                self.change(session, &data[25..])
            }
            (Some(b'k'), 18) => {
                let at = number(&data[1..9]);
                session.received = session.received.max(at);
                // Where nothing is on its way, all that the server passed over is done with.
                if session.open.is_none() && session.piece.records == 0 && self.owed.is_empty() {
                    self.passed = self.passed.max(at);
                }
                session.asked = false;
                if data[17] != 0 {
                    // It wants to be answered at once.
                    session.told = Instant::now().checked_sub(TELL).unwrap_or(session.told);
                }
                Ok(())
            }
            _ => Err(broken("a change without a head")),
        }
    }

    fn change(&mut self, session: &mut Session, message: &[u8]) -> Result<(), Failed> {
        let odd = || broken("a change that isn't one of its plugin `pgoutput`");
        let change = said(message).ok_or_else(odd)?;
        match change {
            Said::Begin { commit, at, xid } => {
                let skip = match self.given {
                    Some(given) if commit < given.commit => u64::MAX,
                    Some(given) if commit == given.commit => given.records,
                    _ => 0,
                };
                session.open = Some(Open {
                    of: Transaction { commit, at, xid },
                    records: 0,
                    skip,
                });
                Ok(())
            }
            Said::Commit { commit, end } => {
                let open = session.open.take().ok_or_else(odd)?;
                if open.of.commit != commit {
                    return Err(odd());
                }
                match session.piece.records {
                    0 => self.passed = self.passed.max(end),
                    records => session.piece.ends.push((records, end)),
                }
                Ok(())
            }
            Said::Relation(id, relation) => {
                session.tables.learn(id, relation);
                Ok(())
            }
            Said::Other => Ok(()),
            change => {
                let open = session.open.as_mut().ok_or_else(odd)?;
                let records = session.tables.records(open.of, open.records, &change);
                for record in records.ok_or_else(odd)? {
                    let index = open.records;
                    open.records += 1;
                    if index < open.skip {
                        continue;
                    }
                    let cut = match record.whole {
                        true => Cut::Prefixed,
                        // Text that is none stays aside.
                        false => Cut::Aside,
                    };
                    session.late.push_back((record.json, cut, open.of, index));
                }
                session.fill();
                Ok(())
            }
        }
    }

    /// Gives the loop what is in the piece; false where it takes no more.
    fn give(&mut self, session: &mut Session, room: Room) -> bool {
        let piece = std::mem::take(&mut session.piece);
        let limit = piece.ends.last().map_or(0, |(_, end)| *end);
        let at = self.line(session, &piece, limit);
        let cut = piece.cut.unwrap_or(Cut::Prefixed);
        let last = piece.last();
        let given = self
            .intake
            .give_at(at, Bytes::from(piece.bytes), cut, piece.records, room);
        let Some(number) = given else {
            return false;
        };
        self.last = number;
        self.given = last.or(self.given);
        let first = number - piece.records;
        let ends = piece.ends.iter();
        self.owed
            .extend(ends.map(|(behind, end)| (first + behind, *end)));
        session.fill();
        true
    }

    /// The line of what is given next, and that the server may be told of `end` once it lasts.
    fn line(&mut self, session: &Session, piece: &Piece, end: u64) -> Arc<str> {
        let limit = self.limit.unwrap_or(0).max(end).max(self.passed);
        self.limit = Some(limit);
        let (database, slot) = (&self.changes.server.database, &self.changes.slot);
        piece.line(&[&session.system, database, slot], self.given, limit)
    }

    /// Where nothing is on its way, has a checkpoint say that the server may be told of what it passed over;
    /// false where the loop takes no more.
    fn note_passed(&mut self, session: &Session) -> bool {
        let quiet = session.open.is_none() && session.piece.records == 0 && self.owed.is_empty();
        if !quiet || self.passed <= self.flushed || self.noted.elapsed() < NOTE {
            return true;
        }
        self.noted = Instant::now();
        let (at, end) = (self.line(session, &Piece::default(), 0), self.passed);
        let Some(number) = self.intake.note(at) else {
            return false;
        };
        self.owed.push_back((number, end));
        true
    }

    fn note_saved(&mut self) {
        let (saved, _) = self.intake.saved_now();
        while let Some((_, end)) = self.owed.pop_front_if(|(number, _)| *number <= saved) {
            self.flushed = self.flushed.max(end);
        }
    }

    /// Tells the server how far everything lasts, where that is news or it is time.
    async fn tell(&self, session: &mut Session, answers: bool) -> Result<(), Failed> {
        let news = self.flushed > session.told_flushed && session.told.elapsed() >= LOOK;
        if !news && !answers && session.told.elapsed() < TELL {
            return Ok(());
        }
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = since.map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(0));
        let mut status = Vec::with_capacity(34);
        status.put_u8(b'r');
        status.put_u64(session.received.max(self.flushed));
        status.put_u64(self.flushed);
        status.put_u64(self.flushed);
        status.put_i64(now - SINCE_2000);
        status.put_u8(u8::from(answers));
        let timeout = self.changes.server.timeout;
        let sent = tokio::time::timeout(timeout, session.wire.answer(&status)).await;
        sent.map_err(|_| {
            Failed::Again(format!("took nothing within {} s", timeout.as_secs()), None)
        })??;
        session.told = Instant::now();
        session.told_flushed = self.flushed;
        Ok(())
    }

    /// Waits a little until what was given lasts, and tells the server.
    async fn settle(&mut self, session: &mut Session) {
        // Where it doesn't in time, the server sends it again, and it is left out.
        let _ = tokio::time::timeout(LAST, self.intake.saved(self.last)).await;
        self.note_saved();
        let _ = self.tell(session, true).await;
    }

    fn too_large(&self) -> AdapterError {
        AdapterError::new(
            "E_POSTGRES_ROW",
            format!(
                "a change that the slot {} has is larger than all that may be in memory",
                self.changes.slot
            ),
            "deploy a config with a larger `in_flight_bytes`, or publish fewer columns",
        )
    }
}

impl Changes {
    /// Says how many bytes of its log the server keeps for the slot, over a connection of its own: on the
    /// other one changes come, and nothing can be asked.
    async fn tell_lag(&self, allow: &AllowNet, watch: &Watch) {
        loop {
            // That the server doesn't answer is told by who reads.
            if let Ok(connection) = self.server.connect(allow).await {
                while let Some(lag) = self.lag(&connection).await {
                    watch.behind(Some(Lag::exactly(lag)));
                    tokio::time::sleep(LAG).await;
                }
            }
            watch.behind(None);
            tokio::time::sleep(NO_LAG).await;
        }
    }

    /// How many bytes it is; nothing where that can't be known.
    async fn lag(&self, connection: &Connection) -> Option<u64> {
        let ask = "SELECT pg_catalog.pg_wal_lsn_diff(CASE WHEN pg_catalog.pg_is_in_recovery() \
                   THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_lsn() END, \
                   confirmed_flush_lsn)::bigint FROM pg_catalog.pg_replication_slots WHERE slot_name = $1";
        let asked = async { connection.client.query_opt(ask, &[&self.slot]).await };
        let row = tokio::time::timeout(self.server.timeout, asked).await;
        let bytes: Option<i64> = row.ok()?.ok()??.try_get(0).ok()?;
        u64::try_from(bytes?.max(0)).ok()
    }

    /// Which server it is, whatever its address.
    async fn system(&self, wire: &mut Wire) -> Result<String, Failed> {
        let rows = wire.ask("IDENTIFY_SYSTEM").await?;
        let rows = rows.map_err(|no| no.failed())?;
        let system = rows
            .into_iter()
            .next()
            .and_then(|row| row.into_iter().next());
        system
            .flatten()
            .ok_or_else(|| broken("no word about which one it is"))
    }

    async fn find_publication(&self, wire: &mut Wire) -> Result<(), Failed> {
        let name = literal(&self.publication);
        let ask = format!("SELECT 1 FROM pg_catalog.pg_publication WHERE pubname = {name}");
        let rows = wire.ask(&ask).await?.map_err(|no| no.failed())?;
        match rows.is_empty() {
            false => Ok(()),
            true => Err(Failed::ForGood(AdapterError::new(
                "E_POSTGRES_PUBLICATION",
                format!(
                    "the database {} has no publication {}",
                    self.server.database, self.publication
                ),
                "make it, before the slot: CREATE PUBLICATION name FOR TABLE …; or correct its name in the \
                 config",
            ))),
        }
    }

    /// The position of the slot; nothing where it isn't there. `gaps` where it had been read from before.
    async fn find_slot(&self, wire: &mut Wire, gaps: bool) -> Result<Option<u64>, Failed> {
        let ask = format!(
            "SELECT plugin, database, wal_status, confirmed_flush_lsn::text \
             FROM pg_catalog.pg_replication_slots WHERE slot_name = {}",
            literal(&self.slot)
        );
        let rows = wire.ask(&ask).await?.map_err(|no| no.failed())?;
        let Some(row) = rows.into_iter().next() else {
            return Ok(None);
        };
        let mut row = row.into_iter().map(Option::unwrap_or_default);
        let mut next = || row.next().unwrap_or_default();
        let (plugin, database, status, at) = (next(), next(), next(), next());
        let why = if plugin != "pgoutput" {
            format!("is of the plugin `{plugin}`, not `pgoutput`")
        } else if database != self.server.database {
            format!("is of the database {database}")
        } else if status == "lost" {
            "has lost what it kept: it was further behind than the server may keep".to_owned()
        } else {
            return Ok(Some(read_lsn(&at).unwrap_or(0)));
        };
        Err(Failed::ForGood(self.no_slot(gaps, &why)))
    }

    async fn make_slot(&self, wire: &mut Wire) -> Result<(), Failed> {
        let name = quoted(&self.slot);
        let make = format!("CREATE_REPLICATION_SLOT {name} LOGICAL pgoutput NOEXPORT_SNAPSHOT");
        wire.ask(&make).await?.map(drop).map_err(|no| no.failed())
    }

    /// Why nothing can be read from the slot; `gaps` where it had been read from before.
    fn no_slot(&self, gaps: bool, why: &str) -> AdapterError {
        let (slot, database) = (&self.slot, &self.server.database);
        let help = match gaps {
            false => format!(
                "make it: SELECT pg_create_logical_replication_slot('{slot}', 'pgoutput'); or correct the \
                 config; changes that were made before aren't in it"
            ),
            true => "changes since the checkpoint are lost to this pipeline: fill the gap from the tables \
                     themselves, move the checkpoint away, make a new slot, and start again"
                .to_owned(),
        };
        AdapterError::new(
            "E_POSTGRES_SLOT",
            format!("the slot {slot} of the database {database} {why}"),
            help,
        )
    }

    /// What the server's refusal to send changes means.
    fn denied(&self, no: &Denied, gaps: bool) -> Failed {
        match no.code.as_str() {
            // It isn't there, or isn't in the state that it has to be in.
            "42704" | "55000" => {
                Failed::ForGood(self.no_slot(gaps, &format!("can't be read from: {}", no.words())))
            }
            _ => no.failed(),
        }
    }

    /// A trial: the server, who asks, the publication and the slot.
    pub async fn try_out(&self, allow: &AllowNet, trial: &mut Trial<'_>) {
        let server = &self.server;
        let who = server.name();
        let Some(stream) = server.peer.try_reach(allow, trial).await else {
            return;
        };
        let wire = match &server.peer.tls {
            None => Wire::secure(server, stream).await.ok(),
            Some(_) => {
                let secured = trial.step(Step::Secure, &who, async {
                    let wire = Wire::secure(server, stream).await?;
                    let host = &server.peer.host;
                    Ok((wire, format!("{host} proves itself by its certificate")))
                });
                secured.await
            }
        };
        let Some(mut wire) = wire else {
            return;
        };
        let proven = trial.step(Step::Authenticate, &who, async {
            wire.introduce(server).await?;
            let words = format!("{who} takes this for the user {}", server.user);
            Ok(((), words))
        });
        if proven.await.is_none() {
            return;
        }
        let found = trial.step(Step::Find, &who, async {
            self.find_publication(&mut wire).await?;
            let words = match self.find_slot(&mut wire, false).await? {
                Some(at) => format!("the slot {} is at {}", self.slot, written_lsn(at)),
                None if self.makes_slot => format!("the slot {} will be made", self.slot),
                None => return Err(Missed::Error(self.no_slot(false, "isn't there"))),
            };
            Ok(((), words))
        });
        let _: Option<()> = found.await;
    }
}

/// Text as the server's language has it.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transaction(commit: u64) -> Transaction {
        Transaction {
            commit,
            at: 0,
            xid: 1,
        }
    }

    #[test]
    fn a_line_and_a_number_of_records_are_a_place_in_a_transaction() {
        let mut piece = Piece::default();
        for (commit, index) in [(0x1_0000_0010, 4), (0x1_0000_0010, 5), (0x1_0000_0020, 0)] {
            piece.add("{}", Cut::Prefixed, transaction(commit), index);
        }
        let at = |commit, records| Some(Given { commit, records });
        let front = at(0x1_0000_0010, 4);
        let line = piece.line(&["system", "data", "slot"], front, 0x1_0000_0030);
        assert_eq!(
            &*line,
            r#"[["system","data","slot"],["1/10",4],[["1/10",4,2],["1/20",0,1]],"1/30"]"#
        );
        let read = |given| {
            Some(Line {
                place: ["system", "data", "slot"].map(str::to_owned),
                given,
                limit: 0x1_0000_0030,
            })
        };
        for (skip, given) in [
            (0, front),
            (1, at(0x1_0000_0010, 5)),
            (2, at(0x1_0000_0010, 6)),
            (3, at(0x1_0000_0020, 1)),
        ] {
            assert_eq!(read_line(&line, skip), read(given));
        }
        assert_eq!(piece.last(), at(0x1_0000_0020, 1));
        // Where nothing comes, only what was given before, and what the server may be told.
        let none = Piece::default();
        let line = none.line(&["system", "data", "slot"], None, 0x1_0000_0030);
        assert_eq!(read_line(&line, 0), read(None));
        for (odd, skip) in [
            (&*line, 1),
            ("", 0),
            ("[]", 0),
            (r#"[["a","b","c"],null,[["x",0,1]],"1/30"]"#, 1),
            (r#"[["a","b","c"],null,[],"x"]"#, 0),
        ] {
            assert_eq!(read_line(odd, skip), None, "{odd}");
        }
    }

    #[test]
    fn what_is_cut_otherwise_waits_for_what_is_in_front_of_it() {
        let mut piece = Piece::default();
        assert!(piece.takes(Cut::Prefixed) && piece.takes(Cut::Aside));
        piece.add("{}", Cut::Prefixed, transaction(1), 0);
        assert!(piece.takes(Cut::Prefixed) && !piece.takes(Cut::Aside) && !piece.is_full());
        let mut aside = Piece::default();
        aside.add("{}", Cut::Aside, transaction(1), 0);
        assert!(!aside.takes(Cut::Aside) && !aside.takes(Cut::Prefixed) && aside.is_full());
    }

    #[test]
    fn text_stays_text_in_the_server_s_language() {
        assert_eq!(literal(&quoted("a'; DROP \"b")), "'\"a''; DROP \"\"b\"'");
    }
}
