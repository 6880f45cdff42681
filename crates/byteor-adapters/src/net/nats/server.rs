//! A server, and what its answers mean.
//!
//! The library connects by itself, so it is given an address that was looked up and allowed here, and
//! is made to end with its connection: the next one is looked up and allowed again.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_nats::jetstream::context::{
    ConsumerInfoErrorKind, ContextBuilder, GetStreamByNameErrorKind, GetStreamErrorKind,
    RequestError, RequestErrorKind,
};
use async_nats::jetstream::stream::Stream;
use async_nats::jetstream::{self, ErrorCode};
use async_nats::{
    Client, ConnectErrorKind, ConnectOptions, Event, ReconnectToServer, ServerAddr, ServerError,
};
use tokio_rustls::rustls::ClientConfig;

use crate::allow_net::AllowNet;
use crate::delivery::relock;
use crate::error::AdapterError;
use crate::net::connect::{Failed, Peer};
use crate::trial::{Missed, Step, Trial};

/// What a client proves itself by.
#[derive(Clone)]
pub enum Proof {
    /// It doesn't.
    None,
    /// A user, and its password.
    Password(String, String),
    /// A token.
    Token(String),
    /// The seed of a key.
    Nkey(String),
    /// The text of a credentials file.
    Credentials(String),
}

/// A server, and who asks it.
#[derive(Clone)]
pub struct Server {
    /// Where it is.
    pub peer: Peer,
    /// What it has to prove itself by, under the name that it is known by here.
    pub tls: Arc<ClientConfig>,
    /// TLS is spoken also where the server doesn't ask for it.
    pub secured: bool,
    /// Who asks.
    pub proof: Proof,
    /// How long a connection, and an answer, may take.
    pub timeout: Duration,
}

/// An open connection, which the library never makes again by itself.
pub(super) struct Connection {
    pub(super) client: Client,
    said: Said,
    timeout: Duration,
}

/// The last thing that the server complained of.
type Said = Arc<Mutex<Option<String>>>;

/// An address to which nobody listens, and which no packet leaves the host for: where the library is
/// sent when its connection ended, so that it ends too.
const NOWHERE: &str = "nats://127.0.0.1:0";

/// The most messages that came and that their task didn't look at yet.
const QUEUE: usize = 1_000_000;

impl Server {
    /// The server, for people.
    pub(super) fn name(&self) -> String {
        format!("the NATS server {}:{}", self.peer.host, self.peer.port)
    }

    pub(super) async fn connect(&self, allow: &AllowNet) -> Result<Connection, Failed> {
        let addresses = self.peer.resolve(allow).await?;
        let mut last = Failed::Again("has no address".to_owned(), None);
        for address in addresses {
            match self.open(address).await {
                Ok(open) => return Ok(open),
                Err((failed @ Failed::ForGood(_), _)) => return Err(failed),
                Err((failed, _)) => last = failed,
            }
        }
        Err(last)
    }

    /// A connection to an address that was allowed; or why there is none, and at which step.
    async fn open(&self, address: SocketAddr) -> Result<Connection, (Failed, Step)> {
        let scheme = if self.secured { "tls" } else { "nats" };
        let pool: Result<Vec<ServerAddr>, _> = [&*format!("{scheme}://{address}"), NOWHERE]
            .into_iter()
            .map(str::parse)
            .collect();
        let connect = |why: &dyn std::fmt::Display| {
            let failed = Failed::again("can't be connected to", why);
            (failed, Step::Connect)
        };
        let pool = pool.map_err(|error| connect(&error))?;
        let said = Said::default();
        let options = self.options(Arc::clone(&said))?;
        // One that stays silent in the middle of a handshake ends this too.
        let opened = tokio::time::timeout(self.timeout, options.connect(pool)).await;
        let opened = opened.map_err(|_| {
            let why = "took too long to connect".to_owned();
            (Failed::Again(why, None), Step::Connect)
        })?;
        let client = opened.map_err(|error| self.unopened(&error))?;
        Ok(Connection {
            client,
            said,
            timeout: self.timeout,
        })
    }

