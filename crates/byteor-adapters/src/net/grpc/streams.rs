//! What a receiver knows of its senders' streams: up to which number it took each, and up to which that
//! lasts. Numbers that were taken are kept in the checkpoint beside the records, so a sender goes on
//! behind what lasts, also after a kill.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use tonic::Status;

use super::batch::Batch;
use crate::delivery::relock;
use crate::net::cut::Cut;
use crate::net::intake::{Intake, Room, Spot};

/// Of how many streams a checkpoint keeps the numbers, the latest ones.
const KEPT: usize = 64;
/// The most bytes of a name.
const NAME: usize = 64;

/// Every stream.
pub(super) struct Streams {
    intake: Intake,
    state: Mutex<State>,
}

struct State {
    /// How many calls there were.
    calls: u64,
    /// The one that had records last is the first.
    streams: Vec<Stream>,
}

struct Stream {
    name: String,
    /// Number of the last record that was taken, or that its sender begins behind; nothing where it isn't
    /// known.
    taken: Option<u64>,
    /// Number of the last one that lasts.
    lasts: u64,
    /// What is still to last: its number here, and the sender's.
    owed: VecDeque<(u64, u64)>,
    /// The call that has it.
    call: Option<(u64, Arc<Notify>)>,
}

/// A call that has a stream. Dropped, it leaves it.
pub(super) struct Call {
    streams: Arc<Streams>,
    name: String,
    number: u64,
    /// Told when another call has the stream.
    pub left: Arc<Notify>,
    /// Up to where the stream lasts, where that is known.
    pub position: Option<u64>,
}

/// What is to be done with a batch.
#[derive(Debug)]
pub(super) enum Judged {
    /// All of it was taken before.
    Known,
    /// It holds new records.
    New,
}

impl Streams {
    /// Those that the checkpoint knows.
    pub fn new(intake: Intake) -> Arc<Self> {
        let streams = known(intake.begin());
        let state = Mutex::new(State { calls: 0, streams });
        Arc::new(Self { intake, state })
    }

    /// A call that has the stream `name` from now on; another one that had it is told.
    pub fn begin(self: &Arc<Self>, name: String) -> Result<Call, Status> {
        if !is_name(&name) {
            let why =
                "E_GRPC_STREAM: a stream is named by 1 to 64 letters, digits, `.`, `_` and `-`";
            return Err(Status::invalid_argument(why));
        }
        let left = Arc::new(Notify::new());
        let mut state = relock(&self.state);
        state.calls += 1;
        let number = state.calls;
        let at = state.find(&name).unwrap_or_else(|| {
            state.streams.push(Stream {
                name: name.clone(),
                taken: None,
                lasts: 0,
                owed: VecDeque::new(),
                call: None,
            });
            state.streams.len() - 1
        });
        let stream = &mut state.streams[at];
        if let Some((_, other)) = stream.call.replace((number, Arc::clone(&left))) {
            other.notify_one();
        }
        stream.settle(&self.intake);
        let position = stream.taken.map(|_| stream.lasts);
        Ok(Call {
            streams: Arc::clone(self),
            name,
            number,
            left,
            position,
        })
    }
}

impl State {
    fn find(&self, name: &str) -> Option<usize> {
        self.streams.iter().position(|stream| stream.name == name)
    }

    /// The numbers up to which streams were taken, as a checkpoint keeps them: the latest one first.
    fn kept(&self) -> Arc<str> {
        let known = self.streams.iter();
        let known = known.filter_map(|stream| Some((&stream.name, stream.taken?)));
        let text = known
            .take(KEPT)
            .fold(String::new(), |mut text, (name, taken)| {
                if !text.is_empty() {
                    text.push(' ');
                }
                text.push_str(name);
                text.push('=');
                text.push_str(&taken.to_string());
                text
            });
        text.into()
    }
}

impl Stream {
    /// Counts what lasts by now.
    fn settle(&mut self, intake: &Intake) {
        let (saved, _) = intake.saved_now();
        while let Some((_, theirs)) = self.owed.pop_front_if(|(ours, _)| *ours <= saved) {
            self.lasts = theirs;
        }
    }
}

impl Call {
    /// What is to be done with `batch`.
    pub fn judge(&self, batch: &Batch) -> Result<Judged, Status> {
        let Some(last) = batch.last().filter(|_| batch.first > 0) else {
            let why = "E_GRPC_BATCH: a batch has records, and numbers from 1 on";
            return Err(Status::invalid_argument(why));
        };
        self.with(|stream, _| match stream.taken {
            Some(taken) if last <= taken => Ok(Judged::Known),
            Some(taken) if batch.first > taken + 1 => {
                let (next, name) = (taken + 1, &self.name);
                let first = batch.first;
                Err(Status::failed_precondition(format!(
                    "E_GRPC_GAP: the stream {name} goes on with record {next}, and record {first} came"
                )))
            }
            _ => Ok(Judged::New),
        })
    }

