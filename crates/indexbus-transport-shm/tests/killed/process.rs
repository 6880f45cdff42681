//! Another process at the same lane: this test, started a second time.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use indexbus_transport_shm::{Attach, EventsRegion, OpenOptions};
use rustix::process::{Pid, Signal, kill_process};

const REGION: &str = "INDEXBUS_TEST_PRODUCER_REGION";
const ROLE: &str = "INDEXBUS_TEST_PRODUCER_ROLE";

/// The region and the role of this process, if it is another one.
pub fn other() -> Option<(PathBuf, String)> {
    let path = std::env::var_os(REGION)?;
    Some((path.into(), std::env::var(ROLE).unwrap()))
}

pub fn join(path: &Path) -> EventsRegion {
    let options = OpenOptions {
        create: false,
        attach: Attach::Live,
        ..OpenOptions::default()
    };
    EventsRegion::open_with(path, options).unwrap()
}

/// A payload whose bytes all follow from its number.
pub fn payload(n: u64) -> [u8; 200] {
    let mut payload = [n as u8; 200];
    payload[..8].copy_from_slice(&n.to_le_bytes());
    payload
}

/// Another process, which is killed when this value goes.
pub struct Other(Child);

impl Other {
    /// Starts one, in the test that `test` names, and waits until it said `ready`.
    pub fn start(test: &str, role: &str, path: &Path, ready: &str) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args([test, "--exact", "--nocapture"])
            .env(REGION, path)
            .env(ROLE, role)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = child.unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().ends_with(ready)));
        Self(child)
    }

    pub fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    pub fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.0.id()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    pub fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        self.kill();
    }
}
