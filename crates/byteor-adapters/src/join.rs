//! Pieces of a loop, opened where the checkpoint ends and joined.

use std::path::{Path, PathBuf};

use crate::account::Account;
use crate::checkpoint::{FileInput, FileOutput, Section, Written};
use crate::egress::{OwnFile, Purpose};
use crate::error::AdapterError;
use crate::file_sink::{FileDurable, FileSink, one_at};
use crate::file_source::FileSource;
use crate::file_to_file::FileToFile;
use crate::graph::{GraphInput, GraphOutput};
use crate::held::undecided;
use crate::prepared::{Notice, Pieces, Prepared};
use crate::rotated::{self, RotatedFile};
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

    /// Whether [`FromWhere::is`] knows the very place. Otherwise it knows its kind, and of several their
    /// ids tell which one it is.
    const KNOWS_PLACE: bool;

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

    /// Whether [`ToWhere::is`] knows the very place, as with sources.
    const KNOWS_PLACE: bool;

    /// Whether the checkpoint speaks of the same place.
    fn is(&self, known: &Mark<Self>) -> bool
    where
        Self: Sized;

    /// The sink and its durable half. Nothing is changed yet.
    #[allow(clippy::type_complexity)]
    fn open(
        self,
        known: Option<&Mark<Self>>,
        common: &FileToFile,
    ) -> Result<(Self::Sink, <Self::Sink as Sink>::Durable), AdapterError>
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

/// Joins a source and a sink; `common` says all that isn't of one of them. Nothing is read or written yet
/// but for what is cut back.
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
    // Of several boundaries of one kind nothing tells which one the ring goes on from.
    let (mut knows_input, mut knows_output) = (true, true);
    if let Some(known) = account.known() {
        let (inputs, outputs) = (&known.input.0, &known.output.egresses);
        knows_input = F::KNOWS_PLACE || inputs.len() < 2;
        knows_output = T::KNOWS_PLACE || outputs.len() < 2;
        if !knows_output {
            nothing_refused(outputs.iter().map(|egress| &egress.at), path)?;
        }
    }
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
        .filter(|input| knows_input && from.is(input));
    let carried = Carried::from(known, input.is_some(), &wiring)?;
    let mut notices = Vec::new();
    let (source, truncated, acknowledge) = from.open(input, &common, &mut notices)?;
    let output = known.map(|known| &known.output).filter(|_| knows_output);
    let (mut sink, durable) = to.open(output, &common)?;
    let before = known.map(|known| &known.reject);
    let mut reject = own_file(&common, &common.reject, Purpose::Reject, before)?;
    apart(&[source.identity()], &[sink.identity(), reject.identity()])?;
    // Only now that everything is known to be ours is anything changed.
    notices.extend(cut_back(sink.cut()? + reject.cut()?));
    let pieces = Pieces {
        account,
        source,
        truncated,
        sink,
        durable,
        reject_durable: reject.sync_handle(&common.roots, &common.disk),
        reject,
        acknowledge,
    };
    Ok(Prepared::new(pieces, wiring, carried, notices))
}

/// A file that is written, with records as `common` says.
pub(crate) fn own_file(
    common: &FileToFile,
    path: &Path,
    purpose: Purpose,
    before: Option<&FileOutput>,
) -> Result<OwnFile, AdapterError> {
    let before = before.filter(|before| before.path == path);
    let before = before.map(|before| &before.file);
    let what = (purpose, common.framing_of(purpose));
    OwnFile::open(&common.roots, path, what, before, common.lock_wait)
}

/// Refuses to leave sinks behind of which the checkpoint keeps records that stand in no reject file yet.
pub(crate) fn nothing_refused<'a, O: Section>(
    mut left: impl Iterator<Item = &'a O>,
    checkpoint: &Path,
) -> Result<(), AdapterError> {
    if !left.any(O::keeps_refused) {
        return Ok(());
    }
    Err(AdapterError::new(
        "E_CHECKPOINT_REFUSED",
        format!(
            "the checkpoint {} keeps records that the other end of an egress refused, and this pipeline \
             doesn't have that egress",
            checkpoint.display()
        ),
        "start the deployment that ran before until it stops in good order, and then this one",
    ))
}

/// Refuses files of which two are one, by what was opened: links are found out by that.
pub(crate) fn apart(
    read: &[Option<(u64, u64)>],
    written: &[Option<(u64, u64)>],
) -> Result<(), AdapterError> {
    for (at, input) in read.iter().enumerate().filter(|(_, input)| input.is_some()) {
        if read[..at].contains(input) {
            return Err(same_file("two inputs are one file"));
        }
        if written.contains(input) {
            return Err(same_file(
                "an input and a file that is written are one file",
            ));
        }
    }
    Ok(())
}

/// What is told where bytes were cut off.
pub(crate) fn cut_back(bytes: u64) -> Option<Notice> {
    (bytes > 0).then(|| Notice {
        code: "N_CUT_BACK",
        message: format!("{bytes} bytes behind the last checkpoint were cut off"),
    })
}

pub(crate) fn same_file(what: &str) -> AdapterError {
    AdapterError::new(
        "E_ADAPTER_SAME_FILE",
        what,
        "give the input, the output, the reject file and the checkpoint a file each",
    )
}

/// A file that is read.
pub struct FromFile {
    /// Its path.
    pub path: PathBuf,
}

impl FromWhere for FromFile {
    type Source = FileSource;

    const KNOWS_PLACE: bool = true;

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
    type Sink = FileSink;

    const KNOWS_PLACE: bool = true;

    fn is(&self, known: &Written) -> bool {
        known.path() == self.path
    }

    fn open(
        self,
        known: Option<&Written>,
        common: &FileToFile,
    ) -> Result<(FileSink, FileDurable), AdapterError> {
        let place = |path: &Path| rotated::Place {
            roots: common.roots.clone(),
            disk: common.disk.clone(),
            path: path.to_path_buf(),
            framing: common.framing_of(Purpose::Output),
            wait: common.lock_wait,
        };
        let before = match known {
            Some(Written::Rotated(files)) => Some(files),
            _ => None,
        };
        let rotates = common.rotation.is_on();
        let goes_on = before.filter(|files| rotates && files.path == self.path);
        if let (Some(files), None) = (before, goes_on) {
            place(&files.path).refuse_unfinished(files)?;
        }
        if rotates {
            let opened = RotatedFile::open(place(&self.path), common.rotation, goes_on)?;
            return Ok((
                FileSink::Rotated(Box::new(opened.0)),
                FileDurable::Rotated(opened.1),
            ));
        }
        let before = one_at(known, &self.path);
        let sink = own_file(common, &self.path, Purpose::Output, before)?;
        let durable = sink.sync_handle(&common.roots, &common.disk);
        Ok((FileSink::One(sink), FileDurable::One(durable)))
    }
}
