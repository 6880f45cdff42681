//! The replay of committed corpora, and of random input, for the tests of who has laws.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use crate::Target;

/// The folder `fuzz/` of a checkout, as seen from a crate's folder.
fn fuzz(manifest_dir: &str) -> PathBuf {
    Path::new(manifest_dir).join("../../fuzz")
}

/// The panic itself doesn't know which input it was.
fn keeps(target: &Target, input: &[u8], name: &str) {
    let result = catch_unwind(|| (target.check)(input));
    assert!(result.is_ok(), "{} breaks a law: {name}", target.name);
}

/// Every committed input of every target keeps the laws, and each target has a corpus of 20 to 300.
///
/// # Panics
/// Where one doesn't, or the corpus can't be read.
pub fn replay(targets: &[Target], manifest_dir: &str) {
    for target in targets {
        let folder = fuzz(manifest_dir).join("corpus").join(target.name);
        let mut files: Vec<PathBuf> = fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            .map(|entry| entry.expect("a folder that can be read").path())
            .collect();
        files.sort();
        assert!(files.len() >= 20, "{} has a corpus", target.name);
        assert!(files.len() <= 300, "{} has a small corpus", target.name);
        for file in &files {
            let input =
                fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            keeps(target, &input, &file.display().to_string());
        }
    }
}

/// Random input keeps the laws. `prepare` is given each input with its number, to make it likelier to
/// get far.
///
/// # Panics
/// Where it doesn't.
pub fn random(targets: &[Target], prepare: impl Fn(&Target, usize, &mut Vec<u8>)) {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut byte = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 32) as u8
    };
    for target in targets {
        for n in 0..300 {
            let len = usize::from(byte());
            let mut input: Vec<u8> = (0..len).map(|_| byte()).collect();
            prepare(target, n, &mut input);
            keeps(target, &input, &format!("{input:?}"));
        }
    }
}

/// Each target has a program in `fuzz/fuzz_targets`.
///
/// # Panics
/// Where one has none.
pub fn each_has_a_program(targets: &[Target], manifest_dir: &str) {
    for target in targets {
        let program = fuzz(manifest_dir)
            .join("fuzz_targets")
            .join(target.name)
            .with_extension("rs");
        assert!(program.exists(), "{} is missing", program.display());
    }
}
