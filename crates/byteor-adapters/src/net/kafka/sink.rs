//! Records that are produced to a topic, in order, and count once all replicas in sync have them.
//!
//! A task takes them and gives them to the library, which has its own queue and connections; a thread
//! hears what became of each. Where a broker doesn't take a batch, that thread finds out which record it is
//! that it doesn't take, and sends the others again, before anything new is sent.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::Cluster;
use super::client::{Client, Message, Problem, What, code};
use super::key::key as key_of;
use super::source::{fatal, refused, says};
use super::transact::{Transactions, transact};
use crate::allow_net::AllowNet;
use crate::delivery::relock;
use crate::error::AdapterError;
use crate::net::outlet::{NetMark, Outlet};
use crate::net::reactor::Context;
use crate::net::retry::Retry;

/// What is produced where.
#[derive(Clone)]
pub struct Produce {
    /// The cluster and the topic.
    pub cluster: Cluster,
    /// A JSON pointer to a record's key; records have none where it isn't said.
    pub key: Option<String>,
    /// As the library names it.
    pub compression: &'static str,
    /// The most bytes of a batch.
    pub batch_bytes: u32,
    /// The most bytes that aren't acknowledged.
    pub in_flight_bytes: u32,
    /// How long to try again without success; for ever where it isn't said.
    pub give_up_after: Option<Duration>,
}

/// How long one question waits.
const ASK: Duration = Duration::from_millis(50);
/// How often a cluster that doesn't answer is looked after.
const PROBE: Duration = Duration::from_millis(250);
/// Records that are taken at once.
const TAKEN: usize = 1024;
/// What a record counts beside its bytes.
const BESIDE: usize = 128;
/// What the library may hold beside what is bounded here, which comes first.
const ROOM: u64 = 1024;

impl Produce {
    /// Of the library's.
    pub(super) fn settings(&self) -> Vec<(&'static str, String)> {
        let batch = self.batch_bytes;
        let room = u64::from(self.in_flight_bytes) / 1024 + ROOM;
        vec![
            ("enable.idempotence", "true".to_owned()),
            // Tried again until it is given up here: a record that the library gave up would be a gap.
            ("message.timeout.ms", "0".to_owned()),
            ("partitioner", "murmur2_random".to_owned()),
            ("compression.codec", self.compression.to_owned()),
            ("batch.size", batch.to_string()),
            ("message.max.bytes", batch.max(1_000_000).to_string()),
            ("queue.buffering.max.messages", "0".to_owned()),
            ("queue.buffering.max.kbytes", room.to_string()),
            ("topic.metadata.propagation.max.ms", "5000".to_owned()),
        ]
    }
}

/// Produces what `outlet` has, until it ends or fails for good; in transactions, where they are given,
/// that go on behind `mark`.
pub fn produce(
    produce: Produce,
    transactions: Option<Transactions>,
    allow: AllowNet,
    context: &Context,
    (outlet, mark): (Outlet, &NetMark),
) -> Result<(), AdapterError> {
    if let Some(transactions) = transactions {
        return transact(produce, transactions, allow, context, &outlet, mark);
    }
    let bound = produce.in_flight_bytes as usize;
    let client = gapless(&produce, &allow)?;
    let flight = Arc::new(Flight::new(&client, bound));
    let cluster = produce.cluster.clone();
    let retry = Retry::new(context.clone(), cluster.name(), produce.give_up_after);
    let key = produce.key.clone();
    let hearing = Hearing {
        client,
        produce,
        allow,
        flight: Arc::clone(&flight),
        outlet: outlet.clone(),
        retry,
        moved: Instant::now(),
        failing: None,
        behind: None,
    };
    context.thread("kafka sink", move || hearing.run())?;
    let (stuck, watching, name) = (outlet.clone(), context.clone(), cluster.name());
    context.spawn(async move {
        if stuck.is_stuck(&watching).await {
            stuck.fail(AdapterError::new(
                "E_PEER_DOWN",
                format!("{name} acknowledges nothing, and the run was asked to stop"),
                "nothing is lost: bring the cluster back and start again; the run goes on from the \
                 last checkpoint",
            ));
        }
    });
    context.spawn(async move {
        // When the reactor ends, so does the thread.
        let ending = Ending(flight);
        loop {
            let batch = outlet.take(TAKEN, bound).await;
            for (number, record) in (batch.first..).zip(&batch.records) {
                let key = key.as_deref();
                let key = key.and_then(|pointer| key_of(record, pointer));
                let sent = ending
                    .0
                    .send(&cluster, (number, key.as_deref(), record), bound);
                if let Err(error) = sent.await {
                    return outlet.fail(error);
                }
            }
        }
    });
    Ok(())
}

