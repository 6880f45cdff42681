//! One mapped file.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::ptr::NonNull;
use std::sync::atomic::AtomicU32;
use std::time::{Duration, Instant};

use indexbus::raw::{Ordering, RegionMemory, View};
use indexbus::{check_header, initialized, read_header};
use indexbus_abi::{INDEXBUS_INITIALIZED, INDEXBUS_MAGIC_IBUS};
use indexbus_sigbus::Registration;
use rustix::fs::{FileType, Mode, OFlags};
use rustix::mm::{MapFlags, ProtFlags};

use crate::{Access, Error, allocate};

/// A file mapped shared, unmapped when dropped. The file itself stays until it is removed.
///
/// Holds no references into the mapping, so it can be moved and shared between threads. What points
/// into it borrows it, or keeps it: see [`RegionMemory`].
///
/// It is registered with `indexbus-sigbus`: in a program that installed the handler, what is cut off
/// the file reads as zero and is marked ([`RegionMemory::lost_word`]); in others it is the end of the
/// process, as ever.
#[derive(Debug)]
pub struct Mapping {
    /// Put away before the memory is.
    registration: Option<Registration>,
    base: NonNull<u8>,
    bytes: usize,
    file: File,
    path: PathBuf,
}

// SAFETY: a `Mapping` is an address, a length and a file; access is by atomics only.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

// SAFETY: page-aligned, where it is until it is unmapped by the drop, readable and writable; others
// write the file through mappings of their own.
unsafe impl RegionMemory for Mapping {
    fn base(&self) -> NonNull<u8> {
        self.base
    }

    fn bytes(&self) -> usize {
        self.bytes
    }

    fn check(&self) -> Result<(), indexbus::Error> {
        self.check_size().map_err(|_| indexbus::Error::Corrupted)
    }

    fn lost_word(&self) -> Option<&'static AtomicU32> {
        self.registration.as_ref().map(Registration::word)
    }
}

impl Mapping {
    /// Creates a file of `bytes` zero bytes that must not exist, for its owner alone and with all its
    /// blocks allocated, and maps it. The file is removed again if that fails.
    pub fn create_exclusive(path: &Path, bytes: usize) -> Result<Self, Error> {
        Self::create_for(path, bytes, Access::Owner)
    }

