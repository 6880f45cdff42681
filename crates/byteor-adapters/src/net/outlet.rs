//! From the loop to the reactor: what goes out over the network, until the peer has it.
//!
//! What was written waits in a queue that is bounded in bytes; a full one holds the pipeline up, and
//! nothing else. The task on the reactor takes as much as one message may hold whenever it is ready,
//! so messages grow with the time that the peer needs, and no clock decides about them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use tokio::sync::{Notify, watch};

use crate::checkpoint::{Fields, FileOutput, Section};
use crate::delivery::relock;
use crate::error::AdapterError;
use crate::net::reactor::Context;
use crate::sink::{Durable, Refused, Sink};

/// Bytes that are kept back before the reactor sees them.
const KEPT_BACK: usize = 64 * 1024;
/// Records likewise.
const KEPT_BACK_RECORDS: usize = 1024;

/// The reactor's end.
#[derive(Clone)]
pub struct Outlet(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// The queue shrank, the peer has more, or the task failed.
    changed: Condvar,
    /// The queue grew.
    work: Notify,
    bound: usize,
    /// Something was refused that the loop didn't take yet.
    refused: AtomicBool,
    /// Somebody began to wait for what is there.
    awaited: Notify,
    /// Whether the loop is through.
    ended: watch::Sender<bool>,
    /// Of a graph which has several: which boundary it is.
    boundary: Option<String>,
    /// What has records come to be together with a checkpoint, where the sink has that.
    commits: Mutex<Option<Box<dyn Commits>>>,
}

/// A sink that has records come to be, all at once, when a checkpoint of them is prepared. Until then
/// they wait in the outlet. All of it is asked for by the thread that writes checkpoints, and may block.
pub trait Commits: Send {
    /// Looks after the peer; whether it is time, with so many `bytes` waiting.
    fn is_due(&mut self, bytes: usize) -> Result<bool, AdapterError>;

    /// Whether it says of the source how far it is consumed.
    fn has_positions(&self) -> bool;

    /// Gets ready for the next [`Commits::commit`], so that [`Commits::at`] is of that one.
    fn prepare(&mut self) -> Result<(), AdapterError>;

    /// What the next checkpoint is to keep of it, in one line.
    fn at(&self) -> Arc<str>;

    /// Has `records` come to be, and that the source's up to `number` are consumed.
    fn commit(&mut self, records: &[Bytes], number: Option<u64>) -> Result<(), AdapterError>;
}

struct State {
    /// Records, one behind the other, in pieces as they were handed over; none is in two of them.
    pieces: VecDeque<Bytes>,
    /// How long each record is.
    lengths: VecDeque<u32>,
    /// Bytes of all of them.
    bytes: usize,
    /// Number of the last record that was taken out of the queue.
    taken: u64,
    /// Number of the last record that the peer has.
    there: u64,
    /// Number of the last record that a checkpoint speaks of.
    saved: u64,
    /// Where at the peer the last record is, where the task keeps that.
    at: Option<Arc<str>>,
    /// Up to which record the loop waits for the peer.
    awaited: u64,
    /// Number of the last record that a checkpoint may be made of now.
    accounted: u64,
    /// Records come to be by [`Commits`] only.
    at_once: bool,
    /// What the peer refused and a checkpoint doesn't have in its reject file yet, oldest first.
    refused: VecDeque<Refusal>,
    /// How many were refused in this run.
    refusals: u64,
    failed: Option<AdapterError>,
}

struct Refusal {
    /// The how-manieth of this run it is, from 1.
    nth: u64,
    /// Number of the record.
    number: u64,
    refused: Refused,
}

/// Consecutive records, the first with its number.
pub struct Batch {
    /// Number of the first one.
    pub first: u64,
    /// They: parts of the piece that the loop handed over.
    pub records: Vec<Bytes>,
}

impl Batch {
    /// Each with its number.
    pub fn numbered(self) -> impl Iterator<Item = (u64, Bytes)> {
        (self.first..).zip(self.records)
    }

    /// Number of the last one.
    pub fn last(&self) -> u64 {
        self.first + self.records.len() as u64 - 1
    }
}

