//! The NATS messages of a config bundle.

use std::time::Duration;

use byteor_adapters::net::join::{FromNet, ToNet};
use byteor_adapters::net::nats::{
    Looked, Proof, Publish, Pull, Server, Subscribe, publish, pull, subscribe,
};
use byteor_adapters::net::tls;
use byteor_adapters::trial::Trial;
use byteor_config::adapters::nats::{
    NatsEgress, NatsEgressMode, NatsIngress, NatsIngressMode, NatsProof, NatsStart,
};
use byteor_runtime::failure::{Exit, Failure};

use crate::network::{Host, Sink, Source, impossible, patience, peer};

/// What both sides have in common.
struct Common<'a> {
    url: &'a str,
    timeout_seconds: u32,
    proof: NatsProof,
    user: Option<&'a String>,
    secret: Option<&'a String>,
    authorities: Option<&'a String>,
}

impl Common<'_> {
    fn server(&self, host: &Host<'_>) -> Result<Server, Failure> {
        let peer = peer(self.url, 4222, None)?;
        let authorities = self.authorities.map(|path| host.certificates(path));
        let authorities = authorities.transpose()?;
        Ok(Server {
            tls: tls::client_of(&peer.host, authorities.as_deref())?,
            peer,
            secured: self.url.starts_with("tls://"),
            proof: self.proof(host)?,
            timeout: Duration::from_secs(self.timeout_seconds.into()),
        })
    }

    fn proof(&self, host: &Host<'_>) -> Result<Proof, Failure> {
        if host.holds_back {
            return Ok(Proof::None);
        }
        if let (NatsProof::Credentials, Some(name)) = (self.proof, self.secret) {
            let text = std::str::from_utf8(host.secret(name)?).map_err(|_| {
                let message = format!("the secret `{name}` is no text");
                let help = "write the credentials as the server's tool made them into its file";
                Failure::new(Exit::Input, "E_TOKEN", message, help)
            })?;
            return Ok(Proof::Credentials(text.to_owned()));
        }
        let Some(secret) = host.token(self.secret)? else {
            return Ok(Proof::None);
        };
        Ok(match self.proof {
            NatsProof::Token => Proof::Token(secret),
            NatsProof::Nkey => Proof::Nkey(secret),
            NatsProof::Password | NatsProof::Credentials => {
                let user = self.user.ok_or_else(|| impossible("the user"))?;
                Proof::Password(user.clone(), secret)
            }
        })
    }
}

fn reads_from(config: &NatsIngress, host: &Host<'_>) -> Result<Server, Failure> {
    let common = Common {
        url: &config.url,
        timeout_seconds: config.timeout_seconds,
        proof: config.proof,
        user: config.user.as_ref(),
        secret: config.secret.as_ref(),
        authorities: config.authorities.as_ref(),
    };
    common.server(host)
}

fn writes_to(config: &NatsEgress, host: &Host<'_>) -> Result<Server, Failure> {
    let common = Common {
        url: &config.url,
        timeout_seconds: config.timeout_seconds,
        proof: config.proof,
        user: config.user.as_ref(),
        secret: config.secret.as_ref(),
        authorities: config.authorities.as_ref(),
    };
    common.server(host)
}

pub(crate) fn source(config: &NatsIngress, host: &Host<'_>) -> Result<Source, Failure> {
    let server = reads_from(config, host)?;
    let (context, allow) = (host.context.clone(), host.allow.clone());
    let (kind, bound) = ("nats", config.in_flight_bytes as usize);
    let subject = config.subject.clone();
    if config.mode == NatsIngressMode::Core {
        let subscribed = Subscribe {
            server,
            subject,
            group: config.consumer.clone(),
        };
        return Ok(Source::Net(FromNet {
            kind,
            boundary: host.boundary(),
            bound,
            start: Box::new(move |intake| {
                subscribe(subscribed, allow, &context, intake);
                Ok(())
            }),
        }));
    }
    let pulled = Pull {
        server,
        stream: config.stream.clone(),
        subject,
        consumer: config.consumer.clone(),
        from_start: config.start == NatsStart::Start,
        batch_records: config.batch_records as usize,
        batch_bytes: bound,
        unacknowledged: config.unacknowledged,
        ack_wait: Duration::from_secs(config.ack_wait_seconds.into()),
    };
    Ok(Source::Net(FromNet {
        kind,
        boundary: host.boundary(),
        bound,
        start: Box::new(move |intake| {
            pull(pulled, allow, &context, intake);
            Ok(())
        }),
    }))
}

pub(crate) fn sink(config: &NatsEgress, host: &Host<'_>) -> Result<Sink, Failure> {
    let published = Publish {
        server: writes_to(config, host)?,
        subject: config.subject.clone(),
        acknowledged: config.mode == NatsEgressMode::Jetstream,
        stream: config.stream.clone(),
        in_flight: config.in_flight_records as usize,
        give_up_after: patience(config.give_up_after_seconds),
    };
    let (context, allow) = (host.context.clone(), host.allow.clone());
    Ok(Sink::Net(ToNet {
        kind: "nats",
        boundary: host.boundary(),
        bound: config.in_flight_bytes as usize,
        start: Box::new(move |outlet, mark| {
            publish(published, allow, &context, outlet, mark);
            Ok(())
        }),
    }))
}

pub(crate) async fn try_source(
    config: &NatsIngress,
    host: &Host<'_>,
    trial: &mut Trial<'_>,
) -> Result<(), Failure> {
    let stream = config.stream.as_deref();
    let looked = match config.mode {
        NatsIngressMode::Core => Looked::Nothing,
        NatsIngressMode::Jetstream => Looked::Consumer(stream, &config.subject, &config.consumer),
    };
    let server = reads_from(config, host)?;
    server.try_out(looked, &host.allow, trial).await;
    Ok(())
}

pub(crate) async fn try_sink(
    config: &NatsEgress,
    host: &Host<'_>,
    trial: &mut Trial<'_>,
) -> Result<(), Failure> {
    let stream = config.stream.as_deref();
    let looked = match config.mode {
        NatsEgressMode::Core => Looked::Nothing,
        NatsEgressMode::Jetstream => Looked::Stream(stream, &config.subject),
    };
    let server = writes_to(config, host)?;
    server.try_out(looked, &host.allow, trial).await;
    Ok(())
}
