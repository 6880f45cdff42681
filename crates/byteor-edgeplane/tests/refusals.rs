//! What a run refuses, and what is left as it was then.

mod bench;

use std::fs;
use std::os::unix::fs::{FileExt, PermissionsExt, symlink};
use std::process::Command;
use std::time::Duration;

use bench::{Bench, LOG_KEYS, LOG_SCRIPT, Ran, chain, log, shell};
use byteor_config::{Egress, Ingress};
use byteor_pipeline_spec::encode_kv_v1;

/// Runs, expects exit code and code, and that a run with nothing in its way then gives `output`.
#[track_caller]
fn refuses(bench: &Bench, flags: &[&str], exit: i32, code: &str) -> Ran {
    let ran = bench.run(flags);
    assert_eq!((ran.exit, ran.code()), (Some(exit), code), "{ran:?}");
    assert_eq!(ran.last()["event"], "failed");
    let help = ran.last()["help"].as_str().unwrap();
    assert!(!help.is_empty(), "{ran:?}");
    ran
}

#[test]
fn a_spec_that_is_not_canonical_is_refused() {
    let bench = Bench::new(b"a\n", &["identity"]);
    let canonical = encode_kv_v1(&chain(&["identity"]));
    for text in [
        format!("{canonical}\n"),
        format!("{canonical}future.key=1\n"),
        canonical.trim_end().to_owned(),
        canonical
            .lines()
            .rev()
            .map(|line| format!("{line}\n"))
            .collect(),
    ] {
        fs::write(bench.path("spec.kv"), &text).unwrap();
        let ran = bench.run(&[]);
        assert!(matches!(ran.exit, Some(1 | 4)), "{text:?}: {ran:?}");
        assert!(!bench.path("out.log").exists(), "nothing was touched");
    }
    fs::write(bench.path("spec.kv"), format!("{canonical}future.key=1\n")).unwrap();
    refuses(&bench, &[], 4, "E_SPEC_NOT_CANONICAL");
}

#[test]
fn a_spec_that_this_build_cannot_run_is_refused() {
    let bench = Bench::new(b"a\n", &["http_post:https://example.com/in"]);
    refuses(&bench, &[], 4, "E_SPEC_UNSUPPORTED");
    bench.write_spec(&["no_such_family:x"]);
    let ran = bench.run(&[]);
    assert!(matches!(ran.exit, Some(1 | 4)), "{ran:?}");
    fs::remove_file(bench.path("spec.kv")).unwrap();
    refuses(&bench, &[], 3, "E_SPEC_READ");
}

#[test]
fn a_missing_input_is_named_and_can_be_made_later() {
    let bench = Bench::new(b"", &["identity"]);
    fs::remove_file(bench.path("in.log")).unwrap();
    let ran = refuses(&bench, &[], 5, "E_INPUT_MISSING");
    assert!(ran.last()["message"].as_str().unwrap().contains("in.log"));
    let bench = bench.follow();
    refuses(&bench, &[], 5, "E_INPUT_MISSING");
    bench.append(b"a\n");
    let started = bench.start(&[]);
    bench.wait_for("out.log", b"a\n");
    started.terminate();
}

#[test]
fn an_output_folder_that_cannot_be_written_is_named() {
    let mut bench = Bench::new(b"a\n", &["identity"]);
    // Whoever runs this, nobody can make a file in a file.
    fs::write(bench.path("file"), "").unwrap();
    let byteor_config::Egress::File(egress) = &mut bench.config.egress else {
        panic!("it writes a file");
    };
    egress.path = bench
        .dir
        .path()
        .join("file/out.log")
        .to_str()
        .unwrap()
        .to_owned();
    refuses(&bench, &[], 5, "E_CHECKPOINT_WRITE");
    let checkpoint = format!("--checkpoint={}", bench.path("checkpoint").display());
    let ran = refuses(&bench, &[&checkpoint], 5, "E_OUTPUT_WRITE");
    assert!(
        ran.last()["message"]
            .as_str()
            .unwrap()
            .contains("file/out.log")
    );
}