/// A queue whose records go on behind `mark`, and hold `bound` bytes at most; of one of several boundaries,
/// where it is given.
pub(crate) fn outlet(
    mut mark: NetMark,
    bound: usize,
    boundary: Option<String>,
) -> (Outlet, NetSink, NetDurable) {
    // What the last checkpoint holds beside its reject file is to be taken into the file now.
    let kept = (1..).zip(std::mem::take(&mut mark.refused));
    let refused: VecDeque<_> = kept
        .map(|(nth, refused)| Refusal {
            nth,
            number: 0,
            refused,
        })
        .collect();
    let waits = !refused.is_empty();
    let shared = Arc::new(Shared {
        state: Mutex::new(State {
            pieces: VecDeque::new(),
            bytes: 0,
            lengths: VecDeque::new(),
            taken: mark.number,
            there: mark.number,
            saved: mark.number,
            at: mark.at.clone(),
            awaited: mark.number,
            accounted: mark.number,
            at_once: false,
            refusals: refused.len() as u64,
            failed: None,
            refused,
        }),
        changed: Condvar::new(),
        work: Notify::new(),
        awaited: Notify::new(),
        bound,
        refused: AtomicBool::new(waits),
        ended: watch::channel(false).0,
        boundary,
        commits: Mutex::new(None),
    });
    let sink = NetSink {
        shared: Arc::clone(&shared),
        bytes: Vec::new(),
        lengths: Vec::new(),
        mark,
    };
    let durable = NetDurable {
        shared: Arc::clone(&shared),
        consumed: None,
    };
    (Outlet(shared), sink, durable)
}

impl Outlet {
    /// The records that come next, once there are some: at least one, at most `records` and, where it
    /// is more than one, `bytes`.
    pub async fn take(&self, records: usize, bytes: usize) -> Batch {
        loop {
            let work = self.0.work.notified();
            {
                let mut state = relock(&self.0.state);
                if !state.lengths.is_empty() {
                    let batch = state.take(records, bytes);
                    drop(state);
                    self.0.changed.notify_all();
                    return batch;
                }
            }
            work.await;
        }
    }

    /// The peer has everything up to record `number`.
    pub fn there(&self, number: u64) {
        relock(&self.0.state).there = number;
        self.0.changed.notify_all();
    }

    /// The same, with what the task has to know of the peer to go on behind a checkpoint, in one line. Each
    /// checkpoint from now on keeps it, until there is another.
    #[cfg(feature = "s3")]
    pub fn there_at(&self, number: u64, at: Arc<str>) {
        let mut state = relock(&self.0.state);
        state.there = number;
        state.at = Some(at);
        drop(state);
        self.0.changed.notify_all();
    }

    /// Waits until the loop waits for something that isn't there: it isn't to be kept back for more.
    #[cfg(feature = "s3")]
    pub async fn is_awaited(&self) {
        loop {
            let awaited = self.0.awaited.notified();
            {
                let state = relock(&self.0.state);
                if state.awaited > state.there {
                    return;
                }
            }
            awaited.await;
        }
    }

    /// The peer took `record`, which has the number `number`, for none, because of `reason`: it goes to
    /// the reject file. To be told before anything behind it is [there](Outlet::there).
    pub fn refuse(&self, number: u64, record: impl Into<Vec<u8>>, reason: &str) {
        let (record, reason) = (record.into(), in_one_line(reason));
        let mut state = relock(&self.0.state);
        state.refusals += 1;
        let nth = state.refusals;
        let refused = Refused { record, reason };
        state.refused.push_back(Refusal {
            nth,
            number,
            refused,
        });
        drop(state);
        self.0.refused.store(true, Ordering::Release);
    }

    /// How many records wait here or are on their way, and how many the peer refused in this run.
    pub fn account(&self) -> (u64, u64) {
        let state = relock(&self.0.state);
        let under_way = (state.taken + state.lengths.len() as u64).saturating_sub(state.there);
        (under_way, state.refusals)
    }

    /// Number of the last record that a checkpoint speaks of: none up to it comes again.
    pub fn saved(&self) -> u64 {
        relock(&self.0.state).saved
    }

