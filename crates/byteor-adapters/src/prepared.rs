//! The adapter loop over any source and sink: prepared, ready, run.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use byteor_pipeline_exec::{
    AppliedWorkers, Base, Counters, ExecError, Failure, FailureOrigin, RunningShards, Shard,
    SlotsBacking, Snapshot, StageCounters, StateSnapshot,
};

use crate::account::Account;
use crate::checkpoint::{StageTotals, Totals};
use crate::delivery::{Delivery, Flushed, Progress, relock};
use crate::egress::{OwnFile, SyncHandle};
use crate::error::AdapterError;
use crate::feed::{Feed, Snapshots};
use crate::held::Held;
use crate::in_flight::{Batch, InFlight};
use crate::rejoin::Behind;
use crate::saver::{Acknowledge, FirstError, Saver, Ticker};
use crate::sink::Sink;
use crate::source::{Place, Source};
use crate::states::{Carried, StageName};

/// How often progress is made durable while records flow.
pub const SAVE_EVERY: Duration = Duration::from_millis(40);

/// What becomes of a line that is larger than a record may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooLarge {
    /// It is counted, kept in the reject file, and the pipeline goes on.
    Reject,
    /// The pipeline stops in front of it.
    Stop,
}

/// What a loop has to know beside its pieces.
#[derive(Clone, Debug)]
pub struct Wiring {
    /// Where the checkpoint stands, for people.
    pub checkpoint: PathBuf,
    /// What becomes of what is too large to be a record.
    pub too_large: TooLarge,
    /// Ends after this many records, or at the end of the input if that comes first.
    pub max_messages: Option<u64>,
    /// Largest record, in bytes: the slot's payload.
    pub max_record: usize,
    /// Hash of the spec that runs.
    pub spec_hash: String,
    /// How many rings run it, each with stages of its own.
    pub shards: usize,
    /// The stages of all of them, shard by shard, in the order of the spec.
    pub stages: Vec<StageName>,
    /// How often progress is made durable.
    pub save_every: Duration,
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
    /// What lanes of a graph lost, counted likewise; nothing for a ring.
    pub missed: Option<Missed>,
    /// The pipeline as it was left; whoever looks from outside may have come too late.
    pub snapshot: Snapshot,
}

/// Records that some reader of a graph's lane didn't get.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missed {
    /// Writes that a full lane discarded.
    pub discarded: u64,
    /// Records of journals that were overwritten before a reader came to them.
    pub lost: u64,
}

/// The pieces of a loop, each standing where the account ends.
pub(crate) struct Pieces<S: Source, K: Sink> {
    /// What the run before left.
    pub account: Account<<S::Place as Place>::Kept, K::Mark>,
    /// Where records come from.
    pub source: S,
    /// Whether what the account speaks of was taken away under it.
    pub truncated: bool,
    /// Where they go.
    pub sink: K,
    /// What makes that last.
    pub durable: K::Durable,
    /// Where refused ones go.
    pub reject: OwnFile,
    /// What makes that last.
    pub reject_durable: SyncHandle,
    /// Told how far the source is saved.
    pub acknowledge: Acknowledge<S::Place>,
}

/// Pieces in hand, to start a ring with.
pub struct Prepared<S: Source, K: Sink> {
    wiring: Wiring,
    source: S,
    in_flight: Arc<InFlight<S::Place, S::Large>>,
    flushed: Flushed<S::Place, K::Mark>,
    behind: Behind<S::Place, S::Large, K>,
    saver: Saver<S::Place, K::Durable>,
    ticker: Arc<Ticker>,
    at: Progress<S::Place, K::Mark>,
    carried: Carried,
    notices: Vec<Notice>,
    errors: Arc<FirstError>,
}

/// Pieces in hand and a ring that was started over them, ready to run.
pub struct Ready<S: Source, K: Sink> {
    prepared: Prepared<S, K>,
    ring: RunningShards,
}

