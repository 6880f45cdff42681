//! A file for each ingress and each egress.

use std::path::PathBuf;

use super::joined::BoundariesOfGraph;
use super::run::Prepared;
use crate::error::AdapterError;
use crate::file_sink::FileSink;
use crate::file_source::FileSource;
use crate::file_to_file::{FileToFile, check_paths};
use crate::join::{FromFile, ToFile};

/// Files in hand, to start a graph with.
pub type PreparedFiles = Prepared<FileSource, FileSink>;

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
        let outputs = self.outputs.iter().map(|(_, path)| path);
        let written = outputs.chain([&self.common.reject]).chain(&self.choices);
        let written: Vec<&PathBuf> = written.collect();
        let inputs = self.inputs.iter().map(|(_, path)| path);
        check_paths(inputs, &written, &self.common.checkpoint)?;
        let from = self.inputs.into_iter();
        let to = self.outputs.into_iter();
        let boundaries = BoundariesOfGraph {
            common: self.common,
            from: from.map(|(id, path)| (id, FromFile { path })).collect(),
            to: to.map(|(id, path)| (id, ToFile { path })).collect(),
            choices: self.choices,
        };
        boundaries.prepare()
    }
}