    /// Waits until the run was asked to stop; then tells as soon as nothing gets to the peer for some
    /// seconds although something waits. Nothing where all is there.
    pub(crate) async fn is_stuck(&self, context: &Context) -> bool {
        context.stopped().await;
        let account = || {
            let state = relock(&self.0.state);
            (state.there, state.taken + state.lengths.len() as u64)
        };
        loop {
            let (before, _) = account();
            tokio::time::sleep(super::retry::LAST).await;
            let (there, wanted) = account();
            if there == before && there < wanted {
                return true;
            }
        }
    }

    /// Waits until the loop is through: there won't be any more records.
    #[cfg(feature = "nats")]
    pub(crate) async fn ended(&self) {
        let mut ended = self.0.ended.subscribe();
        // The sender lives as long as this.
        let _ = ended.wait_for(|ended| *ended).await;
    }

    /// From now on records come to be by `commits`; nobody takes them otherwise.
    #[cfg(feature = "kafka")]
    pub(crate) fn commit_by(&self, commits: Box<dyn Commits>) {
        relock(&self.0.state).at_once = true;
        *relock(&self.0.commits) = Some(commits);
    }

    /// Nothing more will get there; ends the run.
    pub fn fail(&self, error: AdapterError) {
        let error = error.at_boundary(self.0.boundary.as_deref());
        relock(&self.0.state).failed.get_or_insert(error);
        self.0.changed.notify_all();
    }
}

impl State {
    /// Whether more may come. What comes to be with a checkpoint leaves the queue only where one can be
    /// made of it: a full queue that isn't accounted for would never be emptied, so until then it grows, by
    /// what comes between two accounts.
    fn has_room(&self, bound: usize) -> bool {
        let full = self.bytes >= bound || self.lengths.len() >= bound;
        !full || self.at_once && self.accounted <= self.taken
    }

    /// The next `len` bytes, which are one record.
    fn part(&mut self, len: usize) -> Bytes {
        // No piece is empty, and where one record begins in it, all of it is in it.
        let Some(piece) = self.pieces.front_mut().filter(|_| len > 0) else {
            return Bytes::new();
        };
        let part = piece.split_to(len);
        if piece.is_empty() {
            self.pieces.pop_front();
        }
        part
    }

    fn take(&mut self, records: usize, bytes: usize) -> Batch {
        let first = self.taken + 1;
        let (mut batch, mut size) = (Vec::new(), 0);
        while let Some(len) = self.lengths.front().map(|len| *len as usize) {
            if batch.len() == records || !batch.is_empty() && size + len > bytes {
                break;
            }
            self.lengths.pop_front();
            size += len;
            batch.push(self.part(len));
        }
        self.bytes -= size;
        self.taken += batch.len() as u64;
        Batch {
            first,
            records: batch,
        }
    }
}

/// The loop's end.
pub struct NetSink {
    shared: Arc<Shared>,
    bytes: Vec<u8>,
    lengths: Vec<u32>,
    mark: NetMark,
}

impl NetSink {
    /// Hands over what was kept back, once there is room for it.
    fn hand_over(&mut self) -> Result<(), AdapterError> {
        if self.lengths.is_empty() {
            return Ok(());
        }
        let mut state = relock(&self.shared.state);
        loop {
            if let Some(error) = &state.failed {
                return Err(error.clone());
            }
            if state.has_room(self.shared.bound) {
                break;
            }
            let waited = self
                .shared
                .changed
                .wait_timeout(state, Duration::from_secs(1));
            state = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
        }
        if !self.bytes.is_empty() {
            state.bytes += self.bytes.len();
            state.pieces.push_back(piece(&mut self.bytes));
        }
        self.mark.number += self.lengths.len() as u64;
        state.lengths.extend(self.lengths.drain(..));
        drop(state);
        self.shared.work.notify_one();
        Ok(())
    }
}

/// What was kept back. A buffer that was worth it goes as it is; of less there is a copy, so that small
/// pieces that wait take no more memory than their bytes.
fn piece(kept_back: &mut Vec<u8>) -> Bytes {
    if kept_back.len() < KEPT_BACK / 2 {
        let piece = Bytes::copy_from_slice(kept_back);
        kept_back.clear();
        return piece;
    }
    let next = Vec::with_capacity(kept_back.capacity());
    std::mem::replace(kept_back, next).into()
}