/// Runs with files limited to `blocks` of 512 bytes: what is written past that fails.
fn limited(bench: &Bench, blocks: u32) -> Ran {
    let run = bench.command(&[]);
    let words: Vec<String> = std::iter::once(run.get_program())
        .chain(run.get_args())
        .map(|word| format!("'{}'", word.to_str().unwrap()))
        .collect();
    let script = format!("ulimit -f {blocks}; exec {}", words.join(" "));
    Ran::of(Command::new("sh").args(["-c", &script]).output().unwrap())
}

#[test]
fn an_output_that_cannot_grow_stops_the_run_and_loses_nothing() {
    let bench = Bench::new(&log(40_000, 9), &LOG_KEYS);
    let expected = shell(LOG_SCRIPT, &bench.path("in.log"));
    // Larger than the region, smaller than the output.
    let blocks = 3000;
    assert!(expected.len() > blocks * 512);
    for _ in 0..2 {
        let ran = limited(&bench, blocks as u32);
        assert_eq!(
            (ran.exit, ran.code()),
            (Some(5), "E_OUTPUT_WRITE"),
            "{ran:?}"
        );
        assert!(
            ran.last()["message"].as_str().unwrap().contains("out.log"),
            "{ran:?}"
        );
        assert!(bench.read("out.log").len() <= blocks * 512);
    }
    let ran = bench.run_well();
    assert!(bench.read("out.log") == expected, "the bytes differ");
    assert_eq!(ran.count("records_in"), 40_000);
}

#[test]
fn a_reject_file_that_cannot_grow_stops_the_run_and_loses_nothing() {
    let mut input = Vec::new();
    for number in 0..3_000 {
        input.extend_from_slice(format!("{number}{}\n", "x".repeat(1_000)).as_bytes());
    }
    let bench = Bench::new(&input, &["identity"]);
    let ran = limited(&bench, 3000);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_REJECT_WRITE"),
        "{ran:?}"
    );
    let ran = bench.run_well();
    assert!(bench.read("rejected.log") == input);
    assert_eq!(ran.count("rejected"), 3_000);
}

#[test]
fn paths_outside_the_allowed_roots_are_refused() {
    let mut bench = Bench::new(b"a\n", &["identity"]);
    let elsewhere = tempfile::tempdir().unwrap();
    let root = format!("--allow-root={}", bench.dir.path().display());
    let other = format!("--allow-root={}", elsewhere.path().display());

    refuses(&bench, &[&other], 4, "E_PATH_OUTSIDE_ROOTS");
    assert!(!bench.path("out.log").exists());

    let secret = elsewhere.path().join("secret");
    fs::write(&secret, "secret\n").unwrap();
    fs::remove_file(bench.path("in.log")).unwrap();
    symlink(&secret, bench.path("in.log")).unwrap();
    refuses(&bench, &[&root], 4, "E_PATH_OUTSIDE_ROOTS");
    // Even where both ends are allowed: a link may be laid anew at any time.
    refuses(&bench, &[&root, &other], 4, "E_PATH_OUTSIDE_ROOTS");
    fs::remove_file(bench.path("in.log")).unwrap();
    bench.append(b"a\n");

    let byteor_config::Egress::File(egress) = &mut bench.config.egress else {
        panic!("it writes a file");
    };
    let out = egress.path.clone();
    egress.path = elsewhere
        .path()
        .join("out.log")
        .to_str()
        .unwrap()
        .to_owned();
    let checkpoint = format!("--checkpoint={}", bench.path("checkpoint").display());
    refuses(&bench, &[&root, &checkpoint], 4, "E_PATH_OUTSIDE_ROOTS");
    assert!(!elsewhere.path().join("out.log").exists());
    let ran = bench.run(&[&root, &other]);
    assert_eq!(ran.exit, Some(0), "two roots allow both: {ran:?}");
    let byteor_config::Egress::File(egress) = &mut bench.config.egress else {
        panic!("it writes a file");
    };
    egress.path = out;
    assert_eq!(bench.run(&[&root]).exit, Some(0));
}

#[test]
fn one_that_an_agent_starts_must_be_told_its_roots() {
    let bench = Bench::new(b"a\n", &["identity"]);
    refuses(&bench, &["--exit-with-parent"], 4, "E_PATH_OUTSIDE_ROOTS");
}

