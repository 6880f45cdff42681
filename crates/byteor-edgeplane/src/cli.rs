//! `byteor-edgeplane` as one of the family of binaries: what it has of its own.

use std::process::ExitCode;

use byteor_adapters::checkpoint::{CHECKPOINT_READS, CHECKPOINT_VERSION};
use byteor_pipeline_exec::ResolveError;
use byteor_pipeline_stages::{Secrets, build_with};
use byteor_runtime::binary::{Binary, Format};
use byteor_runtime::stages::Stage;

use crate::{RunArgs, run, wiring};

/// The binary with ingress and egress adapter loops.
#[derive(Clone, Copy, Debug)]
pub struct EdgePlane;

impl Binary for EdgePlane {
    const NAME: &'static str = "byteor-edgeplane";
    const ABOUT: &'static str =
        "Run a pipeline between its adapters, check specs, and look at running pipelines.";
    const AFTER: &'static str = "\
Answers go to standard output, failures with their code and what to do to standard error (with
--json, to standard output as well). Exit codes: 0 done; 1 the answer is no; 2 the command line is
wrong; 3 a file can't be read or isn't what it should be; 4 policy refused; 5 the run failed.";
    const FEATURES: &'static [&'static str] = byteor_policy::SUPPORTED_FEATURES;
    const INGRESS: &'static [&'static str] = wiring::INGRESS;
    const EGRESS: &'static [&'static str] = wiring::EGRESS;
    const OPTIONS: &'static [&'static str] = wiring::OPTIONS;
    const FORMATS: &'static [Format] = &[
        Format {
            name: "config bundle",
            reads: &[1],
            writes: &[],
        },
        Format {
            name: "deployment statement",
            reads: &[1],
            writes: &[],
        },
        Format {
            name: "approval credential",
            reads: &[1],
            writes: &[],
        },
        Format {
            name: "key set",
            reads: &[1],
            writes: &[],
        },
        Format {
            name: "checkpoint",
            reads: CHECKPOINT_READS,
            writes: &[CHECKPOINT_VERSION],
        },
    ];
    type Run = RunArgs;

    fn stage(_id: &str, key: &str) -> Result<Stage, ResolveError> {
        build_with(key, &AnySecret).map_err(|error| ResolveError {
            code: error.code.to_owned(),
            message: error.message,
        })
    }

    fn run(args: RunArgs) -> ExitCode {
        run(args).into()
    }
}

/// Stands for every secret where only the key is asked about: no record meets it.
struct AnySecret;

impl Secrets for AnySecret {
    fn secret(&self, _name: &str) -> Option<&[u8]> {
        Some(&[0; 32])
    }
}
