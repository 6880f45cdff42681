//! The committed corpora keep the laws, on stable: what fuzzing once found stays found.

use std::fs;
use std::path::{Path, PathBuf};

fn corpus(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

#[test]
fn every_input_of_every_corpus_keeps_the_laws() {
    for target in &byteor_pipeline_laws::ALL {
        let files = corpus(target.name);
        assert!(files.len() >= 20, "{} has a corpus", target.name);
        assert!(files.len() <= 300, "{} has a small corpus", target.name);
        let mut requests = 0;
        for file in &files {
            let data = fs::read(file).unwrap();
            // The name of the file, should a law be broken: the panic itself doesn't know it.
            let result = std::panic::catch_unwind(|| (target.check)(&data));
            assert!(result.is_ok(), "{} breaks a law", file.display());
            requests += (target.requests)(&data).len();
        }
        assert!(requests > 0, "{} is replayed", target.name);
    }
}

#[test]
fn the_corpora_are_small() {
    let bytes: u64 = byteor_pipeline_laws::ALL
        .iter()
        .flat_map(|target| corpus(target.name))
        .map(|file| fs::metadata(file).unwrap().len())
        .sum();
    assert!(bytes <= 2_000_000, "{bytes} bytes");
}

#[test]
fn each_fuzz_target_has_a_program() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/fuzz_targets");
    let mut programs: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            path.file_stem().unwrap().to_string_lossy().into_owned()
        })
        .collect();
    programs.sort();
    let mut names = byteor_pipeline_laws::ALL.map(|target| target.name);
    names.sort_unstable();
    // Those of the lanes are looked at by `indexbus-laws`.
    let lanes = |name: &String| name.starts_with("lane_") || name == "message";
    programs.retain(|name| !lanes(name));
    assert_eq!(programs, names);
}
