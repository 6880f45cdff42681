//! Which paths the host's owner lets an adapter touch.
//!
//! A path is opened relative to the allowed root that contains it, and the kernel refuses to leave
//! that root or to follow a symbolic link below it (`openat2` with `RESOLVE_BENEATH` and
//! `RESOLVE_NO_SYMLINKS`; where the kernel has no `openat2`, folder by folder without following
//! links). So nothing that a bundle says, and no link that somebody lays, leads out of the roots.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, Mode, OFlags, RenameFlags, ResolveFlags, fsync, open, openat, openat2,
    renameat_with, statat, unlinkat,
};
use rustix::io::Errno;

use crate::error::AdapterError;

/// The code of a path that the host's owner doesn't allow.
pub const E_PATH_OUTSIDE_ROOTS: &str = "E_PATH_OUTSIDE_ROOTS";

/// The folders under which adapters may open files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Roots {
    /// Every path: a person at a terminal acts with their own rights. Agents never use it.
    Unrestricted,
    /// Only paths under these folders.
    Within(Vec<PathBuf>),
}

/// Why a path could not be opened.
#[derive(Debug)]
pub enum OpenError {
    /// The path is not, or does not stay, under an allowed root.
    Outside(AdapterError),
    /// The path is allowed; the system call failed.
    Io(io::Error),
}

impl OpenError {
    /// Whether the file is not there.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::NotFound)
    }

    /// Whether something has the name.
    pub fn is_there(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::AlreadyExists)
    }

    /// As an adapter error: `code` and `doing` are used where the system call failed.
    pub fn or_io(self, code: &'static str, doing: &str, path: &Path, help: &str) -> AdapterError {
        match self {
            Self::Outside(error) => error,
            Self::Io(error) => AdapterError::io(code, doing, path, &error, help),
        }
    }
}

impl From<Errno> for OpenError {
    fn from(errno: Errno) -> Self {
        Self::Io(errno.into())
    }
}

/// How to open a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// For reading; it must exist.
    Read,
    /// For reading and writing; made when it doesn't exist, never truncated.
    ReadWriteCreate,
}

impl Roots {
    /// Only paths under `roots`, which must be absolute and without `..`.
    pub fn within(roots: Vec<PathBuf>) -> Result<Self, AdapterError> {
        for root in &roots {
            if !is_plain_absolute(root) {
                return Err(AdapterError::new(
                    "E_ALLOW_ROOT",
                    format!(
                        "the allowed root {} is not an absolute path without `..`",
                        root.display()
                    ),
                    "name each allowed root as an absolute path",
                ));
            }
        }
        Ok(Self::Within(roots))
    }

    /// Opens the file at `path`.
    pub fn open(&self, path: &Path, access: Access) -> Result<File, OpenError> {
        let flags = match access {
            // NONBLOCK: opening a FIFO that nobody writes must not hang; regular files ignore it.
            Access::Read => OFlags::RDONLY | OFlags::NONBLOCK,
            Access::ReadWriteCreate => OFlags::RDWR | OFlags::CREATE | OFlags::NONBLOCK,
        };
        Ok(File::from(self.open_with(path, flags)?))
    }

    /// Device and inode of what `path` names now.
    pub fn identity(&self, path: &Path) -> Result<(u64, u64), OpenError> {
        let fd = self.open_with(path, OFlags::PATH)?;
        let stat = rustix::fs::fstat(&fd)?;
        Ok((stat.st_dev, stat.st_ino))
    }

    /// Opens the folder that holds `path`.
    pub fn open_parent(&self, path: &Path) -> Result<OwnedFd, OpenError> {
        let parent = path.parent().filter(|p| !p.as_os_str().is_empty());
        self.open_with(
            parent.unwrap_or(Path::new(".")),
            OFlags::RDONLY | OFlags::DIRECTORY,
        )
    }

    /// Makes a file's new name durable.
    pub fn sync_parent(&self, path: &Path) -> Result<(), OpenError> {
        Ok(fsync(self.open_parent(path)?)?)
    }

    /// Gives the file at `from` the name of `to`, in the same folder, where nothing has that.
    pub fn rename_new(&self, from: &Path, to: &Path) -> Result<(), OpenError> {
        let folder = self.open_parent(from)?;
        let name = |path: &Path| path.file_name().unwrap_or_default().to_owned();
        let (from, to) = (name(from), name(to));
        Ok(renameat_with(
            &folder,
            from,
            &folder,
            to,
            RenameFlags::NOREPLACE,
        )?)
    }

