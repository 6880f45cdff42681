//! Messages of a subject, taken as they come. Nothing is acknowledged: what comes while there is no
//! connection, or no room, is gone, and the latter is counted.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::task::unconstrained;

use super::server::Server;
use super::tally::Tally;
use crate::allow_net::AllowNet;
use crate::error::AdapterError;
use crate::net::connect::Failed;
use crate::net::cut::Cut;
use crate::net::intake::Intake;
use crate::net::reactor::Context;
use crate::net::retry::Retry;

/// Messages of about so many bytes go to the loop at once.
const PIECE: usize = 32 * 1024;
/// How often it is looked whether the server complained.
const LOOK: Duration = Duration::from_secs(1);

/// What is taken.
#[derive(Clone)]
pub struct Subscribe {
    /// The server.
    pub server: Server,
    /// The subject.
    pub subject: String,
    /// Who takes messages under this name shares them.
    pub group: String,
}

/// Takes messages on the reactor, until it ends.
pub fn subscribe(subscribe: Subscribe, allow: AllowNet, context: &Context, intake: Intake) {
    let retry = Retry::new(context.clone(), subscribe.server.name(), None);
    let mut taking = Taking {
        subscribe,
        allow,
        context: context.clone(),
        intake,
        dropped: Tally::new("N_NATS_DROPPED"),
    };
    let guest = context.guest();
    context.spawn(async move {
        if let Err(error) = taking.run(retry).await {
            taking.intake.fail(error);
        }
        let subject = taking.subscribe.subject;
        let words = |count| dropped(&subject, count);
        taking.dropped.tell(&taking.context, words);
        drop(guest);
    });
}

fn dropped(subject: &str, count: u64) -> String {
    format!(
        "{count} messages of {subject} were dropped, since the pipeline didn't take them in time"
    )
}

struct Taking {
    subscribe: Subscribe,
    allow: AllowNet,
    context: Context,
    intake: Intake,
    dropped: Tally,
}

impl Taking {
    async fn run(&mut self, mut retry: Retry) -> Result<(), AdapterError> {
        loop {
            match self.session(&mut retry).await {
                Ok(()) => return Ok(()),
                Err(Failed::ForGood(error)) => return Err(error),
                Err(Failed::Again(why, asked)) => {
                    if retry.failed(&why, asked).await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Over one connection, until the run is asked to stop or takes no more.
    async fn session(&mut self, retry: &mut Retry) -> Result<(), Failed> {
        let open = self.subscribe.server.connect(&self.allow).await?;
        let Subscribe { subject, group, .. } = self.subscribe.clone();
        let mut messages = open
            .client
            .queue_subscribe(subject, group)
            .await
            .map_err(|error| open.failed(&error))?;
        open.flush().await?;
        retry.worked();
        let mut seen = 0;
        // A server says of who may not listen, and sends nothing.
        let mut look = tokio::time::interval(LOOK);
        loop {
            let context = self.context.clone();
            let first = tokio::select! {
                first = messages.next() => first,
                _ = look.tick() => match open.complaint() {
                    Some(failed) => return Err(failed),
                    None => continue,
                },
                () = context.stopped() => {
                    // What came until now is taken.
                    messages.next().now_or_never().flatten()
                }
            };
            let Some(first) = first else {
                return match self.context.stopping() {
                    true => Ok(()),
                    false => Err(Failed::Again("ended the connection".to_owned(), None)),
                };
            };
            let (mut piece, mut records, mut next) = (Vec::new(), 0, Some(first));
            while let Some(message) = next {
                Cut::Prefixed.add(&message.payload, &mut piece);
                records += 1;
                // Nothing is what comes of an empty queue only, and not of a task that ran for long.
                next = match piece.len() < PIECE {
                    true => unconstrained(messages.next()).now_or_never().flatten(),
                    false => None,
                };
            }
            let empty = piece.len() < PIECE;
            seen += records;
            if !self.give(piece, records) {
                return Ok(());
            }
            // The library drops what its own queue has no place for: where that is empty, what came and
            // wasn't seen is lost.
            let came = open.client.statistics().in_messages.load(Ordering::Relaxed);
            if empty && came > seen {
                self.lost(came - seen);
                seen = came;
            }
        }
    }

    /// Gives the loop what came, or drops it where there is no room; false where it takes no more.
    fn give(&mut self, piece: Vec<u8>, records: u64) -> bool {
        let Some(room) = self.intake.room_now(piece.len()) else {
            self.lost(records);
            return true;
        };
        let bytes = Bytes::from(piece);
        let given = self.intake.give(bytes, Cut::Prefixed, records, room);
        given.is_some()
    }

    fn lost(&mut self, records: u64) {
        let subject = &self.subscribe.subject;
        let words = |count| dropped(subject, count);
        self.dropped.add(records, &self.context, words);
    }
}
