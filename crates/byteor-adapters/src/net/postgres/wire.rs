//! A connection on which the server sends changes: the library that other connections are of has no such
//! one, so it is made here of the same messages.

use std::sync::Arc;

use bytes::{Buf as _, BytesMut};
use fallible_iterator::FallibleIterator as _;
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{self, ChannelBinding, ScramSha256};
use postgres_protocol::message::backend::{self, Header, Message};
use postgres_protocol::message::frontend;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::rustls::ClientConfig;

use super::server::{Server, may_pass, refused};
use crate::error::AdapterError;
use crate::net::connect::Failed;
use crate::net::tls::Stream;

/// What the server sends on a connection that is open.
pub(super) struct Wire {
    stream: Box<dyn Stream>,
    came: BytesMut,
    /// The most bytes of a message.
    most: usize,
    /// Changes come.
    changes: bool,
}

/// The answer of the server to what it doesn't do.
#[derive(Debug)]
pub(super) struct Denied {
    /// The SQLSTATE.
    pub code: String,
    pub message: String,
}

impl Denied {
    pub fn words(&self) -> String {
        format!("{} {}", self.code, self.message)
    }

    /// What it means for the next try.
    pub fn failed(&self) -> Failed {
        match may_pass(&self.code) || self.code == IN_USE {
            true => Failed::Again(format!("answered: {}", self.words()), None),
            false => Failed::ForGood(refused(&self.words())),
        }
    }
}

/// Somebody else has the slot: often the connection that this run had before.
const IN_USE: &str = "55006";
/// The tag that the library doesn't have: both sides may send from now on.
const BOTH: u8 = b'W';
/// The most bytes of a message before changes come.
const MOST: usize = 1024 * 1024;

/// A message, as far as a replication connection has it.
pub(super) enum Came {
    Message(Message),
    Both,
}

/// Something that the protocol doesn't have.
pub(super) fn broken(what: &str) -> Failed {
    Failed::ForGood(AdapterError::new(
        "E_POSTGRES_PROTOCOL",
        format!("the PostgreSQL server sent {what}"),
        "see that the address is that of a PostgreSQL server, and no program between changes what it says",
    ))
}

fn cut(error: &std::io::Error) -> Failed {
    Failed::again("broke the connection", error)
}

impl Wire {
    /// Over a connection that was just made, with TLS where that is asked for.
    pub async fn secure(server: &Server, mut stream: TcpStream) -> Result<Self, Failed> {
        let Some(config) = &server.peer.tls else {
            return Ok(Self::over(Box::new(stream)));
        };
        let mut asked = BytesMut::new();
        frontend::ssl_request(&mut asked);
        stream
            .write_all(&asked)
            .await
            .map_err(|error| cut(&error))?;
        // Nothing behind this byte is read before the server has proven itself.
        match stream.read_u8().await.map_err(|error| cut(&error))? {
            b'S' => {}
            b'N' => return Err(Failed::again("can't be trusted", &"it speaks no TLS")),
            _ => return Err(broken("no answer to whether it speaks TLS")),
        }
        let config: &Arc<ClientConfig> = config;
        Ok(Self::over(server.peer.secure(config, stream).await?))
    }

    fn over(stream: Box<dyn Stream>) -> Self {
        Self {
            stream,
            came: BytesMut::new(),
            most: MOST,
            changes: false,
        }
    }

