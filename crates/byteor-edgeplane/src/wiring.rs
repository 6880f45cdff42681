//! From a config bundle to adapters and a ring.

use std::path::{Path, PathBuf};

use byteor_adapters::file_to_file::{FileToFile, TooLarge};
use byteor_adapters::ingress::{Mode, Start};
use byteor_adapters::roots::Roots;
use byteor_adapters::states::StageName;
use byteor_config::{
    ConfigBundleV1, Egress, Ingress, Posture, ReadMode, StartAt, Surroundings, TuningProfile, Wait,
    decode, validate_in,
};
use byteor_pipeline_exec::{SlotClass, Tuning, WaitKind, Workers};
use byteor_pipeline_spec::RingStage;
use byteor_runtime::failure::{Exit, Failure};
use byteor_runtime::spec_file::read_text;

/// The kinds of adapters that records come from, by their names in the config bundle.
pub const INGRESS: &[&str] = &["file"];

/// The kinds that they go to.
pub const EGRESS: &[&str] = &["file"];

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
        allowed_roots: None,
        secrets: None,
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

/// The file adapters of a config bundle.
pub fn file_to_file(
    bundle: &ConfigBundleV1,
    roots: Roots,
    checkpoint: Option<PathBuf>,
    max_messages: Option<u64>,
    spec_hash: &str,
    stages: &[RingStage],
) -> Result<FileToFile, Failure> {
    let Ingress::File(ingress) = &bundle.ingress;
    let Egress::File(egress) = &bundle.egress;
    let mut wired = FileToFile::new(
        roots,
        PathBuf::from(&ingress.path),
        PathBuf::from(&egress.path),
        PathBuf::from(&bundle.reject.path),
    );
    wired.mode = match ingress.mode {
        ReadMode::Follow => Mode::Follow,
        ReadMode::StopAtEnd => Mode::StopAtEnd,
    };
    wired.start = match ingress.start {
        StartAt::Start => Start::Start,
        StartAt::End => Start::End,
    };
    wired.too_large = match ingress.too_large {
        byteor_config::TooLarge::Reject => TooLarge::Reject,
        byteor_config::TooLarge::Stop => TooLarge::Stop,
    };
    if let Some(checkpoint) = checkpoint {
        wired.checkpoint = checkpoint;
    }
    wired.max_messages = max_messages;
    wired.max_record = bundle.record.slot_bytes as usize;
    wired.spec_hash = spec_hash.to_owned();
    let name = |stage: &RingStage| StageName {
        id: stage.id.clone(),
        key: stage.key().to_owned(),
    };
    wired.stages = stages.iter().map(name).collect();
    Ok(wired)
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