    /// Removes the file at `path`; how many bytes it had.
    pub fn remove(&self, path: &Path) -> Result<u64, OpenError> {
        let folder = self.open_parent(path)?;
        let name = path.file_name().unwrap_or_default();
        let size = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW)?.st_size;
        unlinkat(&folder, name, AtFlags::empty())?;
        Ok(u64::try_from(size).unwrap_or(0))
    }

    fn open_with(&self, path: &Path, flags: OFlags) -> Result<OwnedFd, OpenError> {
        let flags = flags | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(0o666);
        let Self::Within(roots) = self else {
            return Ok(open(path, flags, mode)?);
        };
        if !is_plain_absolute(path) {
            return Err(outside(path, "it is not an absolute path without `..`"));
        }
        // The longest root that holds the path decides; nested roots are all the owner's word.
        let Some(root) = roots
            .iter()
            .filter(|root| path.starts_with(root))
            .max_by_key(|root| root.components().count())
        else {
            return Err(outside(path, "no allowed root holds it"));
        };
        let below = path.strip_prefix(root).expect("the root is a prefix");
        let below = if below.as_os_str().is_empty() {
            Path::new(".")
        } else {
            below
        };
        let root_fd = open(
            root,
            OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        let resolve =
            ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        // openat2 refuses a mode without CREATE.
        let mode = if flags.contains(OFlags::CREATE) {
            mode
        } else {
            Mode::empty()
        };
        let mut tries = 0;
        let opened = loop {
            match openat2(&root_fd, below, flags, mode, resolve) {
                // A rename raced with the walk: the kernel asks to try again.
                Err(Errno::AGAIN) if tries < 16 => tries += 1,
                Err(Errno::NOSYS) => break open_by_steps(&root_fd, below, flags, mode),
                other => break other,
            }
        };
        match opened {
            Ok(fd) => Ok(fd),
            Err(Errno::LOOP) => Err(outside(path, "a symbolic link stands on its way")),
            Err(Errno::XDEV) => Err(outside(path, "it leads out of the allowed root")),
            Err(errno) => Err(errno.into()),
        }
    }
}

/// The same walk for kernels without `openat2`: each folder is opened without following a link.
fn open_by_steps(
    root: &OwnedFd,
    below: &Path,
    flags: OFlags,
    mode: Mode,
) -> Result<OwnedFd, Errno> {
    let mut folder = openat(
        root,
        ".",
        OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    )?;
    let names: Vec<&OsStr> = below
        .components()
        .filter_map(|component| match component {
            Component::Normal(name) => Some(name),
            _ => None,
        })
        .collect();
    let Some((last, folders)) = names.split_last() else {
        return openat(&folder, ".", flags, mode);
    };
    for name in folders {
        let step = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let next = openat(&folder, *name, step, Mode::empty())?;
        let stat = rustix::fs::fstat(&next)?;
        match rustix::fs::FileType::from_raw_mode(stat.st_mode) {
            rustix::fs::FileType::Directory => folder = next,
            rustix::fs::FileType::Symlink => return Err(Errno::LOOP),
            _ => return Err(Errno::NOTDIR),
        }
    }
    let fd = openat(&folder, *last, flags | OFlags::NOFOLLOW, mode)?;
    let stat = rustix::fs::fstat(&fd)?;
    if rustix::fs::FileType::from_raw_mode(stat.st_mode) == rustix::fs::FileType::Symlink {
        return Err(Errno::LOOP);
    }
    Ok(fd)
}

fn is_plain_absolute(path: &Path) -> bool {
    path.is_absolute()
        && path
            .components()
            .all(|part| matches!(part, Component::RootDir | Component::Normal(_)))
}

fn outside(path: &Path, why: &str) -> OpenError {
    OpenError::Outside(AdapterError::new(
        E_PATH_OUTSIDE_ROOTS,
        format!("{} may not be opened: {why}", path.display()),
        "use a path under a root that this host's agent allows, without symbolic links below it, \
         or let the host's owner allow another root",
    ))
}

