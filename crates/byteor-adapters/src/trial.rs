//! Trying the connections of a run without moving a record: step by step, so that it shows which step
//! fails, and what to do about that one.

use std::ffi::OsStr;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::error::AdapterError;
use crate::folder::Folder;
use crate::roots::{Access, Roots};

/// A step of a trial. Those of a side come in this order, and one that fails is the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The file, or the folder of one that is written, is there and may be used.
    Open,
    /// The address is free and may be listened at.
    Listen,
    /// The name has addresses that may be reached.
    Resolve,
    /// One of them takes a connection.
    Connect,
    /// The peer proves itself by a certificate that is trusted.
    Secure,
    /// The peer speaks the protocol, and takes who connects for whom they say they are.
    Authenticate,
    /// What is read or written is there, or will be made.
    Find,
}

impl Step {
    /// Its name in what a trial says.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Listen => "listen",
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Secure => "secure",
            Self::Authenticate => "authenticate",
            Self::Find => "find",
        }
    }

    /// The code of a failure that has none of its own, because a run would try again.
    const fn code(self) -> &'static str {
        match self {
            Self::Open => "E_TRIAL_OPEN",
            Self::Listen => "E_LISTEN",
            Self::Resolve => "E_TRIAL_RESOLVE",
            Self::Connect => "E_TRIAL_CONNECT",
            Self::Secure => "E_TRIAL_SECURE",
            Self::Authenticate => "E_TRIAL_AUTHENTICATE",
            Self::Find => "E_TRIAL_FIND",
        }
    }

    /// What to do about one.
    pub(crate) const fn help(self) -> &'static str {
        match self {
            Self::Open => "let the user that runs the pipeline use the file, or name another one",
            Self::Listen => {
                "free the port, or name another one in the config; a pipeline that already runs on \
                 this host may have it"
            }
            Self::Resolve => "correct the name in the config, or have this host's resolver know it",
            Self::Connect => {
                "see that the server runs, that the port in the config is its own, and that no \
                 firewall stands between"
            }
            Self::Secure => {
                "name the authority of the server's certificate in the config, or the server by a \
                 name that stands in it; without TLS on the server, use the scheme without TLS"
            }
            Self::Authenticate => {
                "correct the user, the secret's file, or the scheme in the config, or let the server \
                 know this user"
            }
            Self::Find => "correct the name in the config, or make it on the server",
        }
    }
}

/// A step that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The step.
    pub step: Step,
    /// How long it took.
    pub took: Duration,
    /// What came of it.
    pub outcome: Outcome,
}

impl Tried {
    /// The same, naming the boundary of a graph that was tried, where there are several.
    #[must_use]
    pub fn at_boundary(mut self, boundary: Option<&str>) -> Self {
        self.outcome = match (self.outcome, boundary) {
            (Outcome::Found(found), Some(boundary)) => {
                Outcome::Found(format!("boundary `{boundary}`: {found}"))
            }
            (Outcome::Failed(error), boundary) => Outcome::Failed(error.at_boundary(boundary)),
            (other, _) => other,
        };
        self
    }
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It worked; what was found, for people.
    Found(String),
    /// It failed.
    Failed(AdapterError),
    /// It wasn't tried, because a secret would have been sent; why, and what to do, for people.
    HeldBack(&'static str, &'static str),
}

/// The steps of one side, told as they are done.
pub struct Trial<'a> {
    most: Duration,
    holds_back: bool,
    told: &'a mut (dyn FnMut(Tried) + Send),
}

/// Why a step is held back, and what to do about it.
const HELD_BACK: &str =
    "the secret was not sent: nobody approved yet that this agent sends it there";
const HELD_BACK_HELP: &str = "ask for the deployment; once a bundle with this server and this secret was approved and ran on this \
     agent, a trial goes on from here";

/// Why a step failed.
#[derive(Debug)]
pub enum Missed {
    /// In words that follow a subject; a run would try again.
    Why(String),
    /// A run would end with it.
    Error(AdapterError),
}

impl From<AdapterError> for Missed {
    fn from(error: AdapterError) -> Self {
        Self::Error(error)
    }
}

impl<'a> Trial<'a> {
    /// Each step may take `most`; `told` is given each as it ends.
    pub fn new(most: Duration, told: &'a mut (dyn FnMut(Tried) + Send)) -> Self {
        Self {
            most,
            holds_back: false,
            told,
        }
    }

    /// The same, which ends in front of [`Step::Authenticate`] where `holds_back`: no secret is sent.
    #[must_use]
    pub fn holding_back(mut self, holds_back: bool) -> Self {
        self.holds_back = holds_back;
        self
    }

    /// Whether it ends in front of [`Step::Authenticate`].
    #[cfg(feature = "net")]
    pub(crate) fn holds_back(&self) -> bool {
        self.holds_back
    }

