//! `plan!` and `plan_file!`: plans that are compiled with the Rust code around them.
//!
//! Use them through the facade, `byteor-pipeline` with its feature `macros`: what they expand to
//! names the facade's types.

mod compile;
mod expand;
mod input;

use proc_macro::TokenStream;

use compile::Source;
use input::Input;

/// Compiles the plan in a string literal and gives its `byteor_pipeline::EmbeddedPlan`, a constant
/// expression.
///
/// The first argument is the target, `single_ring` or `lane_graph`; the second a raw string literal,
/// or a plain one without backslashes.
///
/// ```
/// use byteor_pipeline::{EmbeddedPlan, plan};
///
/// const ERRORS: EmbeddedPlan = plan!(single_ring, r#"
///     pipeline errors
///
///     ingress in
///     stage json "keep:^\{"
///     stage errors "keep:level=error"
///     egress out
///
///     in -> json -> errors -> out
/// "#);
/// assert!(ERRORS.spec_kv().starts_with("single_ring.shards=1\n"));
/// assert_eq!(ERRORS.spec().stages().len(), 2);
/// ```
///
/// A plan with errors doesn't compile; each of its errors is an error of the Rust compiler, with
/// code, place, excerpt and help:
///
/// ```compile_fail
/// let plan = byteor_pipeline::plan!(single_ring, r#"
///     pipeline errors
///     ingress in
///     stage errors keep:(
///     egress out
///     in -> errors -> out
/// "#);
/// ```
#[proc_macro]
pub fn plan(tokens: TokenStream) -> TokenStream {
    let input = match Input::read(tokens, "plan!(lane_graph, r#\"…\"#)") {
        Ok(input) => input,
        Err(problem) => return problem.tokens(),
    };
    let source = Source {
        name: input.span.file(),
        text: &input.text,
        line: input.span.line(),
        column: input.span.column() + input.prefix,
    };
    match compile::compile(input.target, &source) {
        Ok(plan) => expand::plan(&plan, None),
        Err(problems) => expand::errors(&problems, input.span),
    }
}

/// Compiles the plan in a file and gives its `byteor_pipeline::EmbeddedPlan`, a constant expression.
///
/// The first argument is the target, `single_ring` or `lane_graph`; the second the path of the file,
/// relative to the folder of the `Cargo.toml` of the crate that uses the macro. The crate is
/// compiled again when the file changes.
///
/// ```
/// use byteor_pipeline::{EmbeddedPlan, plan_file};
///
/// static ORDERS: EmbeddedPlan = plan_file!(lane_graph, "../../docs/examples/plans/orders.plan");
/// assert!(ORDERS.spec_hash().starts_with("sha256:"));
/// ```
///
/// ```compile_fail
/// let plan = byteor_pipeline::plan_file!(lane_graph, "no/such/file.plan");
/// ```
#[proc_macro]
pub fn plan_file(tokens: TokenStream) -> TokenStream {
    let input = match Input::read(tokens, "plan_file!(lane_graph, \"plans/orders.plan\")") {
        Ok(input) => input,
        Err(problem) => return problem.tokens(),
    };
    let (path, text) = match compile::read(&input.text) {
        Ok(read) => read,
        Err(problem) => return expand::errors(&[problem], input.span),
    };
    let source = Source {
        name: input.text,
        text: &text,
        line: 1,
        column: 1,
    };
    match compile::compile(input.target, &source) {
        Ok(plan) => expand::plan(&plan, Some(&path)),
        Err(problems) => expand::errors(&problems, input.span),
    }
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