    fn options(&self, said: Said) -> Result<ConnectOptions, (Failed, Step)> {
        let tried = AtomicBool::new(false);
        let options = ConnectOptions::new()
            .name("byteor")
            .connection_timeout(self.timeout)
            .request_timeout(Some(self.timeout))
            // What waits for its task, which takes all that is there whenever it runs.
            .subscription_capacity(QUEUE)
            // Three of them without a word end a connection.
            .ping_interval(self.timeout.div_f64(3.0))
            .ignore_discovered_servers()
            .tls_client_config(ClientConfig::clone(&self.tls))
            .max_reconnects(1)
            .reconnect_to_server_callback(move |pool, _| {
                let which = usize::from(tried.swap(true, Ordering::Relaxed));
                let next = pool.into_iter().nth(which).map(|server| ReconnectToServer {
                    addr: server.addr,
                    delay: Some(Duration::ZERO),
                });
                std::future::ready(next)
            })
            .event_callback(move |event| {
                if let Event::ServerError(error) = event {
                    *relock(&said) = Some(plain(&error));
                }
                std::future::ready(())
            });
        Ok(match &self.proof {
            Proof::None => options,
            Proof::Password(user, password) => {
                options.user_and_password(user.clone(), password.clone())
            }
            Proof::Token(token) => options.token(token.clone()),
            Proof::Nkey(seed) => options.nkey(seed.clone()),
            // The library looks for a line feed behind the last line, which was taken off.
            Proof::Credentials(text) => {
                options.credentials(&format!("{text}\n")).map_err(|_| {
                    let failed = refused(
                        "the secret holds no credentials: a user's token, and the seed of its key",
                    );
                    (failed, Step::Authenticate)
                })?
            }
        })
    }

    fn unopened(&self, error: &async_nats::ConnectError) -> (Failed, Step) {
        let untrusted = |why: &dyn std::fmt::Display| {
            let failed = Failed::again("can't be trusted", why);
            (failed, Step::Secure)
        };
        match error.kind() {
            ConnectErrorKind::AuthorizationViolation => {
                let why = "the server takes nobody with this user and secret";
                (refused(why), Step::Authenticate)
            }
            ConnectErrorKind::Authentication => {
                let why = "the secret is no seed of a key";
                (refused(why), Step::Authenticate)
            }
            ConnectErrorKind::TimedOut => {
                let why = "took too long to connect".to_owned();
                (Failed::Again(why, None), Step::Connect)
            }
            ConnectErrorKind::Tls => untrusted(error),
            _ => match source::<ServerError>(error) {
                Some(said) => {
                    let said = plain(said);
                    (
                        Failed::Again(format!("said: {said}"), None),
                        Step::Authenticate,
                    )
                }
                None => match source::<tokio_rustls::rustls::Error>(error) {
                    Some(why) => untrusted(why),
                    // A server without TLS ends such a connection without a word.
                    None if self.secured && !is_unreachable(error) => untrusted(error),
                    None => {
                        let failed = Failed::again("can't be connected to", error);
                        (failed, Step::Connect)
                    }
                },
            },
        }
    }
}

impl Connection {
    /// Its streams, with at most `in_flight` messages that aren't acknowledged.
    pub(super) fn streams(&self, in_flight: usize) -> jetstream::Context {
        ContextBuilder::new()
            .timeout(self.timeout)
            .max_ack_inflight(in_flight)
            .backpressure_on_inflight(true)
            .build(self.client.clone())
    }

    /// Hands over what was sent; a connection that ended doesn't take it.
    pub(super) async fn flush(&self) -> Result<(), Failed> {
        match tokio::time::timeout(self.timeout, self.client.flush()).await {
            Ok(flushed) => flushed.map_err(|error| self.failed(&error)),
            Err(_) => Err(self.late()),
        }
    }

