//! The file ingress: records of one path, through appends, rotation and truncation; or of all files that
//! a path matches, in the order of their names.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::checkpoint::{FileInput, InputPosition};
use crate::error::AdapterError;
use crate::folder::{Folder, list};
use crate::framing::{Found, Framing, LENGTH_MAX, RecordReader, other_framing, start_of_rest};
use crate::head::{FileId, Fingerprint, HEAD, read_head};
use crate::roots::{Access, Roots};

/// How long a file must stay without growth before the one behind it is read. The process that writes a
/// log learns of the rotation a little later than we do.
pub const ROTATION_SETTLE: Duration = Duration::from_millis(1_000);

/// Whether to wait for more at the end of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Wait for appended records, for ever. An unfinished last one waits for its end.
    Follow,
    /// End there. An unterminated last line is a record; a torn record is left for a later run.
    StopAtEnd,
}

/// Where a run without a checkpoint begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the first byte, of several files at that of the first.
    Start,
    /// Behind the last whole record that is there now, of several files that of the last.
    End,
}

/// How files are read.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// What happens at the end.
    pub mode: Mode,
    /// How records stand in them.
    pub framing: Framing,
    /// The most bytes of a record.
    pub max: usize,
}

/// One opened input file. A file that was truncated in place is another source than before.
#[derive(Debug)]
pub struct InputFile {
    /// The path under which it was found first; it may have another one now, or none.
    pub path: PathBuf,
    /// The open file; it stays readable when its name is gone.
    pub file: Arc<File>,
    /// Which file it is.
    pub id: FileId,
    /// The first bytes as they were read, at most [`HEAD`].
    head: Mutex<Vec<u8>>,
}

impl InputFile {
    fn new(file: File, path: &Path) -> Result<Arc<Self>, AdapterError> {
        let meta = file.metadata().map_err(|error| read_error(path, &error))?;
        if !meta.is_file() {
            return Err(AdapterError::new(
                "E_INPUT_NOT_A_FILE",
                format!("the input {} is not a regular file", path.display()),
                "name a regular file; folders, pipes and devices can't be checkpointed",
            ));
        }
        Ok(Arc::new(Self {
            path: path.to_path_buf(),
            file: Arc::new(file),
            id: FileId::of(&meta),
            head: Mutex::new(Vec::new()),
        }))
    }

    /// Fingerprint of what stood before `offset` when it was read.
    pub fn fingerprint(&self, offset: u64) -> Fingerprint {
        let head = self.head.lock().expect("no thread panics with the head");
        let len = head.len().min(offset.min(HEAD) as usize);
        Fingerprint::of(&head[..len])
    }

    /// Its name in its folder.
    pub fn name(&self) -> &OsStr {
        self.path.file_name().unwrap_or_default()
    }

    fn len(&self) -> Result<u64, AdapterError> {
        let meta = self.file.metadata();
        meta.map(|meta| meta.len())
            .map_err(|error| read_error(&self.path, &error))
    }
}

/// What the ingress has next.
#[derive(Debug)]
pub enum Next {
    /// A record; see [`FileIngress::bytes`].
    Record {
        /// Its bytes in the reader's buffer.
        range: Range<usize>,
        /// Offset behind it in the source.
        end: u64,
    },
    /// A record longer than one may be.
    TooLarge {
        /// Offset of its first byte.
        start: u64,
        /// Length in bytes without what stands before or behind it.
        len: u64,
        /// Offset behind it in the source.
        end: u64,
    },
    /// The source, which is done with, ended within a record.
    Torn {
        /// Offset of the first byte of its length.
        start: u64,
        /// How many bytes are there.
        len: u64,
        /// Offset behind them.
        end: u64,
    },
    /// The input ends within a record, which is left unread: a later run may find it whole.
    Unfinished {
        /// Offset of the first byte of its length.
        start: u64,
        /// How many bytes are there.
        len: u64,
    },
    /// The ingress went on to another source at offset 0.
    Moved(Moved),
    /// Nothing is there now; ask again a little later.
    Idle,
    /// The input has ended.
    End,
}

/// Why the ingress went on to another source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// The path names another file now; the old one was read to its end.
    Rotated,
    /// The file was truncated or rewritten in place.
    Truncated,
    /// The one before is done with, or it is the first: the next one by name.
    Next,
}

/// An ingress that goes on from a checkpoint.
pub struct Resumed {
    /// The ingress.
    pub ingress: FileIngress,
    /// The file was truncated or rewritten in place meanwhile; it is read from its start.
    pub truncated: bool,
    /// Files that look as if they had the path between the one that is finished now and the one
    /// that has it now. They are not read: that they are part of the log is only a guess.
    pub skipped: Vec<PathBuf>,
}

/// Reads one path, or the files that it matches, record by record.
pub struct FileIngress {
    roots: Roots,
    path: PathBuf,
    how: Reading,
    settle: Duration,
    /// Where the path matches several files.
    folder: Option<Folder>,
    /// Nothing before the first of several files.
    current: Option<Current>,
    /// Files that took the current one's path after it, oldest first.
    newer: VecDeque<Arc<InputFile>>,
    /// How long the current file, behind which another one is, was when it was looked at, and since when
    /// it is.
    quiet: Option<(u64, Instant)>,
    /// At the end of the file: look for truncation and rotation before reading on.
    idle: bool,
    /// The source was truncated: its unterminated line was taken, the next is at offset 0.
    restart: bool,
    ended: bool,
}

/// What is read now.
struct Current {
    source: Arc<InputFile>,
    reader: RecordReader,
}

