//! The file egress: a file of ours that is only appended to, and cut back after a crash.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::checkpoint::{FileOutput, WrittenFile};
use crate::disk::Disk;
use crate::error::AdapterError;
use crate::framing::{Framing, length, other_framing, start_of_rest};
use crate::head::{FileId, Fingerprint, HEAD, read_head};
use crate::held::lock_file;
use crate::roots::{Access, Roots};
use crate::sink::{Durable, Sink};
use crate::source::Large;

/// Bytes kept back before they are written.
const BUFFER: usize = 256 * 1024;

/// Which of a pipeline's own files one is; decides codes and wording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The records that came through.
    Output,
    /// The records that were refused, as they came in.
    Reject,
    /// What a graph chose.
    Choices,
}

impl Purpose {
    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Output => "the output file",
            Self::Reject => "the reject file",
            Self::Choices => "the file of choices",
        }
    }

    pub(crate) fn write(self) -> &'static str {
        match self {
            Self::Output => "E_OUTPUT_WRITE",
            Self::Reject => "E_REJECT_WRITE",
            Self::Choices => "E_CHOICES_WRITE",
        }
    }

    fn changed(self) -> &'static str {
        match self {
            Self::Output => "E_OUTPUT_CHANGED",
            Self::Reject => "E_REJECT_CHANGED",
            Self::Choices => "E_CHOICES_CHANGED",
        }
    }

    pub(crate) fn busy(self) -> &'static str {
        match self {
            Self::Output => "E_OUTPUT_BUSY",
            Self::Reject => "E_REJECT_BUSY",
            Self::Choices => "E_CHOICES_BUSY",
        }
    }

    fn unterminated(self) -> &'static str {
        match self {
            Self::Output => "E_OUTPUT_UNTERMINATED",
            Self::Reject => "E_REJECT_UNTERMINATED",
            Self::Choices => "E_CHOICES_UNTERMINATED",
        }
    }
}

pub(crate) const WRITE_HELP: &str = "free space on the disk, or make the folder writable for the user that \
     runs the pipeline, and start again: the run goes on where the last checkpoint ended";

const CHANGED_HELP: &str = "put the file back as it was, or move the checkpoint away to start \
     anew: the input is then read from where the config says, and the file is appended to";

/// A file that one pipeline appends to.
pub struct OwnFile {
    purpose: Purpose,
    framing: Framing,
    path: PathBuf,
    file: Arc<File>,
    id: FileId,
    /// Bytes in the file that are ours to keep, without the buffer.
    written: u64,
    buffer: Vec<u8>,
    head: Vec<u8>,
    fingerprint: Fingerprint,
}

