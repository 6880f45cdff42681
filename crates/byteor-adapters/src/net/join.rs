//! Pieces of a loop of which one or both are on the network, joined as [`crate::file_to_file`] joins
//! two files.

use std::path::{Path, PathBuf};

use crate::account::Account;
use crate::checkpoint::{FileInput, FileOutput};
use crate::egress::{OwnFile, Purpose};
use crate::error::AdapterError;
use crate::file_source::FileSource;
use crate::file_to_file::{FileToFile, cut_back};
use crate::graph::{GraphInput, GraphOutput};
use crate::held::undecided;
use crate::net::intake::{Intake, intake};
use crate::net::outlet::{NetMark, NetSink, Outlet, outlet};
use crate::net::source::{NetKept, NetPlace, NetSource};
use crate::prepared::{Notice, Pieces, Prepared};
use crate::saver::Acknowledge;
use crate::sink::Sink;
use crate::source::{Place, Source};
use crate::states::Carried;

/// What a checkpoint keeps of such a source.
pub type Kept<F> = <<<F as FromWhere>::Source as Source>::Place as Place>::Kept;
/// What it keeps of such a sink.
pub type Mark<T> = <<T as ToWhere>::Sink as Sink>::Mark;

/// Opens a source where the checkpoint ends.
pub trait FromWhere {
    /// The source.
    type Source: Source;

    /// Whether the checkpoint speaks of the same place.
    fn is(&self, known: &Kept<Self>) -> bool
    where
        Self: Sized;

    /// The source, whether what the checkpoint speaks of was taken away under it, and who is told how
    /// far it is saved.
    #[allow(clippy::type_complexity)]
    fn open(
        self,
        known: Option<&Kept<Self>>,
        common: &FileToFile,
        notices: &mut Vec<Notice>,
    ) -> Result<
        (
            Self::Source,
            bool,
            Acknowledge<<Self::Source as Source>::Place>,
        ),
        AdapterError,
    >
    where
        Self: Sized;
}

/// Opens a sink where the checkpoint ends.
pub trait ToWhere {
    /// The sink.
    type Sink: Sink + 'static;

    /// Whether the checkpoint speaks of the same place.
    fn is(&self, known: &Mark<Self>) -> bool
    where
        Self: Sized;

    /// The sink, its durable half, and how much of what it wrote behind the checkpoint was cut off.
    #[allow(clippy::type_complexity)]
    fn open(
        self,
        known: Option<&Mark<Self>>,
        common: &FileToFile,
    ) -> Result<(Self::Sink, <Self::Sink as Sink>::Durable, u64), AdapterError>
    where
        Self: Sized;

    /// Whether what a run prepared a checkpoint of came to be at the sink: `mark` is the checkpoint's.
    fn decide(&self, _mark: &Mark<Self>, common: &FileToFile) -> Result<bool, AdapterError>
    where
        Self: Sized,
    {
        Err(undecided(&common.checkpoint))
    }
}

/// Joins a source and a sink; `common` says all that isn't of one of them. Nothing is read or written yet but for what is cut back.
pub fn join<F: FromWhere, T: ToWhere>(
    from: F,
    to: T,
    common: FileToFile,
) -> Result<Prepared<F::Source, T::Sink>, AdapterError> {
    let (path, disk) = (&common.checkpoint, common.disk.clone());
    let decide = |prepared: &GraphOutput<Mark<T>>| match &prepared.egresses[..] {
        [egress] => to.decide(&egress.at, &common),
        _ => Err(undecided(path)),
    };
    // A graph between the same places kept them among others.
    let account: Account<GraphInput<Kept<F>>, GraphOutput<Mark<T>>> =
        Account::open_deciding(path, common.lock_wait, disk, decide)?;
    let account = account.narrowed(|known| {
        let inputs = known.input.0.iter().map(|input| &input.at);
        let outputs = known.output.egresses.iter().map(|egress| &egress.at);
        let input = inputs.clone().find(|at| from.is(at));
        let output = outputs.clone().find(|at| to.is(at));
        let (input, output) = (
            input.or(inputs.clone().next())?,
            output.or(outputs.clone().next())?,
        );
        Some((input.clone(), output.clone()))
    });
    let (known, wiring) = (account.known(), common.wiring());
    let input = known
        .map(|known| &known.input)
        .filter(|input| from.is(input));
    let carried = Carried::from(known, input.is_some(), &wiring)?;
    let mut notices = Vec::new();
    let (source, truncated, acknowledge) = from.open(input, &common, &mut notices)?;
    let (sink, durable, mut cut) = to.open(known.map(|known| &known.output), &common)?;
    let before = known.map(|known| &known.reject);
    let (mut reject, reject_cut) = own_file(&common, &common.reject, Purpose::Reject, before)?;
    cut += reject_cut;
    notices.extend(cut_back(cut));
    let reject_durable = reject.sync_handle(&common.roots, &common.disk);
    reject.flush()?;
    let pieces = Pieces {
        account,
        source,
        truncated,
        sink,
        durable,
        reject,
        reject_durable,
        acknowledge,
    };
    Ok(Prepared::new(pieces, wiring, carried, notices))
}

