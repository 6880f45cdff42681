//! A test once more, in a process that ends itself.

use std::ffi::OsStr;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What a process that ends itself gets for it.
const LONG: Duration = Duration::from_secs(60);
/// What `abort` ends a process with.
const SIGABRT: i32 = 6;

/// Runs `test` of this program once more, in a process with the variables `env`, which is to end itself
/// at a store to a region (`indexbus::raw::fail_point`); `meanwhile` is called until it did.
///
/// # Panics
/// If it ends otherwise, or doesn't within a minute.
pub fn until_it_ends_itself(test: &str, env: &[(&str, &OsStr)], mut meanwhile: impl FnMut()) {
    let program = std::env::current_exe().expect("a program knows where it is");
    let mut child = Command::new(program)
        .args(["--exact", test, "--nocapture"])
        .envs(env.iter().copied())
        .stdout(Stdio::null())
        .spawn()
        .expect("a test can be run once more");
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            break status;
        }
        meanwhile();
        if begun.elapsed() > LONG {
            child.kill().expect("a child can be ended");
            panic!("{test} with {env:?} doesn't end in a minute: it hangs");
        }
    };
    assert_eq!(
        status.signal(),
        Some(SIGABRT),
        "{test} with {env:?} fails before its store: {status}"
    );
}
