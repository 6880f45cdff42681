//! The adapter loop: one file in, one pipeline, one file out, and nothing lost between.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use byteor_pipeline_exec::{
    Counters, ExecError, Failure, FailureOrigin, Producer, PublishError, RecordSink, Running,
    SingleRingSnapshot, SinkFailure, SinkRecord, StageCounters, StateSnapshot,
};

use crate::checkpoint::{
    Checkpoint, CheckpointFile, Held, LOCK_WAIT, StageTotals, Totals, with_suffix,
};
use crate::delivery::{Aside, Delivered, Delivery, InFlight, Progress, relock};
use crate::disk::Disk;
use crate::egress::{OwnFile, Purpose};
use crate::error::AdapterError;
use crate::ingress::{FileIngress, Mode, Moved, Next, Start};
use crate::roots::Roots;
use crate::saver::{FirstError, Saver, Ticker};
use crate::states::{Carried, StageName};

/// How often progress is made durable while records flow.
pub const SAVE_EVERY: Duration = Duration::from_millis(40);

/// Records that are made visible to the first stage at once, at most.
const BATCH: u64 = 64;

/// Longest time between two looks at a file that has ended.
const LONGEST_IDLE: Duration = Duration::from_millis(25);

/// What becomes of a line that is larger than a record may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooLarge {
    /// It is counted, kept in the reject file, and the pipeline goes on.
    Reject,
    /// The pipeline stops in front of it.
    Stop,
}

/// One file in, one file out.
#[derive(Clone, Debug)]
pub struct FileToFile {
    /// Where files may be opened.
    pub roots: Roots,
    /// The input file.
    pub input: PathBuf,
    /// Whether to follow it.
    pub mode: Mode,
    /// Where to begin without a checkpoint.
    pub start: Start,
    /// What becomes of lines that are too large.
    pub too_large: TooLarge,
    /// The output file.
    pub output: PathBuf,
    /// The reject file.
    pub reject: PathBuf,
    /// The checkpoint. [`default_checkpoint`] gives the usual place.
    pub checkpoint: PathBuf,
    /// Ends after this many records, or at the end of the input if that comes first.
    pub max_messages: Option<u64>,
    /// Largest record, in bytes: the slot's payload.
    pub max_record: usize,
    /// Hash of the spec that runs.
    pub spec_hash: String,
    /// The stages of the spec, in its order.
    pub stages: Vec<StageName>,
    /// How often progress is made durable.
    pub save_every: Duration,
    /// How long to wait for another runner to let go of the files.
    pub lock_wait: Duration,
    /// What the files that are written stand on.
    pub disk: Disk,
}

/// `<output>.checkpoint`.
pub fn default_checkpoint(output: &Path) -> PathBuf {
    with_suffix(output, ".checkpoint")
}

/// Something a person may want to know; the pipeline goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Stable code, for machines.
    pub code: &'static str,
    /// What happened.
    pub message: String,
}

/// Why a run ended without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Somebody asked for it.
    Stopped,
    /// The input ended.
    EndOfInput,
    /// As many records as were asked for were read.
    MaxMessages,
}

impl Ended {
    /// The written form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::EndOfInput => "end_of_input",
            Self::MaxMessages => "max_messages",
        }
    }
}

/// What a run that went well did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Why it ended.
    pub ended: Ended,
    /// Counted since the pipeline's first start.
    pub totals: Totals,
    /// When that was; see [`Prepared::since`].
    pub since: Option<u64>,
    /// The ring as it was left; whoever looks from outside may have come too late.
    pub snapshot: SingleRingSnapshot,
}

impl FileToFile {
    /// The defaults of everything that a config bundle doesn't say.
    pub fn new(roots: Roots, input: PathBuf, output: PathBuf, reject: PathBuf) -> Self {
        Self {
            roots,
            input,
            mode: Mode::Follow,
            start: Start::Start,
            too_large: TooLarge::Reject,
            checkpoint: default_checkpoint(&output),
            output,
            reject,
            max_messages: None,
            max_record: 256,
            spec_hash: String::new(),
            stages: Vec::new(),
            save_every: SAVE_EVERY,
            lock_wait: LOCK_WAIT,
            disk: Disk::default(),
        }
    }

