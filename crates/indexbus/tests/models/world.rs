//! Where the words of a model live: a model checker's, which sees every access.

use indexbus::raw::{Atomic, Ordering, Words};

/// A model checker.
pub trait World: 'static {
    /// A shared u64; a clone is the same word.
    type U64: Atomic<u64> + Clone + Send + 'static;
    /// A shared u32; a clone is the same word.
    type U32: Atomic<u32> + Clone + Send + 'static;
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
    ($world:ident, $checker:ident, $u32:ident, $u64:ident) => {
        pub struct $world;

        world!(word $checker, $u32, u32, AtomicU32);
        world!(word $checker, $u64, u64, AtomicU64);

        impl World for $world {
            type U64 = $u64;
            type U32 = $u32;
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
world!(Loom, loom, Loom32, Loom64);
// Shuttle: random interleavings of larger cases, sequentially consistent.
world!(Shuttle, shuttle, Shuttle32, Shuttle64);
