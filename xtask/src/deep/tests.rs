//! Every proof that can go on is in a part, and every part is there.

use super::*;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Sources of a crate's tests: by target, none for the library's own.
fn sources(krate: &Path) -> Vec<(Option<String>, String)> {
    let mut found = Vec::new();
    for (folder, lib) in [("src", true), ("tests", false)] {
        let top = krate.join(folder);
        let mut folders = vec![top.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let within = path
                        .strip_prefix(&top)
                        .unwrap()
                        .components()
                        .next()
                        .unwrap();
                    let target = within.as_os_str().to_string_lossy();
                    let target = target.trim_end_matches(".rs").to_owned();
                    let text = fs::read_to_string(&path).unwrap();
                    found.push(((!lib).then_some(target), text));
                }
            }
        }
    }
    found
}

#[test]
fn whatever_takes_its_rounds_from_a_proof_is_in_a_part() {
    let mut seen = BTreeSet::new();
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let krate = entry.unwrap().path();
        let package = krate.file_name().unwrap().to_string_lossy().into_owned();
        if package == "indexbus-proof" {
            continue;
        }
        for (target, text) in sources(&krate) {
            if text.contains("indexbus_proof::") {
                seen.insert((package.clone(), target));
            }
        }
    }
    let mut declared = BTreeSet::new();
    for part in PARTS {
        if let Work::Rounds(tests) = &part.work {
            for tests in *tests {
                declared.insert((tests.package.to_owned(), tests.target.map(str::to_owned)));
            }
        }
    }
    // These borrow the hostile process and the rounds of another crate by their paths.
    for borrows in ["hostile_peer", "fail_points"] {
        let package = "byteor-pipeline-backings-shm";
        seen.insert((package.to_owned(), Some(borrows.to_owned())));
    }
    assert_eq!(seen, declared);
}

#[test]
fn every_part_names_tests_that_are_there() {
    let mut names = BTreeSet::new();
    for part in PARTS {
        assert!(names.insert(part.name), "{} is there twice", part.name);
        let Work::Rounds(tests) = &part.work else {
            continue;
        };
        for tests in *tests {
            let krate = root().join("crates").join(tests.package);
            let last = tests.filter.trim_end_matches("::");
            let found = sources(&krate).into_iter().any(|(target, text)| {
                target.as_deref() == tests.target
                    && (text.contains("#[test]") || target.is_none())
                    && (target.is_none()
                        || text.lines().any(|line| {
                            let name = line.trim().strip_prefix("fn ");
                            name.is_some_and(|name| name.contains(last))
                        }))
            });
            assert!(found, "{tests:?}");
        }
    }
}

#[test]
fn the_page_has_a_row_for_every_part() {
    let page = fs::read_to_string(page(&root())).unwrap();
    let rows: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
        .map(|(name, _)| name)
        .collect();
    for part in PARTS {
        assert!(
            rows.contains(&part.name),
            "docs/verification.md lacks `{}`",
            part.name
        );
    }
}

#[test]
fn what_is_asked_for_is_understood_or_named() {
    let words = ["--minutes", "0.5", "kills", "--side-by-side", "3", "fuzz"];
    let told = asked(&words).unwrap();
    assert_eq!((told.minutes, told.beside), (0.5, 3));
    assert_eq!(
        told.parts.iter().map(|part| part.name).collect::<Vec<_>>(),
        ["kills", "fuzz"]
    );
    let usual = asked(&[]).unwrap();
    assert_eq!((usual.beside, usual.parts.len()), (1, PARTS.len()));
    for words in [
        &["--minutes"][..],
        &["--minutes", "0"],
        &["--minutes", "inf"],
        &["nothing"],
        &["--side-by-side", "0"],
    ] {
        assert!(asked(words).is_err(), "{words:?}");
    }
}

#[test]
fn tests_that_run_side_by_side_are_each_run_once_and_none_hides_a_failure() {
    let deep = Deep {
        root: root(),
        cache: PathBuf::new(),
        stop: Arc::default(),
        built: Built::default(),
        beside: 3,
        properties: BTreeSet::new(),
        all: All::new(),
    };
    // Each waits until three are there.
    let (together, ran) = (
        std::sync::Barrier::new(3),
        std::sync::Mutex::new(Vec::new()),
    );
    let well = deep.each(&[1, 2, 3, 4, 5, 6], |number| {
        together.wait();
        ran.lock().unwrap().push(*number);
        Ok(*number != 4)
    });
    assert_eq!(well, Ok(false));
    let mut ran = ran.into_inner().unwrap();
    ran.sort_unstable();
    assert_eq!(ran, [1, 2, 3, 4, 5, 6]);
    let broken = deep.each(&[1, 2, 3], |number| match number {
        2 => Err("it doesn't run".to_owned()),
        _ => Ok(true),
    });
    assert_eq!(broken, Err("it doesn't run".to_owned()));
}