    /// Says who asks, and proves it.
    pub async fn introduce(&mut self, server: &Server) -> Result<(), Failed> {
        let mut hello = BytesMut::new();
        let parameters = [
            ("user", server.user.as_str()),
            ("database", server.database.as_str()),
            ("replication", "database"),
            ("application_name", "byteor"),
            ("client_encoding", "UTF8"),
            // The same change is the same record, whatever the server and its roles are set to.
            (
                "options",
                "-c datestyle=ISO -c intervalstyle=postgres -c timezone=UTC -c extra_float_digits=1 -c bytea_output=hex",
            ),
        ];
        let made = frontend::startup_message(parameters, &mut hello);
        made.map_err(|error| Failed::again("can't be greeted", &error))?;
        self.send(&hello).await?;
        let (mut scram, mut unchecked) = (None, false);
        loop {
            let Came::Message(message) = self.next().await? else {
                return Err(broken("changes before it knew who asks"));
            };
            match message {
                Message::AuthenticationOk => {}
                Message::AuthenticationCleartextPassword => {
                    let password = password(server)?;
                    self.prove(password.as_bytes()).await?;
                }
                Message::AuthenticationMd5Password(body) => {
                    let password = password(server)?.as_bytes();
                    let hash = md5_hash(server.user.as_bytes(), password, body.salt());
                    self.prove(hash.as_bytes()).await?;
                }
                Message::AuthenticationSasl(body) => {
                    let mut mechanisms = body.mechanisms();
                    let mut found = false;
                    while let Ok(Some(mechanism)) = mechanisms.next() {
                        found |= mechanism == sasl::SCRAM_SHA_256;
                    }
                    if !found {
                        return Err(broken("no way to prove who asks that this program has"));
                    }
                    let binding = ChannelBinding::unsupported();
                    let begun = ScramSha256::new(password(server)?.as_bytes(), binding);
                    let mut first = BytesMut::new();
                    let made = frontend::sasl_initial_response(
                        sasl::SCRAM_SHA_256,
                        begun.message(),
                        &mut first,
                    );
                    made.map_err(|error| cut(&error))?;
                    scram = Some(begun);
                    self.send(&first).await?;
                }
                Message::AuthenticationSaslContinue(body) => {
                    let begun = scram.as_mut().ok_or_else(|| broken("an odd proof"))?;
                    begun.update(body.data()).map_err(|error| untrue(&error))?;
                    let mut next = BytesMut::new();
                    let made = frontend::sasl_response(begun.message(), &mut next);
                    made.map_err(|error| cut(&error))?;
                    self.send(&next).await?;
                }
                Message::AuthenticationSaslFinal(body) => {
                    let mut begun = scram.take().ok_or_else(|| broken("an odd proof"))?;
                    begun.finish(body.data()).map_err(|error| untrue(&error))?;
                }
                Message::ErrorResponse(body) => return Err(denied(&body).failed()),
                Message::ReadyForQuery(_) => break,
                Message::ParameterStatus(body) => {
                    let is = |of: std::io::Result<&str>, text: &str| of.is_ok_and(|of| of == text);
                    unchecked |=
                        is(body.name(), "server_encoding") && is(body.value(), "SQL_ASCII");
                }
                Message::BackendKeyData(_) | Message::NoticeResponse(_) => {}
                _ => return Err(broken("something else than who asks is told")),
            }
        }
        if unchecked {
            // Bytes of which nobody knows what they mean come as they are; what is no text shows here.
            let set = self.ask("SET client_encoding TO 'SQL_ASCII'").await?;
            set.map_err(|no| no.failed())?;
        }
        Ok(())
    }

    async fn prove(&mut self, by: &[u8]) -> Result<(), Failed> {
        let mut said = BytesMut::new();
        let made = frontend::password_message(by, &mut said);
        made.map_err(|error| cut(&error))?;
        self.send(&said).await
    }

    /// The rows of an answer, or why there is none.
    pub async fn ask(
        &mut self,
        sql: &str,
    ) -> Result<Result<Vec<Vec<Option<String>>>, Denied>, Failed> {
        self.say(sql).await?;
        let (mut rows, mut no) = (Vec::new(), None);
        loop {
            let Came::Message(message) = self.next().await? else {
                return Err(broken("changes that nobody asked for"));
            };
            match message {
                Message::DataRow(body) => {
                    let (mut row, mut ranges) = (Vec::new(), body.ranges());
                    while let Some(range) = ranges.next().map_err(|error| cut(&error))? {
                        let text = range.and_then(|range| body.buffer().get(range));
                        row.push(text.map(|text| String::from_utf8_lossy(text).into_owned()));
                    }
                    rows.push(row);
                    if rows.len() > ROWS {
                        return Err(broken("more rows than it was asked for"));
                    }
                }
                Message::ErrorResponse(body) => no = Some(denied(&body)),
                Message::ReadyForQuery(_) => return Ok(no.map_or(Ok(rows), Err)),
                Message::RowDescription(_)
                | Message::CommandComplete(_)
                | Message::EmptyQueryResponse
                | Message::ParameterStatus(_)
                | Message::NoticeResponse(_) => {}
                _ => return Err(broken("no answer to a question")),
            }
        }
    }