/// A client that sends nothing behind a batch that a broker didn't take: what is behind it would be in front.
fn gapless(produce: &Produce, allow: &AllowNet) -> Result<Arc<Client>, AdapterError> {
    let mut settings = produce.settings();
    settings.push(("enable.gapless.guarantee", "true".to_owned()));
    Client::producer(&produce.cluster, allow.clone(), &settings).map(Arc::new)
}

/// Why the run ends.
pub(super) fn meaning(cluster: &Cluster, client: &Client, problem: &Problem) -> AdapterError {
    match client.refused() {
        Some(refused) => refused,
        None if problem.fatal => fatal(cluster, problem),
        None => refused(cluster, problem),
    }
}

/// What the library has.
struct Flight {
    sent: Mutex<Sent>,
    /// Bytes that may still be given.
    room: Semaphore,
    ended: AtomicBool,
}

struct Sent {
    /// Who takes records; nobody while those that a broker left behind are sent again.
    to: Option<Arc<Client>>,
    /// In the order in which they were given.
    records: VecDeque<InFlight>,
    /// How many of them aren't done with.
    open: usize,
}

struct InFlight {
    number: u64,
    /// Bytes that it counts.
    counts: usize,
    /// It is there, or was refused.
    done: bool,
}

/// Tells that nothing more will be given.
struct Ending(Arc<Flight>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.ended.store(true, Ordering::Relaxed);
    }
}

impl Flight {
    fn new(to: &Arc<Client>, bound: usize) -> Self {
        let sent = Sent {
            to: Some(Arc::clone(to)),
            records: VecDeque::new(),
            open: 0,
        };
        Self {
            sent: Mutex::new(sent),
            room: Semaphore::new(bound),
            ended: AtomicBool::new(false),
        }
    }

