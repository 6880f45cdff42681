//! Plans that the macros compiled.

use byteor_pipeline_spec::{ExecutionTarget, PipelineSpecV1, decode_kv_v1};

/// A plan that was compiled with the Rust code around it, by [`plan!`](crate::plan) or
/// [`plan_file!`](crate::plan_file).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmbeddedPlan {
    target: ExecutionTarget,
    text: &'static str,
    spec_kv: &'static str,
    spec_hash: &'static str,
}

impl EmbeddedPlan {
    /// For the macros, which vouch that the parts belong together.
    #[doc(hidden)]
    pub const fn from_macro(
        target: ExecutionTarget,
        text: &'static str,
        spec_kv: &'static str,
        spec_hash: &'static str,
    ) -> Self {
        Self {
            target,
            text,
            spec_kv,
            spec_hash,
        }
    }

    /// What the plan was lowered to.
    pub const fn target(&self) -> ExecutionTarget {
        self.target
    }

    /// The plan, byte for byte.
    pub const fn text(&self) -> &'static str {
        self.text
    }

    /// The canonical KV text of its spec: the bytes of a `spec.kv`.
    pub const fn spec_kv(&self) -> &'static str {
        self.spec_kv
    }

    /// The spec hash: `sha256:` and 64 lowercase hexadecimal digits.
    pub const fn spec_hash(&self) -> &'static str {
        self.spec_hash
    }

    /// The spec, decoded. The macro made sure that it decodes and keeps every rule.
    pub fn spec(&self) -> PipelineSpecV1 {
        match decode_kv_v1(self.spec_kv) {
            Ok(spec) => spec,
            Err(error) => unreachable!("the macro decoded this text: {error:?}"),
        }
    }
}
