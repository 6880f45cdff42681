//! From a config bundle to adapters and a ring.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use byteor_adapters::file_to_file::{FileToFile, TooLarge, default_checkpoint};
use byteor_adapters::framing::Framing;
use byteor_adapters::graph::FilesOfGraph;
use byteor_adapters::ingress::{Mode, Start};
use byteor_adapters::roots::Roots;
use byteor_adapters::rotated::Rotation;
use byteor_adapters::states::StageName;
#[cfg(feature = "net")]
use byteor_adapters::trial::Trial;
use byteor_config::adapters::{SourcePromise, source_promise};
use byteor_config::{
    ConfigBundleV1, Egress, FileEgress, FileIngress, Ingress, Posture, ReadMode, StartAt,
    Surroundings, TuningProfile, Wait, boundary_path, decode, validate_in,
};
use byteor_pipeline_exec::{SlotClass, Tuning, WaitKind, Workers};
use byteor_pipeline_spec::{
    PipelineSpecV1, PromiseKind, RingStage, Role, RoleWork, ShardKey, SingleRingSpec, promise,
};
use byteor_policy::CheckedSpec;
use byteor_runtime::failure::{Exit, Failure};
use byteor_runtime::spec_file::read_text;

use crate::Approved;
#[cfg(feature = "grpc")]
use crate::grpc;
#[cfg(feature = "http")]
use crate::http;
#[cfg(feature = "kafka")]
use crate::kafka;
#[cfg(feature = "nats")]
use crate::nats;
#[cfg(feature = "net")]
use crate::network::{Host, Sink, Source};
#[cfg(feature = "postgres")]
use crate::postgres;
#[cfg(feature = "rabbitmq")]
use crate::rabbitmq;
#[cfg(feature = "redis")]
use crate::redis;
#[cfg(feature = "s3")]
use crate::s3;
#[cfg(feature = "stdio")]
use crate::stdio;
#[cfg(feature = "websocket")]
use crate::websocket;

/// The kinds of adapters that records come from, by their names in the config bundle.
pub const INGRESS: &[&str] = &[
    "file",
    #[cfg(feature = "stdio")]
    "stdio",
    #[cfg(feature = "http")]
    "http",
    #[cfg(feature = "grpc")]
    "grpc",
    #[cfg(feature = "websocket")]
    "websocket",
    #[cfg(feature = "redis")]
    "redis",
    #[cfg(feature = "postgres")]
    "postgres",
    #[cfg(feature = "postgres")]
    "postgres_changes",
    #[cfg(feature = "kafka")]
    "kafka",
    #[cfg(feature = "nats")]
    "nats",
    #[cfg(feature = "s3")]
    "s3",
    #[cfg(feature = "rabbitmq")]
    "rabbitmq",
];

/// The kinds that they go to.
pub const EGRESS: &[&str] = &[
    "file",
    #[cfg(feature = "stdio")]
    "stdio",
    #[cfg(feature = "http")]
    "http",
    #[cfg(feature = "grpc")]
    "grpc",
    #[cfg(feature = "websocket")]
    "websocket",
    #[cfg(feature = "redis")]
    "redis",
    #[cfg(feature = "postgres")]
    "postgres",
    #[cfg(feature = "kafka")]
    "kafka",
    #[cfg(feature = "nats")]
    "nats",
    #[cfg(feature = "s3")]
    "s3",
    #[cfg(feature = "rabbitmq")]
    "rabbitmq",
];

/// Parts of adapters that a build may be without, and that this one has.
pub const OPTIONS: &[&str] = &[
    #[cfg(feature = "kafka-tls")]
    "kafka_tls",
];

/// A config bundle and its very bytes.
pub struct Config {
    /// What it says.
    pub bundle: ConfigBundleV1,
    /// The text.
    pub text: String,
}

