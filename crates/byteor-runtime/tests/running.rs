//! `run --sp` and `snapshot`: answers, streams and exit codes.

mod desk;

use byteor_pipeline_spec::{encode_kv_v1, single_ring_chain};
use desk::{Desk, spec};
use serde_json::Value;

#[test]
fn a_run_refuses_a_spec_that_is_not_canonical() {
    let desk = Desk::new();
    desk.file("spec.kv", encode_kv_v1(&spec()) + "future.key=1\n");
    let answer = desk.run(&["run", "--sp", "--spec=spec.kv", "--input=spec.kv"]);
    assert_eq!((answer.exit, answer.out.as_str()), (4, ""));
    assert!(
        answer.err.contains("E_SPEC_NOT_CANONICAL"),
        "{}",
        answer.err
    );
}

#[test]
fn a_run_shows_what_is_wrong_with_a_spec_as_validate_does() {
    let desk = Desk::new();
    let kv = encode_kv_v1(&spec());
    desk.file("form.kv", kv.replace("shards=1", "shards=one"));
    desk.file("rules.kv", kv.replace("keep:k", "keep:k("));
    for name in ["form.kv", "rules.kv"] {
        let flag = format!("--spec={name}");
        let words = ["run", "--sp", &flag, "--input=form.kv"];
        let answer = desk.run(&words);
        assert_eq!((answer.exit, answer.out.as_str()), (1, ""));
        assert_eq!(answer.err, desk.run(&["validate", name]).err);
        assert!(
            answer.err.starts_with(&format!("{name}:")),
            "{}",
            answer.err
        );
        assert!(answer.err.contains("^\n  help: "), "{}", answer.err);
        // For machines, as ever.
        let answer = desk.run(&[&words[..], &["--json"]].concat()).json();
        assert_eq!(answer["ok"], false);
        assert!(answer["error"].as_str().unwrap().contains(name));
    }
}

#[test]
fn a_single_process_run_prints_what_comes_out_in_memory_and_over_shared_memory() {
    let desk = Desk::new();
    desk.file("spec.kv", encode_kv_v1(&spec()));
    let mut input = b"ka\nno\n\n".to_vec();
    input.extend(vec![b'k'; 300]);
    input.extend_from_slice(b"\nk");
    input.extend(vec![b'a'; 100]);
    input.extend_from_slice(b"\nlast k");
    desk.file("input", input);
    let words = ["run", "--sp", "--spec=spec.kv", "--input=input"];
    for more in [&[][..], &["--lane-path=lane"]] {
        let answer = desk.run(&[&words[..], more].concat());
        assert_eq!(
            (answer.exit, answer.out.as_str()),
            (0, "kaaa\nlaaast k\n"),
            "{}",
            answer.err
        );
        assert!(
            answer
                .err
                .contains("6 records in, 2 out, 2 dropped, 2 rejected"),
            "{}",
            answer.err
        );
        assert_eq!(answer.err.matches("E_RECORD_TOO_LARGE").count(), 2);
        assert!(!desk.path().join("lane").exists());
    }
    let answer = desk.run(&[&words[..], &["--slot-bytes=1024"]].concat());
    assert!(answer.err.contains("0 rejected"), "{}", answer.err);
}

#[test]
fn a_stepped_run_prints_what_the_threads_print_and_runs_lane_graphs_too() {
    let desk = Desk::new();
    desk.file("spec.kv", encode_kv_v1(&spec()));
    let mut input = b"ka\nno\n\n".to_vec();
    input.extend(vec![b'k'; 300]);
    input.extend_from_slice(b"\nk");
    input.extend(vec![b'a'; 100]);
    input.extend_from_slice(b"\nlast k");
    desk.file("input", input);
    let words = ["run", "--sp", "--spec=spec.kv", "--input=input"];
    let threaded = desk.run(&words);
    let counts = "6 records in, 2 out, 2 dropped, 2 rejected";
    assert!(threaded.err.contains(counts), "{}", threaded.err);
    for seed in ["--seed=0", "--seed=9"] {
        let stepped = desk.run(&[&words[..], &["--step", seed]].concat());
        assert_eq!(
            (stepped.exit, &stepped.out),
            (0, &threaded.out),
            "{}",
            stepped.err
        );
        assert!(stepped.err.contains(counts), "{}", stepped.err);
    }

    let graph = byteor_pipeline_spec::LaneGraphBuilder::new()
        .events("a.post")
        .events("b.b_out")
        .events("post.out")
        .events("split.b_out")
        .ingress("a", "a.post")
        .ingress("b", "b.b_out")
        .stage(
            "post",
            "http_post:https://example.com/",
            "a.post",
            "post.out",
        )
        .stage("split", "split:,", "b.b_out", "split.b_out")
        .egress("b_out", "split.b_out")
        .egress("out", "post.out")
        .build()
        .unwrap();
    desk.file("graph.kv", encode_kv_v1(&graph));
    desk.file("lines", "1,2\n3\n");
    let words = ["run", "--sp", "--step", "--spec=graph.kv", "--input=lines"];
    let unnamed = desk.run(&words);
    assert_eq!(unnamed.exit, 2);
    assert!(unnamed.err.contains("E_RUN_INGRESS"), "{}", unnamed.err);
    let to_b = desk.run(&[&words[..], &["--ingress=b"]].concat());
    assert_eq!(to_b.out, "b_out\t1\nb_out\t2\nb_out\t3\n", "{}", to_b.err);
    let to_a = desk.run(&[&words[..], &["--ingress=a"]].concat());
    assert_eq!(to_a.out, "out\t1,2\nout\t3\n", "{}", to_a.err);
    assert!(
        to_a.err.contains("would have acted 2 times"),
        "{}",
        to_a.err
    );
}