impl<S: Source, K: Sink + 'static> Prepared<S, K> {
    /// Joins the pieces. Nothing is read or written yet, and the checkpoint stays as it is.
    pub(crate) fn new(
        pieces: Pieces<S, K>,
        wiring: Wiring,
        carried: Carried,
        notices: Vec<Notice>,
    ) -> Self {
        let Pieces {
            account,
            source,
            truncated,
            sink,
            durable,
            reject,
            reject_durable,
            acknowledge,
        } = pieces;
        let (mut totals, since, stages) = account.counters(&wiring.spec_hash, wiring.stages.len());
        if truncated {
            totals.truncations += 1;
        }
        let at = Progress {
            place: source.place().clone(),
            output: sink.mark(),
            reject: reject.mark(),
            totals,
            stages,
            states: None,
        };
        let saver = Saver {
            file: account.file,
            disk: account.disk,
            output: durable,
            reject: reject_durable,
            since,
            spec_hash: wiring.spec_hash.clone(),
            stages: wiring.stages.clone(),
            acknowledge,
            last: None,
        };
        let in_flight = Arc::new(InFlight::default());
        let each = wiring.stages.len() / wiring.shards;
        let ticker = Ticker::new(source.awaited());
        let news = Arc::clone(&ticker);
        let delivery = Delivery::new(Arc::clone(&in_flight), each, sink, reject, at.clone(), news);
        Self {
            source,
            in_flight,
            flushed: delivery.flushed(),
            behind: Behind::new(delivery, wiring.shards),
            wiring,
            saver,
            ticker,
            at,
            carried,
            notices,
            errors: Arc::new(FirstError::default()),
        }
    }

    /// What was counted up to here, by the runs before this one.
    pub fn totals(&self) -> &Totals {
        &self.at.totals
    }

    /// When the totals began at nothing, in milliseconds since 1970: at the first run over this
    /// checkpoint. Nothing where an older build began it, which didn't keep it.
    pub fn since(&self) -> Option<u64> {
        self.saver.since
    }

    /// What to start the rings with, by shard, each over what `region` makes for it.
    pub fn shards<R: SlotsBacking + 'static, E>(
        &self,
        mut region: impl FnMut(u32) -> Result<R, E>,
    ) -> Result<Vec<Shard>, E> {
        let sinks = self.behind.sinks(&self.errors);
        let rings = self.bases().into_iter().zip(sinks).zip(0..);
        let shard = |((base, sink), number)| {
            let region = Box::new(region(number)?);
            Ok(Shard { region, sink, base })
        };
        rings.map(shard).collect()
    }

    /// What they go on from: counters, and what the stages remembered at the last checkpoint. Totals
    /// are those of all, and stand in the first one.
    fn bases(&self) -> Vec<Base> {
        let totals = &self.at.totals;
        let stage = |totals: &StageTotals| StageCounters {
            processed: totals.processed,
            dropped: totals.dropped,
            rejected: totals.rejected,
        };
        let each = self.at.stages.len() / self.wiring.shards;
        let shard = |shard: usize| {
            let own = shard * each..(shard + 1) * each;
            Base {
                counters: match shard {
                    0 => totals.counters(),
                    _ => Counters::default(),
                },
                stage_counters: self.at.stages[own.clone()].iter().map(stage).collect(),
                // Nothing is carried where there was no run before.
                states: self.carried.states.get(own).unwrap_or_default().to_vec(),
            }
        };
        (0..self.wiring.shards).map(shard).collect()
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

    /// Takes the rings that were started with what this tells, and writes the first checkpoint of
    /// the run: rings that don't start leave the last one as it was.
    pub fn begin(mut self, ring: RunningShards) -> Result<Ready<S, K>, AdapterError> {
        let states = first_states(&ring);
        let notices = self.carried.accept(states.as_deref(), &self.wiring)?;
        self.notices = notices;
        self.at.states = states;
        self.behind.begin(&self.at, &ring);
        // So that a kill before the first record changes neither where `end` was nor how long
        // files were that are appended to.
        self.saver = self.saver.save(&self.at)?;
        let prepared = self;
        Ok(Ready { prepared, ring })
    }
}

