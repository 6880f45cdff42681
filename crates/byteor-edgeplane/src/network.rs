//! Pairs of adapters of which one or both are on the network.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use byteor_adapters::allow_net::AllowNet;
use byteor_adapters::error::AdapterError;
use byteor_adapters::graph::BoundariesOfGraph;
use byteor_adapters::join::{FromFile, FromWhere, ToFile, ToWhere, join};
use byteor_adapters::net::connect::Peer;
use byteor_adapters::net::intake::Intake;
use byteor_adapters::net::join::{Decided, FromNet, ToNet};
#[cfg(feature = "kafka")]
use byteor_adapters::net::kafka::Together;
use byteor_adapters::net::outlet::{NetMark, Outlet};
use byteor_adapters::net::reactor::{Context, Reactor};
use byteor_adapters::net::tls::{self, ClientConfig};
use byteor_adapters::net::watch::Watch;
use byteor_adapters::roots::{Access, Roots};
#[cfg(any(feature = "postgres", feature = "s3"))]
use byteor_config::adapters::{Delivery, delivery};
use byteor_config::{ConfigBundleV1, authority, split_authority};
use byteor_pipeline_spec::{LaneGraphSpec, SingleRingSpec};
use byteor_pipeline_stages::Secrets as _;
use byteor_runtime::failure::{Exit, Failure};

use crate::events::{Events, SideSeen};
use crate::secrets::HostSecrets;
use crate::{Approved, graph, ring, wiring};

/// Runs a ring of which an adapter is on the network.
pub(crate) fn run(approved: &Approved, spec: &SingleRingSpec) -> Result<(), Failure> {
    let files = &approved.files;
    let from_file = || FromFile {
        path: files.input.clone(),
    };
    let to_file = || ToFile {
        path: files.output.clone(),
    };
    between(approved, |source, sink, end| match (source, sink) {
        (Source::File, Sink::File) => joined(approved, spec, from_file(), to_file(), end),
        (Source::File, Sink::Net(to)) => joined(approved, spec, from_file(), to, end),
        (Source::Net(from), Sink::File) => joined(approved, spec, from, to_file(), end),
        (Source::Net(from), Sink::Net(to)) => joined(approved, spec, from, to, end),
        (Source::File, Sink::Decided(to)) => joined(approved, spec, from_file(), to, end),
        (Source::Net(from), Sink::Decided(to)) => joined(approved, spec, from, to, end),
    })
}

fn joined<F: FromWhere, T: ToWhere>(
    approved: &Approved,
    spec: &SingleRingSpec,
    from: F,
    to: T,
    end: &mut dyn FnMut(),
) -> Result<(), Failure> {
    let prepared = join(from, to, approved.files.clone())?;
    ring::between(approved, spec, prepared, end)
}

/// Runs a lane graph of which an adapter is on the network.
pub(crate) fn run_graph(
    approved: &Approved,
    spec: &LaneGraphSpec,
    choices: Option<PathBuf>,
) -> Result<(), Failure> {
    let checked = &approved.checked;
    let files = wiring::files_of_graph(approved, None);
    let from_files = || {
        let each = files.inputs.iter().cloned();
        each.map(|(id, path)| (id, FromFile { path })).collect()
    };
    let to_files = || {
        let each = files.outputs.iter().cloned();
        each.map(|(id, path)| (id, ToFile { path })).collect()
    };
    between(approved, |source, sink, end| match (source, sink) {
        (Source::File, Sink::File) => {
            joined_graph(approved, spec, from_files(), to_files(), choices, end)
        }
        (Source::File, Sink::Net(to)) => {
            let to = only(to, &checked.egresses)?;
            joined_graph(approved, spec, from_files(), to, choices, end)
        }
        (Source::Net(from), Sink::File) => {
            let from = only(from, &checked.ingresses)?;
            joined_graph(approved, spec, from, to_files(), choices, end)
        }
        (Source::Net(from), Sink::Net(to)) => {
            let from = only(from, &checked.ingresses)?;
            let to = only(to, &checked.egresses)?;
            joined_graph(approved, spec, from, to, choices, end)
        }
        (Source::File, Sink::Decided(to)) => {
            let to = only(to, &checked.egresses)?;
            joined_graph(approved, spec, from_files(), to, choices, end)
        }
        (Source::Net(from), Sink::Decided(to)) => {
            let from = only(from, &checked.ingresses)?;
            let to = only(to, &checked.egresses)?;
            joined_graph(approved, spec, from, to, choices, end)
        }
    })
}

/// What is on the network has one boundary.
fn only<A>(adapter: A, boundaries: &[String]) -> Result<Vec<(String, A)>, Failure> {
    match boundaries {
        [id] => Ok(vec![(id.clone(), adapter)]),
        // The config was held to the spec: it has no place for more.
        _ => Err(impossible("the adapter of several boundaries")),
    }
}

