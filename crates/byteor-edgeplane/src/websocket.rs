//! The WebSockets of a config bundle.

use std::time::Duration;

use byteor_adapters::net::join::{FromNet, ToNet};
use byteor_adapters::net::listen::Listen;
use byteor_adapters::net::tls;
use byteor_adapters::net::websocket::{Dial, Link, Messages, Sender, Settings, Way, receive, send};
use byteor_adapters::trial::Trial;
use byteor_config::adapters::websocket::{
    WebsocketEgress, WebsocketEgressFraming, WebsocketIngress, WebsocketIngressFraming,
    WebsocketRole,
};
use byteor_config::{address, target};
use byteor_runtime::failure::Failure;

use crate::network::{Host, Sink, Source, impossible, patience, peer};

/// What both sides have in common.
struct Common<'a> {
    role: WebsocketRole,
    url: &'a str,
    connections: u32,
    certificate: Option<&'a String>,
    certificate_key: Option<&'a String>,
    authorities: Option<&'a String>,
}

impl Common<'_> {
    fn way(&self, host: &Host<'_>) -> Result<Way, Failure> {
        let secured = self.url.starts_with("wss://");
        let own = host.own(self.certificate, self.certificate_key)?;
        let own = own.as_ref().map(|(chain, key)| (chain.as_slice(), *key));
        let others = self.authorities.map(|path| host.certificates(path));
        let others = others.transpose()?;
        if self.role == WebsocketRole::Connect {
            let tls = match secured {
                true => Some(tls::client(others.as_deref(), own)?),
                false => None,
            };
            let peer = peer(self.url, if secured { 443 } else { 80 }, tls)?;
            let url = self.url.to_owned();
            return Ok(Way::Connect(Dial { peer, url }));
        }
        let tls = match own.filter(|_| secured) {
            Some((chain, key)) => Some(tls::server(chain, key, others.as_deref())?),
            None => None,
        };
        let listen = Listen {
            address: address(self.url).ok_or_else(|| impossible("the URL"))?,
            connections: self.connections as usize,
            tls,
        };
        Ok(Way::Listen(listen, target(self.url)))
    }
}

fn receiver(config: &WebsocketIngress, host: &Host<'_>) -> Result<Link, Failure> {
    let common = Common {
        role: config.role,
        url: &config.url,
        connections: config.connections,
        certificate: config.certificate.as_ref(),
        certificate_key: config.certificate_key.as_ref(),
        authorities: config.authorities.as_ref(),
    };
    Ok(Link {
        settings: Settings {
            messages: match config.framing {
                WebsocketIngressFraming::Whole => Messages::Binary,
                WebsocketIngressFraming::Lines => Messages::Lines,
                WebsocketIngressFraming::Numbered => Messages::Numbered,
            },
            max_message: config.max_message_bytes as usize,
            timeout: Duration::from_secs(config.timeout_seconds.into()),
            token: host.token(config.token.as_ref())?,
        },
        way: common.way(host)?,
    })
}

pub(crate) async fn try_source(
    config: &WebsocketIngress,
    host: &Host<'_>,
    trial: &mut Trial<'_>,
) -> Result<(), Failure> {
    receiver(config, host)?.try_out(&host.allow, trial).await;
    Ok(())
}

pub(crate) fn source(config: &WebsocketIngress, host: &Host<'_>) -> Result<Source, Failure> {
    let link = receiver(config, host)?;
    let (context, allow) = (host.context.clone(), host.allow.clone());
    Ok(Source::Net(FromNet {
        kind: "websocket",
        boundary: host.boundary(),
        bound: config.in_flight_bytes as usize,
        start: Box::new(move |intake| receive(link, allow, &context, intake)),
    }))
}

/// The most bytes of a message that a receiver of records sends.
const ACKNOWLEDGEMENT: usize = 64 * 1024;

/// The most connections to a side that sends: one has the records, others are told so.
const CONNECTIONS: u32 = 16;

fn messages(config: &WebsocketEgress) -> Messages {
    match config.framing {
        WebsocketEgressFraming::Text => Messages::Text,
        WebsocketEgressFraming::Binary => Messages::Binary,
        WebsocketEgressFraming::Lines => Messages::Lines,
        WebsocketEgressFraming::Numbered => Messages::Numbered,
    }
}

fn giver(config: &WebsocketEgress, host: &Host<'_>) -> Result<Link, Failure> {
    let common = Common {
        role: config.role,
        url: &config.url,
        connections: CONNECTIONS,
        certificate: config.certificate.as_ref(),
        certificate_key: config.certificate_key.as_ref(),
        authorities: config.authorities.as_ref(),
    };
    Ok(Link {
        settings: Settings {
            messages: messages(config),
            max_message: ACKNOWLEDGEMENT,
            timeout: Duration::from_secs(config.timeout_seconds.into()),
            token: host.token(config.token.as_ref())?,
        },
        way: common.way(host)?,
    })
}

pub(crate) async fn try_sink(
    config: &WebsocketEgress,
    host: &Host<'_>,
    trial: &mut Trial<'_>,
) -> Result<(), Failure> {
    giver(config, host)?.try_out(&host.allow, trial).await;
    Ok(())
}

pub(crate) fn sink(config: &WebsocketEgress, host: &Host<'_>) -> Result<Sink, Failure> {
    let link = giver(config, host)?;
    let sender = Sender {
        batch_records: match messages(config) {
            Messages::Text | Messages::Binary => 1,
            Messages::Lines | Messages::Numbered => config.batch_records as usize,
        },
        batch_bytes: config.batch_bytes as usize,
        give_up_after: patience(config.give_up_after_seconds),
    };
    let (context, allow) = (host.context.clone(), host.allow.clone());
    Ok(Sink::Net(ToNet {
        kind: "websocket",
        boundary: host.boundary(),
        bound: config.batch_bytes as usize,
        start: Box::new(move |outlet, mark| send(link, sender, allow, &context, outlet, mark)),
    }))
}
