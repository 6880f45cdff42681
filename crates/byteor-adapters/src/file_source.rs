//! The lines of a file as a source of records.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::checkpoint::{FileInput, InputPosition};
use crate::error::AdapterError;
use crate::ingress::{self, FileIngress, InputFile, Moved, copy_range};
use crate::prepared::Notice;
use crate::source::{Large, Next, Place, Source};

/// A file, through appends, rotation and truncation.
pub struct FileSource {
    ingress: FileIngress,
    place: FilePlace,
}

impl FileSource {
    /// Reads what `ingress` reads, from where it stands.
    pub fn new(ingress: FileIngress, path: &Path) -> Self {
        let place = FilePlace {
            path: path.into(),
            file: Arc::clone(ingress.source()),
            offset: ingress.position(),
        };
        Self { ingress, place }
    }

    /// Device and inode of what is read.
    pub fn identity(&self) -> (u64, u64) {
        self.place.file.id.inode()
    }
}

impl Source for FileSource {
    type Place = FilePlace;
    type Large = FileLine;

    fn next(&mut self) -> Result<Next<FileLine>, AdapterError> {
        Ok(match self.ingress.next()? {
            ingress::Next::Record { range, end } => {
                self.place.offset = end;
                Next::Record(range)
            }
            ingress::Next::TooLarge { start, len, end } => {
                self.place.offset = end;
                Next::TooLarge(FileLine {
                    path: Arc::clone(&self.place.path),
                    file: Arc::clone(&self.place.file),
                    start,
                    len,
                })
            }
            ingress::Next::Moved(moved) => {
                self.place.file = Arc::clone(self.ingress.source());
                self.place.offset = 0;
                let path = &self.place.path;
                Next::Moved {
                    truncated: moved == Moved::Truncated,
                    notice: Some(match moved {
                        Moved::Truncated => truncation(path),
                        Moved::Rotated => Notice {
                            code: "N_INPUT_ROTATED",
                            message: format!(
                                "{} was rotated; the new file is read",
                                path.display()
                            ),
                        },
                    }),
                }
            }
            ingress::Next::Idle => Next::Idle,
            ingress::Next::End => Next::End,
        })
    }

    fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.ingress.bytes(range)
    }

    fn place(&self) -> &FilePlace {
        &self.place
    }
}

/// What was read of a file is gone.
pub(crate) fn truncation(path: &Path) -> Notice {
    Notice {
        code: "N_INPUT_TRUNCATED",
        message: format!(
            "{} was truncated or rewritten in place; it is read from its start again",
            path.display()
        ),
    }
}

/// Bytes of one file.
pub struct FilePlace {
    /// The configured path.
    path: Arc<Path>,
    file: Arc<InputFile>,
    offset: u64,
}

impl Clone for FilePlace {
    fn clone(&self) -> Self {
        Self {
            path: Arc::clone(&self.path),
            file: Arc::clone(&self.file),
            offset: self.offset,
        }
    }

    fn clone_from(&mut self, other: &Self) {
        if !Arc::ptr_eq(&self.path, &other.path) {
            self.path = Arc::clone(&other.path);
        }
        if !Arc::ptr_eq(&self.file, &other.file) {
            self.file = Arc::clone(&other.file);
        }
        self.offset = other.offset;
    }
}

impl Place for FilePlace {
    type Kept = FileInput;

    fn kept(&self) -> FileInput {
        FileInput {
            path: PathBuf::from(&*self.path),
            position: InputPosition {
                id: self.file.id,
                head: self.file.fingerprint(self.offset),
                offset: self.offset,
            },
        }
    }
}

/// A line that is too large to be a record.
pub struct FileLine {
    path: Arc<Path>,
    file: Arc<InputFile>,
    start: u64,
    len: u64,
}

impl Large for FileLine {
    fn size(&self) -> u64 {
        self.len
    }

    fn name(&self) -> String {
        format!(
            "the record at byte {} of {}",
            self.start,
            self.path.display()
        )
    }

    fn copy(
        &self,
        write: &mut dyn FnMut(&[u8]) -> Result<(), AdapterError>,
    ) -> Result<(), AdapterError> {
        copy_range(&self.file.file, self.start, self.len, write, &self.path)?;
        Ok(())
    }
}
