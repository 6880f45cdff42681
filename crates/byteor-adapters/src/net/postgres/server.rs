//! A server, and what its answers mean.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::AbortHandle;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::DbError;
use tokio_postgres::tls::{ChannelBinding, NoTls, TlsConnect, TlsStream};
use tokio_postgres::{Client, Config};
use tokio_rustls::TlsConnector;
use tokio_rustls::client;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::source::Read;
use super::table::Target;
use crate::allow_net::AllowNet;
use crate::error::AdapterError;
use crate::net::connect::{Failed, Peer};
use crate::trial::{Missed, Step, Trial};

/// A server, and who asks it.
#[derive(Clone)]
pub struct Server {
    /// Where it is.
    pub peer: Peer,
    /// Its database.
    pub database: String,
    /// The user.
    pub user: String,
    /// What that user proves itself by.
    pub password: Option<String>,
    /// How long a connection, and an answer, may take.
    pub timeout: Duration,
}

/// An open connection. Whatever is on its way in it ends with it.
pub(super) struct Connection {
    pub client: Client,
    driver: AbortHandle,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Why the server didn't do what it was asked.
#[derive(Debug)]
pub(super) enum Wrong {
    /// It takes a record for none. Why.
    Record(String),
    /// Anything else.
    Failed(Failed),
}

impl From<tokio_postgres::Error> for Wrong {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(said) if is_about_a_record(said.code().code()) => {
                Self::Record(format!("{} {}", said.code().code(), said.message()))
            }
            _ => Self::Failed(failed(&error)),
        }
    }
}

impl From<Wrong> for Missed {
    fn from(wrong: Wrong) -> Self {
        match wrong {
            Wrong::Record(why) => Self::Why(format!("answered: {why}")),
            Wrong::Failed(failed) => failed.into(),
        }
    }
}

impl From<Failed> for Wrong {
    fn from(failed: Failed) -> Self {
        Self::Failed(failed)
    }
}

impl Server {
    /// The server, for people.
    pub(super) fn name(&self) -> String {
        format!(
            "the PostgreSQL server {}:{}",
            self.peer.host, self.peer.port
        )
    }

    pub(super) async fn connect(&self, allow: &AllowNet) -> Result<Connection, Failed> {
        let late = |_| Failed::Again("took too long to connect".to_owned(), None);
        let connected = tokio::time::timeout(self.timeout, self.greet(allow)).await;
        connected.map_err(late)?
    }

    async fn greet(&self, allow: &AllowNet) -> Result<Connection, Failed> {
        let addresses = self.peer.resolve(allow).await?;
        let stream = self.peer.reach(addresses).await?;
        self.introduce(stream, &Arc::default()).await
    }

    /// Asks for TLS and says who asks. `secured` tells whether the server has proven itself.
    async fn introduce(
        &self,
        stream: TcpStream,
        secured: &Arc<AtomicBool>,
    ) -> Result<Connection, Failed> {
        let mut config = Config::new();
        config
            .user(&self.user)
            .dbname(&self.database)
            .application_name("byteor")
            .ssl_mode(match self.peer.tls {
                Some(_) => SslMode::Require,
                None => SslMode::Disable,
            });
        if let Some(password) = &self.password {
            config.password(password);
        }
        let connection = match &self.peer.tls {
            None => open(config.connect_raw(stream, NoTls).await),
            Some(tls) => {
                let over = OverTls {
                    config: Arc::clone(tls),
                    host: self.peer.host.clone(),
                    done: Arc::clone(secured),
                    ends: false,
                };
                open(config.connect_raw(stream, over).await)
            }
        }?;
        // Who is gone holds no lock for longer than anybody waits, and nothing that was told to be there
        // goes with the server.
        let milliseconds = self.timeout.as_millis();
        let settings = format!(
            "SELECT pg_catalog.set_config('statement_timeout', '{milliseconds}', false), \
             pg_catalog.set_config('idle_in_transaction_session_timeout', '{milliseconds}', false), \
             CASE WHEN pg_catalog.current_setting('synchronous_commit') = 'off' \
             THEN pg_catalog.set_config('synchronous_commit', 'on', false) END"
        );
        let set = connection.client.batch_execute(&settings).await;
        set.map_err(|error| failed(&error))?;
        Ok(connection)
    }
}

