//! `byteor-edgeplane`: the operator command line with ingress and egress adapter loops.

use std::process::ExitCode;

fn main() -> ExitCode {
    byteor_edgeplane::cli::main()
}