impl Sink for NetSink {
    type Mark = NetMark;
    type Durable = NetDurable;

    fn push_line(&mut self, record: &[u8]) -> Result<(), AdapterError> {
        self.bytes.extend_from_slice(record);
        // Records are as large as slots at most, 16 KiB.
        self.lengths
            .push(u32::try_from(record.len()).unwrap_or(u32::MAX));
        if self.bytes.len() >= KEPT_BACK || self.lengths.len() >= KEPT_BACK_RECORDS {
            self.hand_over()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), AdapterError> {
        self.hand_over()
    }

    fn mark(&self) -> NetMark {
        self.mark.clone()
    }

    fn accounted(&mut self) {
        relock(&self.shared.state).accounted = self.mark.number;
    }

    fn has_refused(&self) -> bool {
        self.shared.refused.load(Ordering::Acquire)
    }

    fn take_refused(&mut self) -> Vec<Refused> {
        if !self.shared.refused.swap(false, Ordering::AcqRel) {
            return Vec::new();
        }
        let state = relock(&self.shared.state);
        let taken = self.mark.refusals;
        self.mark.refusals = state.refusals;
        let new = state.refused.iter().filter(|one| one.nth > taken);
        new.map(|one| one.refused.clone()).collect()
    }
}

/// The saver's end.
pub struct NetDurable {
    shared: Arc<Shared>,
    /// How many of the source's records are told to be consumed, where the sink tells that.
    consumed: Option<Option<u64>>,
}

impl NetDurable {
    fn wait_for(&self, number: impl FnOnce(&State) -> u64) -> Result<(), AdapterError> {
        let mut state = relock(&self.shared.state);
        if state.at_once {
            return state.failed.clone().map_or(Ok(()), Err);
        }
        let wanted = number(&state);
        if state.there < wanted {
            state.awaited = wanted;
            self.shared.awaited.notify_one();
        }
        loop {
            if let Some(error) = &state.failed {
                return Err(error.clone());
            }
            if state.there >= wanted {
                return Ok(());
            }
            let waited = self.shared.changed.wait(state);
            state = waited.unwrap_or_else(std::sync::PoisonError::into_inner);
        }
    }
}

impl Durable for NetDurable {
    type Mark = NetMark;

    /// Waits until the peer has everything that was written before; [`Durable::ready`] tells without
    /// waiting.
    fn sync(&mut self) -> Result<(), AdapterError> {
        self.wait_for(|state| state.taken + state.lengths.len() as u64)
    }

    fn sync_to(&mut self, mark: &NetMark) -> Result<(), AdapterError> {
        self.wait_for(|_| mark.number)
    }

    fn check(&mut self, _: &NetMark) -> Result<(), AdapterError> {
        Ok(())
    }

    fn ready(&self, mark: &NetMark) -> Result<bool, AdapterError> {
        let state = relock(&self.shared.state);
        match &state.failed {
            Some(error) => Err(error.clone()),
            None => Ok(state.at_once || state.there >= mark.number),
        }
    }

    fn seal(&self, mut mark: NetMark) -> NetMark {
        let at = relock(&self.shared.commits)
            .as_ref()
            .map(|commits| commits.at());
        let state = relock(&self.shared.state);
        let late = state.refused.iter();
        let late = late.filter(|one| one.nth > mark.refusals && one.number <= mark.number);
        mark.refused = late.map(|one| one.refused.clone()).collect();
        mark.at = at.or_else(|| state.at.clone());
        mark
    }

    fn begins(&mut self) -> bool {
        let mut commits = relock(&self.shared.commits);
        let Some(commits) = commits.as_mut() else {
            return true;
        };
        let waiting = relock(&self.shared.state).bytes;
        match commits.is_due(waiting) {
            Ok(due) => due,
            // The save that begins now fails of it.
            Err(error) => {
                relock(&self.shared.state).failed.get_or_insert(error);
                self.shared.changed.notify_all();
                true
            }
        }
    }

