//! Records that a member of a group reads, and whose positions it commits once they last.
//!
//! One thread asks the library for everything: records, partitions that come and go, answers to
//! commits. It never waits for the pipeline longer than [`ROOM`]: then it pauses fetching and goes on
//! asking, so the member stays in its group however long the sink takes.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::Cluster;
use super::client::{Client, Event, Message, Position, Problem, What, code};
use super::together::{Owed, Owned, Together};
use crate::allow_net::AllowNet;
use crate::error::AdapterError;
use crate::net::cut::Cut;
use crate::net::intake::Intake;
use crate::net::reactor::Context;
use crate::net::retry::{Retry, random};
use crate::net::watch::Lag;

/// What is read.
pub struct Group {
    /// The cluster and the topic.
    pub cluster: Cluster,
    /// The group.
    pub group: String,
    /// Where a partition begins that the group has no position in: at the oldest record, or behind the
    /// newest one.
    pub from_start: bool,
    /// What becomes of a partition whose records at the group's position were removed.
    pub gone: Gone,
    /// When the group takes a member for gone that it doesn't hear from.
    pub session: Duration,
    /// The most bytes that are fetched ahead of the pipeline.
    pub ahead_bytes: u32,
    /// What a sink of the same cluster knows of it.
    pub together: Together,
}

/// What becomes of a partition whose records at the group's position aren't there any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// The run fails.
    Fail,
    /// It is read on at the oldest record.
    Oldest,
    /// It is read on behind the newest one.
    Newest,
}

/// How long one question waits.
const ASK: Duration = Duration::from_millis(50);
/// How long the pipeline may take before fetching pauses.
const ROOM: Duration = Duration::from_millis(500);
/// How often positions are committed.
const COMMIT: Duration = Duration::from_millis(200);
/// How often it is looked whether a cluster that was gone is back.
const PROBE: Duration = Duration::from_secs(1);
/// How often it is worked out how far behind the member is.
const LAG: Duration = Duration::from_secs(1);
/// The least time between two tries; the library has its own, longer ones, between two connections.
const PAUSE: Duration = Duration::from_millis(100);
/// How long records of a partition that goes to another member may take to last.
const REVOKE: Duration = Duration::from_secs(3);
/// The same where they come to be by a transaction: what doesn't last by then ends the run.
const REVOKE_TOGETHER: Duration = Duration::from_secs(8);
/// How long a topic may be unknown: a broker that just started, or a topic that was just made.
const UNKNOWN: Duration = Duration::from_secs(5);
/// A broker that isn't there, or not yet, may take positions a little later.
const PASSING: [i32; 6] = [code::TRANSPORT, code::TIMED_OUT, code::RESOLVE, 14, 15, 16];
/// How long leaving the group may take, and closing the client.
const LEAVE: Duration = Duration::from_secs(1);
/// Records of about so many bytes go to the loop at once.
const PIECE: usize = 32 * 1024;

/// What a group knows its member by again. The name is the checkpoint's, as no two runs have one at a time: who
/// was killed and comes back under it has its partitions at once, and nobody waits until it is taken for gone.
struct Name {
    name: String,
    /// How many partitions the topic had for the group when the member came. One that comes back under its name
    /// has nobody look for more of them.
    partitions: Option<usize>,
}

impl Name {
    fn new() -> Self {
        let name = format!("byteor-{:016x}", random());
        let partitions = None;
        Self { name, partitions }
    }

    /// As a checkpoint keeps it.
    fn line(&self) -> Arc<str> {
        format!("{} {}", self.name, self.partitions.unwrap_or(0)).into()
    }

    fn read(line: &str) -> Option<Self> {
        let (name, partitions) = line.split_once(' ')?;
        Some(Self {
            name: name.to_owned(),
            partitions: Some(partitions.parse().ok()?),
        })
    }
}