impl<S: Source, K: Sink + 'static> Ready<S, K> {
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

    /// Which threads run the stages.
    pub fn workers(&self) -> &AppliedWorkers {
        self.ring.workers()
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
            wiring,
            source,
            in_flight,
            flushed,
            behind,
            saver,
            ticker,
            errors,
            ..
        } = prepared;
        let producer = ring.producer().map_err(from_ring)?;
        let saving = ticker.start(wiring.save_every, saver, &flushed, &errors)?;

        let mut feed = Feed {
            snapshots: Snapshots::new(&wiring, &ring, &behind, &errors),
            wiring: &wiring,
            source,
            in_flight: &in_flight,
            originals: Batch::default(),
            errors: &errors,
            ring: &ring,
            producer,
            appended: 0,
            stop,
            taken: 0,
        };
        let ended = feed.run(notify);
        feed.drain();
        // The feed holds the producer; its counts are in the region since the drain's flush.
        drop(feed);
        let joined = ring.stop_and_join();
        let saver = saving.end();

        // A file that can't be written makes the sink fail, and that the last stage: name the
        // file, which is what has to be mended.
        if let Some(error) = errors.take() {
            // What was flushed before is consistent, and worth keeping where it wasn't the saver
            // that failed. Where this save fails too, the last checkpoint stays, and the first
            // error is still the one to tell.
            if let Some(saver) = saver {
                let _ = saver.save_if_ready(&flushed);
            }
            return Err(error);
        }
        if let Err(error) = behind.flush() {
            // Where the ring stopped first, that is what has to be mended.
            return Err(joined.map_err(from_ring).err().unwrap_or(error));
        }
        let saver = saver.ok_or_else(|| {
            let help = "this is a defect; start again: the run goes on from the last checkpoint";
            AdapterError::new("E_THREAD", "the checkpoint thread panicked", help)
        })?;
        if let Err(error) = joined {
            saver.save_if_ready(&flushed)?;
            return Err(from_ring(error));
        }
        // What the sink's other end refuses at the very last belongs into the reject file as well.
        let saver = saver.settle()?;
        behind.end()?;
        let totals = relock(&flushed).totals.clone();
        let saver = saver.save(&relock(&flushed))?;
        let counters = totals.counters();
        Ok(Summary {
            ended: ended?,
            totals,
            missed: None,
            since: saver.since,
            snapshot: Snapshot::from(ring.snapshot()).with_counters(counters),
        })
    }
}

/// What the stages of all shards begin with; nothing where none remembers.
fn first_states(ring: &RunningShards) -> Option<Arc<StateSnapshot>> {
    let shards = 0..u32::try_from(ring.shards()).unwrap_or(u32::MAX);
    let all: Option<Vec<_>> = shards.map(|shard| ring.states(shard)).collect();
    Some(Arc::new(StateSnapshot {
        sequence: 0,
        states: all?
            .iter()
            .flat_map(|of| of.states.iter().cloned())
            .collect(),
    }))
}

