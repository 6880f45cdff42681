//! Times operations natively: the same functions with the same JSON that the page calls.
//!
//! `cargo run --release -p byteor-pipeline-wasm --example operation_time` reads lines from standard
//! input, each an operation, a number of rounds and a file with the request, with tabs between them,
//! and answers each with a line: the median of one call in microseconds. It stays, warm, until its
//! input ends, so that a bench can take turns with it.

use std::io::{self, BufRead as _, Write as _};
use std::time::Instant;

#[path = "support/operations.rs"]
mod operations;

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let median = time(&line?)?;
        writeln!(out, "{median}")?;
        out.flush()?;
    }
    Ok(())
}

fn time(line: &str) -> io::Result<f64> {
    let parts: Vec<&str> = line.split('\t').collect();
    let [name, rounds, path] = parts.as_slice() else {
        return Err(io::Error::other("a line is OPERATION, ROUNDS and a file"));
    };
    let operation = operations::operation(name)
        .ok_or_else(|| io::Error::other(format!("no operation {name}")))?;
    let rounds: usize = rounds.parse().map_err(io::Error::other)?;
    let request = std::fs::read_to_string(path)?;
    let mut times: Vec<f64> = (0..rounds.max(1))
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(operation(&request));
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}
