//! An input, read as calls.

use indexbus::Error;
use indexbus::raw::{Ordering, View};
use indexbus_transport_local::HeapMemory;

/// Bytes that are left. Beyond the end there are zeroes.
pub struct Input<'d>(&'d [u8]);

impl<'d> Input<'d> {
    /// The input that `data` is.
    pub fn new(data: &'d [u8]) -> Self {
        Self(data)
    }

    /// The next call, while there is one.
    pub fn call(&mut self) -> Option<u8> {
        let (call, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*call)
    }

    /// The next byte, 0 beyond the end.
    pub fn byte(&mut self) -> u8 {
        self.call().unwrap_or(0)
    }

    /// The next two bytes, little-endian.
    pub fn u16(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    /// A word that somebody else writes: near a bound, near a power of two, or any.
    fn hostile(&mut self) -> u64 {
        let kind = self.byte();
        let near = u64::from(self.u16());
        match kind % 4 {
            0 => near,
            1 => u64::MAX - near,
            2 => (1 << (kind / 4)) - near % 2,
            _ => near << 48 | u64::from(self.u16()) << 24 | u64::from(self.u16()),
        }
    }

    /// Writes a word over the region: into its first `fields` bytes, or anywhere.
    pub fn poke(&mut self, memory: &HeapMemory, fields: usize) {
        let view = View::of(memory);
        let within = if self.byte().is_multiple_of(2) {
            fields
        } else {
            view.bytes()
        };
        let at = usize::from(self.u16()) * 8 % within;
        let value = self.hostile();
        view.word::<u64>(at / 8 * 8).store(value, Ordering::Relaxed);
    }
}

/// As long as nobody else wrote, nothing but `expected` is refused; after that also `Corrupted`.
///
/// # Panics
/// Where another error was answered.
pub fn allowed(error: Error, poked: bool, expected: impl FnOnce(Error) -> bool) {
    assert!(
        (poked && error == Error::Corrupted) || expected(error),
        "{error:?} was answered, {} a word was written over",
        if poked { "after" } else { "before" }
    );
}
