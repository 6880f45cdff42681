//! Stages that act on the outside.

use super::PARAMETER;
use crate::model::{KeyExample, ParameterKind, StageClass, StageFamily, StageParameter, Words};

pub(super) const HTTP_POST: StageFamily = StageFamily {
    name: "http_post",
    title: "Post records",
    group: "Outside",
    key_grammar: "http_post:URL",
    template: "http_post:https://example.com/records",
    class: StageClass::Reads,
    capability: Some("http_post"),
    runs: false,
    summary: "Posts each record to an address, and passes it on unchanged.",
    docs: "Posts each record to URL and passes it on unchanged. It acts on the outside, so a deployment needs the capability `http_post`. This build validates it, and an executor refuses it at startup.",
    cost: "A request for a record.",
    does: Words::of("posts each record to {0}"),
    says: Words::of("Posts to {0}"),
    fact: Words::of("{0}"),
    often_next: &["json_mask", "prefix", "truncate"],
    parameters: &[StageParameter {
        name: "URL",
        kind: ParameterKind::Url,
        example: "https://example.com/records",
        doc: "An absolute http or https address, without user information and fragment.",
        ..PARAMETER
    }],
    examples: &[KeyExample {
        key: "http_post:https://example.com/records",
        does: "posts each record to example.com",
        input: &["one"],
        output: &["one"],
    }],
};