#[test]
fn one_file_in_two_places_is_refused() {
    let mut bench = Bench::new(b"a\n", &["identity"]);
    fs::hard_link(bench.path("in.log"), bench.path("out.log")).unwrap();
    refuses(&bench, &[], 5, "E_ADAPTER_SAME_FILE");
    assert_eq!(bench.read("in.log"), b"a\n");
    fs::remove_file(bench.path("out.log")).unwrap();
    bench.config.reject.path = format!("{}.checkpoint", bench.path("out.log").display());
    refuses(&bench, &[], 5, "E_ADAPTER_SAME_FILE");
}

#[test]
fn a_config_that_is_not_canonical_or_for_another_posture_is_refused() {
    let bench = Bench::new(b"a\n", &["identity"]);
    refuses(&bench, &["--posture=prod"], 3, "E_CONFIG_POSTURE");
    let mut command = bench.command(&[]);
    let mut text = fs::read_to_string(bench.path("runtime_config.txt")).unwrap();
    text.push_str("adapter.extra=1\n");
    fs::write(bench.path("runtime_config.txt"), text).unwrap();
    let ran = Ran::of(command.output().unwrap());
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(3), "E_CONFIG_UNKNOWN_KEY"),
        "{ran:?}"
    );
}

#[test]
fn a_checkpoint_that_is_damaged_or_contradicted_is_refused() {
    let bench = Bench::new(b"a\nb\n", &["identity"]);
    bench.run_well();
    bench.append(b"c\n");

    let good = bench.read("out.log.checkpoint");
    fs::write(bench.path("out.log.checkpoint"), &good[..good.len() / 2]).unwrap();
    refuses(&bench, &[], 5, "E_CHECKPOINT_CORRUPT");
    fs::write(bench.path("out.log.checkpoint"), &good).unwrap();

    fs::rename(bench.path("out.log"), bench.path("moved")).unwrap();
    refuses(&bench, &[], 5, "E_OUTPUT_CHANGED");
    fs::write(bench.path("out.log"), "a\nb\n").unwrap();
    refuses(&bench, &[], 5, "E_OUTPUT_CHANGED");
    fs::rename(bench.path("moved"), bench.path("out.log")).unwrap();
    bench.run_well();
    assert_eq!(bench.read("out.log"), b"a\nb\nc\n");

    fs::write(bench.path("new"), "d\n").unwrap();
    fs::rename(bench.path("new"), bench.path("in.log")).unwrap();
    refuses(&bench, &[], 5, "E_INPUT_REPLACED");
    // The way out that the message names.
    fs::rename(bench.path("out.log.checkpoint"), bench.path("aside")).unwrap();
    bench.run_well();
    assert_eq!(bench.read("out.log"), b"a\nb\nc\nd\n");
}

#[test]
fn an_output_that_is_taken_away_while_running_stops_the_run() {
    let bench = Bench::new(b"a\n", &["identity"]).follow();
    let started = bench.start(&[]);
    bench.wait_for("out.log", b"a\n");
    // Let the checkpoint speak of it.
    std::thread::sleep(Duration::from_millis(200));
    fs::rename(bench.path("out.log"), bench.path("taken")).unwrap();
    bench.append(b"b\n");
    let ran = started.wait();
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_OUTPUT_CHANGED"),
        "{ran:?}"
    );
    fs::rename(bench.path("taken"), bench.path("out.log")).unwrap();
    let started = bench.start(&[]);
    bench.wait_for("out.log", b"a\nb\n");
    started.terminate();
}

#[test]
fn what_stands_at_the_region_is_only_replaced_when_it_is_our_own_file() {
    let bench = Bench::new(b"a\n", &["identity"]);
    let lane = bench.path("lane");
    let flag = format!("--lane-path={}", lane.display());
    fs::create_dir(&lane).unwrap();
    refuses(&bench, &[&flag], 5, "E_LANE_PATH");
    fs::remove_dir(&lane).unwrap();
    symlink(bench.path("in.log"), &lane).unwrap();
    refuses(&bench, &[&flag], 5, "E_LANE_PATH");
    fs::remove_file(&lane).unwrap();
    fs::write(&lane, "left behind by a killed run").unwrap();
    let ran = bench.run(&[&flag]);
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    assert!(!lane.exists());
    refuses(&bench, &["--lane-path=/proc/none/lane"], 5, "E_LANE_PATH");
}