    /// What a failure means for the next try.
    pub(super) fn failed(&self, error: &(dyn Error + 'static)) -> Failed {
        if let Some(error) = source::<jetstream::Error>(error) {
            return answered(error);
        }
        self.complaint()
            .unwrap_or_else(|| Failed::again("broke the connection", error))
    }

    /// Nothing came in time.
    pub(super) fn late(&self) -> Failed {
        let seconds = self.timeout.as_secs();
        let late = || Failed::Again(format!("didn't answer within {seconds} s"), None);
        self.complaint().unwrap_or_else(late)
    }

    /// What the server complained of, if it did: without a right it doesn't answer at all.
    pub(super) fn complaint(&self) -> Option<Failed> {
        let said = relock(&self.said).take()?;
        Some(
            match said.to_ascii_lowercase().contains("permissions violation") {
                true => refused(&said),
                false => Failed::Again(format!("said: {said}"), None),
            },
        )
    }

    fn unanswered(&self, error: &RequestError) -> Failed {
        match error.kind() {
            RequestErrorKind::TimedOut => self.late(),
            RequestErrorKind::NoResponders => {
                Failed::Again("has no JetStream, or not yet".to_owned(), None)
            }
            _ => self.failed(error),
        }
    }

    /// The stream `name`, or the one that keeps `subject`.
    pub(super) async fn find(
        &self,
        streams: &jetstream::Context,
        name: Option<&str>,
        subject: &str,
    ) -> Result<Stream, Failed> {
        let name = match name {
            Some(name) => name.to_owned(),
            None => match streams.stream_by_subject(subject).await {
                Ok(name) => name,
                Err(error) => {
                    return Err(match error.kind() {
                        GetStreamByNameErrorKind::NotFound => {
                            no_stream(&format!("no stream keeps {subject}"))
                        }
                        GetStreamByNameErrorKind::JetStream(error) => answered(&error),
                        _ => match source::<RequestError>(&error) {
                            Some(error) => self.unanswered(error),
                            None => self.failed(&error),
                        },
                    });
                }
            },
        };
        streams
            .get_stream(&name)
            .await
            .map_err(|error| match error.kind() {
                GetStreamErrorKind::JetStream(said) => match said.error_code() {
                    ErrorCode::STREAM_NOT_FOUND => no_stream(&format!("there is no stream {name}")),
                    _ => answered(&said),
                },
                _ => match source::<RequestError>(&error) {
                    Some(error) => self.unanswered(error),
                    None => self.failed(&error),
                },
            })
    }
}

/// The words of a complaint, without whose they are.
fn plain(error: &ServerError) -> String {
    let text = error.to_string();
    text.strip_prefix("nats: ").unwrap_or(&text).to_owned()
}

/// An error of this type that stands behind `error`, or is it.
pub(super) fn source<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        // One that only carries another names what stands behind that one as its own source.
        if let Some(inner) = error
            .downcast_ref::<std::io::Error>()
            .and_then(|io| io.get_ref())
            && let Some(found) = inner.downcast_ref()
        {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// Whether nothing was spoken yet.
fn is_unreachable(error: &(dyn Error + 'static)) -> bool {
    use std::io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable, TimedOut};
    source::<std::io::Error>(error).is_some_and(|error| {
        let kind = error.kind();
        matches!(
            kind,
            ConnectionRefused | HostUnreachable | NetworkUnreachable | TimedOut
        )
    })
}

/// What an answer that is a refusal means: one of the server's own troubles passes.
pub(super) fn answered(error: &jetstream::Error) -> Failed {
    match error.error_code() {
        ErrorCode::STREAM_NOT_FOUND | ErrorCode::STREAM_NOT_MATCH => no_stream(&error.to_string()),
        _ if error.code() >= 500 => Failed::Again(format!("answered: {error}"), None),
        _ => refused(&error.to_string()),
    }
}

pub(super) fn refused(why: &str) -> Failed {
    Failed::ForGood(AdapterError::new(
        "E_NATS_REFUSED",
        format!("NATS refused: {why}"),
        "nothing is lost: correct the subject, the user or the secret in the config, or what the server \
         allows, and start again",
    ))
}

pub(super) fn no_stream(why: &str) -> Failed {
    Failed::ForGood(AdapterError::new(
        "E_NATS_STREAM",
        format!("NATS has no such stream: {why}"),
        "nothing is lost: make the stream on the server, or correct the stream and the subject in the \
         config, and start again",
    ))
}

/// What a trial looks for.
pub enum Looked<'a> {
    /// Nothing that could be looked at.
    Nothing,
    /// A stream, by its name or by a subject that it keeps.
    Stream(Option<&'a str>, &'a str),
    /// The same, and a consumer of it.
    Consumer(Option<&'a str>, &'a str, &'a str),
}

impl Server {
    /// A trial: whether what a run needs is there, and what it has.
    pub async fn try_out(&self, looked: Looked<'_>, allow: &AllowNet, trial: &mut Trial<'_>) {
        let Some(stream) = self.peer.try_reach(allow, trial).await else {
            return;
        };
        // The library connects by itself, to the address that was just found to take connections.
        let Ok(address) = stream.peer_addr() else {
            return;
        };
        drop(stream);
        let who = self.name();
        let mut opened = None;
        if self.secured {
            let secured = trial.step(Step::Secure, &who, async {
                match self.open(address).await {
                    Err((failed, Step::Secure | Step::Connect)) => Err(failed.into()),
                    other => {
                        let words = format!("{} proves itself by its certificate", self.peer.host);
                        Ok((other, words))
                    }
                }
            });
            match secured.await {
                Some(other) => opened = Some(other),
                None => return,
            }
        }
        let known = trial.step(Step::Authenticate, &who, async {
            let opened = match opened {
                Some(opened) => opened,
                None => self.open(address).await,
            };
            let open = opened.map_err(|(failed, _)| Missed::from(failed))?;
            let version = open.client.server_info().version;
            let proof = match &self.proof {
                Proof::None => "somebody who proves nothing".to_owned(),
                Proof::Password(user, _) => format!("the user {user}"),
                Proof::Token(_) => "the owner of its token".to_owned(),
                Proof::Nkey(_) => "the owner of the key".to_owned(),
                Proof::Credentials(_) => "the user of the credentials".to_owned(),
            };
            Ok((
                open,
                format!("{who}, version {version}, takes this for {proof}"),
            ))
        });
        let known = known.await;
        let Some(open) = known else { return };
        let found = trial.step(Step::Find, &who, async {
            let (name, subject, consumer) = match looked {
                Looked::Nothing => {
                    let words = "a subject needs nothing to be there".to_owned();
                    return Ok(((), words));
                }
                Looked::Stream(name, subject) => (name, subject, None),
                Looked::Consumer(name, subject, consumer) => (name, subject, Some(consumer)),
            };
            let streams = open.streams(1);
            let stream = open.find(&streams, name, subject).await?;
            let info = stream.cached_info();
            let (name, count) = (&info.config.name, info.state.messages);
            let mut words = format!("the stream {name} has {count} messages");
            if let Some(consumer) = consumer {
                words += &match stream.consumer_info(consumer).await {
                    Ok(info) => {
                        let ahead = info.num_pending;
                        format!(", of which {ahead} wait for the consumer {consumer}")
                    }
                    Err(error) if error.kind() == ConsumerInfoErrorKind::NotFound => {
                        format!("; the consumer {consumer} isn't there yet, and will be made")
                    }
                    Err(error) => return Err(open.failed(&error).into()),
                };
            }
            Ok(((), words))
        });
        let _: Option<()> = found.await;
    }
}
