//! The inspector, as a user calls it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use indexbus_abi::EventsClass;
use indexbus_transport_shm::{
    EventsRegion, FanoutRegion, JournalRegion4, OpenOptions, StateRegion,
};
use serde_json::Value;

fn inspect(file: &Path, json: bool) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_indexbus-inspect"));
    command.arg(file);
    if json {
        command.arg("--json");
    }
    command.output().unwrap()
}

fn json(file: &Path) -> Value {
    let output = inspect(file, true);
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn each_kind_is_named_with_its_capabilities_and_sizes() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    EventsRegion::open_path(path("events")).unwrap();
    FanoutRegion::<3>::open_path(path("fanout")).unwrap();
    StateRegion::<256>::open_path(path("state")).unwrap();
    JournalRegion4::open_path(path("journal")).unwrap();
    for kind in ["events", "fanout", "state", "journal"] {
        let report = json(&path(kind));
        assert_eq!(report["kind"], kind);
        assert_eq!(report["layout_bytes"], report["mapped_bytes"]);
        assert_eq!(report["complete"], true);
        let expected = if kind == "state" {
            Value::Null
        } else {
            2.into()
        };
        assert_eq!(report["initialized"], expected);
    }
    assert_eq!(json(&path("fanout"))["consumers"], 3);
    assert_eq!(json(&path("journal"))["layout_bytes"], 197_056);
    let lines = inspect(&path("state"), false).stdout;
    let expected = "kind: state (3)\nversion: 1\ninitialized: n/a\ncaps: 0x00000002 (state)\n\
        layout_bytes: 320\nmapped_bytes: 320\n";
    assert_eq!(String::from_utf8(lines).unwrap(), expected);
}

#[test]
fn every_class_of_events_and_every_capability_of_a_region_has_a_name() {
    let dir = tempfile::tempdir().unwrap();
    let blocking = OpenOptions {
        blocking: true,
        ..OpenOptions::DEFAULT
    };
    let mut kinds = Vec::new();
    for (n, class) in EventsClass::ALL.into_iter().enumerate() {
        let path = dir.path().join(n.to_string());
        EventsRegion::open_class(&path, class, blocking).unwrap();
        kinds.push((path, "events"));
    }
    let fanout = dir.path().join("fanout");
    FanoutRegion::<1>::open_with(&fanout, blocking).unwrap();
    kinds.push((fanout, "fanout"));
    for (path, kind) in kinds {
        let report = json(&path);
        assert!(report["kind"].as_str().unwrap().starts_with(kind));
        let names = report["caps_names"].as_array().unwrap();
        let unnamed = |name: &&Value| name.as_str().unwrap().starts_with("bit-");
        assert_eq!(names.iter().find(unnamed), None);
        let caps = report["caps"].as_u64().unwrap();
        assert_eq!(names.len(), caps.count_ones() as usize);
    }
}

#[test]
fn what_is_cut_off_foreign_or_missing_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("region");
    JournalRegion4::open_path(&path).unwrap();
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..100]).unwrap();
    assert_eq!(json(&path)["complete"], false);
    let told = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let output = inspect(&path, true);
        assert!(output.stdout.is_empty());
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    for bytes in [&b""[..], &whole[..23], &[b'x'; 100]] {
        let (status, error) = told(bytes);
        assert_eq!(status, Some(1));
        assert!(
            error.starts_with("E_REGION_INCOMPATIBLE region "),
            "{error}"
        );
    }
    let missing = inspect(&dir.path().join("missing"), false);
    assert_eq!(missing.status.code(), Some(2));
    let folder = inspect(dir.path(), false);
    assert_eq!(folder.status.code(), Some(2));
}
