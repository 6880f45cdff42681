//! Messages that a durable consumer of a stream reads, and acknowledges once they last.
//!
//! Each is acknowledged by itself, since others may share the consumer, and the server confirms it.
//! Until then it is told that the message is being worked on, so that a sink that is down for long
//! doesn't make it come again.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_nats::Subject;
use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::pull::{Batch, Config};
use async_nats::jetstream::consumer::{AckPolicy, Consumer, DeliverPolicy, Info};
use async_nats::jetstream::context::ConsumerInfoErrorKind;
use async_nats::jetstream::stream::{ConsumerErrorKind, Stream};
use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::Notify;
use tokio::time::MissedTickBehavior;

use super::server::{Connection, Server, answered, no_stream};
use super::tally::Tally;
use crate::allow_net::AllowNet;
use crate::delivery::relock;
use crate::error::AdapterError;
use crate::net::connect::Failed;
use crate::net::cut::Cut;
use crate::net::intake::Intake;
use crate::net::reactor::Context;
use crate::net::retry::Retry;
use crate::net::watch::Lag;

/// How long a read waits for something to come.
const BLOCK: Duration = Duration::from_millis(500);
/// How much later than that an answer comes.
const SLACK: Duration = Duration::from_millis(250);
/// How often it is looked whether messages went before they were read.
const LOOK: Duration = Duration::from_secs(30);
/// How often the server is asked how far behind the consumer is.
const LAG: Duration = Duration::from_secs(1);
/// Messages of about so many bytes go to the loop at once.
const PIECE: usize = 32 * 1024;
/// How many are acknowledged before the server confirms it.
const ACKNOWLEDGED: usize = 1000;
/// How many of those that were acknowledged are known when they come again.
const LATELY: usize = 100_000;
/// No record has this number.
const NEVER: u64 = u64::MAX - 1;

const ACK: &[u8] = b"+ACK";
const IN_PROGRESS: &[u8] = b"+WPI";
const GIVEN_BACK: &[u8] = b"-NAK";

/// What is read.
#[derive(Clone)]
pub struct Pull {
    /// The server.
    pub server: Server,
    /// The stream; where it isn't said, the one that keeps the subject.
    pub stream: Option<String>,
    /// Which of its messages.
    pub subject: String,
    /// The consumer.
    pub consumer: String,
    /// Where a consumer that isn't there yet begins: at the oldest message, or behind the newest one.
    pub from_start: bool,
    /// The most messages of a read.
    pub batch_records: usize,
    /// The most bytes of one.
    pub batch_bytes: usize,
    /// How many messages a consumer that is made here has out at most.
    pub unacknowledged: u32,
    /// After how long those of somebody who is silent come again.
    pub ack_wait: Duration,
}

/// Reads on the reactor, until it ends.
pub fn pull(pull: Pull, allow: AllowNet, context: &Context, intake: Intake) {
    let retry = Retry::new(context.clone(), pull.server.name(), None);
    let known = intake.begin().and_then(|spot| Known::read(&spot.at));
    let pulling = Pulling {
        pull,
        allow,
        context: context.clone(),
        intake,
        books: Mutex::new(Books::new(known)),
        gave: Notify::new(),
    };
    let guest = context.guest();
    context.spawn(async move {
        if let Err(error) = pulling.run(retry).await {
            pulling.intake.fail(error);
        }
        pulling.tell_redelivered();
        drop(guest);
    });
}

/// A stream, told from another one that was made later under the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    name: String,
    /// When it was made, in nanoseconds since 1970.
    made: i128,
}

impl Known {
    fn of(stream: &Stream) -> Self {
        let info = stream.cached_info();
        Self {
            name: info.config.name.clone(),
            made: info.created.unix_timestamp_nanos(),
        }
    }

    /// In front of the message `sequence`, as a checkpoint keeps it.
    fn position(&self, sequence: u64) -> Arc<str> {
        format!("{} {} {sequence}", self.name, self.made).into()
    }

    fn read(position: &str) -> Option<Self> {
        let mut parts = position.split(' ');
        Some(Self {
            name: parts.next()?.to_owned(),
            made: parts.next()?.parse().ok()?,
        })
    }
}

/// A message that this run has and the server waits for.
struct Held {
    /// Where it is acknowledged.
    reply: Subject,
    /// When it was published, in nanoseconds since 1970.
    published: i128,
}

