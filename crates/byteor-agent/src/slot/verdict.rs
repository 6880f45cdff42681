//! Refused, host trouble, failed health: which of the three a failure is.

use byteor_policy::{Refusal, codes};

use super::record::{Base, Said};
use crate::failure::Failure;
use crate::quote;

/// The runtime never came up, or could not be started.
pub const RUNTIME_START: &str = "E_RUNTIME_START";
/// The runtime ended though it should have gone on.
pub const RUNTIME_FAILED: &str = "E_RUNTIME_FAILED";
/// The state folder can't be read or written.
pub const STATE: &str = "E_STATE";
/// The bundle could not be downloaded.
pub const FETCH: &str = "E_FETCH";

/// Longest message that is kept and told, in bytes.
const MESSAGE_BYTES: usize = 1000;

/// Failures of a runtime that are this host's, and not what was deployed.
const HOST_TROUBLE: [&str; 13] = [
    "E_APPROVAL_READ",
    "E_CONFIG_READ",
    "E_SPEC_READ",
    "E_LANE_BUSY",
    "E_CHECKPOINT_WRITE",
    "E_OUTPUT_WRITE",
    "E_REJECT_WRITE",
    "E_CHECKPOINT_BUSY",
    "E_OUTPUT_BUSY",
    "E_REJECT_BUSY",
    "E_REGION_IO",
    "E_EXEC_THREAD",
    "E_THREAD",
];

/// The exit code with which a runtime says that policy refused.
const EXIT_REFUSED: i32 = 4;

/// A code and words, without an instant yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// Stable code.
    pub code: String,
    /// In words, cleaned.
    pub message: String,
}

impl Why {
    /// These.
    pub fn new(code: &str, message: &str) -> Self {
        Self {
            code: code.to_owned(),
            message: quote::clean(message, MESSAGE_BYTES),
        }
    }

    /// The same, at an instant.
    pub fn at(self, wall: u64) -> Said {
        Said {
            code: self.code,
            message: self.message,
            at: wall,
        }
    }
}

impl From<Failure> for Why {
    fn from(failure: Failure) -> Self {
        Self::new(&failure.code, &failure.message)
    }
}

/// Why something isn't running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A rule said no. Final.
    Refused(Why),
    /// This host got in the way. Tried again, for ever.
    Trouble(Why),
    /// It started and failed its health. Tried again, a few times.
    Fell(Why),
}

impl From<Refusal> for Verdict {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Why::new(refusal.code, &refusal.message))
    }
}

impl From<Failure> for Verdict {
    fn from(failure: Failure) -> Self {
        Self::Trouble(failure.into())
    }
}

impl Verdict {
    /// For what was read from this host's own disk: that it isn't what was written there is the
    /// disk's fault, and no word about the deployment.
    #[must_use]
    pub fn of_own_disk(self) -> Self {
        match self {
            Self::Refused(why) if why.code == codes::BUNDLE_HASH => Self::Trouble(why),
            other => other,
        }
    }
}

/// How a runtime ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exit {
    /// The totals that it began with: it may have ended before anybody looked at it.
    pub base: Option<Base>,
    /// Its exit code, where it wasn't a signal.
    pub code: Option<i32>,
    /// `exit code 5`, `signal 9`.
    pub how: String,
    /// It had said `started`.
    pub started: bool,
    /// It said `stopped`, with this reason.
    pub stopped: Option<String>,
    /// It said `failed`, with code and message.
    pub failed: Option<(String, String)>,
    /// Its last line.
    pub last: Option<String>,
}

impl Exit {
    /// It came to the end of a bounded input without an error.
    pub fn ended_well(&self) -> bool {
        let reason = self.stopped.as_deref();
        self.code == Some(0) && self.started && reason.is_some_and(|reason| reason != "stopped")
    }

    /// Why it ended, where it should have gone on.
    pub fn why(&self) -> Why {
        let how = &self.how;
        let (code, message) = match &self.failed {
            Some((code, message)) => {
                let fallback = if self.started {
                    RUNTIME_FAILED
                } else {
                    RUNTIME_START
                };
                return Why::new(quote::code(code).unwrap_or(fallback), message);
            }
            None if !self.started => (
                RUNTIME_START,
                format!("The runtime ended before it had started ({how})."),
            ),
            None => (
                RUNTIME_FAILED,
                format!("The runtime ended though it should have gone on ({how})."),
            ),
        };
        match &self.last {
            Some(last) => Why::new(code, &format!("{message} It last said: {last}")),
            None => Why::new(code, &message),
        }
    }

    /// What the end of something that was tried means.
    pub fn verdict(&self) -> Verdict {
        let why = self.why();
        if self.code == Some(EXIT_REFUSED) && self.failed.is_some() {
            Verdict::Refused(why)
        } else if HOST_TROUBLE.contains(&why.code.as_str()) {
            Verdict::Trouble(why)
        } else {
            Verdict::Fell(why)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(exit: i32, code: &str) -> Exit {
        Exit {
            code: Some(exit),
            how: format!("exit code {exit}"),
            failed: Some((code.to_owned(), "why".to_owned())),
            ..Exit::default()
        }
    }

    #[test]
    fn each_end_of_a_runtime_has_its_word() {
        let word = |exit: Exit| match exit.verdict() {
            Verdict::Refused(why) => format!("refused {}", why.code),
            Verdict::Trouble(why) => format!("trouble {}", why.code),
            Verdict::Fell(why) => format!("fell {}", why.code),
        };
        for (exit, expected) in [
            (failed(4, "E_CRED_EXPIRED"), "refused E_CRED_EXPIRED"),
            (failed(5, "E_OUTPUT_WRITE"), "trouble E_OUTPUT_WRITE"),
            (failed(5, "E_CHECKPOINT_BUSY"), "trouble E_CHECKPOINT_BUSY"),
            (failed(5, "E_INPUT_MISSING"), "fell E_INPUT_MISSING"),
            (failed(5, "made up\0"), "fell E_RUNTIME_START"),
            (
                Exit {
                    started: true,
                    ..failed(5, "")
                },
                "fell E_RUNTIME_FAILED",
            ),
            // Exit code 4 without a word is no refusal of ours.
            (
                Exit {
                    code: Some(4),
                    ..Exit::default()
                },
                "fell E_RUNTIME_START",
            ),
            (
                Exit {
                    started: true,
                    ..Exit::default()
                },
                "fell E_RUNTIME_FAILED",
            ),
        ] {
            assert_eq!(word(exit), expected);
        }
    }

    #[test]
    fn only_a_bounded_input_ends_well() {
        let well = Exit {
            code: Some(0),
            started: true,
            stopped: Some("end_of_input".to_owned()),
            ..Exit::default()
        };
        assert!(well.ended_well());
        for exit in [
            Exit {
                code: Some(1),
                ..well.clone()
            },
            Exit {
                code: None,
                ..well.clone()
            },
            Exit {
                started: false,
                ..well.clone()
            },
            Exit {
                stopped: None,
                ..well.clone()
            },
            Exit {
                stopped: Some("stopped".to_owned()),
                ..well
            },
        ] {
            assert!(!exit.ended_well(), "{exit:?}");
        }
    }

    #[test]
    fn damage_on_our_own_disk_is_no_word_about_the_deployment() {
        let hash = Verdict::from(Refusal::new(codes::BUNDLE_HASH, "other bytes"));
        assert!(matches!(hash.of_own_disk(), Verdict::Trouble(_)));
        let key = Verdict::from(Refusal::new(codes::CRED_KEY, "revoked"));
        assert!(matches!(key.of_own_disk(), Verdict::Refused(_)));
    }
}
