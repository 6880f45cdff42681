//! How two sides find each other: one listens, one connects; then both are the same.

use std::time::Duration;

use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, client::IntoClientRequest};

use super::{Messages, SUBPROTOCOL};
use crate::allow_net::AllowNet;
use crate::error::AdapterError;
use crate::net::connect::{Failed, Peer};
use crate::net::listen::{HEAD, Listen, is_bearer};
use crate::net::tls::Stream;
use crate::trial::{Step, Trial};

/// An open connection.
pub(super) type Socket = WebSocketStream<Box<dyn Stream>>;

/// What both sides of an adapter say.
#[derive(Clone)]
pub struct Settings {
    /// How records stand in messages.
    pub messages: Messages,
    /// The most bytes of a message that comes.
    pub max_message: usize,
    /// How long a handshake may take, and how long a peer may say nothing.
    pub timeout: Duration,
    /// What a client proves itself by.
    pub token: Option<String>,
}

/// Who connects.
#[derive(Clone)]
pub enum Way {
    /// This side.
    Connect(Dial),
    /// The other side: where this one listens, and the one path that it has.
    Listen(Listen, String),
}

/// A server.
#[derive(Clone)]
pub struct Dial {
    /// The server.
    pub peer: Peer,
    /// Its URL.
    pub url: String,
}

/// One side of an adapter.
#[derive(Clone)]
pub struct Link {
    /// What both ways have in common.
    pub settings: Settings,
    /// Who connects.
    pub way: Way,
}

impl Link {
    /// A trial: whether the server agrees to a connection, or this side could listen.
    pub async fn try_out(&self, allow: &AllowNet, trial: &mut Trial<'_>) {
        let dial = match &self.way {
            Way::Listen(listen, _) => return listen.try_out(allow, trial).await,
            Way::Connect(dial) => dial,
        };
        let Some(stream) = dial.peer.try_connect(allow, trial).await else {
            return;
        };
        let agreed = trial.step(Step::Authenticate, &dial.url, async {
            let mut socket = self.settings.greet(dial, stream).await?;
            // How it takes the farewell is no matter of the trial.
            let _ = socket.close(None).await;
            Ok(((), format!("{} agrees to the connection", dial.url)))
        });
        let _: Option<()> = agreed.await;
    }
}

impl Settings {
    fn config(&self) -> WebSocketConfig {
        WebSocketConfig::default()
            .read_buffer_size(16 * 1024)
            .write_buffer_size(0)
            .max_message_size(Some(self.max_message))
            .max_frame_size(Some(self.max_message))
    }

    /// Connects to a server.
    pub(super) async fn dial(&self, dial: &Dial, allow: &AllowNet) -> Result<Socket, Failed> {
        let late = || Failed::Again("took too long to connect".to_owned(), None);
        let connected = tokio::time::timeout(self.timeout, self.shake_hands(dial, allow)).await;
        connected.map_err(|_| late())?
    }

    async fn shake_hands(&self, dial: &Dial, allow: &AllowNet) -> Result<Socket, Failed> {
        let stream = dial.peer.connect(allow).await?;
        self.greet(dial, stream).await
    }