/// A client that becomes a member of the group under this name, once it subscribes.
fn member(group: &Group, allow: &AllowNet, name: &Name) -> Result<Arc<Client>, AdapterError> {
    let session = group.session.as_millis();
    let ahead = u64::from(group.ahead_bytes);
    let settings = [
        ("group.id", group.group.clone()),
        ("group.instance.id", name.name.clone()),
        (
            "partition.assignment.strategy",
            "cooperative-sticky".to_owned(),
        ),
        ("session.timeout.ms", session.to_string()),
        (
            "heartbeat.interval.ms",
            (session / 10).clamp(100, 3000).to_string(),
        ),
        (
            "max.poll.interval.ms",
            longest_silence(group.session).as_millis().to_string(),
        ),
        ("enable.auto.commit", "false".to_owned()),
        ("enable.auto.offset.store", "false".to_owned()),
        ("auto.offset.reset", "error".to_owned()),
        ("isolation.level", "read_committed".to_owned()),
        ("check.crcs", "true".to_owned()),
        ("enable.partition.eof", "true".to_owned()),
        (
            "queued.max.messages.kbytes",
            (ahead / 1024).max(64).to_string(),
        ),
        ("fetch.max.bytes", ahead.max(1_000_000).to_string()),
        (
            "receive.message.max.bytes",
            (ahead.max(1_000_000) + 1_000_000).to_string(),
        ),
    ];
    Client::consumer(&group.cluster, allow.clone(), &settings).map(Arc::new)
}

/// Reads in a thread of its own, until the run is asked to stop or the loop takes no more.
pub fn read(
    group: Group,
    allow: AllowNet,
    context: &Context,
    intake: Intake,
) -> Result<(), AdapterError> {
    let known = intake.begin().and_then(|spot| Name::read(&spot.at));
    let name = known.unwrap_or_else(Name::new);
    let client = member(&group, &allow, &name)?;
    let retry = Retry::new(context.clone(), group.cluster.name(), None);
    let guest = context.guest();
    let mut reading = Reading {
        client,
        at: name.line(),
        name,
        group,
        allow,
        context: context.clone(),
        intake: intake.clone(),
        retry,
        waiting: VecDeque::new(),
        came: Vec::new(),
        paused: false,
        committing: false,
        commit_at: Instant::now(),
        probe_at: None,
        unknown_since: None,
        lag_at: Instant::now(),
    };
    context.thread("kafka source", move || {
        match reading.run() {
            Err(error) if KEEPS_PLACE.contains(&error.code) => intake.fail(error),
            ended => {
                if let Err(error) = ended {
                    intake.fail(error);
                }
                reading.leave();
            }
        }
        drop(guest);
    })
}

/// What ends a run whose place in the group isn't given up: the next one has it, or somebody else has it
/// already.
const KEEPS_PLACE: [&str; 2] = ["E_KAFKA_LOST", "E_KAFKA_FENCED"];

/// How long the thread may be silent before the library gives up on it: it never is for so long.
fn longest_silence(session: Duration) -> Duration {
    (session * 5).max(Duration::from_secs(10))
}

/// Records of one partition on their way to the loop.
struct Piece {
    partition: i32,
    cut: Cut,
    bytes: Vec<u8>,
    records: u64,
    /// Of each, the number in the partition of the record behind it.
    nexts: Vec<i64>,
}

impl Piece {
    /// Number in the partition of the record behind all of them.
    fn next(&self) -> Option<i64> {
        self.nexts.last().copied()
    }
}

struct Reading {
    client: Arc<Client>,
    name: Name,
    /// Stands in the checkpoint beside each record.
    at: Arc<str>,
    group: Group,
    allow: AllowNet,
    context: Context,
    intake: Intake,
    retry: Retry,
    waiting: VecDeque<Piece>,
    /// Partitions that came, and that the library waits to hear are taken.
    came: Vec<Position>,
    paused: bool,
    committing: bool,
    commit_at: Instant,
    /// When it is looked again whether the cluster answers, while it doesn't.
    probe_at: Option<Instant>,
    unknown_since: Option<Instant>,
    lag_at: Instant,
}

impl Reading {
    fn run(&mut self) -> Result<(), AdapterError> {
        let Some(partitions) = self.find_topic(true)? else {
            return Ok(());
        };
        self.be_known(partitions)?;
        self.client
            .subscribe()
            .or_else(|problem| self.judge(&problem))?;
        while !self.over() {
            if let Some(refused) = self.client.refused() {
                return Err(refused);
            }
            self.collect()?;
            self.hand_over()?;
            self.acknowledge()?;
            self.tell_lag();
            self.probe()?;
        }
        Ok(())
    }

    /// Whether nothing more is to be read.
    fn over(&self) -> bool {
        self.context.stopping() || self.intake.saved_now().1
    }

