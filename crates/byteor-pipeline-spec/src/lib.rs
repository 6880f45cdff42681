//! PipelineSpecV1: the canonical executable form, its KV text, hash, validation, describe, dot and
//! diff.
//!
//! The written forms stand in `docs/spec/kv.md` and `docs/spec/spec-hash.md`. Nothing here reads a
//! clock, a file or a thread, and nothing panics on any input.

mod builder;
mod canonical;
mod describe;
mod diff;
mod dot;
mod hash;
mod kv;
mod model;
mod names;
mod promise;
mod role_words;
mod sentence;
mod validate;

pub use builder::{InvalidSpec, LaneGraphBuilder, SingleRingBuilder, single_ring_chain};
pub use canonical::canonical;
pub use describe::{describe, promise_sentences};
pub use diff::{
    AnchorFate, ChangeClass, ChangeSeverity, ChangeSubject, Consequence, ConsequenceCode,
    ConsequenceKind, DiffCounts, DiffOf, DiffView, FieldChange, FollowedAnchor, InsertedRole,
    LinkLane, MovedElement, Place, SemanticChange, SemanticDiff, StageEffect, UnionConnection,
    UnionElement, UnionGraph, UnionRole, UnionSide, ViewElement, ViewLink, ViewValue, compare,
    diff, diff_hashed, follow, inserted_roles, renamed_ids,
};
pub use dot::dot;
pub use hash::{sha256_hex, spec_hash};
pub use kv::{KV_MAX_BYTES, KvError, decode_kv_v1, encode_canonical_kv_v1, encode_kv_v1};
pub use model::*;
pub use names::{ID_MAX, KEY_MAX, id_problem, is_id, is_inserted_id, is_key_text, is_lane_id};
pub use promise::{Promise, PromiseKind, PromiseReason, promise};
pub use role_words::InsertedWork;
pub use sentence::SentencePart;
pub use validate::{SpecProblem, validate_v1};
