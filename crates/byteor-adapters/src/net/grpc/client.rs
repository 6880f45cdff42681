//! One stream of records that goes to a server. They are kept until they are acknowledged; in the next
//! call the server says where it goes on.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::sync::mpsc;
use tonic::body::Body;
use tonic::codegen::http::{self, Uri};
use tonic::codegen::{Service, StdError};
use tonic::metadata::AsciiMetadataValue;
use tonic::{Code, Request, Status, Streaming};

use super::batch::Batch as Message;
use super::generated::from_receiver::Says as Answers;
use super::generated::from_sender::Says;
use super::generated::records_client::RecordsClient;
use super::generated::{FromReceiver, FromSender, Hello};
use super::{HEADERS, UNWRITTEN, WINDOW, WINDOW_OF_ALL};
use crate::allow_net::AllowNet;
use crate::error::AdapterError;
use crate::net::connect::{Failed, Peer};
use crate::net::outlet::{Batch, NetMark, Outlet};
use crate::net::reactor::Context;
use crate::net::retry::Retry;
use crate::net::tls::Stream;
use crate::trial::{Missed, Step, Trial};

/// The most batches that are on their way without an acknowledgement.
const IN_FLIGHT: usize = 8;
/// The most bytes of a message of the server.
const ANSWER: usize = 64 * 1024;

/// A client of one server.
#[derive(Clone)]
pub struct GrpcClient {
    /// The server.
    pub peer: Peer,
    /// Its URL.
    pub url: String,
    /// The most records of a batch.
    pub batch_records: usize,
    /// The most bytes of its records, where they are several.
    pub batch_bytes: usize,
    /// How long it may take to connect and to be welcomed, and how long the server may leave a ping
    /// without an answer.
    pub timeout: Duration,
    /// How long to try again without success; for ever where it isn't said.
    pub give_up_after: Option<Duration>,
    /// What it proves itself by.
    pub token: Option<String>,
}

/// Sends what `outlet` has, on the reactor, until it ends or fails for good.
pub fn send(
    client: GrpcClient,
    allow: AllowNet,
    context: &Context,
    outlet: Outlet,
    mark: &NetMark,
) {
    let peer = format!("the server of {}", client.url);
    let mut retry = Retry::new(context.clone(), peer.clone(), client.give_up_after);
    let (stuck, own) = (outlet.clone(), context.clone());
    context.spawn(async move {
        if stuck.is_stuck(&own).await {
            stuck.fail(AdapterError::new(
                "E_PEER_DOWN",
                format!("{peer} acknowledges nothing, and the run was asked to stop"),
                "nothing is lost: bring the peer back and start again; the run goes on from the last \
                 checkpoint",
            ));
        }
    });
    let mut sending = Sending {
        client,
        allow,
        outlet,
        stream: mark.numbering.clone(),
        unsaid: VecDeque::new(),
        said: VecDeque::new(),
        there: mark.number,
    };
    context.spawn(async move {
        loop {
            let failed = match sending.open().await {
                Ok(call) => sending.over(call, &mut retry).await,
                Err(failed) => failed,
            };
            let ended = match failed {
                Failed::Again(why, asked) => retry.failed(&why, asked).await,
                Failed::ForGood(error) => Err(error),
            };
            if let Err(error) = ended {
                return sending.outlet.fail(error);
            }
        }
    });
}

