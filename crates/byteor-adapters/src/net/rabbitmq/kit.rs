//! What the library runs on: its tasks are the reactor's, and it connects to nobody. The one connection
//! that it speaks over is made here, looked up, allowed and secured like every other one.

use std::future::ready;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use async_rs::traits::Reactor;
use async_rs::util::RuntimeParts;
use async_rs::{Runtime, Tokio};
use futures_util::Stream as Each;
use futures_util::io::{AsyncRead, AsyncWrite};
use lapin::uri::AMQPUri;
use lapin::{AsyncTcpStream, Connection, ConnectionProperties};
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt as _};

use crate::delivery::relock;
use crate::net::tls::Stream;

type Kit = RuntimeParts<Tokio, Ours>;

/// A connection of ours, as the library speaks over it.
type Given = Compat<Box<dyn Stream>>;

/// Speaks the protocol over `stream`, and ends with it.
pub(super) async fn open(
    stream: Box<dyn Stream>,
    uri: AMQPUri,
    properties: ConnectionProperties,
) -> lapin::Result<Connection> {
    let tokio = Tokio::current();
    let runtime = Runtime::new(RuntimeParts::new(tokio.clone(), Ours(tokio)));
    let only = Mutex::new(Some(stream));
    let connect = async move |_: AMQPUri, _: Runtime<Kit>| match relock(&only).take() {
        Some(stream) => Ok(AsyncTcpStream::Plain(stream.compat())),
        None => Err(lapin::Error::from(to_nobody())),
    };
    Connection::connector(uri, runtime, connect, properties).await
}

fn to_nobody() -> io::Error {
    io::Error::new(io::ErrorKind::NotConnected, "the connection ended")
}

/// Tokio's reactor, but for connections.
#[derive(Clone, Debug)]
struct Ours(Tokio);

impl Reactor for Ours {
    type TcpStream = Given;
    type Sleep = tokio::time::Sleep;

    fn register<H: Read + Write + Send + 'static>(
        &self,
        _: H,
    ) -> io::Result<impl AsyncRead + AsyncWrite + Send + Unpin + 'static> {
        Err::<Given, _>(to_nobody())
    }

    fn sleep(&self, duration: Duration) -> Self::Sleep {
        self.0.sleep(duration)
    }

    fn interval(&self, duration: Duration) -> impl Each<Item = Instant> + Send + 'static {
        self.0.interval(duration)
    }

    fn tcp_connect_addr(
        &self,
        _: SocketAddr,
    ) -> impl Future<Output = io::Result<Given>> + Send + 'static {
        ready(Err(to_nobody()))
    }
}
