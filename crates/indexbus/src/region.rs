//! Checks of the header that every region starts with.

use core::sync::atomic::Ordering;

use indexbus_abi::{INDEXBUS_INITIALIZED, INDEXBUS_INITIALIZING, LayoutHeader};

use crate::Error;
use crate::raw::{View, Word32};
use crate::wait::WakeSection;

/// Bytes that every region has at least: header, `initialized`, padding.
const PREFIX: usize = 64;
const INITIALIZED: usize = 16;

/// 0 uninitialized, 1 initializing, 2 initialized. `None` for memory that is no region.
pub fn initialized(view: View<'_>) -> Option<Word32<'_>> {
    (view.bytes() >= PREFIX).then(|| view.word(INITIALIZED))
}

/// Copies the header out of a region, `None` for memory that is none.
pub fn read_header(view: View<'_>) -> Option<LayoutHeader> {
    if view.bytes() < PREFIX {
        return None;
    }
    let word = |at| view.word::<u64>(at).load(Ordering::Relaxed).to_ne_bytes();
    let (low, high) = (word(0), word(8));
    Some(LayoutHeader {
        magic: u32::from_ne_bytes([low[0], low[1], low[2], low[3]]),
        version: u16::from_ne_bytes([low[4], low[5]]),
        flags: u16::from_ne_bytes([low[6], low[7]]),
        capabilities: u32::from_ne_bytes([high[0], high[1], high[2], high[3]]),
        layout_bytes: u32::from_ne_bytes([high[4], high[5], high[6], high[7]]),
    })
}

/// Checks what every reader checks: `initialized`, magic and version, kind, capabilities, and that
/// both the layout and the mapping have at least `layout_bytes` bytes. Unknown capabilities and
/// further bytes are ignored.
pub fn check_header(
    view: View<'_>,
    kind: u16,
    capabilities: u32,
    layout_bytes: usize,
) -> Result<LayoutHeader, Error> {
    let word = initialized(view).ok_or(Error::IncompatibleLayout)?;
    // Before the header, which the creator writes first.
    if word.load(Ordering::Acquire) != INDEXBUS_INITIALIZED {
        return Err(Error::NotInitialized);
    }
    check_kind(view, kind, capabilities, layout_bytes)
}

/// What [`check_header`] checks of the header itself: for state regions, which have no `initialized`.
pub fn check_kind(
    view: View<'_>,
    kind: u16,
    capabilities: u32,
    layout_bytes: usize,
) -> Result<LayoutHeader, Error> {
    let header = read_header(view).ok_or(Error::IncompatibleLayout)?;
    let ok = header.is_compatible_v1()
        && header.region_kind() == kind
        && header.capabilities & capabilities == capabilities
        && header.layout_bytes as usize >= layout_bytes
        && header.layout_bytes as usize <= view.bytes();
    if ok {
        Ok(header)
    } else {
        Err(Error::IncompatibleLayout)
    }
}

/// Initializes a region that nobody else uses yet: `initialized` goes 0 → 1 → 2 around the header and
/// `fill`, which writes all that isn't zero. Where there is room for wake sections of `queues` queues, it
/// gets them. Memory that is too small is `IncompatibleLayout`.
pub fn initialize<'m>(
    view: View<'m>,
    kind: u16,
    capabilities: u32,
    layout_bytes: usize,
    queues: usize,
    fill: impl FnOnce(View<'m>),
) -> Result<(), Error> {
    let word = initialized(view).filter(|_| view.bytes() >= layout_bytes);
    let word = word.ok_or(Error::IncompatibleLayout)?;
    word.store(INDEXBUS_INITIALIZING, Ordering::Release);
    let bytes = layout_bytes as u32;
    let mut header = LayoutHeader::new_v1_with_layout_bytes(capabilities, kind, bytes);
    if queues > 0 {
        header = WakeSection::init_behind(view, header, queues);
    }
    write_header(view, header);
    fill(view);
    word.store(INDEXBUS_INITIALIZED, Ordering::Release);
    Ok(())
}

/// Writes a header, word by word.
///
/// # Panics
/// If the memory has fewer than 16 bytes.
pub fn write_header(view: View<'_>, header: LayoutHeader) {
    let mut bytes = [0; 16];
    bytes[0..4].copy_from_slice(&header.magic.to_ne_bytes());
    bytes[4..6].copy_from_slice(&header.version.to_ne_bytes());
    bytes[6..8].copy_from_slice(&header.flags.to_ne_bytes());
    bytes[8..12].copy_from_slice(&header.capabilities.to_ne_bytes());
    bytes[12..16].copy_from_slice(&header.layout_bytes.to_ne_bytes());
    view.payloads::<1>(0, 0, 16).write(0, &bytes);
}
