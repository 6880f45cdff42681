//! Pairs of adapters of which one or both are on the network.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use byteor_adapters::allow_net::AllowNet;
use byteor_adapters::error::AdapterError;
use byteor_adapters::graph::BoundariesOfGraph;
use byteor_adapters::join::{FromFile, FromWhere, ToFile, ToWhere, join};
use byteor_adapters::net::connect::Peer;
#[cfg(feature = "http")]
use byteor_adapters::net::http::Doors;
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
use byteor_policy::CheckedSpec;
use byteor_runtime::failure::{Exit, Failure};

use crate::events::{Events, SideSeen, SidesSeen};
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
    between(approved, |mut sources, mut sinks, end| {
        let both = Option::zip(sources.pop(), sinks.pop());
        let ((_, source), (_, sink)) = both.ok_or_else(|| impossible("the adapters"))?;
        match (source, sink) {
            (Source::File, Sink::File) => joined(approved, spec, from_file(), to_file(), end),
            (Source::File, Sink::Net(to)) => joined(approved, spec, from_file(), to, end),
            (Source::Net(from), Sink::File) => joined(approved, spec, from, to_file(), end),
            (Source::Net(from), Sink::Net(to)) => joined(approved, spec, from, to, end),
            (Source::File, Sink::Decided(to)) => joined(approved, spec, from_file(), to, end),
            (Source::Net(from), Sink::Decided(to)) => joined(approved, spec, from, to, end),
        }
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
    let files = wiring::files_of_graph(approved, None);
    let from_files = || {
        let each = files.inputs.iter().cloned();
        each.map(|(id, path)| (id, FromFile { path })).collect()
    };
    let to_files = || {
        let each = files.outputs.iter().cloned();
        each.map(|(id, path)| (id, ToFile { path })).collect()
    };
    between(approved, |sources, sinks, end| {
        let (from, to) = (sources_on_network(sources), sinks_on_network(sinks)?);
        match (from, to) {
            (None, Sinks::Files) => {
                joined_graph(approved, spec, from_files(), to_files(), choices, end)
            }
            (None, Sinks::Net(to)) => joined_graph(approved, spec, from_files(), to, choices, end),
            (Some(from), Sinks::Files) => {
                joined_graph(approved, spec, from, to_files(), choices, end)
            }
            (Some(from), Sinks::Net(to)) => joined_graph(approved, spec, from, to, choices, end),
            (None, Sinks::Decided(to)) => {
                joined_graph(approved, spec, from_files(), to, choices, end)
            }
            (Some(from), Sinks::Decided(to)) => {
                joined_graph(approved, spec, from, to, choices, end)
            }
        }
    })
}

/// What boundaries of one side have, by their ids: all of them are of one binding.
type Each<A> = Vec<(String, A)>;

/// The sources that are on the network; nothing where they are files.
fn sources_on_network(sources: Each<Source>) -> Option<Each<FromNet<StartSource>>> {
    let each = sources.into_iter().map(|(id, source)| match source {
        Source::File => None,
        Source::Net(from) => Some((id, from)),
    });
    each.collect()
}

/// The sinks of a graph.
enum Sinks {
    Files,
    Net(Each<ToNet<StartSink>>),
    Decided(Each<DecidedSink>),
}

fn sinks_on_network(sinks: Each<Sink>) -> Result<Sinks, Failure> {
    let (mut plain, mut decided, mut files) = (Vec::new(), Vec::new(), 0);
    for (id, sink) in sinks {
        match sink {
            Sink::File => files += 1,
            Sink::Net(to) => plain.push((id, to)),
            Sink::Decided(to) => decided.push((id, to)),
        }
    }
    match (files, plain.len(), decided.len()) {
        (_, 0, 0) => Ok(Sinks::Files),
        (0, _, 0) => Ok(Sinks::Net(plain)),
        // The config was held to the spec: several can't decide about one checkpoint.
        (0, 0, 1) => Ok(Sinks::Decided(decided)),
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

/// Opens the adapters of both sides, those of each boundary, and gives them to `run`, with what ends their
/// work.
fn between(
    approved: &Approved,
    run: impl FnOnce(Each<Source>, Each<Sink>, &mut dyn FnMut()) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let events = approved.events;
    let tell = Arc::new(move |notice| events.notice(&notice));
    let reactor = Reactor::start(Arc::clone(&approved.stop), tell)?;
    let checked = &approved.checked;
    let mut looks = Looks::default();
    let hosting = Hosting {
        bundle: &approved.bundle,
        checked,
        roots: &approved.files.roots,
        allow: &approved.allow_net,
        context: &reactor.context,
        same_again: approved.files.resumes,
        #[cfg(feature = "kafka")]
        together: Together::default(),
        #[cfg(feature = "http")]
        doors: (checked.ingresses.len() > 1).then(|| Doors::of(checked.ingresses.len())),
    };
    let (mut sources, mut sinks) = (Vec::new(), Vec::new());
    for id in &checked.ingresses {
        let watch = Watch::default();
        let placed = hosting.source_of(id);
        let host = hosting.host(&placed, &approved.secrets, false, &watch);
        let source = looks.at_source(wiring::source(&host)?, watch, host.boundary());
        sources.push((id.clone(), source));
    }
    for id in &checked.egresses {
        let watch = Watch::default();
        let placed = hosting.sink_of(id);
        let host = hosting.host(&placed, &approved.secrets, false, &watch);
        let sink = looks.at_sink(wiring::sink(&host)?, watch, host.boundary());
        sinks.push((id.clone(), sink));
    }
    looks.tell(events, &reactor.context);
    let mut reactor = Some(reactor);
    // Who was told that its records last, or has to send again, hears of it, before the run says how
    // it ended.
    let mut end = || {
        if let Some(reactor) = reactor.take() {
            reactor.end(Duration::from_secs(2));
        }
    };
    let ran = run(sources, sinks, &mut end);
    end();
    ran
}

/// What all boundaries of a pipeline have in common of the host.
pub(crate) struct Hosting<'a> {
    pub bundle: &'a ConfigBundleV1,
    pub checked: &'a CheckedSpec,
    pub roots: &'a Roots,
    pub allow: &'a AllowNet,
    pub context: &'a Context,
    pub same_again: bool,
    #[cfg(feature = "kafka")]
    pub together: Together,
    #[cfg(feature = "http")]
    pub doors: Option<Doors>,
}

/// The bundle as it is for one boundary.
pub(crate) struct Placed {
    bundle: ConfigBundleV1,
    /// Where there are several on its side.
    boundary: Option<String>,
    #[cfg(feature = "kafka")]
    together: Together,
}

impl Hosting<'_> {
    /// What the ingress `id` is wired by.
    pub fn source_of(&self, id: &str) -> Placed {
        let several = self.checked.ingresses.len() > 1;
        Placed {
            bundle: match several {
                true => self.bundle.of_ingress(id),
                false => self.bundle.clone(),
            },
            boundary: several.then(|| id.to_owned()),
            // Of several sources no sink says how far they are read: each knows its own records.
            #[cfg(feature = "kafka")]
            together: match several {
                true => Together::default(),
                false => self.together.clone(),
            },
        }
    }

    /// What the egress `id` is wired by.
    pub fn sink_of(&self, id: &str) -> Placed {
        let several = self.checked.egresses.len() > 1;
        Placed {
            bundle: match several {
                true => self.bundle.of_egress(id),
                false => self.bundle.clone(),
            },
            boundary: several.then(|| id.to_owned()),
            #[cfg(feature = "kafka")]
            together: self.together.clone(),
        }
    }

    /// What the adapter of a boundary is given.
    pub fn host<'a>(
        &'a self,
        placed: &'a Placed,
        secrets: &'a HostSecrets,
        holds_back: bool,
        watch: &Watch,
    ) -> Host<'a> {
        let boundary = placed.boundary.as_deref();
        Host {
            bundle: &placed.bundle,
            boundary,
            spec_hash: &self.checked.spec_hash,
            secrets,
            holds_back,
            same_again: self.same_again,
            roots: self.roots,
            allow: self.allow.clone(),
            context: self.context.watched(watch.clone(), boundary),
            #[cfg(feature = "kafka")]
            together: placed.together.clone(),
            #[cfg(feature = "http")]
            doors: self.doors.clone(),
        }
    }
}