impl GrpcClient {
    /// A trial: whether the server has the service, and takes the token. The call ends without a hello, so
    /// no stream is touched.
    pub async fn try_out(&self, allow: &AllowNet, trial: &mut Trial<'_>) {
        let Some(stream) = self.peer.try_connect(allow, trial).await else {
            return;
        };
        let answered = trial.step(Step::Authenticate, &self.url, async {
            let mut open = self.speak(stream).await?;
            let request = self.request(futures_util::stream::empty())?;
            let answered = async {
                let mut heard = open.deliver(request).await?.into_inner();
                heard.message().await
            };
            match answered.await {
                Ok(_) => Ok(((), format!("{} takes records", self.url))),
                Err(status) if is_broken(&status) => {
                    Err(Missed::Why(format!("broke the call: {}", words(&status))))
                }
                Err(status) => match status.code() {
                    // Unknown is also what the library calls a connection that it couldn't use.
                    Code::Unauthenticated | Code::PermissionDenied | Code::Unknown => {
                        Err(Missed::Why(format!("answered {}", words(&status))))
                    }
                    Code::Unimplemented => Err(Missed::Why(format!(
                        "has no byteor.v1.Records: {}",
                        words(&status)
                    ))),
                    // One that doesn't know of trials.
                    _ => Ok(((), format!("{} answered {}", self.url, words(&status)))),
                },
            }
        });
        let _: Option<()> = answered.await;
    }

    /// Speaks HTTP/2 over an open connection.
    async fn speak(&self, stream: Box<dyn Stream>) -> Result<RecordsClient<Channel>, Failed> {
        let origin: Uri = self.url.parse().map_err(|error| {
            Failed::ForGood(AdapterError::new(
                "E_GRPC_URL",
                format!("{} is no URL that can be asked: {error}", self.url),
                "correct the URL in the config",
            ))
        })?;
        let handshake = Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW_OF_ALL)
            .max_header_list_size(HEADERS)
            .max_send_buf_size(UNWRITTEN)
            .keep_alive_interval(self.timeout / 2)
            .keep_alive_timeout(self.timeout / 2)
            .handshake(TokioIo::new(stream));
        let (sender, connection) = handshake
            .await
            .map_err(|error| Failed::again("broke the connection", &error))?;
        // Ends with the sender; how is told where a message is awaited.
        tokio::spawn(async move {
            let _ = connection.await;
        });
        let client = RecordsClient::with_origin(Channel(sender), origin);
        Ok(client.max_decoding_message_size(ANSWER))
    }

    fn request<M>(&self, messages: M) -> Result<Request<M>, Failed> {
        let mut request = Request::new(messages);
        let Some(token) = &self.token else {
            return Ok(request);
        };
        let value = AsciiMetadataValue::try_from(format!("Bearer {token}"));
        let mut value = value.map_err(|_| {
            Failed::ForGood(AdapterError::new(
                "E_GRPC_TOKEN",
                "the token has bytes that no header can have",
                "write a token of printable ASCII into the file of the secret",
            ))
        })?;
        value.set_sensitive(true);
        request.metadata_mut().insert("authorization", value);
        Ok(request)
    }
}

/// A connection as the generated client takes one.
struct Channel(SendRequest<Body>);

impl Service<http::Request<Body>> for Channel {
    type Response = http::Response<Incoming>;
    type Error = StdError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, StdError>> + Send>>;

    fn poll_ready(&mut self, context: &mut std::task::Context<'_>) -> Poll<Result<(), StdError>> {
        self.0.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let answered = self.0.send_request(request);
        Box::pin(async move { Ok(answered.await?) })
    }
}

/// A call that was welcomed.
struct Call {
    says: mpsc::Sender<FromSender>,
    heard: Streaming<FromReceiver>,
    /// Where the server goes on, if it knows.
    position: Option<u64>,
}

struct Sending {
    client: GrpcClient,
    allow: AllowNet,
    outlet: Outlet,
    /// Of whose records the numbers are.
    stream: String,
    /// Batches that are to be sent again.
    unsaid: VecDeque<Batch>,
    /// Batches that nobody acknowledged yet.
    said: VecDeque<Batch>,
    /// Number of the last record that the server has.
    there: u64,
}

/// What to do next.
enum Event<'a> {
    Came(Result<Option<FromReceiver>, Status>),
    Batch(mpsc::Permit<'a, FromSender>, Batch),
}

