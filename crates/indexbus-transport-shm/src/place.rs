//! Where region files are put.

use std::path::{Path, PathBuf};

/// The file system in memory that Linux has.
const MEMORY: &str = "/dev/shm";

/// The path of the region `name`: in `/dev/shm`, which is memory, where the system has that; else in
/// the folder for temporary files, where writes may reach a disk.
///
/// `None` where `name` is no plain file name: empty, beginning with a dot, or with a slash or a zero
/// byte in it.
pub fn region_path(name: &str) -> Option<PathBuf> {
    let plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\0']);
    let memory = Path::new(MEMORY);
    plain.then(|| {
        if memory.is_dir() {
            memory.join(name)
        } else {
            std::env::temp_dir().join(name)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_file_of_one_folder_and_leads_nowhere_else() {
        let path = region_path("orders").unwrap();
        assert_eq!(path.file_name().unwrap(), "orders");
        assert!(path.parent().unwrap().is_dir());
        for name in ["", ".", "..", ".hidden", "a/b", "/etc/passwd", "a\0"] {
            assert_eq!(region_path(name), None, "{name:?}");
        }
    }
}
