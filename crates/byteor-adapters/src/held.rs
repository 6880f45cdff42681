//! The checkpoint's file, and the locks under which a pipeline's files belong to one runner.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, OFlags, flock};

use crate::checkpoint::{CHECKPOINT_BYTES_MAX, Checkpoint, Section};
use crate::disk::Disk;
use crate::error::AdapterError;
use crate::roots::open_own;

/// How long a runner waits for another one that still holds the checkpoint or an output file.
pub const LOCK_WAIT: Duration = Duration::from_secs(10);

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
    pub fn read<I: Section, O: Section>(&self) -> Result<Option<Checkpoint<I, O>>, AdapterError> {
        let help = ANEW_HELP;
        let (mut bytes, mut large) = (Vec::new(), false);
        match open_own(&self.path, OFlags::RDONLY | OFlags::NOFOLLOW) {
            // What is larger than there may be isn't read to tell that it is none of ours.
            Ok(file) => file.metadata().and_then(|meta| {
                large = meta.len() > CHECKPOINT_BYTES_MAX;
                if large {
                    return Ok(());
                }
                let mut file = file.take(CHECKPOINT_BYTES_MAX);
                file.read_to_end(&mut bytes).map(drop)
            }),
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
        let decoded = if large {
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

    /// Puts `checkpoint` in the last one's place, to last on `disk`.
    pub fn write<I: Section, O: Section>(
        &self,
        checkpoint: &Checkpoint<I, O>,
        disk: &Disk,
    ) -> Result<(), AdapterError> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::NOFOLLOW;
        let write = || -> io::Result<()> {
            let mut file = open_own(&self.temporary, flags)?;
            file.write_all(&checkpoint.encode())?;
            disk.sync(&self.temporary, &file)?;
            std::fs::rename(&self.temporary, &self.path)?;
            disk.sync(&self.path, &self.folder)
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
