//! `codegen`: the TypeScript types of everything that crosses from Rust, in one file.

use std::path::Path;

use crate::{adapters_page, cli_page, proto, stages_page};

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
    use byteor_config::adapters as config;
    use byteor_pipeline::api;
    use byteor_pipeline_catalogue as catalogue;
    use byteor_pipeline_language as language;
    use byteor_pipeline_lower as lower;
    use byteor_pipeline_plan as plan;
    use byteor_pipeline_spec as spec;

    // Whole numbers that cross are at most 2^53 - 1.
    let config = Config::new().with_large_int("number");
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
        lower::MapPart,
        lower::MapList,
        lower::ElementMap,
        lower::CompileReportV1,
        lower::ForeseenRole,
        spec::SentencePart,
        spec::ChangeClass,
        spec::ChangeSubject,
        spec::ConsequenceKind,
        spec::ConsequenceCode,
        spec::ChangeSeverity,
        spec::Consequence,
        spec::FieldChange,
        spec::SemanticChange,
        spec::DiffCounts,
        spec::DiffOf,
        spec::MovedElement,
        spec::UnionSide,
        spec::UnionElement,
        spec::UnionConnection,
        spec::UnionRole,
        spec::UnionGraph,
        spec::SemanticDiff,
        catalogue::StageClass,
        catalogue::ParameterKind,
        catalogue::StageParameter,
        catalogue::KeyExample,
        catalogue::StageFamily,
        catalogue::KeyForm,
        catalogue::StageSentence,
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
        spec::PromiseKind,
        api::AfterKill,
        api::Description,
        api::TextAnswer,
        api::DiffSide,
        api::DiffRequest,
        api::FollowRequest,
        spec::AnchorFate,
        spec::FollowedAnchor,
        api::EditRequest,
        api::ForeseeRequest,
        api::Foreseen,
        plan::MergeChoice,
        plan::MergeConflictKind,
        plan::MergeResolution,
        plan::MergeConflict,
        plan::MergeChange,
        plan::MergeIncoming,
        plan::MergeRenamedBy,
        plan::MergeRename,
        plan::MergeAnswer,
        api::MergeRequest,
        api::FormatRequest,
        api::Formatted,
        api::ExtractRequest,
        api::StageKey,
        api::SentencesRequest,
        api::PlaceRequest,
        api::RangeRequest,
        language::CompletionKind,
        language::CompletionItem,
        language::CompletionList,
        language::Hover,
        language::SignatureParameter,
        language::SignatureHelp,
        language::Reference,
        language::RenameSubject,
        language::RenamePlace,
        language::CodeActionKind,
        language::CodeAction,
        language::OutlineKind,
        language::OutlineItem,
        language::FoldingKind,
        language::FoldingRange,
        api::ApiError,
        byteor_config::Posture,
        byteor_config::TuningProfile,
        byteor_config::Workers,
        byteor_config::Wait,
        byteor_config::Tuning,
        byteor_config::Record,
        config::file::Framing,
        config::file::ReadMode,
        config::file::StartAt,
        config::file::TooLarge,
        config::file::FileIngress,
        config::file::FileEgress,
        config::http::HttpFraming,
        config::http::HttpTooLarge,
        config::stdio::StdioFraming,
        config::stdio::StdioIngress,
        config::stdio::StdioEgress,
        config::http::HttpIngress,
        config::http::HttpEgress,
        config::grpc::GrpcIngress,
        config::grpc::GrpcEgress,
        config::websocket::WebsocketRole,
        config::websocket::WebsocketIngressFraming,
        config::websocket::WebsocketEgressFraming,
        config::websocket::WebsocketIngress,
        config::websocket::WebsocketEgress,
        config::redis::RedisStart,
        config::redis::RedisIngress,
        config::redis::RedisEgress,
        config::postgres::PostgresTls,
        config::postgres::PostgresFormat,
        config::postgres::PostgresWrite,
        config::postgres::PostgresOther,
        config::postgres::PostgresIngress,
        config::postgres::PostgresEgress,
        config::postgres_changes::PostgresMissingSlot,
        config::postgres_changes::PostgresChangesIngress,
        config::kafka::KafkaStart,
        config::kafka::KafkaCompression,
        config::kafka::KafkaOutOfRange,
        config::kafka::KafkaSasl,
        config::kafka::KafkaTls,
        config::kafka::KafkaDelivery,
        config::kafka::KafkaIngress,
        config::kafka::KafkaEgress,
        config::nats::NatsIngressMode,
        config::nats::NatsEgressMode,
        config::nats::NatsStart,
        config::nats::NatsProof,
        config::nats::NatsIngress,
        config::nats::NatsEgress,
        config::s3::S3Addressing,
        config::s3::S3Framing,
        config::s3::S3Packed,
        config::s3::S3Compression,
        config::s3::S3Mode,
        config::s3::S3Ingress,
        config::s3::S3Egress,
        config::rabbitmq::RabbitmqStart,
        config::rabbitmq::RabbitmqIngress,
        config::rabbitmq::RabbitmqEgress,
        config::Ingress,
        config::Egress,
        config::Choice,
        config::KeyKind,
        config::Key,
        config::SourcePromise,
        config::SinkPromise,
        config::Several,
        config::Told,
        config::Lag,
        config::OtherEnd,
        config::Facts,
        config::SourceSide,
        config::SinkSide,
        config::Adapter,
        config::Delivery,
        config::Promised,
        config::Together,
        byteor_config::Reject,
        byteor_config::SecretKind,
        byteor_config::SecretReference,
        byteor_config::ConfigBundleV1,
        byteor_config::ConfigIssue,
        byteor_config::ConfigChange,
        byteor_config::ConfigDiff,
        byteor_stages_wasm::TryFate,
        byteor_stages_wasm::TryText,
        byteor_stages_wasm::TryOutcome,
        byteor_stages_wasm::TryAnswer,
        byteor_stages_wasm::TrySecret,
        byteor_stages_wasm::TryRequest,
        byteor_stages_wasm::RunWord,
        byteor_stages_wasm::RunInput,
        byteor_stages_wasm::RunRequest,
        byteor_stages_wasm::RunOutput,
        byteor_stages_wasm::RunNode,
        byteor_stages_wasm::RunEnd,
        byteor_stages_wasm::RunAnswer,
        byteor_stages_wasm::RenamedElement,
        byteor_stages_wasm::CompareRunsRequest,
        byteor_stages_wasm::OutputDiffers,
        byteor_stages_wasm::ComparedOutput,
        byteor_stages_wasm::RunTrail,
        byteor_stages_wasm::PartedAt,
        byteor_stages_wasm::OutputDifference,
        byteor_stages_wasm::EgressComparison,
        byteor_stages_wasm::RunHalf,
        byteor_stages_wasm::RunComparison,
        byteor_stages_wasm::RunOptions,
        byteor_stages_wasm::NodeShape,
        byteor_stages_wasm::LaneShape,
        byteor_stages_wasm::RunShape,
        byteor_stages_wasm::RecordFate,
        byteor_stages_wasm::RunLook,
        byteor_policy::ApprovalKind,
        byteor_policy::DeploymentPolicy,
        byteor_policy::DeploymentStatementV1,
        byteor_policy::KeyRule,
        byteor_policy::ApproverRole,
        byteor_policy::Approvers,
        byteor_policy::DeploymentPolicyV2,
        byteor_policy::Proof,
        byteor_policy::RequiredProof,
        byteor_policy::BreakGlass,
        byteor_policy::Rollout,
        byteor_policy::DeploymentStatementV2,
        byteor_policy::DeploymentStatement,
        byteor_policy::StatementIssue,
        byteor_pipeline_snapshot::Counters,
        byteor_pipeline_snapshot::StageSnapshot,
        byteor_pipeline_snapshot::RunWorkers,
        byteor_pipeline_snapshot::RunWait,
        byteor_pipeline_snapshot::RunTuning,
        byteor_pipeline_snapshot::SingleRingSnapshot,
        byteor_pipeline_snapshot::EndpointSnapshot,
        byteor_pipeline_snapshot::RoleState,
        byteor_pipeline_snapshot::LaneReaderSnapshot,
        byteor_pipeline_snapshot::LaneSnapshot,
        byteor_pipeline_snapshot::RoleSnapshot,
        byteor_pipeline_snapshot::LaneGraphSnapshot,
        byteor_pipeline_snapshot::Snapshot,
        byteor_agent::protocol::Phase,
        byteor_agent::protocol::AttemptedReport,
        byteor_agent::protocol::RunningReport,
        byteor_agent::protocol::CountedSince,
        byteor_agent::protocol::CountersReport,
        byteor_agent::protocol::AdapterReport,
        byteor_agent::protocol::ListeningReport,
        byteor_agent::protocol::BoundaryReport,
        byteor_agent::protocol::AdaptersReport,
        byteor_agent::protocol::SlotReport,
        byteor_agent::protocol::RefusedKey,
        byteor_agent::protocol::RefusedSlot,
        byteor_agent::protocol::Heartbeat,
        byteor_agent::protocol::StatusPhase,
        byteor_agent::protocol::StatusReport,
        byteor_agent::protocol::TrialOutcome,
        byteor_agent::protocol::TrialState,
        byteor_agent::protocol::TrialStep,
        byteor_agent::protocol::TrialReport,
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

