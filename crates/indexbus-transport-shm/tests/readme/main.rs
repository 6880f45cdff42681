//! The example of the README, as a stranger pastes it: the same text as the file that is compiled, and
//! run in two processes.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

mod greetings {
    include!("greetings.rs");

    pub fn start() {
        main();
    }
}

const ROLE: &str = "INDEXBUS_README_ROLE";

/// This program again, with the words that the example gets. To the test harness the first is a filter,
/// which this test's name has in it.
fn start(role: &str, name: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([role, name, "--nocapture"])
        .env(ROLE, role)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn what_one_process_sends_another_one_receives() {
    if std::env::var(ROLE).is_ok() {
        return greetings::start();
    }
    let name = format!("indexbus-readme-{}", std::process::id());
    let mut receiver = start("receive", &name);
    let sender = start("send", &name).wait_with_output().unwrap();
    assert!(sender.status.success());
    let output = BufReader::new(receiver.stdout.take().unwrap());
    // The harness may begin a line with words of its own.
    let greetings = output.lines().map(Result::unwrap).filter_map(|line| {
        let at = line.find("greeting ")?;
        Some(line[at..].to_owned())
    });
    let three: Vec<String> = greetings.take(3).collect();
    let another = start("receive", &name).wait_with_output().unwrap();
    let told = String::from_utf8(another.stderr).unwrap();
    assert!(
        told.contains("the end of the lane has an owner; let it go first"),
        "{told}"
    );
    receiver.kill().unwrap(); // it receives for ever
    receiver.wait().unwrap();
    let region = indexbus_transport_shm::region_path(&name).unwrap();
    for lock in ["sender", "receiver"] {
        std::fs::remove_file(format!("{}.{lock}", region.display())).unwrap();
    }
    std::fs::remove_file(region).unwrap();
    assert_eq!(three, ["greeting 1", "greeting 2", "greeting 3"]);
}

#[test]
fn the_readme_shows_what_is_compiled_in_about_twenty_lines() {
    let readme = include_str!("../../../indexbus/README.md");
    let example = include_str!("greetings.rs");
    let shown = readme
        .split_once("```rust\n")
        .and_then(|(_, rest)| rest.split_once("```"))
        .map(|(code, _)| code);
    assert_eq!(shown, Some(example));
    assert!(example.lines().count() <= 24);
}
