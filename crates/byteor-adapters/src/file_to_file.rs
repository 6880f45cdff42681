//! One file in, one file out: the adapter loop whose source and sink are files.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::checkpoint::FileInput;
use crate::disk::Disk;
use crate::egress::Purpose;
use crate::error::AdapterError;
use crate::file_sink::FileSink;
use crate::file_source::{FileSource, truncation};
use crate::folder::matches;
use crate::framing::Framing;
use crate::held::{LOCK_WAIT, with_suffix};
use crate::ingress::{FileIngress, Mode, Reading, Start};
use crate::join::{FromFile, ToFile, join, same_file};
use crate::prepared::{self, Wiring};
pub use crate::prepared::{Ended, Missed, Notice, SAVE_EVERY, Summary, TooLarge};
use crate::roots::Roots;
use crate::rotated::Rotation;
use crate::states::StageName;

/// Files in hand, to start a ring with.
pub type Prepared = prepared::Prepared<FileSource, FileSink>;

/// Files in hand and a ring that was started over them, ready to run.
pub type Ready = prepared::Ready<FileSource, FileSink>;

/// One file in, one file out.
#[derive(Clone, Debug)]
pub struct FileToFile {
    /// Where files may be opened.
    pub roots: Roots,
    /// The input file.
    pub input: PathBuf,
    /// How records stand in it.
    pub input_framing: Framing,
    /// Whether to follow it.
    pub mode: Mode,
    /// Where to begin without a checkpoint.
    pub start: Start,
    /// What becomes of lines that are too large.
    pub too_large: TooLarge,
    /// The output file.
    pub output: PathBuf,
    /// How records stand in it.
    pub output_framing: Framing,
    /// When a file is closed and the next one begun; the path is then what their names begin with.
    pub rotation: Rotation,
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
            input_framing: Framing::Lines,
            mode: Mode::Follow,
            start: Start::Start,
            too_large: TooLarge::Reject,
            checkpoint: default_checkpoint(&output),
            output,
            output_framing: Framing::Lines,
            rotation: Rotation::default(),
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
        let from = FromFile {
            path: self.input.clone(),
        };
        let to = ToFile {
            path: self.output.clone(),
        };
        join(from, to, self)
    }

    /// How records stand in a file that is written. What is refused stands in the reject file as it stood
    /// in the input.
    pub(crate) fn framing_of(&self, purpose: Purpose) -> Framing {
        match purpose {
            Purpose::Output => self.output_framing,
            Purpose::Reject => self.input_framing,
            Purpose::Choices => Framing::Lines,
        }
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

    /// Refuses one path in two places.
    fn check_paths(&self) -> Result<(), AdapterError> {
        let inputs = std::slice::from_ref(&self.input);
        check_paths(inputs, &[&self.output, &self.reject], &self.checkpoint)
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
        let how = Reading {
            mode,
            framing: self.input_framing,
            max: self.max_record,
        };
        let Some(known) = known else {
            let ingress = FileIngress::open(&self.roots, input, how, self.start)?;
            notices.extend(none_yet(&ingress, input));
            return Ok((ingress, false));
        };
        let resumed = FileIngress::resume(&self.roots, input, how, known)?;
        notices.extend(none_yet(&resumed.ingress, input));
        if resumed.truncated {
            let source = resumed.ingress.source();
            notices.push(truncation(source.map_or(input, |source| &source.path)));
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
}

/// Told so that a pattern that matches nothing doesn't look like an input that is quiet.
fn none_yet(ingress: &FileIngress, input: &Path) -> Option<Notice> {
    ingress.source().is_none().then(|| Notice {
        code: "N_INPUT_NONE",
        message: format!(
            "no file matches {} yet; the first one is waited for",
            input.display()
        ),
    })
}

/// Refuses one path in two places, and one that an input matches.
pub(crate) fn check_paths<'p>(
    inputs: impl IntoIterator<Item = &'p PathBuf>,
    written: &[&PathBuf],
    checkpoint: &Path,
) -> Result<(), AdapterError> {
    let of_checkpoint = [
        checkpoint.to_path_buf(),
        with_suffix(checkpoint, ".lock"),
        with_suffix(checkpoint, ".tmp"),
        with_suffix(checkpoint, ".prepared"),
    ];
    let twice = |path: &Path| same_file(&format!("{} is named twice", path.display()));
    let written: Vec<&PathBuf> = written.iter().copied().chain(&of_checkpoint).collect();
    for (at, path) in written.iter().enumerate() {
        if written[..at].contains(path) {
            return Err(twice(path));
        }
    }
    let mut before: Vec<&PathBuf> = Vec::new();
    for input in inputs {
        if before.contains(&input) || written.contains(&input) {
            return Err(twice(input));
        }
        if let Some(path) = written.iter().find(|path| matches(input, path)) {
            let (path, input) = (path.display(), input.display());
            return Err(same_file(&format!(
                "{path} is matched by the input {input}"
            )));
        }
        before.push(input);
    }
    Ok(())
}
