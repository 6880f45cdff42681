//! A file for each ingress and each egress.

use std::path::{Path, PathBuf};

use byteor_pipeline_exec::lane_graph::{GraphCounts, RoleCounts};

use super::kept::{GraphDurable, GraphInput, GraphOutput};
use super::run::{Pieces, Prepared};
use crate::account::Account;
use crate::checkpoint::{Checkpoint, FileInput, FileOutput};
use crate::egress::{OwnFile, Purpose};
use crate::error::AdapterError;
use crate::file_source::FileSource;
use crate::file_to_file::{FileToFile, cut_back, same_file};
use crate::held::{ANEW_HELP, with_suffix};
use crate::roots::Roots;
use crate::saver::Saver;
use crate::states::Carried;

/// Files in hand, to start a graph with.
pub type PreparedFiles = Prepared<FileSource, OwnFile>;

/// The account of a graph over files.
type Known = Checkpoint<GraphInput<FileInput>, GraphOutput<FileOutput>>;

/// A graph between files.
#[derive(Clone, Debug)]
pub struct FilesOfGraph {
    /// What all of them have in common; its own input and output paths aren't used, and its stages are
    /// the roles.
    pub common: FileToFile,
    /// The input of each ingress, by its id.
    pub inputs: Vec<(String, PathBuf)>,
    /// The output of each egress, by its id.
    pub outputs: Vec<(String, PathBuf)>,
    /// Where choices are recorded, if they are.
    pub choices: Option<PathBuf>,
}

impl FilesOfGraph {
    /// Takes the checkpoint and the files for this process, and puts them back to where the last
    /// checkpoint ended. Nothing of the inputs is read yet, and the checkpoint stays as it is.
    pub fn prepare(self) -> Result<PreparedFiles, AdapterError> {
        self.check_paths()?;
        let common = &self.common;
        let (wait, disk, roots) = (common.lock_wait, &common.disk, &common.roots);
        let account = Account::open(&common.checkpoint, wait, disk.clone())?;
        let known: Option<&Known> = account.known();
        let wiring = common.wiring();
        let mut notices = Vec::new();

        let mut sources = Vec::new();
        let mut truncations = 0;
        let mut all_known = true;
        for (id, path) in &self.inputs {
            let before = known.and_then(|known| input_of(known, path));
            all_known &= before.is_some();
            let (ingress, truncated) = common.open_input(path, before, &mut notices)?;
            truncations += u64::from(truncated);
            sources.push((id.clone(), FileSource::new(ingress, path)));
        }
        let carried = Carried::from(known, all_known, &wiring)?;

        let open = |roots: &Roots, path: &Path, purpose, before: Option<&FileOutput>| {
            let before = before.filter(|before| before.path == path);
            OwnFile::open(
                roots,
                path,
                purpose,
                before.map(|before| &before.file),
                wait,
            )
        };
        let mut sinks = Vec::new();
        for (id, path) in &self.outputs {
            let before = known.and_then(|known| output_of(known, path));
            sinks.push((id.clone(), open(roots, path, Purpose::Output, before)?));
        }
        let before = known.map(|known| &known.reject);
        let mut reject = open(roots, &common.reject, Purpose::Reject, before)?;
        let mut choices = match &self.choices {
            None => None,
            Some(path) => {
                let before = known.and_then(|known| known.output.choices.as_ref());
                recorded_from_the_start(known, before, path)?;
                // Named by whoever started this, as the checkpoint is: not by the config.
                Some(open(&Roots::Unrestricted, path, Purpose::Choices, before)?)
            }
        };
        let inputs: Vec<(u64, u64)> = sources.iter().map(|(_, one)| one.identity()).collect();
        let written = sinks.iter().map(|(_, sink)| sink);
        let written = written.chain([&reject]).chain(&choices);
        for (at, input) in inputs.iter().enumerate() {
            if inputs[..at].contains(input) {
                return Err(same_file("two inputs are one file"));
            }
        }
        if written
            .into_iter()
            .any(|file| inputs.contains(&file.identity()))
        {
            return Err(same_file(
                "an input and a file that is written are one file",
            ));
        }
        // Only now that everything is known to be ours is anything changed.
        let mut cut = reject.cut()?;
        for file in sinks.iter_mut().map(|(_, sink)| sink).chain(&mut choices) {
            cut += file.cut()?;
        }
        notices.extend(cut_back(cut));

        let sync = |file: &OwnFile, roots: &Roots| file.sync_handle(roots, disk);
        let durable = GraphDurable {
            sinks: sinks.iter().map(|(_, sink)| sync(sink, roots)).collect(),
            choices: choices
                .as_ref()
                .map(|file| sync(file, &Roots::Unrestricted)),
        };
        let reject_durable = sync(&reject, roots);
        let (mut totals, since, _) = account.counters(&wiring.spec_hash, 0);
        totals.truncations += truncations;
        let same = known.filter(|known| known.spec_hash == wiring.spec_hash);
        let counts = same.map_or_else(GraphCounts::default, |known| {
            counts(known, wiring.stages.iter().map(|role| role.id.as_str()))
        });
        let saver = Saver {
            since,
            spec_hash: wiring.spec_hash.clone(),
            stages: wiring.stages.clone(),
            acknowledge: Box::new(|_| {}),
            last: None,
            file: account.file,
            disk: account.disk,
            output: durable,
            reject: reject_durable,
        };
        Ok(Prepared::new(Pieces {
            wiring,
            sources,
            sinks,
            reject,
            choices,
            saver,
            counts,
            totals,
            carried,
            notices,
        }))
    }

