//! The example of a Git hook, in a repository.

mod desk;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use byteor_pipeline_spec::encode_kv_v1;
use desk::{BAD_PLAN, Desk, PLAN, spec};

fn git(desk: &Desk, words: &[&str]) -> Output {
    let binary = Path::new(env!("CARGO_BIN_EXE_byteor-runtime"));
    let path = std::env::var("PATH").unwrap();
    Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
        .args(words)
        .current_dir(desk.path())
        .env(
            "PATH",
            format!("{}:{path}", binary.parent().unwrap().display()),
        )
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .unwrap()
}

#[test]
fn only_what_is_formatted_and_valid_is_committed() {
    let desk = Desk::new();
    assert!(git(&desk, &["init", "-q"]).status.success());
    let hook = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/examples/pre-commit"
    );
    let to = desk.file(".git/hooks/pre-commit", std::fs::read(hook).unwrap());
    std::fs::set_permissions(&to, std::fs::Permissions::from_mode(0o755)).unwrap();
    let commit = || {
        assert!(git(&desk, &["add", "."]).status.success());
        let output = git(&desk, &["commit", "-qm", "plans"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), said)
    };

    let kv = encode_kv_v1(&spec());
    desk.file("a.plan", PLAN);
    desk.file("b b.plan", BAD_PLAN);
    desk.file("c.kv", kv.replace("shards=1", "shards=0"));
    desk.file("notes.txt", "nothing to look at\n");
    let (done, said) = commit();
    assert!(!done);
    assert!(
        said.contains("a.plan: not formatted; run: byteor-runtime fmt a.plan"),
        "{said}"
    );
    assert!(said.contains("b b.plan: has errors, see above"), "{said}");
    assert!(said.contains("4 | stage a keep:(\n"), "{said}");
    assert!(said.contains("c.kv: has errors, see above"), "{said}");

    desk.file("b b.plan", BAD_PLAN.replace("keep:(", "keep:x"));
    desk.file("c.kv", kv);
    assert_eq!(desk.run(&["fmt", "a.plan", "b b.plan"]).exit, 0);
    let (done, said) = commit();
    assert!(done, "{said}");

    // The first line names the target of a plan.
    let graph = "# target: lane_graph\npipeline p\n\ningress in\n\negress out\n\nin -> out\n";
    desk.file("graph.plan", graph.replace("lane_graph", "single_ring"));
    assert!(!commit().0);
}