#[test]
fn a_region_that_is_damaged_while_running_never_changes_the_final_bytes() {
    let input = log(5_000, 11);
    // Offsets in the region: the whole of it, its header, the cursor, the first gating cell.
    for (start, len) in [(0, usize::MAX), (0, 64), (64, 8), (128, 8)] {
        let bench = Bench::new(&input, &LOG_KEYS).follow();
        let expected = shell(LOG_SCRIPT, &bench.path("in.log"));
        let started = bench.start(&[]);
        bench.wait_for("out.log", &expected);
        let lane = started.lane_path();
        let mode = fs::metadata(&lane).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let region = fs::OpenOptions::new().write(true).open(&lane).unwrap();
        let size = region.metadata().unwrap().len() as usize;
        region
            .write_all_at(&vec![0xa5; len.min(size)], start)
            .unwrap();
        bench.append(&input);
        std::thread::sleep(Duration::from_millis(100));
        // It may have noticed and stopped, or hang on to its own copies; the files decide.
        started.kill();
        let ran = bench.run(&["--adapter-max-messages=1000000"]);
        assert_eq!(ran.exit, Some(0), "{ran:?}");
        let whole = shell(LOG_SCRIPT, &bench.path("in.log"));
        assert!(
            bench.read("out.log") == whole,
            "damage at {start}: the bytes differ"
        );
        assert_eq!(ran.count("records_in"), 10_000, "damage at {start}");
    }
}

#[test]
fn a_region_that_is_cut_while_running_ends_the_run_and_the_next_one_completes() {
    let input = log(5_000, 12);
    let bench = Bench::new(&input, &LOG_KEYS).follow();
    let expected = shell(LOG_SCRIPT, &bench.path("in.log"));
    let started = bench.start(&[]);
    bench.wait_for("out.log", &expected);
    let region = fs::OpenOptions::new()
        .write(true)
        .open(started.lane_path())
        .unwrap();
    region.set_len(0).unwrap();
    bench.append(&input);
    let ran = started.wait();
    assert_ne!(ran.exit, Some(0), "{ran:?}");
    let ran = bench.run(&["--adapter-max-messages=1000000"]);
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    assert!(bench.read("out.log") == shell(LOG_SCRIPT, &bench.path("in.log")));
}

const HASH_KEY: &str = "json_hash:user=hmac_sha256:pii";
const SECRET: &str = "a secret that nobody should ever read";

fn secret(bench: &Bench, path: &str) -> byteor_config::SecretReference {
    byteor_config::SecretReference {
        name: "pii".into(),
        kind: byteor_config::SecretKind::File,
        path: bench.path(path).to_str().unwrap().into(),
    }
}

#[test]
fn a_secret_is_read_on_the_host_and_never_shown() {
    let input = b"{\"user\":\"ada\"}\nno JSON\n{\"user\":\"bob\"}\n";
    let mut bench = Bench::new(input, &[HASH_KEY]);
    bench.config.secrets = vec![secret(&bench, "pii")];
    fs::write(bench.path("pii"), format!("{SECRET}\n")).unwrap();
    let root = format!("--allow-root={}", bench.dir.path().display());
    let ran = bench.run(&[&root]);
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    assert!(!format!("{ran:?}").contains(SECRET));
    let out = String::from_utf8(bench.read("out.log")).unwrap();
    // HMAC-SHA-256 of the names under the secret without its line feed, as `openssl dgst` gives it.
    assert_eq!(
        out,
        "{\"user\":\"e16aa7702b475d755bc310c9ee4ae0536c0c6171351fbf8bf287b2db773de82f\"}\n{\"user\":\"d1d18aca109bfb3a4847896881beb7bfaf6945de6bfe749cd3d4467c8628d91d\"}\n"
    );
    // What can't be hashed goes to the reject file, as it came in, and not to the output.
    assert_eq!(bench.read("rejected.log"), b"no JSON\n");
    assert_eq!((ran.count("records_in"), ran.count("rejected")), (3, 1));
}