    /// Has the group know this member again, or as a new one where the topic has more partitions since: then
    /// the group divides all of them anew.
    fn be_known(&mut self, partitions: usize) -> Result<(), AdapterError> {
        if self
            .name
            .partitions
            .is_some_and(|known| known != partitions)
        {
            self.name = Name::new();
            self.client = member(&self.group, &self.allow, &self.name)?;
        }
        self.name.partitions = Some(partitions);
        self.at = self.name.line();
        self.group.together.set_member(&self.client);
        Ok(())
    }

    /// Waits until the cluster knows the topic, and says how many partitions it has; nothing where nothing more
    /// is to be read. For the `first` time nothing else happens yet.
    fn find_topic(&mut self, first: bool) -> Result<Option<usize>, AdapterError> {
        let timeout = self.group.cluster.timeout;
        while !self.over() {
            let found = match first {
                true => self.client.look_for_topic(timeout),
                false => self.client.find_topic(timeout),
            };
            if let Some(refused) = self.client.refused() {
                return Err(refused);
            }
            let problem = match found {
                Ok(partitions) => {
                    self.unknown_since = None;
                    self.retry.worked();
                    return Ok(Some(partitions));
                }
                Err(problem) => problem,
            };
            if problem.refusal() || problem.fatal {
                return Err(refused(&self.group.cluster, &problem));
            }
            if problem.no_topic() {
                self.no_topic(&problem)?;
            }
            self.wait(&problem)?;
        }
        Ok(None)
    }

    /// Waits until the next try.
    fn wait(&mut self, problem: &Problem) -> Result<(), AdapterError> {
        let why = says(problem);
        let pause = PAUSE + Duration::from_millis(random() % 400);
        let waited = self.context.block_on(self.retry.failed(&why, Some(pause)));
        // Nothing is owed to a cluster that doesn't answer: a run that is asked to stop stops.
        if self.context.stopping() {
            Ok(())
        } else {
            waited
        }
    }

    fn no_topic(&mut self, problem: &Problem) -> Result<(), AdapterError> {
        match self.unknown_since {
            Some(since) if since.elapsed() >= UNKNOWN => Err(refused(&self.group.cluster, problem)),
            _ => {
                self.unknown_since.get_or_insert_with(Instant::now);
                Ok(())
            }
        }
    }

    /// What a problem means for the run; nothing where the library goes on by itself.
    fn judge(&mut self, problem: &Problem) -> Result<(), AdapterError> {
        if let Some(refused) = self.client.refused() {
            return Err(refused);
        }
        self.look_for_another()?;
        if problem.fatal {
            return Err(fatal(&self.group.cluster, problem));
        }
        if problem.refusal() {
            return Err(refused(&self.group.cluster, problem));
        }
        if problem.no_topic() {
            return self.find_topic(false).map(drop);
        }
        match problem.code {
            // One connection ended; another is made where it is needed.
            code::TRANSPORT | code::RESOLVE => Ok(()),
            code::MAX_POLL_EXCEEDED => {
                let message = "the group took this member for gone; it joins again".to_owned();
                self.context.tell("N_KAFKA_REVOKED", message);
                Ok(())
            }
            _ => {
                self.probe_at.get_or_insert_with(|| Instant::now() + PROBE);
                self.down(problem)
            }
        }
    }

    /// Whether another run has this one's name.
    fn look_for_another(&self) -> Result<(), AdapterError> {
        if self.client.fatal_code() != code::FENCED {
            return Ok(());
        }
        Err(AdapterError::new(
            "E_KAFKA_FENCED",
            format!(
                "another run has the place {} in the group {}",
                self.name.name, self.group.group
            ),
            "end the other run: a copy of a checkpoint makes no second pipeline; for another one give it a \
             checkpoint of its own",
        ))
    }

    fn down(&mut self, problem: &Problem) -> Result<(), AdapterError> {
        let told = self.retry.still_failing(&says(problem));
        if self.context.stopping() {
            Ok(())
        } else {
            told
        }
    }

    /// While the cluster doesn't answer, asks it now and then.
    fn probe(&mut self) -> Result<(), AdapterError> {
        if self.probe_at.is_none_or(|at| Instant::now() < at) {
            return Ok(());
        }
        match self.client.find_topic(PROBE) {
            Ok(_) => {
                self.probe_at = None;
                self.retry.worked();
                Ok(())
            }
            Err(problem) => {
                self.probe_at = Some(Instant::now() + PROBE);
                match problem.refusal() || problem.fatal || problem.no_topic() {
                    true => self.judge(&problem),
                    false => self.down(&problem),
                }
            }
        }
    }

