//! The Kafka topics of a config bundle.

use std::time::Duration;

use byteor_adapters::net::join::{Decided, FromNet, ToNet};
use byteor_adapters::net::kafka::{
    Cluster, Gone, Group, Produce, Transactions, is_in_force, produce, read,
};
use byteor_adapters::trial::Trial;
use byteor_config::ConfigBundleV1;
use byteor_config::adapters::kafka::{
    KafkaDelivery, KafkaEgress, KafkaIngress, KafkaOutOfRange, KafkaStart, ONE_CLUSTER,
};
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

/// Whether the sink commits how far the source is read.
fn is_one_cluster(bundle: &ConfigBundleV1) -> bool {
    ONE_CLUSTER.holds(&bundle.ingress, &bundle.egress)
}

pub(crate) fn source(config: &KafkaIngress, host: &Host<'_>) -> Result<Source, Failure> {
    let together = host.together.clone();
    if is_one_cluster(host.bundle) {
        together.taken_by_sink();
    }
    let group = Group {
        cluster: cluster(&config.servers, &config.topic, config.timeout_seconds)?,
        group: config.group.clone(),
        from_start: config.start == KafkaStart::Start,
        gone: match config.out_of_range {
            None | Some(KafkaOutOfRange::Earliest) => Gone::Oldest,
            Some(KafkaOutOfRange::Latest) => Gone::Newest,
            Some(KafkaOutOfRange::Fail) => Gone::Fail,
        },
        session: Duration::from_secs(config.session_seconds.into()),
        ahead_bytes: config.in_flight_bytes,
        together,
    };
    let (context, allow) = (host.context.clone(), host.allow.clone());
    Ok(Source::Net(FromNet {
        kind: "kafka",
        bound: config.in_flight_bytes as usize,
        start: Box::new(move |intake| read(group, allow, &context, intake)),
    }))
}

fn producing(config: &KafkaEgress) -> Result<Produce, Failure> {
    Ok(Produce {
        cluster: cluster(&config.servers, &config.topic, config.timeout_seconds)?,
        key: config.key.clone(),
        compression: config.compression.as_str(),
        batch_bytes: config.batch_bytes,
        in_flight_bytes: config.in_flight_bytes,
        give_up_after: patience(config.give_up_after_seconds),
    })
}

/// How records are put into transactions, where they are.
fn transactions(config: &KafkaEgress, host: &Host<'_>) -> Option<Transactions> {
    let milliseconds = config.transaction_milliseconds.unwrap_or(100);
    let seconds = config.transaction_timeout_seconds.unwrap_or(15);
    let prefix = config.transaction_prefix.as_deref().unwrap_or("byteor");
    (config.delivery == Some(KafkaDelivery::Transactions)).then(|| Transactions {
        prefix: prefix.to_owned(),
        every: Duration::from_millis(milliseconds.into()),
        timeout: Duration::from_secs(seconds.into()),
        together: is_one_cluster(host.bundle).then(|| host.together.clone()),
    })
}

pub(crate) fn sink(config: &KafkaEgress, host: &Host<'_>) -> Result<Sink, Failure> {
    let producing = producing(config)?;
    let (context, allow) = (host.context.clone(), host.allow.clone());
    let Some(transactions) = transactions(config, host) else {
        return Ok(Sink::Net(ToNet {
            kind: "kafka",
            bound: config.batch_bytes as usize,
            start: Box::new(move |outlet, mark| {
                produce(producing, None, allow, &context, (outlet, mark))
            }),
        }));
    };
    let asked = (
        producing.clone(),
        transactions.clone(),
        allow.clone(),
        context.clone(),
    );
    Ok(Sink::Decided(Decided {
        to: ToNet {
            kind: "kafka",
            bound: config.in_flight_bytes as usize,
            start: Box::new(move |outlet, mark| {
                produce(
                    producing,
                    Some(transactions),
                    allow,
                    &context,
                    (outlet, mark),
                )
            }),
        },
        decides: Box::new(move |mark| {
            let (producing, transactions, allow, context) = &asked;
            is_in_force(producing, transactions, allow, context, mark)
        }),
    }))
}

pub(crate) async fn try_source(
    config: &KafkaIngress,
    host: &Host<'_>,
    trial: &mut Trial<'_>,
) -> Result<(), Failure> {
    let cluster = cluster(&config.servers, &config.topic, config.timeout_seconds)?;
    cluster.try_out(None, &host.allow, trial).await;
    Ok(())
}

pub(crate) async fn try_sink(
    config: &KafkaEgress,
    host: &Host<'_>,
    trial: &mut Trial<'_>,
) -> Result<(), Failure> {
    let cluster = cluster(&config.servers, &config.topic, config.timeout_seconds)?;
    let transactions = transactions(config, host);
    cluster
        .try_out(transactions.as_ref(), &host.allow, trial)
        .await;
    Ok(())
}
