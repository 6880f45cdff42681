//! Saved states as hostile input.

use byteor_pipeline::ExecutionTarget;
use byteor_pipeline_spec::{LaneGraphBuilder, OnFull, PipelineSpecV1, single_ring_chain};
use byteor_pipeline_step::{Options, Stepper};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use crate::support::{Run, feed, records, sample_specs, stepper};

fn everything() -> PipelineSpecV1 {
    LaneGraphBuilder::new()
        .on_full(OnFull::Drop)
        .journal("in.journal")
        .fanout_broadcast("a.fanout_broadcast", 2)
        .events("b.merge.d")
        .events("c.merge.d")
        .sequenced_slots("merge.d.out", 2)
        .ingress("in", "in.journal")
        .stage("a", "dedupe:4", "in.journal", "a.fanout_broadcast")
        .stage("b", "split:e", "a.fanout_broadcast", "b.merge.d")
        .stage("c", "sample:2", "a.fanout_broadcast", "c.merge.d")
        .merge(
            "merge.d",
            &["b.merge.d", "c.merge.d"],
            "merge.d.out",
            byteor_pipeline_spec::MergePolicy::RoundRobin,
        )
        .egress("out", "merge.d.out")
        .build()
        .unwrap()
}

fn options() -> Options {
    Options {
        seed: 5,
        capacity: Some(3),
        ..Options::default()
    }
}

fn underway(steps: usize) -> Stepper {
    let mut stepper = stepper(&everything(), options());
    feed(&mut stepper, &records(9, 60));
    let mut run = Run::default();
    for _ in 0..steps {
        run.take(&mut stepper).unwrap();
    }
    stepper
}

fn sealed(mut body: Vec<u8>) -> Vec<u8> {
    let sum = Sha256::digest(&body);
    body.extend_from_slice(&sum);
    body
}

#[test]
fn cut_and_damaged_states_are_refused_and_change_nothing() {
    let mut stepper = underway(150);
    let state = stepper.save().unwrap();
    for cut in 0..state.len() {
        let refused = stepper.restore(&state[..cut]).unwrap_err();
        assert_eq!(refused.code, "E_STEP_STATE");
    }
    for at in (0..state.len()).step_by(7) {
        let mut damaged = state.clone();
        damaged[at] ^= 0x10;
        assert_eq!(stepper.restore(&damaged).unwrap_err().code, "E_STEP_STATE");
    }
    let mut longer = state.clone();
    longer.push(0);
    assert_eq!(stepper.restore(&longer).unwrap_err().code, "E_STEP_STATE");
    assert_eq!(stepper.save().unwrap(), state);
}

#[test]
fn a_state_of_another_spec_option_or_shorter_input_is_refused() {
    let state = underway(150).save().unwrap();
    let other = single_ring_chain(&[("a", "identity")]);
    for (spec, options) in [
        (other, options()),
        (
            everything(),
            Options {
                seed: 6,
                ..options()
            },
        ),
        (
            everything(),
            Options {
                record_bytes: 1024,
                ..options()
            },
        ),
        (
            everything(),
            Options {
                capacity: None,
                ..options()
            },
        ),
    ] {
        let mut stepper = stepper(&spec, options);
        feed(&mut stepper, &records(9, 60));
        assert_eq!(stepper.restore(&state).unwrap_err().code, "E_STEP_STATE");
    }
    let mut unfed = stepper(&everything(), options());
    assert_eq!(unfed.restore(&state).unwrap_err().code, "E_STEP_STATE");
    feed(&mut unfed, &records(9, 60));
    unfed.restore(&state).unwrap();
}

#[test]
fn a_stage_that_refuses_its_state_leaves_those_before_it_as_they_were() {
    let mut stepper = underway(150);
    let state = stepper.save().unwrap();
    let body = &state[..state.len() - 32];
    let mut refused = 0;
    // Behind magic and fingerprint; the states of `dedupe:4` and `sample:2` are among these.
    for at in 44..body.len() {
        let mut forged = body.to_vec();
        forged[at] ^= 1;
        if stepper.restore(&sealed(forged)).is_err() {
            refused += 1;
            assert_eq!(stepper.save().unwrap(), state, "byte {at}");
        } else {
            stepper.restore(&state).unwrap();
        }
    }
    assert!(refused > 100, "only {refused} were refused");
}

proptest! {
    /// Whatever a forger writes, with the right checksum: refused, or run to the end without harm.
    #[test]
    fn forged_states_never_panic(
        steps in 0_usize..400,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut stepper = underway(steps);
        let state = stepper.save().unwrap();
        let mut body = state[..state.len() - 32].to_vec();
        for (at, byte) in changes {
            // Behind magic and fingerprint, which are compared as they are.
            let at = 44 + at.index(body.len() - 44);
            body[at] = byte;
        }
        if let Some(cut) = cut {
            let cut = cut.index(body.len());
            body.truncate(cut);
        }
        if stepper.restore(&sealed(body)).is_ok() {
            for _ in 0..5_000 {
                if !matches!(stepper.step(), Ok(Some(_))) {
                    break;
                }
            }
            let _ = stepper.save();
        } else {
            prop_assert_eq!(stepper.save().unwrap(), state);
        }
    }
}

#[test]
fn every_example_can_be_saved_at_every_step() {
    for (name, spec) in sample_specs(ExecutionTarget::LaneGraph) {
        let mut one = stepper(&spec, options());
        let mut other = stepper(&spec, options());
        feed(&mut one, &records(3, 12));
        feed(&mut other, &records(3, 12));
        let mut run = Run::default();
        while run.take(&mut one).unwrap() {
            let state = one.save().unwrap();
            other.restore(&state).unwrap();
            assert_eq!(other.save().unwrap(), state, "{name}");
        }
        assert!(other.finished(), "{name}");
    }
}
