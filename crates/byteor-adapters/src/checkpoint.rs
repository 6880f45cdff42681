//! The checkpoint: how far a pipeline got, in a file that is always whole.
//!
//! It is written to a temporary file, synced, and renamed over the last one, and only after the
//! output and reject files that it speaks of were synced. A run that finds one cuts its own files
//! back to the lengths in it and reads on at its offset, so the final bytes are those of a run
//! that nobody disturbed.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, OFlags, flock};
use sha2::{Digest, Sha256};

use crate::error::AdapterError;
use crate::head::{FileId, Fingerprint, hex};
use crate::roots::open_own;

/// The format version that this build reads and writes.
pub const CHECKPOINT_VERSION: u32 = 1;

/// How long a runner waits for another one that still holds the checkpoint or an output file.
pub const LOCK_WAIT: Duration = Duration::from_secs(10);

/// A position in an input file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputPosition {
    /// The file.
    pub id: FileId,
    /// Fingerprint of its first bytes, as far as they were consumed.
    pub head: Fingerprint,
    /// Bytes consumed: everything before is in the output or the reject file, or was dropped.
    pub offset: u64,
}

/// A file of ours, as far as it is on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenFile {
    /// The file.
    pub id: FileId,
    /// Fingerprint of its first bytes.
    pub head: Fingerprint,
    /// Length in bytes. What stands behind is cut off at the next start.
    pub length: u64,
}

/// What was counted since the pipeline's first start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Records read, the rejected among them.
    pub records_in: u64,
    /// Records written to the output.
    pub records_out: u64,
    /// Records that a stage dropped.
    pub dropped: u64,
    /// Records in the reject file: too large at the ingress, or grown too large in a stage.
    pub rejected: u64,
    /// Bytes of the records read, without line feeds.
    pub bytes_in: u64,
    /// Bytes of the records written, without line feeds.
    pub bytes_out: u64,
    /// How often the input was truncated or rewritten in place.
    pub truncations: u64,
}

/// What one stage counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageTotals {
    /// Records it was given.
    pub processed: u64,
    /// Records it dropped.
    pub dropped: u64,
    /// Records it made too large.
    pub rejected: u64,
}

/// How far a pipeline got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Configured path of the input.
    pub input_path: PathBuf,
    /// How far the input was consumed.
    pub input: InputPosition,
    /// Configured path of the output.
    pub output_path: PathBuf,
    /// The output file.
    pub output: WrittenFile,
    /// Configured path of the reject file.
    pub reject_path: PathBuf,
    /// The reject file.
    pub reject: WrittenFile,
    /// The counters.
    pub totals: Totals,
    /// Hash of the spec that ran; the stages' counters belong to it.
    pub spec_hash: String,
    /// Counters of the stages, in the spec's order.
    pub stages: Vec<StageTotals>,
}

impl Checkpoint {
    /// The text of the checkpoint file.
    pub fn encode(&self) -> Vec<u8> {
        let mut text = String::new();
        let mut put = |key: &str, value: &str| {
            text.push_str(key);
            text.push('=');
            text.push_str(value);
            text.push('\n');
        };
        put("checkpoint.v", &CHECKPOINT_VERSION.to_string());
        put("input.path", &escape(&self.input_path));
        put("input.dev", &self.input.id.dev.to_string());
        put("input.ino", &self.input.id.ino.to_string());
        put("input.born", &self.input.id.born.to_string());
        put("input.head.len", &self.input.head.len.to_string());
        put("input.head.sha256", &self.input.head.sha256);
        put("input.offset", &self.input.offset.to_string());
        for (name, path, file) in [
            ("output", &self.output_path, &self.output),
            ("reject", &self.reject_path, &self.reject),
        ] {
            put(&format!("{name}.path"), &escape(path));
            put(&format!("{name}.dev"), &file.id.dev.to_string());
            put(&format!("{name}.ino"), &file.id.ino.to_string());
            put(&format!("{name}.born"), &file.id.born.to_string());
            put(&format!("{name}.head.len"), &file.head.len.to_string());
            put(&format!("{name}.head.sha256"), &file.head.sha256);
            put(&format!("{name}.length"), &file.length.to_string());
        }
        let totals = &self.totals;
        put("totals.records_in", &totals.records_in.to_string());
        put("totals.records_out", &totals.records_out.to_string());
        put("totals.dropped", &totals.dropped.to_string());
        put("totals.rejected", &totals.rejected.to_string());
        put("totals.bytes_in", &totals.bytes_in.to_string());
        put("totals.bytes_out", &totals.bytes_out.to_string());
        put("totals.truncations", &totals.truncations.to_string());
        put("spec.hash", &self.spec_hash);
        put("stages.len", &self.stages.len().to_string());
        for (index, stage) in self.stages.iter().enumerate() {
            put(
                &format!("stages.{index}.processed"),
                &stage.processed.to_string(),
            );
            put(
                &format!("stages.{index}.dropped"),
                &stage.dropped.to_string(),
            );
            put(
                &format!("stages.{index}.rejected"),
                &stage.rejected.to_string(),
            );
        }
        let sum = hex(&Sha256::digest(text.as_bytes()));
        text.push_str(&format!("checksum=sha256:{sum}\n"));
        text.into_bytes()
    }