fn joined_graph<F: FromWhere, T: ToWhere>(
    approved: &Approved,
    spec: &LaneGraphSpec,
    from: Vec<(String, F)>,
    to: Vec<(String, T)>,
    choices: Option<PathBuf>,
    end: &mut dyn FnMut(),
) -> Result<(), Failure> {
    let boundaries = BoundariesOfGraph {
        common: approved.files.clone(),
        from,
        to,
        choices,
    };
    graph::between(approved, spec, boundaries.prepare()?, end)
}

/// Opens the adapters of both sides and gives them to `run`, with what ends their work.
fn between(
    approved: &Approved,
    run: impl FnOnce(Source, Sink, &mut dyn FnMut()) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let events = approved.events;
    let tell = Arc::new(move |notice| events.notice(&notice));
    let reactor = Reactor::start(Arc::clone(&approved.stop), tell)?;
    let looks = Looks::default();
    #[cfg(feature = "kafka")]
    let together = Together::default();
    let host = |watch: &Watch| Host {
        bundle: &approved.bundle,
        spec_hash: &approved.checked.spec_hash,
        secrets: &approved.secrets,
        holds_back: false,
        same_again: approved.files.resumes,
        roots: &approved.files.roots,
        allow: approved.allow_net.clone(),
        context: reactor.context.watched(watch.clone()),
        #[cfg(feature = "kafka")]
        together: together.clone(),
    };
    let source = looks.at_source(wiring::source(&host(&looks.source.watch))?);
    let sink = looks.at_sink(wiring::sink(&host(&looks.sink.watch))?);
    looks.tell(events, &reactor.context);
    let mut reactor = Some(reactor);
    // Who was told that its records last, or has to send again, hears of it, before the run says how
    // it ended.
    let mut end = || {
        if let Some(reactor) = reactor.take() {
            reactor.end(Duration::from_secs(2));
        }
    };
    let ran = run(source, sink, &mut end);
    end();
    ran
}

/// How often it is said what is seen of both sides, where it is other than before.
const LOOK: Duration = Duration::from_secs(1);

/// What is seen of both sides while the run lasts.
#[derive(Clone, Default)]
struct Looks {
    source: Look<Intake>,
    sink: Look<Outlet>,
}

/// What is seen of one side: of its peer, and of the queue to it once it is open.
#[derive(Clone)]
struct Look<Queue> {
    watch: Watch,
    open: Arc<OnceLock<(&'static str, Queue)>>,
}

impl<Queue> Default for Look<Queue> {
    fn default() -> Self {
        Self {
            watch: Watch::default(),
            open: Arc::default(),
        }
    }
}

impl Looks {
    fn at_source(&self, source: Source) -> Source {
        let Source::Net(FromNet { kind, bound, start }) = source else {
            return source;
        };
        let open = Arc::clone(&self.source.open);
        let start: StartSource = Box::new(move |intake: Intake| {
            // Each side is opened once.
            let _ = open.set((kind, intake.clone()));
            start(intake)
        });
        Source::Net(FromNet { kind, bound, start })
    }

    fn at_sink(&self, sink: Sink) -> Sink {
        let (ToNet { kind, bound, start }, decides) = match sink {
            Sink::File => return Sink::File,
            Sink::Net(to) => (to, None),
            Sink::Decided(Decided { to, decides }) => (to, Some(decides)),
        };
        let open = Arc::clone(&self.sink.open);
        let start: StartSink = Box::new(move |outlet: Outlet, mark: &NetMark| {
            let _ = open.set((kind, outlet.clone()));
            start(outlet, mark)
        });
        let to = ToNet { kind, bound, start };
        match decides {
            None => Sink::Net(to),
            Some(decides) => Sink::Decided(Decided { to, decides }),
        }
    }

    fn tell(&self, events: Events, context: &Context) {
        let (looks, mut told) = (self.clone(), None);
        context.every(LOOK, move || {
            let source = looks.source.open.get().map(|(kind, intake)| SideSeen {
                kind,
                seen: looks.source.watch.seen(),
                under_way: intake.under_way(),
                refused: 0,
            });
            let sink = looks.sink.open.get().map(|(kind, outlet)| {
                let (under_way, refused) = outlet.account();
                let seen = looks.sink.watch.seen();
                SideSeen {
                    kind,
                    seen,
                    under_way,
                    refused,
                }
            });
            let seen = Some((source, sink));
            if seen != told
                && let Some((source, sink)) = &seen
            {
                events.adapters(source.as_ref(), sink.as_ref());
                told = seen;
            }
        });
    }
}

type StartSource = Box<dyn FnOnce(Intake) -> Result<(), AdapterError>>;
type StartSink = Box<dyn FnOnce(Outlet, &NetMark) -> Result<(), AdapterError>>;

pub(crate) enum Source {
    File,
    Net(FromNet<StartSource>),
}

type Decides = Box<dyn Fn(&NetMark) -> Result<bool, AdapterError>>;

pub(crate) enum Sink {
    File,
    Net(ToNet<StartSink>),
    /// One that says of a checkpoint that was prepared whether it is in force.
    Decided(Decided<ToNet<StartSink>, Decides>),
}

/// A chain of certificates and the key that belongs to it.
type Own<'a> = (Vec<u8>, &'a [u8]);

