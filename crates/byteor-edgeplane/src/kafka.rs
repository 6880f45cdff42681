//! The Kafka topics of a config bundle.

use std::time::Duration;

use byteor_adapters::net::join::{Decided, FromNet, ToNet};
#[cfg(feature = "kafka-tls")]
use byteor_adapters::net::kafka::User;
use byteor_adapters::net::kafka::{
    Cluster, Gone, Group, Produce, Security, Transactions, is_in_force, produce, read,
};
use byteor_adapters::trial::Trial;
use byteor_config::ConfigBundleV1;
#[cfg(any(feature = "kafka-tls", test))]
use byteor_config::adapters::kafka::KafkaSasl;
use byteor_config::adapters::kafka::{
    KafkaDelivery, KafkaEgress, KafkaIngress, KafkaOutOfRange, KafkaStart, ONE_CLUSTER,
    Security as Secured,
};
use byteor_runtime::failure::{Exit, Failure};

use crate::network::{Host, Sink, Source, impossible, patience};

fn cluster(
    servers: &str,
    topic: &str,
    timeout_seconds: u32,
    secured: &Secured<'_>,
    host: &Host<'_>,
) -> Result<Cluster, Failure> {
    fits(secured, HAS_TLS)?;
    let named = byteor_config::adapters::kafka::servers(servers);
    let named = named.ok_or_else(|| impossible("the list of servers"))?;
    Ok(Cluster {
        servers: named
            .into_iter()
            .map(|(host, port)| (host.to_owned(), port))
            .collect(),
        topic: topic.to_owned(),
        security: security(secured, host)?,
        timeout: Duration::from_secs(timeout_seconds.into()),
    })
}

/// Whether this build speaks TLS and SASL to Kafka.
const HAS_TLS: bool = cfg!(feature = "kafka-tls");

/// Refuses what a build without TLS can't do.
fn fits(config: &Secured<'_>, has_tls: bool) -> Result<(), Failure> {
    if has_tls || !(config.has_tls() || config.has_sasl()) {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Refused,
        "E_KAFKA_TLS_LEFT_OUT",
        "this build speaks neither TLS nor SASL to Kafka",
        "run it with a build that has the feature kafka-tls, which `capabilities` lists as kafka_tls; or, \
         where the cluster has a listener without either, name that one",
    ))
}

/// How connections are secured, and who this client is to the cluster.
#[cfg(feature = "kafka-tls")]
fn security(config: &Secured<'_>, host: &Host<'_>) -> Result<Security, Failure> {
    let authorities = config.authorities.map(|path| host.certificates(path));
    let authorities = authorities.transpose()?;
    let own = host.own(config.certificate, config.certificate_key)?;
    let own = own.as_ref().map(|(chain, key)| (&chain[..], *key));
    let mechanism = match config.sasl {
        None | Some(KafkaSasl::None) => None,
        Some(KafkaSasl::ScramSha512) => Some("SCRAM-SHA-512"),
        Some(KafkaSasl::ScramSha256) => Some("SCRAM-SHA-256"),
        Some(KafkaSasl::Plain) => Some("PLAIN"),
    };
    let user = match Option::zip(mechanism, config.user) {
        None => None,
        Some((mechanism, name)) => Some(User {
            mechanism,
            name: name.clone(),
            password: host.token(config.password)?,
        }),
    };
    let secured = config.has_tls();
    Ok(Security::new(secured, authorities.as_deref(), own, user)?)
}

/// None: what asks for more was refused.
#[cfg(not(feature = "kafka-tls"))]
fn security(_: &Secured<'_>, _: &Host<'_>) -> Result<Security, Failure> {
    Ok(Security::NONE)
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
        cluster: reading(config, host)?,
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
        boundary: host.boundary(),
        bound: config.in_flight_bytes as usize,
        start: Box::new(move |intake| read(group, allow, &context, intake)),
    }))
}

/// What is read from.
fn reading(config: &KafkaIngress, host: &Host<'_>) -> Result<Cluster, Failure> {
    cluster(
        &config.servers,
        &config.topic,
        config.timeout_seconds,
        &config.security(),
        host,
    )
}

fn producing(config: &KafkaEgress, host: &Host<'_>) -> Result<Produce, Failure> {
    Ok(Produce {
        cluster: cluster(
            &config.servers,
            &config.topic,
            config.timeout_seconds,
            &config.security(),
            host,
        )?,
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
    let producing = producing(config, host)?;
    let (context, allow) = (host.context.clone(), host.allow.clone());
    let Some(transactions) = transactions(config, host) else {
        return Ok(Sink::Net(ToNet {
            kind: "kafka",
            boundary: host.boundary(),
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
            boundary: host.boundary(),
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
    let cluster = reading(config, host)?;
    cluster.try_out(None, &host.allow, trial).await;
    Ok(())
}

pub(crate) async fn try_sink(
    config: &KafkaEgress,
    host: &Host<'_>,
    trial: &mut Trial<'_>,
) -> Result<(), Failure> {
    let Produce { cluster, .. } = producing(config, host)?;
    let transactions = transactions(config, host);
    cluster
        .try_out(transactions.as_ref(), &host.allow, trial)
        .await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use byteor_config::adapters::kafka::KafkaTls;

    use super::*;

    #[test]
    fn a_build_without_tls_refuses_what_asks_for_it_and_nothing_else() {
        for tls in [None, Some(KafkaTls::Off), Some(KafkaTls::Verify)] {
            for sasl in [None, Some(KafkaSasl::None), Some(KafkaSasl::ScramSha256)] {
                let config = Secured {
                    tls,
                    authorities: None,
                    certificate: None,
                    certificate_key: None,
                    sasl,
                    user: None,
                    password: None,
                };
                let asks = tls == Some(KafkaTls::Verify) || sasl == Some(KafkaSasl::ScramSha256);
                let code = |has_tls| fits(&config, has_tls).err().map(|failure| failure.code);
                let left_out = asks.then(|| "E_KAFKA_TLS_LEFT_OUT".to_owned());
                assert_eq!(code(false), left_out, "{tls:?} {sasl:?}");
                assert_eq!(code(true), None);
            }
        }
    }
}