/// Opens a file of this process's own (checkpoint, lock), which no bundle names.
pub(crate) fn open_own(path: &Path, flags: OFlags) -> io::Result<File> {
    let fd = openat(
        CWD,
        path,
        flags | OFlags::CLOEXEC,
        Mode::from_raw_mode(0o600),
    )?;
    Ok(File::from(fd))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn code(result: Result<File, OpenError>) -> &'static str {
        match result {
            Ok(_) => "opened",
            Err(OpenError::Outside(error)) => error.code,
            Err(OpenError::Io(_)) => "io",
        }
    }

    #[test]
    fn a_path_under_a_root_opens_and_one_outside_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        std::fs::write(root.join("a/b/in.log"), "x\n").unwrap();
        std::fs::write(dir.path().join("secret"), "s").unwrap();
        let roots = Roots::within(vec![root.clone()]).unwrap();

        assert_eq!(
            code(roots.open(&root.join("a/b/in.log"), Access::Read)),
            "opened"
        );
        assert_eq!(
            code(roots.open(&root.join("a/b/out"), Access::ReadWriteCreate)),
            "opened"
        );
        assert_eq!(
            code(roots.open(&dir.path().join("secret"), Access::Read)),
            E_PATH_OUTSIDE_ROOTS
        );
        assert_eq!(
            code(roots.open(&root.join("../secret"), Access::Read)),
            E_PATH_OUTSIDE_ROOTS
        );
        assert_eq!(
            code(roots.open(Path::new("in.log"), Access::Read)),
            E_PATH_OUTSIDE_ROOTS
        );
        // A name that only begins like the root is another folder.
        let sibling = PathBuf::from(format!("{}-2/in.log", root.display()));
        assert_eq!(
            code(roots.open(&sibling, Access::Read)),
            E_PATH_OUTSIDE_ROOTS
        );
    }

    #[test]
    fn a_link_below_a_root_is_refused_wherever_it_leads() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        std::fs::create_dir_all(root.join("real")).unwrap();
        std::fs::create_dir(dir.path().join("elsewhere")).unwrap();
        std::fs::write(dir.path().join("elsewhere/f"), "s").unwrap();
        std::fs::write(root.join("real/f"), "s").unwrap();
        symlink(dir.path().join("elsewhere"), root.join("out")).unwrap();
        symlink("real", root.join("in")).unwrap();
        symlink("real/f", root.join("f")).unwrap();
        let roots = Roots::within(vec![root.clone()]).unwrap();
        for path in ["out/f", "in/f", "f", "out/new"] {
            assert_eq!(
                code(roots.open(&root.join(path), Access::ReadWriteCreate)),
                E_PATH_OUTSIDE_ROOTS,
                "{path}"
            );
        }
        assert!(!dir.path().join("elsewhere/new").exists());
        // The fallback for kernels without openat2 decides the same.
        let fd = open(&root, OFlags::PATH | OFlags::DIRECTORY, Mode::empty()).unwrap();
        for path in ["out/f", "in/f", "f"] {
            let opened = open_by_steps(&fd, Path::new(path), OFlags::RDONLY, Mode::empty());
            assert_eq!(opened.unwrap_err(), Errno::LOOP, "{path}");
        }
        assert!(open_by_steps(&fd, Path::new("real/f"), OFlags::RDONLY, Mode::empty()).is_ok());
    }

    #[test]
    fn without_roots_links_are_followed_as_everywhere() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("f"), "s").unwrap();
        symlink("f", dir.path().join("l")).unwrap();
        assert_eq!(
            code(Roots::Unrestricted.open(&dir.path().join("l"), Access::Read)),
            "opened"
        );
    }

    #[test]
    fn a_name_is_given_once_and_below_the_roots() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        std::fs::create_dir(&root).unwrap();
        for name in ["root/a", "root/b", "c"] {
            std::fs::write(dir.path().join(name), name).unwrap();
        }
        let roots = Roots::within(vec![root.clone()]).unwrap();
        let again = roots.rename_new(&root.join("a"), &root.join("b"));
        assert!(again.unwrap_err().is_there());
        assert_eq!(std::fs::read(root.join("b")).unwrap(), b"root/b");
        roots.rename_new(&root.join("a"), &root.join("d")).unwrap();
        assert_eq!(std::fs::read(root.join("d")).unwrap(), b"root/a");
        assert_eq!(roots.remove(&root.join("d")).unwrap(), 6);
        assert!(roots.remove(&root.join("d")).unwrap_err().is_missing());
        let outside = dir.path().join("c");
        for refused in [
            roots.rename_new(&outside, &dir.path().join("d")),
            roots.remove(&outside).map(drop),
        ] {
            assert!(matches!(refused, Err(OpenError::Outside(_))), "{refused:?}");
        }
        assert!(outside.exists());
    }

    #[test]
    fn a_root_must_be_absolute() {
        assert_eq!(
            Roots::within(vec!["var/log".into()]).unwrap_err().code,
            "E_ALLOW_ROOT"
        );
    }
}
