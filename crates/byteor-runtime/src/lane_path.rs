//! Where the region of a run stands.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use byteor_adapters::held::with_suffix;
use rustix::fs::{
    Access, FileType, FlockOperation, Mode, OFlags, Stat, access, flock, fstat, lstat, open, unlink,
};
use rustix::io::Errno;

use crate::failure::{Exit, Failure};

/// The preferred folder of regions; service managers make it.
pub const RUNTIME_DIR: &str = "/run/byteor";

/// The folder of regions where there is no writable [`RUNTIME_DIR`].
pub const SHM_DIR: &str = "/dev/shm";

/// The region's path where `--lane-path` doesn't give one: a name that follows from `key`, which
/// only one run at a time holds (its checkpoint's path), and ends with `kind`.
pub fn default_lane_path(key: &Path, kind: &str) -> PathBuf {
    let usable = Path::new(RUNTIME_DIR).is_dir() && access(RUNTIME_DIR, Access::WRITE_OK).is_ok();
    let folder = if usable { RUNTIME_DIR } else { SHM_DIR };
    let absolute = std::path::absolute(key).unwrap_or_else(|_| key.to_path_buf());
    let hash = byteor_pipeline_spec::sha256_hex(absolute.as_os_str().as_bytes());
    let hex = hash.trim_start_matches("sha256:");
    Path::new(folder).join(format!("byteor-{}.{kind}", &hex[..16]))
}

/// How long a run waits for another one to let go of the region: one that was killed may not be
/// quite gone yet.
pub(crate) const WAIT: Duration = Duration::from_secs(2);

/// The region's file while a run lasts: removed at the end, and before the start where a killed
/// run left one.
///
/// Whoever has it holds the lock beside it, which the kernel releases when the process ends, however
/// it ends. So a file that stands at the path while the lock is free belongs to nobody that lives,
/// and one whose lock is held is never touched.
#[derive(Debug)]
pub struct LaneFile {
    path: PathBuf,
    // Let go after the region was removed, which `drop` does before fields go.
    _lock: LaneLock,
}

impl LaneFile {
    /// Takes the region at `path` for this process alone, and removes what a killed run left there:
    /// a regular file of this user, nothing else.
    pub fn claim(path: &Path) -> Result<Self, Failure> {
        Self::claim_within(path, WAIT)
    }

    fn claim_within(path: &Path, wait: Duration) -> Result<Self, Failure> {
        let lock = LaneLock::take(path, wait)?;
        match lstat(path) {
            Ok(stat) if !is_own_file(&stat) => {
                return Err(taken(format!(
                    "{} is there already, and is not a region that this user left behind",
                    path.display()
                )));
            }
            Ok(_) => unlink(path).map_err(io::Error::from),
            Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
        .map_err(|error| taken(format!("could not clear {}: {error}", path.display())))?;
        Ok(Self {
            path: path.to_path_buf(),
            _lock: lock,
        })
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for LaneFile {
    fn drop(&mut self) {
        // A file that stays is removed by the next run.
        let _ = unlink(&self.path);
    }
}

/// Who has a region, as its lock tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// No run that lives: a killed one left it behind.
    Nobody,
    /// A run that lives, by the process id that it wrote down.
    Run(Option<u32>),
    /// This user can't ask: the lock is another user's.
    Unknown,
}

impl Holder {
    /// Looks at the lock of the region at `path`. For a moment it shares the lock where nobody has
    /// it, which a run that starts just then waits for.
    pub fn of(region: &Path) -> Self {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match open(lock_path(region), flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::NOENT) => return Self::Nobody,
            Err(_) => return Self::Unknown,
        };
        match flock(&file, FlockOperation::NonBlockingLockShared) {
            Ok(()) => Self::Nobody,
            Err(Errno::WOULDBLOCK) => Self::Run(written_id(&file)),
            Err(_) => Self::Unknown,
        }
    }
}

fn lock_path(region: &Path) -> PathBuf {
    with_suffix(region, ".lock")
}

/// The lock of a region: `<region>.lock`, which holds the id of the process that has it.
#[derive(Debug)]
pub(crate) struct LaneLock {
    path: PathBuf,
    _file: File,
}

impl LaneLock {
    pub(crate) fn take(region: &Path, wait: Duration) -> Result<Self, Failure> {
        let path = lock_path(region);
        let failed = |error: Errno| taken(format!("could not lock {}: {error}", path.display()));
        let until = Instant::now() + wait;
        loop {
            let flags = OFlags::RDWR
                | OFlags::CREATE
                | OFlags::NOFOLLOW
                | OFlags::NONBLOCK
                | OFlags::CLOEXEC;
            let mode = Mode::RUSR | Mode::WUSR;
            let file = File::from(open(&path, flags, mode).map_err(failed)?);
            let opened = fstat(&file).map_err(failed)?;
            if !is_own_file(&opened) {
                return Err(taken(format!(
                    "{} is there already, and is not a lock of this user",
                    path.display()
                )));
            }
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {
                    // Whoever had it may have removed it between our two calls, and a third may
                    // have made another: only the file that has the name is the lock.
                    let named = lstat(&path);
                    if named.is_ok_and(|named| named.st_ino == opened.st_ino) {
                        return Self::held(path, file);
                    }
                }
                Err(Errno::INTR) => {}
                Err(Errno::WOULDBLOCK) if Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(Errno::WOULDBLOCK) => return Err(busy(region, &file)),
                Err(errno) => return Err(failed(errno)),
            }
        }
    }