/// What becomes of a message that comes.
#[derive(Debug, PartialEq, Eq)]
enum Met {
    New,
    /// This run has it.
    Held,
    /// It was acknowledged.
    Done,
    /// It is of another stream than the one that has been read so far.
    Other,
}

/// What is known of the stream and its messages, by their numbers in it.
struct Books {
    stream: Option<Known>,
    held: HashMap<u64, Held>,
    /// What was given to the loop, oldest first: number of the last record of a piece, and its messages.
    owed: VecDeque<(u64, Vec<u64>)>,
    /// When those that were acknowledged lately were published.
    done: HashMap<u64, i128>,
    /// They in order, the oldest first.
    order: VecDeque<u64>,
    again: Tally,
    /// The first message of the stream when it was last looked.
    first: u64,
}

impl Books {
    fn new(stream: Option<Known>) -> Self {
        Self {
            stream,
            held: HashMap::new(),
            owed: VecDeque::new(),
            done: HashMap::new(),
            order: VecDeque::new(),
            again: Tally::new("N_NATS_REDELIVERED"),
            first: 0,
        }
    }

    fn meet(&mut self, sequence: u64, held: Held) -> Met {
        if let Some(known) = self.held.get_mut(&sequence) {
            if known.published != held.published {
                return Met::Other;
            }
            // The newest is the one that the server surely knows.
            *known = held;
            return Met::Held;
        }
        match self.done.get(&sequence) {
            Some(published) if *published == held.published => return Met::Done,
            Some(_) => return Met::Other,
            None => {}
        }
        self.held.insert(sequence, held);
        Met::New
    }

    /// Where the messages of the oldest pieces up to record `saved` are acknowledged, and of how many
    /// pieces they are.
    fn due(&self, saved: u64) -> (usize, Vec<Subject>) {
        let (mut pieces, mut due) = (0, Vec::new());
        for (number, sequences) in &self.owed {
            if *number > saved || due.len() >= ACKNOWLEDGED {
                break;
            }
            pieces += 1;
            let held = sequences.iter().filter_map(|one| self.held.get(one));
            due.extend(held.map(|held| held.reply.clone()));
        }
        (pieces, due)
    }

    /// The server confirmed those of the oldest `pieces`.
    fn confirmed(&mut self, pieces: usize) {
        for (_, sequences) in self.owed.drain(..pieces) {
            for sequence in sequences {
                let Some(held) = self.held.remove(&sequence) else {
                    continue;
                };
                if self.done.insert(sequence, held.published).is_none() {
                    self.order.push_back(sequence);
                }
            }
        }
        while self.order.len() > LATELY {
            if let Some(oldest) = self.order.pop_front() {
                self.done.remove(&oldest);
            }
        }
    }

    /// What isn't given to the loop, or with `all` everything that isn't acknowledged; it is forgotten
    /// here.
    fn let_go(&mut self, all: bool) -> Vec<Subject> {
        if all {
            self.owed.clear();
        }
        let owed: std::collections::HashSet<u64> = self
            .owed
            .iter()
            .flat_map(|one| one.1.iter().copied())
            .collect();
        let gone = self.held.extract_if(|sequence, _| !owed.contains(sequence));
        gone.map(|(_, held)| held.reply).collect()
    }
}

struct Pulling {
    pull: Pull,
    allow: AllowNet,
    context: Context,
    intake: Intake,
    books: Mutex<Books>,
    /// Something was given to the loop.
    gave: Notify,
}

