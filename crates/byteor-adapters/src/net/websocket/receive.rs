//! Messages that come. Numbered ones are acknowledged once their records last.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::link::{Link, Settings, Socket, Way};
use super::{Dial, Messages};
use crate::allow_net::AllowNet;
use crate::error::AdapterError;
use crate::net::connect::Failed;
use crate::net::cut::Cut;
use crate::net::intake::Intake;
use crate::net::reactor::Context;
use crate::net::retry::Retry;

/// Gives `intake` what comes, on the reactor, until it ends.
pub fn receive(
    link: Link,
    allow: AllowNet,
    context: &Context,
    intake: Intake,
) -> Result<(), AdapterError> {
    let settings = Arc::new(link.settings);
    match link.way {
        Way::Connect(dial) => {
            let own = context.clone();
            let guest = context.guest();
            context.spawn(async move {
                if let Err(error) = connecting(&settings, &dial, &allow, &own, &intake).await {
                    intake.fail(error);
                }
                drop(guest);
            });
            Ok(())
        }
        Way::Listen(listen, path) => {
            let own = context.clone();
            let path: Arc<str> = path.into();
            listen.serve(&allow, context, move |stream| {
                let (settings, path) = (Arc::clone(&settings), Arc::clone(&path));
                let (context, intake) = (own.clone(), intake.clone());
                async move {
                    let accepted = settings.accept(stream, &path, || Some(())).await;
                    match accepted {
                        // How a connection ends is its client's affair.
                        Ok((socket, ())) => drop(
                            Receiving::new(&settings, socket)
                                .run(&context, &intake)
                                .await,
                        ),
                        Err(why) => {
                            let watch = context.watch();
                            watch.refused(&format!("refused a connection: {why}"));
                        }
                    }
                }
            })
        }
    }
}

async fn connecting(
    settings: &Settings,
    dial: &Dial,
    allow: &AllowNet,
    context: &Context,
    intake: &Intake,
) -> Result<(), AdapterError> {
    let mut retry = Retry::new(context.clone(), format!("the server of {}", dial.url), None);
    loop {
        let (why, asked) = match settings.dial(dial, allow).await {
            Ok(socket) => {
                retry.worked();
                let ended = Receiving::new(settings, socket).run(context, intake).await;
                (ended.err().unwrap_or_default(), None)
            }
            Err(Failed::Again(why, asked)) => (why, asked),
            Err(Failed::ForGood(error)) => return Err(error),
        };
        if context.stopping() {
            return Ok(());
        }
        // Nothing is owed to a peer that doesn't answer: a run that is asked to stop just stops.
        if retry.failed(&why, asked).await.is_err() {
            return Ok(());
        }
    }
}

struct Receiving<'a> {
    settings: &'a Settings,
    socket: Socket,
    /// What is to be acknowledged once it lasts: its number here, and the sender's.
    owed: VecDeque<(u64, u64)>,
    heard: Instant,
    asked: bool,
}

/// What to do next.
enum Event {
    Came(Option<Result<Message, Error>>),
    Lasts(bool),
    Silent,
    Stop,
}

impl<'a> Receiving<'a> {
    fn new(settings: &'a Settings, socket: Socket) -> Self {
        Self {
            settings,
            socket,
            owed: VecDeque::new(),
            heard: Instant::now(),
            asked: false,
        }
    }

    /// Until the connection ends, which is told, or the run.
    async fn run(mut self, context: &Context, intake: &Intake) -> Result<(), String> {
        loop {
            let owed = self.owed.front().map(|owed| owed.0);
            let event = tokio::select! {
                came = self.socket.next() => Event::Came(came),
                lasts = lasts(intake, owed) => Event::Lasts(lasts),
                () = tokio::time::sleep_until(self.heard + self.settings.timeout / 2) => Event::Silent,
                () = context.stopped() => Event::Stop,
            };
            match event {
                Event::Came(None) => return Err("closed the connection".to_owned()),
                Event::Came(Some(Err(Error::Capacity(error)))) => {
                    let why = format!("sent too much: {error}");
                    return self.refuse(context, CloseCode::Size, why).await;
                }
                Event::Came(Some(Err(error))) => {
                    return Err(format!("broke the connection: {error}"));
                }
                Event::Came(Some(Ok(message))) => {
                    (self.heard, self.asked) = (Instant::now(), false);
                    if let Err((code, why)) = self.take(message, intake).await {
                        return self.refuse(context, code, why).await;
                    }
                }
                Event::Lasts(lasts) => self.acknowledge(lasts).await?,
                Event::Silent => self.ask().await?,
                Event::Stop => return self.settle(intake).await,
            }
        }
    }

