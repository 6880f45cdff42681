//! What the generator promises of its plans.

use byteor_pipeline::{ExecutionTarget, compile};
use byteor_pipeline_generator::{LINES_MIN, LargePlan, Shape};

const LINES: [usize; 6] = [LINES_MIN, 11, 37, 100, 1_000, 10_000];

#[test]
fn a_plan_has_the_lines_that_were_ordered() {
    for shape in Shape::ALL {
        for lines in LINES {
            let text = LargePlan::new(shape, lines).text();
            assert_eq!(text.lines().count(), lines, "{}", shape.name());
        }
    }
}

#[test]
fn the_same_order_gives_the_same_bytes_and_another_seed_others() {
    for shape in Shape::ALL {
        let plan = LargePlan::new(shape, 100);
        assert_eq!(plan.text(), plan.text());
        assert_ne!(plan.text(), LargePlan { seed: 2, ..plan }.text());
        if !shape.fits_a_ring() {
            let variant = |variant| LargePlan { variant, ..plan }.text();
            assert_ne!(variant(0), variant(1));
            assert_ne!(variant(1), variant(2));
        }
    }
}

#[test]
fn plans_compile_for_the_targets_that_their_shape_fits() {
    for seed in 1..=5 {
        for variant in 0..=2 {
            for (shape, target) in [
                (Shape::Chain, ExecutionTarget::LaneGraph),
                (Shape::Ring, ExecutionTarget::SingleRing),
                (Shape::Ring, ExecutionTarget::LaneGraph),
                (Shape::RingDiamond, ExecutionTarget::SingleRing),
            ] {
                for lines in LINES {
                    let plan = LargePlan {
                        shape,
                        lines,
                        seed,
                        variant,
                    };
                    let compilation = compile(&plan.text(), target);
                    assert!(
                        compilation.report.is_some(),
                        "{plan:?}: {:?}",
                        compilation.diagnostics
                    );
                }
            }
        }
    }
}

#[test]
fn broken_plans_are_refused() {
    let text = LargePlan::new(Shape::Broken, 1_000).text();
    assert!(compile(&text, ExecutionTarget::LaneGraph).report.is_none());
}