impl Pulling {
    async fn run(&self, mut retry: Retry) -> Result<(), AdapterError> {
        loop {
            match self.session(&mut retry).await {
                Ok(()) => return Ok(()),
                Err(Failed::ForGood(error)) => return Err(error),
                // Nothing is owed to a server that doesn't answer: a run that is asked to stop stops,
                // and what wasn't acknowledged comes again.
                Err(Failed::Again(why, asked)) => {
                    if retry.failed(&why, asked).await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Over one connection, until nothing more is saved.
    async fn session(&self, retry: &mut Retry) -> Result<(), Failed> {
        let open = self.pull.server.connect(&self.allow).await?;
        let streams = open.streams(1);
        let (name, subject) = (self.pull.stream.as_deref(), &self.pull.subject);
        let stream = open.find(&streams, name, subject).await?;
        let same = self.know(Known::of(&stream));
        let consumer = self.consumer(&open, &stream, same).await?;
        retry.worked();
        self.tell_trimmed(stream.cached_info(), consumer.cached_info());
        let wait = match consumer.cached_info().config.ack_wait {
            Duration::ZERO => self.pull.ack_wait,
            wait => wait,
        };
        let kept = self.keep(&open, &consumer, wait / 3);
        tokio::pin!(kept);
        let fetched = async {
            self.fetch(&open, &stream, &consumer).await?;
            // Asked to stop: what the loop didn't take is for others, at once.
            self.give_back(&open, false).await
        };
        tokio::select! {
            kept = &mut kept => kept?,
            fetched = fetched => {
                fetched?;
                kept.as_mut().await?;
            }
        }
        self.give_back(&open, true).await
    }

    /// Which stream it is; whether it is known already.
    fn know(&self, stream: Known) -> bool {
        let mut books = relock(&self.books);
        let before = books.stream.replace(stream.clone());
        let Some(before) = before.filter(|before| before.name == stream.name) else {
            return false;
        };
        if before == stream {
            return true;
        }
        // What is held of the old one has numbers that other messages of the new one have.
        let again = std::mem::replace(&mut books.again, Tally::new("N_NATS_REDELIVERED"));
        *books = Books {
            again,
            ..Books::new(Some(stream.clone()))
        };
        drop(books);
        let message = format!(
            "the stream {} was deleted and made again; what wasn't read of the old one is lost",
            stream.name
        );
        self.context.tell("N_NATS_STREAM_NEW", message);
        false
    }

    /// The consumer, which is made where it isn't there; `known` says that the stream was read before.
    async fn consumer(
        &self,
        open: &Connection,
        stream: &Stream,
        known: bool,
    ) -> Result<Consumer<Config>, Failed> {
        let name = &self.pull.consumer;
        let found = match stream.consumer_info(name).await {
            Ok(info) => info,
            Err(error) if error.kind() == ConsumerInfoErrorKind::NotFound => {
                let made = stream.create_consumer(self.config()).await;
                let made = made.map_err(|error| match error.kind() {
                    ConsumerErrorKind::JetStream(said) => answered(&said),
                    ConsumerErrorKind::TimedOut => open.late(),
                    _ => open.failed(&error),
                })?;
                if known {
                    let stream = &stream.cached_info().config.name;
                    let from = if self.pull.from_start {
                        "the oldest message"
                    } else {
                        "the end"
                    };
                    let message = format!(
                        "the consumer {name} of the stream {stream} was gone and is made again, at {from}"
                    );
                    self.context.tell("N_NATS_CONSUMER_NEW", message);
                }
                return Ok(made);
            }
            Err(error) => {
                return Err(match error.kind() {
                    ConsumerInfoErrorKind::StreamNotFound => no_stream("it was deleted"),
                    ConsumerInfoErrorKind::JetStream(said) => answered(&said),
                    ConsumerInfoErrorKind::TimedOut => open.late(),
                    _ => open.failed(&error),
                });
            }
        };
        let other = |why: &str| Failed::ForGood(unfit(&format!("the consumer {name} {why}")));
        if found.config.deliver_subject.is_some() {
            return Err(other("pushes its messages"));
        }
        if found.config.ack_policy != AckPolicy::Explicit {
            return Err(other("doesn't have each message acknowledged by itself"));
        }
        if found.config.filter_subject != self.filter() {
            return Err(other("reads another subject"));
        }
        let config = self.config();
        stream
            .get_or_create_consumer(name, config)
            .await
            .map_err(|error| open.failed(&error))
    }

    /// Which messages of the stream the consumer reads; nothing stands for all.
    fn filter(&self) -> &str {
        match self.pull.subject.as_str() {
            ">" => "",
            subject => subject,
        }
    }

    fn config(&self) -> Config {
        Config {
            durable_name: Some(self.pull.consumer.clone()),
            deliver_policy: match self.pull.from_start {
                true => DeliverPolicy::All,
                false => DeliverPolicy::New,
            },
            ack_policy: AckPolicy::Explicit,
            ack_wait: self.pull.ack_wait,
            max_ack_pending: self.pull.unacknowledged.into(),
            filter_subject: self.filter().to_owned(),
            ..Config::default()
        }
    }

    /// Reads until the run is asked to stop.
    async fn fetch(
        &self,
        open: &Connection,
        stream: &Stream,
        consumer: &Consumer<Config>,
    ) -> Result<(), Failed> {
        let mut looked = Instant::now();
        while !self.context.stopping() {
            if looked.elapsed() >= LOOK {
                looked = Instant::now();
                let about = stream
                    .get_info()
                    .await
                    .map_err(|error| open.failed(&error))?;
                let own = consumer
                    .get_info()
                    .await
                    .map_err(|error| open.failed(&error))?;
                self.tell_trimmed(&about, &own);
            }
            let read = consumer.batch().max_messages(self.pull.batch_records);
            let read = read.max_bytes(self.pull.batch_bytes).expires(BLOCK);
            let mut read = read.messages().await.map_err(|error| open.failed(&error))?;
            let mut any = false;
            while let Some(first) = next(open, consumer, &mut read).await? {
                // What came with it goes to the loop with it.
                let (mut came, mut next, mut over) = (Vec::new(), Some(first), None);
                while let Some(one) = next {
                    match one {
                        Ok(message) => came.push(message),
                        Err(error) => {
                            over = Some(error.to_string());
                            break;
                        }
                    }
                    next = read.next().now_or_never().flatten();
                }
                any |= !came.is_empty();
                if !self.give(open, came).await? {
                    // The rest of the read is for others.
                    while let Some(Ok(message)) = read.next().await {
                        self.say(open, message.reply.clone(), GIVEN_BACK).await?;
                    }
                    return Ok(());
                }
                if let Some(over) = over {
                    ended(&over, any)?;
                    break;
                }
            }
        }
        Ok(())
    }

    /// Gives the loop messages; false where it takes no more.
    async fn give(&self, open: &Connection, came: Vec<Message>) -> Result<bool, Failed> {
        let (mut new, mut again) = (Vec::new(), 0);
        for message in came {
            let odd = || Failed::Again("sent a message that is of no stream".to_owned(), None);
            let reply = message.reply.clone().ok_or_else(odd)?;
            let info = message.info().map_err(|_| odd())?;
            let (sequence, delivered) = (info.stream_sequence, info.delivered);
            let published = info.published.unix_timestamp_nanos();
            let held = Held {
                reply: reply.clone(),
                published,
            };
            let met = relock(&self.books).meet(sequence, held);
            match met {
                Met::New => {
                    again += u64::from(delivered > 1);
                    new.push((sequence, message.message.payload));
                }
                Met::Held => {}
                // The server forgot that it was acknowledged.
                Met::Done => self.say(open, Some(reply), ACK).await?,
                Met::Other => {
                    return Err(Failed::Again("has another stream now".to_owned(), None));
                }
            }
        }
        if again > 0 {
            let mut books = relock(&self.books);
            books
                .again
                .add(again, &self.context, |count| self.redelivered(count));
        }
        let (mut piece, mut sequences) = (Vec::new(), Vec::new());
        for (sequence, payload) in new {
            Cut::Prefixed.add(&payload, &mut piece);
            sequences.push(sequence);
            if piece.len() >= PIECE && !self.hand_over(&mut piece, &mut sequences).await? {
                return Ok(false);
            }
        }
        self.hand_over(&mut piece, &mut sequences).await
    }

    async fn hand_over(
        &self,
        piece: &mut Vec<u8>,
        sequences: &mut Vec<u64>,
    ) -> Result<bool, Failed> {
        let Some(first) = sequences.first().copied() else {
            return Ok(true);
        };
        let (bytes, sequences) = (std::mem::take(piece), std::mem::take(sequences));
        let room = tokio::select! {
            room = self.intake.room(bytes.len()) => room,
            () = self.context.stopped() => return Ok(false),
        };
        let room = room.ok_or_else(too_large)?;
        let mut books = relock(&self.books);
        let at = books.stream.as_ref().map(|stream| stream.position(first));
        let records = sequences.len() as u64;
        let (bytes, cut) = (Bytes::from(bytes), Cut::Prefixed);
        let last = match at {
            Some(at) => self.intake.give_at(at, bytes, cut, records, room),
            None => self.intake.give(bytes, cut, records, room),
        };
        let Some(last) = last else { return Ok(false) };
        books.owed.push_back((last, sequences));
        drop(books);
        self.gave.notify_one();
        Ok(true)
    }

    /// Acknowledges what lasts, and says of the rest that it is being worked on, until nothing more
    /// will last.
    async fn keep(
        &self,
        open: &Connection,
        consumer: &Consumer<Config>,
        every: Duration,
    ) -> Result<(), Failed> {
        let [mut renew, mut lag] = [every, LAG].map(tokio::time::interval);
        renew.set_missed_tick_behavior(MissedTickBehavior::Delay);
        lag.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if self.acknowledge(open).await? {
                return Ok(());
            }
            let oldest = relock(&self.books).owed.front().map(|one| one.0);
            tokio::select! {
                _ = self.intake.saved(oldest.unwrap_or(NEVER)) => {}
                () = self.gave.notified() => {}
                _ = renew.tick() => {
                    let held: Vec<_> = {
                        let books = relock(&self.books);
                        books.held.values().map(|held| held.reply.clone()).collect()
                    };
                    for reply in held {
                        self.say(open, Some(reply), IN_PROGRESS).await?;
                    }
                }
                _ = lag.tick() => self.tell_lag(open, consumer).await?,
            }
        }
    }

    /// Says how many messages the consumer isn't through with: those that nobody got yet, and those that
    /// aren't acknowledged, whoever has them.
    async fn tell_lag(&self, open: &Connection, consumer: &Consumer<Config>) -> Result<(), Failed> {
        let own = consumer.get_info().await;
        let own = own.map_err(|error| open.failed(&error))?;
        let unacknowledged = u64::try_from(own.num_ack_pending).unwrap_or(u64::MAX);
        let count = own.num_pending.saturating_add(unacknowledged);
        self.context.watch().behind(Some(Lag::exactly(count)));
        Ok(())
    }

    /// Acknowledges what lasts; whether nothing more will.
    async fn acknowledge(&self, open: &Connection) -> Result<bool, Failed> {
        loop {
            let (saved, ended) = self.intake.saved_now();
            let (pieces, due) = relock(&self.books).due(saved);
            if pieces == 0 {
                return Ok(ended);
            }
            if let Some((last, others)) = due.split_last() {
                for reply in others {
                    self.say(open, Some(reply.clone()), ACK).await?;
                }
                // The server works them off in order: who confirms the last one has all.
                let confirmed = open
                    .client
                    .request(last.clone(), Bytes::from_static(ACK))
                    .await;
                confirmed.map_err(|error| match error.kind() {
                    async_nats::RequestErrorKind::TimedOut => open.late(),
                    async_nats::RequestErrorKind::NoResponders => {
                        Failed::Again("lost the consumer".to_owned(), None)
                    }
                    _ => open.failed(&error),
                })?;
            }
            relock(&self.books).confirmed(pieces);
        }
    }

    /// Gives messages back that the loop doesn't have, or with `all` those that don't last.
    async fn give_back(&self, open: &Connection, all: bool) -> Result<(), Failed> {
        let gone = relock(&self.books).let_go(all);
        for reply in gone {
            self.say(open, Some(reply), GIVEN_BACK).await?;
        }
        open.flush().await
    }

    async fn say(
        &self,
        open: &Connection,
        reply: Option<Subject>,
        what: &'static [u8],
    ) -> Result<(), Failed> {
        let Some(reply) = reply else { return Ok(()) };
        let said = open.client.publish(reply, Bytes::from_static(what)).await;
        said.map_err(|error| open.failed(&error))
    }

    /// Tells where messages were removed before the consumer read them.
    fn tell_trimmed(&self, stream: &async_nats::jetstream::stream::Info, consumer: &Info) {
        let (first, read) = (
            stream.state.first_sequence,
            consumer.delivered.stream_sequence,
        );
        let before = {
            let mut books = relock(&self.books);
            std::mem::replace(&mut books.first, first)
        };
        let unread = first.saturating_sub(1).saturating_sub(read);
        if unread > 0 && first > before {
            let name = &stream.config.name;
            let message = format!(
                "up to {unread} messages of the stream {name} were removed before they were read"
            );
            self.context.tell("N_NATS_TRIMMED", message);
        }
    }

    fn tell_redelivered(&self) {
        let mut books = relock(&self.books);
        books
            .again
            .tell(&self.context, |count| self.redelivered(count));
    }

    fn redelivered(&self, count: u64) -> String {
        let consumer = &self.pull.consumer;
        format!(
            "{count} messages came again to the consumer {consumer}; what of them lasted already is there twice"
        )
    }
}

/// What a read has next; nothing where it is over. The server ends each after [`BLOCK`]; of one that went lost,
/// as a server that just began may lose it, nothing comes, and the library would wait for five seconds more.
async fn next(
    open: &Connection,
    consumer: &Consumer<Config>,
    read: &mut Batch,
) -> Result<Option<Result<Message, async_nats::Error>>, Failed> {
    if let Ok(next) = tokio::time::timeout(BLOCK + SLACK, read.next()).await {
        return Ok(next);
    }
    // Over a slow network too: what ended the read was sent before this is answered.
    let answered = consumer.get_info().await;
    answered.map_err(|error| open.failed(&error))?;
    Ok(tokio::time::timeout(SLACK, read.next())
        .await
        .unwrap_or(None))
}

fn unfit(why: &str) -> AdapterError {
    AdapterError::new(
        "E_NATS_CONSUMER",
        format!("{why}, which isn't what the config says"),
        "give another name for the consumer in the config, or delete the one on the server",
    )
}

fn too_large() -> Failed {
    Failed::ForGood(AdapterError::new(
        "E_NATS_MESSAGE",
        "a message is larger than all that may be in memory",
        "deploy a config with a larger `in_flight_bytes`, or delete the message from the stream",
    ))
}

/// What the server said instead of a message, in a read of which `any` came.
fn ended(said: &str, any: bool) -> Result<(), Failed> {
    // The next one is too large for what is left of the read, or for any.
    if said.contains("Message Size Exceeds MaxBytes") {
        return if any { Ok(()) } else { Err(too_large()) };
    }
    if said.contains("Exceeded MaxRequest") {
        let why = format!("the consumer bounds what is asked of it ({said})");
        return Err(Failed::ForGood(unfit(&why)));
    }
    Err(Failed::Again(format!("ended a read: {said}"), None))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(at: &str, published: i128) -> Held {
        Held {
            reply: at.into(),
            published,
        }
    }

    #[test]
    fn what_comes_again_is_told_from_what_is_new_and_from_another_stream() {
        let mut books = Books::new(None);
        for sequence in 1..=3 {
            assert_eq!(books.meet(sequence, held("first", 10)), Met::New);
        }
        assert_eq!(books.meet(2, held("second", 10)), Met::Held);
        books.owed.push_back((7, vec![1, 2]));
        books.owed.push_back((8, vec![3]));
        assert_eq!(books.due(6), (0, Vec::new()));
        let (pieces, due) = books.due(7);
        assert_eq!((pieces, due), (1, vec!["first".into(), "second".into()]));
        books.confirmed(pieces);
        assert_eq!(books.meet(1, held("third", 10)), Met::Done);
        assert_eq!(books.meet(1, held("third", 11)), Met::Other);
        assert_eq!(books.meet(3, held("third", 11)), Met::Other);
        assert_eq!(books.meet(4, held("fourth", 12)), Met::New);
        assert_eq!(books.let_go(false), vec!["fourth".into()]);
        assert_eq!(books.let_go(true), vec!["first".into()]);
        assert!(books.held.is_empty() && books.owed.is_empty());
    }

    #[test]
    fn only_so_many_of_those_that_were_acknowledged_are_kept() {
        let mut books = Books::new(None);
        let most = LATELY as u64;
        for sequence in 1..=most + 2 {
            books.meet(sequence, held("a", 1));
            books.owed.push_back((sequence, vec![sequence]));
        }
        books.confirmed(LATELY + 2);
        assert_eq!((books.done.len(), books.order.len()), (LATELY, LATELY));
        assert_eq!(books.meet(2, held("b", 1)), Met::New);
        assert_eq!(books.meet(3, held("b", 1)), Met::Done);
    }

    #[test]
    fn a_position_names_the_stream_and_when_it_was_made() {
        let stream = Known {
            name: "ORDERS".into(),
            made: 1_764_000_000_000_000_001,
        };
        assert_eq!(&*stream.position(12), "ORDERS 1764000000000000001 12");
        assert_eq!(Known::read(&stream.position(12)), Some(stream));
        assert_eq!(Known::read("0/1"), None);
    }
}