/// Reads the config bundle at `path` and holds it to the host's posture.
pub fn read_config(path: &Path, posture: Option<Posture>) -> Result<Config, Failure> {
    let help = "name it with --config=PATH; docs/examples holds one to start from";
    let limit = byteor_config::MAX_TEXT_BYTES;
    let text = read_text(path, "the config", limit, "E_CONFIG_READ", help)?;
    let refuse = |issues: Vec<byteor_config::ConfigIssue>| {
        let first = issues
            .first()
            .map_or("E_CONFIG_INVALID", |issue| &issue.code);
        let lines: Vec<String> = issues.iter().map(ToString::to_string).collect();
        let message = format!("{}: {}", path.display(), lines.join("; "));
        Failure::new(
            Exit::Input,
            first,
            message,
            "correct the config and start again",
        )
    };
    let bundle = decode(&text).map_err(refuse)?;
    let surroundings = Surroundings {
        posture,
        ..Surroundings::default()
    };
    let issues = validate_in(&bundle, &surroundings);
    if issues.is_empty() {
        Ok(Config { bundle, text })
    } else {
        Err(refuse(issues))
    }
}

/// Where files may be opened: everywhere, or under the roots that were given.
pub fn roots(allow_root: Vec<PathBuf>) -> Result<Roots, Failure> {
    if allow_root.is_empty() {
        Ok(Roots::Unrestricted)
    } else {
        Ok(Roots::within(allow_root)?)
    }
}

/// The file that records come from, where they come from one.
fn input(ingress: &Ingress) -> Option<&FileIngress> {
    match ingress {
        Ingress::File(file) => Some(file),
        _ => None,
    }
}

/// The file that they go to, where they go to one.
fn output(egress: &Egress) -> Option<&FileEgress> {
    match egress {
        Egress::File(file) => Some(file),
        _ => None,
    }
}

fn framing(framing: byteor_config::Framing) -> Framing {
    match framing {
        byteor_config::Framing::Lines => Framing::Lines,
        byteor_config::Framing::Prefixed => Framing::Prefixed,
    }
}

/// Whether an adapter is on the network.
pub fn is_on_network(bundle: &ConfigBundleV1) -> bool {
    input(&bundle.ingress).is_none() || output(&bundle.egress).is_none()
}

/// Whether records come or go by the standard streams; the second, whether they go.
pub fn streams(bundle: &ConfigBundleV1) -> (bool, bool) {
    let goes = matches!(bundle.egress, Egress::Stdio(_));
    (goes || matches!(bundle.ingress, Ingress::Stdio(_)), goes)
}

/// The refusal of an adapter that the build doesn't have.
#[allow(dead_code, reason = "a build with all adapters refuses none")]
pub(crate) fn left_out(kind: &str) -> Failure {
    Failure::new(
        Exit::Refused,
        "E_ADAPTER_LEFT_OUT",
        format!("this build has no adapter `{kind}`"),
        "run it with a build that has it; `capabilities` lists those of a build",
    )
}

/// The refusal of the first adapter of a bundle that a build without any on the network doesn't have.
#[cfg(not(feature = "net"))]
pub(crate) fn first_left_out(bundle: &ConfigBundleV1) -> Failure {
    let kinds = [bundle.ingress.kind(), bundle.egress.kind()];
    let missing = kinds.into_iter().find(|kind| !INGRESS.contains(kind));
    left_out(missing.unwrap_or_default())
}