    /// Takes the checkpoint and the files for this process, and puts them back to where the last
    /// checkpoint ended. Nothing of the input is read yet, and the checkpoint stays as it is.
    pub fn prepare(self) -> Result<Prepared, AdapterError> {
        self.check_paths()?;
        let file = CheckpointFile::hold(&self.checkpoint, self.lock_wait)?;
        let known = file.read()?;
        let carried = Carried::from(known.as_ref(), &self)?;
        let mut notices = Vec::new();
        let (ingress, truncated) = self.open_input(known.as_ref(), &mut notices)?;

        let open = |path: &Path, purpose, before: Option<(&PathBuf, _)>| {
            let before = before.and_then(|(named, state)| (named == path).then_some(state));
            OwnFile::open(&self.roots, path, purpose, before, self.lock_wait)
        };
        let before = known
            .as_ref()
            .map(|known| (&known.output_path, &known.output));
        let mut output = open(&self.output, Purpose::Output, before)?;
        let before = known
            .as_ref()
            .map(|known| (&known.reject_path, &known.reject));
        let mut reject = open(&self.reject, Purpose::Reject, before)?;
        let input = ingress.source().id.inode();
        if output.identity() == input || reject.identity() == input {
            return Err(same_file(
                "the input and a file that is written are one file",
            ));
        }
        // Only now that everything is known to be ours is anything changed.
        let cut = output.cut()? + reject.cut()?;
        if cut > 0 {
            notices.push(Notice {
                code: "N_CUT_BACK",
                message: format!("{cut} bytes behind the last checkpoint were cut off"),
            });
        }

        let (mut totals, since, stages) = match known {
            Some(known) => {
                let same =
                    known.spec_hash == self.spec_hash && known.stages.len() == self.stages.len();
                (known.totals, known.since, same.then_some(known.stages))
            }
            None => (Totals::default(), Some(now()), None),
        };
        if truncated {
            totals.truncations += 1;
        }
        let stages = stages.unwrap_or_else(|| vec![StageTotals::default(); self.stages.len()]);
        let at = Progress {
            source: Arc::clone(ingress.source()),
            offset: ingress.position(),
            output: output.state(),
            reject: reject.state(),
            totals,
            stages,
            states: None,
        };
        let saver = Saver {
            file,
            disk: self.disk.clone(),
            roots: self.roots.clone(),
            input_path: self.input.clone(),
            output: output.sync_handle(&self.disk),
            reject: reject.sync_handle(&self.disk),
            since,
            spec_hash: self.spec_hash.clone(),
            stages: self.stages.clone(),
            last: None,
        };
        let in_flight = Arc::new(InFlight::new());
        let delivery = Delivery::new(
            Arc::clone(&in_flight),
            self.input.clone(),
            output,
            reject,
            at.clone(),
        );
        Ok(Prepared {
            settings: self,
            ingress,
            in_flight,
            flushed: delivery.flushed(),
            delivery: Arc::new(Mutex::new(delivery)),
            saver,
            at,
            carried,
            notices,
            errors: Arc::new(FirstError::default()),
        })
    }

    /// Refuses one path in two places. Links are found out by what was opened.
    fn check_paths(&self) -> Result<(), AdapterError> {
        let own = [
            &self.input,
            &self.output,
            &self.reject,
            &self.checkpoint,
            &with_suffix(&self.checkpoint, ".lock"),
            &with_suffix(&self.checkpoint, ".tmp"),
        ];
        for (index, path) in own.iter().enumerate() {
            if own[..index].contains(path) {
                return Err(same_file(&format!("{} is named twice", path.display())));
            }
        }
        Ok(())
    }

