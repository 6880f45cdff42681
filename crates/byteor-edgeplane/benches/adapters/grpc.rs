//! Records over gRPC as spec/byteor_v1.proto has them: both ends over the library that the adapter uses,
//! and the other end of each.

use std::fs::File;
use std::future::{Ready, ready};
use std::io::{BufWriter, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::stream::{Stream, unfold};
use futures_util::{FutureExt as _, TryFutureExt as _};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::codegen::http::{self, uri::PathAndQuery};
use tonic::server::StreamingService;
use tonic::{Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;

use crate::loops::{MANY, connected};

/// Batches on their way without an acknowledgement.
const BATCHES: usize = 8;

#[derive(Clone, PartialEq, prost::Message)]
struct FromSender {
    #[prost(message, optional, tag = "1")]
    hello: Option<Hello>,
    #[prost(message, optional, tag = "2")]
    batch: Option<Batch>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Hello {
    #[prost(string, tag = "1")]
    stream: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Batch {
    #[prost(uint64, tag = "1")]
    first: u64,
    #[prost(bytes = "bytes", repeated, tag = "2")]
    records: Vec<Bytes>,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
struct FromReceiver {
    #[prost(message, optional, tag = "1")]
    welcome: Option<Position>,
    #[prost(message, optional, tag = "2")]
    acknowledgement: Option<Position>,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
struct Position {
    #[prost(uint64, tag = "1")]
    position: u64,
}

fn welcome() -> FromReceiver {
    FromReceiver {
        welcome: Some(Position { position: 0 }),
        acknowledgement: None,
    }
}

fn acknowledge(position: u64) -> FromReceiver {
    FromReceiver {
        welcome: None,
        acknowledgement: Some(Position { position }),
    }
}

/// A connection as the library takes one.
struct Channel(SendRequest<Body>);

impl Service<http::Request<Body>> for Channel {
    type Response = http::Response<Incoming>;
    type Error = hyper::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, hyper::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), hyper::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(self.0.send_request(request))
    }
}

/// What is put into a channel, as a stream.
fn out_of<M: Send + 'static>(queue: mpsc::Receiver<M>) -> impl Stream<Item = M> + Send {
    unfold(queue, |mut queue| async move {
        let next = queue.recv().await?;
        Some((next, queue))
    })
}

/// A call that was welcomed.
async fn call(port: u16) -> (mpsc::Sender<FromSender>, Streaming<FromReceiver>) {
    let stream = connected(port).await;
    let executor = TokioExecutor::new();
    let (sender, driver) = handshake(executor, TokioIo::new(stream)).await.unwrap();
    // The server ends it once it has all.
    tokio::spawn(driver.map(drop));
    let origin = format!("http://127.0.0.1:{port}").parse().unwrap();
    let mut grpc = tonic::client::Grpc::with_origin(Channel(sender), origin);
    let (says, queue) = mpsc::channel(1);
    let stream = "bench".to_owned();
    let hello = FromSender {
        hello: Some(Hello { stream }),
        batch: None,
    };
    says.send(hello).await.unwrap();
    grpc.ready().await.unwrap();
    let path = PathAndQuery::from_static("/byteor.v1.Records/Deliver");
    let codec = ProstCodec::<FromSender, FromReceiver>::default();
    let request = Request::new(out_of(queue));
    let answered = grpc.streaming(request, path, codec).await.unwrap();
    let mut heard = answered.into_inner();
    let said = heard.message().await.unwrap().unwrap();
    assert!(said.welcome.is_some(), "{said:?}");
    (says, heard)
}

/// Sends batches until each record is acknowledged, or the other side ends because it has all it wants.
async fn send_all(port: u16, mut batches: impl Iterator<Item = Vec<Bytes>>) {
    let (says, mut heard) = call(port).await;
    let (mut sent, mut lasts) = (0, 0);
    let mut ends = std::collections::VecDeque::new();
    loop {
        while ends.front().is_some_and(|end| *end <= lasts) {
            ends.pop_front();
        }
        if ends.len() < BATCHES
            && let Some(records) = batches.next()
        {
            let first = sent + 1;
            sent += records.len() as u64;
            ends.push_back(sent);
            let batch = Some(Batch { first, records });
            if says.send(FromSender { hello: None, batch }).await.is_err() {
                return;
            }
            continue;
        }
        if ends.is_empty() {
            return;
        }
        match heard.message().await {
            Ok(Some(said)) => lasts = said.acknowledgement.unwrap().position,
            Ok(None) | Err(_) => return,
        }
    }
}

pub async fn send(port: u16, lines: impl Iterator<Item = String>) {
    let mut lines = lines.map(Bytes::from).peekable();
    let batches = std::iter::from_fn(|| {
        lines.peek()?;
        Some(lines.by_ref().take(MANY).collect())
    });
    send_all(port, batches).await;
}

/// Sends so many records, until each is acknowledged.
pub fn pour(port: u16, count: u64) {
    let text = crate::lines(MANY as u64, false);
    let batch: Vec<Bytes> = text.lines().map(|line| line.to_owned().into()).collect();
    let batches = std::iter::repeat_n(batch, count.div_ceil(MANY as u64) as usize);
    crate::loops::alone().block_on(send_all(port, batches));
}

type Answers = Pin<Box<dyn Stream<Item = Result<FromReceiver, Status>> + Send>>;

/// A call that came, and what is answered.
type Came = (
    Streaming<FromSender>,
    mpsc::Sender<Result<FromReceiver, Status>>,
);

#[derive(Clone)]
struct Receiver(mpsc::Sender<Came>);

impl StreamingService<FromSender> for Receiver {
    type Response = FromReceiver;
    type ResponseStream = Answers;
    type Future = Ready<Result<Response<Answers>, Status>>;

    fn call(&mut self, request: Request<Streaming<FromSender>>) -> Self::Future {
        let (says, queue) = mpsc::channel(64);
        self.0.try_send((request.into_inner(), says)).unwrap();
        let answers: Answers = Box::pin(out_of(queue));
        ready(Ok(Response::new(answers)))
    }
}

/// Serves a connection, whose calls come out of the channel.
async fn serve(stream: TcpStream) -> mpsc::Receiver<Came> {
    stream.set_nodelay(true).unwrap();
    let (came, calls) = mpsc::channel(1);
    let receiver = Receiver(came);
    let service = service_fn(move |request: http::Request<Incoming>| {
        let receiver = receiver.clone();
        async move {
            let codec = ProstCodec::<FromReceiver, FromSender>::default();
            let mut grpc = tonic::server::Grpc::new(codec);
            Ok::<_, std::convert::Infallible>(grpc.streaming(receiver, request).await)
        }
    });
    let http = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    let serving = http.serve_connection(TokioIo::new(stream), service);
    // Its client ends it.
    tokio::spawn(serving.map_err(drop).map(drop));
    calls
}

/// Takes so many records, and acknowledges what lasts on the disk: as much as is there at once.
pub async fn take(port: u16, count: u64, out: &mut BufWriter<File>) {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let mut calls = serve(listener.accept().await.unwrap().0).await;
    let (mut heard, says) = calls.recv().await.unwrap();
    says.send(Ok(welcome())).await.unwrap();
    let mut position = 0;
    while position < count {
        let mut said = heard.message().await.unwrap();
        while let Some(message) = said.take() {
            for record in message.batch.iter().flat_map(|batch| &batch.records) {
                out.write_all(record).unwrap();
                out.write_all(b"\n").unwrap();
                position += 1;
            }
            said = heard.message().now_or_never().and_then(Result::unwrap);
        }
        if position > 0 {
            crate::loops::last(out);
            says.send(Ok(acknowledge(position))).await.unwrap();
        }
    }
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
}

/// A server that takes all records and keeps nothing, as long as this process lasts.
pub fn swallow() -> u16 {
    crate::loops::aside(|stream| async move {
        let mut calls = serve(stream).await;
        while let Some((mut heard, says)) = calls.recv().await {
            let (mut said, mut position) = (says.send(Ok(welcome())).await.is_ok(), 0);
            while said && let Ok(Some(message)) = heard.message().await {
                let records = message.batch.map_or(0, |batch| batch.records.len());
                if records > 0 {
                    position += records as u64;
                    said = says.send(Ok(acknowledge(position))).await.is_ok();
                }
            }
        }
    })
}