    /// Acknowledges what is still to last, and leaves.
    async fn settle(mut self, intake: &Intake) -> Result<(), String> {
        while let Some((number, _)) = self.owed.front() {
            let lasts = intake.saved(*number).await;
            self.acknowledge(lasts).await?;
            if !lasts {
                break;
            }
        }
        self.close(CloseCode::Away, String::new()).await
    }

    async fn acknowledge(&mut self, lasts: bool) -> Result<(), String> {
        if !lasts {
            return Err("the run ends".to_owned());
        }
        if let Some((_, theirs)) = self.owed.pop_front() {
            let message = Message::Binary(Bytes::copy_from_slice(&theirs.to_be_bytes()));
            self.say(message).await?;
        }
        Ok(())
    }

    /// Asks a peer that said nothing for long whether it is there; one that was asked already isn't.
    async fn ask(&mut self) -> Result<(), String> {
        if self.asked {
            return Err("says nothing any more".to_owned());
        }
        (self.heard, self.asked) = (Instant::now(), true);
        self.say(Message::Ping(Bytes::new())).await
    }

    async fn say(&mut self, message: Message) -> Result<(), String> {
        let said = tokio::time::timeout(self.settings.timeout, self.socket.send(message)).await;
        match said {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(format!("broke the connection: {error}")),
            Err(_) => Err("takes nothing any more".to_owned()),
        }
    }

    /// Closes because of what came.
    async fn refuse(self, context: &Context, code: CloseCode, why: String) -> Result<(), String> {
        if code != CloseCode::Away {
            let watch = context.watch();
            watch.refused(&format!("refused a message: {why}"));
        }
        self.close(code, why).await
    }

    async fn close(mut self, code: CloseCode, why: String) -> Result<(), String> {
        let reason = why.clone().into();
        let closing = self.socket.close(Some(CloseFrame { code, reason }));
        // Whether it hears it makes no difference.
        drop(tokio::time::timeout(self.settings.timeout, closing).await);
        Err(why)
    }

    async fn take(&mut self, message: Message, intake: &Intake) -> Result<(), (CloseCode, String)> {
        let numbered = self.settings.messages == Messages::Numbered;
        let (mut bytes, text) = match message {
            Message::Text(text) => (Bytes::from(text), true),
            Message::Binary(bytes) => (bytes, false),
            _ => return Ok(()),
        };
        let broken = |why: &str| Err((CloseCode::Protocol, why.to_owned()));
        if numbered && text {
            // The name of the sender's stream: nothing here keeps numbers by it.
            return Ok(());
        }
        let (cut, first) = match self.settings.messages {
            Messages::Numbered => {
                let Some(number) = bytes.first_chunk::<8>() else {
                    return broken("a message has no number");
                };
                let number = u64::from_be_bytes(*number);
                bytes = bytes.slice(8..);
                (Cut::Prefixed, number)
            }
            Messages::Lines => (Cut::Lines, 0),
            Messages::Text | Messages::Binary => (Cut::Whole, 0),
        };
        let Some(records) = cut.count(&bytes) else {
            return broken("a length leads out of its message");
        };
        if records == 0 {
            return Ok(());
        }
        let Some(theirs) = first.checked_add(records - 1) else {
            return broken("a number is too large");
        };
        // While there is no room nothing is read, and the sender's network fills.
        let ended = || (CloseCode::Away, "the run ends".to_owned());
        let mut room = std::pin::pin!(intake.room(bytes.len()));
        let room = loop {
            let owed = self.owed.front().map(|owed| owed.0);
            let lasts = tokio::select! {
                room = &mut room => break room,
                lasts = lasts(intake, owed) => lasts,
            };
            let told = self.acknowledge(lasts).await;
            told.map_err(|why| (CloseCode::Away, why))?;
        };
        let room = room.ok_or_else(|| (CloseCode::Size, "a message is too large".to_owned()))?;
        let ours = intake.give(bytes, cut, records, room).ok_or_else(ended)?;
        if numbered {
            self.owed.push_back((ours, theirs));
        }
        self.heard = Instant::now();
        Ok(())
    }
}

/// Whether what is owed lasts, once that is known; never where nothing is owed.
async fn lasts(intake: &Intake, owed: Option<u64>) -> bool {
    match owed {
        Some(number) => intake.saved(number).await,
        None => std::future::pending().await,
    }
}
