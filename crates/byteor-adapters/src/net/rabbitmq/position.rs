//! Where in a stream a pipeline is: at a record, known by its number and by what stands in it.

use sha2::{Digest as _, Sha256};

/// A record that was given to the loop, and where the next one is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// Its number.
    pub(super) offset: u64,
    /// Tells it from another record with this number, of a stream that was made anew.
    pub(super) digest: String,
    /// The number of the next one that wasn't given yet.
    pub(super) next: u64,
}

/// What tells a record from others.
pub(super) fn digest(record: &[u8]) -> String {
    let all = Sha256::digest(record);
    all[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// As a checkpoint keeps a record, in one line.
pub(super) fn written(virtual_host: &str, stream: &str, offset: u64, digest: &str) -> String {
    serde_json::json!([virtual_host, stream, offset, digest]).to_string()
}

/// The same read again, with `skip` records from there that were given; nothing where it is of another
/// stream.
pub(super) fn read(at: &str, skip: u64, virtual_host: &str, stream: &str) -> Option<Position> {
    let (host, name, offset, digest): (String, String, u64, String) =
        serde_json::from_str(at).ok()?;
    (host == virtual_host && name == stream).then(|| Position {
        offset,
        digest,
        next: offset.saturating_add(skip),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_as_it_was_written_and_only_for_its_stream() {
        let digest = digest(b"record");
        assert_eq!(digest.len(), 16);
        let at = written("/", "in\"", 7, &digest);
        let position = Position {
            offset: 7,
            digest,
            next: 10,
        };
        assert_eq!(read(&at, 3, "/", "in\""), Some(position));
        assert_eq!(read(&at, 3, "/", "in"), None);
        assert_eq!(read(&at, 3, "other", "in\""), None);
        assert_eq!(read("[]", 0, "/", "in"), None);
        assert_eq!(read("[\"/\",\"in\",-1,\"\"]", 0, "/", "in"), None);
    }
}
