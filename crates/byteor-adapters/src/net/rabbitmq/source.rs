//! Records of a stream, in order, from where the checkpoint ends.
//!
//! The checkpoint's position is a record that was given already: it is read again, so that it shows
//! whether the stream is still the one that it was.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _};
use lapin::Consumer;
use lapin::message::Delivery;
use lapin::options::BasicAckOptions;

use super::position::{self, Position, digest};
use super::server::{Begin, Open, Server, delivered, offset};
use crate::allow_net::AllowNet;
use crate::error::AdapterError;
use crate::net::connect::Failed;
use crate::net::cut::Cut;
use crate::net::intake::Intake;
use crate::net::reactor::Context;
use crate::net::retry::Retry;

/// What is read.
#[derive(Clone)]
pub struct Read {
    /// The server.
    pub server: Server,
    /// The stream.
    pub stream: String,
    /// Where it begins without a position: at the oldest record, or behind the newest one.
    pub from_start: bool,
    /// The most records that the server sends before there is room for them.
    pub ahead: u16,
}

/// Records of about so many bytes go to the loop at once.
const PIECE: usize = 32 * 1024;

/// Reads on the reactor, until it ends.
pub fn read(read: Read, allow: AllowNet, context: &Context, intake: Intake) {
    let retry = Retry::new(context.clone(), read.server.name(), None);
    let mut reading = Reading {
        given: None,
        since: None,
        read,
        allow,
        context: context.clone(),
        intake: intake.clone(),
    };
    reading.go_on();
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
    /// A record that was given, and behind which the next one is.
    given: Option<Position>,
    /// Where it began behind the newest record: when that was, in seconds since 1970.
    since: Option<u64>,
}

/// Records on their way to the loop, whose numbers follow one another.
struct Piece {
    /// Number and digest of the first one.
    front: (u64, String),
    bytes: Vec<u8>,
    records: u64,
}

/// Over one connection.
struct Session {
    open: Open,
    /// The position that the first record shows to be there.
    unchecked: Option<Position>,
    /// The number of the next record, where one was given before.
    next: Option<u64>,
    piece: Option<Piece>,
    /// The last record that the server is to be told of, which lets it send more.
    last: Option<Delivery>,
}

/// How reading goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Go {
    /// With the next record.
    On,
    /// From the beginning of the stream.
    Anew,
    /// Not at all: the loop takes no more.
    Nowhere,
}

impl Reading {
    /// Takes up where the checkpoint ends, if it speaks of this stream.
    fn go_on(&mut self) {
        let Some(spot) = self.intake.begin() else {
            return;
        };
        let (host, stream) = (&self.read.server.virtual_host, &self.read.stream);
        self.given = position::read(&spot.at, spot.skip, host, stream);
        if self.given.is_none() {
            let message = format!(
                "the checkpoint speaks of another stream; {stream} is read from where the config says"
            );
            self.context.tell("N_RABBITMQ_OTHER", message);
        }
    }

