//! Each kind of node: what it takes, writes, drops, rejects, and how it ends and fails.

use byteor_pipeline_spec::{
    LaneGraphBuilder, MergePolicy, PipelineSpecV1, ShardKey, SingleRingBuilder, single_ring_chain,
};
use byteor_pipeline_stages::{BuildError, Outcome, Output, Stage, StageFailure};
use byteor_pipeline_step::{Choices, Discard, Options, StepError, StepKind, Stepper};

use crate::support::{Run, feed, stepper};

fn texts(records: &[&str]) -> Vec<Vec<u8>> {
    records.iter().map(|r| r.as_bytes().to_vec()).collect()
}

fn refusal(spec: &PipelineSpecV1, options: Options) -> StepError {
    let stages = byteor_pipeline_step::Stages::default();
    let refused = Stepper::new(spec, &stages, options).map(|_| ());
    refused.expect_err("it should be refused")
}

/// a and b -> merge -> out.
fn merged(policy: MergePolicy) -> PipelineSpecV1 {
    LaneGraphBuilder::new()
        .events("a.x")
        .events("b.x")
        .events("x.merge.y")
        .events("y.merge.y")
        .events("merge.y.out")
        .ingress("a", "a.x")
        .ingress("b", "b.x")
        .stage("x", "identity", "a.x", "x.merge.y")
        .stage("y", "identity", "b.x", "y.merge.y")
        .merge(
            "merge.y",
            &["x.merge.y", "y.merge.y"],
            "merge.y.out",
            policy,
        )
        .egress("out", "merge.y.out")
        .build()
        .unwrap()
}

fn at(stepper: &Stepper, id: &str) -> usize {
    stepper
        .nodes()
        .iter()
        .position(|node| node.id() == id)
        .unwrap()
}

/// Everything waits in front of the merge before it takes its first.
fn merge_of(policy: MergePolicy, a: &[&str], b: &[&str]) -> Vec<Vec<u8>> {
    let mut stepper = stepper(&merged(policy), Options::default());
    let merge = at(&stepper, "merge.y");
    stepper.kill(merge);
    for (ingress, records) in [(0, a), (1, b)] {
        for record in records {
            stepper.feed(ingress, record.as_bytes()).unwrap();
        }
    }
    stepper.end_input();
    Run::of(&mut stepper);
    stepper.revive(merge);
    let out = Run::of(&mut stepper).only_out();
    assert!(stepper.finished());
    out
}

#[test]
fn round_robin_takes_one_of_each_input_in_turn_and_passes_over_empty_ones() {
    let out = merge_of(
        MergePolicy::RoundRobin,
        &["a1", "a2", "a3", "a4"],
        &["b1", "b2"],
    );
    assert_eq!(out, texts(&["a1", "b1", "a2", "b2", "a3", "a4"]));
    let out = merge_of(MergePolicy::RoundRobin, &[], &["b1", "b2"]);
    assert_eq!(out, texts(&["b1", "b2"]));
}

#[test]
fn priority_takes_the_first_input_that_has_a_record() {
    let out = merge_of(MergePolicy::Priority, &["a1", "a2", "a3"], &["b1", "b2"]);
    assert_eq!(out, texts(&["a1", "a2", "a3", "b1", "b2"]));
    let out = merge_of(MergePolicy::Priority, &[], &["b1"]);
    assert_eq!(out, texts(&["b1"]));
}

#[test]
fn a_merge_goes_on_past_a_dead_input_and_never_ends_with_one() {
    for policy in [MergePolicy::RoundRobin, MergePolicy::Priority] {
        for dead in ["x", "y"] {
            let mut stepper = stepper(&merged(policy), Options::default());
            let dead = at(&stepper, dead);
            stepper.kill(dead);
            feed(&mut stepper, &texts(&["a", "b", "a", "b"]));
            let run = Run::of(&mut stepper);
            assert_eq!(run.only_out().len(), 2, "the other input comes through");
            let merge = stepper.node(at(&stepper, "merge.y")).unwrap();
            assert!(!merge.ended() && !stepper.finished());
            // What a dead writer left in its lane is still taken, once it is back.
            stepper.revive(dead);
            assert_eq!(Run::of(&mut stepper).only_out().len(), 2);
            assert!(stepper.finished());
        }
    }
}