pub(crate) fn own_file(
    common: &FileToFile,
    path: &Path,
    purpose: Purpose,
    before: Option<&FileOutput>,
) -> Result<(OwnFile, u64), AdapterError> {
    let before = before.filter(|before| before.path == path);
    let before = before.map(|before| &before.file);
    let mut file = OwnFile::open(&common.roots, path, purpose, before, common.lock_wait)?;
    let cut = file.cut()?;
    Ok((file, cut))
}

/// A file that is read.
pub struct FromFile {
    /// Its path.
    pub path: PathBuf,
}

impl FromWhere for FromFile {
    type Source = FileSource;

    fn is(&self, known: &FileInput) -> bool {
        known.path == self.path
    }

    fn open(
        self,
        known: Option<&FileInput>,
        common: &FileToFile,
        notices: &mut Vec<Notice>,
    ) -> Result<(FileSource, bool, Acknowledge<<FileSource as Source>::Place>), AdapterError> {
        let (ingress, truncated) = common.open_input(&self.path, known, notices)?;
        let source = FileSource::new(ingress, &self.path);
        Ok((source, truncated, Box::new(|_| {})))
    }
}

/// A file that is written.
pub struct ToFile {
    /// Its path.
    pub path: PathBuf,
}

impl ToWhere for ToFile {
    type Sink = OwnFile;

    fn is(&self, known: &FileOutput) -> bool {
        known.path == self.path
    }

    fn open(
        self,
        known: Option<&FileOutput>,
        common: &FileToFile,
    ) -> Result<(OwnFile, <OwnFile as Sink>::Durable, u64), AdapterError> {
        let (sink, cut) = own_file(common, &self.path, Purpose::Output, known)?;
        let durable = sink.sync_handle(&common.roots, &common.disk);
        Ok((sink, durable, cut))
    }
}

/// Something on the network that records come from. `start` is given the reactor's end.
pub struct FromNet<S> {
    /// The kind of adapter.
    pub kind: &'static str,
    /// The most bytes that are in memory.
    pub bound: usize,
    /// Starts the task.
    pub start: S,
}

impl<S: FnOnce(Intake) -> Result<(), AdapterError>> FromWhere for FromNet<S> {
    type Source = NetSource;

    fn is(&self, known: &NetKept) -> bool {
        known.kind == self.kind
    }

    fn open(
        self,
        known: Option<&NetKept>,
        common: &FileToFile,
        _: &mut Vec<Notice>,
    ) -> Result<(NetSource, bool, Acknowledge<NetPlace>), AdapterError> {
        let place = NetPlace {
            kind: self.kind,
            number: known.map_or(0, |known| known.number),
            spot: known.and_then(|known| known.spot.clone()),
        };
        let (given, taken, saved) = intake(place.number, self.bound, place.spot.clone());
        (self.start)(given)?;
        let source = NetSource::new(taken, place, common.max_record);
        let acknowledge = move |kept: &NetKept| saved.up_to(kept.number);
        Ok((source, false, Box::new(acknowledge)))
    }
}

/// Which pipeline the numbers of records are of, where a run that goes on behind the checkpoint has the
/// same records under the same numbers as the one before.
fn same_records(common: &FileToFile) -> Option<u64> {
    let hash = common.spec_hash.strip_prefix("sha256:");
    let begin = hash.and_then(|hash| hash.get(..16)).unwrap_or("0");
    let spec = u64::from_str_radix(begin, 16).ok()?;
    common
        .resumes
        .then_some(spec ^ (common.max_record as u64).rotate_left(32))
}

/// Something on the network that records go to. `start` is given the reactor's end, and where the
/// records' numbers go on.
pub struct ToNet<S> {
    /// The kind of adapter.
    pub kind: &'static str,
    /// The most bytes that are in memory, beside the message that is on its way.
    pub bound: usize,
    /// Starts the task.
    pub start: S,
}

impl<S: FnOnce(Outlet, &NetMark) -> Result<(), AdapterError>> ToWhere for ToNet<S> {
    type Sink = NetSink;

    fn is(&self, known: &NetMark) -> bool {
        known.kind == self.kind
    }

    fn open(
        self,
        known: Option<&NetMark>,
        common: &FileToFile,
    ) -> Result<(NetSink, <NetSink as Sink>::Durable, u64), AdapterError> {
        let mark = NetMark::from(self.kind, known, same_records(common));
        let (reactor, sink, durable) = outlet(mark.clone(), self.bound);
        (self.start)(reactor, &mark)?;
        Ok((sink, durable, 0))
    }
}

/// What goes to `to`, which `decides` whether what a run prepared a checkpoint of came to be.
pub struct Decided<T, D> {
    /// Where records go.
    pub to: T,
    /// Asked with the checkpoint's mark.
    pub decides: D,
}

impl<T: ToWhere, D: Fn(&Mark<T>) -> Result<bool, AdapterError>> ToWhere for Decided<T, D> {
    type Sink = T::Sink;

    fn is(&self, known: &Mark<T>) -> bool {
        self.to.is(known)
    }

    fn open(
        self,
        known: Option<&Mark<T>>,
        common: &FileToFile,
    ) -> Result<(T::Sink, <T::Sink as Sink>::Durable, u64), AdapterError> {
        self.to.open(known, common)
    }

    fn decide(&self, mark: &Mark<T>, _: &FileToFile) -> Result<bool, AdapterError> {
        (self.decides)(mark)
    }
}