/// What adapters are given of the host.
pub(crate) struct Host<'a> {
    pub bundle: &'a ConfigBundleV1,
    pub spec_hash: &'a str,
    pub secrets: &'a HostSecrets,
    /// Only tries it out, and without the side's secrets, which aren't there.
    pub holds_back: bool,
    /// What leaves behind a checkpoint is the same the second time: a graph may choose otherwise.
    pub same_again: bool,
    pub roots: &'a Roots,
    pub allow: AllowNet,
    pub context: Context,
    /// What the two sides of a run know of each other, where both are of one cluster.
    #[cfg(feature = "kafka")]
    pub together: Together,
}

impl Host<'_> {
    /// Whether a sink that knows what it has may leave out what comes again under the same numbers.
    #[cfg(any(feature = "postgres", feature = "s3"))]
    pub fn goes_on_exactly(&self) -> bool {
        let both = delivery(&self.bundle.ingress, &self.bundle.egress);
        self.same_again && both.is_some_and(|both| both.delivery == Delivery::ExactlyOnce)
    }

    /// A secret that an adapter names, which the bundle was held to.
    pub fn secret(&self, name: &str) -> Result<&[u8], Failure> {
        self.secrets.secret(name).ok_or_else(|| {
            let message = format!("nothing says where the secret `{name}` is");
            let help = "give the path of its file in the config bundle";
            Failure::new(Exit::Input, "E_CONFIG_SECRET_MISSING", message, help)
        })
    }

    /// The same as text, which goes into the head of a request.
    pub fn token(&self, name: Option<&String>) -> Result<Option<String>, Failure> {
        let Some(name) = name.filter(|_| !self.holds_back) else {
            return Ok(None);
        };
        let token = std::str::from_utf8(self.secret(name)?);
        let printable = |token: &&str| token.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
        match token.ok().filter(printable) {
            Some(token) => Ok(Some(token.to_owned())),
            None => Err(Failure::new(
                Exit::Input,
                "E_TOKEN",
                format!("the secret `{name}` has bytes that no token can have"),
                "write a token of printable ASCII into its file, for example by `openssl rand -hex 32`",
            )),
        }
    }

    /// A chain of certificates and the secret with its key, where both are named and may be used.
    pub fn own(
        &self,
        certificate: Option<&String>,
        key: Option<&String>,
    ) -> Result<Option<Own<'_>>, Failure> {
        match Option::zip(certificate, key).filter(|_| !self.holds_back) {
            Some((certificate, key)) => {
                Ok(Some((self.certificates(certificate)?, self.secret(key)?)))
            }
            None => Ok(None),
        }
    }

    /// What a server has to prove itself by, where the connection is `secured`: to the authorities in a
    /// file, or else to those that all know.
    pub fn trusting(
        &self,
        secured: bool,
        authorities: Option<&String>,
    ) -> Result<Option<Arc<ClientConfig>>, Failure> {
        Ok(match (secured, authorities) {
            (false, _) => None,
            (true, None) => Some(tls::client(None, None)?),
            (true, Some(path)) => Some(tls::client(Some(&self.certificates(path)?), None)?),
        })
    }

    /// The bytes of a file with certificates, under the allowed roots.
    pub fn certificates(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let path = Path::new(path);
        let help = "let the user that runs the pipeline read the file, or name another one";
        let code = "E_TLS_MATERIAL";
        let file = self.roots.open(path, Access::Read);
        let mut file = file.map_err(|error| error.or_io(code, "open certificates", path, help))?;
        let mut bytes = Vec::new();
        let read = std::io::Read::read_to_end(
            &mut std::io::Read::take(&mut file, MOST_CERTIFICATES),
            &mut bytes,
        );
        read.map_err(|error| AdapterError::io(code, "read certificates", path, &error, help))?;
        Ok(bytes)
    }
}

/// How long a sink tries again without success; for ever where the config doesn't say.
pub(crate) fn patience(seconds: Option<u32>) -> Option<Duration> {
    seconds.map(|seconds| Duration::from_secs(seconds.into()))
}

/// What the config checks, and a caller gave all the same.
pub(crate) fn impossible(what: &str) -> Failure {
    let message = format!("{what} of the config can't be used");
    Failure::new(Exit::Input, "E_CONFIG_VALUE", message, "correct the config")
}

/// The host of a URL. Without a port it is the usual one.
pub(crate) fn peer(url: &str, usual: u16, tls: Option<Arc<ClientConfig>>) -> Result<Peer, Failure> {
    let found = split_authority(authority(url));
    let (host, port) = found.ok_or_else(|| impossible("the URL"))?;
    Ok(Peer {
        host: host.to_owned(),
        port: port.unwrap_or(usual),
        tls,
    })
}

/// The most bytes of a file with certificates that are looked at.
const MOST_CERTIFICATES: u64 = 1024 * 1024;