    /// Takes what the library has, up to a piece.
    fn collect(&mut self) -> Result<(), AdapterError> {
        let mut most = ASK;
        for _ in 0..PIECE {
            let held: usize = self.waiting.iter().map(|piece| piece.bytes.len()).sum();
            if held >= PIECE {
                // What comes now is about the group, or was under way when fetching paused.
                most = Duration::ZERO;
                if !self.paused {
                    return Ok(());
                }
            }
            let client = Arc::clone(&self.client);
            let Some(event) = client.poll(most) else {
                return Ok(());
            };
            most = Duration::ZERO;
            let what = Happened::of(event);
            self.happened(what)?;
        }
        Ok(())
    }

    fn happened(&mut self, what: Happened) -> Result<(), AdapterError> {
        match what {
            Happened::Record(piece) => {
                self.add(piece);
                Ok(())
            }
            Happened::Nothing => Ok(()),
            Happened::Came(positions) => {
                self.context
                    .watch()
                    .rebalanced(u64::from(!positions.is_empty()));
                self.take(positions)
            }
            Happened::Went(positions) => {
                self.context
                    .watch()
                    .rebalanced(u64::from(!positions.is_empty()));
                self.give_back(&positions)
            }
            Happened::Committed(code, positions) => self.committed(code, &positions),
            Happened::OutOfRange(partition) => self.out_of_range(partition),
            Happened::End(partition, at) => {
                let mut ledger = self.group.together.ledger();
                if let Some(owned) = ledger.owned.get_mut(&partition) {
                    owned.end = Some(at);
                }
                Ok(())
            }
            Happened::Wrong(problem) => self.judge(&problem),
        }
    }

    /// Records behind those of the same partition that wait already.
    fn add(&mut self, piece: Piece) {
        if !self.owns(piece.partition) {
            return;
        }
        match self.waiting.back_mut() {
            Some(last)
                if last.partition == piece.partition
                    && last.cut == Cut::Prefixed
                    && piece.cut == Cut::Prefixed
                    && last.bytes.len() < PIECE =>
            {
                last.bytes.extend_from_slice(&piece.bytes);
                last.records += piece.records;
                last.nexts.extend(piece.nexts);
            }
            _ => self.waiting.push_back(piece),
        }
    }

    /// Gives the loop what waits, as far as there is room; pauses where there is none.
    fn hand_over(&mut self) -> Result<(), AdapterError> {
        let until = Instant::now() + ROOM;
        while let Some(piece) = self.waiting.front() {
            let wanted = piece.bytes.len();
            let left = until.saturating_duration_since(Instant::now());
            let room = self.context.block_on(async {
                tokio::select! {
                    biased;
                    room = self.intake.room(wanted) => Some(room),
                    () = tokio::time::sleep(left) => None,
                    () = self.context.stopped() => None,
                }
            });
            let room = match room {
                None => return self.pause(true),
                Some(None) => return Err(too_large(&self.group.cluster, piece)),
                Some(Some(room)) => room,
            };
            let Some(piece) = self.waiting.pop_front() else {
                break;
            };
            let bytes = Bytes::from(piece.bytes);
            // Noted before anybody can commit what lies behind it.
            let mut ledger = self.group.together.ledger();
            let at = Arc::clone(&self.at);
            let given = (self.intake).give_at(at, bytes, piece.cut, piece.records, room);
            let Some(number) = given else {
                return Ok(());
            };
            if let Some(turn) = ledger.owned.get(&piece.partition).map(|owned| owned.turn) {
                ledger.owed.push_back(Owed {
                    number,
                    partition: piece.partition,
                    turn,
                    nexts: piece.nexts,
                });
            }
        }
        self.pause(false)
    }

    /// Whether a partition is this member's.
    fn owns(&self, partition: i32) -> bool {
        self.group.together.ledger().owned.contains_key(&partition)
    }

    fn pause(&mut self, pause: bool) -> Result<(), AdapterError> {
        if self.paused == pause {
            return Ok(());
        }
        self.paused = pause;
        let all: Vec<_> = self.group.together.ledger().owned.keys().copied().collect();
        let done = self.client.pause(pause, all.into_iter());
        done.or_else(|problem| self.judge(&problem))
    }

