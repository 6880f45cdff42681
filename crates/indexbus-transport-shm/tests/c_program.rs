//! A C program that knows the header alone joins lanes and talks to Rust. The header asserts every offset
//! and size of the layouts as it is compiled.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use indexbus_transport_shm::EventsRegion;

/// Several laps of a lane.
const COUNT: u64 = 5_000;

/// Compiles the program; nothing where there is no compiler.
fn compiled(dir: &Path) -> Option<std::path::PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = dir.join("echo");
    let compiled = Command::new("cc")
        .args(["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-I"])
        .arg(here.join("../../spec"))
        .arg(here.join("tests/c/echo.c"))
        .arg("-o")
        .arg(&program)
        .output();
    match compiled {
        Err(e) if e.kind() == ErrorKind::NotFound => {
            println!("NOT RUN: a C program joins a lane; there is no cc here");
            None
        }
        Err(e) => panic!("cc: {e}"),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{said}");
            Some(program)
        }
    }
}

fn start(program: &Path, there: &Path, back: &Path) -> Child {
    Command::new(program)
        .args([there, back])
        .arg(COUNT.to_string())
        .spawn()
        .unwrap()
}

#[test]
fn what_rust_sends_a_c_program_receives_and_answers() {
    let dir = tempfile::tempdir().unwrap();
    let Some(program) = compiled(dir.path()) else {
        return;
    };
    let (there, back) = (dir.path().join("there"), dir.path().join("back"));
    let mut out = EventsRegion::open_path(&there).unwrap();
    let mut home = EventsRegion::open_path(&back).unwrap();
    let (mut tx, mut rx) = (out.split_spsc().unwrap().0, home.split_spsc().unwrap().1);
    let mut echo = start(&program, &there, &back);
    let begun = Instant::now();
    let (mut sent, mut received, mut into) = (0_u64, 0_u64, [0; 256]);
    while received < COUNT {
        while sent < COUNT {
            match tx.publish(&(7 * sent).to_le_bytes()) {
                Ok(()) => sent += 1,
                Err(indexbus::Error::Full) => break,
                Err(e) => panic!("{e}"),
            }
        }
        while let Some(len) = rx.try_recv_into(&mut into).unwrap() {
            assert_eq!(into[..len], (7 * received + 1).to_le_bytes());
            received += 1;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "stuck at {received}"
        );
        assert!(echo.try_wait().unwrap().is_none_or(|ended| ended.success()));
        std::thread::yield_now();
    }
    assert!(echo.wait().unwrap().success());
    assert!(rx.try_recv_into(&mut into).unwrap().is_none());
}

#[test]
fn a_c_program_refuses_what_is_no_lane() {
    let dir = tempfile::tempdir().unwrap();
    let Some(program) = compiled(dir.path()) else {
        return;
    };
    let (lane, other) = (dir.path().join("lane"), dir.path().join("other"));
    drop(EventsRegion::open_path(&lane).unwrap());
    std::fs::write(&other, vec![0; 1 << 20]).unwrap();
    let ended = start(&program, &lane, &other).wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
}
