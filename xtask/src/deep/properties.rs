//! Which tests are property tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The crates that have property tests, and the names of these.
pub fn find(root: &Path) -> Result<(BTreeSet<String>, BTreeSet<String>), String> {
    let (mut crates, mut names) = (BTreeSet::new(), BTreeSet::new());
    let said = |path: &Path, e: std::io::Error| format!("{}: {e}", path.display());
    let top = root.join("crates");
    for entry in fs::read_dir(&top).map_err(|e| said(&top, e))? {
        let one = entry.map_err(|e| said(&top, e))?.path();
        let mut folders = vec![one.join("src"), one.join("tests")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten() {
                let path = entry.map_err(|e| said(&folder, e))?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let text = fs::read_to_string(&path).map_err(|e| said(&path, e))?;
                    let found = of(&text);
                    if !found.is_empty() {
                        let name = one.file_name().unwrap_or_default();
                        crates.insert(name.to_string_lossy().into_owned());
                    }
                    names.extend(found);
                }
            }
        }
    }
    Ok((crates, names))
}

/// The functions behind `#[test]` in `proptest!` blocks, each known by what its arguments are drawn
/// from.
fn of(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let Some((_, rest)) = text.split_once("proptest! {") else {
        return found;
    };
    for piece in rest.split("#[test]").skip(1) {
        let Some((_, after)) = piece.split_once("fn ") else {
            continue;
        };
        let Some((name, arguments)) = after.split_once('(') else {
            continue;
        };
        let arguments = arguments.split('{').next().unwrap_or_default();
        if arguments.contains(" in ") {
            found.push(name.trim().to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn property_tests_are_told_from_others() {
        let text = "proptest! {\n#[test]\nfn one(a in 0..3) {}\n/// It.\n#[test]\nfn two(\n  b in \
                    any::<u8>(),\n) {}\n}\n#[test]\nfn other() { for a in 0..3 {} }";
        assert_eq!(of(text), ["one", "two"]);
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let (crates, names) = find(&root).unwrap();
        assert!(
            crates.len() >= 6 && names.len() >= 20,
            "{crates:?} {names:?}"
        );
    }
}