    fn commits(&mut self, mark: &NetMark, number: Option<u64>) -> Result<bool, AdapterError> {
        let mut commits = relock(&self.shared.commits);
        let Some(commits) = commits.as_mut() else {
            return Ok(false);
        };
        let number = number.filter(|_| commits.has_positions());
        // Where the run begins, nothing is new.
        let consumed = *self.consumed.get_or_insert(number);
        let new = consumed != number || relock(&self.shared.state).taken < mark.number;
        if new {
            let ready = commits.prepare();
            if let Err(error) = &ready {
                relock(&self.shared.state)
                    .failed
                    .get_or_insert(error.clone());
                self.shared.changed.notify_all();
            }
            ready?;
        }
        Ok(new)
    }

    fn commit(&mut self, mark: &NetMark, number: Option<u64>) -> Result<(), AdapterError> {
        let batch = {
            let mut state = relock(&self.shared.state);
            let wanted = mark.number.saturating_sub(state.taken);
            state.take(usize::try_from(wanted).unwrap_or(usize::MAX), usize::MAX)
        };
        self.shared.changed.notify_all();
        let committed = match relock(&self.shared.commits).as_mut() {
            Some(commits) => {
                let number = number.filter(|_| commits.has_positions());
                self.consumed = Some(number);
                commits.commit(&batch.records, number)
            }
            None => Ok(()),
        };
        let mut state = relock(&self.shared.state);
        match &committed {
            Ok(()) => state.there = mark.number,
            // Whoever still gives records hears of it.
            Err(error) => {
                state.failed.get_or_insert(error.clone());
            }
        }
        drop(state);
        self.shared.changed.notify_all();
        committed
    }

    fn saved(&mut self, mark: &NetMark) -> Result<(), AdapterError> {
        let mut state = relock(&self.shared.state);
        state.saved = mark.number;
        while state
            .refused
            .front()
            .is_some_and(|one| one.nth <= mark.refusals)
        {
            state.refused.pop_front();
        }
        Ok(())
    }
}

impl Drop for NetDurable {
    fn drop(&mut self) {
        self.shared.ended.send_replace(true);
    }
}

/// Longest reason in the reject file, in bytes.
const REASON: usize = 500;

fn in_one_line(reason: &str) -> String {
    let plain = |char: char| if char.is_control() { ' ' } else { char };
    let mut line: String = reason.chars().map(plain).collect();
    line.truncate(line.floor_char_boundary(REASON));
    line
}

/// How far what went out reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetMark {
    /// The kind of adapter that it went by.
    pub kind: String,
    /// Tells this pipeline's numbers from another one's: sixteen hexadecimal digits, made at the
    /// first run.
    pub stream: String,
    /// How many records went out, the refused among them.
    pub number: u64,
    /// Where at the peer the last of them is, where the adapter keeps that: a line that only it knows.
    pub at: Option<Arc<str>>,
    /// Tells the numbers of this run from those under which another one may have sent other records;
    /// the same as in the run before where that had the same records under the same numbers. Sixteen
    /// hexadecimal digits; no checkpoint keeps it.
    pub numbering: String,
    /// How many of them were refused in this run and are in the reject file.
    refusals: u64,
    /// Refused ones that a checkpoint keeps itself, because they aren't in its reject file.
    refused: Vec<Refused>,
}

impl NetMark {
    /// Goes on from `known`, or begins a stream of its own. `same` says of which pipeline: nothing
    /// where what comes behind the checkpoint may be other records than those that already went out.
    pub(crate) fn from(kind: &str, known: Option<&Self>, same: Option<u64>) -> Self {
        let mark = match known.filter(|known| known.kind == kind) {
            Some(known) => known.clone(),
            None => Self {
                kind: kind.to_owned(),
                stream: format!("{:016x}", super::retry::random()),
                number: 0,
                at: None,
                numbering: String::new(),
                refusals: 0,
                refused: known.map_or(Vec::new(), |known| known.refused.clone()),
            },
        };
        let stream = u64::from_str_radix(&mark.stream, 16).ok();
        let numbering = match Option::zip(stream, same) {
            Some((stream, same)) => stream ^ same,
            None => super::retry::random(),
        };
        Self {
            numbering: format!("{numbering:016x}"),
            ..mark
        }
    }
}

impl Section for NetMark {
    fn keeps_refused(&self) -> bool {
        !self.refused.is_empty()
    }

