//! What the Rust compiler says of a plan with errors, word for word.
//! `WRITE=1 cargo test -p byteor-pipeline-macros --test errors` writes the `.stderr` files anew; look
//! at them before they are committed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn errors_of_a_plan_are_errors_of_the_rust_compiler() {
    let macros = macros();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = tempfile::tempdir().unwrap();
    let mut cases: Vec<String> = fs::read_dir(folder.join("tests/errors"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".rs"))
        .collect();
    cases.sort();
    assert!(!cases.is_empty());
    for case in cases {
        let source = format!("tests/errors/{case}");
        let compiled = Command::new("rustc")
            .current_dir(folder)
            .args(["--edition=2024", "--color=never", "--emit=metadata"])
            .arg("--out-dir")
            .arg(out.path())
            .arg("--extern")
            .arg(format!("byteor_pipeline_macros={}", macros.display()))
            .arg(&source)
            .output()
            .unwrap();
        assert!(!compiled.status.success(), "{source} compiles");
        let said = String::from_utf8(compiled.stderr).unwrap();
        let expected = folder.join(source.replace(".rs", ".stderr"));
        if std::env::var_os("WRITE").is_some() {
            fs::write(&expected, said).unwrap();
        } else {
            assert_eq!(said, fs::read_to_string(&expected).unwrap(), "{source}");
        }
    }
}

/// The library of the macros, beside this test. Where features of others made several, the newest: this
/// test's own one has no source that changed after it, so a newer one is of the same sources.
fn macros() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let library = |name: &str| {
        name.contains("byteor_pipeline_macros-") && name.ends_with(std::env::consts::DLL_SUFFIX)
    };
    fs::read_dir(test.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| library(entry.file_name().to_str().unwrap()))
        .max_by_key(|entry| entry.metadata().unwrap().modified().unwrap())
        .expect("cargo builds the library before its tests")
        .path()
}