/// What records come from.
#[cfg(feature = "net")]
pub(crate) fn source(host: &Host<'_>) -> Result<Source, Failure> {
    match &host.bundle.ingress {
        Ingress::File(_) => Ok(Source::File),
        #[cfg(feature = "stdio")]
        Ingress::Stdio(_) => Ok(stdio::source(host)),
        #[cfg(not(feature = "stdio"))]
        Ingress::Stdio(_) => Err(left_out("stdio")),
        #[cfg(feature = "http")]
        Ingress::Http(config) => http::source(config, host),
        #[cfg(not(feature = "http"))]
        Ingress::Http(_) => Err(left_out("http")),
        #[cfg(feature = "grpc")]
        Ingress::Grpc(config) => grpc::source(config, host),
        #[cfg(not(feature = "grpc"))]
        Ingress::Grpc(_) => Err(left_out("grpc")),
        #[cfg(feature = "websocket")]
        Ingress::Websocket(config) => websocket::source(config, host),
        #[cfg(not(feature = "websocket"))]
        Ingress::Websocket(_) => Err(left_out("websocket")),
        #[cfg(feature = "redis")]
        Ingress::Redis(config) => redis::source(config, host),
        #[cfg(not(feature = "redis"))]
        Ingress::Redis(_) => Err(left_out("redis")),
        #[cfg(feature = "postgres")]
        Ingress::Postgres(config) => postgres::source(config, host),
        #[cfg(not(feature = "postgres"))]
        Ingress::Postgres(_) => Err(left_out("postgres")),
        #[cfg(feature = "postgres")]
        Ingress::PostgresChanges(config) => postgres::changes(config, host),
        #[cfg(not(feature = "postgres"))]
        Ingress::PostgresChanges(_) => Err(left_out("postgres_changes")),
        #[cfg(feature = "kafka")]
        Ingress::Kafka(config) => kafka::source(config, host),
        #[cfg(not(feature = "kafka"))]
        Ingress::Kafka(_) => Err(left_out("kafka")),
        #[cfg(feature = "nats")]
        Ingress::Nats(config) => nats::source(config, host),
        #[cfg(not(feature = "nats"))]
        Ingress::Nats(_) => Err(left_out("nats")),
        #[cfg(feature = "s3")]
        Ingress::S3(config) => s3::source(config, host),
        #[cfg(not(feature = "s3"))]
        Ingress::S3(_) => Err(left_out("s3")),
        #[cfg(feature = "rabbitmq")]
        Ingress::Rabbitmq(config) => rabbitmq::source(config, host),
        #[cfg(not(feature = "rabbitmq"))]
        Ingress::Rabbitmq(_) => Err(left_out("rabbitmq")),
    }
}

/// What they go to.
#[cfg(feature = "net")]
pub(crate) fn sink(host: &Host<'_>) -> Result<Sink, Failure> {
    match &host.bundle.egress {
        Egress::File(_) => Ok(Sink::File),
        #[cfg(feature = "stdio")]
        Egress::Stdio(_) => Ok(stdio::sink(host)),
        #[cfg(not(feature = "stdio"))]
        Egress::Stdio(_) => Err(left_out("stdio")),
        #[cfg(feature = "http")]
        Egress::Http(config) => http::sink(config, host),
        #[cfg(not(feature = "http"))]
        Egress::Http(_) => Err(left_out("http")),
        #[cfg(feature = "grpc")]
        Egress::Grpc(config) => grpc::sink(config, host),
        #[cfg(not(feature = "grpc"))]
        Egress::Grpc(_) => Err(left_out("grpc")),
        #[cfg(feature = "websocket")]
        Egress::Websocket(config) => websocket::sink(config, host),
        #[cfg(not(feature = "websocket"))]
        Egress::Websocket(_) => Err(left_out("websocket")),
        #[cfg(feature = "redis")]
        Egress::Redis(config) => redis::sink(config, host),
        #[cfg(not(feature = "redis"))]
        Egress::Redis(_) => Err(left_out("redis")),
        #[cfg(feature = "postgres")]
        Egress::Postgres(config) => postgres::sink(config, host),
        #[cfg(not(feature = "postgres"))]
        Egress::Postgres(_) => Err(left_out("postgres")),
        #[cfg(feature = "kafka")]
        Egress::Kafka(config) => kafka::sink(config, host),
        #[cfg(not(feature = "kafka"))]
        Egress::Kafka(_) => Err(left_out("kafka")),
        #[cfg(feature = "nats")]
        Egress::Nats(config) => nats::sink(config, host),
        #[cfg(not(feature = "nats"))]
        Egress::Nats(_) => Err(left_out("nats")),
        #[cfg(feature = "s3")]
        Egress::S3(config) => s3::sink(config, host),
        #[cfg(not(feature = "s3"))]
        Egress::S3(_) => Err(left_out("s3")),
        #[cfg(feature = "rabbitmq")]
        Egress::Rabbitmq(config) => rabbitmq::sink(config, host),
        #[cfg(not(feature = "rabbitmq"))]
        Egress::Rabbitmq(_) => Err(left_out("rabbitmq")),
    }
}

