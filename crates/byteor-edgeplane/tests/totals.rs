//! Totals say since when they count, over everything that a run goes on from.

mod bench;

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use bench::Bench;
use serde_json::{Value, json};

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

#[test]
fn totals_go_on_with_their_beginning_over_kills_specs_and_inputs() {
    let before = now();
    let mut bench = Bench::new(b"a\nb\n", &["keep:a"]).follow();
    let started = bench.start(&[]);
    let first = started.event()["counters"].clone();
    let since = first["since"].as_u64().unwrap();
    assert!((before..=now()).contains(&since), "{first}");
    let nothing = json!({ "since": since, "records_in": 0, "records_out": 0, "dropped": 0,
                          "rejected": 0, "bytes_in": 0, "bytes_out": 0, "truncations": 0 });
    assert_eq!(first, nothing, "a first run begins at nothing");
    bench.wait_for("out.log", b"a\n");
    started.kill();

    // What the killed run didn't save is counted again, from the same beginning.
    let ran = bench.start(&[]).terminate();
    assert_eq!(ran.count("since"), since);
    let known = ran.last()["counters"].clone();

    let started = bench.start(&[]);
    assert_eq!(started.event()["counters"], known, "and told at the start");
    // Either of the two may have been stopped before it had read everything.
    let known = started.terminate().last()["counters"].clone();

    bench.write_spec(&["identity"]);
    fs::write(bench.path("other.log"), "x\ny\nz\n").unwrap();
    bench::ingress(&mut bench.config).path = bench.path("other.log").to_str().unwrap().to_owned();
    let ran = bench.run(&["--adapter-max-messages=3"]);
    assert_eq!(ran.count("since"), since);
    let read = known["records_in"].as_u64().unwrap() + 3;
    assert_eq!(ran.count("records_in"), read);

    // Moved away, the account begins anew.
    fs::remove_file(bench.path("out.log.checkpoint")).unwrap();
    let moved = now();
    let ran = bench.run(&["--adapter-max-messages=1"]);
    assert!(ran.count("since") >= moved, "{ran:?}");
    assert_eq!(ran.count("records_in"), 1);
}

#[test]
fn a_checkpoint_of_an_older_build_is_read_and_nobody_invents_when_it_began() {
    for version in [1, 2] {
        let bench = Bench::new(b"a\nb\n", &["identity"]);
        let since = bench.run_well().count("since");
        bench.forge("checkpoint.v=3\n", &format!("checkpoint.v={version}\n"));
        bench.forge(&format!("totals.since={since}\n"), "");
        if version == 1 {
            bench.forge("stages.0.state=none\n", "");
        }
        bench.append(b"c\n");
        let ran = bench.run_well();
        assert_eq!(ran.last()["counters"]["since"], Value::Null, "{ran:?}");
        assert_eq!(ran.count("records_in"), 3);
        assert_eq!(bench.read("out.log"), b"a\nb\nc\n");
    }
}
