//! The two processes of a run: their files, a page of words between them, the start of the other one.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indexbus::raw::{Ordering, View, Word64};
use indexbus_transport_shm::Mapping;
use rustix::process::{Pid, getppid};
use rustix::time::{ClockId, clock_gettime};

/// Each word on a cache line of its own.
const LINE: usize = 64;
const BYTES: usize = 4096;

/// Word: an end failed, and the other one has to end too.
const FAILED: usize = 0;
/// Word: the peer is ready.
pub const READY: usize = 1;
/// Word: how far the peer is.
pub const DONE: usize = 2;
/// Word: processor nanoseconds of the peer so far.
pub const PEER_CPU: usize = 3;
/// Words that a run has for itself begin here.
pub const OWN: usize = 4;

/// The page that both ends of a run share.
pub struct Control {
    page: Mapping,
    /// In the peer: the process that started it, whose death ends it.
    parent: Option<Pid>,
}

impl Control {
    pub fn create(folder: &Path) -> Result<Arc<Self>, String> {
        let page = Mapping::create_exclusive(&folder.join("control"), BYTES);
        Self::of(page, None).map(Arc::new)
    }

    pub fn open(folder: &Path) -> Result<Self, String> {
        let deadline = Instant::now() + Duration::from_secs(1);
        let page = Mapping::open(&folder.join("control"), BYTES, deadline);
        Self::of(page, getppid())
    }

    fn of(
        page: Result<Mapping, indexbus_transport_shm::Error>,
        parent: Option<Pid>,
    ) -> Result<Self, String> {
        let page = page.map_err(|e| e.to_string())?;
        Ok(Self { page, parent })
    }

    /// The word `n`, alone on its cache line; all begin as 0.
    pub fn word(&self, n: usize) -> Word64<'_> {
        View::of(&self.page).word(n * LINE)
    }

    /// Stores `value` in the word `n`.
    pub fn say(&self, n: usize, value: u64) {
        self.word(n).store(value, Ordering::Release);
    }

    /// Waits until the word `n` is `value`.
    pub fn wait_for(&self, n: usize, value: u64) -> Result<(), String> {
        while self.word(n).load(Ordering::Acquire) != value {
            self.stop_if_alone()?;
            std::thread::sleep(Duration::from_micros(100));
        }
        Ok(())
    }

    /// For loops that wait: an error where the other end failed. Reads a word that stays in this
    /// core's cache.
    #[inline]
    pub fn stop_if_alone(&self) -> Result<(), String> {
        if self.word(FAILED).load(Ordering::Relaxed) != 0 {
            return Err("the other end failed".to_owned());
        }
        Ok(())
    }

    /// Keeps a failure of this end where the other one sees it.
    pub fn run<T>(&self, end: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
        let ended = end();
        if ended.is_err() {
            self.say(FAILED, 1);
        }
        ended
    }
}

/// The second process of a run.
pub struct Peer {
    control: Arc<Control>,
    waiter: Option<JoinHandle<Result<(), String>>>,
}

impl Peer {
    /// Starts this program as the other end. If that dies, this end's loops learn of it.
    pub fn start(words: Vec<String>, control: &Arc<Control>) -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|e| format!("this program: {e}"))?;
        let mut child = Command::new(program)
            .arg("peer")
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|e| format!("the other end: {e}"))?;
        let shared = Arc::clone(control);
        let waiter = std::thread::spawn(move || {
            shared.run(|| match child.wait() {
                Ok(status) if status.success() => Ok(()),
                Ok(status) => Err(format!("the other end: {status}")),
                Err(e) => Err(format!("the other end: {e}")),
            })
        });
        Ok(Self {
            control: Arc::clone(control),
            waiter: Some(waiter),
        })
    }

    /// Its end.
    pub fn join(mut self) -> Result<(), String> {
        match self.waiter.take().map(JoinHandle::join) {
            Some(Ok(ended)) => ended,
            _ => Err("the other end can't be waited for".to_owned()),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if let Some(waiter) = self.waiter.take() {
            // This end failed: the peer sees it and ends.
            self.control.say(FAILED, 1);
            let _ = waiter.join();
        }
    }
}

/// The thread of a peer that looks after it: tells the other end how much processor time it took,
/// and ends it when the process that started it is gone.
pub fn attend(folder: &Path) -> Result<(), String> {
    let control = Control::open(folder)?;
    std::thread::spawn(move || {
        while getppid() == control.parent {
            control.say(PEER_CPU, processor_nanos());
            std::thread::sleep(Duration::from_millis(50));
        }
        std::process::exit(1);
    });
    Ok(())
}

/// A folder for the files of a run, in memory where the system has that.
pub fn folder() -> Result<tempfile::TempDir, String> {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    made.map_err(|e| format!("a folder for the run: {e}"))
}

/// Processor time of this process so far, in nanoseconds.
pub fn processor_nanos() -> u64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
