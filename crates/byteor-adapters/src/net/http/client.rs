//! Records that are posted to a server, in order, one request at a time. What the server has is what
//! it answered for.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, RETRY_AFTER, USER_AGENT};
use hyper::http::request::Builder;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;

use crate::allow_net::AllowNet;
use crate::error::AdapterError;
use crate::net::connect::{Failed, Peer};
use crate::net::cut::Cut;
use crate::net::outlet::{Batch, NetMark, Outlet};
use crate::net::reactor::Context;
use crate::net::retry::Retry;
use crate::net::tls::Stream;
use crate::trial::{Missed, Step, Trial};

/// The most bytes of an answer that are read, so that the connection can be used again.
const ANSWER: usize = 64 * 1024;

/// A client of one URL.
#[derive(Clone)]
pub struct HttpClient {
    /// The server.
    pub peer: Peer,
    /// As the head of a request names the server.
    pub authority: String,
    /// Path and query.
    pub target: String,
    /// How records stand in a body.
    pub cut: Cut,
    /// The most records of a request.
    pub batch_records: usize,
    /// The most bytes of its records, where they are several.
    pub batch_bytes: usize,
    /// How long a connection, and an answer, may take.
    pub timeout: Duration,
    /// How long to try again without success; for ever where it isn't said.
    pub give_up_after: Option<Duration>,
    /// What it proves itself by.
    pub token: Option<String>,
}

impl HttpClient {
    /// A trial: whether the server answers for the path, and takes the token. It is asked for its
    /// options only, which sends no record.
    pub async fn try_out(&self, allow: &AllowNet, trial: &mut Trial<'_>) {
        let Some(stream) = self.peer.try_connect(allow, trial).await else {
            return;
        };
        let who = format!("the server {}", self.authority);
        let answered = trial.step(Step::Authenticate, &who, async {
            let mut open = speak(stream).await?;
            let request = self.head(Method::OPTIONS)?.body(Full::new(Bytes::new()));
            let answer = open.send_request(request.map_err(unusable)?).await;
            let answer = answer.map_err(|error| Failed::again("broke the connection", &error))?;
            let status = answer.status();
            match status {
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                    Err(Missed::Why(format!("answered {status}")))
                }
                _ => Ok((
                    (),
                    format!("{who} answered {status} when asked what it takes"),
                )),
            }
        });
        let _: Option<()> = answered.await;
    }

    /// The head of a request: who asks whom for what.
    fn head(&self, method: Method) -> Result<Builder, Failed> {
        let request = Request::builder()
            .method(method)
            .uri(&self.target)
            .header(HOST, &self.authority)
            .header(USER_AGENT, concat!("byteor/", env!("CARGO_PKG_VERSION")));
        let Some(token) = &self.token else {
            return Ok(request);
        };
        let value = HeaderValue::try_from(format!("Bearer {token}"));
        let mut value = value.map_err(|_| {
            Failed::ForGood(AdapterError::new(
                "E_HTTP_TOKEN",
                "the token has bytes that no header can have",
                "write a token of printable ASCII into the file of the secret",
            ))
        })?;
        value.set_sensitive(true);
        Ok(request.header(AUTHORIZATION, value))
    }
}

/// Speaks HTTP over an open connection.
async fn speak(stream: Box<dyn Stream>) -> Result<SendRequest<Full<Bytes>>, Failed> {
    let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (sender, connection) =
        handshake.map_err(|error| Failed::again("broke the connection", &error))?;
    // Ends with the sender; how is told where a request is sent.
    tokio::spawn(async move {
        let _ = connection.await;
    });
    Ok(sender)
}

fn unusable(error: hyper::http::Error) -> Failed {
    Failed::ForGood(AdapterError::new(
        "E_HTTP_REQUEST",
        format!("no request can be made of the config: {error}"),
        "correct the URL in the config",
    ))
}

/// Sends what `outlet` has, on the reactor, until it ends or fails for good.
pub fn send(
    client: HttpClient,
    allow: AllowNet,
    context: &Context,
    outlet: Outlet,
    mark: &NetMark,
) {
    let retry = Retry::new(
        context.clone(),
        format!("the server {}", client.authority),
        client.give_up_after,
    );
    let mut sending = Sending {
        client,
        allow,
        context: context.clone(),
        stream: mark.numbering.clone(),
        connection: None,
        retry,
    };
    context.spawn(async move {
        loop {
            let (records, bytes) = (sending.client.batch_records, sending.client.batch_bytes);
            let batch = outlet.take(records, bytes).await;
            match sending.deliver(&batch).await {
                Ok(()) => outlet.there(batch.last()),
                Err(error) => return outlet.fail(error),
            }
        }
    });
}

struct Sending {
    client: HttpClient,
    allow: AllowNet,
    context: Context,
    /// Of whose records the numbers are.
    stream: String,
    connection: Option<SendRequest<Full<Bytes>>>,
    retry: Retry,
}

