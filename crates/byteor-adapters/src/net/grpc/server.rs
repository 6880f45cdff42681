//! Streams of records that come to this host. What lasts is acknowledged, and a sender that comes again is
//! told where it goes on.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream as Messages;
use hyper::Request as HttpRequest;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::sync::watch;
use tonic::codegen::Service as _;
use tonic::{Code, Request, Response, Status, Streaming};

use super::batch::Batch;
use super::generated::from_receiver::Says as Answers;
use super::generated::from_sender::Says;
use super::generated::records_server::{Records, RecordsServer};
use super::generated::{Acknowledgement, FromReceiver, FromSender, Welcome};
use super::streams::{Call, Judged, Streams, ends, taken_over};
use super::{HEADERS, UNWRITTEN, WINDOW, WINDOW_OF_ALL};
use crate::allow_net::AllowNet;
use crate::error::AdapterError;
use crate::net::intake::{Intake, Room};
use crate::net::listen::{HEAD, Listen, is_bearer};
use crate::net::reactor::Context;
use crate::net::tls::Stream;

/// The most calls of a connection.
const CALLS: u32 = 8;

/// A server.
#[derive(Clone)]
pub struct GrpcServer {
    /// Where it listens.
    pub listen: Listen,
    /// The most bytes of a message.
    pub max_message: usize,
    /// How long a peer may leave a ping without an answer, half of it from one to the next.
    pub timeout: Duration,
    /// What a client proves itself by.
    pub token: Option<String>,
}

/// Listens, and serves on the reactor until it ends.
pub fn serve(
    server: GrpcServer,
    allow: &AllowNet,
    context: &Context,
    intake: Intake,
) -> Result<(), AdapterError> {
    let receiver = Receiver {
        token: server.token.map(Arc::from),
        context: context.clone(),
        streams: Streams::new(intake.clone()),
        intake,
    };
    let service = RecordsServer::new(receiver).max_decoding_message_size(server.max_message);
    let (own, timeout) = (context.clone(), server.timeout);
    server.listen.serve(allow, context, move |stream| {
        connection(service.clone(), own.clone(), timeout, stream)
    })
}

/// A call that goes on, counted as long as this is there.
struct Live(watch::Sender<usize>);

impl Live {
    fn count(calls: &watch::Sender<usize>) -> Arc<Self> {
        calls.send_modify(|calls| *calls += 1);
        Arc::new(Self(calls.clone()))
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.0.send_modify(|calls| *calls -= 1);
    }
}

/// Serves one connection. How it ends is its client's affair.
async fn connection(
    service: RecordsServer<Receiver>,
    context: Context,
    timeout: Duration,
    stream: Box<dyn Stream>,
) {
    let (calls, counted) = watch::channel(0);
    let service = service_fn(move |mut request: HttpRequest<Incoming>| {
        request.extensions_mut().insert(Live::count(&calls));
        service.clone().call(request)
    });
    let mut serving = std::pin::pin!(
        hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(CALLS)
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW_OF_ALL)
            .max_header_list_size(HEADERS)
            .max_send_buf_size(UNWRITTEN)
            .keep_alive_interval(timeout / 2)
            .keep_alive_timeout(timeout / 2)
            .serve_connection(TokioIo::new(stream), service)
    );
    tokio::select! {
        _ = serving.as_mut() => return,
        () = unused(counted.clone()) => {}
        () = context.stopped() => {}
    }
    // Calls that still wait for what lasts have their time; who then doesn't read doesn't.
    serving.as_mut().graceful_shutdown();
    let over = async {
        is_without_calls(counted).await;
        tokio::time::sleep(HEAD).await;
    };
    tokio::select! {
        _ = serving => {}
        () = over => {}
    }
}

/// Waits until a connection has no call. Where it can't be told any more, it has none.
async fn is_without_calls(mut calls: watch::Receiver<usize>) {
    drop(calls.wait_for(|calls| *calls == 0).await);
}

/// Waits until a connection has no call for a while: it might never have one.
async fn unused(mut calls: watch::Receiver<usize>) {
    loop {
        is_without_calls(calls.clone()).await;
        tokio::select! {
            () = tokio::time::sleep(HEAD) => return,
            begun = calls.wait_for(|calls| *calls > 0) => {
                if begun.is_err() {
                    return;
                }
            }
        }
    }
}

#[derive(Clone)]
struct Receiver {
    token: Option<Arc<str>>,
    context: Context,
    intake: Intake,
    streams: Arc<Streams>,
}

type Said = Pin<Box<dyn Messages<Item = Result<FromReceiver, Status>> + Send>>;

#[tonic::async_trait]
impl Records for Receiver {
    type DeliverStream = Said;

    async fn deliver(
        &self,
        request: Request<Streaming<FromSender>>,
    ) -> Result<Response<Said>, Status> {
        let begun = self.begin(request).await;
        begun.inspect_err(|status| self.note(status))
    }
}

impl Receiver {
    /// Notes a status where it refuses what a sender asked or said.
    fn note(&self, status: &Status) {
        let refusals = [
            Code::DeadlineExceeded,
            Code::FailedPrecondition,
            Code::InvalidArgument,
            Code::OutOfRange,
            Code::Unauthenticated,
        ];
        if refusals.contains(&status.code()) {
            let watch = self.context.watch();
            watch.refused(&format!("refused a call: {}", status.message()));
        }
    }

