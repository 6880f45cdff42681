//! Records that are posted to this host. A request is answered when everything in it is where the
//! sink keeps it, or in the reject file; who had no answer sends again.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::header::{
    ALLOW, AUTHORIZATION, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE,
};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};

use crate::allow_net::AllowNet;
use crate::delivery::relock;
use crate::error::AdapterError;
use crate::net::cut::Cut;
use crate::net::intake::Intake;
use crate::net::listen::{HEAD, Listen, is_bearer};
use crate::net::reactor::Context;
use crate::net::tls::Stream;

/// The most bytes of the head of a request.
const HEAD_BYTES: usize = 16 * 1024;

/// A server.
#[derive(Clone)]
pub struct HttpServer {
    /// Where it listens.
    pub listen: Listen,
    /// The one path that it has.
    pub path: String,
    /// How records stand in a body.
    pub cut: Cut,
    /// A request with a record of more bytes is refused as a whole; nothing where those records go to
    /// the reject file.
    pub refuse_above: Option<usize>,
    /// The most bytes of a body.
    pub max_body: usize,
    /// How long a body may take to come, and room for it to be there.
    pub timeout: Duration,
    /// What a client proves itself by.
    pub token: Option<String>,
}

/// A server's path, and where what is posted to it goes.
pub struct Door {
    /// The server.
    pub server: HttpServer,
    /// What its side is told.
    pub context: Context,
    /// Where records go.
    pub intake: Intake,
}

/// The doors of a graph with several ingresses, which are paths of one server: it listens once all are
/// there.
#[derive(Clone)]
pub struct Doors(Arc<Mutex<(usize, Vec<Door>)>>);

impl Doors {
    /// So many will be there.
    pub fn of(count: usize) -> Self {
        Self(Arc::new(Mutex::new((count, Vec::new()))))
    }

    /// One more is there; with the last one, it listens.
    pub fn add(&self, door: Door, allow: &AllowNet) -> Result<(), AdapterError> {
        let mut doors = relock(&self.0);
        doors.1.push(door);
        match doors.1.len() == doors.0 {
            true => serve(std::mem::take(&mut doors.1), allow),
            false => Ok(()),
        }
    }
}

/// Listens, and serves on the reactor until it ends. The doors are paths of one server.
pub fn serve(doors: Vec<Door>, allow: &AllowNet) -> Result<(), AdapterError> {
    let Some(first) = doors.first() else {
        return Ok(());
    };
    let (listen, context) = (first.server.listen.clone(), first.context.clone());
    let doors: Arc<[Door]> = doors.into();
    // Before anybody connects: who is connected is counted where it listens.
    for door in &doors[1..] {
        door.context.watch().listens();
    }
    let open = Arc::clone(&doors);
    listen.serve(allow, &context, move |stream| {
        let doors = Arc::clone(&open);
        // The first one's is counted by who listens: a connection is open to each of them.
        let connected: Vec<_> = doors[1..]
            .iter()
            .map(|door| door.context.watch().connected())
            .collect();
        // How a connection ends is its client's affair.
        async move {
            drop(connection(doors, stream).await);
            drop(connected);
        }
    })
}

async fn connection(
    doors: Arc<[Door]>,
    stream: Box<dyn Stream>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let stopping = doors[0].context.clone();
    let service = service_fn(move |request| {
        let doors = Arc::clone(&doors);
        async move {
            let path = Request::<Incoming>::uri(&request).path();
            let mut paths = doors.iter();
            let door = paths.find(|door| door.server.path == path);
            // The first one says that there is none.
            let door = door.unwrap_or(&doors[0]);
            Ok::<_, Infallible>(answer(&door.server, &door.context, &door.intake, request).await)
        }
    });
    let mut serving = std::pin::pin!(
        hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .max_buf_size(HEAD_BYTES)
            .serve_connection(TokioIo::new(stream), service)
    );
    tokio::select! {
        served = serving.as_mut() => return Ok(served?),
        () = stopping.stopped() => {}
    }
    serving.as_mut().graceful_shutdown();
    Ok(serving.await?)
}

