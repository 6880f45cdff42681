//! From the reactor to the loop: what came over the network, until what became of it lasts.
//!
//! Each piece is a body with records in it, cut only when it is their turn. Its bytes count against
//! one bound from before they are read until everything in them is saved, so the bound holds for all
//! that a source has in memory, however slow the rest is.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::delivery::relock;
use crate::error::AdapterError;
use crate::net::cut::Cut;
use crate::saver::Awaited;

/// What a source has in memory at most counts each piece this much larger than its bytes.
const PIECE: usize = 256;

/// The reactor's end.
#[derive(Clone)]
pub struct Intake(Arc<Shared>);

/// Where in a source that can be read again a record is: behind so many records from a position that
/// the source knows, in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The position.
    pub at: Arc<str>,
    /// How many records from there.
    pub skip: u64,
}

/// The loop's end.
pub(crate) struct Taken(Arc<Shared>);

/// The saver's end.
pub(crate) struct Saved(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    came: Condvar,
    room: Arc<Semaphore>,
    bound: usize,
    saved: watch::Sender<u64>,
    awaited: Awaited,
    /// Where the checkpoint ends.
    begin: Option<Spot>,
    /// Of a graph which has several: which boundary it is.
    boundary: Option<String>,
}

struct State {
    waiting: VecDeque<Piece>,
    /// Number of the last record that was given here.
    given: u64,
    /// What is held until the number beside it is saved.
    held: VecDeque<(u64, OwnedSemaphorePermit)>,
    /// Numbers that are no records, and not saved.
    notes: VecDeque<u64>,
    /// Number of the last record that lasts.
    saved: u64,
    ended: bool,
    /// Nothing more will be given; why, where that isn't as it should be.
    over: Option<Result<(), AdapterError>>,
}

pub(crate) struct Piece {
    pub bytes: Bytes,
    pub cut: Cut,
    /// In front of its first record, where the source can be read again from there.
    pub at: Option<Arc<str>>,
    /// It has no record, and only says where the source is.
    pub is_note: bool,
}

/// Room for a piece that is about to be read.
pub struct Room(OwnedSemaphorePermit);

/// The three ends, going on after record `number`, with at most `bound` bytes in memory; of one of several
/// boundaries, where it is given.
pub(crate) fn intake(
    number: u64,
    bound: usize,
    begin: Option<Spot>,
    boundary: Option<String>,
) -> (Intake, Taken, Saved) {
    let shared = Arc::new(Shared {
        state: Mutex::new(State {
            waiting: VecDeque::new(),
            given: number,
            held: VecDeque::new(),
            notes: VecDeque::new(),
            saved: number,
            ended: false,
            over: None,
        }),
        came: Condvar::new(),
        room: Arc::new(Semaphore::new(bound)),
        bound,
        saved: watch::channel(number).0,
        awaited: Awaited::default(),
        begin,
        boundary,
    });
    (
        Intake(Arc::clone(&shared)),
        Taken(Arc::clone(&shared)),
        Saved(shared),
    )
}

impl Intake {
    /// Room for `bytes`, once it is there; nothing where there can't ever be that much.
    pub async fn room(&self, bytes: usize) -> Option<Room> {
        let wanted = self.wanted(bytes)?;
        let room = Arc::clone(&self.0.room).acquire_many_owned(wanted).await;
        room.ok().map(Room)
    }

    /// The same where it is there now.
    #[cfg(feature = "nats")]
    pub fn room_now(&self, bytes: usize) -> Option<Room> {
        let wanted = self.wanted(bytes)?;
        let room = Arc::clone(&self.0.room).try_acquire_many_owned(wanted);
        room.ok().map(Room)
    }

    fn wanted(&self, bytes: usize) -> Option<u32> {
        if bytes > self.0.bound {
            return None;
        }
        u32::try_from(bytes.saturating_add(PIECE).min(self.0.bound)).ok()
    }

    /// Gives the loop `bytes` with `records` in them; the number of the last one. Nothing where the
    /// loop takes no more.
    pub fn give(&self, bytes: Bytes, cut: Cut, records: u64, room: Room) -> Option<u64> {
        let piece = Piece {
            bytes,
            cut,
            at: None,
            is_note: false,
        };
        self.give_piece(piece, records, room)
    }

    /// The same where the source can be read again from `at`, in front of the first of them.
    pub fn give_at(
        &self,
        at: Arc<str>,
        bytes: Bytes,
        cut: Cut,
        records: u64,
        room: Room,
    ) -> Option<u64> {
        let piece = Piece {
            bytes,
            cut,
            at: Some(at),
            is_note: false,
        };
        self.give_piece(piece, records, room)
    }