    /// Whether the step isn't tried, which is told then.
    fn is_held_back(&mut self, step: Step) -> bool {
        let held = self.holds_back && step == Step::Authenticate;
        if held {
            (self.told)(Tried {
                step,
                took: Duration::ZERO,
                outcome: Outcome::HeldBack(HELD_BACK, HELD_BACK_HELP),
            });
        }
        held
    }

    /// Does a step that can't take long. `who` is the subject of the words.
    pub fn now<T>(
        &mut self,
        step: Step,
        who: &str,
        work: impl FnOnce() -> Result<(T, String), Missed>,
    ) -> Option<T> {
        if self.is_held_back(step) {
            return None;
        }
        let begun = Instant::now();
        let outcome = work();
        self.tell(step, who, begun, outcome)
    }

    /// The same for a step that waits for somebody.
    #[cfg(feature = "net")]
    pub async fn step<T>(
        &mut self,
        step: Step,
        who: &str,
        work: impl Future<Output = Result<(T, String), Missed>>,
    ) -> Option<T> {
        if self.is_held_back(step) {
            return None;
        }
        let begun = Instant::now();
        let outcome = match tokio::time::timeout(self.most, work).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let seconds = self.most.as_secs();
                Err(Missed::Why(format!("didn't answer within {seconds} s")))
            }
        };
        self.tell(step, who, begun, outcome)
    }

    fn tell<T>(
        &mut self,
        step: Step,
        who: &str,
        begun: Instant,
        outcome: Result<(T, String), Missed>,
    ) -> Option<T> {
        let took = begun.elapsed();
        let (given, outcome) = match outcome {
            Ok((given, words)) => (Some(given), Outcome::Found(words)),
            Err(Missed::Error(error)) => (None, Outcome::Failed(error)),
            Err(Missed::Why(why)) => {
                let message = format!("{who} {why}");
                let error = AdapterError::new(step.code(), message, step.help());
                (None, Outcome::Failed(error))
            }
        };
        (self.told)(Tried {
            step,
            took,
            outcome,
        });
        given
    }

    /// A file that is read: it is there and may be. Of several that a path matches, the first one; there
    /// may be none yet.
    pub fn read_file(&mut self, roots: &Roots, path: &Path) {
        let who = path.display().to_string();
        let Some(mut folder) = Folder::of(path) else {
            return self.open_file(roots, path);
        };
        let mut first = None;
        self.now(Step::Open, &who, || {
            let names = folder.behind(roots, path, OsStr::new(""))?;
            first = names.first().map(|(name, _)| path.with_file_name(name));
            let words = match names.len() {
                0 => format!("no file matches {who} yet"),
                1 => format!("1 file matches {who}"),
                many => format!("{many} files match {who}"),
            };
            Ok(((), words))
        });
        if let Some(first) = first {
            self.open_file(roots, &first);
        }
    }

    fn open_file(&mut self, roots: &Roots, path: &Path) {
        let who = path.display().to_string();
        self.now(Step::Open, &who, || {
            let opened = roots.open(path, Access::Read);
            let file = opened.map_err(|error| unusable(error, "open", path))?;
            let size = file.metadata().map(|of| of.len());
            let size = size.map_err(|error| Missed::Why(format!("can't be looked at: {error}")))?;
            Ok(((), format!("{who} has {size} bytes")))
        });
    }

    /// A file that is written: it may be, or made in its folder.
    pub fn write_file(&mut self, roots: &Roots, path: &Path) {
        let who = path.display().to_string();
        self.now(Step::Open, &who, || {
            let (there, at) = match roots.identity(path) {
                Ok(_) => (true, path),
                Err(error) if error.is_missing() => (false, path.parent().unwrap_or(path)),
                Err(error) => return Err(unusable(error, "look at", path)),
            };
            let folder = roots.open_parent(path);
            let folder = folder.map_err(|error| unusable(error, "open the folder of", path))?;
            let name = match there {
                true => path.file_name().map_or(Path::new("."), Path::new),
                false => Path::new("."),
            };
            let may = rustix::fs::Access::WRITE_OK;
            let effective = rustix::fs::AtFlags::EACCESS;
            rustix::fs::accessat(&folder, name, may, effective).map_err(|error| {
                let error = std::io::Error::from(error);
                let what = format!("may not be written: {}: {error}", at.display());
                Missed::Why(what)
            })?;
            let words = match there {
                true => format!("{who} may be written"),
                false => format!("{who} isn't there yet, and may be made"),
            };
            Ok(((), words))
        });
    }
}

fn unusable(error: crate::roots::OpenError, doing: &str, path: &Path) -> Missed {
    Missed::Error(error.or_io(Step::Open.code(), doing, path, Step::Open.help()))
}
