use byteor_pipeline_macros::plan;

const ORDERS: &str = plan!(single_ring, r#"
    pipeline orders
    ingress in
    stage parse keep:(
    stage parse identity
    egress out
    in -> parse -> mask -> out
"#);

fn main() {
    println!("{}", ORDERS);
}