    /// Reads the text of a checkpoint file. Answers why it is none.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "it is not text")?;
        let first = text.lines().next().unwrap_or_default();
        if let Some(version) = first.strip_prefix("checkpoint.v=")
            && version != CHECKPOINT_VERSION.to_string()
        {
            return Err(format!(
                "its format version is {version}, and this build reads {CHECKPOINT_VERSION}"
            ));
        }
        let at = text.rfind("checksum=").ok_or("it has no checksum")?;
        let expected = format!("checksum=sha256:{}\n", hex(&Sha256::digest(&bytes[..at])));
        if text[at..] != expected {
            return Err("its checksum does not match its text".into());
        }
        let mut fields = Fields(text[..at].lines());
        fields.number::<u32>("checkpoint.v")?;
        let input_path = fields.path("input.path")?;
        let input = InputPosition {
            id: fields.id("input")?,
            head: fields.fingerprint("input")?,
            offset: fields.number("input.offset")?,
        };
        let (output_path, output) = fields.written("output")?;
        let (reject_path, reject) = fields.written("reject")?;
        let totals = Totals {
            records_in: fields.number("totals.records_in")?,
            records_out: fields.number("totals.records_out")?,
            dropped: fields.number("totals.dropped")?,
            rejected: fields.number("totals.rejected")?,
            bytes_in: fields.number("totals.bytes_in")?,
            bytes_out: fields.number("totals.bytes_out")?,
            truncations: fields.number("totals.truncations")?,
        };
        let spec_hash = fields.text("spec.hash")?.to_owned();
        let count: usize = fields.number("stages.len")?;
        let stages = (0..count)
            .map(|index| {
                Ok(StageTotals {
                    processed: fields.number(&format!("stages.{index}.processed"))?,
                    dropped: fields.number(&format!("stages.{index}.dropped"))?,
                    rejected: fields.number(&format!("stages.{index}.rejected"))?,
                })
            })
            .collect::<Result<_, String>>()?;
        if fields.0.next().is_some() {
            return Err("it has more lines than its version knows".into());
        }
        Ok(Self {
            input_path,
            input,
            output_path,
            output,
            reject_path,
            reject,
            totals,
            spec_hash,
            stages,
        })
    }
}

struct Fields<'a>(std::str::Lines<'a>);

impl<'a> Fields<'a> {
    fn text(&mut self, key: &str) -> Result<&'a str, String> {
        let line = self.0.next().ok_or_else(|| format!("`{key}` is missing"))?;
        line.strip_prefix(key)
            .and_then(|rest| rest.strip_prefix('='))
            .ok_or_else(|| format!("`{key}` is not where it belongs"))
    }

    fn number<T: std::str::FromStr>(&mut self, key: &str) -> Result<T, String> {
        let text = self.text(key)?;
        text.parse().map_err(|_| format!("`{key}` is not a number"))
    }

    fn path(&mut self, key: &str) -> Result<PathBuf, String> {
        unescape(self.text(key)?).ok_or_else(|| format!("`{key}` is not a path"))
    }

    fn id(&mut self, name: &str) -> Result<FileId, String> {
        Ok(FileId {
            dev: self.number(&format!("{name}.dev"))?,
            ino: self.number(&format!("{name}.ino"))?,
            born: self.number(&format!("{name}.born"))?,
        })
    }

    fn fingerprint(&mut self, name: &str) -> Result<Fingerprint, String> {
        Ok(Fingerprint {
            len: self.number(&format!("{name}.head.len"))?,
            sha256: self.text(&format!("{name}.head.sha256"))?.to_owned(),
        })
    }

    fn written(&mut self, name: &str) -> Result<(PathBuf, WrittenFile), String> {
        let path = self.path(&format!("{name}.path"))?;
        let file = WrittenFile {
            id: self.id(name)?,
            head: self.fingerprint(name)?,
            length: self.number(&format!("{name}.length"))?,
        };
        Ok((path, file))
    }
}