impl Server {
    /// The steps of a trial up to a connection that may be asked.
    async fn try_known(&self, allow: &AllowNet, trial: &mut Trial<'_>) -> Option<Connection> {
        let stream = self.peer.try_reach(allow, trial).await?;
        let who = self.name();
        let secured = Arc::new(AtomicBool::new(false));
        if trial.holds_back() {
            return self.try_unnamed(stream, &secured, trial).await;
        }
        // TLS and what is said over it are one step to the library.
        let greeting = self.introduce(stream, &secured);
        let greeted = match &self.peer.tls {
            None => Some(greeting.await),
            Some(_) => {
                let proven = trial.step(Step::Secure, &who, async {
                    let greeted = greeting.await;
                    match (greeted, secured.load(Ordering::Relaxed)) {
                        (Err(failed), false) => Err(failed.into()),
                        (greeted, _) => {
                            let host = &self.peer.host;
                            Ok((greeted, format!("{host} proves itself by its certificate")))
                        }
                    }
                });
                proven.await
            }
        };
        let greeted = greeted?;
        trial.now(Step::Authenticate, &who, || {
            let words = format!("{who} takes this for the user {}", self.user);
            Ok((greeted?, words))
        })
    }

    /// The steps of a trial in which nothing is said of who asks: whether the server proves itself, where
    /// it has to, and that the next step is held back.
    async fn try_unnamed<T>(
        &self,
        stream: TcpStream,
        secured: &Arc<AtomicBool>,
        trial: &mut Trial<'_>,
    ) -> Option<T> {
        let who = self.name();
        if let Some(tls) = &self.peer.tls {
            let over = OverTls {
                config: Arc::clone(tls),
                host: self.peer.host.clone(),
                done: Arc::clone(secured),
                ends: true,
            };
            let proven = trial.step(Step::Secure, &who, async {
                let mut config = Config::new();
                config.user(&self.user).ssl_mode(SslMode::Require);
                let ended = config.connect_raw(stream, over).await;
                match (secured.load(Ordering::Relaxed), ended) {
                    (false, Err(error)) => Err(failed(&error).into()),
                    (false, Ok(_)) => Err(Missed::Why("proves nothing".to_owned())),
                    (true, _) => {
                        let host = &self.peer.host;
                        Ok(((), format!("{host} proves itself by its certificate")))
                    }
                }
            });
            proven.await?;
        }
        trial.now(Step::Authenticate, &who, || {
            Err(Missed::Why("wasn't asked".to_owned()))
        })
    }

    /// A trial of the table that `target` names, with the positions in the table `positions`.
    pub async fn try_out(
        &self,
        target: &Target,
        positions: &str,
        allow: &AllowNet,
        trial: &mut Trial<'_>,
    ) {
        let Some(connection) = self.try_known(allow, trial).await else {
            return;
        };
        let who = self.name();
        let found = trial.step(Step::Find, &who, async {
            let words = target.try_out(positions, &connection.client).await;
            Ok(((), words?))
        });
        let _: Option<()> = found.await;
    }

    /// A trial of what is read.
    pub async fn try_read(&self, read: &Read, allow: &AllowNet, trial: &mut Trial<'_>) {
        let Some(connection) = self.try_known(allow, trial).await else {
            return;
        };
        let who = self.name();
        let found = trial.step(Step::Find, &who, async {
            let client = &connection.client;
            read.statements(client).await?;
            Ok((
                (),
                format!("the table {} is as it has to be", read.target.name()),
            ))
        });
        let _: Option<()> = found.await;
    }
}

/// Runs what drives a connection.
fn open<T>(
    made: Result<(Client, tokio_postgres::Connection<TcpStream, T>), tokio_postgres::Error>,
) -> Result<Connection, Failed>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (client, connection) = made.map_err(|error| failed(&error))?;
    let driver = tokio::spawn(async move {
        // Whoever asks over it is told why it ended.
        let _ = connection.await;
    });
    Ok(Connection {
        client,
        driver: driver.abort_handle(),
    })
}

