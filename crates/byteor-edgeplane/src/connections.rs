//! `run --try-connections`: both sides and the reject file are reached and found, and nothing is read or
//! written. What it may reach is what a run may.

#[cfg(feature = "net")]
use std::sync::Arc;
use std::time::Duration;

use byteor_adapters::allow_net::AllowNet;
#[cfg(feature = "net")]
use byteor_adapters::net::reactor::{Context, Reactor};
#[cfg(feature = "net")]
use byteor_adapters::net::watch::Watch;
use byteor_adapters::roots::Roots;
use byteor_adapters::trial::{Outcome, Trial, Tried};
use byteor_config::{ConfigBundleV1, Direction};
use byteor_policy::CheckedSpec;
use byteor_runtime::failure::{Exit, Failure};

use crate::events::Events;
#[cfg(feature = "net")]
use crate::network::Hosting;
#[cfg(feature = "net")]
use crate::secrets::HostSecrets;
use crate::wiring;

/// How long a step may take.
const MOST: Duration = Duration::from_secs(10);

/// What is tried, and with what.
pub(crate) struct Trying<'a> {
    pub bundle: &'a ConfigBundleV1,
    pub spec: &'a CheckedSpec,
    /// Of whose sides secrets are read and sent; nothing: of both, for a person at a terminal. A trial
    /// of another side that has secrets ends in front of where one would be sent.
    pub sends: Option<&'a [Direction]>,
    pub roots: &'a Roots,
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
        failed += u32::from(matches!(tried.outcome, Outcome::Failed(_)));
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
    let context = reactor.context.clone();
    let tried = context.block_on(async {
        let hosting = trying.hosting(&context);
        let watch = Watch::default();
        let (secrets, holds_back) = trying.secrets_of(Direction::Source)?;
        for id in &trying.spec.ingresses {
            let placed = hosting.source_of(id);
            let host = hosting.host(&placed, &secrets, holds_back, &watch);
            let mut source = |tried: Tried| told("source", &tried.at_boundary(host.boundary));
            let mut trial = Trial::new(MOST, &mut source).holding_back(holds_back);
            wiring::try_source(&host, &mut trial).await?;
        }
        let (secrets, holds_back) = trying.secrets_of(Direction::Sink)?;
        for id in &trying.spec.egresses {
            let placed = hosting.sink_of(id);
            let host = hosting.host(&placed, &secrets, holds_back, &watch);
            let mut sink = |tried: Tried| told("sink", &tried.at_boundary(host.boundary));
            let mut trial = Trial::new(MOST, &mut sink).holding_back(holds_back);
            wiring::try_sink(&host, &mut trial).await?;
        }
        Ok(())
    });
    reactor.end(Duration::ZERO);
    tried
}

#[cfg(feature = "net")]
impl Trying<'_> {
    /// The secrets that the trial of a side may send, and whether it has others, which aren't even read.
    fn secrets_of(&self, side: Direction) -> Result<(HostSecrets, bool), Failure> {
        let Some(sends) = self.sends else {
            let all = HostSecrets::read(self.bundle, self.spec, self.roots)?;
            return Ok((all, false));
        };
        let names = self.bundle.secrets_of(side);
        let holds_back = !names.is_empty() && !sends.contains(&side);
        let read = if holds_back { &[] } else { names.as_slice() };
        let secrets = HostSecrets::read_some(self.bundle, self.spec, self.roots, read)?;
        Ok((secrets, holds_back))
    }

    fn hosting<'a>(&'a self, context: &'a Context) -> Hosting<'a> {
        Hosting {
            bundle: self.bundle,
            checked: self.spec,
            roots: self.roots,
            allow: self.allow,
            context,
            same_again: true,
            #[cfg(feature = "kafka")]
            together: byteor_adapters::net::kafka::Together::default(),
            #[cfg(feature = "http")]
            doors: None,
        }
    }
}
