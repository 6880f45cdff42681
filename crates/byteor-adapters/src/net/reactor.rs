//! One thread for all that talks over the network, apart from the pipeline's: a full ring never keeps
//! it from a heartbeat, and a slow peer never keeps a stage from its work.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use crate::error::AdapterError;
use crate::net::watch::Watch;
use crate::prepared::Notice;

/// How often what runs on the reactor looks whether the run was asked to stop.
const LOOK: Duration = Duration::from_millis(50);

/// Says something to people while the run goes on. Called on the reactor.
pub type Tell = Arc<dyn Fn(Notice) + Send + Sync>;

/// The thread, and what is common to all that runs on it.
pub struct Reactor {
    /// What its tasks are given.
    pub context: Context,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What a task knows of the run that it belongs to.
#[derive(Clone)]
pub struct Context {
    handle: Handle,
    /// The process's: another run may come behind this one.
    stop: Arc<AtomicBool>,
    /// This reactor ends.
    ends: Arc<AtomicBool>,
    guests: Arc<AtomicUsize>,
    tell: Tell,
    watch: Watch,
    /// That of a graph which this side is for, where there are several.
    boundary: Option<Arc<str>>,
}

/// Somebody who is still to hear something before the reactor ends.
pub struct Guest(Arc<AtomicUsize>);

impl Drop for Guest {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Release);
    }
}

impl Reactor {
    /// Starts the thread. `stop` is the run's; `tell` says something to people.
    pub fn start(stop: Arc<AtomicBool>, tell: Tell) -> Result<Self, AdapterError> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(no_thread)?;
        let context = Context {
            handle: runtime.handle().clone(),
            stop,
            ends: Arc::default(),
            guests: Arc::default(),
            tell,
            watch: Watch::default(),
            boundary: None,
        };
        let (end, ended) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("network".into())
            .spawn(move || {
                // Ends when it is told to, or when the sender is dropped.
                let _ = runtime.block_on(ended);
                // Names that are being looked up may take long; nobody waits for them any more.
                runtime.shutdown_background();
            })
            .map_err(no_thread)?;
        Ok(Self {
            context,
            end: Some(end),
            thread: Some(thread),
        })
    }

    /// Asks everything on it to stop, waits until every [`Guest`] left, at most `most`, and ends it.
    pub fn end(self, most: Duration) {
        self.context.ends.store(true, Ordering::Relaxed);
        let until = Instant::now() + most;
        while self.context.guests.load(Ordering::Acquire) > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Reactor {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // A panic in it was told where it happened.
            let _ = thread.join();
        }
    }
}

fn no_thread(error: std::io::Error) -> AdapterError {
    AdapterError::new(
        "E_THREAD",
        format!("could not start a network thread: {error}"),
        "raise the limit of threads and open files for the user that runs the pipeline",
    )
}

impl Context {
    /// The same for a side of which `watch` is told what is seen; for one of several boundaries, with its
    /// id, which stands in front of what is said to people.
    #[must_use]
    pub fn watched(&self, watch: Watch, boundary: Option<&str>) -> Self {
        Self {
            watch,
            boundary: boundary.map(Arc::from),
            ..self.clone()
        }
    }

    /// What is seen of this side.
    pub(crate) fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Does `work` each time that `pause` has passed, as long as the reactor is there. It must not
    /// block.
    pub fn every(&self, pause: Duration, mut work: impl FnMut() + Send + 'static) {
        self.spawn(async move {
            loop {
                tokio::time::sleep(pause).await;
                work();
            }
        });
    }

    /// Runs `task` on the reactor.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.handle.spawn(task);
    }

    /// Runs `work`, which may block, in a thread of its own that nobody waits for.
    pub fn thread(
        &self,
        name: &str,
        work: impl FnOnce() + Send + 'static,
    ) -> Result<(), AdapterError> {
        let started = std::thread::Builder::new().name(name.into()).spawn(work);
        started.map(drop).map_err(no_thread)
    }

    /// Waits for `task` in a thread that may block. Not to be called on the reactor.
    pub fn block_on<T>(&self, task: impl Future<Output = T>) -> T {
        self.handle.block_on(task)
    }

    /// Runs `task` on the reactor and waits for it. Not to be called on the reactor.
    pub fn wait_for<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, AdapterError> {
        let (done, wait) = std::sync::mpsc::channel();
        self.handle.spawn(async move {
            let _ = done.send(task.await);
        });
        wait.recv().map_err(|_| {
            let help = "this is a defect; start again: the run goes on from the last checkpoint";
            AdapterError::new("E_THREAD", "a task of the network thread panicked", help)
        })
    }

    /// Until it is dropped, the reactor doesn't end.
    pub fn guest(&self) -> Guest {
        self.guests.fetch_add(1, Ordering::Relaxed);
        Guest(Arc::clone(&self.guests))
    }

    /// Whether the run was asked to stop.
    pub fn stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.ends.load(Ordering::Relaxed)
    }

    /// Waits until the run is asked to stop.
    pub async fn stopped(&self) {
        while !self.stopping() {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits until the run was asked to stop, and then as long as a peer still has to answer.
    pub async fn stopping_for_long(&self) {
        self.stopped().await;
        tokio::time::sleep(super::retry::LAST).await;
    }

    /// Says something to people.
    pub fn tell(&self, code: &'static str, message: String) {
        let message = match &self.boundary {
            Some(boundary) => format!("boundary `{boundary}`: {message}"),
            None => message,
        };
        (self.tell)(Notice { code, message });
    }
}