    fn held(path: PathBuf, mut file: File) -> Result<Self, Failure> {
        let id = format!("{}\n", std::process::id());
        let written = file.set_len(0).and_then(|()| file.write_all(id.as_bytes()));
        written.map_err(|error| taken(format!("could not write {}: {error}", path.display())))?;
        Ok(Self { path, _file: file })
    }
}

impl Drop for LaneLock {
    fn drop(&mut self) {
        // While it is held: nobody else's can be met. One that stays is taken by the next run.
        let _ = unlink(&self.path);
    }
}

fn is_own_file(stat: &Stat) -> bool {
    let user = rustix::process::geteuid().as_raw();
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile && stat.st_uid == user
}

pub(crate) fn taken(message: String) -> Failure {
    let help = "name another place with --lane-path=PATH";
    Failure::new(Exit::Failed, "E_LANE_PATH", message, help)
}

/// The id in a lock, as far as its holder had time to write it down.
fn written_id(lock: &File) -> Option<u32> {
    let mut id = String::new();
    lock.take(20).read_to_string(&mut id).ok()?;
    id.trim().parse().ok()
}

/// Says who has it.
fn busy(region: &Path, lock: &File) -> Failure {
    let id = written_id(lock);
    let holder = id.map_or("another process".to_owned(), |id| format!("process {id}"));
    Failure::new(
        Exit::Failed,
        "E_LANE_BUSY",
        format!(
            "the region {} belongs to a run that lives, {holder}; nothing of it was touched",
            region.display()
        ),
        "stop that run, or give this one a region of its own with --lane-path=PATH",
    )
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn code(claimed: Result<LaneFile, Failure>) -> String {
        claimed.map_or_else(|failure| failure.code, |_| "claimed".to_owned())
    }

    #[test]
    fn what_a_dead_run_left_is_removed_and_what_a_live_one_has_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ring");
        fs::write(&path, "left behind").unwrap();
        let held = LaneFile::claim(&path).unwrap();
        assert!(!path.exists());
        fs::write(&path, "alive").unwrap();
        let refused = LaneFile::claim_within(&path, Duration::ZERO).unwrap_err();
        assert_eq!(refused.code, "E_LANE_BUSY");
        let me = format!("process {}", std::process::id());
        assert!(refused.message.contains(&me), "{refused}");
        assert_eq!(fs::read(&path).unwrap(), b"alive");
        assert_eq!(Holder::of(&path), Holder::Run(Some(std::process::id())));
        drop(held);
        assert_eq!(Holder::of(&path), Holder::Nobody);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_no_lock_of_ours_is_not_taken_for_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ring");
        let lock = dir.path().join("ring.lock");
        fs::create_dir(&lock).unwrap();
        assert_eq!(code(LaneFile::claim(&path)), "E_LANE_PATH");
        fs::remove_dir(&lock).unwrap();
        fs::write(dir.path().join("other"), "kept").unwrap();
        std::os::unix::fs::symlink("other", &lock).unwrap();
        assert_eq!(code(LaneFile::claim(&path)), "E_LANE_PATH");
        assert_eq!(fs::read(dir.path().join("other")).unwrap(), b"kept");
    }

    #[test]
    fn of_many_that_come_and_go_one_has_it_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ring");
        let (holders, turns) = (AtomicU32::new(0), AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..300 {
                        let Ok(held) = LaneFile::claim_within(&path, Duration::ZERO) else {
                            std::thread::yield_now();
                            continue;
                        };
                        assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0);
                        fs::write(&path, "mine").unwrap();
                        assert!(path.exists());
                        holders.fetch_sub(1, Ordering::SeqCst);
                        turns.fetch_add(1, Ordering::SeqCst);
                        drop(held);
                    }
                });
            }
        });
        assert!(turns.into_inner() > 0);
    }
}
