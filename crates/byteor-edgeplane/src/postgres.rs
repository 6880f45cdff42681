//! From the keys of PostgreSQL's side to what carries it out.

use std::time::Duration;

use byteor_adapters::net::join::{FromNet, ToNet};
use byteor_adapters::net::postgres::{
    Changes, Format, Mode, Read, Server, Target, Write, follow, read, write,
};
use byteor_adapters::trial::Trial;
use byteor_config::adapters::postgres::{
    PostgresEgress, PostgresFormat, PostgresIngress, PostgresOther, PostgresTls, PostgresWrite,
    names,
};
use byteor_config::adapters::postgres_changes::{PostgresChangesIngress, PostgresMissingSlot};
use byteor_runtime::failure::Failure;

use crate::network::{Host, Sink, Source, patience, peer};

/// What both sides say of the server.
struct At<'a> {
    url: &'a str,
    database: &'a str,
    user: &'a str,
    password: Option<&'a String>,
    tls: PostgresTls,
    authorities: Option<&'a String>,
    timeout_seconds: u32,
}

fn server(at: At<'_>, host: &Host<'_>) -> Result<Server, Failure> {
    let secured = match at.tls {
        PostgresTls::Off => false,
        PostgresTls::Verify => true,
    };
    let tls = host.trusting(secured, at.authorities)?;
    Ok(Server {
        peer: peer(at.url, 5432, tls)?,
        database: at.database.to_owned(),
        user: at.user.to_owned(),
        password: host.token(at.password)?,
        timeout: Duration::from_secs(at.timeout_seconds.into()),
    })
}

fn reading(config: &PostgresIngress, host: &Host<'_>) -> Result<Read, Failure> {
    let at = At {
        url: &config.url,
        database: &config.database,
        user: &config.user,
        password: config.password.as_ref(),
        tls: config.tls,
        authorities: config.authorities.as_ref(),
        timeout_seconds: config.timeout_seconds,
    };
    Ok(Read {
        server: server(at, host)?,
        target: Target {
            schema: config.schema.clone(),
            table: config.table.clone(),
            format: match config.format {
                PostgresFormat::Json => Format::Json { strict: false },
                PostgresFormat::Line => Format::Line,
            },
            columns: config.columns.as_deref().map(names),
            mode: Mode::Append,
        },
        transaction: config.transaction_column.clone(),
        key: config.key_column.clone(),
        batch_records: config.batch_records,
        poll: Duration::from_millis(config.poll_milliseconds.into()),
    })
}

pub(crate) async fn try_source(
    config: &PostgresIngress,
    host: &Host<'_>,
    trial: &mut Trial<'_>,
) -> Result<(), Failure> {
    let reading = reading(config, host)?;
    reading.server.try_read(&reading, &host.allow, trial).await;
    Ok(())
}

pub(crate) fn source(config: &PostgresIngress, host: &Host<'_>) -> Result<Source, Failure> {
    let reading = reading(config, host)?;
    let (context, allow) = (host.context.clone(), host.allow.clone());
    Ok(Source::Net(FromNet {
        kind: "postgres",
        boundary: host.boundary(),
        bound: config.in_flight_bytes as usize,
        start: Box::new(move |intake| {
            read(reading, allow, &context, intake);
            Ok(())
        }),
    }))
}

fn following(config: &PostgresChangesIngress, host: &Host<'_>) -> Result<Changes, Failure> {
    let at = At {
        url: &config.url,
        database: &config.database,
        user: &config.user,
        password: config.password.as_ref(),
        tls: config.tls,
        authorities: config.authorities.as_ref(),
        timeout_seconds: config.timeout_seconds,
    };
    Ok(Changes {
        server: server(at, host)?,
        slot: config.slot.clone(),
        makes_slot: config.missing_slot == PostgresMissingSlot::Create,
        publication: config.publication.clone(),
        most: config.in_flight_bytes as usize,
    })
}

pub(crate) async fn try_changes(
    config: &PostgresChangesIngress,
    host: &Host<'_>,
    trial: &mut Trial<'_>,
) -> Result<(), Failure> {
    following(config, host)?.try_out(&host.allow, trial).await;
    Ok(())
}

pub(crate) fn changes(config: &PostgresChangesIngress, host: &Host<'_>) -> Result<Source, Failure> {
    let following = following(config, host)?;
    let (context, allow) = (host.context.clone(), host.allow.clone());
    Ok(Source::Net(FromNet {
        kind: "postgres_changes",
        boundary: host.boundary(),
        bound: config.in_flight_bytes as usize,
        start: Box::new(move |intake| {
            follow(following, allow, &context, intake);
            Ok(())
        }),
    }))
}

/// What decides which record has which number, and where it goes: the spec, the source and the table.
fn pipeline(config: &PostgresEgress, host: &Host<'_>) -> String {
    let ingress = &host.bundle.ingress;
    let mut text = format!("{}\n{}\n", host.spec_hash, ingress.kind());
    for written in ingress.written() {
        text += &written.unwrap_or_default();
        text.push('\n');
    }
    let record = host.bundle.record.slot_bytes;
    let (schema, table) = (&config.schema, &config.table);
    text += &format!("{record}\n{schema}\n{table}\n");
    byteor_config::digest(text.as_bytes())
}

fn writing(config: &PostgresEgress, host: &Host<'_>) -> Result<Write, Failure> {
    let at = At {
        url: &config.url,
        database: &config.database,
        user: &config.user,
        password: config.password.as_ref(),
        tls: config.tls,
        authorities: config.authorities.as_ref(),
        timeout_seconds: config.timeout_seconds,
    };
    Ok(Write {
        server: server(at, host)?,
        target: Target {
            schema: config.schema.clone(),
            table: config.table.clone(),
            format: match config.format {
                PostgresFormat::Json => Format::Json {
                    strict: config.other_fields == PostgresOther::Reject,
                },
                PostgresFormat::Line => Format::Line,
            },
            columns: config.columns.as_deref().map(names),
            mode: match (config.write, &config.key_columns) {
                (PostgresWrite::Upsert, Some(key)) => Mode::Upsert(names(key)),
                _ => Mode::Append,
            },
        },
        positions: config.positions.clone(),
        pipeline: pipeline(config, host),
        resumes: host.goes_on_exactly(),
        batch_records: config.batch_records as usize,
        batch_bytes: config.batch_bytes as usize,
        give_up_after: patience(config.give_up_after_seconds),
    })
}

pub(crate) async fn try_sink(
    config: &PostgresEgress,
    host: &Host<'_>,
    trial: &mut Trial<'_>,
) -> Result<(), Failure> {
    let Write {
        server,
        target,
        positions,
        ..
    } = writing(config, host)?;
    server
        .try_out(&target, &positions, &host.allow, trial)
        .await;
    Ok(())
}

pub(crate) fn sink(config: &PostgresEgress, host: &Host<'_>) -> Result<Sink, Failure> {
    let writing = writing(config, host)?;
    let (context, allow) = (host.context.clone(), host.allow.clone());
    Ok(Sink::Net(ToNet {
        kind: "postgres",
        boundary: host.boundary(),
        bound: config.batch_bytes as usize,
        start: Box::new(move |outlet, mark| {
            write(writing, allow, &context, outlet, mark);
            Ok(())
        }),
    }))
}
