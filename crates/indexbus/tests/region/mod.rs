//! A region on the heap, reached by views only.

use indexbus::raw::{Ordering, View};
use indexbus_transport_local::HeapMemory;

/// Zeroed memory of a layout, and writes that somebody else makes.
#[derive(Debug)]
pub struct Region(HeapMemory);

impl Region {
    pub fn of<T>() -> Self {
        Self(HeapMemory::of::<T>())
    }

    pub fn view(&self) -> View<'_> {
        View::of(&self.0)
    }

    pub fn set32(&self, at: usize, value: u32) {
        self.view().word::<u32>(at).store(value, Ordering::Release);
    }

    pub fn set64(&self, at: usize, value: u64) {
        self.view().word::<u64>(at).store(value, Ordering::Release);
    }

    pub fn get64(&self, at: usize) -> u64 {
        self.view().word::<u64>(at).load(Ordering::Acquire)
    }
}

/// Numbers that are the same in each run.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    /// A number that somebody hostile would write: near a bound, near a power of two, or any.
    pub fn hostile(&mut self) -> u64 {
        let any = self.0 ^ self.below(u64::MAX);
        match self.below(4) {
            0 => any % 4096,
            1 => u64::MAX - any % 4096,
            2 => (1 << (any % 64)) - any % 2,
            _ => any,
        }
    }
}
