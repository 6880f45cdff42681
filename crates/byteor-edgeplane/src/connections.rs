//! `run --try-connections`: both sides and the reject file are reached and found, and nothing is read or
//! written. What it may reach is what a run may.

#[cfg(feature = "net")]
use std::sync::Arc;
use std::time::Duration;

use byteor_adapters::allow_net::AllowNet;
#[cfg(feature = "net")]
use byteor_adapters::net::reactor::Reactor;
use byteor_adapters::roots::Roots;
use byteor_adapters::trial::{Trial, Tried};
use byteor_config::ConfigBundleV1;
use byteor_policy::CheckedSpec;
use byteor_runtime::failure::{Exit, Failure};

use crate::events::Events;
#[cfg(feature = "net")]
use crate::network::Host;
use crate::secrets::HostSecrets;
use crate::wiring;

/// How long a step may take.
const MOST: Duration = Duration::from_secs(10);

/// What is tried, and with what.
pub(crate) struct Trying<'a> {
    pub bundle: &'a ConfigBundleV1,
    pub spec: &'a CheckedSpec,
    #[cfg_attr(not(feature = "net"), allow(dead_code))]
    pub secrets: &'a HostSecrets,
    pub roots: &'a Roots,
    #[cfg_attr(not(feature = "net"), allow(dead_code))]
    pub allow: &'a AllowNet,
    pub events: Events,
}

/// Tries all, each as far as it goes. A failure that says so where a step failed.
pub(crate) fn try_all(trying: &Trying<'_>) -> Result<(), Failure> {
    let events = trying.events;
    let mut steps = 0;
    let mut failed = 0;
    let mut told = |side: &'static str, tried: &Tried| {
        steps += 1;
        failed += u32::from(tried.outcome.is_err());
        events.tried(side, tried);
    };
    let (read, written) = wiring::named_files(trying.bundle, trying.spec);
    let mut source = |tried: Tried| told("source", &tried);
    let mut trial = Trial::new(MOST, &mut source);
    read.iter()
        .for_each(|path| trial.read_file(trying.roots, path));
    let mut sink = |tried: Tried| told("sink", &tried);
    let mut trial = Trial::new(MOST, &mut sink);
    for path in &written {
        trial.write_file(trying.roots, path);
    }
    #[cfg(feature = "net")]
    try_network(trying, &mut told)?;
    match failed {
        0 => Ok(()),
        _ => Err(Failure::new(
            Exit::No,
            "E_TRIAL_FAILED",
            format!("{failed} of {steps} steps failed"),
            "do what the failed step says, and try again; nothing was read or written",
        )),
    }
}

#[cfg(feature = "net")]
fn try_network(
    trying: &Trying<'_>,
    told: &mut (dyn FnMut(&'static str, &Tried) + Send),
) -> Result<(), Failure> {
    let events = trying.events;
    let tell = Arc::new(move |notice| events.notice(&notice));
    let reactor = Reactor::start(Arc::default(), tell)?;
    let host = Host {
        bundle: trying.bundle,
        spec_hash: &trying.spec.spec_hash,
        secrets: trying.secrets,
        roots: trying.roots,
        allow: trying.allow.clone(),
        context: reactor.context.clone(),
    };
    let tried = host.context.block_on(async {
        let mut source = |tried: Tried| told("source", &tried);
        wiring::try_source(&host, &mut Trial::new(MOST, &mut source)).await?;
        let mut sink = |tried: Tried| told("sink", &tried);
        wiring::try_sink(&host, &mut Trial::new(MOST, &mut sink)).await
    });
    reactor.end(Duration::ZERO);
    tried
}
