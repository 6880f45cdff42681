//! Property tests have a thousand cases each: `.cargo/config.toml` says so, and no test says less.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::test_runner::Config;

#[test]
fn a_property_test_has_a_thousand_cases_and_more_on_demand() {
    assert!(Config::default().cases >= 1_000);
}

#[test]
fn no_property_test_sets_a_number_of_its_own() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = 0;
    let mut folders = vec![root.join("crates"), root.join("wasm"), root.join("xtask")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
        {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found += usize::from(tests_properties(&path));
            }
        }
    }
    assert!(found >= 6, "{found} files test properties");
}

fn tests_properties(path: &PathBuf) -> bool {
    let text = fs::read_to_string(path).unwrap();
    // In two parts, so that this file doesn't hold the word itself.
    let own = concat!("proptest_", "config");
    assert!(
        !text.contains(own),
        "{} sets its own number of cases; .cargo/config.toml has it",
        path.display()
    );
    text.contains("proptest! {")
}