    /// The handshake over an open connection.
    async fn greet(&self, dial: &Dial, stream: Box<dyn Stream>) -> Result<Socket, Failed> {
        let mut request = dial.url.as_str().into_client_request().map_err(wrong_url)?;
        let headers = request.headers_mut();
        if self.messages == Messages::Numbered {
            let name = HeaderValue::from_static(SUBPROTOCOL);
            headers.insert(SEC_WEBSOCKET_PROTOCOL, name);
        }
        if let Some(token) = &self.token {
            let value = HeaderValue::try_from(format!("Bearer {token}"));
            let mut value = value.map_err(wrong_url)?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let config = Some(self.config());
        let answered = tokio_tungstenite::client_async_with_config(request, stream, config).await;
        match answered {
            Ok((socket, _)) => Ok(socket),
            Err(Error::Http(answer)) if answer.status().is_server_error() => Err(Failed::Again(
                format!("answered {} to the handshake", answer.status()),
                None,
            )),
            // One that another client has now, or too many for now.
            Err(Error::Http(answer))
                if [StatusCode::CONFLICT, StatusCode::TOO_MANY_REQUESTS]
                    .contains(&answer.status()) =>
            {
                let why = format!("answered {} to the handshake", answer.status());
                Err(Failed::Again(why, None))
            }
            Err(Error::Http(answer)) => Err(refused(&format!(
                "answered {} to the handshake",
                answer.status()
            ))),
            // A server that ends in the middle says nothing about the next one.
            Err(Error::Protocol(error)) if error != ProtocolError::HandshakeIncomplete => {
                Err(refused(&format!("doesn't agree: {error}")))
            }
            Err(error) => Err(Failed::again("broke the handshake", &error)),
        }
    }

    /// Takes the handshake of a client at `path`, where `free` lets it in; what that gave, or why the client
    /// was refused.
    #[allow(clippy::result_large_err, reason = "the library's own callback")]
    pub(super) async fn accept<G: Send>(
        &self,
        stream: Box<dyn Stream>,
        path: &str,
        free: impl FnOnce() -> Option<G> + Send + Unpin,
    ) -> Result<(Socket, G), String> {
        let mut guard = None;
        let given = &mut guard;
        let judge = move |request: &Request, mut response: Response| {
            self.judge(request, &mut response, path)?;
            match free() {
                Some(free) => *given = Some(free),
                None => {
                    let why = "E_WEBSOCKET_TAKEN: another client has this connection";
                    return Err(no(StatusCode::CONFLICT, why));
                }
            }
            Ok(response)
        };
        let config = Some(self.config());
        let shaking = tokio_tungstenite::accept_hdr_async_with_config(stream, judge, config);
        let shaken = tokio::time::timeout(HEAD, shaking).await;
        let shaken = shaken.map_err(|_| format!("no handshake within {} s", HEAD.as_secs()))?;
        let socket = shaken.map_err(|error| match error {
            Error::Http(no) => no.body().as_deref().map_or_else(String::new, |why| {
                String::from_utf8_lossy(why).trim_end().to_owned()
            }),
            error => error.to_string(),
        })?;
        let guard = guard.ok_or("the handshake ended before it was judged")?;
        Ok((socket, guard))
    }

    #[allow(clippy::result_large_err, reason = "the library's own callback")]
    fn judge(
        &self,
        request: &Request,
        response: &mut Response,
        path: &str,
    ) -> Result<(), ErrorResponse> {
        if request.uri().path() != path {
            let why = "E_WEBSOCKET_PATH: records are at another path";
            return Err(no(StatusCode::NOT_FOUND, why));
        }
        let given = request.headers().get(AUTHORIZATION);
        if let Some(token) = &self.token
            && !is_bearer(given.map(|given| given.as_bytes()), token)
        {
            let why = "E_WEBSOCKET_TOKEN: the bearer token is missing or another one";
            return Err(no(StatusCode::UNAUTHORIZED, why));
        }
        let offers = request.headers().get_all(SEC_WEBSOCKET_PROTOCOL);
        let mut offers = offers
            .iter()
            .filter_map(|offers| offers.to_str().ok())
            .flat_map(|offers| offers.split(',').map(str::trim));
        if self.messages == Messages::Numbered {
            if !offers.any(|offer| offer == SUBPROTOCOL) {
                let why = "E_WEBSOCKET_SUBPROTOCOL: this side speaks byteor.numbered.v1 only";
                return Err(no(StatusCode::BAD_REQUEST, why));
            }
            let name = HeaderValue::from_static(SUBPROTOCOL);
            response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, name);
        }
        Ok(())
    }
}

fn no(status: StatusCode, why: &str) -> ErrorResponse {
    let mut response = ErrorResponse::new(Some(format!("{why}\n")));
    *response.status_mut() = status;
    response
}

fn wrong_url(error: impl std::fmt::Display) -> Failed {
    refused(&format!("can't be asked: {error}"))
}

fn refused(why: &str) -> Failed {
    Failed::ForGood(AdapterError::new(
        "E_WEBSOCKET_REFUSED",
        format!("the WebSocket server {why}"),
        "nothing is lost: correct the URL, the token or the framing in the config, or what the server \
         takes, and start again",
    ))
}