#[test]
fn a_lane_graph_runs_with_threads_in_memory_and_over_a_folder() {
    let desk = Desk::new();
    let graph = byteor_pipeline_spec::LaneGraphBuilder::new()
        .events("a.split")
        .events("b.loud")
        .fanout_broadcast("split.fanout_broadcast", 2)
        .events("keep.kept")
        .events("loud.b_out")
        .events("rest.all")
        .ingress("a", "a.split")
        .ingress("b", "b.loud")
        .stage("split", "split:,", "a.split", "split.fanout_broadcast")
        .stage("keep", "keep:k", "split.fanout_broadcast", "keep.kept")
        .stage("rest", "identity", "split.fanout_broadcast", "rest.all")
        .stage("loud", "upper", "b.loud", "loud.b_out")
        .egress("all", "rest.all")
        .egress("b_out", "loud.b_out")
        .egress("kept", "keep.kept")
        .build()
        .unwrap();
    desk.file("graph.kv", encode_kv_v1(&graph));
    let mut input = b"k1,2\n".to_vec();
    input.extend(vec![b'x'; 300]);
    input.extend_from_slice(b"\n3,k4");
    desk.file("lines", input);
    let words = ["run", "--sp", "--spec=graph.kv", "--input=lines"];
    let unnamed = desk.run(&words);
    assert_eq!(unnamed.exit, 2);
    assert!(unnamed.err.contains("E_RUN_INGRESS"), "{}", unnamed.err);
    for more in [&[][..], &["--lane-path=lanes"]] {
        let answer = desk.run(&[&words[..], &["--ingress=a"], more].concat());
        assert_eq!(answer.exit, 0, "{}", answer.err);
        let of = |egress: &str| -> Vec<&str> {
            let lines = answer.out.lines();
            lines.filter_map(|line| line.strip_prefix(egress)).collect()
        };
        assert_eq!(of("all\t"), ["k1", "2", "3", "k4"]);
        assert_eq!(of("kept\t"), ["k1", "k4"]);
        assert_eq!(answer.out.lines().count(), 6);
        let counts = "3 records in, 6 out, 2 dropped, 1 rejected";
        assert!(answer.err.contains(counts), "{}", answer.err);
        assert!(!desk.path().join("lanes").exists());
    }
    let one = desk.run(&[&words[..], &["--ingress=b"]].concat());
    assert_eq!(one.out, "b_out\tK1,2\nb_out\t3,K4\n", "{}", one.err);
    // A folder that a run did not make stays.
    std::fs::create_dir(desk.path().join("mine")).unwrap();
    desk.file("mine/letter", "kept");
    let refused = desk.run(&[&words[..], &["--ingress=a", "--lane-path=mine"]].concat());
    assert_eq!(refused.exit, 5);
    assert!(refused.err.contains("E_LANE_PATH"), "{}", refused.err);
    assert!(desk.path().join("mine/letter").exists());
}

#[test]
fn recorded_choices_are_played_back() {
    let desk = Desk::new();
    let graph = byteor_pipeline_spec::LaneGraphBuilder::new()
        .fanout_broadcast("in.fan", 2)
        .events("loud.merged")
        .events("quiet.merged")
        .events("merged.out")
        .ingress("in", "in.fan")
        .stage("loud", "upper", "in.fan", "loud.merged")
        .stage("quiet", "lower", "in.fan", "quiet.merged")
        .merge(
            "merged",
            &["loud.merged", "quiet.merged"],
            "merged.out",
            byteor_pipeline_spec::MergePolicy::RoundRobin,
        )
        .egress("out", "merged.out")
        .build()
        .unwrap();
    desk.file("graph.kv", encode_kv_v1(&graph));
    desk.file("lines", "Ab\nCd\n");
    let words = ["run", "--sp", "--step", "--spec=graph.kv", "--input=lines"];
    for (choices, out) in [
        ("merge merged 0 1 0 1\n", "AB\nab\nCD\ncd\n"),
        ("merge merged 1\nmerge merged 1 0 0\n", "ab\ncd\nAB\nCD\n"),
    ] {
        desk.file("choices", choices);
        let answer = desk.run(&[&words[..], &["--choices=choices"]].concat());
        assert_eq!((answer.exit, &*answer.out), (0, out), "{}", answer.err);
    }
    desk.file("choices", "merge merged 7\n");
    let answer = desk.run(&[&words[..], &["--choices=choices"]].concat());
    assert!(answer.err.contains("E_STEP_CHOICE"), "{}", answer.err);
    desk.file("choices", "nonsense\n");
    let answer = desk.run(&[&words[..], &["--choices=choices"]].concat());
    assert_eq!(answer.exit, 3);
    assert!(answer.err.contains("E_CHOICES_READ"), "{}", answer.err);
}

