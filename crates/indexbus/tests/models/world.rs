//! Where the words of a model live: a model checker's, which sees every access.

use indexbus::raw::{Atomic, Ordering, Words};

/// A model checker.
pub trait World: 'static {
    /// A shared u64; a clone is the same word.
    type U64: Atomic<u64> + Clone + Send + 'static;
    /// A shared u32; a clone is the same word.
    type U32: Atomic<u32> + Clone + Send + 'static;
    /// Plain memory, which must not be read while another thread writes it; a clone is the same.
    type Cell: Plain;
    type Handle;
    /// Where threads sleep, as in the kernel; a clone is the same place.
    type Bed: Clone + Send + 'static;

    fn u64(value: u64) -> Self::U64;
    fn u32(value: u32) -> Self::U32;
    fn spawn(body: impl FnOnce() + Send + 'static) -> Self::Handle;
    fn join(handle: Self::Handle);
    fn yield_now();
    fn bed() -> Self::Bed;
    /// Sleeps until the next wake, unless `word` is another than `expected`; both in one step.
    fn sleep_while(bed: &Self::Bed, word: &Self::U32, expected: u32);
    fn wake_all(bed: &Self::Bed);
}

/// Plain memory: where an access isn't ordered after the one before, the checker tells. So it sees
/// a read that an ordering lets slip behind the store that gives the memory away, which a word doesn't
/// show.
pub trait Plain: Clone + Send + 'static {
    fn new(value: u64) -> Self;
    fn get(&self) -> u64;
    fn set(&self, value: u64);
}

#[derive(Clone)]
pub struct LoomCell(loom::sync::Arc<loom::cell::UnsafeCell<u64>>);

// SAFETY: loom runs one thread at a time, and panics where two accesses are a race.
unsafe impl Send for LoomCell {}

impl Plain for LoomCell {
    fn new(value: u64) -> Self {
        Self(loom::sync::Arc::new(loom::cell::UnsafeCell::new(value)))
    }

    fn get(&self) -> u64 {
        // SAFETY: loom hands out a pointer to the value, and checks that nobody writes it.
        self.0.with(|value| unsafe { *value })
    }

    fn set(&self, value: u64) {
        // SAFETY: as above, that nobody else has it.
        self.0.with_mut(|at| unsafe { *at = value });
    }
}

/// Shuttle knows no races, only orders.
impl Plain for Shuttle64 {
    fn new(value: u64) -> Self {
        Shuttle::u64(value)
    }

    fn get(&self) -> u64 {
        self.load(Ordering::Relaxed)
    }

    fn set(&self, value: u64) {
        self.store(value, Ordering::Relaxed);
    }
}

/// A row of words; a clone is the same row.
#[derive(Clone)]
pub struct Row<A>(Vec<A>);

impl<A: Clone> Row<A> {
    pub fn new(len: usize, word: impl Fn() -> A) -> Self {
        Self((0..len).map(|_| word()).collect())
    }

    pub fn word(&self, n: usize) -> &A {
        &self.0[n]
    }
}

impl<T, A: Atomic<T>> Words<T> for Row<A> {
    fn capacity(&self) -> usize {
        self.0.len()
    }

    fn at(&self, n: usize) -> impl Atomic<T> {
        &self.0[n]
    }
}

macro_rules! world {
    ($world:ident, $checker:ident, $u32:ident, $u64:ident, $cell:ident) => {
        pub struct $world;

        world!(word $checker, $u32, u32, AtomicU32);
        world!(word $checker, $u64, u64, AtomicU64);

        impl World for $world {
            type U64 = $u64;
            type U32 = $u32;
            type Cell = $cell;
            type Handle = $checker::thread::JoinHandle<()>;
            type Bed = $checker::sync::Arc<(
                $checker::sync::Mutex<()>,
                $checker::sync::Condvar,
            )>;

            fn u64(value: u64) -> $u64 {
                $u64($checker::sync::Arc::new($checker::sync::atomic::AtomicU64::new(value)))
            }

            fn u32(value: u32) -> $u32 {
                $u32($checker::sync::Arc::new($checker::sync::atomic::AtomicU32::new(value)))
            }

            fn spawn(body: impl FnOnce() + Send + 'static) -> Self::Handle {
                $checker::thread::spawn(body)
            }

            fn join(handle: Self::Handle) {
                handle.join().unwrap();
            }

            fn yield_now() {
                $checker::thread::yield_now();
            }

            fn bed() -> Self::Bed {
                let mutex = $checker::sync::Mutex::new(());
                $checker::sync::Arc::new((mutex, $checker::sync::Condvar::new()))
            }

            fn sleep_while(bed: &Self::Bed, word: &Self::U32, expected: u32) {
                let guard = bed.0.lock().unwrap();
                if word.load(Ordering::Acquire) == expected {
                    drop(bed.1.wait(guard).unwrap());
                }
            }

            fn wake_all(bed: &Self::Bed) {
                let guard = bed.0.lock().unwrap();
                bed.1.notify_all();
                drop(guard);
            }
        }
    };
    (word $checker:ident, $word:ident, $int:ty, $atomic:ident) => {
        #[derive(Clone)]
        pub struct $word($checker::sync::Arc<$checker::sync::atomic::$atomic>);

        impl Atomic<$int> for $word {
            fn load(&self, order: Ordering) -> $int {
                self.0.load(order)
            }

            fn store(&self, value: $int, order: Ordering) {
                self.0.store(value, order);
            }

            fn compare_exchange(
                &self,
                current: $int,
                new: $int,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$int, $int> {
                self.0.compare_exchange(current, new, success, failure)
            }

            fn fence(order: Ordering) {
                $checker::sync::atomic::fence(order);
            }
        }
    };
}

// Loom: every interleaving, and every stale value that the orderings allow.
world!(Loom, loom, Loom32, Loom64, LoomCell);
// Shuttle: random interleavings of larger cases, sequentially consistent.
world!(Shuttle, shuttle, Shuttle32, Shuttle64, Shuttle64);