impl Sending {
    /// Connects, and is welcomed.
    async fn open(&self) -> Result<Call, Failed> {
        let late = || Failed::Again("took too long to connect and to welcome".to_owned(), None);
        let opened = tokio::time::timeout(self.client.timeout, self.greet()).await;
        opened.map_err(|_| late())?
    }

    async fn greet(&self) -> Result<Call, Failed> {
        let stream = self.client.peer.connect(&self.allow).await?;
        let mut open = self.client.speak(stream).await?;
        let (says, queue) = mpsc::channel(1);
        let hello = Says::Hello(Hello {
            stream: self.stream.clone(),
        });
        let messages = futures_util::stream::unfold(queue, |mut queue| async move {
            let said: FromSender = queue.recv().await?;
            Some((said, queue))
        });
        let request = self.client.request(messages)?;
        // There is room for one.
        let _ = says.try_send(FromSender { says: Some(hello) });
        let mut heard = open.deliver(request).await.map_err(judge)?.into_inner();
        let said = heard.message().await.map_err(judge)?;
        match said.map(|said| said.says) {
            Some(Some(Answers::Welcome(welcome))) => Ok(Call {
                says,
                heard,
                position: welcome.position,
            }),
            Some(_) => Err(refused("didn't begin with a welcome")),
            None => Err(Failed::Again("ended the call".to_owned(), None)),
        }
    }

    /// Sends in a call until it ends; why it did.
    async fn over(&mut self, mut call: Call, retry: &mut Retry) -> Failed {
        // What was sent in another one and not acknowledged goes first.
        while let Some(batch) = self.said.pop_back() {
            self.unsaid.push_front(batch);
        }
        if let Some(position) = call.position {
            if position < self.there {
                return self.behind(position);
            }
            self.acknowledged(position);
        }
        // One that takes nothing but hellos isn't back.
        if self.unsaid.is_empty() {
            retry.worked();
        }
        loop {
            let room = self.said.len() < IN_FLIGHT;
            let next = next(&call.says, &mut self.unsaid, &self.outlet, &self.client);
            let event = tokio::select! {
                came = call.heard.message() => Event::Came(came),
                (permit, batch) = next, if room => Event::Batch(permit, batch),
            };
            match event {
                Event::Came(Err(status)) => return judge(status),
                Event::Came(Ok(None)) => {
                    return Failed::Again("ended the call".to_owned(), None);
                }
                Event::Came(Ok(Some(said))) => {
                    let Some(Answers::Acknowledgement(of)) = said.says else {
                        return refused("said something else than what it acknowledges");
                    };
                    let sent = self.said.back().map_or(self.there, Batch::last);
                    if of.position > sent {
                        let why = "acknowledged what it wasn't sent".to_owned();
                        return Failed::Again(why, None);
                    }
                    self.acknowledged(of.position);
                    retry.worked();
                }
                Event::Batch(permit, batch) => {
                    if let Some(batch) = behind(batch, self.there) {
                        let mut message = Message::from(batch.first);
                        batch.records.iter().for_each(|record| message.add(record));
                        // Kept before it is sent: who knows how much of it arrives.
                        self.said.push_back(batch);
                        permit.send(FromSender {
                            says: Some(Says::Batch(message)),
                        });
                    }
                }
            }
        }
    }

    /// The server has everything up to record `number`.
    fn acknowledged(&mut self, number: u64) {
        if number > self.there {
            self.there = number;
            self.outlet.there(number);
        }
        while self
            .said
            .pop_front_if(|batch| batch.last() <= number)
            .is_some()
        {}
    }

    fn behind(&self, position: u64) -> Failed {
        Failed::ForGood(AdapterError::new(
            "E_GRPC_BEHIND",
            format!(
                "the server of {} goes on behind record {position} of the stream {}, and it had \
                 acknowledged everything up to {}: it lost what is between",
                self.client.url, self.stream, self.there
            ),
            "bring back what the server had, its checkpoint for example; or let it forget the stream: it \
             then takes what comes next, without what it lost",
        ))
    }
}

