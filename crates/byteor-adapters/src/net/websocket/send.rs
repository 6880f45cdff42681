//! Messages that go. Numbered ones are kept until they are acknowledged, and sent again where the
//! connection ended before.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::Messages;
use super::link::{Link, Settings, Socket, Way};
use crate::allow_net::AllowNet;
use crate::error::AdapterError;
use crate::net::connect::Failed;
use crate::net::cut::Cut;
use crate::net::outlet::{Batch, NetMark, Outlet};
use crate::net::reactor::Context;
use crate::net::retry::Retry;

/// The most messages that are on their way without an acknowledgement.
const WINDOW: usize = 8;

/// What a sender says besides.
#[derive(Clone)]
pub struct Sender {
    /// The most records of a message.
    pub batch_records: usize,
    /// The most bytes of a message with several.
    pub batch_bytes: usize,
    /// How long to try again without success; for ever where it isn't said.
    pub give_up_after: Option<Duration>,
}

/// Sends what `outlet` has, on the reactor, until it ends or fails for good.
pub fn send(
    link: Link,
    sender: Sender,
    allow: AllowNet,
    context: &Context,
    outlet: Outlet,
    mark: &NetMark,
) -> Result<(), AdapterError> {
    let sending = Sending {
        settings: link.settings,
        sender,
        outlet,
        stream: mark.numbering.clone(),
        unsaid: VecDeque::new(),
        said: VecDeque::new(),
    };
    let own = context.clone();
    match link.way {
        Way::Connect(dial) => {
            let peer = format!("the server of {}", dial.url);
            let mut retry = Retry::new(own, peer, sending.sender.give_up_after);
            context.spawn(async move {
                let mut sending = sending;
                loop {
                    let (why, asked) = match sending.settings.dial(&dial, &allow).await {
                        Ok(socket) => (sending.over(socket, &mut || retry.worked()).await, None),
                        Err(Failed::Again(why, asked)) => (why, asked),
                        Err(Failed::ForGood(error)) => return sending.outlet.fail(error),
                    };
                    if let Err(error) = retry.failed(&why, asked).await {
                        return sending.outlet.fail(error);
                    }
                }
            });
            Ok(())
        }
        Way::Listen(listen, path) => {
            let stuck = sending.outlet.clone();
            context.spawn(async move {
                if stuck.is_stuck(&own).await {
                    stuck.fail(AdapterError::new(
                        "E_PEER_DOWN",
                        "no client takes what is to be sent, and the run was asked to stop",
                        "nothing is lost: start again; the run goes on from the last checkpoint",
                    ));
                }
            });
            let path: Arc<str> = path.into();
            let settings = Arc::new(sending.settings.clone());
            let sending = Arc::new(Mutex::new(sending));
            let watch = context.watch().clone();
            listen.serve(&allow, context, move |stream| {
                let (path, settings) = (Arc::clone(&path), Arc::clone(&settings));
                let (sending, watch) = (Arc::clone(&sending), watch.clone());
                async move {
                    // One client at a time has the records.
                    let free = || Arc::clone(&sending).try_lock_owned().ok();
                    let accepted = settings.accept(stream, &path, free).await;
                    let accepted: Result<(Socket, OwnedMutexGuard<Sending>), String> = accepted;
                    match accepted {
                        Ok((socket, mut sending)) => {
                            sending.over(socket, &mut || ()).await;
                        }
                        Err(why) => watch.refused(&format!("refused a connection: {why}")),
                    }
                }
            })
        }
    }
}

struct Sending {
    settings: Settings,
    sender: Sender,
    outlet: Outlet,
    /// Of whose records the numbers are.
    stream: String,
    /// Batches that are to be sent again.
    unsaid: VecDeque<Batch>,
    /// Batches that nobody acknowledged yet.
    said: VecDeque<Batch>,
}

/// What to do next.
enum Event {
    Came(Option<Result<Message, Error>>),
    Batch(Batch),
    Silent,
}

impl Sending {
    /// Sends over a connection until it ends; why it did. `worked` is told when something got there.
    async fn over(&mut self, mut socket: Socket, worked: &mut (dyn FnMut() + Send)) -> String {
        // What was sent over another one and not acknowledged goes first, under its numbers.
        while let Some(batch) = self.said.pop_back() {
            self.unsaid.push_front(batch);
        }
        let ended = match self.begin(&mut socket).await {
            Ok(()) => self.talk(&mut socket, worked).await,
            Err(why) => why,
        };
        // Whether it hears it makes no difference.
        drop(tokio::time::timeout(self.settings.timeout, socket.close(None)).await);
        ended
    }

