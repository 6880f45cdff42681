//! The example configs in docs/examples are canonical and valid.

use std::fs;
use std::path::Path;

#[test]
fn every_example_config_is_canonical_and_valid() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples");
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "txt") {
            let text = fs::read_to_string(&path).unwrap();
            if let Err(issues) = byteor_config::decode(&text) {
                panic!("{}: {issues:?}", path.display());
            }
            seen += 1;
        }
    }
    assert!(seen >= 3, "{seen} examples");
}