#[test]
fn a_merge_takes_the_inputs_that_were_recorded_and_waits_for_them() {
    let choices = Choices {
        merges: [("merge.y".to_owned(), vec![1, 1, 0])].into(),
        ..Choices::default()
    };
    for seed in 0..20 {
        let options = Options {
            seed,
            choices: Some(choices.clone()),
            ..Options::default()
        };
        let mut stepper = stepper(&merged(MergePolicy::Priority), options);
        for (ingress, record) in [(0, "a1"), (0, "a2"), (1, "b1"), (1, "b2")] {
            stepper.feed(ingress, record.as_bytes()).unwrap();
        }
        stepper.end_input();
        let out = Run::of(&mut stepper).only_out();
        assert_eq!(out, texts(&["b1", "b2", "a1", "a2"]));
    }
}

#[test]
fn a_recorded_input_that_ended_is_an_error_and_choices_of_another_spec_are_refused() {
    let choices = |merge: &str, input| Choices {
        merges: [(merge.to_owned(), vec![input])].into(),
        ..Choices::default()
    };
    let options = |choices| Options {
        choices: Some(choices),
        ..Options::default()
    };
    let spec = merged(MergePolicy::RoundRobin);
    let mut ended = stepper(&spec, options(choices("merge.y", 1)));
    ended.feed(0, b"a").unwrap();
    ended.end_input();
    let failure = loop {
        match ended.step() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it should fail"),
            Err(failure) => break failure,
        }
    };
    assert_eq!(failure.code, "E_STEP_CHOICE");
    assert_eq!(failure.node.as_deref(), Some("merge.y"));
    assert_eq!(ended.step(), Err(failure.clone()), "it stays failed");
    assert_eq!(ended.save(), Err(failure), "and has no state");
    let discard = |write, missed| Discard { write, missed };
    let discards = |lane: &str, discards| Choices {
        discards: [(lane.to_owned(), discards)].into(),
        ..Choices::default()
    };
    for refused in [
        choices("merge.y", 2),
        choices("x", 0),
        discards("nowhere.x", vec![]),
        discards("a.x", vec![discard(1, 1), discard(1, 1)]),
        discards("a.x", vec![discard(1, 0)]),
        discards("a.x", vec![discard(1, 2)]),
        Choices {
            losses: [("a.x".to_owned(), vec![vec![0]])].into(),
            ..Choices::default()
        },
    ] {
        assert_eq!(refusal(&spec, options(refused)).code, "E_STEP_CHOICE");
    }
}

#[test]
fn a_router_gives_each_record_to_all_of_its_lanes_one_write_a_step() {
    let spec = LaneGraphBuilder::new()
        .events("in.s")
        .events("s.router.s")
        .events("s.a")
        .journal("s.journal")
        .ingress("in", "in.s")
        .stage("s", "identity", "in.s", "s.router.s")
        .router("router.s", "s.router.s", &["s.a", "s.journal"])
        .egress("a", "s.a")
        .egress("b", "s.journal")
        .build()
        .unwrap();
    let mut stepper = stepper(&spec, Options::default());
    feed(&mut stepper, &texts(&["1", "2"]));
    let run = Run::of(&mut stepper);
    assert_eq!(run.out["a/0"], run.out["b/0"]);
    assert_eq!(run.out["a/0"].len(), 2);
    assert_eq!(run.kinds(StepKind::Emitted), 2);
    let router = stepper.node(at(&stepper, "router.s")).unwrap().counters();
    assert_eq!((router.taken, router.passed), (2, 4));
}

#[test]
fn a_bridge_carries_between_kinds_and_a_split_gives_each_part_its_record() {
    let spec = LaneGraphBuilder::new()
        .journal("in.journal")
        .events("bridge.in.s")
        .sequenced_slots("s.out", 1)
        .ingress("in", "in.journal")
        .bridge("bridge.in", "in.journal", "bridge.in.s")
        .stage("s", "split:,", "bridge.in.s", "s.out")
        .egress("out", "s.out")
        .build()
        .unwrap();
    let mut stepper = stepper(&spec, Options::default());
    feed(&mut stepper, &texts(&["a,b,c", "d"]));
    let run = Run::of(&mut stepper);
    let expected = [(1, "a"), (1, "b"), (1, "c"), (2, "d")];
    let expected = expected.map(|(record, text)| (record, text.as_bytes().to_vec()));
    assert_eq!(run.out["out/0"], expected);
    assert!(stepper.finished());
}