#[test]
fn secrets_that_are_missing_unused_unreadable_or_short_are_refused() {
    let mut bench = Bench::new(b"{}\n", &[HASH_KEY]);
    refuses(&bench, &[], 3, "E_CONFIG_SECRET_MISSING");
    bench.config.secrets = vec![secret(&bench, "pii")];
    refuses(&bench, &[], 3, "E_SECRET_READ");
    for (value, code) in [
        (String::new(), "E_SECRET_LENGTH"),
        ("fifteen bytes!!\r\n".to_owned(), "E_SECRET_LENGTH"),
        ("x".repeat(4_097), "E_SECRET_LENGTH"),
    ] {
        fs::write(bench.path("pii"), &value).unwrap();
        let ran = refuses(&bench, &[], 3, code);
        assert!(value.is_empty() || !format!("{ran:?}").contains(value.trim_end()));
    }
    fs::write(bench.path("pii"), SECRET).unwrap();
    let outside = tempfile::tempdir().unwrap();
    let root = format!("--allow-root={}", outside.path().display());
    refuses(&bench, &[&root], 4, "E_PATH_OUTSIDE_ROOTS");
    assert!(!bench.path("out.log").exists(), "nothing was touched");
    bench.write_spec(&["identity"]);
    refuses(&bench, &[], 3, "E_CONFIG_SECRET_UNUSED");
}

#[test]
fn a_secret_that_others_can_try_is_long_and_one_that_a_server_gave_is_as_it_is() {
    let token = |bench: &mut Bench| {
        let mut named = secret(bench, "token");
        named.name = "token".into();
        bench.config.secrets = vec![named];
        fs::write(bench.path("token"), "short\n").unwrap();
        Some("token".to_owned())
    };
    let port = bench::http::free_port();
    let mut bench = Bench::new(b"", &["identity"]);
    let mut ingress = bench::http::ingress(port);
    ingress.token = token(&mut bench);
    bench.config.ingress = Ingress::Http(ingress);
    let ran = refuses(&bench, &[], 3, "E_SECRET_LENGTH");
    assert!(
        format!("{ran:?}").contains("others could guess it"),
        "{ran:?}"
    );
    let mut bench = Bench::new(b"", &["identity"]);
    let mut egress = bench::http::egress(port);
    egress.token = token(&mut bench);
    bench.config.egress = Egress::Http(egress);
    let ran = bench.run(&[]);
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    fs::write(bench.path("token"), "\n").unwrap();
    let ran = refuses(&bench, &[], 3, "E_SECRET_LENGTH");
    assert!(format!("{ran:?}").contains("is empty"), "{ran:?}");
}

#[test]
fn a_stage_that_gives_several_records_is_refused() {
    let bench = Bench::new(b"a\n", &["split:,"]);
    let ran = bench.run(&[]);
    assert_eq!(ran.code(), "E_EXEC_UNSUPPORTED", "{ran:?}");
    assert!(bench.read("out.log").is_empty());
}

#[test]
fn a_checkpoint_whose_states_cannot_be_taken_up_is_refused_and_stays() {
    let keys = ["sample:3", "dedupe:10"];
    for (from, to, code, stage) in [
        (
            "state.key=sample:3\n",
            "state.key=sample:4\n",
            "E_CHECKPOINT_STATE",
            None,
        ),
        ("state.id=s1\n", "state.id=s9\n", "E_CHECKPOINT_STATE", None),
        (
            "state.len=17\n",
            "state.len=16\n",
            "E_CHECKPOINT_CORRUPT",
            None,
        ),
        (
            "state.len=17\nstages.0.state.base64=AQ",
            "state.len=17\nstages.0.state.base64=AB",
            "E_STAGE_STATE",
            Some("s0"),
        ),
        (
            "checkpoint.v=3\n",
            "checkpoint.v=9\n",
            "E_CHECKPOINT_CORRUPT",
            None,
        ),
    ] {
        let bench = Bench::new(b"a\nb\nc\nd\n", &keys);
        bench.run_well();
        assert_eq!(bench.read("out.log"), b"a\nd\n");
        bench.append(b"e\n");
        bench.forge(from, to);
        let before = bench.read("out.log.checkpoint");
        let ran = refuses(&bench, &[], 5, code);
        let help = ran.last()["help"].as_str().unwrap();
        assert!(help.contains("move the checkpoint away"), "{ran:?}");
        assert_eq!(ran.last()["stage"].as_str(), stage, "{ran:?}");
        assert_eq!(bench.read("out.log.checkpoint"), before);
        assert_eq!(bench.read("out.log"), b"a\nd\n");
        // And what the help says helps.
        fs::remove_file(bench.path("out.log.checkpoint")).unwrap();
        bench.run_well();
        assert_eq!(bench.read("out.log"), b"a\nd\na\nd\n");
    }
}
