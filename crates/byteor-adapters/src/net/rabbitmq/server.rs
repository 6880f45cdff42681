//! A server, and what its answers mean.

use std::time::Duration;

use futures_util::StreamExt as _;
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions, QueueDeclareOptions};
use lapin::protocol::{AMQPErrorKind, AMQPHardError, AMQPSoftError};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::uri::{AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo};
use lapin::{Channel, ConnectionProperties, Consumer, Error, ErrorKind};

use super::kit;
use crate::allow_net::AllowNet;
use crate::error::AdapterError;
use crate::net::connect::{Failed, Peer};
use crate::net::tls::Stream;
use crate::trial::{Step, Trial};

/// A server, and who asks it.
#[derive(Clone)]
pub struct Server {
    /// Where it is.
    pub peer: Peer,
    /// The virtual host.
    pub virtual_host: String,
    /// The user.
    pub user: String,
    /// What that user proves itself by.
    pub password: Option<String>,
    /// How long a connection, and an answer, may take.
    pub timeout: Duration,
}

/// An open connection, with a channel.
pub(super) struct Open {
    pub(super) connection: lapin::Connection,
    pub(super) channel: Channel,
    timeout: Duration,
}

/// From where in a stream records come.
#[derive(Clone, Copy, Debug)]
pub(super) enum Begin {
    /// The oldest one.
    First,
    /// The first one of those that were written together last.
    Last,
    /// What comes from now on.
    Next,
    /// What came since then, in seconds since 1970, and some before.
    Since(u64),
    /// The one with this number. One that is gone stands for the oldest, one that isn't there yet for
    /// what comes.
    At(u64),
}

impl Begin {
    fn written(self) -> AMQPValue {
        match self {
            Self::First => AMQPValue::LongString("first".into()),
            Self::Last => AMQPValue::LongString("last".into()),
            Self::Next => AMQPValue::LongString("next".into()),
            Self::Since(seconds) => AMQPValue::Timestamp(seconds),
            Self::At(offset) => AMQPValue::LongLongInt(i64::try_from(offset).unwrap_or(i64::MAX)),
        }
    }
}

const OFFSET: &str = "x-stream-offset";

/// The number of a record in its stream.
pub(super) fn offset(delivery: &Delivery) -> Result<u64, Failed> {
    let headers = delivery.properties.headers().as_ref();
    match headers.and_then(|headers| headers.inner().get(OFFSET)) {
        Some(AMQPValue::LongLongInt(offset)) => {
            u64::try_from(*offset).map_err(|error| Failed::again("numbered a record", &error))
        }
        _ => Err(no_stream(
            "a record came without its number: the queue is no stream",
        )),
    }
}

/// A name as the protocol has it; the config holds it to the length.
pub(super) fn short(name: &str) -> Result<ShortString, Failed> {
    ShortString::try_new(name).map_err(|error| refused(&error.to_string()))
}

impl Server {
    /// The server, for people.
    pub(super) fn name(&self) -> String {
        format!("the RabbitMQ server {}:{}", self.peer.host, self.peer.port)
    }

    pub(super) async fn connect(&self, allow: &AllowNet) -> Result<Open, Failed> {
        let connecting = async { self.introduce(self.peer.connect(allow).await?).await };
        let late = |_| Failed::Again("took too long to connect".to_owned(), None);
        tokio::time::timeout(self.timeout, connecting)
            .await
            .map_err(late)?
    }

    /// Says who asks, and for which virtual host.
    async fn introduce(&self, stream: Box<dyn Stream>) -> Result<Open, Failed> {
        // Two of them without a word end a connection.
        let heartbeat = (self.timeout.as_secs() / 2).clamp(1, 60);
        let uri = AMQPUri {
            scheme: AMQPScheme::AMQP,
            authority: AMQPAuthority {
                userinfo: AMQPUserInfo {
                    username: self.user.clone(),
                    password: self.password.clone().unwrap_or_default(),
                },
                host: self.peer.host.clone(),
                port: self.peer.port,
            },
            vhost: self.virtual_host.clone(),
            query: AMQPQueryString {
                heartbeat: u16::try_from(heartbeat).ok(),
                ..AMQPQueryString::default()
            },
        };
        let properties = ConnectionProperties::default().with_connection_name("byteor".into());
        let connection = kit::open(stream, uri, properties).await;
        let connection = connection.map_err(|error| failed(&error))?;
        let channel = connection.create_channel().await;
        Ok(Open {
            channel: channel.map_err(|error| failed(&error))?,
            connection,
            timeout: self.timeout,
        })
    }
}