#[test]
fn dropped_and_rejected_records_are_steps_and_counts() {
    for spec in [
        single_ring_chain(&[("less", "drop:x"), ("more", "prefix:----")]),
        LaneGraphBuilder::new()
            .events("in.less")
            .events("less.more")
            .events("more.out")
            .ingress("in", "in.less")
            .stage("less", "drop:x", "in.less", "less.more")
            .stage("more", "prefix:----", "less.more", "more.out")
            .egress("out", "more.out")
            .build()
            .unwrap(),
    ] {
        let options = Options {
            record_bytes: 8,
            ..Options::default()
        };
        let mut stepper = stepper(&spec, options);
        feed(
            &mut stepper,
            &texts(&["x", "abcd", "abcde", "123456789", ""]),
        );
        let run = Run::of(&mut stepper);
        assert_eq!(run.only_out(), texts(&["----abcd", "----"]));
        let less = stepper.node(at(&stepper, "less")).unwrap().counters();
        let more = stepper.node(at(&stepper, "more")).unwrap().counters();
        assert_eq!((less.taken, less.dropped, less.passed), (4, 1, 3));
        assert_eq!((more.taken, more.rejected, more.passed), (3, 1, 2));
        let came_in = stepper.nodes()[0].counters();
        assert_eq!((came_in.taken, came_in.rejected), (5, 1));
        assert!(stepper.finished());
    }
}

#[test]
fn a_step_has_the_record_before_and_after() {
    let spec = single_ring_chain(&[("loud", "upper")]);
    let mut stepper = stepper(&spec, Options::default());
    feed(&mut stepper, &texts(&["abc"]));
    stepper.step().unwrap();
    let step = stepper.step().unwrap().unwrap();
    assert_eq!((step.kind, step.record), (StepKind::Out, 1));
    assert_eq!(stepper.before(), Some(&b"abc"[..]));
    assert_eq!(stepper.after(), Some(&b"ABC"[..]));
    assert_eq!(stepper.fed(1), Some(&b"abc"[..]));
}

#[test]
fn a_stage_that_acts_on_the_outside_is_never_built_and_says_what_it_would_do() {
    let key = "http_post:https://example.com/records";
    let spec = single_ring_chain(&[("post", key)]);
    let never = |id: &str, _: &str| -> Result<Box<dyn Stage>, BuildError> {
        panic!("`{id}` was asked for");
    };
    let mut stepper = Stepper::new(&spec, &never, Options::default()).unwrap();
    stepper.feed(0, b"abc").unwrap();
    let run = Run::of(&mut stepper);
    assert_eq!(run.only_out(), texts(&["abc"]));
    assert_eq!(stepper.nodes()[1].would_act(), Some(key));
    assert_eq!(stepper.nodes()[1].counters().taken, 1);
}

#[test]
fn a_stage_that_fails_stops_everything_and_is_named_with_the_record() {
    struct Fails;
    impl Stage for Fails {
        fn process(&mut self, r: &[u8], _: &mut Output<'_>) -> Result<Outcome, StageFailure> {
            if r == b"x" {
                return Err(StageFailure {
                    code: "E_TEST",
                    message: "x is not for me",
                });
            }
            Ok(Outcome::Forward)
        }
    }
    let spec = single_ring_chain(&[("fails", "keep:.")]);
    let fails = |_: &str, _: &str| -> Result<Box<dyn Stage>, BuildError> { Ok(Box::new(Fails)) };
    let mut stepper = Stepper::new(&spec, &fails, Options::default()).unwrap();
    feed(&mut stepper, &texts(&["a", "x", "b"]));
    let mut run = Run::default();
    let failure = loop {
        match run.take(&mut stepper) {
            Ok(true) => {}
            Ok(false) => panic!("it should fail"),
            Err(failure) => break failure,
        }
    };
    assert_eq!((failure.code, failure.record), ("E_TEST", Some(2)));
    assert_eq!(failure.node.as_deref(), Some("fails"));
    assert_eq!(run.only_out(), texts(&["a"]));
}

