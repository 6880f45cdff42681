//! Telling files apart: device, inode, time of birth, and a fingerprint of the first bytes.
//!
//! An inode number alone is not enough, because file systems give it to the next file soon after
//! a file is deleted. So the time of birth is compared where the file system keeps one, and the
//! first bytes (as far as they were consumed or written, at most
//! [`HEAD`]) are hashed too. The fingerprint doesn't depend on the file's size.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::time::UNIX_EPOCH;

use sha2::{Digest, Sha256};

/// Bytes at the start of a file that are fingerprinted, at most.
pub const HEAD: u64 = 1024;

/// Which file a path led to, as far as the file system tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileId {
    /// Device number.
    pub dev: u64,
    /// Inode number.
    pub ino: u64,
    /// When the file was made, in nanoseconds since 1970; 0 where that isn't kept.
    pub born: u64,
}

impl FileId {
    /// That of no file.
    pub const NONE: Self = Self {
        dev: 0,
        ino: 0,
        born: 0,
    };

    /// The identity of an open file.
    pub fn of(meta: &Metadata) -> Self {
        let since = |time: std::time::SystemTime| time.duration_since(UNIX_EPOCH).ok();
        let born = meta.created().ok().and_then(since);
        Self {
            dev: meta.dev(),
            ino: meta.ino(),
            born: born.map_or(0, |since| since.as_nanos() as u64),
        }
    }

    /// Whether `later`, seen by another process or after a restart of the host, is this file.
    ///
    /// Device numbers of disks may change with a restart of the host. Inode and time of birth to
    /// the nanosecond say enough; without the latter the device has to be the same.
    pub fn is(self, later: Self) -> bool {
        let known = self.born != 0 && later.born != 0;
        let place = if known {
            self.born == later.born
        } else {
            self.dev == later.dev
        };
        self.ino == later.ino && place
    }

    /// Device and inode, which are enough while the file is held open.
    pub fn inode(self) -> (u64, u64) {
        (self.dev, self.ino)
    }
}

/// SHA-256 of the first bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// How many bytes were hashed.
    pub len: u64,
    /// Lower-case hexadecimal SHA-256 of them.
    pub sha256: String,
}

impl Fingerprint {
    /// The fingerprint of `head`, of which at most [`HEAD`] bytes count.
    pub fn of(head: &[u8]) -> Self {
        let head = &head[..head.len().min(HEAD as usize)];
        Self {
            len: head.len() as u64,
            sha256: byteor_ascii::hex(&Sha256::digest(head)),
        }
    }

    /// Whether `file` begins with the bytes that were fingerprinted.
    pub fn matches(&self, file: &File) -> io::Result<bool> {
        let head = read_head(file, self.len)?;
        Ok(head.len() as u64 == self.len && Self::of(&head) == *self)
    }
}

/// The first bytes of `file`: `len`, or [`HEAD`], or what is there, whichever is least.
pub fn read_head(file: &File, len: u64) -> io::Result<Vec<u8>> {
    let mut head = vec![0; len.min(HEAD) as usize];
    let mut got = 0;
    while got < head.len() {
        match file.read_at(&mut head[got..], got as u64) {
            Ok(0) => break,
            Ok(n) => got += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    head.truncate(got);
    Ok(head)
}