    async fn begin(
        &self,
        request: Request<Streaming<FromSender>>,
    ) -> Result<Response<Said>, Status> {
        if let Some(token) = &self.token {
            let given = request.metadata().get("authorization");
            if !is_bearer(given.map(|given| given.as_bytes()), token) {
                let why = "E_GRPC_TOKEN: the bearer token is missing or another one";
                return Err(Status::unauthenticated(why));
            }
        }
        if self.context.stopping() {
            return Err(ends());
        }
        let live = request.extensions().get::<Arc<Live>>().cloned();
        let mut incoming = request.into_inner();
        let said = tokio::time::timeout(HEAD, incoming.message()).await;
        let late = |_| Status::deadline_exceeded("E_GRPC_HELLO: no hello came");
        let said = said.map_err(late)??;
        let hello = match said.map(|said| said.says) {
            Some(Some(Says::Hello(hello))) => hello,
            Some(_) => return Err(no_hello()),
            // A trial.
            None => return Ok(Response::new(Box::pin(futures_util::stream::empty()))),
        };
        let call = self.streams.begin(hello.stream)?;
        let welcome = Welcome {
            position: call.position,
        };
        let receiving = Receiving {
            receiver: self.clone(),
            incoming: Some(incoming),
            welcome: Some(says(Answers::Welcome(welcome))),
            call,
            waiting: None,
            stopping: false,
            over: false,
            _live: live,
        };
        let said = futures_util::stream::unfold(receiving, |mut receiving| async move {
            let said = receiving.next().await?;
            Some((said, receiving))
        });
        Ok(Response::new(Box::pin(said)))
    }
}

fn no_hello() -> Status {
    Status::invalid_argument("E_GRPC_HELLO: a call begins with a hello, and goes on with batches")
}

fn says(says: Answers) -> FromReceiver {
    FromReceiver { says: Some(says) }
}

/// One call. It goes on only as its answers are taken: who doesn't read isn't read from.
struct Receiving {
    receiver: Receiver,
    /// Nothing once the sender said that there is no more.
    incoming: Option<Streaming<FromSender>>,
    welcome: Option<FromReceiver>,
    call: Call,
    /// A batch for which there is no room yet. Until there is, nothing is read, and the sender's network
    /// fills; pings are answered all the same.
    waiting: Option<Batch>,
    stopping: bool,
    over: bool,
    _live: Option<Arc<Live>>,
}

/// What happened.
enum Event {
    Lasts(bool),
    Room(Option<Room>),
    Came(Result<Option<FromSender>, Status>),
    Left,
    Stop,
}

impl Receiving {
    /// The next answer; nothing where the call ended.
    async fn next(&mut self) -> Option<Result<FromReceiver, Status>> {
        if self.over {
            return None;
        }
        let answer = self.answer().await.transpose();
        if let Some(Err(status)) = &answer {
            self.receiver.note(status);
        }
        self.over = !matches!(answer, Some(Ok(_)));
        answer
    }

    async fn answer(&mut self) -> Result<Option<FromReceiver>, Status> {
        if let Some(welcome) = self.welcome.take() {
            return Ok(Some(welcome));
        }
        loop {
            let owed = self.call.owed();
            if owed.is_none() && self.waiting.is_none() {
                if self.stopping {
                    return Err(ends());
                }
                if self.incoming.is_none() {
                    return Ok(None);
                }
            }
            let listening = self.waiting.is_none() && !self.stopping;
            let event = tokio::select! {
                lasts = lasts(&self.receiver.intake, owed) => Event::Lasts(lasts),
                room = room(&self.receiver.intake, self.waiting.as_ref()) => Event::Room(room),
                came = came(&mut self.incoming), if listening => Event::Came(came),
                () = self.call.left.notified() => Event::Left,
                () = self.receiver.context.stopped(), if !self.stopping => Event::Stop,
            };
            match event {
                Event::Lasts(true) => return self.acknowledge(),
                Event::Lasts(false) => return Err(ends()),
                Event::Room(room) => self.give(room)?,
                Event::Came(said) => match said?.map(|said| said.says) {
                    None => self.incoming = None,
                    Some(Some(Says::Batch(batch))) => match self.call.judge(&batch)? {
                        Judged::New => self.waiting = Some(batch),
                        // Who didn't go on where it was told still has to hear of what lasts.
                        Judged::Known => return self.acknowledge(),
                    },
                    Some(_) => return Err(no_hello()),
                },
                Event::Left => return Err(taken_over()),
                Event::Stop => {
                    // Who had no acknowledgement sends it again, to the next run.
                    (self.stopping, self.waiting) = (true, None);
                }
            }
        }
    }

    fn acknowledge(&self) -> Result<Option<FromReceiver>, Status> {
        let position = self.call.lasts()?;
        Ok(Some(says(Answers::Acknowledgement(Acknowledgement {
            position,
        }))))
    }

    fn give(&mut self, room: Option<Room>) -> Result<(), Status> {
        let Some(batch) = self.waiting.take() else {
            return Ok(());
        };
        let room = room.ok_or_else(|| {
            Status::out_of_range("E_GRPC_MESSAGE: a message has more than may be in memory")
        })?;
        self.call.take(batch, room)
    }
}

/// Whether what is owed lasts, once that is known; never where nothing is owed.
async fn lasts(intake: &Intake, owed: Option<u64>) -> bool {
    match owed {
        Some(number) => intake.saved(number).await,
        None => std::future::pending().await,
    }
}

/// Room for what waits, once it is there; never where nothing waits.
async fn room(intake: &Intake, waiting: Option<&Batch>) -> Option<Room> {
    match waiting {
        Some(batch) => intake.room(batch.records.len()).await,
        None => std::future::pending().await,
    }
}

/// What the sender says next; never where it said that there is no more.
async fn came(incoming: &mut Option<Streaming<FromSender>>) -> Result<Option<FromSender>, Status> {
    match incoming {
        Some(incoming) => incoming.message().await,
        None => std::future::pending().await,
    }
}
