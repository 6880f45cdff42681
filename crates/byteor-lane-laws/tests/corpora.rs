//! The committed corpora keep the laws, on stable; and so does random input.

use byteor_lane_laws::ALL;
use indexbus_laws::corpora;

#[test]
fn every_input_of_every_corpus_keeps_the_laws() {
    corpora::replay(&ALL, env!("CARGO_MANIFEST_DIR"));
}

#[test]
fn random_input_keeps_the_laws() {
    corpora::random(&ALL, |_, _, _| {});
}

#[test]
fn each_law_has_a_fuzz_target() {
    corpora::each_has_a_program(&ALL, env!("CARGO_MANIFEST_DIR"));
}
