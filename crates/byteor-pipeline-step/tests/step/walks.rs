//! Going back and forth changes nothing of a run.

use byteor_pipeline::ExecutionTarget;
use byteor_pipeline_spec::{PipelineSpecV1, RoleWork, StageOp, single_ring_chain};
use byteor_pipeline_step::{
    BreakAt, Breakpoint, Limits, Look, Options, StepKind, Stepper, Walk, Went,
};
use proptest::prelude::*;

use crate::support::{Run, feed, records, sample_specs, stepper};

/// So few bytes of states that most of them are given up.
const SMALL: Limits = Limits {
    steps: 1 << 20,
    state_bytes: 20_000,
};

fn fed(spec: &PipelineSpecV1, seed: u64, input: u64, count: usize) -> Stepper {
    let options = Options {
        seed,
        capacity: Some(3),
        ..Options::default()
    };
    let mut stepper = stepper(spec, options);
    feed(&mut stepper, &records(input, count));
    stepper
}

fn walk(spec: &PipelineSpecV1, seed: u64, input: u64, count: usize, limits: Limits) -> Walk {
    Walk::new(fed(spec, seed, input, count), limits).unwrap()
}

fn to_end(walk: &mut Walk) -> u64 {
    walk.forward(u64::MAX, &mut |_, _| {}).unwrap().steps
}

fn any_sample() -> impl Strategy<Value = PipelineSpecV1> {
    let mut samples = sample_specs(ExecutionTarget::LaneGraph);
    samples.extend(sample_specs(ExecutionTarget::SingleRing));
    prop::sample::select(
        samples
            .into_iter()
            .map(|(_, spec)| spec)
            .collect::<Vec<_>>(),
    )
}

/// The spec with another key at its stage `at`, which is told.
fn with_key(mut spec: PipelineSpecV1, at: usize, key: &str) -> PipelineSpecV1 {
    let op = StageOp::Named {
        key: key.to_owned(),
    };
    match &mut spec {
        PipelineSpecV1::SingleRing(ring) => {
            let at = at % ring.stages.len();
            ring.stages[at].op = op;
        }
        PipelineSpecV1::LaneGraph(graph) => {
            let ops = graph
                .roles
                .iter_mut()
                .filter_map(|role| match &mut role.work {
                    RoleWork::Stage { op, .. } => Some(op),
                    _ => None,
                });
            let mut ops: Vec<_> = ops.collect();
            if !ops.is_empty() {
                let at = at % ops.len();
                *ops[at] = op;
            }
        }
    }
    spec
}

proptest! {
    #[test]
    fn wherever_a_walk_goes_it_stands_where_a_run_of_so_many_steps_stands(
        spec in any_sample(), seed in 0_u64..5, input in any::<u64>(),
        jumps in prop::collection::vec(any::<prop::sample::Index>(), 1..8),
    ) {
        let trace = Run::of(&mut fed(&spec, seed, input, 60)).trace;
        let mut walk = walk(&spec, seed, input, 60, SMALL);
        prop_assert_eq!(to_end(&mut walk), trace.len() as u64);
        prop_assert!(walk.ended() && walk.failure().is_none());
        for jump in jumps {
            let step = jump.index(trace.len() + 1);
            walk.go_to(step as u64).unwrap();
            let mut plain = fed(&spec, seed, input, 60);
            plain.run(step as u64, &mut |_, _| {}).unwrap();
            prop_assert_eq!(walk.stepper().save().unwrap(), plain.save().unwrap());
            prop_assert_eq!(walk.stepper().before(), plain.before());
            prop_assert_eq!(walk.stepper().after(), plain.after());
            let looked = jump.index(trace.len());
            let look: Look = walk.look(looked as u64 + 1).unwrap().unwrap();
            prop_assert_eq!((&look.step, &look.after), (&trace[looked].0, &trace[looked].1));
            prop_assert_eq!(walk.at(), step as u64, "looking stays");
            prop_assert_eq!(walk.stepper().before(), plain.before());
        }
    }

    #[test]
    fn the_steps_of_a_record_are_those_of_the_trace(
        spec in any_sample(), input in any::<u64>(), at in any::<prop::sample::Index>(),
    ) {
        let trace = Run::of(&mut fed(&spec, 0, input, 20)).trace;
        let mut walk = walk(&spec, 0, input, 20, SMALL);
        to_end(&mut walk);
        let at = at.index(trace.len() + 1);
        walk.go_to(at as u64).unwrap();
        for record in 1..=20 {
            let mut steps: Vec<_> =
                walk.steps_of(record).map(|(step, mark)| (step, mark.kind)).collect();
            steps.reverse();
            let told: Vec<_> = trace[..at]
                .iter()
                .enumerate()
                .filter(|(_, (step, _))| step.record == record)
                .map(|(index, (step, _))| (index as u64 + 1, step.kind))
                .collect();
            prop_assert_eq!(steps, told);
        }
    }

    #[test]
    fn a_breakpoint_stops_before_each_step_that_fits_and_at_no_other(
        spec in any_sample(), input in any::<u64>(), node in any::<prop::sample::Index>(),
    ) {
        let mut plain = fed(&spec, 0, input, 30);
        let node = node.index(plain.nodes().len()) as u32;
        let mut fits = Vec::new();
        while let Some(step) = plain.step().unwrap() {
            let a = plain.before().is_some_and(|record| record.contains(&b'a'));
            if step.node == node && a {
                fits.push(plain.steps());
            }
        }
        let mut walk = walk(&spec, 0, input, 30, SMALL);
        let point = Breakpoint::new(BreakAt::Node(node), &["keep:a".to_owned()]).unwrap();
        walk.set_breakpoints(vec![point]);
        let mut stopped = Vec::new();
        loop {
            let went: Went = walk.forward(u64::MAX, &mut |_, _| {}).unwrap();
            let Some((step, 0)) = went.stopped else { break };
            prop_assert_eq!(walk.at() + 1, step);
            stopped.push(step);
        }
        prop_assert_eq!(stopped, fits);
        prop_assert!(walk.ended());
    }

    #[test]
    fn another_key_gives_what_a_run_from_the_start_gives(
        spec in any_sample(), seed in 0_u64..5, input in any::<u64>(), at in 0_usize..8,
        key in prop::sample::select(vec!["upper", "drop:a", "dedupe:4", "prefix:xxxxxxxx", "sample:2"]),
    ) {
        let other = with_key(spec.clone(), at, key);
        let mut first = walk(&spec, seed, input, 60, Limits::default());
        to_end(&mut first);
        let mut again = first.again(fed(&other, seed, input, 60)).unwrap();
        to_end(&mut again);
        let mut fresh = walk(&other, seed, input, 60, Limits::default());
        to_end(&mut fresh);
        prop_assert_eq!(again.marks(), fresh.marks());
        prop_assert_eq!(again.stepper().save().unwrap(), fresh.stepper().save().unwrap());
        for step in [0, fresh.reached() / 2] {
            again.go_to(step).unwrap();
            fresh.go_to(step).unwrap();
            prop_assert_eq!(again.stepper().save().unwrap(), fresh.stepper().save().unwrap());
        }
    }
}

