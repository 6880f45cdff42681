//! The operations beside compiling: encode, decode, diff, info.

use byteor_pipeline_lower::spec_features;
use byteor_pipeline_plan::{follow_lines, plan_view};
use byteor_pipeline_spec::{
    DiffOf, DiffView, ExecutionTarget, FollowedAnchor, PipelineSpecV1, Promise, SemanticDiff,
    SpecProblem, StageEffect, canonical, decode_kv_v1, encode_kv_v1, promise_sentences,
    renamed_ids, sha256_hex, spec_hash, validate_v1,
};

use crate::api::{
    AfterKill, ApiError, CompilerInfo, Decoded, Description, DiffRequest, DiffSide, Encoded,
    FollowRequest, PlanSource,
};
use crate::compile::spec_text;
use crate::{COMPILER_VERSION, check_spec};

/// What the compiler says about itself.
pub fn info() -> CompilerInfo {
    CompilerInfo {
        compiler_version: COMPILER_VERSION.to_owned(),
        plan_version: 2,
        kv_version: 1,
        spec_features: spec_features(),
    }
}

/// The canonical KV text of a spec that keeps all rules; `E_SPEC_INVALID` for another.
pub fn encode(spec: &PipelineSpecV1) -> Result<Encoded, ApiError> {
    valid(spec)?;
    let kv = encode_kv_v1(spec);
    Ok(Encoded {
        spec_hash: sha256_hex(kv.as_bytes()),
        kv,
    })
}

fn valid(spec: &PipelineSpecV1) -> Result<(), ApiError> {
    refuse(check_spec(spec))
}

fn refuse(problems: Vec<SpecProblem>) -> Result<(), ApiError> {
    match problems.first() {
        None => Ok(()),
        Some(first) => Err(ApiError::new(
            "E_SPEC_INVALID",
            format!("The spec breaks a rule: {first}"),
        )
        .arg("code", first.code)
        .arg("path", first.path.clone())
        .arg("count", problems.len().to_string())),
    }
}

/// Reads a KV text of a spec that keeps the rules of `validate_v1`. Whether this build knows its
/// stage keys is another question, which [`decode`] asks: what an older or newer build wrote can
/// still be described and compared.
pub fn read_kv(kv: &str) -> Result<PipelineSpecV1, ApiError> {
    let spec = decode_kv_v1(kv).map_err(|error| {
        let mut answer = ApiError::new(
            error.code,
            format!(
                "Line {}, column {}: {}",
                error.line, error.column, error.message
            ),
        )
        .arg("line", error.line.to_string())
        .arg("column", error.column.to_string());
        for (name, value) in error.args {
            answer = answer.arg(name, value);
        }
        answer
    })?;
    refuse(validate_v1(&spec))?;
    Ok(spec)
}

/// Reads a KV text of a spec that keeps all rules, and says whether it is canonical.
pub fn decode(kv: &str) -> Result<Decoded, ApiError> {
    let spec = read_kv(kv)?;
    valid(&spec)?;
    let text = encode_kv_v1(&spec);
    Ok(Decoded {
        canonical: text == kv,
        secrets: byteor_pipeline_lower::secrets(&spec),
        spec_hash: sha256_hex(text.as_bytes()),
        spec: byteor_pipeline_spec::canonical(&spec),
    })
}

/// What the catalogue tells of a stage key.
fn effect(key: &str) -> Option<StageEffect> {
    use byteor_pipeline_catalogue::{StageClass, parse_key, state_bytes};

    let parsed = parse_key(key).ok()?;
    let class = parsed.family.class;
    let mut parameters = Vec::new();
    for (at, parameter) in parsed.family.parameters().iter().enumerate() {
        parameters.push((parameter.name, parsed.value(at).to_owned()));
    }
    let requirements = parsed.requirements();
    Some(StageEffect {
        does: parsed.does(),
        parts: parsed.does_parts(),
        filters: class == StageClass::Filters || class == StageClass::Stateful,
        rewrites: class == StageClass::Rewrites || class == StageClass::Many,
        many: class == StageClass::Many,
        state_bytes: state_bytes(&parsed),
        capability: requirements.capability,
        outside: requirements.host.map(str::to_owned),
        config_fields: Vec::from_iter(requirements.secret.map(|name| ["secrets.", name].concat())),
        parameters,
    })
}

/// Compares two specs, with consequences from the catalogue. Of more changes than `limit`, the rest
/// is counted and not listed.
pub fn diff_specs(
    before: &PipelineSpecV1,
    after: &PipelineSpecV1,
    limit: Option<usize>,
) -> SemanticDiff {
    byteor_pipeline_spec::diff(before, after, &effect, limit)
}

/// Compares two plans, as far as they can be read: errors are no hindrance. See [`diff_specs`].
pub fn diff_plans(before: &PlanSource, after: &PlanSource, limit: Option<usize>) -> SemanticDiff {
    let (old, _, old_spec) = spec_text(&before.text, before.target);
    let (new, _, new_spec) = spec_text(&after.text, after.target);
    byteor_pipeline_spec::compare(
        &plan_view(&before.text, &old, before.target, old_spec.as_ref()),
        &plan_view(&after.text, &new, after.target, new_spec.as_ref()),
        &effect,
        limit,
    )
}

