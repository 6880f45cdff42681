//! `codegen`: the TypeScript types of everything that crosses from Rust, in one file.

use std::path::Path;

use ts_rs::{Config, TS};

const FILE: &str = "src/lib/compiler/types.ts";

const HEAD: &str = "\
// Generated from the Rust types by `cargo run -p xtask -- codegen`. Don't edit.
//
// Offsets are UTF-16 units, as JavaScript counts them. Codes: docs/spec/diagnostics.md.
";

fn push<T: TS + 'static>(out: &mut String, config: &Config) {
    out.push('\n');
    if let Some(docs) = T::docs() {
        out.push_str(docs.trim_end());
        out.push('\n');
    }
    out.push_str("export ");
    out.push_str(&T::decl(config));
    out.push('\n');
}

macro_rules! push_all {
    ($out:ident, $config:ident, $($type:ty),+ $(,)?) => { $(push::<$type>(&mut $out, &$config);)+ };
}

/// The text of the file.
pub fn types() -> String {
    use byteor_pipeline::api;
    use byteor_pipeline_catalogue as catalogue;
    use byteor_pipeline_lower as lower;
    use byteor_pipeline_plan as plan;
    use byteor_pipeline_spec as spec;

    let config = Config::new();
    let mut out = HEAD.to_owned();
    push_all!(
        out,
        config,
        spec::ExecutionTarget,
        plan::Span,
        plan::Range,
        plan::TextEdit,
        plan::Severity,
        plan::Phase,
        plan::Fix,
        plan::Diagnostic,
        spec::EndpointKind,
        spec::LaneKind,
        plan::LaneIntent,
        plan::PlanBoundary,
        plan::PlanStage,
        plan::PlanConnection,
        plan::PlanSetting,
        plan::PlanSettings,
        plan::PlanGraph,
        spec::Producer,
        spec::Scheduling,
        spec::Ordering,
        spec::OnFull,
        spec::MergePolicy,
        spec::ShardKey,
        spec::StageOp,
        spec::RingStage,
        spec::SingleRingSpec,
        spec::Channel,
        spec::Lane,
        spec::Endpoint,
        spec::RoleWork,
        spec::Role,
        spec::LaneGraphSpec,
        spec::PipelineSpecV1,
        lower::ElementMap,
        lower::CompileReportV1,
        spec::ChangeClass,
        spec::ChangeSubject,
        spec::FieldChange,
        spec::SpecChange,
        spec::DiffCounts,
        spec::SpecDiff,
        catalogue::StageClass,
        catalogue::ParameterKind,
        catalogue::StageParameter,
        catalogue::KeyExample,
        catalogue::StageFamily,
        catalogue::KeyForm,
        plan::EditOperation,
        plan::EditAnswer,
        api::CompilerInfo,
        api::PlanSource,
        api::CompileSummary,
        api::Compilation,
        api::Validation,
        api::Lowering,
        api::EncodeRequest,
        api::Encoded,
        api::KvRequest,
        api::Decoded,
        api::TextAnswer,
        api::DiffSide,
        api::DiffRequest,
        api::EditRequest,
        api::FormatRequest,
        api::Formatted,
        api::ExtractRequest,
        api::ApiError,
        byteor_config::Posture,
        byteor_config::TuningProfile,
        byteor_config::Framing,
        byteor_config::ReadMode,
        byteor_config::StartAt,
        byteor_config::TooLarge,
        byteor_config::Tuning,
        byteor_config::Record,
        byteor_config::FileIngress,
        byteor_config::Ingress,
        byteor_config::FileEgress,
        byteor_config::Egress,
        byteor_config::Reject,
        byteor_config::ConfigBundleV1,
        byteor_config::ConfigIssue,
        byteor_config::ConfigChange,
        byteor_config::ConfigDiff,
        byteor_policy::ApprovalKind,
        byteor_policy::DeploymentPolicy,
        byteor_policy::DeploymentStatementV1,
        byteor_policy::StatementIssue,
    );
    // Fields and their documentation stand on lines of their own: indent them.
    let mut inside = false;
    let mut text = String::with_capacity(out.len() * 2);
    for line in out.lines().map(str::trim_end) {
        let field = inside && !line.is_empty() && !line.starts_with("export ");
        text.push_str(if field { "  " } else { "" });
        text.push_str(line);
        text.push('\n');
        if line.starts_with("export ") {
            inside = true;
        }
        if line.ends_with(';') {
            inside = false;
        }
    }
    text
}

/// Writes the file under `root`, or with `check` says whether it is up to date.
pub fn run(root: &Path, check: bool) -> Result<(), String> {
    let path = root.join(FILE);
    let wanted = types();
    let current = std::fs::read_to_string(&path).unwrap_or_default();
    if current == wanted {
        println!("{FILE} is up to date");
        return Ok(());
    }
    if check {
        return Err(format!(
            "{FILE} is stale: run `cargo run -p xtask -- codegen`"
        ));
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    std::fs::write(&path, wanted).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("{FILE} written");
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_generated_types_are_up_to_date() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        super::run(&root, true).unwrap();
    }
}
