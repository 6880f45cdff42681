//! The file ingress: lines of one path, through appends, rotation and truncation.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::checkpoint::InputPosition;
use crate::error::AdapterError;
use crate::head::{FileId, Fingerprint, HEAD, read_head};
use crate::lines::{Line, LineReader, start_of_last_line};
use crate::roots::{Access, Roots};

/// How long a rotated file must stay without growth before the next file is read. The process
/// that writes the log learns of the rotation a little later than we do.
pub const ROTATION_SETTLE: Duration = Duration::from_millis(1_000);

/// Whether to wait for more at the end of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Wait for appended lines, for ever. An unterminated last line waits for its end.
    Follow,
    /// End there. An unterminated last line is a record.
    StopAtEnd,
}

/// Where a run without a checkpoint begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the first byte.
    Start,
    /// Behind the last whole line that is there now.
    End,
}

/// One opened input file. A file that was truncated in place is another source than before.
#[derive(Debug)]
pub struct InputFile {
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
    /// A line longer than a record may be.
    TooLarge {
        /// Offset of its first byte.
        start: u64,
        /// Length in bytes without the line feed.
        len: u64,
        /// Offset behind it in the source.
        end: u64,
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

/// Reads one path line by line.
pub struct FileIngress {
    roots: Roots,
    path: PathBuf,
    mode: Mode,
    max: usize,
    settle: Duration,
    source: Arc<InputFile>,
    reader: LineReader,
    /// Files that took the path after the current source, oldest first.
    newer: VecDeque<Arc<InputFile>>,
    /// Since when the current source, no longer under its path, has not grown.
    quiet_since: Option<Instant>,
    /// At the end of the file: look for truncation and rotation before reading on.
    idle: bool,
    /// The source was truncated: its unterminated line was taken, the next is at offset 0.
    restart: bool,
    ended: bool,
}

impl FileIngress {
    /// Opens `path` afresh; records may have `max` bytes.
    pub fn open(
        roots: &Roots,
        path: &Path,
        mode: Mode,
        start: Start,
        max: usize,
    ) -> Result<Self, AdapterError> {
        let source = open_source(roots, path)?;
        let offset = match start {
            Start::Start => 0,
            Start::End => {
                let len = source.file.metadata().map(|meta| meta.len());
                len.and_then(|len| start_of_last_line(&source.file, len))
                    .map_err(|error| read_error(path, &error))?
            }
        };
        Self::over(roots, path, mode, max, source, offset)
    }

    /// Goes on where a checkpoint ended.
    pub fn resume(
        roots: &Roots,
        path: &Path,
        mode: Mode,
        max: usize,
        position: &InputPosition,
    ) -> Result<Resumed, AdapterError> {
        let current = match roots.open(path, Access::Read) {
            Ok(file) => Some(InputFile::new(file, path)?),
            Err(error) if error.is_missing() => None,
            Err(error) => {
                return Err(error.or_io("E_INPUT_READ", "open the input file", path, READ_HELP));
            }
        };
        if let Some(source) = &current
            && position.id.is(source.id)
        {
            let known = holds(source, position).map_err(|error| read_error(path, &error))?;
            let offset = if known { position.offset } else { 0 };
            let ingress = Self::over(roots, path, mode, max, Arc::clone(source), offset)?;
            return Ok(Resumed {
                ingress,
                truncated: !known,
                skipped: Vec::new(),
            });
        }
        // The path names another file: the one we know may have been rotated away.
        let Some(old) = find_renamed(roots, path, position)? else {
            return Err(if current.is_some() {
                AdapterError::new(
                    "E_INPUT_REPLACED",
                    format!(
                        "the input {} is another file than the one the checkpoint speaks of, and \
                         that one is not in its folder any more: lines behind byte {} of it may \
                         be unread",
                        path.display(),
                        position.offset
                    ),
                    "put the old file back into the folder under any name, or move the checkpoint \
                     away to start anew with the file that is there now",
                )
            } else {
                missing(path)
            });
        };
        let mut ingress = Self::over(roots, path, mode, max, old, position.offset)?;
        let mut skipped = Vec::new();
        if let Some(current) = current {
            skipped = born_between(roots, path, position.id, current.id)?;
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
        mode: Mode,
        max: usize,
        source: Arc<InputFile>,
        offset: u64,
    ) -> Result<Self, AdapterError> {
        let head = read_head(&source.file, offset).map_err(|error| read_error(path, &error))?;
        *source.head.lock().expect("just made") = head;
        let reader = LineReader::new(Arc::clone(&source.file), offset, max);
        Ok(Self {
            roots: roots.clone(),
            path: path.to_path_buf(),
            mode,
            max,
            settle: ROTATION_SETTLE,
            source,
            reader,
            newer: VecDeque::new(),
            quiet_since: None,
            idle: false,
            restart: false,
            ended: false,
        })
    }

    /// Waits `settle` instead of [`ROTATION_SETTLE`] before leaving a rotated file.
    pub fn with_settle(mut self, settle: Duration) -> Self {
        self.settle = settle;
        self
    }

    /// The file that is being read.
    pub fn source(&self) -> &Arc<InputFile> {
        &self.source
    }

    /// Offset of the first byte that no record has taken.
    pub fn position(&self) -> u64 {
        self.reader.position()
    }

    /// The bytes of a record, until the next call of [`FileIngress::next`].
    pub fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.reader.bytes(range)
    }

    /// The next record, or why there is none.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Next, AdapterError> {
        if self.ended {
            return Ok(Next::End);
        }
        if self.restart {
            self.restart = false;
            let file = self.source.file.try_clone();
            let file = file.map_err(|error| read_error(&self.path, &error))?;
            let again = InputFile::new(file, &self.path)?;
            self.go_on_with(again);
            return Ok(Next::Moved(Moved::Truncated));
        }
        if self.idle && self.was_truncated()? {
            // The rest of an unterminated line will never come: what was read of it is a record.
            self.restart = true;
            self.idle = false;
            if let Some(rest) = self.reader.take_rest() {
                return Ok(as_next(rest));
            }
            return self.next();
        }
        let before = self.reader.read_to();
        let line = self.reader.next_line();
        let line = line.map_err(|error| read_error(&self.path, &error))?;
        let grew = self.reader.read_to() != before;
        if grew && before < HEAD {
            self.learn_head()?;
        }
        if line != Line::EndOfFile {
            self.idle = false;
            return Ok(as_next(line));
        }
        if self.mode == Mode::StopAtEnd && self.newer.is_empty() {
            self.ended = true;
            return Ok(self.reader.take_rest().map_or(Next::End, as_next));
        }
        self.idle = true;
        self.look_for_newer()?;
        if self.newer.is_empty() {
            return Ok(Next::Idle);
        }
        // The file has lost its path: finish it, then go on.
        let now = Instant::now();
        let quiet_since = match self.quiet_since {
            Some(since) if !grew => since,
            _ => *self.quiet_since.insert(now),
        };
        if self.mode == Mode::Follow && now.duration_since(quiet_since) < self.settle {
            return Ok(Next::Idle);
        }
        if let Some(rest) = self.reader.take_rest() {
            return Ok(as_next(rest));
        }
        let newer = self.newer.pop_front().expect("looked above");
        self.go_on_with(newer);
        Ok(Next::Moved(Moved::Rotated))
    }

    fn go_on_with(&mut self, source: Arc<InputFile>) {
        self.reader = LineReader::new(Arc::clone(&source.file), 0, self.max);
        self.source = source;
        self.quiet_since = None;
        self.idle = false;
    }

    /// Remembers the first bytes as they are read, for the fingerprint.
    fn learn_head(&mut self) -> Result<(), AdapterError> {
        let head = read_head(&self.source.file, self.reader.read_to());
        let head = head.map_err(|error| read_error(&self.path, &error))?;
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
        check().map_err(|error| read_error(&self.path, &error))
    }

    /// Opens what has taken the path since, so that even a file that is soon rotated is kept.
    fn look_for_newer(&mut self) -> Result<(), AdapterError> {
        let last = self.newer.back().unwrap_or(&self.source);
        match self.roots.identity(&self.path) {
            Ok(identity) if identity == last.id.inode() => return Ok(()),
            Ok(_) => {}
            // Between the two steps of a rotation no file has the name.
            Err(error) if error.is_missing() => return Ok(()),
            Err(error) => {
                let doing = "look at the input file";
                return Err(error.or_io("E_INPUT_READ", doing, &self.path, READ_HELP));
            }
        }
        match self.roots.open(&self.path, Access::Read) {
            Ok(file) => {
                let source = InputFile::new(file, &self.path)?;
                if source.id.inode() != last.id.inode() {
                    self.newer.push_back(source);
                }
                Ok(())
            }
            Err(error) if error.is_missing() => Ok(()),
            Err(error) => {
                Err(error.or_io("E_INPUT_READ", "open the input file", &self.path, READ_HELP))
            }
        }
    }
}

const READ_HELP: &str = "check that the file can be read by the user that runs the pipeline";

fn as_next(line: Line) -> Next {
    match line {
        Line::Record { range, end } => Next::Record { range, end },
        Line::TooLarge { start, len, end } => Next::TooLarge { start, len, end },
        Line::EndOfFile => Next::Idle,
    }
}

fn open_source(roots: &Roots, path: &Path) -> Result<Arc<InputFile>, AdapterError> {
    match roots.open(path, Access::Read) {
        Ok(file) => InputFile::new(file, path),
        Err(error) if error.is_missing() => Err(missing(path)),
        Err(error) => Err(error.or_io("E_INPUT_READ", "open the input file", path, READ_HELP)),
    }
}

fn missing(path: &Path) -> AdapterError {
    AdapterError::new(
        "E_INPUT_MISSING",
        format!("the input file {} does not exist", path.display()),
        "create the file, or correct `adapter.ingress.file.path` in the config; an empty file is \
         enough to follow",
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

/// Looks in the input's folder for the file that the checkpoint speaks of.
fn find_renamed(
    roots: &Roots,
    path: &Path,
    position: &InputPosition,
) -> Result<Option<Arc<InputFile>>, AdapterError> {
    for (name, ino) in list_folder(roots, path)? {
        if ino != position.id.ino {
            continue;
        }
        let Some(source) = look_at(roots, &name) else {
            continue;
        };
        if position.id.is(source.id)
            && holds(&source, position).map_err(|error| read_error(&name, &error))?
        {
            return Ok(Some(source));
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
    for (name, _) in list_folder(roots, path)? {
        let begins = name
            .file_name()
            .is_some_and(|name| name.as_bytes().starts_with(stem));
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

/// The paths in the folder of `path`, with their inode numbers.
fn list_folder(roots: &Roots, path: &Path) -> Result<Vec<(PathBuf, u64)>, AdapterError> {
    let help = "check that the folder can be read by the user that runs the pipeline";
    let folder = roots
        .open_parent(path)
        .map_err(|error| error.or_io("E_INPUT_READ", "open the folder of", path, help))?;
    let list = || -> io::Result<Vec<(PathBuf, u64)>> {
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&folder)? {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            names.push((path.with_file_name(name), entry.ino()));
        }
        Ok(names)
    };
    list()
        .map_err(|error| AdapterError::io("E_INPUT_READ", "list the folder of", path, &error, help))
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

    impl Case {
        fn new(bytes: &[u8]) -> Self {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("app.log");
            fs::write(&path, bytes).unwrap();
            Self { dir, path }
        }

        fn open(&self, mode: Mode, start: Start) -> FileIngress {
            FileIngress::open(&Roots::Unrestricted, &self.path, mode, start, 256)
                .unwrap()
                .with_settle(Duration::ZERO)
        }

        fn resume(
            &self,
            mode: Mode,
            at: &InputPosition,
        ) -> Result<(FileIngress, bool), &'static str> {
            FileIngress::resume(&Roots::Unrestricted, &self.path, mode, 256, at)
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
                Next::Moved(moved) => seen.push(format!("<{moved:?}>")),
                Next::End => return seen,
                // The first idle only starts the time that a rotated file must stay quiet.
                Next::Idle if idles == 1 => return seen,
                Next::Idle => idles += 1,
            }
        }
    }

    fn at(ingress: &FileIngress) -> InputPosition {
        let source = ingress.source();
        InputPosition {
            id: source.id,
            head: source.fingerprint(ingress.position()),
            offset: ingress.position(),
        }
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
        let resumed = FileIngress::resume(
            &Roots::Unrestricted,
            &case.path,
            Mode::Follow,
            256,
            &position,
        );
        let resumed = resumed.unwrap();
        if position.id.born != 0 {
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
            FileIngress::open(&Roots::Unrestricted, path, Mode::Follow, Start::Start, 256)
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
        assert_eq!(at(&follow).head, Fingerprint::of(b"one\ntwo\n"));
    }
}
