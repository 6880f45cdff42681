//! The files of a folder that a path matches, in the order of their names.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use byteor_ascii::{has_wildcard, wildcard_matches};
use rustix::fs::FileType;

use crate::error::AdapterError;
use crate::roots::Roots;

/// A list is as of the folder's last change only where that is so long ago that a later one has another
/// time.
const GRAIN: Duration = Duration::from_secs(1);

/// The names that a pattern matches.
pub(crate) struct Folder {
    pattern: OsString,
    /// Sorted, each with its inode number.
    listed: Vec<(OsString, u64)>,
    /// When the folder changed last before it was listed, where that says enough.
    as_of: Option<SystemTime>,
}

impl Folder {
    /// That of `path`, where its name is a pattern.
    pub fn of(path: &Path) -> Option<Self> {
        let pattern = path.file_name()?;
        has_wildcard(pattern.as_bytes()).then(|| Self {
            pattern: pattern.to_owned(),
            listed: Vec::new(),
            as_of: None,
        })
    }

    /// The names behind `name` that are there now; the folder is that of `path`.
    pub fn behind(
        &mut self,
        roots: &Roots,
        path: &Path,
        name: &OsStr,
    ) -> Result<&[(OsString, u64)], AdapterError> {
        let changed = changed(roots, path)?;
        if self.as_of.is_none_or(|as_of| as_of != changed) {
            let now = SystemTime::now();
            let old = now.duration_since(changed).is_ok_and(|age| age > GRAIN);
            self.as_of = old.then_some(changed);
            self.listed = list(roots, path, "E_INPUT_READ")?;
            let pattern = self.pattern.as_bytes();
            self.listed
                .retain(|(name, _)| wildcard_matches(pattern, name.as_bytes()));
            self.listed.sort_unstable();
        }
        let behind = self
            .listed
            .partition_point(|(one, _)| one.as_os_str() <= name);
        Ok(&self.listed[behind..])
    }

    /// Refuses a file that was read under `was` and would be read again under `now`.
    pub fn refuse_twice(&self, was: &Path, now: &Path) -> Result<(), AdapterError> {
        let name = now.file_name().unwrap_or_default();
        let again = Some(name) > was.file_name();
        if !again || !wildcard_matches(self.pattern.as_bytes(), name.as_bytes()) {
            return Ok(());
        }
        Err(AdapterError::new(
            "E_INPUT_REPLACED",
            format!(
                "the input file {} is {} now, which is matched too, and would be read a second time",
                was.display(),
                now.display()
            ),
            "give it back its name, or move it to another folder once it was read; a log that is \
             rotated is followed by a path without a pattern",
        ))
    }
}

/// Whether `path`, which is a pattern, matches the file `other` by name.
pub(crate) fn matches(path: &Path, other: &Path) -> bool {
    let name = |path: &Path| path.file_name().map(|name| name.as_bytes().to_vec());
    match (name(path), name(other)) {
        (Some(pattern), Some(name)) if has_wildcard(&pattern) => {
            path.parent() == other.parent() && wildcard_matches(&pattern, &name)
        }
        _ => false,
    }
}

const HELP: &str =
    "check that the folder is there, and can be read by the user that runs the pipeline";

/// When the folder of `path` changed last.
fn changed(roots: &Roots, path: &Path) -> Result<SystemTime, AdapterError> {
    let folder = roots
        .open_parent(path)
        .map_err(|error| error.or_io("E_INPUT_READ", "open the folder of", path, HELP))?;
    let changed = std::fs::File::from(folder).metadata();
    changed.and_then(|meta| meta.modified()).map_err(|error| {
        AdapterError::io("E_INPUT_READ", "look at the folder of", path, &error, HELP)
    })
}

/// The names in the folder of `path`, but for those of folders, with their inode numbers.
/// A failure has `code`.
pub(crate) fn list(
    roots: &Roots,
    path: &Path,
    code: &'static str,
) -> Result<Vec<(OsString, u64)>, AdapterError> {
    let folder = roots
        .open_parent(path)
        .map_err(|error| error.or_io(code, "open the folder of", path, HELP))?;
    let list = || -> io::Result<Vec<(OsString, u64)>> {
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&folder)? {
            let entry = entry?;
            if entry.file_type() != FileType::Directory {
                let name = OsStr::from_bytes(entry.file_name().to_bytes());
                names.push((name.to_owned(), entry.ino()));
            }
        }
        Ok(names)
    };
    list().map_err(|error| AdapterError::io(code, "list the folder of", path, &error, HELP))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn names(folder: &mut Folder, path: &Path, behind: &str) -> Vec<String> {
        let found = folder.behind(&Roots::Unrestricted, path, OsStr::new(behind));
        let found = found.unwrap().iter();
        found
            .map(|(name, _)| name.to_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn names_come_in_their_order_and_new_ones_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a-*.log");
        let mut folder = Folder::of(&path).unwrap();
        assert!(names(&mut folder, &path, "").is_empty());
        for name in ["a-2.log", "a-10.log", "b-1.log", ".a-1.log", "a-1.log.part"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        fs::create_dir(dir.path().join("a-0.log")).unwrap();
        assert_eq!(names(&mut folder, &path, ""), ["a-10.log", "a-2.log"]);
        assert_eq!(names(&mut folder, &path, "a-10.log"), ["a-2.log"]);
        // Whether or not the clock of the file system has moved on since.
        for number in 3..40 {
            let name = format!("a-{number}.log");
            fs::write(dir.path().join(&name), "").unwrap();
            assert!(names(&mut folder, &path, "").contains(&name));
        }
        fs::remove_file(dir.path().join("a-10.log")).unwrap();
        assert!(!names(&mut folder, &path, "").contains(&"a-10.log".to_owned()));
    }

    #[test]
    fn a_folder_that_rests_is_not_listed_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("*.log");
        fs::write(dir.path().join("a.log"), "").unwrap();
        let rested = SystemTime::now() - Duration::from_secs(60);
        fs::File::open(dir.path())
            .unwrap()
            .set_modified(rested)
            .unwrap();
        let mut folder = Folder::of(&path).unwrap();
        assert_eq!(names(&mut folder, &path, ""), ["a.log"]);
        assert_eq!(folder.as_of, Some(rested));
        folder.listed.clear();
        assert!(names(&mut folder, &path, "").is_empty(), "as it was listed");
        fs::write(dir.path().join("b.log"), "").unwrap();
        assert_eq!(names(&mut folder, &path, ""), ["a.log", "b.log"]);
    }
}
