//! Project chores in Rust. Run with `cargo run -p xtask -- VERB`.

fn main() {}
