//! A mapped file is cut short under a process: what its handler does, and what it leaves alone.
//!
//! Each case runs in a process of its own, which this program starts as a test of its own: a handler is
//! for the whole process, and some are meant to die.

use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicUsize, Ordering};

use indexbus_sigbus::{Registration, install};
use rustix::mm::{MapFlags, ProtFlags};

const PAGES: usize = 8;
const PAGE: usize = 4096;
const BYTES: usize = PAGES * PAGE;

/// A file of eight pages of ones, and its mapping.
struct Mapped {
    file: File,
    base: NonNull<u8>,
}

// SAFETY: touched by atomics only.
unsafe impl Sync for Mapped {}

impl Mapped {
    fn new() -> Self {
        let file = tempfile::tempfile().unwrap();
        std::os::unix::fs::FileExt::write_all_at(&file, &[1; BYTES], 0).unwrap();
        let prot = ProtFlags::READ | ProtFlags::WRITE;
        let at = std::ptr::null_mut();
        // SAFETY: a new mapping, which stays.
        let base = unsafe { rustix::mm::mmap(at, BYTES, prot, MapFlags::SHARED, &file, 0) };
        Self {
            file,
            base: NonNull::new(base.unwrap().cast()).unwrap(),
        }
    }

    fn register(&self) -> Registration {
        // SAFETY: the mapping stays, and is read by atomics.
        unsafe { Registration::new(self.base, BYTES) }
    }

    fn at(&self, n: usize) -> &AtomicU8 {
        assert!(n < BYTES);
        // SAFETY: within the mapping.
        unsafe { AtomicU8::from_ptr(self.base.as_ptr().add(n)) }
    }

    fn read(&self, n: usize) -> u8 {
        self.at(n).load(Ordering::Relaxed)
    }

    fn cut(&self, bytes: usize) {
        self.file.set_len(bytes as u64).unwrap();
    }
}

const CASE: &str = "INDEXBUS_SIGBUS_TEST_CASE";

/// Runs `body` in a process of its own, as the test `name`, and answers how that ended.
fn alone(name: &str, body: impl FnOnce()) -> ExitStatus {
    if std::env::var(CASE).as_deref() == Ok(name) {
        body();
        std::process::exit(0);
    }
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name])
        .env(CASE, name)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap()
}

fn survives(name: &str, body: impl FnOnce()) {
    let ended = alone(name, body);
    assert!(ended.success(), "{name}: {ended}");
}

fn dies_of_sigbus(name: &str, body: impl FnOnce()) {
    let ended = alone(name, body);
    assert_eq!(ended.signal(), Some(libc::SIGBUS), "{name}: {ended}");
}

#[test]
fn what_was_cut_off_reads_as_zero_and_is_marked() {
    survives("what_was_cut_off_reads_as_zero_and_is_marked", || {
        install().unwrap();
        install().unwrap();
        let (cut, whole) = (Mapped::new(), Mapped::new());
        let (cut_mark, whole_mark) = (cut.register(), whole.register());
        assert_eq!(cut.read(BYTES - 1), 1);
        cut.cut(3 * PAGE);
        assert!(!cut_mark.lost(), "nobody touched it yet");
        assert_eq!(cut.read(5 * PAGE + 7), 0);
        assert!(cut_mark.lost());
        assert_eq!(cut.read(2 * PAGE), 1, "what is left is still the file's");
        assert_eq!(cut.read(3 * PAGE), 0, "lost before it: a second fault");
        cut.at(BYTES - 1).store(9, Ordering::Relaxed);
        assert_eq!(cut.read(BYTES - 1), 9, "writes go nowhere and do no harm");
        assert!(!whole_mark.lost());
        assert_eq!(whole.read(BYTES - 1), 1);
    });
}

#[test]
fn many_threads_may_fault_at_once() {
    survives("many_threads_may_fault_at_once", || {
        install().unwrap();
        for _ in 0..50 {
            let mapped = Mapped::new();
            let mark = mapped.register();
            mapped.cut(0);
            std::thread::scope(|scope| {
                for thread in 0..4 {
                    let (mapped, mark) = (&mapped, &mark);
                    scope.spawn(move || {
                        for n in 0..PAGES {
                            let page = (n + 3 * thread) % PAGES;
                            assert_eq!(mapped.read(page * PAGE + thread), 0);
                            assert!(mark.lost(), "whoever reads a lost page knows");
                        }
                    });
                }
            });
        }
    });
}