    fn open_input(
        &self,
        known: Option<&Checkpoint>,
        notices: &mut Vec<Notice>,
    ) -> Result<(FileIngress, bool), AdapterError> {
        // A bounded run ends where the input ends, whatever the config says.
        let mode = match self.max_messages {
            Some(_) => Mode::StopAtEnd,
            None => self.mode,
        };
        let (roots, input, max) = (&self.roots, &self.input, self.max_record);
        match known.filter(|known| known.input_path == *input) {
            Some(known) => {
                let resumed = FileIngress::resume(roots, input, mode, max, &known.input)?;
                if resumed.truncated {
                    notices.push(truncation(input));
                }
                notices.extend(resumed.skipped.iter().map(|path| Notice {
                    code: "N_INPUT_SKIPPED",
                    message: format!(
                        "{} looks like a log that was rotated while nobody ran, and is not read",
                        path.display()
                    ),
                }));
                Ok((resumed.ingress, resumed.truncated))
            }
            None => Ok((
                FileIngress::open(roots, input, mode, self.start, max)?,
                false,
            )),
        }
    }
}

/// Milliseconds since 1970; 0 on a clock before that.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}

fn truncation(path: &Path) -> Notice {
    Notice {
        code: "N_INPUT_TRUNCATED",
        message: format!(
            "{} was truncated or rewritten in place; it is read from its start again",
            path.display()
        ),
    }
}

fn same_file(what: &str) -> AdapterError {
    AdapterError::new(
        "E_ADAPTER_SAME_FILE",
        what,
        "give the input, the output, the reject file and the checkpoint a file each",
    )
}

/// Files in hand, to start a ring with.
pub struct Prepared {
    settings: FileToFile,
    ingress: FileIngress,
    in_flight: Arc<InFlight>,
    flushed: Arc<Mutex<Progress>>,
    delivery: Arc<Mutex<Delivery>>,
    saver: Saver,
    at: Progress,
    carried: Carried,
    notices: Vec<Notice>,
    errors: Arc<FirstError>,
}

/// Files in hand and a ring that was started over them, ready to run.
pub struct Ready {
    prepared: Prepared,
    ring: Running,
}

impl Prepared {
    /// What was counted up to here, by the runs before this one.
    pub fn totals(&self) -> &Totals {
        &self.at.totals
    }

    /// When the totals began at nothing, in milliseconds since 1970: at the first run over this
    /// checkpoint. Nothing where an older build began it, which didn't keep it.
    pub fn since(&self) -> Option<u64> {
        self.saver.since
    }

    /// Counters to start the ring with.
    pub fn base_counters(&self) -> Counters {
        let totals = &self.at.totals;
        Counters {
            records_in: totals.records_in,
            records_out: totals.records_out,
            dropped: totals.dropped,
            rejected: totals.rejected,
            bytes_in: totals.bytes_in,
            bytes_out: totals.bytes_out,
        }
    }

    /// Counters of the stages to start the ring with.
    pub fn base_stage_counters(&self) -> Vec<StageCounters> {
        let stage = |totals: &StageTotals| StageCounters {
            processed: totals.processed,
            dropped: totals.dropped,
            rejected: totals.rejected,
        };
        self.at.stages.iter().map(stage).collect()
    }

    /// What the stages remembered at the last checkpoint, to start the ring with.
    pub fn base_states(&self) -> Vec<Option<Arc<[u8]>>> {
        self.carried.states.clone()
    }

    /// The hold of the checkpoint. Keep a copy while something of this run, such as its region,
    /// must not meet the next run's.
    pub fn held(&self) -> Held {
        self.saver.file.held()
    }

    /// What was noticed while preparing.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// Where the ring delivers to.
    pub fn sink(&self) -> Box<dyn RecordSink> {
        Box::new(FileSink {
            delivery: Arc::clone(&self.delivery),
            errors: Arc::clone(&self.errors),
        })
    }

