//! The Kafka topics of a config bundle.

use std::time::Duration;

use byteor_adapters::net::join::{FromNet, ToNet};
use byteor_adapters::net::kafka::{Cluster, Group, Produce, produce, read};
use byteor_adapters::trial::Trial;
use byteor_config::adapters::kafka::{KafkaEgress, KafkaIngress, KafkaStart};
use byteor_runtime::failure::Failure;

use crate::network::{Host, Sink, Source, impossible, patience};

fn cluster(servers: &str, topic: &str, timeout_seconds: u32) -> Result<Cluster, Failure> {
    let named = byteor_config::adapters::kafka::servers(servers);
    let named = named.ok_or_else(|| impossible("the list of servers"))?;
    Ok(Cluster {
        servers: named
            .into_iter()
            .map(|(host, port)| (host.to_owned(), port))
            .collect(),
        topic: topic.to_owned(),
        timeout: Duration::from_secs(timeout_seconds.into()),
    })
}

pub(crate) fn source(config: &KafkaIngress, host: &Host<'_>) -> Result<Source, Failure> {
    let group = Group {
        cluster: cluster(&config.servers, &config.topic, config.timeout_seconds)?,
        group: config.group.clone(),
        from_start: config.start == KafkaStart::Start,
        session: Duration::from_secs(config.session_seconds.into()),
        ahead_bytes: config.in_flight_bytes,
    };
    let (context, allow) = (host.context.clone(), host.allow.clone());
    Ok(Source::Net(FromNet {
        kind: "kafka",
        bound: config.in_flight_bytes as usize,
        start: Box::new(move |intake| read(group, allow, &context, intake)),
    }))
}

pub(crate) fn sink(config: &KafkaEgress, host: &Host<'_>) -> Result<Sink, Failure> {
    let producing = Produce {
        cluster: cluster(&config.servers, &config.topic, config.timeout_seconds)?,
        key: config.key.clone(),
        compression: config.compression.as_str(),
        batch_bytes: config.batch_bytes,
        in_flight_bytes: config.in_flight_bytes,
        give_up_after: patience(config.give_up_after_seconds),
    };
    let (context, allow) = (host.context.clone(), host.allow.clone());
    Ok(Sink::Net(ToNet {
        kind: "kafka",
        bound: config.batch_bytes as usize,
        start: Box::new(move |outlet, _| produce(producing, allow, &context, outlet)),
    }))
}

pub(crate) async fn try_source(
    config: &KafkaIngress,
    host: &Host<'_>,
    trial: &mut Trial<'_>,
) -> Result<(), Failure> {
    let cluster = cluster(&config.servers, &config.topic, config.timeout_seconds)?;
    cluster.try_out(&host.allow, trial).await;
    Ok(())
}

pub(crate) async fn try_sink(
    config: &KafkaEgress,
    host: &Host<'_>,
    trial: &mut Trial<'_>,
) -> Result<(), Failure> {
    let cluster = cluster(&config.servers, &config.topic, config.timeout_seconds)?;
    cluster.try_out(&host.allow, trial).await;
    Ok(())
}
