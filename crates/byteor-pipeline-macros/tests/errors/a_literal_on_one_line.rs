fn main() {
    byteor_pipeline::plan!(single_ring, r##"pipeline Orders"##);
}
