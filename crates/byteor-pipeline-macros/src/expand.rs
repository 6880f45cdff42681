//! What the macros leave in the place of their call.

use proc_macro::{Group, Span, TokenStream, TokenTree};

use crate::compile::Compiled;

/// The plan as a constant expression. With the path of a file, the crate depends on that file.
pub fn plan(plan: &Compiled<'_>, file: Option<&str>) -> TokenStream {
    parsed(&plan_source(plan, file))
}

/// One error of the Rust compiler for each message, at `span`.
pub fn errors(messages: &[String], span: Span) -> TokenStream {
    at(parsed(&errors_source(messages)), span)
}

fn plan_source(plan: &Compiled<'_>, file: Option<&str>) -> String {
    // rustc knows of the files that it includes, and of no others that a macro reads.
    let tracked = file.map_or_else(String::new, |path| {
        format!("const _: &[u8] = ::core::include_bytes!({path:?}); ")
    });
    let target = match plan.target {
        byteor_pipeline_spec::ExecutionTarget::SingleRing => "SingleRing",
        byteor_pipeline_spec::ExecutionTarget::LaneGraph => "LaneGraph",
    };
    format!(
        "{{ {tracked}::byteor_pipeline::EmbeddedPlan::from_macro(\
         ::byteor_pipeline::ExecutionTarget::{target}, {:?}, {:?}, {:?}) }}",
        plan.text, plan.spec_kv, plan.spec_hash
    )
}

/// A block, the last error of which is its value: then nothing complains about the block's type.
fn errors_source(messages: &[String]) -> String {
    let errors: Vec<String> = messages
        .iter()
        .map(|message| format!("::core::compile_error!({message:?})"))
        .collect();
    format!("{{ {} }}", errors.join("; "))
}

fn parsed(source: &str) -> TokenStream {
    source
        .parse()
        .expect("it is made here, of quoted strings and fixed words")
}

fn at(tokens: TokenStream, span: Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            if let TokenTree::Group(group) = &token {
                token = Group::new(group.delimiter(), at(group.stream(), span)).into();
            }
            token.set_span(span);
            token
        })
        .collect()
}