    /// Says how many records of this member's partitions don't last yet.
    fn tell_lag(&mut self) {
        if self.lag_at.elapsed() < LAG {
            return;
        }
        self.lag_at = Instant::now();
        let ledger = self.group.together.ledger();
        let behind = ledger.owned.iter().map(|(partition, owned)| {
            let end = self.client.known_end(*partition)?;
            let waits = self.waiting.iter().any(|one| one.partition == *partition);
            let reached = match waits {
                true => owned.done?,
                false => ledger.reached(*partition)?,
            };
            u64::try_from(end.saturating_sub(reached).max(0)).ok()
        });
        // Of a partition that nothing is known of, the sum isn't either.
        let sum = behind.sum::<Option<u64>>();
        let sum = sum.filter(|_| !ledger.owned.is_empty());
        self.context.watch().behind(sum.map(Lag::exactly));
    }

    /// Notes what lasts, and commits it every now and then.
    fn acknowledge(&mut self) -> Result<(), AdapterError> {
        self.note_saved();
        let by_sink = self.group.together.is_by_sink();
        if by_sink || self.committing || self.commit_at.elapsed() < COMMIT {
            return Ok(());
        }
        let positions = self.to_commit(|_| true);
        if positions.is_empty() {
            return Ok(());
        }
        self.commit_at = Instant::now();
        match self.client.commit_later(&positions) {
            Ok(()) => {
                self.committing = true;
                Ok(())
            }
            Err(problem) => self.judge(&problem),
        }
    }

    fn note_saved(&mut self) {
        let (saved, _) = self.intake.saved_now();
        self.group.together.ledger().note(saved);
    }

    /// Positions that last and that the group doesn't know.
    fn to_commit(&self, of: impl Fn(i32) -> bool) -> Vec<Position> {
        self.group.together.ledger().news(of)
    }

    fn committed(&mut self, code: i32, positions: &[Position]) -> Result<(), AdapterError> {
        self.committing = false;
        self.note_committed(code, positions);
        let first = positions.iter().map(|one| one.code).find(|code| *code != 0);
        match (code, first) {
            (0, None) | (code::NO_OFFSET, _) => Ok(()),
            (0, Some(code)) | (code, _) => {
                let problem = Problem::plain(code);
                // Where the group is about to divide itself anew, a later commit works, or another
                // member reads those records again.
                if problem.refusal() {
                    self.judge(&problem)
                } else {
                    Ok(())
                }
            }
        }
    }

    fn note_committed(&self, code: i32, positions: &[Position]) {
        let mut ledger = self.group.together.ledger();
        for position in positions.iter().filter(|position| position.code == 0) {
            if let Some(owned) = ledger.owned.get_mut(&position.partition)
                && code == 0
            {
                owned.committed = position.offset;
            }
        }
    }

    /// Partitions become this member's.
    fn take(&mut self, mut positions: Vec<Position>) -> Result<(), AdapterError> {
        let since = Instant::now();
        self.came.clone_from(&positions);
        while !self.over() {
            match self.begin(&positions) {
                Ok(Ok(begun)) => {
                    positions = begun;
                    break;
                }
                Ok(Err(error)) => return Err(error),
                Err(problem) if problem.refusal() || problem.fatal => return self.judge(&problem),
                // A transaction that another member began, and didn't end, says where to begin.
                Err(problem)
                    if problem.code == code::UNSTABLE
                        && since.elapsed() < self.group.cluster.timeout =>
                {
                    std::thread::sleep(PAUSE);
                }
                Err(problem) => self.wait(&problem)?,
            }
        }
        if self.group.together.is_by_sink() {
            self.commit_begin(&positions)?;
        }
        self.came.clear();
        self.client
            .assign(&positions)
            .or_else(|problem| self.judge(&problem))?;
        // Said either way: in the library a pause outlives that the partitions went away.
        let came = positions.iter().map(|one| one.partition);
        self.client
            .pause(self.paused, came)
            .or_else(|problem| self.judge(&problem))
    }

    /// Has the group know where partitions begin that it had no position in, before a record of them is
    /// read: afterwards transactions say how far they are.
    fn commit_begin(&mut self, positions: &[Position]) -> Result<(), AdapterError> {
        let begun = |partition: i32| positions.iter().any(|one| one.partition == partition);
        loop {
            let news = self.to_commit(begun);
            if news.is_empty() || self.over() {
                return Ok(());
            }
            match self.client.commit(&news) {
                Ok(()) => self.note_committed(0, &news),
                Err(problem) if problem.refusal() || problem.fatal => return self.judge(&problem),
                // The group divides itself anew: these are given back in a moment.
                Err(problem) if !PASSING.contains(&problem.code) => return Ok(()),
                Err(problem) => self.wait(&problem)?,
            }
        }
    }