    /// Takes the ring that was started with what this tells, and writes the first checkpoint of
    /// the run: a ring that doesn't start leaves the last one as it was.
    pub fn begin(mut self, ring: Running) -> Result<Ready, AdapterError> {
        let states = ring.states();
        let notices = self.carried.accept(states.as_deref(), &self.settings)?;
        self.notices = notices;
        self.at.states = states;
        relock(&self.delivery).begin(&self.at);
        // So that a kill before the first record changes neither where `end` was nor how long
        // files were that are appended to.
        self.saver = self.saver.save(&self.at)?;
        let prepared = self;
        Ok(Ready { prepared, ring })
    }
}

impl Ready {
    /// What was noticed while beginning.
    pub fn notices(&self) -> &[Notice] {
        &self.prepared.notices
    }

    /// What was counted up to here; see [`Prepared::totals`].
    pub fn totals(&self) -> &Totals {
        self.prepared.totals()
    }

    /// Since when; see [`Prepared::since`].
    pub fn since(&self) -> Option<u64> {
        self.prepared.since()
    }

    /// Moves records from the input through the ring until the input ends, `stop` is raised, or
    /// something fails; then drains, writes and saves what came through.
    pub fn run(
        self,
        stop: &AtomicBool,
        notify: &mut dyn FnMut(Notice),
    ) -> Result<Summary, AdapterError> {
        let Self { prepared, mut ring } = self;
        let Prepared {
            settings,
            ingress,
            in_flight,
            flushed,
            delivery,
            saver,
            errors,
            ..
        } = prepared;
        let producer = ring.producer().map_err(from_ring)?;
        let ticker = Ticker::new();
        let saving = {
            let (ticker, errors) = (Arc::clone(&ticker), Arc::clone(&errors));
            let (flushed, every) = (Arc::clone(&flushed), settings.save_every);
            std::thread::Builder::new()
                .name("checkpoint".into())
                .spawn(move || ticker.run(every, saver, &flushed, &errors))
        };
        let saving = saving.map_err(|error| {
            AdapterError::new(
                "E_THREAD",
                format!("could not start the checkpoint thread: {error}"),
                "raise the limit of threads for the user that runs the pipeline",
            )
        })?;

        let mut feed = Feed {
            settings: &settings,
            ingress,
            in_flight: &in_flight,
            delivery: &delivery,
            errors: &errors,
            ring: &ring,
            producer,
            stop,
            taken: 0,
            snapshots: Snapshots::new(&settings, &ring),
        };
        let ended = feed.run(notify);
        feed.drain();
        // The feed holds the producer; its counts are in the region since the drain's flush.
        drop(feed);
        let joined = ring.stop_and_join();
        ticker.end();
        let saver = saving.join();

        // A file that can't be written makes the sink fail, and that the last stage: name the
        // file, which is what has to be mended.
        if let Some(error) = errors.take() {
            // What was flushed before is consistent, and worth keeping where it wasn't the saver
            // that failed. Where this save fails too, the last checkpoint stays, and the first
            // error is still the one to tell.
            if let Ok(Some(saver)) = saver {
                let _ = saver.save(&relock(&flushed));
            }
            return Err(error);
        }
        relock(&delivery).flush()?;
        let totals = relock(&flushed).totals.clone();
        let saver = saver.ok().flatten().ok_or_else(|| {
            let help = "this is a defect; start again: the run goes on from the last checkpoint";
            AdapterError::new("E_THREAD", "the checkpoint thread panicked", help)
        })?;
        let saver = saver.save(&relock(&flushed))?;
        joined.map_err(from_ring)?;
        Ok(Summary {
            ended: ended?,
            totals,
            since: saver.since,
            snapshot: ring.snapshot(),
        })
    }
}

fn from_ring(error: ExecError) -> AdapterError {
    let ExecError::Failed(Failure {
        stage_id, origin, ..
    }) = &error
    else {
        let help = "this is a defect; start again: the run goes on from the last checkpoint";
        return AdapterError::new("E_RING", error.to_string(), help);
    };
    let code = match origin {
        FailureOrigin::Stage => "E_STAGE_FAILED",
        FailureOrigin::Panic => "E_STAGE_PANICKED",
        FailureOrigin::Region => "E_REGION_DAMAGED",
        FailureOrigin::Sink => "E_DELIVERY_STOPPED",
    };
    let help = "nothing is lost: mend what the message names, and start again: the run goes on \
                from the last checkpoint";
    AdapterError::new(code, error.to_string(), help).at_stage(stage_id)
}

