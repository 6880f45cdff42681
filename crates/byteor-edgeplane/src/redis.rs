//! The Redis streams of a config bundle.

use std::time::Duration;

use byteor_adapters::net::join::{FromNet, ToNet};
use byteor_adapters::net::redis::{Add, Group, Server, add, read};
use byteor_adapters::trial::Trial;
use byteor_config::adapters::redis::{RedisEgress, RedisIngress, RedisStart, database};
use byteor_runtime::failure::{Exit, Failure};

use crate::network::{Host, Sink, Source, impossible, patience, peer};

fn server(
    host: &Host<'_>,
    url: &str,
    timeout_seconds: u32,
    (user, password, authorities): (Option<&String>, Option<&String>, Option<&String>),
) -> Result<Server, Failure> {
    let tls = host.trusting(url.starts_with("rediss://"), authorities)?;
    Ok(Server {
        peer: peer(url, 6379, tls)?,
        database: database(url).ok_or_else(|| impossible("the URL"))?,
        user: user.cloned(),
        password: host.token(password)?,
        timeout: Duration::from_secs(timeout_seconds.into()),
    })
}

/// The name of this host, which tells its consumer from others.
fn host_name() -> Result<String, Failure> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname");
    let name = name.map_err(|error| {
        let message = format!("the name of the host can't be read: {error}");
        let help = "write the consumer's name without {host} in the config";
        Failure::new(Exit::Failed, "E_HOST_NAME", message, help)
    })?;
    Ok(name.trim().to_owned())
}

fn group(config: &RedisIngress, host: &Host<'_>) -> Result<Group, Failure> {
    let consumer = match config.consumer.contains("{host}") {
        true => config.consumer.replace("{host}", &host_name()?),
        false => config.consumer.clone(),
    };
    let proof = (
        config.user.as_ref(),
        config.password.as_ref(),
        config.authorities.as_ref(),
    );
    Ok(Group {
        server: server(host, &config.url, config.timeout_seconds, proof)?,
        stream: config.stream.clone(),
        group: config.group.clone(),
        consumer,
        from_start: config.start == RedisStart::Start,
        field: config.field.clone(),
        batch_records: config.batch_records,
        claim_after: Duration::from_secs(config.claim_after_seconds.into()),
    })
}

pub(crate) fn source(config: &RedisIngress, host: &Host<'_>) -> Result<Source, Failure> {
    let group = group(config, host)?;
    let (context, allow) = (host.context.clone(), host.allow.clone());
    Ok(Source::Net(FromNet {
        kind: "redis",
        boundary: host.boundary(),
        bound: config.in_flight_bytes as usize,
        start: Box::new(move |intake| {
            read(group, allow, &context, intake);
            Ok(())
        }),
    }))
}

pub(crate) async fn try_source(
    config: &RedisIngress,
    host: &Host<'_>,
    trial: &mut Trial<'_>,
) -> Result<(), Failure> {
    let group = group(config, host)?;
    group
        .server
        .try_out(&group.stream, &host.allow, trial)
        .await;
    Ok(())
}

fn adding(config: &RedisEgress, host: &Host<'_>) -> Result<Add, Failure> {
    let proof = (
        config.user.as_ref(),
        config.password.as_ref(),
        config.authorities.as_ref(),
    );
    Ok(Add {
        server: server(host, &config.url, config.timeout_seconds, proof)?,
        stream: config.stream.clone(),
        field: config.field.clone(),
        keep: config.keep_entries,
        batch_records: config.batch_records as usize,
        batch_bytes: config.batch_bytes as usize,
        give_up_after: patience(config.give_up_after_seconds),
    })
}

pub(crate) async fn try_sink(
    config: &RedisEgress,
    host: &Host<'_>,
    trial: &mut Trial<'_>,
) -> Result<(), Failure> {
    let adding = adding(config, host)?;
    adding
        .server
        .try_out(&adding.stream, &host.allow, trial)
        .await;
    Ok(())
}

pub(crate) fn sink(config: &RedisEgress, host: &Host<'_>) -> Result<Sink, Failure> {
    let adding = adding(config, host)?;
    let (context, allow) = (host.context.clone(), host.allow.clone());
    Ok(Sink::Net(ToNet {
        kind: "redis",
        boundary: host.boundary(),
        bound: config.batch_bytes as usize,
        start: Box::new(move |outlet, _| {
            add(adding, allow, &context, outlet);
            Ok(())
        }),
    }))
}
