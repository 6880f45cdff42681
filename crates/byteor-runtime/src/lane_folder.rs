//! Where the lanes of a graph's run stand, or the rings of a run with several shards: a folder with a
//! file for each region.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, lstat};
use rustix::io::Errno;

use crate::failure::Failure;
use crate::lane_path::{LaneLock, WAIT, taken};

/// The folder of a run while it lasts: removed at the end, and before the start where a killed run
/// left one. Who runs makes it.
///
/// As with the region of a ring ([`LaneFile`](crate::lane_path::LaneFile)), whoever has it holds the
/// lock beside it.
#[derive(Debug)]
pub struct LaneFolder {
    path: PathBuf,
    // Let go after the folder was removed, which `drop` does before fields go.
    _lock: LaneLock,
}

impl LaneFolder {
    /// Takes the folder at `path` for this process alone, and removes what a killed run left there:
    /// a folder of this user with nothing in it but regular files that a run names, nothing else.
    pub fn claim(path: &Path) -> Result<Self, Failure> {
        let lock = LaneLock::take(path, WAIT)?;
        remove(path).map_err(|error| {
            taken(format!(
                "{} can't be taken for the lanes of this run: {error}",
                path.display()
            ))
        })?;
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

impl Drop for LaneFolder {
    fn drop(&mut self) {
        // A folder that stays is removed by the next run.
        let _ = remove(&self.path);
    }
}

/// Removes a run's folder, if it is there; looks at all of it before it removes any.
fn remove(path: &Path) -> io::Result<()> {
    let stat = match lstat(path) {
        Err(Errno::NOENT) => return Ok(()),
        other => other?,
    };
    let user = rustix::process::geteuid().as_raw();
    if FileType::from_raw_mode(stat.st_mode) != FileType::Directory || stat.st_uid != user {
        return Err(io::Error::other(
            "it is no folder that this user left behind",
        ));
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|name| {
            name == byteor_pipeline_exec::lane_graph::COUNTERS_FILE
                || name.starts_with("lane.")
                || name.starts_with(byteor_pipeline_exec::SHARD_FILE)
        });
        if !ours || !entry.file_type()?.is_file() {
            let what = format!("it holds `{}`, which no run made", name.display());
            return Err(io::Error::other(what));
        }
        files.push(entry.path());
    }
    files.iter().try_for_each(fs::remove_file)?;
    fs::remove_dir(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_dead_run_left_is_removed_and_what_is_none_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run");
        let fill = |names: &[&str]| {
            fs::create_dir(&path).unwrap();
            for name in names {
                fs::write(path.join(name), "left behind").unwrap();
            }
        };
        fill(&["counters", "lane.0", "lane.1.2", "shard.0"]);
        let held = LaneFolder::claim(&path).unwrap();
        assert!(!path.exists());
        fill(&["counters"]);
        drop(held);
        assert!(!path.exists());

        fill(&["counters", "letters"]);
        assert_eq!(LaneFolder::claim(&path).unwrap_err().code, "E_LANE_PATH");
        assert_eq!(
            fs::read_dir(&path).unwrap().count(),
            2,
            "nothing of it went"
        );
        fs::remove_dir_all(&path).unwrap();
        fs::write(&path, "a file").unwrap();
        assert_eq!(LaneFolder::claim(&path).unwrap_err().code, "E_LANE_PATH");
        assert_eq!(fs::read(&path).unwrap(), b"a file");
    }
}
