//! Where the region of a run stands.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, FileType, access, lstat, unlink};

use crate::failure::{Exit, Failure};

/// The preferred folder of regions; service managers make it.
pub const RUNTIME_DIR: &str = "/run/byteor";

/// The folder of regions where there is no writable [`RUNTIME_DIR`].
pub const SHM_DIR: &str = "/dev/shm";

/// The region's path where `--lane-path` doesn't give one: a name that follows from `key`, which
/// only one run at a time holds (its checkpoint's path).
pub fn default_lane_path(key: &Path) -> PathBuf {
    let usable = Path::new(RUNTIME_DIR).is_dir() && access(RUNTIME_DIR, Access::WRITE_OK).is_ok();
    let folder = if usable { RUNTIME_DIR } else { SHM_DIR };
    let absolute = std::path::absolute(key).unwrap_or_else(|_| key.to_path_buf());
    let hash = byteor_pipeline_spec::sha256_hex(absolute.as_os_str().as_bytes());
    let hex = hash.trim_start_matches("sha256:");
    Path::new(folder).join(format!("byteor-{}.ring", &hex[..16]))
}

/// The region's file while a run lasts: removed at the end, and before the start where a killed
/// run left one.
#[derive(Debug)]
pub struct LaneFile(PathBuf);

impl LaneFile {
    /// Removes what a killed run left at `path`: a regular file of this user, nothing else.
    pub fn claim(path: &Path) -> Result<Self, Failure> {
        let refuse = |message: String| {
            let help = "name another place with --lane-path=PATH";
            Failure::new(Exit::Failed, "E_LANE_PATH", message, help)
        };
        match lstat(path) {
            Ok(stat) => {
                let user = rustix::process::geteuid().as_raw();
                if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile
                    || stat.st_uid != user
                {
                    return Err(refuse(format!(
                        "{} is there already, and is not a region that this user left behind",
                        path.display()
                    )));
                }
                unlink(path).map_err(io::Error::from)
            }
            Err(rustix::io::Errno::NOENT) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
        .map_err(|error| refuse(format!("could not clear {}: {error}", path.display())))?;
        Ok(Self(path.to_path_buf()))
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for LaneFile {
    fn drop(&mut self) {
        // A file that stays is removed by the next run.
        let _ = unlink(&self.0);
    }
}