#[test]
fn a_snapshot_of_a_graph_is_read_from_its_folder() {
    use byteor_pipeline_exec::lane_graph::{LaneGraph, LanesIn, Options};
    let desk = Desk::new();
    let spec = byteor_pipeline_spec::LaneGraphBuilder::new()
        .events("in.only")
        .sequenced_slots("only.out", 7)
        .ingress("in", "in.only")
        .stage("only", "keep:k", "in.only", "only.out")
        .egress("out", "only.out")
        .build()
        .unwrap();
    let byteor_pipeline_spec::PipelineSpecV1::LaneGraph(graph) = &spec else {
        panic!("a graph");
    };
    struct Nowhere;
    impl byteor_pipeline_exec::lane_graph::EgressSink for Nowhere {
        fn take(&mut self, _: &[u8]) -> Result<(), byteor_pipeline_exec::SinkFailure> {
            Ok(())
        }
    }
    let options = Options {
        lanes: LanesIn::Folder(desk.path().join("run")),
        ..Options::default()
    };
    let sinks = [("out".to_owned(), Box::new(Nowhere) as Box<_>)].into();
    let stages = byteor_pipeline_exec::PureStages;
    let mut running = LaneGraph::start(graph, &stages, sinks, &options).unwrap();
    let mut ingress = running.ingress("in").unwrap();
    for record in ["k", "no", "kk"] {
        ingress.append(record.as_bytes()).unwrap();
    }
    ingress.end();
    running.drain(std::time::Duration::from_secs(30)).unwrap();
    let told = desk.run(&["snapshot", "--lane-path=run", "--json"]).json();
    let of_run = serde_json::to_value(byteor_pipeline_exec::Snapshot::from(running.snapshot()));
    for (name, value) in of_run.unwrap().as_object().unwrap() {
        assert_eq!(&told[name], value, "{name}");
    }
    assert_eq!(told["lanes"][1]["capacity"], 7);
    assert_eq!(told["lanes"][1]["readers"][0]["read"], 2);
    let words = desk.run(&["snapshot", "--lane-path=run"]);
    assert!(
        words.out.contains("lane graph of 2 lanes and 1 roles"),
        "{}",
        words.out
    );
    assert!(
        words
            .out
            .contains("in 3 (5 bytes), out 2 (3 bytes), dropped 1"),
        "{}",
        words.out
    );
}

#[test]
fn a_run_without_adapters_or_input_says_what_to_add() {
    let desk = Desk::new();
    desk.file("spec.kv", encode_kv_v1(&spec()));
    let answer = desk.run(&["run", "--spec=spec.kv"]);
    assert_eq!(answer.exit, 2);
    assert!(answer.err.contains("--sp --input=PATH"), "{}", answer.err);
    let answer = desk.run(&["run", "--sp", "--spec=spec.kv"]);
    assert_eq!(answer.exit, 2);
    let answer = desk.run(&["run", "--sp", "--spec=spec.kv", "--input=none"]);
    assert_eq!(answer.exit, 3);
    let posted = single_ring_chain(&[("post", "http_post:https://example.com/")]);
    desk.file("post.kv", encode_kv_v1(&posted));
    let answer = desk.run(&["run", "--sp", "--spec=post.kv", "--input=spec.kv", "--json"]);
    assert_eq!(
        (answer.exit, &answer.json()["stage"]),
        (4, &Value::from("post"))
    );
}

#[test]
fn a_snapshot_of_what_is_no_region_is_refused() {
    let desk = Desk::new();
    desk.file("short", "IBUS");
    desk.file("zeros", vec![0; 1 << 20]);
    desk.file("noise", vec![0xa5; 1 << 20]);
    for name in ["short", "zeros", "noise", "none"] {
        let lane = format!("--lane-path={name}");
        let answer = desk.run(&["snapshot", &lane]);
        assert_eq!((answer.exit, answer.out.as_str()), (3, ""), "{name}");
        assert!(answer.err.starts_with("error[E_"), "{name}: {}", answer.err);
    }
}
