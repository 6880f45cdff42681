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

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use byteor_pipeline_exec::STATE_BYTES_MAX;
use rustix::fs::{FlockOperation, OFlags, flock};
use sha2::{Digest, Sha256};

use crate::error::AdapterError;
use crate::head::{FileId, Fingerprint};
use crate::roots::open_own;

/// The format version of a checkpoint without states of stages.
pub const CHECKPOINT_VERSION: u32 = 1;

/// The format version of one with them.
pub const CHECKPOINT_VERSION_STATES: u32 = 2;

/// The most bytes of a checkpoint file: four stages with the largest state that one may have, and
/// all paths as long as paths can be.
pub const CHECKPOINT_BYTES_MAX: u64 = 1024 * 1024;

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

/// What one stage remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedState {
    /// Id of the stage.
    pub id: String,
    /// Its key. The state means something to a stage of this key only.
    pub key: String,
    /// The bytes, as the stage saved them.
    pub bytes: Arc<[u8]>,
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
    /// What the stages remembered after the last record that the account speaks of, in the spec's
    /// order; nothing for a stage that has no state.
    pub states: Vec<Option<SavedState>>,
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
        let remembers = self.states.iter().any(Option::is_some);
        let version = if remembers {
            CHECKPOINT_VERSION_STATES
        } else {
            CHECKPOINT_VERSION
        };
        put("checkpoint.v", &version.to_string());
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
            if !remembers {
                continue;
            }
            let name = format!("stages.{index}.state");
            let Some(Some(state)) = self.states.get(index) else {
                put(&name, "none");
                continue;
            };
            put(&name, "saved");
            put(&format!("{name}.id"), &state.id);
            put(&format!("{name}.key"), &state.key);
            put(&format!("{name}.len"), &state.bytes.len().to_string());
            put(&format!("{name}.base64"), &BASE64.encode(&state.bytes));
        }
        let sum = byteor_ascii::hex(&Sha256::digest(text.as_bytes()));
        text.push_str(&format!("checksum=sha256:{sum}\n"));
        text.into_bytes()
    }

    /// Reads the text of a checkpoint file. Answers why it is none.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "it is not text")?;
        let first = text.lines().next().unwrap_or_default();
        let version = first.strip_prefix("checkpoint.v=");
        let states = match version {
            Some("2") => true,
            Some("1") | None => false,
            Some(version) => {
                return Err(format!(
                    "its format version is {version}, and this build reads {CHECKPOINT_VERSION} \
                     and {CHECKPOINT_VERSION_STATES}"
                ));
            }
        };
        let at = text.rfind("checksum=").ok_or("it has no checksum")?;
        let expected = format!(
            "checksum=sha256:{}\n",
            byteor_ascii::hex(&Sha256::digest(&bytes[..at]))
        );
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
        let (mut stages, mut saved) = (Vec::new(), Vec::new());
        for index in 0..count {
            stages.push(StageTotals {
                processed: fields.number(&format!("stages.{index}.processed"))?,
                dropped: fields.number(&format!("stages.{index}.dropped"))?,
                rejected: fields.number(&format!("stages.{index}.rejected"))?,
            });
            saved.push(if states { fields.state(index)? } else { None });
        }
        if states && saved.iter().all(Option::is_none) {
            return Err("its version is that of one with states, and it has none".into());
        }
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
            states: saved,
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

    fn state(&mut self, index: usize) -> Result<Option<SavedState>, String> {
        let name = format!("stages.{index}.state");
        match self.text(&name)? {
            "none" => return Ok(None),
            "saved" => {}
            _ => return Err(format!("`{name}` is neither none nor saved")),
        }
        let id = self.text(&format!("{name}.id"))?.to_owned();
        let key = self.text(&format!("{name}.key"))?.to_owned();
        let len: usize = self.number(&format!("{name}.len"))?;
        let bytes = self.text(&format!("{name}.base64"))?;
        let bytes = BASE64
            .decode(bytes)
            .map_err(|_| format!("`{name}.base64` is not Base64"))?;
        if bytes.len() != len || len > STATE_BYTES_MAX {
            return Err(format!("`{name}` has {} bytes", bytes.len()));
        }
        let bytes = bytes.into();
        Ok(Some(SavedState { id, key, bytes }))
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

fn escape(path: &Path) -> String {
    byteor_ascii::escape(path.as_os_str().as_bytes())
}

fn unescape(text: &str) -> Option<PathBuf> {
    let bytes = byteor_ascii::unescape(text)?;
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

/// What to do about a checkpoint that can't be used.
pub(crate) const ANEW_HELP: &str = "move the checkpoint away to start anew: the input is then read \
     from where the config says, and the output is appended to";

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
        let help = ANEW_HELP;
        let mut bytes = Vec::new();
        match open_own(&self.path, OFlags::RDONLY | OFlags::NOFOLLOW) {
            // One byte more than there may be is enough to tell that it is none of ours.
            Ok(file) => file
                .take(CHECKPOINT_BYTES_MAX + 1)
                .read_to_end(&mut bytes)
                .map(drop),
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
        let decoded = if bytes.len() as u64 > CHECKPOINT_BYTES_MAX {
            Err("it is larger than a checkpoint can be".to_owned())
        } else {
            Checkpoint::decode(&bytes)
        };
        let read = decoded.map_err(|why| {
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
            states: vec![None, None],
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
        for sample in [sample(), remembering()] {
            let bytes = sample.encode();
            for at in 0..bytes.len() {
                let mut damaged = bytes.clone();
                damaged[at] ^= 1;
                assert!(Checkpoint::decode(&damaged).is_err(), "byte {at}");
                assert!(Checkpoint::decode(&bytes[..at]).is_err(), "cut at {at}");
            }
            assert!(Checkpoint::decode(&[&bytes[..], b"x"].concat()).is_err());
        }
    }

    fn remembering() -> Checkpoint {
        let state = SavedState {
            id: "once".into(),
            key: r"dedupe:10:a\=b".into(),
            bytes: (0..=255).collect::<Vec<u8>>().into(),
        };
        Checkpoint {
            states: vec![None, Some(state)],
            ..sample()
        }
    }

    #[test]
    fn what_stages_remembered_reads_back_and_has_a_version_of_its_own() {
        let bytes = remembering().encode();
        assert!(bytes.is_ascii());
        assert!(bytes.starts_with(b"checkpoint.v=2\n"));
        assert!(sample().encode().starts_with(b"checkpoint.v=1\n"));
        assert_eq!(Checkpoint::decode(&bytes), Ok(remembering()));
    }

    /// A checkpoint whose text was changed, with a checksum that fits.
    fn forged(text: &str, from: &str, to: &str) -> Result<Checkpoint, String> {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        let text = text.replace(from, to);
        let text = &text[..text.rfind("checksum=").unwrap()];
        let sum = byteor_ascii::hex(&Sha256::digest(text.as_bytes()));
        Checkpoint::decode(format!("{text}checksum=sha256:{sum}\n").as_bytes())
    }

    #[test]
    fn a_state_that_does_not_fit_its_own_account_is_none() {
        let text = String::from_utf8(remembering().encode()).unwrap();
        for (from, to, why) in [
            ("state.len=256", "state.len=255", "has 256 bytes"),
            (
                "state.len=256",
                "state.len=99999999999999999999",
                "not a number",
            ),
            ("base64=AAEC", "base64=A*EC", "not Base64"),
            ("state=none", "state=some", "neither none nor saved"),
            (
                "stages.1.state.key=",
                "stages.1.state.kez=",
                "not where it belongs",
            ),
            (
                "stages.len=2",
                "stages.len=18446744073709551615",
                "is missing",
            ),
            ("checkpoint.v=2", "checkpoint.v=1", "not where it belongs"),
        ] {
            let got = forged(&text, from, to).unwrap_err();
            assert!(got.contains(why), "{from} → {to}: {got}");
        }
        let mut large = remembering();
        large.states[1].as_mut().unwrap().bytes = vec![7; STATE_BYTES_MAX + 1].into();
        let why = Checkpoint::decode(&large.encode()).unwrap_err();
        assert!(why.contains("has 131073 bytes"), "{why}");
        large.states[1].as_mut().unwrap().bytes = vec![7; STATE_BYTES_MAX].into();
        assert_eq!(Checkpoint::decode(&large.encode()), Ok(large));
        let none = String::from_utf8(sample().encode()).unwrap();
        let none = none.replace(".rejected=0\n", ".rejected=0\nstages.0.state=none\n");
        assert!(forged(&none, "checkpoint.v=1", "checkpoint.v=2").is_err());
    }

    #[test]
    fn the_largest_checkpoint_is_read_and_a_larger_file_is_refused_unread() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c");
        let file = CheckpointFile::hold(&path, LOCK_WAIT).unwrap();
        let state = SavedState {
            id: "s".repeat(64),
            key: "k".repeat(1024),
            bytes: vec![255; STATE_BYTES_MAX].into(),
        };
        let long = PathBuf::from(std::ffi::OsString::from_vec(vec![0xff; 4096]));
        let largest = Checkpoint {
            input_path: long.clone(),
            output_path: long.clone(),
            reject_path: long,
            stages: vec![StageTotals::default(); 4],
            states: vec![Some(state); 4],
            ..sample()
        };
        file.write(&largest).unwrap();
        assert_eq!(file.read().unwrap(), Some(largest));
        std::fs::write(&path, vec![b'x'; CHECKPOINT_BYTES_MAX as usize + 1]).unwrap();
        let error = file.read().unwrap_err();
        assert_eq!(error.code, "E_CHECKPOINT_CORRUPT");
        assert!(error.message.contains("larger"), "{error}");
    }

    #[test]
    fn another_format_version_is_named() {
        let text = String::from_utf8(sample().encode()).unwrap();
        let newer = text.replacen("checkpoint.v=1", "checkpoint.v=3", 1);
        let why = Checkpoint::decode(newer.as_bytes()).unwrap_err();
        assert!(why.contains("format version is 3"), "{why}");
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
