//! `byteor-runtime`: the operator command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    byteor_runtime::cli::main::<byteor_runtime::binary::Runtime>()
}