/// Tries what records come from, if it is no file.
#[cfg(feature = "net")]
pub(crate) async fn try_source(host: &Host<'_>, trial: &mut Trial<'_>) -> Result<(), Failure> {
    match &host.bundle.ingress {
        Ingress::File(_) | Ingress::Stdio(_) => Ok(()),
        #[cfg(feature = "http")]
        Ingress::Http(config) => http::try_source(config, host, trial).await,
        #[cfg(not(feature = "http"))]
        Ingress::Http(_) => Err(left_out("http")),
        #[cfg(feature = "grpc")]
        Ingress::Grpc(config) => grpc::try_source(config, host, trial).await,
        #[cfg(not(feature = "grpc"))]
        Ingress::Grpc(_) => Err(left_out("grpc")),
        #[cfg(feature = "websocket")]
        Ingress::Websocket(config) => websocket::try_source(config, host, trial).await,
        #[cfg(not(feature = "websocket"))]
        Ingress::Websocket(_) => Err(left_out("websocket")),
        #[cfg(feature = "redis")]
        Ingress::Redis(config) => redis::try_source(config, host, trial).await,
        #[cfg(not(feature = "redis"))]
        Ingress::Redis(_) => Err(left_out("redis")),
        #[cfg(feature = "postgres")]
        Ingress::Postgres(config) => postgres::try_source(config, host, trial).await,
        #[cfg(not(feature = "postgres"))]
        Ingress::Postgres(_) => Err(left_out("postgres")),
        #[cfg(feature = "postgres")]
        Ingress::PostgresChanges(config) => postgres::try_changes(config, host, trial).await,
        #[cfg(not(feature = "postgres"))]
        Ingress::PostgresChanges(_) => Err(left_out("postgres_changes")),
        #[cfg(feature = "kafka")]
        Ingress::Kafka(config) => kafka::try_source(config, host, trial).await,
        #[cfg(not(feature = "kafka"))]
        Ingress::Kafka(_) => Err(left_out("kafka")),
        #[cfg(feature = "nats")]
        Ingress::Nats(config) => nats::try_source(config, host, trial).await,
        #[cfg(not(feature = "nats"))]
        Ingress::Nats(_) => Err(left_out("nats")),
        #[cfg(feature = "s3")]
        Ingress::S3(config) => s3::try_source(config, host, trial).await,
        #[cfg(not(feature = "s3"))]
        Ingress::S3(_) => Err(left_out("s3")),
        #[cfg(feature = "rabbitmq")]
        Ingress::Rabbitmq(config) => rabbitmq::try_source(config, host, trial).await,
        #[cfg(not(feature = "rabbitmq"))]
        Ingress::Rabbitmq(_) => Err(left_out("rabbitmq")),
    }
}