impl FileIngress {
    /// Opens `path` afresh.
    pub fn open(
        roots: &Roots,
        path: &Path,
        how: Reading,
        start: Start,
    ) -> Result<Self, AdapterError> {
        let mut folder = Folder::of(path);
        let source = match &mut folder {
            None => Some(open_source(roots, path)?),
            Some(folder) => {
                let names = folder.behind(roots, path, OsStr::new(""))?;
                match start {
                    Start::Start => first_of(roots, path, names.iter())?,
                    Start::End => first_of(roots, path, names.iter().rev())?,
                }
            }
        };
        if source.is_none() && how.mode == Mode::StopAtEnd {
            return Err(missing(path));
        }
        let offset = match (start, &source) {
            (Start::Start, _) | (_, None) => 0,
            (Start::End, Some(source)) => {
                let rest = start_of_rest(&source.file, how.framing, source.len()?);
                let rest = rest.map_err(|error| read_error(path, &error))?;
                rest.ok_or_else(|| no_lengths(&source.path))?
            }
        };
        Self::over(roots, path, folder, how, source, offset)
    }

    /// Goes on where a checkpoint ended.
    pub fn resume(
        roots: &Roots,
        path: &Path,
        how: Reading,
        known: &FileInput,
    ) -> Result<Resumed, AdapterError> {
        let position = &known.position;
        if known.framing != how.framing && position.offset > 0 {
            let place = known.name.as_ref().map(|name| path.with_file_name(name));
            return Err(other_framing(
                "the input",
                place.as_deref().unwrap_or(path),
                (known.framing, how.framing),
            ));
        }
        let folder = Folder::of(path);
        let resumed = |ingress, truncated| Resumed {
            ingress,
            truncated,
            skipped: Vec::new(),
        };
        let at = match &known.name {
            // No file had come.
            Some(name) if name.is_empty() => {
                let ingress = Self::over(roots, path, folder, how, None, 0)?;
                return Ok(resumed(ingress, false));
            }
            Some(name) => path.with_file_name(name),
            None => path.to_path_buf(),
        };
        let current = match roots.open(&at, Access::Read) {
            Ok(file) => Some(InputFile::new(file, &at)?),
            Err(error) if error.is_missing() => None,
            Err(error) => {
                return Err(error.or_io("E_INPUT_READ", "open the input file", &at, READ_HELP));
            }
        };
        if let Some(source) = &current
            && position.id.is(source.id)
        {
            let holds = holds(source, position).map_err(|error| read_error(&at, &error))?;
            let offset = if holds { position.offset } else { 0 };
            let source = Some(Arc::clone(source));
            let ingress = Self::over(roots, path, folder, how, source, offset)?;
            return Ok(resumed(ingress, !holds));
        }
        // The path names another file: the one we know may have been rotated away.
        let Some((old, name)) = find_renamed(roots, &at, position)? else {
            return Err(match (&current, &folder) {
                (Some(_), _) => AdapterError::new(
                    "E_INPUT_REPLACED",
                    format!(
                        "the input {} is another file than the one the checkpoint speaks of, and \
                         that one is not in its folder any more: what is behind byte {} of it may \
                         be unread",
                        at.display(),
                        position.offset
                    ),
                    "put the old file back into the folder under any name, or move the checkpoint \
                     away to start anew with the file that is there now",
                ),
                (None, None) => missing(path),
                (None, Some(_)) => AdapterError::new(
                    "E_INPUT_MISSING",
                    format!(
                        "the input file {} that the checkpoint speaks of is not in its folder any \
                         more: what is behind byte {} of it may be unread",
                        at.display(),
                        position.offset
                    ),
                    "put it back, or move the checkpoint away to start anew with the files that are \
                     there now; a file may be taken away once the checkpoint names the next one",
                ),
            });
        };
        if let Some(folder) = &folder {
            folder.refuse_twice(&at, &name)?;
        }
        let mut ingress = Self::over(roots, path, folder, how, Some(old), position.offset)?;
        let mut skipped = Vec::new();
        if let Some(current) = current {
            if ingress.folder.is_none() {
                skipped = born_between(roots, &at, position.id, current.id)?;
            }
            ingress.newer.push_back(current);
        }
        Ok(Resumed {
            ingress,
            truncated: false,
            skipped,
        })
    }

    fn over(
        roots: &Roots,
        path: &Path,
        folder: Option<Folder>,
        how: Reading,
        source: Option<Arc<InputFile>>,
        offset: u64,
    ) -> Result<Self, AdapterError> {
        let current = source.map(|source| {
            let head = read_head(&source.file, offset);
            let head = head.map_err(|error| read_error(&source.path, &error))?;
            *source.head.lock().expect("just made") = head;
            Ok::<_, AdapterError>(Current::new(source, how, offset))
        });
        Ok(Self {
            roots: roots.clone(),
            path: path.to_path_buf(),
            how,
            settle: ROTATION_SETTLE,
            folder,
            current: current.transpose()?,
            newer: VecDeque::new(),
            quiet: None,
            idle: false,
            restart: false,
            ended: false,
        })
    }

    /// Waits `settle` instead of [`ROTATION_SETTLE`] before leaving a file.
    pub fn with_settle(mut self, settle: Duration) -> Self {
        self.settle = settle;
        self
    }

    /// How files are read.
    pub fn how(&self) -> Reading {
        self.how
    }

    /// The file that is being read; nothing before the first of several.
    pub fn source(&self) -> Option<&Arc<InputFile>> {
        self.current.as_ref().map(|current| &current.source)
    }

    /// Offset of the first byte that no record has taken.
    pub fn position(&self) -> u64 {
        let current = self.current.as_ref();
        current.map_or(0, |current| current.reader.position())
    }

    /// The bytes of a record, until the next call of [`FileIngress::next`].
    pub fn bytes(&self, range: Range<usize>) -> &[u8] {
        let current = self.current.as_ref();
        current.map_or(&[], |current| current.reader.bytes(range))
    }

