//! `byteor-agent`: enrol a node, then run what was approved for it.

use std::process::ExitCode;

fn main() -> ExitCode {
    byteor_agent::cli::main()
}