    /// Where partitions begin, by the group's positions and what the topic still has; or why the run ends.
    #[allow(clippy::type_complexity)]
    fn begin(
        &mut self,
        positions: &[Position],
    ) -> Result<Result<Vec<Position>, AdapterError>, Problem> {
        let timeout = self.group.cluster.timeout;
        let known = self.client.committed(positions, timeout)?;
        let mut begun = Vec::new();
        for position in known {
            let (low, high) = self.client.ends(position.partition, timeout)?;
            let (at, committed) = match position.offset {
                Some(at) if (low..=high).contains(&at) => (at, Some(at)),
                Some(at) => match self.read_on(position.partition, at, (low, high)) {
                    Ok(on) => (on, Some(at)),
                    Err(error) => return Ok(Err(error)),
                },
                None if self.group.from_start => (low, None),
                None => (high, None),
            };
            begun.push((Position::new(position.partition, Some(at)), committed));
        }
        let mut ledger = self.group.together.ledger();
        for (position, committed) in &begun {
            ledger.turns += 1;
            // The first position is committed at once: where the member begins behind the newest
            // record, and ends before one came, the next one begins there too.
            let owned = Owned {
                turn: ledger.turns,
                done: position.offset,
                committed: *committed,
                end: None,
            };
            ledger.owned.insert(position.partition, owned);
        }
        Ok(Ok(begun.into_iter().map(|one| one.0).collect()))
    }

    /// Where a partition is read on that hasn't record `at` any more, which is told.
    fn read_on(
        &self,
        partition: i32,
        at: i64,
        (low, high): (i64, i64),
    ) -> Result<i64, AdapterError> {
        let topic = &self.group.cluster.topic;
        let happened = match low - at {
            gone @ 1.. => format!(
                "{gone} records of partition {partition} of the topic {topic} were removed before \
                 they were read"
            ),
            _ => format!(
                "partition {partition} of the topic {topic} ends before record {at}, where the group \
                 was: the topic was made anew, or the cluster lost records"
            ),
        };
        let (on, follows) = match self.group.gone {
            Gone::Oldest => (low, "it is read on at the oldest record".to_owned()),
            Gone::Newest => {
                let passed = high - low.max(at.min(high));
                let follows = format!(
                    "it is read on behind the newest record, {passed} that are there are passed over"
                );
                (high, follows)
            }
            Gone::Fail => {
                return Err(AdapterError::new(
                    "E_KAFKA_TRIMMED",
                    happened,
                    "set the group's position to where it is to go on, or deploy a config whose \
                     `out_of_range` says so, and start again",
                ));
            }
        };
        self.context
            .tell("N_KAFKA_TRIMMED", format!("{happened}; {follows}"));
        Ok(on)
    }

    /// Partitions go to another member.
    fn give_back(&mut self, positions: &[Position]) -> Result<(), AdapterError> {
        let going = |partition: i32| positions.iter().any(|one| one.partition == partition);
        self.waiting.retain(|piece| !going(piece.partition));
        self.look_for_another()?;
        let lost = self.client.lost();
        let by_sink = self.group.together.is_by_sink();
        if lost
            && by_sink
            && let Some(partition) = self.first_open(going)
        {
            // Before the library hears that they are let go: then this member would join anew, and the run that
            // begins again would have to wait for it. The sink commits nothing more of them.
            let mut ledger = self.group.together.ledger();
            ledger.owned.retain(|partition, _| !going(*partition));
            return Err(went(&self.group.cluster, partition));
        }
        let mut left = 0;
        if !lost {
            let most = match by_sink {
                true => REVOKE_TOGETHER.min(longest_silence(self.group.session) * 4 / 5),
                false => REVOKE,
            };
            let until = Instant::now() + most;
            self.group.together.hurry(true);
            loop {
                self.note_saved();
                {
                    let ledger = self.group.together.ledger();
                    let open = |owed: &&Owed| going(owed.partition) && ledger.is_ours(owed);
                    left = ledger.owed.iter().filter(open).count();
                }
                if left == 0 || Instant::now() >= until || self.intake.saved_now().1 {
                    break;
                }
                std::thread::sleep(Duration::from_millis(2));
            }
            self.group.together.hurry(false);
            let last = self.to_commit(going);
            if !by_sink
                && !last.is_empty()
                && let Err(problem) = self.client.commit(&last)
                && problem.refusal()
            {
                self.judge(&problem)?;
            }
        }
        if lost || left > 0 {
            let topic = &self.group.cluster.topic;
            let message = format!(
                "partitions {} of the topic {topic} went to other members before all that was read \
                 of them lasted; it comes again there",
                names(positions)
            );
            self.context.tell("N_KAFKA_REVOKED", message);
        }
        let mut ledger = self.group.together.ledger();
        ledger.owned.retain(|partition, _| !going(*partition));
        drop(ledger);
        self.client
            .unassign(positions)
            .or_else(|problem| self.judge(&problem))
    }