impl OwnFile {
    /// Opens `path`, making it when it isn't there, and locks it. Records stand in it as `framing` says.
    ///
    /// Where a checkpoint speaks of the same path (`known`), the file must be the one it means and
    /// at least as long; [`OwnFile::cut`] then removes what stands behind. Otherwise the file is
    /// appended to.
    pub fn open(
        roots: &Roots,
        path: &Path,
        (purpose, framing): (Purpose, Framing),
        known: Option<&WrittenFile>,
        wait: Duration,
    ) -> Result<Self, AdapterError> {
        if let Some(known) = known
            && known.length > 0
            && known.framing != framing
        {
            let was_is = (known.framing, framing);
            return Err(other_framing(purpose.name(), path, was_is));
        }
        if known.is_some_and(|known| known.length > 0)
            && let Err(error) = roots.identity(path)
            && error.is_missing()
        {
            return Err(changed(purpose, path, "is gone"));
        }
        let doing = format!("open {}", purpose.name());
        let file = roots
            .open(path, Access::ReadWriteCreate)
            .map_err(|error| error.or_io(purpose.write(), &doing, path, WRITE_HELP))?;
        let file = Arc::new(file);
        let failed =
            |error: &io::Error| AdapterError::io(purpose.write(), &doing, path, error, WRITE_HELP);
        let meta = file.metadata().map_err(|error| failed(&error))?;
        if !meta.is_file() {
            return Err(AdapterError::new(
                purpose.write(),
                format!(
                    "{} {} is not a regular file",
                    purpose.name(),
                    path.display()
                ),
                "name a regular file; folders, pipes and devices can't be cut back after a crash",
            ));
        }
        lock_file(&file, path, purpose.busy(), purpose.name(), wait)?;
        // Only what is true while we hold the lock counts.
        let meta = file.metadata().map_err(|error| failed(&error))?;
        let id = FileId::of(&meta);
        // Where nothing had been written, another file is as good; but in the same one, what
        // stands there now is what a killed run wrote behind its checkpoint.
        let known = known.filter(|known| known.length > 0 || known.id.is(id));
        let written = match known {
            Some(known) => {
                if !known.id.is(id) {
                    return Err(changed(purpose, path, "is another file now"));
                }
                if meta.len() < known.length {
                    let why = format!(
                        "has {} bytes, and the checkpoint says {}",
                        meta.len(),
                        known.length
                    );
                    return Err(changed(purpose, path, &why));
                }
                if !known.head.matches(&file).map_err(|error| failed(&error))? {
                    return Err(changed(purpose, path, "begins with other bytes now"));
                }
                known.length
            }
            None => {
                let rest = start_of_rest(&file, framing, meta.len());
                if rest.map_err(|error| failed(&error))? != Some(meta.len()) {
                    return Err(unterminated(purpose, framing, path));
                }
                meta.len()
            }
        };
        roots.sync_parent(path).map_err(|error| {
            error.or_io(purpose.write(), "sync the folder of", path, WRITE_HELP)
        })?;
        let head = read_head(&file, written).map_err(|error| failed(&error))?;
        Ok(Self {
            purpose,
            framing,
            path: path.to_path_buf(),
            file,
            id,
            written,
            buffer: Vec::with_capacity(BUFFER + 32 * 1024),
            fingerprint: Fingerprint::of(&head),
            head,
        })
    }

    /// Its length once all is written.
    pub(crate) fn len(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    /// How records stand in it.
    pub(crate) fn framing(&self) -> Framing {
        self.framing
    }

    /// Appends bytes of records that are framed already.
    pub(crate) fn push_framed(&mut self, bytes: &[u8]) -> Result<(), AdapterError> {
        self.buffer.extend_from_slice(bytes);
        self.spill()
    }

    /// Appends what is too large to be a record, in pieces.
    pub(crate) fn push_large(&mut self, large: &impl Large) -> Result<(), AdapterError> {
        let (size, mut left) = (large.size(), large.size());
        let prefixed = self.framing == Framing::Prefixed;
        if prefixed {
            self.push_framed(&length(size))?;
        }
        large.copy(&mut |part| {
            left = left.saturating_sub(part.len() as u64);
            self.push_framed(part)
        })?;
        // A length that isn't true would make another record of each behind it.
        if left > 0 && prefixed {
            return Err(AdapterError::new(
                "E_INPUT_READ",
                format!(
                    "{} had {size} bytes when it was read, and lacks {left} of them now",
                    large.name()
                ),
                "start again: the run goes on from the last checkpoint, with the file as it is now; \
                 rotate by rename instead of truncating",
            ));
        }
        match self.framing {
            Framing::Lines => self.push_framed(b"\n"),
            Framing::Prefixed => Ok(()),
        }
    }

    fn spill(&mut self) -> Result<(), AdapterError> {
        if self.buffer.len() >= BUFFER {
            self.flush()?;
        }
        Ok(())
    }

    /// What another thread needs to make the file durable on `disk`, where it has its name under
    /// `roots`.
    pub fn sync_handle(&self, roots: &Roots, disk: &Disk) -> SyncHandle {
        SyncHandle {
            purpose: self.purpose,
            path: self.path.clone(),
            file: Arc::clone(&self.file),
            roots: roots.clone(),
            disk: disk.clone(),
        }
    }

    fn failed(&self, doing: &str, error: &io::Error) -> AdapterError {
        let doing = format!("{doing} {}", self.purpose.name());
        AdapterError::io(self.purpose.write(), &doing, &self.path, error, WRITE_HELP)
    }
}

impl Sink for OwnFile {
    type Mark = FileOutput;
    type Durable = SyncHandle;

