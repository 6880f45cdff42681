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
    /// One that is in force only if its other half came to be elsewhere.
    prepared: PathBuf,
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
            prepared: with_suffix(path, ".prepared"),
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
        self.read_at(&self.path)
    }

    /// The one that a run prepared and didn't put in force, if any.
    pub fn prepared<I: Section, O: Section>(
        &self,
    ) -> Result<Option<Checkpoint<I, O>>, AdapterError> {
        self.read_at(&self.prepared)
    }

    /// Whether there is one.
    pub fn is_prepared(&self) -> bool {
        self.prepared.symlink_metadata().is_ok()
    }

    fn read_at<I: Section, O: Section>(
        &self,
        path: &Path,
    ) -> Result<Option<Checkpoint<I, O>>, AdapterError> {
        let help = ANEW_HELP;
        let (mut bytes, mut large) = (Vec::new(), false);
        match open_own(path, OFlags::RDONLY | OFlags::NOFOLLOW) {
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
                path,
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
                format!("the checkpoint {} can't be used: {why}", path.display()),
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
        self.write_at(&self.path, checkpoint, disk)
    }

    /// Puts `checkpoint` beside the last one, to last on `disk`, where [`CheckpointFile::adopt`] puts it
    /// in force.
    pub fn prepare<I: Section, O: Section>(
        &self,
        checkpoint: &Checkpoint<I, O>,
        disk: &Disk,
    ) -> Result<(), AdapterError> {
        self.write_at(&self.prepared, checkpoint, disk)
    }

    /// Puts the prepared one in the last one's place.
    pub fn adopt(&self, disk: &Disk) -> Result<(), AdapterError> {
        let renamed = std::fs::rename(&self.prepared, &self.path);
        let done = renamed.and_then(|()| disk.sync(&self.path, &self.folder));
        done.map_err(|error| Self::not_written(&self.path, &error))
    }

    /// Takes the prepared one away.
    pub fn discard(&self, disk: &Disk) -> Result<(), AdapterError> {
        let removed = std::fs::remove_file(&self.prepared);
        let done = removed.and_then(|()| disk.sync(&self.prepared, &self.folder));
        done.map_err(|error| Self::not_written(&self.prepared, &error))
    }

    fn write_at<I: Section, O: Section>(
        &self,
        path: &Path,
        checkpoint: &Checkpoint<I, O>,
        disk: &Disk,
    ) -> Result<(), AdapterError> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::NOFOLLOW;
        let write = || -> io::Result<()> {
            let mut file = open_own(&self.temporary, flags)?;
            file.write_all(&checkpoint.encode())?;
            disk.sync(&self.temporary, &file)?;
            std::fs::rename(&self.temporary, path)?;
            disk.sync(path, &self.folder)
        };
        write().map_err(|error| Self::not_written(path, &error))
    }

    fn not_written(path: &Path, error: &io::Error) -> AdapterError {
        let doing = "write the checkpoint";
        AdapterError::io("E_CHECKPOINT_WRITE", doing, path, error, WRITE_HELP)
    }
}

/// A checkpoint whose other half may have come to be, and nobody is asked.
pub(crate) fn undecided(path: &Path) -> AdapterError {
    AdapterError::new(
        "E_CHECKPOINT_UNDECIDED",
        format!(
            "a run that was cut off prepared the checkpoint {}.prepared, and only the sink that it had \
             knows whether it is in force",
            path.display()
        ),
        "start the deployment that ran before until it stops in good order, and then this one",
    )
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