/// Whether an answer with this code (SQLSTATE) would be the same for this record at any time: data
/// that can't be what the column is, a constraint, a trigger that refuses, a value that is too large.
fn is_about_a_record(code: &str) -> bool {
    ["22", "23", "54", "P0"]
        .iter()
        .any(|class| code.starts_with(class))
        || code == "44000"
}

/// Whether another try may have another answer: the connection, the server's state, other
/// transactions, room.
pub(super) fn may_pass(code: &str) -> bool {
    let classes = ["08", "40", "53", "57", "58", "XX"];
    classes.iter().any(|class| code.starts_with(class))
        || ["55P03", "25006", "25P03"].contains(&code)
}

/// The answer that no try changes.
pub(super) fn refused(said: &str) -> AdapterError {
    AdapterError::new(
        "E_POSTGRES_REFUSED",
        format!("the PostgreSQL server answered: {said}"),
        "nothing is lost: correct the user, the password or the database in the config, or what the \
         server lets the user do, and start again",
    )
}

fn words(said: &DbError) -> String {
    format!("{} {}", said.code().code(), said.message())
}

/// What a failure means for the next try.
pub(super) fn failed(error: &tokio_postgres::Error) -> Failed {
    if let Some(said) = error.as_db_error() {
        return match may_pass(said.code().code()) {
            true => Failed::Again(format!("answered: {}", words(said)), None),
            false => Failed::ForGood(refused(&words(said))),
        };
    }
    let source = std::error::Error::source(error);
    let because = source.map_or(String::new(), |source| format!(": {source}"));
    let text = match error.to_string() {
        text if text.contains(because.trim_start_matches(": ")) => text,
        text => text + &because,
    };
    // The library has no other way to tell its kinds apart.
    if text.starts_with("invalid configuration") || text.starts_with("authentication error") {
        return Failed::ForGood(refused(&text));
    }
    if text.contains("TLS handshake") {
        return Failed::again("can't be trusted", &text);
    }
    Failed::again("broke the connection", &text)
}

/// TLS over a connection on which the server was asked for it.
struct OverTls {
    config: Arc<ClientConfig>,
    host: String,
    /// Raised once the server has proven itself.
    done: Arc<AtomicBool>,
    /// The connection ends there, before it is said who asks.
    ends: bool,
}

impl TlsConnect<TcpStream> for OverTls {
    type Stream = Secured;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Secured>> + Send>>;

    fn connect(self, stream: TcpStream) -> Self::Future {
        Box::pin(async move {
            let name = ServerName::try_from(self.host).map_err(io::Error::other)?;
            let secured = TlsConnector::from(self.config)
                .connect(name, stream)
                .await?;
            self.done.store(true, Ordering::Relaxed);
            match self.ends {
                true => Err(io::Error::other("the trial ends here")),
                false => Ok(Secured(secured)),
            }
        })
    }
}

struct Secured(client::TlsStream<TcpStream>);

impl TlsStream for Secured {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Secured {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut TaskContext<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Secured {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut TaskContext<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        context: &mut TaskContext<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

/// A name as the server's language has it: quoted, so that it is nothing but a name.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_a_name() {
        assert_eq!(quoted("orders"), "\"orders\"");
        assert_eq!(
            quoted("a\"; DROP TABLE b; --"),
            "\"a\"\"; DROP TABLE b; --\""
        );
    }

    #[test]
    fn codes_tell_records_from_what_passes_and_from_what_stays() {
        for code in ["22P02", "23505", "23502", "P0001", "54000", "44000"] {
            assert!(is_about_a_record(code) && !may_pass(code), "{code}");
        }
        for code in [
            "08006", "40P01", "53300", "57P01", "57P03", "57014", "25006", "55P03",
        ] {
            assert!(may_pass(code) && !is_about_a_record(code), "{code}");
        }
        for code in ["28P01", "42501", "42P01", "42703", "3D000", "0A000"] {
            assert!(!may_pass(code) && !is_about_a_record(code), "{code}");
        }
    }
}