    fn identity(&self) -> Option<(u64, u64)> {
        Some(self.id.inode())
    }

    fn cut(&mut self) -> Result<u64, AdapterError> {
        let cut = || -> io::Result<u64> {
            let len = self.file.metadata()?.len();
            if len > self.written {
                self.file.set_len(self.written)?;
            }
            Ok(len.saturating_sub(self.written))
        };
        cut().map_err(|error| self.failed("cut back", &error))
    }

    /// Appends one record, with what stands before or behind it.
    fn push_line(&mut self, record: &[u8]) -> Result<(), AdapterError> {
        self.framing.add(record, &mut self.buffer);
        self.spill()
    }

    fn flush(&mut self) -> Result<(), AdapterError> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        self.file
            .write_all_at(&self.buffer, self.written)
            .map_err(|error| self.failed("write", &error))?;
        if self.head.len() < HEAD as usize {
            let room = HEAD as usize - self.head.len();
            let more = self.buffer.len().min(room);
            self.head.extend_from_slice(&self.buffer[..more]);
            self.fingerprint = Fingerprint::of(&self.head);
        }
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    fn mark(&self) -> FileOutput {
        FileOutput {
            path: self.path.clone(),
            file: WrittenFile {
                id: self.id,
                head: self.fingerprint.clone(),
                length: self.written,
                framing: self.framing,
            },
        }
    }
}

/// Makes a file durable, from another thread than the one that writes it.
pub struct SyncHandle {
    purpose: Purpose,
    path: PathBuf,
    file: Arc<File>,
    roots: Roots,
    disk: Disk,
}

impl Durable for SyncHandle {
    type Mark = FileOutput;

    fn sync(&mut self) -> Result<(), AdapterError> {
        self.disk.sync(&self.path, &self.file).map_err(|error| {
            let doing = format!("sync {}", self.purpose.name());
            AdapterError::io(self.purpose.write(), &doing, &self.path, &error, WRITE_HELP)
        })
    }

    /// Refuses to go on writing into a file that has lost its name or was cut by somebody else.
    fn check(&mut self, mark: &FileOutput) -> Result<(), AdapterError> {
        let state = &mark.file;
        match self.roots.identity(&self.path) {
            Ok(identity) if identity == state.id.inode() => {}
            Ok(_) => return Err(changed(self.purpose, &self.path, "is another file now")),
            Err(error) if error.is_missing() => {
                return Err(changed(self.purpose, &self.path, "is gone"));
            }
            Err(error) => {
                let doing = format!("look at {}", self.purpose.name());
                return Err(error.or_io(self.purpose.write(), &doing, &self.path, WRITE_HELP));
            }
        }
        let len = self.file.metadata().map(|meta| meta.len()).unwrap_or(0);
        if len < state.length {
            let why = format!("has {len} bytes, and {} were written", state.length);
            return Err(changed(self.purpose, &self.path, &why));
        }
        Ok(())
    }
}

pub(crate) fn changed(purpose: Purpose, path: &Path, why: &str) -> AdapterError {
    AdapterError::new(
        purpose.changed(),
        format!("{} {} {why}", purpose.name(), path.display()),
        CHANGED_HELP,
    )
}

/// A file that is there already, to which nothing can be appended.
fn unterminated(purpose: Purpose, framing: Framing, path: &Path) -> AdapterError {
    let (why, help) = match framing {
        Framing::Lines => (
            "its last line has no line feed",
            "end its last line, or move it away: records are appended as lines of their own",
        ),
        Framing::Prefixed => (
            "it isn't whole records with their lengths before them",
            "move it away: each record is appended with its length before it",
        ),
    };
    let (name, path) = (purpose.name(), path.display());
    let message = format!("{name} {path} is there already, and {why}");
    AdapterError::new(purpose.unterminated(), message, help)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::ZERO;

    fn open(path: &Path, known: Option<&WrittenFile>) -> Result<OwnFile, AdapterError> {
        open_as(Framing::Lines, path, known)
    }

    fn open_as(
        framing: Framing,
        path: &Path,
        known: Option<&WrittenFile>,
    ) -> Result<OwnFile, AdapterError> {
        let what = (Purpose::Output, framing);
        OwnFile::open(&Roots::Unrestricted, path, what, known, NOW)
    }

    fn code(result: Result<OwnFile, AdapterError>) -> &'static str {
        result.map_or_else(|error| error.code, |_| "opened")
    }

