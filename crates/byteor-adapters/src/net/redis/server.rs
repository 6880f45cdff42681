//! A server, and what its answers mean.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Cmd, ErrorKind, FromRedisValue, RedisConnectionInfo, RedisError,
    ServerErrorKind,
};

use crate::allow_net::AllowNet;
use crate::error::AdapterError;
use crate::net::connect::{Failed, Peer};
use crate::net::tls::Stream;
use crate::trial::{Missed, Step, Trial};

/// A server, and who asks it.
#[derive(Clone)]
pub struct Server {
    /// Where it is.
    pub peer: Peer,
    /// The number of its database.
    pub database: u32,
    /// The user, where it isn't the default one.
    pub user: Option<String>,
    /// What that user proves itself by.
    pub password: Option<String>,
    /// How long a connection, and an answer, may take.
    pub timeout: Duration,
}

/// An open connection.
pub(super) struct Connection {
    inner: MultiplexedConnection,
    timeout: Duration,
}

impl Server {
    /// The server, for people.
    pub(super) fn name(&self) -> String {
        format!("the Redis server {}:{}", self.peer.host, self.peer.port)
    }

    pub(super) async fn connect(&self, allow: &AllowNet) -> Result<Connection, Failed> {
        let late = |_| Failed::Again("took too long to connect".to_owned(), None);
        let connected = tokio::time::timeout(self.timeout, self.greet(allow)).await;
        let inner = connected.map_err(late)??;
        let timeout = self.timeout;
        Ok(Connection { inner, timeout })
    }

    async fn greet(&self, allow: &AllowNet) -> Result<MultiplexedConnection, Failed> {
        self.introduce(self.peer.connect(allow).await?).await
    }

    /// Says who asks, and for which database.
    async fn introduce(&self, stream: Box<dyn Stream>) -> Result<MultiplexedConnection, Failed> {
        let mut info = RedisConnectionInfo::default()
            .set_db(self.database.into())
            .set_skip_set_lib_name();
        if let Some(user) = &self.user {
            info = info.set_username(user);
        }
        if let Some(password) = &self.password {
            info = info.set_password(password);
        }
        // Waits are bounded here, where it is known how long a read may block.
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let made = MultiplexedConnection::new_with_config(&info, stream, config).await;
        let (inner, driver) = made.map_err(|error| failed(&error))?;
        tokio::spawn(driver);
        Ok(inner)
    }
}

impl Server {
    /// A trial of the stream `name`: whether it is one, and what it has.
    pub async fn try_out(&self, name: &str, allow: &AllowNet, trial: &mut Trial<'_>) {
        let Some(stream) = self.peer.try_connect(allow, trial).await else {
            return;
        };
        let who = self.name();
        let known = trial.step(Step::Authenticate, &who, async {
            let inner = self.introduce(stream).await?;
            let mut open = Connection {
                inner,
                timeout: self.timeout,
            };
            // Who needs no password is told by the first command only.
            open.ask::<String>(&redis::cmd("PING"), Duration::ZERO)
                .await?;
            let user = match (&self.user, &self.password) {
                (Some(user), _) => format!("the user {user}"),
                (None, Some(_)) => "the default user, with its password".to_owned(),
                (None, None) => "the default user, without a password".to_owned(),
            };
            Ok((open, format!("{who} takes this for {user}")))
        });
        let Some(mut open) = known.await else { return };
        let found = trial.step(Step::Find, &who, async {
            let kind: String = open
                .ask(redis::cmd("TYPE").arg(name), Duration::ZERO)
                .await?;
            let words = match kind.as_str() {
                "none" => format!("the stream {name} isn't there yet, and will be made"),
                "stream" => {
                    let count = redis::cmd("XLEN").arg(name).to_owned();
                    let count: u64 = open.ask(&count, Duration::ZERO).await?;
                    format!("the stream {name} has {count} entries")
                }
                other => {
                    let why = format!("has a {other} under the name {name}, and no stream");
                    return Err(Missed::Why(why));
                }
            };
            Ok(((), words))
        });
        let _: Option<()> = found.await;
    }
}

impl Connection {
    /// The answer to a command, which may wait for `more` beside the usual.
    pub(super) async fn ask<T: FromRedisValue>(
        &mut self,
        command: &Cmd,
        more: Duration,
    ) -> Result<T, Failed> {
        within(self.timeout, more, command.query_async(&mut self.inner)).await
    }

    /// The answers to several commands, of which each has to be a good one.
    pub(super) async fn ask_all(&mut self, commands: &redis::Pipeline) -> Result<(), Failed> {
        within(
            self.timeout,
            Duration::ZERO,
            commands.exec_async(&mut self.inner),
        )
        .await
    }
}

async fn within<T>(
    timeout: Duration,
    more: Duration,
    asked: impl Future<Output = Result<T, RedisError>>,
) -> Result<T, Failed> {
    match tokio::time::timeout(timeout + more, asked).await {
        Ok(answer) => answer.map_err(|error| failed(&error)),
        Err(_) => {
            let seconds = timeout.as_secs();
            let why = format!("didn't answer within {seconds} s");
            Err(Failed::Again(why, None))
        }
    }
}

/// Codes of answers that another try may change: the server loads, follows another, is full.
const PASSING: [&str; 7] = [
    "LOADING",
    "READONLY",
    "MASTERDOWN",
    "CLUSTERDOWN",
    "TRYAGAIN",
    "OOM",
    "MISCONF",
];

/// What a failure means for the next try.
fn failed(error: &RedisError) -> Failed {
    let refused = |why: String| {
        Failed::ForGood(AdapterError::new(
            "E_REDIS_REFUSED",
            format!("the Redis server answered: {why}"),
            "nothing is lost: correct the stream, the user or the password in the config, or what the \
             server allows, and start again",
        ))
    };
    let passing = error.code().is_some_and(|code| PASSING.contains(&code));
    match error.kind() {
        _ if passing => Failed::Again(format!("answered: {error}"), None),
        ErrorKind::AuthenticationFailed => refused(error.to_string()),
        // The group went with the stream that somebody removed: it is made again.
        ErrorKind::Extension if error.code() == Some("NOGROUP") => {
            Failed::Again(format!("answered: {error}"), None)
        }
        // The connection ended within an answer. The library has no other way to tell that from an answer
        // of another kind.
        ErrorKind::Parse if error.to_string().contains("end of input") => {
            Failed::Again("broke the connection within an answer".to_owned(), None)
        }
        ErrorKind::Server(ServerErrorKind::ResponseError | ServerErrorKind::NoPerm)
        | ErrorKind::Extension
        | ErrorKind::Parse
        | ErrorKind::UnexpectedReturnType => refused(error.to_string()),
        ErrorKind::Server(_) => Failed::Again(format!("answered: {error}"), None),
        _ => Failed::Again(format!("broke the connection: {error}"), None),
    }
}