pub(crate) fn from_ring(error: ExecError) -> AdapterError {
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

#[cfg(test)]
mod tests {
    //! The seam: neither source nor sink of these loops is a file.

    use std::convert::Infallible;
    use std::ops::Range;
    use std::path::Path;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU64, Ordering};

    use byteor_pipeline_exec::{MemSequencedSlots, PureStages, SingleRing, SlotClass, Tuning};
    use byteor_pipeline_spec::SingleRingBuilder;

    use super::*;
    use crate::checkpoint::{Fields, Section};
    use crate::disk::Disk;
    use crate::egress::Purpose;
    use crate::framing::Framing;
    use crate::roots::Roots;
    use crate::saver::Awaited;
    use crate::sink::Durable;
    use crate::source::{Large, Next};

    /// A number that a checkpoint keeps.
    #[derive(Clone, Debug, PartialEq)]
    struct Kept(u64);

    impl Section for Kept {
        fn put(&self, name: &str, put: &mut dyn FnMut(&str, &str)) {
            put(&format!("{name}.number"), &self.0.to_string());
        }

        fn take(name: &str, fields: &mut Fields<'_>) -> Result<Self, String> {
            fields.number(&format!("{name}.number")).map(Self)
        }
    }

    impl Place for Kept {
        type Kept = Self;

        fn kept(&self) -> Self {
            self.clone()
        }
    }

    /// The numbers from `at` to `end`; each tenth is too large to be a record.
    struct Numbers {
        at: Kept,
        end: u64,
        text: Vec<u8>,
    }

    impl Source for Numbers {
        type Place = Kept;
        type Large = TenfoldNumber;

        fn next(&mut self) -> Result<Next<TenfoldNumber>, AdapterError> {
            let number = self.at.0;
            if number == self.end {
                return Ok(Next::End);
            }
            self.at.0 += 1;
            self.text = number.to_string().into_bytes();
            Ok(match number % 10 {
                0 => Next::TooLarge(TenfoldNumber(number)),
                _ => Next::Record(0..self.text.len()),
            })
        }

        fn bytes(&self, range: Range<usize>) -> &[u8] {
            &self.text[range]
        }

        fn place(&self) -> &Kept {
            &self.at
        }
    }

    struct TenfoldNumber(u64);

    impl Large for TenfoldNumber {
        fn size(&self) -> u64 {
            1_000
        }

        fn name(&self) -> String {
            format!("the number {}", self.0)
        }

        fn copy(
            &self,
            write: &mut dyn FnMut(&[u8]) -> Result<(), AdapterError>,
        ) -> Result<(), AdapterError> {
            write(format!("large {}", self.0).as_bytes())
        }
    }

    /// Records in memory, of which `lasting` survive.
    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<(Vec<String>, usize)>>);

    impl Sink for Memory {
        type Mark = Kept;
        type Durable = Self;

        fn push_line(&mut self, record: &[u8]) -> Result<(), AdapterError> {
            let record = String::from_utf8(record.to_vec()).unwrap();
            relock(&self.0).0.push(record);
            Ok(())
        }

        fn flush(&mut self) -> Result<(), AdapterError> {
            Ok(())
        }

        fn mark(&self) -> Kept {
            Kept(relock(&self.0).0.len() as u64)
        }
    }

    impl Durable for Memory {
        type Mark = Kept;

        fn sync(&mut self) -> Result<(), AdapterError> {
            let mut memory = relock(&self.0);
            memory.1 = memory.0.len();
            Ok(())
        }

        fn check(&mut self, mark: &Kept) -> Result<(), AdapterError> {
            assert!(mark.0 <= relock(&self.0).1 as u64, "kept before it lasts");
            Ok(())
        }
    }

    /// Gives the next number once the one before is saved.
    struct OneByOne {
        numbers: Numbers,
        saved: Arc<AtomicU64>,
        awaited: Awaited,
    }

    impl Source for OneByOne {
        type Place = Kept;
        type Large = TenfoldNumber;

        fn next(&mut self) -> Result<Next<TenfoldNumber>, AdapterError> {
            match self.saved.load(Ordering::Acquire) < self.numbers.at.0 {
                true => Ok(Next::Idle),
                false => self.numbers.next(),
            }
        }

        fn bytes(&self, range: Range<usize>) -> &[u8] {
            self.numbers.bytes(range)
        }

        fn place(&self) -> &Kept {
            self.numbers.place()
        }

        fn awaited(&self) -> Awaited {
            self.awaited.clone()
        }
    }

    /// One run up to `end`, or until `most` records were read.
    fn run(folder: &Path, sink: &Memory, end: u64, most: Option<u64>) -> Summary {
        let often = Duration::from_millis(1);
        let numbers = |at| Numbers {
            at,
            end,
            text: Vec::new(),
        };
        run_over(folder, sink, numbers, Box::new(|_| {}), (most, often))
    }

    /// One run over what `source` makes for where it goes on, saved every so often.
    fn run_over<S: Source<Place = Kept>>(
        folder: &Path,
        sink: &Memory,
        source: impl FnOnce(Kept) -> S,
        acknowledge: Acknowledge<Kept>,
        (most, save_every): (Option<u64>, Duration),
    ) -> Summary {
        let wait = Duration::from_millis(100);
        let checkpoint = folder.join("checkpoint");
        let account: Account<Kept, Kept> =
            Account::open(&checkpoint, wait, Disk::default()).unwrap();
        let known = account.known();
        let source = source(known.map_or(Kept(0), |known| known.input.clone()));
        // What came behind the mark is taken back.
        let mark = known.map_or(0, |known| known.output.0);
        relock(&sink.0).0.truncate(usize::try_from(mark).unwrap());
        let (roots, path) = (Roots::Unrestricted, folder.join("rejected"));
        let before = known.map(|known| known.reject.file.clone());
        let mut reject = OwnFile::open(
            &roots,
            &path,
            (Purpose::Reject, Framing::Lines),
            before.as_ref(),
            wait,
        )
        .unwrap();
        reject.cut().unwrap();
        let pieces = Pieces {
            account,
            source,
            truncated: false,
            durable: sink.clone(),
            sink: sink.clone(),
            reject_durable: reject.sync_handle(&roots, &Disk::default()),
            acknowledge,
            reject,
        };
        let wiring = Wiring {
            checkpoint,
            too_large: TooLarge::Reject,
            max_messages: most,
            max_record: 256,
            spec_hash: "spec".into(),
            shards: 1,
            stages: vec![StageName {
                id: "all".into(),
                key: "identity".into(),
            }],
            save_every,
        };
        let prepared = Prepared::new(pieces, wiring, Carried::default(), Vec::new());
        let spec = SingleRingBuilder::new()
            .stage("all", "identity", &[])
            .ring();
        let region = |_| Ok::<_, Infallible>(MemSequencedSlots::new(SlotClass::B256, 1));
        let shards = prepared.shards(region).unwrap();
        let ring = SingleRing::start_shards(&spec, shards, &PureStages, Tuning::default());
        let ready = prepared.begin(ring.unwrap()).unwrap();
        ready.run(&AtomicBool::new(false), &mut |_| {}).unwrap()
    }

    #[test]
    fn a_loop_over_other_pieces_goes_on_where_the_last_one_ended() {
        let folder = tempfile::tempdir().unwrap();
        let sink = Memory::default();
        let first = run(folder.path(), &sink, 5_000, Some(1_234));
        assert_eq!(first.ended, Ended::MaxMessages);
        // Written behind the checkpoint by a run that was killed.
        relock(&sink.0).0.push("lost".into());
        let second = run(folder.path(), &sink, 5_000, None);
        assert_eq!(second.ended, Ended::EndOfInput);
        let totals = &second.totals;
        assert_eq!((totals.records_in, totals.rejected), (5_000, 500));
        assert_eq!(second.since, first.since);

        let numbers = |tenth| (0..5_000).filter(move |n| (n % 10 == 0) == tenth);
        let out: Vec<String> = numbers(false).map(|n| n.to_string()).collect();
        assert!(relock(&sink.0).0 == out);
        let rejected: String = numbers(true).map(|n| format!("large {n}\n")).collect();
        let kept = std::fs::read_to_string(folder.path().join("rejected")).unwrap();
        assert!(kept == rejected);
        let text = std::fs::read_to_string(folder.path().join("checkpoint")).unwrap();
        assert!(text.contains("\ninput.number=5000\noutput.number=4500\nreject.path="));
    }

    /// By the clock it would be saved in an hour.
    #[test]
    fn what_somebody_waits_for_is_saved_once_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let (sink, awaited) = (Memory::default(), Awaited::default());
        let saved = Arc::new(AtomicU64::new(0));
        let told = Arc::clone(&saved);
        let acknowledge = move |kept: &Kept| told.store(kept.0, Ordering::Release);
        let _waits = awaited.begin();
        let source = |at| OneByOne {
            numbers: Numbers {
                at,
                end: 50,
                text: Vec::new(),
            },
            saved,
            awaited,
        };
        let hour = Duration::from_secs(3600);
        let done = run_over(
            folder.path(),
            &sink,
            source,
            Box::new(acknowledge),
            (None, hour),
        );
        assert_eq!((done.totals.records_in, done.totals.rejected), (50, 5));
    }
}
