use byteor_pipeline::{EmbeddedPlan, plan};

const ORDERS: EmbeddedPlan = plan!(single_ring, r#"
    pipeline orders
    ingress in
    stage parse keep:(
    stage parse identity
    egress out
    in -> parse -> mask -> out
"#);

fn main() {
    println!("{}", ORDERS.spec_hash());
}