    /// Refuses one path in two places. Links are found out by what was opened.
    fn check_paths(&self) -> Result<(), AdapterError> {
        let checkpoint = &self.common.checkpoint;
        let of_checkpoint = [
            checkpoint.clone(),
            with_suffix(checkpoint, ".lock"),
            with_suffix(checkpoint, ".tmp"),
            with_suffix(checkpoint, ".prepared"),
        ];
        let mut paths: Vec<&PathBuf> = vec![&self.common.reject];
        paths.extend(&of_checkpoint);
        paths.extend(&self.choices);
        paths.extend(
            self.inputs
                .iter()
                .chain(&self.outputs)
                .map(|(_, path)| path),
        );
        for (at, path) in paths.iter().enumerate() {
            if paths[..at].contains(path) {
                return Err(same_file(&format!("{} is named twice", path.display())));
            }
        }
        Ok(())
    }
}

fn input_of<'k>(known: &'k Known, path: &Path) -> Option<&'k FileInput> {
    let inputs = known.input.0.iter().map(|input| &input.at);
    inputs.into_iter().find(|input| input.path == path)
}

fn output_of<'k>(known: &'k Known, path: &Path) -> Option<&'k FileOutput> {
    let outputs = known.output.egresses.iter().map(|egress| &egress.at);
    outputs.into_iter().find(|output| output.path == path)
}

/// A record of choices that lacks the first ones can't be played back.
pub(crate) fn recorded_from_the_start<I, O>(
    known: Option<&Checkpoint<I, O>>,
    before: Option<&FileOutput>,
    path: &Path,
) -> Result<(), AdapterError> {
    let here = before.is_some_and(|before| before.path == path);
    match known {
        Some(known) if known.totals.records_in > 0 && !here => Err(AdapterError::new(
            "E_CHOICES_GAP",
            format!(
                "the runs before this one didn't record their choices in {}",
                path.display()
            ),
            ANEW_HELP,
        )),
        _ => Ok(()),
    }
}

/// What the same spec counted.
pub(crate) fn counts<'r, I, O>(
    known: &Checkpoint<GraphInput<I>, GraphOutput<O>>,
    roles: impl Iterator<Item = &'r str>,
) -> GraphCounts {
    let ingresses = known.input.0.iter().map(|one| (one.id.clone(), one.counts));
    let egresses = known.output.egresses.iter();
    let egresses = egresses.map(|one| (one.id.clone(), one.counts));
    let roles = roles.zip(&known.stages).map(|(id, stage)| {
        let counts = RoleCounts {
            processed: stage.processed,
            dropped: stage.dropped,
            rejected: stage.rejected,
        };
        (id.to_owned(), counts)
    });
    GraphCounts {
        endpoints: ingresses.chain(egresses).collect(),
        roles: roles.collect(),
        lanes: known.output.lanes.iter().cloned().collect(),
    }
}
