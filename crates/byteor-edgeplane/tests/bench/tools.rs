//! Programs of others that tests talk to. Where one can't be had the test says so and ends.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The program that `variable` names, or one of `names` that runs. Otherwise says what isn't run.
pub fn program(variable: &str, names: &[&str]) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let candidates = names.iter().map(|name| match name.contains('/') {
        true => root.join(name),
        false => PathBuf::from(name),
    });
    let runs = |program: &PathBuf| {
        let mut command = Command::new(program);
        let tried = command
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        tried.status().is_ok_and(|status| status.success())
    };
    let found = named.into_iter().chain(candidates).find(runs);
    if found.is_none() {
        not_run(&format!("there is none of {}", names.join(", ")));
    }
    found
}

/// Says why a test ends without having looked at anything: where it fails to be seen otherwise, in the
/// file that `BYTEOR_TEST_NOT_RUN` names, of which `npm test` tells.
pub fn not_run(why: &str) {
    let thread = std::thread::current();
    let line = format!("NOT RUN {}: {why}", thread.name().unwrap_or_default());
    println!("{line}");
    if let Some(file) = std::env::var_os("BYTEOR_TEST_NOT_RUN") {
        let file = fs::OpenOptions::new().create(true).append(true).open(file);
        writeln!(file.unwrap(), "{line}").unwrap();
    }
}

/// Node, which npm brings.
pub fn node() -> Option<PathBuf> {
    program("BYTEOR_TEST_NODE", &["node_modules/node/bin/node", "node"])
}

pub fn python() -> Option<PathBuf> {
    program("BYTEOR_TEST_PYTHON", &["python3"])
}

pub fn curl() -> Option<PathBuf> {
    program("BYTEOR_TEST_CURL", &["curl"])
}
