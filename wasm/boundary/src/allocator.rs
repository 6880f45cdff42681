//! Memory of one operation.
//!
//! An operation allocates tens of thousands of small blocks, and at its end all of them are free
//! again: the request and the answer are the only ones that cross. So a block comes off the end of
//! the memory, or from the list of freed ones of its size; and when the last block is free, the
//! memory starts anew from its beginning. Figures: docs/decisions/0031-allocator.md.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::UnsafeCell;
use std::ptr::null_mut;

/// All blocks start at a multiple of it, and all sizes are multiples of it.
const GRAIN: usize = 16;
/// Sizes up to this are apart by one grain; above, each doubling has four sizes.
const SMALL: usize = 128;
/// How many sizes there are, up to half of the address space.
const CLASSES: usize = SMALL / GRAIN + 4 * 24;
/// WebAssembly's page.
const PAGE: usize = 64 * 1024;

/// The class of a size, and its own size: the least that holds `size` bytes.
const fn class_of(size: usize) -> (usize, usize) {
    if size <= SMALL {
        let grains = if size == 0 { 1 } else { size.div_ceil(GRAIN) };
        return (grains - 1, grains * GRAIN);
    }
    let last = size - 1;
    let doubling = last.ilog2() as usize;
    let step = last >> (doubling - 2);
    let class = SMALL / GRAIN + 4 * (doubling - 7) + (step - 4);
    (class, (step + 1) << (doubling - 2))
}

/// Where blocks come from: the memory's end, and how it grows.
pub(crate) trait Memory {
    /// The first byte that nobody uses, a multiple of [`GRAIN`]; and the end of the memory.
    fn bounds(&self) -> (usize, usize);

    /// Makes the memory larger by at least so many bytes; the new end, or nothing.
    fn grow(&self, bytes: usize) -> Option<usize>;
}

struct State {
    /// The first byte of the memory that was never given out since the start; 0 before the first.
    next: usize,
    end: usize,
    /// How many blocks are in use.
    live: usize,
    /// For each class the first freed block, whose first word leads to the next one.
    free: [usize; CLASSES],
}

/// The allocator. For one thread.
pub(crate) struct SizeClasses<M> {
    memory: M,
    state: UnsafeCell<State>,
}

// SAFETY: WebAssembly without threads has one thread; tests use one from a single thread.
unsafe impl<M> Sync for SizeClasses<M> {}

impl<M: Memory> SizeClasses<M> {
    pub(crate) const fn new(memory: M) -> Self {
        Self {
            memory,
            state: UnsafeCell::new(State {
                next: 0,
                end: 0,
                live: 0,
                free: [0; CLASSES],
            }),
        }
    }

    /// Takes `size` bytes off the end of the memory, at a multiple of `align`.
    fn take(&self, state: &mut State, size: usize, align: usize) -> Option<usize> {
        if state.next == 0 {
            (state.next, state.end) = self.memory.bounds();
        }
        let start = state.next.checked_next_multiple_of(align)?;
        let after = start.checked_add(size)?;
        self.reach(state, after)?;
        state.next = after;
        Some(start)
    }

    /// Makes the memory reach to `after`.
    fn reach(&self, state: &mut State, after: usize) -> Option<()> {
        if after > state.end {
            // More than is needed, so that growing stays seldom.
            let needed = after - state.end;
            let more = needed.max(state.end / 8).max(16 * PAGE);
            let grown = self.memory.grow(more).or_else(|| self.memory.grow(needed));
            state.end = grown?;
        }
        Some(())
    }
}

// SAFETY: blocks are cut from memory that nobody else uses, at multiples of the layout's alignment,
// at least as large as its size; a freed one is given out again only to a layout of its class. Only
// one thread runs, and nothing here calls back into the allocator.
unsafe impl<M: Memory> GlobalAlloc for SizeClasses<M> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: one thread, and no other reference to the state lives during the call.
        let state = unsafe { &mut *self.state.get() };
        if layout.size() > isize::MAX as usize / 2 {
            return null_mut();
        }
        let (class, size) = class_of(layout.size());
        let first = state.free[class];
        let block = if first != 0 && layout.align() <= GRAIN {
            // SAFETY: a freed block is at least one grain large, aligned, ours, and its first word
            // was set when it was freed.
            state.free[class] = unsafe { *(first as *const usize) };
            first
        } else {
            match self.take(state, size, layout.align().max(GRAIN)) {
                Some(block) => block,
                None => return null_mut(),
            }
        };
        state.live += 1;
        block as *mut u8
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as in `alloc`.
        let state = unsafe { &mut *self.state.get() };
        state.live -= 1;
        if state.live == 0 {
            state.free = [0; CLASSES];
            state.next = 0;
            return;
        }
        let (class, _) = class_of(layout.size());
        // SAFETY: the caller gives back a block of this allocator, which is a grain large at least
        // and aligned to one, and no longer used.
        unsafe { *block.cast::<usize>() = state.free[class] };
        state.free[class] = block as usize;
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let (class, size) = class_of(layout.size());
        let (new_class, larger) = class_of(new_size);
        if class == new_class {
            return block;
        }
        {
            // SAFETY: as in `alloc`.
            let state = unsafe { &mut *self.state.get() };
            let last = block as usize + size == state.next;
            if last && larger > size && new_size <= isize::MAX as usize / 2 {
                // The last block of all grows where it stands.
                let after = block as usize + larger;
                if self.reach(state, after).is_some() {
                    state.next = after;
                    return block;
                }
            }
        }
        // SAFETY: the caller promises that `new_size`, rounded up to the alignment, is a valid size.
        let new_layout = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        // SAFETY: the new layout has a size; both blocks are ours and differ, the old one is valid
        // for its layout, and isn't used afterwards.
        unsafe {
            let new = self.alloc(new_layout);
            if !new.is_null() {
                std::ptr::copy_nonoverlapping(block, new, layout.size().min(new_size));
                self.dealloc(block, layout);
            }
            new
        }
    }
}