    /// Has the next checkpoint say that the source is at `at`, behind everything that was given. The number
    /// by which it is known whether that lasts; nothing where the loop takes no more. To be called again
    /// only once it does: a note counts against no bound.
    #[cfg(feature = "postgres")]
    pub fn note(&self, at: Arc<str>) -> Option<u64> {
        let mut state = relock(&self.0.state);
        if state.ended {
            return None;
        }
        state.given += 1;
        let number = state.given;
        state.notes.push_back(number);
        state.waiting.push_back(Piece {
            bytes: Bytes::new(),
            cut: Cut::Prefixed,
            at: Some(at),
            is_note: true,
        });
        drop(state);
        self.0.came.notify_one();
        Some(number)
    }

    /// How many records were given and don't last yet.
    pub fn under_way(&self) -> u64 {
        let state = relock(&self.0.state);
        let open = state.given.saturating_sub(state.saved);
        open.saturating_sub(state.notes.len() as u64)
    }

    /// Where the checkpoint ends; nothing where it begins.
    pub fn begin(&self) -> Option<&Spot> {
        self.0.begin.as_ref()
    }

    fn give_piece(&self, piece: Piece, records: u64, mut room: Room) -> Option<u64> {
        // What was foreseen and didn't come is free again.
        let used = (piece.bytes.len() + PIECE).min(self.0.bound);
        drop(room.0.split(room.0.num_permits().saturating_sub(used)));
        let mut state = relock(&self.0.state);
        if state.ended {
            return None;
        }
        state.given += records;
        let last = state.given;
        state.held.push_back((last, room.0));
        state.waiting.push_back(piece);
        drop(state);
        self.0.came.notify_one();
        Some(last)
    }

    /// Nothing more will be given: the run ends once what was given is through.
    #[cfg(any(feature = "s3", feature = "stdio"))]
    pub fn end(&self) {
        self.close(Ok(()));
    }

    /// The same, because nothing can come any more: the run fails.
    pub fn fail(&self, error: AdapterError) {
        self.close(Err(error.at_boundary(self.0.boundary.as_deref())));
    }

    fn close(&self, how: Result<(), AdapterError>) {
        relock(&self.0.state).over.get_or_insert(how);
        self.0.came.notify_one();
    }

    /// Number of the last record that is saved, and whether no other will be.
    #[cfg(any(
        feature = "grpc",
        feature = "kafka",
        feature = "nats",
        feature = "postgres",
        feature = "redis"
    ))]
    pub fn saved_now(&self) -> (u64, bool) {
        let state = relock(&self.0.state);
        (state.saved, state.ended)
    }

    /// Waits until record `number` is saved; false where the loop ended before.
    pub async fn saved(&self, number: u64) -> bool {
        let mut saved = self.0.saved.subscribe();
        let waited = saved.wait_for(|saved| *saved >= number || *saved == ENDED);
        waited.await.is_ok_and(|saved| *saved != ENDED)
    }

    /// The same for a peer that does nothing else meanwhile: what it waits for is saved as soon as it
    /// was written.
    #[cfg(feature = "http")]
    pub async fn saved_soon(&self, number: u64) -> bool {
        let _waits = self.0.awaited.begin();
        self.saved(number).await
    }
}

/// Told instead of a number when nothing will be saved any more.
const ENDED: u64 = u64::MAX;

impl Taken {
    /// The oldest piece, if there is one, or why there will be none.
    pub fn next(&self) -> Result<Option<Piece>, Result<(), AdapterError>> {
        let mut state = relock(&self.0.state);
        match (state.waiting.pop_front(), &state.over) {
            (None, Some(over)) => Err(over.clone()),
            (piece, _) => Ok(piece),
        }
    }

    /// Who waits for what was given.
    pub fn awaited(&self) -> Awaited {
        self.0.awaited.clone()
    }

    /// Waits until a piece is there, at most `most`.
    pub fn wait(&self, most: Duration) {
        let state = relock(&self.0.state);
        if state.waiting.is_empty() && state.over.is_none() {
            drop(self.0.came.wait_timeout(state, most));
        }
    }
}

impl Saved {
    /// Everything up to record `number` lasts.
    pub fn up_to(&self, number: u64) {
        let mut state = relock(&self.0.state);
        while state.held.front().is_some_and(|(last, _)| *last <= number) {
            state.held.pop_front();
        }
        while state.notes.front().is_some_and(|note| *note <= number) {
            state.notes.pop_front();
        }
        state.saved = number;
        drop(state);
        self.0.saved.send_replace(number);
    }
}

impl Drop for Saved {
    /// Nothing will be saved any more: whoever waits has to send again.
    fn drop(&mut self) {
        relock(&self.0.state).ended = true;
        self.0.saved.send_replace(ENDED);
    }
}
