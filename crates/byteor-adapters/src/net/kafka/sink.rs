//! Records that are produced to a topic, in order, and count once all replicas in sync have them.
//!
//! A task takes them and gives them to the library, which has its own queue and connections; a thread
//! hears what became of each.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::Cluster;
use super::client::{Client, Problem, What, code};
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
    let settings = produce.settings();
    let client = Arc::new(Client::producer(&produce.cluster, allow, &settings)?);
    let flight = Arc::new(Flight {
        sent: Mutex::new(VecDeque::new()),
        room: Semaphore::new(bound),
        ended: AtomicBool::new(false),
    });
    let retry = Retry::new(
        context.clone(),
        produce.cluster.name(),
        produce.give_up_after,
    );
    let hearing = Hearing {
        client: Arc::clone(&client),
        cluster: produce.cluster.clone(),
        flight: Arc::clone(&flight),
        outlet: outlet.clone(),
        retry,
        moved: Instant::now(),
        failing: None,
    };
    context.thread("kafka sink", move || hearing.run())?;
    let (stuck, watching, cluster) = (outlet.clone(), context.clone(), produce.cluster.clone());
    context.spawn(async move {
        if stuck.is_stuck(&watching).await {
            stuck.fail(AdapterError::new(
                "E_PEER_DOWN",
                format!(
                    "{} acknowledges nothing, and the run was asked to stop",
                    cluster.name()
                ),
                "nothing is lost: bring the cluster back and start again; the run goes on from the \
                 last checkpoint",
            ));
        }
    });
    context.spawn(async move {
        // When the reactor ends, so does the thread.
        let ending = Ending(flight);
        let sending = Sending {
            client: &client,
            produce: &produce,
            flight: &ending.0,
        };
        loop {
            let batch = outlet.take(TAKEN, bound).await;
            for (number, record) in (batch.first..).zip(&batch.records) {
                if let Err(problem) = sending.send(number, record, bound).await {
                    return outlet.fail(meaning(&produce.cluster, &client, &problem));
                }
            }
        }
    });
    Ok(())
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
    /// In the order in which it was given: number, bytes that it counts, whether it is there.
    sent: Mutex<VecDeque<(u64, usize, bool)>>,
    /// Bytes that may still be given.
    room: Semaphore,
    ended: AtomicBool,
}

/// Tells that nothing more will be given.
struct Ending(Arc<Flight>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.ended.store(true, Ordering::Relaxed);
    }
}

struct Sending<'a> {
    client: &'a Client,
    produce: &'a Produce,
    flight: &'a Flight,
}

impl Sending<'_> {
    async fn send(&self, number: u64, record: &[u8], bound: usize) -> Result<(), Problem> {
        let counts = (record.len() + BESIDE).min(bound);
        let wanted = u32::try_from(counts).unwrap_or(u32::MAX);
        // It is never closed.
        if let Ok(room) = self.flight.room.acquire_many(wanted).await {
            room.forget();
        }
        let key = self.produce.key.as_deref();
        let key = key.and_then(|pointer| key_of(record, pointer));
        relock(&self.flight.sent).push_back((number, counts, false));
        // Numbers are counts of records, far from the end of what an address can be.
        let opaque = usize::try_from(number).unwrap_or(usize::MAX);
        loop {
            match self.client.produce(key.as_deref(), record, opaque) {
                Err(problem) if problem.code == code::QUEUE_FULL => {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                other => return other,
            }
        }
    }
}

/// Hears what became of records.
struct Hearing {
    client: Arc<Client>,
    cluster: Cluster,
    flight: Arc<Flight>,
    outlet: Outlet,
    retry: Retry,
    /// When something was acknowledged last, or nothing was on its way.
    moved: Instant,
    /// Why nothing is, and when it is looked again.
    failing: Option<(Problem, Instant)>,
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
                                _ => {
                                    return Err(meaning(&self.cluster, &client, &report.problem()));
                                }
                            }
                        }
                        self.there(&there);
                    }
                    What::Error => self.judge(event.problem())?,
                    _ => {}
                }
            }
            self.look()?;
        }
        Ok(())
    }

    fn there(&mut self, numbers: &[u64]) {
        let mut sent = relock(&self.flight.sent);
        let Some(first) = sent.front().map(|one| one.0) else {
            return;
        };
        let mut free = 0;
        for number in numbers {
            // Numbers follow one another.
            let index = number
                .checked_sub(first)
                .and_then(|at| usize::try_from(at).ok());
            if let Some(one) = index.and_then(|index| sent.get_mut(index))
                && !one.2
            {
                one.2 = true;
                free += one.1;
            }
        }
        let mut last = None;
        while let Some(one) = sent.pop_front_if(|one| one.2) {
            last = Some(one.0);
        }
        drop(sent);
        self.flight.room.add_permits(free);
        self.moved = Instant::now();
        if let Some(last) = last {
            self.outlet.there(last);
        }
        if self.failing.take().is_some() {
            self.retry.worked();
        }
    }

    /// What a problem means for the run; nothing where the library goes on by itself.
    fn judge(&mut self, problem: Problem) -> Result<(), AdapterError> {
        if problem.fatal || problem.refusal() || problem.no_topic() {
            return Err(meaning(&self.cluster, &self.client, &problem));
        }
        // Where one connection ended another is made, unless there is none at all.
        if problem.code == code::ALL_BROKERS_DOWN {
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
        if relock(&self.flight.sent).is_empty() {
            self.moved = Instant::now();
        }
        match self.failing.take() {
            Some((problem, at)) if Instant::now() >= at => {
                // With nothing on its way no acknowledgement tells that the cluster is back.
                match self.client.find_topic(PROBE) {
                    Ok(_) if self.moved.elapsed() < self.cluster.timeout => {
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
            None if self.moved.elapsed() >= self.cluster.timeout => {
                self.fails(Problem::plain(code::TIMED_OUT))
            }
            None => Ok(()),
        }
    }
}
