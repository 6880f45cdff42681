//! The committed corpora keep the laws, on stable; and so does random input.

use indexbus_laws::{ALL, corpora};

#[test]
fn every_input_of_every_corpus_keeps_the_laws() {
    corpora::replay(&ALL, env!("CARGO_MANIFEST_DIR"));
}

#[test]
fn random_input_keeps_the_laws() {
    corpora::random(&ALL, |target, n, input| {
        if target.name == "message" && n % 2 == 0 && input.len() >= 8 {
            input[..8].copy_from_slice(b"USM1\0\0\x01\x18");
        }
    });
}

#[test]
fn each_law_has_a_fuzz_target() {
    corpora::each_has_a_program(&ALL, env!("CARGO_MANIFEST_DIR"));
}