/// Printable ASCII as it is, a backslash doubled, other bytes as `\xNN`.
fn escape(path: &Path) -> String {
    let mut text = String::new();
    for &byte in path.as_os_str().as_bytes() {
        match byte {
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text
}

fn unescape(text: &str) -> Option<PathBuf> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        match rest {
            [b'\\', tail @ ..] => {
                bytes.push(b'\\');
                rest = tail;
            }
            [b'x', high, low, tail @ ..] => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).ok()?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
                rest = tail;
            }
            _ => return None,
        }
    }
    Some(PathBuf::from(std::ffi::OsString::from_vec(bytes)))
}

/// Where a pipeline's checkpoint stands, held by one runner.
pub struct CheckpointFile {
    path: PathBuf,
    temporary: PathBuf,
    folder: File,
    lock: Held,
}

/// The exclusive hold of a checkpoint; the last copy that is dropped lets go.
#[derive(Clone, Debug)]
pub struct Held {
    _lock: Arc<File>,
}

const WRITE_HELP: &str = "free space on the disk, or name a writable place with --checkpoint, and start again: the run \
     goes on where the last checkpoint ended";

impl CheckpointFile {
    /// Takes the checkpoint at `path` for this process alone, waiting up to `wait` for another one
    /// to let go. The lock stands beside it, in a file that is never removed.
    pub fn hold(path: &Path, wait: Duration) -> Result<Self, AdapterError> {
        let write_error = |doing: &str, path: &Path, error: &io::Error| {
            AdapterError::io("E_CHECKPOINT_WRITE", doing, path, error, WRITE_HELP)
        };
        let lock_path = with_suffix(path, ".lock");
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW;
        let lock = open_own(&lock_path, flags)
            .map_err(|error| write_error("open the checkpoint's lock", &lock_path, &error))?;
        lock_file(&lock, path, "E_CHECKPOINT_BUSY", "the checkpoint", wait)?;
        let parent = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let folder = open_own(parent, OFlags::RDONLY | OFlags::DIRECTORY)
            .map_err(|error| write_error("open the checkpoint's folder", parent, &error))?;
        Ok(Self {
            path: path.to_path_buf(),
            temporary: with_suffix(path, ".tmp"),
            folder,
            lock: Held {
                _lock: Arc::new(lock),
            },
        })
    }

    /// The hold, for what must be put away before another run may begin.
    pub fn held(&self) -> Held {
        self.lock.clone()
    }

    /// The checkpoint that is there, if any.
    pub fn read(&self) -> Result<Option<Checkpoint>, AdapterError> {
        let help = "move the checkpoint away to start anew: the input is then read from where the \
                    config says, and the output is appended to";
        let mut bytes = Vec::new();
        match open_own(&self.path, OFlags::RDONLY | OFlags::NOFOLLOW) {
            Ok(mut file) => file.read_to_end(&mut bytes).map(drop),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => Err(error),
        }
        .map_err(|error| {
            AdapterError::io(
                "E_CHECKPOINT_READ",
                "read the checkpoint",
                &self.path,
                &error,
                help,
            )
        })?;
        let read = Checkpoint::decode(&bytes).map_err(|why| {
            AdapterError::new(
                "E_CHECKPOINT_CORRUPT",
                format!(
                    "the checkpoint {} can't be used: {why}",
                    self.path.display()
                ),
                help,
            )
        })?;
        Ok(Some(read))
    }

    /// Puts `checkpoint` in the last one's place, durably.
    pub fn write(&self, checkpoint: &Checkpoint) -> Result<(), AdapterError> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::NOFOLLOW;
        let write = || -> io::Result<()> {
            let mut file = open_own(&self.temporary, flags)?;
            file.write_all(&checkpoint.encode())?;
            file.sync_all()?;
            std::fs::rename(&self.temporary, &self.path)?;
            self.folder.sync_all()
        };
        write().map_err(|error| {
            AdapterError::io(
                "E_CHECKPOINT_WRITE",
                "write the checkpoint",
                &self.path,
                &error,
                WRITE_HELP,
            )
        })
    }
}