#[cfg(target_arch = "wasm32")]
mod wasm {
    use super::{GRAIN, Memory, PAGE, SizeClasses};

    #[global_allocator]
    static ALLOCATOR: SizeClasses<Linear> = SizeClasses::new(Linear);

    struct Linear;

    unsafe extern "C" {
        /// The end of the data, set by the linker.
        static __heap_base: u8;
    }

    impl Memory for Linear {
        fn bounds(&self) -> (usize, usize) {
            let base = (&raw const __heap_base) as usize;
            let end = core::arch::wasm32::memory_size(0) * PAGE;
            (base.next_multiple_of(GRAIN), end)
        }

        fn grow(&self, bytes: usize) -> Option<usize> {
            let pages = bytes.div_ceil(PAGE);
            let before = core::arch::wasm32::memory_grow(0, pages);
            // The last page stays unused, so that addresses never reach the end of a usize.
            (before != usize::MAX).then(|| before.saturating_add(pages).min(65_535) * PAGE)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn each_size_has_a_class_that_holds_it_and_no_larger_one_than_needed() {
        let mut before = (0, GRAIN);
        for size in 1..300_000 {
            let (class, holds) = class_of(size);
            assert!(holds >= size && holds % GRAIN == 0);
            assert!(
                holds <= GRAIN || holds * 3 <= size * 4 + 3 * GRAIN,
                "{size}"
            );
            if class == before.0 {
                assert_eq!(holds, before.1);
            } else {
                assert_eq!((class, size), (before.0 + 1, before.1 + 1));
            }
            before = (class, holds);
        }
        assert_eq!(class_of(0), (0, GRAIN));
        assert!(class_of((isize::MAX as usize / 2) & 0x3fff_ffff).0 < CLASSES);
    }

    /// A memory of a fixed length.
    struct Room(UnsafeCell<Vec<u128>>);

    impl Memory for Room {
        fn bounds(&self) -> (usize, usize) {
            // SAFETY: one thread.
            let room = unsafe { &*self.0.get() };
            let start = room.as_ptr() as usize;
            (start, start + room.len() * 16)
        }

        fn grow(&self, _: usize) -> Option<usize> {
            None
        }
    }

    #[test]
    fn blocks_never_overlap_keep_their_bytes_and_start_anew_when_all_are_free() {
        let room = UnsafeCell::new(vec![0u128; 1 << 20]);
        let allocator = SizeClasses::new(Room(room));
        let mut random = 12345u64;
        let mut next = |below: u64| {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(99);
            (random >> 33) % below
        };
        let mut blocks: BTreeMap<usize, (usize, u8)> = BTreeMap::new();
        let layout = |size: usize| Layout::from_size_align(size, 8).expect("a small size");
        let check = |start: usize, size: usize, mark: u8| {
            // SAFETY: a block that is in use.
            let bytes = unsafe { std::slice::from_raw_parts(start as *const u8, size) };
            assert!(bytes.iter().all(|byte| *byte == mark));
        };
        for round in 0..60_000u64 {
            let size = 1 + next(if round % 97 == 0 { 20_000 } else { 200 }) as usize;
            let place = blocks.len() as u64;
            let pick = |at: u64| *blocks.keys().nth(at as usize).expect("a block");
            let (start, size) = match next(5) {
                // SAFETY: the layout has a size.
                0..2 => (unsafe { allocator.alloc(layout(size)) } as usize, size),
                2 if place > 0 => {
                    let old = pick(next(place));
                    let (was, mark) = blocks.remove(&old).expect("a block");
                    // SAFETY: a block that is in use, with its layout.
                    let new = unsafe { allocator.realloc(old as *mut u8, layout(was), size) };
                    check(new as usize, was.min(size), mark);
                    (new as usize, size)
                }
                _ if place > 0 => {
                    let old = pick(next(place));
                    let (was, mark) = blocks.remove(&old).expect("a block");
                    check(old, was, mark);
                    // SAFETY: a block that is in use, with its layout.
                    unsafe { allocator.dealloc(old as *mut u8, layout(was)) };
                    continue;
                }
                _ => continue,
            };
            assert!(start != 0 && start % 16 == 0);
            if let Some((before, (long, _))) = blocks.range(..=start).next_back() {
                assert!(before + long <= start);
            }
            if let Some((after, _)) = blocks.range(start..).next() {
                assert!(start + size <= *after);
            }
            let mark = round as u8;
            // SAFETY: the block is that large.
            unsafe { std::ptr::write_bytes(start as *mut u8, mark, size) };
            blocks.insert(start, (size, mark));
        }
        for (start, (size, mark)) in blocks {
            check(start, size, mark);
            // SAFETY: a block that is in use, with its layout.
            unsafe { allocator.dealloc(start as *mut u8, layout(size)) };
        }
        let (start, end) = allocator.memory.bounds();
        // SAFETY: the layouts have sizes.
        unsafe {
            assert_eq!(allocator.alloc(layout(1)) as usize, start);
            let aligned = Layout::from_size_align(64, 4096).expect("a layout");
            assert_eq!(allocator.alloc(aligned) as usize % 4096, 0);
            assert!(allocator.alloc(layout(end - start)).is_null());
        }
    }
}