    /// The next record, or why there is none.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Next, AdapterError> {
        if self.ended {
            return Ok(Next::End);
        }
        let Some(current) = &mut self.current else {
            return self.first();
        };
        if self.restart {
            self.restart = false;
            let source = &current.source;
            let file = source.file.try_clone();
            let file = file.map_err(|error| read_error(&source.path, &error))?;
            let again = InputFile::new(file, &source.path)?;
            self.go_on_with(again);
            return Ok(Next::Moved(Moved::Truncated));
        }
        if self.idle && current.was_truncated()? {
            // The rest of an unterminated line will never come: what was read of it is a record. What
            // was read of a record with its length is none, and isn't in the file any more.
            self.restart = true;
            self.idle = false;
            if self.how.framing == Framing::Lines
                && let Some(rest) = current.take_rest()?
            {
                return current.as_next(rest);
            }
            return self.next();
        }
        let found = current.next_record()?;
        if found != Found::EndOfFile {
            self.idle = false;
            return current.as_next(found);
        }
        self.at_the_end()
    }

    /// The current file has no further whole record now.
    fn at_the_end(&mut self) -> Result<Next, AdapterError> {
        let stops = self.how.mode == Mode::StopAtEnd;
        self.idle = true;
        if !stops || !self.newer.is_empty() {
            self.look_for_newer()?;
        }
        // Without another file behind it, this one is followed, and else finished first.
        if !stops && ((self.newer.is_empty() && !self.has_next()?) || !self.is_quiet()?) {
            return Ok(Next::Idle);
        }
        let next = match self.newer.front() {
            Some(newer) => Some(Arc::clone(newer)),
            None => self.open_next()?,
        };
        let Some(current) = &mut self.current else {
            return Ok(Next::Idle);
        };
        let Some(next) = next else {
            self.ended = stops;
            return match (stops, current.take_rest()?) {
                (false, _) => Ok(Next::Idle),
                (true, None) => Ok(Next::End),
                (true, Some(Found::Torn { start, len, .. })) => {
                    *current = Current::new(Arc::clone(&current.source), self.how, start);
                    Ok(Next::Unfinished { start, len })
                }
                (true, Some(rest)) => current.as_next(rest),
            };
        };
        if let Some(rest) = current.take_rest()? {
            return current.as_next(rest);
        }
        self.newer.pop_front();
        let moved = match next.path == current.source.path {
            true => Moved::Rotated,
            false => Moved::Next,
        };
        self.go_on_with(next);
        Ok(Next::Moved(moved))
    }

    /// The first of several files.
    fn first(&mut self) -> Result<Next, AdapterError> {
        match self.open_next()? {
            Some(first) => {
                self.go_on_with(first);
                Ok(Next::Moved(Moved::Next))
            }
            None if self.how.mode == Mode::Follow => Ok(Next::Idle),
            None => {
                self.ended = true;
                Ok(Next::End)
            }
        }
    }

    fn go_on_with(&mut self, source: Arc<InputFile>) {
        self.current = Some(Current::new(source, self.how, 0));
        self.quiet = None;
        self.idle = false;
    }

    /// Whether there are files behind the current one, by name.
    fn has_next(&mut self) -> Result<bool, AdapterError> {
        let (Some(folder), Some(current)) = (&mut self.folder, &self.current) else {
            return Ok(false);
        };
        let behind = folder.behind(&self.roots, &self.path, current.source.name())?;
        Ok(!behind.is_empty())
    }

    /// The next file by name, where there is one.
    fn open_next(&mut self) -> Result<Option<Arc<InputFile>>, AdapterError> {
        let Some(folder) = &mut self.folder else {
            return Ok(None);
        };
        let Some(current) = &self.current else {
            let names = folder.behind(&self.roots, &self.path, OsStr::new(""))?;
            return first_of(&self.roots, &self.path, names.iter());
        };
        let source = &current.source;
        let behind = folder.behind(&self.roots, &self.path, source.name())?;
        let renamed = behind.iter().find(|(name, ino)| {
            let same = |other: Arc<InputFile>| other.id.inode() == source.id.inode();
            let other = || look_at(&self.roots, &self.path.with_file_name(name));
            *ino == source.id.ino && other().is_some_and(same)
        });
        let renamed = renamed.map(|(name, _)| name.clone());
        let next = first_of(&self.roots, &self.path, behind.iter())?;
        if let Some(name) = renamed {
            folder.refuse_twice(&source.path, &self.path.with_file_name(name))?;
        }
        Ok(next)
    }

    /// Whether the current file, which is read to its end, didn't grow for long enough to be left.
    fn is_quiet(&mut self) -> Result<bool, AdapterError> {
        let Some(current) = &self.current else {
            return Ok(true);
        };
        let source = &current.source;
        let meta = source.file.metadata();
        let meta = meta.map_err(|error| read_error(&source.path, &error))?;
        let now = Instant::now();
        let since = match self.quiet {
            Some((len, since)) if len == meta.len() => since,
            _ => self.quiet.insert((meta.len(), now)).1,
        };
        // Of many files that are there already, none has to be waited for.
        let rested = self.folder.is_some() && meta.len() == current.reader.read_to();
        let rested = rested
            .then(|| meta.modified().ok()?.elapsed().ok())
            .flatten();
        let quiet = now.duration_since(since).max(rested.unwrap_or_default());
        Ok(quiet >= self.settle)
    }

    /// Opens what has taken the current file's path since, so that even a file that is soon rotated is
    /// kept.
    fn look_for_newer(&mut self) -> Result<(), AdapterError> {
        let Some(current) = &self.current else {
            return Ok(());
        };
        let path = &current.source.path;
        let last = self.newer.back().unwrap_or(&current.source);
        match self.roots.identity(path) {
            Ok(identity) if identity == last.id.inode() => return Ok(()),
            Ok(_) => {}
            // Between the two steps of a rotation no file has the name.
            Err(error) if error.is_missing() => return Ok(()),
            Err(error) => {
                let doing = "look at the input file";
                return Err(error.or_io("E_INPUT_READ", doing, path, READ_HELP));
            }
        }
        match self.roots.open(path, Access::Read) {
            Ok(file) => {
                let source = InputFile::new(file, path)?;
                if source.id.inode() != last.id.inode() {
                    self.newer.push_back(source);
                }
                Ok(())
            }
            Err(error) if error.is_missing() => Ok(()),
            Err(error) => Err(error.or_io("E_INPUT_READ", "open the input file", path, READ_HELP)),
        }
    }
}

