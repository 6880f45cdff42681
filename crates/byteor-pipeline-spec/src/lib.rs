//! PipelineSpecV1: the canonical executable form, its KV text, hash, validation, describe, dot and diff.
