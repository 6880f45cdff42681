//! Messages that are published, in order, under ids by which a stream knows those that it has.

use std::collections::VecDeque;
use std::pin::Pin;
use std::time::Duration;

use async_nats::client::PublishErrorKind as SendErrorKind;
use async_nats::connection::State;
use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::{self, ErrorCode};
use bytes::Bytes;

use super::server::{Connection, Server, answered, refused, source};
use super::tally::Tally;
use crate::allow_net::AllowNet;
use crate::error::AdapterError;
use crate::net::connect::Failed;
use crate::net::outlet::{Batch, NetMark, Outlet};
use crate::net::reactor::Context;
use crate::net::retry::Retry;

/// The most bytes that are taken up at once.
const TAKEN: usize = 256 * 1024;

/// What is published where.
#[derive(Clone)]
pub struct Publish {
    /// The server.
    pub server: Server,
    /// The subject.
    pub subject: String,
    /// Whether a stream acknowledges each message.
    pub acknowledged: bool,
    /// The stream that has to do it; where it isn't said, whichever does.
    pub stream: Option<String>,
    /// The most messages that are on their way.
    pub in_flight: usize,
    /// How long to try again without success; for ever where it isn't said.
    pub give_up_after: Option<Duration>,
}

/// Publishes what `outlet` has, on the reactor, until it ends or fails for good. `mark` says which
/// numbers the records have.
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
        known: Tally::new("N_NATS_DUPLICATE"),
        lost: Tally::new("N_NATS_LOST"),
    };
    let guest = context.guest();
    context.spawn(async move {
        tokio::select! {
            error = publishing.run(&outlet) => outlet.fail(error),
            // There won't be any more records.
            () = outlet.ended() => {}
        }
        publishing.tell();
        drop(guest);
    });
}

type Acknowledged = Pin<Box<dyn Future<Output = Result<PublishAck, PublishError>> + Send>>;

struct Publishing {
    publish: Publish,
    allow: AllowNet,
    context: Context,
    numbering: String,
    retry: Retry,
    /// What was taken up and isn't there yet, with its numbers, in order.
    waiting: VecDeque<(u64, Bytes)>,
    known: Tally,
    lost: Tally,
}

