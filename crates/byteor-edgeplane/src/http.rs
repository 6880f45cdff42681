//! The HTTP adapters of a config bundle.

use std::time::Duration;

use byteor_adapters::net::cut::Cut;
use byteor_adapters::net::http::{Door, HttpClient, HttpServer, send, serve};
use byteor_adapters::net::join::{FromNet, ToNet};
use byteor_adapters::net::listen::Listen;
use byteor_adapters::net::tls;
use byteor_adapters::trial::Trial;
use byteor_config::adapters::http::{HttpEgress, HttpFraming, HttpIngress, HttpTooLarge};
use byteor_config::{authority, target};
use byteor_runtime::failure::Failure;

use crate::network::{Host, Sink, Source, impossible, patience, peer};

fn cut(framing: HttpFraming) -> Cut {
    match framing {
        HttpFraming::Lines => Cut::Lines,
        HttpFraming::Whole => Cut::Whole,
        HttpFraming::Prefixed => Cut::Prefixed,
    }
}

fn server(config: &HttpIngress, host: &Host<'_>) -> Result<HttpServer, Failure> {
    let own = host.own(config.certificate.as_ref(), config.certificate_key.as_ref())?;
    let tls = match own {
        Some((chain, key)) => Some(tls::server(&chain, key, None)?),
        None => None,
    };
    Ok(HttpServer {
        listen: Listen {
            address: config
                .listen
                .parse()
                .map_err(|_| impossible("the address"))?,
            connections: config.connections as usize,
            tls,
        },
        path: config.url_path.clone(),
        cut: cut(config.framing),
        refuse_above: match config.too_large {
            HttpTooLarge::Reject => None,
            HttpTooLarge::Refuse => Some(host.bundle.record.slot_bytes as usize),
        },
        max_body: config.max_body_bytes as usize,
        timeout: Duration::from_secs(config.timeout_seconds.into()),
        token: host.token(config.token.as_ref())?,
    })
}

pub(crate) async fn try_source(
    config: &HttpIngress,
    host: &Host<'_>,
    trial: &mut Trial<'_>,
) -> Result<(), Failure> {
    server(config, host)?
        .listen
        .try_out(&host.allow, trial)
        .await;
    Ok(())
}

pub(crate) fn source(config: &HttpIngress, host: &Host<'_>) -> Result<Source, Failure> {
    let server = server(config, host)?;
    let doors = host.doors.clone();
    let (context, allow) = (host.context.clone(), host.allow.clone());
    Ok(Source::Net(FromNet {
        kind: "http",
        boundary: host.boundary(),
        bound: config.in_flight_bytes as usize,
        start: Box::new(move |intake| {
            let door = Door {
                server,
                context,
                intake,
            };
            match doors {
                Some(doors) => doors.add(door, &allow),
                None => serve(vec![door], &allow),
            }
        }),
    }))
}

fn client(config: &HttpEgress, host: &Host<'_>) -> Result<HttpClient, Failure> {
    let secured = config.url.starts_with("https://");
    let tls = host.trusting(secured, config.authorities.as_ref())?;
    Ok(HttpClient {
        peer: peer(&config.url, if secured { 443 } else { 80 }, tls)?,
        authority: authority(&config.url).to_owned(),
        target: target(&config.url),
        cut: cut(config.framing),
        batch_records: match config.framing {
            HttpFraming::Whole => 1,
            _ => config.batch_records as usize,
        },
        batch_bytes: config.batch_bytes as usize,
        timeout: Duration::from_secs(config.timeout_seconds.into()),
        give_up_after: patience(config.give_up_after_seconds),
        token: host.token(config.token.as_ref())?,
    })
}

pub(crate) async fn try_sink(
    config: &HttpEgress,
    host: &Host<'_>,
    trial: &mut Trial<'_>,
) -> Result<(), Failure> {
    client(config, host)?.try_out(&host.allow, trial).await;
    Ok(())
}

pub(crate) fn sink(config: &HttpEgress, host: &Host<'_>) -> Result<Sink, Failure> {
    let client = client(config, host)?;
    let (context, allow) = (host.context.clone(), host.allow.clone());
    Ok(Sink::Net(ToNet {
        kind: "http",
        boundary: host.boundary(),
        bound: config.batch_bytes as usize,
        start: Box::new(move |outlet, mark| {
            send(client, allow, &context, outlet, mark);
            Ok(())
        }),
    }))
}