/// Compares two specs, each from a KV text or a plan, or two plans. `E_DIFF_SIDE` where a side gives
/// no spec, or is no plan.
pub fn diff(request: &DiffRequest) -> Result<SemanticDiff, ApiError> {
    let limit = request.limit.map(|limit| limit as usize);
    if request.of == Some(DiffOf::Plan) {
        let before = plan_side(&request.before, "before")?;
        let after = plan_side(&request.after, "after")?;
        return Ok(diff_plans(before, after, limit));
    }
    let before = side(&request.before, "before")?;
    let after = side(&request.after, "after")?;
    Ok(byteor_pipeline_spec::diff_hashed(
        (&before.0, before.1),
        (&after.0, after.1),
        &effect,
        limit,
    ))
}

/// Finds anchors of one version in another: what was renamed, stands elsewhere, or is gone. Errors of
/// plans are no hindrance. `E_DIFF_SIDE` as in [`diff`].
pub fn follow(request: &FollowRequest) -> Result<Vec<FollowedAnchor>, ApiError> {
    if request.of == Some(DiffOf::Plan) {
        let before = plan_side(&request.before, "before")?;
        let after = plan_side(&request.after, "after")?;
        return Ok(follow_plans(before, after, &request.anchors));
    }
    let before = side(&request.before, "before")?;
    let after = side(&request.after, "after")?;
    let specs = (canonical(&before.0), canonical(&after.0));
    Ok(byteor_pipeline_spec::follow(
        &DiffView::of_spec(&specs.0, before.1),
        &DiffView::of_spec(&specs.1, after.1),
        &request.anchors,
    ))
}

fn follow_plans(
    before: &PlanSource,
    after: &PlanSource,
    anchors: &[String],
) -> Vec<FollowedAnchor> {
    let (old, _, old_spec) = spec_text(&before.text, before.target);
    let (new, _, new_spec) = spec_text(&after.text, after.target);
    let old = plan_view(&before.text, &old, before.target, old_spec.as_ref());
    let new = plan_view(&after.text, &new, after.target, new_spec.as_ref());
    let mut followed = byteor_pipeline_spec::follow(&old, &new, anchors);
    let mut lines = None;
    for (anchor, followed) in anchors.iter().zip(&mut followed) {
        if let Some(line) = anchor.strip_prefix("line:") {
            let lines = lines.get_or_insert_with(|| {
                follow_lines(&before.text, &after.text, &renamed_ids(&old, &new))
            });
            let line = line
                .parse::<usize>()
                .ok()
                .and_then(|line| line.checked_sub(1));
            let now = line.and_then(|line| lines.get(line).copied().flatten());
            let now = now.map(|now| ["line:", &(now + 1).to_string()].concat());
            *followed = FollowedAnchor::new(anchor, now);
        }
    }
    followed
}

fn plan_side<'r>(side: &'r DiffSide, name: &str) -> Result<&'r PlanSource, ApiError> {
    match side {
        DiffSide::Plan(source) => Ok(source),
        DiffSide::Kv(_) => Err(ApiError::new(
            "E_DIFF_SIDE",
            ["The side ", name, " is a spec, and plans are compared"].concat(),
        )
        .arg("side", name)),
    }
}

/// A spec with its hash.
fn side(side: &DiffSide, name: &str) -> Result<(PipelineSpecV1, String), ApiError> {
    match side {
        DiffSide::Kv(request) => {
            let spec = read_kv(&request.kv).map_err(|error| error.arg("side", name))?;
            let hash = spec_hash(&spec);
            Ok((spec, hash))
        }
        DiffSide::Plan(source) => spec_of(&source.text, source.target, name),
    }
}

fn spec_of(
    text: &str,
    target: ExecutionTarget,
    side: &str,
) -> Result<(PipelineSpecV1, String), ApiError> {
    let (_, diagnostics, spec) = spec_text(text, target);
    match spec {
        Some(spec) => Ok(spec),
        None => {
            let first = diagnostics.iter().find(|diagnostic| diagnostic.is_error());
            let (code, message, line) = first.map_or(("", String::new(), 0), |first| {
                (
                    first.code.as_str(),
                    first.message.clone(),
                    first.range.start_line,
                )
            });
            Err(ApiError::new(
                "E_DIFF_SIDE",
                format!("The plan {side} has errors, the first in line {line}: {message}"),
            )
            .arg("side", side)
            .arg("code", code)
            .arg("line", line.to_string()))
        }
    }
}

/// The describe text of a spec, with what the catalogue knows of its stages.
pub fn describe(spec: &PipelineSpecV1) -> String {
    byteor_pipeline_spec::describe(spec, &effect)
}

/// The describe text of a spec, and its promise after a kill by itself.
pub fn description(spec: &PipelineSpecV1) -> Description {
    let promise = promise(spec);
    Description {
        text: describe(spec),
        after_kill: AfterKill {
            sentences: promise_sentences(&promise),
            promise: promise.kind,
        },
    }
}

/// What a spec promises of what leaves after a kill, with what the catalogue knows of its stages.
pub fn promise(spec: &PipelineSpecV1) -> Promise {
    byteor_pipeline_spec::promise(spec, &effect)
}
