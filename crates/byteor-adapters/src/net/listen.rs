//! Connections that others make to this host: where its owner allows it, so many at once, with TLS or
//! without.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use crate::allow_net::AllowNet;
use crate::error::AdapterError;
use crate::net::reactor::Context;
use crate::net::tls::Stream;
use crate::trial::{Step, Trial};

/// How long a client may take for a TLS handshake, or for the head of a request.
pub(crate) const HEAD: Duration = Duration::from_secs(10);

/// Where and how this host listens.
#[derive(Clone)]
pub struct Listen {
    /// The address.
    pub address: SocketAddr,
    /// The most connections at once; others wait to be accepted.
    pub connections: usize,
    /// Speaks TLS.
    pub tls: Option<Arc<ServerConfig>>,
}

impl Listen {
    /// Listens, and gives each connection to a task of its own, until the run is asked to stop. The
    /// reactor doesn't end before they do.
    pub(crate) fn serve<F: Future<Output = ()> + Send>(
        self,
        allow: &AllowNet,
        context: &Context,
        connection: impl Fn(Box<dyn Stream>) -> F + Send + Sync + 'static,
    ) -> Result<(), AdapterError> {
        let listener = self.bind(allow);
        let listener = context.wait_for(listener)??;
        context.watch().listens();
        let (own, connection) = (context.clone(), Arc::new(connection));
        context.spawn(async move { self.accept(own, listener, connection).await });
        Ok(())
    }

    /// The address, for this process. `E_NET_NOT_ALLOWED`, `E_LISTEN`.
    fn bind(
        &self,
        allow: &AllowNet,
    ) -> impl Future<Output = Result<TcpListener, AdapterError>> + Send + use<> {
        let (address, allowed) = (self.address, allow.check(self.address));
        async move {
            allowed?;
            TcpListener::bind(address).await.map_err(|error| {
                AdapterError::new(
                    "E_LISTEN",
                    format!("could not listen at {address}: {error}"),
                    Step::Listen.help(),
                )
            })
        }
    }

    /// Whether the address could be listened at, for a trial.
    pub async fn try_out(&self, allow: &AllowNet, trial: &mut Trial<'_>) {
        let who = self.address.to_string();
        let free = trial.step(Step::Listen, &who, async {
            drop(self.bind(allow).await?);
            Ok(((), format!("{who} is free")))
        });
        let _: Option<()> = free.await;
    }

    async fn accept<F: Future<Output = ()> + Send>(
        self,
        context: Context,
        listener: TcpListener,
        connection: Arc<impl Fn(Box<dyn Stream>) -> F + Send + Sync + 'static>,
    ) {
        let room = Arc::new(Semaphore::new(self.connections));
        loop {
            // What is never closed always has permits to give.
            let Ok(one) = Arc::clone(&room).acquire_owned().await else {
                return;
            };
            let stream = tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    // Of one connection, or of a host out of files: neither ends the others.
                    Err(_) => {
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        continue;
                    }
                },
                () = context.stopped() => return,
            };
            let (tls, connection) = (self.tls.clone(), Arc::clone(&connection));
            let guest = context.guest();
            let (watch, connected) = (context.watch().clone(), context.watch().connected());
            context.spawn(async move {
                match secured(stream, tls).await {
                    Ok(stream) => connection(stream).await,
                    Err(why) => watch.refused(&format!("refused a connection: {why}")),
                }
                drop((one, guest, connected));
            });
        }
    }
}

/// Whether the value of an `authorization` header has the token, looked at in a time that doesn't tell
/// where it differs.
#[cfg(any(feature = "grpc", feature = "http", feature = "websocket"))]
pub(crate) fn is_bearer(given: Option<&[u8]>, token: &str) -> bool {
    let given = given.and_then(|given| given.strip_prefix(b"Bearer "));
    given.is_some_and(|given| {
        let token = token.as_bytes();
        let differs = std::iter::zip(given, token).fold(0, |all, (a, b)| all | (a ^ b));
        given.len() == token.len() && std::hint::black_box(differs) == 0
    })
}

/// The connection, once its client agreed to how it is secured; or why it didn't.
async fn secured(
    stream: TcpStream,
    tls: Option<Arc<ServerConfig>>,
) -> Result<Box<dyn Stream>, String> {
    let broken = |error: std::io::Error| error.to_string();
    stream.set_nodelay(true).map_err(broken)?;
    let Some(config) = tls else {
        return Ok(Box::new(stream));
    };
    let handshake = TlsAcceptor::from(config).accept(stream);
    let shaken = tokio::time::timeout(HEAD, handshake).await;
    let late = |_| format!("no TLS handshake within {} s", HEAD.as_secs());
    let secured = shaken.map_err(late)?.map_err(broken)?;
    Ok(Box::new(secured))
}