#[test]
fn a_stage_that_comes_late_keeps_what_was_before_it() {
    let spec = |last| single_ring_chain(&[("a", "keep:late"), ("b", "upper"), ("c", last)]);
    let input = |stepper: &mut Stepper| {
        for n in 0..3_000 {
            let text = if n < 2_000 { "early" } else { "late" };
            stepper.feed(0, text.as_bytes()).unwrap();
        }
        stepper.end_input();
    };
    let fresh = |last| {
        let mut stepper = stepper(&spec(last), Options::default());
        input(&mut stepper);
        stepper
    };
    let mut walk = Walk::new(fresh("trim"), Limits::default()).unwrap();
    let steps = to_end(&mut walk);
    let mut again = walk.again(fresh("prefix:x")).unwrap();
    assert!(again.at() > steps / 2, "{} of {steps}", again.at());
    to_end(&mut again);
    assert_eq!(again.reached(), steps);
}

#[test]
fn history_stays_within_its_bytes_and_reaches_back_to_the_start() {
    let spec = single_ring_chain(&[("a", "dedupe:512"), ("b", "upper")]);
    let mut walk = walk(&spec, 0, 7, 20_000, SMALL);
    let steps = to_end(&mut walk);
    let (kept, every) = walk.history();
    assert!(every > 1_024, "states were given up");
    assert!(kept <= SMALL.state_bytes + steps as usize * 12 + 20_000 * 4);
    walk.go_to(1).unwrap();
    assert_eq!(walk.at(), 1);
}

#[test]
fn a_walk_takes_no_more_steps_than_it_may() {
    let spec = single_ring_chain(&[("a", "upper")]);
    let limits = Limits { steps: 10, ..SMALL };
    let mut walk = walk(&spec, 0, 7, 100, limits);
    assert_eq!(to_end(&mut walk), 10);
    assert!(walk.spent() && !walk.ended());
}

#[test]
fn a_stage_that_fails_ends_the_walk_where_it_stood() {
    // A stage beside another one in a ring may only forward.
    let mut spec = single_ring_chain(&[("a", "identity"), ("b", "upper"), ("c", "identity")]);
    if let PipelineSpecV1::SingleRing(ring) = &mut spec {
        ring.stages[1].depends_on = vec![];
        ring.stages[2].depends_on = vec![0, 1];
    }
    let mut stepper = stepper(&spec, Options::default());
    for record in ["A", "B", "c"] {
        stepper.feed(0, record.as_bytes()).unwrap();
    }
    stepper.end_input();
    let mut walk = Walk::new(stepper, Limits::default()).unwrap();
    let steps = to_end(&mut walk);
    let failure = walk.failure().unwrap();
    assert_eq!(failure.code, "E_EXEC_UNORDERED_CHANGE");
    assert_eq!(
        (failure.node.as_deref(), failure.record),
        (Some("b"), Some(3))
    );
    assert!(walk.ended());
    assert_eq!((walk.at(), walk.reached()), (steps, steps));
    walk.go_to(0).unwrap();
    assert_eq!(to_end(&mut walk), steps, "and it ends there again");
    let out = walk
        .marks()
        .iter()
        .filter(|mark| mark.kind == StepKind::Out);
    assert!(out.count() <= 2);
}