    /// Has the server send changes from now on, messages of `most` bytes at most; or why it doesn't.
    pub async fn stream(&mut self, sql: &str, most: usize) -> Result<Result<(), Denied>, Failed> {
        self.say(sql).await?;
        (self.most, self.changes) = (most, true);
        loop {
            match self.next().await? {
                Came::Both => return Ok(Ok(())),
                Came::Message(Message::ErrorResponse(body)) => return Ok(Err(denied(&body))),
                Came::Message(Message::NoticeResponse(_) | Message::ParameterStatus(_)) => {}
                Came::Message(_) => {
                    return Err(broken("no changes although it was asked for them"));
                }
            }
        }
    }

    async fn say(&mut self, sql: &str) -> Result<(), Failed> {
        let mut said = BytesMut::new();
        let made = frontend::query(sql, &mut said);
        made.map_err(|error| cut(&error))?;
        self.send(&said).await
    }

    /// Sends bytes of the kind that follow once changes come.
    pub async fn answer(&mut self, bytes: &[u8]) -> Result<(), Failed> {
        let mut said = BytesMut::new();
        let made = frontend::CopyData::new(bytes);
        made.map_err(|error| cut(&error))?.write(&mut said);
        self.send(&said).await
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), Failed> {
        let sent = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        sent.await.map_err(|error| cut(&error))
    }

    /// The next message that is here already.
    pub fn here(&mut self) -> Result<Option<Came>, Failed> {
        let header = Header::parse(&self.came).map_err(|error| broken(&error.to_string()))?;
        let Some(header) = header else {
            return Ok(None);
        };
        let len = usize::try_from(header.len()).unwrap_or(usize::MAX);
        if len > self.most && !self.changes {
            return Err(broken("a message that is larger than any"));
        }
        if len > self.most {
            return Err(Failed::ForGood(AdapterError::new(
                "E_POSTGRES_ROW",
                format!(
                    "the PostgreSQL server has a message of {len} bytes, more than may be in memory"
                ),
                "deploy a config with a larger `in_flight_bytes`, or publish fewer columns",
            )));
        }
        if self.came.len() <= len {
            return Ok(None);
        }
        if header.tag() == BOTH {
            self.came.advance(len + 1);
            return Ok(Some(Came::Both));
        }
        let message = Message::parse(&mut self.came);
        let message = message.map_err(|error| broken(&format!("an odd message ({error})")))?;
        Ok(message.map(Came::Message))
    }

    /// Waits until more came. May be given up at any time, and nothing is lost.
    pub async fn more(&mut self) -> Result<(), Failed> {
        self.came.reserve(READ);
        match self.stream.read_buf(&mut self.came).await {
            Ok(0) => Err(Failed::Again("ended the connection".to_owned(), None)),
            Ok(_) => Ok(()),
            Err(error) => Err(cut(&error)),
        }
    }

    async fn next(&mut self) -> Result<Came, Failed> {
        loop {
            if let Some(came) = self.here()? {
                return Ok(came);
            }
            self.more().await?;
        }
    }
}

/// The most rows of an answer.
const ROWS: usize = 16;
/// So many bytes are asked for at once.
const READ: usize = 16 * 1024;

fn password(server: &Server) -> Result<&str, Failed> {
    server
        .password
        .as_deref()
        .ok_or_else(|| Failed::ForGood(refused("it wants a password, and none is given")))
}

/// A server that doesn't know the password itself, or one that isn't the user's.
fn untrue(error: &std::io::Error) -> Failed {
    Failed::ForGood(refused(&format!("a proof that is none: {error}")))
}

pub(super) fn denied(body: &backend::ErrorResponseBody) -> Denied {
    let (mut code, mut message) = (String::new(), String::new());
    let mut fields = body.fields();
    while let Ok(Some(field)) = fields.next() {
        let value = || String::from_utf8_lossy(field.value_bytes()).into_owned();
        match field.type_() {
            b'C' => code = value(),
            b'M' => message = value(),
            b'D' => message = format!("{message} ({})", value()),
            _ => {}
        }
    }
    Denied { code, message }
}