#[test]
fn stages_side_by_side_in_a_ring_only_forward() {
    let ring = |key: &str| {
        SingleRingBuilder::new()
            .stage("a", "identity", &[])
            .stage("b", key, &[])
            .stage("c", "identity", &[0, 1])
            .build()
    };
    let mut good = stepper(&ring("keep:."), Options::default());
    feed(&mut good, &texts(&["1", "2"]));
    assert_eq!(Run::of(&mut good).only_out(), texts(&["1", "2"]));
    let mut bad = stepper(&ring("upper"), Options::default());
    feed(&mut bad, &texts(&["abc"]));
    let failure = loop {
        match bad.step() {
            Ok(step) => assert!(step.is_some(), "it should fail"),
            Err(failure) => break failure,
        }
    };
    assert_eq!(failure.code, "E_EXEC_UNORDERED_CHANGE");
}

#[test]
fn each_shard_has_stages_of_its_own_and_keeps_the_order_of_its_keys() {
    let spec = SingleRingBuilder::new()
        .per_key(
            3,
            ShardKey {
                offset: 0,
                length: 1,
            },
        )
        .stage("count", "sample:2", &[])
        .build();
    let records: Vec<Vec<u8>> = (0..60_u8).map(|n| vec![b'a' + n % 6, n]).collect();
    for seed in 0..10 {
        let options = Options {
            seed,
            ..Options::default()
        };
        let mut stepper = stepper(&spec, options);
        feed(&mut stepper, &records);
        let run = Run::of(&mut stepper);
        let key = ShardKey {
            offset: 0,
            length: 1,
        };
        for shard in 0..3 {
            let own = records.iter().filter(|r| key.shard_of(r, 3) == Some(shard));
            let expected: Vec<&Vec<u8>> = own.step_by(2).collect();
            let out = run.out.get(&format!("count/{shard}"));
            let out: Vec<&Vec<u8>> = out.into_iter().flatten().map(|(_, r)| r).collect();
            assert_eq!(out, expected, "shard {shard}");
        }
    }
}

#[test]
fn what_cannot_be_stepped_is_refused_with_a_code() {
    let many = single_ring_chain(&[("many", "split:,")]);
    let refused = refusal(&many, Options::default());
    assert_eq!(refused.code, "E_STEP_UNSUPPORTED");
    assert_eq!(refused.node.as_deref(), Some("many"));
    let unknown = single_ring_chain(&[("what", "nonsense:1")]);
    assert!(
        refusal(&unknown, Options::default())
            .code
            .starts_with("E_KEY_")
    );
    let secret = single_ring_chain(&[("hash", "json_hash:id=hmac_sha256:pepper")]);
    let code = refusal(&secret, Options::default()).code;
    assert!(
        code == "E_STAGE_SECRET" || code.starts_with("E_KEY_"),
        "{code}"
    );
    let fine = single_ring_chain(&[("fine", "identity")]);
    for options in [
        Options {
            record_bytes: 0,
            ..Options::default()
        },
        Options {
            record_bytes: 16_385,
            ..Options::default()
        },
        Options {
            capacity: Some(0),
            ..Options::default()
        },
    ] {
        assert_eq!(refusal(&fine, options).code, "E_STEP_OPTIONS");
    }
    let PipelineSpecV1::SingleRing(mut ring) = fine.clone() else {
        panic!("a chain is a ring");
    };
    ring.shards = 0;
    let invalid = PipelineSpecV1::SingleRing(ring);
    assert_eq!(refusal(&invalid, Options::default()).code, "E_SPEC_SHARDS");
    let mut stepper = stepper(&fine, Options::default());
    assert_eq!(stepper.feed(1, b"").unwrap_err().code, "E_STEP_INGRESS");
    stepper.end_input();
    assert_eq!(stepper.feed(0, b"").unwrap_err().code, "E_STEP_ENDED");
}
