//! What the Rust compiler says of a plan with errors, word for word.
//! `TRYBUILD=overwrite cargo test -p byteor-pipeline-macros --test errors` writes the `.stderr` files
//! anew; look at them before they are committed.

#[test]
fn errors_of_a_plan_are_errors_of_the_rust_compiler() {
    trybuild::TestCases::new().compile_fail("tests/errors/*.rs");
}