    async fn run(mut self, mut retry: Retry) -> Result<(), AdapterError> {
        let context = self.context.clone();
        loop {
            let tried = tokio::select! {
                tried = self.session(&mut retry) => tried,
                () = context.stopped() => return Ok(()),
            };
            match tried {
                Ok(Go::Nowhere) => return Ok(()),
                Ok(_) => {}
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

    /// Over one connection, as long as there is something to go on with.
    async fn session(&mut self, retry: &mut Retry) -> Result<Go, Failed> {
        let open = self.read.server.connect(&self.allow).await?;
        open.find(&self.read.stream).await?;
        let from = self.from();
        let (stream, ahead) = (&self.read.stream, self.read.ahead);
        let mut records = open.read(&open.channel, stream, from, ahead).await?;
        retry.worked();
        let mut session = Session {
            open,
            unchecked: self.given.clone(),
            next: self.given.as_ref().map(|given| given.next),
            piece: None,
            last: None,
        };
        loop {
            let mut came = self.first(&mut session, &mut records).await?;
            if came.is_none() {
                return Ok(Go::Anew);
            }
            while let Some(delivery) = came {
                match self.take(&mut session, delivery).await? {
                    Go::On => {}
                    other => return Ok(other),
                }
                // Whatever is there goes to the loop together.
                came = match records.next().now_or_never() {
                    Some(next) => Some(delivered(next)?),
                    None => None,
                };
            }
            if self.hand_over(&mut session).await? != Go::On {
                return Ok(Go::Nowhere);
            }
        }
    }

    /// Where the server begins.
    fn from(&mut self) -> Begin {
        match (&self.given, self.read.from_start, self.since) {
            (Some(given), ..) => Begin::At(given.offset),
            (None, true, _) => Begin::First,
            // What came between two connections isn't passed over.
            (None, false, Some(since)) => Begin::Since(since),
            (None, false, None) => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH);
                self.since = now.ok().map(|now| now.as_secs());
                Begin::Next
            }
        }
    }

    /// The next record, however long it takes; nothing where the stream is to be read anew.
    async fn first(
        &mut self,
        session: &mut Session,
        records: &mut Consumer,
    ) -> Result<Option<Delivery>, Failed> {
        let Some(known) = &session.unchecked else {
            return delivered(records.next().await).map(Some);
        };
        // One that was read once is there at once, or never.
        let quiet = self.read.server.timeout;
        if let Ok(next) = tokio::time::timeout(quiet, records.next()).await {
            return delivered(next).map(Some);
        }
        let (stream, offset) = (&self.read.stream, known.offset);
        let wanted = |found| found >= offset;
        let (found, others) = session
            .open
            .look(stream, Begin::Last, quiet, wanted)
            .await?;
        if found.is_some() || !others && session.open.find(stream).await? > 0 {
            return Err(session.open.late());
        }
        self.is_new(&format!("ends before record {offset}"));
        Ok(None)
    }

    /// The stream isn't the one that it was.
    fn is_new(&mut self, why: &str) {
        let message = format!(
            "the stream {} {why}, where the pipeline was: it was made anew, or lost records; it is read \
             from its beginning",
            self.read.stream
        );
        self.context.tell("N_RABBITMQ_NEW", message);
        self.given = None;
        self.read.from_start = true;
    }

    /// Puts a record to the others.
    async fn take(&mut self, session: &mut Session, came: Delivery) -> Result<Go, Failed> {
        let at = offset(&came)?;
        if let Some(known) = session.unchecked.take()
            && known.offset == at
            && known.digest != digest(&came.data)
        {
            self.is_new(&format!("has another record {at}"));
            return Ok(Go::Anew);
        }
        let next = session.next.unwrap_or(at);
        if at < next {
            // It was given before.
            session.last = Some(came);
            return Ok(Go::On);
        }
        if at > next {
            self.tell_trimmed(&session.open, next, at).await?;
        }
        let wanted = came.data.len() + 4;
        let full = |piece: &Piece| at > next || piece.bytes.len() + wanted > PIECE;
        if session.piece.as_ref().is_some_and(full) && self.hand_over(session).await? != Go::On {
            return Ok(Go::Nowhere);
        }
        let piece = session.piece.get_or_insert_with(|| Piece {
            front: (at, digest(&came.data)),
            bytes: Vec::new(),
            records: 0,
        });
        Cut::Prefixed.add(&came.data, &mut piece.bytes);
        piece.records += 1;
        session.next = Some(at + 1);
        session.last = Some(came);
        Ok(Go::On)
    }

    /// Tells what was removed between two records. Numbers have gaps also where a reader keeps its own
    /// position in the stream.
    async fn tell_trimmed(&self, open: &Open, next: u64, at: u64) -> Result<(), Failed> {
        let stream = &self.read.stream;
        let quiet = self.read.server.timeout;
        let (first, _) = open.look(stream, Begin::First, quiet, |_| true).await?;
        let gone = first.unwrap_or(at).min(at).saturating_sub(next);
        if gone > 0 {
            let message = format!(
                "up to {gone} records of the stream {stream} were removed before they were read"
            );
            self.context.tell("N_RABBITMQ_TRIMMED", message);
        }
        Ok(())
    }

    /// Gives the loop what there is, and asks the server for more.
    async fn hand_over(&mut self, session: &mut Session) -> Result<Go, Failed> {
        if let Some(piece) = session.piece.take() {
            let (offset, digest) = piece.front;
            let room = self.intake.room(piece.bytes.len()).await;
            let room = room.ok_or_else(|| self.too_large(offset))?;
            let Read { server, stream, .. } = &self.read;
            let at = position::written(&server.virtual_host, stream, offset, &digest);
            let (at, bytes) = (Arc::from(at), Bytes::from(piece.bytes));
            let given = self
                .intake
                .give_at(at, bytes, Cut::Prefixed, piece.records, room);
            if given.is_none() {
                return Ok(Go::Nowhere);
            }
            self.given = Some(Position {
                offset,
                digest,
                next: offset + piece.records,
            });
        }
        if let Some(last) = session.last.take() {
            let all = BasicAckOptions { multiple: true };
            session.open.within(last.ack(all)).await?;
        }
        Ok(Go::On)
    }

    fn too_large(&self, offset: u64) -> Failed {
        Failed::ForGood(AdapterError::new(
            "E_RABBITMQ_RECORD",
            format!(
                "record {offset} of the stream {} is larger than all that may be in memory",
                self.read.stream
            ),
            "deploy a config with a larger `in_flight_bytes`",
        ))
    }
}