const TOKENS_FILE: &str = "src/lib/compiler/tokens.ts";

/// The text of the file with the names that the numbers of semantic tokens stand for.
pub fn tokens() -> String {
    use byteor_pipeline_language::{TOKEN_MODIFIERS, TOKEN_TYPES};
    let list = |name: &str, docs: &str, words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| format!("  '{word}',\n")).collect();
        format!(
            "\n/** {docs} */\nexport const {name}: string[] = [\n{}];\n",
            words.concat()
        )
    };
    [
        "// Generated from crates/byteor-pipeline-language by `cargo run -p xtask -- codegen`. Don't edit.\n".to_owned(),
        list("tokenTypes", "What a semantic token is, by number.", &TOKEN_TYPES),
        list("tokenModifiers", "What else it is, by bit.", &TOKEN_MODIFIERS),
    ]
    .concat()
}

/// Writes the files under `root`, or with `check` says whether they are up to date.
pub fn run(root: &Path, check: bool) -> Result<(), String> {
    one(root, FILE, &types(), check)?;
    one(root, TOKENS_FILE, &tokens(), check)?;
    one(root, proto::FILE, &proto::types(root)?, check)?;
    one(root, stages_page::FILE, &stages_page::page(), check)?;
    for (file, page) in cli_page::pages() {
        one(root, file, &page, check)?;
    }
    for (file, page) in adapters_page::files() {
        one(root, &file, &page, check)?;
    }
    Ok(())
}

fn one(root: &Path, file: &str, wanted: &str, check: bool) -> Result<(), String> {
    let path = root.join(file);
    let current = std::fs::read_to_string(&path).unwrap_or_default();
    if current == wanted {
        println!("{file} is up to date");
        return Ok(());
    }
    if check {
        return Err(format!(
            "{file} is stale: run `cargo run -p xtask -- codegen`"
        ));
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    std::fs::write(&path, wanted).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("{file} written");
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