impl Publishing {
    /// Until it fails for good.
    async fn run(&mut self, outlet: &Outlet) -> AdapterError {
        loop {
            if self.waiting.is_empty() {
                let batch = outlet.take(self.publish.in_flight, TAKEN).await;
                self.take_up(batch);
            }
            let tried = match self.publish.acknowledged {
                true => self.acknowledged(outlet).await,
                false => self.unacknowledged(outlet).await,
            };
            let failed = match tried {
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

    async fn connect(&self) -> Result<Connection, Failed> {
        tokio::select! {
            opened = self.publish.server.connect(&self.allow) => opened,
            // A run that was asked to stop doesn't wait for an answer as long as others.
            () = self.context.stopping_for_long() => Err(unanswered()),
        }
    }

    /// Over one connection: what waits, in order, and what comes; each is there when a stream says so.
    async fn acknowledged(&mut self, outlet: &Outlet) -> Result<(), Failed> {
        let open = self.connect().await?;
        let in_flight = self.publish.in_flight;
        let streams = open.streams(in_flight);
        let mut sent = VecDeque::new();
        loop {
            // What was sent before is sent again: a stream knows what it has by its id.
            while let Some((number, record)) = self.waiting.get(sent.len()) {
                sent.push_back(self.send(&open, &streams, *number, record).await?);
            }
            let free = in_flight.saturating_sub(self.waiting.len());
            let context = self.context.clone();
            tokio::select! {
                biased;
                acknowledged = oldest(&mut sent), if !sent.is_empty() => {
                    sent.pop_front();
                    let refused = match acknowledged {
                        Ok(acknowledged) => {
                            self.count(&acknowledged);
                            None
                        }
                        Err(error) => Some(self.refusal(&open, &streams, &error).await?),
                    };
                    if let Some((number, record)) = self.waiting.pop_front() {
                        if let Some(reason) = refused {
                            outlet.refuse(number, record, &reason);
                        }
                        outlet.there(number);
                    }
                    self.retry.worked();
                }
                batch = outlet.take(free, TAKEN), if free > 0 => {
                    self.take_up(batch);
                    if sent.is_empty() && open.client.connection_state() != State::Connected {
                        return Ok(());
                    }
                }
                () = context.stopping_for_long(), if !sent.is_empty() => return Err(unanswered()),
            }
        }
    }

    async fn send(
        &self,
        open: &Connection,
        streams: &jetstream::Context,
        number: u64,
        record: &Bytes,
    ) -> Result<Acknowledged, Failed> {
        let id = format!("{}-{number}", self.numbering);
        let mut message = PublishMessage::build()
            .message_id(id)
            .payload(record.clone());
        if let Some(stream) = &self.publish.stream {
            message = message.expected_stream(stream);
        }
        let sent = streams.send_publish(self.publish.subject.clone(), message);
        match sent.await {
            Ok(sent) => Ok(sent.into_future()),
            // In order with the others.
            Err(error) if error.kind() == PublishErrorKind::MaxPayloadExceeded => {
                Ok(Box::pin(std::future::ready(Err(error))))
            }
            Err(error) if error.kind() == PublishErrorKind::TimedOut => Err(open.late()),
            Err(error) => Err(open.failed(&error)),
        }
    }

    /// Why a record is refused for good; or why its message is to be sent again, or the run to end.
    async fn refusal(
        &self,
        open: &Connection,
        streams: &jetstream::Context,
        error: &PublishError,
    ) -> Result<String, Failed> {
        match error.kind() {
            PublishErrorKind::MaxPayloadExceeded => Ok(error.to_string()),
            PublishErrorKind::TimedOut => Err(open.late()),
            PublishErrorKind::StreamNotFound => {
                open.find(streams, None, &self.publish.subject).await?;
                let why = "has nobody who answers for the stream".to_owned();
                Err(Failed::Again(why, None))
            }
            _ => match source::<jetstream::Error>(error) {
                Some(said) if said.error_code() == ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM => {
                    Ok(said.to_string())
                }
                Some(said) => Err(answered(said)),
                None => Err(open.failed(error)),
            },
        }
    }

    fn count(&mut self, acknowledged: &PublishAck) {
        if acknowledged.duplicate {
            let context = self.context.clone();
            self.known.add(1, &context, duplicates);
        }
    }

    /// Over one connection: what waits and what comes, once. It is there when the system took it.
    async fn unacknowledged(&mut self, outlet: &Outlet) -> Result<(), Failed> {
        let open = self.connect().await?;
        loop {
            if self.waiting.is_empty() {
                let batch = outlet.take(self.publish.in_flight, TAKEN).await;
                self.take_up(batch);
            }
            if let Some(failed) = open.complaint() {
                return Err(failed);
            }
            if open.client.connection_state() != State::Connected {
                return Ok(());
            }
            let waiting = std::mem::take(&mut self.waiting);
            let sent = tokio::select! {
                sent = self.hand_over(&open, &waiting, outlet) => sent,
                () = self.context.stopping_for_long() => Err(unanswered()),
            };
            if let Err(Failed::Again(..)) = &sent {
                let lost = waiting.len() as u64;
                self.lost.add(lost, &self.context.clone(), lost_words);
            }
            if let Some((last, _)) = waiting.back() {
                outlet.there(*last);
            }
            sent?;
            self.retry.worked();
        }
    }

    async fn hand_over(
        &self,
        open: &Connection,
        waiting: &VecDeque<(u64, Bytes)>,
        outlet: &Outlet,
    ) -> Result<(), Failed> {
        let sending = async {
            for (number, record) in waiting {
                let subject = self.publish.subject.clone();
                match open.client.publish(subject, record.clone()).await {
                    Ok(()) => {}
                    Err(error) if error.kind() == SendErrorKind::MaxPayloadExceeded => {
                        outlet.refuse(*number, record.to_vec(), &error.to_string());
                    }
                    Err(error) if error.kind() == SendErrorKind::InvalidSubject => {
                        return Err(refused(&error.to_string()));
                    }
                    Err(error) => return Err(open.failed(&error)),
                }
            }
            Ok(())
        };
        match tokio::time::timeout(self.publish.server.timeout, sending).await {
            Ok(sent) => sent?,
            Err(_) => return Err(open.late()),
        }
        open.flush().await
    }

    fn tell(&mut self) {
        self.known.tell(&self.context, duplicates);
        self.lost.tell(&self.context, lost_words);
    }
}

fn unanswered() -> Failed {
    Failed::Again("doesn't answer".to_owned(), None)
}

/// The answer to the oldest message that was sent.
async fn oldest(sent: &mut VecDeque<Acknowledged>) -> Result<PublishAck, PublishError> {
    match sent.front_mut() {
        Some(answer) => answer.await,
        None => std::future::pending().await,
    }
}

fn duplicates(count: u64) -> String {
    format!("{count} messages were there already, by their ids, and weren't taken a second time")
}

fn lost_words(count: u64) -> String {
    format!("up to {count} messages were on their way when a connection ended, and may be lost")
}