impl Current {
    fn new(source: Arc<InputFile>, how: Reading, offset: u64) -> Self {
        let file = Arc::clone(&source.file);
        let reader = RecordReader::new(file, how.framing, offset, how.max);
        Self { source, reader }
    }

    fn next_record(&mut self) -> Result<Found, AdapterError> {
        let before = self.reader.read_to();
        let found = self.reader.next_record();
        let found = found.map_err(|error| read_error(&self.source.path, &error))?;
        if self.reader.read_to() != before && before < HEAD {
            self.learn_head()?;
        }
        Ok(found)
    }

    /// What is behind the last whole record.
    fn take_rest(&mut self) -> Result<Option<Found>, AdapterError> {
        let rest = self.reader.take_rest();
        rest.map_err(|error| read_error(&self.source.path, &error))
    }

    fn as_next(&self, found: Found) -> Result<Next, AdapterError> {
        Ok(match found {
            Found::Record { range, end } => Next::Record { range, end },
            Found::TooLarge { start, len, end } => Next::TooLarge { start, len, end },
            Found::Torn { start, len, end } => Next::Torn { start, len, end },
            Found::NoLength { start, len } => {
                return Err(no_length(&self.source.path, start, len));
            }
            Found::EndOfFile => Next::Idle,
        })
    }

    /// Remembers the first bytes as they are read, for the fingerprint.
    fn learn_head(&mut self) -> Result<(), AdapterError> {
        let head = read_head(&self.source.file, self.reader.read_to());
        let head = head.map_err(|error| read_error(&self.source.path, &error))?;
        *self.source.head.lock().expect("no thread panics with it") = head;
        Ok(())
    }

    /// Whether the file is shorter than what was read of it, or begins with other bytes.
    fn was_truncated(&self) -> Result<bool, AdapterError> {
        let check = || -> io::Result<bool> {
            if self.source.file.metadata()?.len() < self.reader.read_to() {
                return Ok(true);
            }
            let known = self.source.head.lock().expect("no thread panics with it");
            Ok(read_head(&self.source.file, known.len() as u64)? != *known)
        };
        check().map_err(|error| read_error(&self.source.path, &error))
    }
}

const READ_HELP: &str = "check that the file can be read by the user that runs the pipeline";

/// The first of some names in the folder of `path` that is still a regular file.
fn first_of<'n>(
    roots: &Roots,
    path: &Path,
    names: impl Iterator<Item = &'n (OsString, u64)>,
) -> Result<Option<Arc<InputFile>>, AdapterError> {
    for (name, _) in names {
        let path = path.with_file_name(name);
        let file = match roots.open(&path, Access::Read) {
            Ok(file) => file,
            // It was taken away again.
            Err(error) if error.is_missing() => continue,
            Err(error) => {
                return Err(error.or_io("E_INPUT_READ", "open the input file", &path, READ_HELP));
            }
        };
        let meta = file.metadata().map_err(|error| read_error(&path, &error))?;
        if meta.is_file() {
            return InputFile::new(file, &path).map(Some);
        }
    }
    Ok(None)
}

fn open_source(roots: &Roots, path: &Path) -> Result<Arc<InputFile>, AdapterError> {
    match roots.open(path, Access::Read) {
        Ok(file) => InputFile::new(file, path),
        Err(error) if error.is_missing() => Err(missing(path)),
        Err(error) => Err(error.or_io("E_INPUT_READ", "open the input file", path, READ_HELP)),
    }
}

fn missing(path: &Path) -> AdapterError {
    let (what, help) = match Folder::of(path) {
        None => (
            "the input file {} does not exist",
            "create the file, or correct `adapter.ingress.file.path` in the config; an empty file is \
             enough to follow",
        ),
        Some(_) => (
            "no file matches the input {}",
            "put a file there, or correct `adapter.ingress.file.path` in the config",
        ),
    };
    let message = what.replace("{}", &path.display().to_string());
    AdapterError::new("E_INPUT_MISSING", message, help)
}

/// What stands where a length has to be.
fn no_length(path: &Path, start: u64, len: u32) -> AdapterError {
    AdapterError::new(
        "E_INPUT_LENGTH",
        format!(
            "at byte {start} of {} there should be the length of a record, and {len} bytes are more \
             than the {LENGTH_MAX} that one may have",
            path.display()
        ),
        "nothing behind it can be read: mend the file there, or cut it off there; where its records \
         are lines, deploy `adapter.ingress.file.framing=lines`",
    )
}

/// The same where all lengths are looked at.
fn no_lengths(path: &Path) -> AdapterError {
    AdapterError::new(
        "E_INPUT_LENGTH",
        format!(
            "{} has something else where the length of a record has to be",
            path.display()
        ),
        "read it from its start, which tells where that is; where its records are lines, deploy \
         `adapter.ingress.file.framing=lines`",
    )
}

fn read_error(path: &Path, error: &io::Error) -> AdapterError {
    AdapterError::io(
        "E_INPUT_READ",
        "read the input file",
        path,
        error,
        READ_HELP,
    )
}

/// Whether `source` still holds what was consumed up to `position`.
fn holds(source: &InputFile, position: &InputPosition) -> io::Result<bool> {
    Ok(source.file.metadata()?.len() >= position.offset && position.head.matches(&source.file)?)
}

/// Looks in the input's folder for the file that the checkpoint speaks of: as if it still had its path,
/// and the path that it has.
fn find_renamed(
    roots: &Roots,
    path: &Path,
    position: &InputPosition,
) -> Result<Option<(Arc<InputFile>, PathBuf)>, AdapterError> {
    for (name, ino) in list(roots, path, "E_INPUT_READ")? {
        let name = path.with_file_name(name);
        if ino != position.id.ino {
            continue;
        }
        let Ok(file) = roots.open(&name, Access::Read) else {
            continue;
        };
        let Ok(source) = InputFile::new(file, path) else {
            continue;
        };
        if position.id.is(source.id)
            && holds(&source, position).map_err(|error| read_error(&name, &error))?
        {
            return Ok(Some((source, name)));
        }
    }
    Ok(None)
}

