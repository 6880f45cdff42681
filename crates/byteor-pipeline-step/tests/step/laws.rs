//! What holds for any plan, input and schedule.

use std::collections::BTreeMap;

use byteor_pipeline::ExecutionTarget;
use byteor_pipeline_generator::{LargePlan, Shape};
use byteor_pipeline_spec::{LaneGraphSpec, OnFull, PipelineSpecV1};
use byteor_pipeline_step::{Options, StepKind};
use proptest::prelude::*;

use crate::support::{Run, feed, records, sample_specs, spec_of, stepper};

fn options(seed: u64, capacity: Option<u32>) -> Options {
    Options {
        seed,
        capacity,
        ..Options::default()
    }
}

fn with_on_full(spec: PipelineSpecV1, on_full: OnFull) -> PipelineSpecV1 {
    match spec {
        PipelineSpecV1::LaneGraph(graph) => {
            PipelineSpecV1::LaneGraph(LaneGraphSpec { on_full, ..graph })
        }
        ring => ring,
    }
}

/// Generated plans and the examples, of both targets.
fn any_spec() -> impl Strategy<Value = PipelineSpecV1> {
    let shapes = prop::sample::select(vec![
        (Shape::Chain, ExecutionTarget::LaneGraph),
        (Shape::Diamonds, ExecutionTarget::LaneGraph),
        (Shape::Fan, ExecutionTarget::LaneGraph),
        (Shape::Ring, ExecutionTarget::SingleRing),
        (Shape::RingDiamond, ExecutionTarget::SingleRing),
    ]);
    let generated = (shapes, 6_usize..24, any::<u64>(), 0_u64..3).prop_map(
        |((shape, target), lines, seed, variant)| {
            let plan = LargePlan {
                shape,
                lines,
                seed,
                variant,
            };
            spec_of(&plan.text(), target).expect("generated plans compile")
        },
    );
    let mut samples = sample_specs(ExecutionTarget::LaneGraph);
    samples.extend(sample_specs(ExecutionTarget::SingleRing));
    let samples: Vec<_> = samples.into_iter().map(|(_, spec)| spec).collect();
    prop_oneof![generated, prop::sample::select(samples)]
}

fn loses_by_itself(spec: &PipelineSpecV1) -> bool {
    let PipelineSpecV1::LaneGraph(graph) = spec else {
        return false;
    };
    let journal =
        |lane: &byteor_pipeline_spec::Lane| lane.channel == byteor_pipeline_spec::Channel::Journal;
    graph.lanes.iter().any(journal)
}

/// Whether what leaves depends on the order that a merge makes.
fn remembers(spec: &PipelineSpecV1) -> bool {
    let of_state = |key: &str| key.starts_with("sample") || key.starts_with("dedupe");
    spec.stages().iter().any(|(_, op)| of_state(op.key()))
}

