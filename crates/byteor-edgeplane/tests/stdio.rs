//! Standard input and output, by pipes of real processes.
#![cfg(feature = "stdio")]

mod bench;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use bench::{Bench, Ran, log, shell};
use byteor_config::adapters::stdio::{StdioEgress, StdioFraming, StdioIngress};
use byteor_config::{Egress, Ingress};
use rustix::process::{Pid, Signal, kill_process};

fn from_stdin(keys: &[&str]) -> Bench {
    let mut bench = Bench::new(b"", keys);
    bench.config.ingress = Ingress::Stdio(StdioIngress {
        framing: StdioFraming::Lines,
    });
    bench
}

fn to_stdout(mut bench: Bench) -> Bench {
    bench.config.egress = Egress::Stdio(StdioEgress {
        framing: StdioFraming::Lines,
    });
    bench
}

/// Without `--json`, which speaks over standard output.
fn quiet(bench: &Bench, flags: &[&str]) -> Command {
    let with = bench.command(flags);
    let mut command = Command::new(with.get_program());
    command.args(with.get_args().filter(|one| *one != "--json"));
    command
}

#[test]
fn a_pipe_is_read_to_its_end_with_the_open_line() {
    let bench = from_stdin(&["drop:^#"]);
    let mut command = bench.command(&[]);
    let input = bench.path("piped");
    let long = format!("a\n# no\n{}\n\nb", "x".repeat(300));
    fs::write(&input, long).unwrap();
    let output = command.stdin(fs::File::open(&input).unwrap()).output();
    let ran = Ran::of(output.unwrap());
    assert_eq!((ran.exit, ran.code()), (Some(0), "end_of_input"), "{ran:?}");
    assert_eq!((ran.count("records_in"), ran.count("rejected")), (5, 1));
    assert_eq!(bench.read("out.log"), b"a\n\nb\n");
    assert_eq!(bench.read("rejected.log").len(), 301);
}

#[test]
fn what_goes_through_a_pipeline_in_a_shell_is_what_other_tools_make_of_it() {
    let bench = to_stdout(from_stdin(&bench::LOG_KEYS));
    let input = bench.path("piped");
    fs::write(&input, log(20_000, 5)).unwrap();
    let mut command = quiet(&bench, &[]);
    let ran = command
        .stdin(fs::File::open(&input).unwrap())
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(0), "{ran:?}");
    assert!(ran.stdout == shell(bench::LOG_SCRIPT, &input));
    let checkpoint = String::from_utf8(bench.read("rejected.log.checkpoint")).unwrap();
    assert!(
        checkpoint.contains("\ninput.kind=stdio\ninput.number=20000\n"),
        "{checkpoint}"
    );
}

#[test]
fn a_reader_that_goes_ends_the_run_and_one_that_does_not_read_holds_it_up() {
    let bench = to_stdout(from_stdin(&["identity"]));
    let input = bench.path("piped");
    fs::write(&input, format!("{}\n", "x".repeat(100)).repeat(200_000)).unwrap();
    let mut child = quiet(&bench, &[])
        .stdin(fs::File::open(&input).unwrap())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert_eq!(line.len(), 101);
    drop(out);
    let ran = child.wait_with_output().unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(5), "{said}");
    assert!(said.contains("E_STDOUT_WRITE"), "{said}");

    let mut child = quiet(&bench, &[])
        .stdin(fs::File::open(&input).unwrap())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = child.stdout.take().unwrap();
    let mut first = [0; 10];
    out.read_exact(&mut first).unwrap();
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(5), "{said}");
    assert!(said.contains("E_STDOUT_STUCK"), "{said}");
    drop(out);
}

#[test]
fn sigterm_ends_a_run_whose_input_stays_open() {
    let bench = from_stdin(&["identity"]);
    let mut child = bench
        .command(&[])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"a\nopen").unwrap();
    bench.wait_for("out.log", b"a\n");
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!((ran.exit, ran.code()), (Some(0), "stopped"), "{ran:?}");
    assert_eq!(bench.read("out.log"), b"a\n");
    drop(input);
}

#[test]
fn a_line_without_end_and_streams_that_are_taken_are_refused() {
    let bench = from_stdin(&["identity"]);
    let input = bench.path("piped");
    fs::write(&input, format!("a\n{}", "x".repeat(1_200_000))).unwrap();
    let mut command = bench.command(&[]);
    let output = command.stdin(fs::File::open(&input).unwrap()).output();
    let ran = Ran::of(output.unwrap());
    assert_eq!((ran.exit, ran.code()), (Some(5), "E_STDIN_LINE"), "{ran:?}");
    assert_eq!(bench.read("out.log"), b"a\n");

    let root = format!("--allow-root={}", bench.dir.path().display());
    let ran = bench.run(&["--exit-with-parent", &root]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(4), "E_ADAPTER_STDIO"),
        "{ran:?}"
    );
    let ran = to_stdout(bench).run(&[]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(4), "E_ADAPTER_STDIO"),
        "{ran:?}"
    );
}