/// The place of the next message, once there is one, and what it holds. Where the call takes no more
/// messages, never: what is heard says why.
async fn next<'a>(
    says: &'a mpsc::Sender<FromSender>,
    unsaid: &mut VecDeque<Batch>,
    outlet: &Outlet,
    client: &GrpcClient,
) -> (mpsc::Permit<'a, FromSender>, Batch) {
    let Ok(permit) = says.reserve().await else {
        return std::future::pending().await;
    };
    let batch = match unsaid.pop_front() {
        Some(batch) => batch,
        None => outlet.take(client.batch_records, client.batch_bytes).await,
    };
    (permit, batch)
}

/// What of a batch is behind the number `there`.
fn behind(mut batch: Batch, there: u64) -> Option<Batch> {
    if batch.last() <= there {
        return None;
    }
    let known = (there + 1).saturating_sub(batch.first);
    batch.records.drain(
        ..usize::try_from(known)
            .unwrap_or(usize::MAX)
            .min(batch.records.len()),
    );
    batch.first += known;
    Some(batch)
}

/// Whether it is no answer, but the connection that ended.
fn is_broken(status: &Status) -> bool {
    std::error::Error::source(status).is_some()
}

/// What a status says, for people: the answer, or why the connection ended.
fn words(status: &Status) -> String {
    let (mut words, mut source) = (String::new(), std::error::Error::source(status));
    while let Some(error) = source {
        words += if words.is_empty() { "" } else { ": " };
        words += &error.to_string();
        source = error.source();
    }
    match (words.as_str(), status.message()) {
        ("", "") => format!("{:?}", status.code()),
        ("", message) => format!("{:?}, {message}", status.code()),
        _ => words,
    }
}

fn judge(status: Status) -> Failed {
    if is_broken(&status) {
        return Failed::Again(format!("broke the call: {}", words(&status)), None);
    }
    let why = format!("answered {}", words(&status));
    match status.code() {
        Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::FailedPrecondition
        | Code::OutOfRange
        | Code::Unimplemented
        | Code::Unauthenticated => refused(&why),
        _ => Failed::Again(why, None),
    }
}

fn refused(why: &str) -> Failed {
    Failed::ForGood(AdapterError::new(
        "E_GRPC_REFUSED",
        format!("the gRPC server {why}"),
        "nothing is lost: correct the URL or the token in the config, or what the server takes, and start \
         again; the run goes on from the last checkpoint",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_left_out_of_a_batch() {
        let batch = || Batch {
            first: 5,
            records: [&b"5"[..], b"6", b"7"].map(Into::into).to_vec(),
        };
        for (there, first) in [
            (0, Some(5)),
            (4, Some(5)),
            (5, Some(6)),
            (6, Some(7)),
            (7, None),
            (u64::MAX, None),
        ] {
            let left = behind(batch(), there);
            assert_eq!(left.as_ref().map(|left| left.first), first, "{there}");
            if let Some(left) = left {
                assert_eq!(left.records[0], left.first.to_string().into_bytes());
                assert_eq!(left.last(), 7);
            }
        }
    }

    #[test]
    fn what_another_try_may_mend_is_tried_again() {
        for (code, again) in [
            (Code::Unavailable, true),
            (Code::Aborted, true),
            (Code::ResourceExhausted, true),
            (Code::Unknown, true),
            (Code::Unauthenticated, false),
            (Code::Unimplemented, false),
            (Code::FailedPrecondition, false),
        ] {
            let failed = judge(Status::new(code, "why"));
            assert_eq!(matches!(failed, Failed::Again(..)), again, "{code:?}");
        }
        let broken = Status::from_error(Box::new(std::io::Error::other("cut")));
        assert!(matches!(judge(broken), Failed::Again(why, _) if why.contains("cut")));
    }
}