/// Files beside `path` whose names begin with its name and that were made between two others.
fn born_between(
    roots: &Roots,
    path: &Path,
    old: FileId,
    new: FileId,
) -> Result<Vec<PathBuf>, AdapterError> {
    let Some(stem) = path.file_name().map(OsStr::as_bytes) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    if old.born == 0 {
        return Ok(found);
    }
    for (name, _) in list(roots, path, "E_INPUT_READ")? {
        let begins = name.as_bytes().starts_with(stem);
        let name = path.with_file_name(name);
        if begins
            && let Some(source) = look_at(roots, &name)
            && old.born < source.id.born
            && source.id.born < new.born
        {
            found.push(name);
        }
    }
    found.sort();
    Ok(found)
}

fn look_at(roots: &Roots, path: &Path) -> Option<Arc<InputFile>> {
    let file = roots.open(path, Access::Read).ok()?;
    InputFile::new(file, path).ok()
}

/// Copies `len` bytes of `source` from `start` on, in pieces. Answers how many were there.
pub(crate) fn copy_range(
    source: &File,
    start: u64,
    len: u64,
    mut write: impl FnMut(&[u8]) -> Result<(), AdapterError>,
    path: &Path,
) -> Result<u64, AdapterError> {
    let mut chunk = [0; 16 * 1024];
    let mut copied = 0;
    while copied < len {
        let want = (len - copied).min(chunk.len() as u64) as usize;
        match source.read_at(&mut chunk[..want], start + copied) {
            Ok(0) => break,
            Ok(got) => {
                write(&chunk[..got])?;
                copied += got as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(read_error(path, &error)),
        }
    }
    Ok(copied)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write;

    struct Case {
        dir: tempfile::TempDir,
        path: PathBuf,
    }

    fn lines(mode: Mode) -> Reading {
        reading(mode, Framing::Lines)
    }

    fn reading(mode: Mode, framing: Framing) -> Reading {
        let max = 256;
        Reading { mode, framing, max }
    }

    fn open(path: &Path, how: Reading, start: Start) -> FileIngress {
        FileIngress::open(&Roots::Unrestricted, path, how, start)
            .unwrap()
            .with_settle(Duration::ZERO)
    }

    impl Case {
        fn new(bytes: &[u8]) -> Self {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("app.log");
            fs::write(&path, bytes).unwrap();
            Self { dir, path }
        }

        fn open(&self, mode: Mode, start: Start) -> FileIngress {
            open(&self.path, lines(mode), start)
        }

        fn resume(&self, mode: Mode, at: &FileInput) -> Result<(FileIngress, bool), &'static str> {
            FileIngress::resume(&Roots::Unrestricted, &self.path, lines(mode), at)
                .map(|resumed| {
                    (
                        resumed.ingress.with_settle(Duration::ZERO),
                        resumed.truncated,
                    )
                })
                .map_err(|error| error.code)
        }

        fn append(&self, bytes: &[u8]) {
            let mut file = fs::OpenOptions::new()
                .append(true)
                .open(&self.path)
                .unwrap();
            file.write_all(bytes).unwrap();
        }

        fn rotate(&self, name: &str) {
            fs::rename(&self.path, self.dir.path().join(name)).unwrap();
        }
    }

    /// Everything up to the first idle or the end, written as text.
    fn read(ingress: &mut FileIngress) -> Vec<String> {
        let mut seen = Vec::new();
        let mut idles = 0;
        loop {
            match ingress.next().unwrap() {
                Next::Record { range, .. } => {
                    seen.push(String::from_utf8_lossy(ingress.bytes(range)).into_owned());
                }
                Next::TooLarge { len, .. } => seen.push(format!("<{len} bytes>")),
                Next::Torn { start, len, .. } => seen.push(format!("<{len} torn at {start}>")),
                Next::Unfinished { start, len } => {
                    seen.push(format!("<{len} unfinished at {start}>"));
                }
                Next::Moved(moved) => seen.push(format!("<{moved:?}>")),
                Next::End => return seen,
                // The first idle only starts the time that a rotated file must stay quiet.
                Next::Idle if idles == 1 => return seen,
                Next::Idle => idles += 1,
            }
        }
    }

    fn at(ingress: &FileIngress) -> FileInput {
        crate::file_source::kept(
            &ingress.path,
            ingress.how,
            ingress.source(),
            ingress.position(),
        )
    }

    #[test]
    fn stopping_at_the_end_takes_the_unterminated_line_and_following_waits_for_it() {
        let case = Case::new(b"one\n\ntw");
        assert_eq!(
            read(&mut case.open(Mode::StopAtEnd, Start::Start)),
            ["one", "", "tw"]
        );
        let mut follow = case.open(Mode::Follow, Start::Start);
        assert_eq!(read(&mut follow), ["one", ""]);
        case.append(b"o\nthree\n");
        assert_eq!(read(&mut follow), ["two", "three"]);
    }

    #[test]
    fn an_empty_file_is_an_empty_input() {
        let case = Case::new(b"");
        assert!(read(&mut case.open(Mode::StopAtEnd, Start::Start)).is_empty());
        let mut follow = case.open(Mode::Follow, Start::Start);
        assert!(read(&mut follow).is_empty());
        case.append(b"x\n");
        assert_eq!(read(&mut follow), ["x"]);
    }

    #[test]
    fn starting_at_the_end_takes_the_line_that_is_being_written_as_a_whole() {
        let case = Case::new(b"old\nhal");
        let mut follow = case.open(Mode::Follow, Start::End);
        assert!(read(&mut follow).is_empty());
        case.append(b"f\nnew\n");
        assert_eq!(read(&mut follow), ["half", "new"]);
    }

    #[test]
    fn a_rotated_file_is_finished_before_the_new_one_is_begun() {
        let case = Case::new(b"one\n");
        let mut follow = case.open(Mode::Follow, Start::Start);
        assert_eq!(read(&mut follow), ["one"]);
        case.append(b"two\nlast");
        case.rotate("app.log.1");
        assert_eq!(read(&mut follow), ["two"], "no new file yet");
        fs::write(&case.path, "three\n").unwrap();
        assert_eq!(read(&mut follow), ["last", "<Rotated>", "three"]);
    }

    #[test]
    fn two_rotations_in_a_row_lose_nothing_when_both_were_seen() {
        let case = Case::new(b"one\n");
        let mut follow = case
            .open(Mode::Follow, Start::Start)
            .with_settle(Duration::from_secs(60));
        assert_eq!(read(&mut follow), ["one"]);
        case.rotate("app.log.1");
        fs::write(&case.path, "two\n").unwrap();
        assert!(read(&mut follow).is_empty());
        case.rotate("app.log.2");
        fs::write(&case.path, "three\n").unwrap();
        assert!(read(&mut follow).is_empty());
        follow.settle = Duration::ZERO;
        assert_eq!(
            read(&mut follow),
            ["<Rotated>", "two", "<Rotated>", "three"]
        );
    }

    #[test]
    fn the_writer_may_still_finish_a_file_that_was_rotated() {
        let case = Case::new(b"one\n");
        let settle = Duration::from_millis(200);
        let mut follow = case.open(Mode::Follow, Start::Start).with_settle(settle);
        let mut writer = fs::OpenOptions::new()
            .append(true)
            .open(&case.path)
            .unwrap();
        assert_eq!(read(&mut follow), ["one"]);
        case.rotate("app.log.1");
        fs::write(&case.path, "three\n").unwrap();
        assert!(read(&mut follow).is_empty());
        writer.write_all(b"two\n").unwrap();
        assert_eq!(read(&mut follow), ["two"]);
        std::thread::sleep(settle);
        assert_eq!(read(&mut follow), ["<Rotated>", "three"]);
    }

    #[test]
    fn a_file_truncated_in_place_is_read_from_its_start() {
        let case = Case::new(b"one\ntwo\nha");
        let mut follow = case.open(Mode::Follow, Start::Start);
        assert_eq!(read(&mut follow), ["one", "two"]);
        fs::write(&case.path, "new\n").unwrap();
        assert_eq!(read(&mut follow), ["ha", "<Truncated>", "new"]);
        // Rewritten to more bytes than were read: its first bytes tell.
        fs::write(&case.path, "quite another beginning\n").unwrap();
        assert_eq!(
            read(&mut follow),
            ["<Truncated>", "quite another beginning"]
        );
    }

    #[test]
    fn a_restart_goes_on_where_the_checkpoint_ended() {
        let case = Case::new(b"one\ntwo\n");
        let mut first = case.open(Mode::Follow, Start::Start);
        assert_eq!(read(&mut first), ["one", "two"]);
        let position = at(&first);
        case.append(b"three\n");
        let (mut again, cut) = case.resume(Mode::Follow, &position).unwrap();
        assert!(!cut);
        assert_eq!(read(&mut again), ["three"]);
    }

    #[test]
    fn a_restart_finishes_a_file_that_was_rotated_meanwhile() {
        let case = Case::new(b"one\n");
        let mut first = case.open(Mode::Follow, Start::Start);
        assert_eq!(read(&mut first), ["one"]);
        let position = at(&first);
        case.append(b"two\n");
        case.rotate("app.log-2026");
        fs::write(&case.path, "three\n").unwrap();
        for mode in [Mode::Follow, Mode::StopAtEnd] {
            let (mut again, cut) = case.resume(mode, &position).unwrap();
            assert!(!cut);
            assert_eq!(read(&mut again), ["two", "<Rotated>", "three"]);
        }
        // Once the old file is deleted, whether it was read to its end can't be known any more.
        fs::remove_file(case.dir.path().join("app.log-2026")).unwrap();
        assert_eq!(
            case.resume(Mode::Follow, &position).err(),
            Some("E_INPUT_REPLACED")
        );
        fs::remove_file(&case.path).unwrap();
        assert_eq!(
            case.resume(Mode::Follow, &position).err(),
            Some("E_INPUT_MISSING")
        );
    }

    #[test]
    fn a_file_rotated_twice_while_nobody_ran_is_named() {
        let case = Case::new(b"one\n");
        let mut first = case.open(Mode::Follow, Start::Start);
        assert_eq!(read(&mut first), ["one"]);
        let position = at(&first);
        for name in ["app.log.2", "app.log.1"] {
            case.rotate(name);
            // Times of birth have the grain of the kernel's clock.
            std::thread::sleep(Duration::from_millis(20));
            fs::write(&case.path, format!("after {name}\n")).unwrap();
        }
        fs::write(case.dir.path().join("other"), "").unwrap();
        let how = lines(Mode::Follow);
        let resumed = FileIngress::resume(&Roots::Unrestricted, &case.path, how, &position);
        let resumed = resumed.unwrap();
        if position.position.id.born != 0 {
            assert_eq!(resumed.skipped, [case.dir.path().join("app.log.1")]);
        }
    }

    #[test]
    fn a_restart_notices_that_the_file_was_rewritten_in_place() {
        let case = Case::new(b"one\ntwo\n");
        let mut first = case.open(Mode::Follow, Start::Start);
        read(&mut first);
        let position = at(&first);
        for other in ["new\n", "another and longer file\n"] {
            fs::write(&case.path, other).unwrap();
            let (mut again, cut) = case.resume(Mode::Follow, &position).unwrap();
            assert!(cut);
            assert_eq!(read(&mut again), [other.trim_end()]);
        }
    }

    #[test]
    fn what_is_no_regular_file_is_refused() {
        let case = Case::new(b"");
        let opened = |path: &Path| {
            FileIngress::open(
                &Roots::Unrestricted,
                path,
                lines(Mode::Follow),
                Start::Start,
            )
            .err()
            .map(|error| error.code)
        };
        assert_eq!(opened(case.dir.path()), Some("E_INPUT_NOT_A_FILE"));
        assert_eq!(opened(Path::new("/dev/null")), Some("E_INPUT_NOT_A_FILE"));
        assert_eq!(
            opened(&case.dir.path().join("none")),
            Some("E_INPUT_MISSING")
        );
        assert_eq!(opened(&case.path.join("below")), Some("E_INPUT_READ"));
    }

    #[test]
    fn the_fingerprint_is_of_what_was_read_even_after_a_truncation() {
        let case = Case::new(b"one\ntwo\n");
        let mut follow = case.open(Mode::Follow, Start::Start);
        read(&mut follow);
        fs::write(&case.path, "").unwrap();
        assert_eq!(at(&follow).position.head, Fingerprint::of(b"one\ntwo\n"));
    }

    fn prefixed(records: &[&str]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for record in records {
            Framing::Prefixed.add(record.as_bytes(), &mut bytes);
        }
        bytes
    }

    #[test]
    fn a_record_behind_its_length_is_waited_for_or_left_for_a_later_run() {
        let whole = prefixed(&["a\nb", "", "last"]);
        let case = Case::new(&whole[..13]);
        let how = |mode| reading(mode, Framing::Prefixed);
        let mut follow = open(&case.path, how(Mode::Follow), Start::Start);
        assert_eq!(read(&mut follow), ["a\nb", ""]);
        let mut stop = open(&case.path, how(Mode::StopAtEnd), Start::Start);
        assert_eq!(read(&mut stop), ["a\nb", "", "<2 unfinished at 11>"]);
        let left = at(&stop);
        assert_eq!(left.position.offset, 11);
        let mut end = open(&case.path, how(Mode::Follow), Start::End);
        assert!(read(&mut end).is_empty());
        case.append(&whole[13..]);
        assert_eq!(read(&mut follow), ["last"]);
        assert_eq!(read(&mut end), ["last"]);
        let resumed =
            FileIngress::resume(&Roots::Unrestricted, &case.path, how(Mode::Follow), &left);
        assert_eq!(read(&mut resumed.unwrap().ingress), ["last"]);
        // The same place means something else to another framing.
        let other =
            FileIngress::resume(&Roots::Unrestricted, &case.path, lines(Mode::Follow), &left);
        assert_eq!(other.err().map(|error| error.code), Some("E_FILE_FRAMING"));
    }

    #[test]
    fn a_file_that_is_left_within_a_record_says_so() {
        let whole = prefixed(&["one", "two"]);
        let case = Case::new(&whole[..9]);
        let how = reading(Mode::Follow, Framing::Prefixed);
        let mut follow = open(&case.path, how, Start::Start);
        assert_eq!(read(&mut follow), ["one"]);
        case.rotate("app.log.1");
        fs::write(&case.path, &whole).unwrap();
        assert_eq!(
            read(&mut follow),
            ["<2 torn at 7>", "<Rotated>", "one", "two"]
        );
        // What was read of a record in place of which something else stands now is gone.
        fs::write(&case.path, &whole[..5]).unwrap();
        assert_eq!(read(&mut follow), ["<Truncated>"]);
        fs::write(&case.path, prefixed(&["new"])).unwrap();
        assert_eq!(read(&mut follow), ["<Truncated>", "new"]);
    }

    #[test]
    fn what_is_no_length_ends_the_run_in_front_of_it() {
        let mut bytes = prefixed(&["one"]);
        bytes.extend_from_slice(b"{\"id\":1}\n");
        let case = Case::new(&bytes);
        for mode in [Mode::Follow, Mode::StopAtEnd] {
            let mut ingress = open(&case.path, reading(mode, Framing::Prefixed), Start::Start);
            assert!(matches!(ingress.next().unwrap(), Next::Record { .. }));
            let error = ingress.next().unwrap_err();
            assert_eq!(error.code, "E_INPUT_LENGTH");
            assert!(error.message.contains("at byte 7 of "), "{}", error.message);
            assert_eq!(ingress.position(), 7);
        }
        let how = reading(Mode::Follow, Framing::Prefixed);
        let end = FileIngress::open(&Roots::Unrestricted, &case.path, how, Start::End);
        assert_eq!(end.err().map(|error| error.code), Some("E_INPUT_LENGTH"));
    }

    /// A folder of which `*.log` is read.
    struct Spool(tempfile::TempDir);

    impl Spool {
        fn new(files: &[(&str, &str)]) -> Self {
            let spool = Self(tempfile::tempdir().unwrap());
            files.iter().for_each(|(name, text)| spool.put(name, text));
            spool
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn put(&self, name: &str, text: &str) {
            fs::write(self.path(name), text).unwrap();
        }

        fn open(&self, mode: Mode, start: Start) -> FileIngress {
            open(&self.path("*.log"), lines(mode), start)
        }

        fn resume(&self, at: &FileInput) -> Result<FileIngress, &'static str> {
            let (path, how) = (self.path("*.log"), lines(Mode::Follow));
            FileIngress::resume(&Roots::Unrestricted, &path, how, at)
                .map(|resumed| resumed.ingress.with_settle(Duration::ZERO))
                .map_err(|error| error.code)
        }
    }

    #[test]
    fn files_are_read_in_the_order_of_their_names_each_to_its_end() {
        let spool = Spool::new(&[
            ("b.log", "3\n4"),
            ("a.log", "1\n2\n"),
            ("c.log", ""),
            ("d.log", "5\n"),
            ("other", "no\n"),
            (".e.log", "no\n"),
        ]);
        fs::create_dir(spool.path("ba.log")).unwrap();
        for mode in [Mode::Follow, Mode::StopAtEnd] {
            let mut ingress = spool.open(mode, Start::Start);
            assert_eq!(
                read(&mut ingress),
                ["1", "2", "<Next>", "3", "4", "<Next>", "<Next>", "5"]
            );
        }
    }

    #[test]
    fn a_followed_folder_gives_new_files_and_not_those_that_come_too_late() {
        let spool = Spool::new(&[]);
        let mut follow = spool.open(Mode::Follow, Start::Start);
        assert!(read(&mut follow).is_empty());
        assert_eq!(at(&follow).name.as_deref(), Some(OsStr::new("")));
        let before = at(&follow);
        spool.put("b.log", "1\n");
        assert_eq!(read(&mut follow), ["<Next>", "1"]);
        // In front of what is read.
        spool.put("a.log", "late\n");
        assert!(read(&mut follow).is_empty());
        spool.put("d.log", "4\n");
        spool.put("c.log", "2\n3");
        assert_eq!(
            read(&mut follow),
            ["<Next>", "2", "3", "<Next>", "4"],
            "by name, whenever they came"
        );
        assert_eq!(at(&follow).name.as_deref(), Some(OsStr::new("d.log")));
        // Who had seen none begins with the first.
        let mut again = spool.resume(&before).unwrap();
        assert_eq!(read(&mut again)[..2], ["<Next>", "late"]);
    }

    #[test]
    fn a_file_that_grows_is_left_only_once_it_rests() {
        let spool = Spool::new(&[("a.log", "1\n"), ("b.log", "3\n")]);
        let settle = Duration::from_millis(300);
        let mut follow = spool.open(Mode::Follow, Start::Start).with_settle(settle);
        assert_eq!(read(&mut follow), ["1"]);
        let mut writer = fs::OpenOptions::new()
            .append(true)
            .open(spool.path("a.log"))
            .unwrap();
        writer.write_all(b"2\n").unwrap();
        assert_eq!(read(&mut follow), ["2"]);
        std::thread::sleep(settle * 2);
        assert_eq!(read(&mut follow), ["<Next>", "3"]);
        // What rests already isn't waited for.
        for name in ["c.log", "d.log"] {
            spool.put(name, "x\n");
            let file = File::options().append(true).open(spool.path(name)).unwrap();
            let before = std::time::SystemTime::now() - Duration::from_secs(60);
            file.set_modified(before).unwrap();
        }
        std::thread::sleep(settle * 2);
        assert_eq!(read(&mut follow), ["<Next>", "x", "<Next>", "x"]);
    }

    #[test]
    fn beginning_at_the_end_is_behind_the_last_file_by_name() {
        let spool = Spool::new(&[("a.log", "1\n"), ("b.log", "2\nhal")]);
        let mut follow = spool.open(Mode::Follow, Start::End);
        assert!(read(&mut follow).is_empty());
        let position = at(&follow);
        assert_eq!(
            (position.name.as_deref(), position.position.offset),
            (Some(OsStr::new("b.log")), 2)
        );
        spool.put("c.log", "3\n");
        assert_eq!(read(&mut follow), ["hal", "<Next>", "3"]);
    }

    #[test]
    fn a_restart_goes_on_within_a_file_and_behind_it() {
        let spool = Spool::new(&[("a.log", "1\n2\n"), ("b.log", "3\n")]);
        let mut first = spool.open(Mode::Follow, Start::Start);
        assert!(matches!(first.next().unwrap(), Next::Record { .. }));
        let within = at(&first);
        assert_eq!(read(&mut first), ["2", "<Next>", "3"]);
        let behind = at(&first);
        let mut again = spool.resume(&within).unwrap();
        assert_eq!(read(&mut again), ["2", "<Next>", "3"]);
        // What the checkpoint is behind of may go.
        fs::remove_file(spool.path("a.log")).unwrap();
        spool.put("c.log", "4\n");
        let mut again = spool.resume(&behind).unwrap();
        assert_eq!(read(&mut again), ["<Next>", "4"]);
        // What it is within may not.
        assert_eq!(spool.resume(&within).err(), Some("E_INPUT_MISSING"));
        spool.put("a.log", "other\n");
        assert_eq!(spool.resume(&within).err(), Some("E_INPUT_REPLACED"));
    }

    #[test]
    fn a_file_that_was_moved_is_finished_and_one_that_would_come_again_is_refused() {
        let spool = Spool::new(&[("a.log", "1\n2\n"), ("b.log", "3\n")]);
        let mut first = spool.open(Mode::Follow, Start::Start);
        assert!(matches!(first.next().unwrap(), Next::Record { .. }));
        let within = at(&first);
        fs::rename(spool.path("a.log"), spool.path("a.log.done")).unwrap();
        let mut again = spool.resume(&within).unwrap();
        assert_eq!(read(&mut again), ["2", "<Next>", "3"]);
        fs::rename(spool.path("a.log.done"), spool.path("c.log")).unwrap();
        assert_eq!(spool.resume(&within).err(), Some("E_INPUT_REPLACED"));
        // While it is read, too.
        assert_eq!(read_until_error(&mut first), "E_INPUT_REPLACED");
    }

    fn read_until_error(ingress: &mut FileIngress) -> &'static str {
        for _ in 0..100 {
            if let Err(error) = ingress.next() {
                return error.code;
            }
        }
        "none"
    }

    #[test]
    fn a_matched_file_that_was_truncated_or_replaced_is_told_as_a_single_one_is() {
        let spool = Spool::new(&[("a.log", "1\n2\n")]);
        let mut follow = spool.open(Mode::Follow, Start::Start);
        assert_eq!(read(&mut follow), ["1", "2"]);
        spool.put("a.log", "3\n");
        assert_eq!(read(&mut follow), ["<Truncated>", "3"]);
        spool.put("new", "4\n");
        fs::rename(spool.path("new"), spool.path("a.log")).unwrap();
        spool.put("b.log", "5\n");
        assert_eq!(read(&mut follow), ["<Rotated>", "4", "<Next>", "5"]);
    }

    #[test]
    fn without_a_file_a_run_that_stops_says_so_and_without_a_folder_each_does() {
        let spool = Spool::new(&[]);
        let code = |path: &str, mode| {
            FileIngress::open(
                &Roots::Unrestricted,
                &spool.path(path),
                lines(mode),
                Start::Start,
            )
            .err()
            .map(|error| error.code)
        };
        assert_eq!(code("*.log", Mode::StopAtEnd), Some("E_INPUT_MISSING"));
        assert_eq!(code("*.log", Mode::Follow), None);
        assert_eq!(code("none/*.log", Mode::Follow), Some("E_INPUT_READ"));
    }
}