impl Sending {
    /// Until the server has it.
    async fn deliver(&mut self, batch: &Batch) -> Result<(), AdapterError> {
        let mut body = Vec::new();
        for record in &batch.records {
            self.client.cut.add(record, &mut body);
        }
        let body = Bytes::from(body);
        loop {
            let context = self.context.clone();
            let most = self.client.timeout;
            let tried = tokio::select! {
                tried = tokio::time::timeout(most, self.once(batch, body.clone())) => tried,
                // A run that was asked to stop doesn't wait for an answer as long as others.
                () = context.stopping_for_long() => {
                    self.connection = None;
                    Ok(Err(Failed::Again("doesn't answer".to_owned(), None)))
                }
            };
            let failed = match tried {
                Ok(Ok(())) => {
                    self.retry.worked();
                    return Ok(());
                }
                Ok(Err(failed)) => failed,
                Err(_) => {
                    let why = format!("didn't answer within {} s", most.as_secs());
                    Failed::Again(why, None)
                }
            };
            // Whatever stands in it isn't known any more.
            self.connection = None;
            match failed {
                Failed::Again(why, asked) => self.retry.failed(&why, asked).await?,
                Failed::ForGood(error) => return Err(error),
            }
        }
    }

    async fn once(&mut self, batch: &Batch, body: Bytes) -> Result<(), Failed> {
        let again = |why: String| Failed::Again(why, None);
        let request = self.request(batch, body)?;
        // One that the server closed since the last request is no failure.
        let mut open = self.connection.take();
        if let Some(connection) = &mut open
            && connection.ready().await.is_err()
        {
            open = None;
        }
        let open = match open {
            Some(open) => open,
            None => self.connect().await?,
        };
        let connection = self.connection.insert(open);
        let answer = connection.send_request(request).await;
        let answer = answer.map_err(|error| again(format!("broke the connection: {error}")))?;
        judge(self, answer).await
    }

    fn request(&self, batch: &Batch, body: Bytes) -> Result<Request<Full<Bytes>>, Failed> {
        let client = &self.client;
        let kind = match client.cut {
            Cut::Lines => "application/x-ndjson",
            Cut::Whole | Cut::Aside | Cut::Prefixed => "application/octet-stream",
        };
        let (stream, first, last) = (&self.stream, batch.first, batch.last());
        let request = client
            .head(Method::POST)?
            .header(CONTENT_TYPE, kind)
            // A structured string, as the draft of this header has it.
            .header("idempotency-key", format!("\"{stream}-{first}-{last}\""))
            .header("byteor-stream", stream)
            .header("byteor-first", first)
            .header("byteor-records", batch.records.len());
        request.body(Full::new(body)).map_err(unusable)
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, Failed> {
        speak(self.client.peer.connect(&self.allow).await?).await
    }
}

async fn judge(sending: &mut Sending, answer: Response<Incoming>) -> Result<(), Failed> {
    let status = answer.status();
    let asked = asked(answer.headers().get(RETRY_AFTER));
    let rest = Limited::new(answer.into_body(), ANSWER).collect().await;
    if rest.is_err() {
        // What is left of the answer would be taken for the next one.
        sending.connection = None;
    }
    match status {
        status if status.is_success() => Ok(()),
        StatusCode::REQUEST_TIMEOUT
        | StatusCode::TOO_EARLY
        | StatusCode::TOO_MANY_REQUESTS
        | StatusCode::INTERNAL_SERVER_ERROR
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => Err(Failed::Again(format!("answered {status}"), asked)),
        status => {
            let why = match status.is_redirection() {
                true => ": redirects aren't followed",
                false => "",
            };
            Err(Failed::ForGood(AdapterError::new(
                "E_HTTP_REFUSED",
                format!(
                    "the server {} answered {status}{why}",
                    sending.client.authority
                ),
                "nothing is lost: correct the URL, the token or the framing in the config, or what \
                 the server takes, and start again; the run goes on from the last checkpoint",
            )))
        }
    }
}

/// What a `Retry-After` asks for: seconds, or an instant.
fn asked(header: Option<&HeaderValue>) -> Option<Duration> {
    let text = header?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = httpdate::parse_http_date(text).ok()?;
    let at = at.duration_since(UNIX_EPOCH).ok()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    Some(at.saturating_sub(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_asks_for_seconds_or_for_an_instant() {
        let of = |text: &'static str| asked(Some(&HeaderValue::from_static(text)));
        assert_eq!(of("7"), Some(Duration::from_secs(7)));
        assert_eq!(of("Thu, 01 Jan 1970 00:00:10 GMT"), Some(Duration::ZERO));
        assert!(of("Fri, 31 Dec 9999 23:59:59 GMT") > Some(Duration::from_secs(1 << 30)));
        assert_eq!(of("soon"), None);
        assert_eq!(of("-1"), None);
        assert_eq!(asked(None), None);
    }
}
