//! Times the whole compile of one plan, natively: the same function that the page calls.
//!
//! `cargo run --release -p byteor-pipeline-wasm --example compile_time -- PLAN TARGET ROUNDS`
//! prints the median of one compile in microseconds, as JSON.

use std::{process::ExitCode, time::Instant};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, target, rounds] = arguments.as_slice() else {
        eprintln!("usage: compile_time PLAN single_ring|lane_graph ROUNDS");
        return ExitCode::from(2);
    };
    let Ok(rounds) = rounds.parse::<usize>() else {
        eprintln!("ROUNDS is a number");
        return ExitCode::from(2);
    };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("{path}: {error}");
            return ExitCode::from(1);
        }
    };
    let request = serde_json::json!({ "text": text, "target": target }).to_string();
    let mut times = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let start = Instant::now();
        std::hint::black_box(byteor_pipeline_wasm::compile(&request));
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    times.sort_by(f64::total_cmp);
    println!("{{\"median_us\":{}}}", times[times.len() / 2]);
    ExitCode::SUCCESS
}
