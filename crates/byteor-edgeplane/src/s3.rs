//! From the keys of S3's sides to what carries them out.

use std::time::Duration;

use byteor_adapters::net::cut::Cut;
use byteor_adapters::net::join::{FromNet, ToNet};
use byteor_adapters::net::s3::{Bucket, Packed, Packing, Put, Read, put, read};
use byteor_adapters::trial::Trial;
use byteor_config::adapters::s3::{
    S3Addressing, S3Compression, S3Egress, S3Framing, S3Ingress, S3Mode, S3Packed,
};
use byteor_config::authority;
use byteor_runtime::failure::Failure;

use crate::network::{Host, Sink, Source, patience, peer};

/// What both sides say of the bucket.
struct At<'a> {
    url: &'a str,
    bucket: &'a str,
    addressing: S3Addressing,
    region: &'a str,
    timeout_seconds: u32,
    access_key: Option<&'a String>,
    secret_key: Option<&'a String>,
    authorities: Option<&'a String>,
}

fn bucket(at: At<'_>, host: &Host<'_>) -> Result<Bucket, Failure> {
    let secured = at.url.starts_with("https://");
    let (scheme, usual) = match secured {
        true => ("https", 443),
        false => ("http", 80),
    };
    let (name, authority) = (at.bucket, authority(at.url));
    let in_host = at.addressing == S3Addressing::Host;
    let url = match in_host {
        true => format!("{scheme}://{name}.{authority}"),
        false => format!("{scheme}://{authority}"),
    };
    let tls = host.trusting(secured, at.authorities)?;
    Ok(Bucket {
        peer: peer(&url, usual, tls)?,
        url,
        name: name.to_owned(),
        in_host,
        region: at.region.to_owned(),
        key: Option::zip(host.token(at.access_key)?, host.token(at.secret_key)?),
        timeout: Duration::from_secs(at.timeout_seconds.into()),
    })
}

fn cut(framing: S3Framing) -> Cut {
    match framing {
        S3Framing::Lines => Cut::Lines,
        S3Framing::Prefixed => Cut::Prefixed,
    }
}

/// Room for what comes with the largest record.
const BESIDE: usize = 64 * 1024;

fn reading(config: &S3Ingress, host: &Host<'_>) -> Result<Read, Failure> {
    let at = At {
        url: &config.url,
        bucket: &config.bucket,
        addressing: config.addressing,
        region: &config.region,
        timeout_seconds: config.timeout_seconds,
        access_key: config.access_key.as_ref(),
        secret_key: config.secret_key.as_ref(),
        authorities: config.authorities.as_ref(),
    };
    Ok(Read {
        bucket: bucket(at, host)?,
        prefix: config.prefix.clone(),
        start_after: config.start_after.clone(),
        stops: config.mode == S3Mode::StopAtEnd,
        cut: cut(config.framing),
        packed: match config.compression {
            S3Packed::Name => Packed::ByName,
            S3Packed::None => Packed::All(Packing::None),
            S3Packed::Gzip => Packed::All(Packing::Gzip),
            S3Packed::Zstd => Packed::All(Packing::Zstd),
        },
        longest: (config.in_flight_bytes as usize).saturating_sub(BESIDE),
        poll: Duration::from_secs(config.poll_seconds.into()),
    })
}

pub(crate) async fn try_source(
    config: &S3Ingress,
    host: &Host<'_>,
    trial: &mut Trial<'_>,
) -> Result<(), Failure> {
    let Read { bucket, prefix, .. } = reading(config, host)?;
    let prefix = prefix.as_deref();
    bucket.try_out(prefix, false, &host.allow, trial).await;
    Ok(())
}

pub(crate) fn source(config: &S3Ingress, host: &Host<'_>) -> Result<Source, Failure> {
    let reading = reading(config, host)?;
    let (context, allow) = (host.context.clone(), host.allow.clone());
    Ok(Source::Net(FromNet {
        kind: "s3",
        boundary: host.boundary(),
        bound: config.in_flight_bytes as usize,
        start: Box::new(move |intake| read(reading, &allow, &context, intake)),
    }))
}

/// What decides which record has which number, and how it stands in an object: the spec, the source and
/// the sink's framing.
fn pipeline(config: &S3Egress, host: &Host<'_>) -> String {
    let ingress = &host.bundle.ingress;
    let mut text = format!("{}\n{}\n", host.spec_hash, ingress.kind());
    for written in ingress.written() {
        text += &written.unwrap_or_default();
        text.push('\n');
    }
    let record = host.bundle.record.slot_bytes;
    let (bucket, framing) = (&config.bucket, config.framing.as_str());
    text += &format!("{record}\n{bucket}\n{framing}\n");
    if let Some(boundary) = host.boundary {
        text += boundary;
    }
    byteor_config::digest(text.as_bytes())
}

fn putting(config: &S3Egress, host: &Host<'_>) -> Result<Put, Failure> {
    let at = At {
        url: &config.url,
        bucket: &config.bucket,
        addressing: config.addressing,
        region: &config.region,
        timeout_seconds: config.timeout_seconds,
        access_key: config.access_key.as_ref(),
        secret_key: config.secret_key.as_ref(),
        authorities: config.authorities.as_ref(),
    };
    Ok(Put {
        bucket: bucket(at, host)?,
        prefix: config.prefix.clone(),
        cut: cut(config.framing),
        packing: match config.compression {
            S3Compression::None => Packing::None,
            S3Compression::Gzip => Packing::Gzip,
            S3Compression::Zstd => Packing::Zstd,
        },
        object_bytes: config.object_bytes as usize,
        object_age: Duration::from_secs(config.object_seconds.into()),
        pipeline: pipeline(config, host),
        resumes: host.goes_on_exactly(),
        give_up_after: patience(config.give_up_after_seconds),
    })
}

pub(crate) async fn try_sink(
    config: &S3Egress,
    host: &Host<'_>,
    trial: &mut Trial<'_>,
) -> Result<(), Failure> {
    let Put { bucket, prefix, .. } = putting(config, host)?;
    bucket
        .try_out(Some(&prefix), true, &host.allow, trial)
        .await;
    Ok(())
}

/// The most bytes that wait beside the object that they go into.
const WAITING: u32 = 1024 * 1024;

pub(crate) fn sink(config: &S3Egress, host: &Host<'_>) -> Result<Sink, Failure> {
    let putting = putting(config, host)?;
    let (context, allow) = (host.context.clone(), host.allow.clone());
    Ok(Sink::Net(ToNet {
        kind: "s3",
        boundary: host.boundary(),
        bound: config.object_bytes.min(WAITING) as usize,
        start: Box::new(move |outlet, mark| put(putting, &allow, &context, outlet, mark)),
    }))
}