impl Open {
    /// What was asked, in time.
    pub(super) async fn within<T>(
        &self,
        asked: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Failed> {
        match tokio::time::timeout(self.timeout, asked).await {
            Ok(answer) => answer.map_err(|error| failed(&error)),
            Err(_) => Err(self.late()),
        }
    }

    pub(super) fn late(&self) -> Failed {
        let seconds = self.timeout.as_secs();
        Failed::Again(format!("didn't answer within {seconds} s"), None)
    }

    /// Looks whether there is a queue of this name; about how many records it has.
    pub(super) async fn find(&self, stream: &str) -> Result<u32, Failed> {
        let passive = QueueDeclareOptions {
            passive: true,
            ..QueueDeclareOptions::default()
        };
        let none = FieldTable::default();
        let found = self.channel.queue_declare(short(stream)?, passive, none);
        Ok(self.within(found).await?.message_count())
    }

    /// Records of a stream, of which the server sends `ahead` before they are taken.
    pub(super) async fn read(
        &self,
        channel: &Channel,
        stream: &str,
        from: Begin,
        ahead: u16,
    ) -> Result<Consumer, Failed> {
        let each = BasicQosOptions::default();
        self.within(channel.basic_qos(ahead, each)).await?;
        let mut arguments = FieldTable::default();
        arguments.insert(OFFSET.into(), from.written());
        let options = BasicConsumeOptions::default();
        let asked = channel.basic_consume(short(stream)?, "".into(), options, arguments);
        self.within(asked).await
    }

    /// The first record from there on that is `wanted`; and whether there was another one, where
    /// nothing came for `quiet`.
    pub(super) async fn look(
        &self,
        stream: &str,
        from: Begin,
        quiet: Duration,
        wanted: impl Fn(u64) -> bool,
    ) -> Result<(Option<u64>, bool), Failed> {
        let channel = self.within(self.connection.create_channel()).await?;
        let mut records = self.read(&channel, stream, from, 100).await?;
        let mut others = false;
        while let Ok(next) = tokio::time::timeout(quiet, records.next()).await {
            let delivery = delivered(next)?;
            let offset = offset(&delivery)?;
            if wanted(offset) {
                return Ok((Some(offset), others));
            }
            others = true;
            self.within(delivery.ack(BasicAckOptions::default()))
                .await?;
        }
        Ok((None, others))
    }
}

/// A record that came; or why none does.
pub(super) fn delivered(next: Option<Result<Delivery, Error>>) -> Result<Delivery, Failed> {
    match next {
        Some(Ok(delivery)) => Ok(delivery),
        Some(Err(error)) => Err(failed(&error)),
        None => Err(Failed::Again("ended the reading".to_owned(), None)),
    }
}

/// What a failure means for the next try.
pub(super) fn failed(error: &Error) -> Failed {
    let ErrorKind::ProtocolError(said) = error.kind() else {
        return Failed::again("broke the connection", error);
    };
    let words = said.get_message().as_str();
    let again = || Failed::Again(format!("said: {words}"), None);
    match said.kind() {
        // One that is there and that nobody answers for, because its node is down, is called not found
        // too.
        AMQPErrorKind::Soft(AMQPSoftError::NOTFOUND) if words.contains("no queue") => {
            no_stream(&format!("the RabbitMQ server said: {words}"))
        }
        // It is a queue of another type.
        AMQPErrorKind::Soft(AMQPSoftError::PRECONDITIONFAILED) if words.contains(OFFSET) => {
            no_stream(&format!("the RabbitMQ server said: {words}"))
        }
        AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED) => refused(words),
        AMQPErrorKind::Hard(AMQPHardError::NOTALLOWED) if words.contains("is down") => again(),
        AMQPErrorKind::Hard(AMQPHardError::NOTALLOWED | AMQPHardError::NOTIMPLEMENTED) => {
            refused(words)
        }
        _ => again(),
    }
}

const MAKE: &str = "nothing is lost: make the stream on the server, or correct its name or the virtual \
                    host in the config, and start again";

fn no_stream(message: &str) -> Failed {
    Failed::ForGood(AdapterError::new("E_RABBITMQ_STREAM", message, MAKE))
}

fn refused(words: &str) -> Failed {
    Failed::ForGood(AdapterError::new(
        "E_RABBITMQ_REFUSED",
        format!("the RabbitMQ server refused: {words}"),
        "nothing is lost: correct the user, the password or the virtual host in the config, or what the \
         server allows this user, and start again",
    ))
}

/// What a trial looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looked {
    /// A stream that can be read.
    Stream,
    /// A queue that can be published to.
    Queue,
}

/// How long a trial waits for a record of a stream that has none.
const LOOK: Duration = Duration::from_secs(1);

impl Server {
    /// A trial: whether the stream is there, and what it has.
    pub async fn try_out(
        &self,
        stream: &str,
        looked: Looked,
        allow: &AllowNet,
        trial: &mut Trial<'_>,
    ) {
        let Some(connected) = self.peer.try_connect(allow, trial).await else {
            return;
        };
        let who = self.name();
        let known = trial.step(Step::Authenticate, &who, async {
            let open = self.introduce(connected).await?;
            let words = format!(
                "{who} takes this for the user {} of the virtual host {}",
                self.user, self.virtual_host
            );
            Ok((open, words))
        });
        let Some(open) = known.await else { return };
        let found = trial.step(Step::Find, &who, async {
            let count = open.find(stream).await?;
            if looked == Looked::Queue {
                return Ok(((), format!("the queue {stream} is there")));
            }
            let words = match open.look(stream, Begin::First, LOOK, |_| true).await?.0 {
                Some(first) => format!(
                    "the stream {stream} has about {count} records, the oldest one is record {first}"
                ),
                None => format!("the stream {stream} has no record yet"),
            };
            Ok(((), words))
        });
        let _: Option<()> = found.await;
    }
}
