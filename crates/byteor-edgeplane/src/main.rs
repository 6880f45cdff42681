//! `byteor-edgeplane`: the operator command line with ingress and egress adapter loops.

use std::process::ExitCode;

fn main() -> ExitCode {
    byteor_runtime::cli::main::<byteor_edgeplane::cli::EdgePlane>()
}