    /// One of these partitions of which records are on their way that no transaction has yet.
    fn first_open(&mut self, of: impl Fn(i32) -> bool) -> Option<i32> {
        self.note_saved();
        let ledger = self.group.together.ledger();
        let mut open = ledger.owed.iter().filter(|owed| ledger.is_ours(owed));
        open.find(|owed| of(owed.partition))
            .map(|owed| owed.partition)
    }

    /// A position that isn't in the partition any more, while it was read.
    fn out_of_range(&mut self, partition: i32) -> Result<(), AdapterError> {
        while !self.over() && self.owns(partition) {
            match self.go_elsewhere(partition) {
                Ok(done) => return done,
                Err(problem) if problem.refusal() || problem.fatal => return self.judge(&problem),
                Err(problem) => self.wait(&problem)?,
            }
        }
        Ok(())
    }

    #[allow(clippy::type_complexity)]
    fn go_elsewhere(&mut self, partition: i32) -> Result<Result<(), AdapterError>, Problem> {
        let timeout = self.group.cluster.timeout;
        let ends = self.client.ends(partition, timeout)?;
        let waiting = self.waiting.iter().rfind(|one| one.partition == partition);
        let at = {
            let ledger = self.group.together.ledger();
            let owed = ledger.owed.iter().rfind(|one| one.partition == partition);
            waiting
                .and_then(Piece::next)
                .or(owed.and_then(Owed::next))
                .or_else(|| ledger.owned.get(&partition)?.done)
        };
        let on = match self.read_on(partition, at.unwrap_or(ends.0), ends) {
            Ok(on) => on,
            Err(error) => return Ok(Err(error)),
        };
        self.client
            .seek(Position::new(partition, Some(on)), timeout)?;
        Ok(Ok(()))
    }

    /// Waits until what was given lasts, commits it and leaves the group.
    fn leave(&mut self) {
        self.waiting.clear();
        while !self.group.together.ledger().owed.is_empty() && !self.intake.saved_now().1 {
            self.note_saved();
            // The member stays in its group meanwhile, and gives back what it is asked for.
            let client = Arc::clone(&self.client);
            let what = client.poll(Duration::from_millis(5)).map(Happened::of);
            if let Some(what) = what
                && !matches!(what, Happened::Record(_))
            {
                // The run ends; what can't be done any more comes again in the next one.
                if self.happened(what).is_err() {
                    break;
                }
            }
        }
        self.note_saved();
        let last = self.to_commit(|_| true);
        if !self.group.together.is_by_sink() && !last.is_empty() {
            // What couldn't be committed comes again.
            let _ = self.client.commit(&last);
        }
        // A run that ends while it begins with partitions has them, until it gives them back.
        let came = std::mem::take(&mut self.came);
        if !came.is_empty() && self.client.assign(&came).is_err() {
            return;
        }
        // By closing alone it would keep its place, as one that was killed does.
        if self.client.unsubscribe().is_ok() {
            self.let_go(Client::is_member);
        }
        if self.client.close().is_ok() {
            self.let_go(|client| !client.closed());
        }
    }

    /// Gives back what it is asked for, for as `long` as that, but not for ever.
    fn let_go(&self, long: impl Fn(&Client) -> bool) {
        let until = Instant::now() + LEAVE;
        while long(&self.client) && Instant::now() < until {
            let Some(event) = self.client.poll(Duration::from_millis(20)) else {
                continue;
            };
            // A group that was about to divide itself does that first.
            let _ = match Happened::of(event) {
                Happened::Went(positions) => {
                    self.group.together.ledger().owned.clear();
                    self.client.unassign(&positions)
                }
                Happened::Came(positions) => self.client.assign(&positions),
                _ => Ok(()),
            };
        }
    }
}

/// An event, taken out of the library's hands.
enum Happened {
    Record(Piece),
    Came(Vec<Position>),
    Went(Vec<Position>),
    Committed(i32, Vec<Position>),
    OutOfRange(i32),
    End(i32, i64),
    Wrong(Problem),
    Nothing,
}