    fn put(&self, name: &str, put: &mut dyn FnMut(&str, &str)) {
        put(&format!("{name}.kind"), &self.kind);
        put(&format!("{name}.stream"), &self.stream);
        put(&format!("{name}.number"), &self.number.to_string());
        if let Some(at) = &self.at {
            put(&format!("{name}.at"), at);
        }
        if self.refused.is_empty() {
            return;
        }
        put(&format!("{name}.refused"), &self.refused.len().to_string());
        for (at, refused) in self.refused.iter().enumerate() {
            put(&format!("{name}.refused.{at}.reason"), &refused.reason);
            let record = BASE64.encode(&refused.record);
            put(&format!("{name}.refused.{at}.base64"), &record);
        }
    }

    fn take(name: &str, fields: &mut Fields<'_>) -> Result<Self, String> {
        if fields.is_next(&format!("{name}.path")) {
            // A file was written before: another output.
            FileOutput::take(name, fields)?;
            return Ok(Self {
                kind: "file".to_owned(),
                stream: String::new(),
                number: 0,
                at: None,
                numbering: String::new(),
                refusals: 0,
                refused: Vec::new(),
            });
        }
        let mut mark = Self {
            kind: fields.text(&format!("{name}.kind"))?.to_owned(),
            stream: fields.text(&format!("{name}.stream"))?.to_owned(),
            number: fields.number(&format!("{name}.number"))?,
            at: None,
            numbering: String::new(),
            refusals: 0,
            refused: Vec::new(),
        };
        let at = format!("{name}.at");
        if fields.is_next(&at) {
            mark.at = Some(fields.text(&at)?.into());
        }
        let count = format!("{name}.refused");
        let count: usize = match fields.is_next(&count) {
            true => fields.number(&count)?,
            false => 0,
        };
        for at in 0..count {
            let reason = fields.text(&format!("{name}.refused.{at}.reason"))?;
            let key = format!("{name}.refused.{at}.base64");
            let record = BASE64.decode(fields.text(&key)?);
            mark.refused.push(Refused {
                record: record.map_err(|_| format!("`{key}` is no base64"))?,
                reason: reason.to_owned(),
            });
        }
        Ok(mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(mark: &NetMark) -> String {
        let mut text = String::new();
        mark.put("output", &mut |key, value| {
            text += &format!("{key}={value}\n");
        });
        text
    }

    #[test]
    fn what_was_refused_is_in_the_reject_file_or_in_the_checkpoint_and_never_in_both() {
        let begin = NetMark::from("postgres", None, Some(0));
        let (outlet, mut sink, mut durable) = outlet(begin.clone(), 1024, None);
        for record in ["one", "two", "three"] {
            sink.push_line(record.as_bytes()).unwrap();
        }
        sink.flush().unwrap();
        let before = sink.mark();
        assert_eq!((before.number, durable.ready(&before)), (3, Ok(false)));

        outlet.refuse(2, b"two\n\x00".to_vec(), "no\tnumber\n");
        outlet.there(3);
        assert_eq!(durable.ready(&before), Ok(true));
        // The mark was made before: the checkpoint holds the record itself.
        let sealed = durable.seal(before.clone());
        let kept = Refused {
            record: b"two\n\x00".to_vec(),
            reason: "no number ".into(),
        };
        assert_eq!(sealed.refused, std::slice::from_ref(&kept));
        let text = written(&sealed);
        let read = NetMark::take("output", &mut Fields::of(&text)).unwrap();
        assert_eq!((written(&read), &read.refused), (text, &sealed.refused));

        // A mark that is made after the loop took it goes with a reject file that has it.
        assert!(sink.has_refused());
        assert_eq!(sink.take_refused(), std::slice::from_ref(&kept));
        assert!(!sink.has_refused() && sink.take_refused().is_empty());
        let after = sink.mark();
        assert_eq!(durable.seal(after.clone()).refused, []);
        durable.saved(&before).unwrap();
        assert_eq!(durable.seal(before).refused, sealed.refused);
        durable.saved(&after).unwrap();
        assert_eq!(
            (outlet.saved(), relock(&outlet.0.state).refused.len()),
            (3, 0)
        );

        // A run that goes on from the first of the two takes it into the file.
        let (_, mut sink, durable) = super::outlet(read, 1024, None);
        assert_eq!(
            durable.seal(sink.mark()).refused,
            std::slice::from_ref(&kept)
        );
        assert_eq!(sink.take_refused(), [kept]);
        assert_eq!(durable.seal(sink.mark()).refused, []);
        // And so does one with a sink of another kind.
        let other = NetMark::from("redis", Some(&sealed), Some(0));
        assert_eq!((other.number, other.refused.len()), (0, 1));
    }

    /// Takes whatever it is given.
    #[cfg(feature = "kafka")]
    struct Always;

    #[cfg(feature = "kafka")]
    impl Commits for Always {
        fn is_due(&mut self, _: usize) -> Result<bool, AdapterError> {
            Ok(true)
        }

        fn has_positions(&self) -> bool {
            false
        }

        fn prepare(&mut self) -> Result<(), AdapterError> {
            Ok(())
        }

        fn at(&self) -> Arc<str> {
            "1".into()
        }

        fn commit(&mut self, _: &[Bytes], _: Option<u64>) -> Result<(), AdapterError> {
            Ok(())
        }
    }

    #[cfg(feature = "kafka")]
    #[test]
    fn a_full_queue_waits_only_for_what_a_checkpoint_can_be_made_of() {
        const BOUND: usize = 8;
        let begin = NetMark::from("kafka", None, None);
        let (outlet, mut sink, mut durable) = outlet(begin, BOUND, None);
        outlet.commit_by(Box::new(Always));
        // Larger than the queue, and nothing of it is in any account: to wait would be for ever.
        for _ in 0..3 {
            sink.push_line(b"0123456789").unwrap();
            sink.flush().unwrap();
        }
        let has_room = || relock(&outlet.0.state).has_room(BOUND);
        assert!(has_room());
        sink.accounted();
        assert!(!has_room(), "what is accounted for is waited for");
        let mark = sink.mark();
        assert_eq!(durable.commits(&mark, None), Ok(true));
        durable.commit(&mark, None).unwrap();
        assert!(has_room());
        assert_eq!(durable.commits(&mark, None), Ok(false));
    }

    #[cfg(feature = "s3")]
    #[test]
    fn where_records_are_at_the_peer_goes_into_each_checkpoint_behind_it() {
        let (outlet, mut sink, mut durable) =
            outlet(NetMark::from("s3", None, Some(0)), 1024, None);
        assert_eq!(durable.seal(sink.mark()).at, None);
        for record in ["one", "two", "three"] {
            sink.push_line(record.as_bytes()).unwrap();
        }
        sink.flush().unwrap();
        outlet.there_at(2, "[2]".into());
        let mark = NetMark {
            number: 1,
            ..sink.mark()
        };
        // What is behind the mark isn't waited for.
        assert_eq!(durable.ready(&mark), Ok(true));
        durable.sync_to(&mark).unwrap();
        let sealed = durable.seal(mark);
        let text = written(&sealed);
        assert!(text.ends_with("output.number=1\noutput.at=[2]\n"), "{text}");
        let read = NetMark::take("output", &mut Fields::of(&text)).unwrap();
        assert_eq!((read.number, read.at.as_deref()), (1, Some("[2]")));
        let again = NetMark::from("s3", Some(&read), Some(0));
        assert_eq!(again.at.as_deref(), Some("[2]"));
        assert_eq!(NetMark::from("redis", Some(&read), Some(0)).at, None);
    }

    #[test]
    fn numbers_are_those_of_the_run_before_only_where_its_records_are() {
        let first = NetMark::from("http", None, Some(7));
        let again = NetMark::from("http", Some(&first), Some(7));
        assert_eq!(again, first);
        assert_eq!(first.numbering.len(), 16);
        let other_pipeline = NetMark::from("http", Some(&first), Some(8));
        let other_records = NetMark::from("http", Some(&first), None);
        for other in [&other_pipeline, &other_records] {
            assert_eq!(other.stream, first.stream);
            assert_ne!(other.numbering, first.numbering);
        }
        let once_more = NetMark::from("http", Some(&first), None);
        assert_ne!(once_more.numbering, other_records.numbering);
    }
}
