//! The records of a file as a source.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use byteor_ascii::has_wildcard;

use crate::checkpoint::{FileInput, InputPosition};
use crate::error::AdapterError;
use crate::head::{FileId, Fingerprint};
use crate::ingress::{self, FileIngress, InputFile, Moved, Reading, copy_range};
use crate::prepared::Notice;
use crate::source::{Large, Next, Place, Source, too_large};

/// A file, through appends, rotation and truncation, or several by name.
pub struct FileSource {
    ingress: FileIngress,
    place: FilePlace,
    /// Told next.
    notice: Option<Notice>,
}

impl FileSource {
    /// Reads what `ingress` reads, from where it stands.
    pub fn new(ingress: FileIngress, path: &Path) -> Self {
        let place = FilePlace {
            path: path.into(),
            how: ingress.how(),
            file: ingress.source().cloned(),
            offset: ingress.position(),
        };
        Self {
            ingress,
            place,
            notice: None,
        }
    }

    /// Bytes of the file that is read, and the place behind them.
    fn large(&mut self, start: u64, len: u64, end: u64, torn: bool) -> Option<FileLarge> {
        self.place.offset = end;
        let file = Arc::clone(self.place.file.as_ref()?);
        Some(FileLarge {
            file,
            start,
            len,
            torn,
        })
    }

    fn moved(&mut self, moved: Moved) -> Next<FileLarge> {
        self.place.file = self.ingress.source().cloned();
        self.place.offset = 0;
        let path = self.path();
        Next::Moved {
            truncated: moved == Moved::Truncated,
            notice: match moved {
                Moved::Truncated => Some(truncation(path)),
                Moved::Rotated => Some(Notice {
                    code: "N_INPUT_ROTATED",
                    message: format!("{} was rotated; the new file is read", path.display()),
                }),
                // That is what they are there for.
                Moved::Next => None,
            },
        }
    }

    /// The path of what is read.
    fn path(&self) -> &Path {
        let file = self.place.file.as_ref();
        file.map_or(&self.place.path, |file| &file.path)
    }
}

impl Source for FileSource {
    type Place = FilePlace;
    type Large = FileLarge;

    fn identity(&self) -> Option<(u64, u64)> {
        self.place.file.as_ref().map(|file| file.id.inode())
    }

    fn next(&mut self) -> Result<Next<FileLarge>, AdapterError> {
        if let Some(notice) = self.notice.take() {
            return Ok(Next::Moved {
                truncated: false,
                notice: Some(notice),
            });
        }
        Ok(match self.ingress.next()? {
            ingress::Next::Record { range, end } => {
                self.place.offset = end;
                Next::Record(range)
            }
            ingress::Next::TooLarge { start, len, end } => {
                let large = self.large(start, len, end, false);
                large.map_or(Next::Idle, Next::TooLarge)
            }
            ingress::Next::Torn { start, len, end } => {
                self.notice = Some(torn(self.path(), start, len, "they are set aside"));
                let large = self.large(start, len, end, true);
                large.map_or(Next::Idle, Next::TooLarge)
            }
            ingress::Next::Unfinished { start, len } => Next::Moved {
                truncated: false,
                notice: Some(torn(
                    self.path(),
                    start,
                    len,
                    "they are left for a later run",
                )),
            },
            ingress::Next::Moved(moved) => self.moved(moved),
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

/// A file ends within a record.
fn torn(path: &Path, start: u64, len: u64, then: &str) -> Notice {
    Notice {
        code: "N_INPUT_TORN",
        message: format!(
            "{} ends within the record at byte {start}, of which it has {len} bytes; {then}",
            path.display()
        ),
    }
}

/// What a checkpoint keeps of a place.
pub(crate) fn kept(
    path: &Path,
    how: Reading,
    file: Option<&Arc<InputFile>>,
    offset: u64,
) -> FileInput {
    let pattern = path
        .file_name()
        .filter(|name| has_wildcard(name.as_encoded_bytes()));
    FileInput {
        path: PathBuf::from(path),
        name: pattern.map(|_| file.map(|file| file.name().to_owned()).unwrap_or_default()),
        framing: how.framing,
        position: InputPosition {
            id: file.map_or(FileId::NONE, |file| file.id),
            head: file.map_or_else(|| Fingerprint::of(b""), |file| file.fingerprint(offset)),
            offset,
        },
    }
}

/// Bytes of one file.
pub struct FilePlace {
    /// The configured path.
    path: Arc<Path>,
    how: Reading,
    file: Option<Arc<InputFile>>,
    offset: u64,
}

impl Clone for FilePlace {
    fn clone(&self) -> Self {
        Self {
            path: Arc::clone(&self.path),
            how: self.how,
            file: self.file.clone(),
            offset: self.offset,
        }
    }

    fn clone_from(&mut self, other: &Self) {
        if !Arc::ptr_eq(&self.path, &other.path) {
            self.path = Arc::clone(&other.path);
        }
        match (&self.file, &other.file) {
            (Some(file), Some(other)) if Arc::ptr_eq(file, other) => {}
            _ => self.file.clone_from(&other.file),
        }
        self.how = other.how;
        self.offset = other.offset;
    }
}

impl Place for FilePlace {
    type Kept = FileInput;

    fn kept(&self) -> FileInput {
        kept(&self.path, self.how, self.file.as_ref(), self.offset)
    }
}

/// What is no record: too large to be one, or the beginning of one in a file that is done with.
pub struct FileLarge {
    file: Arc<InputFile>,
    start: u64,
    len: u64,
    torn: bool,
}

impl Large for FileLarge {
    fn size(&self) -> u64 {
        self.len
    }

    fn name(&self) -> String {
        format!(
            "the record at byte {} of {}",
            self.start,
            self.file.path.display()
        )
    }

    fn stops(&self, max: usize) -> AdapterError {
        if !self.torn {
            return too_large(self, max);
        }
        AdapterError::new(
            "E_INPUT_TORN",
            format!("{} ends behind {} bytes of it", self.name(), self.len),
            "complete the file, or deploy a config with `adapter.ingress.file.too_large=reject`, which \
             sets aside what is there of the record",
        )
    }

    fn copy(
        &self,
        write: &mut dyn FnMut(&[u8]) -> Result<(), AdapterError>,
    ) -> Result<(), AdapterError> {
        let path = &self.file.path;
        copy_range(&self.file.file, self.start, self.len, write, path)?;
        Ok(())
    }
}