/// A refusal: status, code, what is wrong.
type Refusal = (StatusCode, &'static str, String);

async fn answer(
    server: &HttpServer,
    context: &Context,
    intake: &Intake,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    match take(server, context, intake, request).await {
        Ok(records) => {
            let body = format!("{{\"records\":{records}}}\n");
            json(StatusCode::OK, body)
        }
        Err((status, code, message)) => {
            let watch = context.watch();
            watch.refused(&format!("refused a request: {code}: {message}"));
            let body = format!("{{\"code\":\"{code}\",\"message\":\"{message}\"}}\n");
            let mut response = json(status, body);
            let headers = response.headers_mut();
            let mut put = |name, value: &'static str| {
                headers.insert(name, hyper::header::HeaderValue::from_static(value));
            };
            match status {
                StatusCode::METHOD_NOT_ALLOWED => put(ALLOW, "POST"),
                StatusCode::UNAUTHORIZED => put(WWW_AUTHENTICATE, "Bearer"),
                StatusCode::SERVICE_UNAVAILABLE => put(RETRY_AFTER, "1"),
                // The rest of a body that isn't read stands before the next request.
                StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT => {
                    put(CONNECTION, "close");
                }
                _ => {}
            }
            response
        }
    }
}

fn json(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let kind = hyper::header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// Takes the records of a request; how many, once they last.
async fn take(
    server: &HttpServer,
    context: &Context,
    intake: &Intake,
    request: Request<Incoming>,
) -> Result<u64, Refusal> {
    let refuse = |status, code, message: &str| Err((status, code, message.to_owned()));
    if request.uri().path() != server.path {
        return refuse(
            StatusCode::NOT_FOUND,
            "E_HTTP_PATH",
            "records are taken at another path",
        );
    }
    if request.method() != Method::POST {
        let message = "records are posted";
        return refuse(StatusCode::METHOD_NOT_ALLOWED, "E_HTTP_METHOD", message);
    }
    if let Some(token) = &server.token
        && !is_bearer(
            request
                .headers()
                .get(AUTHORIZATION)
                .map(|given| given.as_bytes()),
            token,
        )
    {
        let message = "the bearer token is missing or another one";
        return refuse(StatusCode::UNAUTHORIZED, "E_HTTP_TOKEN", message);
    }
    let most = format!("a body may have {} bytes", server.max_body);
    let foreseen = request
        .body()
        .size_hint()
        .upper()
        .map_or(server.max_body, |bytes| {
            usize::try_from(bytes).unwrap_or(usize::MAX)
        });
    if foreseen > server.max_body {
        return refuse(StatusCode::PAYLOAD_TOO_LARGE, "E_HTTP_BODY", &most);
    }
    let busy = || {
        let message = "what came before isn't delivered yet; send again later";
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "E_HTTP_BUSY",
            message.to_owned(),
        )
    };
    if context.stopping() {
        return Err(busy());
    }
    // Room first, then bytes: what is in memory is within the bound, however many connections send.
    let room = tokio::time::timeout(server.timeout, intake.room(foreseen)).await;
    let room = room.ok().flatten().ok_or_else(busy)?;
    let body = Limited::new(request.into_body(), server.max_body).collect();
    let body = match tokio::time::timeout(server.timeout, body).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            return refuse(StatusCode::PAYLOAD_TOO_LARGE, "E_HTTP_BODY", &most);
        }
        Ok(Err(_)) => {
            return refuse(StatusCode::BAD_REQUEST, "E_HTTP_BODY", "the body broke off");
        }
        Err(_) => {
            let message = "the body took too long";
            return refuse(StatusCode::REQUEST_TIMEOUT, "E_HTTP_TIMEOUT", message);
        }
    };
    let Some(records) = server.cut.count(&body) else {
        let message = "a length in the body leads out of it";
        return refuse(StatusCode::BAD_REQUEST, "E_HTTP_FRAMING", message);
    };
    if let Some(most) = server.refuse_above
        && server.cut.longest(&body) > most
    {
        let message = format!("a record may have {most} bytes; nothing of the request was taken");
        return refuse(StatusCode::PAYLOAD_TOO_LARGE, "E_HTTP_RECORD", &message);
    }
    if records == 0 {
        return Ok(0);
    }
    let last = intake
        .give(body, server.cut, records, room)
        .ok_or_else(busy)?;
    match intake.saved_soon(last).await {
        true => Ok(records),
        false => Err(busy()),
    }
}
