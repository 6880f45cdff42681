fn main() {
    byteor_pipeline_macros::plan!(single_ring, r##"pipeline Orders"##);
}