    /// Gives the loop what is new in a batch that was judged so.
    pub fn take(&self, batch: Batch, room: Room) -> Result<(), Status> {
        let mut state = relock(&self.streams.state);
        let at = state
            .find(&self.name)
            .filter(|at| self.has(&state.streams[*at]));
        let at = at.ok_or_else(taken_over)?;
        // The latest one stands first, in the checkpoint too.
        state.streams[..=at].rotate_right(1);
        let stream = &mut state.streams[0];
        let (first, last) = (batch.first, batch.last().unwrap_or_default());
        let known = match stream.taken {
            Some(taken) => taken,
            None => {
                // Where it begins is the sender's to say.
                stream.lasts = first - 1;
                *stream.taken.insert(first - 1)
            }
        };
        let piece = batch.behind(known);
        let records = last.saturating_sub(known);
        let kept = state.kept();
        let given = self
            .streams
            .intake
            .give_at(kept, piece, Cut::Prefixed, records, room);
        let ours = given.ok_or_else(ends)?;
        let stream = &mut state.streams[0];
        stream.taken = Some(last);
        stream.owed.push_back((ours, last));
        Ok(())
    }

    /// The number of the next record here that an acknowledgement waits for.
    pub fn owed(&self) -> Option<u64> {
        let owed = self.with(|stream, _| Ok(stream.owed.front().map(|(ours, _)| *ours)));
        owed.ok().flatten()
    }

    /// Up to where the stream lasts.
    pub fn lasts(&self) -> Result<u64, Status> {
        self.with(|stream, intake| {
            stream.settle(intake);
            Ok(stream.lasts)
        })
    }

    fn has(&self, stream: &Stream) -> bool {
        stream
            .call
            .as_ref()
            .is_some_and(|(call, _)| *call == self.number)
    }

    fn with<T>(
        &self,
        look: impl FnOnce(&mut Stream, &Intake) -> Result<T, Status>,
    ) -> Result<T, Status> {
        let mut state = relock(&self.streams.state);
        let at = state.find(&self.name);
        match at.map(|at| &mut state.streams[at]) {
            Some(stream) if self.has(stream) => look(stream, &self.streams.intake),
            _ => Err(taken_over()),
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let mut state = relock(&self.streams.state);
        let Some(at) = state.find(&self.name) else {
            return;
        };
        if !self.has(&state.streams[at]) {
            return;
        }
        state.streams[at].call = None;
        // What nobody has any more and no checkpoint keeps is forgotten.
        let mut known = 0;
        state.streams.retain(|stream| {
            let keeps = stream.taken.is_some() && known < KEPT;
            known += usize::from(stream.taken.is_some());
            keeps || stream.call.is_some()
        });
    }
}

/// Another call has the stream.
pub(super) fn taken_over() -> Status {
    Status::aborted("E_GRPC_TAKEN: another call has the stream")
}

/// The run ends.
pub(super) fn ends() -> Status {
    Status::unavailable("E_GRPC_ENDS: the run ends; send again later")
}

fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=NAME).contains(&name.len()) && name.bytes().all(allowed)
}