/// Takes an exclusive lock on `file`, waiting up to `wait` for another process to let go.
pub(crate) fn lock_file(
    file: &File,
    path: &Path,
    code: &'static str,
    what: &str,
    wait: Duration,
) -> Result<(), AdapterError> {
    let until = Instant::now() + wait;
    loop {
        match flock(file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(()),
            Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::WOULDBLOCK) if Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(rustix::io::Errno::WOULDBLOCK) => {
                return Err(AdapterError::new(
                    code,
                    format!(
                        "{what} {} is held by another running pipeline; waited {} s",
                        path.display(),
                        wait.as_secs()
                    ),
                    "stop the other pipeline, or give this one files of its own",
                ));
            }
            Err(errno) => {
                let error = io::Error::from(errno);
                return Err(AdapterError::io(
                    code,
                    "lock",
                    path,
                    &error,
                    "use a local file system",
                ));
            }
        }
    }
}

/// `path` with `suffix` behind its file name.
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Checkpoint {
        let file = |length| WrittenFile {
            id: FileId {
                dev: 1,
                ino: 2,
                born: 3,
            },
            head: Fingerprint::of(b"abc"),
            length,
        };
        Checkpoint {
            input_path: PathBuf::from(std::ffi::OsString::from_vec(b"/in put\\\n\xff=x".to_vec())),
            input: InputPosition {
                id: FileId {
                    dev: u64::MAX,
                    ino: 7,
                    born: 0,
                },
                head: Fingerprint::of(b""),
                offset: 123_456_789_012,
            },
            output_path: "/out".into(),
            output: file(99),
            reject_path: "/reject".into(),
            reject: file(0),
            totals: Totals {
                records_in: 10,
                records_out: 5,
                dropped: 3,
                rejected: 2,
                bytes_in: 1_000,
                bytes_out: 500,
                truncations: 1,
            },
            spec_hash: format!("sha256:{}", "0".repeat(64)),
            stages: vec![
                StageTotals::default(),
                StageTotals {
                    processed: 4,
                    dropped: 1,
                    rejected: 2,
                },
            ],
        }
    }

    #[test]
    fn a_checkpoint_reads_back_as_it_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let file = CheckpointFile::hold(&dir.path().join("c"), LOCK_WAIT).unwrap();
        assert_eq!(file.read().unwrap(), None);
        file.write(&sample()).unwrap();
        assert_eq!(file.read().unwrap(), Some(sample()));
        assert!(sample().encode().is_ascii());
    }

    #[test]
    fn any_damaged_byte_is_noticed() {
        let bytes = sample().encode();
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(Checkpoint::decode(&damaged).is_err(), "byte {at}");
            assert!(Checkpoint::decode(&bytes[..at]).is_err(), "cut at {at}");
        }
        assert!(Checkpoint::decode(&[&bytes[..], b"x"].concat()).is_err());
    }

    #[test]
    fn another_format_version_is_named() {
        let text = String::from_utf8(sample().encode()).unwrap();
        let newer = text.replacen("checkpoint.v=1", "checkpoint.v=2", 1);
        let why = Checkpoint::decode(newer.as_bytes()).unwrap_err();
        assert!(why.contains("format version is 2"), "{why}");
    }

    #[test]
    fn a_damaged_checkpoint_is_never_taken_for_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c");
        std::fs::write(&path, "").unwrap();
        let file = CheckpointFile::hold(&path, LOCK_WAIT).unwrap();
        assert_eq!(file.read().unwrap_err().code, "E_CHECKPOINT_CORRUPT");
    }

    #[test]
    fn a_second_runner_waits_and_is_then_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c");
        let held = CheckpointFile::hold(&path, LOCK_WAIT).unwrap();
        let refused = CheckpointFile::hold(&path, Duration::from_millis(60));
        assert_eq!(refused.err().unwrap().code, "E_CHECKPOINT_BUSY");
        let waiting = std::thread::spawn(move || CheckpointFile::hold(&path, LOCK_WAIT).is_ok());
        std::thread::sleep(Duration::from_millis(50));
        drop(held);
        assert!(waiting.join().unwrap());
    }

    #[test]
    fn a_folder_that_is_a_file_is_a_coded_error() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("f"), "").unwrap();
        let refused = CheckpointFile::hold(&dir.path().join("f/c"), LOCK_WAIT);
        assert_eq!(refused.err().unwrap().code, "E_CHECKPOINT_WRITE");
    }
}