/// Tries what they go to, if it is no file.
#[cfg(feature = "net")]
pub(crate) async fn try_sink(host: &Host<'_>, trial: &mut Trial<'_>) -> Result<(), Failure> {
    match &host.bundle.egress {
        Egress::File(_) | Egress::Stdio(_) => Ok(()),
        #[cfg(feature = "http")]
        Egress::Http(config) => http::try_sink(config, host, trial).await,
        #[cfg(not(feature = "http"))]
        Egress::Http(_) => Err(left_out("http")),
        #[cfg(feature = "grpc")]
        Egress::Grpc(config) => grpc::try_sink(config, host, trial).await,
        #[cfg(not(feature = "grpc"))]
        Egress::Grpc(_) => Err(left_out("grpc")),
        #[cfg(feature = "websocket")]
        Egress::Websocket(config) => websocket::try_sink(config, host, trial).await,
        #[cfg(not(feature = "websocket"))]
        Egress::Websocket(_) => Err(left_out("websocket")),
        #[cfg(feature = "redis")]
        Egress::Redis(config) => redis::try_sink(config, host, trial).await,
        #[cfg(not(feature = "redis"))]
        Egress::Redis(_) => Err(left_out("redis")),
        #[cfg(feature = "postgres")]
        Egress::Postgres(config) => postgres::try_sink(config, host, trial).await,
        #[cfg(not(feature = "postgres"))]
        Egress::Postgres(_) => Err(left_out("postgres")),
        #[cfg(feature = "kafka")]
        Egress::Kafka(config) => kafka::try_sink(config, host, trial).await,
        #[cfg(not(feature = "kafka"))]
        Egress::Kafka(_) => Err(left_out("kafka")),
        #[cfg(feature = "nats")]
        Egress::Nats(config) => nats::try_sink(config, host, trial).await,
        #[cfg(not(feature = "nats"))]
        Egress::Nats(_) => Err(left_out("nats")),
        #[cfg(feature = "s3")]
        Egress::S3(config) => s3::try_sink(config, host, trial).await,
        #[cfg(not(feature = "s3"))]
        Egress::S3(_) => Err(left_out("s3")),
        #[cfg(feature = "rabbitmq")]
        Egress::Rabbitmq(config) => rabbitmq::try_sink(config, host, trial).await,
        #[cfg(not(feature = "rabbitmq"))]
        Egress::Rabbitmq(_) => Err(left_out("rabbitmq")),
    }
}

/// The files that a bundle names for its boundaries: those that are read, and those that are written,
/// its reject file among them.
pub(crate) fn named_files(
    bundle: &ConfigBundleV1,
    spec: &CheckedSpec,
) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let each = |path: Option<&String>, boundaries: &[String]| {
        let path = path.into_iter();
        let of = path.flat_map(|path| boundaries.iter().map(|id| boundary_path(path, id)));
        of.map(PathBuf::from).collect::<BTreeSet<_>>()
    };
    let read = each(
        input(&bundle.ingress).map(|file| &file.path),
        &spec.ingresses,
    );
    let mut written = each(
        output(&bundle.egress).map(|file| &file.path),
        &spec.egresses,
    );
    written.insert(PathBuf::from(&bundle.reject.path));
    (read.into_iter().collect(), written.into_iter().collect())
}

/// The file adapters of a config bundle, for a spec whose boundaries it wires, and what they have in
/// common with others; a side that is no file has no path.
pub fn files(
    bundle: &ConfigBundleV1,
    roots: Roots,
    checkpoint: Option<PathBuf>,
    max_messages: Option<u64>,
    spec: &CheckedSpec,
) -> FileToFile {
    let path = |path: Option<&String>| path.map(PathBuf::from).unwrap_or_default();
    let (input, output) = (input(&bundle.ingress), output(&bundle.egress));
    let input_path = path(input.map(|input| &input.path));
    let reject = PathBuf::from(&bundle.reject.path);
    let output_path = path(output.map(|output| &output.path));
    let mut wired = FileToFile::new(roots, input_path, output_path, reject);
    if let Some(output) = output {
        wired.output_framing = framing(output.framing);
        wired.rotation = Rotation {
            bytes: output.rotate_bytes.map(u64::from),
            after: output
                .rotate_seconds
                .map(|seconds| Duration::from_secs(seconds.into())),
        };
    }
    match input {
        Some(input) => {
            wired.input_framing = framing(input.framing);
            wired.mode = match input.mode {
                ReadMode::Follow => Mode::Follow,
                ReadMode::StopAtEnd => Mode::StopAtEnd,
            };
            wired.start = match input.start {
                StartAt::Start => Start::Start,
                StartAt::End => Start::End,
            };
            wired.too_large = match input.too_large {
                byteor_config::TooLarge::Reject => TooLarge::Reject,
                byteor_config::TooLarge::Stop => TooLarge::Stop,
            };
        }
        // A sender that waits for its answer waits for this too.
        None => wired.save_every = Duration::from_millis(10),
    }
    if let Some(checkpoint) = checkpoint {
        wired.checkpoint = checkpoint;
    } else if spec.egresses.len() > 1 || output.is_none() {
        wired.checkpoint = default_checkpoint(&wired.reject);
    }
    wired.max_messages = max_messages;
    wired.max_record = bundle.record.slot_bytes as usize;
    wired.spec_hash = spec.spec_hash.clone();
    let same_again = promise(&spec.spec, &|_| None).kind == PromiseKind::SameBytes;
    let source = source_promise(&bundle.ingress);
    let source = source.map(|source| {
        if same_again {
            source
        } else {
            source.into_choices()
        }
    });
    wired.resumes = source == Some(SourcePromise::Resumes);
    wired.stages = match &spec.spec {
        PipelineSpecV1::SingleRing(ring) => {
            wired.shards = ring.shards as usize;
            let stages = |shard| {
                let of = move |stage: &RingStage| name(&stage.id, &of_shard(ring, shard, stage));
                ring.stages.iter().map(of)
            };
            (0..ring.shards).flat_map(stages).collect()
        }
        PipelineSpecV1::LaneGraph(graph) => {
            let key = |role: &Role| match &role.work {
                RoleWork::Stage { op, .. } => op.key().to_owned(),
                _ => String::new(),
            };
            let roles = graph.roles.iter();
            roles.map(|role| name(&role.id, &key(role))).collect()
        }
    };
    wired
}

