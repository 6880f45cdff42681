//! The RabbitMQ streams of a config bundle.

use std::time::Duration;

use byteor_adapters::net::join::{FromNet, ToNet};
use byteor_adapters::net::rabbitmq::{Looked, Publish, Read, Server, publish, read};
use byteor_adapters::trial::Trial;
use byteor_config::adapters::rabbitmq::{RabbitmqEgress, RabbitmqIngress, RabbitmqStart};
use byteor_runtime::failure::Failure;

use crate::network::{Host, Sink, Source, impossible, patience, peer};

/// What both sides have in common.
struct Common<'a> {
    url: &'a str,
    virtual_host: &'a str,
    timeout_seconds: u32,
    user: &'a str,
    password: &'a String,
    authorities: Option<&'a String>,
}

impl Common<'_> {
    fn server(&self, host: &Host<'_>) -> Result<Server, Failure> {
        let secured = self.url.starts_with("amqps://");
        let tls = host.trusting(secured, self.authorities)?;
        Ok(Server {
            peer: peer(self.url, if secured { 5671 } else { 5672 }, tls)?,
            virtual_host: self.virtual_host.to_owned(),
            user: self.user.to_owned(),
            password: host.token(Some(self.password))?,
            timeout: Duration::from_secs(self.timeout_seconds.into()),
        })
    }
}

fn reading(config: &RabbitmqIngress, host: &Host<'_>) -> Result<Read, Failure> {
    let common = Common {
        url: &config.url,
        virtual_host: &config.virtual_host,
        timeout_seconds: config.timeout_seconds,
        user: &config.user,
        password: &config.password,
        authorities: config.authorities.as_ref(),
    };
    let ahead = u16::try_from(config.ahead_records);
    Ok(Read {
        server: common.server(host)?,
        stream: config.stream.clone(),
        from_start: config.start == RabbitmqStart::Start,
        ahead: ahead.map_err(|_| impossible("the number of records ahead"))?,
    })
}

pub(crate) fn source(config: &RabbitmqIngress, host: &Host<'_>) -> Result<Source, Failure> {
    let reading = reading(config, host)?;
    let (context, allow) = (host.context.clone(), host.allow.clone());
    Ok(Source::Net(FromNet {
        kind: "rabbitmq",
        boundary: host.boundary(),
        bound: config.in_flight_bytes as usize,
        start: Box::new(move |intake| {
            read(reading, allow, &context, intake);
            Ok(())
        }),
    }))
}

pub(crate) async fn try_source(
    config: &RabbitmqIngress,
    host: &Host<'_>,
    trial: &mut Trial<'_>,
) -> Result<(), Failure> {
    let Read { server, stream, .. } = reading(config, host)?;
    server
        .try_out(&stream, Looked::Stream, &host.allow, trial)
        .await;
    Ok(())
}

fn publishing(config: &RabbitmqEgress, host: &Host<'_>) -> Result<Publish, Failure> {
    let common = Common {
        url: &config.url,
        virtual_host: &config.virtual_host,
        timeout_seconds: config.timeout_seconds,
        user: &config.user,
        password: &config.password,
        authorities: config.authorities.as_ref(),
    };
    Ok(Publish {
        server: common.server(host)?,
        stream: config.stream.clone(),
        in_flight: config.in_flight_records as usize,
        give_up_after: patience(config.give_up_after_seconds),
    })
}

pub(crate) fn sink(config: &RabbitmqEgress, host: &Host<'_>) -> Result<Sink, Failure> {
    let publishing = publishing(config, host)?;
    let (context, allow) = (host.context.clone(), host.allow.clone());
    Ok(Sink::Net(ToNet {
        kind: "rabbitmq",
        boundary: host.boundary(),
        bound: config.in_flight_bytes as usize,
        start: Box::new(move |outlet, mark| {
            publish(publishing, allow, &context, outlet, mark);
            Ok(())
        }),
    }))
}

pub(crate) async fn try_sink(
    config: &RabbitmqEgress,
    host: &Host<'_>,
    trial: &mut Trial<'_>,
) -> Result<(), Failure> {
    let Publish { server, stream, .. } = publishing(config, host)?;
    server
        .try_out(&stream, Looked::Queue, &host.allow, trial)
        .await;
    Ok(())
}