impl Happened {
    fn of(mut event: Event<'_>) -> Self {
        match event.what() {
            What::Fetched => match event.message() {
                Some(message) if message.code() == 0 => Self::Record(piece(&message)),
                Some(message) if is_out_of_range(message.code()) => {
                    Self::OutOfRange(message.partition())
                }
                Some(message) => Self::Wrong(message.problem()),
                None => Self::Nothing,
            },
            What::Rebalance if event.code() == code::ASSIGN => Self::Came(event.positions()),
            What::Rebalance => Self::Went(event.positions()),
            What::Committed => Self::Committed(event.code(), event.positions()),
            What::Error => match event.place() {
                Some((partition, _)) if is_out_of_range(event.code()) => {
                    Self::OutOfRange(partition)
                }
                Some((partition, at)) if event.code() == code::PARTITION_END => {
                    Self::End(partition, at)
                }
                _ => Self::Wrong(event.problem()),
            },
            What::Reported | What::Other => Self::Nothing,
        }
    }
}

fn is_out_of_range(code: i32) -> bool {
    [code::OFFSET_RESET, code::OFFSET_OUT_OF_RANGE].contains(&code)
}

/// One record. One without a value is kept aside, with what there is of it.
fn piece(message: &Message<'_>) -> Piece {
    let (partition, offset) = (message.partition(), message.offset());
    let (cut, bytes) = match message.record() {
        Some(record) => {
            let mut bytes = Vec::with_capacity(record.len() + 4);
            Cut::Prefixed.add(record, &mut bytes);
            (Cut::Prefixed, bytes)
        }
        None => {
            let mut bytes = format!("partition={partition} offset={offset} key=").into_bytes();
            bytes.extend_from_slice(message.key().unwrap_or_default());
            (Cut::Aside, bytes)
        }
    };
    Piece {
        partition,
        cut,
        bytes,
        records: 1,
        nexts: vec![offset + 1],
    }
}

fn names(positions: &[Position]) -> String {
    let names = positions.iter().map(|one| one.partition.to_string());
    names.collect::<Vec<_>>().join(", ")
}

/// What a problem is behind the cluster's name.
pub(super) fn says(problem: &Problem) -> String {
    match problem.why {
        code::SSL => format!("can't be trusted ({})", problem.text),
        code::ALL_BROKERS_DOWN | code::TRANSPORT | code::RESOLVE | code::TIMED_OUT => {
            format!("can't be reached ({})", problem.text)
        }
        _ => format!("says: {}", problem.text),
    }
}

pub(super) fn refused(cluster: &Cluster, problem: &Problem) -> AdapterError {
    let name = cluster.name();
    let message = match (problem.code, cluster.security.proven()) {
        (code::AUTHENTICATION, Some(user)) => {
            format!(
                "{name} doesn't take this client for {user}: {}",
                problem.text
            )
        }
        _ => format!(
            "{name} says of the topic {}: {}",
            cluster.topic, problem.text
        ),
    };
    AdapterError::new(
        "E_KAFKA_REFUSED",
        message,
        "nothing is lost: correct the config, the password, or what the cluster has and allows, and start \
         again",
    )
}

pub(super) fn fatal(cluster: &Cluster, problem: &Problem) -> AdapterError {
    AdapterError::new(
        "E_KAFKA_FATAL",
        format!(
            "{} can't be used any more: {}",
            cluster.name(),
            problem.text
        ),
        "nothing is lost: start again; the run goes on from the last checkpoint",
    )
}

/// A partition isn't this member's any more, and records of it are on their way.
pub(super) fn went(cluster: &Cluster, partition: i32) -> AdapterError {
    AdapterError::new(
        "E_KAFKA_LOST",
        format!(
            "partition {partition} of the source went to another member of its group before what was read of \
             it was committed at {}",
            cluster.name()
        ),
        "nothing is lost, and nothing is there twice: start again; the run goes on from the group's \
         position",
    )
}

fn too_large(cluster: &Cluster, piece: &Piece) -> AdapterError {
    AdapterError::new(
        "E_KAFKA_RECORD",
        format!(
            "record {} of partition {} of the topic {} is larger than all that may be in memory",
            piece.next().map_or(0, |next| next - 1),
            piece.partition,
            cluster.topic
        ),
        "deploy a config with a larger `in_flight_bytes`",
    )
}
