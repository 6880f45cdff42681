//! The memory of a run's lanes: on the heap, or a folder with a file for each.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use byteor_pipeline_backings_mem::HeapMemory;
use byteor_pipeline_backings_shm::{Mapping, create_run_folder};
use byteor_pipeline_kernel::RegionMemory;

use super::options::LanesIn;
use crate::error::ExecError;

/// Makes memory for regions. What it made in the file system is removed again, unless
/// [`Store::keep`] says that the run began.
#[derive(Debug)]
pub(super) struct Store {
    folder: Option<PathBuf>,
    made: Vec<PathBuf>,
    memories: Vec<Arc<dyn RegionMemory>>,
}

impl Store {
    pub(super) fn new(lanes: &LanesIn) -> Result<Self, ExecError> {
        let folder = match lanes {
            LanesIn::Memory => None,
            LanesIn::Folder(path) => {
                create_run_folder(path).map_err(ExecError::Backing)?;
                Some(path.clone())
            }
        };
        Ok(Self {
            folder,
            made: Vec::new(),
            memories: Vec::new(),
        })
    }

    /// `bytes` zeroes, in the folder's file of that name where there is a folder.
    pub(super) fn memory(
        &mut self,
        name: &str,
        bytes: usize,
    ) -> Result<Arc<dyn RegionMemory>, ExecError> {
        let memory: Arc<dyn RegionMemory> = match &self.folder {
            None => Arc::new(HeapMemory::new(bytes)),
            Some(folder) => {
                let path = folder.join(name);
                let mapping =
                    Mapping::create_exclusive(&path, bytes).map_err(ExecError::Backing)?;
                self.made.push(path);
                Arc::new(mapping)
            }
        };
        self.memories.push(Arc::clone(&memory));
        Ok(memory)
    }

    /// All that was made.
    pub(super) fn memories(&self) -> Vec<Arc<dyn RegionMemory>> {
        self.memories.clone()
    }

    /// The run began: files and folder stay.
    pub(super) fn keep(mut self) {
        self.folder = None;
        self.made.clear();
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // Best effort: why the run did not begin is the error to tell.
        for path in &self.made {
            let _ = std::fs::remove_file(path);
        }
        if let Some(folder) = self.folder.as_deref().map(Path::new) {
            let _ = std::fs::remove_dir(folder);
        }
    }
}