#[test]
fn without_the_handler_it_is_the_end() {
    dies_of_sigbus("without_the_handler_it_is_the_end", || {
        let mapped = Mapped::new();
        let _mark = mapped.register();
        mapped.cut(0);
        mapped.read(0);
    });
}

#[test]
fn a_mapping_that_nobody_registered_is_the_end_as_ever() {
    dies_of_sigbus(
        "a_mapping_that_nobody_registered_is_the_end_as_ever",
        || {
            install().unwrap();
            let (mapped, other) = (Mapped::new(), Mapped::new());
            let _mark = other.register();
            mapped.cut(0);
            mapped.read(0);
        },
    );
}

#[test]
fn a_registration_that_is_gone_covers_nothing() {
    dies_of_sigbus("a_registration_that_is_gone_covers_nothing", || {
        install().unwrap();
        let mapped = Mapped::new();
        drop(mapped.register());
        mapped.cut(0);
        mapped.read(0);
    });
}

#[test]
fn what_somebody_sends_ends_a_process_that_had_no_handler() {
    dies_of_sigbus(
        "what_somebody_sends_ends_a_process_that_had_no_handler",
        || {
            // SAFETY: as a C program begins; the standard library installs one of its own.
            unsafe { libc::signal(libc::SIGBUS, libc::SIG_DFL) };
            install().unwrap();
            // SAFETY: a signal to this thread.
            unsafe { libc::raise(libc::SIGBUS) };
        },
    );
}

static CALLED_WITH: AtomicUsize = AtomicUsize::new(0);
static CALLS: AtomicU32 = AtomicU32::new(0);

extern "C" fn with_info(_: i32, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
    // SAFETY: filled by the kernel.
    CALLED_WITH.store(unsafe { (*info).si_addr() }.addr(), Ordering::Relaxed);
    if CALLS.fetch_add(1, Ordering::Relaxed) == 0 {
        // So that the access can be tried again.
        // SAFETY: covers a page of a mapping that this test made.
        unsafe {
            let at = (*info).si_addr();
            let page = at.map_addr(|at| at & !(PAGE - 1));
            let prot = ProtFlags::READ | ProtFlags::WRITE;
            let flags = MapFlags::PRIVATE | MapFlags::FIXED;
            rustix::mm::mmap_anonymous(page, PAGE, prot, flags).unwrap();
        }
    }
}

extern "C" fn without_info(_: i32) {
    CALLS.fetch_add(1, Ordering::Relaxed);
}

#[test]
fn faults_elsewhere_go_to_the_handler_before() {
    survives("faults_elsewhere_go_to_the_handler_before", || {
        // SAFETY: a handler with SA_SIGINFO and its signature.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = with_info as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO;
            assert_eq!(
                libc::sigaction(libc::SIGBUS, &action, std::ptr::null_mut()),
                0
            );
        }
        install().unwrap();
        let (ours, foreign) = (Mapped::new(), Mapped::new());
        let mark = ours.register();
        ours.cut(0);
        foreign.cut(0);
        assert_eq!(ours.read(0), 0);
        assert_eq!(CALLS.load(Ordering::Relaxed), 0);
        assert_eq!(foreign.read(PAGE + 5), 0);
        assert_eq!(CALLS.load(Ordering::Relaxed), 1);
        let address = foreign.base.as_ptr().addr() + PAGE + 5;
        assert_eq!(CALLED_WITH.load(Ordering::Relaxed), address);
        assert!(mark.lost());
    });
}

#[test]
fn a_handler_without_information_is_called_too() {
    survives("a_handler_without_information_is_called_too", || {
        // SAFETY: a handler of the plain signature.
        unsafe { libc::signal(libc::SIGBUS, without_info as *const () as usize) };
        install().unwrap();
        // SAFETY: a signal to this thread.
        unsafe { libc::raise(libc::SIGBUS) };
        assert_eq!(CALLS.load(Ordering::Relaxed), 1);
    });
}