    /// Gives a record to the library, once there is room for it.
    async fn send(
        &self,
        cluster: &Cluster,
        (number, key, record): (u64, Option<&[u8]>, &[u8]),
        bound: usize,
    ) -> Result<(), AdapterError> {
        let counts = (record.len() + BESIDE).min(bound);
        let wanted = u32::try_from(counts).unwrap_or(u32::MAX);
        // It is never closed.
        if let Ok(room) = self.room.acquire_many(wanted).await {
            room.forget();
        }
        while !self.give(cluster, (number, key, record), counts)? {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }

    /// Whether it was taken. Nobody hears of it before it is noted.
    fn give(
        &self,
        cluster: &Cluster,
        (number, key, record): (u64, Option<&[u8]>, &[u8]),
        counts: usize,
    ) -> Result<bool, AdapterError> {
        let mut sent = relock(&self.sent);
        let Some(client) = &sent.to else {
            return Ok(false);
        };
        match client.produce(key, record, opaque(number)) {
            Ok(()) => {
                sent.open += 1;
                sent.records.push_back(InFlight {
                    number,
                    counts,
                    done: false,
                });
                Ok(true)
            }
            // What is fatal is heard of, and either ends the run or gives way to another client.
            Err(problem) if problem.code == code::QUEUE_FULL || client.fatal_code() != 0 => {
                Ok(false)
            }
            Err(problem) => Err(meaning(cluster, client, &problem)),
        }
    }

    /// Notes that these are done with; up to which number all are.
    fn done(&self, numbers: &[u64]) -> Option<u64> {
        let mut sent = relock(&self.sent);
        let first = sent.records.front()?.number;
        let mut free = 0;
        for number in numbers {
            // Numbers follow one another.
            let index = number
                .checked_sub(first)
                .and_then(|at| usize::try_from(at).ok());
            if let Some(one) = index.and_then(|index| sent.records.get_mut(index))
                && !one.done
            {
                one.done = true;
                free += one.counts;
                sent.open -= 1;
            }
        }
        let mut last = None;
        while let Some(one) = sent.records.pop_front_if(|one| one.done) {
            last = Some(one.number);
        }
        drop(sent);
        self.room.add_permits(free);
        last
    }
}

/// Numbers are counts of records, far from the end of what an address can be.
fn opaque(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// What a batch that a broker didn't take left behind: it, what was behind it, and what wasn't sent. All of
/// it is sent again in its order, fewer and fewer at once until it is known which record isn't taken.
struct Behind {
    /// What the library had isn't all told of.
    draining: bool,
    left: BTreeMap<u64, Left>,
    /// So many are sent at once.
    window: usize,
    /// Bytes of a batch before, and whether a record was refused since: then it was the batch's fault.
    batch: u32,
    refused: bool,
}

struct Left {
    key: Option<Vec<u8>>,
    record: Vec<u8>,
    partition: i32,
    /// Why it came back, until that was looked at.
    why: Option<Problem>,
}

/// Hears what became of records.
struct Hearing {
    client: Arc<Client>,
    /// With as large a batch as the topic is known to take.
    produce: Produce,
    allow: AllowNet,
    flight: Arc<Flight>,
    outlet: Outlet,
    retry: Retry,
    /// When something was acknowledged last, or nothing was on its way.
    moved: Instant,
    /// Why nothing is, and when it is looked again.
    failing: Option<(Problem, Instant)>,
    /// What is to be sent again.
    behind: Option<Behind>,
}

impl Hearing {
    fn run(mut self) {
        if let Err(error) = self.listen() {
            self.outlet.fail(error);
            self.client.drop_all();
        }
    }

    fn listen(&mut self) -> Result<(), AdapterError> {
        while !self.flight.ended.load(Ordering::Relaxed) {
            if let Some(refused) = self.client.refused() {
                return Err(refused);
            }
            let client = Arc::clone(&self.client);
            if let Some(mut event) = client.poll(ASK) {
                match event.what() {
                    What::Reported => {
                        let mut there = Vec::new();
                        while let Some(report) = event.message() {
                            match report.code() {
                                0 => there.push(report.number() as u64),
                                _ => self.keep(&report)?,
                            }
                        }
                        self.there(&there);
                    }
                    What::Error => self.judge(event.problem())?,
                    _ => {}
                }
            }
            self.send_again()?;
            self.look()?;
        }
        Ok(())
    }

    fn there(&mut self, numbers: &[u64]) {
        if numbers.is_empty() {
            return;
        }
        if let Some(last) = self.flight.done(numbers) {
            self.outlet.there(last);
        }
        self.moved = Instant::now();
        if self.failing.take().is_some() {
            self.retry.worked();
        }
    }

    /// Keeps a record that isn't there; an error where none of its kind will be.
    fn keep(&mut self, report: &Message<'_>) -> Result<(), AdapterError> {
        let why = report.undelivered();
        let refused = code::REFUSES_RECORD.contains(&why.code);
        if !refused && !code::LEFT_BEHIND.contains(&why.code) {
            return Err(meaning(&self.produce.cluster, &self.client, &why));
        }
        let left = Left {
            key: report.key().map(<[u8]>::to_vec),
            record: report.record().unwrap_or_default().to_vec(),
            partition: report.partition(),
            why: Some(why),
        };
        self.leave_behind()
            .left
            .insert(report.number() as u64, left);
        Ok(())
    }

    /// From now on nothing new is sent, and what the library has comes back.
    fn leave_behind(&mut self) -> &mut Behind {
        relock(&self.flight.sent).to = None;
        let behind = self.behind.get_or_insert_with(|| Behind {
            draining: true,
            left: BTreeMap::new(),
            window: usize::MAX,
            batch: self.produce.batch_bytes,
            refused: false,
        });
        behind.draining = true;
        behind
    }

    /// Sends what was left behind, where there is some, as far as it is time for that.
    fn send_again(&mut self) -> Result<(), AdapterError> {
        let Some(mut behind) = self.behind.take() else {
            return Ok(());
        };
        if behind.draining {
            self.client.give_back_unsent();
        }
        let open = relock(&self.flight.sent).open;
        if open > behind.left.len() {
            // Something is on its way.
            self.behind = Some(behind);
            return Ok(());
        }
        if behind.draining {
            self.find_refused(&mut behind)?;
            self.client = gapless(&self.produce, &self.allow)?;
            behind.draining = false;
        } else {
            behind.window = behind.window.saturating_mul(2);
        }
        if behind.left.is_empty() {
            return self.go_on(&behind);
        }
        for _ in 0..behind.window {
            let Some((number, one)) = behind.left.first_key_value() else {
                break;
            };
            match self
                .client
                .produce(one.key.as_deref(), &one.record, opaque(*number))
            {
                Ok(()) => behind.left.pop_first(),
                Err(problem) if problem.code == code::QUEUE_FULL => break,
                // It is told of, too.
                Err(_) if self.client.fatal_code() != 0 => break,
                Err(problem) => {
                    return Err(meaning(&self.produce.cluster, &self.client, &problem));
                }
            };
        }
        self.behind = Some(behind);
        Ok(())
    }

    /// Gives records to the reject file that are known to be the ones that a broker doesn't take; where it
    /// isn't known which of several it is, they are fewer the next time.
    fn find_refused(&mut self, behind: &mut Behind) -> Result<(), AdapterError> {
        let mut suspects: BTreeMap<i32, Vec<u64>> = BTreeMap::new();
        let mut told_apart = BTreeSet::new();
        for (number, one) in &behind.left {
            let Some(why) = &one.why else {
                continue;
            };
            if code::REFUSES_RECORD.contains(&why.code) {
                suspects.entry(one.partition).or_default().push(*number);
            } else if why.code == code::DIFFERENT_RECORD {
                told_apart.insert(one.partition);
            }
        }
        if suspects.is_empty() {
            let code = self.client.fatal_code();
            return Err(fatal(&self.produce.cluster, &Problem::plain(code)));
        }
        for (partition, numbers) in suspects {
            if numbers.len() == 1 || told_apart.contains(&partition) {
                for number in numbers {
                    if let Some(Left { record, why, .. }) = behind.left.remove(&number) {
                        let why = why.map_or_else(String::new, |why| why.text);
                        self.outlet.refuse(number, record, &why);
                        self.there(&[number]);
                        behind.refused = true;
                    }
                }
                continue;
            }
            behind.window = behind.window.min(numbers.len() / 2);
            let size = |number: &u64| behind.left.get(number).map_or(0, |one| one.record.len());
            let bytes: usize = numbers.iter().map(size).sum();
            let half = u32::try_from(bytes / 2).unwrap_or(u32::MAX).max(1);
            self.produce.batch_bytes = self.produce.batch_bytes.min(half);
        }
        // Each is looked at anew when it was sent again.
        for one in behind.left.values_mut() {
            one.why = None;
        }
        Ok(())
    }

    /// All that was left behind is there, or refused: others may be given what is new.
    fn go_on(&mut self, behind: &Behind) -> Result<(), AdapterError> {
        // It wasn't the batch that was too large.
        if behind.refused && self.produce.batch_bytes != behind.batch {
            self.produce.batch_bytes = behind.batch;
            self.client = gapless(&self.produce, &self.allow)?;
        }
        relock(&self.flight.sent).to = Some(Arc::clone(&self.client));
        Ok(())
    }

    /// What a problem means for the run; nothing where the library goes on by itself.
    fn judge(&mut self, problem: Problem) -> Result<(), AdapterError> {
        if problem.fatal && self.client.fatal_code() == code::GAP {
            self.leave_behind();
            return Ok(());
        }
        if problem.fatal || problem.refusal() || problem.no_topic() {
            return Err(meaning(&self.produce.cluster, &self.client, &problem));
        }
        // Where one connection ended another is made, unless there is none at all.
        if [code::ALL_BROKERS_DOWN, code::SSL].contains(&problem.code) {
            self.fails(problem)?;
        }
        Ok(())
    }

    fn fails(&mut self, problem: Problem) -> Result<(), AdapterError> {
        self.retry.still_failing(&says(&problem))?;
        self.failing = Some((problem, Instant::now() + PROBE));
        Ok(())
    }

    /// Whether something is on its way for too long.
    fn look(&mut self) -> Result<(), AdapterError> {
        if relock(&self.flight.sent).records.is_empty() {
            self.moved = Instant::now();
        }
        match self.failing.take() {
            Some((problem, at)) if Instant::now() >= at => {
                // With nothing on its way no acknowledgement tells that the cluster is back.
                match self.client.find_topic(PROBE) {
                    Ok(_) if self.moved.elapsed() < self.produce.cluster.timeout => {
                        self.retry.worked();
                        Ok(())
                    }
                    _ => self.fails(problem),
                }
            }
            Some(waiting) => {
                self.failing = Some(waiting);
                Ok(())
            }
            None if self.moved.elapsed() >= self.produce.cluster.timeout => {
                self.fails(Problem::plain(code::TIMED_OUT))
            }
            None => Ok(()),
        }
    }
}
