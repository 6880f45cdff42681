//! The registered mappings, in a list that a signal handler may walk.
//!
//! A node is never freed, only used again, so that a pointer into the list is always good. Its state
//! says whether the two numbers in it are whole: whoever reads them looks at the state before and
//! after.

use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};

/// Low bits of the state; above them a count that changes with each use.
const FREE: u64 = 0;
const CHANGING: u64 = 1;
const USED: u64 = 2;
const STATE: u64 = 3;
const USES: u64 = 4;

/// One mapping, or a place for one.
#[derive(Debug)]
struct Node {
    state: AtomicU64,
    /// First byte, as an address; written while the state is `CHANGING`.
    base: AtomicUsize,
    /// How many bytes; written while the state is `CHANGING`.
    bytes: AtomicUsize,
    /// 1 where bytes were lost; set by the handler.
    lost: AtomicU32,
    /// The next node; written before the node is in the list.
    next: AtomicPtr<Node>,
}

static LIST: AtomicPtr<Node> = AtomicPtr::new(ptr::null_mut());

fn nodes() -> impl Iterator<Item = &'static Node> {
    let mut at = LIST.load(Ordering::Acquire);
    std::iter::from_fn(move || {
        // SAFETY: null, or a node that was leaked into the list.
        let node = unsafe { at.as_ref() }?;
        at = node.next.load(Ordering::Acquire);
        Some(node)
    })
}

/// A place that nobody else has, in the state `CHANGING`.
fn claim() -> &'static Node {
    for node in nodes() {
        let state = node.state.load(Ordering::Relaxed);
        let claimed = (state & !STATE).wrapping_add(USES) | CHANGING;
        if state & STATE == FREE
            && node
                .state
                .compare_exchange(state, claimed, Ordering::AcqRel, Ordering::Relaxed)
                .is_ok()
        {
            // Whoever sees one of the numbers to come sees this state as well.
            fence(Ordering::Release);
            return node;
        }
    }
    let node: &'static Node = Box::leak(Box::new(Node {
        state: AtomicU64::new(CHANGING),
        base: AtomicUsize::new(0),
        bytes: AtomicUsize::new(0),
        lost: AtomicU32::new(0),
        next: AtomicPtr::new(ptr::null_mut()),
    }));
    let mut first = LIST.load(Ordering::Relaxed);
    loop {
        node.next.store(first, Ordering::Release);
        let node = ptr::from_ref(node).cast_mut();
        match LIST.compare_exchange(first, node, Ordering::AcqRel, Ordering::Relaxed) {
            Ok(_) => break,
            Err(found) => first = found,
        }
    }
    node
}

/// A mapping that the handler may cover with zero pages where its file was cut off. Goes before the
/// mapping does.
#[derive(Debug)]
pub struct Registration {
    node: &'static Node,
}

impl Registration {
    /// Registers `bytes` bytes from `base` on.
    ///
    /// # Safety
    /// They are a mapping of the caller's own, from a page's start on, until the registration is
    /// dropped; all access to it is such that bytes may become zero at any time.
    pub unsafe fn new(base: NonNull<u8>, bytes: usize) -> Self {
        let node = claim();
        node.base.store(base.as_ptr().addr(), Ordering::Relaxed);
        node.bytes.store(bytes, Ordering::Relaxed);
        node.lost.store(0, Ordering::Relaxed);
        let used = node.state.load(Ordering::Relaxed) & !STATE | USED;
        node.state.store(used, Ordering::Release);
        Self { node }
    }

    /// Whether bytes were lost. What was copied before the call and what is found to be there by it
    /// belong together: copy, ask, believe.
    #[inline]
    pub fn lost(&self) -> bool {
        // The copies before it are done first.
        fence(Ordering::Acquire);
        self.node.lost.load(Ordering::Relaxed) != 0
    }

    /// The word behind [`Registration::lost`], 0 until bytes were lost. It is about this mapping as
    /// long as the registration lives.
    pub fn word(&self) -> &'static AtomicU32 {
        &self.node.lost
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let free = self.node.state.load(Ordering::Relaxed) & !STATE | FREE;
        self.node.state.store(free, Ordering::Release);
    }
}

/// A mapping that has the byte at an address, as the handler sees it.
pub(crate) struct Found {
    node: &'static Node,
    /// One past the last byte.
    pub(crate) end: usize,
}

impl Found {
    /// Marks the mapping, before its pages change.
    pub(crate) fn mark(&self) {
        self.node.lost.store(1, Ordering::SeqCst);
    }
}

/// The mapping that has the byte at `address`. Takes no lock and no memory.
pub(crate) fn find(address: usize) -> Option<Found> {
    nodes().find_map(|node| {
        let state = node.state.load(Ordering::Acquire);
        let base = node.base.load(Ordering::Relaxed);
        let bytes = node.bytes.load(Ordering::Relaxed);
        fence(Ordering::Acquire);
        let whole = state & STATE == USED && node.state.load(Ordering::Relaxed) == state;
        let within = address.checked_sub(base).is_some_and(|at| at < bytes);
        (whole && within).then(|| Found {
            node,
            end: base + bytes,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Addresses that no mapping has: the registry never touches them.
    fn register(base: usize, bytes: usize) -> Registration {
        let base = NonNull::new(ptr::without_provenance_mut(base)).unwrap();
        // SAFETY: nothing faults there, as nothing is there.
        unsafe { Registration::new(base, bytes) }
    }

    #[test]
    fn an_address_finds_its_mapping_and_nothing_before_or_behind_it() {
        let (low, high) = (register(0x10_0000, 0x2000), register(0x20_0000, 0x1000));
        assert_eq!(find(0x10_0000).map(|found| found.end), Some(0x10_2000));
        assert_eq!(find(0x10_1fff).map(|found| found.end), Some(0x10_2000));
        assert!(find(0xf_ffff).is_none() && find(0x10_2000).is_none());
        find(0x20_0fff).unwrap().mark();
        assert!(high.lost() && !low.lost());
        assert_eq!(high.word().load(Ordering::Relaxed), 1);
        drop(high);
        assert!(find(0x20_0000).is_none());
        let again = register(0x20_0000, 0x1000);
        assert!(!again.lost(), "the mark is about one use of the place");
    }

    #[test]
    fn what_is_found_while_others_come_and_go_is_whole() {
        // Each mapping has as many pages as the megabyte that it begins at.
        let at = |n: usize| (0x4000_0000 + n * 0x10_0000, (n % 200 + 1) * 0x1000);
        std::thread::scope(|scope| {
            let writers: Vec<_> = (0..3)
                .map(|part| {
                    scope.spawn(move || {
                        for round in 0..2_000 {
                            let (base, bytes) = at(part + 3 * (round % 300));
                            let one = register(base, bytes);
                            let found = find(base + bytes - 1).expect("it is registered");
                            assert_eq!(found.end, base + bytes);
                            drop(one);
                        }
                    })
                })
                .collect();
            while writers.iter().any(|writer| !writer.is_finished()) {
                for n in 0..900 {
                    let (base, bytes) = at(n);
                    if let Some(found) = find(base) {
                        assert_eq!(found.end, base + bytes);
                    }
                }
            }
        });
    }
}
