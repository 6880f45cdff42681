//! A folder with files, and the real binary run in it.

// Each test binary uses its part of the desk.
#![allow(dead_code)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use byteor_pipeline_spec::{PipelineSpecV1, single_ring_chain};
use serde_json::Value;

pub struct Desk {
    dir: tempfile::TempDir,
}

pub struct Answer {
    pub exit: i32,
    pub out: String,
    pub err: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        assert!(self.err.is_empty(), "{}", self.err);
        assert_eq!(self.out.matches('\n').count(), 1, "{}", self.out);
        serde_json::from_str(&self.out).unwrap()
    }
}

impl Desk {
    pub fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    pub fn text(&self, name: &str) -> String {
        fs::read_to_string(self.dir.path().join(name)).unwrap()
    }

    /// Relative paths in `words` are those of the desk.
    pub fn run(&self, words: &[&str]) -> Answer {
        self.run_with(words, "", None)
    }

    /// With a text on standard input.
    pub fn pipe(&self, words: &[&str], input: &str) -> Answer {
        self.run_with(words, input, None)
    }

    pub fn run_with(&self, words: &[&str], input: &str, spec: Option<&str>) -> Answer {
        let mut command = Command::new(env!("CARGO_BIN_EXE_byteor-runtime"));
        command
            .args(words)
            .current_dir(self.dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .env_remove("BYTEOR_SPEC");
        if let Some(spec) = spec {
            command.env("BYTEOR_SPEC", spec);
        }
        let mut child = command.spawn().unwrap();
        // A verb that reads no standard input may be gone by now.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Answer {
            exit: output.status.code().unwrap(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// What [`PLAN`] gives.
pub fn spec() -> PipelineSpecV1 {
    single_ring_chain(&[("fits", "keep:k"), ("grow", "replace:a=aaa")])
}

/// A plan, not formatted.
pub const PLAN: &str = "pipeline p\negress out\nstage grow replace:a=aaa\ningress in\n\
                        stage fits keep:k # why\nin -> fits -> grow -> out\n";

/// A plan with one error, in line 4.
pub const BAD_PLAN: &str = "pipeline p\ningress in\negress out\nstage a keep:(\nin -> a -> out\n";