proptest! {
    #[test]
    fn the_same_seed_gives_the_same_steps(
        spec in any_spec(), seed in 0_u64..9, input in any::<u64>(), small in any::<bool>(),
    ) {
        let records = records(input, 12);
        let run = || {
            let mut stepper = stepper(&spec, options(seed, small.then_some(3)));
            feed(&mut stepper, &records);
            Run::of(&mut stepper).trace
        };
        prop_assert_eq!(run(), run());
    }

    #[test]
    fn a_saved_state_has_the_same_rest_in_the_same_stepper_and_in_a_new_one(
        spec in any_spec(), seed in 0_u64..9, input in any::<u64>(), at in 0_usize..200,
        drops in any::<bool>(),
    ) {
        let spec = with_on_full(spec, if drops { OnFull::Drop } else { OnFull::Block });
        let records = records(input, 12);
        let mut first = stepper(&spec, options(seed, Some(2)));
        feed(&mut first, &records);
        let mut run = Run::default();
        for _ in 0..at {
            if !run.take(&mut first).unwrap() {
                break;
            }
        }
        let state = first.save().unwrap();
        let rest = Run::of(&mut first).trace;
        first.restore(&state).unwrap();
        prop_assert_eq!(&first.save().unwrap(), &state, "going back is exact");
        prop_assert_eq!(&Run::of(&mut first).trace, &rest);
        let mut second = stepper(&spec, options(seed, Some(2)));
        feed(&mut second, &records);
        second.restore(&state).unwrap();
        prop_assert_eq!(&Run::of(&mut second).trace, &rest);
        prop_assert_eq!(first.save().unwrap(), second.save().unwrap());
    }

    #[test]
    fn nothing_is_lost_or_doubled_where_full_lanes_block_whatever_the_schedule(
        spec in any_spec(), seed in 1_u64..10_000, input in any::<u64>(), capacity in 1_u32..5,
    ) {
        let spec = with_on_full(spec, OnFull::Block);
        prop_assume!(!loses_by_itself(&spec));
        let records = records(input, 12);
        let run = |seed, capacity| {
            let mut stepper = stepper(&spec, options(seed, capacity));
            feed(&mut stepper, &records);
            let run = Run::of(&mut stepper);
            let finished = stepper.finished();
            let balance = stepper.nodes().iter().all(|node| {
                let c = node.counters();
                node.holds().is_empty() && c.discarded == 0 && c.lost == 0
            });
            (run, finished && balance)
        };
        let (plain, plain_ok) = run(0, None);
        let (other, other_ok) = run(seed, Some(capacity));
        prop_assert!(plain_ok && other_ok);
        prop_assert_eq!(other.kinds(StepKind::Discarded), 0);
        // Where no merge decides an order and no stage remembers one, the schedule changes nothing.
        if let PipelineSpecV1::SingleRing(_) = &spec {
            prop_assert_eq!(&plain.out, &other.out);
        } else if !remembers(&spec) {
            prop_assert_eq!(plain.multiset(), other.multiset());
        }
        // Every record that was fed came to a node that could tell.
        prop_assert_eq!(ingress_takes(&plain), records.len());
        prop_assert_eq!(ingress_takes(&other), records.len());
    }

    #[test]
    fn with_what_another_run_chose_every_schedule_gives_what_it_gave(
        spec in any_spec(), seed in 0_u64..10_000, replayed in 0_u64..10_000,
        input in any::<u64>(), drops in any::<bool>(),
    ) {
        let spec = with_on_full(spec, if drops { OnFull::Drop } else { OnFull::Block });
        let records = records(input, 16);
        let mut first = stepper(&spec, options(seed, Some(2)));
        feed(&mut first, &records);
        let run = Run::of(&mut first);
        let choices = run.recorder.choices().clone();
        let mut second = stepper(&spec, Options {
            choices: Some(choices.clone()),
            ..options(replayed, Some(2))
        });
        feed(&mut second, &records);
        let mut again = Run::default();
        for _ in 0..replayed % 150 {
            again.take(&mut second).unwrap();
        }
        let state = second.save().unwrap();
        let before = again.trace.len();
        while again.take(&mut second).unwrap() {}
        prop_assert!(second.finished());
        second.restore(&state).unwrap();
        let rest = Run::of(&mut second).trace;
        prop_assert_eq!(&rest[..], &again.trace[before..], "the choices to come are restored too");
        prop_assert_eq!(&again.out, &run.out);
        prop_assert_eq!(again.recorder.choices(), &choices);
        let missed = |stepper: &byteor_pipeline_step::Stepper| -> BTreeMap<String, Vec<u64>> {
            let lanes = stepper.lanes();
            lanes
                .iter()
                .map(|lane| {
                    let missed = (0..lane.readers()).map(|reader| lane.missed(reader));
                    (lane.id().to_owned(), missed.collect())
                })
                .collect()
        };
        prop_assert_eq!(missed(&first), missed(&second));
    }
}

/// Steps that took a record from outside.
fn ingress_takes(run: &Run) -> usize {
    let from_outside = |step: &byteor_pipeline_step::Step| {
        step.from == byteor_pipeline_step::NO_LANE
            && matches!(
                step.kind,
                StepKind::Passed | StepKind::Blocked | StepKind::Rejected | StepKind::Discarded
            )
    };
    run.trace
        .iter()
        .filter(|(step, _)| from_outside(step))
        .count()
}

#[test]
fn the_laws_are_tried_on_drops_losses_blocks_and_merges() {
    // Without these the laws above would say nothing of them.
    let mut seen = BTreeMap::new();
    let mut merged = false;
    for (_, spec) in sample_specs(ExecutionTarget::LaneGraph) {
        for on_full in [OnFull::Block, OnFull::Drop] {
            for seed in [3, 4, 5] {
                let spec = with_on_full(spec.clone(), on_full);
                let mut stepper = stepper(&spec, options(seed, Some(2)));
                feed(&mut stepper, &records(seed, 200));
                let run = Run::of(&mut stepper);
                for (step, _) in &run.trace {
                    *seen.entry(format!("{:?}", step.kind)).or_insert(0_u64) += 1;
                }
                merged |= !run.recorder.choices().merges.is_empty();
            }
        }
    }
    for kind in [
        "Passed",
        "Blocked",
        "Emitted",
        "Dropped",
        "Rejected",
        "Discarded",
        "Lost",
        "Out",
    ] {
        assert!(seen.contains_key(kind), "{kind} never happened: {seen:?}");
    }
    assert!(merged);
}
