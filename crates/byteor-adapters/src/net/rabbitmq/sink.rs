//! Records that are published to a stream, in order, each confirmed.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::ShortString;
use lapin::{BasicProperties, Confirmation, PublisherConfirm};
use tokio::time::Instant;

use super::server::{Open, Server, failed, short};
use crate::allow_net::AllowNet;
use crate::error::AdapterError;
use crate::net::connect::Failed;
use crate::net::outlet::{Batch, NetMark, Outlet};
use crate::net::reactor::Context;
use crate::net::retry::Retry;

/// The most bytes that are taken up at once.
const TAKEN: usize = 256 * 1024;

/// As AMQP calls a message that outlives its server.
const PERSISTENT: u8 = 2;

/// What is published where.
#[derive(Clone)]
pub struct Publish {
    /// The server.
    pub server: Server,
    /// The stream.
    pub stream: String,
    /// The most records that are on their way.
    pub in_flight: usize,
    /// How long to try again without success; for ever where it isn't said.
    pub give_up_after: Option<Duration>,
}

/// Publishes what `outlet` has, on the reactor, until it fails for good. `mark` says which numbers the
/// records have.
pub fn publish(
    publish: Publish,
    allow: AllowNet,
    context: &Context,
    outlet: Outlet,
    mark: &NetMark,
) {
    let retry = Retry::new(
        context.clone(),
        publish.server.name(),
        publish.give_up_after,
    );
    let mut publishing = Publishing {
        publish,
        allow,
        context: context.clone(),
        numbering: mark.numbering.clone(),
        retry,
        waiting: VecDeque::new(),
    };
    context.spawn(async move {
        let error = publishing.run(&outlet).await;
        outlet.fail(error);
    });
}

struct Publishing {
    publish: Publish,
    allow: AllowNet,
    context: Context,
    numbering: String,
    retry: Retry,
    /// What was taken up and isn't there yet, with its numbers, in order.
    waiting: VecDeque<(u64, Bytes)>,
}

impl Publishing {
    /// Until it fails for good.
    async fn run(&mut self, outlet: &Outlet) -> AdapterError {
        loop {
            if self.waiting.is_empty() {
                let batch = outlet.take(self.publish.in_flight, TAKEN).await;
                self.take_up(batch);
            }
            let failed = match self.session(outlet).await {
                // The connection ended while nothing was on its way.
                Ok(()) => continue,
                Err(Failed::ForGood(error)) => return error,
                Err(Failed::Again(why, asked)) => self.retry.failed(&why, asked).await,
            };
            if let Err(error) = failed {
                return error;
            }
        }
    }

    fn take_up(&mut self, batch: Batch) {
        self.waiting.extend(batch.numbered());
    }

    async fn open(&self) -> Result<Open, Failed> {
        let opening = async {
            let open = self.publish.server.connect(&self.allow).await?;
            open.find(&self.publish.stream).await?;
            let select = open.channel.confirm_select(ConfirmSelectOptions::default());
            open.within(select).await?;
            Ok(open)
        };
        tokio::select! {
            opened = opening => opened,
            // A run that was asked to stop doesn't wait for an answer as long as others.
            () = self.context.stopping_for_long() => Err(unanswered()),
        }
    }

    /// Over one connection: what waits, in order, and what comes.
    async fn session(&mut self, outlet: &Outlet) -> Result<(), Failed> {
        let open = self.open().await?;
        let stream = short(&self.publish.stream)?;
        let timeout = self.publish.server.timeout;
        let mut sent = VecDeque::new();
        let mut heard = Instant::now();
        loop {
            // What was sent over another connection and not confirmed is sent again.
            while let Some((number, record)) = self.waiting.get(sent.len()) {
                let confirm = tokio::select! {
                    confirm = self.send(&open, &stream, *number, record) => confirm,
                    () = self.context.stopping_for_long() => Err(unanswered()),
                };
                match confirm {
                    Ok(confirm) => sent.push_back(confirm),
                    // Why the server ended it is told to what is on its way.
                    Err(otherwise) => return Err(ended(&mut sent).unwrap_or(otherwise)),
                }
            }
            let free = self.publish.in_flight.saturating_sub(self.waiting.len());
            let context = self.context.clone();
            tokio::select! {
                biased;
                confirmed = oldest(&mut sent), if !sent.is_empty() => {
                    sent.pop_front();
                    match confirmed.map_err(|error| failed(&error))? {
                        Confirmation::Ack(None) => {}
                        Confirmation::Ack(Some(_)) => {
                            // No queue took it.
                            open.find(&self.publish.stream).await?;
                            return Err(Failed::Again("gave a record back".to_owned(), None));
                        }
                        Confirmation::Nack(_) | Confirmation::NotRequested => {
                            let why = "didn't take a record".to_owned();
                            return Err(Failed::Again(why, None));
                        }
                    }
                    if let Some((number, _)) = self.waiting.pop_front() {
                        outlet.there(number);
                    }
                    heard = Instant::now();
                    self.retry.worked();
                }
                batch = outlet.take(free, TAKEN), if free > 0 => {
                    self.take_up(batch);
                    if sent.is_empty() {
                        if !open.connection.status().connected() {
                            return Ok(());
                        }
                        heard = Instant::now();
                    }
                }
                () = tokio::time::sleep_until(heard + timeout), if !sent.is_empty() => {
                    return Err(open.late());
                }
                () = context.stopping_for_long(), if !sent.is_empty() => return Err(unanswered()),
            }
        }
    }

    async fn send(
        &self,
        open: &Open,
        stream: &ShortString,
        number: u64,
        record: &Bytes,
    ) -> Result<PublisherConfirm, Failed> {
        let options = BasicPublishOptions {
            mandatory: true,
            ..BasicPublishOptions::default()
        };
        let id = short(&format!("{}-{number}", self.numbering))?;
        let properties = BasicProperties::default()
            .with_delivery_mode(PERSISTENT)
            .with_message_id(id);
        let to = stream.clone();
        let sent = open
            .channel
            .basic_publish("".into(), to, options, record, properties);
        open.within(sent).await
    }
}

fn unanswered() -> Failed {
    Failed::Again("doesn't answer".to_owned(), None)
}

/// The answer to the oldest record that was sent.
async fn oldest(sent: &mut VecDeque<PublisherConfirm>) -> lapin::Result<Confirmation> {
    match sent.front_mut() {
        Some(answer) => answer.await,
        None => std::future::pending().await,
    }
}

/// Why what was sent gets no answer, where that is known.
fn ended(sent: &mut VecDeque<PublisherConfirm>) -> Option<Failed> {
    let answers = sent.iter_mut().filter_map(FutureExt::now_or_never);
    let mut failures = answers.filter_map(Result::err);
    failures.next().map(|error| failed(&error))
}
