use byteor_pipeline_macros::{plan, plan_file};

fn main() {
    plan!();
    plan!(ring, r"");
    plan!(single_ring);
    plan!(single_ring, 1);
    plan!(single_ring, b"pipeline p");
    plan!(single_ring, "pipeline p\n");
    plan!(single_ring, r"", r"");
    plan_file!("plans/orders.plan");
}