/// The streams that a checkpoint keeps. Where it was written by something else, none.
fn known(begin: Option<&Spot>) -> Vec<Stream> {
    let Some(Spot { at, skip }) = begin else {
        return Vec::new();
    };
    let stream = |(nth, one): (usize, &str)| {
        let (name, number) = one.split_once('=')?;
        let number: u64 = number.parse().ok()?;
        // The first is the one whose piece the position is in.
        let taken = match nth {
            0 => number.checked_add(*skip)?,
            _ => number,
        };
        Some(Stream {
            name: name.to_owned(),
            taken: Some(taken),
            lasts: taken,
            owed: VecDeque::new(),
            call: None,
        })
    };
    let streams: Option<Vec<Stream>> = at.split(' ').enumerate().map(stream).collect();
    streams.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::intake::{Saved, Taken, intake};

    struct Receiver {
        streams: Arc<Streams>,
        taken: Taken,
        saved: Saved,
    }

    fn receiver(begin: Option<Spot>) -> Receiver {
        let (intake, taken, saved) = intake(0, 1 << 20, begin, None);
        Receiver {
            streams: Streams::new(intake),
            taken,
            saved,
        }
    }

    impl Receiver {
        fn give(&self, call: &Call, first: u64, count: u64) -> Result<(), Status> {
            let mut batch = Batch::from(first);
            (first..first + count).for_each(|number| batch.add(number.to_string().as_bytes()));
            if let Judged::Known = call.judge(&batch)? {
                return Ok(());
            }
            let room = self.streams.intake.room(batch.records.len());
            let room = futures_util::FutureExt::now_or_never(room)
                .flatten()
                .unwrap();
            call.take(batch, room)
        }

        /// The records of the next piece, and what a checkpoint would say in front of them.
        fn next(&self) -> Option<(Vec<String>, String)> {
            let piece = self.taken.next().unwrap()?;
            let (mut at, mut records) = (0, Vec::new());
            while let Some((range, next)) = piece.cut.next(&piece.bytes, at) {
                records.push(String::from_utf8_lossy(&piece.bytes[range]).into_owned());
                at = next;
            }
            Some((records, piece.at.unwrap().to_string()))
        }
    }

    fn code(refused: Result<(), Status>) -> tonic::Code {
        refused.unwrap_err().code()
    }

    #[test]
    fn what_comes_again_is_taken_once_and_acknowledged_when_it_lasts() {
        let receiver = receiver(None);
        let first = receiver.streams.begin("orders".into()).unwrap();
        assert_eq!(first.position, None);
        receiver.give(&first, 11, 3).unwrap();
        assert_eq!(
            receiver.next().unwrap(),
            (
                vec!["11".into(), "12".into(), "13".into()],
                "orders=10".into()
            )
        );
        assert_eq!((first.owed(), first.lasts().unwrap()), (Some(3), 10));
        drop(first);

        // The next call is told what lasts, and may send the rest again.
        let second = receiver.streams.begin("orders".into()).unwrap();
        assert_eq!(second.position, Some(10));
        receiver.give(&second, 12, 4).unwrap();
        assert_eq!(
            receiver.next().unwrap(),
            (vec!["14".into(), "15".into()], "orders=13".into())
        );
        receiver.give(&second, 11, 5).unwrap();
        assert!(receiver.next().is_none());
        receiver.saved.up_to(4);
        assert_eq!((second.lasts().unwrap(), second.owed()), (13, Some(5)));
        receiver.saved.up_to(5);
        assert_eq!((second.lasts().unwrap(), second.owed()), (15, None));

        assert_eq!(
            code(receiver.give(&second, 17, 1)),
            tonic::Code::FailedPrecondition
        );
        assert_eq!(
            code(receiver.give(&second, 0, 1)),
            tonic::Code::InvalidArgument
        );
        assert_eq!(
            code(receiver.give(&second, 16, 0)),
            tonic::Code::InvalidArgument
        );
    }

    #[test]
    fn the_latest_call_has_the_stream_and_others_are_told() {
        let receiver = receiver(None);
        let old = receiver.streams.begin("orders".into()).unwrap();
        receiver.give(&old, 1, 2).unwrap();
        let new = receiver.streams.begin("orders".into()).unwrap();
        assert!(futures_util::FutureExt::now_or_never(old.left.notified()).is_some());
        assert_eq!(code(receiver.give(&old, 3, 1)), tonic::Code::Aborted);
        assert_eq!(old.owed(), None);
        drop(old);
        receiver.give(&new, 3, 1).unwrap();
        assert_eq!(new.owed(), Some(2));
    }

    #[test]
    fn a_checkpoint_keeps_where_the_latest_streams_are() {
        let receiver = receiver(None);
        let calls: Vec<_> = (0..70)
            .map(|nth| receiver.streams.begin(format!("s{nth}")).unwrap())
            .collect();
        calls
            .iter()
            .for_each(|call| receiver.give(call, 5, 2).unwrap());
        let mut last = String::new();
        while let Some((_, at)) = receiver.next() {
            last = at;
        }
        assert!(last.starts_with("s69=4 s68=6 s67=6 "), "{last}");
        assert_eq!(last.split(' ').count(), KEPT);
        // Who is there is known also beyond that.
        assert_eq!(calls[0].lasts().unwrap(), 4);
        drop(calls);
        assert_eq!(relock(&receiver.streams.state).streams.len(), KEPT);

        let begin = Spot {
            at: last.as_str().into(),
            skip: 1,
        };
        let next = self::receiver(Some(begin));
        assert_eq!(next.streams.begin("s69".into()).unwrap().position, Some(5));
        assert_eq!(next.streams.begin("s68".into()).unwrap().position, Some(6));
        assert_eq!(next.streams.begin("s0".into()).unwrap().position, None);
        for strange in ["", "orders", "orders=", "orders=1 other", "[2]"] {
            let begin = Spot {
                at: strange.into(),
                skip: 1,
            };
            assert!(known(Some(&begin)).is_empty(), "{strange}");
        }
        for name in ["", "a b", "a=b", "é", &"x".repeat(65)] {
            assert!(next.streams.begin(name.into()).is_err(), "{name}");
        }
    }
}