    /// As [`Mapping::create_exclusive`], for those who `access` says.
    pub fn create_for(path: &Path, bytes: usize, access: Access) -> Result<Self, Error> {
        let flags =
            OFlags::CREATE | OFlags::EXCL | OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let fd = rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR)
            .map_err(|e| Error::io(path, "create it", e))?;
        // Said again, since the process may have a mask that takes bits away.
        let made = rustix::fs::fchmod(&fd, Mode::from_raw_mode(access.mode()))
            .map_err(|e| Error::io(path, "set its mode", e))
            .and_then(|()| {
                allocate::blocks(&fd, bytes).map_err(|e| Error::io(path, "allocate its blocks", e))
            })
            .and_then(|()| Self::map(fd, bytes, path));
        if made.is_err() {
            // Best effort: the first error is the one to tell.
            let _ = rustix::fs::unlink(path);
        }
        made
    }

    /// As [`Mapping::create_exclusive`], after removing a file that is there. A process that still
    /// maps the old one keeps it, apart from the new one.
    pub fn recreate(path: &Path, bytes: usize) -> Result<Self, Error> {
        match rustix::fs::unlink(path) {
            Ok(()) | Err(rustix::io::Errno::NOENT) => Self::create_exclusive(path, bytes),
            Err(e) => Err(Error::io(path, "remove the old one", e)),
        }
    }

    /// Maps a file that another process may have created, without looking at its content: at least
    /// `bytes` bytes, and what follows them, up to four times as many.
    ///
    /// Waits until `deadline` for the file to have `bytes` bytes, then it is `Truncated`. Symbolic
    /// links, anything but a regular file, a file of another user, and one that everyone may write are
    /// refused.
    pub fn open(path: &Path, bytes: usize, deadline: Instant) -> Result<Self, Error> {
        Self::open_for(path, bytes, deadline, Access::Owner)
    }

    /// As [`Mapping::open`]; with [`Access::Group`] the file may be another user's.
    pub fn open_for(
        path: &Path,
        bytes: usize,
        deadline: Instant,
        access: Access,
    ) -> Result<Self, Error> {
        // NONBLOCK: opening a FIFO must not hang; it has no effect on regular files.
        let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let fd = rustix::fs::open(path, flags, Mode::empty())
            .map_err(|e| Error::io(path, "open it", e))?;
        loop {
            let stat = rustix::fs::fstat(&fd).map_err(|e| Error::io(path, "examine it", e))?;
            if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
                return Err(Error::NotAFile {
                    path: path.to_owned(),
                });
            }
            if stat.st_mode & 0o002 != 0 {
                return Err(Error::Permissions {
                    path: path.to_owned(),
                    mode: stat.st_mode & 0o7777,
                });
            }
            if access == Access::Owner && stat.st_uid != rustix::process::geteuid().as_raw() {
                return Err(Error::ForeignOwner {
                    path: path.to_owned(),
                    owner: stat.st_uid,
                });
            }
            let actual = u64::try_from(stat.st_size).unwrap_or(0);
            if actual >= bytes as u64 {
                // Sections of a later version may follow; a wild size is no reason to map it all.
                let whole = usize::try_from(actual).unwrap_or(usize::MAX);
                return Self::map(fd, whole.min(bytes.saturating_mul(4)), path);
            }
            if Instant::now() >= deadline {
                let path = path.to_owned();
                return Err(Error::Truncated {
                    path,
                    expected: bytes as u64,
                    actual,
                });
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn map(fd: OwnedFd, bytes: usize, path: &Path) -> Result<Self, Error> {
        let prot = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping at an address of the kernel's choice.
        let base = unsafe {
            rustix::mm::mmap(std::ptr::null_mut(), bytes, prot, MapFlags::SHARED, &fd, 0)
        }
        .map_err(|e| Error::io(path, "map it", e))?;
        let base = NonNull::new(base.cast())
            .ok_or_else(|| Error::io(path, "map it", rustix::io::Errno::NOMEM))?;
        // SAFETY: mapped just now, and until the drop, which puts the registration away first; regions
        // are read as memory that changes at any time.
        let registration = unsafe { Registration::new(base, bytes) };
        Ok(Self {
            registration: Some(registration),
            base,
            bytes,
            file: File::from(fd),
            path: path.to_owned(),
        })
    }

    /// Waits until `initialized` is 2, then checks the header: kind, capabilities, and that the
    /// layout has at least `layout_bytes` bytes.
    ///
    /// At `deadline` the region is `NotInitialized`, or `IncompatibleLayout` if what is there was
    /// never a region.
    pub fn wait_initialized(
        &self,
        kind: u16,
        capabilities: u32,
        layout_bytes: usize,
        deadline: Instant,
    ) -> Result<(), Error> {
        let view = View::of(self);
        loop {
            match check_header(view, kind, capabilities, layout_bytes) {
                Ok(_) => return Ok(()),
                Err(indexbus::Error::NotInitialized) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(indexbus::Error::NotInitialized) => {
                    let magic = read_header(view).map(|header| header.magic);
                    let word = initialized(view).map(|word| word.load(Ordering::Acquire));
                    let foreign = !matches!(magic, Some(0 | INDEXBUS_MAGIC_IBUS))
                        || word > Some(INDEXBUS_INITIALIZED);
                    let why = if foreign {
                        indexbus::Error::IncompatibleLayout
                    } else {
                        indexbus::Error::NotInitialized
                    };
                    return Err(Error::layout(&self.path, why));
                }
                Err(e) => return Err(Error::layout(&self.path, e)),
            }
        }
    }

    /// The file, as it was named when it was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file still has all the bytes that are mapped. A system call, for now and then:
    /// where no handler is installed, touching a page that was cut off is the end of the process.
    pub fn check_size(&self) -> Result<(), Error> {
        let actual = match self.file.metadata() {
            Ok(metadata) => metadata.len(),
            Err(e) => {
                let errno = rustix::io::Errno::from_io_error(&e).unwrap_or(rustix::io::Errno::IO);
                return Err(Error::io(&self.path, "examine it", errno));
            }
        };
        if actual < self.bytes as u64 {
            let path = self.path.clone();
            return Err(Error::Truncated {
                path,
                expected: self.bytes as u64,
                actual,
            });
        }
        Ok(())
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // First, so that the handler never covers what others map here next.
        self.registration = None;
        // SAFETY: this mapping is ours, and nothing that borrows it is left.
        let unmapped = unsafe { rustix::mm::munmap(self.base.as_ptr().cast(), self.bytes) };
        debug_assert!(unmapped.is_ok());
    }
}