/// The key of a stage, and where there are several shards, of whose records it remembers something:
/// with another number of shards or another key, records go elsewhere.
fn of_shard(ring: &SingleRingSpec, shard: u32, stage: &RingStage) -> String {
    match (ring.shards, ring.shard_key) {
        (2.., Some(ShardKey { offset, length })) => {
            let shards = ring.shards;
            format!(
                "{} (shard {shard} of {shards} by {offset} {length})",
                stage.key()
            )
        }
        _ => stage.key().to_owned(),
    }
}

fn name(id: &str, key: &str) -> StageName {
    StageName {
        id: id.to_owned(),
        key: key.to_owned(),
    }
}

/// A file for each boundary.
pub(crate) fn files_of_graph(approved: &Approved, choices: Option<PathBuf>) -> FilesOfGraph {
    let each = |path: &Path, ids: &[String]| {
        let path = path.to_string_lossy();
        let file = |id: &String| (id.clone(), PathBuf::from(boundary_path(&path, id)));
        ids.iter().map(file).collect()
    };
    let (common, spec) = (approved.files.clone(), &approved.checked);
    FilesOfGraph {
        inputs: each(&common.input, &spec.ingresses),
        outputs: each(&common.output, &spec.egresses),
        choices,
        common,
    }
}

/// The region's class for the records of a config bundle.
pub fn slot_class(bundle: &ConfigBundleV1) -> Result<SlotClass, Failure> {
    let bytes = bundle.record.slot_bytes;
    SlotClass::from_slot_bytes(bytes).ok_or_else(|| {
        let message = format!("this build has no regions for records of {bytes} bytes");
        let help = "use 256, 1024, 4096 or 16384";
        Failure::new(Exit::Input, "E_CONFIG_SLOT_BYTES", message, help)
    })
}

/// How the ring runs. The wait is the one that is asked for, or that of the tuning profile.
pub fn tuning(bundle: &ConfigBundleV1) -> Tuning {
    let asked = &bundle.tuning;
    Tuning {
        wait: match (asked.wait, asked.profile) {
            (Some(Wait::Spin), _) => WaitKind::Spin,
            (Some(Wait::Backoff), _) => WaitKind::Backoff,
            (Some(Wait::Adaptive), _) => WaitKind::Adaptive,
            (None, TuningProfile::Default) => WaitKind::Adaptive,
            (None, TuningProfile::LowLatency | TuningProfile::IsolatedCore) => WaitKind::Spin,
        },
        workers: asked.workers.map(|workers| match workers {
            byteor_config::Workers::Dedicated => Workers::Dedicated,
            byteor_config::Workers::Segments => Workers::Segments,
            byteor_config::Workers::One => Workers::One,
        }),
        cores: None,
    }
}