/// How often it is said what is seen of both sides, where it is other than before.
const LOOK: Duration = Duration::from_secs(1);

/// What is seen of both sides while the run lasts, of each boundary.
#[derive(Clone, Default)]
struct Looks {
    sources: Vec<Look<Intake>>,
    sinks: Vec<Look<Outlet>>,
}

/// What is seen of one boundary: of its peer, and of the queue to it once it is open.
#[derive(Clone)]
struct Look<Queue> {
    /// Which one, where there are several on its side.
    boundary: Option<String>,
    watch: Watch,
    open: Arc<OnceLock<(&'static str, Queue)>>,
}

impl Looks {
    fn at_source(&mut self, source: Source, watch: Watch, boundary: Option<String>) -> Source {
        let Source::Net(from) = source else {
            return source;
        };
        let open: Arc<OnceLock<(&'static str, Intake)>> = Arc::default();
        self.sources.push(Look {
            boundary,
            watch,
            open: Arc::clone(&open),
        });
        let (kind, start) = (from.kind, from.start);
        let start: StartSource = Box::new(move |intake: Intake| {
            // Each side is opened once.
            let _ = open.set((kind, intake.clone()));
            start(intake)
        });
        Source::Net(FromNet { start, ..from })
    }

    fn at_sink(&mut self, sink: Sink, watch: Watch, boundary: Option<String>) -> Sink {
        let (to, decides) = match sink {
            Sink::File => return Sink::File,
            Sink::Net(to) => (to, None),
            Sink::Decided(Decided { to, decides }) => (to, Some(decides)),
        };
        let open: Arc<OnceLock<(&'static str, Outlet)>> = Arc::default();
        self.sinks.push(Look {
            boundary,
            watch,
            open: Arc::clone(&open),
        });
        let (kind, start) = (to.kind, to.start);
        let start: StartSink = Box::new(move |outlet: Outlet, mark: &NetMark| {
            let _ = open.set((kind, outlet.clone()));
            start(outlet, mark)
        });
        let to = ToNet { start, ..to };
        match decides {
            None => Sink::Net(to),
            Some(decides) => Sink::Decided(Decided { to, decides }),
        }
    }

    fn seen(&self) -> SidesSeen {
        let sources = self.sources.iter().filter_map(|look| {
            let (kind, intake) = look.open.get()?;
            Some(SideSeen {
                kind,
                boundary: look.boundary.clone(),
                seen: look.watch.seen(),
                under_way: intake.under_way(),
                refused: 0,
            })
        });
        let sinks = self.sinks.iter().filter_map(|look| {
            let (kind, outlet) = look.open.get()?;
            let (under_way, refused) = outlet.account();
            Some(SideSeen {
                kind,
                boundary: look.boundary.clone(),
                seen: look.watch.seen(),
                under_way,
                refused,
            })
        });
        SidesSeen {
            sources: sources.collect(),
            sinks: sinks.collect(),
        }
    }

    fn tell(self, events: Events, context: &Context) {
        let mut told = None;
        context.every(LOOK, move || {
            let seen = Some(self.seen());
            if seen != told
                && let Some(seen) = &seen
            {
                events.adapters(seen);
                told = Some(seen.clone());
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
    Decided(DecidedSink),
}

type DecidedSink = Decided<ToNet<StartSink>, Decides>;

/// A chain of certificates and the key that belongs to it.
type Own<'a> = (Vec<u8>, &'a [u8]);

/// What adapters are given of the host.
pub(crate) struct Host<'a> {
    /// The side that is opened is that of one boundary.
    pub bundle: &'a ConfigBundleV1,
    /// Which one, where there are several on that side.
    pub boundary: Option<&'a str>,
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
    /// Where several ingresses are paths of one server.
    #[cfg(feature = "http")]
    pub doors: Option<Doors>,
}

impl Host<'_> {
    /// Which boundary it is, where there are several.
    pub fn boundary(&self) -> Option<String> {
        self.boundary.map(str::to_owned)
    }

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
