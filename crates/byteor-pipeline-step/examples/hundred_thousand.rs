//! 100,000 records through three stages, step by step, with what it took.

use std::time::Instant;

use byteor_pipeline_spec::{LaneGraphBuilder, PipelineSpecV1, single_ring_chain};
use byteor_pipeline_step::{Options, Stages, StepError, Stepper};

fn main() -> Result<(), StepError> {
    let ring = single_ring_chain(&[
        ("a", "drop:debug"),
        ("b", "replace:[0-9]+=N"),
        ("c", "upper"),
    ]);
    let graph = LaneGraphBuilder::new()
        .events("in.a")
        .events("a.b")
        .events("b.c")
        .events("c.out")
        .ingress("in", "in.a")
        .stage("a", "drop:debug", "in.a", "a.b")
        .stage("b", "replace:[0-9]+=N", "a.b", "b.c")
        .stage("c", "upper", "b.c", "c.out")
        .egress("out", "c.out")
        .build()
        .unwrap_or_else(|invalid| panic!("{invalid:?}"));
    for (name, spec) in [("single_ring", ring), ("lane_graph", graph)] {
        once(name, &spec)?;
    }
    Ok(())
}

fn once(name: &str, spec: &PipelineSpecV1) -> Result<(), StepError> {
    let begun = Instant::now();
    let mut stepper = Stepper::new(spec, &Stages::default(), Options::default())?;
    for n in 0..100_000 {
        let level = if n % 10 == 0 { "debug" } else { "info" };
        stepper.feed(
            0,
            format!("{level} order {n} of customer {}", n % 977).as_bytes(),
        )?;
    }
    stepper.end_input();
    let fed = begun.elapsed();
    let mut bytes = 0;
    let steps = stepper.run(u64::MAX, &mut |_, after| {
        bytes += after.map_or(0, <[u8]>::len)
    })?;
    let all = begun.elapsed();
    println!("{name}: fed in {fed:?}, {steps} steps, all in {all:?} ({bytes} bytes seen)");
    Ok(())
}