/// From the input into the ring.
struct Feed<'a> {
    settings: &'a FileToFile,
    ingress: FileIngress,
    in_flight: &'a InFlight,
    delivery: &'a Mutex<Delivery>,
    errors: &'a FirstError,
    ring: &'a Running,
    producer: Producer,
    stop: &'a AtomicBool,
    /// Records read in this run, the rejected among them.
    taken: u64,
    snapshots: Snapshots,
}

/// When to ask the ring for what its stages remember, without which no checkpoint moves on.
struct Snapshots {
    /// How often, at most; nothing where no stage remembers.
    every: Option<Duration>,
    asked_at: Instant,
}

impl Snapshots {
    fn new(settings: &FileToFile, ring: &Running) -> Self {
        Self {
            every: ring.states().map(|_| settings.save_every),
            asked_at: Instant::now(),
        }
    }

    fn ask(&mut self, producer: &mut Producer) {
        if let Some(every) = self.every
            && self.asked_at.elapsed() >= every
            && producer.snapshot_states()
        {
            self.asked_at = Instant::now();
        }
    }
}

impl Feed<'_> {
    fn run(&mut self, notify: &mut dyn FnMut(Notice)) -> Result<Ended, AdapterError> {
        let mut idle = Duration::from_millis(1);
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Ok(Ended::Stopped);
            }
            if self.failed() {
                // Whoever failed says so; how the feed ended doesn't matter then.
                return Ok(Ended::Stopped);
            }
            if self.settings.max_messages == Some(self.taken) {
                return Ok(Ended::MaxMessages);
            }
            match self.ingress.next()? {
                Next::Record { range, end } => {
                    let source = self.ingress.source();
                    let bytes = self.ingress.bytes(range);
                    let sequence = self.producer.appended() + 1;
                    self.in_flight.keep(sequence, source, end, bytes);
                    let (producer, snapshots) = (&mut self.producer, &mut self.snapshots);
                    if !append(producer, bytes, snapshots, self.stop, self.errors)? {
                        return Ok(Ended::Stopped);
                    }
                    self.taken += 1;
                    if sequence.is_multiple_of(BATCH) {
                        producer.flush();
                        snapshots.ask(producer);
                    }
                }
                Next::TooLarge { start, len, end } => {
                    if self.settings.too_large == TooLarge::Stop {
                        return Err(self.too_large(start, len));
                    }
                    self.producer.count_ingress_reject(len as usize);
                    self.taken += 1;
                    let source = Arc::clone(self.ingress.source());
                    self.put_aside(Aside::TooLarge {
                        source,
                        start,
                        len,
                        end,
                    });
                }
                Next::Moved(moved) => {
                    let source = Arc::clone(self.ingress.source());
                    let truncated = moved == Moved::Truncated;
                    self.put_aside(Aside::Moved { source, truncated });
                    let path = &self.settings.input;
                    notify(if truncated {
                        truncation(path)
                    } else {
                        Notice {
                            code: "N_INPUT_ROTATED",
                            message: format!(
                                "{} was rotated; the new file is read",
                                path.display()
                            ),
                        }
                    });
                }
                Next::Idle => {
                    self.producer.flush();
                    self.snapshots.ask(&mut self.producer);
                    self.flush();
                    std::thread::sleep(idle);
                    idle = (idle * 2).min(LONGEST_IDLE);
                    continue;
                }
                Next::End => return Ok(Ended::EndOfInput),
            }
            idle = Duration::from_millis(1);
        }
    }

    fn failed(&self) -> bool {
        self.errors.is_set() || self.ring.stopped()
    }

    fn put_aside(&mut self, mut aside: Aside) {
        loop {
            match self.in_flight.put_aside(self.producer.appended(), aside) {
                Ok(()) => return,
                Err(back) => aside = back,
            }
            self.producer.flush();
            self.flush();
            if self.failed() {
                return;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    fn flush(&self) {
        if let Err(error) = relock(self.delivery).flush() {
            self.errors.put(error);
        }
    }

    /// Waits until everything that was published is delivered, or nothing will be any more.
    fn drain(&mut self) {
        let published = self.producer.flush();
        while !self.failed() {
            // At once where none is on its way, whatever the time: nothing comes any more.
            self.producer.snapshot_states();
            let delivery = relock(self.delivery);
            if delivery.delivered() == published && delivery.states_are_current() {
                drop(delivery);
                return self.flush();
            }
            drop(delivery);
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    fn too_large(&self, start: u64, len: u64) -> AdapterError {
        AdapterError::new(
            "E_RECORD_TOO_LARGE",
            format!(
                "the record at byte {start} of {} has {len} bytes, and a record may have {}",
                self.settings.input.display(),
                self.settings.max_record
            ),
            "deploy a config with a larger `config.record.slot_bytes`, or with \
             `adapter.ingress.file.too_large=reject`; the run then goes on with this record",
        )
    }
}

/// Appends one record, waiting for room. False: the run is ending, the record was not taken.
fn append(
    producer: &mut Producer,
    bytes: &[u8],
    snapshots: &mut Snapshots,
    stop: &AtomicBool,
    errors: &FirstError,
) -> Result<bool, AdapterError> {
    let mut round = 0u32;
    loop {
        match producer.try_append(bytes) {
            Ok(_) => return Ok(true),
            Err(PublishError::Full) => {}
            Err(PublishError::Stopped) => return Ok(false),
            Err(error @ PublishError::Corrupt) => {
                return Err(AdapterError::new(
                    "E_REGION_DAMAGED",
                    error.to_string(),
                    "find out which process wrote into the region, and start again: the run goes \
                     on from the last checkpoint",
                ));
            }
            Err(PublishError::TooLarge { max, len }) => {
                return Err(AdapterError::new(
                    "E_RECORD_TOO_LARGE",
                    format!("the ring takes {max} bytes, and a record of {len} was read"),
                    "this is a defect: the ingress knows another limit than the ring",
                ));
            }
        }
        if stop.load(Ordering::Relaxed) || errors.is_set() {
            return Ok(false);
        }
        snapshots.ask(producer);
        // The ring holds 1,024 records: let the stages take many before the next try.
        match round {
            0..=3 => std::thread::yield_now(),
            _ => std::thread::sleep(Duration::from_micros(50)),
        }
        round += 1;
    }
}

struct FileSink {
    delivery: Arc<Mutex<Delivery>>,
    errors: Arc<FirstError>,
}

impl FileSink {
    fn keep(&self, result: Result<(), AdapterError>) -> Result<(), SinkFailure> {
        result.map_err(|error| {
            let failure = SinkFailure::new(error.code, error.message.clone());
            self.errors.put(error);
            failure
        })
    }
}

impl RecordSink for FileSink {
    fn take(&mut self, sequence: u64, record: SinkRecord<'_>) -> Result<(), SinkFailure> {
        let delivered = match record {
            SinkRecord::Forward(bytes) => Delivered::Forward(bytes),
            SinkRecord::Dropped { stage } => Delivered::Dropped { stage },
            SinkRecord::Rejected { stage, .. } => Delivered::Rejected { stage },
        };
        let result = relock(&self.delivery).take(sequence, delivered);
        self.keep(result)
    }

    fn states(&mut self, snapshot: &Arc<StateSnapshot>) -> Result<(), SinkFailure> {
        let result = relock(&self.delivery).take_states(snapshot);
        self.keep(result)
    }

    fn idle(&mut self) -> Result<(), SinkFailure> {
        let result = relock(&self.delivery).idle();
        self.keep(result)
    }

    fn finish(&mut self) -> Result<(), SinkFailure> {
        let result = relock(&self.delivery).flush();
        self.keep(result)
    }
}
