//! One file in, one file out: the adapter loop whose source and sink are files.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::account::Account;
use crate::checkpoint::{FileInput, FileOutput};
use crate::disk::Disk;
use crate::egress::{OwnFile, Purpose};
use crate::error::AdapterError;
use crate::file_source::{FileSource, truncation};
use crate::graph::{GraphInput, GraphOutput};
use crate::held::{LOCK_WAIT, with_suffix};
use crate::ingress::{FileIngress, Mode, Start};
use crate::prepared::{self, Pieces, Wiring};
pub use crate::prepared::{Ended, Missed, Notice, SAVE_EVERY, Summary, TooLarge};
use crate::roots::Roots;
use crate::states::{Carried, StageName};

/// Files in hand, to start a ring with.
pub type Prepared = prepared::Prepared<FileSource, OwnFile>;

/// Files in hand and a ring that was started over them, ready to run.
pub type Ready = prepared::Ready<FileSource, OwnFile>;

/// One file in, one file out.
#[derive(Clone, Debug)]
pub struct FileToFile {
    /// Where files may be opened.
    pub roots: Roots,
    /// The input file.
    pub input: PathBuf,
    /// Whether to follow it.
    pub mode: Mode,
    /// Where to begin without a checkpoint.
    pub start: Start,
    /// What becomes of lines that are too large.
    pub too_large: TooLarge,
    /// The output file.
    pub output: PathBuf,
    /// The reject file.
    pub reject: PathBuf,
    /// The checkpoint. [`default_checkpoint`] gives the usual place.
    pub checkpoint: PathBuf,
    /// Ends after this many records, or at the end of the input if that comes first.
    pub max_messages: Option<u64>,
    /// Largest record, in bytes: the slot's payload.
    pub max_record: usize,
    /// Hash of the spec that runs.
    pub spec_hash: String,
    /// Whether records that come behind the checkpoint are the same as in the run before, in their
    /// order.
    pub resumes: bool,
    /// How many rings run it; a graph has one account for all.
    pub shards: usize,
    /// The stages of the spec, in its order, and where it has several shards, those of each.
    pub stages: Vec<StageName>,
    /// How often progress is made durable.
    pub save_every: Duration,
    /// How long to wait for another runner to let go of the files.
    pub lock_wait: Duration,
    /// What the files that are written stand on.
    pub disk: Disk,
}

/// `<output>.checkpoint`.
pub fn default_checkpoint(output: &Path) -> PathBuf {
    with_suffix(output, ".checkpoint")
}

impl FileToFile {
    /// The defaults of everything that a config bundle doesn't say.
    pub fn new(roots: Roots, input: PathBuf, output: PathBuf, reject: PathBuf) -> Self {
        Self {
            roots,
            input,
            mode: Mode::Follow,
            start: Start::Start,
            too_large: TooLarge::Reject,
            checkpoint: default_checkpoint(&output),
            output,
            reject,
            max_messages: None,
            max_record: 256,
            spec_hash: String::new(),
            resumes: true,
            shards: 1,
            stages: Vec::new(),
            save_every: SAVE_EVERY,
            lock_wait: LOCK_WAIT,
            disk: Disk::default(),
        }
    }