    async fn begin(&self, socket: &mut Socket) -> Result<(), String> {
        match self.settings.messages {
            Messages::Numbered => {
                let stream = Message::Text(self.stream.clone().into());
                self.say(socket, stream).await
            }
            _ => Ok(()),
        }
    }

    async fn talk(&mut self, socket: &mut Socket, worked: &mut (dyn FnMut() + Send)) -> String {
        let numbered = self.settings.messages == Messages::Numbered;
        if !numbered {
            worked();
        }
        let (mut heard, mut asked) = (Instant::now(), false);
        loop {
            let room = self.said.len() < WINDOW;
            let event = tokio::select! {
                came = socket.next() => Event::Came(came),
                batch = next(&mut self.unsaid, &self.outlet, &self.sender), if room => Event::Batch(batch),
                () = tokio::time::sleep_until(heard + self.settings.timeout / 2) => Event::Silent,
            };
            let done = match event {
                Event::Came(None) => return "closed the connection".to_owned(),
                Event::Came(Some(Err(error))) => return format!("broke the connection: {error}"),
                Event::Came(Some(Ok(message))) => {
                    (heard, asked) = (Instant::now(), false);
                    match message {
                        Message::Binary(bytes) if numbered => {
                            worked();
                            self.acknowledged(&bytes)
                        }
                        _ => Ok(()),
                    }
                }
                Event::Batch(batch) => self.batch(socket, batch, numbered).await,
                Event::Silent if asked => return "says nothing any more".to_owned(),
                Event::Silent => {
                    (heard, asked) = (Instant::now(), true);
                    self.say(socket, Message::Ping(Bytes::new())).await
                }
            };
            if let Err(why) = done {
                return why;
            }
        }
    }

    async fn batch(
        &mut self,
        socket: &mut Socket,
        batch: Batch,
        numbered: bool,
    ) -> Result<(), String> {
        let message = self.message(&batch);
        let last = batch.last();
        // Kept before it is sent: who knows how much of it arrives.
        match numbered {
            true => self.said.push_back(batch),
            false => self.unsaid.push_front(batch),
        }
        let message = match message {
            Ok(message) => message,
            Err(error) => {
                let why = error.message.clone();
                self.outlet.fail(error);
                return Err(why);
            }
        };
        self.say(socket, message).await?;
        if !numbered {
            self.unsaid.pop_front();
            self.outlet.there(last);
        }
        Ok(())
    }

    fn message(&self, batch: &Batch) -> Result<Message, AdapterError> {
        let mut bytes = Vec::new();
        let (cut, text) = match self.settings.messages {
            Messages::Numbered => {
                bytes.extend_from_slice(&batch.first.to_be_bytes());
                (Cut::Prefixed, false)
            }
            Messages::Lines => (Cut::Lines, true),
            Messages::Text => (Cut::Whole, true),
            Messages::Binary => (Cut::Whole, false),
        };
        for record in &batch.records {
            cut.add(record, &mut bytes);
        }
        if !text {
            return Ok(Message::Binary(bytes.into()));
        }
        let text = String::from_utf8(bytes).map_err(|_| {
            AdapterError::new(
                "E_WEBSOCKET_TEXT",
                format!(
                    "a record from {} to {} isn't UTF-8, and messages of text are",
                    batch.first,
                    batch.last()
                ),
                "deploy a config with the framing `binary` or `numbered`, or a stage that makes text of \
                 every record; the run goes on from the last checkpoint",
            )
        })?;
        Ok(Message::Text(text.into()))
    }

    /// The peer has everything up to a number, which has to be the last one of a message.
    fn acknowledged(&mut self, bytes: &[u8]) -> Result<(), String> {
        let number = bytes.try_into().map(u64::from_be_bytes);
        let at = self
            .said
            .iter()
            .position(|batch| number.is_ok_and(|number| number == batch.last()));
        let Some(at) = at else {
            return Err("acknowledged what it wasn't sent".to_owned());
        };
        if let Some(last) = self.said.drain(..=at).next_back() {
            self.outlet.there(last.last());
        }
        Ok(())
    }

    async fn say(&self, socket: &mut Socket, message: Message) -> Result<(), String> {
        let said = tokio::time::timeout(self.settings.timeout, socket.send(message)).await;
        match said {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(format!("broke the connection: {error}")),
            Err(_) => Err("takes nothing any more".to_owned()),
        }
    }
}

/// What is to be sent again, or what comes next.
async fn next(unsaid: &mut VecDeque<Batch>, outlet: &Outlet, sender: &Sender) -> Batch {
    match unsaid.pop_front() {
        Some(batch) => batch,
        None => outlet.take(sender.batch_records, sender.batch_bytes).await,
    }
}
