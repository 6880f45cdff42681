//! The committed corpora keep the laws, on stable; and so does random input.

use std::fs;
use std::path::{Path, PathBuf};

use indexbus_laws::{ALL, Target};

fn corpus(target: &Target) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target.name);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

/// The panic itself doesn't know which input it was.
fn keeps(target: &Target, input: &[u8], name: &str) {
    let result = std::panic::catch_unwind(|| (target.check)(input));
    assert!(result.is_ok(), "{} breaks a law: {name}", target.name);
}

#[test]
fn every_input_of_every_corpus_keeps_the_laws() {
    for target in &ALL {
        let files = corpus(target);
        assert!(files.len() >= 20, "{} has a corpus", target.name);
        assert!(files.len() <= 300, "{} has a small corpus", target.name);
        for file in &files {
            keeps(
                target,
                &fs::read(file).unwrap(),
                &file.display().to_string(),
            );
        }
    }
}

#[test]
fn random_input_keeps_the_laws() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut byte = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 32) as u8
    };
    for target in &ALL {
        for n in 0..300 {
            let len = usize::from(byte());
            let mut input: Vec<u8> = (0..len).map(|_| byte()).collect();
            if target.name == "message" && n % 2 == 0 && len >= 8 {
                input[..8].copy_from_slice(b"USM1\0\0\x01\x18");
            }
            keeps(target, &input, &format!("{input:?}"));
        }
    }
}

#[test]
fn each_law_has_a_fuzz_target() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/fuzz_targets");
    for target in &ALL {
        let program = folder.join(target.name).with_extension("rs");
        assert!(program.exists(), "{} is missing", program.display());
    }
}