    /// Takes the checkpoint and the files for this process, and puts them back to where the last
    /// checkpoint ended. Nothing of the input is read yet, and the checkpoint stays as it is.
    pub fn prepare(self) -> Result<Prepared, AdapterError> {
        self.check_paths()?;
        let (wait, disk) = (self.lock_wait, &self.disk);
        // A graph over the same files kept them among others.
        let account: Account<GraphInput<FileInput>, GraphOutput<FileOutput>> =
            Account::open(&self.checkpoint, wait, disk.clone())?;
        let account = account.narrowed(|known| {
            let inputs = known.input.0.iter().map(|input| &input.at);
            let outputs = known.output.egresses.iter().map(|egress| &egress.at);
            let mut inputs = inputs
                .clone()
                .filter(|at| at.path == self.input)
                .chain(inputs);
            let mut outputs = outputs
                .clone()
                .filter(|at| at.path == self.output)
                .chain(outputs);
            Some((inputs.next()?.clone(), outputs.next()?.clone()))
        });
        let known = account.known();
        let wiring = self.wiring();
        let input = known
            .map(|known| &known.input)
            .filter(|input| input.path == self.input);
        let carried = Carried::from(known, input.is_some(), &wiring)?;
        let mut notices = Vec::new();
        let (ingress, truncated) = self.open_input(&self.input, input, &mut notices)?;
        let source = FileSource::new(ingress, &self.input);

        let open = |path: &Path, purpose, before: Option<&FileOutput>| {
            let before = before.filter(|before| before.path == path);
            let before = before.map(|before| &before.file);
            OwnFile::open(&self.roots, path, purpose, before, wait)
        };
        let before = known.map(|known| &known.output);
        let mut sink = open(&self.output, Purpose::Output, before)?;
        let before = known.map(|known| &known.reject);
        let mut reject = open(&self.reject, Purpose::Reject, before)?;
        let input = source.identity();
        if sink.identity() == input || reject.identity() == input {
            return Err(same_file(
                "the input and a file that is written are one file",
            ));
        }
        // Only now that everything is known to be ours is anything changed.
        let cut = sink.cut()? + reject.cut()?;
        notices.extend(cut_back(cut));
        let pieces = Pieces {
            durable: sink.sync_handle(&self.roots, disk),
            reject_durable: reject.sync_handle(&self.roots, disk),
            account,
            source,
            truncated,
            sink,
            reject,
            acknowledge: Box::new(|_| {}),
        };
        Ok(Prepared::new(pieces, wiring, carried, notices))
    }

    pub(crate) fn wiring(&self) -> Wiring {
        Wiring {
            checkpoint: self.checkpoint.clone(),
            too_large: self.too_large,
            max_messages: self.max_messages,
            max_record: self.max_record,
            spec_hash: self.spec_hash.clone(),
            shards: self.shards,
            stages: self.stages.clone(),
            save_every: self.save_every,
        }
    }

    /// Refuses one path in two places. Links are found out by what was opened.
    fn check_paths(&self) -> Result<(), AdapterError> {
        let own = [
            &self.input,
            &self.output,
            &self.reject,
            &self.checkpoint,
            &with_suffix(&self.checkpoint, ".lock"),
            &with_suffix(&self.checkpoint, ".tmp"),
            &with_suffix(&self.checkpoint, ".prepared"),
        ];
        for (index, path) in own.iter().enumerate() {
            if own[..index].contains(path) {
                return Err(same_file(&format!("{} is named twice", path.display())));
            }
        }
        Ok(())
    }

    pub(crate) fn open_input(
        &self,
        input: &Path,
        known: Option<&FileInput>,
        notices: &mut Vec<Notice>,
    ) -> Result<(FileIngress, bool), AdapterError> {
        // A bounded run ends where the input ends, whatever the config says.
        let mode = match self.max_messages {
            Some(_) => Mode::StopAtEnd,
            None => self.mode,
        };
        let (roots, max) = (&self.roots, self.max_record);
        match known {
            Some(known) => {
                let resumed = FileIngress::resume(roots, input, mode, max, &known.position)?;
                if resumed.truncated {
                    notices.push(truncation(input));
                }
                notices.extend(resumed.skipped.iter().map(|path| Notice {
                    code: "N_INPUT_SKIPPED",
                    message: format!(
                        "{} looks like a log that was rotated while nobody ran, and is not read",
                        path.display()
                    ),
                }));
                Ok((resumed.ingress, resumed.truncated))
            }
            None => Ok((
                FileIngress::open(roots, input, mode, self.start, max)?,
                false,
            )),
        }
    }
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