    #[test]
    fn a_killed_run_is_cut_back_to_its_checkpoint() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out");
        let mut file = open(&path, None).unwrap();
        file.push_line(b"one").unwrap();
        file.push_line(b"").unwrap();
        file.flush().unwrap();
        let state = file.mark().file;
        assert_eq!(state.length, 5);
        file.push_line(b"lost").unwrap();
        file.flush().unwrap();
        drop(file);

        let mut again = open(&path, Some(&state)).unwrap();
        assert_eq!(again.cut().unwrap(), 5);
        again.push_line(b"two").unwrap();
        again.flush().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"one\n\ntwo\n");
        again
            .sync_handle(&Roots::Unrestricted, &Disk::default())
            .check(&again.mark())
            .unwrap();
    }

    #[test]
    fn what_a_run_wrote_before_its_first_record_was_saved_is_cut_off_too() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out");
        let mut file = open(&path, None).unwrap();
        let state = file.mark().file;
        file.push_line(b"lost").unwrap();
        file.flush().unwrap();
        drop(file);
        assert_eq!(open(&path, Some(&state)).unwrap().cut().unwrap(), 5);
        // Another file in its place is somebody's own, and is kept.
        std::fs::write(dir.path().join("other"), "kept\n").unwrap();
        std::fs::rename(dir.path().join("other"), &path).unwrap();
        let mut other = open(&path, Some(&state)).unwrap();
        assert_eq!((other.cut().unwrap(), other.mark().file.length), (0, 5));
    }

    #[test]
    fn a_file_that_is_not_the_checkpoints_is_refused_untouched() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out");
        let mut file = open(&path, None).unwrap();
        file.push_line(b"one").unwrap();
        file.flush().unwrap();
        let state = file.mark().file;
        drop(file);

        std::fs::write(&path, "on").unwrap();
        assert_eq!(
            code(open(&path, Some(&state))),
            "E_OUTPUT_CHANGED",
            "shorter"
        );
        std::fs::write(&path, "two\nthree\n").unwrap();
        assert_eq!(
            code(open(&path, Some(&state))),
            "E_OUTPUT_CHANGED",
            "other bytes"
        );
        std::fs::write(dir.path().join("other"), "one\n").unwrap();
        std::fs::rename(dir.path().join("other"), &path).unwrap();
        assert_eq!(
            code(open(&path, Some(&state))),
            "E_OUTPUT_CHANGED",
            "another inode"
        );
        std::fs::remove_file(&path).unwrap();
        assert_eq!(code(open(&path, Some(&state))), "E_OUTPUT_CHANGED", "gone");
        assert!(!path.exists());
    }

    #[test]
    fn without_a_checkpoint_a_file_is_appended_to() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out");
        std::fs::write(&path, "before\n").unwrap();
        let mut file = open(&path, None).unwrap();
        assert_eq!(file.mark().file.length, 7);
        file.push_line(b"after").unwrap();
        file.flush().unwrap();
        drop(file);
        assert_eq!(std::fs::read(&path).unwrap(), b"before\nafter\n");

        std::fs::write(&path, "no end").unwrap();
        assert_eq!(code(open(&path, None)), "E_OUTPUT_UNTERMINATED");
        assert_eq!(std::fs::read(&path).unwrap(), b"no end");
    }

    #[test]
    fn records_behind_their_lengths_are_appended_to_such_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out");
        let mut file = open_as(Framing::Prefixed, &path, None).unwrap();
        file.push_line(b"a\nb").unwrap();
        file.push_line(b"").unwrap();
        file.flush().unwrap();
        let state = file.mark().file;
        drop(file);
        assert_eq!(std::fs::read(&path).unwrap(), b"\0\0\0\x03a\nb\0\0\0\0");
        let mut again = open_as(Framing::Prefixed, &path, None).unwrap();
        again.push_line(b"c").unwrap();
        again.flush().unwrap();
        drop(again);
        let whole = std::fs::read(&path).unwrap();
        assert_eq!(whole[11..], *b"\0\0\0\x01c");

        let other = open(&path, Some(&state));
        assert_eq!(code(other), "E_FILE_FRAMING", "as lines from now on");
        for odd in [&whole[..13], b"a line\n"] {
            std::fs::write(&path, odd).unwrap();
            let opened = open_as(Framing::Prefixed, &path, None);
            assert_eq!(code(opened), "E_OUTPUT_UNTERMINATED");
            assert_eq!(std::fs::read(&path).unwrap(), odd);
        }
    }

    /// Some bytes of which fewer are there than it says.
    struct Short(usize);

    impl Large for Short {
        fn size(&self) -> u64 {
            5
        }

        fn name(&self) -> String {
            "it".into()
        }

        fn copy(
            &self,
            write: &mut dyn FnMut(&[u8]) -> Result<(), AdapterError>,
        ) -> Result<(), AdapterError> {
            write(&b"a\nbcd"[..self.0])
        }
    }

    #[test]
    fn what_is_large_has_its_true_length_or_ends_the_run() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out");
        let mut file = open_as(Framing::Prefixed, &path, None).unwrap();
        file.push_large(&Short(5)).unwrap();
        file.flush().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"\0\0\0\x05a\nbcd");
        let error = file.push_large(&Short(4)).unwrap_err();
        assert_eq!(error.code, "E_INPUT_READ");
        assert!(
            error.message.contains("lacks 1 of them"),
            "{}",
            error.message
        );
    }

    #[test]
    fn a_file_that_is_replaced_or_cut_while_written_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out");
        let mut file = open(&path, None).unwrap();
        file.push_line(b"one").unwrap();
        file.flush().unwrap();
        let check = || {
            file.sync_handle(&Roots::Unrestricted, &Disk::default())
                .check(&file.mark())
        };
        check().unwrap();
        file.file.set_len(1).unwrap();
        assert_eq!(check().unwrap_err().code, "E_OUTPUT_CHANGED");
        file.file.write_all_at(b"one\n", 0).unwrap();
        check().unwrap();
        std::fs::rename(&path, dir.path().join("moved")).unwrap();
        assert_eq!(check().unwrap_err().code, "E_OUTPUT_CHANGED");
        std::fs::write(&path, "one\n").unwrap();
        assert_eq!(check().unwrap_err().code, "E_OUTPUT_CHANGED");
    }

    #[test]
    fn two_writers_of_one_file_exclude_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out");
        let _held = open(&path, None).unwrap();
        assert_eq!(code(open(&path, None)), "E_OUTPUT_BUSY");
    }

    #[test]
    fn an_unwritable_place_is_a_coded_error() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("f"), "").unwrap();
        for path in ["f/out", "missing/out", "."] {
            let opened = open(&dir.path().join(path), None);
            assert_eq!(code(opened), "E_OUTPUT_WRITE", "{path}");
        }
    }
}
