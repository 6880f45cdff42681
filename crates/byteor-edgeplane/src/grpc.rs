//! The gRPC adapters of a config bundle.

use std::time::Duration;

use byteor_adapters::net::grpc::{GrpcClient, GrpcServer, send, serve};
use byteor_adapters::net::join::{FromNet, ToNet};
use byteor_adapters::net::listen::Listen;
use byteor_adapters::net::tls;
use byteor_adapters::trial::Trial;
use byteor_config::adapters::grpc::{GrpcEgress, GrpcIngress};
use byteor_runtime::failure::Failure;

use crate::network::{Host, Sink, Source, impossible, patience, peer};

fn server(config: &GrpcIngress, host: &Host<'_>) -> Result<GrpcServer, Failure> {
    let own = host.own(config.certificate.as_ref(), config.certificate_key.as_ref())?;
    let clients = config
        .authorities
        .as_ref()
        .map(|path| host.certificates(path));
    let clients = clients.transpose()?;
    let tls = match own {
        Some((chain, key)) => {
            let config = tls::server(&chain, key, clients.as_deref())?;
            Some(tls::http2_server(config))
        }
        None => None,
    };
    Ok(GrpcServer {
        listen: Listen {
            address: config
                .listen
                .parse()
                .map_err(|_| impossible("the address"))?,
            connections: config.connections as usize,
            tls,
        },
        max_message: config.max_message_bytes as usize,
        timeout: Duration::from_secs(config.timeout_seconds.into()),
        token: host.token(config.token.as_ref())?,
    })
}

pub(crate) async fn try_source(
    config: &GrpcIngress,
    host: &Host<'_>,
    trial: &mut Trial<'_>,
) -> Result<(), Failure> {
    server(config, host)?
        .listen
        .try_out(&host.allow, trial)
        .await;
    Ok(())
}

pub(crate) fn source(config: &GrpcIngress, host: &Host<'_>) -> Result<Source, Failure> {
    let server = server(config, host)?;
    let (context, allow) = (host.context.clone(), host.allow.clone());
    Ok(Source::Net(FromNet {
        kind: "grpc",
        boundary: host.boundary(),
        bound: config.in_flight_bytes as usize,
        start: Box::new(move |intake| serve(server, &allow, &context, intake)),
    }))
}

fn client(config: &GrpcEgress, host: &Host<'_>) -> Result<GrpcClient, Failure> {
    let secured = config.url.starts_with("https://");
    let own = host.own(config.certificate.as_ref(), config.certificate_key.as_ref())?;
    let own = own.as_ref().map(|(chain, key)| (chain.as_slice(), *key));
    let authorities = config
        .authorities
        .as_ref()
        .map(|path| host.certificates(path));
    let authorities = authorities.transpose()?;
    let tls = match secured {
        true => Some(tls::http2_client(tls::client(authorities.as_deref(), own)?)),
        false => None,
    };
    Ok(GrpcClient {
        peer: peer(&config.url, if secured { 443 } else { 80 }, tls)?,
        url: config.url.clone(),
        batch_records: config.batch_records as usize,
        batch_bytes: config.batch_bytes as usize,
        timeout: Duration::from_secs(config.timeout_seconds.into()),
        give_up_after: patience(config.give_up_after_seconds),
        token: host.token(config.token.as_ref())?,
    })
}

pub(crate) async fn try_sink(
    config: &GrpcEgress,
    host: &Host<'_>,
    trial: &mut Trial<'_>,
) -> Result<(), Failure> {
    client(config, host)?.try_out(&host.allow, trial).await;
    Ok(())
}

pub(crate) fn sink(config: &GrpcEgress, host: &Host<'_>) -> Result<Sink, Failure> {
    let client = client(config, host)?;
    let (context, allow) = (host.context.clone(), host.allow.clone());
    Ok(Sink::Net(ToNet {
        kind: "grpc",
        boundary: host.boundary(),
        bound: config.batch_bytes as usize,
        start: Box::new(move |outlet, mark| {
            send(client, allow, &context, outlet, mark);
            Ok(())
        }),
    }))
}
