//! The blocks of a region file.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::FallocateFlags;
use rustix::io::Errno;

/// Gives a fresh file `bytes` zero bytes with a block behind each, as `posix_fallocate` does. A file
/// system that is full says so here, and not by a signal to whoever touches a hole later.
pub fn blocks(fd: &OwnedFd, bytes: usize) -> Result<(), Errno> {
    loop {
        match rustix::fs::fallocate(fd, FallocateFlags::empty(), 0, bytes as u64) {
            Err(Errno::INTR) => {}
            // The file system can't: then by writing it all.
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => {
                return zeroes(fd, bytes)
                    .map_err(|e| Errno::from_io_error(&e).unwrap_or(Errno::IO));
            }
            other => return other,
        }
    }
}

fn zeroes(fd: &OwnedFd, mut bytes: usize) -> io::Result<()> {
    let mut file = File::from(fd.as_fd().try_clone_to_owned()?);
    let chunk = [0; 64 * 1024];
    while bytes > 0 {
        let part = bytes.min(chunk.len());
        file.write_all(&chunk[..part])?;
        bytes -= part;
    }
    // A file system that allocates late says so here.
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn written_zeroes_have_their_blocks_as_allocated_ones_do() {
        for make in [blocks, |fd: &OwnedFd, bytes| {
            zeroes(fd, bytes).map_err(|_| Errno::IO)
        }] {
            let file = tempfile::tempfile().unwrap();
            let fd = OwnedFd::from(file);
            make(&fd, 200_000).unwrap();
            let metadata = File::from(fd).metadata().unwrap();
            assert_eq!(metadata.len(), 200_000);
            assert!(metadata.blocks() * 512 >= 200_000);
        }
    }
}
