//! Connections to a peer: its name is looked up once, the addresses are held to what the host's owner
//! allows, and that very address is connected to, with TLS or without.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::allow_net::{AllowNet, Unresolved};
use crate::error::AdapterError;
use crate::net::tls::Stream;
use crate::trial::{Missed, Step, Trial};

/// Somebody who is connected to.
#[derive(Clone)]
pub struct Peer {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Speaks TLS.
    pub tls: Option<Arc<ClientConfig>>,
}

/// Why a try failed.
#[derive(Debug)]
pub enum Failed {
    /// Another one may not: why, and how long the peer asks to wait.
    Again(String, Option<Duration>),
    /// Every other one would.
    ForGood(AdapterError),
}

impl Failed {
    /// One after which another try may work.
    pub(crate) fn again(doing: &str, error: &dyn std::fmt::Display) -> Self {
        Self::Again(format!("{doing}: {error}"), None)
    }
}

impl From<Failed> for Missed {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Again(why, _) => Self::Why(why),
            Failed::ForGood(error) => Self::Error(error),
        }
    }
}

impl Peer {
    /// A connection.
    pub(crate) async fn connect(&self, allow: &AllowNet) -> Result<Box<dyn Stream>, Failed> {
        let addresses = self.resolve(allow).await?;
        let stream = self.reach(addresses).await?;
        match &self.tls {
            Some(config) => self.secure(config, stream).await,
            None => Ok(Box::new(stream)),
        }
    }

    /// The same step by step, for a trial.
    pub(crate) async fn try_connect(
        &self,
        allow: &AllowNet,
        trial: &mut Trial<'_>,
    ) -> Option<Box<dyn Stream>> {
        let who = format!("{}:{}", self.host, self.port);
        let stream = self.try_reach(allow, trial).await?;
        let Some(config) = &self.tls else {
            return Some(Box::new(stream));
        };
        let secured = trial.step(Step::Secure, &who, async {
            let secured = self.secure(config, stream).await?;
            Ok((
                secured,
                format!("{} proves itself by its certificate", self.host),
            ))
        });
        secured.await
    }

    /// As far as TLS, where that is asked for in the protocol itself.
    pub(crate) async fn try_reach(
        &self,
        allow: &AllowNet,
        trial: &mut Trial<'_>,
    ) -> Option<TcpStream> {
        let who = format!("{}:{}", self.host, self.port);
        let addresses = trial.step(Step::Resolve, &who, async {
            let found = self.resolve(allow).await?;
            let told: Vec<String> = found.iter().map(|one| one.ip().to_string()).collect();
            let words = format!("{} is {}", self.host, told.join(", "));
            Ok((found, words))
        });
        let addresses = addresses.await?;
        let stream = trial.step(Step::Connect, &who, async {
            let stream = self.reach(addresses).await?;
            let words = match stream.peer_addr() {
                Ok(address) => format!("{address} takes connections"),
                Err(_) => format!("{who} takes connections"),
            };
            Ok((stream, words))
        });
        stream.await
    }

    pub(crate) async fn secure(
        &self,
        config: &Arc<ClientConfig>,
        stream: TcpStream,
    ) -> Result<Box<dyn Stream>, Failed> {
        let name = ServerName::try_from(self.host.clone());
        let name = name.map_err(|error| Failed::again("has no name for TLS", &error))?;
        let connector = TlsConnector::from(Arc::clone(config));
        let secured = connector.connect(name, stream).await;
        Ok(Box::new(secured.map_err(|error| {
            Failed::again("can't be trusted", &error)
        })?))
    }

    /// The addresses that its name stands for, which are allowed.
    pub(crate) async fn resolve(&self, allow: &AllowNet) -> Result<Vec<SocketAddr>, Failed> {
        let addresses = allow.resolve(&self.host, self.port).await;
        addresses.map_err(|error| match error {
            Unresolved::Refused(error) => Failed::ForGood(error),
            Unresolved::Failed(why) => Failed::Again(format!("can't be looked up: {why}"), None),
        })
    }

    /// A connection to the first of the addresses that takes one.
    pub(crate) async fn reach(&self, addresses: Vec<SocketAddr>) -> Result<TcpStream, Failed> {
        let mut last = None;
        for address in addresses {
            match TcpStream::connect(address).await {
                Ok(stream) => {
                    let undelayed = stream.set_nodelay(true);
                    undelayed.map_err(|error| Failed::again("broke the connection", &error))?;
                    return Ok(stream);
                }
                Err(error) => last = Some(error),
            }
        }
        let error = last.map_or("no address".to_owned(), |error| error.to_string());
        Err(Failed::again("can't be connected to", &error))
    }
}
