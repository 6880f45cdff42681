//! Records that are produced in transactions, each together with a checkpoint: all of it comes to be, or
//! nothing.
//!
//! Beside the records a transaction commits a mark: the number of the checkpoint that it belongs to, as
//! the position of a group that has no members. Whoever has the mark knows of a checkpoint that was
//! prepared whether its transaction is in force, also where the answer to the commit was lost. Beside the
//! mark stands which run committed it, so that two runs over copies of one checkpoint find each other.

use std::ffi::CString;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::client::{Client, Member, Position, Problem, What, code};
use super::key::key as key_of;
use super::sink::{Produce, meaning};
use super::source::{says, went};
use super::together::Together;
use crate::allow_net::AllowNet;
use crate::error::AdapterError;
use crate::net::outlet::{Commits, NetMark, Outlet};
use crate::net::reactor::Context;
use crate::net::retry::{Retry, random};

/// How records are put into transactions.
#[derive(Clone)]
pub struct Transactions {
    /// What the transactional id begins with.
    pub prefix: String,
    /// How often one is committed while records come.
    pub every: Duration,
    /// When the cluster aborts one that isn't ended.
    pub timeout: Duration,
    /// The source that is of the same cluster.
    pub together: Option<Together>,
}

impl Transactions {
    /// Of the library's, under an id that no run has.
    pub(super) fn trial(&self, answer: Duration) -> [(&'static str, String); 3] {
        self.settings(format!("{}-trial", self.prefix), answer)
    }

    /// Of the library's; an answer may take as long as that, and not longer than a transaction.
    fn settings(&self, id: String, answer: Duration) -> [(&'static str, String); 3] {
        let answer = answer.min(self.timeout).as_millis();
        [
            ("transactional.id", id),
            (
                "transaction.timeout.ms",
                self.timeout.as_millis().to_string(),
            ),
            ("socket.timeout.ms", answer.to_string()),
        ]
    }
}

/// How long one call may take before it is looked whether the run was asked to stop.
const SLICE: Duration = Duration::from_secs(1);
/// How often a cluster that doesn't answer is looked after while nothing is to be committed.
const PROBE: Duration = Duration::from_secs(1);
/// The least time between two tries.
const PAUSE: Duration = Duration::from_millis(100);

/// Sees to it that `outlet`'s records are produced in transactions.
pub(super) fn transact(
    produce: Produce,
    transactions: Transactions,
    allow: AllowNet,
    context: &Context,
    outlet: &Outlet,
    mark: &NetMark,
) -> Result<(), AdapterError> {
    let cluster = &produce.cluster;
    let name = Name::new(&transactions.prefix, &mark.stream, cluster)?;
    let known = mark.at.as_deref().and_then(|at| name.number(at));
    let retry = Retry::new(context.clone(), cluster.name(), produce.give_up_after);
    outlet.commit_by(Box::new(Transacting {
        begins_at: produce.in_flight_bytes as usize / 4,
        retry,
        name,
        transactions,
        produce,
        allow,
        context: context.clone(),
        run: format!("{:016x}", random()),
        client: None,
        taken: false,
        known,
        number: known.unwrap_or(0),
        ended: Instant::now(),
        probe_at: None,
    }));
    Ok(())
}

/// Whether the transaction of the checkpoint with `mark` is in force, once that is sure.
pub fn is_in_force(
    produce: &Produce,
    transactions: &Transactions,
    allow: &AllowNet,
    context: &Context,
    mark: &NetMark,
) -> Result<bool, AdapterError> {
    let name = Name::new(&transactions.prefix, &mark.stream, &produce.cluster)?;
    let Some(number) = mark.at.as_deref().and_then(|at| name.number(at)) else {
        return Err(AdapterError::new(
            "E_CHECKPOINT_UNDECIDED",
            format!(
                "a run that was cut off prepared a checkpoint, and its transaction was of another cluster, \
                 topic or transactional id than {}",
                name.id.to_string_lossy()
            ),
            "start the deployment that ran before until it stops in good order, and then this one",
        ));
    };
    let mut asking = Transacting {
        begins_at: 0,
        retry: Retry::new(
            context.clone(),
            produce.cluster.name(),
            produce.give_up_after,
        ),
        name,
        transactions: transactions.clone(),
        produce: produce.clone(),
        allow: allow.clone(),
        context: context.clone(),
        run: String::new(),
        client: None,
        taken: false,
        known: None,
        number: 0,
        ended: Instant::now(),
        probe_at: None,
    };
    // Takes the id: what was under way is aborted, and what was about to be committed is.
    let client = asking.take_id()?;
    match asking.mark(&client)? {
        Some((marked, _)) => Ok(marked >= number),
        None => Err(AdapterError::new(
            "E_CHECKPOINT_UNDECIDED",
            format!(
                "a run that was cut off prepared a checkpoint, and {} doesn't know any more whether its \
                 transaction was committed: the positions of the group {} are gone",
                produce.cluster.name(),
                asking.name.id.to_string_lossy()
            ),
            "look at the end of the topic whether the records behind the checkpoint are there; remove the \
             file that ends with .prepared where they aren't, or put it in the checkpoint's place",
        )),
    }
}

/// Who commits, and where its mark stands.
struct Name {
    /// The transactional id, and the group of the mark.
    id: CString,
    /// What a checkpoint keeps in front of a number.
    place: [String; 3],
}

impl Name {
    fn new(prefix: &str, stream: &str, cluster: &super::Cluster) -> Result<Self, AdapterError> {
        let id = format!("{prefix}-{stream}");
        let place = [cluster.listed(), cluster.topic.clone(), id.clone()];
        let id = CString::new(id).map_err(|_| {
            AdapterError::new(
                "E_KAFKA_CONFIG",
                "the transactional id has a byte that none can have",
                "correct `transaction_prefix` in the config",
            )
        })?;
        Ok(Self { id, place })
    }

    fn line(&self, number: i64) -> Arc<str> {
        let [servers, topic, id] = &self.place;
        serde_json::json!([servers, topic, id, number])
            .to_string()
            .into()
    }

    /// The number of a line, where it is of the same place.
    fn number(&self, line: &str) -> Option<i64> {
        let (servers, topic, id, number): (String, String, String, i64) =
            serde_json::from_str(line).ok()?;
        ([servers, topic, id] == self.place).then_some(number)
    }
}

struct Transacting {
    produce: Produce,
    transactions: Transactions,
    allow: AllowNet,
    context: Context,
    retry: Retry,
    name: Name,
    /// This run, which stands beside each mark.
    run: String,
    /// It has the transactional id.
    client: Option<Client>,
    /// This run committed a mark.
    taken: bool,
    /// The number in the checkpoint that the run began with: that of the last transaction, or one more.
    known: Option<i64>,
    /// That of the last transaction that is in force.
    number: i64,
    /// When one was committed last.
    ended: Instant,
    /// So many bytes don't wait until it is time.
    begins_at: usize,
    /// When it is looked again whether the cluster answers, while it doesn't.
    probe_at: Option<Instant>,
}

/// Why a transaction isn't in force.
enum Trouble {
    /// The run ends.
    Error(AdapterError),
    /// It is begun anew; with another client where this one can't be used any more.
    Problem(Problem),
}

impl From<AdapterError> for Trouble {
    fn from(error: AdapterError) -> Self {
        Self::Error(error)
    }
}

impl Transacting {
    /// A client that has the transactional id for itself, and which transaction was the last one.
    fn open(&mut self) -> Result<(), AdapterError> {
        while self.client.is_none() {
            let client = self.take_id()?;
            let marked = self.mark(&client)?;
            let other = |by: &[u8]| self.taken && by != self.run.as_bytes();
            if let Some((number, by)) = &marked {
                if other(by) {
                    return Err(self.fenced());
                }
                if !self.taken && self.known.is_some_and(|known| *number > known) {
                    return Err(self.ahead());
                }
                self.number = self.number.max(*number);
            }
            if self.taken {
                self.client = Some(client);
                break;
            }
            // From here on another run over the same checkpoint sees that this one is there.
            match self.commit_mark(&client, &[], None, self.number) {
                Ok(()) => {
                    self.taken = true;
                    self.client = Some(client);
                }
                Err(Trouble::Error(error)) => return Err(error),
                Err(Trouble::Problem(problem)) => self.wait(&client, &problem)?,
            }
        }
        Ok(())
    }

    /// A client that took the id from whoever had it.
    fn take_id(&mut self) -> Result<Client, AdapterError> {
        let id = self.name.id.to_string_lossy().into_owned();
        let answer = self.produce.cluster.timeout;
        let mut settings = self.produce.settings();
        settings.extend(self.transactions.settings(id, answer));
        loop {
            let cluster = &self.produce.cluster;
            let client = Client::transactional(cluster, self.allow.clone(), &settings)?;
            match self.insist(&client, |client| client.init_transactions(SLICE)) {
                Ok(()) => return Ok(client),
                Err(Trouble::Error(error)) => return Err(error),
                Err(Trouble::Problem(problem)) => self.wait(&client, &problem)?,
            }
        }
    }

    /// The mark, and beside it the run that made it; nothing where there is none.
    fn mark(&mut self, by: &Client) -> Result<Option<(i64, Vec<u8>)>, AdapterError> {
        let settings = [
            ("group.id", self.name.id.to_string_lossy().into_owned()),
            ("enable.auto.commit", "false".to_owned()),
            // Only what is in force.
            ("isolation.level", "read_committed".to_owned()),
        ];
        let cluster = &self.produce.cluster;
        let timeout = cluster.timeout;
        let group = Client::consumer(cluster, self.allow.clone(), &settings)?;
        loop {
            match group.marked(MARKED, timeout) {
                Ok(found) => return Ok(found),
                Err(problem) => {
                    if let Some(refused) = group.refused() {
                        return Err(refused);
                    }
                    self.wait(by, &problem)?;
                }
            }
        }
    }

    /// Whether another try may have another end.
    fn judge(&self, client: &Client, problem: &Problem) -> Result<(), AdapterError> {
        if problem.code == code::FENCED {
            return Err(self.fenced());
        }
        match client.refused().is_some() || problem.refusal() || problem.no_topic() {
            true => Err(meaning(&self.produce.cluster, client, problem)),
            false => Ok(()),
        }
    }

    /// Waits until the next try, if there is to be one.
    fn wait(&mut self, client: &Client, problem: &Problem) -> Result<(), AdapterError> {
        self.judge(client, problem)?;
        let pause = PAUSE + Duration::from_millis(random() % 200);
        let why = says(problem);
        self.context
            .block_on(self.retry.failed(&why, Some(pause)))
            .map(drop)
    }

    /// Calls until the answer is a final one. What takes long is asked for again, and goes on where it was.
    fn insist(
        &mut self,
        client: &Client,
        call: impl Fn(&Client) -> Result<(), Problem>,
    ) -> Result<(), Trouble> {
        let begun = Instant::now();
        loop {
            let problem = match call(client) {
                Ok(()) => {
                    self.probe_at = None;
                    self.retry.worked();
                    return Ok(());
                }
                Err(problem) => problem,
            };
            self.hear(client)?;
            if !problem.again || problem.fatal || problem.aborts {
                return Err(Trouble::Problem(problem));
            }
            let slow = problem.code == code::TIMED_OUT;
            if !slow || begun.elapsed() >= self.produce.cluster.timeout || self.context.stopping() {
                self.wait(client, &problem)?;
            }
        }
    }

    /// Takes what the library has to say.
    fn hear(&mut self, client: &Client) -> Result<(), AdapterError> {
        if let Some(refused) = client.refused() {
            return Err(refused);
        }
        while let Some(event) = client.poll(Duration::ZERO) {
            if event.what() != What::Error {
                continue;
            }
            let problem = event.problem();
            self.judge(client, &problem)?;
            if [code::ALL_BROKERS_DOWN, code::SSL].contains(&problem.code) {
                self.retry.still_failing(&says(&problem))?;
                self.probe_at = Some(Instant::now() + PROBE);
            }
        }
        Ok(())
    }

    /// One transaction, from its beginning until it is in force.
    fn commit_mark(
        &mut self,
        client: &Client,
        records: &[Bytes],
        consumed: Option<u64>,
        number: i64,
    ) -> Result<(), Trouble> {
        client.begin_transaction().map_err(Trouble::Problem)?;
        let pointer = self.produce.key.clone();
        for record in records {
            let key = pointer.as_deref().and_then(|key| key_of(record, key));
            loop {
                match client.produce(key.as_deref(), record, 0) {
                    Err(problem) if problem.code == code::QUEUE_FULL => {
                        self.hear(client)?;
                        std::thread::sleep(Duration::from_millis(2));
                    }
                    Err(problem) => return Err(Trouble::Problem(problem)),
                    Ok(()) => break,
                }
            }
        }
        self.send_positions(client, consumed)?;
        let nobody = Member::nobody(&self.name.id);
        let nobody = nobody.ok_or_else(|| Trouble::Problem(Problem::plain(code::FATAL)))?;
        let (mark, run) = (Position::new(MARKED, Some(number)), self.run.clone());
        self.insist(client, |client| {
            client.send_mark(mark, run.as_bytes(), &nobody, SLICE)
        })?;
        self.insist(client, |client| client.commit_transaction(SLICE))
    }

    /// Has it come to be with the transaction how far the source is read, up to its record `consumed`.
    fn send_positions(&mut self, client: &Client, consumed: Option<u64>) -> Result<(), Trouble> {
        let (Some(together), Some(consumed)) = (self.transactions.together.clone(), consumed)
        else {
            return Ok(());
        };
        let Some(reader) = together.member() else {
            return Ok(());
        };
        let begun = Instant::now();
        let (positions, member) = loop {
            let positions = together.ledger().behind(consumed);
            let positions =
                positions.map_err(|partition| went(&self.produce.cluster, partition))?;
            if positions.is_empty() {
                return Ok(());
            }
            // One that the group took for gone joins again, and hears what of it is its own still.
            match reader.member() {
                Some(member) => break (positions, member),
                None if begun.elapsed() >= self.produce.cluster.timeout => {
                    return Err(Trouble::Problem(Problem::plain(code::TIMED_OUT)));
                }
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        };
        self.insist(client, |client| {
            client.send_positions(reader, &positions, &member, SLICE)
        })
    }

    /// Nothing of the transaction will have been there.
    fn abort(&mut self, client: &Client) -> Result<(), Trouble> {
        self.insist(client, |client| client.abort_transaction(SLICE))
    }

    fn ahead(&self) -> AdapterError {
        AdapterError::new(
            "E_KAFKA_AHEAD",
            format!(
                "{} has transactions of this pipeline that its checkpoint doesn't know: the checkpoint is an \
                 older one than the topic {}",
                self.produce.cluster.name(),
                self.produce.cluster.topic
            ),
            "put the newest checkpoint back, or move it away to begin anew: what is behind it is then \
             produced twice",
        )
    }

    fn fenced(&self) -> AdapterError {
        let id = self.name.id.to_string_lossy();
        AdapterError::new(
            "E_KAFKA_FENCED",
            format!(
                "another run has the transactional id {id}, or this one's place in its source's group"
            ),
            "end the other run: a copy of a checkpoint makes no second pipeline; for another one give it a \
             checkpoint of its own",
        )
    }
}

/// The partition that the mark stands at.
const MARKED: i32 = 0;

impl Commits for Transacting {
    fn is_due(&mut self, bytes: usize) -> Result<bool, AdapterError> {
        self.open()?;
        if let Some(client) = self.client.take() {
            let heard = self.hear(&client);
            // Nothing is to be committed, so no answer tells that the cluster is back.
            if self.probe_at.is_some_and(|at| Instant::now() >= at) {
                match client.find_topic(SLICE) {
                    Ok(_) => {
                        self.probe_at = None;
                        self.retry.worked();
                    }
                    Err(_) => self.probe_at = Some(Instant::now() + PROBE),
                }
            }
            self.client = Some(client);
            heard?;
        }
        let together = self.transactions.together.as_ref();
        Ok(self.ended.elapsed() >= self.transactions.every
            || bytes >= self.begins_at
            || self.context.stopping()
            || together.is_some_and(Together::hurries))
    }

    fn has_positions(&self) -> bool {
        self.transactions.together.is_some()
    }

    fn prepare(&mut self) -> Result<(), AdapterError> {
        self.open()
    }

    fn at(&self) -> Arc<str> {
        self.name.line(self.number + 1)
    }

    fn commit(&mut self, records: &[Bytes], consumed: Option<u64>) -> Result<(), AdapterError> {
        let wanted = self.number + 1;
        let mut tries = 0;
        loop {
            self.open()?;
            // It was in force, and only the answer was lost.
            if self.number >= wanted {
                break;
            }
            let Some(client) = self.client.take() else {
                continue;
            };
            let problem = match self.commit_mark(&client, records, consumed, wanted) {
                Ok(()) => {
                    self.number = wanted;
                    self.client = Some(client);
                    break;
                }
                Err(Trouble::Error(error)) => return Err(error),
                Err(Trouble::Problem(problem)) => problem,
            };
            tries += 1;
            match tries {
                // A group that divides itself anew takes positions a moment later.
                1 => self.judge(&client, &problem)?,
                _ => self.wait(&client, &problem)?,
            }
            if problem.fatal {
                continue;
            }
            // Another client takes the id, which ends what this one left, and looks at the mark: the
            // library may have aborted by taking it anew, and what was about to be committed then was.
            if let Err(Trouble::Error(error)) = self.abort(&client) {
                return Err(error);
            }
        }
        self.ended = Instant::now();
        Ok(())
    }
}
