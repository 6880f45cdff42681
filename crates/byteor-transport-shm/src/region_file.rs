//! A region's file that is read, not mapped: whoever owns it may truncate it at any moment, which for
//! a mapping would be a signal and for a read is an error.

use std::fs::{File, OpenOptions};
use std::mem::offset_of;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use byteor_abi::SlotClass;
use indexbus_abi::{INDEXBUS_INITIALIZED, LayoutHeader};
use indexbus_transport_shm::Error;

/// The file, open for reading.
pub(crate) struct RegionFile<'p> {
    file: File,
    path: &'p Path,
}

impl<'p> RegionFile<'p> {
    /// Opens a regular file; symbolic links are refused, and a FIFO doesn't hang.
    pub(crate) fn open(path: &'p Path) -> Result<Self, Error> {
        let flags = (rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits();
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(flags as i32)
            .open(path)
            .map_err(|e| io(path, "open it", &e))?;
        let kind = file
            .metadata()
            .map_err(|e| io(path, "examine it", &e))?
            .file_type();
        if !kind.is_file() {
            return Err(Error::NotAFile {
                path: path.to_owned(),
            });
        }
        Ok(Self { file, path })
    }

    /// The header of an initialized region, whose file is as long as it says. Kind and capabilities
    /// are for the caller to look at.
    pub(crate) fn header(&self) -> Result<LayoutHeader, Error> {
        let mut prefix = [0; 64];
        self.read(&mut prefix, 0)?;
        if u32_at(&prefix, SlotClass::INITIALIZED_OFFSET) != INDEXBUS_INITIALIZED {
            return Err(Error::layout(self.path, indexbus::Error::NotInitialized));
        }
        let header = LayoutHeader {
            magic: u32_at(&prefix, offset_of!(LayoutHeader, magic)),
            version: u16_at(&prefix, offset_of!(LayoutHeader, version)),
            flags: u16_at(&prefix, offset_of!(LayoutHeader, flags)),
            capabilities: u32_at(&prefix, offset_of!(LayoutHeader, capabilities)),
            layout_bytes: u32_at(&prefix, offset_of!(LayoutHeader, layout_bytes)),
        };
        let metadata = self.file.metadata();
        let actual = metadata.map_err(|e| io(self.path, "examine it", &e))?.len();
        let expected = u64::from(header.layout_bytes);
        if header.is_compatible_v1() && actual < expected {
            return Err(Error::Truncated {
                path: self.path.to_owned(),
                expected,
                actual,
            });
        }
        Ok(header)
    }

    pub(crate) fn read(&self, into: &mut [u8], at: usize) -> Result<(), Error> {
        self.file.read_exact_at(into, at as u64).map_err(|e| {
            if e.kind() == std::io::ErrorKind::UnexpectedEof {
                let actual = self.file.metadata().map_or(0, |metadata| metadata.len());
                let expected = (at + into.len()) as u64;
                return Error::Truncated {
                    path: self.path.to_owned(),
                    expected,
                    actual,
                };
            }
            io(self.path, "read it", &e)
        })
    }
}

fn io(path: &Path, doing: &'static str, error: &std::io::Error) -> Error {
    let source = rustix::io::Errno::from_io_error(error).unwrap_or(rustix::io::Errno::IO);
    Error::Io {
        path: path.to_owned(),
        doing,
        source,
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_ne_bytes([bytes[at], bytes[at + 1]])
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_ne_bytes(word)
}
