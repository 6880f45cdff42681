//! Checks of the header that every region starts with.

use core::ptr::NonNull;

use indexbus_abi::{INDEXBUS_INITIALIZED, LayoutHeader};

use crate::Error;
use crate::raw::{copy_in, word32, word64};

/// Copies the header out of a region.
///
/// # Safety
/// `base` is aligned to 8 and valid for atomic reads of 16 bytes.
pub unsafe fn read_header(base: NonNull<u8>) -> LayoutHeader {
    // SAFETY: by the caller.
    let (low, high) = unsafe { (word64(base, 0).relaxed(), word64(base, 8).relaxed()) };
    let (low, high) = (low.to_ne_bytes(), high.to_ne_bytes());
    LayoutHeader {
        magic: u32::from_ne_bytes([low[0], low[1], low[2], low[3]]),
        version: u16::from_ne_bytes([low[4], low[5]]),
        flags: u16::from_ne_bytes([low[6], low[7]]),
        capabilities: u32::from_ne_bytes([high[0], high[1], high[2], high[3]]),
        layout_bytes: u32::from_ne_bytes([high[4], high[5], high[6], high[7]]),
    }
}

/// Checks what every reader checks: `initialized`, magic and version, kind, capabilities, and that
/// both the layout and the mapping have at least `layout_bytes` bytes. Unknown capabilities and
/// further bytes are ignored.
///
/// # Safety
/// `base` is aligned to 8 and valid for atomic reads of `mapped` bytes.
pub unsafe fn check_header(
    base: NonNull<u8>,
    mapped: usize,
    kind: u16,
    capabilities: u32,
    layout_bytes: usize,
) -> Result<LayoutHeader, Error> {
    if mapped < 64 {
        return Err(Error::IncompatibleLayout);
    }
    // SAFETY: 64 bytes are mapped, by the caller.
    let (initialized, header) = unsafe { (word32(base, 16).acquire(), read_header(base)) };
    if initialized != INDEXBUS_INITIALIZED {
        return Err(Error::NotInitialized);
    }
    let ok = header.is_compatible_v1()
        && header.region_kind() == kind
        && header.capabilities & capabilities == capabilities
        && header.layout_bytes as usize >= layout_bytes
        && header.layout_bytes as usize <= mapped;
    if ok {
        Ok(header)
    } else {
        Err(Error::IncompatibleLayout)
    }
}

/// Writes a header, word by word.
///
/// # Safety
/// `base` is aligned to 8 and valid for atomic writes of 16 bytes.
pub unsafe fn write_header(base: NonNull<u8>, header: LayoutHeader) {
    let mut bytes = [0; 16];
    bytes[0..4].copy_from_slice(&header.magic.to_ne_bytes());
    bytes[4..6].copy_from_slice(&header.version.to_ne_bytes());
    bytes[6..8].copy_from_slice(&header.flags.to_ne_bytes());
    bytes[8..12].copy_from_slice(&header.capabilities.to_ne_bytes());
    bytes[12..16].copy_from_slice(&header.layout_bytes.to_ne_bytes());
    // SAFETY: by the caller.
    unsafe { copy_in(base, &bytes) };
}
